"""Scores as whole numbers in long arrays: who was rated, by whom, on what, in which category."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas import DataFrame, Index, Series
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from csperf.calibration.door import plain, read_scores
from csperf.errors import InputError, Problem

EMPLOYEE, EVALUATOR, CRITERION = "employee_id", "evaluator_id", "criterion_id"
FACETS = (EMPLOYEE, EVALUATOR, CRITERION)
MOST_CATEGORIES = 20
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Ratings:
    """Ratings in the order of their scales, so that all of one scale stand together.

    facets
        The columns, the employee first.
    ids
        Of each facet its elements, in order.
    elements
        (facet, rating): the place of the element in `ids`.
    category
        Place of the score among the scores that its scale has, from 0; a score beyond them counts
        as the nearest.
    scale
        Which scale a rating is on; with a rating-scale model there is one.
    scores
        Of each scale the scores that its categories stand for.
    points
        The scores themselves.
    rows
        The place of each rating in the frame that was given.
    """

    facets: tuple[str, ...]
    ids: tuple[Index, ...]
    elements: Whole
    category: Whole
    scale: Whole
    scores: tuple[NDArray[np.float64], ...]
    points: NDArray[np.float64]
    rows: Whole

    @property
    def size(self) -> int:
        """How many ratings there are."""
        return len(self.category)

    @property
    def steps(self) -> int:
        """Thresholds of the scale that has the most."""
        return max(len(scores) for scores in self.scores) - 1

    def n(self, facet: int) -> int:
        """How many elements a facet has."""
        return len(self.ids[facet])

    def slices(self) -> list[slice]:
        """Where the ratings of each scale stand."""
        ends = np.searchsorted(self.scale, np.arange(len(self.scores) + 1))
        return [slice(int(a), int(b)) for a, b in pairwise(ends)]

    @property
    def beyond(self) -> Flags:
        """Which ratings lie beyond the scores of their scale."""
        low, high = (np.array([scores[end] for scores in self.scores]) for end in (0, -1))
        return (self.points < low[self.scale]) | (self.points > high[self.scale])

    @property
    def telling(self) -> Flags:
        """Which ratings could have been others: their scale has more than one score."""
        return np.array([len(scores) > 1 for scores in self.scores])[self.scale]

    def only(self, kept: Flags) -> Ratings:
        """Some of the ratings, with all elements and scales as they are."""
        return replace(
            self,
            elements=self.elements[:, kept],
            category=self.category[kept],
            scale=self.scale[kept],
            points=self.points[kept],
            rows=self.rows[kept],
        )


def ratings_of(
    evaluations: DataFrame, facets: Sequence[str] = (), per: str | None = None
) -> Ratings:
    """Ratings out of a frame of scores.

    Parameters
    ----------
    evaluations : DataFrame
        employee_id, evaluator_id, criterion_id and score, which is a whole number; ratings without
        a score are passed over.
    facets : sequence of str
        Further columns whose elements make ratings higher or lower.
    per : str, optional
        The facet of which each element has a scale of its own; else all share one.

    Raises
    ------
    InputError
        For what no model can read (`door.read_scores`), scores that are no whole numbers, more than
        20 categories, and no ratings.
    """
    columns = (*FACETS, *facets)
    for name in facets:
        if columns.count(name) > 1:
            raise InputError(Problem("facets", f"{name} is there already", "leave it out"))
    points = read_scores(evaluations, columns)
    rows = np.flatnonzero(~np.isnan(points))
    points = points[rows]
    _refuse_no_categories(points)
    given = evaluations if len(rows) == len(evaluations) else evaluations.iloc[rows]
    codes, ids = zip(*(_codes(given[name]) for name in columns), strict=True)
    scale = codes[columns.index(per)] if per else np.zeros(len(rows), dtype=np.int64)
    order = np.argsort(scale, kind="stable")
    points = points[order]
    scale, scores, category = scale[order], [], np.empty(len(order), dtype=np.int64)
    for number in range(int(scale.max()) + 1):
        mine = scale == number
        seen, category[mine] = np.unique(points[mine], return_inverse=True)
        scores.append(seen)
    made = Ratings(
        facets=columns,
        ids=ids,
        elements=np.array(codes, dtype=np.int64)[:, order],
        category=category,
        scale=scale.astype(np.int64),
        scores=tuple(scores),
        points=points,
        rows=rows[order],
    )
    if made.steps >= MOST_CATEGORIES:
        found = f"{made.steps + 1} different scores on one scale"
        advice = "a model of categories is for 20 at most; use adjust for points of 0 to 100"
        raise InputError(Problem("evaluations", found, advice, column="score"))
    return made


def coded(rows: DataFrame, columns: Sequence[str]) -> Ratings:
    """Who was rated by whom on what, of rows that are known to be good; all in one category."""
    codes, ids = zip(*(_codes(rows[name]) for name in columns), strict=True)
    nothing = np.zeros(len(rows), dtype=np.int64)
    return Ratings(
        facets=tuple(columns),
        ids=ids,
        elements=np.array(codes, dtype=np.int64),
        category=nothing,
        scale=nothing,
        scores=(np.zeros(1),),
        points=np.zeros(len(rows)),
        rows=np.arange(len(rows)),
    )


def _codes(column: Series) -> tuple[Whole, Index]:
    """The elements of a column in order, and the place of each row's; categories as their text."""
    codes, found = pd.factorize(column, sort=True)
    ids = plain(Series(found)).reset_index(drop=True)
    if ids.is_monotonic_increasing:
        return codes, Index(ids)
    order = np.argsort(ids.to_numpy())
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    return place[codes], Index(ids)[order]


