"""What a component of the score asks for, in words, and what the next step up would take."""

from __future__ import annotations

import math
from typing import NamedTuple

import pandas as pd
from pandas import DataFrame, Series

from csperf.answers.plain_text import UNKNOWN, figure
from csperf.appraisal import points
from csperf.indicators import INDICATORS
from csperf.scheme import (
    Criterion,
    LevelPoints,
    Linear,
    Part,
    PerEvent,
    RankPoints,
    Rating,
    Scheme,
    Steps,
    TargetRatio,
    TScore,
)
from csperf.scheme.reweighing import component_weights

STEP = 5.0  # points of a component that one step up is worth where the scale is even
PER_THOUSAND = 1000
DIGITS = {"currency": 2, "count": 0, "level": 0, "items": 2, "h": 2, "ratio": 2, "per_hour": 2}
SUFFIX = {"s": " s", "min": " min", "h": " h", "points": " points", "per_hour": " an hour"}


class NextStep(NamedTuple):
    """Points that the step leads to, the value that it takes (if it is one), and both in words."""

    points: float
    value: float
    words: str


def shown(value: float, indicator: str | None) -> str:
    """A value in words: shares as per cent, rates per 1,000 or an hour, times with their unit."""
    if pd.isna(value):
        return UNKNOWN
    if indicator is None:
        return f"{figure(value)} points"
    row = INDICATORS[indicator]
    if row.kind == "rate" and row.unit != "per_hour":
        return f"{figure(PER_THOUSAND * value, 1)} per 1,000"
    if row.unit == "share":
        return f"{figure(100 * value, 1)} %"
    return figure(value, DIGITS.get(row.unit, 1)) + SUFFIX.get(row.unit, "")


def target_of(leaf: Part) -> float:
    """The value that a component's own standard asks for; unknown where people are compared."""
    match leaf.scoring:
        case Linear() | TargetRatio():
            return float(leaf.scoring.target.value)
        case Steps():
            return max(leaf.scoring.bands.value, key=lambda band: band[1])[0]
    return math.nan


def percent_of_target(leaf: Part, value: float) -> float:
    """Per cent of the target that a value reaches, turned round where less is better (C-01)."""
    target = target_of(leaf)
    above, below = (value, target) if wants_more(leaf) else (target, value)
    return 100 * above / below if target and below else math.nan


def wants_more(leaf: Part) -> bool:
    """Whether more of the component's value is better."""
    if isinstance(leaf.scoring, Linear):
        return leaf.scoring.target.value > leaf.scoring.floor.value
    return leaf.indicator is None or INDICATORS[leaf.indicator].direction == "up"


def standard(leaf: Part, criterion: Criterion | None, evaluator: str) -> str:
    """What earns how many points."""
    if criterion:
        low, high = criterion.scale.value
        best = max(criterion.behaviours, key=lambda each: each.points, default=None)
        example = f"; {best.points:g}: {best.text.value}" if best else ""
        return f"rated {low:g} to {high:g} by {evaluator}{example}"
    name, edge = leaf.indicator, "from" if wants_more(leaf) else "up to"
    match leaf.scoring:
        case Steps(bands=bands, otherwise=rest):
            told = [f"{edge} {shown(limit, name)}: {worth:g}" for limit, worth in bands.value]
            return ", ".join([*told, f"else {rest.value:g}"])
        case Linear(floor=floor, target=target):
            return f"{shown(target.value, name)} for 100 points, {shown(floor.value, name)} for 0"
        case TargetRatio(target=target):
            return f"target {shown(target.value, name)}; points are per cent of it, at most 100"
        case RankPoints():
            return "100 points for the first in the group, fewer for each place after"
        case TScore():
            return "50 points at the group's mean, 10 for each standard deviation"
        case LevelPoints(points=table):
            return ", ".join(f"level {level}: {worth:g}" for level, worth in table.value.items())
        case Rating(scale=scale):
            return f"{scale.value[1]:g} for 100 points, {scale.value[0]:g} for 0"
        case PerEvent(method=method, points=each, cap=cap):
            sign = "-" if method == "deduction" else "+"
            return f"{sign}{each.value:g} points for each event, at most {sign}{cap.value:g}"
    raise AssertionError(leaf)


