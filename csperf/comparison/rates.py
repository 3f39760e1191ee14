"""Whether a team's share or rate changed between two cycles, with its people as units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from pandas import DataFrame, Index
from scipy import stats

from csperf.comparison.detectable import detectable_difference
from csperf.indicators.intervals import student
from csperf.params import Cycle
from csperf.tables import OUTPUT_TABLES

LEAST_EFFECTIVE = 2.0
FEWEST = 3  # people in a cycle, below which the interval says next to nothing
PEOPLE_AS_UNITS = "difference of two rates, people as units (bias-reduced sandwich, t)"
TOO_FEW_PEOPLE = "not compared: fewer than three people in one of the cycles"
ALL_ALIKE = "not compared: every person changed alike, so that chance is unknown"
ONE_DID_ALL = "not compared: one person did nearly all of it"
PARTS = ["numerator", "denominator"]


@dataclass(frozen=True)
class RateChange:
    """Later minus earlier rate of the sums; `people` are those of either cycle.

    `effective` is how many people with equal shares of the cases would know as much.
    """

    difference: float
    se: float
    people: int
    effective: float

    @property
    def df(self) -> float:
        """Degrees of freedom of its t."""
        return self.effective - 1

    @property
    def p_value(self) -> float:
        """How probable a change as large is where nothing changed."""
        return float(2 * stats.t.sf(abs(self.difference) / self.se, self.df))

    def row(self) -> dict[str, float]:
        """Columns of the table comparisons: interval, test and what would have been seen."""
        low, high = student(self.difference, self.se, self.effective)
        return {
            "difference": self.difference,
            "low": float(low),
            "high": float(high),
            "df": self.df,
            "p_value": self.p_value,
            "smallest_detectable": float(detectable_difference(self.se, self.df)),
        }


def rate_change(
    values: DataFrame, cycle: Cycle | str, baseline: Cycle | str, by: str = "team_id"
) -> DataFrame:
    """Change of each team's share or rate since an earlier cycle, however its people differ.

    Parameters
    ----------
    values : DataFrame
        Indicator values by person: cycle_id, employee_id, indicator_id, numerator, denominator and
        the column of `by`. The numerator counts successes, or events in the denominator's exposure.
    cycle, baseline : Cycle or str
        The later and the earlier cycle, or their ids.
    by : str
        Whose rates are compared, `team_id` or `department_id`.

    Returns
    -------
    DataFrame
        The table comparisons, a row for each group and indicator of both cycles; n is the people of
        either. With fewer than three people in a cycle, or all of them alike, `method` says so.

    Notes
    -----
    A rate is the sum of the numerators over that of the denominators, and the difference and its
    sandwich are those of a generalised estimating equation (Liang and Zeger 1986, Biometrika 73)
    with people as clusters and independence as working correlation, whose solution the rates are.
    Each person's residual is divided by the root of 1 - the share of the denominators (Kauermann
    and Carroll 2001, JASA 96). t has a degree of freedom less than there are people of equal shares
    (1 / the sum of squared shares, Kish 1965, Survey Sampling); where fewer than two are left, one
    person did nearly everything, and nothing can be told. How often unchanged teams look changed:
    `tests/study/test_rate_changes.py`.
    """
    cycle, baseline = Cycle.parse(cycle), Cycle.parse(baseline)
    rows = []
    known = values.dropna(subset=["employee_id", *PARTS])
    known = known[known["denominator"] > 0]
    known = known.groupby(["cycle_id", by, "indicator_id", "employee_id"], as_index=False)[
        PARTS
    ].sum()
    sides = [known[known["cycle_id"] == each.id] for each in (cycle, baseline)]
    now, then = (side.groupby([by, "indicator_id"], sort=True) for side in sides)
    for key in sorted(set(now.groups) & set(then.groups)):
        row = {"quantity_id": key[1], "group_id": key[0], by: key[0]}
        rows.append({**row, **_compared(now.get_group(key), then.get_group(key))})
    table = OUTPUT_TABLES["comparisons"]
    found = DataFrame(rows).assign(cycle_id=cycle.id, baseline_id=baseline.id)
    return table.arrange(found) if rows else table.empty()


def _compared(now: DataFrame, then: DataFrame) -> dict[str, object]:
    found = change_of_rate(now.set_index("employee_id"), then.set_index("employee_id"))
    if isinstance(found, RateChange):
        return {**found.row(), "n": found.people, "method": PEOPLE_AS_UNITS}
    return {"n": len(set(now["employee_id"]) | set(then["employee_id"])), "method": found}


def change_of_rate(now: DataFrame, then: DataFrame) -> RateChange | str:
    """The change, or why it is not known, from numerators and denominators indexed by person."""
    if min(len(now), len(then)) < FEWEST:
        return TOO_FEW_PEOPLE
    people: Index = now.index.union(then.index)
    rates, parts, shares = [], [], []
    for side in (now, then):
        y, n = (side[name].reindex(people, fill_value=0.0).to_numpy(float) for name in PARTS)
        rate, share = y.sum() / n.sum(), n / n.sum()
        rates.append(rate)
        shares.append(share)
        parts.append((y / n.sum() - rate * share) / np.sqrt(1 - share))
    effective = float(1 / np.sum(np.mean(shares, axis=0) ** 2))
    if effective < LEAST_EFFECTIVE:
        return ONE_DID_ALL
    se = float(np.sqrt(np.sum((parts[0] - parts[1]) ** 2)))
    if se <= np.finfo(float).eps * max(rates):
        return ALL_ALIKE
    return RateChange(rates[0] - rates[1], se, len(people), effective)
