"""Who judges: types of evaluators, criteria, the order of procedure, and what a gap sets off."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from csperf.scheme.sourced import Perspective, Positive, Scale, Sourced, default
from csperf.strict_yaml import Count, Id, Strict


class EvaluatorType(Strict):
    """A kind of evaluator: what its scores are for, and from how many they are shown.

    `scored` scores carry weight; `reference` ones are shown beside, `control` ones are held against
    the superior's, and `confirm` ones audit a result that is there already. A `confirm_or_override`
    type audits too, and where it gave a score that counts instead of the one that the type
    `overrides` gave. A mean of fewer evaluators than `shown_from` is hidden, and carries no weight
    either unless `hidden_counts`.
    """

    type: Id
    title: str = ""
    role: Sourced[Literal["scored", "reference", "control", "confirm", "confirm_or_override"]] = (
        default("scored")
    )
    overrides: Id | None = None
    focus: tuple[Id, ...] = Field(default=(), description="criteria to look at above all")
    required: Sourced[bool] = default(False)
    shown_from: Sourced[Count] = default(1)
    hidden_counts: Sourced[bool] = default(False)

    @model_validator(mode="after")
    def _overriding(self) -> EvaluatorType:
        if (self.role.value == "confirm_or_override") != (self.overrides is not None):
            raise ValueError("overrides: name a type for the role confirm_or_override, and only it")
        return self


class Behaviour(Strict):
    """A point of a criterion's scale, and the observed behaviour that it stands for."""

    points: float
    text: str


class Criterion(Strict):
    """What an evaluator judges, on which scale, and with which behaviours at its points.

    A part of the score may put it into another `perspective` of a balanced scorecard.
    """

    id: Id
    title: str = ""
    scale: Sourced[Scale] = default((0.0, 100.0))
    behaviours: tuple[Behaviour, ...] = ()
    perspective: Sourced[Perspective] | None = None

    @model_validator(mode="after")
    def _on_the_scale(self) -> Criterion:
        low, high = self.scale.value
        outside = [each.points for each in self.behaviours if not low <= each.points <= high]
        if outside:
            raise ValueError(f"behaviours: {outside[0]:g} is not on the scale {low:g} to {high:g}")
        return self


class Step(Strict):
    """One step of the procedure: who acts, and how."""

    actor: Id
    does: Literal["evaluate", "re_evaluate", "confirm"] = "evaluate"


class Gap(Strict):
    """When two types of evaluators differ so much that they should judge once more, or talk.

    They do if their grades differ, or their scores by more than `points_over`. A second score that
    moved by at most `little_change` counts as unchanged.
    """

    between: tuple[Id, Id]
    points_over: Sourced[Positive] = default(10.0)
    grade_differs: Sourced[bool] = default(True)
    little_change: Sourced[Positive] = default(3.0)
