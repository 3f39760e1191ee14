"""Indicator values as a reader expects them: a share as per cent, a time with its unit."""

from __future__ import annotations

import pandas as pd

from csperf.indicators import INDICATORS
from csperf.reporting.display import number
from csperf.reporting.text import Messages

SAID = ("s", "h", "min", "points", "per_hour")  # units that stand behind a value
DIGITS = {"currency": 0, "count": 0, "h": 2, "ratio": 2, "per_hour": 2}
PER_THOUSAND = 1000


def scale_of(indicator: str) -> int:
    """Return what a rate is multiplied by to be shown: per thousand, unless it is per hour."""
    row = INDICATORS[indicator]
    return PER_THOUSAND if row.kind == "rate" and row.unit != "per_hour" else 1


def title_of(indicator: str, text: Messages) -> str:
    """Return the indicator's printed name."""
    return text.of(INDICATORS[indicator].title)


def shown_value(value: float, indicator: str, text: Messages) -> str:
    """Return the value in words; an en dash where it is unknown."""
    written, unit = _written(value, indicator), _said_unit(indicator, text)
    return f"{written} {unit}" if unit and pd.notna(value) else written


def shown_range(low: float, high: float, indicator: str, text: Messages) -> str:
    """Return an interval, its unit named once."""
    return f"{_written(low, indicator)} – {shown_value(high, indicator, text)}"


def shown_change(value: float, indicator: str) -> str:
    """Return a difference with its sign and without its unit, which `unit_of` names."""
    if pd.isna(value):
        return "–"
    row = INDICATORS[indicator]
    scale = 100 if row.unit == "share" else scale_of(indicator)
    digits = 1 if scale == PER_THOUSAND else DIGITS.get(row.unit, 1)
    return signed(scale * value, digits)


def signed(value: float, digits: int = 1) -> str:
    """Return a difference with its sign; without one where it rounds to nothing."""
    text = number(value, digits)
    return f"+{text}" if value > 0 and text.strip("0.") else text


def unit_of(indicator: str, currency: str, text: Messages) -> str:
    """Return the unit as an axis or heading names it; empty for shares, which are per cent."""
    return currency if INDICATORS[indicator].unit == "currency" else _said_unit(indicator, text)


def _said_unit(indicator: str, text: Messages) -> str:
    """The unit that stands behind a value; nothing for per cent, money and plain numbers."""
    if scale_of(indicator) == PER_THOUSAND:
        return text("unit.per_thousand")
    unit = INDICATORS[indicator].unit
    return text(f"unit.{unit}") if unit in SAID else ""


def _written(value: float, indicator: str) -> str:
    if pd.isna(value):
        return "–"
    row = INDICATORS[indicator]
    if scale_of(indicator) == PER_THOUSAND:
        return number(PER_THOUSAND * value)
    if row.unit == "share":
        return f"{number(100 * value)}%"
    return number(value, DIGITS.get(row.unit, 1))
