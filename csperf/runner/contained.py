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
import threading
from collections.abc import Iterator
from functools import cache
from multiprocessing import forkserver, resource_tracker
from multiprocessing.connection import wait
from multiprocessing.util import Finalize
from pathlib import Path

from csperf.runner.files import PRIVATE

ENDED_EARLY = 70  # exit code of a worker that a cell has ended well before its task was done
PRELOADED = [
    "csperf.runner.unheard",
    "csperf.runner.warm",
    "pyarrow.dataset",
    "narwhals._duckdb.dataframe",
    "narwhals._duckdb.namespace",
    "narwhals._duckdb.selectors",
    "narwhals._interchange.dataframe",
    "narwhals.stable.v2._namespace",
]
STARTING = threading.Lock()  # a Dask worker starts workers of its own from several threads
NAME = "CSPERF_RUN"  # in the environment of every process of a run
PROCESSES = Path("/proc")


@cache
def server_name() -> str:
    """What the server of workers is called, and with it what is forked from it."""
    return f"{os.getpid()}-{os.urandom(8).hex()}"


def pool_name() -> str:
    """A name for a pool of workers, and with it what cells start in them."""
    return f"{server_name()}-{os.urandom(4).hex()}"


def contain(name: str, memory_mb: int | None) -> None:
    """Set a worker's limits, at its start; by default it may have what the machine has."""
    os.umask(PRIVATE)
    os.environ[NAME] = name
    if hasattr(fcntl, "F_SETSIG"):
        _end_with_parent()
        _limit_memory(memory_mb)
    else:
        _watch_parent()
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


def end_with_task() -> None:
    """Let a worker end when its task has, whatever threads and processes a cell has left in it."""
    if multiprocessing.parent_process():
        Finalize(None, os._exit, (0,), exitpriority=0)


def start_server() -> None:
    """Start the server that workers are forked from, under its name, if it does not run yet."""
    with STARTING:
        before = os.environ.get(NAME)
        os.environ[NAME] = server_name()
        try:
            forkserver.set_forkserver_preload(PRELOADED)
            forkserver.ensure_running()
        finally:
            del os.environ[NAME]
            if before is not None:
                os.environ[NAME] = before


def end_strays(pool: str) -> None:
    """End what cells have started in a pool's workers, or forked off, and left behind."""
    servers = {forkserver._forkserver._forkserver_pid, resource_tracker._resource_tracker._pid}  # type: ignore[attr-defined]
    found = {number: name for number, name in _named() if number not in servers}
    for number, name in found.items():
        # What was forked off has the server's name, as workers of other pools have; its parent is
        # none of ours any more.
        with contextlib.suppress(OSError):  # it has just ended
            if name == pool or (
                name == server_name() and _parent(number) not in {*servers, *found}
            ):
                os.kill(number, signal.SIGKILL)


def _named() -> Iterator[tuple[int, str]]:
    """Every process that carries the name of a run in its environment, and the name."""
    for place in PROCESSES.glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has just ended, or is somebody else's
            for setting in (place / "environ").read_bytes().split(b"\0"):
                if setting.startswith(f"{NAME}=".encode()):
                    yield int(place.name), setting.decode(errors="replace").partition("=")[2]


def _parent(number: int) -> int:
    return int((PROCESSES / str(number) / "stat").read_text().rpartition(")")[2].split()[1])


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


def _watch_parent() -> None:
    """Where the system does not: end this process once the one that started it is gone."""
    if parent := multiprocessing.parent_process():

        def watch() -> None:
            wait([parent.sentinel])
            os.kill(os.getpid(), signal.SIGKILL)

        threading.Thread(target=watch, daemon=True).start()


def _limit_memory(memory_mb: int | None) -> None:
    """Limit the memory that is written to; files that are only looked into do not count."""
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    limit = memory_mb * 2**20 if memory_mb else machine
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    if most != resource.RLIM_INFINITY:
        limit = min(limit, most)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, most))
