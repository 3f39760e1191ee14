"""Indicator values as a reader expects them: a share as per cent, a time with its unit."""

from __future__ import annotations

import pandas as pd

from csperf.indicators import INDICATORS
from csperf.reporting.display import number

SUFFIX = {"s": " s", "h": " h", "points": " points", "per_hour": " per hour"}
DIGITS = {"currency": 0, "count": 0, "h": 2, "ratio": 2, "per_hour": 2}
PER_THOUSAND = 1000


def scale_of(indicator: str) -> int:
    """Return what a rate is multiplied by to be shown: per thousand, unless it is per hour."""
    row = INDICATORS[indicator]
    return PER_THOUSAND if row.kind == "rate" and row.unit != "per_hour" else 1


def shown_value(value: float, indicator: str) -> str:
    """Return the value in words; an en dash where it is unknown."""
    if pd.isna(value):
        return "–"
    row = INDICATORS[indicator]
    if scale_of(indicator) == PER_THOUSAND:
        return f"{number(PER_THOUSAND * value)} per 1,000"
    if row.unit == "share":
        return f"{number(100 * value)}%"
    return f"{number(value, DIGITS.get(row.unit, 1))}{SUFFIX.get(row.unit, '')}"


def shown_range(low: float, high: float, indicator: str) -> str:
    """Return an interval, its unit named once."""
    first, last = shown_value(low, indicator), shown_value(high, indicator)
    shared = SUFFIX.get(INDICATORS[indicator].unit, " per 1,000")
    return f"{first.removesuffix(shared)} – {last}"


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


def unit_of(indicator: str, currency: str) -> str:
    """Return the unit as an axis or heading names it; empty for shares, which are per cent."""
    row = INDICATORS[indicator]
    if scale_of(indicator) == PER_THOUSAND:
        return "per 1,000"
    if row.unit == "per_hour":
        return "per hour"
    return {"share": "", "currency": currency, "ratio": "", "count": "", "items": ""}.get(
        row.unit, row.unit
    )
