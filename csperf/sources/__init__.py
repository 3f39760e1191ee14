"""From a department's raw exports to checked tables; nothing is dropped, clipped or guessed.

The steps of one table, in this order: read every cell as it stands, `query` (readers.py, and a
module for each kind of source), rename (`columns`), take blanks off cells, recode (`values`),
choose a row per key (`keep`), give types (`formats`, `timezone`), check (rows.py). Whatever is left
out is a row of data_quality.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
from pandas import DataFrame

from csperf.errors import InputError, OutputError, Problem, meant
from csperf.params import Params, Source
from csperf.sources.filled_forms import filled_rows, in_their_cells, read_filled
from csperf.sources.inputs import InputFile
from csperf.sources.parquet_files import in_their_parts
from csperf.sources.readers import input_of, read_rows
from csperf.sources.rows import prepare
from csperf.strict_yaml import validated
from csperf.tables import (
    INPUT_TABLES,
    Table,
    check_together,
    in_one_currency,
    quality_frame,
)

__all__ = [
    "InputFile",
    "Tables",
    "in_their_files",
    "input_of",
    "prepare",
    "read_frame",
    "read_source",
    "read_tables",
]


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
        table's key, each under its number in the file; `.quality` has data_quality rows, `.files`
        the hash of every file read.

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
        source, folder = unit.sources[name], params.path.parent
        zone = source.timezone or params.zone(unit)
        try:
            frame, counted, file = read_source(source, INPUT_TABLES[name], zone, folder)
        except InputError as error:
            problems += error.problems
        except OutputError as error:
            advice = "give its path from the folder of the params file"
            problems.append(Problem(str(folder / source.address), str(error), advice))
        else:
            frames[name], files[file.path] = frame, file
            quality.append(counted)
    if problems:
        raise InputError(problems)
    try:
        frames = in_one_currency(frames, params.zone(unit) or "UTC")
        quality.append(check_together(frames, unit.exported_on))
    except InputError as error:
        raise InputError(in_their_files(error.problems, params, department)) from error
    return Tables(frames, pd.concat(quality, ignore_index=True), files.values())


def in_their_files(
    problems: Iterable[Problem], params: Params, department: str
) -> Iterator[Problem]:
    """Problems found in a department's tables after reading, by the file that each came from."""
    unit, folder = params.department(department), params.path.parent
    for problem in problems:
        source = unit.sources.get(problem.where)
        if source is None:
            yield problem
        else:
            named = [replace(problem, where=source.place(folder))]
            yield from _placed(named, source, folder, INPUT_TABLES[problem.where])


def read_source(
    source: Source, table: Table, zone: str | None, folder: Path = Path()
) -> tuple[DataFrame, DataFrame, InputFile]:
    """One table from one source, checked; its data_quality rows; what it was read from."""
    if source.forms:
        return *read_filled(source, table, zone, folder), input_of(source, table, folder)
    rows, file = read_rows(source, table, folder)
    try:
        return *prepare(rows, source, table, zone, source.place(folder)), file
    except InputError as error:
        raise InputError(_placed(error.problems, source, folder, table)) from error


def _placed(
    problems: list[Problem], source: Source, folder: Path, table: Table
) -> Iterable[Problem]:
    """Problems of a source's rows; of a folder by the part, of forms by the cell each is in."""
    if source.forms:
        return in_their_cells(problems, filled_rows(folder / source.forms, table))
    path = folder / source.path
    if source.query or source.database or not path.is_dir():
        return problems
    return in_their_parts(problems, path)


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
