"""A form as a workbook: what is to be filled in stands open, all else is locked and stays as it is.

The protection has no password: it keeps people from slips, and reading the form back checks what
was locked. Nothing in a form runs.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, Literal

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from csperf.reporting.spreadsheet import (
    A4,
    DAY,
    LINE,
    MARGIN,
    OPTIONS,
    TALLEST,
    TEXT,
    legal,
    put_text,
    width_of,
)
from csperf.tables.forms import ABOUT, ANSWER, HANDED_IN, HIDDEN, MARK, RANGE, VERSION, FormSheet

Kind = Literal["text", "number", "date", "time", "choice", "score"]
LOOKS = {"text": TEXT, "choice": TEXT, "date": DAY, "time": f"{DAY} hh:mm"}
WIDTHS = {
    **{"person": 16, "as": 14, "criterion": 20, "behaviours": 46, "question": 34, "statement": 70},
    **{"indicator_id": 24, "rubric_id": 24, "data_source": 24},
    **{"score": 9, "status": 12, "evidence_text": 44, ANSWER: 80, "title": 36, "course": 36},
}
USUAL = 14
BOLD = 3  # characters of a column that bold letters take more
FIRST = 2  # row of the first cells below the hidden row and the headings, counted from 0
MOST_SAID = 255  # characters of a message that a spreadsheet shows


@dataclass(frozen=True)
class Entry:
    """How a cell is filled in.

    `points` are offered for a score, whatever else is `allowed`; one of the `extremes` asks for
    facts; `lines` is the room that the cell leaves.
    """

    kind: Kind
    column: str = ""
    allowed: str = ""
    points: tuple[float, ...] = ()
    extremes: tuple[float, ...] = ()
    lines: int = 1


@dataclass(frozen=True)
class FormRow:
    """A row: its ids, what is told beside them, and the entries to fill in; `begins` a block."""

    ids: Mapping[str, str]
    told: Mapping[str, str]
    entries: Mapping[str, Entry]
    begins: bool = False


@dataclass(frozen=True)
class FormPage:
    """A sheet of a form in the reader's language."""

    sheet: FormSheet
    title: str
    headings: Mapping[str, str]
    rows: Sequence[FormRow]


@dataclass(frozen=True)
class Words:
    """What the frame of a form says in the reader's language."""

    language: str
    confidential: str
    choose: str
    between: str
    day: str
    title: str


@dataclass(frozen=True)
class FormBook:
    """All of a form: whose it is, the first page line by line, the sheets, and the choices.

    A line of the first page is a label and what stands beside it; the one whose label is empty is
    a line of text over both.
    """

    identity: tuple[tuple[str, str], ...]
    about: str
    facts: Sequence[tuple[str, str]]
    handed_in: str
    lines: Sequence[tuple[str, str]]
    pages: Sequence[FormPage]
    choices: Mapping[str, Mapping[str, str]]
    words: Words
    dated: date = field(default=date(2000, 1, 1))


def form_bytes(form: FormBook) -> bytes:
    """Return the form as XLSX; the same bytes for the same form."""
    written = io.BytesIO()
    with Workbook(written, OPTIONS) as book:
        created = datetime.combine(form.dated, time())
        book.set_properties(
            {"title": legal(form.words.title), "author": "csperf", "created": created}
        )
        looks = _Looks(book)
        ranges = {name: f"={HIDDEN}!{it}" for name, it in _ranges(form)}
        _write_about(book.add_worksheet(form.about), form, looks)
        for page in form.pages:
            _Sheet(book.add_worksheet(page.title), page, form, looks, ranges).write()
        _write_hidden(book.add_worksheet(HIDDEN), form, looks)
    return written.getvalue()


class _Looks:
    """The formats of a form, each made once."""

    def __init__(self, book: Workbook):
        self._book = book
        self._made: dict[str, Format] = {}

    def __call__(self, **look: Any) -> Format:
        known = str(sorted(look.items()))
        if known not in self._made:
            usual = {"valign": "top", "text_wrap": True}
            self._made[known] = self._book.add_format({**usual, **look})
        return self._made[known]

    @property
    def told(self) -> Format:
        return self(num_format=TEXT)

    @property
    def empty(self) -> Format:
        """Over an open cell with nothing in it."""
        return self(bg_color="#FFF2B3", text_wrap=False)

    @property
    def wanting(self) -> Format:
        """Over an open cell that something is needed in."""
        return self(bg_color="#FFC9A3", text_wrap=False)


