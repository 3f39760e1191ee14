"""Fair scores: what ratings would have been had every evaluator been of the usual severity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas import DataFrame

from csperf.calibration.differences import given_scores
from csperf.calibration.linear import severities
from csperf.calibration.rasch import Floats
from csperf.calibration.ratings import Ratings, Whole, coded, subsets
from csperf.errors import InputError, Problem

HUNDRED = (0.0, 100.0)
ALONE, TOO_FEW, MIXED, EXACT = "alone", "too_few", "not_told_apart", "exact"
TOLD = ("ok", EXACT)  # who has a severity
RESIDUALS = ["expected", "residual", "variance", "gain"]
LEAST = 3  # employees whom somebody else rated too
COLUMNS = ["evaluator_type", "evaluator_id", "severity", "se", "shrunken", "n", "subset", "status"]


@dataclass(frozen=True)
class Adjusted:
    """Fair scores of ratings, and the severities that were taken off; `adjust` makes it.

    ratings
        The evaluations with fair_score, on the criterion's scale and kept within it; unknown where
        the evaluator cannot be compared.
    residuals
        A row for each rating that has a fair score to be had, at its place in the evaluations:
        expected, residual and variance (points of 100), gain (1), as `rater_effects` reads them.
    evaluators
        evaluator_type, evaluator_id, severity and its se (points of 100 taken off), shrunken (what
        is given back), n (employees whom others of the type rated too), subset, status (ok,
        too_few, alone: no employee in common with others of the type, not_told_apart: from the
        criteria, as evaluators rate different ones, exact: the ratings of all follow one another to
        the point, so that nothing tells how sure a severity is).
    """

    ratings: DataFrame
    residuals: DataFrame
    evaluators: DataFrame

    def severities(self) -> DataFrame:
        """By evaluator_id the points taken off and their standard error, of who can be compared."""
        known = self.evaluators[self.evaluators["status"] == "ok"].set_index("evaluator_id")
        return known[["severity", "se", "n"]].set_axis(["points", "se", "n"], axis=1)


def adjust(
    evaluations: DataFrame, scales: Mapping[str, tuple[float, float]] | None = None
) -> Adjusted:
    """Ratings as if every evaluator had been of the usual severity.

    Parameters
    ----------
    evaluations : DataFrame
        Rows of one cycle: employee_id, evaluator_id, evaluator_type, criterion_id, score, and if
        known round, of which the last counts. Types are held apart.
    scales : mapping, optional
        {criterion_id: (lowest, highest score)}; 0 to 100 if left out.

    Returns
    -------
    Adjusted
        Self-evaluations and ratings without a score have no fair one: nobody else rates as that
        person.

    Raises
    ------
    InputError
        For evaluations that no model can read, and a scale that does not go up.

    Notes
    -----
    score + B severity, with B = V / (V + se^2): severities are drawn to 0 the less is known of them
    (empirical Bayes; V is their true variance over the evaluators of the type, by moments).
    Severity is relative to the evaluators of the subset: of evaluators who share nobody, not even
    through others, it cannot be told.
    """
    scales = scales or {}
    last = given_scores(evaluations.reset_index(drop=True))
    fair = pd.Series(np.nan, index=range(len(evaluations)))
    tables, residuals = [], []
    for kind, rows in last.groupby("evaluator_type"):
        low, high = _ends(rows, scales)
        points = 100 * (rows["score"].to_numpy(float) - low) / (high - low)
        table, residual = _of_type(rows, points)
        if len(residual):
            residuals.append(residual.set_axis(rows.index))
        back = rows["evaluator_id"].map(table.set_index("evaluator_id")["shrunken"])
        moved = rows["score"] + back * (high - low) / 100
        fair[rows.index] = moved.clip(low, high)
        tables.append(table.assign(evaluator_type=kind))
    nothing = DataFrame(columns=RESIDUALS, dtype="float64")
    nobody = DataFrame(columns=COLUMNS)
    return Adjusted(
        ratings=evaluations.assign(fair_score=fair.to_numpy()),
        residuals=pd.concat(residuals).sort_index() if residuals else nothing,
        evaluators=pd.concat(tables, ignore_index=True)[COLUMNS] if tables else nobody,
    )


def _ends(rows: DataFrame, scales: Mapping[str, tuple[float, float]]) -> tuple[Floats, Floats]:
    ends = [scales.get(name, HUNDRED) for name in rows["criterion_id"]]
    low, high = np.array(ends, float).T
    if not (low < high).all():
        name = rows["criterion_id"].iloc[int((~(low < high)).argmax())]
        found = f"{name}: {scales[name]} does not go up"
        raise InputError(Problem("scales", found, "give the lowest and the highest score"))
    return low, high


def _of_type(rows: DataFrame, points: Floats) -> tuple[DataFrame, DataFrame]:
    """Severities of the evaluators of a type with what is given back of them, and residuals."""
    ratings = coded(rows, ("employee_id", "evaluator_id", "criterion_id"))
    parts = subsets(ratings)
    try:
        found = severities(ratings, points, parts)
    except InputError:  # who rates only one criterion that nobody else does is that criterion
        return _mixed(ratings, parts), DataFrame(columns=RESIDUALS, dtype="float64")
    shared = rows.groupby("employee_id")["evaluator_id"].transform("nunique") > 1
    n = rows[shared].groupby("evaluator_id")["employee_id"].nunique()
    table = DataFrame(
        {
            "evaluator_id": ratings.ids[1],
            "severity": found.points,
            "se": found.se,
            "subset": parts[1],
        }
    )
    table["n"] = table["evaluator_id"].map(n).fillna(0).astype("int64")
    lonely = table.groupby("subset")["evaluator_id"].transform("size") == 1
    few = ~lonely & (table["n"] < LEAST)
    exact = np.full(len(table), not found.residual.any())
    table["status"] = np.select([lonely, few, exact], [ALONE, TOO_FEW, EXACT], "ok")
    known = table["status"].isin(TOLD)
    table[["severity", "se"]] = table[["severity", "se"]].where(known)
    residuals = DataFrame(
        {
            "expected": points - found.residual,
            "residual": found.residual,
            "variance": found.variance,
            "gain": 1.0,
        }
    )
    shrunken = _shrunken(table["severity"], table["se"], table["subset"])
    return table.assign(shrunken=shrunken, se=table["se"].mask(exact)), residuals


def _mixed(ratings: Ratings, parts: list[Whole]) -> DataFrame:
    """Evaluators whose severity cannot be told from how hard their criteria are."""
    table = DataFrame({"evaluator_id": ratings.ids[1], "subset": parts[1]})
    return table.assign(severity=np.nan, se=np.nan, shrunken=np.nan, n=0, status=MIXED)


def _shrunken(severity: pd.Series, se: pd.Series, subset: pd.Series) -> pd.Series:
    """Severities drawn to 0 by what is not known of them."""
    known = severity.notna()
    free = int(known.sum()) - subset[known].nunique()
    if free < 1:
        return severity * 0.0
    true = max(((severity**2).sum() - (se**2).sum()) / free, 0.0)
    with np.errstate(invalid="ignore"):
        return severity * np.where(true > 0, true / (true + se**2), 0.0)
