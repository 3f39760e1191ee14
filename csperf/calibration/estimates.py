"""Estimates of the many-facet model with their covariance, by either likelihood in one form."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from pandas import DataFrame

from csperf.calibration.fit_statistics import Fitted, fitted
from csperf.calibration.joint import JointModel, Sums, schur
from csperf.calibration.layout import Layout
from csperf.calibration.marginal import Marginal, MarginalModel
from csperf.calibration.rasch import PART, Floats
from csperf.calibration.ratings import Ratings, Whole
from csperf.calibration.robust import clusters_of, joint_scores, sandwich

POPULATION = ["subset", "mean", "sd", "reliability"]


@dataclass(frozen=True)
class Estimates:
    """Estimates of either method in one form; `errors` of employees, `covariance` of the others.

    `at` is what the model expects of each rating at the estimates as they were, before any
    correction. `population` is the normal that marginal estimation takes employees from: subset,
    mean, sd, and reliability of the employees' measures.
    """

    theta: Floats
    errors: Floats
    values: Floats
    covariance: Floats
    deviance: float
    at: Fitted
    population: DataFrame


def marginal_estimates(
    ratings: Ratings, layout: Layout, group: Whole, clusters: str | None
) -> Estimates:
    """Estimates with employees as draws from a normal; `group` is the subset of each."""
    made = MarginalModel(ratings, layout, group).fit()
    covariance = made.layout.inverse(made.information)
    if clusters:
        covariance = sandwich(covariance, made.scores)
    values = made.values[: layout.size]
    eta = JointModel(ratings, layout).eta(made.theta, values)
    return Estimates(
        theta=made.theta,
        errors=made.spread,
        values=values,
        covariance=covariance[: layout.size, : layout.size],
        deviance=-2 * made.likelihood,
        at=fitted(ratings, eta, layout.thresholds(values)),
        population=_population(made, layout, group),
    )


def joint_estimates(
    ratings: Ratings, layout: Layout, pull: float, corrected: bool, clusters: str | None
) -> Estimates:
    """Estimates with a parameter for each employee."""
    model = JointModel(ratings, layout, pull)
    made = model.fit()
    covariance = layout.inverse(schur(made.sums))
    if clusters:
        scores = joint_scores(model, made, clusters_of(ratings, clusters))
        covariance = sandwich(covariance, scores)
    each = ratings.size / model.rated.sum()
    less = (each - 1) / each if corrected and not pull and each > 1 else 1.0
    return Estimates(
        theta=less * np.where(model.rated, made.theta, np.nan),
        errors=less * _employee_errors(made.sums, covariance),
        values=less * made.values,
        covariance=less**2 * covariance,
        deviance=-2 * made.sums.likelihood,
        at=fitted(ratings, model.eta(made.theta, made.values), layout.thresholds(made.values)),
        population=DataFrame(columns=POPULATION),
    )


def _population(made: Marginal, layout: Layout, group: Whole) -> DataFrame:
    rows = []
    for number, mean in enumerate(made.values[layout.size : -1], start=1):
        mine = group == number
        signal, noise = made.theta[mine].var(), (made.spread[mine] ** 2).mean()
        rows.append((number, mean, np.exp(made.values[-1]), signal / (signal + noise)))
    return DataFrame(rows, columns=POPULATION)


def _employee_errors(sums: Sums, covariance: Floats) -> Floats:
    """Standard errors of employees' measures: their own, and what the others' errors add."""
    added = np.empty(len(sums.diagonal))
    for start in range(0, len(added), PART):
        rows = sums.across[start : start + PART]
        added[start : start + PART] = rows.multiply(rows @ covariance).sum(axis=1)
    return np.sqrt(1 / sums.diagonal + added / sums.diagonal**2)
