"""What a worker may do: so much memory, no word on the terminal, and nothing that outlives the run.

A worker runs cells that anybody may have written. It ends with the process that started it, however
that ends. What a cell starts in its turn carries the name of the run in its environment, and ends
with the run. Where the system does not know how (only Linux knows all of it) that part is left out.
"""

from __future__ import annotations

import contextlib
import fcntl
import multiprocessing
import os
import resource
import select
import signal
from collections.abc import Iterator
from functools import cache
from multiprocessing import forkserver, resource_tracker
from pathlib import Path

from csperf.runner.files import PRIVATE

ENDED_EARLY = 70  # exit code of a worker that a cell has ended well before its task was done
NAME = "CSPERF_RUN"  # in the environment of every process of a run
PROCESSES = Path("/proc")


@cache
def run_name() -> str:
    """What tells the runs of this process from those of others."""
    return f"{os.getpid()}-{os.urandom(8).hex()}"


def contain(name: str, memory_mb: int | None) -> None:
    """Set a worker's limits, at its start; by default it may have what the machine has."""
    os.umask(PRIVATE)
    os.environ[NAME] = name
    if hasattr(fcntl, "F_SETSIG"):
        _end_with_parent()
        _limit_memory(memory_mb)
    with open(os.devnull, "r+b") as nothing:
        for stream in (0, 1, 2):  # what cells print is kept by the engine
            os.dup2(nothing.fileno(), stream)


@contextlib.contextmanager
def ends_told() -> Iterator[None]:
    """Let `os._exit(0)` in a cell be seen: who waits for a worker takes that for a good end."""
    end, worker = os._exit, os.getpid()

    def told(status: int) -> None:
        end((status or ENDED_EARLY) if os.getpid() == worker else status)

    os._exit = told  # type: ignore[assignment]
    try:
        yield
    finally:
        os._exit = end


def start_server() -> None:
    """Start the server that workers are forked from, under the name of the run."""
    before = os.environ.get(NAME)
    os.environ[NAME] = run_name()
    try:
        forkserver.ensure_running()
    finally:
        del os.environ[NAME]
        if before is not None:
            os.environ[NAME] = before


def end_strays() -> None:
    """End what cells have started and left behind: all of the run but the server of workers."""
    known = {forkserver._forkserver._forkserver_pid, resource_tracker._resource_tracker._pid}  # type: ignore[attr-defined]
    mark = f"{NAME}={run_name()}".encode()
    for place in PROCESSES.glob("[0-9]*"):
        number = int(place.name)
        with contextlib.suppress(OSError):  # it has just ended, or is somebody else's
            if number not in known and mark in (place / "environ").read_bytes().split(b"\0"):
                os.kill(number, signal.SIGKILL)


def _end_with_parent() -> None:
    """Have the system kill this process when the pipe from the one that started it closes."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    fcntl.fcntl(parent.sentinel, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(parent.sentinel, fcntl.F_SETSIG, signal.SIGKILL)
    flags = fcntl.fcntl(parent.sentinel, fcntl.F_GETFL)
    fcntl.fcntl(parent.sentinel, fcntl.F_SETFL, flags | os.O_ASYNC)
    if select.select([parent.sentinel], [], [], 0)[0]:  # it has ended meanwhile
        os.kill(os.getpid(), signal.SIGKILL)


def _limit_memory(memory_mb: int | None) -> None:
    """Limit the memory that is written to; files that are only looked into do not count."""
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    limit = memory_mb * 2**20 if memory_mb else machine
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    if most != resource.RLIM_INFINITY:
        limit = min(limit, most)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, most))
