"""Which reader takes which kind of source; each gives rows of cells as they stand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
from pandas import DataFrame

from csperf.errors import InputError, OutputError, Problem
from csperf.params import POSTGRESQL, SQLITE, Source
from csperf.sources.csv_file import read_csv
from csperf.sources.filled_forms import form_files
from csperf.sources.inputs import InputFile, files_input, rows_input
from csperf.sources.json_lines import read_json_lines
from csperf.sources.parquet_files import part_files, read_parquet
from csperf.sources.postgres import read_postgres
from csperf.sources.query import select
from csperf.sources.sqlite_file import read_sqlite, sqlite_files
from csperf.sources.xlsx_file import read_xlsx
from csperf.tables import Table

Reader = Callable[[Path, Source, Table, str], DataFrame]


def read_rows(source: Source, table: Table, folder: Path) -> tuple[DataFrame, InputFile]:
    """Cells of a source, or the result of its query, and what they were read from.

    The index is the row number in the file, a header being row 1, or else in the result.

    Raises
    ------
    InputError
        For what cannot be read.
    OutputError
        If a file cannot be opened.
    """
    path, where = folder / source.path, source.place(folder)
    if source.kind == POSTGRESQL:
        rows = read_postgres(path, source, table, where)
        return rows, rows_input(rows, f"{source.address}, {table.name}")
    file = input_of(source, table, folder)
    reader = READERS.get(source.kind, read_parquet if path.is_dir() else None)
    if reader is None:
        known = " ".join(kind for kind in READERS if kind != POSTGRESQL)
        raise InputError(Problem(where, f"cannot read '{source.kind}'", f"give one of {known}"))
    return reader(path, source, table, where), file


def input_of(source: Source, table: Table, folder: Path) -> InputFile:
    """What a table is read from, as `read_rows` gives it; only a database is read for that."""
    if source.kind == POSTGRESQL:
        return read_rows(source, table, folder)[1]
    path = folder / source.address
    try:
        return files_input(_files(path, source), path.parent, source.address)
    except OSError as error:
        raise OutputError(f"cannot be read ({error.strerror})") from error


def _files(path: Path, source: Source) -> list[Path]:
    if source.forms:
        return form_files(path)[0]
    if READERS.get(source.kind, read_parquet) is read_parquet:
        return part_files(path)
    return sqlite_files(path) if source.kind in SQLITE else [path]


def _queried(read: Callable[[Path, Source], DataFrame]) -> Reader:
    """A reader that runs the source's query, if it has one, over the rows of a file."""

    def reader(path: Path, source: Source, table: Table, where: str) -> DataFrame:
        frame = read(path, source)
        if source.query is None:
            return frame
        with duckdb.connect() as engine:
            engine.register("source", frame)
            return select(engine, source, table, where)

    return reader


READERS: dict[str, Reader] = {
    ".csv": _queried(read_csv),
    ".xlsx": _queried(read_xlsx),
    ".jsonl": _queried(read_json_lines),
    ".ndjson": _queried(read_json_lines),
    ".parquet": read_parquet,
    ".sqlite": read_sqlite,
    ".sqlite3": read_sqlite,
    ".db": read_sqlite,
    POSTGRESQL: read_postgres,
}