@dataclass
class _Sheet:
    """A sheet that is being written."""

    page: Worksheet
    form_page: FormPage
    form: FormBook
    looks: _Looks
    ranges: Mapping[str, str]

    def write(self) -> None:
        sheet = self.form_page.sheet
        hidden = ["", *sheet.ids]
        columns = [*hidden, *sheet.told, *sheet.filled]
        put = self.page.write_string
        put(0, 0, MARK + sheet.kind, self.looks.told)
        for place, name in enumerate(columns):
            if place:
                put(0, place, name, self.looks.told)
            width = WIDTHS.get(name, USUAL)
            concealed = {"hidden": True} if place < len(hidden) else {}
            self.page.set_column(place, place, width, None, concealed)
        self._headings(columns, len(hidden))
        for number, row in enumerate(self.form_page.rows):
            self._row(FIRST + number, number, row, columns)
        self.page.set_row(0, None, None, {"hidden": True})
        self.page.freeze_panes(FIRST, len(hidden) + (1 if sheet.told else 0))
        self.page.repeat_rows(1)
        _protect(self.page)
        _set_print(self.page, self.form)
        if sheet.long:  # a page a person, where the program keeps to it
            self.page.set_portrait()
            begin = [at for at, row in enumerate(self.form_page.rows, FIRST) if row.begins]
            self.page.set_h_pagebreaks(begin[1:])

    def _headings(self, columns: Sequence[str], hidden: int) -> None:
        look = self.looks(num_format=TEXT, bold=True, bottom=2, bg_color="#E8EEF4")
        lines = 1
        for place, name in enumerate(columns):
            if place >= hidden:
                said = legal(self.form_page.headings[name])
                put_text(self.page, (1, place), said, look, self.looks.told)
                lines = max(lines, _lines(said, WIDTHS.get(name, USUAL) - BOLD))
        self.page.set_row(1, LINE * lines + 3)

    def _row(self, at: int, number: int, row: FormRow, columns: Sequence[str]) -> None:
        sheet = self.form_page.sheet
        key = _key(self.form, sheet, row, number)
        said = {"": key, **row.ids, **row.told}
        border = {"top": 2 if row.begins else 4, "top_color": "#7A8794"}
        lines = 1
        for place, name in enumerate(columns):
            if name in row.entries:
                self._entry(at, place, row.entries[name], border)
                lines = max(lines, row.entries[name].lines)
                continue
            told = legal(said.get(name, ""))
            put_text(
                self.page, (at, place), told, self.looks(num_format=TEXT, **border), self.looks.told
            )
            if name in row.told:
                lines = max(lines, _lines(told, WIDTHS.get(name, USUAL)))
        self.page.set_row(at, min(LINE * lines + 3, TALLEST))
        if "status" in row.entries:
            self._colour_score(at, row, columns)
            return
        for place in (columns.index(name) for name in row.entries):
            blank = {"type": "blanks", "format": self.looks.empty}
            self.page.conditional_format(*[at, place] * 2, blank)

    def _entry(self, at: int, place: int, entry: Entry, border: Mapping[str, Any]) -> None:
        look = {"num_format": LOOKS.get(entry.kind, "General"), "locked": False, **border}
        sides = {"left": 4, "right": 4, "bottom": 4}
        self.page.write_blank(at, place, None, self.looks(**look, **sides))
        if rule := self._rule(entry):
            self.page.data_validation(at, place, at, place, rule)

    def _rule(self, entry: Entry) -> dict[str, Any] | None:
        """What may be written into a cell, for the spreadsheet to watch over."""
        words = self.form.words
        if entry.kind == "choice":
            return _asking({"validate": "list", "source": self.ranges[entry.column]}, words.choose)
        if entry.kind == "score":
            points = [f"{point:g}" for point in entry.points]
            if RANGE not in entry.allowed:
                return _asking({"validate": "list", "source": points}, words.choose)
            low, high = entry.allowed.split(RANGE)
            said = words.between.format(low=low, high=high)
            if points:  # behaviours stand at these; what lies between is allowed too
                softly = {"error_type": "information"}
                return _asking({"validate": "list", "source": points, **softly}, said)
            ends = {"criteria": "between", "minimum": low, "maximum": high}
            return _asking({"validate": "decimal", **ends}, said)
        if entry.kind == "date":
            first = {"criteria": ">=", "value": date(2000, 1, 1)}
            return _asking({"validate": "date", **first}, words.day)
        return None

    def _colour_score(self, at: int, row: FormRow, columns: Sequence[str]) -> None:
        """Colour a row until it has points or is declined, and the cell for facts while it wants.

        Facts are wanted at an end of a scale with behaviours, and of others who decline.
        """
        places = {name: columns.index(name) for name in ("score", "status", "evidence_text")}
        cells = {name: f"${xl_col_to_name(place)}{at + 1}" for name, place in places.items()}
        score, status, facts = cells.values()
        wants = [f"{score}={point:g}" for point in row.entries["score"].extremes]
        given = [f'AND({score}<>"",OR({",".join(wants)}))'] if wants else []
        given += [] if row.ids["evaluator_type"] == "self" else [f'{status}<>""']
        if given:
            rule = f'=AND({facts}="",OR({",".join(given)}))'
            look = {"type": "formula", "criteria": rule, "format": self.looks.wanting}
            self.page.conditional_format(*[at, places["evidence_text"]] * 2, look)
        for name, cell in cells.items():
            rule = f'=AND({cell}="",{score}="",{status}="")'
            look = {"type": "formula", "criteria": rule, "format": self.looks.empty}
            self.page.conditional_format(*[at, places[name]] * 2, look)


