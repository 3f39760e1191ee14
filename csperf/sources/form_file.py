"""One filled form: what its sheets say, row by row, and everything in it that was not to change."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path

import python_calamine

from csperf.errors import InputError, Problem, shown
from csperf.sources.cells import cell
from csperf.sources.xlsx_file import UNREADABLE, refuse_bomb
from csperf.tables import INPUT_TABLES
from csperf.tables.forms import (
    ABOUT,
    ALLOWED,
    ANSWER,
    FORMS,
    HANDED_IN,
    HIDDEN,
    MARK,
    RANGE,
    VERSION,
    FormSheet,
)

ASK_AGAIN = "fill in the file as csperf forms wrote it"
DAY = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?(?=$|[ T])")
NUMBER = re.compile(r"[-+]?[0-9]+(?:\.[0-9]+)?")
AS_TYPED = ("id", "text")  # of all other types full-width signs are taken as plain ones
IDENTITY = ("department_id", "cycle_id", "evaluator_id")


@dataclass(frozen=True)
class Row:
    """What was filled into a row, by the columns of the table, and the cell that each stands in."""

    key: str
    ids: Mapping[str, str]
    values: Mapping[str, str]
    sheet: str
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Form:
    """A form that was read: whose it is, and the rows of each kind of sheet that were filled in.

    `open` are rows of which nothing that counts is filled in, as their ids.
    """

    file: Path
    identity: tuple[str, ...] = ()
    handed_in: tuple[str, str, str] = ("", "", "")  # value, sheet, cell
    rows: dict[str, list[Row]] = field(default_factory=dict)
    open: dict[str, list[Mapping[str, str]]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


@dataclass
class _Known:
    """What the hidden sheet says."""

    facts: dict[str, str] = field(default_factory=dict)
    choices: dict[str, dict[str, str]] = field(default_factory=dict)
    rows: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)

    @property
    def identity(self) -> tuple[str, ...]:
        return tuple(self.facts.get(name, "") for name in IDENTITY)


def read_form(file: Path, table: str) -> Form:
    """Rows of one table from one form; what is wrong with the form is in its `problems`."""
    try:
        refuse_bomb(file)
        book = python_calamine.CalamineWorkbook.from_path(str(file))
        sheets = {
            name: _cells(book.get_sheet_by_name(name).to_python(skip_empty_area=False))
            for name in book.sheet_names
        }
    except UNREADABLE as error:
        found = f"not an XLSX workbook ({error})"
        return Form(file, problems=[Problem(str(file), found, "save it again as .xlsx")])
    except InputError as error:
        return Form(file, problems=error.problems)
    known = _known(sheets.get(HIDDEN, []))
    if not all(known.identity) or known.facts.get("form") != VERSION:
        found = f"no form of csperf: its hidden sheet '{HIDDEN}' is not there"
        return Form(file, problems=[Problem(str(file), found, ASK_AGAIN)])
    form = Form(file, known.identity, _handed_in(sheets))
    for kind, sheet in FORMS.items():
        if sheet.table == table and kind in known.rows:
            _read_sheet(form, sheet, sheets, known)
    return form


def _cells(rows: Iterable[Iterable[object]]) -> list[list[str]]:
    return [[cell(value) or "" for value in row] for row in rows]


def _known(rows: list[list[str]]) -> _Known:
    known = _Known()
    for what, *rest in rows:
        told = [each for each in rest if each]
        if what == "choice" and len(told) == 3:
            known.choices.setdefault(told[0], {})[plain(told[2]).casefold()] = told[1]
        elif what == "row" and len(told) > 2 and told[0] in FORMS:
            ids = dict(zip_longest(FORMS[told[0]].ids, rest[2 : 2 + len(FORMS[told[0]].ids)]))
            ids = {name: said or "" for name, said in ids.items()}
            known.rows.setdefault(told[0], {})[told[1]] = ids
        elif told:
            known.facts[what] = told[0]
    return known


def _handed_in(sheets: Mapping[str, list[list[str]]]) -> tuple[str, str, str]:
    """Day of handing in as it was written, and where; empty where nobody wrote one."""
    for name, rows in _of_kind(sheets, ABOUT):
        for number, row in enumerate(rows, 1):
            if row[0] == HANDED_IN:
                place = rows[0].index(ANSWER) if ANSWER in rows[0] else len(row)
                if place < len(row):
                    return as_day(plain(row[place])), name, f"{letters(place)}{number}"
    return "", "", ""


def _of_kind(
    sheets: Mapping[str, list[list[str]]], kind: str
) -> Iterator[tuple[str, list[list[str]]]]:
    """Sheets of a kind, whatever they are called now."""
    for name, rows in sheets.items():
        if rows and rows[0] and rows[0][0].strip() == MARK + kind:
            yield name, rows


def _read_sheet(
    form: Form, sheet: FormSheet, sheets: Mapping[str, list[list[str]]], known: _Known
) -> None:
    """Take up what a kind of sheet says, and every row that is not as it was written."""
    wanted, seen = known.rows[sheet.kind], dict[str, str]()
    there = list(_of_kind(sheets, sheet.kind))
    if not there:
        found = (
            f"the sheet with {sheet.table.replace('_', ' ')} is not there, or lost its first row"
        )
        form.problems.append(Problem(str(form.file), found, ASK_AGAIN))
        return
    for title, rows in there:
        columns = {name: place for place, name in enumerate(rows[0]) if place and name}
        lost = [name for name in (*sheet.ids, *sheet.filled) if name not in columns]
        if lost:
            found = f"the column of {', '.join(lost)} is not there"
            form.problems.append(Problem(_at(form, title), found, ASK_AGAIN))
            continue
        for number, row in enumerate(rows[2:], 3):
            reader = _RowReader(form, sheet, title, number, row, columns, known)
            reader.read(wanted, seen)
        gone = [] if sheet.spare else [key for key in wanted if key not in seen]
        if gone:
            told = "; ".join(_named(sheet, wanted[key]) for key in gone[:3])
            more = f" and {len(gone) - 3} more" if len(gone) > 3 else ""
            found = f"rows of the form are gone: {told}{more}"
            advice = "put them back; a row that is left empty counts as not yet handed in"
            form.problems.append(Problem(_at(form, title), found, advice))


@dataclass
class _RowReader:
    """Reads one row of a sheet into its form."""

    form: Form
    sheet: FormSheet
    title: str
    number: int
    row: list[str]
    columns: Mapping[str, int]
    known: _Known

    def read(self, wanted: Mapping[str, Mapping[str, str]], seen: dict[str, str]) -> None:
        """Take up the row if it is one of the form's and as it was written, with what is filled."""
        key = self.row[0].strip()
        if key not in wanted:
            if key or any(self.said(name) for name in (*self.sheet.ids, *self.sheet.filled)):
                found = "this row is none of the form's"
                self.problem("", found, "take it out; only rows that are there can be filled in")
            return
        if key in seen:
            found = f"this row stands in row {seen[key]} too"
            self.problem("", found, "keep one of the two")
            return
        seen[key] = str(self.number)
        if self.changed(wanted[key]):
            return
        values = {name: said for name, said in self.values(wanted[key]) if said}
        if not any(name in values for name in self.sheet.counts_from or values):
            if not self.sheet.spare:
                self.form.open.setdefault(self.sheet.kind, []).append(wanted[key])
            return
        self.check_whole(values, wanted[key])
        cells = {name: self.cell(ANSWER if self.sheet.long else name) for name in values}
        places = {**{name: self.cell(name) for name in self.columns}, **cells}
        row = Row(key, wanted[key], values, _at(self.form, self.title), places)
        self.form.rows.setdefault(self.sheet.kind, []).append(row)

    def check_whole(self, values: Mapping[str, str], ids: Mapping[str, str]) -> None:
        """Problems of what is filled in taken together: parts that lack, parts that exclude."""
        for name in self.sheet.needs:
            if name not in values:
                self.problem(name, f"{name} is missing", "fill it in, or empty the whole row")
        if values.get("status") == "declined":
            if "score" in values:
                found = f"declined, but with the score {shown(values['score'])}"
                self.problem("score", found, "take out the one or the other")
            elif "evidence_text" not in values and ids["evaluator_type"] != "self":
                self.problem("evidence_text", "declined without a reason", "write the reason here")

    def changed(self, wanted: Mapping[str, str]) -> bool:
        """Whether an id is not what the form was written with; each is a problem."""
        names = [name for name in self.sheet.ids if self.said(name) != wanted[name]]
        for name in names:
            found = f"{name} is {shown(self.said(name))}, and was '{wanted[name]}' in the form"
            self.problem(name, found, "write it back; what is to be rated is not changed in a form")
        return bool(names)

    def values(self, ids: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """What is filled in, by the column of the table."""
        if self.sheet.long:
            yield ids["field"], self.value(ids["field"], ANSWER, ids)
        else:
            yield from ((name, self.value(name, name, ids)) for name in self.sheet.fill)

    def value(self, name: str, column: str, ids: Mapping[str, str]) -> str:
        """A cell as the table takes it; a choice by the id that it stands for."""
        said = self.said(column)
        declared = INPUT_TABLES[self.sheet.table].column(name)
        choices = self.known.choices.get(name)
        if not said:
            return ""
        if choices:
            told = choices.get(plain(said).casefold())
            known = {*choices.values()}
            if told is None and plain(said) not in known:
                found = f"{name} {shown(said)} is not one of the choices"
                self.problem(column, found, "choose from the list")
            return told or plain(said)
        if declared.type in AS_TYPED:
            return said
        if name == "score" and ALLOWED in ids:
            self.check_score(plain(said), ids[ALLOWED], column)
        return as_day(plain(said)) if declared.type in ("date", "time") else plain(said)

    def check_score(self, said: str, allowed: str, column: str) -> None:
        """A problem for a score that the row does not take."""
        if RANGE in allowed:
            low, high = (float(each) for each in allowed.split(RANGE))
            fits = NUMBER.fullmatch(said) is not None and low <= float(said) <= high
            advice = f"write a number from {low:g} to {high:g}"
        else:
            points = [float(each) for each in allowed.split()]
            fits = NUMBER.fullmatch(said) is not None and float(said) in points
            advice = "choose from the list"
        if not fits:
            among = allowed.replace(" ", ", ") if RANGE not in allowed else allowed
            self.problem(column, f"score {shown(said)} is not one of {among}", advice)

    def said(self, name: str) -> str:
        place = self.columns[name]
        return self.row[place].strip() if place < len(self.row) else ""

    def cell(self, name: str) -> str:
        return f"{letters(self.columns.get(name, 0))}{self.number}"

    def problem(self, name: str, found: str, advice: str) -> None:
        place = f"cell {self.cell(name)}" if name else f"row {self.number}"
        where = f"{_at(self.form, self.title)}, {place}"
        self.form.problems.append(Problem(where, found, advice))


def plain(said: str) -> str:
    """Text with full-width signs as plain ones and without blanks around it."""
    return unicodedata.normalize("NFKC", said).strip()


def as_day(said: str) -> str:
    """A day that is written year first, as 2026-10-05; all else as it is."""
    found = DAY.match(said)
    if not found:
        return said
    year, month, day = (int(each) for each in found.groups())
    return f"{year:04}-{month:02}-{day:02}{said[found.end() :]}"


def letters(place: int) -> str:
    """Letters of a column by its place from 0: A, B ... Z, AA."""
    return (letters(place // 26 - 1) if place >= 26 else "") + chr(ord("A") + place % 26)


def _named(sheet: FormSheet, ids: Mapping[str, str]) -> str:
    """A row as a message names it."""
    said = [name for name in ("employee_id", "criterion_id", "field", "item") if name in ids]
    return " ".join(ids[name] for name in said) or sheet.kind


def _at(form: Form, title: str) -> str:
    return f"{form.file}, sheet {title}"
