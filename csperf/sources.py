"""From a department's raw exports to checked tables; nothing is dropped, clipped or guessed.

The steps of one table, in this order: read every cell as it stands, `query`, rename (`columns`),
recode (`values`), choose a row per key (`keep`), give types (`formats`, `timezone`), check.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path

import duckdb
import pandas as pd
import python_calamine
from pandas import DataFrame

from csperf.errors import InputError, OutputError, Problem
from csperf.params import Department, Keep, Params, Source
from csperf.parsing import typed
from csperf.tables import (
    INPUT_TABLES,
    Table,
    check,
    check_references,
    quality_frame,
    quality_row,
)

HEADER_ROWS = 1
ENCODINGS = ("gb18030", "big5", "cp949", "shift_jis", "utf-16", "cp1252")


@dataclass(frozen=True)
class InputFile:
    """A file that a run read: its path as written in the params, its hash and size."""

    path: str
    sha256: str
    bytes: int


class Tables(dict[str, DataFrame]):
    """Checked tables by name, with what was counted on the way in and the files they came from."""

    def __init__(
        self,
        frames: dict[str, DataFrame],
        quality: DataFrame | None = None,
        files: Iterable[InputFile] = (),
    ):
        super().__init__(frames)
        self.quality = quality_frame([]) if quality is None else quality
        self.files = tuple(files)


def read_tables(params: Params, department: str, only: Iterable[str] = ()) -> Tables:
    """All tables of one department, checked; `only` some of them if named.

    Returns
    -------
    Tables
        {table name: DataFrame} in the declared columns, times in UTC, rows in the order of the
        table's key; `.quality` has data_quality rows, `.files` the hash of every file read.

    Raises
    ------
    InputError
        Listing every problem of every file with file, row, column, what was found, what would do.
    OutputError
        If a file cannot be read.
    """
    unit, wanted = params.department(department), tuple(only)
    frames, quality, files, problems = {}, [], {}, []
    for name, source in unit.sources.items():
        if wanted and name not in wanted:
            continue
        path = params.file(source)
        try:
            files[source.path] = input_file(path, source.path)
            frame, counted = read_source(
                path, source, INPUT_TABLES[name], _zone(params, unit, source)
            )
        except InputError as error:
            problems += error.problems
        except OutputError as error:
            problems.append(Problem(str(path), str(error)))
        else:
            frames[name] = frame
            quality.append(counted)
    if problems:
        raise InputError(problems)
    quality.append(check_references(frames))
    return Tables(frames, pd.concat(quality, ignore_index=True), files.values())


def read_source(
    path: Path, source: Source, table: Table, zone: str | None
) -> tuple[DataFrame, DataFrame]:
    """One table from one file, checked, and its data_quality rows."""
    where = f"{path}, sheet {source.sheet}" if source.sheet else str(path)
    return prepare(_rows(path, source, table, where), source, table, zone, where)


def prepare(
    raw: DataFrame, source: Source, table: Table, zone: str | None, where: str
) -> tuple[DataFrame, DataFrame]:
    """Rename, recode, choose, type and check rows that are already in memory."""
    frame = _recode(_rename(raw, source, table, where), source.values, where)
    chosen = _choose(frame, source.keep, table, where) if source.keep else frame
    superseded = frame.drop(index=chosen.index)
    values, problems = typed(chosen, table, where, source.formats, zone)
    if problems:
        raise InputError(problems)
    checked = check(values, table, where)
    counted = []
    if len(superseded):
        text = f"superseded by a later row of the same {source.keep.per}" if source.keep else ""
        counted.append(quality_row(table.name, text, superseded, len(frame), table.key))
    key = [name for name in table.key if name in checked.frame]
    ordered = checked.frame.sort_values(key, kind="stable").reset_index(drop=True)
    return ordered, pd.concat([quality_frame(counted), checked.quality], ignore_index=True)


def input_file(path: Path, name: str) -> InputFile:
    """Hash and size of a file, under the name that the params give it."""
    try:
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256")
        return InputFile(name, digest.hexdigest(), path.stat().st_size)
    except OSError as error:
        raise OutputError(f"cannot be read ({error.strerror})") from error


def _zone(params: Params, unit: Department, source: Source) -> str | None:
    return source.timezone or params.zone(unit)


def _rows(path: Path, source: Source, table: Table, where: str) -> DataFrame:
    """Cells as they stand; the index is the row number a person sees, the header being row 1."""
    kind = path.suffix.lower()
    if kind not in (".csv", ".parquet", ".xlsx"):
        advice = "give a .csv, .parquet or .xlsx"
        raise InputError(Problem(str(path), f"cannot read '{kind}'", advice))
    with duckdb.connect() as engine:
        if kind == ".parquet":
            _offer_parquet(engine, path)
        else:
            engine.register("source", _csv(path, source) if kind == ".csv" else _xlsx(path, source))
        frame = _select(engine, source, table, where)
    first = 1 if source.query else HEADER_ROWS + 1
    frame.index = pd.RangeIndex(first, first + len(frame))
    return frame


def _offer_parquet(engine: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Make the file the view `source`, the only file that a query can open."""
    file = str(path).replace("'", "''")
    engine.execute(f"set allowed_paths = ['{file}']")
    try:
        engine.execute(f"create view source as select * from read_parquet('{file}')")
    except duckdb.Error as error:
        raise InputError(Problem(str(path), _first_line(error))) from error


