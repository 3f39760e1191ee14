"""Points of the cycle before, by today's scheme: what of it is kept."""

from __future__ import annotations

import pandas as pd
from pandas import DataFrame

from csperf.appraisal.eligibility import FRONT_LINE
from csperf.appraisal.evaluation import combine_evaluations
from csperf.appraisal.judging import comparison_groups, counted_means
from csperf.appraisal.roles import score_people
from csperf.appraisal.statements import shown_components
from csperf.appraisal.streaks import of_length
from csperf.params import Cycle
from csperf.scheme import Scheme
from csperf.tables import INPUT_TABLES

NOW = ["role", "role_shares", "level_group", "working_time"]


def points_before(
    people: DataFrame,
    history: DataFrame | None,
    evaluations: DataFrame,
    scheme: Scheme,
    cycle: Cycle,
) -> DataFrame | None:
    """Points of the components in the latest cycle of this length before this one.

    They are computed again from the indicators that the history keeps and the evaluations of that
    cycle; roles and working time are those of today.

    Parameters
    ----------
    people : DataFrame
        employee_id, role, level_group, and if known role_shares and working_time.
    history : DataFrame or None
        The history table.
    evaluations : DataFrame
        The input table, of all cycles.

    Returns
    -------
    DataFrame or None
        As `score_people` returns them, without what too few evaluators said; None if no earlier
        cycle is known, or if it was judged by another version of the scheme.
    """
    rows = _latest(history, cycle)
    last = rows[(rows["quantity_id"] == "score") & rows["value"].notna()]
    judged_by = set(zip(rows["scheme_id"], rows["scheme_version"], strict=True))
    if last.empty or judged_by != {(scheme.id, scheme.version)}:
        return None
    today = people.set_index("employee_id").reindex(columns=NOW)
    then = last[["employee_id", "team_id"]].join(today, on="employee_id").assign(eligible=True)
    then["level_group"] = then["level_group"].fillna(FRONT_LINE)
    then["working_time"] = then["working_time"].astype("float64").fillna(1.0)
    then = then.reset_index(drop=True)
    groups = comparison_groups(then, scheme, "department")
    values = rows[(rows["quantity_id"] != "score") & rows["employee_id"].isin(then["employee_id"])]
    values = values[values["week"].isna()].rename(columns={"quantity_id": "indicator_id"})
    given = INPUT_TABLES["evaluations"].arrange(evaluations)
    given = given[given["cycle_id"].isin(rows["cycle_id"])]
    by_type = combine_evaluations(given, scheme) if scheme.evaluators else None
    counted = None if by_type is None else counted_means(by_type, scheme)
    scores = score_people(then.assign(group=groups), values, scheme, counted)
    return shown_components(scores, scheme, by_type)


def _latest(history: DataFrame | None, cycle: Cycle) -> DataFrame:
    """Rows of the latest cycle of this length that ended before this one began."""
    if history is None or history.empty:
        return DataFrame(columns=["quantity_id", "value", "scheme_id", "scheme_version"])
    past = of_length(history, cycle)
    ends = past["cycle_id"].map({id: Cycle.parse(id).end for id in past["cycle_id"].unique()})
    before = past[pd.to_datetime(ends) <= pd.Timestamp(cycle.start)]
    return before[before["cycle_id"] == before["cycle_id"].max()]
