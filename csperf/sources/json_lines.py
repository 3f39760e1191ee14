"""Rows of a file with one JSON object a line, every value as the text it was written with."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NoReturn

import pyarrow as pa
from pandas import DataFrame

from csperf.errors import InputError, Problem, shown
from csperf.params import Source
from csperf.sources.text import decoded

AT_A_TIME = 50_000  # lines that are held as Python objects
ONE_OBJECT = "write one JSON object a line, each value text, a number, true, false or null"
ROW = "\0"  # no key can be called that
NO_TEXT = re.compile("[\0\ud800-\udfff]")


def read_json_lines(path: Path, source: Source) -> DataFrame:
    """Values by key, the index the number of the line; a key that a line lacks is unknown.

    Python's own parser: the others pass over a repeated key or take NaN, or round long numbers.
    """
    problems: list[Problem] = []
    objects = _objects(decoded(path, source.encoding), str(path), problems)
    parts = []
    while part := list(islice(objects, AT_A_TIME)):
        names = dict.fromkeys(name for values in part for name in values)
        kinds = {name: pa.int64() if name == ROW else pa.string() for name in names}
        parts.append(pa.Table.from_pylist(part, pa.schema(kinds.items())))
    if problems:
        raise InputError(problems)
    if all(part.column_names == [ROW] for part in parts):
        raise InputError(Problem(str(path), "nothing in it", ONE_OBJECT))
    whole = pa.concat_tables(parts, promote_options="default")
    return whole.to_pandas().set_index(ROW).rename_axis(None)


def _objects(text: str, where: str, problems: list[Problem]) -> Iterator[dict[str, Any]]:
    """The objects of the lines, with the number of the line; what is none goes to `problems`."""
    for row, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                found = _object(line)
            except ValueError as error:
                problems.append(Problem(where, f"{error} in {shown(line)}", ONE_OBJECT, row))
            else:
                found[ROW] = row
                yield found


def _object(line: str) -> dict[str, Any]:
    """Values of one line; ValueError says what is wrong with it."""
    try:
        found = STRICT.decode(line)
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON ({error.msg}, character {error.pos + 1})") from error
    except RecursionError:
        raise ValueError("values inside values") from None
    if not isinstance(found, dict):
        raise ValueError("no object")
    for name, value in found.items():
        if value is True or value is False:
            found[name] = str(value).lower()
        elif not (value is None or isinstance(value, str)):
            raise ValueError(f"values inside the value of {shown(name)}")
    if "\\u" in line and any(NO_TEXT.search(f"{name}{text}") for name, text in found.items()):
        raise ValueError("a NUL or half a character")
    return found


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in values if names.count(name) > 1)
        raise ValueError(f"the key {shown(twice)} stands twice")
    return values


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name}, which is no number,")


STRICT = json.JSONDecoder(
    object_pairs_hook=_distinct, parse_constant=_no_number, parse_int=str, parse_float=str
)
