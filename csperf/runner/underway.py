"""A run under way, and how something that failed in it is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass, field
from pathlib import Path

from csperf.errors import CsperfError, InputError, Problem
from csperf.runner.pool import Future, Pool
from csperf.runner.request import Entry, Request


@dataclass(frozen=True)
class Step:
    """One thing that a run makes, of a kind and for a place, and what workers do for it.

    `outcome` is set where there is nothing for them to do.
    """

    place: str
    kind: str
    futures: Sequence[Future] = ()
    outcome: str = ""

    @property
    def state(self) -> str:
        """Waiting, running, done, failed, or cancelled with the run; or the outcome."""
        if self.outcome:
            return self.outcome
        if not all(future.done() for future in self.futures):
            begun = any(future.running() or future.done() for future in self.futures)
            return "running" if begun else "waiting"
        errors = [_raised(future) for future in self.futures]
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
    """A run under way: its staging folder, its workers, and what it has found so far."""

    request: Request
    staging: Path
    pool: Pool
    tick: Callable[[Step], None]
    errors: list[tuple[str, CsperfError]] = field(default_factory=list)


def fail(run: Run, entry: Entry, place: str, error: CsperfError) -> None:
    """Mark an entry as failed; the portal names the place of a problem, not the value found."""
    run.errors.append((place, error))
    run.tick(Step(place, "", outcome="failed"))
    reason = str(error).replace(f"{run.request.params.path.parent}/", "")
    if isinstance(error, InputError):
        first, more = error.problems[0], len(error.problems) - 1
        reason = f"{_place(first)}" + (f" and {more} more" if more else "")
    entry.update(outcome="failed", reason=reason)


def _place(problem: Problem) -> str:
    where = Path(problem.where.split(", sheet ")[0].split(": ")[0]).name
    row = f", row {problem.row}" if problem.row is not None else ""
    column = f", column '{problem.column}'" if problem.column else ""
    return f"the input has to be mended: {where}{row}{column}"
