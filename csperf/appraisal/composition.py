"""What a score is made of: components that repeat one another, and how much each one counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

import numpy as np
from pandas import DataFrame, Series
from scipy.sparse.csgraph import connected_components

from csperf.indicators import INDICATORS, Indicator
from csperf.indicators.intervals import Z, student
from csperf.scheme import Part, Scheme

CLOSE = 0.9
ENOUGH_PEOPLE = 5
NO_SPREAD = 1e-9  # points: less is rounding
SUM_TOLERANCE = 0.01 + NO_SPREAD
REPEATS = ("exact_complement", "same_numerator", "close")
UNKNOWABLE = ("too_few", "no_differences")
MUTE = (*UNKNOWABLE, "no_spread")
PER_CENT = "per cent"
SCORE = "score"

Row = dict[str, Any]


def row(check: str, subject: str, finding: str, **further: Any) -> Row:
    """One row of the table indicator_set."""
    return {"check": check, "subject": subject, "finding": finding, **further}


def same_data(leaves: Mapping[str, Part]) -> Iterator[Row]:
    """Pairs of components that are read from the same numbers (B-74), those for events included."""
    read = {path: INDICATORS[leaf.indicator] for path, leaf in leaves.items() if leaf.indicator}
    found = [
        row("same_data", first, finding, other=second)
        for first, second in combinations(read, 2)
        if (finding := _kinship(_origin(read[first]), _origin(read[second])))
    ]
    yield from found or [row("same_data", SCORE, "none")]


def _kinship(a: Indicator, b: Indicator) -> str:
    ratio = ("fact", "numerator", "denominator", "exposure", "kind")
    if a.complement != b.complement and all(getattr(a, part) == getattr(b, part) for part in ratio):
        return "exact_complement"
    same = a.id == b.id or (a.fact and (a.fact, a.numerator) == (b.fact, b.numerator))
    return "same_numerator" if same else ""


def _origin(indicator: Indicator) -> Indicator:
    """The indicator itself, or the only one that it is made of."""
    return INDICATORS[indicator.of[0]] if len(indicator.of) == 1 else indicator


def correlations(points: DataFrame) -> Iterator[Row]:
    """Correlation of the points of every two components across people (B-74)."""
    known = points.notna().astype(int)
    n_of, r_of = known.T @ known, points.corr(min_periods=ENOUGH_PEOPLE)
    for first, second in combinations(points, 2):
        n, r = int(n_of.loc[first, second]), float(np.clip(r_of.loc[first, second], -1, 1))
        if n < ENOUGH_PEOPLE:
            finding = "too_few"
        elif np.isnan(r):
            finding = "one_without_spread"
        else:
            finding = "close" if abs(r) > CLOSE else "apart"
        low, high = _fisher(r, n)
        numbers = {"value": r, "n": n, "low": low, "high": high, "unit": "correlation"}
        yield row("correlation", first, finding, other=second, **numbers)


def _fisher(r: float, n: int) -> tuple[float, float]:
    """95 % interval of a correlation: r's inverse hyperbolic tangent has variance 1 / (n - 3)."""
    if n < ENOUGH_PEOPLE:
        return np.nan, np.nan
    with np.errstate(divide="ignore"):
        z, half = np.arctanh(r), Z / np.sqrt(n - 3)
    return float(np.tanh(z - half)), float(np.tanh(z + half))


def constructs(pairs: list[Row], nominal: Series) -> dict[str, list[str]]:
    """{first component: all of its construct}, where weighted components repeat one another."""
    weighted = list(nominal.index[nominal > 0])
    linked = DataFrame(False, index=weighted, columns=weighted)
    for pair in pairs:
        if pair["finding"] in REPEATS and {pair["subject"], pair["other"]} <= {*weighted}:
            linked.loc[pair["subject"], pair["other"]] = True
    _, label = connected_components(linked.to_numpy(), directed=False)
    groups = [list(mine.index) for _, mine in Series(label, weighted).groupby(label)]
    return {members[0]: members for members in groups if len(members) > 1}


def weight_sums(scheme: Scheme) -> Iterator[Row]:
    """Whether weights that should make 100 do so, and what they are if not quite (B-75).

    Scoring divides by the sum, so nothing is lost; the completed weights in `facts` are for print.
    """
    for name, parts in _wholes("", scheme.score, True):
        weights = [part.share for part in parts if not part.after_weighting]
        total = sum(weights)
        off, facts = abs(total - 100), ""
        if off > NO_SPREAD:
            facts = " + ".join(f"{weight:.2f}" for weight in _completed(weights))
        finding = "whole" if not facts else "completed" if off <= SUM_TOLERANCE else "not_whole"
        subject = name or SCORE
        yield row("weight_sum", subject, finding, value=total, unit=PER_CENT, facts=facts)


