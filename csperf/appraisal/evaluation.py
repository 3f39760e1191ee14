"""Scores that people give: one mean for each type of evaluator and criterion, and who is missing.

A type whose role is reference or control, or that confirms, is combined like the others, so that it
can be shown and held against them, but carries no weight in the score.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from csperf.errors import InputError, Problem
from csperf.indicators import INDICATORS, tables_of
from csperf.scheme import Part, Scheme
from csperf.tables import OUTPUT_TABLES

ONE_SCORE = ["employee_id", "evaluator_id", "evaluator_type", "criterion_id"]
ONE_MEAN = ["employee_id", "evaluator_type", "criterion_id"]
ONE_SHEET = ["employee_id", "evaluator_type", "evaluator_id"]
RESULT = ["score", "n_evaluators", "shown"]
ROW = "row of the file"
CUSTOMER, ASKED_OF_CUSTOMERS = "customer", {"surveys", "reviews"}


def combine_evaluations(
    evaluations: DataFrame, scheme: Scheme, where: str = "evaluations"
) -> DataFrame:
    """Mean score of each type of evaluator for each person and criterion.

    Parameters
    ----------
    evaluations : DataFrame
        Rows of one cycle: employee_id, evaluator_id, evaluator_type, criterion_id, score, and if
        known round, status, submitted_at, evaluation_id, days (`with_days`). Declined and missing
        evaluations count as absent, never as 0.
    scheme : Scheme
        Types of evaluators, criteria and their scales.

    Returns
    -------
    DataFrame
        employee_id, evaluator_type, criterion_id, score (0..100), n_evaluators, shown, spread
        (points between the highest and the lowest of them), round (the latest of them). Of several
        rounds the last counts; of several scores of one round the last that was handed in
        (`superseded` has the others).
        Several evaluators of a type are averaged before types are weighted: by their `days` with
        the person where these are known of all of them, else each alike.

    Raises
    ------
    InputError
        For evaluator types or criteria that the scheme does not have, types that may not carry the
        weight they have, scores outside the criterion's scale, declined evaluations with a score,
        several scores of a round of which none is the last, and people who rate themselves as
        anything but `self`.
    """
    given = evaluations[evaluations["score"].notna()]
    problems = [*_weighted_though_not_scored(scheme)]
    problems += [] if given.empty else [*_problems(given, scheme, where)]
    if problems:
        raise InputError(problems)
    if given.empty:
        nothing = OUTPUT_TABLES["evaluation_scores"].empty()[[*ONE_MEAN, *RESULT]]
        return nothing.assign(spread=Series(dtype="float64"), round=Series(dtype="Int64"))
    return type_means(given, scheme)


def type_means(evaluations: DataFrame, scheme: Scheme) -> DataFrame:
    """What `combine_evaluations` returns, of evaluations that it has accepted."""
    last = last_scores(evaluations, scheme)
    last = last.assign(weight=_weights(last))
    last["weighted"] = last["points"] * last["weight"]
    means = last.groupby(ONE_MEAN, as_index=False).agg(
        weighted=("weighted", "sum"),
        weight=("weight", "sum"),
        n_evaluators=("points", "count"),
        low=("points", "min"),
        high=("points", "max"),
        round=("round", "max"),
    )
    means.insert(len(ONE_MEAN), "score", means.pop("weighted") / means.pop("weight"))
    least = {kind.type: kind.shown_from.value for kind in scheme.evaluators}
    return means.assign(
        shown=means["n_evaluators"] >= means["evaluator_type"].map(least),
        spread=means.pop("high") - means.pop("low"),
        round=means.pop("round"),
    )


def _weights(last: DataFrame) -> Series:
    """Days of each evaluator with the person; 1 for each where they are not known of all."""
    if "days" not in last:
        return Series(1.0, index=last.index)
    days = last["days"].astype("float64")
    of_mean = days.groupby([last[name] for name in ONE_MEAN])
    known = (of_mean.transform("count") == of_mean.transform("size")) & (
        of_mean.transform("sum") > 0
    )
    return days.where(known, 1.0)


def last_scores(evaluations: DataFrame, scheme: Scheme) -> DataFrame:
    """The row that counts of each evaluator, employee and criterion, with its `points` (0..100)."""
    given = with_rounds(evaluations[evaluations["score"].notna()])
    order = [name for name in (*ONE_SCORE, "round", "submitted_at") if name in given]
    last = given.sort_values(order, ignore_index=True).drop_duplicates(ONE_SCORE, keep="last")
    scales = {criterion.id: criterion.scale.value for criterion in scheme.criteria}
    low, high = (
        last["criterion_id"].map({k: scale[end] for k, scale in scales.items()}).astype("float64")
        for end in (0, 1)
    )
    return last.assign(points=100 * (last["score"] - low) / (high - low))


def with_rounds(evaluations: DataFrame) -> DataFrame:
    """The evaluations with a round in every row: 1 where none is given."""
    rounds = evaluations["round"] if "round" in evaluations else Series(index=evaluations.index)
    return evaluations.assign(round=rounds.astype("Int64").fillna(1))


def superseded(evaluations: DataFrame) -> DataFrame:
    """Scores that the same evaluator replaced within the round, to be counted and shown."""
    given = with_rounds(evaluations[evaluations["score"].notna()])
    if "submitted_at" not in given:
        return evaluations.iloc[:0]
    earlier = given.sort_values("submitted_at").duplicated([*ONE_SCORE, "round"], keep="last")
    return evaluations.loc[earlier[earlier].index].sort_values([*ONE_SCORE, "submitted_at"])


def missing_required(
    people: Iterable[str], evaluation_scores: DataFrame, scheme: Scheme
) -> dict[str, str]:
    """For each person who lacks required types of evaluators, their titles."""
    lacking: dict[str, list[str]] = {}
    for kind in scheme.evaluators:
        if kind.required.value:
            rows = evaluation_scores["evaluator_type"] == kind.type
            have = set(evaluation_scores.loc[rows, "employee_id"])
            for employee in people:
                if employee not in have:
                    lacking.setdefault(employee, []).append(kind.title or kind.type)
    return {employee: ", ".join(titles) for employee, titles in lacking.items()}


def coverage(evaluations: DataFrame, scheme: Scheme) -> DataFrame:
    """How many of the criteria that a type is asked for each evaluator gave.

    Returns
    -------
    DataFrame
        A row for each evaluator who gave a score: employee_id, evaluator_type, evaluator_id,
        n_given, n_asked, coverage (share), lacking (criteria without a score). A type is asked for
        the criteria that the score has it judge; if there are none for those of its focus; else
        for all.
    """
    asked = DataFrame(asked_criteria(scheme), columns=["evaluator_type", "criterion_id"])
    given = evaluations.loc[evaluations["score"].notna(), ONE_SCORE].drop_duplicates()
    whole = given[ONE_SHEET].drop_duplicates().merge(asked, on="evaluator_type")
    whole = whole.merge(given.assign(given=True), on=ONE_SCORE, how="left")
    whole["given"] = whole["given"].notna()
    sheets = whole.groupby(ONE_SHEET)["given"].agg(n_given="sum", n_asked="count", coverage="mean")
    lacking = whole[~whole["given"]].groupby(ONE_SHEET)["criterion_id"].agg(", ".join)
    return sheets.assign(lacking=lacking.reindex(sheets.index).fillna("")).reset_index()


def source_status(
    people: Iterable[str],
    evaluations: DataFrame,
    assignments: DataFrame | None,
    scheme: Scheme,
) -> DataFrame:
    """What became of each type of evaluator for each person.

    Parameters
    ----------
    people : iterable of str
        Everybody who is appraised.
    evaluations, assignments : DataFrame
        Rows of one cycle: the tables evaluations and evaluation_assignments. Without a table of
        assignments everybody counts as invited.

    Returns
    -------
    DataFrame
        employee_id, evaluator_type, status, n (evaluators who gave a score). The status is the
        first that holds: `given`, `declined` (somebody did), `missing` (somebody was invited),
        `not_invited`.
    """
    key = ["employee_id", "evaluator_type"]
    types = DataFrame({"evaluator_type": [kind.type for kind in scheme.evaluators]}, dtype="str")
    ids = DataFrame({"employee_id": sorted(set(people))}, dtype="str")
    whole = ids.merge(types, how="cross")
    status = evaluations.get("status", Series(index=evaluations.index))
    given = evaluations["score"].notna()
    at = pd.MultiIndex.from_frame(whole[key])
    n = evaluations[given].groupby(key)["evaluator_id"].nunique()
    declined = at.isin(_keys(evaluations[~given & (status == "declined")], key))
    invited = at.isin(_keys(evaluations, key))
    invited |= assignments is None or at.isin(_keys(assignments, key))
    n = n.reindex(at, fill_value=0).to_numpy()
    known = [n > 0, declined, invited]
    found = np.select(known, ["given", "declined", "missing"], "not_invited")
    return whole.assign(status=found, n=n)


def double_sources(scheme: Scheme) -> list[str]:
    """Indicators of surveys and reviews that carry weight beside evaluations by customers.

    The same opinions would count twice. Empty if customers do not evaluate with weight.
    """
    weighted = {kind for (kind, _), weight in judged_weights(scheme).items() if weight}
    if not weighted & {*scheme.types_like(CUSTOMER)}:
        return []
    return [
        name
        for name in dict.fromkeys(scheme.indicators)
        if name in INDICATORS and ASKED_OF_CUSTOMERS & {*tables_of(INDICATORS[name])}
    ]


def judged_weights(scheme: Scheme) -> dict[tuple[str, str], float]:
    """Per cent of the score that each type of evaluator has on each criterion, if none is missing.

    Types and criteria that are not in the score are not in it.
    """
    weights: dict[tuple[str, str], float] = {}
    for judged, weight in _nominal(scheme.score, 100.0, None):
        weights[judged] = weights.get(judged, 0.0) + weight
    return weights


def _nominal(
    parts: tuple[Part, ...], budget: float, above: str | None
) -> Iterator[tuple[tuple[str, str], float]]:
    """Type and criterion of each judged leaf, with its part of the budget."""
    weighted = [part for part in parts if not part.after_weighting]
    whole = sum(part.share for part in weighted) or 1.0
    for part in weighted:
        mine, kind = budget * part.share / whole, part.evaluator or above
        if part.criterion and kind:
            yield (kind, part.criterion), mine
        yield from _nominal(part.parts, mine, kind)


def _keys(rows: DataFrame, key: list[str]) -> pd.MultiIndex:
    return pd.MultiIndex.from_frame(rows[key])


def asked_criteria(scheme: Scheme) -> Iterator[tuple[str, str]]:
    """Each type with each criterion that it is asked for, in the order of the scheme."""
    criteria = [criterion.id for criterion in scheme.criteria]
    judged = list(judged_weights(scheme))
    for kind in scheme.evaluators:
        in_score = {name for type, name in judged if type == kind.type}
        asked = in_score or set(kind.focus).intersection(criteria) or set(criteria)
        yield from ((kind.type, name) for name in criteria if name in asked)


def _weighted_though_not_scored(scheme: Scheme) -> Iterator[Problem]:
    roles = {kind.type: kind.role.value for kind in scheme.evaluators}
    for (kind, criterion), weight in judged_weights(scheme).items():
        if weight and roles[kind] != "scored":
            found = f"'{kind}' has {weight:g} % of the score by '{criterion}'"
            advice = f"its role is {roles[kind]}: give it weight 0, or the role scored"
            yield Problem(f"scheme '{scheme.id}': evaluators", found, advice)


def _problems(given: DataFrame, scheme: Scheme, where: str) -> Iterator[Problem]:
    types = {kind.type for kind in scheme.evaluators}
    known = {"evaluator_type": types, "criterion_id": {row.id for row in scheme.criteria}}
    for column, names in known.items():
        for name in sorted({*given[column].unique()} - names):
            rows = given.index[given[column] == name]
            found = f"'{name}' in {len(rows)} rows is not in scheme '{scheme.id}'"
            advice = f"it takes {', '.join(sorted(names))}"
            yield Problem(where, found, advice, rows.min(), column)
    yield from _off_the_scale(given, scheme, where)
    yield from _contradictory(given, where)


def _off_the_scale(given: DataFrame, scheme: Scheme, where: str) -> Iterator[Problem]:
    for criterion in scheme.criteria:
        low, high = criterion.scale.value
        mine = given[given["criterion_id"] == criterion.id]
        for row in _sorted(mine[(mine["score"] < low) | (mine["score"] > high)]):
            found = f"{_named(row)} is {row['score']:g} for '{criterion.id}'"
            yield Problem(where, found, f"its scale is {low:g} to {high:g}", row[ROW], "score")


def _contradictory(given: DataFrame, where: str) -> Iterator[Problem]:
    """People who rate themselves as others, declined scores, and scores of unknown order."""
    own = (given["employee_id"] == given["evaluator_id"]) & (given["evaluator_type"] != "self")
    for row in _sorted(given[own].drop_duplicates("employee_id")):
        found = f"'{row['employee_id']}' rates himself or herself as another type than self"
        yield Problem(where, found, "give it evaluator_type self", row[ROW], "evaluator_id")
    if "status" in given:
        for row in _sorted(given[given["status"].isin(["declined", "missing"])]):
            found = f"{_named(row)} is {row['status']}, but has the score {row['score']:g}"
            yield Problem(where, found, "leave the score empty, or the status", row[ROW], "status")
    rounds, key = with_rounds(given), [*ONE_SCORE, "round"]
    twice = rounds[rounds.duplicated(key, keep=False)]
    if "submitted_at" in twice:
        same = twice.duplicated([*key, "submitted_at"], keep=False)
        twice = twice[same | twice["submitted_at"].isna()]
    for row in _sorted(twice.sort_values([*key, "score"]).drop_duplicates(key)):
        found = f"{_named(row)} on '{row['criterion_id']}' is there again in round {row['round']}"
        yield Problem(where, found, "tell by submitted_at or round which one is the last", row[ROW])


def _sorted(rows: DataFrame) -> list[dict[str, Any]]:
    """The rows in the order of what they are about, each with its number in the file."""
    if rows.empty:
        return []
    return rows.sort_values([*ONE_SCORE, "score"]).assign(**{ROW: rows.index}).to_dict("records")


def _named(row: dict[str, object]) -> str:
    """An evaluation as a message names it, so that somebody finds it in the file."""
    name, pair = row.get("evaluation_id"), f"'{row['evaluator_id']}' of '{row['employee_id']}'"
    return f"the evaluation by {pair}" if pd.isna(name) else f"evaluation '{name}' by {pair}"
