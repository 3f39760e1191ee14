"""How well ratings fit the model, and how far the elements of a facet can be told apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas import DataFrame
from scipy import stats

from csperf.calibration.rasch import Floats, fourth_moment, moments, parts, weights_of
from csperf.calibration.ratings import Ratings, Whole

LEAST_VARIANCE = 1e-9
FORMS = {"sample": 1, "population": 0}


@dataclass(frozen=True)
class Fitted:
    """Of each rating the expected category, its variance and its fourth central moment."""

    expected: Floats
    variance: Floats
    fourth: Floats


def fitted(ratings: Ratings, eta: Floats, thresholds: Floats) -> Fitted:
    """What the model expects at the logits of the ratings."""
    weights = weights_of(thresholds)
    found = Fitted(*np.empty((3, ratings.size)))
    for scale, part in parts(ratings):
        each = moments(eta[part], weights[scale])
        found.expected[part], found.variance[part] = each.expected, each.variance
        found.fourth[part] = fourth_moment(each)
    return found


def mean_squares(of: Whole, n: int, category: Whole, found: Fitted) -> DataFrame:
    """Infit and outfit of the n elements that `of` names for each rating, with their z values.

    Columns infit, infit_z, outfit, outfit_z: mean squares, 1 if the ratings are as the model says,
    and their cube roots made standard normal (Wilson and Hilferty) with the variances of Wright and
    Masters (1982), Rating Scale Analysis, chapter 5.
    """
    variance = np.maximum(found.variance, LEAST_VARIANCE)
    square = (category - found.expected) ** 2
    rated = np.bincount(of, minlength=n).astype(float)

    def total(each: Floats) -> Floats:
        return np.bincount(of, each, n)

    with np.errstate(divide="ignore", invalid="ignore"):
        infit = total(square) / total(variance)
        outfit = total(square / variance) / rated
        q_in = np.sqrt(total(found.fourth - variance**2)) / total(variance)
        q_out = np.sqrt(np.maximum(total(found.fourth / variance**2) - rated, 0)) / rated
        return DataFrame(
            {
                "infit": infit,
                "infit_z": (np.cbrt(infit) - 1) * 3 / q_in + q_in / 3,
                "outfit": outfit,
                "outfit_z": (np.cbrt(outfit) - 1) * 3 / q_out + q_out / 3,
            }
        )


def separations(measures: DataFrame) -> DataFrame:
    """How far the elements of each facet can be told apart.

    Parameters
    ----------
    measures : DataFrame
        facet, measure, se, extreme.

    Returns
    -------
    DataFrame
        A row for each facet, form of the variance (sample: divided by n - 1, population: by n) and
        whether extreme elements are among them: n, mean, sd, rmse (root mean square of the standard
        errors), true_sd, separation (true_sd / rmse), strata ((4 separation + 1) / 3), reliability
        (of differences; for evaluators a high one says that they do differ), and the chi-square
        test that all are the same.
    """
    rows = []
    known = measures[measures["measure"].notna() & (measures["se"] > 0)]  # 0 where anchored
    for facet, of_facet in known.groupby("facet", sort=False):
        for extremes in (False, True):
            mine = of_facet if extremes else of_facet[of_facet["extreme"] == ""]
            for form, less in FORMS.items():
                if len(mine) > 1:
                    key = {"facet": facet, "extremes": extremes, "form": form}
                    rows.append({**key, **_separation(mine["measure"], mine["se"], less)})
    return DataFrame(rows)


def _separation(measure: pd.Series, se: pd.Series, less: int) -> dict[str, float]:
    observed, noise = float(measure.var(ddof=less)), float((se**2).mean())
    true = max(observed - noise, 0.0)
    weight = 1 / se**2
    apart = float((weight * (measure - (weight * measure).sum() / weight.sum()) ** 2).sum())
    separation = np.sqrt(true / noise)
    return {
        "n": len(measure),
        "mean": float(measure.mean()),
        "sd": np.sqrt(observed),
        "rmse": np.sqrt(noise),
        "true_sd": np.sqrt(true),
        "separation": separation,
        "strata": (4 * separation + 1) / 3,
        "reliability": true / observed if observed else 0.0,
        "chi_square": apart,
        "df": len(measure) - 1,
        "p_value": float(stats.chi2.sf(apart, len(measure) - 1)),
    }
