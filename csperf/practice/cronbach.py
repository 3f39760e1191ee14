"""Cronbach's four parts of how far ratings lie from a key, and what evaluators may show of each.

Everything takes two arrays with a row a case and a column a criterion: what was given, and the key.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pandas import DataFrame

Floats = NDArray[np.float64]
COMPONENTS = (
    *("elevation", "differential_elevation", "stereotype_accuracy", "differential_accuracy"),
)
HAIR = 1e-12  # a spread of rounding alone


class Parts(NamedTuple):
    """A table of scores as overall mean + case + criterion + what is left of each cell."""

    mean: float
    cases: Floats
    criteria: Floats
    cells: Floats


def parts(scores: Floats) -> Parts:
    """Means of cases and of criteria, each less what is above it."""
    mean = scores.mean()
    cases, criteria = scores.mean(axis=1) - mean, scores.mean(axis=0) - mean
    return Parts(float(mean), cases, criteria, scores - mean - cases[:, None] - criteria)


def components(given: Floats, key: Floats) -> DataFrame:
    """The four components of one evaluator: squared, share, correlation, spread, spread_key."""
    mine, theirs = parts(given), parts(key)
    pairs = [
        (mine.cases, theirs.cases),
        (mine.criteria, theirs.criteria),
        (mine.cells, theirs.cells),
    ]
    squared = [(mine.mean - theirs.mean) ** 2, *(float(np.mean((a - b) ** 2)) for a, b in pairs)]
    whole = sum(squared)
    return DataFrame(
        {
            "component": COMPONENTS,
            "squared": squared,
            "share": [each / whole if whole > 0 else np.nan for each in squared],
            "correlation": [np.nan, *(correlation(a, b) for a, b in pairs)],
            "spread": [np.nan, *(float(a.std()) for a, _ in pairs)],
            "spread_key": [np.nan, *(float(b.std()) for _, b in pairs)],
        }
    )


def correlation(first: Floats, second: Floats) -> float:
    """Pearson's; unknown where one of both does not vary."""
    a, b = first.ravel() - first.mean(), second.ravel() - second.mean()
    size = np.sqrt((a @ a) * (b @ b))
    return float(a @ b / size) if min(a @ a, b @ b) > HAIR else np.nan


def likeness(scores: Floats) -> float:
    """Mean correlation between criteria over cases: how much the criteria move together."""
    off = scores - scores.mean(axis=0)
    varies = (off**2).sum(axis=0) > HAIR
    if varies.sum() < 2 or len(scores) < 3:
        return np.nan
    found = np.corrcoef(off[:, varies].T)
    return float(found[np.triu_indices(len(found), 1)].mean())


def passed_on(given: Floats, key: Floats) -> Floats:
    """How much of a difference between cases is passed on: slope of case means on the key's.

    Of one table, or of each of several (the last two axes are cases and criteria).
    """
    x, y = (_cases(scores) for scores in (key, given))
    return _slope(x[..., None], y[..., None])


def lost_profile(given: Floats, key: Floats) -> Floats:
    """How far criteria of a case were given alike: 0 as the key tells them apart, 1 all the same.

    1 less the slope of the cells on the key's, over the slope of the case means; of one table or
    of each of several.
    """
    slope = passed_on(given, key)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(slope > HAIR, 1 - _slope(_cells(key), _cells(given)) / slope, np.nan)


def _cases(scores: Floats) -> Floats:
    means = scores.mean(axis=-1)
    return means - means.mean(axis=-1, keepdims=True)


def _cells(scores: Floats) -> Floats:
    off = scores - scores.mean(axis=-2, keepdims=True)
    return off - off.mean(axis=-1, keepdims=True)


def _slope(x: Floats, y: Floats) -> Floats:
    size = (x * x).sum(axis=(-2, -1))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(size > HAIR, (x * y).sum(axis=(-2, -1)) / size, np.nan)
