"""One cycle of all departments: compute, run the notebooks, publish, and say what happened."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pebble import ProcessPool

from csperf import __version__
from csperf.errors import CsperfError, InputError, Problem
from csperf.names import folder_name, history_file
from csperf.params import Cycle, Department, Params
from csperf.reporting.portal import portal_html, rollup_html
from csperf.runner import manifest as record
from csperf.runner.files import locked, write_file
from csperf.runner.pool import outcome, submit, workers
from csperf.runner.work import (
    NotebookTask,
    prepare_calibration,
    prepare_department,
    run_notebook,
)

REPORTS = ("appraisal", "comparison")
STEPS = (*REPORTS, "calibration")
STAGING = ".work-"
CALIBRATION = "calibration"
Entry = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """What to run: the params, the cycle, and perhaps only some of it."""

    params: Params
    cycle: Cycle
    out: Path
    departments: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    jobs: int = 2
    force: bool = False
    dry_run: bool = False

    @property
    def folder(self) -> Path:
        """Folder of the cycle."""
        return self.out / self.cycle.id

    @property
    def history(self) -> Path:
        """Folder of what later cycles need."""
        return self.out / "history"

    def wants(self, step: str) -> bool:
        """Whether this step was asked for; all of them if none was named."""
        return not self.only or step in self.only


@dataclass
class Run:
    """A run under way: its staging folder, its workers, and what it has found so far."""

    request: Request
    staging: Path
    pool: ProcessPool
    tick: Callable[[str], None]
    errors: list[tuple[str, CsperfError]] = field(default_factory=list)


def run_cycle(
    request: Request, tick: Callable[[str], None] = lambda label: None
) -> tuple[Entry, list[tuple[str, CsperfError]]]:
    """Run one cycle and return its manifest, and what failed as (place, error).

    Nothing of a department is published unless all of it could be read; a team whose notebook
    fails keeps its earlier report. `tick` is called with a label after each step.

    Raises
    ------
    InputError
        For a department or team that does not exist.
    LockedError, OutputError
        If the output folder is in use or cannot be written.
    """
    units = _chosen(request)
    if request.dry_run:
        return _plan(request, units), []
    started = datetime.now(UTC)
    with locked(request.out):
        before = record.read_manifest(request.folder)
        request.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sweep(request.folder)
        staging = Path(tempfile.mkdtemp(prefix=STAGING, dir=request.folder))
        try:
            with workers(request.jobs) as pool:
                run = Run(request, staging, pool, tick)
                departments = _departments(run, units, before)
                calibration = _calibration(run, before)
            manifest = _manifest(request, departments, calibration, started)
            _publish_pages(request, manifest)
            record.write_manifest(request.folder, manifest)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    return manifest, run.errors


def _chosen(request: Request) -> list[Department]:
    known = request.params.departments
    wanted = request.departments or tuple(unit.id for unit in known)
    return [request.params.department(id) for id in wanted]


def _plan(request: Request, units: list[Department]) -> Entry:
    """What a run would do to each department, without doing it."""
    before = record.read_manifest(request.folder)
    entries = []
    for unit in units:
        key = _key(request, unit, record.inputs_of(request.params, unit))
        entry = _earlier(before, unit.id)
        same = _is_unchanged(request, entry, key)
        entries.append({"department_id": unit.id, "outcome": "unchanged" if same else "to do"})
    return {"cycle_id": request.cycle.id, "departments": entries, "calibration": None}


def _key(request: Request, unit: Department, inputs: list[Entry]) -> str:
    return record.department_key(request.params, unit, request.cycle.id, inputs, request.history)


def _earlier(before: Entry, department: str) -> Entry:
    entries = before.get("departments", [])
    return next((entry for entry in entries if entry["department_id"] == department), {})


def _is_unchanged(request: Request, entry: Entry, key: str) -> bool:
    if request.force or entry.get("key") != key or entry.get("outcome") == "failed":
        return False
    made = {report["kind"] for team in entry["teams"] for report in team["reports"]}
    wanted = {step for step in REPORTS if request.wants(step)}
    failed = any(team["outcome"] == "failed" for team in entry["teams"])
    return not failed and wanted <= made and record.intact(entry, request.out)


def _departments(run: Run, units: list[Department], before: Entry) -> list[Entry]:
    """Entries of all departments of the params; those not asked for as they were."""
    request = run.request
    entries = {unit.id: _start_entry(request, unit) for unit in units}
    waiting = {}
    for unit in units:
        earlier = _earlier(before, unit.id)
        if _is_unchanged(request, earlier, entries[unit.id]["key"]):
            entries[unit.id] = _unchanged(earlier)
            run.tick(unit.id)
        elif any(request.wants(step) for step in REPORTS):
            waiting[unit.id] = submit(
                run.pool,
                prepare_department,
                request.params.path,
                unit.id,
                request.cycle.id,
                request.history,
                run.staging / folder_name(unit.id),
            )
    for id, future in waiting.items():
        summary, error = outcome(future)
        run.tick(id)
        if error:
            _fail(run, entries[id], id, error)
        else:
            entries[id]["teams"] = summary["teams"]
    _notebooks(run, {id: entries[id] for id in waiting if entries[id]["outcome"] != "failed"})
    kept = {unit.id: _earlier(before, unit.id) for unit in request.params.departments}
    everything = {**{id: entry for id, entry in kept.items() if entry}, **entries}
    return [everything[unit.id] for unit in request.params.departments if unit.id in everything]


def _start_entry(request: Request, unit: Department) -> Entry:
    scheme = request.params.scheme(unit)
    inputs = record.inputs_of(request.params, unit)
    return {
        "department_id": unit.id,
        "name": unit.name or unit.id,
        "folder": folder_name(unit.id),
        "outcome": "done",
        "reason": None,
        "scheme_id": scheme.id,
        "scheme_title": scheme.title,
        "scheme_version": scheme.version,
        "scheme_sha256": scheme.sha256,
        "key": _key(request, unit, inputs),
        "inputs": inputs,
        "teams": [],
        "outputs": [],
    }


def _unchanged(entry: Entry) -> Entry:
    teams = [
        {
            **team,
            "outcome": "unchanged",
            "reports": [{**report, "outcome": "unchanged"} for report in team["reports"]],
        }
        for team in entry["teams"]
    ]
    return {**entry, "outcome": "unchanged", "teams": teams}


def _fail(run: Run, entry: Entry, place: str, error: CsperfError) -> None:
    """Mark an entry as failed; the portal names the place of a problem, not the value found."""
    run.errors.append((place, error))
    reason = str(error)
    if isinstance(error, InputError):
        first, more = error.problems[0], len(error.problems) - 1
        reason = f"{_place(first)}" + (f" and {more} more" if more else "")
    entry.update(outcome="failed", reason=reason)


def _place(problem: Problem) -> str:
    where = Path(problem.where.split(", sheet ")[0].split(": ")[0]).name
    row = f", row {problem.row}" if problem.row is not None else ""
    column = f", column '{problem.column}'" if problem.column else ""
    return f"the input has to be mended: {where}{row}{column}"


def _notebooks(run: Run, entries: dict[str, Entry]) -> None:
    """Run the notebooks of all prepared departments, then publish what succeeded."""
    request, futures = run.request, {}
    for id, entry in entries.items():
        teams = [team for team in entry["teams"] if _team_wanted(request, team)]
        if request.teams and not teams:
            known = ", ".join(team["team_id"] for team in entry["teams"])
            advice = f"there are {known}"
            raise InputError(Problem("--team", f"no such team in '{id}'", advice))
        for team in entry["teams"]:
            team.update(
                folder=folder_name(team["team_id"]), outcome="done", reason=None, reports=[]
            )
        for team in teams:
            for kind in filter(request.wants, REPORTS):
                task = _task(run, entry, team, kind)
                futures[id, team["team_id"], kind] = submit(run.pool, run_notebook, task)
    for (id, team_id, kind), future in futures.items():
        _, error = outcome(future)
        run.tick(f"{id}/{team_id}")
        team = next(team for team in entries[id]["teams"] if team["team_id"] == team_id)
        path = f"{entries[id]['folder']}/{team['folder']}/{kind}.html"
        report = {"kind": kind, "path": path, "outcome": "done", "reason": None}
        if error:
            _fail(run, report, f"{id}/{team_id}", error)
            team.update(outcome="failed", reason=report["reason"])
        team["reports"].append(report)
    for id, entry in entries.items():
        _publish_department(run, id, entry)


def _team_wanted(request: Request, team: Entry) -> bool:
    return not request.teams or team["team_id"] in request.teams


def _task(run: Run, entry: Entry, team: Entry, kind: str) -> NotebookTask:
    request = run.request
    staged = run.staging / entry["folder"]
    parameters = {
        "params_file": str(request.params.path.resolve()),
        "cycle": request.cycle.id,
        "department": entry["department_id"],
        "team": team["team_id"],
        "history": str(request.history.resolve()),
        "prepared": str((staged / "prepared").resolve()),
    }
    return NotebookTask(kind, parameters, staged / "reports" / team["folder"] / kind)


def _publish_department(run: Run, id: str, entry: Entry) -> None:
    """Move a department's files into place, each at once, the history last."""
    staged = run.staging / entry["folder"]
    target = run.request.folder / entry["folder"]
    _move(staged / "reports", target)
    _move(staged / "tables", target / "tables")
    history = history_file(run.request.history, run.request.cycle.id, id)
    history.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    (staged / "history.parquet").replace(history)
    files = record.outputs_of(target, run.request.out)
    entry["outputs"] = [out for out in files if not out["path"].endswith("/index.html")]


