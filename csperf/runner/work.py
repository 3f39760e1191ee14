"""What one worker does: compute a department, or run one notebook and make its report."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import papermill
from pandas import DataFrame
from papermill.exceptions import PapermillExecutionError

from csperf.calibration import evaluator_differences, evaluator_overview
from csperf.comparison import compare_cycles
from csperf.errors import CsperfError
from csperf.params import Cycle, load_params
from csperf.pipeline import Appraisals, appraise_department
from csperf.reporting.exporter import report_html
from csperf.reporting.opening import read_evaluations, read_history
from csperf.runner.files import csv_bytes, packaged, write_file
from csperf.runner.request import FAILED, NotebookTask

INTERNAL = ("params_file", "history", "prepared")
FOLDERS = re.compile(r"(?<=File )[^\n]*/(?=[^/\n]+/[^/\n]+:\d)")  # in a traceback, all but the last


def prepare_department(
    params_file: Path, department: str, cycle: str, history: Path, staging: Path
) -> dict[str, Any]:
    """Appraise a department, keep the result for its notebooks, and sum it up for the manifest."""
    params, period = load_params(params_file), Cycle.parse(cycle)
    past = read_history(history, department)
    result = appraise_department(params, department, period, past)
    result.save(staging / "prepared")
    known = past[[Cycle.parse(name).end <= period.start for name in past["cycle_id"]]]
    compared = compare_cycles(_together(known, result.history), period)
    for name, frame in {**result.published, "comparisons": compared}.items():
        write_tables(staging / "tables", name, frame)
    write_file(staging / "history.parquet", result.history.to_parquet(index=False))
    return {
        "teams": [
            _summary(result, team, params.privacy.smallest_group)
            for team in sorted(set(result.people["team_id"]))
        ]
    }


def prepare_calibration(params_file: Path, cycle: str, staging: Path) -> dict[str, Any]:
    """Hold the evaluators of all departments against one another and keep the tables."""
    evaluations = read_evaluations(load_params(params_file), cycle)
    write_tables(staging / "tables", "evaluator_differences", evaluator_differences(evaluations))
    write_tables(staging / "tables", "evaluator_overview", evaluator_overview(evaluations))
    return {"n_evaluations": len(evaluations)}


def run_notebook(task: NotebookTask) -> None:
    """Run one notebook and write its report beside it.

    CsperfError names the cell that failed; the notebook as far as it came is then kept as
    `.failed.ipynb`.
    """
    running = task.target.with_name(f".running-{task.label}")
    running.parent.mkdir(parents=True, exist_ok=True)
    try:
        notebook = papermill.execute_notebook(
            packaged("notebooks") / task.label,
            running,
            parameters=task.parameters,
            engine_name="csperf",
            progress_bar=False,
            request_save_on_cell_execute=False,
        )
    except PapermillExecutionError as error:
        failed = task.target.with_suffix(FAILED)
        write_file(failed, _clean(nbformat.read(running, as_version=4), task.parameters))
        raise CsperfError(
            f"{task.label} In [{error.exec_count}] failed with {error.ename};"
            f" see {failed.name} in the folder of the report"
        ) from None
    write_file(task.target.with_suffix(".ipynb"), _clean(notebook, task.parameters))
    write_file(task.target.with_suffix(".html"), report_html(notebook, task.name).encode())


def write_tables(folder: Path, name: str, frame: DataFrame) -> None:
    """One table as CSV and as Parquet."""
    write_file(folder / f"{name}.csv", csv_bytes(frame))
    write_file(folder / f"{name}.parquet", frame.to_parquet(index=False))


def _together(past: DataFrame, now: DataFrame) -> DataFrame:
    return pd.concat([past, now], ignore_index=True) if len(past) else now


def _summary(result: Appraisals, team: str, smallest: int) -> dict[str, Any]:
    """A team's line in the portal and the roll-up; nobody's name, no numbers of a tiny group."""
    people = result.people[result.people["team_id"] == team]
    appraised = result.appraisals[result.appraisals["team_id"] == team]
    scores = appraised["score"].dropna()
    blank = len(scores) < smallest
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
