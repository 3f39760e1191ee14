"""What a run shows of itself on a terminal: a live table, or plain lines; elsewhere nothing."""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import time
from concurrent.futures import CancelledError, Future
from pathlib import Path

import pytest
from organisation import CYCLES, write_organisation
from rich.cells import cell_len
from rich.console import Console

import csperf
from csperf.limits import Limits
from csperf.runner.pool import Job
from csperf.runner.progress import POLL_S, Board, duration, say, table
from csperf.runner.underway import Step

JANUARY = CYCLES[0]
LINE = re.compile(r"\S+  [0-9]+/[0-9]+  [^:]+: (done|failed), [0-9]+\.[0-9] s\n")
COLOUR = re.compile(rb"\x1b\[[0-9;]*(3[0-9]|9[0-7]|4[0-9])m")
ASKED = ["run", "params.yaml", "--cycle", JANUARY, "--only", "appraisal"]


def future(state: str) -> Future[None]:
    """A task that is waiting, running, done, failed or cancelled."""
    found: Future[None] = Future()
    if state != "waiting":
        found.set_running_or_notify_cancel()
    if state == "done":
        found.set_result(None)
    if state in ("failed", "cancelled"):
        found.set_exception(ValueError() if state == "failed" else CancelledError())
    return found


def job(state: str) -> Job:
    """A task as a run has it."""
    return Job(None, (), Limits(), future(state))  # type: ignore[arg-type]


def board(places: dict[str, str]) -> Board:
    """Teams by their states, as a run's board has them."""
    found = Board(JANUARY)
    for place, state in places.items():
        found.add(Step(place, "report", [job(state)]))
        found.look()
    return found


def drawn(shown: Board, width: int = 60, height: int = 24) -> list[str]:
    """Lines of the live table in a window of this size."""
    console = Console(width=width, height=height, color_system=None)
    with console.capture() as captured:
        console.print(table(shown, width, height))
    return captured.get().splitlines()


def test_a_step_is_what_its_tasks_are() -> None:
    def state(*states: str) -> str:
        return Step("desk", "report", [job(each) for each in states]).state

    assert state("waiting", "waiting") == "waiting"
    assert state("running", "waiting") == state("done", "waiting") == "running"
    assert (state("done", "done"), state("done", "failed")) == ("done", "failed")
    assert state("failed", "cancelled") == "cancelled"
    assert Step("desk", "report", outcome="unchanged").state == "unchanged"


def test_a_team_is_done_once_all_its_reports_are() -> None:
    shown = board({"shop/day": "done"})
    shown.add(Step("shop/day", "report", [job("running")]))
    assert [place.state for place in shown.places.values()] == ["running"]
    assert shown.counts() == (0, 1)


def test_a_window_shows_what_runs_and_what_ended_last_then_counts() -> None:
    places = {f"shop/done-{n}": "done" for n in range(50)}
    places |= {"shop/failed": "failed", "shop/run-1": "running", "shop/run-2": "running"}
    places |= {f"shop/later-{n}": "waiting" for n in range(50)}
    lines = drawn(board(places), height=9)
    assert [line.split()[0] for line in lines[1:-1]] == [
        *(f"shop/done-{n}" for n in (47, 48, 49)),
        "shop/failed",
        "shop/run-1",
        "shop/run-2",
    ]
    assert lines[-1].startswith("51/103, 2 running, 50 waiting, 1 failed; about 1 s left")
    assert len(lines) == 9 - 1


@pytest.mark.parametrize(("width", "height"), [(80, 24), (40, 6), (24, 4)])
def test_names_of_wide_letters_fit_any_window(width: int, height: int) -> None:
    names = ["客服一部/售前咨询组", "고객지원/야간근무팀", "service-desk/nights", "shop/[red]day"]
    lines = drawn(board(dict.fromkeys(names, "running")), width, height)
    assert len(lines) <= height - 1
    assert max(map(cell_len, lines)) <= width
    at = {cell_len(line[: line.index("running")]) for line in lines[1:-1]}
    assert len(at) == 1  # one column below the other


def test_what_a_name_holds_does_nothing_to_the_terminal() -> None:
    lines = drawn(board({"shop/\x1b[31mday\x07": "running", "[bold]": "done"}))
    assert "\x1b" not in "".join(lines) and "\x07" not in "".join(lines)
    assert any(line.startswith("[bold]") for line in lines)


