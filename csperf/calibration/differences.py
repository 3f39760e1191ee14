"""Evaluators held against one another on the employees that both rated.

This is the plain look: mean differences with intervals, and who cannot be compared. It says nothing
of consistency or of evaluators who share nobody but are linked through others.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from pandas import DataFrame

from csperf.calibration.door import (
    as_numbers,
    number_problems,
    plain,
    read_scores,
    uncategorised,
)
from csperf.calibration.ratings import coded, subsets
from csperf.errors import InputError, Problem
from csperf.indicators.intervals import student
from csperf.tables import OUTPUT_TABLES

ENOUGH = 3
OWN_VIEW = "self"
CYCLE = "cycle_id"
ONE_EVALUATOR = ["cycle_id", "evaluator_type", "evaluator_id"]
RATED = ("employee_id", "evaluator_id", "evaluator_type", "criterion_id")
ONE_SCORE = ["cycle_id", "employee_id", "evaluator_id", "evaluator_type", "criterion_id"]


def evaluator_differences(evaluations: DataFrame) -> DataFrame:
    """Mean differences of every two evaluators of a type, on common employees and criteria.

    Parameters
    ----------
    evaluations : DataFrame
        cycle_id, employee_id, evaluator_id, evaluator_type, criterion_id, score, and if known
        round, of which the last counts. Cycles are kept apart. Self-evaluations are left out:
        nobody else rates as that person.

    Returns
    -------
    DataFrame
        The table evaluator_differences: difference (points) is the mean of the second evaluator
        minus that of the first, so positive means that the first is harsher; low and high are its
        95 % t interval over n common employees. With fewer than three of them there is no interval
        (`too_few`), with none no difference (`no_common_employee`).
    """
    groups = given_scores(evaluations, [CYCLE]).groupby(["cycle_id", "evaluator_type"])
    rows = [
        _pair(cycle, kind, first, second, scores)
        for (cycle, kind), scores in groups
        for first, second in combinations(sorted(scores["evaluator_id"].unique()), 2)
    ]
    table = OUTPUT_TABLES["evaluator_differences"]
    return table.arrange(DataFrame(rows)) if rows else table.empty()


def evaluator_overview(evaluations: DataFrame) -> DataFrame:
    """What each evaluator gave, and the subset that he or she can be compared within.

    Returns
    -------
    DataFrame
        The table evaluator_overview. Evaluators in different subsets share no employee, not even
        through others: the severity of the one cannot be told from the quality of the people of
        the other.
    """
    given = given_scores(evaluations, [CYCLE])
    if given.empty:
        return OUTPUT_TABLES["evaluator_overview"].empty()
    found = given.groupby(ONE_EVALUATOR, as_index=False).agg(
        n_employees=("employee_id", "nunique"),
        n_scores=("score", "size"),
        mean=("score", "mean"),
        sd=("score", "std"),
    )
    groups = given.groupby(["cycle_id", "evaluator_type"])
    linked = pd.concat([_subsets(scores) for _, scores in groups])
    whole = found.merge(linked, on=ONE_EVALUATOR, how="left")
    return OUTPUT_TABLES["evaluator_overview"].arrange(whole)


def given_scores(evaluations: DataFrame, also: Sequence[str] = ()) -> DataFrame:
    """Scores by others than the person rated; of several the last round, and the last handed in.

    InputError for what cannot be read (`door.read_scores`); `also` are further columns of ids.
    """
    whole = whole_scores(evaluations, also)
    given = whole[whole["score"].notna() & (whole["evaluator_type"] != OWN_VIEW)]
    one = [name for name in ONE_SCORE if name in given]
    for name in ("submitted_at", "round"):  # the last one decides
        if name not in given:
            continue
        try:
            given = given.sort_values(name, kind="stable", na_position="first")
        except TypeError as error:
            advice = "give all as times, or all as text"
            problem = Problem("evaluations", "times that have no order", advice, column=name)
            raise InputError(problem) from error
    return given.drop_duplicates(one, keep="last").sort_index()


def whole_scores(evaluations: DataFrame, also: Sequence[str] = ()) -> DataFrame:
    """The evaluations with scores as numbers, rounds (the first if unknown), and plain ids."""
    columns = (*RATED, *also)
    numbers = {"score": read_scores(evaluations, columns)}
    if "round" in evaluations:
        rounds = uncategorised(evaluations["round"])
        if problems := list(number_problems(rounds, "round")):
            raise InputError(problems)
        numbers["round"] = np.nan_to_num(as_numbers(rounds), nan=1.0)
    known = [name for name in (*columns, "submitted_at") if name in evaluations]
    return evaluations.assign(**{name: plain(evaluations[name]) for name in known}, **numbers)


def _pair(cycle: str, kind: str, first: str, second: str, scores: DataFrame) -> dict[str, object]:
    wide = scores.pivot_table(
        index=["employee_id", "criterion_id"], columns="evaluator_id", values="score"
    )
    both = wide[[first, second]].dropna()
    differences = (both[second] - both[first]).groupby("employee_id").mean()
    n = len(differences)
    mean = differences.mean() if n else np.nan
    se = differences.std() / np.sqrt(n) if n >= ENOUGH else np.nan
    low, high = student(mean, se, n)
    return {
        "cycle_id": cycle,
        "evaluator_type": kind,
        "evaluator_id": first,
        "other_id": second,
        "n": n,
        "difference": mean,
        "low": float(low),
        "high": float(high),
        "status": "ok" if n >= ENOUGH else "too_few" if n else "no_common_employee",
    }


def _subsets(scores: DataFrame) -> DataFrame:
    """Connected parts of the network of evaluators and the employees they rated."""
    ratings = coded(scores, ("evaluator_id", "employee_id"))
    first = scores.iloc[0]
    return DataFrame(
        {
            "cycle_id": first["cycle_id"],
            "evaluator_type": first["evaluator_type"],
            "evaluator_id": ratings.ids[0],
            "subset": subsets(ratings)[0],
        }
    )
