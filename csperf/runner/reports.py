"""Reports of teams and departments: run notebooks, publish what succeeded, keep the earlier."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from csperf.names import folder_name, history_file
from csperf.runner import manifest as record
from csperf.runner.calibrating import publish_fair_scores
from csperf.runner.files import drop_old_pages, move_files
from csperf.runner.pool import Future, outcome, submit
from csperf.runner.printing import drop_old_prints
from csperf.runner.request import (
    APPRAISAL,
    DEPARTMENT_REPORTS,
    FAILED,
    OF_PEOPLE,
    PRINTED,
    Entry,
    NotebookTask,
    published,
)
from csperf.runner.restating import keep_earlier, kept_results, settle
from csperf.runner.underway import Run, Step, fail

_Started = tuple[Entry, Entry, str, list[Future]]  # department, what it is about, kind


def make_reports(run: Run, entries: dict[str, Entry], kept: dict[str, Entry]) -> None:
    """Run the notebooks of all prepared departments, then publish what succeeded."""
    started: list[_Started] = []
    for id, entry in entries.items():
        started += _start(run, entry, entry, entry.pop("kinds"), kept[id])
        for team in entry["teams"]:
            team["folder"] = folder_name(team["team_id"])
            started += _start(run, entry, team, run.request.kinds(team["team_id"]), kept[id])
    for entry, about, kind, futures in started:
        place = _place(entry, about)
        path = "/".join([*_of_both(entry, about, "folder", "folder"), f"{kind}.html"])
        report = {"kind": kind, "path": path, "outcome": "done", "reason": None}
        report |= run.request.beside(kind, path)
        error = next((error for future in futures if (error := outcome(future)[1])), None)
        if error:
            fail(run, report, place, error)
            _withdraw(_staged(run, entry, about), kind)
        else:
            failed_earlier = (run.request.folder / path).with_suffix(FAILED)
            failed_earlier.unlink(missing_ok=True)
        about["reports"].append(report)
    for id, entry in entries.items():
        entry["teams"] = [_with_outcome(team) for team in entry["teams"] if team["reports"]]
        _publish_department(run, id, entry, published(kept[id]))


def _start(
    run: Run, entry: Entry, about: Entry, kinds: list[str], before: Entry
) -> Iterator[_Started]:
    """Start the notebooks about a team, or about the department itself as a whole."""
    about["reports"] = _kept_reports(before, entry, about, kinds)
    for kind in kinds:
        task = _task(run, entry, about, kind)
        futures = [submit(run.pool, "run_notebook", task)]
        if kind == APPRAISAL:
            given = task.parameters, task.target.parent
            futures.append(submit(run.pool, "make_sheets", *given))
        run.tick(Step(_place(entry, about), "team", futures))
        yield entry, about, kind, futures


def _place(entry: Entry, about: Entry) -> str:
    """What a report is about, as progress and errors name it."""
    return "/".join(_of_both(entry, about, "department_id", "team_id"))


def _of_both(entry: Entry, about: Entry, of_department: str, of_team: str) -> list[str]:
    """A word of the department, and one of the team unless the department itself is meant."""
    return [entry[of_department], *([] if about is entry else [about[of_team]])]


def _kept_reports(before: Entry, entry: Entry, about: Entry, making: list[str]) -> list[Entry]:
    """Reports that an earlier run made from the same input and this one was not asked for."""
    if before.get("key") != entry["key"] or entry["replaces"]:
        return []
    teams = [team for team in before["teams"] if team["team_id"] == about.get("team_id")]
    same = [before] if about is entry else teams
    return [report for each in same for report in each["reports"] if report["kind"] not in making]


def _with_outcome(team: Entry) -> Entry:
    failed = [report for report in team["reports"] if report["outcome"] == "failed"]
    reason = failed[0]["reason"] if failed else None
    return {**team, "outcome": "failed" if failed else "done", "reason": reason}


def _task(run: Run, entry: Entry, about: Entry, kind: str) -> NotebookTask:
    request = run.request
    staged = run.staging / entry["folder"]
    parameters = {
        "params_file": str(request.params.path.resolve()),
        "cycle": request.cycle.id,
        "department": entry["department_id"],
        **({} if about is entry else {"team": about["team_id"]}),
        "history": str(request.history.resolve()),
        "prepared": str((staged / "prepared").resolve()),
        "language": request.params.language,
    }
    target, browser = _staged(run, entry, about) / kind, request.browser if kind in PRINTED else ""
    return NotebookTask(kind, parameters, target, browser)


def _staged(run: Run, entry: Entry, about: Entry) -> Path:
    """Where the reports of a team, or of the department, lie until they are published."""
    department, *team = _of_both(entry, about, "folder", "folder")
    return run.staging.joinpath(department, "reports", *team)


def _withdraw(staged: Path, kind: str) -> None:
    """Take back what was made of a report of which a part failed: the earlier one stays, whole."""
    for file in staged.glob(f"{kind}.*"):
        if not file.name.endswith(FAILED):
            file.unlink()
    for folder in OF_PEOPLE if kind == APPRAISAL else ():
        shutil.rmtree(staged / folder, ignore_errors=True)


def _publish_department(run: Run, id: str, entry: Entry, before: Entry) -> None:
    """Move a department's files into place, each at once, the history last.

    What it says of fair scores goes to the calibration, which is for HR.
    """
    staged = run.staging / entry["folder"]
    target = run.request.folder / entry["folder"]
    replaces = entry.pop("replaces")
    if replaces:
        keep_earlier(target, staged / "kept", before)
    placed = move_files(staged / "reports", target)
    drop_old_prints(placed)
    placed |= move_files(staged / "tables", target / "tables")
    drop_old_pages(placed, f"{APPRAISAL}.html", OF_PEOPLE)
    fair = publish_fair_scores(staged / "fair", run.request.folder, entry["folder"])
    given = run.request.given_for(run.request.params.department(id))
    for kind in [kind for kind in DEPARTMENT_REPORTS if kind not in given]:
        for suffix in (".html", ".ipynb", FAILED):  # made when the department still gave it
            (target / kind).with_suffix(suffix).unlink(missing_ok=True)
    history = history_file(run.request.history, run.request.cycle.id, id)
    history.parent.mkdir(exist_ok=True)
    (staged / "history.parquet").replace(history)
    if replaces:
        settle(target, placed)
    entry["restated"] = kept_results(target)
    files = [file for file in target.rglob("*") if file.name != "index.html"]
    entry["outputs"] = record.outputs_of([*files, *fair, history], run.request.out)
