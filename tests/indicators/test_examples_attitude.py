"""Attitude, worked out by hand: one drawn table for each indicator."""

from __future__ import annotations

import pytest
from drawing import draw
from measuring import measured, per

from csperf.params import Cycle

OCTOBER = Cycle.parse("2026-10")
RATINGS = {
    "evaluations": draw("""
        cycle_id | employee_id | evaluator_id | evaluator_type | criterion_id      | score | round
        2026-10  | ann         | bob          | superior       | service_attitude  | 60    |
        2026-10  | ann         | cat          | peer           | service_attitude  | 80.5  |
        2026-10  | ann         | bob          | superior       | politeness        | 61    |
        2026-10  | ann         | cat          | peer           | politeness        | 81.5  |
        2026-10  | ann         | bob          | superior       | proactivity       | 62    |
        2026-10  | ann         | cat          | peer           | proactivity       | 82.5  |
        2026-10  | ann         | bob          | superior       | service_awareness | 63    |
        2026-10  | ann         | cat          | peer           | service_awareness | 83.5  |
        2026-10  | ann         | bob          | superior       | enthusiasm        | 64    |
        2026-10  | ann         | cat          | peer           | enthusiasm        | 84.5  |
        2026-10  | ann         | bob          | superior       | responsibility    | 65    |
        2026-10  | ann         | cat          | peer           | responsibility    | 85.5  |
        2026-10  | ann         | bob          | superior       | work_attitude     | 66    |
        2026-10  | ann         | cat          | peer           | work_attitude     | 86.5  |
    """)
}


@pytest.mark.requirement("B-49a")
def test_service_attitude():
    assert measured(RATINGS, "service_attitude")["value"] == (60 + 80.5) / 2


@pytest.mark.requirement("B-49")
def test_politeness():
    assert measured(RATINGS, "politeness")["value"] == (61 + 81.5) / 2


@pytest.mark.requirement("B-50")
def test_proactivity():
    assert measured(RATINGS, "proactivity")["value"] == (62 + 82.5) / 2


@pytest.mark.requirement("B-51")
def test_service_awareness():
    assert measured(RATINGS, "service_awareness")["value"] == (63 + 83.5) / 2


@pytest.mark.requirement("B-52")
def test_enthusiasm():
    assert measured(RATINGS, "enthusiasm")["value"] == (64 + 84.5) / 2


@pytest.mark.requirement("B-53")
def test_responsibility():
    assert measured(RATINGS, "responsibility")["value"] == (65 + 85.5) / 2


@pytest.mark.requirement("B-55")
def test_work_attitude():
    assert measured(RATINGS, "work_attitude")["value"] == (66 + 86.5) / 2


@pytest.mark.requirement("B-54")
def test_information_feedback_timeliness():
    tables = {
        "tasks": draw("""
            task_id | employee_id | due_at           | done_at          | kind
            f1      | ann         | 2026-10-05 12:00 | 2026-10-05 12:00 | feedback_item
            f2      | ann         | 2026-10-06 12:00 | 2026-10-06 12:01 | feedback_item
            f3      | ann         | 2026-10-07 12:00 |                  | feedback_item
            t1      | ann         | 2026-10-07 12:00 | 2026-10-07 09:00 | task
        """)
    }
    assert measured(tables, "information_feedback_timeliness")["value"] == 1 / 3


@pytest.mark.requirement("B-49")
def test_an_evaluator_has_one_vote_which_is_that_of_the_last_round():
    tables = {
        "evaluations": draw("""
            cycle_id | employee_id | evaluator_id | evaluator_type | criterion_id | score | round
            2026-10  | ann         | bob          | superior       | politeness   | 50    | 1
            2026-10  | ann         | bob          | superior       | politeness   | 70    | 2
            2026-10  | ann         | cat          | peer           | politeness   | 90    |
            2026-10  | ann         | dan          | peer           | politeness   |       | 1
            2026-10  | ann         | ann          | self           | politeness   | 100   | 1
            2026-10  | bob         | ann          | subordinate    | politeness   | 10    | 1
        """)
    }
    assert per("employee_id", tables, "politeness") == {"ann": (70 + 90) / 2, "bob": 10}


@pytest.mark.requirement("B-49")
def test_a_rating_counts_in_the_cycle_it_is_for_whenever_it_was_handed_in():
    tables = {
        "evaluations": draw("""
            cycle_id | employee_id | evaluator_type | criterion_id | score | submitted_at
            2026-09  | ann         | superior       | politeness   | 10    | 2026-10-05
            2026-10  | ann         | superior       | politeness   | 60    | 2026-11-05
            2026-Q4  | ann         | superior       | politeness   | 90    | 2027-01-05
        """).assign(evaluator_id="bob")
    }
    assert measured(tables, "politeness", OCTOBER)["value"] == 60
    quarter = measured(tables, "politeness", Cycle.parse("2026-Q4"))
    assert quarter["value"] == (60 + 90) / 2
    december = measured(tables, "politeness", Cycle.parse("2026-12"))
    assert december["status"] == "not_computable"  # a quarter's rating is not that of a month


@pytest.mark.requirement("B-49", "B-49a")
def test_quality_reviewers_who_judge_the_same_criterion_count_as_raters():
    samples = draw("""
        qa_id | conversation_id | employee_id | at         | criterion  | score | max_score
        q1    | v1              | ann         | 2026-10-05 | politeness | 4     | 5
        q2    | v1              | ann         | 2026-10-05 | accuracy   | 1     | 5
        q3    | v2              | ann         | 2026-10-06 | politeness | 90    |
    """)
    value = measured({**RATINGS, "qa_reviews": samples}, "politeness")["value"]
    assert value == (61 + 81.5 + 80 + 90) / 4
