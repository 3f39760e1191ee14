"""Files and queries as rows of cells, as they stand; row numbers are those that a person sees."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path

import duckdb
import python_calamine
from pandas import DataFrame, RangeIndex

from csperf.errors import InputError, Problem, shown
from csperf.params import Source
from csperf.sources.rows import check_distinct, column_names, kept_by
from csperf.tables import Table, misspelt

KINDS = (".csv", ".parquet", ".xlsx")
ENCODINGS = ("utf-8", "gb18030", "big5", "cp949", "shift_jis", "utf-16", "cp1252")
ONE_SELECT = "write one SELECT over `source`, the only table it sees"

csv.field_size_limit(2_000_000)  # what DuckDB takes as the longest line


def read_rows(path: Path, source: Source, table: Table, where: str) -> DataFrame:
    """Cells of a CSV, Parquet or XLSX file, or the result of its query.

    The index is the row number in the file, the header being row 1, or else in the result.
    Raises InputError for what cannot be read; OSError if the file cannot be opened.
    """
    kind = path.suffix.lower()
    if kind not in KINDS:
        raise InputError(
            Problem(str(path), f"cannot read '{kind}'", f"give a {' or '.join(KINDS)}")
        )
    frame = _csv(path, source) if kind == ".csv" else None
    frame = _xlsx(path, source) if kind == ".xlsx" else frame
    if frame is not None and source.query is None:
        return frame
    with duckdb.connect() as engine:
        if frame is None:
            _offer_parquet(engine, path)
        else:
            engine.register("source", frame)
        rows = _select(engine, source, table, where)
    return rows.set_axis(RangeIndex(1, len(rows) + 1))


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
    for setting in (
        "timezone = 'UTC'",
        "python_enable_replacements = false",
        "enable_external_access = false",
        "lock_configuration = true",
    ):
        engine.execute(f"set {setting}")
    try:
        if source.query:
            kinds = [statement.type for statement in engine.extract_statements(source.query)]
            if kinds != [duckdb.StatementType.SELECT]:
                raise InputError(Problem(where, "the query is not one SELECT", ONE_SELECT))
            rows = engine.sql(source.query)
        else:
            rows = engine.table("source")
            names = column_names(rows.columns, source, table, where)
            used = {*table.names, *kept_by(source), *misspelt(names, table)}
            theirs = dict.fromkeys(there for ours, there in names.items() if ours in used)
            rows = rows.select(*map(duckdb.ColumnExpression, theirs))
        return rows.to_arrow_table().to_pandas(integer_object_nulls=True)
    except (duckdb.Error, RuntimeError) as error:  # the latter for names that are not UTF-8
        found = f"cannot be {'queried' if source.query else 'read'}: {_first_line(error)}"
        raise InputError(Problem(where, found, ONE_SELECT if source.query else "")) from error


def _csv(path: Path, source: Source) -> DataFrame:
    """Every cell as text; one row that does not fit refuses the file.

    DuckDB's `parallel=false` would pass over everything behind an open quote without a reject.
    """
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as engine:
        copy = Path(folder) / "utf8.csv"
        copy.write_text(_decoded(path, source.encoding), encoding="utf-8", newline="")
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
            raise InputError(Problem(str(path), _first_line(error))) from error
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


def _decoded(path: Path, encoding: str) -> str:
    content = path.read_bytes()
    try:
        return _text(content, encoding)
    except LookupError as error:
        advice = f"write one such as {', '.join(ENCODINGS)}"
        raise InputError(Problem(str(path), f"no encoding is '{encoding}'", advice)) from error
    except UnicodeError as error:
        row = len((content[: getattr(error, "start", 0)] + b".").splitlines())
        fits = ", ".join(name for name in ENCODINGS if _decodes(content, name))
        advice = f"declare encoding: (it decodes under {fits or 'none of the usual'})"
        found = f"bytes that are not {encoding} text"
        raise InputError(Problem(str(path), found, advice, row)) from error


def _text(content: bytes, encoding: str) -> str:
    """Text without a byte order mark, with plain ends of lines and none at the end."""
    text = content.decode(encoding).removeprefix("\ufeff")
    if "\0" in text:
        start = content.find(b"\0")
        raise UnicodeDecodeError(encoding, content, start, start + 1, "NUL")
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")


def _decodes(content: bytes, encoding: str) -> bool:
    try:
        return "\n" in _text(content, encoding)
    except UnicodeError:
        return False


def _header_and_rows(copy: Path, path: Path, delimiter: str) -> tuple[list[str], list[int]]:
    """Column names, and the numbers of the rows below if there are empty lines between them.

    DuckDB passes over empty lines, but a person counts them. A single column may be empty.
    """
    with copy.open(encoding="utf-8", newline="") as stream:
        lines = csv.reader(stream, delimiter=delimiter, skipinitialspace=True)
        try:
            names = _header(next(lines, []), path)
            gaps = len(names) > 1 and b"\n\n" in copy.read_bytes()
            return names, [row for row, cells in enumerate(lines, 2) if cells] if gaps else []
        except csv.Error as error:
            advice = "is a quote left open?"
            raise InputError(Problem(str(path), f"cannot be read ({error})", advice)) from error


def _header(cells: Sequence[str], path: Path) -> list[str]:
    """Column names without blanks around them; a nameless one is called by its place."""
    if not any(cell.strip() for cell in cells):
        raise InputError(Problem(str(path), "nothing in it", "it must name the columns", 1))
    names = [cell.strip() or f"column {place}" for place, cell in enumerate(cells, 1)]
    check_distinct(names, f"{path}, row 1")
    return names


def _xlsx(path: Path, source: Source) -> DataFrame:
    try:
        book = python_calamine.CalamineWorkbook.from_path(str(path))
        sheet = _sheet(book.sheet_names, source.sheet, path)
        rows = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    except (python_calamine.CalamineError, OSError) as error:
        found = f"not an XLSX workbook ({error})"
        raise InputError(Problem(str(path), found, "save it again as .xlsx")) from error
    names = _header([_cell(value) or "" for value in rows[0]] if rows else [], path)
    cells = [[_cell(value) for value in row] for row in rows[1:]]
    index = RangeIndex(2, len(cells) + 2)
    return DataFrame(cells, columns=names, index=index, dtype="str")


def _sheet(there: list[str], wanted: str | None, path: Path) -> str:
    """The sheet that is wanted, or the only one there is."""
    if wanted is None and len(there) == 1:
        return there[0]
    if wanted not in there:
        found = f"no sheet {shown(wanted)}" if wanted else f"it has {len(there)} sheets"
        raise InputError(Problem(str(path), found, f"name one under sheet: {', '.join(there)}"))
    return wanted


def _cell(value: object) -> str | None:
    """A workbook's cell as the text a person would have typed; empty means unknown."""
    if value is None or value == "":
        return None
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, bool):
        return str(value).lower()
    return str(value).removesuffix(".0") if isinstance(value, float) else str(value)


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
