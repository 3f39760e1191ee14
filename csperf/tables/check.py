"""The one check that every table passes on its way in, and what it counts."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pandas as pd
from pandas import DataFrame, Series

from csperf.errors import InputError, Problem, meant, shown
from csperf.tables.declare import Column, Rule, Table, TimeOrder
from csperf.tables.input import INPUT_TABLES

CUT_SHORT = r"[0-9](?:\.[0-9]+)?[eE]\+[0-9]+"  # 1.23457E+17: digits of a long id are lost
NEARLY = 0.85  # how alike two names are, 1 being the same


@dataclass(frozen=True)
class Checked:
    """A table that passed: its rows, and one data_quality row for whatever was counted."""

    frame: DataFrame
    quality: DataFrame


@dataclass
class _Findings:
    """What the rules of one table found: errors to list, rows to leave out, things to count."""

    where: str
    table: Table
    rows: int
    errors: list[Problem] = field(default_factory=list)
    excluded: set[object] = field(default_factory=set)
    counted: list[dict[str, object]] = field(default_factory=list)

    def add(self, bad: DataFrame, column: str, what: str, rule: Rule, expected: str = "") -> None:
        """Take up the rows of `bad`, which break one rule of one column, or of the key."""
        if bad.empty:
            return
        if rule == "error":
            values = bad[column] if column in bad else _key_of(bad, self.table.key)
            for row, value in values.items():
                found = what if pd.isna(value) else f"{shown(value)} {what}"
                self.errors.append(Problem(self.where, found, expected, row, column))
            return
        if rule == "exclude":
            self.excluded.update(bad.index)
        fate = {"exclude": "left out", "warn": "kept"}[rule]
        text = f"{column} {what} ({fate})".strip()
        self.counted.append(quality_row(self.table.name, text, bad, self.rows, self.table.key))


def check(frame: DataFrame, table: Table, where: str = "") -> Checked:
    """Hold a typed frame against its declaration.

    Parameters
    ----------
    frame : DataFrame
        Columns as declared; the index, where it is unique, is the row number of problems.
    table : Table
        One of INPUT_TABLES or OUTPUT_TABLES.
    where : str
        File (and sheet) that the rows came from; the table's name if left out.

    Returns
    -------
    Checked
        The rows that stay, and data_quality rows for those excluded or warned of.

    Raises
    ------
    InputError
        Listing every row that breaks a rule declared as an error, and every missing column.
    """
    where = where or table.name
    check_columns(frame.columns, table, where)
    frame = frame if frame.index.is_unique else frame.reset_index(drop=True)
    findings = _Findings(where, table, len(frame))
    for column in table.columns:
        if column.name in frame:
            _check_column(frame, column, findings)
    _check_key(frame, table, findings)
    for order in table.time_orders:
        _check_time_order(frame, order, findings)
    if findings.errors:
        raise InputError(sorted(findings.errors, key=_by_row))
    kept = frame.drop(index=list(findings.excluded))
    return Checked(kept, quality_frame(findings.counted))


def check_columns(names: Iterable[str], table: Table, where: str) -> None:
    """Raise InputError for each required column that is not among the names, listing these."""
    there = [str(name) for name in names]
    found = f"missing; the columns are {', '.join(there) or 'none'}"
    problems = []
    for column in table.columns:
        if column.required and column.name not in there:
            advice = f"map it under columns: as '{column.name}: <its name in the file>'"
            close = meant(column.name, there)
            problems.append(Problem(where, found, advice + close, column=column.name))
    if problems:
        raise InputError(problems)


def misspelt(names: Iterable[str], table: Table) -> dict[str, str]:
    """{name: declared column that it nearly is}, for columns that are not there by their name."""
    there = list(names)
    absent = [name for name in table.names if name not in there]
    close = {
        name: difflib.get_close_matches(name.lower(), absent, n=1, cutoff=NEARLY)
        for name in there
        if name not in table.names
    }
    return {name: found[0] for name, found in close.items() if found}


def check_references(tables: Mapping[str, DataFrame]) -> DataFrame:
    """Count the ids that point nowhere, as data_quality rows; nothing is dropped."""
    rows = []
    for name, frame in tables.items():
        for link in INPUT_TABLES[name].references:
            if link.column in frame and link.table in tables:
                known = tables[link.table][link.column_there]
                lost = frame[frame[link.column].notna() & ~frame[link.column].isin(known)]
                if len(lost):
                    text = f"{link.column} unknown in {link.table} (kept)"
                    rows.append(quality_row(name, text, lost, len(frame), INPUT_TABLES[name].key))
    return quality_frame(rows)


def quality_row(
    table: str, check: str, bad: DataFrame, rows: int, key: Iterable[str]
) -> dict[str, object]:
    """One data_quality row: how many rows, their share, and the ids of the first five."""
    examples = _key_of(bad.head(5), key)
    share = len(bad) / rows if rows else 0.0
    return {
        "table": table,
        "check": check,
        "count": len(bad),
        "share": share,
        "example_ids": " ".join(examples).strip(),
    }


def quality_frame(rows: Iterable[Mapping[str, object]]) -> DataFrame:
    """Rows of the data_quality table as a frame, without the cycle and department columns."""
    return DataFrame(rows, columns=["table", "check", "count", "share", "example_ids"])


def _key_of(frame: DataFrame, key: Iterable[str]) -> Series:
    """The ids of each row in one text, such as 2026-10/E1; unknown ones are left out."""
    ids = frame[[name for name in key if name in frame]].itertuples(index=False)
    texts = [
        "/".join(str(id).removesuffix(" 00:00:00") for id in row if not pd.isna(id)) for row in ids
    ]
    return Series(texts, index=frame.index, dtype="str")


def _check_column(frame: DataFrame, column: Column, findings: _Findings) -> None:
    values, rule = frame[column.name], column.rule
    if column.required and not column.may_be_empty:
        findings.add(frame[values.isna()], column.name, "missing", rule, "give every row a value")
    if column.choices:
        odd = frame[values.notna() & ~values.isin(column.choices)]
        allowed = ", ".join(column.choices)
        findings.add(
            odd, column.name, "is not known", rule, f"one of {allowed}, or recode it under values:"
        )
    if column.type == "id":
        cut = frame[values.str.fullmatch(CUT_SHORT).fillna(False).astype(bool)]
        findings.add(cut, column.name, "looks cut short by a spreadsheet", "warn")
    if column.form:
        odd = frame[values.notna() & ~values.str.fullmatch(column.form)]
        findings.add(odd, column.name, "has another form", rule, f"give {column.meaning}")
    if column.single and values.nunique() > 1:
        found = f"holds {', '.join(map(shown, values.dropna().unique()[:5]))}"
        advice = "give one value in the whole table"
        findings.errors.append(Problem(findings.where, found, advice, column=column.name))
    if column.at_least is not None:
        low = f"is below {column.at_least:g}"
        findings.add(frame[values < column.at_least], column.name, low, rule, _bounds(column))
    if column.at_most is not None:
        high = f"is above {column.at_most:g}"
        findings.add(frame[values > column.at_most], column.name, high, rule, _bounds(column))


def _bounds(column: Column) -> str:
    low = "" if column.at_least is None else f" from {column.at_least:g}"
    high = "" if column.at_most is None else f" to {column.at_most:g}"
    return f"give {column.unit or 'a value'}{low}{high}"


def _check_key(frame: DataFrame, table: Table, findings: _Findings) -> None:
    key = [name for name in table.key if name in frame]
    needed = [name for name in key if table.column(name).required]
    if not key:
        return
    again = frame[frame.duplicated(key, keep="first") & frame[needed].notna().all(axis=1)]
    column = key[0] if len(key) == 1 else ""
    advice = f"keep one row for each {' + '.join(key)}"
    findings.add(again, column, "stands in an earlier row too", table.repeated, advice)


def _check_time_order(frame: DataFrame, order: TimeOrder, findings: _Findings) -> None:
    if order.earlier in frame and order.later in frame:
        bad = frame[frame[order.later] < frame[order.earlier]]
        findings.add(bad, order.later, f"lies before {order.earlier}", order.rule)


def _by_row(problem: Problem) -> tuple[bool, float]:
    row = problem.row
    return (row is None, row if isinstance(row, int | float) else 0)
