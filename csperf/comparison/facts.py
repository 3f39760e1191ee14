"""What a rule asks of scores: a span of them, grades and places of one group."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csperf.appraisal.outcomes import agreeing, awaited
from csperf.scheme import Rule, Scheme


@dataclass(frozen=True)
class Facts:
    """What a rule asks of true scores in one group: a span of them, grades, places and rank bands.

    `grades` has a flag for each grade from the lowest up, `places` one for each place from the top,
    `bands` one for each rank band and a last one for none.
    """

    low: float
    high: float
    grades: NDArray[np.bool_]
    places: NDArray[np.bool_]
    bands: NDArray[np.bool_]

    @property
    def on_scores(self) -> bool:
        """Whether a score or a grade is asked for."""
        return bool(np.isfinite([self.low, self.high]).any() or not self.grades.all())

    @property
    def on_places(self) -> bool:
        """Whether a place or a band is asked for, so that it matters how others do."""
        return not (self.places.all() and self.bands.all())

    def hold(
        self,
        truth: NDArray[np.float32],
        grade: NDArray[np.int64],
        place: NDArray[np.int32] | None,
        band: NDArray[np.int64],
    ) -> NDArray[np.bool_]:
        """Whether they hold for each person (column) in each draw (row).

        Places are needed only if the facts are about some.
        """
        found = (truth >= self.low) & (truth < self.high)
        for flags, at in ((self.grades, grade), (self.places, place), (self.bands, band)):
            if not flags.all():  # most rules ask for one of them, and draws are many
                found &= flags[at]
        return found


def facts_of(rule: Rule, size: int, scheme: Scheme | None, now: bool) -> Facts:
    """What a rule asks of a group; in the cycle itself grade and band have to speak for it too.

    Without a scheme the rule is one on places and borders of score alone.
    """
    when, place = rule.when, np.ones(size, dtype=bool)
    names = [band.grade for band in reversed(scheme.grades)] if scheme else []
    shares = scheme.ranking.bands.shares if scheme and scheme.ranking.bands else ()
    ids = [*(share.id for share in shares), ""]
    grade, band = np.ones(max(1, len(names)), dtype=bool), np.ones(len(ids), dtype=bool)
    asked = [awaited(rule, scheme)] if scheme else []
    asked += [agreeing(rule, scheme)] if scheme and now else []
    if when.rank_from_top:
        place[when.rank_from_top.value :] = False
    if when.rank_from_bottom:
        place[: max(0, size - when.rank_from_bottom.value)] = False
    for grades, bands in asked:
        grade &= np.isin(names, grades) if grades is not None else True
        band &= np.isin(ids, bands) if bands is not None else True
    return Facts(
        low=when.score_from.value if when.score_from else -np.inf,
        high=when.score_below.value if when.score_below else np.inf,
        grades=grade,
        places=place,
        bands=band,
    )
