"""What the fixed effects say: their covariance, and how well that covariance is known itself.

A weighted sum l'b of the fixed effects has variance l'Phi l. That is an estimate as well, and its
own variance gives the degrees of freedom (Satterthwaite 1946, Biometrics Bulletin 2, 110-114; for
mixed models Giesbrecht and Burns 1985, Biometrics 41, 477-486):

    df = 2 (l'Phi l)^2 / sum over r, s of W_rs (l'Phi_r l) (l'Phi_s l)

with Phi_r the derivative of Phi by covariance parameter r and W the covariance of those parameters.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy import ndarray
from scipy import stats

KENWARD_ROGER, SATTERTHWAITE, NORMAL = "kenward-roger", "satterthwaite", "normal"
RESIDUAL_DF = "residual"
METHODS = (KENWARD_ROGER, SATTERTHWAITE, NORMAL)
SAME = 1e-8  # degrees of freedom that count as equal
TINY = 1e-10
DEPENDENT = 1e-9  # of the largest eigenvalue


@dataclass(frozen=True)
class Inference:
    """Fixed effects with all that tests of them need.

    phi : their covariance with variances taken as known.
    adjusted : the one that standard errors come from; by Kenward and Roger larger than phi.
    moves : derivatives of phi by the r covariance parameters, (r, p, p).
    w : covariance of these parameters, (r, r).
    """

    method: str
    estimate: ndarray
    phi: ndarray
    adjusted: ndarray
    moves: ndarray
    w: ndarray

    def se(self, weights: ndarray) -> ndarray:
        """Standard error of each row of weights times the fixed effects."""
        return np.sqrt(_quadratic(weights, self.adjusted))

    def df(self, weights: ndarray) -> ndarray:
        """Degrees of freedom of each row; none are infinitely many."""
        if self.method == NORMAL:
            return np.full(len(weights), np.inf)
        changes = np.stack([_quadratic(weights, move) for move in self.moves], axis=1)
        spread = np.einsum("ir,rs,is->i", changes, self.w, changes)
        with np.errstate(divide="ignore"):
            return 2 * _quadratic(weights, self.phi) ** 2 / spread


@dataclass(frozen=True)
class FTest:
    """F with its degrees of freedom, and the p-value."""

    f: float
    df_term: int
    df: float

    @property
    def p_value(self) -> float:
        """How probable an F as large is where nothing differs."""
        if np.isinf(self.df):
            return float(stats.chi2.sf(self.f * self.df_term, self.df_term))
        return float(stats.f.sf(self.f, self.df_term, self.df))


def f_test(inference: Inference, weights: ndarray) -> FTest:
    """Whether all rows of weights times the fixed effects are zero.

    Kenward and Roger (1997), Biometrics 53, 983-997, with the scaling as in R's pbkrtest (Halekoh
    and Hojsgaard 2014, Journal of Statistical Software 59(9)); else the rows are made uncorrelated
    and their degrees of freedom pooled as in lmerTest (Kuznetsova, Brockhoff and Christensen 2017,
    Journal of Statistical Software 82(13)).
    """
    values, vectors = np.linalg.eigh(weights @ inference.phi @ weights.T)
    kept = values > DEPENDENT * values.max()
    rows = (vectors[:, kept] / np.sqrt(values[kept])).T @ weights  # uncorrelated, of variance 1
    q = len(rows)
    values = rows @ inference.estimate
    if inference.method == KENWARD_ROGER:
        spread = rows @ inference.adjusted @ rows.T
        f = float(values @ np.linalg.solve(spread, values)) / q
        df, scale = _kenward_roger_df(inference, rows)
        return FTest(scale * f, q, df)
    return FTest(float(values @ values) / q, q, _pooled(inference.df(rows)))


def _kenward_roger_df(inference: Inference, rows: ndarray) -> tuple[float, float]:
    """Denominator degrees of freedom and scale of F, in the letters of pbkrtest."""
    q = len(rows)
    changes = rows @ inference.moves @ rows.T
    traces = np.trace(changes, axis1=1, axis2=2)
    a1 = float(traces @ inference.w @ traces)
    a2 = float(np.einsum("rs,rab,sba->", inference.w, changes, changes))
    if a2 < TINY**2:
        return np.inf, 1.0
    b = (a1 + 6 * a2) / (2 * q)
    g = ((q + 1) * a1 - (q + 4) * a2) / ((q + 2) * a2)
    below = 3 * q + 2 * (1 - g)
    c1, c2, c3 = g / below, (q - g) / below, (q + 2 - g) / below
    v0, v1, v2 = 1 + c1 * b, 1 - c2 * b, 1 - c3 * b
    v0 = 0.0 if abs(v0) < TINY else v0
    ratio = 1.0 if max(abs(1 - a2 / q), abs(v1)) < TINY else (1 - a2 / q) / v1
    rho = ratio**2 * v0 / v2 / q
    df = 4 + (q + 2) / (q * rho - 1)
    return df, 1.0 if abs(df - 2) < 0.01 else df * (1 - a2 / q) / (df - 2)


def _pooled(df: ndarray) -> float:
    """Degrees of freedom of F from those of its uncorrelated t."""
    if np.isinf(df).any() or np.ptp(df) < SAME:
        return float(df.mean())
    if (df <= 2).any():
        return 2.0
    expected = (df / (df - 2)).sum()
    return float(2 * expected / (expected - len(df)))


def _quadratic(weights: ndarray, matrix: ndarray) -> ndarray:
    """L'M l of each row."""
    return ((weights @ matrix) * weights).sum(axis=1)
