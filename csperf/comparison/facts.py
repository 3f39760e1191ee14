"""What a rule asks of scores: a span of them, grades and places of one group."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pandas import DataFrame

from csperf.appraisal.outcomes import agreeing, awaited
from csperf.scheme import Rule, Scheme


@dataclass(frozen=True)
class Facts:
    """What a rule asks of true scores in one group: a span of them, grades and places.

    `grades` has a flag for each grade from the lowest up, `places` one for each place from the top.
    """

    low: float
    high: float
    grades: NDArray[np.bool_]
    places: NDArray[np.bool_]

    @property
    def on_scores(self) -> bool:
        """Whether more than places is asked for."""
        return bool(np.isfinite([self.low, self.high]).any() or not self.grades.all())

    def hold(
        self, truth: NDArray[np.float32], grade: NDArray[np.int64], place: NDArray[np.int32]
    ) -> NDArray[np.bool_]:
        """Whether they hold for each person (column) in each draw (row)."""
        span = (truth >= self.low) & (truth < self.high)
        return span & self.grades[grade] & self.places[place]


def facts_of(rule: Rule, group: DataFrame, scheme: Scheme | None, now: bool) -> Facts:
    """What a rule asks of a group; in the cycle itself grade and band have to speak for it too.

    `group` has score and rank_band of its people: a band asks for the places that it has there.
    Without a scheme the rule is one on places and borders of score alone.
    """
    when, place = rule.when, np.ones(len(group), dtype=bool)
    names = [band.grade for band in reversed(scheme.grades)] if scheme else []
    grade = np.ones(max(1, len(names)), dtype=bool)
    asked = [awaited(rule, scheme)] if scheme else []
    asked += [agreeing(rule, scheme)] if scheme and now else []
    if when.rank_from_top:
        place[when.rank_from_top.value :] = False
    if when.rank_from_bottom:
        place[: max(0, len(group) - when.rank_from_bottom.value)] = False
    for grades, bands in asked:
        place &= _places_of(bands, group) if bands is not None else True
        grade &= np.isin(names, grades) if grades is not None else True
    return Facts(
        low=when.score_from.value if when.score_from else -np.inf,
        high=when.score_below.value if when.score_below else np.inf,
        grades=grade,
        places=place,
    )


def _places_of(bands: Collection[str], group: DataFrame) -> NDArray[np.bool_]:
    """Whether each place of a group, from the top, lies in one of the bands."""
    order = np.argsort(-group["score"].to_numpy("float64"), kind="stable")
    return group["rank_band"].isin(list(bands)).to_numpy(bool)[order]
