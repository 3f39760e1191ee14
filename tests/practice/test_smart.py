"""Goals as they are written down: flags, what is missing, parents, agreement, progress."""

from __future__ import annotations

import pandas as pd
import pytest
from drawing import draw
from pandas import DataFrame

from csperf.params import Cycle
from csperf.practice.smart import (
    FLAGS,
    agreement,
    goal_reach,
    goal_tree,
    lacking,
    progress,
    smart_check,
)
from csperf.tables import INPUT_TABLES

MAY = Cycle.parse("2026-05")
WHOLE = {
    "goal_id": "g",
    "parent_goal_id": "top",
    "owner_scope": "employee",
    "owner_id": "kim",
    "title": "Answer faster",
    "indicator_id": "response_time_avg",
    "baseline": 40,
    "target": 30,
    "unit": "s",
    "deadline": "2026-05-31",
    "data_source": "messages",
}
TOP = {"goal_id": "top", "owner_scope": "department", "title": "Satisfied customers"}


def goals(*rows: dict) -> DataFrame:
    frame = DataFrame([*rows])
    for name in frame:
        if name == "deadline":
            frame[name] = pd.to_datetime(frame[name])
        if name.endswith("_at"):
            frame[name] = pd.to_datetime(frame[name], utc=True)
    return INPUT_TABLES["goals"].arrange(frame)


def flags(*rows: dict, of: str = "g", **how) -> dict:
    """Reasons by flag; True where the flag holds, None where nothing can be said."""
    found = smart_check(goals(*rows), MAY, **how).query(f"goal_id == '{of}'").set_index("flag")
    return {
        flag: True
        if row["holds"] is True or (row["holds"] == 1 and pd.notna(row["holds"]))
        else (None if pd.isna(row["holds"]) else row["reasons"])
        for flag, row in found.iterrows()
    }


@pytest.mark.requirement("A-07")
def test_a_goal_with_indicator_target_source_parent_and_day_is_smart_in_all_five() -> None:
    found = flags(WHOLE, TOP, reach={"g": 0.4}, given={"messages"})
    assert found == dict.fromkeys(FLAGS, True)


@pytest.mark.requirement("A-07")
@pytest.mark.parametrize(
    ("change", "flag", "reasons"),
    [
        ({"indicator_id": None}, "specific", "no_indicator_or_rubric"),
        ({"rubric_id": "tone"}, "specific", "indicator_and_rubric"),
        ({"title": None}, "specific", "no_title"),
        ({"indicator_id": "smile_index"}, "measurable", "unknown_indicator"),
        ({"target": None}, "measurable", "no_target"),
        ({"indicator_id": None, "rubric_id": "x", "target": None}, "measurable", "unknown_rubric"),
        ({"data_source": None}, "realistic", "no_data_source"),
        ({"data_source": "calls"}, "realistic", "source_not_delivered"),
        ({"parent_goal_id": None}, "realistic", "serves_no_goal"),
        ({"deadline": None}, "time_bound", "no_deadline"),
        ({"deadline": "2026-04-30"}, "time_bound", "deadline_over"),
    ],
)
def test_each_flag_that_does_not_hold_says_why(change, flag, reasons) -> None:
    found = flags({**WHOLE, **change}, TOP, reach={"g": 0.4}, given={"messages"})
    assert found[flag] == reasons


@pytest.mark.requirement("A-07", "A-11")
def test_a_goal_that_its_owner_hardly_ever_reaches_is_not_achievable() -> None:
    assert flags(WHOLE, TOP, reach={"g": 0.049})["achievable"] == "out_of_reach"
    assert flags(WHOLE, TOP, reach={"g": 0.05})["achievable"] is True
    assert flags(WHOLE, TOP)["achievable"] is None  # nobody knows


@pytest.mark.requirement("A-08", "K-04")
def test_a_goal_judged_by_a_rubric_is_whole_without_a_number_and_gets_none() -> None:
    judged = {**WHOLE, "indicator_id": None, "rubric_id": "tone"}
    judged |= {"target": None, "baseline": None, "unit": None}
    found = flags(judged, TOP, rubrics={"tone"})
    assert found == {**dict.fromkeys(FLAGS, True), "achievable": None}
    assert lacking(goals(judged)).empty
    forced = flags({**judged, "target": 87}, TOP, rubrics={"tone"})
    assert forced["measurable"] == "number_without_indicator"


