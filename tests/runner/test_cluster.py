"""A run on a Dask cluster: a real scheduler and workers, of which one is killed in the middle."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
from organisation import CYCLES, files, run, write_organisation

import csperf
from csperf.cli import main
from csperf.errors import CsperfError, MissingToolError, OutputError
from csperf.params import Cycle, load_params
from csperf.runner import cluster
from csperf.runner.request import Request

TOP = Path(csperf.__file__).parents[1]
JANUARY = CYCLES[0]
TIMES = ("started_at", "finished_at")
ONE_THREAD = ["--host", "127.0.0.1", "--nthreads", "1", "--no-dashboard"]
Started = subprocess.Popen[bytes]


class Cluster:
    """A scheduler and its workers, on ports of their own, in a folder for what they leave."""

    def __init__(self, folder: Path):
        self.folder, self.address = folder, ""
        self.processes: list[Started] = []

    def start(self, *words: str, path: Path = TOP) -> Started:
        """Start `dask` with these words, in a session of its own, its output in a file."""
        command = [str(Path(sys.executable).with_name("dask")), *words]
        environment = {**os.environ, "PYTHONPATH": str(path)}
        with (self.folder / f"{len(self.processes)}.log").open("wb") as log:
            process = subprocess.Popen(
                command, cwd=self.folder, env=environment, stderr=log, start_new_session=True
            )
        self.processes.append(process)
        return process

    def scheduler(self, *options: str) -> dict[str, Any]:
        """Start the scheduler, and return what it says of itself."""
        told = self.folder / "scheduler.json"
        ports = ["--host", "127.0.0.1", "--port", "0", "--idle-timeout", "300"]
        self.start("scheduler", *ports, "--scheduler-file", str(told), *options)
        until(told.exists)
        until(lambda: told.read_text().rstrip().endswith("}"))
        found: dict[str, Any] = json.loads(told.read_text())
        self.address = found["address"]
        return found

    def worker(self, *options: str, path: Path = TOP) -> Started:
        """Start a worker of one thread."""
        return self.start("worker", self.address, *ONE_THREAD, *options, path=path)


@pytest.fixture
def dask(tmp_path: Path) -> Iterator[Cluster]:
    """A cluster to be started; all of it is ended with the test."""
    folder = tmp_path / "dask"
    folder.mkdir()
    found = Cluster(folder)
    try:
        yield found
    finally:
        for process in found.processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def until(holds: Callable[[], object], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def start_run(folder: Path, address: str) -> subprocess.Popen[str]:
    """`csperf run` of the first month on a cluster, from the folder of the params."""
    asked = ["run", "params.yaml", "--cycle", JANUARY, "--cluster", address, "--json"]
    return subprocess.Popen(
        [sys.executable, "-m", "csperf", *asked],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(TOP)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_run_on_a_cluster_that_loses_a_worker_makes_what_a_local_run_makes(
    finished: Path, tmp_path: Path, dask: Cluster
) -> None:
    folder = write_organisation(tmp_path / "organisation")
    port = dask.scheduler("--dashboard-address", "127.0.0.1:0")["services"]["dashboard"]
    victim = psutil.Process(dask.worker("--no-nanny").pid)
    dask.worker()  # as it is started by default: watched by a nanny
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/status", timeout=60) as page:
        assert b"Dask" in page.read()
    running = start_run(folder, dask.address)
    until(lambda: [*folder.glob(f"output/{JANUARY}/.work-*/*/reports/*/*")] or running.poll())
    until(lambda: len(victim.children(recursive=True)) > 2 or running.poll())  # one does a task
    below = victim.children(recursive=True)
    victim.kill()
    stdout, stderr = running.communicate(timeout=300)
    assert (running.returncode, "Traceback" in stderr) == (0, False), stderr
    until(lambda: not any(process.is_running() for process in below))  # none writes any more
    local, there = (
        {path: file[1] for path, file in files(place / "output" / JANUARY).items()}
        for place in (finished, folder)
    )
    assert json.loads(stdout) == json.loads(there["manifest.json"])
    told = [json.loads(tree.pop("manifest.json")) for tree in (local, there)]
    for name in TIMES:
        assert {type(manifest.pop(name)) for manifest in told} == {str}
    assert told[0] == told[1]
    assert local == there


def test_what_a_worker_has_handed_over_is_not_made_again_when_it_dies(
    tmp_path: Path, dask: Cluster, place: cluster.Place
) -> None:
    made = tmp_path / "made"
    made.mkdir()
    one = (None, None, str(made))  # each call of mkdtemp leaves a folder
    dask.scheduler("--no-dashboard")
    victim = dask.worker("--no-nanny")
    with cluster._connected(dask.address) as client:
        pool = cluster.ClusterPool(client, place)
        first = pool.schedule(tempfile.mkdtemp, one, timeout=60)
        assert first.result() == first.result()
        victim.kill()
        dask.worker("--no-nanny")
        assert pool.schedule(tempfile.mkdtemp, one, timeout=60).exception() is None
        assert (first.done(), first.running(), len([*made.iterdir()])) == (True, False, 2)


def test_a_scheduler_that_dies_is_told_and_the_run_can_be_made_again(
    tmp_path: Path, dask: Cluster
) -> None:
    folder = write_organisation(tmp_path / "organisation")
    dask.scheduler("--no-dashboard")
    dask.worker("--no-nanny")
    running = start_run(folder, dask.address)
    until(lambda: [*folder.glob(f"output/{JANUARY}/.work-*/*/prepared")] or running.poll())
    dask.processes[0].kill()
    stdout, stderr = running.communicate(timeout=120)
    assert (running.returncode, "Traceback" in stderr) == (1, False), stderr
    manifest = json.loads(stdout)
    assert {entry["outcome"] for entry in manifest["departments"]} == {"failed"}, stderr
    assert not [*folder.glob(f"output/{JANUARY}/.work-*")]
    assert run(folder, only=("appraisal",))[1] == []


def test_workers_that_are_missing_or_have_other_code_are_told_before_the_run_starts(
    tmp_path: Path, dask: Cluster
) -> None:
    folder = write_organisation(tmp_path / "organisation")
    dask.scheduler("--no-dashboard")
    running = start_run(folder, dask.address)
    said = f"{dask.address}: has no worker within 5 s; start some with dask worker {dask.address}\n"
    assert (*running.communicate(timeout=120), running.returncode) == ("", said, 4)
    shutil.copytree(TOP / "csperf", tmp_path / "other" / "csperf")
    shutil.copytree(TOP / "notebooks", tmp_path / "other" / "notebooks")
    with (tmp_path / "other" / "csperf" / "errors.py").open("a") as code:
        code.write("# a line more\n")
    dask.worker("--no-nanny", path=tmp_path / "other")
    until(lambda: "Registered to" in (dask.folder / "1.log").read_text())
    running = start_run(folder, dask.address)
    stdout, stderr = running.communicate(timeout=120)
    assert re.fullmatch(r"worker tcp://127\.0\.0\.1:\d+: has other code of csperf; .*\n", stderr)
    assert (stdout, running.returncode) == ("", 3)
    assert not [*folder.glob(f"output/{JANUARY}/.work-*")]


def test_a_scheduler_that_does_not_answer_is_one_line_within_seconds(tmp_path: Path) -> None:
    folder = write_organisation(tmp_path / "organisation")
    with socket.create_server(("127.0.0.1", 0)) as silent:  # accepts, and never says a word
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        running = start_run(folder, address)
        stdout, stderr = running.communicate(timeout=120)
    advice = "start one with dask scheduler, or leave --cluster out"
    assert stderr == f"{address}: no scheduler answers within 5 s; {advice}\n"
    assert (stdout, running.returncode) == ("", 4)


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        ("tcp://scheduler:8786", 3, '--cluster needs pip install "csperf[cluster]"'),
        ("scheduler:8786", 2, "--cluster: no address in 'scheduler:8786'; tcp://HOST:8786"),
    ],
)
def test_a_package_that_is_missing_and_an_address_that_is_none_are_one_line(
    address: str,
    status: int,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = write_organisation(tmp_path)
    words = ["run", str(folder / "params.yaml"), "--cycle", JANUARY, "--cluster", address]
    monkeypatch.setattr(sys, "argv", ["csperf", *words, "--out", str(folder / "output")])
    monkeypatch.setitem(sys.modules, "distributed", None)  # as if it were not installed
    handler = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit) as ended:
        main()
    signal.signal(signal.SIGTERM, handler)
    assert (ended.value.code, capsys.readouterr().err) == (status, f"{said}\n")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> cluster.Place:
    """What a run from the params' folder asks of its workers; they see it all."""
    monkeypatch.chdir(write_organisation(tmp_path / "organisation"))
    staging = Path("output") / JANUARY / ".work-1"
    staging.mkdir(parents=True)
    request = Request(load_params(Path("params.yaml")), Cycle.parse(JANUARY), Path("output"))
    return cluster._place(request, staging)


