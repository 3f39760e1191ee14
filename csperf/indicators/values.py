"""Indicator values with n, interval and status, for any grouping; one pass over each fact."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, get_args

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from csperf.errors import InputError, Problem
from csperf.indicators import intervals
from csperf.indicators.catalogue import INDICATORS, Indicator
from csperf.indicators.engine import Events, day_number
from csperf.indicators.facts import EXPOSURES, FACTS, NEEDED, Fact
from csperf.params import Cycle, Measurement
from csperf.tables import quality_frame

By = Literal["employee_id", "team_id", "week", "day"]
ALL = "_all"
MEASURES = ["numerator", "denominator", "clusters", "spread", "middle", "low_rank", "high_rank"]
NUMBERS = ["value", "n", "low", "high", "numerator", "denominator"]
VALUE_COLUMNS = ["indicator_id", *NUMBERS[:4], "unit", "status", *NUMBERS[4:]]
WEEK_DAYS = 7


def indicator_values(
    tables: Mapping[str, Any],
    cycle: Cycle | None = None,
    by: By | Sequence[By] | None = "employee_id",
    indicators: Iterable[str] | None = None,
    *,
    measurement: Measurement | None = None,
    timezone: str = "UTC",
) -> DataFrame:
    """Values of indicators from checked tables.

    Parameters
    ----------
    tables : mapping
        {input table name: DataFrame}, as `read_tables` returns them.
    cycle : Cycle, optional
        Facts whose local day lies in it; all facts if left out.
    by : column name or names, or None
        Grouping out of employee_id, team_id, week (seven days from the cycle's first; the last may
        be shorter), day; None is one row over all.
    indicators : iterable of str, optional
        Ids of the catalogue; all of them if left out.
    measurement : Measurement, optional
        Rules of rounds, attribution, windows; the field's defaults if left out.
    timezone : str
        IANA name; the zone of local days, and of times that name none.

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
    with Events(tables, measurement, timezone) as events:
        return measure(events, cycle, by, indicators)


def measure(
    events: Events,
    cycle: Cycle | None = None,
    by: By | Sequence[By] | None = "employee_id",
    indicators: Iterable[str] | None = None,
) -> DataFrame:
    """What `indicator_values` returns, from events that are open already and keep their facts."""
    chosen = _chosen(indicators)
    keys = _keys(by, events, cycle)
    present = [name for name, fact in FACTS.items() if set(fact.tables) <= events.names]
    measures = {
        name: _one_pass(events, name, [row for row in chosen if row.fact == name], keys, cycle)
        for name in dict.fromkeys(row.fact for row in chosen)
        if name in present
    }
    exposures = {
        name: _exposure(events, name, keys, cycle)
        for name in dict.fromkeys(row.exposure for row in chosen if row.exposure)
        if name in present
    }
    by_columns = keys or [ALL]
    found = [frame[by_columns] for frame in [*measures.values(), *exposures.values()]]
    groups = pd.concat(found) if keys and found else DataFrame({ALL: [1]}, columns=by_columns)
    groups = groups.drop_duplicates().sort_values(by_columns, ignore_index=True)
    blocks = []
    for row in chosen:
        measured = measures.get(row.fact) if _recorded(events, row) else None
        block = _values(groups, row, measured, exposures, by_columns)
        blocks.append(_mark(block, row, events, cycle))
    whole = pd.concat(blocks, ignore_index=True)
    ordered = whole.sort_values(keys, kind="stable", ignore_index=True) if keys else whole
    return ordered[[*keys, *VALUE_COLUMNS]].astype(dict.fromkeys(NUMBERS, "float64"))


def set_aside(events: Events, cycle: Cycle) -> DataFrame:
    """Rows of each fact that are in nobody's value, counted, as data_quality rows.

    Those outside the cycle, those that belong to nobody, and cases too young to be judged.
    """
    rows = []
    for name, fact in FACTS.items():
        if not set(fact.tables) <= events.names or fact.derived:
            continue
        everything = _rows(events, name, [], None)
        inside = _rows(events, name, [], cycle)
        total = _count(everything)
        within = _count(inside)
        found = [
            ("outside the cycle (not used)", total - within, total),
            (
                "belongs to no employee (in nobody's value)",
                _count(inside.filter(nw.col("employee_id").is_null())),
                within,
            ),
        ]
        if name == "cases":
            young = _count(inside.filter(nw.col("first_contact").is_null()))
            found.append(("not yet judged for first contact (left out)", young, within))
        rows += [
            {"table": name, "check": text, "count": count, "share": count / of, "example_ids": ""}
            for text, count, of in found
            if count
        ]
    return quality_frame(rows)


def _count(rows: nw.LazyFrame) -> int:
    return int(_frame(rows.select(nw.len()))["len"].iloc[0])


