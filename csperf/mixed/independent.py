"""Counts without random effects: generalised linear models."""

from __future__ import annotations

import warnings

import numpy as np
from numpy import ndarray
from scipy import stats
from scipy.special import expit

from csperf.errors import CsperfError, InputError, Problem
from csperf.mixed.counts import BETA_BINOMIAL, Counts
from csperf.mixed.design import Design
from csperf.mixed.laplace import NO_LARGEST, WITHOUT_END, Optimum


def independent(numbers: Design, x: ndarray, given: Counts, family: str) -> Optimum:
    """Where the likelihood of rows that do not depend on one another is largest.

    Raises
    ------
    InputError
        A beta-binomial model, which takes a random term.
    CsperfError
        The likelihood has no largest value.
    """
    if family == BETA_BINOMIAL:
        found = "family 'beta_binomial' is fitted with a random term only"
        raise InputError(Problem("fit_mixed", found, "add one, such as (1 | employee_id)"))
    from statsmodels.genmod import families
    from statsmodels.genmod.generalized_linear_model import GLM

    kind = families.Poisson() if given.trials is None else families.Binomial()
    model = GLM(given.y, x, family=kind, offset=given.offset, var_weights=given.trials)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of separation, which the standard errors show
        fit = model.fit(tol=1e-12)
    covariance = np.asarray(fit.cov_params())
    if np.diag(covariance).max() > WITHOUT_END**2:
        raise CsperfError(NO_LARGEST)
    link = x @ fit.params + (0.0 if given.offset is None else given.offset)
    if given.trials is None:
        log = stats.poisson.logpmf(given.y, np.exp(link))
    else:
        log = stats.binom.logpmf(np.rint(given.y * given.trials), given.trials, expit(link))
    none = np.empty((len(x), 0))
    return Optimum(fit.params, np.zeros(x.shape[1], bool), covariance, float(log.sum()), none)
