"""Probabilities of categories, and what follows from them for every rating."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from csperf.calibration.ratings import Ratings

Floats = NDArray[Any]  # numpy says that sums by bincount are whole numbers
FARTHEST = 30.0  # logits; beyond it a category is certain, and powers would overflow
PART = 32_768  # ratings at a time: what they need stays in the cache of a core


class Moments(NamedTuple):
    """Of ratings: how likely each category or a higher one is, the expected category, its variance.

    `reached` is (threshold, rating): P(category >= m), m from 1. `log_total` is what the weights of
    the categories add to.
    """

    reached: Floats
    expected: Floats
    variance: Floats
    log_total: Floats

    def with_threshold(self, m: int) -> Floats:
        """Covariance of the category with its having reached threshold m (from 0)."""
        above = self.reached[m:].sum(axis=0) + m * self.reached[m]
        return above - self.expected * self.reached[m]


def weights_of(thresholds: Floats) -> Floats:
    """exp(-(tau_1 + ... + tau_k)) of the categories k = 1, 2, ...; absent categories weigh 0."""
    return np.exp(-np.clip(np.cumsum(thresholds, axis=-1), -FARTHEST, np.inf))


def moments(eta: Floats, weights: Floats) -> Moments:
    """Moments at so many logits, from `weights_of` one scale.

    log(P_k / P_(k-1)) = eta - tau_k: Andrich (1978), Psychometrika 43; Masters (1982), 47.
    """
    power = np.exp(np.clip(eta, -FARTHEST, FARTHEST))
    reached = np.empty((len(weights), *eta.shape))
    grown = power
    for k, weight in enumerate(weights):
        reached[k] = grown * weight
        grown = grown * power
    total = 1 + reached.sum(axis=0)
    for k in range(len(weights) - 2, -1, -1):
        reached[k] += reached[k + 1]
    reached /= total
    expected = reached.sum(axis=0)
    odd = 2 * np.arange(len(weights)) + 1.0
    square = np.tensordot(odd, reached, axes=1)
    return Moments(reached, expected, square - expected**2, np.log(total))


def parts(ratings: Ratings) -> Iterator[tuple[int, slice]]:
    """(scale, slice) of ratings that are looked at together."""
    for scale, whole in enumerate(ratings.slices()):
        for start in range(whole.start, whole.stop, PART):
            yield scale, slice(start, min(start + PART, whole.stop))


def fourth_moment(found: Moments) -> Floats:
    """Fourth central moment of the category."""
    steps = len(found.reached)
    chance = np.diff(found.reached, axis=0, prepend=1.0, append=0.0) * -1
    total = np.zeros_like(found.expected)
    for k in range(steps + 1):
        total += chance[k] * (k - found.expected) ** 4
    return total


def expected_score(eta: Floats, thresholds: Floats, scores: Floats) -> Floats:
    """Expected score, in points of the scale, at so many logits."""
    reached = moments(np.asarray(eta, float), weights_of(thresholds)).reached
    return scores[0] + np.tensordot(np.diff(scores), reached[: len(scores) - 1], axes=1)
