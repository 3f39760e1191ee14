"""A model without random effects: ordinary least squares by QR on y less its mean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from csperf.errors import InputError, Problem
from csperf.mixed.design import Design
from csperf.mixed.formula import INTERCEPT, term_name
from csperf.mixed.inference import RESIDUAL_DF, Inference

ROUNDING = 4 * np.finfo(float).eps  # of the largest y


@dataclass(frozen=True)
class LeastSquares:
    """A solution by least squares.

    phi : covariance of the estimates over the residual variance.
    df : rows less fixed effects.
    """

    estimate: ndarray
    phi: ndarray
    fitted: ndarray
    variance: float
    df: int
    deviance: float


def least_squares(numbers: Design, reml: bool) -> LeastSquares:
    """Estimates, and the residual variance over its degrees of freedom or by ML over the rows.

    Raises
    ------
    InputError
        Nothing is left as residual.
    """
    (n, p), there = numbers.x.shape, term_name(INTERCEPT) in numbers.names
    level = numbers.y.mean() if there else 0.0
    y = numbers.y - level
    q, r = np.linalg.qr(numbers.x)
    estimate = np.zeros(p)
    for _ in range(2):  # once more, for the digits that the first left
        estimate = estimate + np.linalg.solve(r, q.T @ (y - numbers.x @ estimate))
    rest = y - numbers.x @ estimate
    rss = float(rest @ rest)
    if rss <= n * (ROUNDING * np.abs(numbers.y).max()) ** 2:
        found = "what is to be explained does not vary beyond the fixed effects"
        raise InputError(Problem("fit_mixed", found, "give more rows or a simpler formula"))
    if there:
        estimate[numbers.names.index(term_name(INTERCEPT))] += level
    dof = n - p if reml else n
    deviance = dof * (1 + np.log(2 * np.pi * rss / dof))
    if reml:
        deviance += 2 * np.log(np.abs(np.diag(r))).sum()
    back = np.linalg.inv(r)
    return LeastSquares(
        estimate, back @ back.T, numbers.y - rest, rss / dof, n - p, float(deviance)
    )


def residual_inference(estimate: ndarray, phi: ndarray, df: float) -> Inference:
    """One variance and its degrees of freedom; t and F are exact for normal scores."""
    w = np.array([[2.0 / df]])
    return Inference(RESIDUAL_DF, estimate, phi, phi, phi[None], w)
