"""How far people differ, and how far one person's cycles do: what regression to the mean is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pandas import DataFrame


@dataclass(frozen=True)
class Spread:
    """Variance components of a quantity over people and cycles.

    between
        Variance of people's lasting levels within a team; 0 if the data show none.
    within
        Variance of one person's cycles around that level, changes of the whole team apart.
    df
        Degrees of freedom of `within`.
    people, cycles
        People behind `between`, less one for each team; mean number of cycles of a person.
    """

    between: float
    within: float
    df: int
    people: int
    cycles: float

    def reliability(self, n: int = 1) -> float:
        """Share of the variance of a mean of n cycles that lasts: b / (b + w / n)."""
        whole = self.between + self.within / n
        return self.between / whole if whole > 0 else np.nan

    def reliability_se(self, n: int = 1) -> float:
        """Standard error of `reliability`, by the delta method as if all had the same cycles.

        With F = 1 + cycles x b / w, whose relative variance is 2 / people + 2 / df.
        """
        lasting, steps = self.reliability(n), n / self.cycles
        f = 1 + self.cycles * self.between / self.within
        # reliability = (F - 1) n / cycles / (1 + (F - 1) n / cycles)
        return (1 - lasting) ** 2 * steps * f * np.sqrt(2 / self.people + 2 / self.df)


def spread(values: DataFrame) -> Spread:
    """Variance components of people and of their cycles, pooled over teams.

    Parameters
    ----------
    values : DataFrame
        team_id, employee_id, cycle_id, value; one row for each.

    Returns
    -------
    Spread
        Without degrees of freedom (`df` or `people` 0) both variances are unknown.

    Notes
    -----
    value = mean of team and cycle + level of the person + rest. `within` is the residual mean
    square of that fit; the variance around the means of team and cycle alone is between + within
    (Henderson's method 3, see Searle, Casella and McCulloch 1992, Variance Components, ch. 5). For
    complete data that is the usual analysis of variance. Levels are taken to last: where they
    wander, earlier cycles say less than this has it.
    """
    sums = np.zeros(5)
    for _, team in values.groupby("team_id"):
        sums += _sums(team.pivot(index="employee_id", columns="cycle_id", values="value"))
    squares, degrees, rest, df, people = sums
    if df < 1 or people < 1:
        return Spread(np.nan, np.nan, 0, 0, np.nan)
    within = rest / df
    between = max(0.0, squares / degrees - within)
    units = len(values[["team_id", "employee_id"]].drop_duplicates())
    return Spread(between, within, int(df), int(people), len(values) / units)


def _sums(table: DataFrame) -> NDArray[np.float64]:
    """Sum of squares around cycle means, its df, the residual's, its df, and people less one."""
    around = (table - table.mean()).to_numpy()
    known = ~np.isnan(around)
    n_people, n_cycles = known.shape
    if known.all():
        rest = around - around.mean(axis=1, keepdims=True)
        df = (n_people - 1) * (n_cycles - 1)
    else:
        person, cycle = np.nonzero(known)
        design = np.hstack([np.eye(n_people)[person], np.eye(n_cycles)[cycle]])
        fit, _, rank, _ = np.linalg.lstsq(design, around[known], rcond=None)
        rest, df = around[known] - design @ fit, len(person) - rank
    degrees = known.sum() - n_cycles
    return np.array([np.nansum(around**2), degrees, np.sum(rest**2), df, n_people - 1])
