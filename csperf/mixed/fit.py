"""`fit_mixed`: from a frame and a formula to tables of variances, fixed and random effects."""

from __future__ import annotations

from typing import Literal, overload

import numpy as np
from numpy import ndarray
from pandas import DataFrame, Series, concat

from csperf.errors import InputError, Problem
from csperf.mixed.blocks import Blocks, blocks
from csperf.mixed.counts import FAMILIES
from csperf.mixed.design import Design, Group, design
from csperf.mixed.elimination import local_factors, to_effects, unpack
from csperf.mixed.fitted import MixedFit
from csperf.mixed.formula import INTERCEPT, read_formula, term_name
from csperf.mixed.kenward_roger import is_quick
from csperf.mixed.least_squares import least_squares
from csperf.mixed.optimum import Optimum, least
from csperf.mixed.rates import RateFit, fit_rates
from csperf.mixed.reference import Reference, reference

GAUSSIAN, RESIDUAL = "gaussian", "residual"
CORRELATION_COLUMNS = ["component", "term", "other_term", "covariance", "correlation"]
NOTHING = 1e-12  # of a sum of squares


@overload
def fit_mixed(
    frame: DataFrame, formula: str, family: Literal["gaussian"] = "gaussian", reml: bool = True
) -> MixedFit: ...


@overload
def fit_mixed(
    frame: DataFrame,
    formula: str,
    family: Literal["binomial", "beta_binomial", "poisson"],
    reml: bool = True,
    denominator: str | None = None,
) -> RateFit: ...


def fit_mixed(
    frame: DataFrame,
    formula: str,
    family: str = GAUSSIAN,
    reml: bool = True,
    denominator: str | None = None,
) -> MixedFit | RateFit:
    """Fit a mixed model with crossed and nested random effects, as R's lme4 does.

    Parameters
    ----------
    frame : DataFrame
        One row an observation.
    formula : str
        lme4's notation: `score ~ 1 + x + (1 | evaluator_id) + (1 + t | employee_id)`. Fixed terms
        are 1, 0, columns, `a:b` and `a*b`; text, categories and yes/no are coded as differences
        from their first level. Random terms are `(1 | g)`, `(0 + x | g)`, `(1 + x | g)` with and
        `(x || g)` without a correlation; g is a column, `a:b`, or `a/b` for a and a:b. Without a
        random term it is ordinary least squares, and for counts a generalised linear model.
    family : str
        "gaussian" for scores. For counts "binomial" (successes of trials), "beta_binomial" (which
        vary more than trials that do not depend on one another) or "poisson" (events); their
        random terms are intercepts, which take the extra `glmm`.
    reml : bool
        Restricted maximum likelihood; with False maximum likelihood, whose variances are too small
        where a group has few levels. Counts are always fitted by maximum likelihood.
    denominator : str, optional
        The column that counts are out of: trials (without it one a row, which succeeds or not), or
        for "poisson" the exposure, such as hours (without it the same in each row).

    Returns
    -------
    MixedFit
        Tables of variances and effects; `.means`, `.contrasts`, `.coefficients` and `.anova` test
        the fixed effects. For counts a RateFit.

    Raises
    ------
    InputError
        A formula that cannot be read, unknown columns, missing values, or a group whose variance
        cannot be told: one level, as many levels as rows, the same split as another group. For
        counts also what is no count, and more successes than trials.
    MissingToolError
        Counts with random terms, without the extra `glmm`.
    CsperfError
        The deviance did not come to rest.

    Notes
    -----
    The profiled deviance of Bates et al. (2015), Journal of Statistical Software 67(1), is
    minimised by Newton steps with its exact gradient and the average information, whose inverse
    also gives the standard errors of the variances. Checked against lme4 1.1-31 on crossed,
    nested and slope models. For counts GPBoost maximises Laplace's approximation of the likelihood,
    as R's glmer does, and standard errors come from its curvature at the optimum.
    """
    if family != GAUSSIAN:
        return fit_rates(frame, formula, family, denominator)
    if denominator is not None:
        what = f"family 'gaussian' takes no denominator, so '{denominator}' would not count"
        raise InputError(Problem("fit_mixed", what, f"these do: {', '.join(FAMILIES)}"))
    read = read_formula(formula)
    numbers = design(frame, read)
    grid = reference(frame, read.fixed)
    if not numbers.groups:
        return _without_groups(frame, formula, reml, numbers, grid)
    laid_out = blocks(numbers)
    _refuse_what_cannot_be_told(laid_out, read.response)
    found = least(laid_out, reml)
    return _result(frame, formula, reml, numbers, grid, laid_out, found)


