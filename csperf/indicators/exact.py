"""Whole numbers for everything that is summed, so that no order of adding changes a bit.

Times are milliseconds, days are counted from 1970, and money, points and other decimals are
ten-thousandths: their columns end in `_ms`, `_day` and `_e4`. Only the end of a computation
divides, once.
"""

from __future__ import annotations

from typing import Literal

import narwhals.stable.v2 as nw

from csperf.tables import Column

Rows = nw.LazyFrame
Join = Literal["inner", "left", "semi", "anti"]
MS = 1000
DAY_MS = 24 * 60 * 60 * MS
MINUTE_MS = 60 * MS
E4 = 10_000
HOUR_MS = 60 * MINUTE_MS
MS_IN = {"s": MS, "min": MINUTE_MS, "h": HOUR_MS, "per_hour": HOUR_MS}


def whole(column: Column) -> str:
    """Name under which a column of times or dates arrives as whole numbers."""
    ending, suffixes = {"time": ("_ms", ("_at",)), "date": ("_day", ("_date", "_on"))}[column.type]
    stem = next((column.name.removesuffix(s) for s in suffixes if column.name.endswith(s)), None)
    return (column.name if stem is None else stem) + ending


def as_number(condition: nw.Expr) -> nw.Expr:
    """1 where true, 0 where false, unknown where unknown."""
    return condition.cast(nw.Int32)


def floored(number: nw.Expr, by: int) -> nw.Expr:
    """Whole division, rounded down, of whole numbers below 2^53.

    There the double nearest to a quotient lies on the same side of each whole number as the
    quotient. Written with `//` it would be a hundred times as much SQL, and five times as slow.
    """
    return (number / by).floor().cast(nw.Int64)


def minute_of_day(local: nw.Expr) -> nw.Expr:
    """Minutes since midnight of milliseconds on the local clock."""
    return floored(local, MINUTE_MS) - floored(local, DAY_MS) * (DAY_MS // MINUTE_MS)


def in_e4(amount: nw.Expr) -> nw.Expr:
    """An amount in ten-thousandths."""
    return (amount * E4).round(0).cast(nw.Int64)


def distinct(rows: Rows, *columns: str) -> Rows:
    """Every combination of the columns' values once; all columns if none are named."""
    names = columns or rows.collect_schema().names()
    # `unique` would number the rows of each combination, which takes twice as long.
    return rows.group_by(*names).agg(_times=nw.len()).select(*names)


def divisor(column: str | None, unit: str) -> int:
    """How many of the column's whole numbers make one of the unit."""
    if column is None:
        return 1
    if column.endswith("_ms"):
        return MS_IN.get(unit, 1)
    return E4 if column.endswith("_e4") else 1
