"""Severity in points: evaluators held against one another on the employees that they share.

The employees are eliminated, so that only what differs within an employee counts: that an evaluator
has better people makes nobody mild. What one employee got belongs together.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from pandas import Series
from scipy.sparse import csr_array, diags_array, hstack

from csperf.calibration.layout import Layout, anchored, layout_of
from csperf.calibration.rasch import Floats
from csperf.calibration.ratings import Ratings, Whole
from csperf.calibration.robust import sandwich

ROUNDS = 3  # of weighing by each evaluator's spread
DUST = 1e-9  # of the largest score: what is smaller comes of rounding
PRIOR = 10.0  # ratings that what all evaluators have in common counts for in an evaluator's spread


def noticed(errors: Series) -> Series:
    """Standard errors, the middle one where no noise was seen; all 0 where there was none at all.

    That four ratings happen to follow one another exactly does not make their mean certain.
    """
    seen = errors.where(errors > 0)
    return seen.fillna(seen.median()).fillna(0.0)


class Severities(NamedTuple):
    """Of each evaluator: points taken off, their standard error, and the residual SD.

    residual and variance are of the ratings; the variance is that of all evaluators together, of
    which an employee's own estimate has taken up its part. covariances are those of the points, by
    the model and by clusters.
    """

    points: Floats
    se: Floats
    spread: Floats
    residual: Floats
    variance: float
    covariances: tuple[Floats, Floats]

    def contrast(self, weights: Floats) -> tuple[float, float]:
        """Weighted sum of the points, and the larger of its two standard errors."""
        squares = [float(weights @ each @ weights) for each in self.covariances]
        return float(weights @ self.points), float(np.sqrt(max(*squares, 0.0)))


def severities(ratings: Ratings, points: Floats, parts: list[Whole]) -> Severities:
    """Weighted least squares of points on employees, evaluators and criteria.

    An evaluator whose ratings follow those of others less closely counts less: weights are one over
    the evaluator's residual variance, which is drawn to that of all. The larger of the model's and
    the clustered standard error (by employee) is given.
    """
    layout = layout_of(ratings, parts, anchored(ratings, {}))
    evaluator = ratings.elements[1]
    n = np.bincount(evaluator, minlength=ratings.n(1))
    weight, spread = np.ones(ratings.size), np.ones(ratings.n(1))
    for _ in range(ROUNDS):
        effects, model, robust, residual = _solved(ratings, layout, points, weight)
        free = ratings.n(0) + int((np.diag(model) > 0).sum()) - len(layout.centred)
        share = max(ratings.size - free, 1) / ratings.size
        square = np.bincount(evaluator, residual**2, ratings.n(1))
        common = square.sum() / (share * ratings.size)
        spread = np.sqrt((square / share + PRIOR * common) / (n + PRIOR))
        if not common:
            break
        weight = 1 / spread[evaluator] ** 2
    at = layout.of_facet(1)
    covariances = model[at, at], robust[at, at]
    variance = np.maximum(*map(np.diag, covariances))
    off = -effects[at]
    off[np.abs(off) <= DUST * np.abs(points).max(initial=0)] = 0
    left = float((residual**2).mean())
    return Severities(off, np.sqrt(variance), spread, residual, left, covariances)


def _solved(
    ratings: Ratings, layout: Layout, points: Floats, weight: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    """Effects, their covariance by the model and by clusters, and residuals."""
    rows, ones = np.arange(ratings.size), np.ones(ratings.size)

    def marks(facet: int) -> csr_array:
        shape = (ratings.size, ratings.n(facet))
        return csr_array((ones, (rows, ratings.elements[facet])), shape=shape)

    people = marks(0)
    others = csr_array(hstack([marks(facet) for facet in range(1, len(ratings.facets))]))
    weighted = diags_array(weight) @ others
    own = np.bincount(ratings.elements[0], weight, ratings.n(0))
    inverse = diags_array(np.divide(1, own, out=np.zeros_like(own), where=own > 0))
    across = people.T @ weighted
    total = np.bincount(ratings.elements[0], weight * points, ratings.n(0))
    information = (others.T @ weighted - across.T @ inverse @ across).toarray()
    bread = layout.inverse(information)
    effects = bread @ (weighted.T @ points - across.T @ (inverse @ total))
    levels = inverse @ (total - across @ effects)
    residual = points - others @ effects - levels[ratings.elements[0]]
    residual[np.abs(residual) <= DUST * np.abs(points).max(initial=0)] = 0
    scores = people.T @ (diags_array(weight * residual) @ others)
    free = ratings.n(0) + np.linalg.matrix_rank(bread, hermitian=True)
    variance = (weight * residual**2).sum() / max(ratings.size - free, 1)
    return effects, bread * variance, sandwich(bread, csr_array(scores)), residual
