"""A run under way, and how something that failed in it is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from csperf.errors import CsperfError, InputError, Problem
from csperf.runner.pool import Pool
from csperf.runner.request import Entry, Request


@dataclass
class Run:
    """A run under way: its staging folder, its workers, and what it has found so far."""

    request: Request
    staging: Path
    pool: Pool
    tick: Callable[[str], None]
    errors: list[tuple[str, CsperfError]] = field(default_factory=list)


def fail(run: Run, entry: Entry, place: str, error: CsperfError) -> None:
    """Mark an entry as failed; the portal names the place of a problem, not the value found."""
    run.errors.append((place, error))
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
