"""Which changes can be told from noise at all: of one person, and between means."""

from __future__ import annotations

import numpy as np
from numpy import ndarray
from numpy.typing import ArrayLike
from scipy import stats

from csperf.errors import InputError, Problem, shown
from csperf.indicators.intervals import LEVEL, Z
from csperf.mixed.means import POWER
from csperf.mixed.studentized import detectable


def smallest_detectable_change(sem: ArrayLike) -> ndarray:
    """How far apart two scores of somebody who did not change lie at most, in 95 % of cases.

    Parameters
    ----------
    sem : array-like
        Standard error of measurement of one score: the SD of scores of the same person.

    Returns
    -------
    ndarray
        1.96 sqrt(2) SEM.

    Raises
    ------
    InputError
        A negative one.

    Notes
    -----
    Weir (2005), Journal of Strength and Conditioning Research 19, 231-240; Beckerman et al. (2001),
    Quality of Life Research 10, 571-578, who call it the smallest real difference.
    """
    sem = np.asarray(sem, dtype=float)
    if (sem < 0).any():
        raise _refuse("smallest_detectable_change", f"{shown(float(sem.min()))} is negative")
    return Z * np.sqrt(2) * sem


def detectable_difference(
    se: ArrayLike, df: ArrayLike, power: float = POWER, tests: int = 1
) -> ndarray:
    """The true difference that a t test at 5 % finds in `power` of such comparisons.

    Parameters
    ----------
    se, df : array-like
        Standard errors of differences and their degrees of freedom.
    power : float
        Between 0.05 and 1, by default 0.8.
    tests : int
        How many comparisons share the 5 %: what one change must be to stay clear among them all.

    Returns
    -------
    ndarray
        In the unit of se.

    Raises
    ------
    InputError
        A power at which nothing can be asked, or degrees of freedom that are not positive.

    Notes
    -----
    By the noncentral t distribution, both tails counted (Cohen 1988, Statistical Power Analysis for
    the Behavioral Sciences), at 5 % / `tests` (Bonferroni, the first step of Holm 1979). For
    contrasts with adjusted intervals, `MixedFit.contrasts` gives the difference at its own limits.
    """
    se, df = np.broadcast_arrays(np.asarray(se, float), np.asarray(df, float))
    if not 1 - LEVEL < power < 1:
        raise _refuse("detectable_difference", f"power {shown(power)} is not between 0.05 and 1")
    if not (df > 0).all():
        raise _refuse("detectable_difference", "degrees of freedom are not all positive")
    flat = df.ravel()
    found = detectable(stats.t.isf((1 - LEVEL) / 2 / tests, flat), flat, power)
    return se * found.reshape(df.shape)


def _refuse(where: str, found: str) -> InputError:
    return InputError(Problem(where, found))
