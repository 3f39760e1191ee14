"""Run rules of control charts as data: which patterns of points are more than ordinary variation.

A rule costs false alarms on a process that is stable; `tests/study/test_charts.py` prints how many.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from pandas import Series

from csperf.errors import InputError, Problem, shown

Array = np.ndarray[Any, np.dtype[Any]]
HAIR = 1e-9  # a point on a limit is not beyond it, whatever the last bit says


@dataclass(frozen=True)
class RunRule:
    """`hits` of the last `of` points more than `sigmas` from the centre, all on one side of it.

    Without sigmas: the last `of` points each above, or each below, the one before.
    """

    hits: int
    of: int
    sigmas: float | None


# The zones are those of Western Electric (1956, Statistical Quality Control Handbook), where eight
# on one side are a run; six in a trend are Nelson's (1984, Journal of Quality Technology 16,
# 237-239).
RUN_RULES = {
    "outside": RunRule(1, 1, 3.0),
    "two_of_three": RunRule(2, 3, 2.0),
    "four_of_five": RunRule(4, 5, 1.0),
    "run": RunRule(8, 8, 0.0),
    "trend": RunRule(6, 6, None),
}
# Others are for those who ask: a trend finds little that these two do not, and raises the false
# alarms (Davis and Woodall 1988, Journal of Quality Technology 20, 260-262).
USUAL_RULES = ("outside", "run")


def named_signals(z: Series, value: Series, rules: Iterable[str] = USUAL_RULES) -> Series:
    """Names of the rules that each point completes, such as "outside run"; empty for none.

    Parameters
    ----------
    z : Series
        Distance from the centre in sigmas, in the order of time and without gaps.
    value : Series
        The values themselves, for a trend.
    rules : iterable of str
        Keys of `RUN_RULES`.

    Raises
    ------
    InputError
        If there is no such rule.
    """
    wanted = list(rules)
    if unknown := [name for name in wanted if name not in RUN_RULES]:
        known = f"there are {', '.join(RUN_RULES)}"
        raise InputError(Problem("rules", f"no rule {shown(name)}", known) for name in unknown)
    words = Series("", index=z.index, dtype="str")
    for name in wanted:
        held = _holds(RUN_RULES[name], z, value)
        words = words.where(~held, (words + " " + name).str.strip())
    return words


def _holds(rule: RunRule, z: Series, value: Series) -> Series:
    """Whether the rule holds at each point, looking back, on either side."""
    found = Series(False, index=z.index)
    for side in (-1, 1):
        if rule.sigmas is None:
            moved = np.sign(value.diff()) == side
            found |= moved.rolling(rule.of - 1).sum() == rule.hits - 1
        else:
            beyond = (np.sign(z) == side) & (z.abs() > rule.sigmas * (1 + HAIR))
            found |= beyond & (_in_last(beyond, rule.of) >= rule.hits)
    return pd.Series(found, dtype="bool")


def _in_last(held: Series, of: int) -> Array:
    """How many of so many points up to each one hold."""
    so_far = np.concatenate([np.zeros(of, dtype=int), np.cumsum(held.to_numpy())])
    return so_far[of:] - so_far[:-of]
