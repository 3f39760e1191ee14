"""The tree of weighted parts that makes a score."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import Field, model_validator

from csperf.scheme.scoring import PerEvent, Scoring
from csperf.scheme.sourced import Percent, Perspective, Sourced, unique
from csperf.strict_yaml import Id, Strict

WEIGHT_TOLERANCE = 0.011  # 33.33 x 3 is meant as a whole


class Part(Strict):
    """A node of the score tree: one indicator, one criterion, or a group of parts.

    The `perspective` of a group is that of all parts below it that name none.
    """

    id: Id = Field(default="", description="else that of its indicator, criterion or evaluator")
    title: str = ""
    weight: Sourced[Percent] | None = Field(
        default=None, description="beside its neighbours; the weights of a whole sum to 100"
    )
    indicator: Id | None = Field(default=None, description="one of the indicators above")
    criterion: Id | None = Field(default=None, description="the id of one of the criteria")
    evaluator: Id | None = Field(
        default=None, description="the type of evaluator who judges what is in it"
    )
    parts: tuple[Part, ...] = ()
    scoring: Scoring | None = None
    perspective: Sourced[Perspective] | None = None

    @model_validator(mode="before")
    @classmethod
    def _named(cls, data: Any) -> Any:
        if isinstance(data, dict) and "id" not in data:
            name = data.get("indicator") or data.get("criterion") or data.get("evaluator")
            return {"id": name, **data} if name else data
        return data

    @model_validator(mode="after")
    def _one_kind(self) -> Part:
        kinds = [kind for kind in ("indicator", "criterion", "parts") if getattr(self, kind)]
        if len(kinds) != 1:
            raise ValueError("give one of indicator, criterion, parts")
        if not self.id or "/" in self.id:
            raise ValueError("give it an id, without '/'")
        if self.indicator and not self.scoring:
            raise ValueError("an indicator needs scoring: how its value becomes points")
        if self.scoring and not self.indicator:
            raise ValueError("only an indicator takes scoring")
        if self.after_weighting and self.weight:
            raise ValueError("points for events are added after the weighting: give no weight")
        if self.parts:
            check_parts(self.parts, f"the parts of '{self.id}'", bool(self.weight))
        return self

    @property
    def share(self) -> float:
        """Weight among the neighbours; a group without one weighs what its parts weigh."""
        return self.weight.value if self.weight else sum(part.share for part in self.parts)

    @property
    def after_weighting(self) -> bool:
        """True for points added or taken at the end, which carry no weight."""
        return isinstance(self.scoring, PerEvent)

    def everything(self) -> Iterator[Part]:
        """The part and all parts below it."""
        yield self
        for part in self.parts:
            yield from part.everything()


def check_parts(parts: tuple[Part, ...], what: str, whole: bool) -> None:
    """Neighbours have ids of their own and weights, which sum to 100 if they make a whole."""
    unique(what, [part.id for part in parts])
    weighted = [part for part in parts if not part.after_weighting]
    bare = [part.id for part in weighted if not part.parts and part.weight is None]
    if bare:
        raise ValueError(f"{what}: no weight for {', '.join(bare)}")
    total = sum(part.share for part in weighted)
    if whole and abs(total - 100) > WEIGHT_TOLERANCE:
        raise ValueError(f"{what}: weights sum to {total:g}, not 100")


def leaves(
    parts: tuple[Part, ...], above: str, evaluator: str | None
) -> Iterator[tuple[str, Part, str | None]]:
    """Every leaf with its path, and the type of evaluator in charge of it."""
    for part in parts:
        if part.parts:
            yield from leaves(part.parts, f"{above}{part.id}/", part.evaluator or evaluator)
        else:
            yield f"{above}{part.id}", part, part.evaluator or evaluator


def perspectives_named(
    parts: tuple[Part, ...], above: str = "", inherited: Perspective | None = None
) -> Iterator[tuple[str, Perspective | None]]:
    """Every leaf's path with the perspective that it, or the nearest group above it, names."""
    for part in parts:
        named = part.perspective.value if part.perspective else inherited
        if part.parts:
            yield from perspectives_named(part.parts, f"{above}{part.id}/", named)
        else:
            yield f"{above}{part.id}", named
