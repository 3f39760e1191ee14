"""Evaluators with known habits: what each would give, so that a habit can be looked for and found.

A key says what the work deserved. Evaluators with `Habits` rate the same work; what they give is
drawn, rounded to whole points and kept within the scale, as on a form.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.random import Generator
from pandas import DataFrame, Series, concat

from csperf.simulate.rules import bell, ids

CRITERIA = ("accuracy", "feelings", "ownership", "clarity")
KEY = ["case_id", "criterion_id"]
SCALE = (1.0, 5.0)


@dataclass(frozen=True)
class Habits:
    """How an evaluator rates; the defaults are of one who is fair and not quite sure.

    severity
        Points taken off everything; below 0 added.
    halo
        0 to 1: how far each criterion is drawn to the general impression of its case, which is as
        unsure as everything else.
    stretch
        What a distance from the middle of the scale is multiplied by: below 1 everything is drawn
        to the middle, above 1 to the ends.
    misread
        Criterion: points added to it alone.
    taken_for
        Criterion: another one that is rated in its place.
    recency
        0 to 1: share of the judgement that comes from the last week alone, beyond its own share.
    contrast
        Points taken off for each point by which the case before was better than usual.
    group, similarity
        Own group of the evaluator, and points added to cases of that group.
    noise
        SD of what cannot be explained, in points.
    """

    severity: float = 0.0
    halo: float = 0.0
    stretch: float = 1.0
    misread: Mapping[str, float] = field(default_factory=dict)
    taken_for: Mapping[str, str] = field(default_factory=dict)
    recency: float = 0.0
    contrast: float = 0.0
    group: str = ""
    similarity: float = 0.0
    noise: float = 0.4


def with_severities(
    severities: Iterable[float], prefix: str = "e", **others: Any
) -> dict[str, Habits]:
    """Habits of evaluators e01, e02 ... of these severities; `others` are the same for all.

    With another prefix they are named w01, w02 and so on.
    """
    given = [Habits(severity=float(each), **others) for each in severities]
    return dict(zip(ids(prefix, len(given), 2), given, strict=True))


def simulate_key(
    seed: int,
    n_cases: int = 40,
    criteria: tuple[str, ...] = CRITERIA,
    *,
    weeks: int = 0,
    groups: tuple[str, ...] = (),
    spread: float = 0.8,
    between: float = 0.6,
) -> DataFrame:
    """What made-up work deserves, on a scale from 1 to 5.

    Parameters
    ----------
    seed : int
        The same seed gives the same work.
    n_cases : int
        Cases, or people, to be rated.
    criteria : tuple of str
        What each is rated on.
    weeks : int
        Weeks that each is seen in, with a score for each; 0 for none.
    groups : tuple of str
        Groups that the cases belong to, in turn.
    spread, between : float
        SD of cases, and of the criteria of one case (of its weeks: as large), in points.

    Returns
    -------
    DataFrame
        case_id, criterion_id, week if asked for, group if asked for, score (not rounded).
    """
    rng = np.random.default_rng(seed)
    shape = (n_cases, len(criteria), max(weeks, 1))
    score = 3 + spread * bell(rng, (n_cases, 1, 1)) + between * bell(rng, shape[:2])[:, :, None]
    score = score + (between * bell(rng, (n_cases, 1, shape[2])) if weeks else 0)
    case, criterion, week = (place.ravel() for place in np.indices(shape))
    names = np.array(ids("c", n_cases, len(str(n_cases))))
    frame = DataFrame({"case_id": names[case], "criterion_id": np.array(criteria)[criterion]})
    if weeks:
        frame["week"] = week + 1
    if groups:
        frame["group"] = np.array(groups)[case % len(groups)]
    return frame.assign(score=np.clip(score, *SCALE).ravel())


def simulate_ratings(
    key: DataFrame,
    habits: Mapping[str, Habits],
    seed: int,
    scale: tuple[float, float] = SCALE,
) -> DataFrame:
    """What evaluators of known habits give for work whose worth is known.

    Parameters
    ----------
    key : DataFrame
        case_id, criterion_id, score; if known week (of which the mean counts) and group.
    habits : mapping
        evaluator_id: Habits, of at least one.
    seed : int
        The same seed gives the same ratings.
    scale : (low, high)
        The lowest and the highest score of the form.

    Returns
    -------
    DataFrame
        evaluator_id, place (the order in which the evaluator saw the cases), case_id, criterion_id,
        score; a row for every evaluator, case and criterion.
    """
    rng = np.random.default_rng(seed)
    groups = key.drop_duplicates("case_id").set_index("case_id").get("group")
    worth = {recency: _seen(key, recency) for recency in {one.recency for one in habits.values()}}
    rows = [
        _given(worth[own.recency], own, groups, rng, scale).assign(evaluator_id=name)
        for name, own in habits.items()
    ]
    return concat(rows, ignore_index=True)[["evaluator_id", "place", *KEY, "score"]]


def _given(
    seen: DataFrame,
    habits: Habits,
    groups: Series | None,
    rng: Generator,
    scale: tuple[float, float],
) -> DataFrame:
    """Scores of one evaluator, who reads the cases in an order that chance decides."""
    criteria = list(seen.columns)
    order = rng.permutation(len(seen))
    true = seen.to_numpy()[order]
    taken = [criteria.index(habits.taken_for.get(name, name)) for name in criteria]
    worth = true[:, taken]
    impression = worth.mean(axis=1) + habits.noise * bell(rng, len(worth))
    worth = (1 - habits.halo) * worth + habits.halo * impression[:, None]
    middle = sum(scale) / 2
    worth = middle + habits.stretch * (worth - middle) - habits.severity
    worth = worth + np.array([habits.misread.get(name, 0.0) for name in criteria])
    means = true.mean(axis=1) - true.mean()
    worth = worth - habits.contrast * np.append(0.0, means[:-1])[:, None]
    cases = seen.index.to_numpy()[order]
    if groups is not None:
        own = groups.reindex(cases).to_numpy() == habits.group
        worth = worth + habits.similarity * own[:, None]
    score = np.clip(np.rint(worth + habits.noise * bell(rng, worth.shape)), *scale)
    return DataFrame(
        {
            "place": np.tile(np.arange(1, len(cases) + 1), len(criteria)),
            "case_id": np.tile(cases, len(criteria)),
            "criterion_id": np.repeat(criteria, len(cases)),
            "score": score.ravel(order="F"),
        }
    ).astype({"case_id": "str", "criterion_id": "str"})


def _seen(key: DataFrame, recency: float) -> DataFrame:
    """Worth of each case (row) and criterion as remembered, the last week more than the others."""
    mean = key.pivot_table(index="case_id", columns="criterion_id", values="score")
    if "week" not in key:
        return mean
    last = key[key["week"] == key["week"].max()]
    last = last.pivot(index="case_id", columns="criterion_id", values="score")
    return mean * (1 - recency) + last * recency
