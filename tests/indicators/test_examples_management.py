"""Management, worked out by hand: one drawn table for each indicator."""

from __future__ import annotations

import pytest
from drawing import draw
from measuring import measured

from csperf.params import Cycle

OCTOBER = Cycle.parse("2026-10")
REPORTS = {
    "reports_due": draw("""
        report_id | due_at           | submitted_at     | audited | authentic | quality_score
        w1        | 2026-10-04 20:00 | 2026-10-04 20:00 | true    | true      | 80
        w2        | 2026-10-11 20:00 | 2026-10-11 20:01 | true    | false     | 65
        w3        | 2026-10-18 20:00 |                  | false   |           |
        w4        | 2026-10-25 20:00 | 2026-10-24 09:00 | false   | true      | 70.5
    """)
}
RATINGS = {
    "evaluations": draw("""
        cycle_id | employee_id | evaluator_id | criterion_id          | score
        2026-10  | ann         | bob          | execution             | 60
        2026-10  | ann         | cat          | execution             | 80.5
        2026-10  | ann         | bob          | management_indicators | 61
        2026-10  | ann         | cat          | management_indicators | 81.5
    """).assign(evaluator_type="superior")
}


@pytest.mark.requirement("B-56")
def test_execution():
    assert measured(RATINGS, "execution")["value"] == (60 + 80.5) / 2


@pytest.mark.requirement("B-69")
def test_management_indicators():
    assert measured(RATINGS, "management_indicators")["value"] == (61 + 81.5) / 2


@pytest.mark.requirement("B-57")
def test_task_completion():
    tables = {
        "tasks": draw("""
            task_id | employee_id | due_at           | done_at          | kind
            t1      | ann         | 2026-10-05 12:00 | 2026-10-05 12:00 | task
            t2      | ann         | 2026-10-05 12:00 | 2026-10-05 12:01 | task
            t3      | ann         | 2026-10-06 12:00 |                  |
            t4      | ann         | 2026-10-06 12:00 | 2026-10-06 09:00 |
            t5      | ann         | 2026-10-20 12:00 |                  | task
            f1      | ann         | 2026-10-06 12:00 | 2026-10-06 12:00 | feedback_item
        """)
    }
    assert measured(tables, "task_completion")["value"] == 2 / 4  # t5 is due after the data end


@pytest.mark.requirement("B-58")
def test_report_timeliness():
    row = measured(REPORTS, "report_timeliness", OCTOBER)
    assert (row["value"], row["n"]) == (1 / 3, 3)  # the data end before w4 is due


@pytest.mark.requirement("B-59")
def test_report_authenticity():
    assert measured(REPORTS, "report_authenticity")["value"] == 1 / 2


@pytest.mark.requirement("B-60")
def test_report_quality():
    row = measured(REPORTS, "report_quality")
    assert (row["value"], row["n"]) == ((80 + 65 + 70.5) / 3, 3)
