"""Improvement plans through their life, and who needs which training."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from drawing import draw
from pandas import DataFrame

from csperf.appraisal.improvement import plan_life, training_needs
from csperf.params import Cycle

WHOLE = {
    "causes": "slow lookups",
    "goal": "40 s",
    "measures": "templates",
    "support": "an hour a week",
    "owner_id": "lead",
    "check_dates": "2026-11-15 and 2026-12-01",
}


def plans(drawing: str, **parts: str) -> DataFrame:
    """Plans after October that have every part, unless said otherwise."""
    rows = draw(drawing).assign(cycle_id="2026-10", **{**WHOLE, **parts})
    days = pd.to_datetime(rows["deadline"]) if "deadline" in rows else pd.Timestamp("2026-12-31")
    return rows.assign(deadline=days)


@pytest.mark.requirement("C-13", "I-03")
def test_a_plan_counts_its_revisions_and_the_checks_that_are_over():
    three = plans("""
        plan_id | revision | employee_id | revision_reason
        p1      | 0        | ann         |
        p1      | 1        | ann         | templates came late
        p1      | 2        | ann         |
    """)
    (row,) = plan_life(three, date(2026, 11, 15)).to_dict("records")
    assert (row["n_revisions"], row["unexplained"]) == (2, 1)
    assert (row["n_checks"], row["next_check"]) == (1, pd.Timestamp("2026-12-01"))
    assert (row["stage"], row["lacking"]) == ("running", "")
    (late,) = plan_life(three, date(2026, 12, 2)).to_dict("records")
    assert late["n_checks"] == 2 and pd.isna(late["next_check"])


@pytest.mark.requirement("C-13", "I-03")
def test_a_plan_goes_from_draft_to_its_effect():
    many = plans("""
        plan_id | revision | employee_id | deadline   | status   | effect
        early   | 0        | ann         | 2026-12-31 | running  |
        ended   | 0        | bob         | 2026-11-30 | running  |
        gone    | 0        | cai         | 2026-11-30 | given_up |
        ready   | 0        | dan         | 2026-12-31 | done     |
        told    | 0        | eve         | 2026-11-30 | done     | 38 s
    """)
    found = plan_life(many, date(2026, 12, 1)).set_index("plan_id")["stage"].to_dict()
    assert found == {
        "early": "running",
        "ended": "effect_due",
        "gone": "given_up",
        "ready": "effect_due",
        "told": "evaluated",
    }
    on_the_day = plan_life(many, date(2026, 11, 30)).set_index("plan_id")
    assert on_the_day.loc["ended", "stage"] == "running"


@pytest.mark.requirement("C-13", "I-03")
def test_a_plan_without_measures_and_checks_is_a_draft():
    bare = plans("plan_id | revision | employee_id\np | 0 | ann").drop(
        columns=["measures", "check_dates"]
    )
    (row,) = plan_life(bare, date(2026, 11, 15)).to_dict("records")
    assert (row["stage"], row["lacking"]) == ("draft", "measures check_dates")
    assert row["n_checks"] == 0


PEOPLE = draw("""
    employee_id | team_id
    ann         | t
    bob         | t
    cai         | u
""")
SCORES = draw("""
    employee_id | component_id | score | weight
    ann         | speed        | 60    | 30
    ann         | tone         | 20    | 10
    bob         | speed        | 65    | 30
    bob         | tone         | 70    | 10
    cai         | speed        | 70    | 30
    cai         | tone         |       | 10
""")
PROPOSALS = draw("""
    employee_id | rule_id          | action
    bob         | last_20_training | targeted_training
    bob         | last_20_plan     | improvement_plan
""")
TESTS = draw("""
    test_id | employee_id | taken_at             | attempt | score | max_score | passed
    goods   | ann         | 2026-10-05T08:00:00Z | 1       | 30    | 50        | false
    goods   | bob         | 2026-10-05T08:00:00Z | 1       | 20    | 50        | false
    goods   | bob         | 2026-10-09T08:00:00Z | 2       | 45    | 50        | true
    goods   | cai         | 2026-11-01T08:00:00Z | 1       | 10    | 50        | false
    rules   | cai         | 2026-01-09T08:00:00Z | 1       | 90    |           | true
""").assign(valid_until=pd.to_datetime([None] * 4 + ["2026-10-30"]))


@pytest.mark.requirement("I-05")
def test_training_is_needed_for_weakest_items_the_last_fifth_and_gaps_of_knowledge():
    """ann loses 12 points by speed and 8 by tone; 70 points are not weak; cai's rules ran out."""
    found = training_needs(PEOPLE, SCORES, PROPOSALS, Cycle.parse("2026-10"), TESTS)
    assert found.drop(columns="team_id").fillna(-1).to_numpy().tolist() == [
        ["ann", "knowledge_gap", "goods", 100 * 30 / 50, 1],
        ["ann", "weakest_item", "speed", 60, 2],
        ["bob", "proposed", "last_20_training", -1, 1],
        ["bob", "weakest_item", "speed", 65, 2],
        ["cai", "knowledge_gap", "rules", 90, 1],
    ]
    assert found["team_id"].tolist() == ["t", "t", "t", "t", "u"]


@pytest.mark.requirement("I-05")
def test_training_is_asked_for_without_tests_and_proposals_too():
    found = training_needs(PEOPLE, SCORES, PROPOSALS[:0], Cycle.parse("2026-10"))
    assert found["employee_id"].tolist() == ["ann", "bob"]
    assert training_needs(PEOPLE, SCORES[:0], PROPOSALS[:0], Cycle.parse("2026-10")).empty
