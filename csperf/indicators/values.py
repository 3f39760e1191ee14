"""Indicator values with n, interval and status, for any grouping; one pass over each fact."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from pandas import DataFrame

from csperf.errors import InputError, Problem
from csperf.indicators.catalogue import INDICATORS, Indicator
from csperf.indicators.daily import from_totals
from csperf.indicators.derived import beaten, relative
from csperf.indicators.engine import Events, day_number
from csperf.indicators.estimates import Estimate, of_largest, of_ranks, of_sums
from csperf.indicators.fact_rows import fact_rows
from csperf.indicators.facts import FACTS, NEEDED
from csperf.indicators.groupings import Shared
from csperf.indicators.passes import (
    ALL,
    QUANTILES,
    Columns,
    order_statistics,
    sums,
    whole_column,
)
from csperf.indicators.strata import STRATUM, Over
from csperf.params import Cycle, Measurement, Rules

Found = tuple[DataFrame, Callable[[DataFrame], Estimate]]  # groups with data; values in any
By = Literal["employee_id", "team_id", "department_id", "channel", "cycle_id", "week", "day"]
NUMBERS = ["value", "n", "low", "high", "numerator", "denominator"]
VALUE_COLUMNS = ["indicator_id", *NUMBERS[:4], "unit", "status", *NUMBERS[4:]]
DERIVED = {"relative": relative, "beaten": beaten}
TIMES = ("cycle_id", "week", "day")


def indicator_values(
    tables: Mapping[str, Any],
    cycle: Cycle | Sequence[Cycle] | None = None,
    by: By | Sequence[By] | None = "employee_id",
    indicators: Iterable[str] | None = None,
    engine: Any = None,
    *,
    measurement: Measurement | None = None,
    timezone: str = "UTC",
    exported_on: Any = None,
) -> DataFrame:
    """Values of indicators from checked tables.

    Parameters
    ----------
    tables : mapping
        {input table name: DataFrame | path of Parquet files | DuckDB relation}, in the declared
        columns; with a Spark session also Spark DataFrames.
    cycle : Cycle or several, optional
        Facts whose local day lies in it; all facts if left out.
    by : column name or names, or None
        Grouping out of employee_id, team_id, department_id, channel, cycle_id, week (seven days
        from the cycle's first; the last may be shorter), day; None is one row over all.
    indicators : iterable of str, optional
        Ids of the catalogue; all of them if left out.
    engine : SparkSession, optional
        Where to compute; DuckDB in this process if left out. The numbers are the same.
    measurement : Measurement, optional
        Rules of rounds, attribution, windows; the field's defaults if left out.
    timezone : str
        IANA name; the zone of local days, and of times that name none.
    exported_on : date, optional
        Day on which the data end; that of the latest event if left out.

    Returns
    -------
    DataFrame
        A row for each group and indicator: the grouping columns, then indicator_id, value, n, low,
        high (95 %), unit, status, numerator, denominator. Shares are 0..1, times in the unit named.

    Raises
    ------
    InputError
        For an indicator that the catalogue does not have, or a grouping that cannot be made.
    """
    with Events(tables, measurement, timezone, exported_on, engine, reuse=False) as events:
        return measure(events, cycle, by, indicators)


def measure(
    events: Events,
    cycle: Cycle | Sequence[Cycle] | None = None,
    by: By | Sequence[By] | None = "employee_id",
    indicators: Iterable[str] | None = None,
    over: Sequence[Over] = (),
    shared: Shared | None = None,
) -> DataFrame:
    """What `indicator_values` returns, from events that are open already and keep their facts.

    Kinds of work that are named by `over` divide the groups further. Groupings that are `shared`
    are measured in one pass, for all who ask with it.
    """
    chosen = chosen_indicators(indicators)
    cycles = (cycle,) if isinstance(cycle, Cycle) else tuple(cycle or ())
    keys = [*_keys(by, events, cycles), *(f"{STRATUM}{kind}" for kind in over)]
    events.cover(cycles)
    plain = [row for row in chosen if row.kind not in DERIVED]
    parts = dict.fromkeys(name for row in chosen if row.kind in DERIVED for name in row.of)
    asked = {row.id: row for row in plain} | {name: INDICATORS[name] for name in parts}
    found = _measured(events, cycles, keys, list(asked.values()), shared)
    if parts:
        times = [key for key in keys if key in TIMES]
        whole = _measured(events, cycles, times, [INDICATORS[name] for name in parts], shared)
        made = [
            DERIVED[row.kind](row, found, whole, keys, times)
            for row in chosen
            if row.kind in DERIVED
        ]
        found = pd.concat([found, *made], ignore_index=True)
    place = {row.id: number for number, row in enumerate(chosen)}
    found = found[found["indicator_id"].isin(list(place))]
    order = found["indicator_id"].map(place).rename("_place")
    ordered = found.assign(_place=order).sort_values([*keys, "_place"], kind="stable")
    types = {key: "int64" if key in ("week", "day") else "str" for key in keys}
    types |= {**dict.fromkeys(NUMBERS, "float64"), "status": "str"}
    return ordered[[*keys, *VALUE_COLUMNS]].reset_index(drop=True).astype(types)


def chosen_indicators(indicators: Iterable[str] | None) -> list[Indicator]:
    """Rows of the catalogue by id, all of them if left out; InputError for one it lacks."""
    ids = list(INDICATORS if indicators is None else indicators)
    known = ", ".join(INDICATORS)
    problems = [
        Problem("indicator_values", f"no indicator '{name}'", f"there are {known}")
        for name in ids
        if name not in INDICATORS
    ]
    if problems:
        raise InputError(problems)
    return [INDICATORS[name] for name in ids]


def _keys(by: By | Sequence[By] | None, events: Events, cycles: tuple[Cycle, ...]) -> list[str]:
    keys: list[str] = [by] if isinstance(by, str) else list(by or [])
    known = ", ".join(get_args(By))
    lacking = {
        "week": (len(cycles) == 1, "weeks are counted from the first day of a cycle; give one"),
        "cycle_id": (bool(cycles), "give the cycles"),
        "team_id": (
            "assignments" in events.names,
            "the table assignments says who is in which team; give it",
        ),
        "department_id": (
            {"teams.department_id", "assignments.team_id"} <= events.columns,
            "teams says which team is in which department, assignments who is in it; give both",
        ),
    }
    problems = [
        Problem("indicator_values", f"cannot group by '{key}'", f"by takes {known}")
        for key in keys
        if key not in get_args(By)
    ]
    problems += [
        Problem("indicator_values", f"cannot group by '{key}'", advice)
        for key, (possible, advice) in lacking.items()
        if key in keys and not possible
    ]
    if problems:
        raise InputError(problems)
    return keys


def given(events: Events, fact: str) -> bool:
    """Whether the tables that a fact reads are there."""
    tables, either = FACTS[fact].tables, FACTS[fact].either
    return events.names.issuperset(tables) and bool(not either or events.names & {*either})


def _measured(
    events: Events,
    cycles: tuple[Cycle, ...],
    keys: list[str],
    chosen: list[Indicator],
    shared: Shared | None,
) -> DataFrame:
    """The values of indicators of facts, whatever their rules."""
    by = keys or [ALL]
    found: dict[str, Found] = {}
    chosen = [as_recorded(events, row, keys) for row in chosen]
    for rules, rows in _gathered(chosen, lambda row: events.measurement.of(row.id)).items():
        found |= _found(events.under(rules), cycles, keys, rows, shared)
    everybody = [groups for groups, _ in found.values()] if keys else [DataFrame({ALL: [1]})]
    groups = pd.concat(everybody or [DataFrame(columns=by)]).drop_duplicates()
    groups = groups.sort_values(by, ignore_index=True)
    ends = _last_days(groups, cycles)
    blocks = [_block(groups, row, found.get(row.id), events, ends) for row in chosen]
    names = {"indicator_id": [row.id for row in chosen], "unit": [row.unit for row in chosen]}
    repeated = {name: np.repeat(np.array(each, "str"), len(groups)) for name, each in names.items()}
    tiled = groups.iloc[np.tile(np.arange(len(groups)), len(chosen))].reset_index(drop=True)
    # The empty list is for when no indicators are asked for.
    cells = {
        name: np.concatenate([[], *(block[name] for block in blocks)])
        for name in (*NUMBERS, "status")
    }
    return tiled.assign(**repeated, **cells)


def as_recorded(events: Events, row: Indicator, keys: list[str]) -> Indicator:
    """The indicator itself, or measured on daily totals where the exports have only those."""
    if recorded(events, row, keys):
        return row
    return from_totals(row, events, events.measurement.of(row.id)) or row


def recorded(events: Events, row: Indicator, keys: list[str]) -> bool:
    """Whether the exports have what the indicator is read from."""
    if row.scope == "team" and "employee_id" in keys:
        return False
    facts = [row.fact, *([row.exposure.split(".")[0]] if row.exposure else [])]
    needed = [column for fact in facts for column in FACTS[fact].columns]
    return (
        all(given(events, fact) for fact in facts)
        and events.columns.issuperset([*needed, *NEEDED.get(row.numerator, ())])
        and events.names.issuperset(row.needs)
    )


def _found(
    events: Events,
    cycles: tuple[Cycle, ...],
    keys: list[str],
    chosen: list[Indicator],
    shared: Shared | None,
) -> dict[str, Found]:
    """{indicator: the groups that have data, and its estimates in any groups}."""
    by, engine, rules = keys or [ALL], events.engine, events.rules
    by_id = {row.id: row for row in chosen}
    found: dict[str, Found] = {}
    for name, mine in _gathered(
        (row for row in chosen if recorded(events, row, keys)), lambda row: row.fact
    ).items():
        ranked = [row for row in mine if row.kind in QUANTILES]
        summed = [row for row in mine if row.kind not in (*QUANTILES, "highest")]
        largest = [row for row in mine if row.kind == "highest"]
        if shared and shared.covers(keys, events):
            all_sums = shared.sums(events, cycles, name, summed, keys)
            all_ranks = shared.ranks(events, cycles, name, ranked, keys)
        else:
            rows = fact_rows(events, name, keys, cycles)
            if summed and ranked and not events.reuse:
                rows = engine.keep(f"rows_of_{name}", rows.select(_used(name, mine, rules, by)))
            all_sums = sums(engine, rows, FACTS[name], summed, by, rules)
            all_ranks = order_statistics(engine, rows, ranked, by)
        for id, parts in all_sums.items():
            row = by_id[id]
            below = _exposure(events, cycles, keys, row)
            there = [parts.groups, below[by]] if below is not None else [parts.groups]
            found[id] = pd.concat(there), partial(of_sums, row, parts, rules, below)
        for id, ranks in all_ranks.items():
            found[id] = ranks.groups, partial(of_ranks, by_id[id], ranks)
        for row in largest:
            rows = fact_rows(events, name, keys, cycles)
            whole = whole_column(engine, rows, row.numerator, by)
            found[row.id] = whole[by], partial(of_largest, row, whole)
    return found


def _used(name: str, chosen: list[Indicator], rules: Rules, by: list[str]) -> list[str]:
    """Columns of a fact that indicators and their grouping need."""
    fact, columns = FACTS[name], [Columns.of(row, rules) for row in chosen]
    units = (fact.unit,) if isinstance(fact.unit, str) else fact.unit or ()
    names = [*by, fact.cluster, *units, *([fact.parts] if fact.parts else [])]
    names += [name for each in columns for name in (each.numerator, each.denominator) if name]
    return list(dict.fromkeys(names))


def _gathered(chosen: Iterable[Indicator], of: Callable[[Indicator], Any]) -> dict[Any, Any]:
    """{what `of` says: the indicators that it says it of}."""
    groups: dict[Any, list[Indicator]] = {}
    for row in chosen:
        groups.setdefault(of(row), []).append(row)
    return groups


def _exposure(
    events: Events, cycles: tuple[Cycle, ...], keys: list[str], row: Indicator
) -> DataFrame | None:
    """What a rate or an amount is divided by in every group."""
    if row.exposure is None:
        return None
    fact, column = row.exposure.split(".")
    return whole_column(events.engine, fact_rows(events, fact, keys, cycles), column, keys or [ALL])


def _last_days(groups: DataFrame, cycles: tuple[Cycle, ...]) -> Any:
    """The last day of every group: itself, of its cycle, or of all cycles; None without a cycle."""
    ends = {cycle.id: day_number(cycle.last_day) for cycle in cycles}
    if "day" in groups and cycles:
        return groups["day"].to_numpy()
    if "cycle_id" in groups:
        return groups["cycle_id"].map(ends).to_numpy()
    return max(ends.values(), default=None)


def _block(
    groups: DataFrame, row: Indicator, found: Found | None, events: Events, ends: Any
) -> dict[str, Any]:
    """Arrays of one indicator's numbers and status, one for every group."""
    if found is None:
        unknown = np.full(len(groups), np.nan)
        nothing = np.full(len(groups), "not_available", dtype=object)
        return {**dict.fromkeys(NUMBERS, unknown), "status": nothing}
    _, estimate = found
    numbers = dict(vars(estimate(groups)))
    known = ~np.isnan(numbers["value"])
    for name in ("low", "high"):
        numbers[name] = np.where(known, numbers[name], np.nan)
    return {**numbers, "status": _status(row, numbers["n"], known, events, ends)}


def _status(row: Indicator, n: Any, known: Any, events: Events, ends: Any) -> Any:
    """What each value is good for: shown, but perhaps not yet good for a score."""
    rules = events.measurement
    ripe = rules.maturity_days.get(row.id, row.maturity_days)
    young = known & (ends is not None and events.last_day < ends + ripe)
    few = known & (n < rules.n_min.get(row.id, row.n_min))
    words = ["not_computable", "too_few", "provisional"]
    return np.select([~known, few, young], words, default="ok").astype(object)
