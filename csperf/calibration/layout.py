"""Where each parameter stands in one long vector, and what holds them in place."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from pandas import Series
from scipy.linalg import LinAlgError, LinAlgWarning, inv

from csperf.calibration.door import no_number
from csperf.calibration.rasch import Floats
from csperf.calibration.ratings import Ratings, Whole
from csperf.errors import InputError, Problem, meant, shown

SHOWN = 10  # elements that a message lists
NO_END = Problem(
    "evaluations",
    "some measure is without end: the ratings never contradict one another",
    "give more ratings, or pull=1",
    column="score",
)


@dataclass(frozen=True)
class Layout:
    """Parameters in a row: the elements of every facet but the employees', then the thresholds.

    starts
        Of each facet, the employees' left out, where it begins; the last is where thresholds do.
    shape
        (scales, thresholds of a scale).
    held
        The value of parameters that are not estimated, unknown for all others.
    centred
        Groups of parameters that add to 0.
    """

    starts: tuple[int, ...]
    shape: tuple[int, int]
    held: Floats
    centred: tuple[Whole, ...]

    @property
    def size(self) -> int:
        """How many parameters there are."""
        return len(self.held)

    def of_facet(self, facet: int) -> slice:
        """Where the elements of a facet stand; facet 0 is the employees'."""
        return slice(self.starts[facet - 1], self.starts[facet])

    @property
    def of_thresholds(self) -> slice:
        """Where the thresholds stand, those of one scale after those of another."""
        return slice(self.starts[-1], self.starts[-1] + self.shape[0] * self.shape[1])

    def extended(self, more: int) -> Layout:
        """The layout with so many free parameters more, at the end."""
        return replace(self, held=np.append(self.held, np.full(more, np.nan)))

    def thresholds(self, values: Floats) -> Floats:
        """(scale, threshold); unknown where a scale has fewer."""
        return values[self.of_thresholds].reshape(self.shape)

    def project(self, values: Floats) -> Floats:
        """The part of a vector, or of the columns of a matrix, that the constraints leave free."""
        free = values.copy()
        free[~np.isnan(self.held)] = 0
        for group in self.centred:
            free[group] -= free[group].mean(axis=0)
        return free

    def inverse(self, information: Floats) -> Floats:
        """Covariance of the parameters under the constraints, from their information.

        InputError where the information of some of them is nothing.
        """
        scale = max(float(np.diag(information).mean()), 1e-12)
        whole = self.project(self.project(information).T)
        fixed = np.flatnonzero(~np.isnan(self.held))
        whole[fixed, fixed] += scale
        for group in self.centred:
            whole[np.ix_(group, group)] += scale / len(group)
        try:
            with warnings.catch_warnings(action="error", category=LinAlgWarning):
                found = inv(whole, assume_a="pos", overwrite_a=True, check_finite=False)
        except (LinAlgWarning, LinAlgError) as error:
            raise InputError(NO_END) from error
        return self.project(self.project(found).T)


def anchored(ratings: Ratings, anchors: Mapping[str, Mapping[str, float]]) -> list[Floats]:
    """Of each facet the measures that are known, in the order of its elements; NaN where none is.

    InputError for facets and elements that there are not, and for measures that are no numbers.
    """
    problems, places = [], ratings.facets[1:]
    for facet, known in anchors.items():
        where = f"anchors, {facet}"
        if facet not in places:
            advice = f"there are {', '.join(places)}{meant(facet, places)}"
            problems.append(Problem("anchors", f"no facet '{facet}' to anchor", advice))
            continue
        ids = ratings.ids[ratings.facets.index(facet)]
        names = [str(id) for id in ids]
        for element, measure in known.items():
            if element not in ids:
                listed = ", ".join(names[:SHOWN]) + (" ..." if len(names) > SHOWN else "")
                advice = f"there are {listed}{meant(str(element), names)}"
                problems.append(Problem(where, f"no element {shown(element)}", advice))
            elif no_number(Series([measure], dtype=object)).any() or pd.isna(measure):
                found = f"{shown(measure)} is no finite measure"
                problems.append(Problem(where, found, f"give {element} logits, or leave it out"))
    if problems:
        raise InputError(problems)
    pairs = zip(ratings.facets, ratings.ids, strict=True)
    return [ids.map(dict(anchors.get(facet, {}))).to_numpy(float) for facet, ids in pairs]


def layout_of(ratings: Ratings, subsets: Sequence[Whole], anchors: Sequence[Floats]) -> Layout:
    """The layout of a model of ratings; `anchors` are the known measures of each facet, or NaN.

    Elements of a facet add to 0 in each subset, unless one of them is anchored there; so do the
    thresholds of a scale. Elements without ratings are held at 0, thresholds that a scale does not
    have at an unknown value.
    """
    counts = [ratings.n(facet) for facet in range(1, len(ratings.facets))]
    starts = np.concatenate([[0], np.cumsum(counts)])
    shape = (len(ratings.scores), ratings.steps)
    held = np.full(starts[-1] + shape[0] * shape[1], np.nan)
    centred = []
    for facet in range(1, len(ratings.facets)):
        at = starts[facet - 1]
        fixed = anchors[facet]
        held[at : at + len(fixed)] = np.where(subsets[facet] == 0, 0.0, fixed)
        for number in range(1, int(subsets[facet].max()) + 1):
            group = np.flatnonzero(subsets[facet] == number)
            if np.isnan(fixed[group]).all():
                centred.append(at + group)
    for scale, scores in enumerate(ratings.scores):
        at = starts[-1] + scale * shape[1]
        held[at + len(scores) - 1 : at + shape[1]] = np.inf
        centred.append(at + np.arange(len(scores) - 1))
    groups = tuple(group for group in centred if len(group))
    return Layout(tuple(int(start) for start in starts), shape, held, groups)
