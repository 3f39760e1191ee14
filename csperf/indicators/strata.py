"""Kinds of work that a value can be adjusted for, as columns of a fact's rows."""

from __future__ import annotations

from typing import Literal

import narwhals.stable.v2 as nw
from pandas import DataFrame

from csperf.indicators.engine import Events, Rows
from csperf.indicators.exact import minute_of_day

Over = Literal["channel", "product", "priority", "issue_type", "shift"]
STRATUM = "stratum_"  # begins the names of the columns
UNRECORDED = "not recorded"
# The local hour at which a part of the day begins; before the first it is still night.
PARTS = {5: "morning", 12: "afternoon", 17: "evening", 22: "night"}


def with_strata(rows: Rows, keys: list[str], events: Events) -> Rows:
    """The rows with a column for each key of strata; what nobody recorded is a stratum of its own.

    The shift is the part of the local day in which the employee's shift began: the first of those
    that began on the row's day (as worked, else as rostered), else the one that reached into it.
    """
    for key in (key for key in keys if key.startswith(STRATUM)):
        name = key.removeprefix(STRATUM)
        if name == "shift":
            rows = _with_shift(rows, events)
        there = name in rows.collect_schema().names()
        found = nw.col(name) if there else nw.lit(None, nw.String)
        rows = rows.with_columns(found.fill_null(UNRECORDED).alias(key))
    return rows


def shifts_of_days(shifts: DataFrame) -> DataFrame:
    """One row a person and day: employee_id, day, shift (part of the day in which it began).

    `shifts` has employee_id, kind, planned, start_day, start_minute and end_day.
    """
    work = shifts[shifts["kind"].fillna("work") == "work"]
    rank = work["planned"].astype("boolean").fillna(False).astype(int)
    began = work.assign(day=work["start_day"], shift=work["start_minute"].map(part_of_day))
    reached = began[began["end_day"] > began["start_day"]]
    after = reached.assign(day=reached["end_day"], rank=rank[reached.index] + 2)
    whole = DataFrame(
        {
            name: [*began.assign(rank=rank)[name], *after[name]]
            for name in ("employee_id", "day", "shift", "rank", "start_minute")
        }
    )
    first = whole.sort_values(["rank", "start_minute"], kind="stable")
    days = first.drop_duplicates(["employee_id", "day"])[["employee_id", "day", "shift"]]
    return days.astype({"employee_id": "str", "day": "int64", "shift": "str"})


def part_of_day(minute: int) -> str:
    """Morning from 5, afternoon from 12, evening from 17, night from 22 o'clock."""
    begun = [part for hour, part in PARTS.items() if hour * 60 <= minute]
    return begun[-1] if begun else PARTS[22]


def _with_shift(rows: Rows, events: Events) -> Rows:
    if "shifts" not in events.names:
        return rows
    days = events.small("shifts_of_days", lambda: shifts_of_days(_shifts(events)))
    return rows.drop("shift", strict=False).join(days, on=["employee_id", "day"], how="left")


def _shifts(events: Events) -> DataFrame:
    columns = ["employee_id", "kind", "planned", "start_day", "end_day"]
    minute = minute_of_day(events.local(nw.col("start_ms")))
    return events.engine.collect(events["shifts"].select(*columns, start_minute=minute))
