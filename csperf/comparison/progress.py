"""Whether there truly was progress since guidance: the true score it takes, draw by draw."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from pandas import DataFrame

from csperf.appraisal.guidance import guided
from csperf.appraisal.outcomes import holds
from csperf.comparison.drawn import truths
from csperf.comparison.ranks import DRAWS
from csperf.scheme import Rule, Scheme


def progress_from(
    rule: Rule,
    employees: list[str],
    past: DataFrame,
    known: DataFrame,
    scheme: Scheme,
    records: Mapping[str, DataFrame],
    seed: int,
) -> DataFrame:
    """True score of this cycle from which on there is clear progress since the guidance.

    Parameters
    ----------
    rule : Rule
        One with after and no_progress_of.
    past : DataFrame
        Earlier scores (`earlier_scores`) of one length.
    known : DataFrame
        The same people in earlier cycles with group, score and se, as `truths` draws them.
    records : mapping
        Input tables; sign_offs and interviews say which guidance took place.

    Returns
    -------
    DataFrame
        A row a draw, a column an employee; lower than any score where there truly was progress in a
        cycle between, unknown where the error of one of the scores is.
    """
    first = next(each for each in scheme.rules if each.id == rule.when.after)
    mine = past[past["employee_id"].isin(employees)]
    given = guided(mine.assign(held=holds(first, mine, scheme)), first.id, records)
    since = mine.loc[mine["score"].notna(), ["employee_id", "cycle_id"]]
    since = since[since["cycle_id"] >= since["employee_id"].map(given["cycle_id"])]
    drawn = _drawn(since, known, seed)
    points = rule.when.no_progress_of.value if rule.when.no_progress_of else 0.0
    unknown, found = np.full(DRAWS, np.nan), {}
    for employee, cycles in since.groupby("employee_id")["cycle_id"]:
        start, *later = (drawn.get((employee, at), unknown) for at in sorted(cycles))
        best = np.max([np.where(np.isnan(start), np.nan, -np.inf), *later], axis=0)
        reached = np.where(best - start >= points, -np.inf, start + points)
        found[employee] = np.where(np.isnan(best), np.nan, reached)
    return DataFrame(found, index=range(DRAWS))


def _drawn(
    asked: DataFrame, known: DataFrame, seed: int
) -> dict[tuple[str, str], NDArray[np.float32]]:
    """Draws of the true score of each employee in each cycle that is asked for, if it has an se."""
    rows = asked.merge(known[known["se"].notna()], on=["employee_id", "cycle_id"])
    found: dict[tuple[str, str], NDArray[np.float32]] = {}
    for name, mine in rows.groupby("group"):
        people = known[known["group"] == name].sort_values("employee_id", ignore_index=True)
        if people["se"].notna().sum() < 2:
            continue
        columns = people.index[people["employee_id"].isin(mine["employee_id"])]
        truth = np.concatenate([block[:, columns] for block in truths(people, seed)])
        keys = people.loc[columns, ["employee_id", "cycle_id"]].itertuples(index=False, name=None)
        found |= {key: np.resize(each, DRAWS) for key, each in zip(keys, truth.T, strict=True)}
    return found
