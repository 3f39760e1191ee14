"""What a report is about: one team of one cycle, or all evaluators of one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from pandas import DataFrame

from csperf.appraisal.renaming import under_ids_of_today
from csperf.calibration import Calibration, calibrate
from csperf.errors import InputError, Problem
from csperf.names import history_file
from csperf.params import Cycle, Department, Params, load_params
from csperf.pipeline import Appraisals, appraise_department
from csperf.reporting.text import Messages
from csperf.scheme import Scheme
from csperf.sources import Tables, read_tables
from csperf.tables import INPUT_TABLES, OUTPUT_TABLES

HUNDRED = (0.0, 100.0)


@dataclass(frozen=True)
class TeamView:
    """One team's part of a department's result, with the scheme and words to show it."""

    cycle: Cycle
    unit: Department
    scheme: Scheme
    team_id: str
    team_name: str
    result: Appraisals
    history: DataFrame
    text: Messages


@dataclass(frozen=True)
class EvaluatorsView:
    """The evaluations that all departments collected for one cycle."""

    cycle: Cycle
    organisation: str
    evaluations: DataFrame
    calibration: Calibration
    text: Messages


def open_team(
    params_file: str,
    cycle: str,
    department: str,
    team: str,
    history: str = "",
    prepared: str = "",
    language: str = "",
) -> TeamView:
    """Open one team's result for its report.

    Parameters
    ----------
    params_file, cycle, department, team : str
        As on the command line.
    history : str
        Folder of the history files; earlier cycles are unknown if left out.
    prepared : str
        Folder with the tables that `csperf run` has already computed; computed now if left out.
    language : str
        Language of the words; that of the params if left out.

    Raises
    ------
    InputError
        If there is no such department or team, or the input is faulty.
    """
    params, period = load_params(params_file, language or None), Cycle.parse(cycle)
    unit = params.department(department)
    past = read_history(Path(history), department) if history else OUTPUT_TABLES["history"].empty()
    if prepared:
        result = Appraisals.load(Path(prepared))
    else:
        result = appraise_department(params, department, period, past)
    return TeamView(
        cycle=period,
        unit=unit,
        scheme=params.scheme(unit),
        team_id=team,
        team_name=_team_name(result, team),
        result=result.of_team(team),
        history=_with_this_cycle(past, result.history, period),
        text=Messages.load(params.language),
    )


def open_evaluators(params_file: str, cycle: str, language: str = "") -> EvaluatorsView:
    """Open the evaluations of every department for the calibration report."""
    params = load_params(params_file, language or None)
    evaluations = read_evaluations(params, cycle)
    return EvaluatorsView(
        cycle=Cycle.parse(cycle),
        organisation=params.organisation,
        evaluations=evaluations,
        calibration=calibrate(evaluations),
        text=Messages.load(params.language),
    )


def read_evaluations(params: Params, cycle: str) -> DataFrame:
    """Evaluations of one cycle over all departments that collect them, in points of 100."""
    found = [
        _in_points(_under_ids_of_today(params, unit)["evaluations"], params.scheme(unit)).assign(
            department_id=unit.id
        )
        for unit in params.departments
        if "evaluations" in unit.sources
    ]
    if not found:
        return INPUT_TABLES["evaluations"].empty().assign(department_id="")
    whole = pd.concat(found, ignore_index=True)
    return whole[whole["cycle_id"] == cycle].reset_index(drop=True)


def _in_points(evaluations: DataFrame, scheme: Scheme) -> DataFrame:
    """Scores as points of 100 of their criterion's scale; unknown criteria are left as they are."""
    ends = {criterion.id: criterion.scale.value for criterion in scheme.criteria}
    low, high = (
        evaluations["criterion_id"].map(lambda id, end=end: ends.get(id, HUNDRED)[end])
        for end in (0, 1)
    )
    points = 100 * (evaluations["score"] - low) / (high - low)
    return evaluations.assign(score=points)


def _under_ids_of_today(params: Params, unit: Department) -> Tables:
    """A department's evaluations, and its employees if it has the table."""
    there = [name for name in ("evaluations", "employees") if name in unit.sources]
    return under_ids_of_today(read_tables(params, unit.id, only=there))


def read_history(folder: Path, department: str) -> DataFrame:
    """All earlier cycles of one department; an empty table if there are none."""
    files = sorted(folder.glob(history_file(folder, "*", department).name))
    frames = [pd.read_parquet(file) for file in files]
    return pd.concat(frames, ignore_index=True) if frames else OUTPUT_TABLES["history"].empty()


def _with_this_cycle(past: DataFrame, now: DataFrame, cycle: Cycle) -> DataFrame:
    """The history up to and with this cycle; a later cycle is not yet known."""
    earlier = past[[Cycle.parse(name).end <= cycle.start for name in past["cycle_id"]]]
    return pd.concat([earlier, now], ignore_index=True) if len(earlier) else now


def _team_name(result: Appraisals, team: str) -> str:
    names = result.people.drop_duplicates("team_id").set_index("team_id")["team_name"]
    if team not in names.index:
        known = ", ".join(sorted(names.index))
        raise InputError(Problem("team", f"no team '{team}' in this cycle", f"there are {known}"))
    return str(names[team])
