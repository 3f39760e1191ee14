"""How much of a score hangs on who happened to rate."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from csperf.appraisal.evaluation import judged_weights, last_scores
from csperf.scheme import Scheme
from csperf.scheme.parts import leaves

LEAST_FREE = 5  # degrees of freedom from which a variance is believed
UNKNOWN = "spread between evaluators unknown: "
MEAN = ["employee_id", "evaluator_type", "criterion_id"]
SHEET = ["employee_id", "evaluator_type", "evaluator_id"]


def judged_variance(
    evaluations: DataFrame | None, weights: DataFrame, scheme: Scheme
) -> tuple[Series, Series]:
    """Variance of each person's score from the choice of evaluators, and why it is unknown.

    `weights` has a row a person and a column a component path, in per cent. The variance is the sum
    over types of W^2 s^2 / m: the type's weight, the variance of one evaluator's sheet within
    people, and the person's evaluators.
    """
    variance, reasons = Series(0.0, weights.index), Series("", weights.index)
    squares, sheets = _within_people(evaluations, scheme)
    paths: dict[str, list[str]] = {}
    for path, leaf, kind in leaves(scheme.score, "", None):
        if leaf.criterion:
            paths.setdefault(str(kind), []).append(path)
    for kind, mine in paths.items():
        weight = weights[mine].sum(axis=1) / 100
        people = pd.MultiIndex.from_product([weights.index, [kind]])
        term = weight**2 * squares.get(kind, np.nan) / sheets.reindex(people).to_numpy()
        variance += term.where(weight > 0, 0.0)
        reasons = reasons.mask((weight > 0) & term.isna() & (reasons == ""), UNKNOWN + kind)
    return variance, reasons


def _within_people(
    evaluations: DataFrame | None, scheme: Scheme
) -> tuple[Mapping[str, float], Series]:
    """Variance of sheets around the person's mean by type, and how many sheets each person has.

    A sheet is the weighted mean of what one evaluator gave one person. A type with too few people
    who were rated twice takes the variance of all types together.
    """
    if evaluations is None or not evaluations["score"].notna().any():
        return {}, Series(index=pd.MultiIndex.from_arrays([[], []]), dtype="float64")
    last = last_scores(evaluations, scheme)
    weight = pd.MultiIndex.from_frame(last[MEAN[1:]]).map(judged_weights(scheme))
    last = last.assign(weight=weight.astype("float64"))
    last = last[last["weight"] > 0]
    off = last["points"] - last.groupby(MEAN)["points"].transform("mean")
    whole = last.assign(off=off * last["weight"]).groupby(SHEET)[["off", "weight"]].sum()
    square = (whole["off"] / whole["weight"]) ** 2
    sheets = square.groupby(level=[0, 1]).size()
    sums, free = square.groupby(level=1).sum(), (sheets - 1).groupby(level=1).sum()
    enough = free.sum() >= LEAST_FREE
    pooled = sums.sum() / free.sum() if enough else np.nan
    return (sums / free).where(free >= LEAST_FREE, pooled).to_dict(), sheets
