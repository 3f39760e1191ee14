"""Marginal maximum likelihood of the many-facet model: employees as draws from a normal.

Ratings that share everything but the employee share their probabilities at every level, so that a
table of these cells is all that has to be computed. The employees' measures are integrated out over
equally spaced levels: Bock and Aitkin (1981), Psychometrika 46.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import block_array, csr_array, diags_array, vstack
from scipy.special import logsumexp

from csperf.calibration.joint import JointModel
from csperf.calibration.layout import NO_END, Layout
from csperf.calibration.rasch import FARTHEST, Floats, Moments, moments, weights_of
from csperf.calibration.ratings import Ratings, Whole
from csperf.errors import InputError, Problem

NODES, REACH = 61, 6.0
STEPS, CLOSE = 30, 1e-8
WIDEST, NARROWEST = math.log(FARTHEST), math.log(0.05)  # of log(sd): beyond it there is no end
NO_SPREAD = Problem(
    "evaluations",
    "people differ no more than they would by chance, so that there is no spread to estimate",
    "give more ratings, or method='joint'",
    column="score",
)


@dataclass(frozen=True)
class Marginal:
    """Estimates of marginal maximum likelihood.

    theta and spread are the means and SDs of the employees' posteriors. `values` are the layout's
    parameters, then the mean of each subset of employees, then log(sd); `layout` has them all.
    `information` and `scores` (employee, parameter) are in the same order.
    """

    theta: Floats
    spread: Floats
    values: Floats
    layout: Layout
    likelihood: float
    information: Floats
    scores: Floats


class MarginalModel:
    """The likelihood of ratings as a function of everything but the employees' measures.

    `group` is the subset of each employee, from 1 (0 without ratings); each has a mean of its own.
    """

    def __init__(self, ratings: Ratings, layout: Layout, group: Whole) -> None:
        self.ratings, self.plain = ratings, layout
        self.means = int(group.max())
        self.layout = layout.extended(self.means + 1)
        key = np.vstack([ratings.elements[1:], group[ratings.elements[0]][None], ratings.scale])
        cells, self.cell = np.unique(key, axis=1, return_inverse=True)
        self.elements, self.group, self.scale = cells[:-2], cells[-2] - 1, cells[-1]
        self.of_scale = [self.scale == number for number in range(len(ratings.scores))]
        columns = self.cell * (ratings.steps + 1) + ratings.category
        shape = (ratings.n(0), cells.shape[1] * (ratings.steps + 1))
        self.given = csr_array((np.ones(ratings.size), (ratings.elements[0], columns)), shape)
        times = np.bincount(ratings.elements[0], minlength=ratings.n(0))
        self.rated = times > 0
        # A posterior is narrower the more ratings there are; the levels have to stand as close.
        least = 2 * REACH * math.sqrt(times.max())
        nodes = max(NODES, math.ceil(least) | 1)
        self.z = np.linspace(-REACH, REACH, nodes)
        self.log_prior = -(self.z**2) / 2 - logsumexp(-(self.z**2) / 2)
        self.design = self._design()

    def fit(self) -> Marginal:
        """Estimates: from pulled joint ones by a quasi-Newton search, then by Newton's method.

        InputError where some estimate would be without end.
        """
        pulled = JointModel(self.ratings, self.plain, pull=1.0).fit()
        theta = pulled.theta[self.rated]
        begun = np.append(pulled.values, [theta.mean()] * self.means)
        begun = np.append(begun, np.log(max(theta.std(), 0.1)))

        def lost(move: Floats) -> tuple[float, Floats]:
            likelihood, gradient = self.gradient(begun + self.layout.project(move))
            return -likelihood, -self.layout.project(gradient)

        found = minimize(lost, np.zeros_like(begun), jac=True, method="L-BFGS-B")
        values = begun + self.layout.project(found.x)
        _refuse_endless(values)
        for _ in range(1, STEPS + 1):
            information, scores = self.information(values)
            move = self.layout.inverse(information) @ scores.sum(axis=0)
            if np.abs(move).max() < CLOSE:
                break
            values = values + move
            _refuse_endless(values)
        likelihood, _ = self.gradient(values)
        post, _ = self._posterior(values, self._moments(values))
        level = _sd(values) * self.z
        mean = post @ level
        spread = np.sqrt(np.maximum(post @ level**2 - mean**2, 0))
        return Marginal(
            theta=mean + self._person_mean(values),
            spread=spread,
            values=values,
            layout=self.layout,
            likelihood=likelihood,
            information=information,
            scores=scores,
        )

    def gradient(self, values: Floats) -> tuple[float, Floats]:
        """Log likelihood, and its gradient."""
        table = self._moments(values)
        post, likelihood = self._posterior(values, table)
        _, off, ahead = self._expected(table, post)
        level = _sd(values) * self.z
        by_cell = np.concatenate([off.sum(axis=1), *(each.sum(axis=1) for each in ahead)])
        gradient = self.design.T @ by_cell
        gradient[-1] = (off @ level).sum()
        return likelihood, gradient

    def information(self, values: Floats) -> tuple[Floats, Floats]:
        """Observed information, and the expected score of each employee.

        What complete data would tell less what is missing of it: Louis (1982), JRSS B 44.
        """
        table = self._moments(values)
        post, _ = self._posterior(values, table)
        level = _sd(values) * self.z
        ratings, person, cells = self.ratings, self.ratings.elements[0], len(self.scale)
        steps = range(ratings.steps)
        columns = np.concatenate(
            [self.cell + part * cells for part in (0, *(m + 1 for m in steps))]
        )
        rows = np.tile(person, ratings.steps + 1)
        shape = (ratings.n(0), cells * (ratings.steps + 1))
        size = self.layout.size
        square, mean = np.zeros((size, size)), np.zeros((ratings.n(0), size))
        for q, at in enumerate(level):
            off = ratings.category - table.expected[self.cell, q]
            ahead = [table.reached[m, self.cell, q] - (ratings.category > m) for m in steps]
            cells_of = csr_array((np.concatenate([off, *ahead]), (rows, columns)), shape)
            score = (cells_of @ self.design).toarray()
            score[:, -1] = np.bincount(person, off, ratings.n(0)) * at
            weighted = post[:, [q]] * score
            square += score.T @ weighted
            mean += weighted
        return self._complete(table, post, level) - square + mean.T @ mean, mean

    def _complete(self, table: Moments, post: Floats, level: Floats) -> Floats:
        """Information of the ratings if the employees' levels were known."""
        n, off, _ = self._expected(table, post)
        steps = range(self.ratings.steps)
        with_steps = [n * table.with_threshold(m) for m in steps]
        blocks = [[None] * (len(steps) + 1) for _ in range(len(steps) + 1)]
        blocks[0][0] = diags_array((n * table.variance).sum(axis=1))
        for m in steps:
            blocks[0][m + 1] = blocks[m + 1][0] = diags_array(-with_steps[m].sum(axis=1))
            for other in steps:
                both = table.reached[max(m, other)] - table.reached[m] * table.reached[other]
                blocks[m + 1][other + 1] = diags_array((n * both).sum(axis=1))
        found = (self.design.T @ block_array(blocks, format="csr") @ self.design).toarray()
        by_cell = [(n * table.variance) @ level, *(-each @ level for each in with_steps)]
        found[-1] = found[:, -1] = self.design.T @ np.concatenate(by_cell)
        found[-1, -1] = ((n * table.variance) @ level**2 - off @ level).sum()
        return found

    def _design(self) -> csr_array:
        """How parameters move the logit of each cell, and then each threshold of each cell."""
        cells, size = np.arange(len(self.scale)), self.layout.size
        ones = np.ones(len(cells))
        shape = (len(cells), size)
        made = csr_array((ones, (cells, self.plain.size + self.group)), shape)
        for facet, of in enumerate(self.elements):
            made = made - csr_array((ones, (cells, self.plain.starts[facet] + of)), shape)
        first = self.plain.starts[-1] + self.scale * self.ratings.steps
        ahead = [csr_array((ones, (cells, first + m)), shape) for m in range(self.ratings.steps)]
        return csr_array(vstack([made, *ahead]))

    def _moments(self, values: Floats) -> Moments:
        """Moments of every cell at every level."""
        eta, weights = self._eta(values), weights_of(self.plain.thresholds(values))
        found = Moments(np.empty((self.ratings.steps, *eta.shape)), *np.empty((3, *eta.shape)))
        for scale, mine in enumerate(self.of_scale):
            for whole, part in zip(found, moments(eta[mine], weights[scale]), strict=True):
                whole[..., mine, :] = part
        return found

    def _eta(self, values: Floats) -> Floats:
        place = self.design[: len(self.scale)] @ values
        return np.clip(place[:, None] + _sd(values) * self.z, -FARTHEST, FARTHEST)

    def _posterior(self, values: Floats, table: Moments) -> tuple[Floats, float]:
        """Weights of the levels for each employee, and the log likelihood."""
        tau, eta = self.plain.thresholds(values), self._eta(values)
        passed = np.cumsum(np.column_stack([np.zeros(len(tau)), tau]), axis=1)[self.scale]
        categories = np.arange(self.ratings.steps + 1)[:, None]
        log = eta[:, None] * categories - passed[..., None] - table.log_total[:, None]
        joint = self.given @ log.reshape(self.given.shape[1], -1) + self.log_prior
        total = logsumexp(joint, axis=1)
        return np.exp(joint - total[:, None]), float(total.sum())

    def _expected(self, table: Moments, post: Floats) -> tuple[Floats, Floats, list[Floats]]:
        """Ratings of each cell at each level, their residual, and that of reaching thresholds."""
        categories = self.ratings.steps + 1
        counts = (self.given.T @ post).reshape(len(self.scale), categories, -1)
        n = counts.sum(axis=1)
        off = np.tensordot(counts, np.arange(categories), axes=(1, 0)) - n * table.expected
        above = counts[:, ::-1].cumsum(axis=1)[:, ::-1]
        steps = range(self.ratings.steps)
        return n, off, [n * table.reached[m] - above[:, m + 1] for m in steps]

    def _person_mean(self, values: Floats) -> Floats:
        """The mean of the subset of each employee; unknown for who has no ratings."""
        of = np.full(self.ratings.n(0), np.nan)
        of[self.ratings.elements[0]] = values[self.plain.size + self.group[self.cell]]
        return of


def _refuse_endless(values: Floats) -> None:
    """InputError where the search has gone beyond all measure."""
    if values[-1] < NARROWEST:
        raise InputError(NO_SPREAD)
    if not max(np.abs(values[np.isfinite(values)]).max() / FARTHEST, values[-1] / WIDEST) < 1:
        raise InputError(NO_END)


def _sd(values: Floats) -> float:
    """SD of the employees."""
    return math.exp(min(values[-1], WIDEST))