def _asking(rule: dict[str, Any], said: str) -> dict[str, Any]:
    return {**rule, "error_message": said[:MOST_SAID]}


def _lines(said: str, width: int) -> int:
    return sum(-(-max(width_of(line), 1) // width) for line in said.split("\n"))


def _write_about(page: Worksheet, form: FormBook, looks: _Looks) -> None:
    """The first page: whose form it is, the day of handing in, and how it is filled in."""
    for place, name in enumerate((MARK + ABOUT, "", ANSWER)):
        page.write_string(0, place, name, looks.told)
    for place, width in enumerate((2, 26, 88)):
        page.set_column(place, place, width, None, {"hidden": True} if not place else {})
    page.set_row(0, None, None, {"hidden": True})
    put_text(
        page,
        (1, 1),
        legal(form.words.title),
        looks(bold=True, font_size=15, text_wrap=False),
        looks.told,
    )
    at = 3
    for label, said in form.facts:
        at = _about_line(page, at, label, said, looks)
    page.write_string(at, 0, HANDED_IN, looks.told)
    put_text(page, (at, 1), legal(form.handed_in), looks(bold=True), looks.told)
    page.write_blank(at, 2, None, looks(num_format=DAY, locked=False, border=1, align="left"))
    page.conditional_format(at, 2, at, 2, {"type": "blanks", "format": looks.empty})
    rule = {"validate": "date", "criteria": ">=", "value": date(2000, 1, 1)}
    page.data_validation(at, 2, at, 2, _asking(rule, form.words.day))
    at += 1
    for label, said in form.lines:
        at += 1 if label else 0
        at = _about_line(page, at, label, said, looks)
    _protect(page)
    _set_print(page, form)


def _about_line(page: Worksheet, at: int, label: str, said: str, looks: _Looks) -> int:
    put_text(page, (at, 1), legal(label), looks(bold=True), looks.told)
    put_text(page, (at, 2), legal(said), looks.told, looks.told)
    page.set_row(at, LINE * max(_lines(said, 88), _lines(label, 26)) + 2)
    return at + 1


def _write_hidden(page: Worksheet, form: FormBook, looks: _Looks) -> None:
    """What reading the form back needs to know; see csperf/tables/forms.py."""
    for at, row in enumerate(_hidden_rows(form)):
        for place, said in enumerate(row):
            put_text(page, (at, place), said, looks.told, looks.told)
    page.very_hidden()
    page.protect()


def _hidden_rows(form: FormBook) -> Iterator[tuple[str, ...]]:
    yield "form", VERSION
    yield from form.identity
    yield "language", form.words.language
    for column, choices in form.choices.items():
        yield from (("choice", column, id, legal(said)) for id, said in choices.items())
    for page in form.pages:
        for number, row in enumerate(page.rows):
            key = _key(form, page.sheet, row, number)
            yield "row", page.sheet.kind, key, *(legal(row.ids[name]) for name in page.sheet.ids)


def _key(form: FormBook, sheet: FormSheet, row: FormRow, number: int) -> str:
    """The key of a row, which its place is part of only where nothing else tells rows apart."""
    whose = [value for _, value in form.identity]
    return sheet.row_key(whose, row.ids, number if sheet.spare else 0)


def _ranges(form: FormBook) -> Iterator[tuple[str, str]]:
    """Where the words of each drop-down stand on the hidden sheet."""
    rows = list(_hidden_rows(form))
    for column in form.choices:
        mine = [at for at, row in enumerate(rows, 1) if row[:2] == ("choice", column)]
        yield column, f"$D${mine[0]}:$D${mine[-1]}"


def _protect(page: Worksheet) -> None:
    page.protect("", {"format_columns": True, "format_rows": True})


def _set_print(page: Worksheet, form: FormBook) -> None:
    title = legal(form.words.title)[:MARGIN].replace("&", "&&")
    page.set_landscape()
    page.set_paper(A4)
    page.fit_to_pages(1, 0)
    page.set_margins(0.4, 0.4, 0.6, 0.6)
    page.set_footer(f"&L{title}&C{form.words.confidential}&R&P / &N")
