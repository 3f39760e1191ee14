"""Workers: a deadline for each task, errors that tell no value, and what they do without a fork."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Client, Listener
from pathlib import Path

import pytest
from imports_of import imports_of
from organisation import CYCLES, files, parameters_of, run

from csperf.errors import InputError
from csperf.limits import Limits
from csperf.runner import pool
from csperf.runner.contained import NAME, start_server
from csperf.runner.request import NotebookTask

JANUARY = CYCLES[0]
FEW = 5  # modules of 2,000


def test_a_task_past_its_deadline_is_ended_and_a_fault_of_ours_tells_no_value() -> None:
    limits = Limits(deadline_s=0.5)
    with pool.workers(2) as workers:
        late = workers.schedule(time.sleep, args=(60,), timeout=limits.deadline_s)
        wrong = workers.schedule(int, args=("seven",))
        for future, told in (
            (wrong, "failed with ValueError; csperf --debug"),
            (late, "took longer than 0.5 s and was ended"),
        ):
            _, error = pool.outcome(pool.Job(workers, (), limits, future))
            assert str(error).startswith(told)


def test_spawned_workers_give_the_same_bytes_as_forked_ones(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(pool.STARTED, "spawn")
    asked = {"departments": ("desk",), "only": ("appraisal",)}
    manifest, errors = run(finished, JANUARY, tmp_path, **asked)
    assert (errors, manifest["departments"][0]["outcome"]) == ([], "done")
    forked, spawned = files(finished / "output"), files(tmp_path)
    made = [path for path in spawned if path.startswith((f"{JANUARY}/desk/", "history/"))]
    assert {f"{JANUARY}/desk/desk/appraisal.{kind}" for kind in ("html", "xlsx")} <= {*made}
    pages = {f"{JANUARY}/desk/index.html"}  # leads to what else the other run has made
    assert {path for path in made if spawned[path][1] != forked[path][1]} <= pages


@pytest.mark.parametrize(("system", "method"), [("linux", "forkserver"), ("darwin", "spawn")])
def test_workers_are_forked_only_where_that_is_safe(
    system: str, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(pool.STARTED, raising=False)
    monkeypatch.setattr(sys, "platform", system)
    assert pool._context().get_start_method() == method


def test_a_way_to_start_workers_that_nobody_has_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(pool.STARTED, "fork")
    with (
        pytest.raises(InputError, match=r"CSPERF_WORKERS: .*'fork'; .* forkserver and spawn"),
        pool.workers(1),
    ):
        raise AssertionError("never started")


def test_workers_can_be_started_from_several_threads_at_once() -> None:
    """As a Dask worker does; no thread finds the name that another has just taken back."""
    start_server()
    before, interval = os.environ.get(NAME), sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as threads:
            for started in [threads.submit(start_server) for _ in range(2_000)]:
                started.result()
    finally:
        sys.setswitchinterval(interval)
    assert os.environ.get(NAME) == before


@pytest.mark.parametrize("name", ["appraisal", "monitoring", "calibration"])
def test_a_worker_has_nearly_all_that_a_notebook_imports(
    name: str, finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the server of workers has not imported, each notebook would import again."""
    monkeypatch.delenv(pool.STARTED, raising=False)
    task = NotebookTask(name, parameters_of(name, finished), tmp_path / name)
    with pool.workers(1) as workers:
        found = workers.schedule(imports_of, args=("run_notebook", task)).result()
    assert len(found) <= FEW, found


SERVED = """
import sys
from multiprocessing import forkserver
from pathlib import Path
from organisation import CYCLES, run
if __name__ == "__main__":
    for force in (False, True):
        manifest, errors = run(Path(sys.argv[1]), CYCLES[-1], only=("planning",), force=force)
        print(manifest["departments"][0]["outcome"], forkserver._forkserver._forkserver_pid is None)
"""


def test_a_run_in_which_nothing_changed_starts_no_workers(
    organisation: Path, tmp_path: Path
) -> None:
    script = tmp_path / "served.py"
    script.write_text(SERVED)
    command = [sys.executable, script, organisation]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("unchanged True\ndone False\n", "")


SLOW = """
import sys
from csperf.runner import pool
from test_pool import ring_and_sleep
if __name__ == "__main__":
    with pool.workers(1) as workers:
        workers.schedule(ring_and_sleep, args=(sys.argv[1],)).result()
"""


def environment() -> dict[str, str]:
    """One in which a script finds csperf and the tests."""
    here = Path(__file__).parent
    places = [Path(pool.__file__).parents[2], here, here.parent]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, places))}


def ring_and_sleep(address: str) -> None:
    """A task that says on a socket that it runs, and would for long; the socket ends with it."""
    with Client(address) as caller:
        caller.send(os.getpid())
        time.sleep(60)


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[Listener]:
    with Listener(str(tmp_path / "socket")) as found:
        yield found


def test_a_worker_ends_with_a_run_that_was_killed(tmp_path: Path, listener: Listener) -> None:
    script = tmp_path / "slow.py"
    script.write_text(SLOW)
    process = subprocess.Popen([sys.executable, script, listener.address], env=environment())
    with listener.accept() as worker:
        assert worker.recv() != process.pid
        process.send_signal(signal.SIGKILL)
        process.wait()
        with pytest.raises(EOFError):
            worker.recv()  # closed long before the task would have ended
