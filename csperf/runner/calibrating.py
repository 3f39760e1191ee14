"""The calibration of a cycle, over all departments: for HR, and a page for each evaluator."""

from __future__ import annotations

from pathlib import Path

from csperf.errors import CsperfError, TaskError
from csperf.names import folder_name
from csperf.params import Department
from csperf.runner import manifest as record
from csperf.runner.files import move_files, sha256, unbroken
from csperf.runner.pool import located, outcome, submit
from csperf.runner.request import CALIBRATION, FAILED, Entry, NotebookTask, Request
from csperf.runner.underway import Run, Step, cannot_replace


def start_calibration(request: Request, units: list[Department]) -> Entry:
    """The entry of a calibration that is still to be made, of departments with evaluations."""
    read = ("evaluations", "teams", "training_records", "checklists")
    inputs = [found for unit in units for found in record.inputs_of(request.params, unit, read)]
    tables = request.folder / CALIBRATION / "tables"
    inputs += [
        {"path": path.name, "sha256": sha256(path)}
        for unit in units
        for path in sorted((tables / folder_name(unit.id)).glob("*.parquet"))
    ]
    return {
        "outcome": "done",
        "reason": None,
        "key": record.calibration_key(request.params, request.cycle.id, inputs),
        "outputs": [],
        "path": f"{CALIBRATION}/{CALIBRATION}.html",
        "workbook": f"{CALIBRATION}/{CALIBRATION}.xlsx",
    }


def is_calibrated(request: Request, earlier: Entry, key: str) -> bool:
    """Whether an earlier run has made it from the same input, and all of it is still there."""
    made = earlier["key"] == key and earlier["outcome"] != "failed"
    return made and not request.force and record.intact(earlier, request.out)


def publish_fair_scores(staged: Path, folder: Path, department: str) -> set[Path]:
    """Move a department's fair scores to where only HR looks; what an earlier run left goes."""
    target = folder / CALIBRATION / "tables" / department
    placed = move_files(staged, target)
    for file in target.glob("*"):
        if file not in placed:
            file.unlink()
    return placed


def calibrate(run: Run, units: list[Department], staged: Path, entry: Entry) -> CsperfError | None:
    """Make and publish tables, report and the evaluators' pages; return what went wrong."""
    request = run.request
    parameters = {
        "params_file": str(request.params.path.resolve()),
        "cycle": request.cycle.id,
        "language": request.params.language,
        "prepared": str((request.folder / CALIBRATION / "tables").resolve()),
    }
    task = NotebookTask(CALIBRATION, parameters, staged / "reports" / CALIBRATION)
    given = (request.params.path, request.cycle.id, request.params.language)
    fair = request.folder / CALIBRATION / "tables"
    limits = request.params.run
    tables = submit(run.pool, limits, "prepare_calibration", *given, fair, staged)
    report = submit(run.pool, limits, "run_notebook", task)
    run.tick(Step(CALIBRATION, CALIBRATION, [tables, report]))
    errors = outcome(tables)[1], located(outcome(report)[1], task)
    error = next(filter(None, errors), None)
    entry["attempts"] = max(tables.tries, report.tries)
    if not error and start_calibration(request, units)["key"] != entry["key"]:
        error = TaskError(
            "its input changed while the run was reading; run it again", "input-changed"
        )
    try:
        with unbroken():
            _publish(run, staged, entry, failed=error is not None)
    except PermissionError as refused:
        return cannot_replace(run, CALIBRATION, refused)
    return error


def _publish(run: Run, staged: Path, entry: Entry, failed: bool) -> None:
    """Move into place what was made; of a calibration that failed only how far its notebook came.

    Pages of who is no evaluator of the cycle any more go.
    """
    target = run.request.folder / CALIBRATION
    earlier = (target / CALIBRATION).with_suffix(FAILED)
    earlier.unlink(missing_ok=True)
    if failed:
        target.mkdir(parents=True, exist_ok=True)
        kept = {
            file.replace(target / file.name) for file in (staged / "reports").glob(f"*{FAILED}")
        }
        entry["outputs"] = record.outputs_of(kept, run.request.out)
        return
    placed = move_files(staged / "tables", target / "tables")
    placed |= move_files(staged / "reports", target)
    for page in target.glob("evaluators/*.html"):
        if page not in placed:
            page.unlink()
    entry["outputs"] = record.outputs_of(placed, run.request.out)
    run.calibration = entry
