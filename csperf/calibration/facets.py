"""The many-facet model: how severe evaluators are, and how good employees are beside that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from pandas import DataFrame

from csperf.calibration.estimates import joint_estimates, marginal_estimates
from csperf.calibration.fit_statistics import LEAST_VARIANCE, Fitted, separations
from csperf.calibration.layout import anchored, layout_of
from csperf.calibration.measures import measures_of, thresholds_of, with_fair_averages
from csperf.calibration.ratings import (
    CRITERION,
    EVALUATOR,
    FACETS,
    Ratings,
    Whole,
    narrowed,
    ratings_of,
    subsets,
    without_extremes,
)
from csperf.errors import InputError, Problem, meant

Model = Literal["rating_scale", "partial_credit"]
Method = Literal["auto", "joint", "marginal"]
Clusters = Literal["employee", "form"]
MANY = 30  # ratings of an employee from which the bias of joint estimates is small
UNEXPECTED = 3.0


@dataclass(frozen=True)
class FacetsFit:
    """A fitted many-facet model; `fit_facets` makes it.

    measures
        A row for each element of each facet: facet, element_id, measure and se (logits; for
        employees higher is better, for all others more severe), infit, infit_z, outfit, outfit_z,
        n (ratings), observed_average and fair_average (score points), subset, extreme (lowest,
        highest or empty), status (ok, extreme, alone: nobody to be compared with in the subset,
        constant: its scale has one score, not_rated: by nobody who has a measure). An extreme
        element is placed 0.3 points inside the scale; where it has a score that nobody else has, it
        is known to be at least (at most) so high, and there is no fair average.
    thresholds
        scale_id (of a partial-credit model), score (that the threshold leads to), threshold, se, n,
        status (ok; only_extreme: nobody but extreme elements has the score, so that it is none of
        the scale's categories).
    summary
        `fit_statistics.separations`.
    population
        Of marginal estimates the normal that employees come from, a row a subset: mean, sd (logits)
        and the reliability of the employees' measures.
    residuals
        A row for each rating that estimation used, at the place of it in the evaluations: expected
        and residual (score categories), variance, gain (categories a logit), standardized.
    """

    measures: DataFrame
    thresholds: DataFrame
    summary: DataFrame
    population: DataFrame
    residuals: DataFrame
    deviance: float
    model: str
    method: str
    clusters: str | None

    @property
    def subsets(self) -> DataFrame:
        """Which subset each element is in; those of different subsets cannot be compared."""
        return self.measures[["facet", "element_id", "subset"]]

    @property
    def status(self) -> str:
        """Ok, or disconnected if some elements of a facet cannot be compared with others."""
        return "disconnected" if (self.measures["subset"] > 1).any() else "ok"

    def of_facet(self, facet: str) -> DataFrame:
        """The measures of one facet, by element_id."""
        return self.measures[self.measures["facet"] == facet].set_index("element_id")

    def severities(self) -> DataFrame:
        """By evaluator_id the points taken off and their standard error, of who can be compared.

        Points are those of the fair averages, against the mean of the subset.
        """
        known = self.of_facet(EVALUATOR).query("status == 'ok'")
        fair = known["fair_average"]
        points = fair.groupby(known["subset"]).transform("mean") - fair
        spread = known["measure"].std()
        per_logit = np.polyfit(known["measure"], points, 1)[0] if spread > 0 else 0.0
        return DataFrame({"points": points, "se": abs(per_logit) * known["se"], "n": known["n"]})

    def fair_averages(self) -> DataFrame:
        """Score that each element would stand for with all others at their mean."""
        return self.measures[["facet", "element_id", "observed_average", "fair_average"]]

    def unexpected(self, beyond: float = UNEXPECTED) -> DataFrame:
        """Ratings whose standardized residual is beyond a limit, the farthest first."""
        rows = self.residuals[self.residuals["standardized"].abs() > beyond]
        return rows.sort_values("standardized", key=abs, ascending=False)


def fit_facets(
    evaluations: DataFrame,
    model: Model = "rating_scale",
    method: Method = "auto",
    facets: Sequence[str] = (),
    *,
    scales: str = CRITERION,
    anchors: Mapping[str, Mapping[str, float]] | None = None,
    pull: float = 0.0,
    bias_correction: bool = True,
    clusters: Clusters | None = None,
) -> FacetsFit:
    """Fit a many-facet model of employees, evaluators and criteria.

    Parameters
    ----------
    evaluations : DataFrame
        employee_id, evaluator_id, criterion_id, score (whole numbers; empty ones are passed over).
    model : str
        rating_scale has one set of thresholds, partial_credit one for each element of `scales`.
    method : str
        joint estimates a measure for each employee, marginal takes employees for draws from a
        normal; auto is joint from 30 ratings an employee on, or with a pull.
    facets : sequence of str
        Further columns that make ratings higher or lower, such as team_id or an occasion.
    anchors : mapping, optional
        {facet: {element: measure}} of measures that are known and held; not of employees.
    pull : float
        For joint: weight of a prior that pulls employees to their mean (1 / sd^2 in logits).
    bias_correction : bool
        For joint: multiply by (L - 1) / L, with L ratings an employee; not with anchors.
    clusters : str, optional
        What belongs together, for standard errors that allow for it: employee, or for joint also
        form (employee and evaluator). Without, they are those of the joint information.

    Raises
    ------
    InputError
        For evaluations that no model can read or that tell no finite measures, names that are not
        known (ways to fit, facets, anchored elements), and forms or a pull with marginal.

    Notes
    -----
    log(P_k / P_(k-1)) = employee - evaluator - criterion - threshold_k: Linacre (1989), Many-Facet
    Rasch Measurement. Every facet but the employees' adds to 0 in each subset.
    """
    _refuse_unknown(model, method, clusters, pull)
    _refuse_other(scales, (*FACETS, *facets))
    per = scales if model == "partial_credit" else None
    ratings = ratings_of(evaluations, facets, per)
    method = _chosen(method, ratings, pull, clusters)
    ratings, left, extreme = _set_aside(ratings, first=0 if method == "joint" and not pull else 1)
    parts = subsets(left)
    layout = layout_of(left, parts, anchored(ratings, anchors or {}))
    if method == "joint":
        found = joint_estimates(left, layout, pull, bias_correction and not anchors, clusters)
    else:
        found = marginal_estimates(left, layout, parts[0], clusters)
    measures = measures_of(ratings, left, extreme, parts, layout, found)
    return FacetsFit(
        measures=with_fair_averages(measures, ratings, layout, found.values, per),
        thresholds=thresholds_of(ratings, layout, found, per),
        summary=separations(measures),
        population=found.population,
        residuals=_residuals(left, found.at),
        deviance=found.deviance,
        model=model,
        method=method,
        clusters=clusters,
    )


def _refuse_unknown(model: str, method: str, clusters: str | None, pull: float) -> None:
    """InputError for ways to fit that there are not, or that do not go together."""
    known = {
        "model": (model, get_args(Model)),
        "method": (method, get_args(Method)),
        "clusters": (clusters, (None, *get_args(Clusters))),
    }
    for name, (given, takes) in known.items():
        if given not in takes:
            advice = f"there are {', '.join(str(each) for each in takes)}"
            close = meant(str(given), [str(each) for each in takes])
            raise InputError(Problem(name, f"no {name} '{given}'", advice + close))
    if not 0 <= pull < np.inf:
        raise InputError(Problem("pull", f"{pull} is no weight", "give 0 or more"))
    if method == "marginal" and pull:
        advice = "take method='joint', or leave pull out"
        raise InputError(
            Problem("pull", "marginal estimates are drawn to the mean already", advice)
        )


def _refuse_other(scales: str, names: Sequence[str]) -> None:
    if scales not in names:
        raise InputError(Problem("scales", f"no facet '{scales}'", f"there are {', '.join(names)}"))


def _set_aside(ratings: Ratings, first: int) -> tuple[Ratings, Ratings, list[Whole]]:
    """All ratings, those without extreme elements of facets from `first` on, and which these are.

    InputError where none are left.
    """
    left, extreme = without_extremes(ratings, range(first, len(ratings.facets)))
    if not left.size:
        raise InputError(Problem("evaluations", "every score is an extreme one"))
    return *narrowed(ratings, left), extreme


def _chosen(method: Method, ratings: Ratings, pull: float, clusters: Clusters | None) -> Method:
    """Joint or marginal; InputError if the clusters do not go with it."""
    if method == "auto":
        employees = len(np.unique(ratings.elements[0]))
        many = ratings.size / employees >= MANY
        method = "joint" if many or pull else "marginal"
    if method == "marginal" and clusters == "form":
        advice = "take clusters='employee', or method='joint'"
        raise InputError(Problem("clusters", "forms are no clusters of marginal estimates", advice))
    return method


def _residuals(ratings: Ratings, found: Fitted) -> DataFrame:
    off = ratings.category - found.expected
    table = {
        "expected": found.expected,
        "residual": off,
        "variance": found.variance,
        "gain": found.variance,
        "standardized": off / np.sqrt(np.maximum(found.variance, LEAST_VARIANCE)),
    }
    return DataFrame(table, index=ratings.rows).sort_index()
