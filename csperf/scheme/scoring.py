"""How values become points: the methods of scoring, as data."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from csperf.scheme.sourced import Percent, Positive, Scale, Sourced, default
from csperf.strict_yaml import Strict


class Steps(Strict):
    """Points from a table of thresholds; the first satisfied one wins."""

    method: Literal["steps"]
    bands: Sourced[tuple[tuple[float, Percent], ...]] = Field(
        description="[threshold (inclusive), points] each, the thresholds all going up or all down"
    )
    otherwise: Sourced[Percent] = default(0.0, "points where no threshold is met")

    @model_validator(mode="after")
    def _reachable(self) -> Steps:
        limits = [limit for limit, _ in self.bands.value]
        if not limits or limits not in (sorted(set(limits)), sorted(set(limits), reverse=True)):
            raise ValueError("bands: give thresholds that all go up or all go down")
        return self


class TargetRatio(Strict):
    """100 x actual / target, capped; for a value that should be low the ratio is turned round.

    `down: inverse` is target / actual, `down: mirror` is 200 - 100 x actual / target.
    """

    method: Literal["target_ratio"]
    target: Sourced[Positive]
    cap_pct: Sourced[Positive] = default(100.0, "most points; never more than 100")
    down: Sourced[Literal["inverse", "mirror"]] = default("inverse")


class Linear(Strict):
    """0 points at the floor, 100 at the target, a straight line between, clipped outside."""

    method: Literal["linear"]
    floor: Sourced[float]
    target: Sourced[float]

    @model_validator(mode="after")
    def _spread(self) -> Linear:
        if self.floor.value == self.target.value:
            raise ValueError(f"floor and target are both {self.floor.value:g}")
        return self


class RankPoints(Strict):
    """100 x (n - rank + 1) / n in the comparison group, ties at their average rank."""

    method: Literal["rank_points"]


class TScore(Strict):
    """50 + 10 z in the comparison group, clipped to 0..100; 50 where everybody is equal."""

    method: Literal["t_score"]


class LevelPoints(Strict):
    """Points by level, such as the highest knowledge test passed."""

    method: Literal["level_points"]
    points: Sourced[dict[Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+)?$")], Percent]] = Field(
        description="{level: points}, the levels in quotes"
    )


class Rating(Strict):
    """A rating on any scale, stretched to 0..100."""

    method: Literal["rating"]
    scale: Sourced[Scale] = default((0.0, 100.0), "the lowest and the highest rating")


class PerEvent(Strict):
    """Points taken (deduction) or added (bonus) for each event, capped, after the weighting."""

    method: Literal["deduction", "bonus"]
    points: Sourced[Positive] = Field(description="for each event")
    cap: Sourced[Positive] = Field(description="at most so many points in all")


Scoring = Annotated[
    Steps | TargetRatio | Linear | RankPoints | TScore | LevelPoints | Rating | PerEvent,
    Field(discriminator="method"),
]
