"""What a team's report is about: its part of a department's result of one cycle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path

import pandas as pd
from pandas import DataFrame

from csperf.appraisal.eligibility import MACHINE
from csperf.comparison.changes import adjusted
from csperf.comparison.cycles import compare_cycles
from csperf.errors import InputError, Problem
from csperf.fair import is_for_hr_only
from csperf.names import folder_name, history_file
from csperf.params import Cycle, Department, load_params
from csperf.pipeline import Appraisals, appraise_department
from csperf.reporting.text import Messages
from csperf.reporting.words import result_in_words, scheme_in_words
from csperf.scheme import Scheme
from csperf.tables import OUTPUT_TABLES


@dataclass(frozen=True)
class TeamView:
    """One team's part of a department's result, with the scheme and words to show it.

    `scheme` is in the language of `text`; `scheme_read` as it was read, with its hash. `sheets` are
    the addresses of people's own sheets by their ids, as far as a run makes them.
    """

    cycle: Cycle
    unit: Department
    scheme: Scheme
    scheme_read: Scheme
    team_id: str
    team_name: str
    result: Appraisals
    history: DataFrame
    text: Messages
    sheets: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def changes(self) -> DataFrame:
        """Rows of the table comparisons about teams: as the run has them, else computed here."""
        known = self.result.records.get("comparisons")
        if known is None:
            return adjusted(compare_cycles(self.history, self.cycle))
        return known[known["group_id"] == known["team_id"]].reset_index(drop=True)


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
    # What a run has computed stays as it is, and a report's workbook is made from it too.
    opened = _open_once if prepared else _open
    return opened(params_file, cycle, department, team, history, prepared, language)


def _open(
    params_file: str,
    cycle: str,
    department: str,
    team: str,
    history: str,
    prepared: str,
    language: str,
) -> TeamView:
    params, period = load_params(params_file, language or None), Cycle.parse(cycle)
    unit = params.department(department)
    scheme = params.scheme(unit)
    past = read_history(Path(history), department) if history else OUTPUT_TABLES["history"].empty()
    if prepared:
        result = Appraisals.load(Path(prepared))
    else:
        result = appraise_department(params, department, period, past)
    text = Messages.load(params.language)
    return TeamView(
        cycle=period,
        unit=unit,
        scheme=scheme_in_words(scheme, text),
        scheme_read=scheme,
        team_id=team,
        team_name=_team_name(result, team),
        result=result_in_words(for_teams(result, scheme).of_team(team), text),
        history=with_this_cycle(past, result.history, period),
        text=text,
        sheets=sheets_of(result) if prepared else {},
    )


_open_once = lru_cache(maxsize=1)(_open)


def for_teams(result: Appraisals, scheme: Scheme) -> Appraisals:
    """A department's result as all may see it: without fair scores that tell too much."""
    if not is_for_hr_only(scheme):
        return result
    unknown = result.appraisals.assign(fair_score=float("nan"))
    records = {**result.records, "fair_changes": OUTPUT_TABLES["fair_changes"].empty()}
    return replace(result, appraisals=unknown, records=records)


def read_history(folder: Path, department: str) -> DataFrame:
    """All earlier cycles of one department; an empty table if there are none."""
    files = sorted(folder.glob(history_file(folder, "*", department).name))
    frames = [pd.read_parquet(file) for file in files]
    return pd.concat(frames, ignore_index=True) if frames else OUTPUT_TABLES["history"].empty()


def sheets_of(result: Appraisals) -> dict[str, str]:
    """Where each person's own sheet lies, from the team's report; machines have none."""
    machine = result.people["reason"].str.startswith(MACHINE, na=False)
    people = result.people.loc[~machine, "employee_id"]
    return {id: f"people/{folder_name(id)}.html" for id in people}


def with_this_cycle(past: DataFrame, now: DataFrame, cycle: Cycle) -> DataFrame:
    """The history up to and with this cycle; a later cycle is not yet known."""
    earlier = past[[Cycle.parse(name).end <= cycle.start for name in past["cycle_id"]]]
    return pd.concat([earlier, now], ignore_index=True) if len(earlier) else now


def _team_name(result: Appraisals, team: str) -> str:
    names = result.people.drop_duplicates("team_id").set_index("team_id")["team_name"]
    if team not in names.index:
        known = ", ".join(sorted(names.index))
        raise InputError(Problem("team", f"no team '{team}' in this cycle", f"there are {known}"))
    return str(names[team])
