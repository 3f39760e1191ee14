"""Workbooks as LibreOffice opens them: the same texts, numbers and days, and nothing that runs."""

from __future__ import annotations

import math
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import date
from itertools import chain
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest
from pandas import DataFrame
from sheets import HOSTILE, one_sheet, read
from test_evaluator_pages import rated
from test_evaluator_pages import view as evaluators

from csperf.reporting.display import ColumnView
from csperf.reporting.opening import TeamView
from csperf.reporting.text import Messages, languages
from csperf.reporting.workbook import calibration_workbook, team_workbook

NAMES = ["hostile", *(f"{kind}-{name}" for name in languages() for kind in ("team", "calibration"))]
OFFICE, TABLE, TEXT = (
    f"{{urn:oasis:names:tc:opendocument:xmlns:{name}:1.0}}" for name in ("office", "table", "text")
)
RUNS = re.compile(r"formula|xlink|event|script|\bdde|source|}a$")  # elements and attributes
TO_FLAT_XML = ("--headless", "--convert-to", "fods", "--outdir")
LONG_GAP = 100  # repeated empty rows or cells: the rest of the sheet


@pytest.fixture(scope="session")
def seen(once: Callable[..., Path], opened: Callable[..., TeamView]) -> Path:
    """Folder with each workbook and with what LibreOffice read in it; it starts once for all."""
    soffice = shutil.which("soffice") or pytest.skip("this test needs soffice on the PATH")

    def fill(folder: Path) -> None:
        for name, book in workbooks(opened):
            (folder / f"{name}.xlsx").write_bytes(book)
        profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
        done = subprocess.run(
            [soffice, profile, *TO_FLAT_XML, folder, *sorted(folder.glob("*.xlsx"))],
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr
        assert len([*folder.glob("*.fods")]) == len(NAMES), done.stdout + done.stderr

    return once("seen-in-an-office", fill)


def workbooks(opened: Callable[..., TeamView]) -> Iterator[tuple[str, bytes]]:
    """A workbook of hostile texts and awkward numbers, and a team and a calibration a language."""
    n = len(HOSTILE)
    frame = DataFrame({"said": HOSTILE, "value": [0.1 + 0.2, -1e-9, 1e15, *[1 / 3] * (n - 3)]})
    frame = frame.assign(day=pd.to_datetime("2016-02-29"), share=0.5)
    columns = [
        ColumnView("said", "=1+1"),
        ColumnView("value", "Value", "number"),
        ColumnView("day", "Day", "date"),
        ColumnView("share", "Share", "percent"),
    ]
    yield "hostile", one_sheet(columns, frame)
    sources = DataFrame({"path": ["evaluations.csv"], "sha256": ["0" * 64]})
    for name in languages():
        yield f"team-{name}", team_workbook(opened(name))
        seen = evaluators(rated(8, 0, 0, 0, 0), text=Messages.load(name))
        yield f"calibration-{name}", calibration_workbook(seen, sources)


@pytest.mark.parametrize("name", NAMES)
def test_an_office_reads_every_cell_as_it_was_written(name: str, seen: Path) -> None:
    wrote = read((seen / f"{name}.xlsx").read_bytes())
    found = {title: [*rows(table)] for title, table in tables(seen / f"{name}.fods")}
    assert [*found] == [*wrote]
    for title, cells in wrote.items():
        ours, theirs = ([told(row) for row in table] for table in (cells, found[title]))
        assert [*map(len, ours)] == [*map(len, theirs)]
        pairs = zip(chain(*ours), chain(*theirs), strict=True)
        assert [pair for pair in pairs if not same(*pair)] == [], title


@pytest.mark.parametrize("name", NAMES)
def test_an_office_finds_no_formula_no_link_and_no_outside_source(name: str, seen: Path) -> None:
    [body] = ElementTree.parse(seen / f"{name}.fods").getroot().iter(f"{OFFICE}spreadsheet")
    names = {key for each in body.iter() for key in (each.tag, *each.attrib)}
    assert f"{TABLE}table-cell" in names
    assert [key for key in names if RUNS.search(key)] == []


def told(row: list[object]) -> list[object]:
    """A row without the empty cells at its end."""
    full = [place for place, cell in enumerate(row, start=1) if cell != ""]
    return row[: full[-1] if full else 0]


def same(ours: object, theirs: object) -> bool:
    """Whether two cells are equal; LibreOffice writes fifteen digits of a number."""
    if isinstance(ours, float | int) and isinstance(theirs, float):
        return math.isclose(ours, theirs, rel_tol=1e-14)
    return ours == theirs


def tables(path: Path) -> Iterator[tuple[str, ElementTree.Element]]:
    for table in ElementTree.parse(path).getroot().iter(f"{TABLE}table"):
        yield table.attrib[f"{TABLE}name"], table


def rows(table: ElementTree.Element) -> Iterator[list[object]]:
    """Rows up to the last one with something in it."""
    waiting: list[list[object]] = []
    for row in table.iter(f"{TABLE}table-row"):
        again = int(row.attrib.get(f"{TABLE}number-rows-repeated", 1))
        cells = [value for cell in row for value in repeated(cell)]
        if told(cells):
            yield from [*waiting, *[cells] * again]
            waiting = []
        elif again < LONG_GAP:
            waiting += [[]] * again


def repeated(cell: ElementTree.Element) -> list[object]:
    again = int(cell.attrib.get(f"{TABLE}number-columns-repeated", 1))
    return [value_of(cell)] * (again if again < LONG_GAP else 1)


def value_of(cell: ElementTree.Element) -> object:
    kind = cell.attrib.get(f"{OFFICE}value-type")
    if kind in ("float", "percentage", "currency"):
        return float(cell.attrib[f"{OFFICE}value"])
    if kind == "date":
        return date.fromisoformat(cell.attrib[f"{OFFICE}date-value"])
    return "\n".join(map(said, cell.findall(f"{TEXT}p")))


def said(part: ElementTree.Element) -> str:
    """Text of a paragraph; runs of spaces and tabs have elements of their own."""
    own = part.text or ""
    if part.tag == f"{TEXT}s":
        own = " " * int(part.attrib.get(f"{TEXT}c", 1))
    elif part.tag == f"{TEXT}tab":
        own = "\t"
    return own + "".join(said(child) + (child.tail or "") for child in part)
