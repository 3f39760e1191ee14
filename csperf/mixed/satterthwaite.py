"""Satterthwaite's degrees of freedom, from how sharply the deviance tells the variances.

As R's lmerTest (Kuznetsova, Brockhoff and Christensen 2017, Journal of Statistical Software
82(13)): the covariance of the parameters is twice the inverse of the second derivative of the
deviance. Here they are theta and the log of the residual variance, and the gradient is exact, so
that only one derivative is taken by differences. What is held at zero moves nothing and is left
out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from csperf.mixed.blocks import Blocks
from csperf.mixed.criterion import State, slope, solve
from csperf.mixed.inference import SATTERTHWAITE, Inference
from csperf.mixed.optimum import diagonal, floored, nothing_there

STEP = 1e-4  # of an entry, or of 1
FLAT = 1e-8  # of the largest second derivative; flatter directions say nothing


@dataclass(frozen=True)
class Variances:
    """How the covariance of the fixed effects moves with the variances, and how sure those are.

    phi, moves, w : as in `Inference`.
    total, total_df : mean variance of a row, all random effects and the residual together, and its
        degrees of freedom 2 total^2 / Var(total).
    """

    phi: ndarray
    moves: ndarray
    w: ndarray
    total: float
    total_df: float


def satterthwaite(variances: Variances, estimate: ndarray) -> Inference:
    """Standard errors with variances taken as known, and degrees of freedom for them."""
    phi, moves, w = variances.phi, variances.moves, variances.w
    return Inference(SATTERTHWAITE, estimate, phi, phi, moves, w)


def known_variances(blocks: Blocks, state: State, theta: ndarray, reml: bool) -> Variances:
    """Differences of the gradient and of the fixed effects' covariance around a solution."""
    base = floored(blocks, theta)
    free = np.flatnonzero(~nothing_there(blocks, base))
    on_diagonal = diagonal(blocks)
    back = np.linalg.inv(blocks.unmix)

    def relative(there: State) -> ndarray:
        half = np.linalg.inv(there.root) @ back.T
        return half.T @ half

    moves = np.empty((len(free) + 1, *back.shape))
    second = np.empty((len(free), len(free)))
    for at, entry in enumerate(free):
        step = STEP * max(1.0, abs(base[entry]))
        if on_diagonal[entry]:
            step = min(step, base[entry] / 2)
        move = step * np.eye(len(base))[entry]
        ahead, behind = (solve(blocks, base + way * move, reml) for way in (1, -1))
        change = slope(ahead, reml).gradient - slope(behind, reml).gradient
        second[at] = change[free] / (2 * step)
        moves[at] = (relative(ahead) - relative(behind)) / (2 * step)
    phi = relative(state)
    moves[-1] = phi
    w = _covariance(second, slope(solve(blocks, base, reml), reml).cross[free], state.dof)
    total = 1 + float(theta @ theta)
    change = np.append(2 * theta[free], total)
    total_df = 2 * total**2 / float(change @ w @ change)
    variance = state.variance
    return Variances(variance * phi, variance * moves, w, variance * total, total_df)


def _covariance(second: ndarray, cross: ndarray, dof: int) -> ndarray:
    """That of theta and the log residual variance, from the profiled second derivative."""
    whole = np.empty((len(cross) + 1, len(cross) + 1))
    whole[:-1, :-1] = (second + second.T) / 2 + np.outer(cross, cross) / dof
    whole[-1, :-1] = whole[:-1, -1] = cross
    whole[-1, -1] = dof
    values, vectors = np.linalg.eigh(whole)
    kept = values > FLAT * values.max()
    return 2 * (vectors[:, kept] / values[kept]) @ vectors[:, kept].T
