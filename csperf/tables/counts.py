"""Counts that can be meant: the one check of cases out of all, and of events in an exposure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pandas import DataFrame, Series
from pandas.api.types import is_string_dtype

from csperf.errors import Problem

SHOWN_ROWS = 5
HAIR = 1e-9  # of a number, by which sums of parts may miss the whole one that they stand for


def count_problems(
    frame: DataFrame, where: str, numerator: str, denominator: str | None, *, share: bool
) -> list[Problem]:
    """What no counting gives, a problem for each column and fault; missing numbers are passed over.

    Parameters
    ----------
    frame : DataFrame
        Its index names the rows in the problems.
    where : str
        Who asks.
    numerator, denominator : str
        Columns of what is counted, and of what it is counted out of or the exposure in which it
        happened; without a denominator that is 1 in every row.
    share : bool
        Whether the numerator is a part of the denominator, so that both are counts.
    """
    names = [numerator] if denominator is None else [numerator, denominator]
    texts = [name for name in names if _is_text(frame[name])]
    if texts:
        return [
            Problem(where, "is not a number", "give numbers", column=str(name)) for name in texts
        ]
    found = {name: as_numbers(frame[name]) for name in names}
    faults = [(name, found[name] < 0, "below 0") for name in names]
    faults += [(name, np.isinf(found[name]), "infinite") for name in names]
    for name in names if share else [numerator]:
        faults.append((name, ~_whole(found[name]), "not a whole number"))
    if share:
        whole = 1.0 if denominator is None else found[denominator]
        most = "1" if denominator is None else f"'{denominator}'"
        faults.append((numerator, found[numerator] > whole * (1 + HAIR), f"above {most}"))
    return [
        problem
        for name, which, what in faults
        for problem in problem_of_rows(which, frame, where, name, what)
    ]


def problem_of_rows(
    which: NDArray[np.bool_], frame: DataFrame, where: str, column: str, what: str
) -> list[Problem]:
    """A problem that counts the rows and names the first of them, if there are any."""
    if not which.any():
        return []
    rows = ", ".join(str(label) for label in frame.index[which][:SHOWN_ROWS])
    more = ", ..." if which.sum() > SHOWN_ROWS else ""
    found = f"{what} in {which.sum()} of {len(frame)} rows ({rows}{more})"
    return [Problem(where, found, "mend them or leave them out", column=str(column))]


def as_numbers(column: Series) -> NDArray[np.float64]:
    """A column's numbers, yes and no as 1 and 0, and NaN where one is missing."""
    return column.to_numpy(dtype=float, na_value=np.nan)


def are_whole(columns: DataFrame) -> bool:
    """Whether all numbers of some columns are whole, missing ones apart."""
    return all(bool(_whole(as_numbers(columns[name])).all()) for name in columns)


def _whole(numbers: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which numbers are whole; of those that are missing or infinite nothing is said."""
    with np.errstate(invalid="ignore"):
        away = np.abs(numbers - np.round(numbers))
        return ~np.isfinite(numbers) | (away <= HAIR * np.maximum(np.abs(numbers), 1.0))


def _is_text(column: Series) -> bool:
    known = column.dropna()
    return len(known) > 0 and (is_string_dtype(known) or known.dtype == "category")
