"""Joint maximum likelihood of the many-facet model, on long arrays, by Newton's method.

Every employee has a parameter. They are eliminated in each step: what is left of the information is
a matrix of the other facets and the thresholds (a Schur complement), whose inverse is their
covariance. No design matrix is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.sparse import block_array, csr_array, diags_array
from scipy.sparse.linalg import LinearOperator, cg

from csperf.calibration.layout import NO_END, Layout
from csperf.calibration.rasch import FARTHEST, Floats, moments, parts, weights_of
from csperf.calibration.ratings import Ratings, Whole
from csperf.errors import InputError

STEPS, CLOSE, LONGEST = 100, 1e-7, 1.0
DENSE = 1_500  # parameters up to which a step is solved exactly
EXACT = 1e-10


class Pair(NamedTuple):
    """Which elements of two facets meet, and in which of these meetings each rating is."""

    of: Whole
    first: Whole
    second: Whole


class Sums(NamedTuple):
    """Gradients and information of all parameters, in the sense of difficulty.

    `employees` and `others` are gradients; `diagonal`, `across` and `within` the information of
    employees, of employees with others, and of others.
    """

    likelihood: float
    employees: Floats
    others: Floats
    diagonal: Floats
    across: csr_array
    within: csr_array


@dataclass(frozen=True)
class Joint:
    """Estimates of joint maximum likelihood.

    theta is of employees, values of all other parameters; sums are those at the estimates.
    """

    theta: Floats
    values: Floats
    sums: Sums


class JointModel:
    """The likelihood of ratings as a function of all parameters.

    `pull` is the weight of a prior that pulls employees to their mean: 1 / sd^2 in logits.
    """

    def __init__(self, ratings: Ratings, layout: Layout, pull: float = 0.0) -> None:
        self.ratings, self.layout, self.pull = ratings, layout, pull
        facets = range(len(ratings.facets))
        self.pairs = {(a, b): _pair(ratings, a, b) for a in facets for b in facets if a < b}
        scales = len(ratings.scores)
        self.on_scale = [ratings.elements[facet] * scales + ratings.scale for facet in facets]
        marks = ratings.category[:, None] > np.arange(ratings.steps)
        self.reached = np.array([marks[part].sum(axis=0) for part in ratings.slices()], dtype=float)
        self.rated = np.bincount(ratings.elements[0], minlength=ratings.n(0)) > 0

    def fit(self) -> Joint:
        """Estimates, from a start by log odds; each step at most one logit.

        InputError where some estimate would be without end.
        """
        theta, values = self._start()
        found = self.sums(theta, values)
        for _ in range(1, STEPS + 1):
            step, move = self._step(found)
            size = max(np.abs(step).max(), np.abs(move).max(initial=0))
            share = min(1.0, LONGEST / size) if size else 0.0
            for _halving in range(20):
                now = self.sums(theta - share * step, values + share * move)
                if now.likelihood >= found.likelihood - CLOSE:
                    break
                share /= 2
            theta, values, found = theta - share * step, values + share * move, now
            if share * size < CLOSE:
                break
            if max(np.abs(theta).max(), np.abs(values[np.isfinite(values)]).max()) > FARTHEST:
                raise InputError(NO_END)
        return Joint(theta, values, found)

    def eta(self, theta: Floats, values: Floats) -> Floats:
        """Logit of every rating: employee's measure less everything that makes ratings lower."""
        found = theta[self.ratings.elements[0]]
        for facet in range(1, len(self.ratings.facets)):
            found = found - values[self.layout.of_facet(facet)][self.ratings.elements[facet]]
        return found

    def sums(self, theta: Floats, values: Floats) -> Sums:
        """Likelihood, gradients and information at the parameters."""
        ratings, layout = self.ratings, self.layout
        eta, tau = self.eta(theta, values), layout.thresholds(values)
        weights = weights_of(tau)
        expected, variance = np.empty(ratings.size), np.empty(ratings.size)
        joint = np.empty((ratings.steps, ratings.size))
        among = np.zeros((*layout.shape, ratings.steps))
        reached, log_total = np.zeros(layout.shape), 0.0
        for scale, part in parts(ratings):
            found = moments(eta[part], weights[scale])
            expected[part], variance[part] = found.expected, found.variance
            for m in range(ratings.steps):
                joint[m, part] = found.with_threshold(m)
            once = found.reached.sum(axis=1)
            reached[scale] += once
            upper = np.maximum.outer(np.arange(ratings.steps), np.arange(ratings.steps))
            among[scale] += once[upper] - found.reached @ found.reached.T
            log_total += found.log_total.sum()
        fitted = ratings.category @ eta - (self.reached * np.where(np.isinf(tau), 0, tau)).sum()
        residual = ratings.category - expected
        by_facet = [
            np.bincount(of, weights=residual, minlength=ratings.n(facet))
            for facet, of in enumerate(ratings.elements)
        ]
        off = np.where(self.rated, theta - theta[self.rated].mean(), 0)
        others = np.concatenate(
            [-sum_ for sum_ in by_facet[1:]] + [(reached - self.reached).ravel()]
        )
        diagonal = np.bincount(ratings.elements[0], variance, ratings.n(0)) + self.pull
        diagonal[~self.rated] = 1.0
        across, within = self._information(variance, joint, among)
        return Sums(
            likelihood=float(fitted - log_total - self.pull / 2 * (off**2).sum()),
            employees=-by_facet[0] + self.pull * off,
            others=others,
            diagonal=diagonal,
            across=across,
            within=within,
        )

    def _information(
        self, variance: Floats, joint: Floats, among: Floats
    ) -> tuple[csr_array, csr_array]:
        """Information of employees with others (employee, parameter), and of others."""
        facets = range(len(self.ratings.facets))
        met = {
            key: csr_array(
                (np.bincount(pair.of, variance, len(pair.first)), (pair.first, pair.second)),
                shape=(self.ratings.n(key[0]), self.ratings.n(key[1])),
            )
            for key, pair in self.pairs.items()
        }
        with_steps = [csr_array(self._with_thresholds(facet, joint)) for facet in facets]
        own = [
            diags_array(np.bincount(self.ratings.elements[f], variance, self.ratings.n(f)))
            for f in facets[1:]
        ]
        grid = [
            [own[a - 1] if a == b else met[a, b] if a < b else met[b, a].T for b in facets[1:]]
            + [with_steps[a]]
            for a in facets[1:]
        ]
        steps = self.ratings.steps
        scales = len(self.ratings.scores)
        square = np.zeros((scales, steps, scales, steps))
        square[np.arange(scales), :, np.arange(scales), :] = among
        last = csr_array(square.reshape(scales * steps, -1))
        grid.append([with_steps[f].T for f in facets[1:]] + [last])
        across = [met[0, f] for f in facets[1:]] + [with_steps[0]]
        return (
            csr_array(block_array([across], format="csr")),
            csr_array(block_array(grid, format="csr")),
        )

    def _with_thresholds(self, facet: int, joint: Floats) -> Floats:
        """Information of a facet's elements with the thresholds (element, scale and threshold)."""
        n, scales = self.ratings.n(facet), len(self.ratings.scores)
        each = [np.bincount(self.on_scale[facet], row, n * scales) for row in joint]
        table: Floats = np.stack(each, axis=-1).reshape(n, -1)
        return table

    def _step(self, found: Sums) -> tuple[Floats, Floats]:
        """Newton's step of employees and of the others."""
        scaled = found.employees / found.diagonal
        wanted = self.layout.project(found.others - found.across.T @ scaled)
        if self.layout.size <= DENSE:
            move = self.layout.inverse(schur(found)) @ wanted
        else:
            move = self._solved(found, wanted)
        step = scaled - (found.across @ move) / found.diagonal
        return step, move

    def _solved(self, found: Sums, wanted: Floats) -> Floats:
        """The step of many parameters by conjugate gradients, each by its own information."""
        across, project = found.across, self.layout.project

        def times(vector: Floats) -> Floats:
            free = project(vector.ravel())
            return project(found.within @ free - across.T @ ((across @ free) / found.diagonal))

        size = self.layout.size
        own = found.within.diagonal()
        weight = 1 / np.where(own > 0, own, 1)
        operator = LinearOperator((size, size), matvec=times, dtype=float)
        ahead = LinearOperator(
            (size, size), matvec=lambda v: project(weight * project(v.ravel())), dtype=float
        )
        move, _ = cg(operator, wanted, rtol=EXACT, maxiter=500, M=ahead)
        return project(move)

    def _start(self) -> tuple[Floats, Floats]:
        """Log odds of mean categories; thresholds by how often categories were used."""
        ratings, layout = self.ratings, self.layout
        top = np.array([len(scores) - 1 for scores in ratings.scores])[ratings.scale]
        share = ratings.category / top

        def odds(facet: int) -> Floats:
            of, n = ratings.elements[facet], ratings.n(facet)
            rated = np.bincount(of, minlength=n)
            mean = (np.bincount(of, share, n) + 0.5) / (rated + 1)
            return np.where(rated > 0, np.log(mean / (1 - mean)), 0)

        values = np.zeros(layout.size)
        for facet in range(1, len(ratings.facets)):
            values[layout.of_facet(facet)] = -odds(facet)
        # Below each threshold stand those who reached the one before, but not this one.
        counts = [part.stop - part.start for part in ratings.slices()]
        least = np.column_stack([counts, self.reached])
        used = np.maximum(least - np.column_stack([self.reached, np.zeros(len(counts))]), 0.5)
        values[layout.of_thresholds] = np.log(used[:, :-1] / used[:, 1:]).ravel()
        held = ~np.isnan(layout.held)
        values = layout.project(values)
        values[held] = layout.held[held]
        return odds(0), values


def schur(found: Sums) -> Floats:
    """Information of the others with the employees eliminated."""
    scaled = diags_array(1 / found.diagonal) @ found.across
    return (found.within - found.across.T @ scaled).toarray()


def _pair(ratings: Ratings, first: int, second: int) -> Pair:
    wide = ratings.n(second)
    key = ratings.elements[first] * wide + ratings.elements[second]
    met, of = np.unique(key, return_inverse=True)
    return Pair(of, met // wide, met % wide)
