"""Indicator values as a reader expects them: a share as per cent, a time with its unit."""

from __future__ import annotations

import pandas as pd

from csperf.indicators import INDICATORS
from csperf.reporting.display import number

SUFFIX = {"s": " s", "h": " h", "points": " points"}
DIGITS = {"currency": 0, "count": 0, "ratio": 4}


def shown_value(value: float, indicator: str, signed: bool = False) -> str:
    """Return the value in words; an en dash where it is unknown.

    A difference of shares (`signed`) is in percentage points.
    """
    if pd.isna(value):
        return "–"
    unit = INDICATORS[indicator].unit
    sign = "+" if signed and value > 0 else ""
    if unit == "share":
        return f"{sign}{number(100 * value)}{' points' if signed else '%'}"
    return f"{sign}{number(value, DIGITS.get(unit, 1))}{SUFFIX.get(unit, '')}"
