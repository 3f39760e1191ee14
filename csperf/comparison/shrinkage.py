"""What estimates with known errors say about the true values of a group: empirical Bayes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]
SPREADS = 60  # values of the true spread that are weighed
PASSES = 3  # each looks closer at where the last one found anything
NEGLIGIBLE = 12.0  # log density below the highest
ROUNDING, HAIR = 1e-9, 1e-6
CELLS = 2_000_000  # draws x people that are held at once


@dataclass(frozen=True)
class Posterior:
    """True values given the estimates: a mixture of normals over how widely true values spread.

    `weight` has a number for each spread; the others a row for each spread and a column for each
    person: mean, the standard deviation of each alone (`own`), and that from the unknown mean of
    the group (`shared`). Whoever has no known error could be any member of the group.
    """

    weight: Floats
    mean: Floats
    own: Floats
    shared: Floats

    @property
    def people(self) -> int:
        """How many people it is about."""
        return self.mean.shape[1]

    @property
    def expected(self) -> Floats:
        """Mean of each person's true value."""
        return self.weight @ self.mean

    def below(self, border: float) -> Floats:
        """Probability that each person's true value lies below a border."""
        sd, room = np.hypot(self.own, self.shared), border - self.mean
        with np.errstate(divide="ignore", invalid="ignore"):
            chance = stats.norm.cdf(room / sd)
        return self.weight @ np.where(sd > 0, chance, room > ROUNDING)

    def draw(self, rng: Generator, draws: int) -> Iterator[NDArray[np.float32]]:
        """Blocks of true values of everybody: a row for each draw, a column for each person.

        Values that are known to be equal come in any order.
        """
        own = np.maximum(self.own, HAIR * np.nanmax(np.abs(self.mean))).astype(np.float32)
        mean, shared = self.mean.astype(np.float32), self.shared.astype(np.float32)
        block = max(1, CELLS // self.people)
        for start in range(0, draws, block):
            count = min(block, draws - start)
            at = np.sort(rng.choice(len(self.weight), size=count, p=self.weight))
            found = rng.standard_normal((count, self.people), dtype=np.float32)
            together = rng.standard_normal((count, 1), dtype=np.float32)
            for spread in np.unique(at):
                mine = slice(*np.searchsorted(at, [spread, spread + 1]))
                found[mine] *= own[spread]
                found[mine] += shared[spread] * together[mine] + mean[spread]
            yield found[rng.permutation(count)]  # rows of several groups are read together


def posterior(estimate: Floats, se: Floats) -> Posterior:
    """True values of one group by normal shrinkage, the group's mean and spread integrated over.

    estimate ~ N(true, se^2), true ~ N(mean, spread^2), mean and spread with flat priors (Gelman
    2006, Bayesian Analysis 1). With fewer than two known errors there is nothing to shrink to, and
    every true value is as its own estimate says.
    """
    known = np.isfinite(se) & np.isfinite(estimate)
    if known.sum() < 2:
        none = np.zeros((1, len(se)))
        return Posterior(np.ones(1), estimate[None, :], se[None, :], none)
    y, square = estimate[known], se[known] ** 2
    spread, weight = _spreads(y, square)
    precision = 1 / (square + spread**2)
    whole = precision.sum(axis=1, keepdims=True)
    middle = (precision * y).sum(axis=1, keepdims=True) / whole
    part = np.zeros((SPREADS, len(estimate)))
    part[:, known] = np.where(square == 0, 1.0, spread**2 * precision)
    return Posterior(
        weight=weight,
        mean=middle + part * (np.where(known, estimate, 0.0) - middle),
        own=spread * np.sqrt(1 - part),
        shared=(1 - part) / np.sqrt(whole),
    )


def _spreads(y: Floats, square: Floats) -> tuple[Floats, Floats]:
    """Spreads that true values may have, as a column, and how likely each of them is."""
    reach = 2 * (np.ptp(y) + np.sqrt(square.max())) + 1e-9
    low, high = 0.0, reach
    for _ in range(PASSES):
        step = (high - low) / SPREADS
        spread = low + step * (np.arange(SPREADS) + 0.5)
        density = _log_density(y, square, spread[:, None])
        seen = spread[density > density.max() - NEGLIGIBLE]
        low, high = max(seen[0] - step, 0.0), min(seen[-1] + step, reach)
    weight = np.exp(density - density.max())
    return spread[:, None], weight / weight.sum()


def _log_density(y: Floats, square: Floats, spread: Floats) -> Floats:
    """Log density of each spread, up to a constant, the mean integrated out."""
    variance = square + spread**2
    whole = (1 / variance).sum(axis=1)
    middle = (y / variance).sum(axis=1) / whole
    off = ((y - middle[:, None]) ** 2 / variance).sum(axis=1)
    return -0.5 * (np.log(variance).sum(axis=1) + np.log(whole) + off)
