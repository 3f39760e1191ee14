"""Errors of time and order: the last week counts too much, or the case before changes the next."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas import DataFrame
from scipy import stats

from csperf.errors import InputError, Problem
from csperf.indicators.intervals import LEVEL
from csperf.practice.marking import CASE, EVALUATOR, SCORE

Floats = NDArray[np.float64]
FEWEST = 10  # cases for three numbers and their errors
UNKNOWN = (np.nan, np.nan, np.nan)
COLUMNS = [EVALUATOR, "effect", "statistic", "fair", "low", "high", "n", "status"]


def recency_effect(ratings: DataFrame, observed: DataFrame) -> DataFrame:
    """How much of each evaluator's judgement comes from the last week of the observed ones.

    Parameters
    ----------
    ratings : DataFrame
        evaluator_id, case_id, score; of several criteria the mean counts.
    observed : DataFrame
        case_id, week, score: what the work of each week deserved, every case in every week.

    Returns
    -------
    DataFrame
        A row an evaluator: statistic (the share of the last week), fair (the share it has in a
        plain mean), low and high (95 %), n (cases), status (ok, or too_few with fewer than ten).

    Notes
    -----
    Least squares of the score on the mean of the earlier weeks and on the last week, with slopes a
    and b: the share is b / (a + b), its interval by the delta method.
    """
    _refuse_missing(ratings, "ratings", [EVALUATOR, CASE, SCORE])
    _refuse_missing(observed, "observed", [CASE, "week", SCORE])
    weeks = observed.pivot_table(index=CASE, columns="week", values=SCORE).dropna()
    if weeks.shape[1] < 2:
        found = f"{weeks.shape[1]} week in which every case was seen"
        raise InputError(Problem("observed", found, "give at least two", column="week"))
    seen = DataFrame({"earlier": weeks.iloc[:, :-1].mean(axis=1), "last": weeks.iloc[:, -1]})
    rows = []
    for name, given in _by_evaluator(ratings):
        both = seen.join(given, how="inner")
        share = _share(both) if len(both) >= FEWEST else UNKNOWN
        rows.append(_row(name, "recency", share, 1 / weeks.shape[1], len(both)))
    return DataFrame(rows, columns=COLUMNS)


def contrast_effect(ratings: DataFrame, key: DataFrame) -> DataFrame:
    """How much the case before moves the score of the next.

    Parameters
    ----------
    ratings : DataFrame
        evaluator_id, place (1 is what the evaluator read first), case_id, score; of several
        criteria the mean counts.
    key : DataFrame
        case_id, score: what each case deserves.

    Returns
    -------
    DataFrame
        A row an evaluator: statistic (points added for each point by which the case before was
        better; below 0 is contrast, above 0 the case before rubs off), fair (0), low and high
        (95 %), n (cases with one before), status (ok, or too_few with fewer than ten).

    Notes
    -----
    Least squares of score minus key on the key of the case and that of the case before: the slope
    on the latter. Cases have to be in an order that has nothing to do with how good they are.
    """
    _refuse_missing(ratings, "ratings", [EVALUATOR, CASE, SCORE, "place"])
    _refuse_missing(key, "key", [CASE, SCORE])
    worth = key.groupby(CASE)[SCORE].mean().rename("own")
    rows = []
    for name, mine in ratings.groupby(EVALUATOR):
        one = mine.groupby(CASE).agg(given=(SCORE, "mean"), place=("place", "first"))
        one = one.join(worth, how="inner").sort_values("place")
        one = one.assign(before=one["own"].shift()).dropna()
        found = UNKNOWN
        if len(one) >= FEWEST:
            off = (one["given"] - one["own"]).to_numpy()
            slopes, covariance = _least_squares(one[["own", "before"]].to_numpy(), off)
            found = _interval(slopes[1], np.sqrt(covariance[1, 1]), len(one) - 3)
        rows.append(_row(str(name), "contrast", found, 0.0, len(one)))
    return DataFrame(rows, columns=COLUMNS)


def _by_evaluator(ratings: DataFrame) -> Iterator[tuple[str, DataFrame]]:
    for name, mine in ratings.groupby(EVALUATOR):
        yield str(name), mine.groupby(CASE)[SCORE].mean().rename("given").to_frame()


def _share(both: DataFrame) -> tuple[float, float, float]:
    slopes, covariance = _least_squares(
        both[["earlier", "last"]].to_numpy(), both["given"].to_numpy()
    )
    a, b = slopes
    gradient = np.array([-b, a]) / (a + b) ** 2
    return _interval(b / (a + b), np.sqrt(gradient @ covariance @ gradient), len(both) - 3)


def _least_squares(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Slopes beside an intercept, and their covariance."""
    x = x - x.mean(axis=0)
    inverse = np.linalg.pinv(x.T @ x)
    slopes = inverse @ x.T @ y
    off = y - y.mean() - x @ slopes
    return slopes, inverse * (off @ off) / (len(y) - 1 - x.shape[1])


def _interval(value: float, se: float, df: int) -> tuple[float, float, float]:
    half = stats.t.ppf(0.5 + LEVEL / 2, df) * se
    return float(value), float(value - half), float(value + half)


def _row(
    name: str, effect: str, found: tuple[float, ...], fair: float, n: int
) -> dict[str, object]:
    numbers = dict(zip(("statistic", "low", "high"), found, strict=True))
    status = "ok" if n >= FEWEST else "too_few"
    return {EVALUATOR: name, "effect": effect, **numbers, "fair": fair, "n": n, "status": status}


def _refuse_missing(frame: DataFrame, where: str, names: list[str]) -> None:
    known = f"the columns are {', '.join(map(str, frame.columns))}"
    problems = [
        Problem(where, "it is not there", known, column=name) for name in names if name not in frame
    ]
    problems += [
        Problem(where, "empty", "give every row its value", int(row), name)
        for name in names
        if name in frame
        for row in np.flatnonzero(pd.isna(frame[name]))
    ]
    if problems:
        raise InputError(problems)
