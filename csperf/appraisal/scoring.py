"""From indicator values and evaluations to points, and from points to the score."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from csperf.indicators import INDICATORS
from csperf.scheme import (
    LevelPoints,
    Linear,
    Part,
    PerEvent,
    RankPoints,
    Rating,
    Scheme,
    Scoring,
    Sourced,
    Steps,
    TargetRatio,
    TScore,
)

USABLE = ("ok", "provisional")
LIMIT = "limit"
DECIMALS = 9
GROWING = ("count", "currency")
WEAKEST_FIRST = ("assumed", "deduced", "local", "stated")


def score(
    values: DataFrame,
    scheme: Scheme,
    evaluation_scores: DataFrame | None = None,
    groups: Series | None = None,
    working_time: Series | None = None,
) -> DataFrame:
    """Points, weight and contribution of every component of every person's score.

    Parameters
    ----------
    values : DataFrame
        employee_id, indicator_id, value, status, numerator (as `indicator_values` gives them).
    scheme : Scheme
        Weights and scoring.
    evaluation_scores : DataFrame, optional
        employee_id, evaluator_type, criterion_id, score (as `combine_evaluations` gives them).
    groups : Series, optional
        Comparison group of each ranked person, indexed by employee_id; for scoring by rank or
        position, which nobody outside it gets. All people are one group if left out.
    working_time : Series, optional
        Part of a full-time cycle that each person worked, by employee_id; 1 if left out. Numbers of
        things and sums of money earn the points of what they come to in full time (`in_full_time`).

    Returns
    -------
    DataFrame
        employee_id, component_id, value, score (points), weight (per cent of the score, after the
        weight of missing parts went to their neighbours), contribution (points), provenance.
        The contributions of a person add up to the score; a person without a score has none.

    Notes
    -----
    score = sum(weight x points) / sum(weight of what is there) + bonus - deduction, in 0..100. A
    component `limit` holds what was cut off.
    """
    people = _people(values, evaluation_scores)
    groups = Series("all", index=people) if groups is None else groups
    time = Series(1.0, index=people) if working_time is None else working_time.reindex(people)
    raw, points = {}, {}
    for path, leaf in scheme.components():
        evaluator = _evaluator_of(scheme, path)
        raw[path] = _raw(leaf, evaluator, values, evaluation_scores, people)
        points[path] = _points(leaf, in_full_time(leaf, raw[path], time), groups)
    table = DataFrame(points, index=people)
    weights = effective_weights(scheme, table.notna())
    enough = _enough(scheme, table.notna())
    rows = [
        DataFrame(
            {
                "employee_id": people,
                "component_id": path,
                "value": raw[path].to_numpy(),
                "score": table[path].to_numpy(),
                "weight": weights[path].where(enough).to_numpy(),
                "contribution": _contribution(leaf, table[path], weights[path], enough),
                "provenance": _provenance(scheme, path, leaf),
            }
        )
        for path, leaf in scheme.components()
    ]
    whole = pd.concat(rows, ignore_index=True)
    whole = pd.concat([whole, _limits(whole)], ignore_index=True)
    return whole.sort_values("employee_id", kind="stable", ignore_index=True)


def totals(scores: DataFrame) -> Series:
    """Score of each person, indexed by employee_id: the sum of the contributions, or unknown.

    A billionth of a point is what adding binary fractions may leave over; it must neither part two
    equal people nor keep anybody below a border.
    """
    sums = scores.groupby("employee_id")["contribution"].sum(min_count=1)
    return sums.round(DECIMALS).rename("score")


def in_full_time(leaf: Part, raw: Series, working_time: Series) -> Series:
    """Values as they would be in full time: numbers of things and sums of money grow with it.

    Other values, levels and points for single events are what they are. Half of the working time
    makes a value double, which is the same as halving the standard it is held against.
    """
    if leaf.indicator is None or isinstance(leaf.scoring, PerEvent | LevelPoints):
        return raw
    row = INDICATORS[leaf.indicator]
    if row.kind not in ("count", "amount") or row.unit not in GROWING or row.exposure:
        return raw
    return raw / working_time.where(working_time > 0)


def effective_weights(scheme: Scheme, present: DataFrame) -> DataFrame:
    """Per cent that each component carries for each person, missing ones made up for.

    `present` has a row a person and a column a component path. Within a group the weight of a
    missing part goes to the others; a group without any part leaves its weight to its neighbours.
    """
    there = {str(path): present[path].to_numpy() for path in present}
    budget = np.full(len(present), 100.0)
    return DataFrame(dict(_spread(scheme.score, "", budget, there)), index=present.index)


def _spread(
    parts: tuple[Part, ...], above: str, budget: np.ndarray, there: dict[str, np.ndarray]
) -> Iterator[tuple[str, np.ndarray]]:
    weighted = [part for part in parts if not part.after_weighting]
    paths = {part.id: f"{above}/{part.id}" if above else part.id for part in parts}
    shares = {part.id: _any_present(part, paths[part.id], there) * part.share for part in weighted}
    whole = sum(shares.values(), np.zeros(len(budget)))
    for part in parts:
        if part.after_weighting:
            yield paths[part.id], np.zeros(len(budget))
            continue
        of_all = np.where(whole > 0, whole, np.inf)  # where nothing is there nothing is given
        mine = budget * shares[part.id] / of_all
        if part.parts:
            yield from _spread(part.parts, paths[part.id], mine, there)
        else:
            yield paths[part.id], mine


def _any_present(part: Part, path: str, there: dict[str, np.ndarray]) -> np.ndarray:
    if not part.parts:
        return there[path]
    below = [found for name, found in there.items() if name.startswith(f"{path}/")]
    return np.logical_or.reduce(below)


def _enough(scheme: Scheme, present: DataFrame) -> Series:
    """Whether so little of the weight is missing that there may be a score."""
    nominal = effective_weights(scheme, DataFrame(True, present.index, present.columns))
    missing = nominal.where(~present, 0.0).sum(axis=1)
    limit = scheme.missing.max_missing_weight_pct.value
    return (missing <= limit) & present.any(axis=1)


def _contribution(leaf: Part, points: Series, weight: Series, enough: Series) -> np.ndarray:
    share = points if leaf.after_weighting else weight * points / 100
    return share.where(enough).to_numpy()


def _limits(scores: DataFrame) -> DataFrame:
    """What the limits 0 and 100 cut off, as a component of its own."""
    sums = totals(scores).dropna()
    cut = sums.clip(0, 100) - sums
    cut = cut[cut.abs() > 1e-9]
    return DataFrame(
        {"employee_id": cut.index, "component_id": LIMIT, "contribution": cut.to_numpy()}
    )


def _people(values: DataFrame, evaluation_scores: DataFrame | None) -> pd.Index:
    ids = set(values["employee_id"])
    if evaluation_scores is not None:
        ids |= set(evaluation_scores["employee_id"])
    return pd.Index(sorted(ids), name="employee_id")


def _raw(
    leaf: Part,
    evaluator: str | None,
    values: DataFrame,
    evaluation_scores: DataFrame | None,
    people: pd.Index,
) -> Series:
    if leaf.indicator:
        usable = values["status"].isin(USABLE) & (values["indicator_id"] == leaf.indicator)
        column = "numerator" if leaf.after_weighting else "value"
        return values[usable].set_index("employee_id")[column].reindex(people)
    if evaluation_scores is None:
        return Series(np.nan, index=people)
    mine = (evaluation_scores["criterion_id"] == leaf.criterion) & (
        evaluation_scores["evaluator_type"] == evaluator
    )
    return evaluation_scores[mine].set_index("employee_id")["score"].reindex(people)


def _points(leaf: Part, raw: Series, groups: Series) -> Series:
    if leaf.criterion:
        return raw
    assert leaf.scoring is not None and leaf.indicator is not None
    return points(raw, leaf.scoring, INDICATORS[leaf.indicator].direction, groups)


def points(raw: Series, scoring: Scoring, direction: str, groups: Series) -> Series:
    """Points 0..100 of raw values by one method; unknown stays unknown.

    `groups` is the comparison group by employee, for the methods that compare people.
    """
    up = direction == "up"
    match scoring:
        case Steps():
            return _steps(raw, scoring, up)
        case TargetRatio():
            return _target_ratio(raw, scoring, up)
        case Linear():
            floor, target = scoring.floor.value, scoring.target.value
            return (100 * (raw - floor) / (target - floor)).clip(0, 100)
        case RankPoints():
            ranked = raw.where(raw.index.isin(groups.index)).groupby(groups)
            place = ranked.rank(ascending=not up, method="average")
            size = ranked.transform("count")
            return 100 * (size - place + 1) / size
        case TScore():
            grouped = raw.where(raw.index.isin(groups.index)).groupby(groups)
            above, spread = raw - grouped.transform("mean"), grouped.transform("std")
            # Equals are all in the middle; else a better value that makes them equal would cost.
            z = (above / spread).mask(spread == 0, 0.0)
            return (50 + 10 * (z if up else -z)).clip(0, 100)
        case LevelPoints():
            levels = {float(level): value for level, value in scoring.points.value.items()}
            return raw.map(levels)
        case Rating():
            low, high = scoring.scale.value
            return 100 * (raw - low) / (high - low)
        case PerEvent():
            sign = -1 if scoring.method == "deduction" else 1
            return sign * (raw * scoring.points.value).clip(upper=scoring.cap.value)


def _steps(raw: Series, scoring: Steps, up: bool) -> Series:
    result = Series(scoring.otherwise.value, index=raw.index).where(raw.notna())
    for limit, value in reversed(scoring.bands.value):
        reached = raw >= limit if up else raw <= limit
        result = result.mask(reached, value)
    return result


def _target_ratio(raw: Series, scoring: TargetRatio, up: bool) -> Series:
    target = scoring.target.value
    if up:
        ratio = 100 * raw / target
    elif scoring.down.value == "mirror":
        ratio = 200 - 100 * raw / target
    else:
        ratio = (100 * target / raw).where(raw != 0, scoring.cap_pct.value).where(raw.notna())
    return ratio.clip(0, min(scoring.cap_pct.value, 100))


def _evaluator_of(scheme: Scheme, path: str) -> str | None:
    """The type of evaluator in charge of a component: its own, or the nearest group's above."""
    found, parts = None, scheme.score
    for step in path.split("/"):
        part = next(part for part in parts if part.id == step)
        found, parts = part.evaluator or found, part.parts
    return found


def _provenance(scheme: Scheme, path: str, leaf: Part) -> str:
    """The weakest source among the weights above a component and its own scoring."""
    found = {value.provenance for value in _values_of(leaf.scoring)}
    parts = scheme.score
    for step in path.split("/"):
        part = next(part for part in parts if part.id == step)
        found |= {part.weight.provenance} if part.weight else set()
        parts = part.parts
    return next((word for word in WEAKEST_FIRST if word in found), "stated")


def _values_of(scoring: Scoring | None) -> list[Sourced]:
    fields = vars(scoring).values() if scoring else ()
    return [value for value in fields if isinstance(value, Sourced)]
