"""DuckDB as the engine of the facts: tables in memory, in Parquet files, or as relations."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import narwhals.stable.v2 as nw
import pyarrow as pa
from pandas import CategoricalDtype, DataFrame

from csperf.errors import InputError, Problem
from csperf.indicators.exact import Join, whole
from csperf.tables import Column

# What is beyond it goes to disk: three times what the files hold, measured to be enough.
LEAST_MEMORY, MEMORY_PER_BYTE = 1_300_000_000, 3
TYPES = {
    "id": "VARCHAR",
    "text": "VARCHAR",
    "number": "DOUBLE",
    "count": "BIGINT",
    "flag": "BOOLEAN",
    "time": "TIMESTAMPTZ",
    "date": "DATE",
}
MOST_CATEGORIES = 1_000  # sorted and grouped faster than text, but told all of them in each step


class DuckEngine:
    """One DuckDB connection; what does not fit into memory goes to a folder of its own."""

    wide = nw.Int128

    def __init__(self, zone: str) -> None:
        self._spill = tempfile.TemporaryDirectory(prefix="csperf-")
        self._duck = duckdb.connect(config={"temp_directory": self._spill.name})
        self._bytes = 0
        self._duck.execute("set preserve_insertion_order = false")
        self._duck.execute(f"set timezone = '{zone}'")  # of times that name none

    def close(self) -> None:
        """Forget everything, on disk too."""
        self._duck.close()
        self._spill.cleanup()

    def table(
        self, name: str, source: Any, columns: Sequence[Column], key: str | None = None
    ) -> tuple[nw.LazyFrame, list[str]]:
        """The declared columns of a DataFrame, Parquet files or a relation; absent ones empty."""
        there = self._offer(f"raw_{name}", source)
        cells = [_cell(column, column.name in there) for column in columns]
        cells += [f"hash({key}) as {key}_key"] if key else []
        self._duck.execute(f"create view in_{name} as select {', '.join(cells)} from raw_{name}")
        return nw.from_native(self._duck.table(f"in_{name}")), there

    def tells_apart(self, name: str, key: str) -> bool:
        """Whether a table has as many keys as ids."""
        keys, rows = self._fetched(f"select count(distinct {key}_key), count(*) from in_{name}")
        ids = f"select count(*) from (select distinct {key} from in_{name})"
        return bool(keys == rows or self._fetched(ids)[0] == keys)

    def number(self, ids: Sequence[str]) -> None:
        """Know the ids by their place in the list, from 1."""
        listed = ", ".join(f"'{id}'" for id in (id.replace("'", "''") for id in ids or [""]))
        type = "writer" if len(ids) <= MOST_CATEGORIES else "varchar"
        self._duck.execute(f"create type if not exists writer as enum ({listed})")
        self._duck.execute(f"set variable writers = cast([{listed}] as {type}[])")

    def numbered(self, rows: nw.LazyFrame, column: str, number: str) -> nw.LazyFrame:
        """The rows with the numbers of the ids in a column; None for all others."""
        place = f"cast(enum_code(try_cast({column} as writer)) as bigint) + 1"
        return nw.from_native(rows.to_native().project(f"*, {place} as {number}"))

    def named(self, rows: nw.LazyFrame, number: str, column: str) -> nw.LazyFrame:
        """The rows with the ids that a column numbers."""
        name = f"getvariable('writers')[{number}]"
        return nw.from_native(rows.to_native().project(f"*, {name} as {column}"))

    def spans(self, columns: Mapping[str, Sequence[Column]]) -> dict[str, list[int | None]]:
        """{table: the first and the last millisecond or day of each column}; None where empty."""
        if not columns:
            return {}
        lists = [_ends(name, mine) for name, mine in columns.items()]
        found = self._fetched(f"select {', '.join(lists)}")
        return dict(zip(columns, found, strict=True))

    def keep(self, name: str, rows: nw.LazyFrame) -> nw.LazyFrame:
        """The rows, computed now and kept for whoever asks again."""
        rows.to_native().create(name)
        return nw.from_native(self._duck.table(name))

    def small(self, name: str, frame: DataFrame) -> nw.LazyFrame:
        """A small frame beside the tables, to join with."""
        self._duck.register(name, frame)
        return nw.from_native(self._duck.table(name))

    def join(
        self, rows: nw.LazyFrame, others: nw.LazyFrame, on: Sequence[str], how: Join
    ) -> nw.LazyFrame:
        """Rows with others that have the same keys; Narwhals would take five steps to it."""
        left, right = rows.to_native(), others.to_native()
        if left.alias == right.alias:
            right = right.set_alias("others")
        return nw.from_native(left.join(right, ", ".join(on), how))

    def exchange(self, kept: nw.LazyFrame, others: nw.LazyFrame, key: str) -> nw.LazyFrame:
        """Kept rows with others in the place of all those that have the same keys."""
        table = kept.to_native().alias
        others.select(kept.collect_schema().names()).to_native().create(f"{table}_others")
        self._duck.execute(f"delete from {table} where {key} in (select {key} from {table}_others)")
        self._duck.execute(f"insert into {table} select * from {table}_others")
        self._duck.execute(f"drop table {table}_others")
        return kept

    def told(self, sql: str, **rows: nw.LazyFrame) -> nw.LazyFrame:
        """What SQL says of rows, which it names in braces."""
        return nw.from_native(self._duck.sql(_about(sql, rows)))

    def query(self, sql: str, **rows: nw.LazyFrame) -> DataFrame:
        """The same as pandas, in one step."""
        return _texts(self._duck.execute(_about(sql, rows)).df())

    def collect(self, rows: nw.LazyFrame) -> DataFrame:
        """The rows as pandas."""
        return _texts(rows.to_native().df())

    def _fetched(self, query: str) -> Any:
        """The one row that a query gives."""
        return self._duck.execute(query).fetchall()[0]

    def _make_room(self, path: Path) -> None:
        """Let the engine use memory in proportion to the files that it reads."""
        self._bytes += _size(path)
        limit = max(LEAST_MEMORY, MEMORY_PER_BYTE * self._bytes)
        self._duck.execute(f"set memory_limit = '{limit // 1_000_000}MB'")

    def _offer(self, view: str, source: Any) -> list[str]:
        """Make a source the view of that name; the names of its columns."""
        if isinstance(source, str | Path):
            files = str(Path(source) / "**/*.parquet" if Path(source).is_dir() else source)
            options = "union_by_name = true, hive_types_autocast = false"
            quoted = files.replace("'", "''")
            self._make_room(Path(source))
            try:
                self._duck.execute(
                    f"create view {view} as select * from read_parquet('{quoted}', {options})"
                )
            except duckdb.Error as error:
                found = str(error).strip().splitlines()[0]
                raise InputError(Problem(str(source), found, "give Parquet files")) from error
        else:
            self._duck.register(view, _as_arrow(source))
            return list(source.columns)
        return self._duck.table(view).columns


def _about(sql: str, rows: Mapping[str, nw.LazyFrame]) -> str:
    """SQL with the rows that it names in braces."""
    return sql.format(**{name: f"({each.to_native().sql_query()})" for name, each in rows.items()})


def _texts(frame: DataFrame) -> DataFrame:
    """A frame with text in the place of categories."""
    for name, type in frame.dtypes.items():
        if isinstance(type, CategoricalDtype):
            frame[name] = frame[name].astype("str")
    return frame


def _as_arrow(source: Any) -> Any:
    """A relation or a frame as Arrow, which DuckDB need not look into in every step.

    What a frame holds as Python objects stays: of these DuckDB finds out more than Arrow.
    """
    if isinstance(source, duckdb.DuckDBPyRelation):
        return source.to_arrow_table()
    if isinstance(source, DataFrame) and not any(source.dtypes == "object"):
        return pa.Table.from_pandas(source, preserve_index=False)
    return source


def _ends(name: str, columns: Sequence[Column]) -> str:
    """A list of the first and the last of each column of a table."""
    cells = [_whole(c, f"{end}({_typed(c)})") for c in columns for end in ("min", "max")]
    return f"(select [{', '.join(cells)}] from raw_{name})"


def _size(path: Path) -> int:
    """Bytes of a file, or of the files below a folder; 0 where there is none."""
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


def _cell(column: Column, given: bool) -> str:
    """A column in its type; times in milliseconds and dates in days since 1970."""
    name = whole(column) if column.type in ("time", "date") else column.name
    return f'{_whole(column, _typed(column, given))} as "{name}"'


def _typed(column: Column, given: bool = True) -> str:
    name = f'"{column.name}"' if given else "null"
    return f"cast({name} as {TYPES[column.type]})"


def _whole(column: Column, cell: str) -> str:
    """A time or date as a whole number, anything else as it is."""
    match column.type:
        case "time":
            return f"epoch_ms({cell})"
        case "date":
            return f"date_diff('day', date '1970-01-01', {cell})"
        case _:
            return cell
