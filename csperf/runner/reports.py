"""Reports of teams and departments: run notebooks, publish what succeeded, keep the earlier."""

from __future__ import annotations

import shutil
from pathlib import Path

from csperf.errors import CsperfError
from csperf.names import folder_name, history_file
from csperf.runner import manifest as record
from csperf.runner.calibrating import publish_fair_scores
from csperf.runner.files import drop_old_pages, move_files, unbroken
from csperf.runner.pool import Job, located, outcome, submit
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
    unchanged,
)
from csperf.runner.restating import keep_earlier, kept_results, settle
from csperf.runner.underway import Run, Step, cannot_replace, changed_input, fail

_Started = tuple[Entry, NotebookTask, list[Job]]  # what it is about, a department or a team


def make_reports(run: Run, entries: dict[str, Entry], kept: dict[str, Entry]) -> None:
    """Run the notebooks of all prepared departments; publish each when its own have ended."""
    before = {id: published(kept[id]) for id in entries}
    waiting = {id: _start(run, entry, before[id]) for id, entry in entries.items()}
    for id, entry in entries.items():
        for about, task, jobs in waiting[id]:
            _collect(run, entry, about, task, jobs)
        entry["teams"] = [_with_outcome(team) for team in entry["teams"] if team["reports"]]
        if error := _publish(run, id, entry, before[id]):
            fail(run, entry, id, error)
            entry.update(teams=[], team_ids=[], reports=[], outputs=[])
            entry.pop("replaces", None)


def _start(run: Run, entry: Entry, before: Entry) -> list[_Started]:
    """Hand a department's reports to workers: those about itself, then those about its teams."""
    started = _start_about(run, entry, entry, entry.pop("kinds"), before)
    for team in entry["teams"]:
        team["folder"] = folder_name(team["team_id"])
        started += _start_about(run, entry, team, run.request.kinds(team["team_id"]), before)
    return started


def _start_about(
    run: Run, entry: Entry, about: Entry, kinds: list[str], before: Entry
) -> list[_Started]:
    """Hand over the reports about a team, or about the department itself as a whole."""
    started, limits = [], run.request.params.run
    about["reports"] = _kept_reports(before, entry, about, kinds)
    for kind in kinds:
        task = _task(run, entry, about, kind)
        jobs = [submit(run.pool, limits, "run_notebook", task)]
        if kind == APPRAISAL:
            given = task.parameters, task.target.parent
            jobs.append(submit(run.pool, limits, "make_sheets", *given))
        run.tick(Step(_place(entry, about), "report", jobs))
        started.append((about, task, jobs))
    return started


def _collect(run: Run, entry: Entry, about: Entry, task: NotebookTask, jobs: list[Job]) -> None:
    """Wait for a report and note what became of it."""
    path = "/".join([*_of_both(entry, about, "folder", "folder"), f"{task.name}.html"])
    report: Entry = {"kind": task.name, "path": path, "outcome": "done", "reason": None}
    report |= run.request.beside(task.name, path)
    errors = [outcome(job)[1] for job in jobs]
    error = located(errors[0], task) or next(filter(None, errors), None)
    report["attempts"] = max(job.tries for job in jobs)
    if error:
        fail(run, report, _place(entry, about), error)
        _withdraw(_staged(run, entry, about), task.name)
    about["reports"].append(report)


def _publish(run: Run, id: str, entry: Entry, before: Entry) -> CsperfError | None:
    """Publish a department, unless its input has changed meanwhile; return what went wrong."""
    if error := changed_input(run, run.request.params.department(id), entry):
        return error
    try:
        with unbroken():
            if run.request.about_teams:
                _publish_department(run, id, entry, before)
            else:
                _publish_own(run, entry, before)
            run.published[id] = entry
    except PermissionError as refused:
        return cannot_replace(run, id, refused)
    return None


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


def _publish_own(run: Run, entry: Entry, before: Entry) -> None:
    """Move the reports about a department itself into place; all else stays as it is published.

    A cycle that is watched every day, while its data still come in, restates nothing.
    """
    entry.pop("replaces")
    target = run.request.folder / entry["folder"]
    placed = record.outputs_of(
        move_files(run.staging / entry["folder"] / "reports", target), run.request.out
    )
    dropped = {path.relative_to(run.request.out).as_posix() for path in _drop_failed(run, entry)}
    if before.get("teams"):
        made = {report["kind"] for report in entry["reports"]}
        kept = unchanged(before)
        others = [report for report in kept["reports"] if report["kind"] not in made]
        entry.update(kept, outcome="done", reports=[*others, *entry["reports"]])
    again = dropped | {output["path"] for output in placed}
    others = [output for output in before.get("outputs", []) if output["path"] not in again]
    entry["outputs"] = sorted([*others, *placed], key=lambda output: output["path"])


def _drop_failed(run: Run, entry: Entry) -> list[Path]:
    """Remove what earlier runs have kept of notebooks that failed and are reports now."""
    reports = [each for about in (entry, *entry["teams"]) for each in about["reports"]]
    pages = [run.request.folder / each["path"] for each in reports if each["outcome"] != "failed"]
    kept = [page.with_suffix(FAILED) for page in pages]
    for path in kept:
        path.unlink(missing_ok=True)
    return kept


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
    _drop_failed(run, entry)
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
