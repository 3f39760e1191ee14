"""Evaluators who grow harsher or milder over the cycles."""

from __future__ import annotations

import numpy as np
import pandas as pd
from pandas import DataFrame
from scipy import stats

from csperf.calibration.adjust import adjust
from csperf.indicators.intervals import Z, false_discoveries
from csperf.params import Cycle

FALSE, LEAST = 0.01, 3
COLUMNS = [
    "evaluator_type",
    "evaluator_id",
    "per_cycle",
    "low",
    "high",
    "n_cycles",
    "p_value",
    "p_adjusted",
    "flag",
]


def severity_drift(
    evaluations: DataFrame,
    scales: dict[str, tuple[float, float]] | None = None,
    false: float = FALSE,
) -> DataFrame:
    """By how many points of 100 a cycle evaluators grow harsher, beside the others of their type.

    Parameters
    ----------
    evaluations : DataFrame
        Rows of several cycles of one length: cycle_id, employee_id, evaluator_id, evaluator_type,
        criterion_id, score.
    scales : dict, optional
        {criterion_id: (lowest, highest score)}; 0 to 100 if left out.

    Returns
    -------
    DataFrame
        A row an evaluator with a severity in three cycles or more: evaluator_type, evaluator_id,
        per_cycle, its 95 % interval low and high, n_cycles, p_value, p_adjusted, flag (harsher,
        milder or empty).

    Notes
    -----
    Weighted least squares of each cycle's severity (`adjust`) on the cycle's number. Severity is
    relative to the others, so that a change of all evaluators together cannot be seen.
    """
    names = sorted(evaluations["cycle_id"].unique(), key=lambda id: Cycle.parse(id).start)
    tables = []
    for place, cycle in enumerate(names):
        found = adjust(evaluations[evaluations["cycle_id"] == cycle], scales).evaluators
        tables.append(found[found["status"] == "ok"].assign(place=float(place)))
    known = pd.concat(tables, ignore_index=True)
    rows = [
        (*key, *_slope(mine))
        for key, mine in known.groupby(["evaluator_type", "evaluator_id"])
        if len(mine) >= LEAST
    ]
    table = DataFrame(rows, columns=COLUMNS[:-2])
    if table.empty:
        return table.assign(p_adjusted=[], flag=[])
    adjusted = false_discoveries(table["p_value"])
    word = np.where(table["per_cycle"] > 0, "harsher", "milder")
    return table.assign(p_adjusted=adjusted, flag=np.where(adjusted < false, word, ""))


def _slope(mine: DataFrame) -> tuple[float, float, float, int, float]:
    """Slope of severity over cycles with its interval; the error is at least that of the points."""
    weight = 1 / mine["se"].to_numpy() ** 2
    place, severity = mine["place"].to_numpy(), mine["severity"].to_numpy()
    off = place - np.average(place, weights=weight)
    spread = (weight * off**2).sum()
    slope = (weight * off * severity).sum() / spread
    left = severity - np.average(severity, weights=weight) - slope * off
    df = len(mine) - 2
    wider = max((weight * left**2).sum() / df, 1.0)
    se = np.sqrt(wider / spread)
    half = Z * se
    p = 2 * stats.norm.sf(abs(slope / se))
    return float(slope), float(slope - half), float(slope + half), len(mine), float(p)
