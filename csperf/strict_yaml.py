"""YAML read without its surprises: what looks wrong is an error that names the place."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from csperf.errors import InputError, OutputError, Problem

MAX_BYTES = 1_000_000
MAX_DEPTH = 20

Model = TypeVar("Model", bound=BaseModel)


class _StrictLoader(yaml.SafeLoader):
    """A safe loader that refuses repeated keys, aliases and anchors."""

    file = ""

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.events.AliasEvent) or getattr(event, "anchor", None):
            raise self.problem(event.start_mark, "an alias or anchor", "write the value out")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)  # type: ignore[no-untyped-call]
            if not isinstance(key, str):
                raise self.problem(
                    key_node.start_mark, f"the key {key!r} is not text", "put it in quotes"
                )
            if key in seen:
                raise self.problem(key_node.start_mark, f"the key '{key}' stands twice", "keep one")
            seen.add(key)
        return super().construct_mapping(node, deep=deep)

    def problem(self, mark: Any, found: str, expected: str) -> InputError:
        return InputError(Problem(f"{self.file}, line {mark.line + 1}", found, expected))


_StrictLoader.add_constructor(
    yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG,
    lambda loader, node: loader.construct_mapping(node, deep=True),
)


def read_yaml(path: Path) -> Any:
    """Content of one YAML file as plain lists, dicts, text and numbers.

    Raises InputError for repeated keys, aliases, anchors, keys that are not text, numbers that are
    not finite, files over 1 MB or nested deeper than 20; OutputError if the file cannot be read.
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
        data = loader.get_single_data()  # type: ignore[no-untyped-call]
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise InputError(Problem(f"{path}{line}", f"not YAML: {error.problem}")) from error
    except RecursionError:
        raise InputError(Problem(str(path), "nested too deeply", "at most 20 levels")) from None
    finally:
        loader.dispose()  # type: ignore[no-untyped-call]
    problems = list(_odd_values(data, str(path), "", 0))
    if problems:
        raise InputError(problems)
    return data


def _odd_values(value: Any, file: str, at: str, depth: int) -> list[Problem]:
    """Values that YAML made of text, or that no JSON could hold."""
    if depth > MAX_DEPTH:
        return [Problem(f"{file}: {at}", "nested too deeply", "at most 20 levels")]
    if isinstance(value, dict):
        pairs = [(f"{at}.{key}" if at else key, child) for key, child in value.items()]
    elif isinstance(value, list):
        pairs = [(f"{at}[{index}]", child) for index, child in enumerate(value)]
    elif isinstance(value, float) and not math.isfinite(value):
        return [Problem(f"{file}: {at}", f"{value} is not a finite number")]
    else:
        return []
    return [
        problem for place, child in pairs for problem in _odd_values(child, file, place, depth + 1)
    ]


def read_model(path: Path, model: type[Model]) -> Model:
    """One YAML file as a validated model; every problem is listed with its path in the file."""
    data = read_yaml(path)
    if not isinstance(data, dict):
        raise InputError(Problem(str(path), "no mapping at the top", "write 'key: value' lines"))
    try:
        return model.model_validate(data, context={"folder": path.parent})
    except ValidationError as error:
        raise InputError([_problem(path, detail) for detail in error.errors()]) from error


def _problem(path: Path, detail: Any) -> Problem:
    steps = [step for step in detail["loc"] if not str(step).startswith("function-")]
    at = ".".join(f"[{step}]" if isinstance(step, int) else str(step) for step in steps)
    at = at.replace(".[", "[")
    where = f"{path}: {at}" if at else str(path)
    kind, found = detail["type"], detail.get("input")
    if kind == "extra_forbidden":
        known = (detail.get("ctx") or {}).get("known", "")
        return Problem(where, "unknown key", f"it takes {known}" if known else "check its spelling")
    if kind == "missing":
        return Problem(where, "missing", "add it")
    if kind == "string_type" and isinstance(found, bool | int | float | date):
        return Problem(where, f"{found!r} was read as a {type(found).__name__}", "put it in quotes")
    if kind in ("value_error", "assertion_error"):
        return Problem(where, str(detail["ctx"]["error"]))
    return Problem(where, f"found {found!r}", detail["msg"][0].lower() + detail["msg"][1:])