def standards_of(scheme: Scheme) -> DataFrame:
    """What each indicator of a scheme weighs in the score, and what earns how many points.

    Returns
    -------
    DataFrame
        indicator_id, weight (of 100; empty where points are added after the weighting), standard
        (in words); in the order of the scheme.
    """
    weights = component_weights(scheme)
    rows = [
        (leaf.indicator, weights.get(path, math.nan), standard(leaf, None, ""))
        for path, leaf in scheme.components()
        if leaf.indicator
    ]
    return DataFrame(rows, columns=["indicator_id", "weight", "standard"])


def next_step(
    leaf: Part, criterion: Criterion | None, now: float, value: float, group_size: int
) -> NextStep | None:
    """The next step up from the points and the value of now; None at the top, or if unknown."""
    if pd.isna(now) or (now >= 100 and not leaf.after_weighting):
        return None
    if criterion:
        return _better_rated(criterion, now)
    name, rising = leaf.indicator, min(now + STEP, 100.0)
    match leaf.scoring:
        case Steps() | LevelPoints():
            return _next_threshold(leaf, now)
        case Linear(floor=floor, target=target):
            needed = floor.value + rising / 100 * (target.value - floor.value)
            return NextStep(rising, needed, shown(needed, name))
        case TargetRatio():
            return _nearer_target(leaf, leaf.scoring, now)
        case Rating(scale=scale):
            needed = scale.value[0] + rising / 100 * (scale.value[1] - scale.value[0])
            return NextStep(rising, needed, f"{needed:.1f} on its scale")
        case RankPoints():
            up = min(now + 100 / group_size, 100.0) if group_size else rising
            return NextStep(up, math.nan, "one place up in the group")
        case TScore():
            words = f"{STEP / 10:g} standard deviations of the group better"
            return NextStep(rising, math.nan, words)
        case PerEvent():
            return _next_event(leaf.scoring, now, value)
    raise AssertionError(leaf)


def _better_rated(criterion: Criterion, now: float) -> NextStep:
    """The next described behaviour, or `STEP` points more where none is described."""
    low, high = criterion.scale.value
    rated = low + now / 100 * (high - low)
    better = [each for each in criterion.behaviours if each.points > rated]
    if better:
        next_one = min(better, key=lambda each: each.points)
        worth = 100 * (next_one.points - low) / (high - low)
        return NextStep(worth, next_one.points, f"{next_one.points:g}: {next_one.text.value}")
    rising = min(now + STEP, 100.0)
    needed = low + rising / 100 * (high - low)
    return NextStep(rising, needed, f"a mean rating of {needed:.1f}")


def _next_threshold(leaf: Part, now: float) -> NextStep | None:
    """The threshold, or level, of the nearest points above those of now."""
    scoring = leaf.scoring
    if isinstance(scoring, Steps):
        limits = [limit for limit, _ in scoring.bands.value]
    else:
        assert isinstance(scoring, LevelPoints)
        limits = [float(level) for level in scoring.points.value]
    direction = "up" if wants_more(leaf) else "down"
    worth = points(Series(limits, dtype="float64"), scoring, direction, Series(dtype="str"))
    better = worth[worth > now]
    if better.empty:
        return None
    at = int(better.idxmin())
    return NextStep(float(better[at]), limits[at], shown(limits[at], leaf.indicator))


def _nearer_target(leaf: Part, scoring: TargetRatio, now: float) -> NextStep | None:
    most, target = min(scoring.cap_pct.value, 100.0), scoring.target.value
    if now >= most:
        return None
    rising = min(now + STEP, most)
    if wants_more(leaf):
        needed = rising * target / 100
    elif scoring.down.value == "mirror":
        needed = (200 - rising) * target / 100
    else:
        needed = 100 * target / rising
    return NextStep(rising, needed, shown(needed, leaf.indicator))


def _next_event(scoring: PerEvent, now: float, count: float) -> NextStep | None:
    """One event more that earns points, or as many fewer as bring some back."""
    each, cap = scoring.points.value, scoring.cap.value
    if scoring.method == "bonus":
        needed, up = count + 1, min((count + 1) * each, cap)
    else:
        needed = max(min(count, math.ceil(cap / each)) - 1, 0.0)
        up = -min(needed * each, cap)
    if up <= now:
        return None
    return NextStep(up, needed, f"{needed:g} instead of {count:g}")
