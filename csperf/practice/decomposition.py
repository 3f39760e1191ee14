"""A department's target taken apart to teams, and a team's to people: what each has to reach.

Sums such as sales are shared out. Shares and means such as a conversion are not: each unit has a
target of its own, and what they come to together is the mean weighted by volume.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum
from typing import Literal

import numpy as np
from pandas import DataFrame, Series

from csperf.errors import InputError, Problem
from csperf.indicators import INDICATORS

Method = Literal["volume", "uplift", "capacity"]
SUMMED = ("amount", "count")  # kinds of indicators that add up
TOLERANCE = 1e-6  # of a target, below which it is met
ALIKE = ["volume", "baseline", "capacity"]
NEEDED = {"volume": ("volume",), "uplift": ("volume", "baseline")}
NEEDED["capacity"] = (*NEEDED["uplift"], "capacity")
# What a sum is shared out by; of a share it is the volume, and the capacity of that method.
BY = {"volume": "volume", "uplift": "baseline", "capacity": "capacity"}


@dataclass(frozen=True)
class Decomposition:
    """Targets of the parts, what they come to together, and what is missing to the whole.

    `parts` has unit_id, weight, baseline, target, and whether it stands `at_limit`: the rule asks
    for more than there can be. `residual` = target - together.
    """

    parts: DataFrame
    target: float
    together: float
    method: str
    summed: bool

    @property
    def residual(self) -> float:
        """What the parts leave open of the target; below 0 if they come to more."""
        return self.target - self.together


def is_summed(indicator: str) -> bool:
    """Whether values of this indicator add up over teams, as sales do and shares do not."""
    row = INDICATORS[indicator]
    return row.kind in SUMMED and row.unit != "share"


def upper_limit(indicator: str) -> float:
    """The largest value that an indicator can have: 1 of a share of what happened."""
    row = INDICATORS[indicator]
    return 1.0 if row.kind == "proportion" else np.inf


def decompose(
    target: float,
    units: DataFrame,
    method: Method = "volume",
    *,
    summed: bool,
    highest: float = np.inf,
    step: float | None = None,
) -> Decomposition:
    """Share a target out to units, so that what they come to together is the target.

    Parameters
    ----------
    target : float
        Of the whole, at least 0.
    units : DataFrame
        unit_id, volume (expected), and as the method needs baseline (own value so far) and
        capacity (how much the unit can take).
    method : {"volume", "uplift", "capacity"}
        `volume`: by expected volume; of a share, the same for all. `uplift`: everybody the same
        step from the own baseline, the same factor for sums and the same number of points for
        shares. `capacity`: by what each can take; of a share, the whole's step is shared out so.
    summed : bool
        Whether parts add up (`is_summed`), else they are weighted by volume.
    highest : float
        No part of a share lies above it, and none below 0; what a part cannot take goes to the
        others by the same rule, and what nobody can take stays as the residual.
    step : float, optional
        Parts of a sum are whole numbers of steps, by largest remainders; units alike in all, which
        only a draw could tell apart, in the order of their ids.

    Returns
    -------
    Decomposition
        Rows in the order of `units`.

    Raises
    ------
    InputError
        For a target or units out of range, units twice, or a column that the method needs.

    Notes
    -----
    Weighted: sum of volume share x part = target. Steps and factors are taken from the baselines
    again after each part that reaches a limit, until none does.

    References
    ----------
    Balinski and Young (2001), Fair Representation, for largest remainders.
    """
    _refuse(target, units, method, summed, highest)
    rows = units.reset_index(drop=True)
    weight = rows["volume"] / fsum(rows["volume"])
    if summed:
        parts = target * _keys(rows, method)
        if step:
            parts = _in_steps(parts, target, step, rows)
        together, at_limit = fsum(parts), Series(False, rows.index)
    else:
        parts, at_limit = _weighted(target, rows, weight, method, highest)
        together = fsum(weight * parts)
    if abs(target - together) <= TOLERANCE * max(target, 1e-12) and not step:
        together = target  # apart by rounding only
    found = {"unit_id": rows["unit_id"], "weight": weight, "target": parts, "at_limit": at_limit}
    found["baseline"] = rows.get("baseline", Series(np.nan, rows.index))
    return Decomposition(DataFrame(found), target, together, method, summed)


def _refuse(target: float, units: DataFrame, method: str, summed: bool, highest: float) -> None:
    problems = []
    if not 0 <= target <= (np.inf if summed else highest):
        asked = "at least 0" if summed else f"from 0 to {highest:g}"
        problems.append(Problem("decompose: target", f"{target:g} cannot be", f"it is {asked}"))
    shared_by = {BY[method]} if summed else {*NEEDED[method]} - {"baseline"}
    for name in NEEDED[method]:
        known = units[name] if name in units else Series(np.nan, units.index)
        if not (known >= 0).all():
            named = ", ".join(map(str, units.loc[~(known >= 0), "unit_id"]))
            told = f"'{named}' has no number from 0" if len(units) else "there is no unit"
            problems.append(Problem(f"decompose: {name}", told, f"'{method}' needs it"))
        elif name in shared_by and not fsum(known) > 0:
            problems.append(Problem(f"decompose: {name}", "sums to 0", "one has to be above 0"))
    if (again := units["unit_id"].duplicated()).any():
        named = ", ".join(sorted({*map(str, units.loc[again, "unit_id"])}))
        problems.append(Problem("decompose: unit_id", f"'{named}' stands twice", "keep one"))
    if problems:
        raise InputError(problems)


def _keys(rows: DataFrame, method: Method) -> Series:
    """Share of a sum that each unit takes."""
    by = rows[{"volume": "volume", "uplift": "baseline", "capacity": "capacity"}[method]]
    return by / fsum(by)


def _in_steps(parts: Series, target: float, step: float, rows: DataFrame) -> Series:
    """Whole steps: each part rounded down, the steps left over to the largest remainders."""
    exact = (parts / step).round(9)
    whole = np.floor(exact)
    left = int(np.floor(round(target / step, 9)) - whole.sum())
    order = rows.reindex(columns=ALIKE).assign(rest=exact - whole, unit_id=rows["unit_id"])
    falls = [False, False, False, False, True]
    order = order.sort_values(["rest", *ALIKE, "unit_id"], ascending=falls)
    whole[order.index[:left]] += 1
    return whole * step


def _weighted(
    target: float, rows: DataFrame, weight: Series, method: Method, highest: float
) -> tuple[Series, Series]:
    """Parts whose mean by weight is the target, and which of them stand at a limit."""
    if method == "volume":
        return Series(target, rows.index), Series(False, rows.index)
    start = rows["baseline"].clip(0, highest)
    # A step of 1 in all that are free moves the whole by the sum of weight x pace.
    capacity = rows["capacity"] if method == "capacity" else Series(1.0, rows.index)
    pace = capacity if method == "uplift" else (capacity / weight.where(weight > 0)).fillna(0.0)
    parts, free = start.copy(), weight * pace > 0
    held = Series(False, rows.index)
    while free.any():
        fixed = fsum((weight * parts)[~free])
        step = (target - fixed - fsum((weight * start)[free])) / fsum((weight * pace)[free])
        wanted = start + step * pace
        beyond = free & ((wanted > highest) | (wanted < 0))
        if not beyond.any():
            parts[free] = wanted[free]
            break
        parts[beyond] = wanted[beyond].clip(0, highest)
        held, free = held | beyond, free & ~beyond
    return parts, held


def reconcile(target: float, parts: DataFrame, *, summed: bool) -> tuple[float, float]:
    """What targets that were set come to together, and the residual to the target of the whole.

    Parameters
    ----------
    target : float
        Of the whole.
    parts : DataFrame
        target, volume: of the units below.
    summed : bool
        Whether parts add up, else they are weighted by volume.

    Returns
    -------
    tuple of float
        Together, and target - together; unknown if a weight is.
    """
    if summed:
        together = fsum(parts["target"])
    else:
        volume = parts["volume"].to_numpy(dtype=float)
        known = len(volume) > 0 and not np.isnan(volume).any() and volume.sum() > 0
        together = fsum(volume * parts["target"]) / fsum(volume) if known else np.nan
    return together, target - together
