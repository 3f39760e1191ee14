"""Costs, worked out by hand."""

from __future__ import annotations

import pytest
from drawing import draw
from measuring import ONE_ANSWER_EACH, chats, measured, per

from csperf.params import Cycle

OCTOBER = Cycle.parse("2026-10")
COSTS = """
    month      | team_id | cost_kind  | amount
    2026-10-01 | A       | labour     | 100
    2026-10-01 | A       | training   | 10
    2026-10-01 |         | technology | 30
    2026-11-01 | A       | labour     | 500
"""
TEAMS = """
    employee_id | team_id | from_date
    ann         | A       | 2026-01-01
    ann         | C       | 2026-01-01
    bea         | B       | 2026-01-01
"""
CALLS = """
    call_id | employee_id | offered_at       | answered_at
    p1      | ann         | 2026-10-05 10:00 | 2026-10-05 10:01
    p2      | bea         | 2026-10-05 10:00 | 2026-10-05 10:01
    p3      | ann         | 2026-10-05 10:00 |
    p4      | ann         | 2026-09-30 10:00 | 2026-09-30 10:01
"""
CASES = """
    case_id | owner_id | opened_at  | resolved_at
    c1      | ann      | 2026-10-01 | 2026-10-02
    c2      | bea      | 2026-10-01 | 2026-10-02
    c3      | bea      | 2026-10-01 |
"""


@pytest.mark.requirement("B-37")
def test_service_cost():
    tables = chats(ONE_ANSWER_EACH.rstrip() + "\n v5 | 2026-10-05 13:00:00 | customer |")
    tables |= {"costs": draw(COSTS), "calls": draw(CALLS), "cases": draw(CASES)}
    tables |= {"assignments": draw(TEAMS)}
    row = measured(tables, "service_cost", OCTOBER)
    assert row["value"] == (100 + 10 + 30) / (4 + 2)  # four chats, two calls; cases come of them
    assert per("team_id", tables, "service_cost", OCTOBER) == {"A": (100 + 10) / (4 + 1)}
    assert per("employee_id", tables, "service_cost", OCTOBER) == {}
    assert measured(tables, "service_cost")["denominator"] == 4 + 2  # not September's


@pytest.mark.requirement("B-37")
def test_cases_stand_for_contacts_where_there_are_neither_chats_nor_calls():
    tables = {"costs": draw(COSTS), "cases": draw(CASES)}
    assert measured(tables, "service_cost", OCTOBER)["value"] == (100 + 10 + 30) / 2
    alone = measured({"costs": draw(COSTS)}, "service_cost", OCTOBER)
    assert alone["status"] == "not_computable"
