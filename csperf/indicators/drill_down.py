"""The single cases behind a number: which went best, and which worst."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals.stable.v2 as nw
import pandas as pd
from pandas import DataFrame

from csperf.errors import InputError, Problem
from csperf.indicators.catalogue import Indicator
from csperf.indicators.engine import Events, Rows
from csperf.indicators.exact import divisor
from csperf.indicators.facts import FACTS, Fact, tables_of
from csperf.indicators.passes import Columns
from csperf.indicators.values import as_recorded, chosen_indicators, fact_rows, recorded
from csperf.params import Cycle, Measurement, Rules
from csperf.tables.declare import DTYPES

YES_NO = ("proportion", "count", "rate")
SIDES = {"up": ("best", "worst"), "down": ("best", "worst"), "none": ("highest", "lowest")}


def cases_behind(
    tables: Mapping[str, Any],
    indicator: str,
    employee_id: str | None = None,
    cycle: Cycle | Sequence[Cycle] | None = None,
    best: int = 5,
    worst: int = 5,
    engine: Any = None,
    *,
    measurement: Measurement | None = None,
    timezone: str = "UTC",
    exported_on: Any = None,
) -> DataFrame:
    """The best and the worst cases behind an indicator's value, with the ids to look them up by.

    Parameters
    ----------
    tables, cycle, engine, measurement, timezone, exported_on
        As in `indicator_values`.
    indicator : str
        An id of the catalogue.
    employee_id : str, optional
        Whose cases; everybody's if left out.
    best, worst : int
        How many of each. Where there are fewer cases than asked for, one may be among both.

    Returns
    -------
    DataFrame
        indicator_id, side (best or worst; highest or lowest where neither is better), id_column, id
        (of a customer who counts once, one of the cases that decided it), value (of the case, in
        the unit named), unit, employee_id, day (local); best first, then worst first, at equal
        values the latest first. Of what is yes or no best and worst are the hits and the misses.

    Raises
    ------
    InputError
        For an indicator that does not exist, is not recorded, or has no single cases.
    """
    (row,) = chosen_indicators([indicator])
    cycles = (cycle,) if isinstance(cycle, Cycle) else tuple(cycle or ())
    with Events(tables, measurement, timezone, exported_on, engine) as events:
        keys = [] if employee_id is None else ["employee_id"]
        fact, rules = _fact_of_cases(events, row, keys), events.measurement.of(row.id)
        rows = fact_rows(events.under(rules), row.fact, keys, cycles, carried=(fact.id,))
        if employee_id is not None:
            rows = rows.filter(nw.col("employee_id") == employee_id)
        cases, columns = _cases(rows, row, fact, rules), Columns.of(row, rules)
        found = [
            _of_side(events, cases, row, columns, best, good=True),
            _of_side(events, cases, row, columns, worst, good=False),
        ]
    return pd.concat(found, ignore_index=True)


def _fact_of_cases(events: Events, row: Indicator, keys: list[str]) -> Fact:
    """The fact whose rows are the cases of an indicator; InputError if there are none."""

    def problem(found: str, expected: str) -> InputError:
        return InputError(Problem("cases_behind", f"'{row.id}' {found}", expected))

    if row.of:
        parts = ", ".join(row.of)
        raise problem("compares groups and has no single cases", f"ask for {parts}")
    if keys and row.scope == "team":
        raise problem("is nobody's in particular", "leave employee_id out")
    if as_recorded(events, row, keys) is not row:
        raise problem("comes from daily totals and has no single cases", "give the events")
    if not recorded(events, row, keys):
        raise problem("is not recorded", f"it is read from {', '.join(tables_of(row))}")
    if not FACTS[row.fact].id:
        raise problem("has no single cases", "its fact has no id")
    return FACTS[row.fact]


def _cases(rows: Rows, row: Indicator, fact: Fact, rules: Rules) -> Rows:
    """What counts, once each: id, employee_id, day, and y and x, whose ratio is its value."""
    columns, y = Columns.of(row, rules), nw.col("y")
    below = nw.col(columns.denominator) if columns.denominator else nw.lit(1)
    units = _units(fact, rules)
    cases = rows.select("employee_id", "day", *units, id=fact.id, y=columns.numerator, x=below)
    cases = cases.filter(~y.is_null())
    if units:
        once = {"y": columns.numerator in fact.any_of}
        once["x"] = not columns.denominator or columns.denominator in fact.any_of
        whole = {name: nw.col(name).max() if only else _sum(name) for name, only in once.items()}
        decides = nw.when((y > 0) | nw.lit(not once["y"])).then(nw.col("id"))
        cases = (
            cases.group_by("employee_id", *units)
            .agg(nw.col("day").max(), decides=decides.min(), id=nw.col("id").min(), **whole)
            .with_columns(id=nw.coalesce("decides", "id"))
        )
    if row.complement:
        cases = cases.with_columns(y=nw.col("x") - y)
    return cases.filter(nw.col("x") > 0)


def _units(fact: Fact, rules: Rules) -> tuple[str, ...]:
    """Columns that tell apart what counts once."""
    unit = fact.unit or (fact.parts if rules.touch == "split" else None)
    return (unit,) if isinstance(unit, str) else unit or ()


def _sum(name: str) -> nw.Expr:
    return nw.col(name).sum().cast(nw.Int64)


def _of_side(
    events: Events, cases: Rows, row: Indicator, columns: Columns, count: int, good: bool
) -> DataFrame:
    """The best or the worst cases of an indicator: id, value, employee_id, day."""
    largest = good == (row.direction != "down")
    if columns.kind in YES_NO:
        cases = cases.filter(nw.col("y") > 0 if largest else nw.col("y") < nw.col("x"))
    order = {"_value": largest, "day": True, "id": False, "employee_id": False}
    first = (
        cases.with_columns(_value=nw.col("y") / nw.col("x"))
        .sort(*order, descending=list(order.values()), nulls_last=True)
        .head(count)
        .select("id", "employee_id", "day", "y", "x")
    )
    found = events.engine.collect(first)
    per_y, per_x = divisor(columns.numerator, row.unit), divisor(columns.denominator, row.unit)
    return DataFrame(
        {
            "indicator_id": row.id,
            "side": SIDES[row.direction][0 if good else 1],
            "id_column": FACTS[row.fact].id,
            "id": found["id"].astype(DTYPES["id"]),
            "value": found["y"] * per_x / (found["x"] * per_y),
            "unit": row.unit,
            "employee_id": found["employee_id"].astype(DTYPES["id"]),
            "day": pd.to_datetime(found["day"], unit="D").astype(DTYPES["date"]),
        }
    )
