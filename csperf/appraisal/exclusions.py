"""Why somebody is not appraised: kind of contract, probation, long absence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

import pandas as pd
from pandas import DataFrame, Series

from csperf.params import Cycle
from csperf.scheme import Eligibility
from csperf.tables import INPUT_TABLES

ABSENT = ["employee_id", "from_date", "to_date"]


def excluded(
    employees: Iterable[str],
    tables: Mapping[str, DataFrame],
    rules: Eligibility,
    cycle: Cycle,
) -> dict[str, str]:
    """{employee: why the scheme does not appraise him or her}; the first reason of several.

    An employment type or an end of probation that nobody recorded excludes nobody. Days off post
    are counted from the first day of the window (the cycle, or its calendar year) to the end of the
    cycle, days that two absences share once; absences that do not count for eligibility are left
    out.
    """
    ids, found = set(employees), dict[str, str]()
    for reasons in (
        _by_contract(tables, rules),
        _by_probation(tables, rules, cycle),
        _by_absence(tables, rules, cycle),
    ):
        found |= {id: text for id, text in reasons.items() if id in ids and id not in found}
    return found


def counted_absences(tables: Mapping[str, DataFrame]) -> DataFrame:
    """employee_id, from_date, to_date of the absences that count for eligibility, if there are any.

    An absence counts unless `counts_for_eligibility` says that it does not.
    """
    if "absences" not in tables:
        return INPUT_TABLES["absences"].empty()[ABSENT]
    absences = tables["absences"]
    if "counts_for_eligibility" in absences:
        absences = absences[absences["counts_for_eligibility"].fillna(True).astype(bool)]
    return INPUT_TABLES["absences"].arrange(absences)[ABSENT]


def days_off(absences: DataFrame, start: date, end: date) -> Series:
    """Days of each employee's absences in `start <= day < end`; shared days count once.

    `absences` has employee_id, from_date and to_date (half-open; empty means still absent).
    """
    first, last = pd.Timestamp(start), pd.Timestamp(end)
    spells = DataFrame(
        {
            "employee_id": absences["employee_id"],
            "first": (absences["from_date"].clip(lower=first) - first).dt.days,
            "after": (absences["to_date"].fillna(last).clip(upper=last) - first).dt.days,
        }
    )
    return days_covered(spells)


def days_covered(spells: DataFrame, of: Sequence[str] = ("employee_id",)) -> Series:
    """Days that lie in any of somebody's spells, by `of`; days that two spells share count once.

    `spells` has the columns `of`, and first and after: whole numbers of days, half-open.
    """
    by = list(of)
    spells = spells[spells["after"] > spells["first"]].sort_values("first")
    reached = spells.assign(reached=spells.groupby(by)["after"].cummax())
    seen = reached.groupby(by)["reached"].shift().fillna(spells["first"])
    new = (spells["after"] - spells["first"].clip(lower=seen)).clip(lower=0)
    return spells.assign(new=new).groupby(of[0] if len(by) == 1 else by)["new"].sum()


def _by_contract(tables: Mapping[str, DataFrame], rules: Eligibility) -> dict[str, str]:
    people = tables.get("employees")
    if rules.employment_types is None or people is None or "employment_type" not in people:
        return {}
    known = people.dropna(subset="employment_type")
    others = known[~known["employment_type"].isin(rules.employment_types.value)]
    return {
        id: f"employment type {kind}: not appraised by this scheme"
        for id, kind in zip(others["employee_id"], others["employment_type"], strict=True)
    }


def _by_probation(
    tables: Mapping[str, DataFrame], rules: Eligibility, cycle: Cycle
) -> dict[str, str]:
    people = tables.get("employees")
    if not rules.past_probation.value or people is None or "probation_end_date" not in people:
        return {}
    still = people[people["probation_end_date"] >= pd.Timestamp(cycle.last_day)]
    return {
        id: f"on probation until {end:%Y-%m-%d}"
        for id, end in zip(still["employee_id"], still["probation_end_date"], strict=True)
    }


def _by_absence(
    tables: Mapping[str, DataFrame], rules: Eligibility, cycle: Cycle
) -> dict[str, str]:
    if rules.off_post_days is None or "absences" not in tables:
        return {}
    absences = counted_absences(tables)
    yearly = rules.off_post_window.value == "calendar_year"
    start = date(cycle.last_day.year, 1, 1) if yearly else cycle.start
    days = days_off(absences, start, cycle.last_day + timedelta(days=1))
    limit = rules.off_post_days.value
    since = f"since {start}"
    return {
        str(id): f"off post {n} days {since}, more than {limit}"
        for id, n in days[days > limit].items()
    }