def _chosen(indicators: Iterable[str] | None) -> list[Indicator]:
    ids = list(INDICATORS if indicators is None else indicators)
    unknown = [name for name in ids if name not in INDICATORS]
    if unknown:
        known = ", ".join(INDICATORS)
        raise InputError(
            [
                Problem("indicator_values", f"no indicator '{n}'", f"there are {known}")
                for n in unknown
            ]
        )
    return [INDICATORS[name] for name in ids]


def _keys(by: By | Sequence[By] | None, events: Events, cycle: Cycle | None) -> list[str]:
    keys: list[str] = [by] if isinstance(by, str) else list(by or [])
    known = ", ".join(get_args(By))
    problems = [
        Problem("indicator_values", f"cannot group by '{key}'", f"by takes {known}")
        for key in keys
        if key not in get_args(By)
    ]
    if "week" in keys and cycle is None:
        advice = "weeks are counted from the first day of a cycle; give one"
        problems.append(Problem("indicator_values", "cannot group by 'week'", advice))
    if "team_id" in keys and "assignments" not in events.names:
        advice = "the table assignments says who is in which team; give it"
        problems.append(Problem("indicator_values", "cannot group by 'team_id'", advice))
    if problems:
        raise InputError(problems)
    return keys


def _recorded(events: Events, row: Indicator) -> bool:
    """Whether the exports have the columns that the indicator is read from."""
    needed = (*FACTS[row.fact].columns, *NEEDED.get(row.numerator, ()))
    return events.columns.issuperset(needed)