def _without_groups(
    frame: DataFrame, formula: str, reml: bool, numbers: Design, grid: Reference
) -> MixedFit:
    """Tables of a solution by least squares: the residual is the only variance."""
    found = least_squares(numbers, reml)
    names = list(numbers.names)
    covariance = DataFrame(found.variance * found.phi, names, names)
    se = np.sqrt(np.diag(covariance))
    dof = found.df if reml else len(frame)
    component = {"component": [RESIDUAL], "term": "", "variance": found.variance}
    component |= {"sd": np.sqrt(found.variance), "se": found.variance * np.sqrt(2 / dof)}
    return MixedFit(
        formula,
        reml,
        len(frame),
        DataFrame({**component, "share": 1.0}),
        DataFrame(columns=CORRELATION_COLUMNS),
        DataFrame({"term": names, "estimate": found.estimate, "se": se}),
        DataFrame(columns=["component", "level", "term", "blup", "sd"]),
        found.deviance,
        found.variance,
        Series(found.fitted, frame.index, name="fitted"),
        (),
        covariance,
        numbers,
        np.empty(0),
        grid,
        True,
    )


def _result(
    frame: DataFrame,
    formula: str,
    reml: bool,
    numbers: Design,
    grid: Reference,
    laid_out: Blocks,
    found: Optimum,
) -> MixedFit:
    """Tables of a solution, on the columns as they were given."""
    state = found.state
    originals = _original(laid_out, found.theta)
    effects = to_effects(laid_out, state.a.factors, state.u)
    fitted = numbers.y - laid_out.y + laid_out.x @ state.beta + laid_out.z @ effects
    fixed, covariance = _fixed(laid_out, found)
    return MixedFit(
        formula,
        reml,
        len(frame),
        _components(laid_out, found, originals),
        _correlations(laid_out, found, originals),
        fixed,
        _random(laid_out, found, originals),
        state.deviance,
        state.variance,
        Series(fitted, frame.index, name="fitted"),
        _boundary(laid_out, found),
        covariance,
        numbers,
        found.theta,
        grid,
        is_quick(laid_out),
    )


def _refuse(found: str) -> InputError:
    return InputError(Problem("fit_mixed", found, "give more rows or a simpler formula"))


def _refuse_what_cannot_be_told(laid_out: Blocks, response: str) -> None:
    """Nothing to explain, or a group that the fixed effects explain already."""
    spread = laid_out.y @ laid_out.y
    level = laid_out.start @ laid_out.unmix.T @ laid_out.unmix @ laid_out.start
    if spread <= NOTHING**2 * max(level, np.finfo(float).tiny):
        raise _refuse(f"'{response}' does not vary beyond the fixed effects")
    seen = (laid_out.z_xy[:, :-1] ** 2).sum(axis=1)
    own = laid_out.zz.diagonal()
    for group, place in zip(laid_out.groups, laid_out.places, strict=True):
        if seen[place].sum() >= (1 - NOTHING) * own[place].sum():
            raise _refuse(f"the fixed effects tell the levels of '{group.name}' apart already")


def _original(laid_out: Blocks, theta: ndarray) -> tuple[ndarray, ...]:
    """Relative Cholesky factors on the columns as they were given; still lower triangles."""
    factors = unpack(laid_out, theta)
    pairs = zip(laid_out.groups, factors, strict=True)
    return tuple(np.linalg.solve(group.unmix, factor) for group, factor in pairs)


def _information(found: Optimum) -> ndarray:
    """Covariance of theta and the log residual variance; of what is held at zero, nothing."""
    slope, count = found.slope, len(found.theta)
    twice = np.empty((count + 1, count + 1))
    twice[:-1, :-1] = slope.information
    twice[-1, :-1] = twice[:-1, -1] = slope.cross
    twice[-1, -1] = found.state.dof
    free = np.append(~found.held, True)
    covariance = np.zeros_like(twice)
    covariance[np.ix_(free, free)] = 2 * np.linalg.pinv(twice[np.ix_(free, free)], hermitian=True)
    return covariance


