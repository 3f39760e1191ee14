"""Who judges: types of evaluators, criteria, the order of procedure, and what a gap sets off."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from csperf.errors import meant
from csperf.scheme.sourced import (
    DEFAULT,
    Percent,
    Perspective,
    Positive,
    Scale,
    Sourced,
    Whole,
    default,
)
from csperf.strict_yaml import Count, Id, Strict

# Each with the kinds of reporting line of which one makes somebody such a superior.
SUPERIORS: dict[str, tuple[str, ...]] = {
    "direct_superior": ("direct",),
    "indirect_superior": ("indirect",),
    "manager": ("direct", "indirect"),
    "store_manager": ("direct", "indirect"),
    "appraiser_superior": ("direct", "indirect"),
    "department_head": ("direct", "indirect"),
}
ANONYMOUS = ("peer", "subordinate", "customer")  # nobody is told what a single one gave
OTHERS = (
    *("self", "external_expert", "consultant"),
    *("hr_commissioner", "personnel_decision_committee"),
)
KNOWN_TYPES = (*OTHERS, *ANONYMOUS, *SUPERIORS)
SMALLEST_SOURCE = 3


class EvaluatorType(Strict):
    """A kind of evaluator: what its scores are for, and from how many they are shown.

    `scored` scores carry weight; `reference` ones are shown beside, `control` ones are held against
    the superior's, and `confirm` ones audit a result that is there already. A `confirm_or_override`
    type audits too, and where it gave a score that counts instead of the one that the type
    `overrides` gave. A mean of fewer evaluators than `shown_from` is hidden, and carries no weight
    either unless `hidden_counts`: where the scheme is silent three of peers, subordinates and
    customers, and one of all others. A type of the department's own says which known type it is
    `like`.
    """

    type: Id = Field(description=f"{', '.join(KNOWN_TYPES)}, or one of your own")
    like: Id | None = Field(default=None, description="the known type that it is a kind of")
    title: str = ""
    role: Sourced[Literal["scored", "reference", "control", "confirm", "confirm_or_override"]] = (
        default("scored")
    )
    overrides: Id | None = None
    focus: tuple[Id, ...] = Field(
        default=(), description="criteria, or parts of the score, to look at above all"
    )
    required: Sourced[bool] = default(False, "whether nobody has a score without one from it")
    shown_from: Sourced[Count] = default(1)
    hidden_counts: Sourced[bool] = default(False)

    @model_validator(mode="before")
    @classmethod
    def _hiding_few(cls, data: Any) -> Any:
        if not isinstance(data, dict) or "shown_from" in data:
            return data
        if (data.get("like") or data.get("type")) not in ANONYMOUS:
            return data
        return {**data, "shown_from": {"assumed": SMALLEST_SOURCE, "because": DEFAULT}}

    @model_validator(mode="after")
    def _like_a_known_type(self) -> EvaluatorType:
        possible = [name for name in KNOWN_TYPES if name != "self"]
        if self.like and (self.like not in possible or self.type == "self"):
            hint = meant(self.like, possible) or f"; there are {', '.join(possible)}"
            raise ValueError(f"like: '{self.type}' cannot be like '{self.like}'{hint}")
        return self

    @property
    def kind(self) -> str:
        """The known type that it is, or is like."""
        return self.like or self.type

    @model_validator(mode="after")
    def _overriding(self) -> EvaluatorType:
        if (self.role.value == "confirm_or_override") != (self.overrides is not None):
            raise ValueError("overrides: name a type for the role confirm_or_override, and only it")
        return self


class Behaviour(Strict):
    """A point of a criterion's scale, and the observed behaviour that it stands for."""

    points: float
    text: Sourced[str]


class Standard(Strict):
    """The lowest points of a criterion (of 100, inclusive) that meet and that exceed it."""

    meets_from: Sourced[Percent]
    exceeds_from: Sourced[Percent]

    @model_validator(mode="after")
    def _rising(self) -> Standard:
        meets, exceeds = self.meets_from.value, self.exceeds_from.value
        if exceeds <= meets:
            raise ValueError(f"exceeds_from: {exceeds:g} is not above meets_from, {meets:g}")
        return self


class Criterion(Strict):
    """What an evaluator judges, on which scale, and with which behaviours at its points.

    A part of the score may put it into another `perspective` of a balanced scorecard.
    """

    id: Id
    title: str = ""
    scale: Sourced[Scale] = default((0.0, 100.0), "the lowest and the highest points")
    behaviours: tuple[Behaviour, ...] = ()
    standard: Standard | None = None
    perspective: Sourced[Perspective] | None = None

    @model_validator(mode="after")
    def _on_the_scale(self) -> Criterion:
        low, high = self.scale.value
        outside = [each.points for each in self.behaviours if not low <= each.points <= high]
        if outside:
            raise ValueError(f"behaviours: {outside[0]:g} is not on the scale {low:g} to {high:g}")
        return self


class Step(Whole):
    """One step of the procedure: who acts, and how; `provenance` is where the step comes from."""

    ABOUT: ClassVar[str] = "does"
    actor: Id = Field(description="a type of evaluator")
    does: Literal["evaluate", "re_evaluate", "confirm"] = "evaluate"


class Gap(Strict):
    """When two types of evaluators differ so much that they should judge once more, or talk.

    They do if their grades differ, or their scores by more than `points_over`. A second score that
    moved by at most `little_change` counts as unchanged.
    """

    between: tuple[Id, Id] = Field(description="two types of evaluators")
    points_over: Sourced[Positive] = default(10.0)
    grade_differs: Sourced[bool] = default(True)
    little_change: Sourced[Positive] = default(3.0)
