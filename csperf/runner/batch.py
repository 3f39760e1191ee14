"""One cycle of all departments: compute, run the notebooks, publish, and say what happened."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from csperf import __version__
from csperf.errors import CsperfError, InputError, OutputError, Problem
from csperf.names import folder_name
from csperf.params import Department
from csperf.reporting.portal import portal_html, rollup_html
from csperf.runner import manifest as record
from csperf.runner.calibrating import (
    calibrate,
    is_calibrated,
    start_calibration,
)
from csperf.runner.cluster import workers_of
from csperf.runner.cycles import publish_cycles
from csperf.runner.files import locked, private, refuse_links, sha256, unbroken, write_file
from csperf.runner.log import log_run
from csperf.runner.pool import outcome, submit
from csperf.runner.reports import make_reports
from csperf.runner.request import (
    CALIBRATION,
    DEPARTMENT_REPORTS,
    REPORTS,
    Entry,
    Request,
    earlier,
    is_unchanged,
    plan,
    published,
    unchanged,
)
from csperf.runner.restating import kept_results
from csperf.runner.underway import Run, Step, fail

STAGING = ".work-"


def run_cycle(
    request: Request, tick: Callable[[Step], None] = lambda step: None
) -> tuple[Entry, list[tuple[str, CsperfError]]]:
    """Run one cycle and return its manifest, and what failed as (place, error).

    Nothing of a department is published unless all of it could be read; a team whose notebook
    fails keeps its earlier report. A published result that says something else is kept in
    `restated`, whole, before it is replaced. `tick` is called with each step to be made.

    Raises
    ------
    InputError
        For a department or team that does not exist.
    MissingToolError
        If reports are to be printed and there is no Chromium.
    LockedError, OutputError
        If the output folder is in use or cannot be written.
    """
    units, _ = request.units, request.browser  # either may be refused, before anything is written
    if request.dry_run:
        return plan(request)
    try:
        with private(), locked(request.out):
            return _run(request, units, tick)
    except OSError as error:
        place = error.filename or request.out
        raise OutputError(f"{place}: cannot be written ({error.strerror})") from error


def _run(
    request: Request, units: list[Department], tick: Callable[[Step], None]
) -> tuple[Entry, list[tuple[str, CsperfError]]]:
    started, run = datetime.now(UTC), None
    params_sha256 = sha256(request.params.path)
    refuse_links([request.folder, *request.folder.rglob("*"), *request.history.glob("*")])
    request.folder.mkdir(parents=True, exist_ok=True)
    warnings, before = record.set_aside(request.folder), record.read_manifest(request.folder)
    _sweep(request.folder)
    staging = Path(tempfile.mkdtemp(prefix=STAGING, dir=request.folder))
    facts = {"params_sha256": params_sha256, "warnings": warnings}
    try:
        try:
            with workers_of(request, staging) as pool:
                run = Run(request, staging, pool, tick, params_sha256)
                departments = _departments(run, units, before)
                calibration = _calibration(run, before)
        except BaseException as error:
            if isinstance(error, (KeyboardInterrupt, SystemExit)) or (run and run.published):
                manifest = _manifest(request, *_so_far(run, before), started)
                _record(request, manifest | facts | {"interrupted": True})
            raise
        manifest = _manifest(request, departments, calibration, started) | facts
        _record(request, manifest)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return manifest, run.errors


def _so_far(run: Run | None, before: Entry) -> tuple[list[Entry], Entry | None]:
    """What a run that is cut short has published, and the rest as the run before left it."""
    there = {entry["department_id"]: entry for entry in before.get("departments", [])}
    departments = [*(there | (run.published if run else {})).values()]
    return departments, (run and run.calibration) or before.get("calibration")


def _record(request: Request, manifest: Entry) -> None:
    """Write the pages, the manifest, the log and the page of all cycles, whole."""
    with unbroken():
        manifest["outputs"] = record.outputs_of(_publish_pages(request, manifest), request.out)
        log_run(request.out, manifest, record.write_manifest(request.folder, manifest))
        publish_cycles(request.out)


def _departments(run: Run, units: list[Department], before: Entry) -> list[Entry]:
    """Entries of all departments of the params; those that nothing was asked of as they were."""
    request = run.request
    kept = {unit.id: earlier(before, unit.id) for unit in request.params.departments}
    asked = any(map(request.wants, (*REPORTS, *DEPARTMENT_REPORTS)))
    entries = _prepare(run, units, kept) if asked else {}
    _check_teams(request, entries, run.errors)
    making = {
        id: entry
        for id, entry in entries.items()
        if entry["outcome"] == "done"
        and (entry["kinds"] or any(request.kinds(team["team_id"]) for team in entry["teams"]))
    }
    make_reports(run, making, kept)
    settled = {id: entry for id, entry in entries.items() if entry["outcome"] != "done"}
    for id, entry in settled.items():
        if entry["outcome"] == "failed":
            entry["published"] = published(kept[id])
    return [entry for entry in {**kept, **settled, **making}.values() if entry]


def _prepare(run: Run, units: list[Department], kept: dict[str, Entry]) -> dict[str, Entry]:
    """Entries of the departments asked for: unchanged, failed, or computed and staged ("done")."""
    request, entries, waiting = run.request, {}, {}
    for unit in units:
        entry = entries[unit.id] = _start_entry(run, unit)
        if is_unchanged(request, unit, kept[unit.id], entry["key"]):
            entries[unit.id] = unchanged(kept[unit.id])
            for team in entries[unit.id]["teams"]:
                place = f"{unit.id}/{team['team_id']}"
                run.tick(Step(place, "report", outcome=team["outcome"]))
        elif entry["outcome"] != "failed":
            entry["kinds"] = request.kinds_of_department(unit)
            waiting[unit.id] = submit(
                run.pool,
                request.params.run,
                "prepare_department",
                request.params.path,
                unit.id,
                request.cycle.id,
                request.history,
                run.staging / entry["folder"],
                request.folder / entry["folder"],
                published(kept[unit.id]),
            )
            run.tick(Step(unit.id, "department", [waiting[unit.id]]))
    for id, job in waiting.items():
        summary, error = outcome(job)
        entries[id]["attempts"] = job.tries
        if error:
            fail(run, entries[id], id, error)
            del entries[id]["kinds"]
        else:
            teams = summary["teams"]
            entries[id].update(teams=teams, team_ids=[team["team_id"] for team in teams])
            for name in ("replaces", "former_ids", "rates", "signed"):
                entries[id][name] = summary[name]
    return entries


def _check_teams(request: Request, entries: dict[str, Entry], errors: list[Any]) -> None:
    """Refuse a team that no department has, unless one that failed may have it."""
    known = {team for entry in entries.values() for team in entry["team_ids"]}
    unknown = [team for team in request.teams if team not in known]
    if unknown and entries and not errors:
        advice = f"there are {', '.join(sorted(known))}"
        raise InputError(Problem("--team", f"no team '{unknown[0]}'", advice))


def _start_entry(run: Run, unit: Department) -> Entry:
    params = run.request.params
    inputs = record.inputs_of(params, unit)
    entry: Entry = {
        "department_id": unit.id,
        "name": unit.name or unit.id,
        "folder": folder_name(unit.id),
        "outcome": "done",
        "reason": None,
        "scheme_id": "–",
        "scheme_title": unit.scheme,
        "scheme_version": "–",
        "key": "",
        "inputs": inputs,
        "former_ids": {},
        "rates": [],
        "reports": [],
        "team_ids": [],
        "teams": [],
        "outputs": [],
        "restated": kept_results(run.request.folder / folder_name(unit.id)),
    }
    try:
        scheme = params.scheme(unit)
    except CsperfError as error:
        fail(run, entry, unit.id, error)
        return entry
    return {
        **entry,
        "scheme_id": scheme.id,
        "scheme_title": scheme.title,
        "scheme_version": scheme.version,
        "scheme_sha256": scheme.sha256,
        "scheme_completions": list(scheme.chosen),
        "key": run.request.key(unit, inputs),
    }


def _calibration(run: Run, before: Entry) -> Entry | None:
    """The report on evaluators over all departments that collect evaluations."""
    there = before.get("calibration")
    units = [unit for unit in run.request.params.departments if "evaluations" in unit.sources]
    if not run.request.wants(CALIBRATION) or not units:
        return there if units else None
    entry = start_calibration(run.request, units)
    if there and is_calibrated(run.request, there, entry["key"]):
        entry = {**there, "outcome": "unchanged"}
        run.tick(Step(CALIBRATION, CALIBRATION, outcome="unchanged"))
    elif error := calibrate(run, units, run.staging / f"-{CALIBRATION}", entry):
        fail(run, entry, CALIBRATION, error)
        entry["published"] = published(there or {})
    return entry


def _manifest(
    request: Request, departments: list[Entry], calibration: Entry | None, started: datetime
) -> Entry:
    return {
        "cycle_id": request.cycle.id,
        "organisation": request.params.organisation,
        "language": request.params.language,
        "params_file": request.params.path.name,
        "csperf_version": __version__,
        "versions": record.versions(),
        "code_sha256": record.code_sha256(),
        "seeds": {},
        "started_at": started.isoformat(timespec="seconds"),
        "finished_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "interrupted": False,
        "departments": departments,
        "calibration": calibration,
        "delete_after": _delete_after(request),
    }


def _delete_after(request: Request) -> str | None:
    """The last day on which the cycle's results are kept, if they are not kept without an end."""
    days = request.params.privacy.keep_days
    return None if days is None else (request.cycle.last_day + timedelta(days)).isoformat()


def _publish_pages(request: Request, manifest: Entry) -> list[Path]:
    """Write the portal and a roll-up for each department, and return where they are."""
    pages = {request.folder / "index.html": portal_html(manifest)}
    for entry in manifest["departments"]:
        if entry["teams"] or entry.get("reports"):
            page = request.folder / entry["folder"] / "index.html"
            pages[page] = rollup_html(entry, manifest)
    for path, html in pages.items():
        write_file(path, html.encode())
    return [*pages]


def _sweep(folder: Path) -> None:
    """Remove what a run that was killed left behind."""
    half_written = [*folder.rglob(".writing-*"), *folder.parent.glob(".writing-*")]
    for leftover in [*folder.glob(f"{STAGING}*"), *half_written]:
        if leftover.is_dir():
            shutil.rmtree(leftover, ignore_errors=True)
        else:
            leftover.unlink(missing_ok=True)
