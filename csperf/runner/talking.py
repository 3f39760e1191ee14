"""Talks about results: the tables of a department, and a page a person for the superior."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd
from pandas import DataFrame

from csperf.appraisal.corrections import corrected
from csperf.appraisal.proposing import report_day
from csperf.appraisal.renaming import under_ids_of_today
from csperf.comparison.cycles import reservation
from csperf.params import Cycle, Params, load_params
from csperf.pipeline import Appraisals, zone_of
from csperf.practice.feedback import (
    feedback_grid,
    interview_tracking,
    talk_standing,
    talks_in_order,
)
from csperf.reporting.interview import interview_pages
from csperf.reporting.opening import TeamView
from csperf.sources import Tables, read_tables
from csperf.tables import INPUT_TABLES, OUTPUT_TABLES

WHO = ("employees", "corrections")
ABOUT = ("interviews", "interview_ratings", "improvement_plans")
DECIDED = ["employee_id", "decided_at"]


def talk_tables(
    params: Params, department: str, result: Appraisals, history: DataFrame, cycle: Cycle
) -> dict[str, DataFrame]:
    """The record tables feedback and interview_tracking.

    `history` is under the ids of today, with this cycle in it or not.
    """
    unit = params.department(department)
    scheme, told = params.scheme(unit), result.records
    given = _given(params, department)
    interviews, ratings = (_rows(given, name) for name in ("interviews", "interview_ratings"))
    known = whole_cycles(history)
    grid = feedback_grid(result.appraisals, known, told["results_summary"], scheme, cycle)
    order = talks_in_order(grid, told["interviews_due"], told["plans_owed"])
    standing = talk_standing(
        order["employee_id"],
        interviews,
        _decided(result),
        scheme,
        cycle,
        unit.exported_on or report_day(scheme, cycle),
        zone_of(params, unit),
    )
    whole = order.merge(grid, on="employee_id").merge(standing, on="employee_id")
    tracked = interview_tracking(
        whole, ratings[ratings["cycle_id"] == cycle.id], params.privacy.smallest_source
    )
    stamp = {"cycle_id": cycle.id, "department_id": department}
    found = {"feedback": whole, "interview_tracking": tracked}
    return {name: OUTPUT_TABLES[name].arrange(rows.assign(**stamp)) for name, rows in found.items()}


def whole_cycles(history: DataFrame) -> DataFrame:
    """The history without cycles in or just before which the department's records begin.

    A change since such a cycle may mean nothing else, so that nobody's trend is told by it.
    """
    begun = [
        id
        for id, rows in history.groupby("cycle_id")
        if not reservation(rows, Cycle.parse(str(id)))
    ]
    return history[history["cycle_id"].isin(begun)]


def interviews(view: TeamView, parameters: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Each person of a team with whom to talk, with the HTML of the page for the talk.

    `parameters` are those of the team's notebooks.
    """
    params = load_params(parameters["params_file"], parameters["language"] or None)
    given = _given(params, parameters["department"])
    return interview_pages(view, given, params.privacy.smallest_source)


def _given(params: Params, department: str) -> Tables:
    """What people wrote down about talks and plans, as corrected, under the ids of today."""
    unit = params.department(department)
    about = [name for name in ABOUT if name in unit.sources]
    if not about:
        return Tables({})
    tables = read_tables(params, department, [*about, *(n for n in WHO if n in unit.sources)])
    if "corrections" in tables:
        rows = tables["corrections"]
        tables = corrected(tables, rows[rows["table"].isin(about)], zone_of(params, unit))
    return under_ids_of_today(tables)


def _rows(given: Tables, name: str) -> DataFrame:
    table = INPUT_TABLES[name]
    return table.arrange(given[name]) if name in given else table.empty()


def _decided(result: Appraisals) -> DataFrame:
    """When results were confirmed or changed, on grades and on proposals."""
    frames = [result.records["grade_decisions"], result.proposals]
    rows = [frame[frame["decision"].isin(["confirmed", "changed"])] for frame in frames]
    return pd.concat([frame[DECIDED] for frame in rows], ignore_index=True)
