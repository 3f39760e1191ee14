"""Indicator values drawn once more, as chance could have made them."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from pandas import DataFrame
from scipy import stats

from csperf.indicators import INDICATORS
from csperf.indicators.intervals import LEVEL, Z

Floats = NDArray[np.float64]
COUNTED = ("count", "rate")
MONEY = "currency"


def redraw(rows: DataFrame, indicator: str, rng: Generator, draws: int) -> Floats:
    """Plausible true values of one indicator: a row for each of `rows`, a column for each draw.

    A proportion comes from the beta distribution of as many cases as its interval is wide for, a
    count or rate from the gamma distribution of its events (both with Jeffreys' prior), anything
    else from two half normals whose 95 % range is low..high. A value without an interval stays as
    it is. Only money may be below zero.
    """
    kind, unit = INDICATORS[indicator].kind, INDICATORS[indicator].unit
    value, low, high, events = (
        rows[name].to_numpy("float64")[:, None] for name in ("value", "low", "high", "numerator")
    )
    size = (len(rows), draws)
    with np.errstate(invalid="ignore", divide="ignore"):
        if kind == "proportion":
            cases = effective_cases(value, low, high)
            firm = ~np.isfinite(cases)
            a, b = (np.where(firm, 1.0, cases * p + 0.5) for p in (value, 1 - value))
            drawn = np.where(firm, value, rng.beta(a, b, size))
        elif kind in COUNTED:
            firm = ~np.isfinite(high)
            exposure = stats.chi2.ppf(0.5 + LEVEL / 2, 2 * events + 2) / 2 / high
            shape = np.where(firm, 1.0, events + 0.5)
            drawn = np.where(firm, value, rng.standard_gamma(shape, size) / exposure)
        else:
            z = rng.standard_normal(size) / Z
            drawn = value + np.nan_to_num(z * np.where(z > 0, high - value, value - low))
    return drawn if unit == MONEY else np.maximum(drawn, 0.0)


def effective_cases(share: Floats, low: Floats, high: Floats) -> Floats:
    """Independent cases for which Wilson's interval is as wide as low..high; infinite for none.

    The width is an equation of second degree in 1 / cases, of which one root is positive.
    """
    a = ((high - low) / (2 * Z)) ** 2
    square, linear = a * Z**4 - Z**2 / 4, 2 * a * Z**2 - share * (1 - share)
    root = (-linear - np.sqrt(linear**2 - 4 * square * a)) / (2 * square)
    return 1 / root


def shrunk(drawn: Floats, value: Floats, group: NDArray[np.int64]) -> Floats:
    """Draws of values that are compared with one another, drawn in towards their group's mean.

    Values spread more widely than what they stand for, and values drawn anew even more so; an order
    made of them would show more differences than there are. (Normal shrinkage, with the spread of
    the true values by moments.)
    """
    found = drawn.copy()
    chance = drawn.var(axis=1)
    for code in np.unique(group[group >= 0]):
        mine = (group == code) & np.isfinite(value)
        if mine.sum() < 2:
            continue
        mean = value[mine].mean()
        noise = chance[mine].mean()
        true = max(value[mine].var(ddof=1) - noise, 2 * noise / (mine.sum() - 1))
        whole = true + chance[mine]
        part = np.divide(true, whole, out=np.ones(len(whole)), where=whole > 0)[:, None]
        off = drawn[mine] - value[mine, None]
        found[mine] = mean + part * (value[mine, None] - mean) + np.sqrt(part) * off
    return found
