"""Columns that the tables csperf writes have in common."""

from __future__ import annotations

from csperf.tables.declare import Column, id_

CYCLE = id_("cycle_id", "the cycle, such as 2026-10")
DEPARTMENT = id_("department_id", "the department")
TEAM = id_("team_id", "the team", required=False)
EMPLOYEE = id_("employee_id", "who is appraised")
PERSON = (CYCLE, DEPARTMENT, TEAM, EMPLOYEE)


def value_(name: str, meaning: str, unit: str = "") -> Column:
    """A column of numbers of either sign."""
    return Column(name, "number", meaning, unit=unit)


def probability_(name: str, meaning: str) -> Column:
    """A column of probabilities."""
    return Column(name, "number", meaning, at_least=0, at_most=1)
