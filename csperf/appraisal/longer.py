"""Longer periods: the score of a quarter, half-year or year out of the cycles that lie in it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from pandas import DataFrame

from csperf.appraisal.history import SCORE
from csperf.errors import InputError, Problem
from csperf.params import Cycle
from csperf.scheme import Scheme

CYCLES = {
    "monthly": tuple(f"{month:02}" for month in range(1, 13)),
    "quarterly": ("Q1", "Q2", "Q3", "Q4"),
    "mid_year": ("H1", "H2"),
    "annual": (),
}
COLUMNS = {
    "employee_id": "str",
    "team_id": "str",
    "score": "float64",
    "cycles": "int64",
    "needed": "int64",
    "reason": "str",
}


def longer_scores(history: DataFrame, scheme: Scheme, period: Cycle) -> DataFrame:
    """Scores of a longer period, built as `longer.built` of the scheme says.

    Parameters
    ----------
    history : DataFrame
        Rows of the history table; the scores of this scheme's cycles within the period count.

    Returns
    -------
    DataFrame
        A row for everyone with a score in one of the cycles: employee_id, team_id (the latest),
        score (points), cycles (with a score), needed (cycles of the period), reason (why there is
        no score). No rows for a scheme that appraises longer periods by themselves.

    Raises
    ------
    InputError
        If no cycle of the scheme's kind lies within the period, or a person has two scores in one.
    """
    longer = scheme.longer
    if longer is None or longer.built.value == "separate_appraisal":
        return DataFrame(columns=list(COLUMNS)).astype(COLUMNS)
    cycles = cycles_within(period, scheme)
    rows = _scored(history, scheme, cycles)
    weight = _weights(rows, cycles, longer.built.value)
    summed = rows.assign(points=rows["value"] * weight, weight=weight).groupby("employee_id")
    people = summed.agg(
        team_id=("team_id", "last"),
        points=("points", "sum"),
        weight=("weight", "sum"),
        cycles=("value", "size"),
    )
    share = longer.min_share_pct.value
    enough = 100 * people["cycles"] >= share * len(cycles)
    lacking = [f"{n} of {len(cycles)} cycles, fewer than {share:g} %" for n in people["cycles"]]
    whole = people.assign(
        score=(people["points"] / people["weight"]).where(enough),
        needed=len(cycles),
        reason=pd.Series(lacking, index=people.index, dtype="str").mask(enough),
    )
    return whole.reset_index()[list(COLUMNS)].astype(COLUMNS)


def cycles_within(period: Cycle, scheme: Scheme) -> list[Cycle]:
    """Cycles of the scheme's kind that lie in a longer period; InputError if there are none."""
    year = [Cycle.parse(f"{period.start.year}-{name}") for name in CYCLES[scheme.cycle]]
    inside = [
        cycle
        for cycle in year
        if period.start <= cycle.start and cycle.end <= period.end and cycle.id != period.id
    ]
    if not inside:
        found = f"no {scheme.cycle} cycle of scheme '{scheme.id}' lies within it"
        raise InputError(Problem(f"period {period.id}", found, "name a longer one"))
    return inside


def once_a_cycle(rows: DataFrame) -> DataFrame:
    """The rows; InputError if a person has two of one cycle.

    `rows` has employee_id and cycle_id.
    """
    twice = rows[rows.duplicated(["employee_id", "cycle_id"])]
    if not twice.empty:
        pairs = sorted(set(zip(twice["employee_id"], twice["cycle_id"], strict=True)))
        raise InputError(
            Problem("history", f"employee '{person}' stands twice in {cycle}", "keep one row")
            for person, cycle in pairs
        )
    return rows


def _scored(history: DataFrame, scheme: Scheme, cycles: list[Cycle]) -> DataFrame:
    """Score rows of the cycles, those of a person in the order of time."""
    mine = (history["quantity_id"] == SCORE) & (history["scheme_id"] == scheme.id)
    within = mine & history["cycle_id"].isin([cycle.id for cycle in cycles])
    rows = once_a_cycle(history[within].dropna(subset="value"))
    return rows.sort_values(["employee_id", "cycle_id"], ignore_index=True)


def _weights(rows: DataFrame, cycles: list[Cycle], built: str) -> pd.Series:
    """How much each score counts for its person."""
    if built == "weighted_by_days":
        return rows["cycle_id"].map({cycle.id: cycle.days for cycle in cycles}).astype("float64")
    if built == "last":
        later = rows.groupby("employee_id").cumcount(ascending=False)
        return (later == 0).astype("float64")
    return pd.Series(np.ones(len(rows)), index=rows.index)