def _rows(events: Events, name: str, keys: list[str], cycle: Cycle | None) -> nw.LazyFrame:
    """A fact's rows of the cycle with their grouping columns; rows that nobody owns left out."""
    rows = events.kept(f"rows_{name}", FACTS[name].rows)
    if cycle is not None:
        start, end = day_number(cycle.start), day_number(cycle.end)
        rows = rows.filter((nw.col("day") >= start) & (nw.col("day") < end))
        week = ((nw.col("day") - start) // WEEK_DAYS).cast(nw.Int64) + 1
        rows = rows.with_columns(week=week)
    if "employee_id" in keys:
        rows = rows.filter(~nw.col("employee_id").is_null())
    if "team_id" in keys:
        rows = events.with_team(rows).filter(~nw.col("team_id").is_null())
    return rows.with_columns(nw.lit(1).alias(ALL))


def _one_pass(
    events: Events, name: str, chosen: list[Indicator], keys: list[str], cycle: Cycle | None
) -> DataFrame:
    """Sums, clusters, jackknife spread and order statistics of all indicators of one fact."""
    fact, by = FACTS[name], keys or [ALL]
    rows = _rows(events, name, keys, cycle)
    sums = [row for row in chosen if row.kind != "median"]
    medians = [row for row in chosen if row.kind == "median"]
    parts = []
    if sums:
        parts.append(_sums(rows, fact, sums, by))
    parts += [_order_statistics(rows, row, by) for row in medians]
    whole = parts[0]
    for part in parts[1:]:
        whole = whole.merge(part, on=by, how="outer")
    return whole


def _sums(rows: nw.LazyFrame, fact: Fact, chosen: list[Indicator], by: list[str]) -> DataFrame:
    names = sorted({c for row in chosen for c in (row.numerator, row.denominator) if c})
    gathered = [
        nw.col(c).max().alias(c) if c in fact.any_of else nw.col(c).sum().alias(c) for c in names
    ]
    known = [nw.col(c).count().alias(f"{c}_known") for c in names]
    units = rows.group_by(*by, fact.unit).agg(*gathered, *known)
    units = units.with_columns(*[expr for row in chosen for expr in _unit_columns(row, fact)])
    left_out = [
        (
            (nw.col(f"{row.id}_y").sum().over(*by) - nw.col(f"{row.id}_y"))
            / (nw.col(f"{row.id}_x").sum().over(*by) - nw.col(f"{row.id}_x"))
        ).alias(f"{row.id}_j")
        for row in chosen
        if row.kind in ("mean", "ratio")
    ]
    units = units.with_columns(*left_out) if left_out else units
    found = units.group_by(*by).agg(*[expr for row in chosen for expr in _group_columns(row)])
    return _frame(found)


def _unit_columns(row: Indicator, fact: Fact) -> list[nw.Expr]:
    """What a unit adds above (y) and below (x) the line; nothing where either is unknown."""
    y = nw.col(row.numerator).cast(nw.Float64)
    if row.denominator:
        x = nw.col(row.denominator).cast(nw.Float64)
    elif row.numerator in fact.any_of:
        x = nw.when(nw.col(f"{row.numerator}_known") > 0).then(nw.lit(1.0))
    else:
        x = nw.col(f"{row.numerator}_known").cast(nw.Float64)
    counts = (x > 0) & (nw.col(f"{row.numerator}_known") > 0)
    return [
        nw.when(counts).then(y).alias(f"{row.id}_y"),
        nw.when(counts).then(x).alias(f"{row.id}_x"),
    ]


def _group_columns(row: Indicator) -> list[nw.Expr]:
    y, x = nw.col(f"{row.id}_y"), nw.col(f"{row.id}_x")
    columns = [
        y.sum().alias(f"{row.id}:numerator"),
        x.sum().alias(f"{row.id}:denominator"),
        x.count().alias(f"{row.id}:clusters"),
    ]
    if row.kind in ("mean", "ratio"):
        columns.append(nw.col(f"{row.id}_j").var(ddof=1).alias(f"{row.id}:spread"))
    if row.kind == "amount":
        columns.append((y * y).sum().alias(f"{row.id}:spread"))
    return columns


def _order_statistics(rows: nw.LazyFrame, row: Indicator, by: list[str]) -> DataFrame:
    """Median with the ranks of Campbell and Gardner (1988), BMJ 296: n/2 -+ 1.96 sqrt(n)/2."""
    value = nw.col(row.numerator)
    ranked = rows.filter(~value.is_null()).with_columns(
        _rank=value.rank("ordinal").over(*by), _n=value.count().over(*by)
    )
    half = nw.col("_n") / 2
    reach = float(intervals.Z) / 2 * nw.col("_n").cast(nw.Float64).sqrt()
    low, high = (half - reach).round(0), (1 + half + reach).round(0)
    found = ranked.group_by(*by).agg(
        value.sum().alias(f"{row.id}:numerator"),
        value.count().alias(f"{row.id}:denominator"),
        value.median().alias(f"{row.id}:middle"),
        nw.when(nw.col("_rank") == low).then(value).max().alias(f"{row.id}:low_rank"),
        nw.when(nw.col("_rank") == high).then(value).max().alias(f"{row.id}:high_rank"),
    )
    return _frame(found)


def _exposure(events: Events, name: str, keys: list[str], cycle: Cycle | None) -> DataFrame:
    by = keys or [ALL]
    rows = _rows(events, name, keys, cycle)
    return _frame(rows.group_by(*by).agg(nw.col(EXPOSURES[name]).sum().alias("exposure")))


def _frame(lazy: nw.LazyFrame) -> DataFrame:
    return lazy.collect(backend="pandas").to_native()


def _values(
    groups: DataFrame,
    row: Indicator,
    measured: DataFrame | None,
    exposures: Mapping[str, DataFrame],
    by: list[str],
) -> DataFrame:
    """Value, n and interval of one indicator for every group."""
    block = groups.assign(indicator_id=row.id, unit=row.unit)
    if measured is None or (row.exposure and row.exposure not in exposures):
        return block.assign(**dict.fromkeys(NUMBERS, np.nan), status="not_available")
    mine = measured[by].assign(
        **{name: measured.get(f"{row.id}:{name}", np.nan) for name in MEASURES}
    )
    block = block.merge(mine, on=by, how="left")
    y, x = block["numerator"].fillna(0.0), block["denominator"].fillna(0.0)
    if row.exposure:
        x = block[by].merge(exposures[row.exposure], on=by, how="left")["exposure"].fillna(0.0)
    if row.complement:
        y = x - y
    value, n, low, high = _estimate(row, y, x, block)
    known = value.notna()
    return block.assign(
        value=value,
        n=n,
        low=np.where(known, low, np.nan),
        high=np.where(known, high, np.nan),
        status=np.where(known, "ok", "not_computable"),
        numerator=y,
        denominator=x,
    ).drop(columns=MEASURES[2:])


def _estimate(
    row: Indicator, y: Series, x: Series, block: DataFrame
) -> tuple[Series, Series, Any, Any]:
    m = block["clusters"].fillna(0.0)
    if row.kind == "amount":
        seen = block["spread"].where(block["spread"] > 0)
        return y, m, *intervals.normal(y, np.sqrt(seen), lowest=0.0)
    if row.kind == "count":
        return y, y, *intervals.poisson(y, np.ones(len(y)))
    value = (y / x).where(x > 0)
    if row.kind == "proportion":
        return value, x, *intervals.wilson(y, x)
    if row.kind == "rate":
        return value, x, *intervals.poisson(y, x)
    if row.kind == "median":
        return block["middle"], x, block["low_rank"], block["high_rank"]
    se = np.sqrt(block["spread"] * (m - 1) ** 2 / m.where(m > 0))
    n = x if row.kind == "mean" else m
    return value, n, *intervals.student(value, se, m)


def _mark(block: DataFrame, row: Indicator, events: Events, cycle: Cycle | None) -> DataFrame:
    """The block with the status of values that are shown but not yet good for a score."""
    rules, known = events.rules, block["status"] == "ok"
    ripe = rules.maturity_days.get(row.id, row.maturity_days)
    young = cycle is not None and events.last_day < day_number(cycle.last_day) + ripe
    few = known & (block["n"] < rules.n_min.get(row.id, row.n_min))
    status = block["status"].mask(known & young, "provisional").mask(few, "too_few")
    return block.assign(status=status)
