"""What `fit_mixed` gives: tables of variances and effects, and questions to the fixed effects."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy import ndarray
from pandas import DataFrame, Series

from csperf.errors import meant
from csperf.mixed.blocks import blocks
from csperf.mixed.criterion import solve
from csperf.mixed.design import Design
from csperf.mixed.inference import (
    KENWARD_ROGER,
    METHODS,
    NORMAL,
    SATTERTHWAITE,
    Inference,
)
from csperf.mixed.kenward_roger import kenward_roger
from csperf.mixed.least_squares import residual_inference
from csperf.mixed.means import (
    AUTO,
    PAIRWISE,
    anova_table,
    checked_how,
    coefficient_table,
    contrast_table,
    mean_table,
)
from csperf.mixed.reference import Reference, refuse
from csperf.mixed.satterthwaite import Variances, known_variances, satterthwaite


@dataclass(frozen=True)
class MixedFit:
    """A linear mixed model, fitted.

    Attributes
    ----------
    components : DataFrame
        component, term, variance, sd, se (of the variance), share (of the sum of the variances).
        A row for each random effect of each group, and one for the residual. se is missing for a
        variance of zero; share is missing where slopes make the variances incomparable.
    correlations : DataFrame
        component, term, other_term, covariance, correlation of effects that may be correlated.
    fixed : DataFrame
        term, estimate, se.
    random : DataFrame
        component, level, term, blup (what is predicted for the level), sd (its conditional
        standard deviation, with variances and fixed effects taken as known: lme4's condVar).
    deviance : float
        REML criterion, or -2 log likelihood of a fit by ML, as lme4 prints them.
    residual : float
        Variance of the residual.
    fitted : Series
        Fixed and random effects of each row, on the frame's index.
    boundary : tuple of str
        Components with a variance of zero or a correlation of one: the data do not show them.
    fixed_covariance : DataFrame
        Covariances of the fixed effects.
    design, theta
        Numbers of the model, and the free entries of the relative Cholesky factors on its
        orthogonal columns, for inference on the fixed effects.
    reference : Reference
        The fixed factors' levels and the middles of numbers, over which means are taken.
    quick : bool
        Whether Kenward and Roger's degrees of freedom take seconds at most: the automatic choice.
    """

    formula: str
    reml: bool
    n: int
    components: DataFrame
    correlations: DataFrame
    fixed: DataFrame
    random: DataFrame
    deviance: float
    residual: float
    fitted: Series
    boundary: tuple[str, ...]
    fixed_covariance: DataFrame
    design: Design = field(repr=False)
    theta: ndarray = field(repr=False)
    reference: Reference = field(repr=False)
    quick: bool = field(repr=False)
    _inferences: dict[str, Inference] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _known_variances: list[Variances] = field(
        default_factory=list, init=False, repr=False, compare=False
    )

    def means(
        self, by: str | Iterable[str] = (), df: str = AUTO, slope: str | None = None
    ) -> DataFrame:
        """Estimated marginal means: what each level would have had on average, all else equal.

        Parameters
        ----------
        by : str or list of str
            Fixed factors, a row a level or a combination of levels; without one, one row overall.
        df : str
            "kenward-roger"; "satterthwaite"; "normal", which takes the variances as known; or
            "auto": Kenward and Roger's where they take seconds at most, else Satterthwaite's.
        slope : str, optional
            A number of the fixed terms: its slope in each cell instead of the mean.

        Returns
        -------
        DataFrame
            The columns of `by`, mean, se, df, low, high (95 %), method (where se and df are from).

        Raises
        ------
        InputError
            Names that are no fixed factors or numbers; Kenward and Roger's df of a fit by ML.

        Notes
        -----
        The default reference grid of R's emmeans: levels of other factors count alike, however
        often each occurs, and a number stands at its mean (halfway, if it has two values). By
        Kenward and Roger (1997), Biometrics 53, 983-997, se is larger than with variances taken as
        known; their implementation in R is pbkrtest (Halekoh and Hojsgaard 2014, Journal of
        Statistical Software 59(9)), that of Satterthwaite's df lmerTest (Kuznetsova, Brockhoff and
        Christensen 2017, Journal of Statistical Software 82(13)). Checked against them.
        """
        names = self.reference.factors(by)
        return mean_table(self.reference, self.inference(df), names, self._slopes(slope))

    def contrasts(
        self,
        by: str | Iterable[str],
        adjust: str | None = AUTO,
        kind: str = PAIRWISE,
        df: str = AUTO,
        within: str | Iterable[str] = (),
        slope: str | None = None,
    ) -> DataFrame:
        """Differences between the means of `by`, each with the others in mind.

        Parameters
        ----------
        by : str or list of str
            Fixed factors whose levels, or combinations of levels as `a:b`, are compared.
        adjust : str, optional
            "tukey" for all pairs, "holm", "bonferroni", "bh" (false discoveries) or "none"; "auto"
            is Tukey for all pairs, else Holm.
        kind : str
            "pairwise"; "reference", each with the first level; "consecutive", each with the one
            before.
        df, slope
            As for `means`.
        within : str or list of str
            Fixed factors in each of whose levels the comparison is made and adjusted anew.

        Returns
        -------
        DataFrame
            The columns of `within`, first, second, estimate (first minus second), se, df, t, low,
            high (95 % all together, as adjusted), p_value, p_adjusted, smallest_detectable, adjust,
            method.

        Raises
        ------
        InputError
            As for `means`; or words that are not known, or Tukey for what are not all pairs.

        Notes
        -----
        As R's emmeans: Tukey's p-values and intervals come from the studentized range; intervals
        for "holm" and "bh" are Bonferroni's, as those have none of their own. smallest_detectable
        is the true difference whose interval would leave out zero in 80 % of such data, by the
        noncentral t distribution.
        """
        names, cells = self.reference.factors(by), self.reference.factors(within)
        self.reference.factors([*names, *cells])
        how = checked_how(kind, adjust)
        return contrast_table(
            self.reference, self.inference(df), names, cells, self._slopes(slope), how
        )

    def coefficients(self, df: str = AUTO) -> DataFrame:
        """The fixed effects with t tests.

        Returns
        -------
        DataFrame
            term, estimate, se, df, t, low, high (95 %), p_value, method; `df` as for `means`.
        """
        return coefficient_table(self.design.names, self.inference(df))

    def anova(self, df: str = AUTO) -> DataFrame:
        """F tests of the fixed terms (type III), each with all others in the model.

        Returns
        -------
        DataFrame
            term, sum_squares, mean_square, df_term, df (of the denominator), f, p_value, method;
            `df` as for `means`. Without random effects the last row is the residual. Other factors
            count alike at each level, and numbers that are multiplied with the term stand at zero.

        Notes
        -----
        As R's lmerTest (Kuznetsova, Brockhoff and Christensen 2017, Journal of Statistical Software
        82(13)); mean_square is F times the residual variance.
        """
        crossproducts = self.design.x.T @ self.design.x
        alone = not self.design.groups
        square, rest = self.total() if alone else (self.residual, 0)
        table = anova_table(self.reference, self.inference(df), crossproducts, square)
        if alone:
            table.loc[len(table)] = ["residual", square * rest, square, rest, *[np.nan] * 3, ""]
        return table

    def total(self) -> tuple[float, float]:
        """Mean variance of a row over random effects and residual, and its degrees of freedom.

        Notes
        -----
        2 total^2 / Var(total), from the information on the variances (Satterthwaite 1946).
        """
        if not self.design.groups:  # unbiased, by ML as well
            rest = self.n - len(self.design.names)
            return self.residual * (1.0 if self.reml else self.n / rest), rest
        known = self._variances()
        return known.total, known.total_df

    def inference(self, df: str = AUTO) -> Inference:
        """Fixed effects with what tests of them need, by one of the ways of `means`.

        Raises
        ------
        InputError
            A way that is not known, or Kenward and Roger's for a fit by ML.
        """
        if df not in (*METHODS, AUTO):
            unknown = f"df {df!r} is not known{meant(df, METHODS)}"
            raise refuse(unknown, f"there are: auto, {', '.join(METHODS)}")
        if df == KENWARD_ROGER and not self.reml:
            ml = "Kenward and Roger's degrees of freedom are for fits by REML"
            raise refuse(ml, "fit with reml=True, or take df='satterthwaite'")
        if df == AUTO:
            df = KENWARD_ROGER if self.reml and self.quick else SATTERTHWAITE
        if df not in self._inferences:
            self._inferences[df] = self._inferred(df)
        return self._inferences[df]

    def _inferred(self, df: str) -> Inference:
        estimate = self.fixed["estimate"].to_numpy()
        covariance = self.fixed_covariance.to_numpy()
        if df == NORMAL:
            none = np.empty((0, *covariance.shape))
            return Inference(NORMAL, estimate, covariance, covariance, none, np.empty((0, 0)))
        if not self.design.groups:
            square, rest = self.total()
            return residual_inference(estimate, covariance * (square / self.residual), rest)
        if df == SATTERTHWAITE:
            return satterthwaite(self._variances(), estimate)
        return kenward_roger(solve(blocks(self.design), self.theta, True), estimate)

    def _variances(self) -> Variances:
        if not self._known_variances:
            laid_out = blocks(self.design)
            state = solve(laid_out, self.theta, self.reml)
            found = known_variances(laid_out, state, self.theta, self.reml)
            self._known_variances.append(found)
        return self._known_variances[0]

    def _slopes(self, slope: str | None) -> list[str]:
        return [] if slope is None else [self.reference.number(slope)]
