"""Means, contrasts and tests of the fixed effects as tables."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
from numpy import ndarray
from pandas import DataFrame
from scipy import stats

from csperf.errors import meant
from csperf.mixed.formula import term_name
from csperf.mixed.inference import Inference, f_test
from csperf.mixed.reference import Reference, refuse, tested_terms
from csperf.mixed.studentized import detectable, tukey_critical, tukey_p

LEVEL, POWER = 0.95, 0.80
PAIRWISE, AGAINST_FIRST, CONSECUTIVE = KINDS = ("pairwise", "reference", "consecutive")
TUKEY, HOLM, BONFERRONI, BH, NONE = ADJUSTMENTS = ("tukey", "holm", "bonferroni", "bh", "none")
AUTO = "auto"


def mean_table(
    reference: Reference, inference: Inference, by: Sequence[str], slopes: Sequence[str]
) -> DataFrame:
    """A row a cell of the factors `by`: its mean, or the slope of a number in it."""
    table, weights = reference.weights(by, slopes)
    estimate, se, df = _estimated(inference, weights)
    low, high = _interval(estimate, se, _critical(df))
    found = {"mean": estimate, "se": se, "df": df, "low": low, "high": high}
    return _joined(table, {**found, "method": inference.method})


def contrast_table(
    reference: Reference,
    inference: Inference,
    by: Sequence[str],
    within: Sequence[str],
    slopes: Sequence[str],
    how: tuple[str, str],
) -> DataFrame:
    """A row a pair of cells of `by`, in each cell of `within`; `how` is its kind and adjustment.

    The pairs in a cell of `within` are adjusted for one another.
    """
    kind, adjust = how
    table, weights = reference.weights([*within, *by], slopes)
    count = int(np.prod([len(reference.levels[name]) for name in by]))
    pairs = _pairs(count, kind)
    start = np.arange(0, len(table), count)[:, None]
    first, second = ((start + pairs[:, side]).ravel() for side in (0, 1))
    estimate, se, df = _estimated(inference, weights[first] - weights[second])
    t = estimate / se
    p_value = 2 * stats.t.sf(np.abs(t), df)
    if adjust == TUKEY:
        p_adjusted = np.maximum(tukey_p(t, df, count), p_value)
        critical = tukey_critical(LEVEL, df, count)
    else:
        families = p_value.reshape(len(start), len(pairs))
        p_adjusted = np.concatenate([adjusted(family, adjust) for family in families])
        critical = _critical(df, 1 if adjust == NONE else len(pairs))
    low, high = _interval(estimate, se, critical)
    names = _labels(table[list(by)])
    found = {"first": names[first], "second": names[second], "estimate": estimate, "se": se}
    found |= {"df": df, "t": t, "low": low, "high": high, "p_value": p_value}
    found |= {"p_adjusted": p_adjusted, "smallest_detectable": se * detectable(critical, df, POWER)}
    cells = table[list(within)].iloc[first]
    return _joined(cells, {**found, "adjust": adjust, "method": inference.method})


def coefficient_table(names: Sequence[str], inference: Inference) -> DataFrame:
    """A row a fixed effect with its t test."""
    estimate, se, df = _estimated(inference, np.eye(len(names)))
    low, high = _interval(estimate, se, _critical(df))
    t = estimate / se
    found = {"term": names, "estimate": estimate, "se": se, "df": df, "t": t}
    found |= {"low": low, "high": high, "p_value": 2 * stats.t.sf(np.abs(t), df)}
    return DataFrame({**found, "method": inference.method})


def anova_table(
    reference: Reference, inference: Inference, crossproducts: ndarray, residual: float
) -> DataFrame:
    """A row a fixed term with its F test of type III; residual is the variance of that."""
    rows = []
    spread = np.linalg.inv(crossproducts)
    for term in tested_terms(reference.terms):
        weights = _uncorrelated(reference.hypothesis(term), spread)
        test = f_test(inference, weights)
        square = test.f * residual
        squares = (square * test.df_term, square)
        rows.append((term_name(term), *squares, test.df_term, test.df, test.f, test.p_value))
    columns = ["term", "sum_squares", "mean_square", "df_term", "df", "f", "p_value"]
    return DataFrame(rows, columns=columns).assign(method=inference.method)


def _uncorrelated(weights: ndarray, spread: ndarray) -> ndarray:
    """The same hypothesis in rows that least squares would leave uncorrelated, as lmerTest's are.

    On unequal variances Satterthwaite's df of F depends a little on which rows stand for it.
    """
    upper = np.linalg.cholesky(np.linalg.inv(weights @ spread @ weights.T)).T
    return upper / np.diag(upper)[:, None] @ weights


def adjusted(p_values: ndarray, adjust: str) -> ndarray:
    """P-values adjusted for their number.

    Bonferroni; Holm (1979), Scandinavian Journal of Statistics 6; Benjamini and Hochberg (1995),
    Journal of the Royal Statistical Society B 57.
    """
    m = len(p_values)
    if adjust == NONE or m == 0:
        return p_values
    if adjust == BH:
        return stats.false_discovery_control(p_values)
    if adjust == BONFERRONI:
        return np.minimum(m * p_values, 1.0)
    order = np.argsort(p_values, kind="stable")
    steps = np.maximum.accumulate(p_values[order] * (m - np.arange(m)))
    out = np.empty(m)
    out[order] = np.minimum(steps, 1.0)
    return out


def checked_how(kind: str, adjust: str | None) -> tuple[str, str]:
    """The kind of contrasts and the adjustment, the automatic choice made.

    Raises
    ------
    InputError
        Words that are not known, or Tukey's range for contrasts that are not all pairs.
    """
    adjust = NONE if adjust is None else adjust
    if kind not in KINDS:
        raise refuse(f"kind {kind!r} is not known{meant(kind, KINDS)}", f"there are: {KINDS}")
    if adjust == AUTO:
        adjust = TUKEY if kind == PAIRWISE else HOLM
    if adjust not in ADJUSTMENTS:
        found = f"adjust {adjust!r} is not known{meant(adjust, ADJUSTMENTS)}"
        raise refuse(found, f"there are: {', '.join(ADJUSTMENTS)}")
    if adjust == TUKEY and kind != PAIRWISE:
        raise refuse(f"'tukey' is for all pairs, not for kind {kind!r}", "adjust by 'holm'")
    return kind, adjust


def _pairs(count: int, kind: str) -> ndarray:
    """Places of the first and second cell of each contrast; the estimate is first minus second."""
    if count < 2:
        raise refuse("there is one mean, so nothing to compare it with", "name a factor in `by`")
    if kind == AGAINST_FIRST:
        return np.array([(at, 0) for at in range(1, count)])
    if kind == CONSECUTIVE:
        return np.array([(at, at - 1) for at in range(1, count)])
    return np.array(list(combinations(range(count), 2)))


def _joined(cells: DataFrame, found: dict[str, Any]) -> DataFrame:
    """The levels of each row, and beside them what was found."""
    taken = [str(name) for name in cells if name in found]
    if taken:
        raise refuse(f"'{taken[0]}' is a column of the result too", "give the factor another name")
    return DataFrame({**{name: cells[name].array for name in cells}, **found})


def _labels(cells: DataFrame) -> ndarray:
    """Levels of one factor as they are, of several joined as `a:b`."""
    if cells.shape[1] == 1:
        return cells.iloc[:, 0].to_numpy(dtype=object)
    return cells.astype(str).agg(":".join, axis=1).to_numpy(dtype=object)


def _estimated(inference: Inference, weights: ndarray) -> tuple[ndarray, ndarray, ndarray]:
    return weights @ inference.estimate, inference.se(weights), inference.df(weights)


def _critical(df: ndarray, tests: int = 1) -> ndarray:
    """Quantile of t that all of several intervals keep to together, by Bonferroni."""
    return stats.t.ppf(1 - (1 - LEVEL) / (2 * tests), df)


def _interval(estimate: ndarray, se: ndarray, critical: ndarray) -> tuple[ndarray, ndarray]:
    return estimate - critical * se, estimate + critical * se
