"""Rows of a table or a query of a SQLite file, which is opened so that nothing can be written."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from urllib.parse import quote

import pyarrow as pa
from pandas import DataFrame, RangeIndex

from csperf.errors import InputError, Problem, meant, shown
from csperf.params import Source
from csperf.sources.cells import cell
from csperf.sources.rows import used_columns
from csperf.sources.text import first_line, quoted
from csperf.tables import Table

ONE_SELECT = "write one SELECT of SQLite's SQL over the tables of the file"
AT_A_TIME = 50_000  # rows that are held as Python objects
READING = (
    sqlite3.SQLITE_SELECT,
    sqlite3.SQLITE_READ,
    sqlite3.SQLITE_FUNCTION,
    sqlite3.SQLITE_RECURSIVE,
)


def read_sqlite(path: Path, source: Source, table: Table, where: str) -> DataFrame:
    """The columns of `table` that are used, or the result of `query`, as text."""
    try:
        with closing(sqlite3.connect(_read_only(path, where), uri=True)) as database:
            if source.table:
                _check_table(database, source.table, where)
            database.set_authorizer(_allowed)
            return _rows(database, source, table, where)
    except (sqlite3.Error, sqlite3.Warning) as error:
        advice = ONE_SELECT if source.query else "is it a SQLite file?"
        raise InputError(Problem(where, f"cannot be read: {first_line(error)}", advice)) from error


def sqlite_files(path: Path) -> list[Path]:
    """The file, and what has been written but not yet taken into it, if there is anything."""
    log = path.with_name(f"{path.name}-wal")
    return [path, log] if log.exists() and log.stat().st_size else [path]


def _read_only(path: Path, where: str) -> str:
    """The address to open; a file that keeps a log and has none is taken as never changing.

    SQLite would put an empty log beside it, or fail where it may not. It would also take what a
    copy that broke off lacks of its last page for zeros.
    """
    with path.open("rb") as stream:
        head = stream.read(20)
    page = int.from_bytes(head[16:18], "big")
    if head.startswith(b"SQLite format 3\0") and page > 1 and path.stat().st_size % page:
        raise InputError(Problem(where, "the file is cut short", "copy it again"))
    fixed = "&immutable=1" if head[18:] == b"\2\2" and sqlite_files(path) == [path] else ""
    return f"file:{quote(str(path))}?mode=ro{fixed}"


def _check_table(database: sqlite3.Connection, name: str, where: str) -> None:
    there = [
        name
        for (name,) in database.execute(
            "select name from sqlite_schema where type in ('table', 'view')"
            " and name not like 'sqlite$_%' escape '$' order by name"
        )
    ]
    if name not in there:
        found = f"no table {shown(name)}{meant(name, there)}"
        raise InputError(Problem(where, found, f"there are {', '.join(there) or 'none'}"))


def _allowed(action: int, *_: object) -> int:
    """Reading only: no write, no ATTACH, no PRAGMA."""
    return sqlite3.SQLITE_OK if action in READING else sqlite3.SQLITE_DENY


def _rows(database: sqlite3.Connection, source: Source, table: Table, where: str) -> DataFrame:
    cursor = database.execute(source.query or f"select * from {quoted(str(source.table))} limit 0")
    names = [column[0] for column in cursor.description or ()]
    if not names:
        raise InputError(Problem(where, "the query is not one SELECT", ONE_SELECT))
    if source.table:
        names = used_columns(names, source, table, where)
        listed = ", ".join(map(quoted, names))
        cursor = database.execute(f"select {listed} from {quoted(source.table)}")
    texts = _texts(cursor, where)
    schema = pa.schema([(name, pa.string()) for name in names])
    parts = [schema.empty_table()]
    while part := list(islice(texts, AT_A_TIME)):
        parts.append(pa.table(list(zip(*part, strict=True)), schema))
    frame = pa.concat_tables(parts).to_pandas()
    return frame.set_axis(RangeIndex(1, len(frame) + 1))


def _texts(cursor: sqlite3.Cursor, where: str) -> Iterator[list[str | None]]:
    row = 1
    try:
        for values in cursor:
            # Most is text; to call `cell` for it too would take most of the time.
            yield [value if value.__class__ is str else cell(value) for value in values]
            row += 1
    except (sqlite3.Error, ValueError) as error:
        raise InputError(Problem(where, first_line(error), row=row)) from error
