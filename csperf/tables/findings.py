"""What rules found: errors to list, rows to leave out, cells taken as unknown, things to count."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pandas as pd
from pandas import DataFrame, Index, Series

from csperf.errors import InputError, Problem, shown
from csperf.tables.declare import Rule, Table

FATES = {"exclude": "left out", "blank": "taken as unknown", "warn": "kept"}
EXAMPLES = 5
MANY = 0.01  # rows with times in the wrong order of which this share is passed without a question
CLOCKS = "more than 1 %: are the clocks right?"


@dataclass
class Findings:
    """What the rules of one table found, in the order in which it is reported."""

    where: str
    table: Table
    rows: int
    errors: list[Problem] = field(default_factory=list)
    counted: list[dict[str, object]] = field(default_factory=list)
    excluded: list[Index] = field(default_factory=list)
    blanked: list[tuple[Index, str]] = field(default_factory=list)

    def add(
        self,
        bad: DataFrame,
        column: str,
        what: str,
        rule: Rule,
        expected: str = "",
        doubt: str = "",
    ) -> None:
        """Take up the rows of `bad`, which break one rule of one column, or of the whole row.

        `expected` is what an error says would do, `doubt` what is asked of rows that are counted.
        """
        if bad.empty:
            return
        if rule == "error":
            values = bad[column] if column in bad else key_of(bad, self.table.ids)
            for row, value in values.items():
                found = what if pd.isna(value) or value == "" else f"{shown(value)} {what}"
                self.errors.append(Problem(self.where, found, expected, row, column))
            return
        if rule == "exclude":
            self.excluded.append(bad.index)
        if rule == "blank":
            self.blanked.append((bad.index, column))
        text = "; ".join(filter(None, (f"{column} {what} ({FATES[rule]})".strip(), doubt)))
        self.counted.append(quality_row(self.table.name, text, bad, self.rows, self.table.ids))

    def add_skewed(self, bad: DataFrame, column: str, what: str, rule: Rule) -> None:
        """Take up rows whose moments contradict one another, and ask of the clocks if many do."""
        self.add(bad, column, what, rule, doubt=CLOCKS if len(bad) > MANY * self.rows else "")

    def raise_errors(self) -> None:
        """Raise InputError if there is an error, sorted by row."""
        if self.errors:
            raise InputError(sorted(self.errors, key=_by_row))

    def applied(self, frame: DataFrame) -> DataFrame:
        """The frame without the rows left out and the cells taken as unknown."""
        for rows, name in self.blanked:
            frame = frame.assign(**{name: frame[name].mask(frame.index.isin(rows))})
        for rows in self.excluded:
            frame = frame[~frame.index.isin(rows)]
        return frame


def quality_row(
    table: str, check: str, bad: DataFrame, rows: int, key: Iterable[str]
) -> dict[str, object]:
    """One data_quality row: how many rows, their share, and the ids of the first five."""
    return {
        "table": table,
        "check": check,
        "count": len(bad),
        "share": len(bad) / rows if rows else 0.0,
        "example_ids": " ".join(key_of(bad.head(EXAMPLES), key)).strip(),
    }


def quality_frame(rows: Iterable[Mapping[str, object]]) -> DataFrame:
    """Rows of the data_quality table as a frame, without the cycle and department columns."""
    return DataFrame(rows, columns=["table", "check", "count", "share", "example_ids"])


def key_of(frame: DataFrame, key: Iterable[str]) -> Series:
    """The ids of each row in one text, such as 2026-10/E1; unknown ones are left out."""
    ids = frame[[name for name in key if name in frame]].itertuples(index=False)
    texts = [
        "/".join(str(id).removesuffix(" 00:00:00") for id in row if not pd.isna(id)) for row in ids
    ]
    return Series(texts, index=frame.index, dtype="str")


def _by_row(problem: Problem) -> tuple[bool, float]:
    row = problem.row
    return (row is None, row if isinstance(row, int | float) else 0)
