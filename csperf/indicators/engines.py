"""What an engine of the facts can do, and which one to take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from pandas import DataFrame

from csperf.errors import InputError, Problem
from csperf.indicators.exact import Join, Rows
from csperf.tables import Column


class Engine(Protocol):
    """What an engine of the facts can do; `wide` holds products of whole numbers."""

    wide: Any

    def table(
        self, name: str, source: Any, columns: tuple[Column, ...], key: str | None = None
    ) -> tuple[Rows, list[str]]:
        """The declared columns, times and dates as whole numbers, and which of them are there.

        Beside the ids of `key` there is `<key>_key`, whole numbers that almost surely tell them
        apart.
        """

    def tells_apart(self, name: str, key: str) -> bool:
        """Whether a table has as many keys as ids."""

    def spans(self, columns: Mapping[str, Sequence[Column]]) -> dict[str, list[int | None]]:
        """{table: the first and the last millisecond or day of each column}; None where empty."""

    def keep(self, name: str, rows: Rows) -> Rows:
        """The rows, computed once."""

    def small(self, name: str, frame: DataFrame) -> Rows:
        """A small frame to join with."""

    def number(self, ids: Sequence[str]) -> None:
        """Know the ids by their place in the list, from 1."""

    def numbered(self, rows: Rows, column: str, number: str) -> Rows:
        """The rows with the numbers of the ids in a column; None for all others."""

    def named(self, rows: Rows, number: str, column: str) -> Rows:
        """The rows with the ids that a column numbers."""

    def join(self, rows: Rows, others: Rows, on: Sequence[str], how: Join) -> Rows:
        """Rows with others that have the same keys, and no other column of the same name."""

    def exchange(self, kept: Rows, others: Rows, key: str) -> Rows:
        """Kept rows with others in the place of all those that have the same keys."""

    def told(self, sql: str, **rows: Rows) -> Rows:
        """What SQL that all engines read alike says of rows, which it names in braces.

        Names of columns are in double quotes.
        """

    def query(self, sql: str, **rows: Rows) -> DataFrame:
        """The same as pandas."""

    def collect(self, rows: Rows) -> DataFrame:
        """The rows as pandas."""

    def close(self) -> None:
        """Let go of everything."""


def engine_of(wanted: Any, zone: str) -> Engine:
    """DuckDB, or the Spark session that was given."""
    if wanted is None:
        from csperf.indicators.duck import DuckEngine

        return DuckEngine(zone)
    if type(wanted).__module__.startswith("pyspark."):
        from csperf.indicators.spark import SparkEngine

        return SparkEngine(wanted, zone)
    found = f"{type(wanted).__name__} is no engine"
    raise InputError(Problem("engine", found, "give a SparkSession, or nothing for DuckDB"))
