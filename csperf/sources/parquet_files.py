"""Rows of a Parquet file, or of a folder of them that are parts of one table."""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from typing import NoReturn

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from pandas import DataFrame

from csperf.errors import InputError, Problem, shown
from csperf.params import Source
from csperf.sources.query import select
from csperf.sources.text import first_line, quoted
from csperf.tables import Table

HIDDEN = (".", "_")  # how names begin of what other programs note down in the folder


def read_parquet(path: Path, source: Source, table: Table, where: str) -> DataFrame:
    """The columns that are used, or the result of the query.

    A folder `month=2026-10` above a part gives its rows a column of text.
    """
    files = part_files(path)
    columns = _columns(files, path) if path.is_dir() else []
    names = ", ".join(quoted(name) for name in columns) or "*"
    listed = ", ".join(quoted(str(file), "'") for file in files)
    in_folders = bool(_named_by(files[0].relative_to(path)))
    with duckdb.connect() as engine:
        engine.execute(f"set allowed_paths = [{listed}]")
        try:
            engine.execute(
                f"create view source as select {names} from read_parquet([{listed}],"
                f" union_by_name=true, hive_types_autocast=false, hive_partitioning={in_folders})"
            )
        except duckdb.Error as error:
            raise InputError(Problem(str(path), first_line(error))) from error
        return select(engine, source, table, where)


def part_files(path: Path) -> list[Path]:
    """The file itself, or all files of a folder and the folders in it, in the order of their names.

    Raises InputError for what is neither Parquet nor hidden, so that no part is passed over.
    """
    if not path.is_dir():
        return [path]
    files = sorted(_visible(path))
    odd = [file for file in files if file.suffix.lower() != ".parquet" or file.is_dir()]
    if odd or not files:
        found = f"{shown(str(odd[0].relative_to(path)))} is no part" if odd else "nothing in it"
        advice = "a folder of Parquet files holds those and folders of them, no links to folders"
        raise InputError(Problem(str(path), found, advice))
    return files


def in_their_parts(problems: list[Problem], path: Path) -> list[Problem]:
    """Problems of rows of all parts together, by the part each stands in and its row there."""
    files = part_files(path)
    ends = [0, *accumulate(pq.read_metadata(file).num_rows for file in files)]

    def placed(problem: Problem) -> Problem:
        if problem.row is None:
            return problem
        part = bisect_left(ends, problem.row) - 1
        return replace(problem, where=str(files[part]), row=problem.row - ends[part])

    return [placed(problem) for problem in problems]


def _visible(path: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(path, onerror=_raise):
        folders[:] = [name for name in folders if not name.startswith(HIDDEN)]
        links = [name for name in folders if Path(folder, name).is_symlink()]
        yield from (Path(folder, name) for name in [*names, *links] if not name.startswith(HIDDEN))


def _raise(error: OSError) -> NoReturn:
    raise error


def _columns(files: list[Path], path: Path) -> list[str]:
    """Columns that every part has, of one kind; InputError names the parts that differ."""
    known: dict[str, tuple[str, Path]] = {}
    problems = []
    for file in files:
        kinds = _kinds(file, path)
        known = known or {name: (kind, file) for name, kind in kinds.items()}
        for name in sorted(known.keys() ^ kinds.keys()):
            lacking = file if name in known else files[0]
            found = f"column {shown(name)} is not in {lacking.relative_to(path)}"
            problems.append(Problem(str(file), found, "give every part the same columns"))
        for name in known.keys() & kinds.keys():
            kind, first = known[name]
            if kind == NOTHING:
                known[name] = kinds[name], file
            elif kinds[name] not in (kind, NOTHING):
                found = f"{kinds[name]}, but {kind} in {first.relative_to(path)}"
                problems.append(Problem(str(file), found, "write both alike", column=name))
    if problems:
        raise InputError(problems)
    return list(known)


def _kinds(file: Path, path: Path) -> dict[str, str]:
    """{column: what it holds} of one part, those that folders name included."""
    try:
        columns = {field.name: _kind(field.type) for field in pq.read_schema(file)}
    except (pa.ArrowException, OSError) as error:
        found = f"not a Parquet file ({first_line(error)})"
        raise InputError(Problem(str(file), found)) from error
    inside, plain = _named_by(file.relative_to(path)), {name.lower() for name in columns}
    # Once a folder inside gives a column, DuckDB takes those above it too, before the file's own.
    twice = [name for name in _named_by(file) if inside and name.lower() in plain]
    if twice:
        found = f"the column {shown(twice[0])} stands in it and in the name of a folder above it"
        raise InputError(Problem(str(file), found, "keep one"))
    return columns | dict.fromkeys(inside, "text")


def _named_by(file: Path) -> list[str]:
    """Columns that the names of the folders above a file stand for."""
    return [folder.partition("=")[0] for folder in file.parts[:-1] if "=" in folder]


def _kind(type: pa.DataType) -> str:
    """What a column holds; two types of one kind are brought together without loss."""
    kind = type.value_type if pa.types.is_dictionary(type) else type
    return next((name for name, holds in KINDS.items() if holds(kind)), str(kind))


NOTHING = "nothing"
KINDS: dict[str, Callable[[pa.DataType], bool]] = {
    NOTHING: pa.types.is_null,
    "whole numbers": pa.types.is_signed_integer,
    "numbers": pa.types.is_floating,
    "text": lambda kind: pa.types.is_string(kind) or pa.types.is_large_string(kind),
    "times": lambda kind: pa.types.is_timestamp(kind) and kind.tz is None,
    "times with a zone": lambda kind: pa.types.is_timestamp(kind) and kind.tz is not None,
}
