"""Workers: forked from a server that has everything imported, one process a task.

Where a fork is missing or unsafe, workers are spawned: slower, as each imports everything itself.
"""

from __future__ import annotations

import atexit
import errno
import multiprocessing
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import TimeoutError as TookTooLong
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from pebble import ProcessExpired, ProcessPool

from csperf.errors import CsperfError, DiskError, InputError, Problem, TaskError, shown
from csperf.limits import Limits
from csperf.runner.contained import (
    contain,
    end_strays,
    end_with_task,
    ends_told,
    pool_name,
    start_server,
)

if TYPE_CHECKING:
    from csperf.runner.request import NotebookTask

STARTED = "CSPERF_WORKERS"  # forkserver or spawn: how workers are started, if not as the system can
Task = Literal["prepare_department", "prepare_calibration", "run_notebook", "make_sheets"]
QUIET = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MPLBACKEND": "agg",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}
KILLED = (-signal.SIGKILL, signal.SIGTERM)  # exit codes of a worker that somebody else has ended
DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS)
TRIES = 2  # of a task whose worker was killed; what a cell does wrong it does wrong again


class LostError(TaskError):
    """A worker ended, or was ended, before its task was done."""

    def at(self, place: str) -> LostError:
        """The same error with the place where it happened."""
        return LostError(f"{place}: {self}", self.code)


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


@dataclass
class Job:
    """A task that was handed to a worker, and how often; `future` is that of the last time."""

    pool: Pool
    arguments: tuple[Any, ...]
    limits: Limits
    future: Future
    tries: int = 1


class ForkedPool(ProcessPool):
    """Workers forked from a server, which is started for the first task: none, and nobody waits."""

    def schedule(self, *arguments: Any, **options: Any) -> Any:
        """Have a worker call a function."""
        start_server()
        return super().schedule(*arguments, **options)


@contextmanager
def workers(jobs: int, memory_mb: int | None = None) -> Iterator[ProcessPool]:
    """A pool that starts each task in a fresh process and survives the crash of any of them.

    Raises
    ------
    InputError
        If the environment variable CSPERF_WORKERS names no way that this system can start one.
    """
    context = _context()
    os.environ.update({name: os.environ.get(name, value) for name, value in QUIET.items()})
    _ensure_settings_folder()
    kind = ForkedPool if context.get_start_method() == "forkserver" else ProcessPool
    name = pool_name()
    given = (name, memory_mb)
    try:
        with kind(jobs, 1, initializer=contain, initargs=given, context=context) as pool:
            try:
                yield pool
            except BaseException:
                pool.stop()
                raise
    finally:
        end_strays(name)


def _context() -> BaseContext:
    """How processes are started: forked where that is safe, which it is not on macOS."""
    known = set(multiprocessing.get_all_start_methods()) & {"forkserver", "spawn"}
    safe = "forkserver" in known and sys.platform != "darwin"
    method = os.environ.get(STARTED) or ("forkserver" if safe else "spawn")
    if method not in known:
        advice = f"this system has {' and '.join(sorted(known))}"
        raise InputError(Problem(STARTED, f"no workers are started by {shown(method)}", advice))
    return multiprocessing.get_context(method)


def submit(pool: Pool, limits: Limits, task: Task, *arguments: Any) -> Job:
    """Hand a task of `csperf.runner.work` to a worker, with a deadline."""
    return Job(pool, (task, *arguments), limits, _schedule(pool, limits, (task, *arguments)))


def _schedule(pool: Pool, limits: Limits, arguments: tuple[Any, ...]) -> Future:
    return pool.schedule(perform, args=arguments, timeout=limits.deadline_s)


def perform(task: Task, *arguments: Any) -> Any:
    """Do a task in a worker; the process that waits for it imports nothing that it needs."""
    from csperf.runner import work

    try:
        with ends_told():
            return getattr(work, task)(*arguments)
    except OSError as error:
        if error.errno in DISK:
            place = error.filename2 or error.filename or "a result"
            raise DiskError(f"{place}: cannot be written ({error.strerror})") from error
        raise
    finally:
        end_with_task()


def outcome(job: Job) -> tuple[Any, CsperfError | None]:
    """The task's result, or what went wrong in one line; never a traceback with people's values.

    A task whose worker somebody has killed is done once more, as that may pass.

    Raises
    ------
    DiskError
        If the task could not write: what was meant to follow it could not either.
    """
    try:
        return job.future.result(), None
    except DiskError:
        raise
    except CsperfError as error:
        return None, error
    except TookTooLong:
        return None, LostError(
            f"took longer than {job.limits.deadline_s:g} s and was ended", "deadline"
        )
    except ProcessExpired as error:
        if error.exitcode in KILLED and job.tries < TRIES:
            job.tries, job.future = job.tries + 1, _schedule(job.pool, job.limits, job.arguments)
            return outcome(job)
        return None, _lost(error.exitcode)
    except Exception as error:  # a fault of ours: its message may hold a person's data
        name = type(error).__name__
        found = TaskError(f"failed with {name}; csperf --debug shows where", name)
        found.__cause__ = error
        return None, found


def located(error: CsperfError | None, task: NotebookTask) -> CsperfError | None:
    """An error of a notebook's task; of a worker that was lost, with the cell that was running."""
    if not isinstance(error, LostError):
        return error
    try:
        return error.at(f"{task.label} In [{int(task.mark.read_text())}]")
    except (OSError, ValueError):  # it had not come to a cell
        return error.at(task.label)


def _lost(exit_code: int) -> LostError:
    """How a worker ended: by a signal, which is a name, or with an exit code."""
    if exit_code in KILLED or exit_code < 0:
        number = abs(exit_code)
        name = next((each.name for each in signal.Signals if each == number), f"signal-{number}")
        return LostError(f"its process was ended by {name}", name)
    return LostError(f"its process died (exit code {exit_code})", f"exit-{exit_code}")


def _ensure_settings_folder() -> None:
    """Give matplotlib and IPython a folder where there is no home to write to."""
    home = Path(os.environ.get("HOME", "") or "/nonexistent")
    lacking = [name for name in ("MPLCONFIGDIR", "IPYTHONDIR") if name not in os.environ]
    if lacking and not os.access(home, os.W_OK):
        folder = tempfile.mkdtemp(prefix="csperf-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        os.environ.update(dict.fromkeys(lacking, folder))
