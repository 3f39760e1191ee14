"""Control charts of counts: p and u charts, and Laney's where weeks differ by more than chance."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from pandas import DataFrame, Series
from scipy import stats

from csperf.comparison.charts import Baseline, charted, in_sigmas, need, xmr
from csperf.comparison.run_rules import USUAL_RULES
from csperf.errors import InputError, Problem, shown
from csperf.indicators import INDICATORS
from csperf.tables.counts import are_whole, count_problems

EXPECTED = 5  # fewer than these on either side of the line, and the normal limits are not near
MEAN_RANGE = 1.128  # of two standard normal values
TAIL = stats.norm.sf(3)
COUNTS = ["numerator", "denominator"]


def p_chart(
    points: DataFrame, *, baseline: Baseline = None, rules: Iterable[str] = USUAL_RULES
) -> DataFrame:
    """Chart of proportions (p): what chance alone makes of one share in weeks of any size.

    Parameters
    ----------
    points : DataFrame
        In the order of time, with numerator and denominator, both counts.
    baseline, rules
        As `xmr` has them.

    Returns
    -------
    DataFrame
        The points with chart ("p"), value, status, centre, lower, upper, z, exact (whether the
        limits are exact) and signal. status is `ok`, `no_value`, `no_denominator` where it is zero,
        or `too_few` with fewer than eight known points.

    Raises
    ------
    InputError
        A column is missing, or a numerator or denominator cannot be meant: it is negative, not
        whole, or there are more of some than of all.

    Notes
    -----
    p = sum of numerators / sum of denominators, limits p -+ 3 sqrt(p (1 - p) / n), ended at 0 and 1
    (Montgomery 2013, Introduction to Statistical Quality Control). Where n p or n (1 - p) is below
    5, exact: values beyond them have a binomial probability of less than 0.00135, the tail beyond 3
    sigmas. There z is the normal deviate of that probability, and 0 where it is more than a half:
    where nearly all weeks are at 100 %, a run of them is ordinary.
    """
    return charted(_counted(points, "p"), _binomial, baseline, rules)


def u_chart(
    points: DataFrame, *, baseline: Baseline = None, rules: Iterable[str] = USUAL_RULES
) -> DataFrame:
    """Chart of rates (u): what chance alone makes of one rate in weeks of any exposure.

    Parameters
    ----------
    points : DataFrame
        In the order of time, with numerator (a count) and denominator (the exposure, in any unit).
    baseline, rules
        As `xmr` has them.

    Returns
    -------
    DataFrame
        As `p_chart` has it; chart is "u".

    Raises
    ------
    InputError
        A column is missing, a number is negative, or a count is not whole.

    Notes
    -----
    u = sum of numerators / sum of denominators, limits u -+ 3 sqrt(u / n), ended at 0 (Montgomery
    2013). Where n u is below 5, exact Poisson limits, as those of `p_chart`.
    """
    return charted(_counted(points, "u"), _poisson, baseline, rules)


def laney_p_chart(
    points: DataFrame, *, baseline: Baseline = None, rules: Iterable[str] = USUAL_RULES
) -> DataFrame:
    """Laney's chart of proportions (p'): as p, but weeks may differ by more than chance.

    Parameters
    ----------
    points : DataFrame
        As `p_chart` has them.
    baseline, rules
        As `xmr` has them.

    Returns
    -------
    DataFrame
        The points with chart ("laney_p"), value, status, centre, lower, upper, z, sigma_z (how many
        times as wide the limits are as those of chance alone) and signal.

    Raises
    ------
    InputError
        As in `p_chart`.

    Notes
    -----
    z_i = (p_i - p) / sqrt(p (1 - p) / n_i), sigma_z = mean moving range of z / 1.128, limits p -+ 3
    sqrt(p (1 - p) / n_i) sigma_z, ended at 0 and 1 (Laney 2002, Quality Engineering 14, 531-537).
    sigma_z is at least 1, with which it is the p chart: from few points it would often come out
    lower, and limits narrower than chance would raise an alarm in every fifth chart.
    """
    return charted(_counted(points, "laney_p"), _laney_p, baseline, rules)


def laney_u_chart(
    points: DataFrame, *, baseline: Baseline = None, rules: Iterable[str] = USUAL_RULES
) -> DataFrame:
    """Laney's chart of rates (u'): as u, but weeks may differ by more than chance.

    Parameters
    ----------
    points : DataFrame
        As `u_chart` has them.
    baseline, rules
        As `xmr` has them.

    Returns
    -------
    DataFrame
        As `laney_p_chart` has it; chart is "laney_u".

    Raises
    ------
    InputError
        As in `u_chart`.

    Notes
    -----
    As `laney_p_chart`, with sqrt(u / n_i) for the standard error (Laney 2002).
    """
    return charted(_counted(points, "laney_u"), _laney_u, baseline, rules)


def control_chart(
    points: DataFrame,
    kind: str,
    *,
    baseline: Baseline = None,
    rules: Iterable[str] = USUAL_RULES,
) -> DataFrame:
    """The chart that fits an indicator of this kind.

    Parameters
    ----------
    points : DataFrame
        In the order of time, with value and, of proportions and rates, numerator and denominator.
    kind : str
        Kind of the indicator, as in `INDICATORS`.
    baseline, rules
        As `xmr` has them.

    Returns
    -------
    DataFrame
        Of a proportion and a rate Laney's chart, which is the p or u chart where chance alone is at
        work; where in most weeks five are not to be expected on either side of the line, the p or u
        chart with its exact limits. Of all else, and where the counts are none (money counted
        instead of cases), the chart of individual values.

    Raises
    ------
    InputError
        For a kind that no indicator has; else as the chart that it is.
    """
    kinds = sorted({row.kind for row in INDICATORS.values()})
    if kind not in kinds:
        advice = f"give {', '.join(kinds)}"
        raise InputError(Problem("control_chart", f"no kind {shown(kind)}", advice))
    charts = {"proportion": (laney_p_chart, p_chart), "rate": (laney_u_chart, u_chart)}
    if kind not in charts:
        return xmr(points, baseline=baseline, rules=rules)
    need(points, COUNTS, "points")
    if points[COUNTS].dropna().empty or not countable(points, kind):
        return xmr(points, baseline=baseline, rules=rules)
    laney, exact = charts[kind]
    found = exact(points, baseline=baseline, rules=rules)
    mostly = found.loc[found["status"] == "ok", "exact"].mean() > 0.5
    return found if mostly else laney(points, baseline=baseline, rules=rules)


def countable(points: DataFrame, kind: str) -> bool:
    """Whether a proportion or rate counts something; it does not where money takes its place."""
    counted = points[COUNTS if kind == "proportion" else COUNTS[:1]].dropna()
    return are_whole(counted)


def _counted(points: DataFrame, chart: str) -> DataFrame:
    return checked_counts(points, chart, share=chart.endswith("p")).assign(chart=chart)


def checked_counts(points: DataFrame, where: str, share: bool) -> DataFrame:
    """The points with value and status; refused where the counts cannot be meant.

    Parameters
    ----------
    share : bool
        Whether the numerator is a part of the denominator, so that both are counts.
    """
    need(points, COUNTS, where)
    problems = count_problems(points, where, *COUNTS, share=share)
    if problems:
        raise InputError(problems)
    above, below = points["numerator"], points["denominator"]
    status = Series("ok", points.index, dtype="str")
    status = status.mask(above.isna() | below.isna(), "no_value").mask(below == 0, "no_denominator")
    value = (above / below.where(below > 0)).astype("float64")
    return points.assign(value=value, status=status)


def _centre(base: DataFrame) -> float:
    below = base["denominator"].sum()
    return float(base["numerator"].sum() / below) if below else np.nan


def _binomial(known: DataFrame, base: DataFrame) -> DataFrame:
    p, n = _centre(base), known["denominator"].astype("float64").round()
    exact = (n * p < EXPECTED) | (n * (1 - p) < EXPECTED)
    return _limits(known, p, np.sqrt(p * (1 - p) / n), exact, stats.binom(n, p)).assign(
        upper=lambda found: found["upper"].clip(upper=1.0)
    )


def _poisson(known: DataFrame, base: DataFrame) -> DataFrame:
    u, n = _centre(base), known["denominator"].astype("float64")
    return _limits(known, u, np.sqrt(u / n), n * u < EXPECTED, stats.poisson(n * u))


def _limits(
    known: DataFrame, centre: float, sigma: Series, exact: Series, counts: stats.rv_frozen
) -> DataFrame:
    """Three-sigma limits, or exact ones from the distribution of the counts."""
    n, x = known["denominator"], known["numerator"].astype("float64").round()
    z = in_sigmas(known["value"], centre, sigma)
    normal: dict[str, Any] = {
        "centre": centre,
        "lower": (centre - 3 * sigma).clip(lower=0.0),
        "upper": centre + 3 * sigma,
        "z": z,
        "exact": exact,
    }
    if not exact.any():
        return DataFrame(normal, index=known.index)
    above, below = stats.norm.isf(counts.sf(x - 1)), stats.norm.isf(counts.cdf(x))
    side = np.sign(known["value"] - centre).mask(np.isclose(known["value"], centre, atol=0), 0.0)
    tails = side * np.maximum(np.where(side > 0, above, below), 0.0)
    exactly = {
        "lower": normal["lower"].where(~exact, counts.ppf(TAIL) / n),
        "upper": normal["upper"].where(~exact, counts.isf(TAIL) / n),
        "z": z.where(~exact, tails),
    }
    return DataFrame(normal | exactly, index=known.index)


def _laney_p(known: DataFrame, base: DataFrame) -> DataFrame:
    p = _centre(base)
    found = _laney(known, base, p, p * (1 - p))
    return found.assign(upper=found["upper"].clip(upper=1.0))


def _laney_u(known: DataFrame, base: DataFrame) -> DataFrame:
    u = _centre(base)
    return _laney(known, base, u, u)


def _laney(known: DataFrame, base: DataFrame, centre: float, variance: float) -> DataFrame:
    sigma = np.sqrt(variance / known["denominator"])
    z = in_sigmas(known["value"], centre, sigma)
    sigma_z = max(1.0, z.loc[base.index].diff().abs().mean() / MEAN_RANGE)
    return DataFrame(
        {
            "centre": centre,
            "lower": (centre - 3 * sigma * sigma_z).clip(lower=0.0),
            "upper": centre + 3 * sigma * sigma_z,
            "z": in_sigmas(known["value"], centre, sigma * sigma_z),
            "sigma_z": sigma_z,
        },
        index=known.index,
    )
