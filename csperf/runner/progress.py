"""What a run is at, on a terminal only: a live table, or plain lines where none can be drawn."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from csperf.errors import printable
from csperf.runner.underway import Step

REPORT, DEPARTMENT = "report", "department"  # kinds of steps that are counted
STYLES = {"running": "cyan", "done": "green", "failed": "red", "unchanged": "bright_black"}
ENDED = ("cancelled", "failed", "done", "unchanged")  # the worst first
POLL_S = 0.1
AROUND = 3  # lines of a table that are not about a place: its head, the count, one that stays free


@dataclass
class Shown:
    """A place, such as a team, with all that is made for it."""

    place: str
    steps: list[Step]
    started: float | None = None
    ended: float | None = None

    @property
    def state(self) -> str:
        """Of what has ended the worst; before that, whether any of it is under way."""
        states = {step.state for step in self.steps}
        if states & {"waiting", "running"}:
            return "waiting" if states == {"waiting"} else "running"
        return next(state for state in ENDED if state in states)

    def seconds(self, now: float) -> float | None:
        """How long it took, or has taken so far."""
        return None if self.started is None else (self.ended or now) - self.started


class Board:
    """All places of a cycle's run; a thread looks after what they are at and tells who listens."""

    def __init__(self, cycle: str, ended: Callable[[Board, Shown], None] = lambda *_: None):
        self.cycle = cycle
        self.places: dict[str, Shown] = {}
        self._ended, self._lock, self._over = ended, threading.RLock(), threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def add(self, step: Step) -> None:
        """Take in something that the run will make, or has found unchanged."""
        with self._lock:
            shown = self.places.setdefault(step.place, Shown(step.place, []))
            told = any(each.outcome for each in shown.steps)
            shown.steps.append(step)
            if not step.outcome or shown.ended is None:
                shown.ended = None  # the next look will tell
            elif not told:
                self._ended(self, shown)

    def look(self) -> None:
        """See what has begun and what has ended since; what failed may be tried again."""
        with self._lock:
            for shown in self.places.values():
                state, now = shown.state, time.monotonic()
                if state != "waiting" and state != "unchanged":
                    shown.started = shown.started or now
                if state in ("waiting", "running"):
                    shown.ended = None
                elif shown.ended is None:
                    shown.ended = now
                    self._ended(self, shown)

    def of(self, *states: str) -> list[Shown]:
        """Places in one of these states, those that ended last at the end."""
        with self._lock:
            found = [shown for shown in self.places.values() if shown.state in states]
        return sorted(found, key=lambda shown: shown.ended or 0.0)

    def counts(self) -> tuple[int, int]:
        """How many places have all their reports, and how many there are.

        Of departments that are computed as long as no report has been asked for.
        """
        with self._lock:
            kinds = {step.kind for shown in self.places.values() for step in shown.steps}
            kind = REPORT if REPORT in kinds else DEPARTMENT
            counted = [s for s in self.places.values() if any(x.kind == kind for x in s.steps)]
            return sum(shown.ended is not None for shown in counted), len(counted)

    def remaining(self) -> float | None:
        """Seconds that the other reports will take if they take as long as those that were made."""
        with self._lock:
            asked = [s for s in self.places.values() if any(x.kind == REPORT for x in s.steps)]
            made = [s for s in asked if s.ended is not None and s.started is not None]
            left = sum(shown.ended is None for shown in asked)
            if not made or not left:
                return None
            begun = min(shown.started or 0.0 for shown in made)
            return left * (time.monotonic() - begun) / len(made)

    def _watch(self) -> None:
        while not self._over.wait(POLL_S):
            self.look()

    def __enter__(self) -> Board:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self.look()


@contextmanager
def progress(cycle: str) -> Iterator[Callable[[Step], None]]:
    """Show on standard error what a run is at, if that is a terminal; gives what takes its steps.

    A terminal that cannot draw (`TERM=dumb`) gets a line for each thing that ended.
    """
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda step: None
        return
    if console.is_dumb_terminal:
        with Board(cycle, lambda board, shown: say(console, board, shown)) as board:
            yield board.add
        return
    with Board(cycle) as board:
        live = Live(
            get_renderable=lambda: table(board, console.width, console.height),
            console=console,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            vertical_overflow="crop",
        )
        with live:
            yield board.add


def table(board: Board, width: int, height: int) -> Group:
    """What is running and what ended last, as much as a window holds, and how far the run is."""
    running, waiting = board.of("running"), board.of("waiting")
    ended = board.of(*ENDED)
    room = max(height - AROUND, 1)
    last = ended[max(len(ended) - max(room - len(running), 0), 0) :]
    rows = [*last, *running][-room:]
    rows += waiting[: room - len(rows)]
    found = Table(box=None, width=width, pad_edge=False, header_style="none")
    found.add_column(printable(board.cycle), ratio=1, no_wrap=True, overflow="ellipsis")
    found.add_column("state", no_wrap=True)
    found.add_column("seconds", justify="right", no_wrap=True)
    for shown in rows:
        seconds = shown.seconds(time.monotonic())
        state = shown.state
        found.add_row(
            Text(printable(shown.place)),
            Text(state, style=STYLES.get(state, "")),
            "" if seconds is None else f"{seconds:.0f}",
        )
    told = Text(summary(board, ended, running, waiting), no_wrap=True, overflow="ellipsis")
    return Group(found, told)


def summary(
    board: Board, ended: Sequence[Shown], running: Sequence[Shown], waiting: Sequence[Shown]
) -> str:
    """The line under the table: how many places have ended, how many not, and how long to go."""
    done, total = board.counts()
    failed = sum(shown.state == "failed" for shown in ended)
    parts = [f"{done}/{total}", f"{len(running)} running", f"{len(waiting)} waiting"]
    parts += [f"{failed} failed"] if failed else []
    remaining = board.remaining()
    return ", ".join(parts) + ("" if remaining is None else f"; about {duration(remaining)} left")


def duration(seconds: float) -> str:
    """Seconds as a person says them: 40 s, 12 min, 1 h 5 min."""
    if seconds < 60:
        return f"{max(seconds, 1):.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def say(console: Console, board: Board, shown: Shown) -> None:
    """A line about what was made or failed; what is only a step on the way has none.

    A task that failed may be tried again, or have ended with the run: the run says what it means.
    """
    prepared = shown.state == "done" and all(step.kind == DEPARTMENT for step in shown.steps)
    meant = shown.state == "done" or any(step.outcome == "failed" for step in shown.steps)
    if prepared or not meant:
        return
    done, total = board.counts()
    seconds: Any = shown.seconds(time.monotonic()) or 0.0
    line = f"{board.cycle}  {done}/{total}  {shown.place}: {shown.state}, {seconds:.1f} s"
    print(printable(line), file=console.file, flush=True)