def _refuse_no_categories(points: NDArray[np.float64]) -> None:
    """InputError for scores that are no whole numbers, and for none."""
    broken = points != np.floor(points)
    if broken.any():
        found = f"{points[broken.argmax()]:g} is no whole number"
        advice = "give categories, or use adjust for points"
        raise InputError(Problem("evaluations", found, advice, column="score"))
    if not len(points):
        raise InputError(Problem("evaluations", "there is no rating with a score"))


def subsets(ratings: Ratings) -> list[Whole]:
    """Of each facet, which subset its elements are in, numbered from 1 within the facet.

    Two elements of a facet can be compared if they are linked in the network with every other
    facet. What is not linked can be moved against the rest, and no rating would say so. Elements
    without ratings are in none (0).
    """
    labels: list[list[Whole]] = [[] for _ in ratings.facets]
    for first, second in combinations(range(len(ratings.facets)), 2):
        there, here = ratings.n(first), ratings.n(second)
        pairs = ratings.elements[first], there + ratings.elements[second]
        size = there + here
        network = coo_matrix((np.ones(ratings.size), pairs), (size, size))
        _, part = connected_components(network, directed=False)
        labels[first].append(part[:there])
        labels[second].append(part[there:])
    return [
        _numbered(np.array(found), np.bincount(elements, minlength=ratings.n(facet)) > 0)
        for facet, (found, elements) in enumerate(zip(labels, ratings.elements, strict=True))
    ]


def _numbered(labels: Whole, rated: Flags) -> Whole:
    """Combinations of labels by numbers from 1, the largest first; 0 for who has no ratings."""
    if not rated.any():
        return np.zeros(len(rated), dtype=np.int64)
    _, found = np.unique(labels[:, rated], axis=1, return_inverse=True)
    sizes = np.bincount(found)
    place = np.empty(len(sizes), dtype=np.int64)
    place[np.argsort(-sizes, kind="stable")] = np.arange(1, len(sizes) + 1)
    numbers = np.zeros(len(rated), dtype=np.int64)
    numbers[rated] = place[found]
    return numbers


def without_extremes(ratings: Ratings, facets: Sequence[int]) -> tuple[Ratings, list[Whole]]:
    """The ratings of elements that are not always the lowest or the highest; and which those are.

    Who always gets, or gives, the last category has no finite measure. Without that element's
    ratings another one may have become extreme, or the last category be one that nobody uses, so
    that it is looked again until none is. Ratings on a scale of one score tell nothing and go too.

    Returns
    -------
    Ratings, list of arrays
        Of each facet and element -1 (always the lowest), 1 (always the highest) or 0.
    """
    found = [np.zeros(ratings.n(facet), dtype=np.int64) for facet in range(len(ratings.facets))]
    left = ratings
    while left.size:
        lowest, highest = _at_ends(left)
        lost = lowest & highest
        for facet in () if lost.any() else facets:
            of, n = left.elements[facet], left.n(facet)
            rated = np.bincount(of, minlength=n)
            for sign, there in ((-1, lowest), (1, highest)):
                always = (rated > 0) & (np.bincount(of, weights=there, minlength=n) == rated)
                found[facet][always] = sign
                lost |= always[of]
        if not lost.any():
            break
        left = left.only(~lost)
    return left, found


def _at_ends(ratings: Ratings) -> tuple[Flags, Flags]:
    """Which ratings are the lowest, and which the highest, that is still given on their scale."""
    lowest, highest = np.zeros((2, ratings.size), dtype=bool)
    for part in ratings.slices():
        if len(used := ratings.category[part]):
            lowest[part], highest[part] = used == used.min(), used == used.max()
    return lowest, highest


def narrowed(ratings: Ratings, left: Ratings) -> tuple[Ratings, Ratings]:
    """All ratings, and those left, on the scales that those left still use.

    A score that only extreme elements got or gave is no category: how far it lies from the next one
    nobody tells. A scale of which nothing is left has the mean of its scores as its only one.
    """
    first, scores = [], []
    for old, part, whole in zip(left.scores, left.slices(), ratings.slices(), strict=True):
        used = left.category[part]
        low, high = (used.min(), used.max()) if len(used) else (0, 0)
        first.append(low)
        new = old[low : high + 1]
        scores.append(new if len(used) else np.array([ratings.points[whole].mean()]))
    if all(len(old) == len(new) for old, new in zip(ratings.scores, scores, strict=True)):
        return ratings, left
    top = np.array([len(each) - 1 for each in scores])

    def moved(of: Ratings) -> Ratings:
        category = np.clip(of.category - np.array(first)[of.scale], 0, top[of.scale])
        return replace(of, category=category, scores=tuple(scores))

    return moved(ratings), moved(left)
