"""What a department has given: each of its tables at a glance, and each column of one table."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from pandas import DataFrame, Series

from csperf.errors import InputError, Problem, meant
from csperf.tables import INPUT_TABLES
from csperf.tables.declare import Column, Table

EMPTY = ", "  # between columns without a value


def overview(tables: Mapping[str, DataFrame]) -> DataFrame:
    """Tell of each table what it holds, how much of it, and over which days.

    Parameters
    ----------
    tables : mapping
        {input table: DataFrame}, as `read_tables` returns them.

    Returns
    -------
    DataFrame
        table, meaning, rows, first_day and last_day (of the first time or date of the table that
        is not planned ahead; UTC days), empty (columns without a single value).
    """
    rows = []
    for name, frame in tables.items():
        table = INPUT_TABLES[name]
        days = _days(table, frame)
        lacking = [each for each in frame if frame[each].isna().all()] if len(frame) else []
        first, last = (days.min(), days.max()) if len(days) else (None, None)
        rows.append((name, table.meaning, len(frame), first, last, EMPTY.join(lacking)))
    columns = ["table", "meaning", "rows", "first_day", "last_day", "empty"]
    return DataFrame(rows, columns=columns)


def columns_of(tables: Mapping[str, DataFrame], name: str) -> DataFrame:
    """Tell of each column of a table what it means, how full it is and what it holds.

    Parameters
    ----------
    tables : mapping
        As for `overview`.
    name : str
        One of the tables.

    Returns
    -------
    DataFrame
        column, meaning, type, unit, filled (share of rows), values (how many different ones),
        lowest and highest (of numbers and times, as text), most_common (of ids and words).

    Raises
    ------
    InputError
        If the table is not among them.
    """
    if name not in tables:
        advice = f"there are {', '.join(tables)}"
        raise InputError(Problem(name, f"no such table{meant(name, tables)}", advice))
    frame = tables[name]
    nothing = Series(pd.NA, index=frame.index, dtype="object")
    told = [_told(column, frame.get(column.name, nothing)) for column in INPUT_TABLES[name].columns]
    columns = ["column", "meaning", "type", "unit", "filled", "values"]
    return DataFrame(told, columns=[*columns, "lowest", "highest", "most_common"])


def rows_with(tables: Mapping[str, DataFrame], column: str, value: object) -> dict[str, DataFrame]:
    """Look an id up in every table that has its column: {table: rows}, without empty ones.

    Raises
    ------
    InputError
        If no table has such a column.
    """
    having = {name: frame for name, frame in tables.items() if column in frame}
    if not having:
        known = sorted({each for frame in tables.values() for each in frame})
        advice = f"there are {', '.join(known)}"
        raise InputError(Problem(column, f"in no table{meant(column, known)}", advice))
    found = {name: frame[frame[column] == value] for name, frame in having.items()}
    return {name: rows for name, rows in found.items() if len(rows)}


def _told(column: Column, cells: Series) -> tuple[object, ...]:
    known = cells.dropna()
    filled = len(known) / len(cells) if len(cells) else 0.0
    ordered = column.type in ("number", "count", "time", "date")
    lowest, highest = (str(known.min()), str(known.max())) if ordered and len(known) else ("", "")
    counts = known.astype("str").value_counts() if len(known) and not ordered else Series()
    common = sorted(counts.index[counts == counts.max()])[0] if len(counts) else ""
    about = column.name, column.meaning, column.type, column.unit
    return *about, filled, known.nunique(), lowest, highest, common


def _days(table: Table, frame: DataFrame) -> Series:
    """Days of the table's first time or date that tells when something happened."""
    happened = [each.name for each in table.columns if each.type in ("time", "date")]
    ahead = {each.name for each in table.columns if each.ahead}
    for name in (each for each in happened if each in frame and each not in ahead):
        known = pd.to_datetime(frame[name].dropna())
        if len(known):
            return known.dt.date
    return Series(dtype="object")
