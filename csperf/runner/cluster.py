"""Workers of a Dask cluster: the same tasks, each still in a process of its own over there.

A task that a Dask worker is given goes on to a child, as on one machine: what crashes or hangs
takes the child with it, never the Dask worker. Tasks of a Dask worker that dies are done again by
another one. All machines have to see the same files under the same paths.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import platform
import re
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pebble import ProcessPool

from csperf.errors import CsperfError, InputError, MissingToolError, OutputError, Problem, shown
from csperf.runner import manifest as record
from csperf.runner.files import sha256
from csperf.runner.pool import LostError, Pool, workers
from csperf.runner.request import Request

if TYPE_CHECKING:
    from distributed import Client
    from distributed import Future as DaskFuture

ADDRESS = r"(tcp|tls)://[^\s/]+:[0-9]+"
ANSWER_S = 5  # for a scheduler to answer, and for a first worker to come
PATIENCE_S = 30  # without any worker left
LOOK_S = 0.5  # between two questions about what is under way
PROBE = ".probe"
RUNNING: dict[str, list[ProcessPool]] = {}  # on a Dask worker: what it does for each run


@dataclass(frozen=True)
class Place:
    """What a worker has to see and to have, to do a run's tasks as the run itself would."""

    run: str
    folder: str  # from which relative paths are meant; empty if there are none
    params: Path
    params_sha256: str
    staging: Path
    browser: str
    memory_mb: int | None
    versions: dict[str, str]
    code: str


@contextmanager
def workers_of(request: Request, staging: Path) -> Iterator[Pool]:
    """Workers of the cluster that a run names, or of this machine.

    Raises
    ------
    InputError
        If the cluster's address cannot be meant.
    MissingToolError
        If `distributed` is not installed, or a worker lacks something or has another csperf.
    OutputError
        If no scheduler or no worker answers, or a worker does not see the run's files.
    """
    if not request.cluster:
        with workers(request.jobs, request.params.run.memory_mb) as local:
            yield local
        return
    with _connected(request.cluster) as client:
        place = _place(request, staging)
        _check_workers(client, request.cluster, place)
        pool = ClusterPool(client, place)
        try:
            yield pool
        except BaseException:
            pool.stop()
            raise


class ClusterPool:
    """Workers of a cluster, by the interface of those of one machine."""

    def __init__(self, client: Client, place: Place):
        self.client, self.place = client, place
        self._futures: dict[Any, DaskFuture] = {}
        self._asked, self._under_way = 0.0, frozenset[str]()

    def schedule(
        self, function: Callable[..., Any], args: Iterable[Any] = (), *, timeout: float | None
    ) -> ClusterFuture:
        """Have a child of some Dask worker call a function, for at most so many seconds."""
        args = tuple(args)
        future = self.client.submit(
            perform_there,
            self.place,
            function,
            args,
            timeout,
            key=f"{args[0]}-{secrets.token_hex(8)}",  # the dashboard shows what is before the dash
            pure=False,
        )
        self._futures[future.key] = future
        return ClusterFuture(self, future)

    def under_way(self) -> frozenset[str]:
        """Keys of the tasks that Dask workers have in hand."""
        if time.monotonic() > self._asked + LOOK_S:
            with suppress(Exception):  # a scheduler that is gone is told by the tasks' results
                found = self.client.processing().values()
                self._under_way = frozenset(key for keys in found for key in keys)
            self._asked = time.monotonic()
        return self._under_way

    def let_go(self, future: DaskFuture) -> None:
        """Tell the cluster that a result has come; what it forgets it never makes again."""
        self._futures.pop(future.key, None)
        future.release()

    def stop(self) -> None:
        """End all tasks, and wait until no child writes any more."""
        with suppress(Exception):  # what cannot be reached is not told to end
            self.client.cancel([*self._futures.values()], force=True)
            self.client.run(end_tasks, self.place.run, on_error="ignore")


class ClusterFuture:
    """The result of a task on a cluster, by the interface of one on this machine."""

    def __init__(self, pool: ClusterPool, future: DaskFuture):
        self.pool, self.future = pool, future
        self._found: tuple[Any, BaseException | None] | None = None
        self._lock = threading.Lock()  # whoever shows the progress asks too

    def running(self) -> bool:
        """Whether a Dask worker has it in hand."""
        return self._found is None and self.future.key in self.pool.under_way()

    def done(self) -> bool:
        """Whether it has ended, well or not."""
        return self._found is not None or bool(self.future.done())

    def result(self) -> Any:
        """Wait for the result, or raise what the child or its worker ended with."""
        value, error = self._ended()
        if error:
            raise error
        return value

    def exception(self) -> BaseException | None:
        """Wait for the end, and return what went wrong."""
        return self._ended()[1]

    def _ended(self) -> tuple[Any, BaseException | None]:
        """The result and what went wrong, fetched once."""
        with self._lock:
            if self._found is None:
                self._found = self._fetched()
                self.pool.let_go(self.future)
            return self._found

    def _fetched(self) -> tuple[Any, BaseException | None]:
        while True:
            try:
                value, error = self.future.result(timeout=PATIENCE_S)
                return value, error
            except TimeoutError:
                if not self.pool.client.nthreads():
                    return None, LostError("no worker of the cluster is left", "no-worker")
            except Exception as error:
                return None, _lost(error)


