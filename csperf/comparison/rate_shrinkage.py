"""What counted cases say about the true rates of a group: beta-binomial shrinkage."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.random import Generator
from numpy.typing import NDArray
from pandas import DataFrame
from scipy import special

from csperf.errors import InputError
from csperf.indicators.intervals import LEVEL
from csperf.tables.counts import as_numbers, count_problems, problem_of_rows

Floats = NDArray[np.float64]
STEPS = 20  # means and spreads that are weighed in each direction
PASSES = 4  # each looks closer at where the last one found anything
NEGLIGIBLE = 12.0  # log density below the highest
LEAST_SPREAD = 1e-4
LIGHT = 1e-6  # weight of what may be left out
HALVINGS = 30  # of the range in which a limit is looked for
CELLS = 2_000_000  # draws x people that are held at once
N_MIN = 20
COUNTED = ("numerator", "denominator")


@dataclass(frozen=True)
class RatePosterior:
    """True rates given counts: a mixture over the mean and spread that true rates may have.

    `weight` has a number for each of these, `a` and `b` a row for each and a column for each
    person: the two numbers of a beta distribution.
    """

    weight: Floats
    a: Floats
    b: Floats

    @property
    def people(self) -> int:
        """How many people it is about."""
        return self.a.shape[1]

    @property
    def expected(self) -> Floats:
        """Mean of each person's true rate."""
        return self.weight @ (self.a / (self.a + self.b))

    def below(self, border: float | Floats) -> Floats:
        """Probability that each person's true rate lies below a border."""
        return self.weight @ special.betainc(self.a, self.b, border)

    def at(self, share: float) -> Floats:
        """The rate below which each person's true one lies with that probability."""
        low, high = np.zeros(self.people), np.ones(self.people)
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            under = self.below(middle) < share
            low, high = np.where(under, middle, low), np.where(under, high, middle)
        return (low + high) / 2

    def draw(self, rng: Generator, draws: int) -> Iterator[NDArray[np.float32]]:
        """Blocks of true rates of everybody: a row for each draw, a column for each person.

        They are log odds, as rates next to 0 or 1 would be rounded to the same number.
        """
        block = max(1, CELLS // self.people)
        for start in range(0, draws, block):
            count = min(block, draws - start)
            at = rng.choice(len(self.weight), size=count, p=self.weight)
            drawn = (rng.standard_gamma(parts[at]) for parts in (self.a, self.b))
            # A gamma of almost no cases may be rounded to 0.
            won, lost = (np.log(np.maximum(each, np.finfo(float).tiny)) for each in drawn)
            yield (won - lost).astype(np.float32)


def posterior_of_rates(cases: Floats, of: Floats) -> RatePosterior:
    """True rates of one group by beta-binomial shrinkage, its mean and spread integrated over.

    cases ~ Binomial(of, rate), rate ~ Beta(size x mean, size x (1 - mean)). The mean has a flat
    prior, and so has the root of 1 / (1 + size), which is the standard deviation of the true rates
    in units of the widest that the mean allows (as Gelman 2006, Bayesian Analysis 1, has it for
    normal values).
    """
    mean, spread, weight = _mean_and_spread(cases, of)
    kept = weight > LIGHT
    size = 1 / spread[kept] ** 2 - 1
    a, b = size * mean[kept], size * (1 - mean[kept])
    return RatePosterior(
        weight[kept] / weight[kept].sum(), a[:, None] + cases, b[:, None] + (of - cases)
    )


def shrunken_rates(counts: DataFrame, n_min: int = N_MIN) -> DataFrame:
    """Rates drawn in towards their group, with 95 % intervals of the true ones.

    Parameters
    ----------
    counts : DataFrame
        employee_id, numerator (cases that count), denominator (cases), and for several groups
        group.
    n_min : int
        Who has fewer cases helps to know the group and is not shown.

    Returns
    -------
    DataFrame
        The rows with value (the rate as counted), shrunken, low, high and status (ok, too_few),
        sorted by group and employee_id; the four are unknown where there are too few cases.

    Raises
    ------
    InputError
        For counts that are missing, negative or not whole, or more cases that count than cases.

    Notes
    -----
    `posterior_of_rates` says how; the interval leaves out 2.5 % on each side.
    """
    rows = counts if "group" in counts else counts.assign(group="all")
    rows = rows.sort_values(["group", "employee_id"], ignore_index=True)
    check_counts(rows, "shrunken_rates")
    groups = rows.groupby("group", sort=False, dropna=False)
    found = [_of_group(mine, n_min) for _, mine in groups]
    columns = ["value", "shrunken", "low", "high", "status"]
    return pd.concat(found) if found else rows.reindex(columns=[*rows.columns, *columns])


def check_counts(rows: DataFrame, where: str) -> None:
    """Refuse what no counting gives, and people of whom a number is missing."""
    of_people = rows.set_index("employee_id")
    problems = count_problems(of_people, where, *COUNTED, share=True)
    for name in () if problems else COUNTED:
        missing = np.isnan(as_numbers(rows[name]))
        problems += problem_of_rows(missing, of_people, where, name, "missing")
    if problems:
        raise InputError(problems)


def _of_group(rows: DataFrame, n_min: int) -> DataFrame:
    cases, of = (as_numbers(rows[name]) for name in COUNTED)
    known = posterior_of_rates(cases, of)
    few, tail = of < max(n_min, 1), (1 - LEVEL) / 2
    told = {
        "value": np.divide(cases, of, out=np.full(len(of), np.nan), where=of > 0),
        "shrunken": known.expected,
        "low": known.at(tail),
        "high": known.at(1 - tail),
    }
    shown = {name: np.where(few, np.nan, values) for name, values in told.items()}
    return rows.assign(**shown, status=np.where(few, "too_few", "ok"))


def _mean_and_spread(cases: Floats, of: Floats) -> tuple[Floats, Floats, Floats]:
    """Means and spreads that true rates may have, and how likely each pair of them is."""
    pairs, times = np.unique(np.column_stack([cases, of]), axis=0, return_counts=True)
    ends = [(0.0, 1.0), (LEAST_SPREAD, 1.0)]
    for _ in range(PASSES):
        steps = [(high - low) / STEPS for low, high in ends]
        axes = [
            low + step * (np.arange(STEPS) + 0.5)
            for (low, _), step in zip(ends, steps, strict=True)
        ]
        mean, spread = (axis.ravel() for axis in np.meshgrid(*axes, indexing="ij"))
        density = _log_density(pairs, times, mean, spread)
        near = density > density.max() - NEGLIGIBLE
        ends = [
            (max(low, axis[near].min() - step), min(high, axis[near].max() + step))
            for (low, high), axis, step in zip(ends, (mean, spread), steps, strict=True)
        ]
    weight = np.exp(density - density.max())
    return mean, spread, weight / weight.sum()


def _log_density(pairs: Floats, times: NDArray[np.int64], mean: Floats, spread: Floats) -> Floats:
    """Log probability of all counts under each mean and spread, up to a constant."""
    size = 1 / spread**2 - 1
    a, b = size * mean, size * (1 - mean)
    found = -times.sum() * special.betaln(a, b)
    for (cases, of), count in zip(pairs, times, strict=True):
        found += count * special.betaln(a + cases, b + of - cases)
    return np.asarray(found)
