"""Where the likelihood of counts with random intercepts is largest, by Laplace's approximation.

GPBoost searches and evaluates it. Newton steps go the rest of the way, as that search ends here
and there on a slope, and their curvature gives the covariance of all that is estimated.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy import ndarray

from csperf.errors import CsperfError, MissingToolError
from csperf.mixed.counts import BETA_BINOMIAL, BINOMIAL, POISSON, Counts
from csperf.mixed.design import Design

NO_EXTRA = 'models of shares and rates are fitted by GPBoost: pip install "csperf[glmm]"'
NAMES = {BINOMIAL: "binomial_logit", BETA_BINOMIAL: "beta_binomial", POISSON: "poisson"}
# By default GPBoost solves approximately and stops early: on linear models up to 94 % off.
EXACT = {"matrix_inversion_method": "cholesky", "num_parallel_threads": 1}
STOP = {"delta_rel_conv": 1e-12, "delta_conv_mode_finding": 1e-12}
NO_VARIANCE = 1e-10
PRECISIONS = (3e3, 1e3, 300.0, 100.0, 30.0, 10.0, 3.0, 1.0)  # from one of which the search starts
NOTHING_WON = 1e-4  # of log likelihood by a precision that is not infinite
STEP = 1e-3  # on fixed columns of mean square 1 and on logs: to begin with, and too short to halve
LOST = 1e-6, 1e-13  # of log likelihood where GPBoost stops, and for each case by rounding
LONGEST = 0.2  # standard errors of a difference quotient
AT_REST = 1e-3  # standard errors to the optimum, by a Newton step
STEPS = 20
WITHOUT_END = 10.0  # standard error of a fixed column of mean square 1; one success gives about 1
NO_LARGEST = (
    "fit_mixed: the likelihood rises without end; is there a level of a fixed effect where "
    "nothing, or everything, was counted? Leave it out or merge it"
)


@dataclass(frozen=True)
class Optimum:
    """Numbers where the likelihood is largest, their covariance, and which variances are none.

    The numbers are the effects of the fixed columns, logs of the variances, and for beta-binomial
    counts that vary more than binomial ones the log of the precision. `predicted` has a row for
    each observation: the random effect of each group, then the conditional variance of each.
    """

    at: ndarray
    held: ndarray
    covariance: ndarray
    log_likelihood: float
    predicted: ndarray


def largest(numbers: Design, x: ndarray, given: Counts, family: str) -> Optimum:
    """Where the likelihood is largest; x are fixed columns of mean square 1, uncorrelated.

    Raises
    ------
    MissingToolError
        Without the extra `glmm`.
    CsperfError
        The likelihood has no largest value.
    """
    likelihood = _Likelihood.of(numbers, x, given, family)
    if family == BETA_BINOMIAL:  # GPBoost's own search may end where its numbers overflow
        plain = largest(numbers, x, given, BINOMIAL)
        start = _best_precision(likelihood, plain.at)
        if -likelihood.minus_log(start) <= plain.log_likelihood + NOTHING_WON:
            return plain  # an infinite precision
    else:
        start = likelihood.search()
    fixed, end = x.shape[1], x.shape[1] + len(numbers.groups)
    variances = np.arange(fixed, end)
    lost = LOST[0] + LOST[1] * given.total
    at, held, covariance = _settled(likelihood.minus_log, start, variances, lost)
    if np.diag(covariance)[:fixed].max() > WITHOUT_END**2:
        raise CsperfError(NO_LARGEST)
    predicted = likelihood.predicted(at)
    return Optimum(at, held, covariance, -likelihood.minus_log(at), predicted)


def _best_precision(likelihood: _Likelihood, at: ndarray) -> ndarray:
    """The numbers with the precision that suits them best, tried downwards while it gets better."""
    best, least = at, np.inf
    for precision in PRECISIONS:
        there = np.append(at, np.log(precision))
        value = likelihood.minus_log(there)
        if value >= least:
            break
        best, least = there, value
    return best


@dataclass(frozen=True)
class _Likelihood:
    """GPBoost's model of the counts, on the numbers of an Optimum."""

    model: Any
    x: ndarray
    given: Counts
    groups: int

    @classmethod
    def of(cls, numbers: Design, x: ndarray, given: Counts, family: str) -> _Likelihood:
        """The model; what it has to say goes to the log `gpboost`."""
        try:
            from gpboost import GPModel, register_logger
        except ImportError as error:
            raise MissingToolError(NO_EXTRA) from error
        register_logger(logging.getLogger("gpboost"))
        codes = np.column_stack([group.codes for group in numbers.groups])
        model = GPModel(NAMES[family], group_data=codes, weights=given.trials, **EXACT)
        return cls(model, x, given, len(numbers.groups))

    def search(self) -> ndarray:
        """The numbers at which GPBoost's own search ends."""
        self._fit({})
        variances = np.ravel(self.model.get_cov_pars(format_pandas=False))
        return np.append(np.ravel(self.model.get_coef(format_pandas=False)), np.log(variances))

    def minus_log(self, at: ndarray) -> float:
        """-log likelihood of the numbers; infinite where the approximation has no meaning."""
        effects, variances, precision = self._parts(at)
        offset = 0.0 if self.given.offset is None else self.given.offset
        fixed = self.x @ effects + offset
        from gpboost.basic import GPBoostError

        try:
            return self.model.neg_log_likelihood(variances, self.given.y, fixed, precision)
        except GPBoostError:  # a beta-binomial curvature that is not positive
            return np.inf

    def predicted(self, at: ndarray) -> ndarray:
        """Random effects of each row with their variances, given the numbers."""
        effects, variances, precision = self._parts(at)
        start = {"init_coef": effects, "init_cov_pars": variances}
        self._fit({**start, "init_aux_pars": precision, "maxit": 0})
        return self.model.predict_training_data_random_effects(predict_var=True).to_numpy()

    def _parts(self, at: ndarray) -> tuple[ndarray, ndarray, ndarray | None]:
        fixed, end = self.x.shape[1], self.x.shape[1] + self.groups
        precision = np.exp(at[end:]) if len(at) > end else None
        return at[:fixed], np.exp(at[fixed:end]), precision

    def _fit(self, params: dict[str, Any]) -> None:
        given = self.given
        self.model.fit(y=given.y, X=self.x, offset=given.offset, params={**STOP, **params})


