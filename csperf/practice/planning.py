"""What a department plans for a cycle: which tables tell it, and whether there is a plan at all."""

from __future__ import annotations

from collections.abc import Iterable

from csperf.scheme import Scheme
from csperf.scheme.scoring import Linear, TargetRatio

PLANNING_TABLES = ("goals", "goal_checkins", "targets")


def has_plan(given: Iterable[str], scheme: Scheme) -> bool:
    """Whether there is anything to plan by: a table of planning, or targets in the scheme."""
    return not {*PLANNING_TABLES}.isdisjoint(given) or bool(scheme_targets(scheme))


def scheme_targets(scheme: Scheme) -> dict[str, float]:
    """{indicator: target} of what the scheme scores against a target, for everybody alike."""
    scored = [(leaf.indicator, leaf.scoring) for _, leaf in scheme.components()]
    return {
        indicator: how.target.value
        for indicator, how in scored
        if indicator and isinstance(how, TargetRatio | Linear)
    }
