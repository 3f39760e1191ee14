"""Settings files: YAML without its surprises, into models that refuse what cannot be meant."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from csperf.errors import InputError, OutputError, Problem, meant, shown

MAX_BYTES = 1_000_000
MAX_DEPTH = 20
TEXT = "tag:yaml.org,2002:str"
PLAIN_NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]*)?(\.[0-9]*)?([eE][-+]?[0-9]+)?")

# What would do, by pydantic's kind of error; its own words serve for the others.
EXPECTED = {
    "missing": "add it",
    "tuple_type": "write a list",
    "too_short": "write at least {min_length} values",
    "too_long": "write at most {max_length} values",
    "dict_type": "write 'key: value' lines",
    "model_type": "write 'key: value' lines",
    "union_tag_not_found": "add {discriminator}",
    "union_tag_invalid": "its {discriminator} is one of {expected_tags}",
    "literal_error": "write {expected}",
    "string_type": "write text",
    "string_too_short": "write some text",
    "string_too_long": "write at most {max_length} characters",
    "string_pattern_mismatch": "write text of the form {pattern}",
    "float_type": "write a number, without quotes",
    "int_type": "write a whole number, without quotes",
    "greater_than": "it must be above {gt:g}",
    "greater_than_equal": "it must be at least {ge:g}",
    "less_than": "it must be below {lt:g}",
    "less_than_equal": "it must be at most {le:g}",
    "bool_type": "write true or false",
    "date_type": "write a day such as 2026-10-31, without quotes",
}

Model = TypeVar("Model", bound=BaseModel)


def _tidy(text: str) -> str:
    if text != text.strip() or not text.isprintable():
        raise ValueError("an id has no blanks around it and no invisible characters")
    return text


Id = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_tidy)]
Count = Annotated[int, Field(ge=1)]


class Strict(BaseModel):
    """A frozen model that names the keys it takes when it meets one it does not."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        known = sorted(cls.model_fields)
        unknown = [f"'{key}'{meant(key, known)}" for key in data if key not in known]
        if unknown:
            raise ValueError(f"unknown key {', '.join(unknown)}; it takes {', '.join(known)}")
        return data


class _StrictLoader(yaml.SafeLoader):
    """A safe loader that refuses repeated keys, aliases, anchors, tags and odd numbers."""

    file = ""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event = self.peek_event()
        if (
            isinstance(event, yaml.AliasEvent)
            or getattr(event, "anchor", None)
            or getattr(event, "tag", None)
        ):
            raise self.problem(event, "an alias, anchor or tag", "write the value out")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.tag != TEXT:
                name = key.value if isinstance(key, yaml.ScalarNode) else "[...]"
                raise self.problem(key, f"the key {name} is not text", "put it in quotes")
            if key.value in seen:
                raise self.problem(key, f"the key '{key.value}' stands twice", "keep one")
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            value = super().construct_object(node, deep=deep)
        except ValueError:
            found = f"{shown(node.value)} can be read neither as a number nor as a day"
            raise self.problem(node, found, "put it in quotes") from None
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if number and math.isfinite(value) and not PLAIN_NUMBER.fullmatch(node.value):
            found = f"{node.value} would be read as the number {value}"
            raise self.problem(node, found, "put it in quotes, or write the number plainly")
        return value

    def construct_tuple(self, node: yaml.SequenceNode) -> tuple[Any, ...]:
        return tuple(self.construct_sequence(node, deep=True))

    def problem(self, at: yaml.Node | yaml.Event, found: str, expected: str) -> InputError:
        line = at.start_mark.line + 1 if at.start_mark else 1
        return InputError(Problem(f"{self.file}, line {line}", found, expected))


# Lists become tuples, because a frozen model is validated without converting anything.
_StrictLoader.add_constructor(
    yaml.resolver.BaseResolver.DEFAULT_SEQUENCE_TAG, _StrictLoader.construct_tuple
)