def _select(
    engine: duckdb.DuckDBPyConnection, source: Source, table: Table, where: str
) -> DataFrame:
    """The rows of `query`, one SELECT over `source`; without a query the columns that are used."""
    engine.execute("set python_enable_replacements = false")
    engine.execute("set enable_external_access = false")
    engine.execute("set lock_configuration = true")
    try:
        if source.query:
            kinds = [statement.type for statement in engine.extract_statements(source.query)]
            if kinds != [duckdb.StatementType.SELECT]:
                raise InputError(Problem(where, "the query is not one SELECT", "write one SELECT"))
            return engine.sql(source.query).to_arrow_table().to_pandas()
        there = engine.table("source").columns
        used = {*table.names, *source.columns.values(), *_kept_by(source)}
        complete = set(source.columns.values()) <= set(there)
        names = [name for name in there if name in used] if complete else []
        return (
            engine.table("source")
            .select(*map(_quoted, names or there))
            .to_arrow_table()
            .to_pandas()
        )
    except duckdb.Error as error:
        raise InputError(Problem(where, f"cannot be queried: {_first_line(error)}")) from error


def _csv(path: Path, source: Source) -> DataFrame:
    with tempfile.TemporaryDirectory() as folder:
        text = _as_utf8(path, source.encoding, Path(folder))
        names = _header(text, path, source.delimiter)
        with duckdb.connect() as engine:
            try:
                frame = engine.sql(
                    "select * from read_csv($file, columns=$columns, header=true, delim=$delim,"
                    " auto_detect=false, store_rejects=true, rejects_limit=0)",
                    params={
                        "file": str(text),
                        "columns": dict.fromkeys(names, "VARCHAR"),
                        "delim": source.delimiter,
                    },
                ).df()
            except duckdb.Error as error:
                raise InputError(Problem(str(path), _first_line(error))) from error
            rejects = engine.sql(
                "select line, column_name, error_type, any_value(csv_line) as text"
                " from reject_errors group by all order by line"
            ).fetchall()
    if rejects:
        raise InputError([_reject(path, len(names), *row) for row in rejects])
    return frame


def _reject(path: Path, columns: int, line: int, column: str, kind: str, text: str) -> Problem:
    shown = text if len(text) <= 60 else text[:57] + "..."
    found = f"{kind.lower()} in '{shown}'"
    return Problem(str(path), found, f"a row has {columns} columns", line, column or "")


def _as_utf8(path: Path, encoding: str, folder: Path) -> Path:
    """A copy of a text file in UTF-8 without a byte order mark."""
    wanted = "utf-8-sig" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else encoding
    content = path.read_bytes()
    try:
        text = content.decode(wanted)
    except LookupError as error:
        raise InputError(Problem(str(path), f"no encoding is called '{encoding}'")) from error
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        fits = (
            ", ".join(name for name in ENCODINGS if _decodes(content, name)) or "none of the usual"
        )
        advice = f"declare encoding: (it decodes under {fits})"
        raise InputError(
            Problem(str(path), f"bytes that are not {encoding}", advice, row)
        ) from error
    copy = folder / "utf8.csv"
    copy.write_text(text, encoding="utf-8", newline="")
    return copy


