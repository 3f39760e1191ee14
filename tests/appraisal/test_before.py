"""What was good in the cycle before too, from what the history and the evaluations keep."""

from __future__ import annotations

import pandas as pd
import pytest
from drawing import draw
from pandas import DataFrame

from csperf import Cycle, Scheme, appraise
from csperf.appraisal.before import points_before

MAY, JUNE = Cycle.parse("2026-05"), Cycle.parse("2026-06")
LINE = {"method": "linear", "floor": 0, "target": 1}
GIVEN = draw("""
    cycle_id | employee_id | evaluator_id | evaluator_type | score
    2026-05  | ann         | m            | manager        | 90
    2026-05  | bob         | m            | manager        | 40
    2026-05  | ann         | p            | peer           | 95
    2026-06  | ann         | m            | manager        | 85
    2026-06  | bob         | m            | manager        | 90
    2026-06  | ann         | p            | peer           | 95
""").assign(criterion_id="service")


def scheme(version: str = "1") -> Scheme:
    """Cases in time, and service as a manager and at least two peers see it."""
    parts = [
        {"indicator": "sla_met_share", "weight": 50, "scoring": LINE},
        {"criterion": "service", "evaluator": "manager", "weight": 30, "id": "by_manager"},
        {"criterion": "service", "evaluator": "peer", "weight": 20, "id": "by_peers"},
    ]
    types = [{"type": "manager"}, {"type": "peer", "shown_from": 2}]
    whole = {"id": "s", "title": "S", "version": version, "score": parts, "evaluators": types}
    return Scheme.model_validate({**whole, "criteria": [{"id": "service"}]})


def tables() -> dict[str, DataFrame]:
    """Ten cases a month: ann meets nine in time, then ten; bob five, then nine."""
    rows = [
        (f"{who}-{month}-{n}", who, n < met, pd.Timestamp(f"2026-{month}-10T10:00Z"))
        for who, month, met in (
            ("ann", "05", 9),
            ("ann", "06", 10),
            ("bob", "05", 5),
            ("bob", "06", 9),
        )
        for n in range(10)
    ]
    cases = DataFrame(rows, columns=["case_id", "owner_id", "sla_met", "resolved_at"])
    people = DataFrame({"employee_id": ["ann", "bob"], "display_name": ["Ann", "Bob"]})
    assigned = people[["employee_id"]].assign(team_id="t", from_date=pd.Timestamp("2026-01-01"))
    cases = cases.assign(opened_at=cases["resolved_at"])
    return {"cases": cases, "employees": people, "assignments": assigned, "evaluations": GIVEN}


@pytest.mark.requirement("I-11")
def test_what_was_good_in_the_cycle_before_too_is_named_as_kept() -> None:
    """Ann met 9, then 10 of 10, and service had 90, then 85; bob has got there only now."""
    may = appraise(tables(), scheme(), MAY, department="d")
    june = appraise(tables(), scheme(), JUNE, may.history, department="d")
    kept = june.records["results_summary"].set_index("employee_id")["kept"]
    assert kept["ann"] == "sla_met_share, by_manager"
    assert not kept["bob"] or pd.isna(kept["bob"])
    alone = may.records["results_summary"].set_index("employee_id")["kept"]
    assert alone.isna().all()


@pytest.mark.requirement("I-11")
def test_the_points_of_before_are_those_that_the_cycle_had_and_of_the_same_scheme_only() -> None:
    may = appraise(tables(), scheme(), MAY, department="d")
    found = points_before(may.people, may.history, GIVEN, scheme(), JUNE)
    assert found is not None
    key = ["employee_id", "component_id"]
    had = may.scores.set_index(key)["score"].drop(index=("ann", "by_peers"))
    assert found.set_index(key)["score"].dropna().to_dict() == had.dropna().to_dict()
    assert points_before(may.people, may.history, GIVEN, scheme("2"), JUNE) is None
    assert points_before(may.people, may.history, GIVEN, scheme(), MAY) is None
    assert points_before(may.people, None, GIVEN, scheme(), JUNE) is None
