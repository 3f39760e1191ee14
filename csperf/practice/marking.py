"""Ratings of written cases brought beside their key, once both can be meant.

A case that an evaluator left out in part is left out whole, as parts of it cannot be compared with
whole cases; every rating that does not count is listed with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import isfinite
from numbers import Real

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from csperf.errors import InputError, Problem, meant, shown

EVALUATOR, CASE, CRITERION, SCORE, EXPERT = (
    *("evaluator_id", "case_id", "criterion_id", "score", "expert_id"),
)
ALSO = "also"
CELL = [CASE, CRITERION]
ONLY = "you"  # the evaluator of ratings that name none
HAIR = 1e-9
LEFT_OUT = {
    "no_key": "the key does not know the case",
    "not_rated": "a criterion of the case has no score, so the whole case is left out",
}


@dataclass(frozen=True)
class Marked:
    """Ratings that count with their key, ratings that do not, and the experts' own scores.

    rated
        evaluator_id, case_id, criterion_id, score, key, borderline: complete cases only, sorted.
    left_out
        evaluator_id, case_id, criterion_id, score, reason (a key of `LEFT_OUT`).
    experts
        expert_id, case_id, criterion_id, score; empty without expert_id in the key.
    """

    rated: DataFrame
    left_out: DataFrame
    experts: DataFrame


def marked(ratings: DataFrame, key: DataFrame, scale: tuple[float, float] | None) -> Marked:
    """Hold ratings against a key; InputError lists what cannot be meant."""
    ratings = ratings if EVALUATOR in ratings else ratings.assign(**{EVALUATOR: ONLY})
    own = [EVALUATOR, *CELL]
    expert = [EXPERT, *CELL] if EXPERT in key else CELL
    given = _read(ratings, "ratings", own, scale)
    known = _read(key, "key", expert, scale, empty=False)
    _refuse_unlike(given, known)
    whole = known.groupby(CELL, as_index=False)[SCORE].mean().rename(columns={SCORE: "key"})
    whole = whole.merge(_borderline(known), on=CELL)
    asked = given[[EVALUATOR]].drop_duplicates().merge(whole, how="cross")
    both = asked.merge(given, on=own, how="left")
    scores = both.groupby([EVALUATOR, CASE])[SCORE]
    n_given = scores.transform("count")
    complete = n_given == scores.transform("size")
    partly = both[(n_given > 0) & ~complete].assign(reason="not_rated")
    unknown = given[~given[CASE].isin(known[CASE]) & given[SCORE].notna()].assign(reason="no_key")
    left_out = pd.concat([partly, unknown], ignore_index=True)[[*own, SCORE, "reason"]]
    rated = both[complete].sort_values(own, ignore_index=True)[[*own, SCORE, "key", "borderline"]]
    if rated.empty:
        found = f"no case has a score on all of {', '.join(sorted(known[CRITERION].unique()))}"
        raise InputError(Problem("ratings", found, "rate at least one case of the key in full"))
    experts = known[[*expert, SCORE]] if EXPERT in known else DataFrame(columns=[EXPERT])
    return Marked(rated, left_out.sort_values(own, ignore_index=True), experts)


def _read(
    frame: DataFrame,
    where: str,
    ids: Sequence[str],
    scale: tuple[float, float] | None,
    empty: bool = True,
) -> DataFrame:
    """Ids as text and scores as numbers, one row for each; unknown scores only if `empty`."""
    there = [str(name) for name in frame.columns]
    problems = [
        Problem(
            where,
            "it is not there",
            f"the columns are {_list(there)}{meant(name, there)}",
            column=name,
        )
        for name in [*ids, SCORE]
        if name not in there
    ]
    if problems:
        raise InputError(problems)
    frame = frame.reset_index(drop=True)
    problems = [*_odd_ids(frame, where, ids), *_odd_scores(frame[SCORE], where, scale, empty)]
    if problems:
        raise InputError(problems)
    also = [ALSO] if ALSO in frame and where == "key" else []
    read = frame[[*ids, SCORE, *also]].astype(dict.fromkeys(ids, "str"))
    read = read.assign(score=frame[SCORE].astype("float64"))
    twice = read[read.duplicated([*ids])]
    advice = "keep one" if EXPERT in ids or where == "ratings" else "keep one, or give expert_id"
    problems = [
        Problem(where, f"{_list(map(shown, row))} has a score already", advice, int(place))
        for place, row in zip(twice.index, twice[[*ids]].itertuples(index=False), strict=True)
    ]
    if problems:
        raise InputError(problems)
    return read


def _odd_ids(frame: DataFrame, where: str, ids: Sequence[str]) -> Iterator[Problem]:
    for name in ids:
        for row in frame.index[frame[name].isna() & frame[SCORE].notna()]:
            yield Problem(where, "empty", "say what the score is for", int(row), name)


def _odd_scores(
    scores: Series, where: str, scale: tuple[float, float] | None, empty: bool
) -> Iterator[Problem]:
    for row, score in scores.items():
        if pd.isna(score):
            if not empty:
                yield Problem(where, "empty", "give every case its score", row, SCORE)
        elif not isinstance(score, Real) or isinstance(score, bool) or not isfinite(score):
            yield Problem(where, f"{shown(score)} is no finite number", "", row, SCORE)
        elif scale and not scale[0] <= float(score) <= scale[1]:
            advice = f"give a score from {scale[0]:g} to {scale[1]:g}"
            yield Problem(where, f"{shown(float(score))} is outside the scale", advice, row, SCORE)


def _refuse_unlike(given: DataFrame, known: DataFrame) -> None:
    """InputError for a criterion that only one of both has, and for a key with holes."""
    mine, theirs = ({*frame[CRITERION]} for frame in (given, known))
    problems = [
        Problem(
            "ratings",
            f"criterion {shown(name)} is not in the key",
            f"the key has {_list(sorted(theirs))}{meant(name, theirs)}",
            column=CRITERION,
        )
        for name in sorted(mine - theirs)
    ]
    problems += [
        Problem(
            "ratings",
            f"no score on criterion {shown(name)}",
            "rate it, or take it out of the key",
            column=CRITERION,
        )
        for name in sorted(theirs - mine)
    ]
    n_each = known.groupby(CASE)[CRITERION].nunique()
    problems += [
        Problem(
            "key",
            f"case {shown(case)} has {n} of {len(theirs)} criteria",
            "give all, or take the case out",
            column=CRITERION,
        )
        for case, n in n_each[n_each < len(theirs)].items()
    ]
    if problems:
        raise InputError(problems)


def _borderline(known: DataFrame) -> DataFrame:
    """Cells where another score can be defended: experts differ, or the key itself says so."""
    by = known.groupby(CELL)[SCORE]
    odd = (by.max() - by.min()) > HAIR
    if ALSO in known:
        odd |= known.groupby(CELL)[ALSO].agg(lambda each: each.notna().any())
    return odd.rename("borderline").reset_index()


def defended(rated: DataFrame, key: DataFrame) -> Series:
    """The score nearest to each rating that the key gives or, as `also`, would let stand."""
    if ALSO not in key:
        return rated["key"]
    also = key.dropna(subset=ALSO).drop_duplicates(CELL).astype(dict.fromkeys(CELL, "str"))
    other = rated.merge(also[[*CELL, ALSO]], on=CELL, how="left")[ALSO].to_numpy("float64")
    nearer = np.abs(rated[SCORE] - other) < (rated[SCORE] - rated["key"]).abs()
    return rated["key"].mask(nearer, Series(other, rated.index))


def _list(names: Iterable[object]) -> str:
    return ", ".join(map(str, names)) or "none"
