"""Ability, worked out by hand: one drawn table for each indicator."""

from __future__ import annotations

import pytest
from drawing import draw
from measuring import measured, per

from csperf.params import Cycle

OCTOBER, NOVEMBER = Cycle.parse("2026-10"), Cycle.parse("2026-11")
TESTS = """
    test_id | employee_id | taken_at   | level | score | max_score | passed | attempt | valid_until
    chats   | ann         | 2026-10-05 | 2     | 30    | 50        | false  | 1       |
    chats   | ann         | 2026-10-07 | 2     | 45    | 50        | true   | 2       | 2026-11-29
    goods   | ann         | 2026-10-09 | 1     | 70    |           | true   |         |
    rules   | ann         | 2026-09-09 | 3     | 90    |           | true   |         | 2026-10-30
"""
RATINGS = {
    "evaluations": draw("""
        cycle_id | employee_id | evaluator_id | evaluator_type | criterion_id        | score | round
        2026-10  | ann         | bob          | superior       | learning_ability    | 60    |
        2026-10  | ann         | cat          | peer           | learning_ability    | 80.5  |
        2026-10  | ann         | bob          | superior       | communication_skill | 61    |
        2026-10  | ann         | cat          | peer           | communication_skill | 81.5  |
        2026-10  | ann         | bob          | superior       | language_skill      | 62    |
        2026-10  | ann         | cat          | peer           | language_skill      | 82.5  |
        2026-10  | ann         | bob          | superior       | post_competence     | 63    |
        2026-10  | ann         | cat          | peer           | post_competence     | 83.5  |
    """)
}


@pytest.mark.requirement("B-43")
def test_knowledge_score():
    tables = {"knowledge_tests": draw(TESTS)}
    row = measured(tables, "knowledge_score", OCTOBER)
    assert row["value"] == (45 + 70) / (50 + 100)
    assert measured(tables, "knowledge_score")["value"] == (45 + 70 + 90) / (50 + 100 + 100)


@pytest.mark.requirement("B-44")
def test_knowledge_level():
    tables = {"knowledge_tests": draw(TESTS)}
    assert per("employee_id", tables, "knowledge_level", OCTOBER) == {"ann": 2}
    assert per("employee_id", tables, "knowledge_level", NOVEMBER) == {"ann": 1}


@pytest.mark.requirement("B-45")
def test_learning_ability():
    assert measured(RATINGS, "learning_ability")["value"] == (60 + 80.5) / 2


@pytest.mark.requirement("B-46")
def test_communication_skill():
    assert measured(RATINGS, "communication_skill")["value"] == (61 + 81.5) / 2


@pytest.mark.requirement("B-47")
def test_language_skill():
    assert measured(RATINGS, "language_skill")["value"] == (62 + 82.5) / 2


@pytest.mark.requirement("B-48")
def test_post_competence():
    assert measured(RATINGS, "post_competence")["value"] == (63 + 83.5) / 2
