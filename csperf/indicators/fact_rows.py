"""A fact's rows of the cycles asked for, with the columns that they are grouped by."""

from __future__ import annotations

from functools import reduce
from operator import or_

import narwhals.stable.v2 as nw

from csperf.indicators.catalogue import INDICATORS
from csperf.indicators.daily import ON_TOTALS
from csperf.indicators.engine import Events, day_number
from csperf.indicators.exact import floored
from csperf.indicators.facts import FACTS
from csperf.indicators.passes import ALL
from csperf.indicators.strata import STRATUM, with_strata
from csperf.params import Cycle

WEEK_DAYS = 7


def fact_rows(
    events: Events,
    name: str,
    keys: list[str],
    cycles: tuple[Cycle, ...],
    carried: tuple[str, ...] = (),
) -> nw.LazyFrame:
    """A fact's rows of the cycles with their grouping columns; rows of no group left out.

    Columns that are `carried` come beside those that indicators use.
    """
    carried += tuple(key for key in keys if key.startswith(STRATUM))
    if FACTS[name].per_cycle and cycles:
        each_made = [
            made_for(events, name, (each,), carried).filter(within((each,))) for each in cycles
        ]
        rows, conditions = nw.concat(each_made), []
    else:
        rows = made_for(events, name, cycles, carried)
        conditions = [within(cycles)] if cycles else []
    there = rows.collect_schema().names()
    if "left" in there and "employee_id" not in keys:
        conditions.append(nw.col("left") == 0)
    parts = parts_of(cycles, keys)
    rows = rows.with_columns(**parts) if parts else rows
    if {"team_id", "department_id"} & {*keys}:
        rows = events.with_team(rows)
    if "department_id" in keys:
        rows = events.with_department(rows)
    if "channel" in keys and "channel" not in there:
        rows = rows.with_columns(channel=nw.lit(None, nw.String))
    conditions += [~nw.col(key).is_null() for key in keys]
    return rows.filter(*conditions) if conditions else rows


def made_for(
    events: Events, name: str, cycles: tuple[Cycle, ...], carried: tuple[str, ...]
) -> nw.LazyFrame:
    """A fact's rows, kept for whoever asks again for the same cycles."""
    fact, days = FACTS[name], "_".join(cycle.id for cycle in cycles)
    events.cover(cycles)
    known = f"rows_{name}_{days}" if fact.per_cycle else f"rows_{name}"
    if not events.reuse:
        return with_strata(fact.rows(events), [*carried], events)
    return events.kept(
        "_".join([known, *carried]),
        lambda events: _needed(name, with_strata(fact.rows(events), [*carried], events), carried),
    )


def _needed(name: str, rows: nw.LazyFrame, carried: tuple[str, ...]) -> nw.LazyFrame:
    """A fact's rows with only the columns that are carried, or that grouping and indicators use."""
    fact = FACTS[name]
    units = (fact.unit,) if isinstance(fact.unit, str) else fact.unit or ()
    names = {"employee_id", "day", "team_id", "channel", "left", fact.cluster, fact.parts, *units}
    names |= {*carried}
    for row in (*INDICATORS.values(), *ON_TOTALS.values()):
        if row.fact == name:
            names |= {row.numerator, row.denominator}
            names |= {row.amount_numerator, row.amount_denominator}
        if row.exposure and row.exposure.startswith(f"{name}."):
            names.add(row.exposure.split(".")[1])
    return rows.select([column for column in rows.collect_schema().names() if column in names])


def within(cycles: tuple[Cycle, ...]) -> nw.Expr:
    """Whether a row's day lies in one of the cycles."""
    days = [(day_number(cycle.start), day_number(cycle.last_day)) for cycle in cycles]
    inside = [nw.col("day").is_between(first, last) for first, last in days]
    return reduce(or_, inside) if inside else nw.lit(False)


def parts_of(cycles: tuple[Cycle, ...], keys: list[str]) -> dict[str, nw.Expr]:
    """The cycle of a row and its week there, as far as they are grouped by; else one group."""
    parts: dict[str, nw.Expr] = {} if keys else {ALL: nw.lit(1)}
    if "cycle_id" in keys:
        name = nw.lit(None, nw.String)
        for cycle in cycles:
            name = nw.when(within((cycle,))).then(nw.lit(cycle.id)).otherwise(name)
        parts["cycle_id"] = name
    if "week" in keys:
        since = nw.col("day") - day_number(cycles[0].start)
        parts["week"] = floored(since, WEEK_DAYS) + 1
    return parts