@pytest.mark.requirement("A-03")
def test_what_a_goal_lacks_is_named_one_by_one() -> None:
    bare = {"goal_id": "g", "owner_scope": "employee", "title": "Be better"}
    found = lacking(goals(bare, WHOLE))
    needed = ["owner_id", "deadline", "unit", "baseline", "target", "data_source"]
    assert list(found["lacks"]) == needed
    assert set(found["goal_id"]) == {"g"}


@pytest.mark.requirement("A-04")
def test_goals_without_a_goal_above_are_orphans_and_circles_are_named() -> None:
    drawn = draw("""
        goal_id | parent_goal_id | owner_scope
        top     |                | department
        team    | top            | team
        kim     | team           | employee
        alone   |                | employee
        lost    | gone           | team
        one     | two            | team
        two     | one            | team
        below   | one            | employee
    """)
    found = goal_tree(goals(*drawn.to_dict("records"))).set_index("goal_id")["standing"]
    assert found.to_dict() == {
        **{"top": "root", "team": "child", "kim": "child", "alone": "orphan", "lost": "orphan"},
        **{"one": "circle", "two": "circle", "below": "circle"},
    }


@pytest.mark.requirement("A-05")
def test_a_goal_is_agreed_when_both_sides_have_said_so() -> None:
    on = "2026-04-28"
    said = [
        {"goal_id": "a", "agreed_by_employee_at": on, "agreed_by_manager_at": on},
        {"goal_id": "b", "agreed_by_employee_at": None, "agreed_by_manager_at": on},
        {"goal_id": "c", "agreed_by_employee_at": on, "agreed_by_manager_at": None},
        {"goal_id": "d", "agreed_by_employee_at": None, "agreed_by_manager_at": None},
    ]
    own = goals(*({**row, "owner_scope": "employee"} for row in said))
    assert list(agreement(own)["standing"]) == ["agreed", "employee", "manager", "both"]
    teams = goals(*({**row, "owner_scope": "team"} for row in said))
    assert list(agreement(teams)["standing"]) == ["agreed", "agreed", "manager", "manager"]


@pytest.mark.requirement("A-13")
def test_attainment_follows_the_direction_and_pace_the_time_that_has_passed() -> None:
    # From 40 s to 30 s within 1 to 31 May; on the 16th half of the time has passed.
    rows = [{**WHOLE, "goal_id": id} for id in ("behind", "on", "ahead", "done", "silent")]
    at = pd.Timestamp("2026-05-10")
    checked = DataFrame(
        {
            "goal_id": ["behind", "on", "ahead", "done", "ahead", "on"],
            "at": [at, at, at, at, pd.Timestamp("2026-05-02"), pd.Timestamp("2026-05-20")],
            "value": [38.0, 36.0, 32.0, 29.0, 40.0, 10.0],
        }
    )
    found = progress(goals(*rows), checked, MAY, pd.Timestamp("2026-05-16")).set_index("goal_id")
    assert found["passed"].to_list() == [0.5] * 5
    assert found["way"].to_list()[:4] == pytest.approx([0.2, 0.4, 0.8, 1.1])
    assert found["pace"].to_list() == ["behind", "on_pace", "ahead", "done", "unknown"]
    assert found.loc["behind", "attainment"] == pytest.approx(100 * 30 / 38)
    assert found.loc["done", "attainment"] == pytest.approx(100 * 30 / 29)
    assert found["n_checkins"].to_list() == [1, 1, 2, 1, 0]


@pytest.mark.requirement("A-11")
def test_the_chance_of_a_goal_is_that_of_its_owner_in_the_direction_of_the_indicator() -> None:
    history = draw("""
        unit_id | indicator_id      | cycle_id | value
        kim     | response_time_avg | 2026-03  | 48
        kim     | response_time_avg | 2026-04  | 52
        lee     | response_time_avg | 2026-03  | 58
        lee     | response_time_avg | 2026-04  | 62
    """)
    judged = {"goal_id": "j", "owner_scope": "employee", "owner_id": "kim", "rubric_id": "service"}
    easy = {**WHOLE, "goal_id": "easy", "target": 70}
    found = goal_reach(goals({**WHOLE, "target": 48}, easy, judged, TOP), history)
    told = found.set_index("goal_id")["probability"]
    assert list(told.index) == ["g", "easy"]  # what is judged has no number, and none is made up
    assert told["g"] < 0.5 < told["easy"]
