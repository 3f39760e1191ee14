"""The studentized range and the power of t, many at a time and to about ten digits.

Both average something known over s = sqrt(chi-square / df), the error in a standard error:

    P(range < q) = E W(q s),   W(w) = k * integral of phi(z) [Phi(z) - Phi(z - w)]^(k - 1) dz
    power        = E [Phi(d - c s) + Phi(-d - c s)],   d = difference / se, c = critical value

The averages are sums over Gauss-Legendre points of log s. scipy's `studentized_range` and `nct`
give the same numbers one at a time, the former in a tenth of a second each.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy import ndarray
from scipy.interpolate import CubicSpline
from scipy.special import ndtr

POINTS, POINTS_LONG_TAIL, INNER = 128, 512, 160
LONG_TAIL = 3.0  # degrees of freedom below which the error may be very small
NEGLIGIBLE = 32.0  # minus the log of a density relative to its top
WIDEST, STEP = 18.0, 0.01  # of W
MANY = 1e8  # degrees of freedom that are as good as infinitely many
HALVINGS, DOUBLINGS = 50, 40


def tukey_p(t: ndarray, df: ndarray, k: int) -> ndarray:
    """How probable it is that the largest of all |t| between k means is at least this one."""
    return np.clip(1 - _below(np.abs(t), *_errors(df), k), 0.0, 1.0)


def tukey_critical(level: float, df: ndarray, k: int) -> ndarray:
    """The |t| that the largest between k means stays below with probability `level`."""

    def found(some: ndarray) -> ndarray:
        s, weights = _errors(some)
        return _solved(lambda t: _below(t, s, weights, k), level, some)

    return _for_each(df, found)


def detectable(critical: ndarray, df: ndarray, power: float) -> ndarray:
    """The true difference in standard errors whose |t| passes the critical value with `power`."""

    def found(pairs: ndarray) -> ndarray:
        limit, some = pairs[:, 0], pairs[:, 1]
        s, weights = _errors(some)

        def passing(d: ndarray) -> ndarray:
            edge = limit[:, None] * s
            both = ndtr(d[:, None] - edge) + ndtr(-d[:, None] - edge)
            return (weights * both).sum(axis=1)

        return _solved(passing, power, some)

    return _for_each(np.column_stack([critical, df]), found)


def _below(t: ndarray, s: ndarray, weights: ndarray, k: int) -> ndarray:
    """How probable it is that the largest |t| between k means is below this one."""
    spread = np.minimum(np.sqrt(2) * t[:, None] * s, WIDEST)
    return (weights * _range(k)(spread)).sum(axis=1)


def _for_each(values: ndarray, function: Callable[[ndarray], ndarray]) -> ndarray:
    """The function once for each different value; rows of two dimensions are one value."""
    once, back = np.unique(values, axis=0, return_inverse=True)
    return function(once)[back.reshape(len(values))]


def _solved(rising: Callable[[ndarray], ndarray], level: float, like: ndarray) -> ndarray:
    """Where each of several rising functions reaches the level."""
    low, high = np.zeros(len(like)), np.ones(len(like))
    for _ in range(DOUBLINGS):
        below = rising(high) < level
        if not below.any():
            break
        high = np.where(below, 2 * high, high)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        below = rising(middle) < level
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return (low + high) / 2


def _errors(df: ndarray) -> tuple[ndarray, ndarray]:
    """Points of sqrt(chi-square / df) and their weights, a row for each number of df.

    The log density of x = log s is df (x - (exp(2 x) - 1) / 2) less that at its top, x = 0.
    """
    df = np.minimum(df, MANY)[:, None]
    long_tail = df.min(initial=np.inf) < LONG_TAIL
    nodes, weights = _legendre(POINTS_LONG_TAIL if long_tail else POINTS)
    cut = 2 * NEGLIGIBLE / df
    low, high = (cut + 1) / 2, np.log1p(cut) / 2 + 1
    for _ in range(HALVINGS):  # Newton from outside on a convex function comes down to the root
        low = low - (2 * low + np.expm1(-2 * low) - cut) / (-2 * np.expm1(-2 * low))
        high = high - (np.expm1(2 * high) - 2 * high - cut) / (2 * np.expm1(2 * high))
    x = (high - low) / 2 + (high + low) / 2 * nodes
    density = np.exp(df * (x - np.expm1(2 * x) / 2)) * weights
    return np.exp(x), density / density.sum(axis=1, keepdims=True)


@lru_cache
def _legendre(points: int) -> tuple[ndarray, ndarray]:
    return np.polynomial.legendre.leggauss(points)


@lru_cache(maxsize=32)
def _range(k: int) -> CubicSpline:
    """W(w), the distribution of the range of k standard normal numbers."""
    nodes, weights = _legendre(INNER)
    z = 8.5 * nodes
    w = np.arange(0, WIDEST + STEP, STEP)
    density = 8.5 * weights * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    inside = ndtr(z) - ndtr(z - w[:, None])
    return CubicSpline(w, k * (density * inside ** (k - 1)).sum(axis=1))