def _settled(
    minus_log_likelihood: Callable[[ndarray], float],
    at: ndarray,
    variances: ndarray,
    lost: float,
) -> tuple[ndarray, ndarray, ndarray]:
    """The optimum, which of the variances are held as none, and the covariance of the numbers.

    Difference quotients go over the fourth root of what is lost of the likelihood, in standard
    errors: there their own error is about that of the loss, however much was counted.

    Raises
    ------
    CsperfError
        The likelihood still rises: it has no largest value.
    """
    held = np.zeros(len(at), dtype=bool)
    here, reach = minus_log_likelihood(at), min(lost**0.25, LONGEST)
    lengths = reach * _lengths(minus_log_likelihood, at)
    for _ in range(STEPS):
        for place in variances[~held[variances]]:
            without = np.where(np.arange(len(at)) == place, np.log(NO_VARIANCE), at)
            if minus_log_likelihood(without) <= here + lost:
                at, held[place] = without, True
        moves = np.eye(len(at))[~held]
        gradient, curvature = _slopes(minus_log_likelihood, at, moves, lengths[~held])
        values, vectors = np.linalg.eigh(curvature)
        covariance = (vectors / np.abs(values)) @ vectors.T
        step = -covariance @ gradient
        if values.min() > 0 and (np.abs(step) < AT_REST * np.sqrt(np.diag(covariance))).all():
            return at, held, moves.T @ covariance @ moves
        lengths[~held] = reach * np.sqrt(1 / np.diag(vectors * np.abs(values) @ vectors.T))
        step = step @ moves / max(1.0, np.abs(step).max())
        while minus_log_likelihood(at + step) > here and np.abs(step).max() > STEP:
            step = step / 2
        at, here = at + step, minus_log_likelihood(at + step)
    raise CsperfError(NO_LARGEST)


def _lengths(minus_log_likelihood: Callable[[ndarray], float], at: ndarray) -> ndarray:
    """About a standard error of each number, the others known; no longer than 1."""
    here, moves = minus_log_likelihood(at), STEP * np.eye(len(at))
    around = [minus_log_likelihood(at + move) + minus_log_likelihood(at - move) for move in moves]
    return 1 / np.sqrt(np.maximum((np.array(around) - 2 * here) / STEP**2, 1.0))


def _slopes(
    minus_log_likelihood: Callable[[ndarray], float],
    at: ndarray,
    moves: ndarray,
    lengths: ndarray,
) -> tuple[ndarray, ndarray]:
    """Gradient and curvature by central difference quotients over lengths of unit moves."""
    here, steps = minus_log_likelihood(at), lengths[:, None] * moves
    up = np.array([minus_log_likelihood(at + step) for step in steps])
    down = np.array([minus_log_likelihood(at - step) for step in steps])
    curvature = np.diag(up + down - 2 * here)
    for i, j in combinations(range(len(steps)), 2):
        along, across = steps[i] + steps[j], steps[i] - steps[j]
        same = minus_log_likelihood(at + along) + minus_log_likelihood(at - along)
        other = minus_log_likelihood(at + across) + minus_log_likelihood(at - across)
        curvature[i, j] = curvature[j, i] = (same - other) / 4
    return (up - down) / (2 * lengths), curvature / np.outer(lengths, lengths)
