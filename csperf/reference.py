"""The reference that `csperf tables` prints, made from the declarations so that it cannot drift."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Iterable, Iterator
from datetime import date
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from csperf import limits, params, scheme
from csperf.indicators import INDICATORS, Indicator, tables_of
from csperf.runner.files import packaged
from csperf.scheme.sourced import DEFAULT, Sourced
from csperf.strict_yaml import Id
from csperf.tables import INPUT_TABLES, OUTPUT_TABLES, Column, Table

WIDTH, INDENT = 100, 32
ID = FieldInfo.from_annotation(Id).metadata
SOURCED = (
    "Below, (sourced) marks such a value: it stands alone, or under one word for where it comes"
    " from, with `because` if you like. A word with a capital letter is another table of keys. An"
    " id is a name of at most 100 characters. What is optional may be left out."
)
PLAIN: dict[Any, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    date: "day such as 2026-10-31",
    Any: "anything",
}
LIMITS = {
    "ge": " from {}",
    "gt": " above {}",
    "le": " to {}",
    "lt": " below {}",
    "pattern": " of the form {}",
    "max_length": " of at most {} characters",
}


def reference() -> str:
    """Tables with their columns, indicators and their meaning, and what schemes and params take."""
    lines = [
        *_heading("Tables that a department may give"),
        *(line for table in INPUT_TABLES.values() for line in _table(table)),
        *_heading("Tables that csperf writes"),
        *(line for table in OUTPUT_TABLES.values() for line in _table(table)),
        *_heading("Indicators"),
        *_indicators(),
        *_heading("Schemes"),
        *_schemes(),
        *_heading("Params"),
        *(line for module in (params, limits) for model in _models(module) for line in told(model)),
    ]
    return "\n".join(lines).strip()


def _heading(text: str) -> list[str]:
    return ["", text, "=" * len(text)]


def _table(table: Table) -> Iterator[str]:
    yield ""
    yield f"{table.name}: {table.meaning}"
    yield f"  one row for each {' + '.join(table.key)}" if table.key else "  rows have no key"
    for column in table.columns:
        yield f"  {column.name:<28}{column.type:<8}{_meaning(column)}"


def _meaning(column: Column) -> str:
    notes = [
        "required" if column.required else "",
        column.unit,
        "one of " + ", ".join(column.choices) if column.choices else "",
        f"from {column.at_least:g}" if column.at_least is not None else "",
        f"to {column.at_most:g}" if column.at_most is not None else "",
    ]
    told = "; ".join(note for note in notes if note)
    return f"{column.meaning} ({told})" if told else column.meaning


def _indicators() -> Iterator[str]:
    for row in INDICATORS.values():
        yield ""
        yield f"{row.id} ({row.number}): {row.title}, {row.unit}, better {row.direction}"
        yield f"  {row.meaning}"
        yield f"  {_made_of(row)}; scored from n = {row.n_min}"
        yield f"  worked example, among the tests of the source: {row.example}"


def _made_of(row: Indicator) -> str:
    """How an indicator is computed, in the names of its declaration."""
    if row.of:
        return f"{row.kind} on {', '.join(row.of)}"
    above = f"all - {row.numerator}" if row.complement else row.numerator
    below = row.exposure or row.denominator
    quantity = f"{above} / {below}" if below else above
    return f"{row.kind} of {quantity} over {row.fact} (from {', '.join(tables_of(row))})"


def _models(module: object) -> Iterator[type[BaseModel]]:
    for _, model in inspect.getmembers(module, inspect.isclass):
        declared_here = model.__module__ == module.__name__  # type: ignore[attr-defined]
        if declared_here and issubclass(model, BaseModel) and model.model_fields:
            yield model


def _schemes() -> Iterator[str]:
    """What a scheme is, a small one, and every key that it takes."""
    yield from ("", inspect.getdoc(scheme) or "", "", textwrap.fill(SOURCED, WIDTH), "")
    yield "A small scheme, which `csperf init` writes to begin with:"
    example = (packaged("params") / "starter" / "scheme.yaml").read_text(encoding="utf-8")
    yield textwrap.indent(example.partition("\n")[2].rstrip(), "  ")  # without the editor's line
    for model, places in models_below(scheme.Scheme).items():
        yield from told(model, places)


def models_below(top: type[BaseModel]) -> dict[type[BaseModel], list[str]]:
    """A model and all that its keys lead to, each with the keys that take it (`Scheme.score`)."""
    found: dict[type[BaseModel], list[str]] = {top: []}
    _add_below(top, found)
    return found


def _add_below(model: type[BaseModel], found: dict[type[BaseModel], list[str]]) -> None:
    for name, info in model.model_fields.items():
        for below in _models_in(info.annotation):
            new = below not in found
            found.setdefault(below, []).append(f"{model.__name__}.{name}")
            if new:
                _add_below(below, found)


def _models_in(kind: Any) -> Iterator[type[BaseModel]]:
    if not isinstance(kind, type):
        yield from (model for inner in get_args(kind) for model in _models_in(inner))
    elif issubclass(kind, Sourced):
        yield from _models_in(kind.model_fields["value"].annotation)
    elif issubclass(kind, BaseModel):
        yield kind


def told(model: type[BaseModel], places: Iterable[str] = ()) -> Iterator[str]:
    """A model as its author meets it: where it stands, what it is, and each key that it takes."""
    where = ", ".join(places)
    yield ""
    yield f"{model.__name__}" + (f", for {where}" if where else "")
    yield textwrap.indent(inspect.getdoc(model) or "", "  ")
    own = model.__annotations__
    for name, info in sorted(model.model_fields.items(), key=lambda item: item[0] not in own):
        means = info.description or _meant_by(info.annotation)
        text = f"{_words(info.annotation, info.metadata)}; {_needed(info)}"
        text += f": {means}" if means else ""
        yield textwrap.fill(
            f"  {name:<{INDENT - 2}}{text}",
            WIDTH,
            subsequent_indent=" " * INDENT,
            break_long_words=False,
            break_on_hyphens=False,
        )


def _meant_by(kind: Any) -> str:
    """What a sourced value, or one that may be left out, says of itself."""
    if isinstance(kind, type) and issubclass(kind, Sourced):
        return kind.model_fields["value"].description or ""
    return next(filter(None, map(_meant_by, get_args(kind))), "")


def _needed(info: FieldInfo) -> str:
    """Whether a key has to be there, and what holds without it."""
    if info.is_required():
        return "required"
    value = info.default
    if isinstance(value, dict) and value.get("because") == DEFAULT:
        value = value["assumed"]
    if value is None or value in ("", (), {}) or isinstance(value, BaseModel):
        return "optional"
    return f"default {_written(value)}"


def _written(value: object) -> str:
    """A value as it stands in a file."""
    match value:
        case bool():
            return str(value).lower()
        case float():
            return f"{value:g}"
        case tuple():
            return f"[{', '.join(map(_written, value))}]"
    return str(value)


def _words(kind: Any, limits: Iterable[object] = ()) -> str:
    """What a key takes, in plain words."""
    if kind is Any or (isinstance(kind, type) and not issubclass(kind, BaseModel)):
        return "id" if [*limits] == ID else PLAIN[kind] + _limits(limits)
    if isinstance(kind, type):
        if not issubclass(kind, Sourced):
            return kind.__name__
        inside = kind.model_fields["value"]
        return f"{_words(inside.annotation, inside.metadata)} (sourced)"
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        field = FieldInfo.from_annotation(kind)
        return _words(field.annotation, [*limits, *field.metadata])
    if origin is Literal:
        return ("one of " if len(inner) > 1 else "") + ", ".join(map(_written, inner))
    if origin in (Union, UnionType):
        return " or ".join(_words(each, limits) for each in inner if each is not type(None))
    least = "".join(f", at least {n}" for n in _of(limits, "min_length"))
    if origin is dict:
        key, value = map(_words, inner)
        return f"{{{key}: {value}}}{least}"
    if Ellipsis in inner:
        return f"list of {_words(inner[0])}{least}"
    return f"[{', '.join(map(_words, inner))}]"


def _limits(limits: Iterable[object]) -> str:
    """Limits of a number or of a text."""
    return "".join(
        words.format(_written(value))
        for name, words in LIMITS.items()
        for value in _of(limits, name)
    )


def _of(limits: Iterable[object], name: str) -> list[Any]:
    found = (getattr(each, name, None) for each in limits)
    return [value for value in found if value is not None]
