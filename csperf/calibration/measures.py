"""Estimates as tables: measures of every element, and thresholds."""

from __future__ import annotations

import numpy as np
import pandas as pd
from pandas import DataFrame

from csperf.calibration.estimates import Estimates
from csperf.calibration.fit_statistics import mean_squares
from csperf.calibration.layout import Layout
from csperf.calibration.placing import place
from csperf.calibration.rasch import Floats, expected_score
from csperf.calibration.ratings import Flags, Ratings, Whole

EXTREME = {-1: "lowest", 0: "", 1: "highest"}


def measures_of(
    ratings: Ratings,
    left: Ratings,
    extreme: list[Whole],
    parts: list[Whole],
    layout: Layout,
    found: Estimates,
) -> DataFrame:
    """Measures of every element, as `FacetsFit` describes them, but for the fair averages."""
    measures, errors = [found.theta], [found.errors]
    variance = np.sqrt(np.maximum(np.diag(found.covariance), 0))
    for facet in range(1, len(ratings.facets)):
        at = layout.of_facet(facet)
        known = parts[facet] > 0
        measures.append(np.where(known, found.values[at], np.nan))
        errors.append(np.where(known, variance[at], np.nan))
    measures[0] = np.where(parts[0] > 0, measures[0], np.nan)
    placed, of_placed = place(ratings, layout, measures, found.values)
    tables, telling = [], ratings.telling
    plain = bool(telling.all())
    for facet, name in enumerate(ratings.facets):
        unknown = np.isnan(measures[facet])
        alone = _alone(layout, facet, parts[facet])
        told = np.full(ratings.n(facet), plain)
        if not plain:
            told[np.unique(ratings.elements[facet][telling])] = True
        status = np.select(
            [alone, ~unknown, ~np.isnan(placed[facet]), ~told],
            ["alone", "ok", "extreme", "constant"],
            "not_rated",
        )
        table = DataFrame(
            {
                "facet": name,
                "element_id": ratings.ids[facet],
                "measure": np.where(alone, np.nan, placed[facet]),
                "se": np.where(alone, np.nan, np.where(unknown, of_placed[facet], errors[facet])),
            }
        )
        of, n = left.elements[facet], left.n(facet)
        table = pd.concat([table, mean_squares(of, n, left.category, found.at)], axis=1)
        tables.append(
            table.assign(
                n=np.bincount(ratings.elements[facet], minlength=n),
                observed_average=_observed(ratings, facet),
                subset=parts[facet],
                extreme=[EXTREME[sign] for sign in extreme[facet]],
                status=status,
            )
        )
    return pd.concat(tables, ignore_index=True)


def _alone(layout: Layout, facet: int, numbers: Whole) -> Flags:
    """Whether an element has nobody to be compared with: the others are in other subsets.

    An anchored one can be, and so can employees, whom the evaluators of the subset hold in place.
    """
    if facet == 0 or numbers.max() < 2:
        return np.zeros(len(numbers), dtype=bool)
    free = np.isnan(layout.held[layout.of_facet(facet)])
    return (np.bincount(numbers)[numbers] == 1) & (numbers > 0) & free


def _observed(ratings: Ratings, facet: int) -> Floats:
    """Mean score of each element."""
    of, n = ratings.elements[facet], ratings.n(facet)
    with np.errstate(invalid="ignore"):
        return np.bincount(of, ratings.points, n) / np.bincount(of, minlength=n)


def with_fair_averages(
    measures: DataFrame, ratings: Ratings, layout: Layout, values: Floats, per: str | None
) -> DataFrame:
    """The measures with fair_average: the expected score with all other facets at their means.

    Means are those of elements with an estimate. Over several scales it is the mean of the scores
    on each, but for an element that has a scale of its own. It is unknown of who was only placed
    and has a score that the scale does not know.
    """
    known = measures[measures["status"] == "ok"]
    means = known.groupby("facet")["measure"].mean()
    means = means.reindex(list(ratings.facets), fill_value=0.0)
    ability = means.iloc[0] - means.iloc[1:].sum()
    employees = measures["facet"] == ratings.facets[0]
    own = measures["measure"] - measures["facet"].map(means)
    eta = ability + own.where(employees, -own)
    scores = np.array(
        [
            expected_score(eta.to_numpy(), tau, points)
            for tau, points in zip(layout.thresholds(values), ratings.scores, strict=True)
        ]
    )
    fair = scores.mean(axis=0)
    if per is not None:
        mine = (measures["facet"] == per).to_numpy()
        fair[mine] = scores[:, mine].diagonal()
    beyond = ratings.beyond
    off = [
        np.bincount(of[beyond], minlength=ratings.n(facet)) > 0
        for facet, of in enumerate(ratings.elements)
    ]
    fair[np.concatenate(off) & (measures["status"] == "extreme").to_numpy()] = np.nan
    return measures.assign(fair_average=fair)


def thresholds_of(ratings: Ratings, layout: Layout, found: Estimates, per: str | None) -> DataFrame:
    """Thresholds of every scale, with the score that each leads to and how often that was given."""
    error = np.sqrt(np.maximum(np.diag(found.covariance), 0))[layout.of_thresholds]
    error = error.reshape(layout.shape)
    tables, beyond = [], ratings.beyond
    for scale, (points, part) in enumerate(zip(ratings.scores, ratings.slices(), strict=True)):
        steps, off = len(points) - 1, beyond[part]
        ids = {"scale_id": ratings.ids[ratings.facets.index(per)][scale] if per else ""}
        known = {
            "score": points[1:],
            "threshold": layout.thresholds(found.values)[scale, :steps],
            "se": error[scale, :steps],
            "n": np.bincount(ratings.category[part][~off], minlength=steps + 1)[1:],
            "status": "ok",
        }
        scores, n = np.unique(ratings.points[part][off], return_counts=True)
        unknown = {"score": scores, "threshold": np.nan, "se": np.nan, "n": n}
        rows = [DataFrame({**ids, **known})]
        if len(scores):
            rows.append(DataFrame({**ids, **unknown, "status": "only_extreme"}))
        tables.append(pd.concat(rows, ignore_index=True).sort_values("score"))
    return pd.concat(tables, ignore_index=True)
