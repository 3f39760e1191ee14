"""Rows of one sheet of a workbook, every cell as the text that a person would have typed."""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path

import python_calamine
from pandas import DataFrame, RangeIndex

from csperf.errors import InputError, Problem, shown
from csperf.params import Source
from csperf.sources.cells import cell, header

# A workbook is a zip archive: 5 MB can unpack to gigabytes, and 75 MB took a minute and 344 MB.
MOST_BYTES = 100_000_000  # unpacked
MOST_RATIO = 100  # of unpacked to packed; a sheet of 200,000 rows that are all the same has 14
MOST_ROWS = 200_000
MOST_CELLS = 10_000_000  # a sheet is laid out in full, so that two cells far apart fill the memory
CHUNK = 1_000_000
CELL = re.compile(rb"""\sr\s*=\s*["']([A-Z]{1,3})([0-9]{1,7})["']""")
LONGEST_CELL = 40  # bytes, so that no match is lost between two chunks
UNREADABLE = (
    python_calamine.CalamineError,
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    RuntimeError,  # of zipfile: a password, a compression that it does not know
)
SMALLER = "take out the empty rows and columns around the data, or save the sheet as .csv"


def read_xlsx(path: Path, source: Source) -> DataFrame:
    """Cells of a sheet, its index the row number in the sheet, the header being row 1."""
    try:
        refuse_bomb(path)
        book = python_calamine.CalamineWorkbook.from_path(str(path))
        sheet = _sheet(book.sheet_names, source.sheet, path)
        rows = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    except UNREADABLE as error:
        found = f"not an XLSX workbook ({error})"
        raise InputError(Problem(str(path), found, "save it again as .xlsx")) from error
    names = header([cell(value) or "" for value in rows[0]] if rows else [], str(path))
    cells = [[cell(value) for value in row] for row in rows[1:]]
    index = RangeIndex(2, len(cells) + 2)
    return DataFrame(cells, columns=names, index=index, dtype="str")


def refuse_bomb(path: Path) -> None:
    """Unpack the archive without keeping it; InputError for more than a workbook may hold."""
    left = min(MOST_BYTES, MOST_RATIO * path.stat().st_size)
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            unpacked, rows, columns = _reach(archive, entry, left)
            left -= unpacked
            if left < 0:
                most = f"{MOST_BYTES / 1e6:.0f} MB or {MOST_RATIO} times its size"
                raise InputError(Problem(str(path), f"unpacks to more than {most}", SMALLER))
            if rows > MOST_ROWS or rows * columns > MOST_CELLS:
                found = f"{rows:,} rows by {columns:,} columns in {shown(entry.filename)}"
                most = f"at most {MOST_ROWS:,} rows and {MOST_CELLS:,} cells are read"
                raise InputError(Problem(str(path), f"{found}; {most}", SMALLER))


def _reach(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> tuple[int, int, int]:
    """Bytes that an entry unpacks to, counted as far as `most`; last row and column it names."""
    unpacked, rows, columns, tail = 0, {b"1"}, {b"A"}, b""
    entry.file_size = most + CHUNK  # or unpacking would stop where the archive says it ends
    with archive.open(entry) as stream:
        while unpacked <= most and (chunk := stream.read(CHUNK)):
            unpacked += len(chunk)
            for letters, digits in CELL.findall(tail + chunk):
                columns.add(letters)
                rows.add(digits)
            tail = chunk[-LONGEST_CELL:]
    return unpacked, max(map(int, rows)), max(map(_column, columns))


def _column(letters: bytes) -> int:
    """Number of a column by its letters: A is 1, Z 26, AA 27."""
    number = 0
    for letter in letters:
        number = 26 * number + letter - ord("A") + 1
    return number


def _sheet(there: list[str], wanted: str | None, path: Path) -> str:
    """The sheet that is wanted, or the only one there is."""
    if wanted is None and len(there) == 1:
        return there[0]
    if wanted not in there:
        found = f"no sheet {shown(wanted)}" if wanted else f"it has {len(there)} sheets"
        raise InputError(Problem(str(path), found, f"name one under sheet: {', '.join(there)}"))
    return wanted
