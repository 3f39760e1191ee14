"""What every reader makes of a header and of a typed cell: the text that a person would see."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time

from csperf.errors import InputError, Problem
from csperf.sources.rows import check_distinct


def header(cells: Sequence[str], where: str) -> list[str]:
    """Column names without blanks around them; a nameless one is called by its place."""
    if not any(cell.strip() for cell in cells):
        raise InputError(Problem(where, "nothing in it", "it must name the columns", 1))
    names = [cell.strip() or f"column {place}" for place, cell in enumerate(cells, 1)]
    check_distinct(names, f"{where}, row 1")
    return names


def cell(value: object) -> str | None:
    """A typed cell as the text a person would have typed; empty means unknown.

    Raises ValueError for bytes.
    """
    if value is None or value == "":
        return None
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, bytes):
        raise ValueError("binary data")
    if isinstance(value, bool):
        return str(value).lower()
    return str(value).removesuffix(".0") if isinstance(value, float) else str(value)