LACKING: list[tuple[dict[str, Any], type[CsperfError], str]] = [
    ({"folder": "/nowhere"}, OutputError, "does not see /nowhere, where the run was started"),
    ({"params": Path("/nowhere/params.yaml")}, OutputError, "does not see /nowhere/params.yaml as"),
    ({"staging": Path("/nowhere/.work-1")}, OutputError, "does not see /nowhere; share it under"),
    ({"run": "another"}, OutputError, "does not see .*/output/2026-01; share it under this path"),
    ({"browser": "/usr/bin/none"}, MissingToolError, "has no /usr/bin/none, which prints"),
    ({"code": "another"}, MissingToolError, "has other code of csperf; install the same"),
]


@pytest.mark.parametrize(("other", "kind", "said"), LACKING)
def test_a_worker_says_what_it_lacks_and_where_that_should_be(
    other: dict[str, Any], kind: type[CsperfError], said: str, place: cluster.Place
) -> None:
    assert cluster.lacking(place) is None
    problem = cluster.lacking(replace(place, **other))
    assert type(problem) is kind and re.match(said, str(problem))


def test_a_worker_with_another_version_of_a_package_says_which(place: cluster.Place) -> None:
    versions = {**place.versions, "numpy": "1.0"}
    problem = cluster.lacking(replace(place, versions=versions))
    here = place.versions["numpy"]
    assert str(problem) == f"has numpy {here}, the run 1.0; install the same"
