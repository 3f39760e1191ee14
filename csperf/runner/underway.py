"""A run under way, and how something that failed in it is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass, field
from pathlib import Path

from csperf.errors import CsperfError, InputError, Problem, TaskError
from csperf.params import Department
from csperf.runner import manifest as record
from csperf.runner.files import sha256
from csperf.runner.pool import Future, Job, Pool
from csperf.runner.request import Entry, Request


@dataclass(frozen=True)
class Step:
    """One thing that a run makes, of a kind and for a place, and what workers do for it.

    `outcome` is set where there is nothing for them to do.
    """

    place: str
    kind: str
    jobs: Sequence[Job] = ()
    outcome: str = ""

    @property
    def state(self) -> str:
        """Waiting, running, done, failed, or cancelled with the run; or the outcome."""
        if self.outcome:
            return self.outcome
        futures = [job.future for job in self.jobs]  # a job that is tried again has another one
        if not all(future.done() for future in futures):
            begun = any(future.running() or future.done() for future in futures)
            return "running" if begun else "waiting"
        errors = [_raised(future) for future in futures]
        if any(isinstance(error, CancelledError) for error in errors):
            return "cancelled"
        return "failed" if any(errors) else "done"


def _raised(future: Future) -> BaseException | None:
    try:
        return future.exception()
    except CancelledError as error:
        return error


@dataclass
class Run:
    """A run under way: its staging folder, its workers, and so far what failed and is published."""

    request: Request
    staging: Path
    pool: Pool
    tick: Callable[[Step], None]
    params_sha256: str
    errors: list[tuple[str, CsperfError]] = field(default_factory=list)
    published: dict[str, Entry] = field(default_factory=dict)
    calibration: Entry | None = None


def fail(run: Run, entry: Entry, place: str, error: CsperfError) -> None:
    """Mark an entry as failed; the portal names the place of a problem, not the value found."""
    run.errors.append((place, error))
    run.tick(Step(place, "", outcome="failed"))
    reason = str(error).replace(f"{run.request.params.path.parent}/", "")
    if isinstance(error, InputError):
        first, more = error.problems[0], len(error.problems) - 1
        reason = f"{_place(first)}" + (f" and {more} more" if more else "")
    entry.update(outcome="failed", reason=reason, code=getattr(error, "code", type(error).__name__))


def changed_input(run: Run, unit: Department, entry: Entry) -> CsperfError | None:
    """What to say if anything that a department is made from is not what it was at the start."""
    params = run.request.params
    before = {found["path"]: found["sha256"] for found in entry["inputs"]}
    now = {found["path"]: found["sha256"] for found in record.inputs_of(params, unit)}
    changed = [Path(path).name for path in before if now.get(path) != before[path]]
    try:
        if params.scheme(unit).sha256 != entry["scheme_sha256"]:
            changed.append(Path(unit.scheme).name)
    except CsperfError:
        changed.append(Path(unit.scheme).name)
    if sha256(params.path) != run.params_sha256:
        changed.append(params.path.name)
    if not changed:
        return None
    told = f"{', '.join(changed)} changed while the run was reading; run it again"
    return TaskError(told, "input-changed")


def cannot_replace(run: Run, place: str, refused: PermissionError) -> TaskError:
    """What to say of a file that somebody keeps open; of the place if it is none of the run's."""
    file, out = Path(refused.filename2 or refused.filename or ""), run.request.out
    named = file.relative_to(out) if file.is_relative_to(out) else place
    advice = "close it where it is open, and run again"
    return TaskError(
        f"{named}: cannot be replaced ({refused.strerror}); {advice}", "cannot-replace"
    )


def _place(problem: Problem) -> str:
    where = Path(problem.where.split(", sheet ")[0].split(": ")[0]).name
    row = f", row {problem.row}" if problem.row is not None else ""
    column = f", column '{problem.column}'" if problem.column else ""
    return f"the input has to be mended: {where}{row}{column}"
