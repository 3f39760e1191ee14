"""Text and loosely typed cells into the declared types, cell by cell, nothing guessed."""

from __future__ import annotations

import pandas as pd
from pandas import DataFrame, Series
from pandas.api.types import (
    is_bool_dtype,
    is_datetime64_any_dtype,
    is_float_dtype,
    is_numeric_dtype,
)

from csperf.errors import Problem, shown
from csperf.tables import Column, Table
from csperf.tables.declare import DTYPES

FLAGS = {
    "true": True,
    "yes": True,
    "1": True,
    "false": False,
    "no": False,
    "0": False,
}
DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
CLOCK = r"[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?"
OFFSET = r"(?:[zZ]|[+-][0-9]{2}(?::?[0-9]{2})?)"
MIDNIGHT = r"[T ]00:00(?::00(?:\.0+)?)?$"
LEAP_SECOND = r"[0-9]:[0-9]{2}:60"
TOO_LARGE = 2**53  # from here on a float does not tell neighbours apart

EXPECTED = {
    "number": "write a plain number such as 8.5",
    "count": "write a whole number",
    "flag": "write true or false, or recode it under values:",
    "time": "write 2026-10-31T09:30:00+08:00, or declare its format under formats:",
    "date": "write 2026-10-31, or declare its format under formats:",
}


def typed(
    frame: DataFrame, table: Table, where: str, formats: dict[str, str], zone: str | None
) -> tuple[DataFrame, list[Problem]]:
    """The declared columns of `frame` in their declared types, and every cell that has none.

    `formats` is {column: strptime format}; `zone` is the time zone of times that name none.
    """
    columns, problems = {}, []
    for column in table.columns:
        if column.name not in frame:
            continue
        cells, format = frame[column.name], formats.get(column.name)
        values = _parse(cells, column, format, zone)
        bad = cells[cells.notna() & values.isna()]
        if len(bad):
            advice = _advice(bad, column, format, zone)
            problems += [
                Problem(where, f"{shown(cell)} is not a {column.type}", text, row, column.name)
                for (row, cell), text in zip(bad.items(), advice, strict=True)
            ]
        columns[column.name] = values
    return DataFrame(columns, index=frame.index), problems


def as_text(cells: Series) -> Series:
    """Cells as text; whole numbers without a decimal point, as ids are meant; true and false."""
    text = cells.astype("str").where(cells.notna())
    if is_bool_dtype(cells.dtype):
        return text.str.lower()
    return text.str.removesuffix(".0") if is_float_dtype(cells.dtype) else text


def sortable(cells: Series, format: str | None, zone: str | None) -> Series:
    """Numbers, or times if more of the cells are times, to order rows by; unknown if neither."""
    numbers, times = _numeric(cells), _times(cells, format, zone or "UTC")
    return times if times.count() > numbers.count() else numbers


def _advice(bad: Series, column: Column, format: str | None, zone: str | None) -> Series:
    """What would do, for each cell that has no value of its column's type."""
    plain = f"it does not fit the format {format}" if format else EXPECTED[column.type]
    advice = Series(plain, index=bad.index)
    if column.type not in ("time", "date"):
        return advice
    leap = as_text(bad).str.contains(LEAP_SECOND)
    advice = advice.mask(leap, "leap seconds are not counted: write the second before or after it")
    # In UTC every well-formed time exists, so what is unknown without it lacks its own zone.
    readable = _times(bad, format, "UTC").notna()
    if column.type == "date":
        return advice.mask(readable, "it must be a day, without a time of day")
    if zone is None:
        return advice.mask(readable, "it names no time zone: declare timezone: in the params")
    return advice.mask(readable, f"clocks in {zone} skipped or repeated it: write its offset")


def _parse(cells: Series, column: Column, format: str | None, zone: str | None) -> Series:
    match column.type:
        case "number":
            return _finite(_numeric(cells))
        case "count":
            numbers = _finite(_numeric(cells))
            whole = (numbers % 1 == 0) & (numbers.abs() < TOO_LARGE)
            return numbers.where(whole).astype("Int64")
        case "flag" if is_bool_dtype(cells.dtype):
            return cells.astype("boolean")
        case "flag":
            return as_text(cells).str.lower().map(FLAGS).astype("boolean")
        case "date":
            return _dates(cells, format, zone)
        case "time":
            return _times(cells, format, zone)
        case _:
            return as_text(cells).astype(DTYPES["text"])


def _numeric(cells: Series) -> Series:
    if is_numeric_dtype(cells.dtype) and not is_bool_dtype(cells.dtype):
        return cells
    return pd.to_numeric(as_text(cells), errors="coerce")


def _finite(numbers: Series) -> Series:
    numbers = numbers.astype("float64")
    return numbers.where(numbers.abs() < float("inf"))


def _dates(cells: Series, format: str | None, zone: str | None) -> Series:
    """Whole days; a moment with a time of day is none."""
    if is_datetime64_any_dtype(cells.dtype):
        moments = cells
    elif format:
        aware = "%z" in format
        moments = pd.to_datetime(as_text(cells), format=format, errors="coerce", utc=aware)
    else:
        text = as_text(cells).str.replace(MIDNIGHT, "", regex=True)
        moments = pd.to_datetime(text, format="%Y-%m-%d", errors="coerce")
    if moments.dt.tz is not None:
        moments = moments.dt.tz_convert(zone or "UTC").dt.tz_localize(None)
    return moments.where(moments == moments.dt.normalize()).astype(DTYPES["date"])


def _times(cells: Series, format: str | None, zone: str | None) -> Series:
    if is_datetime64_any_dtype(cells.dtype):
        return _in_utc(cells, zone)
    text = as_text(cells)
    if format:
        return _in_utc(
            pd.to_datetime(text, format=format, errors="coerce", utc="%z" in format), zone
        )
    local = text.where(text.str.fullmatch(f"{DAY}(?:{CLOCK})?"))
    fixed = text.where(text.str.fullmatch(f"{DAY}{CLOCK}{OFFSET}"))
    return _in_utc(pd.to_datetime(local, format="ISO8601", errors="coerce"), zone).fillna(
        _in_utc(pd.to_datetime(fixed, format="ISO8601", errors="coerce", utc=True), zone)
    )


def _in_utc(times: Series, zone: str | None) -> Series:
    """Times in UTC; local times that never were or were twice (clock change) become unknown."""
    if times.dt.tz is None:
        if zone is None:
            return Series(pd.NaT, index=times.index, dtype=DTYPES["time"])
        times = times.dt.tz_localize(zone, ambiguous="NaT", nonexistent="NaT")
    return times.dt.tz_convert("UTC").astype(DTYPES["time"])
