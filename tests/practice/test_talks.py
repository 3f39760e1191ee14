"""What a talk is to reach and to speak of, how long its steps are, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest
from pandas import DataFrame
from test_feedback import CYCLE, TIMING, scheme

from csperf.params import Cycle
from csperf.practice.talks import (
    communication_plan,
    cycle_after,
    interview_outline,
    latest_plans,
    plan_dates,
    sub_goals,
    talking_points,
)
from csperf.tables import INPUT_TABLES

Draw = Callable[[str], DataFrame]


def points(rows: DataFrame, kept: DataFrame | None = None) -> list[tuple[str, str]]:
    found = talking_points(rows.assign(contribution=rows.get("contribution", 0.0)), kept)
    return [*zip(found["kind"], found["component_id"], strict=True)]


@pytest.mark.requirement("H-11", "H-05")
def test_the_best_parts_are_praised_and_those_that_cost_most_are_to_be_improved(
    table: Draw,
) -> None:
    """They cost 0.3 x 40 = 12, 0.1 x 80 = 8 and 0.2 x 10 = 2 points."""
    rows = table("""
        employee_id | component_id | score | weight
        ann         | speed        | 60    | 30
        ann         | sales        | 20    | 10
        ann         | tone         | 90    | 20
        ann         | facts        | 100   | 40
    """)
    expected = [("strength", "facts"), ("strength", "tone")]
    assert points(rows) == [*expected, ("improve", "speed"), ("improve", "sales")]
    lost = talking_points(rows.assign(contribution=0.0)).set_index("component_id")["lost"]
    assert lost["speed"] == 30 * (100 - 60) / 100 and lost["sales"] == 10 * (100 - 20) / 100


@pytest.mark.requirement("H-11")
def test_everybody_has_a_strength_and_a_point_to_improve(table: Draw) -> None:
    rows = table("""
        employee_id | component_id | score | weight
        ann         | speed        | 10    | 50
        ann         | tone         | 5     | 50
    """)
    assert points(rows) == [("strength", "speed"), ("improve", "tone")]


@pytest.mark.requirement("H-11")
@pytest.mark.parametrize(("score", "kind"), [(60, "improve"), (100, "strength")])
def test_of_a_single_part_there_is_only_one_thing_to_say(score: float, kind: str) -> None:
    row = {"employee_id": ["ann"], "component_id": ["speed"], "score": [score], "weight": [100]}
    assert points(DataFrame(row)) == [(kind, "speed")]


@pytest.mark.requirement("H-11")
def test_what_was_good_before_too_is_praised_first_and_deductions_are_to_be_improved(
    table: Draw,
) -> None:
    rows = table("""
        employee_id | component_id | score | weight | contribution
        ann         | speed        | 99    | 50     | 49.5
        ann         | tone         | 85    | 25     | 21.25
        ann         | facts        | 95    | 25     | 23.75
        ann         | errors       |       | 0      | -6
    """)
    kept = DataFrame({"employee_id": ["ann"], "kept": ["tone, other"]})
    assert points(rows, kept) == [
        ("strength", "tone"),
        ("improve", "errors"),
        ("improve", "facts"),
    ]


@pytest.mark.requirement("H-04")
def test_sub_goals_are_those_of_the_reasons_and_of_every_talk() -> None:
    always = ["result_understood", "strength_named", "steps_agreed"]
    assert sub_goals("regular") == always
    found = sub_goals("urgent below plan_owed")
    assert found == ["causes_found", "plan_agreed", *always]


@pytest.mark.requirement("H-07")
def test_an_outline_is_short_and_reasons_make_the_step_longer_that_they_are_about() -> None:
    regular = interview_outline("regular")
    assert regular["minutes"].sum() == 35 and regular["to"].iloc[-1] == 35
    assert [*regular["step"]][:3] == ["open", "own_view", "strengths"]
    longer = interview_outline("urgent falling").set_index("step")
    assert longer.loc["improve", "minutes"] == 5 + 10  # not 5 + 10 + 5
    assert (longer.loc["plan", "from"], longer.loc["plan", "to"]) == (35, 40)


@pytest.mark.requirement("H-07", "H-01")
def test_the_communication_plan_says_when_what_comes_and_who_takes_part() -> None:
    nothing = DataFrame({"due": pd.to_datetime([])})
    plan = communication_plan(scheme(timing=TIMING), CYCLE, nothing).set_index("step")
    assert "plan" not in plan.index
    assert plan.loc["talk", "first_day"] == pd.Timestamp("2026-11-01")
    assert plan.loc["talk", "last_day"] == pd.Timestamp("2026-11-23")
    assert plan.loc["appeal", "last_day"] == pd.Timestamp("2026-11-24")
    assert plan.loc["follow", "last_day"] == pd.Timestamp("2026-11-30")
    assert plan.loc["talk", "who"] == "both" and plan.loc["appeal", "who"] == "employee"
    owed = DataFrame({"due": pd.to_datetime(["2026-11-17"])})
    steps = communication_plan(scheme(timing=TIMING), CYCLE, owed)
    assert [*steps["step"]][-3:] == ["appeal", "plan", "follow"]
    days = steps.set_index("step")["last_day"]
    assert days["plan"] == days["talk"] == pd.Timestamp("2026-11-17")  # plans are agreed in talks


@pytest.mark.requirement("H-07")
@pytest.mark.parametrize(
    ("cycle", "after"),
    [
        ("2026-12", "2027-01"),
        ("2026-Q4", "2027-Q1"),
        ("2026-H1", "2026-H2"),
        ("2026-H2", "2027-H1"),
        ("2026", "2027"),
    ],
)
def test_the_next_cycle_is_as_long(cycle: str, after: str) -> None:
    assert cycle_after(Cycle.parse(cycle)).id == after


@pytest.mark.requirement("I-03")
def test_a_plan_that_is_owed_gets_days_to_propose(table: Draw) -> None:
    """From 10 to 30 November are 20 days, midway lies the 20th; a week before the end the 23rd."""
    owed = DataFrame(
        {
            "employee_id": ["ann", "ann", "bob"],
            "due": pd.to_datetime(["2026-11-20", "2026-11-10", "2026-11-22"]),
        }
    )
    found = plan_dates(owed, CYCLE).set_index("employee_id")
    ann, bob = found.loc["ann"], found.loc["bob"]
    assert (ann["due"], ann["deadline"]) == (pd.Timestamp(2026, 11, 10), pd.Timestamp(2026, 11, 30))
    assert ann["first_check"] == pd.Timestamp(2026, 11, 20)
    assert ann["second_check"] == pd.Timestamp(2026, 11, 23)
    assert bob["first_check"] == pd.Timestamp(2026, 11, 26) and pd.isna(bob["second_check"])


@pytest.mark.requirement("I-03")
def test_the_last_revision_of_a_plan_counts_and_all_reasons_are_kept(table: Draw) -> None:
    rows = table("""
        plan_id | employee_id | cycle_id | revision | revision_reason | goal
        p1      | ann         | 2026-10  | 1        | leave           | 80 points
        p1      | ann         | 2026-10  |          |                 | 90 points
        p1      | ann         | 2026-10  | 2        |                 | 75 points
        p2      | bob         | 2026-10  | 0        |                 | 60 points
    """)
    given = INPUT_TABLES["improvement_plans"].arrange(rows)
    first, second = latest_plans(given).to_dict("records")
    assert (first["goal"], first["revisions"]) == ("75 points", "1: leave; 2")
    assert second["goal"] == "60 points" and pd.isna(second["revisions"])
