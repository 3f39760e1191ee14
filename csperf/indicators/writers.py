"""Those who write in chats, by numbers: they sort like the ids, and take less time and memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import narwhals.stable.v2 as nw
import pandas as pd
from pandas import DataFrame

from csperf.indicators.exact import Rows, distinct

if TYPE_CHECKING:
    from csperf.indicators.engine import Events

COLUMNS = (
    ("messages", "employee_id"),
    ("conversations", "initial_agent_id"),
    ("conversation_events", "from_employee_id"),
    ("conversation_events", "to_employee_id"),
)
MOST_CATEGORIES = 1_000  # DuckDB is told all of them in each step


@dataclass(frozen=True)
class Writers:
    """Writers and their numbers, from 1 in the order of ids; `room` is a power of two above all.

    `names` are the same rows with the writer as employee_id.
    """

    rows: Rows
    names: Rows
    room: int

    @classmethod
    def of(cls, events: Events) -> Writers:
        """Everybody who writes messages of these events, or whom conversations are given to."""
        told = [
            events.raw(table).select(writer=column)
            for table, column in COLUMNS
            if f"{table}.{column}" in events.columns
        ]
        found = events.engine.collect(distinct(nw.concat(told)))["writer"].dropna() if told else []
        ids = sorted(found)
        rows = events.small("writers", lambda: numbers_of(ids))
        return cls(rows, rows.rename({"writer": "employee_id"}), 1 << len(ids).bit_length())

    def numbered(self, rows: Rows, column: str, number: str) -> Rows:
        """The rows with the number of the writer in a column; None for everybody else."""
        numbers = self.rows.rename({"number": number})
        return rows.join(numbers, left_on=column, right_on="writer", how="left")

    def named(self, rows: Rows, number: str) -> Rows:
        """The rows with the employee_id of the writer whom a column numbers."""
        return rows.join(self.names, left_on=number, right_on="number", how="left")


def numbers_of(ids: list[str]) -> DataFrame:
    """One row a writer: the id as `writer`, and the `number`.

    The ids come as categories, which DuckDB sorts and groups faster than text.
    """
    writers = pd.Series(ids, dtype="str")
    if len(ids) <= MOST_CATEGORIES:
        writers = writers.astype("category")
    return DataFrame({"writer": writers, "number": range(1, len(ids) + 1)})
