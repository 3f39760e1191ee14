"""Text for a terminal: aligned columns, whatever alphabet the names are in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

import pandas as pd

from csperf.errors import printable

UNKNOWN = "-"
NUMERIC = re.compile(rf"[-+]?\d[\d,.]*( ?%| points| s| h| min)?|{UNKNOWN}|")


def plain(value: object) -> str:
    """Text without what a terminal would obey; a dash for what is unknown."""
    if value is None or value is pd.NA or value != value:
        return UNKNOWN
    return printable(str(value))


def figure(value: float, digits: int = 2, signed: bool = False) -> str:
    """1,234.50, with its sign if asked, and never a minus before a zero."""
    if pd.isna(value):
        return UNKNOWN
    text = f"{value:{'+' if signed else ''},.{digits}f}"
    return text.lstrip("+-") if not text.strip("+-0.,") else text


def aligned(header: Sequence[str], rows: Iterable[Sequence[str]], indent: str = "  ") -> list[str]:
    """Lines of a table: columns of numbers to the right, others to the left, the header first."""
    cells = [[*header], *([plain(cell) for cell in row] for row in rows)]
    columns = list(zip(*cells, strict=True))
    right = [all(NUMERIC.fullmatch(cell) for cell in column[1:]) for column in columns]
    widths = [max(map(_width, column)) for column in columns]
    lines = []
    for row in cells:
        padded = [
            " " * (width - _width(cell)) + cell if number else cell + " " * (width - _width(cell))
            for cell, width, number in zip(row, widths, right, strict=True)
        ]
        lines.append((indent + "  ".join(padded)).rstrip())
    return lines


def _width(text: str) -> int:
    """Columns of a terminal that the text takes; Chinese and Korean letters take two."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return len(text) + wide - sum(unicodedata.combining(letter) > 0 for letter in text)
