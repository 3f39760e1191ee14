"""People who rate themselves or one another: own views, and pairs that favour each other."""

from __future__ import annotations

import numpy as np
import pandas as pd
from pandas import DataFrame, Series
from scipy import stats

from csperf.calibration.differences import OWN_VIEW, given_scores, whole_scores
from csperf.calibration.linear import DUST
from csperf.errors import InputError, Problem
from csperf.indicators.intervals import Z, false_discoveries

FALSE = 0.01
FORM = ["employee_id", "evaluator_id"]


def self_inflation(evaluations: DataFrame, false: float = FALSE) -> DataFrame:
    """How far each person's own view lies above what others gave on the same criteria.

    Parameters
    ----------
    evaluations : DataFrame
        Rows of one cycle: employee_id, evaluator_id, evaluator_type (`self` for the own view),
        criterion_id, score.
    false : float
        Share of the flags that may be false.

    Returns
    -------
    DataFrame
        A row a person with an own view and others': employee_id, difference (points, own minus
        others), its 95 % interval low and high, usual (the middle difference of all people),
        n_evaluators, p_value (that it is no more than usual), p_adjusted, flag (inflated, modest or
        empty).

    Raises
    ------
    InputError
        For evaluations that no model can read.

    Notes
    -----
    An own view is a single form. How far single forms lie from the mean of the others, measured on
    the others themselves, is the noise that a difference is held against.
    """
    others, whole = given_scores(evaluations), whole_scores(evaluations)
    own = whole[(whole["evaluator_type"] == OWN_VIEW) & whole["score"].notna()]
    mine = own.groupby(["employee_id", "criterion_id"])["score"].mean()
    shared = others.join(mine.rename("own"), on=["employee_id", "criterion_id"])
    shared = shared[shared["own"].notna()]
    columns = ["employee_id", "difference", "low", "high", "usual", "n_evaluators"]
    if shared.empty:
        return DataFrame(columns=[*columns, "p_value", "p_adjusted", "flag"])
    forms = shared.groupby(FORM).agg(score=("score", "mean"), own=("own", "mean")).reset_index()
    people = forms.groupby("employee_id").agg(
        given=("score", "mean"), own=("own", "mean"), n_evaluators=("score", "size")
    )
    noise = _form_noise(forms)
    difference = people["own"] - people["given"]
    usual = difference.median()
    se = noise * np.sqrt(1 + 1 / people["n_evaluators"])
    half = Z * se
    table = people.assign(
        difference=difference, low=difference - half, high=difference + half, usual=usual
    ).reset_index()[columns]
    off = difference - usual
    p = Series(2 * stats.norm.sf(np.abs(off / se)), index=people.index)
    return _flagged(table, p.to_numpy(), np.where(off > 0, "inflated", "modest"), false)


def reciprocal_extremes(evaluations: DataFrame, false: float = FALSE) -> DataFrame:
    """Pairs who rated each other, both far above or both far below what others gave them.

    Parameters
    ----------
    evaluations : DataFrame
        Rows of one cycle: employee_id, evaluator_id, evaluator_type, criterion_id, score.

    Returns
    -------
    DataFrame
        A row a pair: evaluator_id, other_id, given and returned (points above the mean of others),
        p_value (that both lie so far to one side by chance), p_adjusted, flag (favour, spoil or
        empty).

    Raises
    ------
    InputError
        For evaluations that no model can read.
    """
    rows = given_scores(evaluations)
    _refuse_unlike(rows)
    forms = rows.groupby(FORM, as_index=False)["score"].mean()
    forms["off"] = forms["score"] - _mean_of_others(forms)
    back = forms.rename(columns={"employee_id": "evaluator_id", "evaluator_id": "employee_id"})
    pairs = forms.merge(back, on=FORM, suffixes=("", "_back")).dropna()
    pairs = pairs[pairs["evaluator_id"] < pairs["employee_id"]]
    noise = _form_noise(forms)
    least = np.minimum(pairs["off"].abs(), pairs["off_back"].abs()) / noise
    same = np.sign(pairs["off"]) == np.sign(pairs["off_back"])
    p = np.where(same, 2 * stats.norm.sf(least) ** 2, 1.0)
    table = DataFrame(
        {
            "evaluator_id": pairs["evaluator_id"],
            "other_id": pairs["employee_id"],
            "given": pairs["off"],
            "returned": pairs["off_back"],
        }
    ).reset_index(drop=True)
    word = np.where(pairs["off"] > 0, "favour", "spoil")
    return _flagged(table, p, word, false)


def _refuse_unlike(rows: DataFrame) -> None:
    """InputError if employees go by other kinds of ids than evaluators, so that no two can meet."""
    employee, evaluator = (pd.api.types.infer_dtype(rows[name]) for name in FORM)
    if len(rows) and employee != evaluator and {employee, evaluator} != {"integer", "floating"}:
        found = f"the ids are of kind {evaluator}, those of employee_id {employee}"
        advice = "give both as text, so that pairs can be seen"
        raise InputError(Problem("evaluations", found, advice, column="evaluator_id"))


def _mean_of_others(forms: DataFrame) -> Series:
    """Mean score of an employee's other forms; unknown for who has one."""
    by = forms.groupby("employee_id")["score"]
    n = by.transform("size")
    return (by.transform("sum") - forms["score"]) / (n - 1).where(n > 1)


def _form_noise(forms: DataFrame) -> float:
    """SD of single forms around what the employee gets, leniency of evaluators included.

    Unknown where all agree to the point, or nobody has two forms.
    """
    by = forms.groupby("employee_id")["score"]
    off = forms["score"] - by.transform("mean")
    seen = off.abs().max() > DUST * forms["score"].abs().max()
    free = len(forms) - by.ngroups
    return float(np.sqrt((off**2).sum() / free)) if seen and free > 0 else float("nan")


def _flagged(table: DataFrame, chance: object, word: object, false: float) -> DataFrame:
    """The table with p_value, p_adjusted and flag."""
    p = Series(chance, index=table.index, dtype="float64")
    adjusted = false_discoveries(p)
    flag = Series(word, index=table.index).where(adjusted < false, "")
    return table.assign(p_value=p, p_adjusted=adjusted, flag=pd.array(flag, dtype="str"))