def _decodes(content: bytes, encoding: str) -> bool:
    try:
        codecs.decode(content, encoding)
    except UnicodeError:
        return False
    return True


def _header(text: Path, path: Path, delimiter: str) -> list[str]:
    with text.open(encoding="utf-8", newline="") as stream:
        names = next(csv.reader(stream, delimiter=delimiter), [])
    return _distinct(names, path)


def _distinct(names: list[str], path: Path) -> list[str]:
    if not any(names):
        raise InputError(Problem(str(path), "the file is empty", "its first row names the columns"))
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(Problem(str(path), f"the header names '{twice[0]}' twice", row=1))
    return names


def _kept_by(source: Source) -> tuple[str, ...]:
    return (source.keep.per, source.keep.last_by) if source.keep else ()


def _quoted(name: str) -> duckdb.Expression:
    return duckdb.ColumnExpression(name)


def _xlsx(path: Path, source: Source) -> DataFrame:
    try:
        book = python_calamine.CalamineWorkbook.from_path(str(path))
    except (python_calamine.CalamineError, OSError) as error:
        raise InputError(Problem(str(path), f"not an XLSX workbook ({error})")) from error
    sheet = source.sheet or book.sheet_names[0]
    if sheet not in book.sheet_names:
        there = ", ".join(book.sheet_names)
        raise InputError(Problem(str(path), f"no sheet '{sheet}'", f"there are {there}"))
    rows = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    names = _distinct([str(cell) for cell in rows[0]] if rows else [], path)
    cells = [[_cell(value) for value in row] for row in rows[1:]]
    return DataFrame(cells, columns=names, dtype="str")


def _cell(value: object) -> str | None:
    """A workbook's cell as the text a person would have typed; empty means unknown."""
    if value is None or value == "":
        return None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value)


def _rename(raw: DataFrame, source: Source, table: Table, where: str) -> DataFrame:
    there = list(raw.columns)
    problems = []
    for ours, theirs in source.columns.items():
        if theirs not in there:
            found = f"no column '{theirs}'"
            problems.append(Problem(where, found, f"the file has {', '.join(there)}", column=ours))
        if ours not in table.names and not (source.keep and ours == source.keep.last_by):
            advice = f"it takes {', '.join(table.names)}"
            problems.append(Problem(where, f"{table.name} has no such column", advice, column=ours))
    if problems:
        raise InputError(problems)
    return raw.rename(columns={theirs: ours for ours, theirs in source.columns.items()})


def _recode(frame: DataFrame, values: dict[str, dict[str, str | None]], where: str) -> DataFrame:
    lost = [name for name in values if name not in frame]
    if lost:
        raise InputError(
            [Problem(where, "values: recodes a column that is not there", column=n) for n in lost]
        )
    recoded = {}
    for name, mapping in values.items():
        cells = frame[name].astype("str").where(frame[name].notna())
        recoded[name] = cells.map(lambda cell, mapping=mapping: mapping.get(cell, cell))
    return frame.assign(**recoded)


def _choose(frame: DataFrame, keep: Keep, table: Table, where: str) -> DataFrame:
    """The row with the highest `last_by` for each `per`; of equal ones the one further down."""
    for name in (keep.per, keep.last_by):
        if name not in frame:
            raise InputError(Problem(where, "keep: names a column that is not there", column=name))
    order = pd.to_numeric(frame[keep.last_by], errors="coerce")
    if order.isna().any():
        order = pd.to_datetime(frame[keep.last_by], format="ISO8601", errors="coerce", utc=True)
    bad = frame[order.isna()]
    if len(bad):
        found = f"'{bad[keep.last_by].iloc[0]}' gives no order"
        advice = "keep: needs whole numbers or ISO times in last_by"
        raise InputError(Problem(where, found, advice, bad.index[0], keep.last_by))
    ranked = frame.assign(_order=order).sort_values("_order", kind="stable")
    last = ranked.drop_duplicates(keep.per, keep="last").index
    return frame.loc[last.sort_values()]


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
