"""A department whose people get forms, and a pen: it writes into cells as a person would."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from xml.sax.saxutils import escape

from python_calamine import CalamineWorkbook

from csperf.errors import InputError
from csperf.params import Cycle, load_params
from csperf.runner.forms import write_forms
from csperf.sources import Tables, read_tables
from csperf.tables.forms import ANSWER, FORM_TABLES, MARK

CYCLE = "2026-10"
PARAMS = """\
organisation: small
timezone: Asia/Shanghai
departments:
  - id: shop
    name: Shop
    scheme: shop.yaml
    sources:
      employees: {path: data/employees.csv}
      assignments: {path: data/assignments.csv}
      evaluation_assignments: {path: data/matrix.csv}
"""
SCHEME = """\
id: shop
title: Shop
version: "1"
evaluators:
  - {type: self, title: Own view}
  - {type: peer, title: Colleague}
  - {type: manager, title: Manager}
criteria:
  - id: tone
    title: Tone
    scale: [1, 5]
    behaviours:
      - {points: 1, text: is rude to customers}
      - {points: 3, text: is polite when asked}
      - {points: 5, text: calms people who are upset}
  - {id: facts, title: Knowledge}
  - {id: team, title: Teamwork, scale: [1, 5]}
score:
  - evaluator: self
    weight: 20
    parts: [{criterion: tone, weight: 100}]
  - evaluator: peer
    weight: 20
    parts: [{criterion: team, weight: 100}]
  - evaluator: manager
    weight: 60
    parts:
      - {criterion: tone, weight: 50}
      - {criterion: facts, weight: 50}
"""
NAMES = {"e1": "Ann Lee", "e2": "李小龙", "007": "=1+1", "m1": "Max Boss"}
TABLES = {
    "employees": ["employee_id,display_name", *(f"{id},{name}" for id, name in NAMES.items())],
    "assignments": [
        "employee_id,team_id,level_group,from_date",
        *(f"{id},day,front_line,2025-01-01" for id in ("e1", "e2", "007")),
        "m1,day,manager,2025-01-01",
    ],
    "matrix": [
        "cycle_id,employee_id,evaluator_id,evaluator_type,due_at",
        *(f"{CYCLE},{id},{id},self,2026-11-05T18:00" for id in ("e1", "e2", "007")),
        *(f"{CYCLE},{id},m1,manager,2026-11-05T18:00" for id in ("e1", "e2", "007")),
        f"{CYCLE},e2,e1,peer,2026-11-05T18:00",
        "2026-11,e1,m1,manager,2026-12-05T18:00",
    ],
}
DAY_ZERO = date(1899, 12, 30)


def department(folder: Path) -> Path:
    """Write params, scheme and tables of the department and return the params file."""
    texts = {"params.yaml": PARAMS, "shop.yaml": SCHEME}
    texts |= {f"data/{name}.csv": "\n".join(lines) + "\n" for name, lines in TABLES.items()}
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder / "params.yaml"


def forms_for(folder: Path, language: str = "en", cycle: str = CYCLE) -> Path:
    """Write the forms of a cycle, and return the folder that they lie in."""
    params = load_params(department(folder), language=language)
    list(write_forms(params, Cycle.parse(cycle), ["shop"], folder / "forms"))
    return folder / "forms" / "shop" / cycle


def read_back(folder: Path, *tables: str) -> Tables:
    """The tables that the forms below `folder/forms/shop` give."""
    wanted = tables or FORM_TABLES
    lines = "".join(f"      {name}: {{forms: forms/shop}}\n" for name in wanted)
    (folder / "read.yaml").write_text(PARAMS + lines, encoding="utf-8")
    return read_tables(load_params(folder / "read.yaml"), "shop", only=wanted)


def refused(folder: Path, *tables: str) -> list[str]:
    """Lines of what is wrong with the forms, from the folder of the forms on."""
    try:
        read_back(folder, *tables)
    except InputError as error:
        return [str(each).removeprefix(f"{folder}/forms/shop/") for each in error.problems]
    raise AssertionError("nothing was refused")


class Form:
    """One form file; `fill` writes into a cell found by what its row is about."""

    def __init__(self, path: Path):
        self.path = path
        self.book = CalamineWorkbook.from_path(str(path))
        self.sheets = {
            name: self.book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            for name in self.book.sheet_names
        }

    def sheet(self, kind: str) -> str:
        """Title of a kind of sheet."""
        return next(
            name for name, rows in self.sheets.items() if rows and rows[0][0] == MARK + kind
        )

    def cell(self, kind: str, column: str, *about: str, nth: int = 0) -> str:
        """The cell of a column in the row that names all of `about`; of several the nth."""
        rows = self.sheets[self.sheet(kind)]
        place = rows[0].index(column)
        found = [
            number
            for number, row in enumerate(rows, 1)
            if number > (2 if kind != "about" else 1) and {*about} <= {*row}
        ]
        return f"{chr(ord('A') + place)}{found[nth]}"

    def write(self, cells: Mapping[tuple[str, str], object]) -> None:
        """Write values into cells of kinds of sheets, by (kind, cell)."""
        numbers = {name: place for place, name in enumerate(self.book.sheet_names, 1)}
        changed: dict[str, dict[str, object]] = {}
        for (kind, cell), value in cells.items():
            part = f"xl/worksheets/sheet{numbers[self.sheet(kind)]}.xml"
            changed.setdefault(part, {})[cell] = value
        edit(self.path, lambda part, text: written(text, changed.get(part, {})))


def edit(path: Path, change) -> None:  # type: ignore[no-untyped-def]
    """Rewrite the parts of a workbook."""
    with zipfile.ZipFile(BytesIO(path.read_bytes())) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in parts.items():
            text = change(name, content.decode()) if name.endswith(".xml") else content.decode()
            book.writestr(name, text)


def written(text: str, cells: Mapping[str, object]) -> str:
    """A sheet's XML with values in cells that are there."""
    for cell, value in cells.items():
        pattern = re.compile(rf'<c r="{cell}"( s="[0-9]+")?[^>]*?(/>|>.*?</c>)')
        assert pattern.search(text), cell
        text = pattern.sub(lambda found, value=value, cell=cell: _cell(found, cell, value), text)
    return text


def _cell(found: re.Match[str], cell: str, value: object) -> str:
    start = f'<c r="{cell}"{found[1] or ""}'
    if isinstance(value, datetime):
        seconds = value.hour * 3600 + value.minute * 60
        value = (value.date() - DAY_ZERO).days + seconds / 86400
    elif isinstance(value, date):
        value = (value - DAY_ZERO).days
    if isinstance(value, int | float):
        return f"{start}><v>{value}</v></c>"
    return f'{start} t="inlineStr"><is><t xml:space="preserve">{escape(str(value))}</t></is></c>'


def fill_score(form: Form, who: str, criterion: str, score: object, kind: str = "evaluations"):  # type: ignore[no-untyped-def]
    """{place: score}, for `write`."""
    return {(kind, form.cell(kind, "score", who, criterion)): score}


__all__ = [
    "ANSWER",
    "Form",
    "department",
    "edit",
    "fill_score",
    "forms_for",
    "read_back",
    "refused",
]
