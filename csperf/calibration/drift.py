"""Evaluators who grow harsher or milder over the cycles."""

from __future__ import annotations

import numpy as np
import pandas as pd
from pandas import DataFrame, Series
from scipy import stats

from csperf.calibration.adjust import TOLD, adjust
from csperf.calibration.differences import CYCLE, whole_scores
from csperf.calibration.linear import DUST, noticed
from csperf.errors import InputError, Problem, shown
from csperf.indicators.intervals import Z, false_discoveries
from csperf.params import Cycle

FALSE, LEAST = 0.01, 3
COLUMNS = {
    **dict.fromkeys(("evaluator_type", "evaluator_id"), "object"),
    **dict.fromkeys(("per_cycle", "low", "high"), "float64"),
    "n_cycles": "int64",
    **dict.fromkeys(("p_value", "p_adjusted"), "float64"),
    "flag": "str",
}


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

    Raises
    ------
    InputError
        For evaluations that no model can read, and cycles that are none.

    Notes
    -----
    Weighted least squares of each cycle's severity (`adjust`) on the cycle's number. Severity is
    relative to the others, so that a change of all evaluators together cannot be seen.
    """
    whole = whole_scores(evaluations, [CYCLE])
    whole = whole[whole["score"].notna()]
    tables = []
    for place, cycle in enumerate(_in_order(whole[CYCLE])):
        found = adjust(whole[whole[CYCLE] == cycle], scales).evaluators
        tables.append(found[found["status"].isin(TOLD)].assign(place=float(place)))
    rows = []
    if tables:
        known = pd.concat(tables, ignore_index=True)
        known["se"] = known.groupby("evaluator_type")["se"].transform(noticed)
        rows = [
            (*key, *_slope(mine))
            for key, mine in known.groupby(["evaluator_type", "evaluator_id"])
            if len(mine) >= LEAST
        ]
    table = DataFrame(rows, columns=[*COLUMNS][:-2])
    adjusted = false_discoveries(table["p_value"])
    word = np.where(table["per_cycle"] > 0, "harsher", "milder")
    flag = np.where(adjusted < false, word, "")
    return table.assign(p_adjusted=adjusted, flag=flag).astype(COLUMNS)


def _in_order(cycles: Series) -> list[object]:
    """The cycles of evaluations, the first one first."""
    starts = {}
    for cycle in cycles.unique():
        try:
            starts[cycle] = Cycle.parse(str(cycle)).start
        except InputError as error:
            advice = error.problems[0].expected
            found = f"{shown(cycle)} is no cycle"
            raise InputError(Problem("evaluations", found, advice, column=CYCLE)) from error
    return sorted(starts, key=lambda cycle: starts[cycle])


def _slope(mine: DataFrame) -> tuple[float, float, float, int, float]:
    """Slope of severity over cycles with its interval; the error is at least that of the points.

    Where no noise was seen in any cycle, it is that of the points around the line; where they all
    lie on it there is no interval.
    """
    noise = mine["se"].to_numpy()
    weight = 1 / noise**2 if noise.any() else np.ones(len(mine))
    place, severity = mine["place"].to_numpy(), mine["severity"].to_numpy()
    off = place - np.average(place, weights=weight)
    spread = (weight * off**2).sum()
    slope = (weight * off * severity).sum() / spread
    left = severity - np.average(severity, weights=weight) - slope * off
    df = len(mine) - 2
    wider = max((weight * left**2).sum() / df, float(noise.any()))
    se = np.sqrt(wider / spread) if wider > DUST**2 else np.nan
    half = Z * se
    p = 2 * stats.norm.sf(abs(slope / se))
    return float(slope), float(slope - half), float(slope + half), len(mine), float(p)
