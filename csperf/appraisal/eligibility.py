"""Who is appraised in which team, and who is only shown, with the reason."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from csperf.appraisal.exclusions import excluded
from csperf.errors import InputError, Problem
from csperf.params import Cycle, ServiceAccounts
from csperf.scheme import Scheme

MACHINE = "service account"
FRONT_LINE = "front_line"


def members(
    tables: Mapping[str, DataFrame],
    scheme: Scheme,
    cycle: Cycle,
    department: str,
    service_accounts: Mapping[str, str] | None = None,
) -> DataFrame:
    """Everyone who belonged to a team in the cycle, and whether he or she is appraised.

    Returns
    -------
    DataFrame
        employee_id, team_id (of several the one with most days), role, level_group, display_name,
        eligible, reason. A department without assignments is its own team.

    Raises
    ------
    InputError
        If nobody belongs to a team in the cycle.
    """
    spells = _spells(tables, cycle, department)
    if spells.empty:
        found = f"nobody belongs to a team between {cycle.start} and {cycle.last_day}"
        advice = "give assignments, or employees, that reach into the cycle"
        raise InputError(Problem(f"department '{department}'", found, advice))
    longest = spells.sort_values(["days", "team_id"], ascending=[False, True], kind="stable")
    people = longest.drop_duplicates("employee_id").sort_values("employee_id", ignore_index=True)
    present = people["employee_id"].map(spells.groupby("employee_id")["days"].sum())
    share = 100 * present / cycle.days
    reason = Series(pd.NA, index=people.index, dtype="str")
    least = scheme.ranking.min_presence_pct.value
    short = share < least
    reason = reason.mask(short, [f"present on {pct:.0f} % of the days" for pct in share])
    barred = excluded(people["employee_id"], tables, scheme.eligibility, cycle)
    reason = reason.mask(people["employee_id"].isin(barred), people["employee_id"].map(barred))
    machines = _machines(tables, service_accounts or {})
    reason = reason.mask(people["employee_id"].isin(machines), people["employee_id"].map(machines))
    named = _names(tables)
    return people.assign(
        display_name=[named.get(employee, employee) for employee in people["employee_id"]],
        eligible=reason.isna(),
        reason=reason,
    ).drop(columns="days")


def find_service_accounts(tables: Mapping[str, DataFrame], rule: ServiceAccounts) -> dict[str, str]:
    """Owners of far more cases than a person can handle, with the facts that show it.

    An account is one if it owns more than `times` the given percentile of the cases an owner has,
    over owners with at least `from_cases`.
    """
    if "cases" not in tables:
        return {}
    owned = tables["cases"]["owner_id"].value_counts()
    usual = owned[owned >= rule.from_cases]
    if usual.empty:
        return {}
    limit = rule.times * float(np.percentile(usual, rule.percentile))
    return {
        account: f"{MACHINE}: {count:,} cases, more than {rule.times:g} times what"
        f" {rule.percentile:g} % of owners stay below ({limit / rule.times:,.0f})"
        for account, count in owned[owned > limit].items()
    }


def assignments(tables: Mapping[str, DataFrame], department: str) -> DataFrame:
    """Who belongs to which team; without a table everyone belongs to the department's only team."""
    if "assignments" in tables:
        return tables["assignments"]
    ids = sorted(_everyone(tables))
    begin = pd.Timestamp("1970-01-01")
    return DataFrame({"employee_id": ids, "team_id": department, "from_date": begin})


def _spells(tables: Mapping[str, DataFrame], cycle: Cycle, department: str) -> DataFrame:
    """Days of the cycle that each person spent in each team, employment dates respected."""
    start, end = pd.Timestamp(cycle.start), pd.Timestamp(cycle.end)
    spells = assignments(tables, department).reset_index(drop=True)
    first = spells["from_date"].clip(lower=start)
    after = _dates(spells, "to_date").fillna(end).clip(upper=end)
    employed = _employment(tables).reindex(spells["employee_id"]).set_index(spells.index)
    first = employed["hired"].where(employed["hired"] > first, first)
    after = employed["gone"].where(employed["gone"] < after, after)
    days = (after - first).dt.days.clip(lower=0)
    kept = spells.assign(days=days)[days > 0]
    return DataFrame(
        {
            "employee_id": kept["employee_id"],
            "team_id": kept["team_id"],
            "role": kept["role"] if "role" in kept else None,
            "level_group": kept["level_group"].fillna(FRONT_LINE)
            if "level_group" in kept
            else FRONT_LINE,
            "days": kept["days"],
        }
    )


def _employment(tables: Mapping[str, DataFrame]) -> DataFrame:
    """First day of work and first day no longer employed, by employee_id, where they are known."""
    people = tables.get("employees", DataFrame({"employee_id": Series(dtype="str")}))
    hired, left = _dates(people, "hire_date"), _dates(people, "leave_date")
    return DataFrame({"hired": hired, "gone": left + pd.Timedelta(days=1)}).set_index(
        people["employee_id"]
    )


def _dates(frame: DataFrame, column: str) -> Series:
    if column in frame:
        return frame[column]
    return Series(pd.NaT, index=frame.index, dtype="datetime64[us]")


def _everyone(tables: Mapping[str, DataFrame]) -> set[str]:
    if "employees" in tables:
        return set(tables["employees"]["employee_id"])
    columns = [
        frame[name].dropna()
        for frame in tables.values()
        for name in ("employee_id", "owner_id", "initial_agent_id")
        if name in frame
    ]
    return set(pd.concat(columns)) if columns else set()


def _machines(tables: Mapping[str, DataFrame], found: Mapping[str, str]) -> dict[str, str]:
    declared = {}
    if "employees" in tables and "is_bot" in tables["employees"]:
        people = tables["employees"]
        bots = people.loc[people["is_bot"].fillna(False).astype(bool), "employee_id"]
        declared = dict.fromkeys(bots, f"{MACHINE}: declared as a bot")
    return {**declared, **found}


def _names(tables: Mapping[str, DataFrame]) -> dict[str, str]:
    """Printed names; people who share one get their id added."""
    if "employees" not in tables or "display_name" not in tables["employees"]:
        return {}
    people = tables["employees"].dropna(subset="display_name")
    shared = people["display_name"].duplicated(keep=False)
    names = people["display_name"].mask(
        shared, people["display_name"] + " (" + people["employee_id"] + ")"
    )
    return dict(zip(people["employee_id"], names, strict=True))
