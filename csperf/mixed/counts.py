"""Counts with what they are counted out of: successes of trials, events of an exposure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy import ndarray
from pandas import DataFrame

from csperf.errors import InputError, Problem, meant
from csperf.tables.counts import as_numbers, count_problems, problem_of_rows

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
    share = family != POISSON
    problems = count_problems(frame, "fit_mixed", response, denominator, share=share)
    numbers = {} if problems else {name: as_numbers(frame[name]) for name in names}
    faults = [(name, np.isnan(values), "missing") for name, values in numbers.items()]
    if denominator in numbers:
        faults.append((denominator, numbers[denominator] == 0, "0, so that nothing was counted"))
    for name, which, what in faults:
        problems += problem_of_rows(which, frame, "fit_mixed", name, what)
    if share and denominator is None and problems:
        problems.append(_name_the_denominator(response))
    if problems:
        raise InputError(problems)
    y = numbers[response]
    below = np.ones(len(frame)) if denominator is None else numbers[denominator]
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


def _refuse(found: str, expected: str, column: str) -> InputError:
    return InputError(Problem("fit_mixed", found, expected, column=column))
