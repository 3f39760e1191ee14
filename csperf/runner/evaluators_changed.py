"""Teams that other people evaluated than in the cycle before."""

from __future__ import annotations

import pandas as pd
from pandas import DataFrame

from csperf.appraisal.evaluation import judged_weights
from csperf.appraisal.history import SCORE
from csperf.calibration.severity_change import severity_changes
from csperf.comparison.cycles import earlier_cycles
from csperf.fair import is_for_hr_only
from csperf.params import Cycle, Department, Params
from csperf.reporting.evaluations import evaluations_in_points
from csperf.scheme import Scheme
from csperf.tables import OUTPUT_TABLES

SHARED = ["employee_id", "team_id"]


def evaluators_changed(
    params: Params, unit: Department, appraisals: DataFrame, history: DataFrame, cycle: Cycle
) -> DataFrame:
    """The record table severity_changes of a department, since the latest cycle of its length."""
    table, baselines = OUTPUT_TABLES["severity_changes"], earlier_cycles(history, cycle)
    if "evaluations" not in unit.sources or not baselines:
        return table.empty()
    scheme, baseline = params.scheme(unit), baselines[0]
    weights = _weights(appraisals, history, scheme, cycle, baseline)
    found = severity_changes(evaluations_in_points(params, unit), weights, cycle.id, baseline.id)
    if found.empty:
        return table.empty()
    if is_for_hr_only(scheme):
        found = found.assign(explained=float("nan"), low=float("nan"), high=float("nan"))
        found = found.assign(status="with_hr")
    stamp = {"cycle_id": cycle.id, "department_id": unit.id, "baseline_id": baseline.id}
    return table.arrange(found.assign(**stamp))


def _weights(
    appraisals: DataFrame, history: DataFrame, scheme: Scheme, cycle: Cycle, baseline: Cycle
) -> DataFrame:
    """What counts in the score of who has one in both cycles, in the same team."""
    scores = history[(history["quantity_id"] == SCORE) & history["value"].notna()]
    now, then = (scores.loc[scores["cycle_id"] == each.id, SHARED] for each in (cycle, baseline))
    stayed = now.merge(then).merge(appraisals[["employee_id", "role"]], on="employee_id")
    named = {
        role: judged_weights(scheme.for_role(None if pd.isna(role) else str(role)))
        for role in stayed["role"].unique()
    }
    rows = [
        (row.employee_id, row.team_id, kind, criterion, weight)
        for row in stayed.itertuples()
        for (kind, criterion), weight in named[row.role].items()
    ]
    return DataFrame(rows, columns=[*SHARED, "evaluator_type", "criterion_id", "weight"])
