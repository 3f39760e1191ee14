"""Teamwork, worked out by hand: one drawn table for each indicator."""

from __future__ import annotations

import pytest
from drawing import draw
from measuring import measured

RATINGS = {
    "evaluations": draw("""
        cycle_id | employee_id | evaluator_id | evaluator_type | criterion_id     | score | round
        2026-10  | ann         | bob          | superior       | work_cooperation | 60    |
        2026-10  | ann         | cat          | peer           | work_cooperation | 80.5  |
        2026-10  | ann         | bob          | superior       | teamwork         | 61    |
        2026-10  | ann         | cat          | peer           | teamwork         | 81.5  |
    """)
}


@pytest.mark.requirement("B-61")
def test_work_cooperation():
    assert measured(RATINGS, "work_cooperation")["value"] == (60 + 80.5) / 2


@pytest.mark.requirement("B-62")
def test_teamwork():
    assert measured(RATINGS, "teamwork")["value"] == (61 + 81.5) / 2


@pytest.mark.requirement("B-63")
def test_collaboration_bonus():
    tables = {
        "collaborations": draw("""
            id | employee_id | at         | points | approved_by
            h1 | ann         | 2026-10-05 | 1.5    | boss
            h2 | ann         | 2026-10-06 | 2      | boss
            h3 | ann         | 2026-10-07 | 5      |
        """)
    }
    assert measured(tables, "collaboration_bonus")["value"] == 1.5 + 2
