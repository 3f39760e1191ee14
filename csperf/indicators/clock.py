"""Local days and working hours, as arithmetic on whole numbers that every engine can do."""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import narwhals.stable.v2 as nw
import pandas as pd
from pandas import DataFrame

from csperf.indicators.exact import DAY_MS, MS, Rows, floored

EPOCH = date(1970, 1, 1)
MINUTES = 60 * 24


def day_number(day: date) -> int:
    """Days since 1970, as the facts count them."""
    return (day - EPOCH).days


def date_of(day: int) -> date:
    """The date of a day number."""
    return EPOCH + timedelta(days=day)


def shift_of(zone: str, ms: int) -> int:
    """Milliseconds by which local clocks were ahead of UTC at a moment."""
    offset = datetime.fromtimestamp(ms / MS, UTC).astimezone(ZoneInfo(zone)).utcoffset()
    return 0 if offset is None else round(offset.total_seconds()) * MS


def shifts(zone: str, first_ms: int, last_ms: int) -> list[tuple[int, int]]:
    """(from, shift) for every change of a zone's clocks between two moments, the first included."""
    found = [(first_ms, shift_of(zone, first_ms))]
    for start in range(first_ms, last_ms, 7 * DAY_MS):
        end = min(start + 7 * DAY_MS, last_ms)
        if shift_of(zone, end) != found[-1][1]:
            found.append((_changed(zone, start, end), shift_of(zone, end)))
    return found


def _changed(zone: str, start: int, end: int) -> int:
    """The second between two moments in which a zone's clocks changed."""
    before, steps = shift_of(zone, start), range(start, end, MS)
    return start + MS * bisect_left(steps, True, key=lambda ms: shift_of(zone, ms) != before)


def local_ms(ms: nw.Expr, changes: list[tuple[int, int]]) -> nw.Expr:
    """Milliseconds on the local clock, counted from local 1970."""
    (_, shift), *later = changes
    moved: nw.Expr = ms + shift
    for start, shift in later:
        moved = nw.when(ms >= start).then(ms + shift).otherwise(moved)
    return moved


def working_days(calendar: DataFrame, first: int, last: int) -> DataFrame:
    """One row a day: day, opens_ms and closes_ms on the local clock, worked_ms of all days before.

    `calendar` has date_day, is_workday, start_time and end_time (HH:MM); a day that it does not
    name is no working day.
    """
    days = DataFrame({"day": range(first, last + 1)})
    named = DataFrame(
        {
            "day": calendar["date_day"],
            "opens_ms": _minutes(calendar["start_time"], 0) * 60 * MS,
            "closes_ms": _minutes(calendar["end_time"], MINUTES) * 60 * MS,
        }
    )
    named = named[calendar["is_workday"].fillna(True).astype(bool).to_numpy()]
    whole = days.merge(named, on="day", how="left").fillna(0).astype("int64")
    length = whole["closes_ms"] - whole["opens_ms"]
    return whole.assign(worked_ms=length.cumsum() - length)


def minutes_of(hours: str) -> tuple[int, int]:
    """Minutes of the day of hours such as 08:00-22:30."""
    opens, closes = (
        int(hour) * 60 + int(minute) for hour, minute in (at.split(":") for at in hours.split("-"))
    )
    return opens, closes


def _minutes(times: pd.Series, otherwise: int) -> pd.Series:
    parts = times.astype("str").str.extract(r"^(\d{1,2}):(\d{2})")
    minutes = parts[0].astype(float) * 60 + parts[1].astype(float)
    return minutes.fillna(otherwise).astype("int64")


def worked_until(rows: Rows, column: str, days: Rows) -> Rows:
    """The rows with `<column>_worked`: working time before a moment of the local clock."""
    name = f"{column}_worked"
    opened = nw.col(column) - nw.col("_day") * DAY_MS - nw.col("opens_ms")
    length = nw.col("closes_ms") - nw.col("opens_ms")
    today = nw.when(opened < 0).then(0).when(opened > length).then(length).otherwise(opened)
    table = days.rename({"day": "_day"})
    return (
        rows.with_columns(_day=floored(nw.col(column), DAY_MS))
        .join(table, on="_day", how="left")
        .with_columns((nw.col("worked_ms") + today).alias(name))
        .drop("_day", "opens_ms", "closes_ms", "worked_ms")
    )