def _move(source: Path, target: Path) -> None:
    for file in sorted(source.rglob("*")):
        if file.is_file():
            place = target / file.relative_to(source)
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            file.replace(place)


def _calibration(run: Run, before: Entry) -> Entry | None:
    """The report on evaluators over all departments that collect evaluations."""
    request, earlier = run.request, before.get("calibration")
    units = [unit for unit in request.params.departments if "evaluations" in unit.sources]
    if not request.wants(CALIBRATION) or not units:
        return earlier
    inputs = [
        found for unit in units for found in record.inputs_of(request.params, unit, ["evaluations"])
    ]
    key = record.calibration_key(request.params, request.cycle.id, inputs)
    if earlier and not request.force and earlier["key"] == key and earlier["outcome"] != "failed":
        if record.intact(earlier, request.out):
            run.tick(CALIBRATION)
            return {**earlier, "outcome": "unchanged"}
    entry: Entry = {"outcome": "done", "reason": None, "key": key, "outputs": []}
    entry["path"] = f"{CALIBRATION}/{CALIBRATION}.html"
    staged = run.staging / f"-{CALIBRATION}"
    parameters = {
        "params_file": str(request.params.path.resolve()),
        "cycle": request.cycle.id,
    }
    task = NotebookTask(CALIBRATION, parameters, staged / "reports" / CALIBRATION)
    tables = submit(run.pool, prepare_calibration, request.params.path, request.cycle.id, staged)
    report = submit(run.pool, run_notebook, task)
    error = outcome(tables)[1] or outcome(report)[1]
    run.tick(CALIBRATION)
    if error:
        _fail(run, entry, CALIBRATION, error)
        return entry
    target = request.folder / CALIBRATION
    _move(staged / "reports", target)
    _move(staged / "tables", target / "tables")
    entry["outputs"] = record.outputs_of(target, request.out)
    return entry


def _manifest(
    request: Request, departments: list[Entry], calibration: Entry | None, started: datetime
) -> Entry:
    return {
        "cycle_id": request.cycle.id,
        "organisation": request.params.organisation,
        "language": request.params.language,
        "csperf_version": __version__,
        "versions": record.versions(),
        "code_sha256": record.code_sha256(),
        "seeds": {},
        "started_at": started.isoformat(timespec="seconds"),
        "finished_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "departments": departments,
        "calibration": calibration,
    }


def _publish_pages(request: Request, manifest: Entry) -> None:
    for entry in manifest["departments"]:
        if entry["teams"]:
            page = request.folder / entry["folder"] / "index.html"
            write_file(page, rollup_html(entry, manifest).encode())
    write_file(request.folder / "index.html", portal_html(manifest).encode())


def _sweep(folder: Path) -> None:
    """Remove what a run that was killed left behind."""
    for leftover in [*folder.glob(f"{STAGING}*"), *folder.rglob(".writing-*")]:
        if leftover.is_dir():
            shutil.rmtree(leftover, ignore_errors=True)
        else:
            leftover.unlink(missing_ok=True)
