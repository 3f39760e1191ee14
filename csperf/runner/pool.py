"""Workers: forked from a server that has everything imported, one process a task.

Where a fork is missing or unsafe, workers are spawned: slower, as each imports everything itself.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import TimeoutError as TookTooLong
from contextlib import contextmanager
from multiprocessing.connection import wait
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import Any, Literal, Protocol

from pebble import ProcessExpired, ProcessPool

from csperf.errors import CsperfError, InputError, Problem, shown

PRELOADED = [
    "csperf.runner.warm",
    "pyarrow.dataset",
    "narwhals._duckdb.dataframe",
]
DEADLINE_S = 600
STARTED = "CSPERF_WORKERS"  # forkserver or spawn: how workers are started, if not as the system can
Task = Literal["prepare_department", "prepare_calibration", "run_notebook", "make_sheets"]
QUIET = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MPLBACKEND": "agg",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}


class Future(Protocol):
    """The result of a task that may still be to come."""

    def result(self) -> Any:
        """Wait for the result, or raise what went wrong."""

    def running(self) -> bool:
        """Whether a worker is at it."""

    def done(self) -> bool:
        """Whether it has ended, well or not."""

    def exception(self) -> BaseException | None:
        """Wait for the end, and return what went wrong."""


class Pool(Protocol):
    """Workers of this machine (`pebble.ProcessPool`) or of a cluster."""

    def schedule(
        self, function: Callable[..., Any], args: Iterable[Any] = ..., *, timeout: float | None
    ) -> Future:
        """Have a worker call a function, for at most so many seconds."""


@contextmanager
def workers(jobs: int) -> Iterator[ProcessPool]:
    """A pool that starts each task in a fresh process and survives the crash of any of them.

    Raises
    ------
    InputError
        If the environment variable CSPERF_WORKERS names no way that this system can start one.
    """
    context = _context()
    os.environ.update({name: os.environ.get(name, value) for name, value in QUIET.items()})
    _ensure_settings_folder()
    with ProcessPool(max_workers=jobs, max_tasks=1, context=context) as pool:
        try:
            yield pool
        except BaseException:
            pool.stop()
            raise


def _context() -> BaseContext:
    """How processes are started: forked where that is safe, which it is not on macOS."""
    known = set(multiprocessing.get_all_start_methods()) & {"forkserver", "spawn"}
    safe = "forkserver" in known and sys.platform != "darwin"
    method = os.environ.get(STARTED) or ("forkserver" if safe else "spawn")
    if method not in known:
        advice = f"this system has {' and '.join(sorted(known))}"
        raise InputError(Problem(STARTED, f"no workers are started by {shown(method)}", advice))
    context = multiprocessing.get_context(method)
    if method == "forkserver":
        context.set_forkserver_preload(PRELOADED)
    return context


def submit(pool: Pool, task: Task, *arguments: Any) -> Future:
    """Hand a task of `csperf.runner.work` to a worker, with a deadline."""
    return pool.schedule(perform, args=(task, *arguments), timeout=DEADLINE_S)


def perform(task: Task, *arguments: Any) -> Any:
    """Do a task in a worker; the process that waits for it imports nothing that it needs."""
    from csperf.runner import work

    end_with_parent()
    return getattr(work, task)(*arguments)


def end_with_parent() -> None:
    """End this process once the one that waits for it is gone: nobody reads its files any more."""
    if parent := multiprocessing.parent_process():

        def watch() -> None:
            wait([parent.sentinel])
            os._exit(1)

        threading.Thread(target=watch, daemon=True).start()


def outcome(future: Future) -> tuple[Any, CsperfError | None]:
    """The task's result, or what went wrong in one line; never a traceback with people's values."""
    try:
        return future.result(), None
    except CsperfError as error:
        return None, error
    except TookTooLong:
        return None, CsperfError(f"took longer than {DEADLINE_S} s and was ended")
    except ProcessExpired as error:
        return None, CsperfError(f"its process died (exit code {error.exitcode})")
    except Exception as error:  # a fault of ours: its message may hold a person's data
        found = CsperfError(f"failed with {type(error).__name__}; csperf --debug shows where")
        found.__cause__ = error
        return None, found


def _ensure_settings_folder() -> None:
    """Give matplotlib and IPython a folder where there is no home to write to."""
    home = Path(os.environ.get("HOME", "") or "/nonexistent")
    lacking = [name for name in ("MPLCONFIGDIR", "IPYTHONDIR") if name not in os.environ]
    if lacking and not os.access(home, os.W_OK):
        folder = tempfile.mkdtemp(prefix="csperf-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        os.environ.update(dict.fromkeys(lacking, folder))
