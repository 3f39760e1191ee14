"""The one check that every table passes on its way in, and what it counts."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from pandas import DataFrame

from csperf.errors import InputError, Problem, meant
from csperf.tables.declare import Column, Table
from csperf.tables.findings import Findings, quality_frame
from csperf.tables.input import INPUT_TABLES
from csperf.tables.rules import check_rule

CUT_SHORT = r"[0-9](?:\.[0-9]+)?[eE]\+[0-9]+"  # 1.23457E+17: digits of a long id are lost
NEARLY = 0.85  # how alike two names are, 1 being the same


@dataclass(frozen=True)
class Checked:
    """A table that passed: its rows, and one data_quality row for whatever was counted."""

    frame: DataFrame
    quality: DataFrame


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
    findings = Findings(where, table, len(frame))
    for column in table.columns:
        if column.name in frame:
            _check_column(frame, column, findings)
    _check_key(frame, table, findings)
    for rule in table.rules:
        check_rule(rule, frame, findings)
    findings.raise_errors()
    return Checked(findings.applied(frame), quality_frame(findings.counted))


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
    """{name: declared column that it nearly is}, for columns that are not there by their name.

    A name that another table declares is not misspelt.
    """
    there = list(names)
    absent = [name for name in table.names if name not in there]
    known = {name for other in INPUT_TABLES.values() for name in other.names} | {*table.names}
    close = {
        name: difflib.get_close_matches(name.lower(), absent, n=1, cutoff=NEARLY)
        for name in there
        if name not in known
    }
    return {name: found[0] for name, found in close.items() if found}


def _check_column(frame: DataFrame, column: Column, findings: Findings) -> None:
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


def _check_key(frame: DataFrame, table: Table, findings: Findings) -> None:
    """Copies of a row are left out, or only counted where rows have no key; others are errors."""
    if not table.key:
        copies = frame[frame.duplicated()]
        findings.add(copies, "", "a copy of an earlier row; rows have no key", "warn")
        return
    key = [name for name in table.key if name in frame]
    needed = [name for name in key if table.column(name).required]
    if not key:
        return
    alike = frame[frame.duplicated(key, keep=False) & frame[needed].notna().all(axis=1)]
    copies = alike.duplicated()
    findings.add(alike[copies], "", "a copy of an earlier row", "exclude")
    others = alike[alike.duplicated(key) & ~copies]
    column, each = key[0] if len(key) == 1 else "", " + ".join(key)
    advice = f"keep one row for each {each}"
    findings.add(others, column, "stands in an earlier row too", "error", advice)