def perform_there(
    place: Place, function: Callable[..., Any], args: tuple[Any, ...], timeout: float | None
) -> tuple[Any, Exception | None]:
    """Have a child of this Dask worker call a function; return its result and what went wrong.

    Nothing is raised: Dask writes what a task raises to its log, and there may be people in it.
    """
    # Dask marks its workers as processes that start no others. Ours end with their parent.
    multiprocessing.current_process().daemon = False
    if problem := lacking(place):
        return None, problem
    try:
        with workers(1, place.memory_mb) as pool:
            under_way = RUNNING.setdefault(place.run, [])
            under_way.append(pool)
            try:
                given = (place.folder, function, *args)
                return pool.schedule(_in_child, args=given, timeout=timeout).result(), None
            finally:
                under_way.remove(pool)
    except Exception as error:
        return None, error


def lacking(place: Place) -> CsperfError | None:
    """What keeps this process from doing a run's tasks, if anything does."""
    for name, version in _versions().items():
        if version != place.versions[name]:
            told = f"has {name} {version}, the run {place.versions[name]}; install the same"
            return MissingToolError(told)
    if record.code_sha256() != place.code:
        return MissingToolError("has other code of csperf; install the same, start it anew")
    if place.folder and not os.access(place.folder, os.X_OK):
        return OutputError(f"does not see {place.folder}, where the run was started")
    if sha256(place.params) != place.params_sha256:
        return OutputError(f"does not see {place.params} as it is here; share it under this path")
    out = place.staging.parent
    try:
        seen = (place.staging / PROBE).read_text()
    except OSError:
        seen = ""
    if seen != place.run:
        return OutputError(f"does not see {out}; share it under this path")
    if not os.access(place.staging, os.W_OK | os.X_OK):
        return OutputError(f"cannot write to {out}; start it as the user who runs csperf")
    if place.browser and not os.access(place.browser, os.X_OK):
        return MissingToolError(f"has no {place.browser}, which prints for --pdf; install it")
    return None


def end_tasks(run: str) -> None:
    """End what this Dask worker does for a run."""
    for pool in RUNNING.pop(run, []):
        pool.stop()


def _in_child(folder: str, function: Callable[..., Any], *args: Any) -> Any:
    """Call a function in the folder in which a worker beside the run would."""
    if folder:
        os.chdir(folder)
    return function(*args)


@contextmanager
def _connected(address: str) -> Iterator[Client]:
    if not re.fullmatch(ADDRESS, address):
        raise InputError(Problem("--cluster", f"no address in {shown(address)}", "tcp://HOST:8786"))
    try:
        from distributed import Client
    except ImportError:
        raise MissingToolError('--cluster needs pip install "csperf[cluster]"') from None
    for name in ("distributed", "distributed.client"):  # what goes wrong is said here, in a line
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        _greet(address)
        client = Client(address, timeout=ANSWER_S, set_as_default=False, name="csperf")
    except OSError:  # of which TimeoutError is one
        advice = "start one with dask scheduler, or leave --cluster out"
        raise OutputError(
            f"{address}: no scheduler answers within {ANSWER_S} s; {advice}"
        ) from None
    with client:
        yield client


def _greet(address: str) -> None:
    """OSError if nobody speaks at an address; Dask's client would wait for a word without end."""
    there = urlsplit(address)
    with socket.create_connection((there.hostname or "", there.port or 0), ANSWER_S) as line:
        if there.scheme == "tcp" and not line.recv(1):  # with TLS the one who calls speaks first
            raise ConnectionError


def _place(request: Request, staging: Path) -> Place:
    """Write what workers have to see, and say where it is."""
    place = Place(
        run=secrets.token_hex(8),
        folder="" if request.params.path.is_absolute() and staging.is_absolute() else os.getcwd(),
        params=request.params.path.resolve(),
        params_sha256=sha256(request.params.path),
        staging=staging.resolve(),
        browser=request.browser,
        memory_mb=request.params.run.memory_mb,
        versions=_versions(),
        code=record.code_sha256(),
    )
    (staging / PROBE).write_text(place.run)
    return place


def _versions() -> dict[str, str]:
    return {"Python": platform.python_version(), **record.versions()}


def _check_workers(client: Client, address: str, place: Place) -> None:
    """Refuse to start if a worker would not do the run's tasks as the run itself."""
    try:
        client.wait_for_workers(1, timeout=ANSWER_S)
    except TimeoutError:
        advice = f"start some with dask worker {address}"
        raise OutputError(f"{address}: has no worker within {ANSWER_S} s; {advice}") from None
    for worker, found in sorted(client.run(lacking, place, on_error="return").items()):
        if isinstance(found, CsperfError):
            raise type(found)(f"worker {worker}: {found}")
        if found is not None:
            raise MissingToolError(
                f"worker {worker}: has no such csperf ({type(found).__name__}); install the same"
            )


def _lost(error: Exception) -> LostError:
    """Why Dask gave a task up."""
    if type(error).__name__ == "KilledWorker":
        return LostError("each worker of the cluster that took it died", "no-worker")
    return LostError(f"the cluster has lost it ({type(error).__name__})", type(error).__name__)
