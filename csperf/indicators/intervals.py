"""95 % intervals by kind of indicator; closed formulas, no random numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pandas import Series
from scipy import stats

LEVEL = 0.95
Z = stats.norm.ppf(0.5 + LEVEL / 2)
Interval = tuple[NDArray[np.float64], NDArray[np.float64]]


def wilson(successes: ArrayLike, n: ArrayLike) -> Interval:
    """Interval of a proportion: Wilson (1927), JASA 22, without continuity correction."""
    x, n = np.asarray(successes, float), np.asarray(n, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = x / n
        middle = (p + Z**2 / (2 * n)) / (1 + Z**2 / n)
        half = Z * np.sqrt(p * (1 - p) / n + Z**2 / (4 * n**2)) / (1 + Z**2 / n)
    low = np.where(x == 0, 0.0, middle - half)
    high = np.where(x == n, 1.0, middle + half)
    known = n > 0
    return np.where(known, low, np.nan), np.where(known, high, np.nan)


def poisson(count: ArrayLike, exposure: ArrayLike) -> Interval:
    """Exact interval of a rate: Garwood (1936), Biometrika 28, from chi-square quantiles."""
    count, exposure = np.asarray(count, float), np.asarray(exposure, float)
    tail = (1 - LEVEL) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        low = np.where(count > 0, stats.chi2.ppf(tail, 2 * count) / 2, 0.0) / exposure
        high = stats.chi2.ppf(1 - tail, 2 * count + 2) / 2 / exposure
    known = exposure > 0
    return np.where(known, low, np.nan), np.where(known, high, np.nan)


def student(value: ArrayLike, se: ArrayLike, clusters: ArrayLike) -> Interval:
    """Return value -+ t x se with one degree of freedom less than there are clusters."""
    value, se = np.asarray(value, float), np.asarray(se, float)
    df = np.asarray(clusters, float) - 1
    with np.errstate(invalid="ignore"):
        half = stats.t.ppf(0.5 + LEVEL / 2, np.where(df > 0, df, np.nan)) * se
    return value - half, value + half


def normal(value: ArrayLike, se: ArrayLike, lowest: float = -np.inf) -> Interval:
    """Return value -+ z x se, not below what the quantity can be."""
    value, half = np.asarray(value, float), Z * np.asarray(se, float)
    return np.maximum(value - half, lowest), value + half


def false_discoveries(p: Series) -> Series:
    """P-values adjusted for their number: Benjamini and Hochberg (1995), JRSS B 57.

    Unknown ones stay unknown and are not counted.
    """
    known = p.dropna().astype("float64")
    adjusted = stats.false_discovery_control(known) if len(known) else []
    return Series(adjusted, index=known.index, dtype="float64").reindex(p.index)


def holm(p: Series, groups: Series) -> Series:
    """P-values adjusted within groups: Holm (1979), Scandinavian Journal of Statistics 6."""
    rising = p.dropna().sort_values(kind="stable")
    by = rising.groupby(groups)
    steps = rising * (by.transform("size") - by.cumcount())
    return steps.groupby(groups).cummax().clip(upper=1.0).reindex(p.index)
