"""What a report about a department as a whole is about: its result, its history, its tables."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pandas import DataFrame

from csperf.appraisal.corrections import corrected
from csperf.appraisal.renaming import continued, former_ids, renamed, under_ids_of_today
from csperf.names import folder_name
from csperf.params import Cycle, Department, Params, load_params
from csperf.pipeline import Appraisals, appraise_department, zone_of
from csperf.reporting.opening import (
    TeamView,
    for_teams,
    read_history,
    sheets_of,
    with_this_cycle,
)
from csperf.reporting.text import Messages
from csperf.reporting.words import result_in_words, scheme_in_words
from csperf.scheme import Scheme
from csperf.sources import Tables, read_tables
from csperf.tables import INPUT_TABLES, OUTPUT_TABLES

BY_HAND = ("employees", "corrections")  # what ids of today and corrections are read from

OWNERS = ("scope_id", "owner_id", "set_by", "proposed_by", "by")  # ids of people, or of others


@dataclass(frozen=True)
class DepartmentView:
    """A department's result of a cycle, with what reports about it as a whole read beside it.

    `scheme` is in the language of `text`, `scheme_read` as it was read. `history` goes up to and
    with this cycle. `sheets` are the addresses of people's own sheets, from the department's
    folder, as far as a run makes them.
    """

    params: Params
    cycle: Cycle
    unit: Department
    scheme: Scheme
    scheme_read: Scheme
    result: Appraisals
    history: DataFrame
    text: Messages
    sheets: dict[str, str]

    @property
    def name(self) -> str:
        """Printed name of the department."""
        return self.unit.name or self.unit.id

    @property
    def team_id(self) -> str:
        """Empty: a report about a department is about no single team."""
        return ""

    @property
    def timezone(self) -> str:
        """Time zone of the department's days."""
        return zone_of(self.params, self.unit)

    def tables(self, names: Iterable[str]) -> dict[str, DataFrame]:
        """Input tables, corrected and under the ids of today; empty where none is given.

        Raises
        ------
        InputError
            If one of them is faulty.
        """
        given = [name for name in names if name in self.unit.sources]
        read = Tables({})
        if given:
            beside = [name for name in BY_HAND if name in self.unit.sources]
            read = read_tables(self.params, self.unit.id, dict.fromkeys([*given, *beside]))
            if "corrections" in read:
                rows = read["corrections"]
                mine = rows[rows["table"].isin(given)]
                read = corrected(read, mine, self.timezone)
            former = former_ids(read)
            read = under_ids_of_today(read)
            for name in read if former else ():
                of = {c: renamed(read[name][c], former) for c in OWNERS if c in read[name]}
                read[name] = read[name].assign(**of)
        declared = {name: INPUT_TABLES[name] for name in names}
        return {
            name: table.arrange(read[name]) if name in read else table.empty()
            for name, table in declared.items()
        }


View = TeamView | DepartmentView  # what sections of both kinds of report take


def open_department(
    params_file: str,
    cycle: str,
    department: str,
    history: str = "",
    prepared: str = "",
    language: str = "",
) -> DepartmentView:
    """Open one department's result for a report about it as a whole.

    Parameters
    ----------
    params_file, cycle, department : str
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
        If there is no such department, or the input is faulty.
    """
    params, period = load_params(params_file, language or None), Cycle.parse(cycle)
    unit = params.department(department)
    scheme, text = params.scheme(unit), Messages.load(params.language)
    past = read_history(Path(history), department) if history else OUTPUT_TABLES["history"].empty()
    if prepared:
        result = Appraisals.load(Path(prepared))
    else:
        result = appraise_department(params, department, period, past)
    known = [name for name in BY_HAND[:1] if name in unit.sources]
    staff = read_tables(params, department, known) if known else Tables({})
    return DepartmentView(
        params=params,
        cycle=period,
        unit=unit,
        scheme=scheme_in_words(scheme, text),
        scheme_read=scheme,
        result=result_in_words(for_teams(result, scheme), text),
        history=continued(with_this_cycle(past, result.history, period), staff),
        text=text,
        sheets=_sheets(result) if prepared else {},
    )


def _sheets(result: Appraisals) -> dict[str, str]:
    """Where each person's own sheet lies, from the folder of the department."""
    teams = result.people.drop_duplicates("employee_id").set_index("employee_id")["team_id"]
    return {id: f"{folder_name(teams[id])}/{page}" for id, page in sheets_of(result).items()}
