"""What the report on evaluators is about: what they gave, and what is known of how they rate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
from pandas import DataFrame

from csperf.appraisal.renaming import under_ids_of_today
from csperf.calibration import Calibration, calibrate, severity_drift
from csperf.calibration.anonymity import secret, shown_pairs, under_pseudonyms
from csperf.calibration.differences import given_scores
from csperf.comparison.cycles import months
from csperf.errors import CsperfError
from csperf.fair import team_effects
from csperf.names import folder_name, pseudonym
from csperf.params import Cycle, Department, Params, load_params
from csperf.reporting.prepared import NOBODY, read_unready
from csperf.reporting.text import Messages
from csperf.scheme import Scheme
from csperf.scheme.evaluators import EvaluatorType
from csperf.sources import Tables, read_tables
from csperf.tables import INPUT_TABLES, OUTPUT_TABLES

HUNDRED = (0.0, 100.0)
FAIR = ("appraisals", "fair_changes")  # what a run leaves for HR of each department that is rated
ONE = ["evaluator_type", "evaluator_id"]


@dataclass(frozen=True)
class EvaluatorsView:
    """The evaluations that all departments collected for one cycle, and what they tell.

    evaluations
        In points of 100; who could be told by what he or she gave is under a pseudonym.
    drift
        As `severity_drift` gives it, over the cycles of this length up to this one.
    pairs
        As `shown_pairs` gives it.
    teams
        As `team_effects` gives it; without rows if no run has left what it takes.
    fairness
        The table fairness of all departments; without rows if no run has left it.
    anonymous
        {type: from how many evaluators its scores are shown}, of types that are promised it.
    pages
        {evaluator: address of the page of his or her own, from the folder of the report}.
    unready, ready_checks
        Who was not ready to rate, and the checks that a department gave a table for (`prepared`).
    names
        {(department, team): what the team is called}; the department itself is the team "".
    """

    cycle: Cycle
    organisation: str
    evaluations: DataFrame
    calibration: Calibration
    drift: DataFrame
    pairs: DataFrame
    teams: DataFrame
    fairness: DataFrame
    anonymous: Mapping[str, int]
    titles: Mapping[str, str]
    pages: Mapping[str, str]
    text: Messages
    names: Mapping[tuple[str, str], str] = field(default_factory=dict)
    unready: DataFrame = field(default_factory=NOBODY.copy)
    ready_checks: tuple[str, ...] = ()

    def kind(self, evaluator_type: object) -> str:
        """What a type of evaluators is called, or its id."""
        return self.titles.get(str(evaluator_type), str(evaluator_type))

    def department(self, department_id: object) -> str:
        """What a department is called, or its id."""
        return self.names.get((str(department_id), ""), str(department_id))

    def team(self, department_id: object, team_id: object) -> str:
        """What a team is called, or its id; a department without teams is its own team."""
        if department_id == team_id:
            return self.department(department_id)
        return self.names.get((str(department_id), str(team_id)), str(team_id))


def open_evaluators(
    params_file: str, cycle: str, language: str = "", prepared: str = ""
) -> EvaluatorsView:
    """Open the evaluations of every department for the calibration report.

    Parameters
    ----------
    params_file, cycle : str
        As on the command line.
    language : str
        Language of the words; that of the params if left out.
    prepared : str
        Folder in which `csperf run` left the fair scores of departments; unknown if left out.
    """
    params, period = load_params(params_file, language or None), Cycle.parse(cycle)
    schemes = [params.scheme(unit) for unit in params.departments if "evaluations" in unit.sources]
    text = Messages.load(params.language)
    anonymous: dict[str, int] = {}
    for scheme in schemes:
        for kind, least in scheme.anonymous.items():
            anonymous[kind] = max(least, anonymous.get(kind, 0))
    known = read_evaluations(params, period)
    unready, checks = read_unready(params, period, known)
    return view_of(
        known,
        period,
        unready=unready,
        ready_checks=checks,
        organisation=params.organisation,
        teams=_teams(params, prepared),
        fairness=_left(params, prepared, "fairness"),
        anonymous=anonymous,
        titles={each.type: text.of(each.title) for each in _types(schemes) if each.title},
        text=text,
        names={key: name for unit in params.departments for key, name in _names(params, unit)},
    )


def view_of(
    known: DataFrame, cycle: Cycle, *, anonymous: Mapping[str, int], **rest: Any
) -> EvaluatorsView:
    """What evaluations tell of a cycle; `known` are of it and of earlier ones of its length."""
    own = known[known["cycle_id"] == cycle.id].reset_index(drop=True)
    shown = under_pseudonyms(own, anonymous)
    return EvaluatorsView(
        cycle=cycle,
        evaluations=shown,
        calibration=calibrate(shown),
        drift=_drift(known, own, shown),
        pairs=shown_pairs(own, anonymous),
        anonymous=anonymous,
        pages=_pages(own, shown, anonymous),
        **rest,
    )


def read_evaluations(params: Params, cycle: Cycle) -> DataFrame:
    """Evaluations over all departments that collect them, in points of 100, with department_id.

    They are of the cycle and of earlier ones of its length.
    """
    found = [
        evaluations_in_points(params, unit).assign(department_id=unit.id)
        for unit in params.departments
        if "evaluations" in unit.sources
    ]
    if not found:
        return INPUT_TABLES["evaluations"].empty().assign(department_id="")
    whole = pd.concat(found, ignore_index=True)
    periods = {id: Cycle.parse(id) for id in whole["cycle_id"].unique()}
    kept = [
        id
        for id, other in periods.items()
        if other.end <= cycle.end and months(other) == months(cycle)
    ]
    return whole[whole["cycle_id"].isin(kept)].reset_index(drop=True)


def evaluations_in_points(params: Params, unit: Department) -> DataFrame:
    """All evaluations that a department collects, in points of 100, under the ids of today."""
    return _in_points(_under_ids_of_today(params, unit)["evaluations"], params.scheme(unit))


def _types(schemes: list[Scheme]) -> list[EvaluatorType]:
    return [each for scheme in schemes for each in scheme.evaluators]


def _names(params: Params, unit: Department) -> Iterator[tuple[tuple[str, str], str]]:
    """What a department and its teams are called, where they have a name."""
    if unit.name:
        yield (unit.id, ""), unit.name
    if "teams" in unit.sources:
        try:
            teams = read_tables(params, unit.id, only=["teams"])["teams"]
        except CsperfError:  # the department's own run says so; ids do for the report on evaluators
            return
        named = teams.reindex(columns=["team_id", "name"]).dropna()
        for row in named[named["name"] != ""].itertuples():
            yield (unit.id, str(row.team_id)), str(row.name)


def _pages(own: DataFrame, shown: DataFrame, anonymous: Mapping[str, int]) -> dict[str, str]:
    """Where the pages lie, of who is shown under the id that he or she has.

    The run's record lists them for everybody: who only rates under a promise of anonymity has a
    pseudonym in the file's name.
    """
    given = given_scores(shown)
    known = given[given["evaluator_id"].isin(own["evaluator_id"])]
    open_ = {*known.loc[~known["evaluator_type"].isin(anonymous), "evaluator_id"]}
    named = {id: id for id in known["evaluator_id"].unique()}
    if named.keys() - open_:
        key = secret(own)
        named = {id: id if id in open_ else pseudonym(id, key) for id in named}
    return {id: f"evaluators/{folder_name(name)}.html" for id, name in named.items()}


def _drift(known: DataFrame, own: DataFrame, shown: DataFrame) -> DataFrame:
    """How severities change over the cycles, under the names that this cycle's evaluators have."""
    if known.empty:
        return DataFrame(columns=[*ONE, "per_cycle", "low", "high", "n_cycles", "flag"])
    found = severity_drift(known)
    before, after, drifting = (rows[ONE].itertuples(index=False) for rows in (own, shown, found))
    names = {tuple(old): new.evaluator_id for old, new in zip(before, after, strict=True)}
    return found.assign(evaluator_id=[names.get(tuple(pair), pair[1]) for pair in drifting])


def _teams(params: Params, prepared: str) -> DataFrame:
    """What taking severities out does to teams, of the departments that a run has appraised."""
    appraisals, changes = (_left(params, prepared, name) for name in FAIR)
    return team_effects(appraisals, changes, params.privacy.smallest_group)


def _left(params: Params, prepared: str, name: str) -> DataFrame:
    """A table of all departments that a run has left for HR."""
    folders = [Path(prepared) / folder_name(unit.id) for unit in params.departments if prepared]
    files = [folder / f"{name}.parquet" for folder in folders]
    frames = [pd.read_parquet(file) for file in files if file.is_file()]
    return pd.concat(frames, ignore_index=True) if frames else OUTPUT_TABLES[name].empty()


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
