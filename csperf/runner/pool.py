"""Workers: forked from a server that has everything imported, one process a task."""

from __future__ import annotations

import atexit
import multiprocessing
import os
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import TimeoutError as TookTooLong
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from csperf.errors import CsperfError, MissingToolError

PRELOADED = [
    "csperf.runner.warm",
    "pyarrow.dataset",
    "narwhals._duckdb.dataframe",
]
DEADLINE_S = 600
Task = Literal["prepare_department", "prepare_calibration", "run_notebook", "make_sheets"]
QUIET = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MPLBACKEND": "agg",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}


@contextmanager
def workers(jobs: int) -> Iterator[ProcessPool]:
    """A pool that starts each task in a fresh process and survives the crash of any of them."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        raise MissingToolError("csperf run needs a system with fork (Linux or macOS)")
    os.environ.update({name: os.environ.get(name, value) for name, value in QUIET.items()})
    _ensure_settings_folder()
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    with ProcessPool(max_workers=jobs, max_tasks=1, context=context) as pool:
        try:
            yield pool
        except BaseException:
            pool.stop()
            raise


def submit(pool: ProcessPool, task: Task, *arguments: Any) -> ProcessFuture:
    """Hand a task of `csperf.runner.work` to a worker, with a deadline."""
    return pool.schedule(perform, args=(task, *arguments), timeout=DEADLINE_S)


def perform(task: Task, *arguments: Any) -> Any:
    """Do a task in a worker; the process that waits for it imports nothing that it needs."""
    from csperf.runner import work

    return getattr(work, task)(*arguments)


def outcome(future: ProcessFuture) -> tuple[Any, CsperfError | None]:
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
