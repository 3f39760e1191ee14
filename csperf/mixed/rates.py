"""Shares and rates with random intercepts: binomial, beta-binomial and Poisson models."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy import ndarray
from pandas import DataFrame, Series, concat
from scipy.special import expit

from csperf.errors import InputError, Problem, meant, shown
from csperf.mixed.counts import BETA_BINOMIAL, FAMILIES, POISSON, counts
from csperf.mixed.design import Design, design
from csperf.mixed.formula import INTERCEPT, Formula, read_formula, term_name
from csperf.mixed.independent import independent
from csperf.mixed.inference import NORMAL, Inference
from csperf.mixed.laplace import Optimum, largest
from csperf.mixed.means import (
    AUTO,
    PAIRWISE,
    anova_table,
    checked_how,
    coefficient_table,
    contrast_table,
    mean_table,
)
from csperf.mixed.reference import Reference, reference, refuse


@dataclass(frozen=True)
class RateFit:
    """A model of counts with random intercepts, fitted by maximum likelihood.

    Attributes
    ----------
    components : DataFrame
        component, term, variance, sd, se (of the variance), on the scale of the logit or log. se is
        missing for a variance of zero.
    fixed : DataFrame
        term, estimate, se, z, low, high (95 %), p_value, on that scale.
    random : DataFrame
        component, level, term, blup (the mode of what is predicted for the level), sd (its
        conditional standard deviation).
    deviance : float
        -2 log likelihood.
    precision : float
        Of a beta-binomial model: n trials of a row vary as much as n (1 + precision) /
        (n + precision) independent ones. Infinite where they vary as a binomial has it, and missing
        for other families.
    fitted : Series
        The rate of each row with its random effects, on the frame's index.
    boundary : tuple of str
        Components with a variance of zero: the data do not show them.
    fixed_covariance : DataFrame
        Covariances of the fixed effects.
    reference : Reference
        The fixed factors' levels and the middles of numbers, over which means are taken.
    """

    formula: str
    family: str
    denominator: str | None
    n: int
    components: DataFrame
    fixed: DataFrame
    random: DataFrame
    deviance: float
    precision: float
    fitted: Series
    boundary: tuple[str, ...]
    fixed_covariance: DataFrame
    reference: Reference = field(repr=False)

    def means(
        self, by: str | Iterable[str] = (), df: str = AUTO, slope: str | None = None
    ) -> DataFrame:
        """The rate that each level would have had, all else equal.

        Parameters
        ----------
        by : str or list of str
            Fixed factors, a row a level or a combination of levels; without one, one row overall.
        df : str
            "normal" or "auto", which is the same: variances are taken as known.
        slope : str, optional
            A number of the fixed terms: what one more of it does in each cell, instead of the rate.

        Returns
        -------
        DataFrame
            The columns of `by`, rate, low, high (95 %), of an exposure of 1 for events; then mean
            and se on the scale of the logit or log, from which they are taken back. Of a slope
            ratio (of the odds, or of rates of events) in the place of rate.

        Raises
        ------
        InputError
            Names that are no fixed factors or numbers; degrees of freedom.

        Notes
        -----
        As R's emmeans with type = "response": the rate of somebody whose random effects are zero.
        That is not the mean over people, which is nearer to a half for shares, larger for events.
        """
        names, slopes = self.reference.factors(by), self._slopes(slope)
        table = mean_table(self.reference, self.inference(df), names, slopes)
        back = np.exp if slopes else self._rate
        ends = {name: back(table[name].to_numpy()) for name in ("mean", "low", "high")}
        table = table[[*names, "mean", "se"]]
        shown = ("ratio" if slopes else "rate", "low", "high")
        for at, (name, end) in enumerate(zip(shown, ends.values(), strict=True)):
            table.insert(len(names) + at, name, end)
        return table

    def contrasts(
        self,
        by: str | Iterable[str],
        adjust: str | None = AUTO,
        kind: str = PAIRWISE,
        df: str = AUTO,
        within: str | Iterable[str] = (),
        slope: str | None = None,
    ) -> DataFrame:
        """Ratios of the odds, or of rates of events, between levels of `by`.

        Parameters
        ----------
        by, adjust, kind, within, slope
            As for `MixedFit.contrasts`.
        df
            As for `means`.

        Returns
        -------
        DataFrame
            The columns of `within`, first, second, ratio (first to second), low, high (95 %, as
            adjusted), estimate (log of the ratio), se, z, p_value, p_adjusted, smallest_detectable
            (as a log), adjust.

        Raises
        ------
        InputError
            As for `MixedFit.contrasts`.
        """
        names, cells = self.reference.factors(by), self.reference.factors(within)
        self.reference.factors([*names, *cells])
        how = checked_how(kind, adjust)
        slopes = self._slopes(slope)
        table = contrast_table(self.reference, self.inference(df), names, cells, slopes, how)
        table = table.rename(columns={"t": "z"}).drop(columns=["df", "method"])
        ratios = {name: np.exp(table.pop(name)) for name in ("low", "high")}
        ratios = {"ratio": np.exp(table["estimate"]), **ratios}
        for at, (name, ratio) in enumerate(ratios.items(), start=len(cells) + 2):
            table.insert(at, name, ratio)
        return table

    def coefficients(self, df: str = AUTO) -> DataFrame:
        """The fixed effects on the scale of the logit or log, in the columns of a `MixedFit`.

        Returns
        -------
        DataFrame
            term, estimate, se, df (infinite), t, low, high (95 %), p_value, method; `df` as for
            `means`.
        """
        return coefficient_table(self.fixed["term"].tolist(), self.inference(df))

    def anova(self, df: str = AUTO) -> DataFrame:
        """Wald tests of the fixed terms (type III), each with all others in the model.

        Returns
        -------
        DataFrame
            term, df_term, df (infinite), f (chi-squared / df_term), p_value, method: what a
            `MixedFit` has but for the squares, which counts have not; `df` as for `means`.
        """
        crossproducts = np.eye(len(self.fixed))
        table = anova_table(self.reference, self.inference(df), crossproducts, np.nan)
        return table.drop(columns=["sum_squares", "mean_square"])

    def total(self) -> tuple[float, float]:
        """Refused: what counts vary by chance depends on their size.

        Raises
        ------
        InputError
            Always; it says what there is instead.
        """
        found = f"a model of {self.family} counts has no total variance, as it has no residual"
        raise refuse(found, "take .components, or .contrasts(by), whose ratios are effect sizes")

    def inference(self, df: str = AUTO) -> Inference:
        """The fixed effects, with normal deviates for tests.

        Raises
        ------
        InputError
            Degrees of freedom, which counts have not.
        """
        if df not in (NORMAL, AUTO):
            found = f"df {df!r} is not for counts, whose variances are taken as known"
            raise refuse(found, f"there are: {AUTO}, {NORMAL}")
        estimate, covariance = self.fixed["estimate"].to_numpy(), self.fixed_covariance.to_numpy()
        return normal(estimate, covariance)

    def _slopes(self, slope: str | None) -> list[str]:
        return [] if slope is None else [self.reference.number(slope)]

    def _rate(self, link: ndarray) -> ndarray:
        return np.exp(link) if self.family == POISSON else expit(link)


def fit_rates(frame: DataFrame, formula: str, family: str, denominator: str | None) -> RateFit:
    """`fit_mixed` for counts: of successes out of trials, or of events in an exposure.

    Raises
    ------
    InputError
        As from `fit_mixed`, and for what is no count, more successes than trials, nothing counted,
        or a random term that is no intercept.
    MissingToolError
        Without the extra `glmm`.
    CsperfError
        The likelihood has no largest value, or was not found.
    """
    if family not in FAMILIES:
        known = ["gaussian", *FAMILIES]
        found = f"family {shown(family)} is not known{meant(family, known)}"
        raise InputError(Problem("fit_mixed", found, f"there are: {', '.join(known)}"))
    read = read_formula(formula)
    _refuse_other_terms(read)
    given = counts(frame, read.response, family, denominator)
    shares = frame.assign(**{read.response: given.y})
    numbers = design(shares, read, residual=not given.shows_spread)
    columns, back = _orthogonal(numbers.x)
    fit = largest if numbers.groups else independent
    best = fit(numbers, columns, given, family)
    return _result(frame, read, family, denominator, numbers, best, columns, back)


def _refuse_other_terms(read: Formula) -> None:
    """Only random intercepts are fitted, and never without a fixed effect."""
    problem = "" if read.fixed else "it has no fixed effect, not even 1"
    for term in read.random:
        if term.terms != (INTERCEPT,):
            by = term_name(term.group)
            problem = f"counts are fitted with (1 | {by}) only, not with slopes that vary by it"
    if problem:
        raise InputError(Problem("fit_mixed", f"formula {shown(read.text)}: {problem}"))


def _orthogonal(x: ndarray) -> tuple[ndarray, ndarray]:
    """Fixed columns of mean square 1 and uncorrelated, and what takes their effects back.

    A constant comes out as 1: GPBoost's predictions are wrong where it is another number.
    """
    q, r = np.linalg.qr(x)
    signs, root = np.sign(np.diag(r)), np.sqrt(len(x))
    return q * signs * root, np.linalg.inv(signs[:, None] * r) * root


def _result(
    frame: DataFrame,
    read: Formula,
    family: str,
    denominator: str | None,
    numbers: Design,
    found: Optimum,
    x: ndarray,
    back: ndarray,
) -> RateFit:
    """Tables of an optimum, on the fixed columns as they were given."""
    p, m = x.shape[1], len(numbers.groups)
    variance = np.where(found.held[p : p + m], 0.0, np.exp(found.at[p : p + m]))
    spread = np.sqrt(np.diag(found.covariance))[p : p + m]
    groups = [group.name for group in numbers.groups]
    zero = variance == 0
    se = np.where(zero, np.nan, variance * spread)
    components = {"component": groups, "term": term_name(INTERCEPT), "variance": variance}
    components |= {"sd": np.sqrt(variance), "se": se}
    random, effects = _random(numbers, found.predicted, zero)
    precision = np.inf if family == BETA_BINOMIAL else np.nan
    if len(found.at) > p + m:
        precision = float(np.exp(found.at[-1]))
    link = x @ found.at[:p] + effects
    names, estimate = list(numbers.names), back @ found.at[:p]
    covariance = back @ found.covariance[:p, :p] @ back.T
    fixed = coefficient_table(names, normal(estimate, covariance)).rename(columns={"t": "z"})
    return RateFit(
        read.text,
        family,
        denominator,
        len(frame),
        DataFrame(components),
        fixed.drop(columns=["df", "method"]),
        random,
        -2 * found.log_likelihood,
        precision,
        Series(np.exp(link) if family == POISSON else expit(link), frame.index, name="fitted"),
        tuple(name for name, none in zip(groups, zero, strict=True) if none),
        DataFrame(covariance, names, names),
        reference(frame, read.fixed),
    )


def normal(estimate: ndarray, covariance: ndarray) -> Inference:
    """Tests of fixed effects whose covariance is taken as known."""
    none = np.empty((0, *covariance.shape))
    return Inference(NORMAL, estimate, covariance, covariance, none, np.empty((0, 0)))


def _random(numbers: Design, predicted: ndarray, zero: ndarray) -> tuple[DataFrame, ndarray]:
    """What is predicted for each level, and the sum of it in each row."""
    m = len(numbers.groups)
    effects = np.where(zero, 0.0, predicted[:, :m])
    sds = np.where(zero, 0.0, np.sqrt(predicted[:, m:]))
    parts = [DataFrame(columns=["component", "level", "term", "blup", "sd"])]
    for at, group in enumerate(numbers.groups):
        first = np.unique(group.codes, return_index=True)[1]
        part = {"component": group.name, "level": np.asarray(group.levels, dtype=object)}
        part |= {"term": term_name(INTERCEPT), "blup": effects[first, at], "sd": sds[first, at]}
        parts.append(DataFrame(part))
    return concat(parts[-max(m, 1) :], ignore_index=True), effects.sum(axis=1)
