"""Rows of a CSV file, every cell as text; one row that does not fit refuses the file."""

from __future__ import annotations

import csv
import tempfile
from pathlib import Path

import duckdb
from pandas import DataFrame, RangeIndex

from csperf.errors import InputError, Problem, shown
from csperf.params import Source
from csperf.sources.cells import header
from csperf.sources.text import LONGEST_LINE, decoded, first_line

csv.field_size_limit(LONGEST_LINE)


def read_csv(path: Path, source: Source) -> DataFrame:
    """Cells of a CSV file, its index the row number in the file, the header being row 1.

    DuckDB's `parallel=false` would pass over everything behind an open quote without a reject.
    """
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as engine:
        copy = Path(folder) / "utf8.csv"
        copy.write_text(decoded(path, source.encoding), encoding="utf-8", newline="")
        names, rows = _header_and_rows(copy, path, source.delimiter)
        try:
            frame = engine.sql(
                "select * from read_csv($file, columns=$columns, header=true, delim=$delim,"
                " auto_detect=false, store_rejects=true, rejects_limit=0)",
                params={
                    "file": str(copy),
                    "columns": dict.fromkeys(names, "VARCHAR"),
                    "delim": source.delimiter,
                },
            ).df()
        except duckdb.Error as error:
            raise InputError(Problem(str(path), first_line(error))) from error
        rejects = engine.sql(
            "select line, first(error_type order by column_idx), coalesce(any_value(csv_line), '')"
            " from reject_errors group by line order by line"
        ).fetchall()
    if rejects:
        raise InputError([_reject(path, len(names), *row) for row in rejects])
    return frame.set_axis(rows if len(rows) == len(frame) else RangeIndex(2, len(frame) + 2))


def _reject(path: Path, columns: int, row: int, kind: str, text: str) -> Problem:
    quotes = "close every quote, and write one that stands inside quotes twice"
    advice = f"the header names {columns}" if kind.endswith("COLUMNS") else quotes
    return Problem(str(path), f"{kind.lower()} in {shown(text.strip())}", advice, row)


def _header_and_rows(copy: Path, path: Path, delimiter: str) -> tuple[list[str], list[int]]:
    """Column names, and the numbers of the rows below if there are empty lines between them.

    DuckDB passes over empty lines, but a person counts them. A single column may be empty.
    """
    with copy.open(encoding="utf-8", newline="") as stream:
        lines = csv.reader(stream, delimiter=delimiter, skipinitialspace=True)
        try:
            names = header(next(lines, []), str(path))
            gaps = len(names) > 1 and b"\n\n" in copy.read_bytes()
            return names, [row for row, cells in enumerate(lines, 2) if cells] if gaps else []
        except csv.Error as error:
            advice = "is a quote left open?"
            raise InputError(Problem(str(path), f"cannot be read ({error})", advice)) from error
