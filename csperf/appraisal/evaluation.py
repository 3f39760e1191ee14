"""Scores that people give: one mean for each type of evaluator and criterion."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
from pandas import DataFrame

from csperf.errors import InputError, Problem
from csperf.scheme import Scheme
from csperf.tables import OUTPUT_TABLES

ONE_SCORE = ["employee_id", "evaluator_id", "evaluator_type", "criterion_id"]
ONE_MEAN = ["employee_id", "evaluator_type", "criterion_id"]
RESULT = ["score", "n_evaluators", "shown"]


def combine_evaluations(
    evaluations: DataFrame, scheme: Scheme, where: str = "evaluations"
) -> DataFrame:
    """Mean score of each type of evaluator for each person and criterion.

    Parameters
    ----------
    evaluations : DataFrame
        Rows of one cycle: employee_id, evaluator_id, evaluator_type, criterion_id, score, and if
        known round and status. Declined and missing evaluations count as absent, never as 0.
    scheme : Scheme
        Types of evaluators, criteria and their scales.

    Returns
    -------
    DataFrame
        employee_id, evaluator_type, criterion_id, score (0..100), n_evaluators, shown. Of several
        rounds the last counts. Several evaluators of a type are averaged before types are weighted.

    Raises
    ------
    InputError
        For evaluator types or criteria that the scheme does not have, scores outside the
        criterion's scale, and people who rate themselves as anything but `self`.
    """
    given = evaluations[evaluations["score"].notna()]
    problems = list(_problems(given, scheme, where))
    if problems:
        raise InputError(problems)
    if given.empty:
        return OUTPUT_TABLES["evaluation_scores"].empty()[[*ONE_MEAN, *RESULT]]
    last = _last_rounds(given)
    scales = {criterion.id: criterion.scale.value for criterion in scheme.criteria}
    low = last["criterion_id"].map({name: scale[0] for name, scale in scales.items()})
    high = last["criterion_id"].map({name: scale[1] for name, scale in scales.items()})
    last = last.assign(points=100 * (last["score"] - low) / (high - low))
    means = (
        last.groupby(ONE_MEAN)
        .agg(score=("points", "mean"), n_evaluators=("evaluator_id", "nunique"))
        .reset_index()
    )
    least = means["evaluator_type"].map(
        {kind.type: kind.shown_from.value for kind in scheme.evaluators}
    )
    return means.assign(shown=means["n_evaluators"] >= least)


def missing_required(
    people: Iterable[str], evaluation_scores: DataFrame, scheme: Scheme
) -> dict[str, str]:
    """For each person who lacks a required type of evaluator, the title of the first one."""
    lacking: dict[str, str] = {}
    for kind in scheme.evaluators:
        if kind.required.value:
            rows = evaluation_scores["evaluator_type"] == kind.type
            have = set(evaluation_scores.loc[rows, "employee_id"])
            for employee in people:
                if employee not in have:
                    lacking.setdefault(employee, kind.title or kind.type)
    return lacking


def _last_rounds(given: DataFrame) -> DataFrame:
    rounds = given["round"] if "round" in given else pd.Series(pd.NA, index=given.index)
    ordered = given.assign(round=rounds.fillna(1)).sort_values("round", kind="stable")
    return ordered.drop_duplicates(ONE_SCORE, keep="last")


def _problems(given: DataFrame, scheme: Scheme, where: str) -> list[Problem]:
    types = {kind.type for kind in scheme.evaluators}
    criteria = {criterion.id: criterion.scale.value for criterion in scheme.criteria}
    problems = []
    for column, known in (("evaluator_type", types), ("criterion_id", set(criteria))):
        for name in sorted(set(given[column]) - known):
            rows = int((given[column] == name).sum())
            found = f"'{name}' in {rows} rows is not in scheme '{scheme.id}'"
            advice = f"it takes {', '.join(sorted(known))}"
            problems.append(Problem(where, found, advice, column=column))
    for name, (low, high) in criteria.items():
        scores = given.loc[given["criterion_id"] == name, "score"]
        for value in scores[(scores < low) | (scores > high)].head(5):
            found = f"{value:g} for '{name}'"
            problems.append(
                Problem(where, found, f"its scale is {low:g} to {high:g}", None, "score")
            )
    own = (given["employee_id"] == given["evaluator_id"]) & (given["evaluator_type"] != "self")
    for employee in sorted(set(given.loc[own, "employee_id"])):
        found = f"'{employee}' rates himself or herself as another type than self"
        problems.append(Problem(where, found, "give it evaluator_type self", column="evaluator_id"))
    return problems
