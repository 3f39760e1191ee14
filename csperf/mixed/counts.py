"""Counts with what they are counted out of: successes of trials, events of an exposure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy import ndarray
from pandas import DataFrame, Series

from csperf.errors import InputError, Problem, meant
from csperf.mixed.design import is_categorical

SHOWN_ROWS = 5
BINOMIAL, BETA_BINOMIAL, POISSON = FAMILIES = ("binomial", "beta_binomial", "poisson")


@dataclass(frozen=True)
class Counts:
    """Numbers for the likelihood.

    y : the count, or the share of the trials that succeeded.
    trials : how many they were; none for events.
    offset : log of the exposure; none where it is one in every row.
    """

    y: ndarray
    trials: ndarray | None
    offset: ndarray | None

    @property
    def total(self) -> float:
        """How many trials, or events, there are."""
        return float(self.y.sum() if self.trials is None else self.trials.sum())

    @property
    def shows_spread(self) -> bool:
        """Whether rows can vary more than chance; successes of one trial each cannot."""
        return self.trials is None or bool((self.trials > 1).any())


def counts(frame: DataFrame, response: str, family: str, denominator: str | None) -> Counts:
    """The counts of a frame.

    Raises
    ------
    InputError
        Columns that are unknown or no numbers; counts that are negative or broken; nothing counted;
        more successes than trials; a beta-binomial model of single trials.
    """
    names = [response, *([] if denominator is None else [denominator])]
    for name in names:
        if name not in frame:
            known = [str(column) for column in frame]
            found = f"the frame has no such column{meant(name, known)}"
            raise _refuse(found, f"it has {', '.join(known)}", name)
    y = _numbers(frame[response])
    below = np.ones(len(frame)) if denominator is None else _numbers(frame[denominator])
    whole = [response] if family == POISSON else names
    problems = [
        *_wrong(y < 0, frame, response, "below 0"),
        *_wrong(below <= 0, frame, denominator or "", "0 or less, so that nothing was counted"),
        *(
            problem
            for name, values in zip(names, (y, below), strict=False)
            if name in whole
            for problem in _wrong(values != np.round(values), frame, name, "not a whole number")
        ),
    ]
    if family != POISSON:
        most = "1" if denominator is None else f"'{denominator}'"
        problems += _wrong(y > below, frame, response, f"above {most}")
        if denominator is None and problems:
            problems.append(_name_the_denominator(response))
    if problems:
        raise InputError(problems)
    if family == POISSON:
        return Counts(y, None, None if denominator is None else np.log(below))
    given = Counts(y / below, below, None)
    if family == BETA_BINOMIAL and not given.shows_spread:
        raise _refuse(
            "no row has more than one trial, so that nothing tells how much they vary together",
            "name the column of trials as denominator, or take family='binomial'",
            response,
        )
    return given


def _name_the_denominator(response: str) -> Problem:
    found = "without a denominator each row is one trial, 0 or 1"
    expected = "for counts name the column of trials: denominator='n'"
    return Problem("fit_mixed", found, expected, column=response)


def _numbers(column: Series) -> ndarray:
    """Counts as numbers, yes and no as 1 and 0.

    Raises
    ------
    InputError
        Text, or missing values.
    """
    name = str(column.name)
    if column.dtype == bool:
        return column.to_numpy(dtype=float)
    if is_categorical(column):
        raise _refuse("is not a number", "give numbers", name)
    values = column.to_numpy(dtype=float, na_value=np.nan)
    problems = _wrong(~np.isfinite(values), column.to_frame(), name, "missing")
    if problems:
        raise InputError(problems)
    return values


def _wrong(which: ndarray, frame: DataFrame, name: str, what: str) -> list[Problem]:
    """A problem that counts the rows and names the first of them, if there are any."""
    if not which.any():
        return []
    rows = ", ".join(str(label) for label in frame.index[which][:SHOWN_ROWS])
    more = ", ..." if which.sum() > SHOWN_ROWS else ""
    found = f"{what} in {which.sum()} of {len(frame)} rows ({rows}{more})"
    return [Problem("fit_mixed", found, "mend them or leave them out", column=name)]


def _refuse(found: str, expected: str, column: str) -> InputError:
    return InputError(Problem("fit_mixed", found, expected, column=column))
