"""Tables as a spreadsheet: text stays text, numbers are numbers, days are days; nothing runs.

Texts come from people. None of them becomes a formula, a link or a piece of the file's own XML, and
what a spreadsheet cannot hold is replaced in sight.
"""

from __future__ import annotations

import io
import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time

import pandas as pd
from pandas import DataFrame
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from csperf.reporting.display import NUMERIC, ColumnView, Kind, number
from csperf.reporting.text import Messages

LONGEST = 32_767  # UTF-16 units that a cell can hold
NARROWEST, WIDEST, WIDEST_HEADING = 8, 60, 18  # characters; Chinese and Korean ones count double
FILTER = 3  # characters that the button of a filter covers
FIRST_DAY = date(1900, 3, 1)  # before it, spreadsheets disagree on which day a number is
UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
TEXT = "@"  # what is typed over such a cell stays text too
DAY = "yyyy-mm-dd"
MARGIN = 110  # characters of a printed header; it holds 255, and & counts double
A4 = 9
LINE, TALLEST = 15, 409  # points
CHANCE = '[<0.001]"< 0.1%";[>0.999]"> 99.9%";0.0%'  # never printed as certain


@dataclass(frozen=True)
class Sheet:
    """One table of a workbook.

    The keys of the sheet and of its columns are the same in every language. `formats` names, for a
    column whose rows differ in unit, the column of the frame that holds each row's number format.
    `empty` stands under the headings of a table without rows.
    """

    key: str
    title: str
    frame: DataFrame
    columns: Sequence[ColumnView]
    empty: str = ""
    formats: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Cover:
    """What is true of the whole workbook: title, standing, and the day that it is dated."""

    title: str
    subtitle: str
    banner: str
    dated: date


def number_format(kind: Kind, digits: int = 1) -> str:
    """Return how a spreadsheet prints the numbers of a kind; the value keeps all its digits."""
    point = "." + "0" * digits if digits else ""
    if kind == "chance":
        return CHANCE
    return f"0{point}%" if kind == "percent" else f"#,##0{point}"


def workbook_bytes(sheets: Sequence[Sheet], cover: Cover, text: Messages) -> bytes:
    """Return an XLSX file of the sheets; the same bytes for the same sheets."""
    written = io.BytesIO()
    with Workbook(written, OPTIONS) as book:
        book.set_properties(
            {
                "title": legal(cover.title),
                "subject": legal(cover.subtitle),
                "comments": legal(cover.banner),
                "author": "csperf",
                "created": datetime.combine(cover.dated, time()),
            }
        )
        formats = _Formats(book)
        for sheet in sheets:
            page = _Page(book.add_worksheet(sheet.title), formats, text)
            page.write(sheet)
            page.set_print(cover)
    return written.getvalue()


class _Formats:
    """The formats of a workbook, each made once."""

    def __init__(self, book: Workbook):
        self._book = book
        self._made: dict[tuple[str, bool, bool], Format] = {}

    def __call__(self, num_format: str, wrapped: bool = False, head: bool = False) -> Format:
        known = (num_format, wrapped, head)
        if known not in self._made:
            look = {"num_format": num_format, "text_wrap": wrapped, "bold": head, "bottom": head}
            self._made[known] = self._book.add_format({**look, "valign": "top"})
        return self._made[known]


