"""With whom to talk: cells of the grid, the order, days and flags, and what became of the talks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from math import sqrt
from typing import Any

import pandas as pd
import pytest
from pandas import DataFrame

from csperf.params import Cycle
from csperf.practice.feedback import (
    feedback_grid,
    interview_tracking,
    last_talk_day,
    talk_standing,
    talks_in_order,
)
from csperf.scheme import Scheme
from csperf.tables import INPUT_TABLES, OUTPUT_TABLES

Draw = Callable[[str], DataFrame]
CYCLE = Cycle.parse("2026-10")
LINEAR = {"method": "linear", "floor": 0, "target": 1}
PLAIN: dict[str, Any] = {
    **{"id": "s", "title": "S", "version": "1"},
    "score": [{"indicator": "sla_met_share", "weight": 100, "scoring": LINEAR}],
}
GRADES = [
    {"grade": "top", "from_score": 90, "standing": "good"},
    {"grade": "fine", "from_score": 60},
    {"grade": "poor", "from_score": 0, "standing": "poor"},
]
TIMING = {"report_days_after_cycle": 10, "appeal_days_after_report": 14}


def scheme(**keys: Any) -> Scheme:
    return Scheme.model_validate({**PLAIN, **keys})


def result(rows: DataFrame) -> DataFrame:
    """Appraisals of which each score has an interval of 3 points to both sides."""
    given = rows.assign(low=rows["score"] - 3, high=rows["score"] + 3)
    defaults = {"team_id": "t", "level_group": "front_line", "eligible": True, "grade": None}
    return given.assign(**{name: it for name, it in defaults.items() if name not in given})


def past(rows: DataFrame, half: float = 4, version: str = "1") -> DataFrame:
    """History rows of scores with intervals of so many points to both sides."""
    told = {"quantity_id": "score", "scheme_id": "s", "scheme_version": version, "status": "ok"}
    given = rows.assign(low=rows["value"] - half, high=rows["value"] + half, **told)
    return OUTPUT_TABLES["history"].arrange(given)


def grid(people: DataFrame, history: DataFrame | None = None, **more: Any) -> DataFrame:
    known = OUTPUT_TABLES["history"].empty() if history is None else history
    summary = more.pop("summary", None)
    if summary is None:
        summary = people[["employee_id"]].assign(pattern=None, short_board=None)
    found = feedback_grid(result(people), known, summary, scheme(**more), CYCLE)
    return found.set_index("employee_id")


@pytest.mark.requirement("H-03")
def test_the_level_is_the_standing_of_the_grade(table: Draw) -> None:
    people = table("""
        employee_id | score | grade
        ann         | 95    | top
        bob         | 89    | fine
        cho         | 20    | poor
    """)
    assert grid(people, grades=GRADES)["level"].to_dict() == {
        **{"ann": "high", "bob": "middle", "cho": "low"}
    }


@pytest.mark.requirement("H-03")
def test_where_no_grade_is_called_good_or_poor_the_best_and_the_last_are_high_and_low(
    table: Draw,
) -> None:
    people = table("""
        employee_id | score | grade
        ann         | 95    | top
        bob         | 89    | fine
        cho         | 20    | poor
    """)
    plain = [{key: it for key, it in band.items() if key != "standing"} for band in GRADES]
    assert [*grid(people, grades=plain)["level"]] == ["high", "middle", "low"]


@pytest.mark.requirement("H-03")
def test_without_grades_high_is_from_80_points_and_low_below_60(table: Draw) -> None:
    people = table("""
        employee_id | score
        a           | 80
        b           | 79.99
        c           | 60
        d           | 59.99
    """)
    assert [*grid(people)["level"]] == ["high", "middle", "middle", "low"]


@pytest.mark.requirement("H-03")
def test_a_change_is_a_trend_only_beyond_its_interval(table: Draw) -> None:
    """3 points to both sides now and 4 before make sqrt(3^2 + 4^2) = 5."""
    people = table("""
        employee_id | score
        down        | 64.9
        same_high   | 75
        same_low    | 65
        up          | 75.1
    """)
    before = table("""
        cycle_id | employee_id | value
        2026-09  | down        | 70
        2026-09  | same_high   | 70
        2026-09  | same_low    | 70
        2026-09  | up          | 70
    """)
    found = grid(people, past(before))
    assert [*found["trend"]] == ["falling", "stable", "stable", "rising"]
    first = found.loc["down"]
    assert first["change"] == pytest.approx(64.9 - 70)
    assert first["low"] == pytest.approx(64.9 - 70 - 5)
    assert first["high"] == pytest.approx(64.9 - 70 + 5)
    assert first["n_cycles"] == 1


@pytest.mark.requirement("H-03")
def test_the_last_three_cycles_of_the_same_length_and_scheme_are_the_own_history(
    table: Draw,
) -> None:
    rows = table("""
        cycle_id | employee_id | value
        2026-05  | ann         | 10
        2026-07  | ann         | 60
        2026-08  | ann         | 70
        2026-09  | ann         | 80
        2026-Q3  | ann         | 0
        2026-11  | ann         | 0
    """)
    other = past(rows.assign(cycle_id="2026-06").iloc[:1], version="2")
    people = DataFrame({"employee_id": ["ann"], "score": [90.0]})
    row = grid(people, pd.concat([past(rows), other])).loc["ann"]
    assert (row["change"], row["n_cycles"]) == (90 - (60 + 70 + 80) / 3, 3)
    assert row["high"] - row["change"] == pytest.approx(sqrt(3**2 + 3 * 4**2 / 3**2))


@pytest.mark.requirement("H-03")
def test_with_one_cycle_or_without_an_interval_the_trend_is_unknown(table: Draw) -> None:
    people = table("""
        employee_id | score
        bare        | 90
        new         | 90
    """)
    before = table("""
        cycle_id | employee_id | value
        2026-09  | bare        | 10
    """)
    found = grid(people, past(before).assign(low=float("nan"), high=float("nan")))
    assert [*found["trend"]] == ["unknown", "unknown"]
    assert [*found["n_cycles"]] == [0, 0] and found["change"].isna().all()


@pytest.mark.requirement("H-03")
def test_people_with_the_same_pattern_are_counted_across_teams_at_the_same_level_group(
    table: Draw,
) -> None:
    people = table("""
        employee_id | score | team_id | level_group
        ann         | 70    | day     | front_line
        bob         | 70    | night   | front_line
        cho         | 70    | night   | front_line
        dan         | 70    | night   | lead
        eve         | 70    | night   | front_line
    """)
    summary = table("""
        employee_id | pattern          | short_board
        ann         | performance_only | service
        bob         | performance_only | service
        cho         | both_bad         | service
        dan         | performance_only | service
        eve         |                  |
    """)
    found = grid(people, summary=summary)
    assert [*found["n_sharing"].fillna(-1)] == [2, 2, 1, 1, -1]
    assert [*found["n_teams"].fillna(-1)] == [2, 2, 1, 1, -1]


@pytest.mark.requirement("H-03")
def test_who_is_not_appraised_or_has_no_score_is_in_no_cell(table: Draw) -> None:
    people = table("""
        employee_id | score | eligible
        ann         | 70    | true
        bob         |       | true
        cho         | 70    | false
    """)
    assert [*grid(people).index] == ["ann"]


@pytest.mark.requirement("H-03", "H-04")
def test_the_most_pressing_reason_decides_who_is_talked_to_first(table: Draw) -> None:
    standing = table("""
        employee_id | team_id | score | trend
        ann         | t       | 95    | rising
        bob         | t       | 70    | stable
        cho         | t       | 72    | falling
        dan         | t       | 40    | falling
        eve         | t       | 60    | stable
        fay         | t       | 50    | stable
        gus         | u       | 99    | stable
    """)
    due = table("""
        employee_id | reason
        ann         | excellent
        bob         | regular
        cho         | regular
        dan         | urgent
        dan         | below
        eve         | grade_gap
        fay         | regular
        gus         | regular
    """)
    owed = DataFrame({"employee_id": ["fay", "dan", "away"]})
    found = talks_in_order(standing, due, owed)
    assert [*found["employee_id"]] == ["dan", "eve", "cho", "fay", "ann", "bob", "gus"]
    assert [*found["place"]] == [1, 2, 3, 4, 5, 6, 1]
    assert found.set_index("employee_id")["reasons"].to_dict() == {
        "dan": "urgent below falling plan_owed",
        "eve": "grade_gap",
        "cho": "falling",
        "fay": "plan_owed",
        "ann": "excellent rising",
        "bob": "regular",
        "gus": "regular",
    }


def talks(rows: DataFrame) -> DataFrame:
    given = rows.assign(interview_id=[f"i{n}" for n in range(len(rows))], cycle_id=CYCLE.id)
    return INPUT_TABLES["interviews"].arrange(given)


def standing_of(
    people: str, rows: DataFrame, decided: DataFrame | None = None, today: date = CYCLE.end
) -> DataFrame:
    none = DataFrame({"employee_id": [], "decided_at": pd.to_datetime([], utc=True)})
    known = none if decided is None else decided
    kept = scheme(timing=TIMING)
    found = talk_standing(people.split(), talks(rows), known, kept, CYCLE, today, "Asia/Shanghai")
    return found.set_index("employee_id")


@pytest.mark.requirement("H-01")
@pytest.mark.parametrize(
    ("days", "last"), [((10, 14), date(2026, 11, 23)), ((10, 0), date(2026, 11, 10))]
)
def test_a_talk_comes_before_the_last_day_of_appeal_but_need_not_before_the_report(
    days: tuple[int, int], last: date
) -> None:
    """31 October and 10 days is 10 November; 14 more are the 24th, before which a day is left."""
    timing = dict(zip(TIMING, days, strict=True))
    assert last_talk_day(scheme(timing=timing), CYCLE) == last


@pytest.mark.requirement("H-10")
def test_a_talk_is_held_planned_refused_or_not_planned(table: Draw) -> None:
    rows = table("""
        employee_id | planned_at           | held_at              | refused_at
        ann         | 2026-11-05T02:00:00Z | 2026-11-12T16:30:00Z |
        ann         | 2026-11-06T02:00:00Z |                      |
        bob         | 2026-11-05T02:00:00Z |                      | 2026-11-04T02:00:00Z
        bob         | 2026-11-09T02:00:00Z |                      |
        cho         | 2026-11-05T02:00:00Z |                      | 2026-11-04T02:00:00Z
    """)
    found = standing_of("ann bob cho dan", rows)
    assert [*found["standing"]] == ["held", "planned", "refused", "not_planned"]
    assert found.loc["ann", "held_on"] == pd.Timestamp("2026-11-13")  # 00:30 in Shanghai
    assert found.loc["ann", "days_after_result"] == 13 - 10
    assert found.loc["bob", "planned_on"] == pd.Timestamp("2026-11-09")
    assert found["flags"].isna().all()


@pytest.mark.requirement("H-01")
def test_a_result_that_was_confirmed_before_the_talk_is_flagged(table: Draw) -> None:
    rows = table("""
        employee_id | planned_at           | held_at              | refused_at
        early       | 2026-11-05T02:00:00Z | 2026-11-12T02:00:00Z |
        same        | 2026-11-05T02:00:00Z | 2026-11-15T02:00:00Z |
        late        | 2026-11-05T02:00:00Z | 2026-11-16T02:00:00Z |
    """)
    decided = table("""
        employee_id | decided_at
        early       | 2026-11-15T08:00:00Z
        same        | 2026-11-15T08:00:00Z
        late        | 2026-11-15T08:00:00Z
        late        | 2026-11-20T08:00:00Z
        never       | 2026-11-15T08:00:00Z
    """)
    flags = standing_of("early same late never open", rows, decided)["flags"].fillna("")
    confirmed = "confirmed_before_talk"
    assert [*flags] == ["", "", confirmed, confirmed, ""]


@pytest.mark.requirement("H-01", "H-10")
def test_a_talk_planned_for_after_the_last_day_and_one_overdue_are_flagged(table: Draw) -> None:
    rows = table("""
        employee_id | planned_at           | held_at              | refused_at
        last        | 2026-11-23T02:00:00Z |                      |
        late        | 2026-11-24T02:00:00Z |                      |
        no          |                      |                      | 2026-11-04T02:00:00Z
    """)
    people = "last late no none"
    in_time = standing_of(people, rows, today=date(2026, 11, 23))["flags"].fillna("")
    assert [*in_time] == ["", "planned_late", "", ""]
    over = standing_of(people, rows, today=date(2026, 11, 24))["flags"].fillna("")
    assert [*over] == ["overdue", "planned_late overdue", "", "overdue"]


@pytest.mark.requirement("H-10")
def test_talks_of_a_team_are_counted(table: Draw) -> None:
    rows = table("""
        team_id | standing    | days_after_result | flags
        day     | held        | 2                 |
        day     | held        | 5                 | confirmed_before_talk
        day     | held        | 6                 |
        day     | planned     |                   | planned_late overdue
        night   | not_planned |                   | overdue
        night   | refused     |                   |
    """)
    found = interview_tracking(rows, INPUT_TABLES["interview_ratings"].empty(), 3)
    day, night = found.set_index("team_id").loc[["day", "night"]].to_dict("records")
    counts = {"people": 4, "held": 3, "planned": 1, "refused": 0, "not_planned": 0}
    counts |= {"overdue": 1, "confirmed_before_talk": 1, "rated": 0}
    assert {name: day[f"n_{name}"] for name in counts} == counts
    assert day["median_days"] == 5 and pd.isna(night["median_days"])
    assert (night["n_not_planned"], night["n_refused"], night["n_overdue"]) == (1, 1, 1)


@pytest.mark.requirement("H-10")
@pytest.mark.parametrize(("answers", "shown"), [(2, False), (3, True), (4, True)])
def test_ratings_of_talks_are_shown_from_the_smallest_source_on(answers: int, shown: bool) -> None:
    rows = DataFrame({"team_id": ["day"], "standing": ["held"], "flags": [None]})
    rows = rows.assign(days_after_result=1)
    ratings = DataFrame({"team_id": "day", "rating": [5, 4, 4, 2][:answers]})
    (row,) = interview_tracking(rows, ratings, 3).to_dict("records")
    mean = round(sum([5, 4, 4, 2][:answers]) / answers, 1)
    assert row["n_rated"] == answers
    assert row["rating"] == mean if shown else pd.isna(row["rating"])


@pytest.mark.requirement("H-10")
def test_ratings_of_talks_name_no_person() -> None:
    assert INPUT_TABLES["interview_ratings"].names == ["rating_id", "cycle_id", "team_id", "rating"]
