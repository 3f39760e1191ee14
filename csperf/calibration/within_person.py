"""Agreement of the evaluators of one person, who need not differ from anybody: rwg."""

from __future__ import annotations

import numpy as np
from pandas import DataFrame, Series
from scipy import stats

from csperf.calibration.rated import ITEM, RATER, SCORE, UNIT, read_ratings
from csperf.errors import InputError, Problem, shown
from csperf.indicators.intervals import LEVEL

HAIR = 1e-9
RWG_STATUS = {
    "ok": "nothing to say",
    "perfect": "everybody gave the same; how much other evaluators would differ is not known",
    "beyond_null": "the spread is wider than that of scores picked at random; the estimate is 0,"
    " as James, Demaree and Wolf set it; look at the scores: a mean does not sum up evaluators in"
    " two camps, or who saw different things",
    "too_few": "a criterion has the score of one evaluator only",
}


def rwg(
    frame: DataFrame,
    targets: str = "employee_id",
    raters: str = "evaluator_id",
    scores: str = "score",
    items: str | None = None,
    *,
    scale: tuple[float, float],
    step: float = 1.0,
) -> DataFrame:
    """How closely the evaluators of one person agree, and whether a mean may sum up their scores.

    Unlike the other coefficients it says something of each person, and of a team whose people are
    all alike. 1 is full agreement, 0 the spread of evaluators who pick any score of the scale with
    the same probability.

    Parameters
    ----------
    frame : DataFrame
        A row for each score; of several criteria if `items` names their column.
    targets, raters, scores : str
        The columns of who is rated, who rates, and the number given.
    items : str, optional
        The column of the criterion: rwg(j), of the mean over the criteria of a person.
    scale : (low, high)
        The lowest and highest score that can be given.
    step : float
        What neighbouring scores differ by; 0 for a scale without steps.

    Returns
    -------
    DataFrame
        A row for each target, by its id: coefficient ("rwg" or "rwg(j)"), n_raters (of the
        criterion with fewest), n_items, variance (mean over criteria), null_variance, estimate, low
        and high (95 %), status (a key of `RWG_STATUS`, which says why something is unknown).

    Raises
    ------
    InputError
        A column is missing, an id is empty, a score is no number, lies outside the scale or between
        its steps, a target has two scores of one rater, there are fewer than two raters, or the
        scale is none.

    Notes
    -----
    James, Demaree and Wolf (1984, Journal of Applied Psychology 69, 85-98): 1 - s2 / null, with
    null = (A2 - 1) / 12 steps squared for A equally likely scores; for J criteria J r / (1 +
    (J - 1) r), r being 1 - mean s2 / null. The interval is that of a variance of normal scores
    (chi-square); a mean of variances has the degrees of freedom that the covariances of the
    criteria leave it (Satterthwaite). Few evaluators make it wide. Where it passes 0 it ends there.
    """
    _check_scale(scale, step)
    columns = {UNIT: targets, RATER: raters, SCORE: scores} | ({ITEM: items} if items else {})
    rated = read_ratings(frame, "rwg", columns, fewest_units=1)
    _check_scores(rated, scores, scale, step)
    by_item = rated.groupby([UNIT, ITEM] if items else [UNIT])[SCORE].agg(["var", "size"])
    by_unit = by_item.groupby(level=UNIT)
    found = DataFrame(
        {
            "coefficient": "rwg(j)" if items else "rwg",
            "n_raters": by_unit["size"].min(),
            "n_items": by_unit["size"].size(),
            "variance": by_unit["var"].mean(),
            "null_variance": _null_variance(scale, step),
        }
    )
    df = (found["n_raters"] - 1) * (_variances_in_one(rated) if items else 1.0)
    return _with_estimates(found, df).rename_axis(targets).reset_index()


def _null_variance(scale: tuple[float, float], step: float) -> float:
    """Variance of scores that are all equally likely."""
    width = scale[1] - scale[0]
    return (width**2 + 2 * width * step) / 12  # of A scores: step^2 (A^2 - 1) / 12


def _variances_in_one(rated: DataFrame) -> float:
    """Independent variances that the mean over items is worth: 1 if evaluators differ alike in all.

    Satterthwaite's degrees of freedom with the covariances of items within people, pooled over all.
    """
    forms = rated.pivot(index=[UNIT, RATER], columns=ITEM, values=SCORE).dropna()
    off = (forms - forms.groupby(level=UNIT).transform("mean")).to_numpy()
    products = off.T @ off
    whole = np.sum(products**2)
    return float(np.trace(products) ** 2 / whole) if whole > 0 else 1.0


def _with_estimates(found: DataFrame, df: Series) -> DataFrame:
    df = df.where(found["n_raters"] > 1)
    share = (found["variance"] / found["null_variance"]).where(found["n_raters"] > 1)
    tail = (1 - LEVEL) / 2
    lowest, highest = (share * df / stats.chi2.ppf(p, df) for p in (1 - tail, tail))
    status = Series("ok", found.index, dtype="str")
    status = status.mask(share > 1, "beyond_null").mask(share < HAIR, "perfect")
    known = share >= HAIR
    return found.assign(
        estimate=_of_items(share, found["n_items"]),
        low=_of_items(highest, found["n_items"]).where(known),
        high=_of_items(lowest, found["n_items"]).where(known),
        status=status.mask(share.isna(), "too_few"),
    )


def _of_items(share: Series, n_items: Series) -> Series:
    """Coefficient of a mean over items, the mean variance being such a share of the null's."""
    one = (1 - share).clip(lower=0)
    return n_items * one / (1 + (n_items - 1) * one)


def _check_scale(scale: tuple[float, float], step: float) -> None:
    low, high = scale
    steps = (high - low) / step if step > 0 else 1.0
    if not (low < high and step >= 0 and abs(steps - round(steps)) < HAIR):
        found = f"no scale from {low:g} to {high:g} by {step:g}"
        advice = "give scale=(lowest, highest) and a step that divides it, 0 for none"
        raise InputError(Problem("rwg", found, advice))


def _check_scores(rated: DataFrame, column: str, scale: tuple[float, float], step: float) -> None:
    low, high = scale
    steps = (rated[SCORE] - low) / step if step > 0 else Series(0.0, rated.index)
    outside = (rated[SCORE] < low) | (rated[SCORE] > high)
    between = ((steps - steps.round()).abs() > HAIR) & ~outside
    problems = [
        Problem("rwg", f"{shown(rated.loc[row, SCORE])} {found}", advice, int(row), column)
        for rows, found, advice in (
            (outside, f"lies outside the scale {low:g} to {high:g}", "give scale=(low, high)"),
            (between, f"lies between steps of {step:g}", "give the step, 0 for none"),
        )
        for row in rated.index[rows]
    ]
    if problems:
        raise InputError(problems)
