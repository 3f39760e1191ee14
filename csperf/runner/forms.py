"""Forms of a cycle into a folder: one for each evaluator, and none over one that is there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pandas import DataFrame

from csperf.appraisal import members
from csperf.appraisal.eligibility import printed_names
from csperf.errors import InputError, Problem
from csperf.names import folder_name
from csperf.params import Cycle, Department, Params, load_params
from csperf.pipeline import as_of_today, zone_of
from csperf.practice.matrix import TABLE, criteria_of, evaluation_matrix
from csperf.reporting.forms import Asked, evaluator_form
from csperf.reporting.text import Messages
from csperf.reporting.words import scheme_in_words
from csperf.runner.files import private, write_file
from csperf.sources import in_their_files, read_tables

READ = (
    *("employees", "assignments", "absences", "calendars", "accounts", "reporting_lines"),
    TABLE,
)


@dataclass(frozen=True)
class Written:
    """What became of a form, or what is to be said of a department whose forms lack something.

    `outcome` is new, unchanged, kept (another one is there, perhaps filled in), or note.
    """

    outcome: str
    path: Path
    text: str = ""


def forms_of(
    params: Path, cycle: str, departments: Iterable[str], out: Path, language: str | None
) -> Iterator[tuple[str, bool]]:
    """Write forms as the command asks for them; lines to say, and whether somebody has to act.

    Raises what `write_forms` does.
    """
    organisation, period = load_params(params, language=language), Cycle.parse(cycle)
    wanted = tuple(departments) or tuple(unit.id for unit in organisation.departments)
    for form in write_forms(organisation, period, wanted, out):
        yield (form.text, True) if form.text else (f"{form.outcome}  {form.path}", False)


def write_forms(
    params: Params, cycle: Cycle, departments: Iterable[str], out: Path
) -> Iterator[Written]:
    """Write the forms of each department into <out>/<department>/<cycle>/<evaluator>.xlsx.

    Raises
    ------
    InputError
        If it is not known who evaluates whom, with the table that would say so.
    OutputError
        If a form cannot be written.
    """
    text = Messages.load(params.language)
    with private():
        for id in departments:
            unit = params.department(id)
            folder = out / folder_name(unit.id) / cycle.id
            if not params.scheme(unit).evaluators:
                yield Written("note", folder, f"{id}: its scheme has no evaluators, so no forms")
                continue
            yield from _of_department(params, unit, cycle, folder, text)


def _of_department(
    params: Params, unit: Department, cycle: Cycle, folder: Path, text: Messages
) -> Iterator[Written]:
    scheme, zone = params.scheme(unit), zone_of(params, unit)
    there = [name for name in READ if name in unit.sources]
    tables: Mapping[str, DataFrame] = as_of_today(read_tables(params, unit.id, there), zone)
    try:
        people = members(tables, scheme, cycle, unit.id)
        rows, unknown = evaluation_matrix(tables, people, scheme, cycle)
    except InputError as error:
        raise InputError(in_their_files(error.problems, params, unit.id)) from error
    if rows.empty:
        found = f"nobody knows who evaluates whom in {cycle.id}"
        advice = f"give the table {TABLE}, or reporting_lines for superiors"
        raise InputError(Problem(f"{params.path}: departments.{unit.id}", found, advice))
    for type in unknown:
        said = f"{unit.id}: who evaluates as '{type}' is not known; the table {TABLE} would say so"
        yield Written("note", folder, said)
    criteria = criteria_of(_rated(people, rows), scheme)
    appraised = {*people.loc[people["eligible"], "employee_id"]}
    names = printed_names(tables)
    for evaluator in sorted(
        {*rows["evaluator_id"], *rows["employee_id"]} & _known(rows, appraised)
    ):
        asked = Asked(
            department_id=unit.id,
            department=unit.name or unit.id,
            cycle=cycle,
            evaluator_id=evaluator,
            rows=rows[rows["evaluator_id"] == evaluator],
            criteria=criteria,
            appraised=evaluator in appraised,
            names=names,
            scheme=scheme_in_words(scheme, text),
            timezone=zone,
        )
        yield _placed(folder / f"{folder_name(evaluator)}.xlsx", evaluator_form(asked, text))


def _known(rows: DataFrame, appraised: set[str]) -> set[str]:
    """Who has something to fill in: evaluators, and people with goals of their own."""
    return {*rows["evaluator_id"]} | ({*rows["employee_id"]} & appraised)


def _rated(people: DataFrame, rows: DataFrame) -> DataFrame:
    """The people who are to be rated, with their roles where these are known."""
    wanted = rows[["employee_id"]].drop_duplicates()
    return wanted.merge(people[["employee_id", "role", "role_shares"]], how="left")


def _placed(path: Path, content: bytes) -> Written:
    """Write a form where there is none; one that is there stays, as it may be filled in."""
    if not path.exists():
        write_file(path, content)
        return Written("new", path)
    if path.read_bytes() == content:
        return Written("unchanged", path)
    advice = "it is filled in or of other assignments; move it away to get a new one"
    return Written("kept", path, f"{path}: is there already and stays: {advice}")
