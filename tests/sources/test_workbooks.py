from __future__ import annotations

import time
import zipfile
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pytest
import xlsxwriter
from reading import Reading, counted, ids, write

from csperf.errors import InputError
from csperf.sources import xlsx_file


def test_a_workbooks_cells_are_read_as_they_would_be_typed(reading: Reading):
    read, _ = reading(
        "employees",
        [
            [7, "hire_date", "is_bot", "na\nme"],
            [12, date(2016, 5, 1), True, 8.5],
            ["012", "2016-05-01", 0, 2016],
        ],
        columns={"employee_id": "7", "display_name": "na\nme"},
    )
    assert list(read["employee_id"]) == ["012", "12"]
    assert read["hire_date"].tolist() == [pd.Timestamp("2016-05-01")] * 2
    assert read["is_bot"].tolist() == [False, True]
    assert list(read["display_name"]) == ["2016", "8.5"]


def test_times_of_a_workbook_are_local(reading: Reading):
    rows = [["order_id", "placed_at", "amount"], ["o", datetime(2016, 5, 1, 10, 30), 5]]
    read, _ = reading("orders", rows, zone="Asia/Shanghai")
    assert read["placed_at"].tolist() == [pd.Timestamp("2016-05-01 02:30", tz="UTC")]


@pytest.mark.requirement("K-11")
def test_ids_that_a_spreadsheet_has_already_damaged_are_noticed(reading: Reading):
    header = "cycle_id employee_id evaluator_id evaluator_type criterion_id score".split()
    row = ["2016-05", "E1", "M1", "boss", "c"]
    assert reading.refused("evaluations", [header, [date(2016, 5, 1), *row[1:], 80]]) == [
        "f.xlsx, row 2, column 'cycle_id': '2016-05-01' has another form; give the cycle it is "
        "for, such as 2026-10"
    ]
    read = reading("evaluations", [header, ["2016-05", 1234567890123456789, *row[2:], 80]])
    assert counted(read) == {"employee_id looks cut short by a spreadsheet (kept)": 1}


def test_a_sheet_is_named_if_there_are_several(reading: Reading, tmp_path: Path):
    with xlsxwriter.Workbook(tmp_path / "f.xlsx") as book:
        for name in ("May", "June"):
            book.add_worksheet(name).write_column(0, 0, ["team_id", name])
    assert ids(reading.file("teams", "f.xlsx", sheet="June")) == ["June"]
    assert reading.refused_file("teams", "f.xlsx") == [
        "f.xlsx: it has 2 sheets; name one under sheet: May, June"
    ]
    assert reading.refused_file("teams", "f.xlsx", sheet="Juni") == [
        "f.xlsx: no sheet 'Juni'; name one under sheet: May, June"
    ]


# Limits


def workbook(path: Path, sheet: bytes, unpacked: int | None = None) -> Path:
    """A workbook whose only sheet is this XML; `unpacked` is what the archive says of its size."""
    write(path, [["team_id"]])
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (entries | {SHEET: sheet}).items():
            archive.writestr(name, content)
    if unpacked is not None:
        true, said = (size.to_bytes(4, "little") for size in (len(sheet), unpacked))
        path.write_bytes(path.read_bytes().replace(true, said))
    return path


def cells(*references: str) -> bytes:
    rows = "".join(f'<row><c r="{reference}"><v>1</v></c></row>' for reference in references)
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<worksheet xmlns="{space}"><sheetData>{rows}</sheetData></worksheet>'.encode()


SHEET = "xl/worksheets/sheet1.xml"
TWO_ROWS = "select count(*)::text as \"1\" from source union all select 'rows'"
SMALLER = "take out the empty rows and columns around the data, or save the sheet as .csv"


@pytest.mark.parametrize("said", [None, 1000])
@pytest.mark.parametrize("filling", [b" ", b'<row><c r="A1"><v>1</v></c></row>'])
def test_a_workbook_that_unpacks_to_far_more_than_it_is_is_not_read(
    reading: Reading, filling: bytes, said: int | None
):
    content = cells("A1").replace(b"</sheetData>", filling * (60_000_000 // len(filling)))
    path = workbook(reading.folder / "f.xlsx", content, said)
    assert path.stat().st_size < 400_000
    start = time.perf_counter()
    assert reading.refused_file("teams", "f.xlsx") == [
        f"f.xlsx: unpacks to more than 100 MB or 100 times its size; {SMALLER}"
    ]
    assert time.perf_counter() - start < 5


def test_a_workbook_of_more_than_100_mb_is_not_read(
    reading: Reading, monkeypatch: pytest.MonkeyPatch
):
    rows = [["team_id"], *([f"{n * 7919:x}"] for n in range(2000))]
    write(reading.folder / "f.xlsx", rows)
    assert len(reading.file("teams", "f.xlsx")[0]) == 2000
    monkeypatch.setattr(xlsx_file, "MOST_BYTES", 100_000)
    (line,) = reading.refused_file("teams", "f.xlsx")
    assert line.startswith("f.xlsx: unpacks to more than 0 MB")


@pytest.mark.parametrize(
    ("references", "size"),
    [
        (("A1", "A200001"), "200,001 rows by 1 columns"),
        (("A1", "XFD1048576"), "1,048,576 rows by 16,384 columns"),
        (("A1", "ZZ15000"), "15,000 rows by 702 columns"),
        (("A1048576", "XFD1"), "1,048,576 rows by 16,384 columns"),
    ],
)
def test_two_cells_far_apart_do_not_fill_the_memory(
    reading: Reading, references: tuple[str, ...], size: str
):
    workbook(reading.folder / "f.xlsx", cells(*references))
    assert reading.refused_file("teams", "f.xlsx") == [
        f"f.xlsx: {size} in '{SHEET}'; at most 200,000 rows and 10,000,000 cells are read; "
        f"{SMALLER}"
    ]


def test_a_cell_on_the_edge_of_two_chunks_is_seen(
    reading: Reading, monkeypatch: pytest.MonkeyPatch
):
    workbook(reading.folder / "f.xlsx", cells("A1", "XFD1048576"))
    for size in range(30, 60):
        monkeypatch.setattr(xlsx_file, "CHUNK", size)
        assert "1,048,576 rows by 16,384" in reading.refused_file("teams", "f.xlsx")[0]


def test_the_largest_sheet_is_read(reading: Reading):
    workbook(reading.folder / "f.xlsx", cells(*(f"A{row}" for row in range(1, 200_001))))
    read = reading.file("teams", "f.xlsx", columns={"team_id": "1"}, query=TWO_ROWS)
    assert ids(read) == ["199999", "rows"]


def test_a_damaged_workbook_is_refused(reading: Reading):
    path = write(reading.folder / "f.xlsx", [["team_id"], *([f"t{n}"] for n in range(50))])
    content = path.read_bytes()
    for at in range(0, len(content), 23):
        path.write_bytes(content[:at] + bytes([content[at] ^ 0x55]) + content[at + 1 :])
        try:
            read = reading.file("teams", "f.xlsx")
        except InputError as error:
            assert len(error.problems) == 1
        else:
            assert len(read[0]) == 50
