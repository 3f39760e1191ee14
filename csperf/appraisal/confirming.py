"""Evaluators who confirm a result, and those who may put their own score in its place."""

from __future__ import annotations

import pandas as pd
from pandas import DataFrame, Series

from csperf.scheme import Scheme

ON = ["employee_id", "criterion_id"]
COLUMNS = ["employee_id", "evaluator_type", "criterion_id", "score", "by", "instead"]
DIGITS = 9


def overridden(by_type: DataFrame, scheme: Scheme) -> DataFrame:
    """Means that a type of the role `confirm_or_override` replaces by its own.

    Parameters
    ----------
    by_type : DataFrame
        As `combine_evaluations` gives it.

    Returns
    -------
    DataFrame
        employee_id, evaluator_type (whose score is replaced), criterion_id, score (theirs), by (the
        type that overrides), instead (its score). The same score is a confirmation and not listed,
        nor is a score of a round before the last one of those whom it would override.
    """
    found = [DataFrame(columns=COLUMNS)]
    for kind in scheme.evaluators:
        if kind.overrides is None or by_type.empty:
            continue
        own = by_type[by_type["evaluator_type"] == kind.overrides]
        new = by_type.loc[by_type["evaluator_type"] == kind.type, [*ON, "score", "round"]]
        both = own.merge(new, on=ON, suffixes=("", "_new"))
        later = both["round_new"] >= both["round"]
        other = (both["score_new"] - both["score"]).round(DIGITS) != 0
        rows = both[later & other].rename(columns={"score_new": "instead"})
        found.append(rows.assign(by=kind.type)[COLUMNS])
    there = [frame for frame in found if len(frame)]
    return pd.concat(there, ignore_index=True) if there else found[0]


def with_overrides(by_type: DataFrame, scheme: Scheme) -> DataFrame:
    """The means with those put in that count instead (`overridden`)."""
    replaced = overridden(by_type, scheme)
    if replaced.empty:
        return by_type
    key = ["employee_id", "evaluator_type", "criterion_id"]
    instead = by_type[key].merge(replaced, on=key, how="left")["instead"].astype("float64")
    return by_type.assign(score=instead.set_axis(by_type.index).fillna(by_type["score"]))


def without_confirmation(
    appraisals: DataFrame, evaluations: DataFrame, scheme: Scheme
) -> dict[str, str]:
    """For each person with a grade that nobody confirmed, the types whose step that is.

    A type has confirmed by a score, or by a row of status submitted without one.
    """
    steps = [step.actor for step in scheme.procedure if step.does == "confirm"]
    if not steps:
        return {}
    people = appraisals.loc[appraisals["grade"].notna(), "employee_id"]
    status = evaluations.get("status", Series(index=evaluations.index, dtype="str"))
    acted = evaluations[evaluations["score"].notna() | (status == "submitted")]
    lacking: dict[str, list[str]] = {}
    for kind in steps:
        done = acted.loc[acted["evaluator_type"] == kind, "employee_id"]
        for person in people[~people.isin(done)]:
            lacking.setdefault(person, []).append(kind)
    return {person: ", ".join(kinds) for person, kinds in lacking.items()}