def _components(laid_out: Blocks, found: Optimum, originals: tuple[ndarray, ...]) -> DataFrame:
    sigma2, covariance = found.state.variance, _information(found)
    rows = []
    for at, (group, factor) in enumerate(zip(laid_out.groups, originals, strict=True)):
        mixing = np.linalg.inv(group.unmix)
        for row, name in enumerate(group.names):
            variance = sigma2 * factor[row] @ factor[row]
            change = [
                2 * sigma2 * factor[row, column] * mixing[row, of] if owner == at else 0.0
                for owner, of, column in laid_out.entries
            ]
            moves = np.array([*change, variance])
            se = np.sqrt(moves @ covariance @ moves) if variance > 0 else np.nan
            rows.append((group.name, name, variance, se))
    rows.append((RESIDUAL, "", sigma2, sigma2 * np.sqrt(covariance[-1, -1])))
    table = DataFrame(rows, columns=["component", "term", "variance", "se"])
    table.insert(3, "sd", np.sqrt(table["variance"]))
    only = all(group.names == (term_name(INTERCEPT),) for group in laid_out.groups)
    return table.assign(share=table["variance"] / table["variance"].sum() if only else np.nan)


def _correlations(laid_out: Blocks, found: Optimum, originals: tuple[ndarray, ...]) -> DataFrame:
    rows = []
    for group, factor in zip(laid_out.groups, originals, strict=True):
        psi = found.state.variance * factor @ factor.T
        sd = np.sqrt(np.diag(psi))
        for row, column in group.pattern:
            if row != column:
                both = sd[row] * sd[column]
                correlation = psi[row, column] / both if both > 0 else np.nan
                names = (group.name, group.names[column], group.names[row])
                rows.append((*names, psi[row, column], correlation))
    return DataFrame(rows, columns=CORRELATION_COLUMNS)


def _fixed(laid_out: Blocks, found: Optimum) -> tuple[DataFrame, DataFrame]:
    """Estimates with standard errors, and their covariances, on the columns as given."""
    state, names = found.state, list(laid_out.names)
    back = np.linalg.inv(laid_out.unmix)
    root = back @ np.linalg.inv(state.root).T
    covariance = state.variance * root @ root.T
    estimate = laid_out.start + back @ state.beta
    table = DataFrame({"term": names, "estimate": estimate, "se": np.sqrt(np.diag(covariance))})
    return table, DataFrame(covariance, names, names)


def _random(laid_out: Blocks, found: Optimum, originals: tuple[ndarray, ...]) -> DataFrame:
    blups = to_effects(laid_out, originals, found.state.u)
    sds = np.sqrt(found.state.variance * _spreads(laid_out, found, originals))
    return concat(
        (
            _predicted(group, blups[place], sds[place])
            for group, place in zip(laid_out.groups, laid_out.places, strict=True)
        ),
        ignore_index=True,
    )


def _predicted(group: Group, blups: ndarray, sds: ndarray) -> DataFrame:
    count, effects = blups.shape
    return DataFrame(
        {
            "component": group.name,
            "level": np.repeat(np.asarray(group.levels, dtype=object), effects),
            "term": np.tile(np.asarray(group.names, dtype=object), count),
            "blup": blups.ravel(),
            "sd": sds.ravel(),
        }
    )


def _spreads(laid_out: Blocks, found: Optimum, originals: tuple[ndarray, ...]) -> ndarray:
    """Conditional variance of each random effect over that of the residual."""
    given = np.array([originals[group][row, column] for group, row, column in laid_out.entries])
    eliminated = laid_out.layout.shape[0]
    out = np.empty(laid_out.size + 1)
    kinds = zip(laid_out.layout.batches, local_factors(laid_out, given), strict=True)
    padded = np.empty(eliminated + 1)
    for (batch, factor), inverse in zip(kinds, found.slope.clusters, strict=True):
        padded[batch.rows] = ((factor @ inverse) * factor).sum(axis=2)
    out[:eliminated] = padded[:-1]
    for at in laid_out.rest_groups:
        place, factor = laid_out.places[at], originals[at]
        local = place - eliminated
        inverse = found.slope.rest[local[:, :, None], local[:, None, :]]
        out[place] = ((factor @ inverse) * factor).sum(axis=2)
    return out[:-1]


def _boundary(laid_out: Blocks, found: Optimum) -> tuple[str, ...]:
    cells = zip(laid_out.entries, found.held, strict=True)
    names = [laid_out.groups[group].name for (group, _, _), held in cells if held]
    return tuple(dict.fromkeys(names))