@dataclass
class _Page:
    """A sheet that is being written; `lines` are those of rows that need more than one."""

    page: Worksheet
    formats: _Formats
    text: Messages
    lines: dict[int, int] = field(default_factory=dict)

    def write(self, sheet: Sheet) -> None:
        """Write headings and cells; headings stay in sight, and rows can be filtered by them."""
        rows = len(sheet.frame)
        for place, column in enumerate(sheet.columns):
            widest = self._column(place, column, sheet) if rows else 0
            width = self._head(place, column.heading, widest)
            self.page.set_column(place, place, width + FILTER)
        if sheet.columns:
            self.page.freeze_panes(1, _leading_names(sheet.columns))
            self.page.repeat_rows(0)
        if rows:
            self.page.autofilter(0, 0, rows, len(sheet.columns) - 1)
        elif sheet.columns:
            self._put(1, 0, self._shown(sheet.empty), self.formats(TEXT))
        else:
            self.page.set_column(0, 0, WIDEST)
            self._text(0, 0, sheet.empty)
        for row, lines in self.lines.items():
            self.page.set_row(row, min(LINE * lines, TALLEST))

    def set_print(self, cover: Cover) -> None:
        """Print on A4 across, as wide as the paper, with the standing of the results on top."""
        banner, title = cover.banner[:MARGIN], legal(cover.title)[:MARGIN]
        mark = self.text("page.confidential")
        self.page.set_landscape()
        self.page.set_paper(A4)
        self.page.fit_to_pages(1, 0)
        self.page.set_header("&L" + banner.replace("&", "&&") + "&R" + mark)
        self.page.set_footer("&L" + title.replace("&", "&&") + "&R&P / &N")

    def _head(self, place: int, heading: str, widest: int) -> int:
        """Write a heading and return the width of the column, whose cells are as wide as told."""
        told = self._shown(heading)
        width = min(max(widest, min(width_of(told), WIDEST_HEADING), NARROWEST), WIDEST)
        self._put(0, place, told, self.formats(TEXT, wrapped=True, head=True))
        self._needs(0, told, width)
        return width

    def _needs(self, row: int, told: str, width: int) -> None:
        lines = sum(-(-max(width_of(line), 1) // width) for line in told.split("\n"))
        if lines > self.lines.get(row, 1):
            self.lines[row] = lines

    def _column(self, place: int, column: ColumnView, sheet: Sheet) -> int:
        """Write the cells of a column and return how wide the widest is."""
        cells = sheet.frame[column.key].tolist()
        usual = number_format(column.kind, column.digits)
        own = sheet.formats.get(str(column.key))
        looks = sheet.frame[own].fillna(usual).tolist() if own else [usual] * len(cells)
        widest = 0
        for row, (value, look) in enumerate(zip(cells, looks, strict=True), start=1):
            if pd.isna(value) or value == "":
                continue
            if column.kind == "date":
                wide = self._day(row, place, pd.Timestamp(value).date())
            elif column.kind in NUMERIC and isinstance(value, int | float) and math.isfinite(value):
                wide = self._number(row, place, float(value), look, column.digits)
            else:
                wide = self._text(row, place, str(value))
            widest = max(widest, wide)
        return widest

    def _number(self, row: int, place: int, value: float, look: str, digits: int) -> int:
        self.page.write_number(row, place, value + 0.0, self.formats(look))  # no minus before 0
        return len(number(value, digits))

    def _day(self, row: int, place: int, day: date) -> int:
        if day < FIRST_DAY:
            return self._text(row, place, day.isoformat())
        self.page.write_datetime(row, place, day, self.formats(DAY))
        return len(DAY)

    def _text(self, row: int, place: int, said: str) -> int:
        told = self._shown(said)
        wide = width_of(told)
        wrapped = wide > WIDEST or "\n" in told
        self._put(row, place, told, self.formats(TEXT, wrapped))
        if wrapped:
            self._needs(row, told, WIDEST)
        return wide

    def _put(self, row: int, place: int, told: str, look: Format) -> None:
        put_text(self.page, (row, place), told, look, self.formats(TEXT))

    def _shown(self, said: str) -> str:
        """The text as a cell can hold it; what is too long ends by saying how long it was."""
        told = legal(said)
        units = _units(told)
        if units <= LONGEST:
            return told
        end = self.text("workbook.cut", n=len(told))
        kept = told.encode("utf-16-le")[: 2 * (LONGEST - _units(end))]
        return kept.decode("utf-16-le", errors="ignore") + end


def put_text(page: Worksheet, at: tuple[int, int], told: str, look: Format, plain: Format) -> None:
    """Write text as text, which the file's own mark of formatted text would not be."""
    if told.startswith("<r>") and told.endswith("</r>"):
        page.write_rich_string(*at, told[:-1], plain, told[-1:], look)
    else:
        page.write_string(*at, told, look)


def legal(said: str) -> str:
    """The text with what XML cannot hold replaced by a sign that is seen, such as \u2400."""
    one_kind_of_break = said.replace("\r\n", "\n").replace("\r", "\n")
    return UNREADABLE.sub(lambda found: _sign(ord(found[0])), one_kind_of_break)


def _sign(code: int) -> str:
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else "\ufffd"


def _units(said: str) -> int:
    return len(said.encode("utf-16-le")) // 2


def width_of(said: str) -> int:
    """Characters of the longest line, Chinese and Korean ones double."""
    if said.isascii() and "\n" not in said:
        return len(said)
    return max(
        sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in line)
        for line in said.split("\n")
    )


def _leading_names(columns: Sequence[ColumnView]) -> int:
    """How many of the first columns say whom a row is about."""
    kinds = [column.kind in ("id", "name") for column in columns]
    return kinds.index(False) if False in kinds else 0
