"""Who is appraised in which team, and who is only shown, with the reason."""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from csperf.appraisal.exclusions import counted_absences, days_covered, excluded
from csperf.appraisal.renaming import former_ids, renamed
from csperf.errors import InputError, Problem
from csperf.params import Cycle, ServiceAccounts
from csperf.scheme import Scheme

MACHINE = "service account"
FRONT_LINE = "front_line"
DIGITS = 9  # what adding fractions leaves over must not decide between two teams


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
        employee_id, team_id, role, level_group, working_time, role_shares, display_name, eligible,
        reason. Of several teams it is the one with most days, each day counting with its share of
        working time, or with `ranking.home: last` the last one; role and level group are those of
        most days (the last ones) there. `working_time` is the part of a full-time cycle that the
        person was there and not absent; `role_shares`, of people with several roles, what part of
        it each had, as JSON. A department without assignments is its own team.

    Raises
    ------
    InputError
        If nobody belongs to a team in the cycle.

    Notes
    -----
    A mover is ranked once, by an indicator over all of his or her events, wherever they happened.
    For everything that is a sum over a sum that is the mean of the spells' values, weighted by
    their volumes: a/b = sum(b_s x a_s/b_s) / sum(b_s). Values of teams (`measure` by team_id) hold
    an event against the team of its own day.
    """
    days, what = _counted_days(tables, cycle, department)
    spells = _spells(tables, cycle, department, days)
    if spells.empty:
        found = f"nobody belongs to a team between {cycle.start} and {cycle.last_day}"
        advice = "give assignments, or employees, that reach into the cycle"
        raise InputError(Problem(f"department '{department}'", found, advice))
    people = _at_home(spells, scheme.ranking.home.value)
    id = people["employee_id"]
    away = _away(tables, spells, days)
    share = 100 * id.map(_days_present(spells, away)).fillna(0) / len(days)
    reason = Series(pd.NA, index=people.index, dtype="str")
    short = share < scheme.ranking.min_presence_pct.value
    reason = reason.mask(short, [f"present on {pct:.0f} % of the {what}" for pct in share])
    for barred in (
        excluded(id, tables, scheme.eligibility, cycle),
        _machines(tables, service_accounts or {}),
    ):
        reason = reason.mask(id.isin(barred), id.map(barred))
    named = printed_names(tables)
    return people.assign(
        working_time=id.map(_time_present(spells, away)) / len(days),
        role_shares=id.map(_role_shares(spells)).astype("str"),
        display_name=[named.get(employee, employee) for employee in id],
        eligible=reason.isna(),
        reason=reason,
    )


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


def _counted_days(
    tables: Mapping[str, DataFrame], cycle: Cycle, department: str
) -> tuple[np.ndarray, str]:
    """The cycle's working days, by the department's calendar or the only one; else all its days."""
    every = np.arange(np.datetime64(cycle.start, "D"), np.datetime64(cycle.end, "D"))
    if "calendars" not in tables:
        return every, "days"
    calendars = tables["calendars"]
    own = calendars["calendar_id"] == department
    mine = calendars[own | (calendars["calendar_id"].nunique() == 1)]
    work = mine.loc[mine["is_workday"].fillna(False).astype(bool), "date"]
    known = every[np.isin(every, work.to_numpy("datetime64[D]"))]
    return (known, "working days") if len(known) else (every, "days")


def _spells(
    tables: Mapping[str, DataFrame], cycle: Cycle, department: str, days: np.ndarray
) -> DataFrame:
    """What each person did where in the cycle, employment dates respected.

    employee_id, team_id, role, level_group, until (the first date no longer there), first and after
    (as numbers of the days that count), weight (days, of part of the working time that part of
    them) and time (the same in days of full time).
    """
    start, end = pd.Timestamp(cycle.start), pd.Timestamp(cycle.end)
    spells = assignments(tables, department).reset_index(drop=True)
    begin = spells["from_date"].clip(lower=start)
    until = dates_of(spells, "to_date").fillna(end).clip(upper=end)
    employed = _employment(tables).reindex(spells["employee_id"]).set_index(spells.index)
    begin = employed["hired"].where(employed["hired"] > begin, begin)
    until = employed["gone"].where(employed["gone"] < until, until)
    first, after = (np.searchsorted(days, at.to_numpy("datetime64[D]")) for at in (begin, until))
    share = spells["share_pct"].fillna(100) if "share_pct" in spells else 100.0
    weight = (after - first) * share / 100
    nobody = Series(pd.NA, index=spells.index, dtype="str")
    whole = DataFrame(
        {
            "employee_id": spells["employee_id"],
            "team_id": spells["team_id"],
            "role": spells.get("role", nobody),
            "level_group": spells.get("level_group", nobody).fillna(FRONT_LINE),
            "until": until,
            "first": first,
            "after": after,
            "weight": weight,
            "time": weight * employed["fte"].fillna(1.0),
        }
    )
    return whole[begin < until]


def _away(tables: Mapping[str, DataFrame], spells: DataFrame, days: np.ndarray) -> DataFrame:
    """When these people were absent, as numbers of the days that count: employee_id, first, after.

    Absences that do not count for eligibility, such as a training, are no absences.
    """
    rows = counted_absences(tables)
    rows = rows[rows["employee_id"].isin(spells["employee_id"])]
    first = np.searchsorted(days, rows["from_date"].to_numpy("datetime64[D]"))
    until = np.searchsorted(days, rows["to_date"].to_numpy("datetime64[D]"))
    after = np.where(rows["to_date"].isna(), len(days), until)
    return DataFrame({"employee_id": rows["employee_id"], "first": first, "after": after})


def _days_present(spells: DataFrame, away: DataFrame) -> Series:
    """Days of each person in a team and not absent; a day in two teams is one day."""
    both = pd.concat([spells[["employee_id", "first", "after"]], away])
    return days_covered(both) - days_covered(away).reindex(spells["employee_id"].unique()).fillna(0)


def _time_present(spells: DataFrame, away: DataFrame) -> Series:
    """Days of full time that each person worked in the cycle, absences left out."""
    numbered = spells.reset_index(names="spell")
    within = numbered[["spell", "employee_id", "first", "after"]].merge(
        away, on="employee_id", suffixes=("", "_away")
    )
    within = within.assign(
        first=within[["first", "first_away"]].max(axis=1),
        after=within[["after", "after_away"]].min(axis=1),
    )
    lost = numbered["spell"].map(days_covered(within, ["spell"])).fillna(0)
    days = (numbered["after"] - numbered["first"]).clip(lower=1)
    return (numbered["time"] * (1 - lost / days)).groupby(numbered["employee_id"]).sum()


def _at_home(spells: DataFrame, home: str) -> DataFrame:
    """The team that each person is ranked in, and what he or she was there: a row a person."""
    order = ["until", "weight"] if home == "last" else ["weight", "until"]
    people = _foremost(spells, ["team_id"], order)
    there = spells.merge(people[["employee_id", "team_id"]])
    posts = _foremost(there, ["role", "level_group"], order)
    whole = people[["employee_id", "team_id"]].merge(posts, on="employee_id")
    columns = ["employee_id", "team_id", "role", "level_group"]
    return whole[columns].sort_values("employee_id", ignore_index=True)


def _foremost(spells: DataFrame, what: list[str], order: list[str]) -> DataFrame:
    """Of several of each person's the one that comes first by the order, falling."""
    sums = spells.groupby(["employee_id", *what], dropna=False, as_index=False).agg(
        weight=("weight", "sum"), until=("until", "max")
    )
    sums = sums.assign(weight=sums["weight"].round(DIGITS))
    rising = [name not in order for name in (*order, *what)]
    best = sums.sort_values([*order, *what], ascending=rising, kind="stable")
    return best.drop_duplicates("employee_id")


