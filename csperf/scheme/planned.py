"""What a plan of a cycle can rest on: the tables of planning, and the scheme's own targets."""

from __future__ import annotations

from collections.abc import Iterable

from csperf.scheme import Scheme
from csperf.scheme.scoring import Linear, TargetRatio

PLANNED_IN = (
    *("plan_steps", "plan_inputs", "goals", "goal_checkins", "targets"),
    *("consultations", "forecasts"),
)  # names of tables


def has_plan(given: Iterable[str], scheme: Scheme) -> bool:
    """Whether there is anything to plan by: a table of planning, or targets in the scheme."""
    return not {*PLANNED_IN}.isdisjoint(given) or bool(scheme_targets(scheme))


def scheme_targets(scheme: Scheme) -> dict[str, float]:
    """{indicator: target} of what the scheme scores against a target, for everybody alike."""
    scored = [(leaf.indicator, leaf.scoring) for _, leaf in scheme.components()]
    return {
        indicator: how.target.value
        for indicator, how in scored
        if indicator and isinstance(how, TargetRatio | Linear)
    }
