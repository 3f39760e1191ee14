"""Ratings as the coefficients of agreement read them: one score for each employee and evaluator."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas import DataFrame

from csperf.calibration.door import as_numbers, number_problems
from csperf.errors import InputError, Problem, meant, shown

UNIT, RATER, SCORE, ITEM = "unit", "rater", "score", "item"
ONE_SCORE = "keep one score for each: one criterion at a time, and of several rounds one"


def read_ratings(
    frame: DataFrame,
    where: str,
    names: dict[str, str],
    *,
    numbers: bool = True,
    fewest_units: int = 2,
) -> DataFrame:
    """Rows that have a score, in the columns unit, rater, score and, if it is named, item.

    Parameters
    ----------
    frame : DataFrame
        A row for each score; one without a score is no rating.
    where : str
        Who asks, for the messages.
    names : dict
        The column of each of unit, rater, score and, if need be, item.
    numbers : bool
        Whether scores are numbers; else any labels.
    fewest_units : int
        Units that there have to be.

    Raises
    ------
    InputError
        A column is missing, an id is empty, a score is no finite number, a unit has two scores of
        one rater (on one item), or there are fewer than two raters or `fewest_units` units.
    """
    _check_columns(frame, where, names)
    plain = frame.index.is_unique and pd.api.types.is_integer_dtype(frame.index)
    rows = frame if plain else frame.reset_index(drop=True)
    whole = DataFrame({role: rows[name] for role, name in names.items()})
    problems = list(_cells(whole, where, names, numbers))
    if problems:
        raise InputError(problems)
    rated = whole[whole[SCORE].notna()]
    problems = [*_repeats(rated, where, names), *_too_few(rated, where, names, fewest_units)]
    if problems:
        raise InputError(problems)
    return rated.assign(score=as_numbers(rated[SCORE])) if numbers else rated


def matrix(rated: DataFrame) -> tuple[NDArray[np.float64], list[object]]:
    """Scores with a row for each unit and a column for each rater, and the raters; NaN for none."""
    wide = rated.pivot(index=UNIT, columns=RATER, values=SCORE)
    return wide.to_numpy("float64"), list(wide.columns)


def _check_columns(frame: DataFrame, where: str, names: dict[str, str]) -> None:
    there = [str(name) for name in frame.columns]
    found = f"missing; the columns are {', '.join(there) or 'none'}"
    problems = [
        Problem(where, found, f"name the column of each {role}{meant(name, there)}", column=name)
        for role, name in names.items()
        if name not in frame
    ]
    if problems:
        raise InputError(problems)


def _cells(whole: DataFrame, where: str, names: dict[str, str], numbers: bool) -> Iterator[Problem]:
    for role in whole.columns.drop(SCORE):
        advice = f"give every score its {role}, or leave the row out"
        for row in whole.index[whole[role].isna() & whole[SCORE].notna()]:
            yield Problem(where, "empty", advice, int(row), names[role])
    if numbers:
        yield from number_problems(whole[SCORE], names[SCORE], where)


def _repeats(rated: DataFrame, where: str, names: dict[str, str]) -> Iterator[Problem]:
    key = [role for role in (UNIT, RATER, ITEM) if role in rated]
    for row, *ids in rated.loc[rated.duplicated(key), key].itertuples():
        who = ", ".join(f"{names[role]} {shown(name)}" for role, name in zip(key, ids, strict=True))
        yield Problem(where, f"{who} has a score already", ONE_SCORE, int(row), names[RATER])


def _too_few(
    rated: DataFrame, where: str, names: dict[str, str], fewest_units: int
) -> Iterator[Problem]:
    for role, fewest in ((UNIT, fewest_units), (RATER, 2)):
        n = rated[role].nunique()
        if n < fewest:
            advice = f"give the scores of at least {fewest}"
            yield Problem(where, f"{n} with a score", advice, column=names[role])
