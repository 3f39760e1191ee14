"""Spark as the engine of the facts, for tables beyond one machine; the numbers are DuckDB's.

What lies in memory takes its types from DuckDB, so that only whole numbers, text and flags reach
Spark. Spark's own frames and files are held to the declared types instead: where DuckDB would
fail on a value, Spark may cast it to nothing without a word.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw
import pyarrow as pa
from pandas import DataFrame, Series
from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import Column as Cells
from pyspark.sql import DataFrame as Frame
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from csperf.errors import InputError, Problem
from csperf.indicators.duck import DuckEngine
from csperf.indicators.exact import Join, whole
from csperf.tables import Column

WHOLE = ("byte", "short", "integer", "long")
FLOATING = ("float", "double")
TAKES = {
    "id": ("string", *WHOLE),
    "text": ("string", *WHOLE),
    "number": (*WHOLE, *FLOATING, "decimal"),
    "count": (*WHOLE, *FLOATING, "decimal"),
    "flag": ("boolean",),
    "time": ("timestamp", "timestamp_ntz"),
    "date": ("date", "timestamp_ntz"),
}
TYPES = {"id": "string", "text": "string", "number": "double", "count": "bigint", "flag": "boolean"}
STRICT = "spark.sql.ansi.enabled"
NOTHING = "void"  # the type of a column in which everything is unknown
NO_VALUE = "__HIVE_DEFAULT_PARTITION__"  # how a folder says so


class SparkEngine:
    """A Spark session that somebody else has started and will stop; its settings stay as they are.

    Times without a zone are the department's. In an hour that its clocks go through twice, those of
    Spark's frames and files are taken for the first, those in memory, as on DuckDB, for the second.
    """

    wide = nw.Decimal(38, 0)

    def __init__(self, session: SparkSession, zone: str) -> None:
        if session.conf.get(STRICT) != "true":
            found = "it is off, and numbers that are too large would be cut without a word"
            raise InputError(Problem(STRICT, found, "set it to true"))
        self._session = session
        self._zone = zone
        self._memory = DuckEngine(zone)
        self._tables: dict[str, Frame] = {}
        self._kept: list[Frame] = []

    def close(self) -> None:
        """Give back the memory of what was kept."""
        self._memory.close()
        for frame in self._kept:
            frame.unpersist()

    def table(
        self, name: str, source: Any, columns: Sequence[Column], key: str | None = None
    ) -> tuple[nw.LazyFrame, list[str]]:
        """The declared columns of a frame or of Parquet files; absent ones empty."""
        frame, there = self._declared(name, source, columns)
        self._tables[name] = frame.withColumn(f"{key}_key", F.xxhash64(key)) if key else frame
        return nw.from_native(self._tables[name]), there

    def tells_apart(self, name: str, key: str) -> bool:
        """Whether a table has as many keys as ids."""
        keys, ids = (self._tables[name].select(c).distinct().count() for c in (f"{key}_key", key))
        return keys == ids

    def number(self, ids: Sequence[str]) -> None:
        """Know the ids by their place in the list, from 1."""
        writers = DataFrame({"writer": Series(ids, dtype="str"), "number": range(1, len(ids) + 1)})
        self._writers = self.small("writers", writers)

    def numbered(self, rows: nw.LazyFrame, column: str, number: str) -> nw.LazyFrame:
        """The rows with the numbers of the ids in a column; None for all others."""
        numbers = self._writers.rename({"number": number})
        return rows.join(numbers, left_on=column, right_on="writer", how="left")

    def named(self, rows: nw.LazyFrame, number: str, column: str) -> nw.LazyFrame:
        """The rows with the ids that a column numbers."""
        names = self._writers.rename({"writer": column})
        return rows.join(names, left_on=number, right_on="number", how="left")

    def _declared(
        self, name: str, source: Any, columns: Sequence[Column]
    ) -> tuple[Frame, list[str]]:
        if isinstance(source, str | Path):
            source = self._files(str(source))
        if not isinstance(source, Frame):
            rows, there = self._memory.table(name, source, columns)
            table = rows.collect(backend="pyarrow").to_native()
            return self._session.createDataFrame(table), there
        types = {field.name: field.dataType.typeName() for field in source.schema}
        _check(name, columns, types)
        # Spark would take Amount for amount; what is not declared gives up its name.
        declared = {column.name for column in columns}
        names = [n if n in declared else f"_{place}" for place, n in enumerate(source.columns)]
        cells = [_cell(column, types.get(column.name, NOTHING), self._zone) for column in columns]
        return source.toDF(*names).select(*cells), source.columns

    def spans(self, columns: Mapping[str, Sequence[Column]]) -> dict[str, list[int | None]]:
        """{table: the first and the last millisecond or day of each column}; None where empty."""
        ends = {
            name: [end(whole(column)) for column in mine for end in (F.min, F.max)]
            for name, mine in columns.items()
        }
        return {
            name: list(self._tables[name].agg(*mine).first() or ()) for name, mine in ends.items()
        }

    def keep(self, name: str, rows: nw.LazyFrame) -> nw.LazyFrame:
        """The rows, computed now and kept for whoever asks again, on disk where memory ends."""
        frame = rows.to_native().persist()
        self._kept.append(frame)
        frame.count()  # else they would be computed once more when what they are made of is dropped
        return nw.from_native(frame)

    def small(self, name: str, frame: DataFrame) -> nw.LazyFrame:
        """A small frame beside the tables, sent to every machine."""
        categories = frame.columns[frame.dtypes == "category"]
        texts = frame.astype(dict.fromkeys(categories, "str"))
        table = pa.Table.from_pandas(texts, preserve_index=False)
        return nw.from_native(F.broadcast(self._session.createDataFrame(table)))

    def join(
        self, rows: nw.LazyFrame, others: nw.LazyFrame, on: Sequence[str], how: Join
    ) -> nw.LazyFrame:
        """Rows with others that have the same keys."""
        return rows.join(others, on=list(on), how=how)

    def exchange(self, kept: nw.LazyFrame, others: nw.LazyFrame, key: str) -> nw.LazyFrame:
        """Kept rows with others in the place of all those that have the same keys."""
        names = kept.collect_schema().names()
        mixed = nw.concat([kept.join(others, on=key, how="anti"), others.select(names)])
        exchanged = self.keep("", mixed)
        kept.to_native().unpersist()
        return exchanged

    def told(self, sql: str, **rows: nw.LazyFrame) -> nw.LazyFrame:
        """What SQL says of rows, which it names in braces."""
        frames = {name: each.to_native() for name, each in rows.items()}
        return nw.from_native(self._session.sql(sql.replace('"', "`"), **frames))

    def query(self, sql: str, **rows: nw.LazyFrame) -> DataFrame:
        """The same as pandas."""
        return self.collect(self.told(sql, **rows))

    def collect(self, rows: nw.LazyFrame) -> DataFrame:
        """The rows as pandas, in the types that DuckDB gives them."""
        return self._memory.collect(self._memory.small("collected", rows.to_native().toArrow()))

    def _files(self, path: str) -> Frame:
        """Rows of a Parquet file, or of all in a folder and the folders in it.

        A folder `team_id=007` gives the rows below it a column of text; Spark itself would take a
        number out of its name, and pass over folders that are named otherwise.
        """
        wanted = "*" if Path(path).suffix else "*.parquet"
        read = self._session.read.options(
            recursiveFileLookup=True, mergeSchema=True, pathGlobFilter=wanted
        )
        try:
            frame = read.parquet(path)
        except (PySparkException, Py4JError) as error:
            found = str(getattr(error, "java_exception", error)).splitlines()[0]
            raise InputError(Problem(path, found, "give Parquet files")) from error
        folders = {folder for file in frame.inputFiles() for folder in file.split("/")[:-1]}
        named = {folder.partition("=")[0] for folder in folders if "=" in folder}
        return frame.withColumns({name: _in_path(name) for name in named})


def _check(name: str, columns: Sequence[Column], types: Mapping[str, str]) -> None:
    """Refuse types of Spark that the declared ones cannot be made of without guessing."""
    problems = [
        Problem(
            f"table '{name}'",
            f"Spark's type is {types[column.name]}",
            f"give {' or '.join(TAKES[column.type])}",
            column=column.name,
        )
        for column in columns
        if types.get(column.name, NOTHING) not in (NOTHING, *TAKES[column.type])
    ]
    if problems:
        raise InputError(problems)


def _cell(column: Column, type: str, zone: str) -> Cells:
    """A column in its type; times in milliseconds and dates in days since 1970."""
    cell = F.lit(None) if type == NOTHING else F.col(column.name)
    if type in FLOATING:
        cell = F.when(~F.isnan(cell), cell)
    if column.type == "count" and type not in WHOLE:
        cell = F.round(cell)
    if column.type == "date":
        return F.unix_date(cell.cast("date")).cast("bigint").alias(whole(column))
    if column.type == "time":
        if type == "timestamp_ntz":
            cell = F.concat(cell.cast("string"), F.lit(f" {zone}"))
        return F.unix_millis(cell.cast("timestamp")).alias(whole(column))
    return cell.cast(TYPES[column.type]).alias(column.name)


def _in_path(name: str) -> Cells:
    """The value that a folder `name=value` above a file gives; escaped as in a URL, twice over."""
    value = F.regexp_extract(F.col("_metadata.file_path"), f"/{re.escape(name)}=([^/]*)/", 1)
    for _ in range(2):
        value = F.url_decode(F.replace(value, F.lit("+"), F.lit("%2B")))
    return F.when(~value.isin("", NO_VALUE), value)
