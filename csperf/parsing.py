"""Text and loosely typed cells into the declared types, cell by cell, nothing guessed."""

from __future__ import annotations

import pandas as pd
from pandas import DataFrame, Series

from csperf.errors import Problem
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
OFFSET = r"(?:[zZ]|[+-]\d{2}:?\d{2})$"
NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"

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
        cells = frame[column.name]
        values = _parse(cells, column, formats.get(column.name), zone)
        bad = cells[cells.notna() & values.isna()]
        naive = column.type == "time" and zone is None and column.name not in formats
        for row, cell in bad.items():
            expected = EXPECTED[column.type]
            if naive and _reads_as_time(str(cell)):
                expected = "it names no time zone: declare timezone: in the params"
            found = f"'{cell}' is not a {column.type}"
            problems.append(Problem(where, found, expected, row, column.name))
        columns[column.name] = values
    return DataFrame(columns, index=frame.index), problems


def _parse(cells: Series, column: Column, format: str | None, zone: str | None) -> Series:
    if column.type in ("id", "text"):
        return _as_text(cells).astype(DTYPES["text"])
    if column.type in ("number", "count"):
        return _numbers(cells, whole=column.type == "count")
    if column.type == "flag":
        if pd.api.types.is_bool_dtype(cells.dtype):
            return cells.astype("boolean")
        return _as_text(cells).str.strip().str.lower().map(FLAGS).astype("boolean")
    if column.type == "date":
        return _dates(cells, format)
    return _times(cells, format, zone)


def _as_text(cells: Series) -> Series:
    """Cells as text; whole numbers without a decimal point, as ids are meant."""
    if pd.api.types.is_float_dtype(cells.dtype) and (cells.dropna() % 1 == 0).all():
        cells = cells.astype("Int64")
    return cells.astype("str").where(cells.notna())


def _numbers(cells: Series, whole: bool) -> Series:
    if not pd.api.types.is_numeric_dtype(cells.dtype):
        text = cells.astype("str").str.strip()
        cells = pd.to_numeric(text.where(text.str.fullmatch(NUMBER)), errors="coerce")
    numbers = cells.astype("float64")
    numbers = numbers.where(numbers.abs() < float("inf"))
    return numbers.where(numbers % 1 == 0).astype("Int64") if whole else numbers


def _dates(cells: Series, format: str | None) -> Series:
    if pd.api.types.is_datetime64_any_dtype(cells.dtype):
        return cells.dt.tz_localize(None).dt.normalize().astype(DTYPES["date"])
    text = _as_text(cells).str.removesuffix("T00:00:00")
    days = pd.to_datetime(text, format=format or "%Y-%m-%d", errors="coerce")
    return days.dt.normalize().astype(DTYPES["date"])


def _times(cells: Series, format: str | None, zone: str | None) -> Series:
    if pd.api.types.is_datetime64_any_dtype(cells.dtype):
        return _in_utc(cells, zone)
    text = _as_text(cells).str.strip()
    if format and "%z" not in format:
        return _in_utc(pd.to_datetime(text, format=format, errors="coerce"), zone)
    aware = text.str.contains(OFFSET, regex=True).fillna(False).astype(bool)
    layout = format or "ISO8601"
    with_zone = pd.to_datetime(text.where(aware), format=layout, errors="coerce", utc=True)
    if format or aware[text.notna()].all():
        return with_zone.astype(DTYPES["time"])
    naive = pd.to_datetime(text.where(~aware), format=layout, errors="coerce")
    return with_zone.astype(DTYPES["time"]).fillna(_in_utc(naive, zone))


def _in_utc(times: Series, zone: str | None) -> Series:
    """Times in UTC; local times that never were or were twice (clock change) become unknown."""
    if times.dt.tz is None:
        if zone is None:
            return Series(pd.NaT, index=times.index, dtype=DTYPES["time"])
        times = times.dt.tz_localize(zone, ambiguous="NaT", nonexistent="NaT")
    return times.dt.tz_convert("UTC").astype(DTYPES["time"])


def _reads_as_time(text: str) -> bool:
    return not pd.isna(pd.to_datetime(text, format="ISO8601", errors="coerce"))