def test_remaining_time_is_that_of_the_teams_made_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("csperf.runner.progress.time.monotonic", lambda: now[0])
    shown, first = Board(JANUARY), future("running")
    shown.add(Step("shop/a", "report", [Job(None, (), Limits(), first)]))
    for later in "bc":
        shown.add(Step(f"shop/{later}", "report", [job("waiting")]))
    shown.look()
    assert shown.remaining() is None  # nothing to go by yet
    first.set_result(None)
    now[0] += 30
    shown.look()
    assert shown.remaining() == 30 / 1 * 2
    assert duration(shown.remaining() or 0) == "1 min"
    assert [duration(s) for s in (0.2, 59, 90 * 60)] == ["1 s", "59 s", "1 h 30 min"]


def test_a_failed_task_is_a_line_once_the_run_says_what_it_means() -> None:
    told = io.StringIO()
    console = Console(file=told)
    with Board(JANUARY, lambda board, shown: say(console, board, shown)) as board:
        board.add(Step("shop/day", "report", [job("failed")]))
        board.add(Step("shop/night", "report", [job("failed")]))
        time.sleep(5 * POLL_S)
        assert told.getvalue() == ""
        board.add(Step("shop/night", "", outcome="failed"))
    [line] = told.getvalue().splitlines(keepends=True)
    assert LINE.fullmatch(line) and "  2/2  shop/night: failed, " in line


def test_a_task_that_is_tried_again_is_a_line_once_it_is_done() -> None:
    told, tried = io.StringIO(), job("failed")
    console = Console(file=told)
    shown = Board(JANUARY, lambda board, shown: say(console, board, shown))
    shown.add(Step("shop/day", "report", [tried]))
    shown.look()
    tried.future = future("running")
    shown.look()
    assert (shown.counts(), told.getvalue()) == ((0, 1), "")
    tried.future = future("done")
    shown.look()
    [line] = told.getvalue().splitlines(keepends=True)
    assert LINE.fullmatch(line) and "  1/1  shop/day: done, " in line


def run_on_terminal(folder: Path, **settings: str) -> tuple[bytes, bytes]:
    """Standard output of a run, and what it wrote to a terminal of 50 columns by 10 lines."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 10, 50, 0, 0))
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "CI")}
    process = subprocess.Popen(
        [sys.executable, "-m", "csperf", *ASKED],
        cwd=folder,
        env={**kept, "TERM": "xterm-256color", **path(), **settings},
        stdout=subprocess.PIPE,
        stderr=follower,
    )
    os.close(follower)
    told = b""
    with os.fdopen(leader, "rb", buffering=0) as terminal:
        try:
            while text := terminal.read(1024):
                told += text
        except OSError:  # how Linux tells that nobody writes to it any more
            pass
    stdout = process.communicate(timeout=60)[0]
    assert process.returncode == 0
    return stdout, told


def path() -> dict[str, str]:
    return {"PYTHONPATH": str(Path(csperf.__file__).parents[1])}


def test_a_terminal_has_a_live_table_and_results_stay_on_standard_output(tmp_path: Path) -> None:
    folder = write_organisation(tmp_path)
    teams = ("desk/desk", "shop/day", "shop/night")
    stdout, told = run_on_terminal(folder)
    assert stdout.decode().splitlines() == [f"{JANUARY}  {team}: done" for team in teams]
    for word in (JANUARY, "desk", *teams, "waiting", "running", "done", "0/3", " left"):
        assert word.encode() in told
    assert COLOUR.search(told) and b"\x1b[?25l" in told  # colours, and the cursor hidden
    assert told.rstrip().endswith(b"\x1b[2K") or b"\x1b[?25h" in told[-200:]  # and back again
    # What is unchanged is told at once; without colours where none are wanted.
    stdout, told = run_on_terminal(folder, NO_COLOR="1")
    assert stdout.decode().splitlines() == [f"{JANUARY}  {team}: unchanged" for team in teams]
    assert not COLOUR.search(told)


def test_a_terminal_that_cannot_draw_has_a_line_for_each_team_and_a_pipe_has_none(
    tmp_path: Path,
) -> None:
    folder = write_organisation(tmp_path)
    stdout, told = run_on_terminal(folder, TERM="dumb")
    lines = told.decode().replace("\r\n", "\n").splitlines(keepends=True)
    assert all(LINE.fullmatch(line) for line in lines)
    teams = ("desk/desk", "shop/day", "shop/night")
    assert {line.split()[2] for line in lines} == {f"{team}:" for team in teams}
    piped = subprocess.run(
        [sys.executable, "-m", "csperf", *ASKED],
        cwd=folder,
        env={**os.environ, **path()},
        capture_output=True,
    )
    assert piped.stdout == stdout.replace(b"done", b"unchanged")
    assert piped.stderr == b""