def _role_shares(spells: DataFrame) -> dict[str, str]:
    """{employee: {role: part of the working time} as JSON} of people with several roles."""
    roles = spells["role"].fillna("")
    several = roles.groupby(spells["employee_id"]).transform("nunique") > 1
    weights = spells[several]["weight"].groupby([spells["employee_id"], roles]).sum()
    parts = weights / weights.groupby(level=0).transform("sum")
    return {
        str(id): json.dumps(mine.droplevel(0).round(DIGITS).to_dict(), ensure_ascii=False)
        for id, mine in parts[parts > 0].groupby(level=0)
    }


def _employment(tables: Mapping[str, DataFrame]) -> DataFrame:
    """First day of work, first day no longer employed and fte, by employee_id, where known.

    Who was there under a former id has been at work since then.
    """
    people = tables.get("employees", DataFrame({"employee_id": Series(dtype="str")}))
    today = renamed(people["employee_id"], former_ids(tables))
    return DataFrame(
        {
            "hired": dates_of(people, "hire_date").groupby(today).transform("min"),
            "gone": dates_of(people, "leave_date") + pd.Timedelta(days=1),
            "fte": people["fte"] if "fte" in people else np.nan,
        }
    ).set_index(people["employee_id"])


def dates_of(frame: DataFrame, column: str) -> Series:
    """A column of dates; all unknown if it is not there."""
    if column in frame:
        return frame[column]
    return Series(pd.NaT, index=frame.index, dtype="datetime64[us]")


def _everyone(tables: Mapping[str, DataFrame]) -> set[str]:
    if "employees" in tables:
        return set(tables["employees"]["employee_id"]) - former_ids(tables).keys()
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


def printed_names(tables: Mapping[str, DataFrame]) -> dict[str, str]:
    """Printed names; people who share one get their id added."""
    if "employees" not in tables or "display_name" not in tables["employees"]:
        return {}
    people = tables["employees"].dropna(subset="display_name")
    shared = people["display_name"].duplicated(keep=False)
    names = people["display_name"].mask(
        shared, people["display_name"] + " (" + people["employee_id"] + ")"
    )
    return dict(zip(people["employee_id"], names, strict=True))