def _wholes(
    name: str, parts: tuple[Part, ...], whole: bool
) -> Iterator[tuple[str, tuple[Part, ...]]]:
    """The score and every group with a weight of its own, whose parts therefore make 100."""
    if whole:
        yield name, parts
    for part in parts:
        if part.parts:
            yield from _wholes(f"{name}/{part.id}".strip("/"), part.parts, bool(part.weight))


def _completed(weights: list[float]) -> list[float]:
    """The weights at two decimals, summing to exactly 100: the largest remainders get the rest."""
    exact = np.array(weights) / sum(weights) * 100_00
    whole = np.floor(exact + NO_SPREAD)
    left = round(100_00 - whole.sum())
    whole[np.argsort(whole - exact, kind="stable")[:left]] += 1
    return list(whole / 100)


def weights(
    prefix: str,
    groups: Mapping[str, list[str]],
    nominal: Series,
    points: DataFrame,
    earned: DataFrame,
) -> Iterator[Row]:
    """Weight on paper of each group of components, and what it makes of people's differences.

    The groups are single components (B-76) or, with a prefix and named in `facts`, constructs
    (B-74). `earned` has the contributions of the people with a score.
    """
    found = _influence(groups, nominal, points, earned)
    for label, paths in groups.items():
        mine, reading = found.loc[label], _reading(found.loc[label], earned)
        further = {"unit": PER_CENT, "facts": ", ".join(paths) if prefix else ""}
        name = "counted_together" if prefix else "weighted" if mine["nominal"] else "beside_weights"
        yield row(f"{prefix}nominal_weight", label, name, value=mine["nominal"], **further)
        if mine["nominal"]:
            few = mine["n"] < ENOUGH_PEOPLE
            told = "too_few" if few else reading if reading in MUTE else "weighted"
            numbers = {"value": np.nan if few else mine["effective"], "n": mine["n"]}
            yield row(f"{prefix}effective_weight", label, told, **numbers, **further)
        share = {} if reading in UNKNOWABLE else dict(mine[["value", "low", "high"]])
        check = f"{prefix}share_of_differences"
        yield row(check, label, reading, n=len(earned), **share, **further)


def _influence(
    groups: Mapping[str, list[str]], nominal: Series, points: DataFrame, earned: DataFrame
) -> DataFrame:
    """A row a group: nominal, n, spread, effective, and value, low, high of its share."""
    carried = points.loc[earned.index] * nominal / 100
    parts = DataFrame(
        {label: carried[paths].sum(axis=1, skipna=False) for label, paths in groups.items()},
        index=earned.index,
    )
    own = DataFrame(
        {label: earned[paths].sum(axis=1) for label, paths in groups.items()}, index=earned.index
    )
    total = earned.sum(axis=1)
    sd = total.std() if total.std() > NO_SPREAD else np.nan
    return DataFrame({"n": parts.count(), "spread": parts.std()}).assign(
        nominal=[nominal[paths].sum() for paths in groups.values()],
        effective=100 * parts.std() / sd,
        **_shares(own, total),
    )


def _shares(own: DataFrame, total: Series) -> dict[str, Series]:
    """Per cent of the variance of `total` that goes through each column, with its interval.

    The jackknife in closed form: leaving out a person takes n / (n - 1) x c x t, both centred, off
    a sum of products.
    """
    n, c, t = np.float64(len(own)), (own - own.mean()).to_numpy(), (total - total.mean()).to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        share = 100 * (c.T @ t) / (t @ t)
        factor = n / (n - 1)
        rest = c.T @ t - factor * c * t[:, None]
        without = 100 * rest / (t @ t - factor * t**2)[:, None]
        se = np.sqrt(((without - without.sum(axis=0) / n) ** 2).sum(axis=0) / factor)
    low, high = student(share, se, n)
    bounds = {"value": share, "low": low, "high": high}
    return {name: Series(numbers, own.columns) for name, numbers in bounds.items()}


def _reading(mine: Series, earned: DataFrame) -> str:
    """What the share of differences says beside the weight, as far as chance is ruled out."""
    if len(earned) < ENOUGH_PEOPLE:
        return "too_few"
    if not earned.sum(axis=1).std() > NO_SPREAD:
        return "no_differences"
    if mine["nominal"] and mine["spread"] < NO_SPREAD:
        return "no_spread"
    if mine["high"] < 0:
        return "against"
    if not mine["nominal"]:
        return "beside_weights"
    if mine["high"] < mine["nominal"]:
        return "counts_less"
    return "counts_more" if mine["low"] > mine["nominal"] else "not_told_apart"
