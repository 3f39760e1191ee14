"""What one worker does: compute a department, or run one notebook and make its report."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import nbformat
import pandas as pd
import papermill
from pandas import DataFrame
from papermill.exceptions import PapermillExecutionError

from csperf.appraisal.corrections import people_corrected
from csperf.appraisal.renaming import continued, former_ids, under_ids_of_today
from csperf.appraisal.restatement import check_frozen
from csperf.calibration import evaluator_overview
from csperf.calibration.anonymity import shown_differences
from csperf.comparison.changes import changes
from csperf.comparison.fairness import department_fairness
from csperf.comparison.plans import plan_effects
from csperf.errors import TaskError
from csperf.names import folder_name
from csperf.params import Cycle, Department, Params, load_params
from csperf.pipeline import Appraisals, appraise_department
from csperf.reporting.evaluations import FAIR, open_evaluators
from csperf.reporting.evaluator import evaluator_pages
from csperf.reporting.exporter import report_html
from csperf.reporting.opening import for_teams, read_history
from csperf.reporting.pay_statement import pay_pages
from csperf.reporting.person import open_sheets, person_pages
from csperf.reporting.team_rates import team_rates
from csperf.reporting.workbook import calibration_workbook, team_workbook
from csperf.runner.evaluators_changed import evaluators_changed
from csperf.runner.files import csv_bytes, write_file
from csperf.runner.log import signatures
from csperf.runner.manifest import inputs_of
from csperf.runner.parameters import check_parameters
from csperf.runner.printing import pdf_of
from csperf.runner.request import (
    APPRAISAL,
    CALIBRATION,
    FAILED,
    INTERVIEWS,
    PAY,
    PEOPLE,
    NotebookTask,
)
from csperf.runner.restating import earlier_proposals, earlier_result, restated_rows
from csperf.runner.talking import interviews, talk_tables
from csperf.sources import read_tables
from csperf.tables import INPUT_TABLES, OUTPUT_TABLES

INTERNAL = ("params_file", "history", "prepared")
FOLDERS = re.compile(r"(?<=File )[^\n]*/(?=[^/\n]+/[^/\n]+:\d)")  # in a traceback, all but the last


def prepare_department(
    params_file: Path,
    department: str,
    cycle: str,
    history: Path,
    staging: Path,
    folder: Path,
    published: Mapping[str, Any],
) -> dict[str, Any]:
    """Appraise a department, keep the result for its notebooks, and sum it up for the manifest.

    `folder` and `published` are the department's earlier result and its entry of the manifest.
    CsperfError if the cycle is bound to another scheme.
    """
    params, period = load_params(params_file), Cycle.parse(cycle)
    past = read_history(history, department)
    unit = params.department(department)
    noted = read_tables(params, department, ["deviations"]) if "deviations" in unit.sources else {}
    scheme = params.scheme(unit)
    check_frozen(past, scheme, period, noted.get("deviations"), published)
    whole = appraise_department(params, department, period, past, earlier_proposals(folder))
    result = for_teams(whole, scheme)
    earlier = earlier_result(folder, result.published)
    about = _corrected(params, department, period) if earlier.tables else set()
    rows = restated_rows(earlier.tables, result.published, about)
    known, plans = _over_cycles(params, department, past, result.history, period)
    told = {
        "restated": rows,
        "plan_effects": _effects(known, plans, result.people, period),
        "comparisons": changes(known, period),
        "severity_changes": evaluators_changed(params, unit, whole.appraisals, known, period),
        **talk_tables(params, department, result, known, period),
    }
    result = replace(result, records={**result.records, **told})
    for name, frame in _for_hr(params, unit, whole, period).items():
        write_tables(staging / "fair", name, frame)
    result.save(staging / "prepared")
    for name, frame in result.published.items():
        write_tables(staging / "tables", name, frame)
    write_file(staging / "history.parquet", result.history.to_parquet(index=False))
    return {
        "replaces": earlier.replaced,
        "former_ids": _former_ids(params, department),
        "signed": _signed(result),
        "rates": team_rates(result, scheme, params.privacy.smallest_group),
        "teams": [
            _summary(result, team, params.privacy.smallest_group, earlier.tables)
            for team in sorted(set(result.people["team_id"]))
        ],
    }


def prepare_calibration(
    params_file: Path, cycle: str, language: str, fair: Path, staging: Path
) -> dict[str, Any]:
    """Hold the evaluators of all departments against one another; keep tables and own pages.

    `fair` is the folder in which departments left their fair scores.
    """
    view = open_evaluators(str(params_file), cycle, language, str(fair))
    tables = {
        "evaluator_differences": shown_differences(view.evaluations, view.anonymous),
        "evaluator_overview": evaluator_overview(view.evaluations),
        **view.calibration._asdict(),
    }
    for name, frame in tables.items():
        write_tables(staging / "tables", name, frame)
    for evaluator, page in evaluator_pages(view):
        write_file(staging / "reports" / view.pages[evaluator], page.encode())
    workbook = calibration_workbook(view, _rated(load_params(params_file)))
    write_file(staging / "reports" / f"{CALIBRATION}.xlsx", workbook)
    return {"n_evaluations": len(view.evaluations)}


def run_notebook(task: NotebookTask) -> None:
    """Run one notebook and write its report beside it, printed too if asked.

    TaskError names the cell that failed; the notebook as far as it came is then kept as
    `.failed.ipynb`.
    """
    check_parameters(task)
    running = task.target.with_name(f".running-{task.label}")
    running.parent.mkdir(parents=True, exist_ok=True)
    try:
        notebook = papermill.execute_notebook(
            task.folder / task.label,
            running,
            parameters=task.parameters,
            engine_name="csperf",
            progress_bar=False,
            request_save_on_cell_execute=False,
            mark=task.mark,
        )
    except PapermillExecutionError as error:
        _keep_failed(task, nbformat.read(running, as_version=4), error.exec_count, error.ename)
    for cell in notebook.cells:  # papermill lets a notebook end itself with sys.exit(0)
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                _keep_failed(task, notebook, cell.execution_count, output.ename)
    write_file(task.target.with_suffix(".ipynb"), _clean(notebook, task.parameters))
    page = report_html(notebook, task.name).encode()
    if task.browser:
        aside = Path(task.parameters["prepared"]).parent  # nothing of it is published
        write_file(task.target.with_suffix(".pdf"), pdf_of(page, task.browser, aside))
    write_file(task.target.with_suffix(".html"), page)


def _keep_failed(task: NotebookTask, notebook: Any, cell: int, error: str) -> NoReturn:
    """Keep a notebook as far as it came, where its report would be, and say where it failed."""
    failed = task.target.with_suffix(FAILED)
    write_file(failed, _clean(notebook, task.parameters))
    where = f"see {failed.name} in the folder of the report"
    told = f"{task.label} In [{cell}] failed with {error}; {where}"
    raise TaskError(told, error) from None


def make_sheets(parameters: Mapping[str, str], folder: Path) -> None:
    """Write what comes with a team's appraisal: its workbook, and the pages of single people.

    These are a sheet and an interview page each, and a pay statement of who is paid by the scheme.
    `parameters` are those of the team's notebooks, `folder` is where its reports go.
    """
    sheets = open_sheets(**parameters)
    pages = {
        PEOPLE: person_pages(sheets),
        PAY: pay_pages(sheets),
        INTERVIEWS: interviews(sheets.view, parameters),
    }
    for kind, made in pages.items():
        for employee, page in made:
            write_file(folder / kind / f"{folder_name(employee)}.html", page.encode())
    write_file(folder / f"{APPRAISAL}.xlsx", team_workbook(sheets.view))


def write_tables(folder: Path, name: str, frame: DataFrame) -> None:
    """One table as CSV and as Parquet."""
    write_file(folder / f"{name}.csv", csv_bytes(frame))
    write_file(folder / f"{name}.parquet", frame.to_parquet(index=False))


def _rated(params: Params) -> DataFrame:
    """Files of evaluations with their hashes."""
    units = [unit for unit in params.departments if "evaluations" in unit.sources]
    found = [row for unit in units for row in inputs_of(params, unit, ["evaluations"])]
    return DataFrame(found, columns=["path", "sha256"])


def _for_hr(
    params: Params, unit: Department, whole: Appraisals, cycle: Cycle
) -> dict[str, DataFrame]:
    """Tables that only HR reads: scores without severities, and whether outcomes are fair."""
    found = {name: whole.published[name] for name in FAIR if "evaluations" in unit.sources}
    if "employees" in unit.sources:
        staff = under_ids_of_today(read_tables(params, unit.id, ["employees"]))["employees"]
        scheme, least = params.scheme(unit), params.privacy.smallest_group
        outcomes = whole.appraisals, whole.proposals
        found["fairness"] = department_fairness(*outcomes, staff, scheme, cycle, least)
    return found


def _corrected(params: Params, department: str, cycle: Cycle) -> set[str]:
    """People whose records were corrected for the cycle."""
    unit = params.department(department)
    if "corrections" not in unit.sources:
        return set()
    corrections = read_tables(params, department, ["corrections"])["corrections"]
    tables = read_tables(params, department, sorted(set(corrections["table"])))
    return people_corrected(tables, corrections, cycle, params.zone(unit))


def _over_cycles(
    params: Params, department: str, past: DataFrame, now: DataFrame, cycle: Cycle
) -> tuple[DataFrame, DataFrame | None]:
    """The history up to and with the cycle, and improvement plans, under the ids of today."""
    asked = ("employees", "improvement_plans")
    there = [name for name in asked if name in params.department(department).sources]
    tables = under_ids_of_today(read_tables(params, department, there)) if there else {}
    known = past[[Cycle.parse(name).end <= cycle.start for name in past["cycle_id"]]]
    together = pd.concat([known, now], ignore_index=True) if len(known) else now
    return continued(together, tables), tables.get("improvement_plans")


def _former_ids(params: Params, department: str) -> dict[str, str]:
    """{former id: id of today} of people who were renamed, or whose ids became one."""
    if "employees" not in params.department(department).sources:
        return {}
    return former_ids(read_tables(params, department, ["employees"]))


def _effects(
    history: DataFrame, plans: DataFrame | None, people: DataFrame, cycle: Cycle
) -> DataFrame:
    """The record table plan_effects, of plans up to the cycle."""
    table = OUTPUT_TABLES["plan_effects"]
    if plans is None or plans.empty:
        return table.empty()
    begun = INPUT_TABLES["improvement_plans"].arrange(
        plans[[Cycle.parse(name).end <= cycle.end for name in plans["cycle_id"]]]
    )
    found = plan_effects(history, begun).rename(columns={"cycle_id": "plan_cycle_id"})
    teams = people.drop_duplicates("employee_id").set_index("employee_id")["team_id"]
    found = found.assign(
        cycle_id=cycle.id,
        department_id=history["department_id"].iloc[0] if len(history) else pd.NA,
        team_id=found["team_id"].fillna(found["employee_id"].map(teams)),
    )
    return table.arrange(found)


def _signed(result: Appraisals) -> list[dict[str, Any]]:
    """All that people have decided about proposals and grades, as the log takes it."""
    tables = [result.proposals, result.records["grade_decisions"]]
    decided = [rows[rows["decided_by"].notna()].to_dict("records") for rows in tables]
    return signatures([row for rows in decided for row in rows])


def _summary(
    result: Appraisals, team: str, smallest: int, before: Mapping[str, DataFrame]
) -> dict[str, Any]:
    """A team's line in the portal and the roll-up; nobody's name, no numbers of a tiny group.

    Nor a mean that tells, beside the one that an earlier run had published, what the few people
    have who were added or left out since.
    """
    people = result.people[result.people["team_id"] == team]
    appraised = result.appraisals[result.appraisals["team_id"] == team]
    scores = appraised["score"].dropna()
    others = _scored(before["appraisals"], team) ^ _scored(appraised, team) if before else set()
    blank = len(scores) < smallest or 0 < len(others) < smallest
    return {
        "team_id": team,
        "name": people["team_name"].iloc[0],
        "n_employees": len(people),
        "n_scored": len(scores),
        "n_not_scored": len(appraised) - len(scores),
        "mean_score": None if blank else float(scores.mean()),
        "min_score": None if blank else float(scores.min()),
        "max_score": None if blank else float(scores.max()),
        "n_proposals": int((result.proposals["team_id"] == team).sum()),
        "provisional": bool(appraised["provisional"].any()),
    }


def _scored(appraisals: DataFrame, team: str) -> set[str]:
    rows = appraisals[(appraisals["team_id"] == team) & appraisals["score"].notna()]
    return {*rows["employee_id"]}


def _clean(notebook: Any, parameters: dict[str, str]) -> bytes:
    """The notebook without what differs between runs, or tells of this machine."""
    shown = {name: value for name, value in parameters.items() if name not in INTERNAL}
    here = f"{Path(parameters['params_file']).parent}/"
    notebook.metadata.pop("papermill", None)
    for number, cell in enumerate(notebook.cells):
        for noise in ("papermill", "execution"):
            cell.metadata.pop(noise, None)
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell.source = "\n".join(f"{name} = {value!r}" for name, value in shown.items())
            cell.id = f"injected-{number}"
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                told = [FOLDERS.sub("", line).replace(here, "") for line in output.traceback]
                output.update(evalue=output.evalue.replace(here, ""), traceback=told)
    return nbformat.writes(notebook).encode()
