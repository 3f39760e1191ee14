"""What evaluations are asked at the door, so that no model meets what it cannot read.

The same for all of the calibration: the columns are there, whoever has a score has ids, ids are of
one kind, scores are finite numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from math import isfinite
from numbers import Real

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas import CategoricalDtype, DataFrame, Series

from csperf.errors import InputError, Problem, meant, shown

WHERE = "evaluations"
SCORE = "score"
LARGEST = 1e9  # of a score: squares of such still add up, and no scale goes so far
KINDS = {"string", "integer", "boolean", "date", "datetime", "datetime64", "empty"}


def read_scores(evaluations: DataFrame, columns: Sequence[str]) -> NDArray[np.float64]:
    """The scores of evaluations as numbers, unknown ones NaN, once everything is as it has to be.

    Parameters
    ----------
    evaluations : DataFrame
        `columns` and score. A row without a score is no rating, and its ids may be missing.
    columns : sequence of str
        Those that hold ids.

    Raises
    ------
    InputError
        A column is missing or there twice, ids are empty or of several kinds, a score is no finite
        number.
    """
    refuse_missing(evaluations, (*columns, SCORE))
    given = uncategorised(evaluations[SCORE])
    problems = list(number_problems(given, SCORE))
    if not problems:
        scores = as_numbers(given)
        rated = ~np.isnan(scores)
        problems = [each for name in columns for each in id_problems(evaluations[name], rated)]
        if (np.abs(scores) > LARGEST).any():
            found = f"{shown(float(np.nanmax(np.abs(scores))))} is beyond any scale"
            problems.append(Problem(WHERE, found, "give points", column=SCORE))
    if problems:
        raise InputError(problems)
    return scores


def refuse_missing(frame: DataFrame, columns: Sequence[str], where: str = WHERE) -> None:
    """InputError for columns that are not there, or there twice."""
    there = [str(name) for name in frame.columns]
    if all(there.count(name) == 1 for name in columns):
        return
    problems = []
    for name in dict.fromkeys(columns):
        if name not in there:
            known = f"the columns are {', '.join(there)}" if there else "there are no columns"
            advice = f"{known}{meant(name, there)}"
            problems.append(Problem(where, "it is not there", advice, column=name))
        elif there.count(name) > 1:
            problems.append(Problem(where, "it is there twice", "keep one", column=name))
    raise InputError(problems)


def id_problems(ids: Series, rated: NDArray[np.bool_] | None = None) -> Iterator[Problem]:
    """What keeps a column, where a row is rated, from telling who or what it is about."""
    name = str(ids.name)
    empty = ids.isna().to_numpy()
    if rated is not None:
        empty = empty & rated
    if n := int(empty.sum()):
        found = f"{n} empty ids, the first in row {_row(ids, int(empty.argmax()))}"
        yield Problem(WHERE, found, "give every rating its id", column=name)
    distinct = Series(ids.cat.categories) if isinstance(ids.dtype, CategoricalDtype) else ids
    odd: object = None
    if distinct.dtype == object:
        if pd.api.types.infer_dtype(distinct, skipna=True) not in KINDS:
            odd = next(iter(distinct[distinct.notna()]))
    elif pd.api.types.is_float_dtype(distinct.dtype):
        values = distinct.to_numpy(float, na_value=np.nan)
        broken = ~np.isnan(values) & (np.isinf(values) | (values != np.floor(values)))
        odd = values[broken.argmax()] if broken.any() else None
    if odd is not None:
        found = f"the ids, such as {shown(odd)}, are neither all text nor all whole numbers"
        yield Problem(WHERE, found, "give them as text", column=name)


def number_problems(values: Series, name: str, where: str = WHERE) -> Iterator[Problem]:
    """Each value that is there and no finite number."""
    for place in np.flatnonzero(no_number(values)):
        found = f"{shown(values.iloc[place])} is no finite number"
        yield Problem(where, found, "give a number, or nothing", _row(values, int(place)), name)


def no_number(values: Series) -> NDArray[np.bool_]:
    """Which values are there but no finite number; text that looks like one is none."""
    if _numeric(values):
        return np.isinf(as_numbers(values))
    finite = values.map(_finite).to_numpy(bool) if len(values) else np.zeros(0, dtype=bool)
    return values.notna().to_numpy() & ~finite


def as_numbers(values: Series) -> NDArray[np.float64]:
    """Values that `no_number` finds nothing in, as numbers; unknown ones NaN."""
    if not _numeric(values):
        values = values.astype(object).where(values.notna(), np.nan)
    return values.to_numpy("float64", na_value=np.nan)


def uncategorised(column: Series) -> Series:
    """A column of categories as what the categories are; any other as it is."""
    if isinstance(column.dtype, CategoricalDtype):
        return column.astype(column.cat.categories.dtype)
    return column


def plain(column: Series) -> Series:
    """A column without categories and without pandas' NA, with which arithmetic is another."""
    column = uncategorised(column)
    if getattr(column.dtype, "na_value", None) is pd.NA:
        return column.astype("str" if pd.api.types.is_string_dtype(column.dtype) else object)
    return column


def _numeric(values: Series) -> bool:
    kinds = pd.api.types
    return kinds.is_numeric_dtype(values.dtype) and not kinds.is_complex_dtype(values.dtype)


def _finite(score: object) -> bool:
    try:
        return isinstance(score, Real | Decimal) and isfinite(score)
    except (OverflowError, ValueError):  # a whole number of hundreds of digits; a signalling NaN
        return False


def _row(column: Series, place: int) -> int:
    """A row as the frame numbers it, or its place where that tells nothing."""
    index = column.index
    counted = index.is_unique and pd.api.types.is_integer_dtype(index.dtype)
    return int(index[place]) if counted else place
