"""From sums and ranks to a value with its n and 95 % interval, by kind of indicator."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from pandas import DataFrame

from csperf.indicators import intervals
from csperf.indicators.catalogue import Indicator
from csperf.indicators.daily import TOTALS
from csperf.indicators.exact import divisor
from csperf.indicators.passes import Columns, Floats, Ranked, Sums, aligned, places
from csperf.params import Rules


@dataclass(frozen=True)
class Estimate:
    """Arrays with a number for every group of a pass."""

    value: Floats
    n: Floats
    low: Floats
    high: Floats
    numerator: Floats
    denominator: Floats


def of_sums(
    row: Indicator, parts: Sums, rules: Rules, exposed: DataFrame | None, groups: DataFrame
) -> Estimate:
    """Estimate of a proportion, mean, ratio, rating, amount, count or rate."""
    columns, found = Columns.of(row, rules), parts.onto(groups)
    per_y, per_x = divisor(columns.numerator, row.unit), divisor(columns.denominator, row.unit)
    if row.complement:
        found = replace(found, y=found.m * found.x - found.y, yy=_mirrored(found))
    y, m = found.total(found.y), found.total(found.m)
    x = found.total(found.m * found.x)
    if columns.kind in ("amount", "count", "rate"):
        below = None if exposed is None else _below(row, exposed, groups)
        yy = found.total(found.yy)
        if row.fact in TOTALS:
            yy = _between_days(yy, y, m)
        return _of_total(columns.kind, y / per_y, m, yy / per_y**2, below)
    if rules.average_over != "rounds" and row.fact == "rounds" and columns.kind == "mean":
        return _of_cluster_means(found, per_y / per_x)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(x > 0, y * per_x / (x * per_y), np.nan)
        raw = np.where(x > 0, y / x, np.nan)
    variance = _jackknife(found, raw, x, m) * (per_x / per_y) ** 2
    if columns.kind == "proportion":
        n = _effective(value, x, m, variance)
        low, high = intervals.wilson(value * n, n)
    else:
        low, high = intervals.student(value, np.sqrt(variance), m)
    # The clusters of daily totals are days; what was counted stands below the line.
    n = m if columns.kind == "ratio" and row.fact not in TOTALS else x / per_x
    return Estimate(value, n, low, high, y / per_y, x / per_x)


def of_ranks(row: Indicator, ranks: Ranked, groups: DataFrame) -> Estimate:
    """Estimate of a median or p90; its numerator and denominator are those of the mean."""
    per, found = divisor(row.numerator, row.unit), ranks.onto(groups)
    value = found.below + found.share * (found.above - found.below)
    return Estimate(
        value / per, found.n, found.low / per, found.high / per, found.total / per, found.n
    )


def of_largest(row: Indicator, whole: DataFrame, groups: DataFrame) -> Estimate:
    """The largest value itself, without an interval."""
    place = places(groups, whole[list(groups)])
    value = aligned(whole["largest"].to_numpy(), place) / divisor(row.numerator, row.unit)
    n = np.nan_to_num(aligned(whole["n"].to_numpy(), place))
    unknown = np.full(len(groups), np.nan)
    return Estimate(value, n, unknown, unknown, np.nan_to_num(value), n)


def _below(row: Indicator, exposed: DataFrame, groups: DataFrame) -> Floats:
    """The exposure of every group in its unit; none where nothing was exposed."""
    place = places(groups, exposed[list(groups)])
    total = np.nan_to_num(aligned(exposed["total"].to_numpy(), place))
    return total / divisor(str(row.exposure).split(".")[1], row.unit)


def _mirrored(found: Sums) -> Floats:
    """Sums of (x - y) squared."""
    return found.m * found.x**2 - 2 * found.x * found.y + found.yy


def _jackknife(found: Sums, ratio: Floats, x: Floats, m: Floats) -> Floats:
    """Variance of a ratio with each cluster left out in turn: (m-1)/m sum (r_i - mean r)^2."""
    r, rest = ratio[found.group], x[found.group] - found.x
    with np.errstate(divide="ignore", invalid="ignore"):
        moved = (found.m * r * found.x - found.y) / rest
        squares = found.m * (r * found.x) ** 2 - 2 * r * found.x * found.y + found.yy
        first = found.total(np.where(rest > 0, moved, np.nan))
        second = found.total(np.where(rest > 0, np.maximum(squares, 0.0) / rest**2, np.nan))
        variance = (m - 1) / m * (second - first**2 / m)
    return np.maximum(variance, 0.0)


def _effective(value: Floats, x: Floats, m: Floats, variance: Floats) -> Floats:
    """Independent observations behind a proportion: n where every cluster counts once.

    n / design effect otherwise (Korn and Graubard 1998, Survey Methodology 24), the design effect
    not below 1; where the clusters tell nothing of it, each is one observation.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        alone = value * (1 - value) / (x - 1)
        effect = np.maximum(variance / alone, 1.0)
    clustered = np.where((alone > 0) & np.isfinite(effect), x / effect, m)
    return np.where(m == x, x, clustered)


def _between_days(yy: Floats, y: Floats, m: Floats) -> Floats:
    """Squares about the mean of the days: unlike the number of orders that of days is no chance."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return (yy - y**2 / m) * m / (m - 1)


def _of_total(kind: str, y: Floats, m: Floats, yy: Floats, exposure: Floats | None) -> Estimate:
    """A sum, or a sum for each unit of exposure."""
    below = np.ones(len(y)) if exposure is None else exposure
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(below > 0, y / below, np.nan)
        if kind == "amount":
            # The clusters left out one by one, not centred: their number is chance too.
            spread = np.where(yy > 0, np.sqrt(yy), np.nan) / below
            low, high = intervals.normal(value, spread, lowest=0.0)
        else:
            low, high = intervals.poisson(y, below)
    n = {"amount": m, "count": y, "rate": below}[kind]
    return Estimate(value, n, low, high, y, m if exposure is None else below)


def _of_cluster_means(found: Sums, per: float) -> Estimate:
    """Mean of the clusters' own means, each with the same weight."""
    m = found.total(found.m)
    with np.errstate(divide="ignore", invalid="ignore"):
        means = found.total(found.y / found.x) / per
        squares = found.total(found.yy / found.x**2) / per**2
        value = np.where(m > 0, means / m, np.nan)
        variance = np.maximum(squares - m * value**2, 0.0) / (m - 1) / m
    low, high = intervals.student(value, np.sqrt(variance), m)
    return Estimate(value, m, low, high, means, m)
