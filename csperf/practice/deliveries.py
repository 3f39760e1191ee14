"""How far the records reach: the last day of each source, and days on which it should have rows."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping
from datetime import date

import pandas as pd
from pandas import DataFrame, Series

from csperf.appraisal.decisions import local_day
from csperf.params import Cycle
from csperf.tables import INPUT_TABLES
from csperf.tables.sales import SALES_TABLES
from csperf.tables.service import SERVICE_TABLES
from csperf.tables.work import WORK_TABLES

RECORDED = [
    *(table.name for group in (SERVICE_TABLES, SALES_TABLES, WORK_TABLES) for table in group),
    "agent_states",
]
LAST, FEWEST, USUALLY = 8, 4, 0.8  # same weekdays looked at; fewer say nothing; share with rows


def days_of(frame: DataFrame, table: str, timezone: str) -> Series | None:
    """The local day on which each row of a table began; None of a table that has no such time.

    It is the first declared column that tells what happened, and not what is planned.
    """
    kinds = {"time", "date"} if table == "agent_daily" else {"time"}
    for column in INPUT_TABLES[table].columns:
        if column.type in kinds and not column.ahead and column.name in frame:
            times = frame[column.name]
            return times if column.type == "date" else local_day(times, timezone)
    return None


def rows_by_day(tables: Mapping[str, DataFrame], timezone: str) -> DataFrame:
    """Rows of each source on each day from its first to its last, days without any included.

    Returns
    -------
    DataFrame
        table, day, rows, of the tables that record what happened in the work.
    """
    found = []
    for name in RECORDED:
        days = days_of(tables[name], name, timezone) if name in tables else None
        if days is None or days.notna().sum() == 0:
            continue
        count = days.value_counts().sort_index()
        whole = pd.date_range(count.index[0], count.index[-1], freq="D")
        rows = count.reindex(whole, fill_value=0)
        found.append(DataFrame({"table": name, "day": whole, "rows": rows.to_numpy()}))
    return pd.concat(found, ignore_index=True) if found else _none()


def _none() -> DataFrame:
    return DataFrame({"table": Series(dtype="str"), "day": Series(dtype="datetime64[us]")}).assign(
        rows=Series(dtype="int64")
    )


def missing_days(counts: DataFrame, until: date) -> DataFrame:
    """Days without rows on which a source should have had some, by its own weekday pattern.

    Parameters
    ----------
    counts : DataFrame
        As `rows_by_day` gives them.
    until : date
        The last day on which rows may be expected.

    Returns
    -------
    DataFrame
        table, day.

    Notes
    -----
    Of the last eight such weekdays before, four at least, four of five had rows. Days that are
    missing themselves are no pattern: a source that stopped is missed every day until it is back.
    """
    found = []
    for table, mine in counts.groupby("table", sort=False):
        rows = dict(zip(mine["day"], mine["rows"], strict=True))
        before: defaultdict[int, deque[bool]] = defaultdict(lambda: deque(maxlen=LAST))
        for day in pd.date_range(mine["day"].min(), pd.Timestamp(until), freq="D"):
            past, there = before[day.weekday()], rows.get(day, 0) > 0
            usual = len(past) >= FEWEST and sum(past) / len(past) >= USUALLY
            if usual and not there:
                found.append((table, day))
            else:
                past.append(there)
    return DataFrame(found, columns=["table", "day"])


def deliveries(counts: DataFrame, cycle: Cycle, as_of: date) -> DataFrame:
    """How far each source reaches into a cycle, as of a day.

    Parameters
    ----------
    counts : DataFrame
        As `rows_by_day` gives them; rows after `as_of` are not known yet.

    Returns
    -------
    DataFrame
        A row a source: table, last_day (with rows; empty without any), days_behind (the last day
        that counts minus it), days (of the cycle so far), days_with_rows, missing (days of the
        cycle so far that should have rows), missing_at_end (of them, those since last_day),
        and standing: `nothing` in the cycle so far, `stale` (the end is missing), `gaps`, `ok`.
        A source whose rows are rare, so that no day can be expected of it, is never stale.
    """
    until = min(pd.Timestamp(as_of), pd.Timestamp(cycle.last_day))
    known = counts[counts["day"] <= until]
    mine = known[(known["day"] >= pd.Timestamp(cycle.start)) & (known["rows"] > 0)]
    last = known[known["rows"] > 0].groupby("table")["day"].max()
    missing = missing_days(known, until.date())
    missing = missing[missing["day"] >= pd.Timestamp(cycle.start)]
    tables = counts["table"].drop_duplicates()
    found = DataFrame({"table": tables.to_numpy(), "last_day": tables.map(last).to_numpy()})
    days = max((until - pd.Timestamp(cycle.start)).days + 1, 0)
    at_end = missing[missing["day"] > missing["table"].map(last)]
    found = found.assign(
        days_behind=(until - found["last_day"]).dt.days.astype("Int64"),
        days=days,
        days_with_rows=_counted(found, mine),
        missing=_counted(found, missing),
        missing_at_end=_counted(found, at_end),
    )
    standing = Series("ok", found.index, dtype="str").mask(found["missing"] > 0, "gaps")
    standing = standing.mask(found["missing_at_end"] > 0, "stale")
    expects = found["missing"] > 0
    standing = standing.mask((found["days_with_rows"] == 0) & expects, "nothing")
    return found.assign(standing=standing)


def _counted(found: DataFrame, rows: DataFrame) -> Series:
    counts = found["table"].map(rows["table"].value_counts())
    return counts.fillna(0).astype("int64")
