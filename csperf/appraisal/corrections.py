"""Corrections as data, whom they concern, and the log of all that was not planned.

Files are never changed: a correction names a cell, what stands there and what should, and is
applied to a copy of the tables each time they are read.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
from pandas import DataFrame, Series

from csperf.appraisal.decisions import checked, local_day
from csperf.errors import InputError, Problem, meant, shown
from csperf.indicators.identity import MOMENTS
from csperf.params import Cycle
from csperf.parsing import typed
from csperf.sources import Tables
from csperf.tables import INPUT_TABLES, Table, check, quality_frame, quality_row
from csperf.tables.decisions import CORRECTIONS, DEVIATIONS, SIGN_OFFS
from csperf.tables.declare import DTYPES

WHERE = "corrections"
STAFF = "employees"
COUNTED = "{} corrected, as the corrections say (kept)"
CLOSE = 1e-9
ROLES = {"by": "who", "reviewer": "who", "evaluator_id": "who", "reason": "why"}
LOG = {
    "at": DTYPES["time"],
    **dict.fromkeys(("kind", "what", "who", "why", "cycle_id", "employee_id"), "str"),
}


@dataclass(frozen=True)
class _Cell:
    """A cell that a correction names, by position, with its old and new value."""

    correction: Any
    table: str
    row: int
    column: str
    old: Any
    new: Any
    at: pd.Timestamp


def corrected(
    tables: Mapping[str, DataFrame], corrections: DataFrame, timezone: str | None = None
) -> Tables:
    """The tables with their corrections applied, each in a copy.

    Rows are found as they are in the tables given, so that corrections of different cells do not
    depend on one another; of several to one cell each starts from what the one before it left.

    Parameters
    ----------
    tables : mapping
        {input table: DataFrame} in declared types, as `read_tables` returns them.
    corrections : DataFrame
        The input table.
    timezone : str, optional
        Zone of times in `key`, `old` and `new` that name none.

    Returns
    -------
    Tables
        The same tables; `.quality` also has a row for each column that was corrected.

    Raises
    ------
    InputError
        For a table, column or row that is not there, a row that is not the only one, text that is
        not of the column's type, something else standing there than `old`, two corrections of one
        cell at the same time, or a table that then breaks its own rules.
    """
    rows = checked(corrections, CORRECTIONS).sort_values(["at", "table", "key", "column"])
    cells, problems = [], []
    for index, row in rows.iterrows():
        try:
            cells.append(_cell(index, row, tables, timezone))
        except InputError as error:
            problems += error.problems
    if problems := problems or _at_once(cells):
        raise InputError(problems)
    frames = {**tables, **_applied(cells, tables)}
    known = getattr(tables, "quality", quality_frame([]))
    quality = pd.concat([known, _counted(cells, frames)], ignore_index=True)
    return Tables(frames, quality, getattr(tables, "files", ()))


def people_corrected(
    tables: Mapping[str, DataFrame],
    corrections: DataFrame,
    cycle: Cycle,
    timezone: str | None = None,
) -> set[str]:
    """People whose records were corrected, as far as the records name them.

    `tables` and the rest are as for `corrected`; a record that names another cycle is left aside.
    """
    people: set[str] = set()
    for index, row in checked(corrections, CORRECTIONS).iterrows():
        cell = _cell(index, row, tables, timezone)
        record = tables[cell.table].iloc[cell.row]
        named = [ref.column for ref in INPUT_TABLES[cell.table].references if ref.table == STAFF]
        owner = next((name for name in ("employee_id", *named) if name in record), None)
        if owner and record.get("cycle_id", cycle.id) == cycle.id:
            whose = {record[owner], *([cell.new] if cell.column == owner else [])}
            people |= {id for id in whose if pd.notna(id)}
    return people


def corrected_records(
    tables: Mapping[str, DataFrame], corrections: DataFrame, timezone: str = "UTC"
) -> DataFrame:
    """What each correction is about: the cycle, person and day of the record that it corrects.

    Parameters
    ----------
    tables : mapping
        {input table: DataFrame}; of `appeals` the cycle of the appeal that a correction follows.
    corrections : DataFrame
        The input table.

    Returns
    -------
    DataFrame
        cycle_id, employee_id, evaluator_type, day (local, of a record that only has a moment), in
        the rows of the corrections; empty where neither the record, as far as it is found, nor an
        appeal says so.
    """
    appeals = tables.get("appeals", DataFrame(columns=["appeal_id", "cycle_id", "employee_id"]))
    of_appeal = appeals.drop_duplicates("appeal_id").set_index("appeal_id")
    found, about = [], ("cycle_id", "employee_id", "evaluator_type")
    for index, row in corrections.iterrows():
        try:
            cell = _cell(index, row, tables, timezone)
            told = dict(tables[cell.table].iloc[cell.row])
        except InputError:  # its key was corrected too, or names an id that somebody had before
            told = {}
        if row.get("appeal_id") in of_appeal.index:
            told = {**of_appeal.loc[row["appeal_id"]], **told}
        moments = [name.replace("_ms", "_at") for name in MOMENTS.get(row["table"], ())]
        at = next((told[name] for name in moments if pd.notna(told.get(name))), pd.NaT)
        found.append((*(told.get(name) for name in about), at))
    whole = DataFrame(found, columns=[*about, "at"], index=corrections.index)
    day = local_day(pd.to_datetime(whole.pop("at"), utc=True), timezone)
    return whole.astype("str").assign(day=day)


def deviation_log(
    deviations: DataFrame,
    corrections: DataFrame,
    sign_offs: DataFrame,
    evaluations: DataFrame,
    *,
    about: DataFrame | None = None,
    window_end: date | None = None,
    timezone: str = "UTC",
) -> DataFrame:
    """One list of all that did not go as planned.

    Parameters
    ----------
    deviations, corrections, sign_offs, evaluations : DataFrame
        The input tables.
    about : DataFrame, optional
        Cycle and person of each correction, as `corrected_records` finds them.
    window_end : date, optional
        Last day for evaluations; what was handed in later is late. Not looked for if left out.

    Returns
    -------
    DataFrame
        at, kind (of the deviations, or edit, override, late), what, who, why, cycle_id,
        employee_id; the earliest first. It is a record: nothing is computed from it.

    Raises
    ------
    InputError
        For a special circumstance without its day of notice.
    """
    parts = [
        _noted(checked(deviations, DEVIATIONS)),
        _edits(checked(corrections, CORRECTIONS), about),
        _overrides(checked(sign_offs, SIGN_OFFS)),
    ]
    if window_end is not None:
        parts.append(_late(evaluations, window_end, timezone))
    named = [part.rename(columns=ROLES).reindex(columns=[*LOG]) for part in parts]
    whole = pd.concat(named).astype(LOG)
    return whole.sort_values(["at", "kind", "what", "who"], ignore_index=True)


def _cell(index: Any, row: Series, tables: Mapping[str, DataFrame], zone: str | None) -> _Cell:
    """The cell that one correction names; InputError if there is none."""
    name, column = row["table"], row["column"]
    known = [table for table in tables if table in INPUT_TABLES and table != WHERE]
    if name not in known:
        raise _refused(index, "table", f"no table {shown(name)}", name, known)
    frame, table = tables[name], INPUT_TABLES[name]
    if column not in frame or column not in table.names:
        raise _refused(index, "column", f"{name} has no column {shown(column)}", column, [*frame])
    there = Series(True, index=frame.index)
    for part, text in _pairs(index, row["key"], table, frame).items():
        value = _value(index, "key", text, table, part, zone)
        there &= (frame[part] == value).fillna(False).astype(bool)
    if there.sum() != 1:
        found = f"{there.sum() or 'no'} rows of {name} have {row['key']}"
        advice = f"name one row, by {'; '.join(f'{id}=...' for id in table.ids)}"
        raise InputError(Problem(WHERE, found, advice, index, "key"))
    old, new = (_value(index, end, row[end], table, column, zone) for end in ("old", "new"))
    return _Cell(index, name, int(there.to_numpy().argmax()), column, old, new, row["at"])


def _refused(index: Any, column: str, found: str, name: str, known: list[str]) -> InputError:
    advice = f"there are {', '.join(known)}{meant(name, known)}"
    return InputError(Problem(WHERE, found, advice, index, column))


def _pairs(index: Any, key: str, table: Table, frame: DataFrame) -> dict[str, str]:
    """{column: text} of a key such as `employee_id=E1; criterion_id=service`."""
    pairs = {}
    for part in key.split(";"):
        name, equals, value = (text.strip() for text in part.partition("="))
        if not (equals and value):
            found, advice = f"{shown(key)} is no key", "write column=value; column=value"
            raise InputError(Problem(WHERE, found, advice, index, "key"))
        if name not in frame or name not in table.names:
            raise _refused(index, "key", f"{table.name} has no {shown(name)}", name, [*frame])
        pairs[name] = value
    return pairs


def _value(index: Any, end: str, text: Any, table: Table, column: str, zone: str | None) -> Any:
    """Text of a correction as a value of the column; InputError if it is none."""
    if table.column(column).type in ("id", "text"):
        return text
    frame, problems = typed(DataFrame({column: Series([text], dtype="str")}), table, "", {}, zone)
    for problem in problems:
        raise InputError(Problem(WHERE, problem.found, problem.expected, index, end))
    return frame[column].iloc[0]


def _at_once(cells: list[_Cell]) -> list[Problem]:
    """Corrections of a cell that an earlier row corrects at the same time."""
    first: dict[tuple[Any, ...], Any] = {}
    problems = []
    for cell in sorted(cells, key=lambda cell: cell.correction):
        row = first.setdefault((cell.table, cell.row, cell.column, cell.at), cell.correction)
        if row != cell.correction:
            found = f"corrects a cell that row {row} corrects at the same time"
            problems.append(Problem(WHERE, found, "keep the one that counts", cell.correction))
    return problems


def _applied(cells: list[_Cell], tables: Mapping[str, DataFrame]) -> dict[str, DataFrame]:
    """The tables that are corrected, with their new cells, held against their declarations."""
    frames: dict[str, DataFrame] = {}
    problems = []
    for cell in cells:
        if cell.table not in frames:
            frames[cell.table] = tables[cell.table].copy()
        frame = frames[cell.table]
        place = cell.row, frame.columns.get_loc(cell.column)
        if not _same(frame.iat[place], cell.old):
            text = f"{cell.column} is {_said(frame.iat[place])}, not {_said(cell.old)}"
            problems.append(Problem(WHERE, text, "give what stands there", cell.correction, "old"))
            continue
        frame.iat[place] = cell.new
    if problems:
        raise InputError(problems)
    for name, frame in frames.items():
        _check_whole(frame, INPUT_TABLES[name], [cell for cell in cells if cell.table == name])
    return frames


def _same(one: Any, other: Any) -> bool:
    if pd.isna(one) or pd.isna(other):
        return bool(pd.isna(one) and pd.isna(other))
    if isinstance(one, float):
        return math.isclose(one, other, rel_tol=CLOSE)
    return bool(one == other)


def _check_whole(frame: DataFrame, table: Table, cells: list[_Cell]) -> None:
    """Raise InputError if a corrected table breaks a rule, or would lose a row or a cell by one.

    What a rule finds is told of the correction of the row, the last one, as far as it has one.
    """
    where = f"as corrected, {table.name}"
    try:
        held = check(frame, table, where)
    except InputError as error:
        last = {frame.index[cell.row]: cell.correction for cell in cells}
        raise InputError(
            Problem(WHERE, str(found), row=last[found.row]) if found.row in last else found
            for found in error.problems
        ) from error
    if not held.frame.reset_index(drop=True).equals(frame.reset_index(drop=True)):
        broken = "; ".join(held.quality["check"])
        rows = sorted({cell.correction for cell in cells})
        raise InputError(
            Problem(WHERE, f"{where}: {broken}", "mend the correction", row) for row in rows
        )


def _counted(cells: list[_Cell], frames: Mapping[str, DataFrame]) -> DataFrame:
    """One data_quality row for each column that was corrected."""
    places = DataFrame([(cell.table, cell.column, cell.row) for cell in cells], columns=[*"tcr"])
    rows = []
    for (name, column), found in places.groupby(["t", "c"]):
        frame, key = frames[name], INPUT_TABLES[name].ids
        changed = frame.iloc[sorted(found["r"].unique())]
        rows.append(quality_row(name, COUNTED.format(column), changed, len(frame), key))
    return quality_frame(rows)


def _said(value: Any) -> str:
    return "nothing" if pd.isna(value) else shown(value)


def _what(row: Series) -> str:
    """What a record is about (table, row, cell, and what became of it), as far as it says so."""
    names = [str(row[name]) for name in ("table", "key", "column") if pd.notna(row[name])]
    if row[["old", "new"]].notna().any():
        names.append(f"{_said(row['old'])} -> {_said(row['new'])}")
    if pd.notna(row.get("notice_date")):
        names.append(f"notice {row['notice_date']:%Y-%m-%d}")
    return " ".join([*names, *filter(pd.notna, [row.get("decision")])])


def _noted(deviations: DataFrame) -> DataFrame:
    special = deviations["kind"] == "special_circumstance"
    bare = special & deviations["notice_date"].isna()
    found = "a special circumstance without notice_date"
    advice = "say when it was announced; what was decided may follow"
    problems = [Problem("deviations", found, advice, row) for row in deviations.index[bare]]
    if problems:
        raise InputError(problems)
    return deviations.assign(what=[_what(row) for _, row in deviations.iterrows()])


def _edits(corrections: DataFrame, about: DataFrame | None) -> DataFrame:
    what = [_what(row) for _, row in corrections.iterrows()]
    known = {} if about is None else about[["cycle_id", "employee_id"]].to_dict("series")
    return corrections.assign(kind="edit", what=what, **known)


def _overrides(sign_offs: DataFrame) -> DataFrame:
    """Decisions other than what was proposed."""
    rows = sign_offs[sign_offs["decision"] != "confirmed"]
    what = rows["rule_id"].fillna("grade") + " " + rows["decision"]
    return rows.assign(kind="override", what=what + (" to " + rows["changed_to"]).fillna(""))


def _late(evaluations: DataFrame, window_end: date, timezone: str) -> DataFrame:
    """Evaluations handed in after the window, a row for each form."""
    day = local_day(evaluations["submitted_at"], timezone)
    days = (day - pd.Timestamp(window_end)).dt.days
    form = ["cycle_id", "employee_id", "evaluator_id", "evaluator_type"]
    late = evaluations.assign(days=days)[days > 0]
    forms = late.groupby(form, as_index=False).agg(
        at=("submitted_at", "max"), days=("days", "max"), n=("submitted_at", "size")
    )
    what = [
        f"evaluations {row.evaluator_type}: {row.n} scores, {row.days:.0f} days late"
        for row in forms.itertuples()
    ]
    return forms.assign(kind="late", what=what)
