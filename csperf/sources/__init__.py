"""From a department's raw exports to checked tables; nothing is dropped, clipped or guessed.

The steps of one table, in this order: read every cell as it stands, `query` (files.py), rename
(`columns`), take blanks off cells, recode (`values`), choose a row per key (`keep`), give types
(`formats`, `timezone`), check (rows.py). Whatever is left out is a row of data_quality.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from pandas import DataFrame

from csperf.errors import InputError, OutputError, Problem, meant
from csperf.params import Params, Source
from csperf.sources.files import read_rows
from csperf.sources.rows import prepare
from csperf.strict_yaml import validated
from csperf.tables import INPUT_TABLES, Table, check_references, quality_frame

__all__ = [
    "InputFile",
    "Tables",
    "input_file",
    "prepare",
    "read_frame",
    "read_source",
    "read_tables",
]


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
        Listing every problem of every file with file, row, column, what was found, what would do;
        a file that cannot be opened is one of them.
    """
    unit = params.department(department)
    wanted = tuple(only) or tuple(unit.sources)
    unknown = [name for name in wanted if name not in unit.sources]
    if unknown:
        where, advice = f"department '{unit.id}'", f"its sources are {', '.join(unit.sources)}"
        raise InputError(Problem(where, f"no source '{unknown[0]}'", advice))
    frames, quality, files, problems = {}, [], {}, []
    for name in wanted:
        source = unit.sources[name]
        path, zone = params.file(source), source.timezone or params.zone(unit)
        try:
            files[source.path] = input_file(path, source.path)
            frame, counted = read_source(path, source, INPUT_TABLES[name], zone)
        except InputError as error:
            problems += error.problems
        except OutputError as error:
            advice = "give its path from the folder of the params file"
            problems.append(Problem(str(path), str(error), advice))
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
    places = (str(path), source.sheet and f"sheet {source.sheet}", source.query and "query")
    where = ", ".join(place for place in places if place)
    return prepare(read_rows(path, source, table, where), source, table, zone, where)


def read_frame(frame: DataFrame, table: str, **how: Any) -> Tables:
    """One table from a DataFrame in memory, read as a file would be.

    Parameters
    ----------
    frame : DataFrame
        Rows as exported; problems are reported with its index.
    table : str
        Name of the input table that it gives.
    how
        columns, values, formats, timezone and keep, as in the params.

    Returns
    -------
    Tables
        The checked table under its name, and in `.quality` what was counted.

    Raises
    ------
    InputError
        Listing every problem with row, column, what was found and what would do.
    """
    if table not in INPUT_TABLES:
        advice = f"there are {', '.join(INPUT_TABLES)}"
        found = f"no table '{table}'{meant(table, INPUT_TABLES)}"
        raise InputError(Problem("read_frame", found, advice))
    source = validated({"path": "DataFrame", **how}, Source, "read_frame")
    checked, counted = prepare(frame, source, INPUT_TABLES[table], source.timezone, "DataFrame")
    return Tables({table: checked}, counted)


def input_file(path: Path, name: str) -> InputFile:
    """Hash and size of a file, under the name that the params give it."""
    try:
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256")
        return InputFile(name, digest.hexdigest(), path.stat().st_size)
    except OSError as error:
        raise OutputError(f"cannot be read ({error.strerror})") from error
