"""How large a difference is, in units that mean the same everywhere, with 95 % intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.polynomial.hermite_e import hermegauss
from numpy.typing import ArrayLike
from pandas import DataFrame, Series
from scipy import stats
from scipy.optimize import brentq
from scipy.special import gammaln

from csperf.comparison.cycles import square_and_add
from csperf.errors import InputError, Problem, shown
from csperf.indicators.intervals import LEVEL, Z, wilson
from csperf.mixed import MixedFit

HEDGES = "Hedges' g, interval by the noncentral t distribution"
NEWCOMBE = "difference of proportions, Newcombe's method 10"
WOOLF = "odds ratio, Woolf's interval"
SMOOTHED = "odds ratio, half a case added to each cell (one is empty), Woolf's interval"
FAR = 10  # times the root of 2 df: larger t are too much for the noncentral t of scipy
NODES = 100


@dataclass(frozen=True)
class EffectSize:
    """An effect size with its 95 % interval, and how both were found."""

    estimate: float
    low: float
    high: float
    method: str


def hedges_g(first: ArrayLike, second: ArrayLike) -> EffectSize:
    """Difference of two groups' means in standard deviations, without its small-sample bias.

    Parameters
    ----------
    first, second : array-like
        Numbers of two separate groups; missing ones are passed over.

    Returns
    -------
    EffectSize
        First minus second.

    Raises
    ------
    InputError
        Fewer than two numbers in a group, text, infinite numbers, or numbers that are all the same
        in both.

    Notes
    -----
    d = difference / pooled SD, g = J d with J = Gamma(m / 2) / (sqrt(m / 2) Gamma((m - 1) / 2)) and
    m = n1 + n2 - 2 (Hedges 1981, Journal of Educational Statistics 6, 107-128). The limits are
    those of the true difference by the noncentral t distribution (Steiger and Fouladi 1997, in
    What if there were no significance tests?), exact and without J. For equal variances and normal
    numbers; the groups share nobody.
    """
    a, b = (_known(group, name) for group, name in ((first, "first"), (second, "second")))
    largest = max(np.abs(a).max(), np.abs(b).max()) or 1.0
    a, b = a / largest, b / largest  # else squares of very large numbers would be infinite
    df = len(a) + len(b) - 2
    pooled = np.sqrt((((a - a.mean()) ** 2).sum() + ((b - b.mean()) ** 2).sum()) / df)
    if pooled <= 1e-12:
        raise _refuse("hedges_g", "the numbers do not differ within the groups", "give others")
    unit = np.sqrt(1 / len(a) + 1 / len(b))
    d = (a.mean() - b.mean()) / pooled
    unbiased = np.exp(gammaln(df / 2) - gammaln((df - 1) / 2)) / np.sqrt(df / 2)
    low, high = (float(unit * limit) for limit in _noncentral(d / unit, df))
    return EffectSize(float(unbiased * d), low, high, HEDGES)


def standardised_contrasts(fit: MixedFit, by: Any, **how: Any) -> DataFrame:
    """Contrasts of a mixed model in standard deviations of a single score.

    Parameters
    ----------
    fit : MixedFit
        From `fit_mixed`.
    by, **how
        As for `MixedFit.contrasts`.

    Returns
    -------
    DataFrame
        The contrasts with effect_size, effect_size_low, effect_size_high: 95 % intervals for each
        alone, whatever the p-values are adjusted for.

    Notes
    -----
    d = contrast / total SD, with all random effects and the residual in the total (Westfall, Kenny
    and Judd 2014, Journal of Experimental Psychology: General 143, 2020-2045). See `standardised`.
    """
    table = fit.contrasts(by, **how)
    variance, df = fit.total()
    sizes = standardised(table["estimate"], table["se"], table["df"], np.sqrt(variance), df)
    return table.join(sizes)


def standardised(
    estimate: ArrayLike, se: ArrayLike, df: ArrayLike, sd: float, sd_df: float
) -> DataFrame:
    """Differences over a standard deviation that is an estimate as well.

    Parameters
    ----------
    estimate, se, df : array-like
        Differences, their standard errors and degrees of freedom.
    sd, sd_df : float
        The standard deviation and its degrees of freedom.

    Returns
    -------
    DataFrame
        effect_size, effect_size_low, effect_size_high.

    Notes
    -----
    se of d = sqrt(se^2 / sd^2 + d^2 / (2 sd_df)), and d -+ t(df) x se: `eff_size` of R's emmeans.
    """
    estimate, se = np.asarray(estimate, float), np.asarray(se, float)
    d = estimate / sd
    half = stats.t.ppf(0.5 + LEVEL / 2, df) * np.sqrt((se / sd) ** 2 + d**2 / (2 * sd_df))
    columns = {"effect_size": d, "effect_size_low": d - half, "effect_size_high": d + half}
    index = df.index if isinstance(df, Series) else None
    return DataFrame(columns, index=index)


def risk_difference(first: int, n_first: int, second: int, n_second: int) -> EffectSize:
    """Share of the first group minus share of the second.

    Parameters
    ----------
    first, n_first, second, n_second : int
        Cases with the outcome, and all cases, in each group.

    Returns
    -------
    EffectSize
        First minus second.

    Raises
    ------
    InputError
        No cases, or more with the outcome than there are.

    Notes
    -----
    Newcombe (1998), Statistics in Medicine 17, 873-890, method 10: the distances to the limits of
    Wilson's intervals, squared and added.
    """
    _refuse_counts("risk_difference", (first, n_first), (second, n_second))
    sides = []
    for x, n in ((first, n_first), (second, n_second)):
        limits = wilson(x, n)
        sides.append(Series({"value": x / n, "low": limits[0], "high": limits[1]}, dtype=float))
    low, high = square_and_add(*sides)
    return EffectSize(first / n_first - second / n_second, low, high, NEWCOMBE)


def odds_ratio(first: int, n_first: int, second: int, n_second: int) -> EffectSize:
    """Odds of the outcome in the first group over the odds in the second; 1 where they are alike.

    Takes and refuses what `risk_difference` does.

    Notes
    -----
    log OR -+ 1.96 sqrt(1/a + 1/b + 1/c + 1/d): Woolf (1955), Annals of Human Genetics 19, 251-253.
    With an empty cell half a case is added to each of the four (Haldane 1956, Annals of Human
    Genetics 20, 309-311), and the method says so.
    """
    _refuse_counts("odds_ratio", (first, n_first), (second, n_second))
    cells = np.array([first, n_first - first, second, n_second - second], dtype=float)
    method = SMOOTHED if (cells == 0).any() else WOOLF
    a, b, c, d = cells + 0.5 * (method == SMOOTHED)
    log, half = np.log(a * d / (b * c)), Z * np.sqrt(1 / a + 1 / b + 1 / c + 1 / d)
    estimate, low, high = np.exp([log, log - half, log + half])
    return EffectSize(float(estimate), float(low), float(high), method)


def _noncentral(t: float, df: int) -> tuple[float, float]:
    """Noncentralities at which t is just not too large and just not too small."""
    if t < 0:
        low, high = _noncentral(-t, df)
        return -high, -low

    def at(probability: float) -> float:
        wide = 1.0
        while _below(t, df, t - wide) < probability:
            wide *= 2
        low, wide = t - wide, 1.0
        while _below(t, df, t + wide) > probability:
            wide *= 2
        return float(
            brentq(lambda center: _below(t, df, center) - probability, low, t + wide, xtol=1e-10)
        )

    tail = (1 - LEVEL) / 2
    return at(1 - tail), at(tail)


def _below(t: float, df: int, center: float) -> float:
    """Probability of a noncentral t below t; far out as the mean over its normal numerator."""
    if t <= FAR * np.sqrt(2 * df):
        return float(stats.nct.cdf(t, df, center))
    z, weight = hermegauss(NODES)
    smallest = np.maximum(center + z, 0.0) / t  # that the denominator may be
    return float(weight @ stats.chi2.sf(df * smallest**2, df) / weight.sum())


def _known(group: ArrayLike, name: str) -> np.ndarray:
    try:
        numbers = np.asarray(group, dtype=float)
    except (TypeError, ValueError):
        found = f"'{name}' has something else than numbers"
        raise _refuse("hedges_g", found, "give numbers") from None
    numbers = numbers[~np.isnan(numbers)]
    if len(numbers) < 2:
        found = f"'{name}' has {len(numbers)} numbers"
        raise _refuse("hedges_g", found, "give at least two in each group")
    if np.isinf(numbers).any():
        raise _refuse("hedges_g", f"'{name}' has an infinite number", "leave it out")
    return numbers


def _refuse_counts(where: str, *groups: tuple[int, int]) -> None:
    for x, n in groups:
        if not 0 <= x <= n or n <= 0 or x % 1 or n % 1:
            found = f"{shown(x)} of {shown(n)} cases"
            raise _refuse(where, found, "give cases with the outcome, and all cases")


def _refuse(where: str, found: str, expected: str) -> InputError:
    return InputError(Problem(where, found, expected))
