"""What is shown of evaluators who were promised that nobody is told what a single one gave.

`anonymous` is {type of evaluator: from how many its scores are shown}, as schemes say it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import pandas as pd
from pandas import DataFrame, Series

from csperf.calibration.differences import evaluator_differences, given_scores
from csperf.calibration.peers import reciprocal_extremes
from csperf.names import pseudonym

CONTENT = [
    "cycle_id",
    "employee_id",
    "evaluator_type",
    "evaluator_id",
    "criterion_id",
    "score",
]
ONE_MEAN = ["employee_id", "evaluator_type", "criterion_id"]


def under_pseudonyms(evaluations: DataFrame, anonymous: Mapping[str, int]) -> DataFrame:
    """Evaluations of a cycle, in which who could be told by what he or she gave has another name.

    That is who was promised anonymity and rated fewer people than it takes to show scores of the
    type: a mean of one or two forms is no more than what was given to one or two people.

    Notes
    -----
    The key of the pseudonyms is the evaluations themselves: who has it knows already what everybody
    gave, no output tells it, the same input gives the same names, and another cycle has others.
    """
    one = ["evaluator_type", "evaluator_id"]
    given = given_scores(evaluations)
    people = given.groupby(one)["employee_id"].nunique()
    known = people.reindex(pd.MultiIndex.from_frame(evaluations[one])).fillna(0)
    few = known.to_numpy() < evaluations["evaluator_type"].map(anonymous).fillna(0).to_numpy()
    if not few.any():
        return evaluations
    key = secret(evaluations)
    rows = evaluations.loc[few, one].drop_duplicates()
    names = {(kind, id): pseudonym(id, key + kind.encode()) for kind, id in rows.to_numpy()}
    pairs = zip(evaluations["evaluator_type"], evaluations["evaluator_id"], strict=True)
    told = [names.get(pair, pair[1]) for pair in pairs]
    return evaluations.assign(evaluator_id=Series(told, index=evaluations.index, dtype="str"))


def shown_differences(evaluations: DataFrame, anonymous: Mapping[str, int]) -> DataFrame:
    """The table `evaluator_differences`, without those that tell what one gave to a person or two.

    `evaluations` are as `under_pseudonyms` gives them.
    """
    found = evaluator_differences(evaluations)
    few = found["n"] < found["evaluator_type"].map(anonymous).fillna(0).astype("int64")
    return found.assign(difference=found["difference"].mask(few))


def enough_to_show(evaluations: DataFrame, anonymous: Mapping[str, int]) -> DataFrame:
    """The evaluations without the scores of types that too few gave to a person."""
    least = evaluations["evaluator_type"].map(anonymous).fillna(0).astype("int64")
    n = evaluations.groupby(ONE_MEAN)["evaluator_id"].transform("nunique")
    return evaluations[n.astype("int64") >= least]  # of no rows pandas makes a text


def shown_pairs(evaluations: DataFrame, anonymous: Mapping[str, int]) -> DataFrame:
    """The pairs of `reciprocal_extremes`; those promised anonymity without names and points.

    `evaluations` are under the ids that people have, who are evaluators and employees at once.
    """
    found = reciprocal_extremes(evaluations)
    hidden = evaluations[evaluations["evaluator_type"].isin(anonymous)]
    forms = set(zip(hidden["evaluator_id"], hidden["employee_id"], strict=True))
    pairs = zip(found["evaluator_id"], found["other_id"], strict=True)
    secret = [bool({(one, other), (other, one)} & forms) for one, other in pairs]
    names = ["evaluator_id", "other_id", "given", "returned"]
    return found.assign(**{name: found[name].mask(Series(secret, dtype=bool)) for name in names})


def secret(evaluations: DataFrame) -> bytes:
    """A key for pseudonyms: a hash of who gave what to whom, whatever the order of the rows."""
    rows = evaluations[CONTENT].sort_values(CONTENT, ignore_index=True)
    return hashlib.sha256(rows.to_csv(index=False).encode()).digest()
