"""Where facts run: the input tables on one DuckDB connection, with times as whole numbers.

Narwhals has no portable step from a timestamp to a number, so that step is taken here, once for
each engine: a column `x_at` becomes `x_ms` (milliseconds since 1970, UTC), `x_day` (local days
since 1970) and `x_minute` (local minute of the day).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import date
from functools import cached_property
from typing import Any

import duckdb
import narwhals.stable.v2 as nw
import pandas as pd
from pandas import DataFrame

from csperf.params import Measurement
from csperf.tables import INPUT_TABLES
from csperf.tables.declare import Column

Rows = nw.LazyFrame
EPOCH = date(1970, 1, 1)
MS = 1000
PLANNED = ("due_day",)  # may lie ahead of the data
SQL_TYPES = {
    "id": "VARCHAR",
    "text": "VARCHAR",
    "number": "DOUBLE",
    "count": "BIGINT",
    "flag": "BOOLEAN",
    "time": "TIMESTAMPTZ",
    "date": "DATE",
}


def day_number(day: date) -> int:
    """Days since 1970, as the facts count them."""
    return (day - EPOCH).days


def as_number(condition: nw.Expr) -> nw.Expr:
    """1 where true, 0 where false, unknown where unknown."""
    return nw.when(condition).then(1).when(~condition).then(0)


class Events(AbstractContextManager["Events"]):
    """The input tables as lazy frames, the rules of measurement, and what was made of them so far.

    One thread: sums of decimals then come out the same to the last bit on every run, and the runner
    works on several departments at a time anyway.
    """

    def __init__(
        self,
        tables: Mapping[str, Any],
        rules: Measurement | None = None,
        zone: str = "UTC",
        exported_on: date | None = None,
    ):
        self.rules = rules or Measurement()
        self.zone = zone
        self.exported_on = exported_on
        self.names = frozenset(tables)
        self.columns = frozenset(f"{name}.{column}" for name in tables for column in tables[name])
        self._engine = duckdb.connect(config={"threads": 1})
        self._engine.execute(f"set timezone = '{zone}'")  # of times that name none
        self._made: dict[str, nw.LazyFrame] = {}
        for name, table in tables.items():
            self._take(name, table)
        if "assignments" in tables:
            days = membership_days(tables["assignments"], self.first_day, self.last_day)
            self._engine.register("members", days)

    def __exit__(self, *_: object) -> None:
        self._engine.close()

    def __getitem__(self, name: str) -> nw.LazyFrame:
        return nw.from_native(self._engine.table(f"in_{name}"))

    def kept(self, name: str, make: Callable[[Events], nw.LazyFrame]) -> nw.LazyFrame:
        """The rows that `make` gives, computed once and kept for the facts that share them."""
        if name not in self._made:
            self._made[name] = self._keep(f"fact_{name}", make(self))
        return self._made[name]

    def with_team(self, rows: nw.LazyFrame) -> nw.LazyFrame:
        """Rows with the team that the employee belonged to on that day."""
        if "assignments" not in self.names:
            return rows.drop("team_id", strict=False).with_columns(team_id=nw.lit(None, nw.String))
        members = nw.from_native(self._engine.table("members"))
        return rows.drop("team_id", strict=False).join(
            members, on=["employee_id", "day"], how="left"
        )

    @cached_property
    def first_day(self) -> int:
        """The local day of the earliest event in any table."""
        return self._edge("min")

    @cached_property
    def last_day(self) -> int:
        """The local day on which the data end: that of the export, else of the latest event."""
        return day_number(self.exported_on) if self.exported_on else self._edge("max")

    def _edge(self, end: str) -> int:
        days = [
            f"select {end}({column}) as day from in_{name}"
            for name in sorted(self.names)
            for column in self._engine.table(f"in_{name}").columns
            if column.endswith("_day") and column not in PLANNED
        ]
        if not days:
            return 0
        query = f"select {end}(day) from ({' union all '.join(days)})"
        ((found,),) = self._engine.execute(query).fetchall()
        return int(found) if found is not None else 0

    def _keep(self, name: str, rows: nw.LazyFrame) -> nw.LazyFrame:
        rows.to_native().create(name)
        return nw.from_native(self._engine.table(name))

    def _take(self, name: str, table: Any) -> None:
        """Register one table under its declared columns, absent ones empty."""
        source = table if isinstance(table, DataFrame) else DataFrame(table)
        self._engine.register(f"raw_{name}", source)
        columns = [
            part
            for column in INPUT_TABLES[name].columns
            for part in self._select(column, column.name in source)
        ]
        self._engine.execute(
            f"create table in_{name} as select {', '.join(columns)} from raw_{name}"
        )
        self._engine.unregister(f"raw_{name}")

    def _select(self, column: Column, given: bool) -> list[str]:
        kind = SQL_TYPES[column.type]
        cell = f"cast({column.name} as {kind})" if given else f"cast(null as {kind})"
        if column.type != "time":
            return [f"{cell} as {column.name}"]
        stem = column.name.removesuffix("_at")
        local = f"timezone('{self.zone}', {cell})"
        return [
            f"epoch_ms({cell}) as {stem}_ms",
            f"date_diff('day', date '1970-01-01', cast({local} as date)) as {stem}_day",
            f"hour({local}) * 60 + minute({local}) as {stem}_minute",
        ]


def membership_days(assignments: DataFrame, first: int, last: int) -> DataFrame:
    """One row a person and day: employee_id, day (since 1970), team_id; half-open intervals."""
    epoch = pd.Timestamp(EPOCH)
    spells = DataFrame(
        {
            "employee_id": assignments["employee_id"],
            "team_id": assignments["team_id"],
            "start": (assignments["from_date"] - epoch).dt.days.clip(lower=first),
            "end": (
                (assignments["to_date"] - epoch).dt.days
                if "to_date" in assignments
                else pd.Series(float("nan"), index=assignments.index)
            )
            .fillna(last + 1)
            .clip(upper=last + 1),
        }
    )
    spells["day"] = [
        range(int(start), max(int(start), int(end)))
        for start, end in zip(spells["start"], spells["end"], strict=True)
    ]
    days = spells.explode("day").dropna(subset="day")
    return days[["employee_id", "day", "team_id"]].drop_duplicates().astype({"day": "int64"})