def read_yaml(path: Path) -> Any:
    """Content of one YAML file as plain tuples, dicts, text, numbers and days.

    Raises InputError for repeated keys, aliases, anchors, tags, keys that are not text, numbers
    that are not finite or not written plainly (12:30, 007), files over 1 MB or nested deeper than
    20; OutputError if the file cannot be read.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise OutputError(f"{path}: cannot be read ({error.strerror})") from error
    if len(content) > MAX_BYTES:
        raise InputError(Problem(str(path), f"{len(content):,} bytes", "at most 1 MB is read"))
    try:
        loader = _StrictLoader(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, yaml.reader.ReaderError) as error:
        raise InputError(Problem(str(path), f"not UTF-8 text ({error.reason})")) from error
    loader.file = str(path)
    try:
        data = loader.get_single_data()
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise InputError(Problem(f"{path}{line}", f"not YAML: {error.problem}")) from error
    except RecursionError:
        raise InputError(Problem(str(path), "nested too deeply", "at most 20 levels")) from None
    finally:
        loader.dispose()
    problems = list(_odd_values(data, str(path), "", 0))
    if problems:
        raise InputError(problems)
    return data


def _odd_values(value: Any, file: str, at: str, depth: int) -> Iterator[Problem]:
    """Values that no number, text or depth of a settings file can be."""
    where = f"{file}: {at}"
    if depth > MAX_DEPTH:
        yield Problem(where, "nested too deeply", "at most 20 levels")
    elif isinstance(value, dict):
        for key, child in value.items():
            yield from _odd_values(child, file, f"{at}.{key}" if at else key, depth + 1)
    elif isinstance(value, tuple):
        for index, child in enumerate(value):
            yield from _odd_values(child, file, f"{at}[{index}]", depth + 1)
    elif isinstance(value, float) and not math.isfinite(value):
        yield Problem(where, f"{value} is not a finite number")
    elif isinstance(value, str) and "\0" in value:
        yield Problem(where, "text with a NUL character", "take it out")


def read_model(path: Path, model: type[Model]) -> Model:
    """One YAML file as a validated model; every problem is listed with its path in the file.

    Nothing is converted: a number in quotes is no number, and 1 is not true.
    """
    data = read_yaml(path)
    if not isinstance(data, dict):
        raise InputError(Problem(str(path), "no mapping at the top", "write 'key: value' lines"))
    return validated(data, model, str(path))


def validated(data: dict[str, Any], model: type[Model], source: str) -> Model:
    """Settings as a model; InputError lists every problem with `source` and its path in there."""
    try:
        return model.model_validate(data, strict=True)
    except ValidationError as error:
        raise InputError([_problem(source, data, detail) for detail in error.errors()]) from error


def _problem(source: str, data: Any, detail: Any) -> Problem:
    place, kind = _place(data, detail["loc"], detail["type"] == "missing"), detail["type"]
    where = f"{source}: {place}" if place else source
    if kind in ("value_error", "assertion_error"):
        return Problem(where, str(detail["ctx"]["error"]))
    context = detail.get("ctx", {})
    found = context.get("tag", detail["input"])
    if kind == "missing":
        return Problem(where, "missing", EXPECTED[kind])
    if kind == "string_type" and isinstance(found, bool | int | float | date):
        kinds = {bool: "a truth value", int: "a number", float: "a number"}
        read_as = f"{kinds.get(type(found), 'a day')} ({found})"
        return Problem(where, f"was read as {read_as}, not as text", "put it in quotes")
    expected = EXPECTED[kind].format(**context) if kind in EXPECTED else detail["msg"]
    return Problem(where, f"found {_named(found)}", expected)


def _named(value: Any) -> str:
    kinds = {dict: "a mapping", tuple: "a list", type(None): "nothing"}
    return kinds.get(type(value)) or (shown(value) if isinstance(value, str) else str(value))


def _place(data: Any, steps: tuple[str | int, ...], missing: bool) -> str:
    """Path in the file: the steps that are there, without those that only the model knows."""
    place = ""
    for step in steps:
        inside = isinstance(data, tuple) and isinstance(step, int)
        if inside or (isinstance(data, dict) and step in data):
            data = data[step]
        elif not (missing and step is steps[-1]):
            continue
        place += f"[{step}]" if inside else f".{step}"
    return place.removeprefix(".")
