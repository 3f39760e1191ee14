"""Measures of elements that estimation had to leave out: the always lowest, the always highest."""

from __future__ import annotations

import numpy as np

from csperf.calibration.layout import Layout
from csperf.calibration.rasch import Floats, moments, weights_of
from csperf.calibration.ratings import Ratings, Whole

INSIDE = 0.3  # score points: the adjustment that is usual for extreme scores
STEPS, CLOSE = 100, 1e-9


def place(
    ratings: Ratings, layout: Layout, measures: list[Floats], values: Floats
) -> tuple[list[Floats], list[Floats]]:
    """Measures and standard errors of elements that have none, as if not quite extreme.

    By its ratings with others who have a measure; those come first of whom the most is known. A
    score beyond the scale counts as its end, so that the measure is at least (at most) so high; a
    rating that could not have been another says nothing.

    Parameters
    ----------
    measures : list of arrays
        Of each facet; unknown where there is none. Changed copies are returned.
    values : array
        The layout's parameters, of which the thresholds are read.
    """
    found = [each.copy() for each in measures]
    errors = [np.full(len(each), np.nan) for each in measures]
    weights = weights_of(layout.thresholds(values))
    telling = ratings.telling
    waiting = [
        (facet, element, np.flatnonzero((of == element) & telling))
        for facet, of in enumerate(ratings.elements)
        for element in np.flatnonzero(np.isnan(found[facet]))
    ]
    while waiting:
        others = [_others(ratings, found, facet, mine) for facet, _, mine in waiting]
        shares = [float((~np.isnan(eta)).mean()) if len(eta) else 0.0 for eta in others]
        if not max(shares):
            break
        for (facet, element, mine), eta, share in zip(waiting, others, shares, strict=True):
            if share == max(shares):
                known = mine[~np.isnan(eta)]
                at, errors[facet][element] = _solved(
                    eta[~np.isnan(eta)], ratings.scale[known], ratings.category[known], weights
                )
                found[facet][element] = at if facet == 0 else -at
        waiting = [each for each in waiting if np.isnan(found[each[0]][each[1]])]
    return found, errors


def _others(ratings: Ratings, measures: list[Floats], facet: int, mine: Whole) -> Floats:
    """What the ratings' logits are without the element itself."""
    eta = np.zeros(len(mine))
    for other, of in enumerate(ratings.elements):
        if other != facet:
            eta = eta + (1 if other == 0 else -1) * measures[other][of[mine]]
    return eta


def _solved(eta: Floats, scale: Whole, category: Whole, weights: Floats) -> tuple[float, float]:
    """The shift at which the expected total is the observed one, kept inside the extremes."""
    top = (weights > 0).sum(axis=1)[scale].sum()
    total = np.clip(category.sum(), INSIDE, top - INSIDE)
    at = 0.0
    for _ in range(STEPS):
        expected = variance = 0.0
        for number in np.unique(scale):
            found = moments(eta[scale == number] + at, weights[number])
            expected += found.expected.sum()
            variance += found.variance.sum()
        move = float(np.clip((total - expected) / variance, -1, 1))
        at += move
        if abs(move) < CLOSE:
            break
    return at, 1 / np.sqrt(variance)
