"""The reference that `csperf tables` prints, made from the declarations so that it cannot drift."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from pydantic import BaseModel

from csperf import limits, params, scheme
from csperf.indicators import INDICATORS, Indicator, tables_of
from csperf.tables import INPUT_TABLES, OUTPUT_TABLES, Column, Table


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
        *(line for model in _models(scheme) for line in _fields(model)),
        *_heading("Params"),
        *(
            line
            for module in (params, limits)
            for model in _models(module)
            for line in _fields(model)
        ),
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
        yield f"  worked example: {row.example}"


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


def _fields(model: type[BaseModel]) -> Iterator[str]:
    yield ""
    yield f"{model.__name__}: {inspect.getdoc(model)}"
    for name, info in model.model_fields.items():
        needed = "required" if info.is_required() else ""
        yield f"  {name:<28}{needed}"
