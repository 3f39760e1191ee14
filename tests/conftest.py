"""What every test may use, and two habits of a run: skips that count, requirements that show.

The processes of one run (`pytest -n`) share what takes long to make: the first that asks makes it.
"""

from __future__ import annotations

import atexit
import fcntl
import gc
import json
import os
import shutil
from collections import defaultdict
from collections.abc import Callable, Generator
from pathlib import Path
from subprocess import CompletedProcess
from typing import TYPE_CHECKING

import hypothesis
import pytest
from drawing import draw
from pandas import DataFrame

if TYPE_CHECKING:
    from installed import DemoRun

# How long an example takes says nothing of it on a machine that does other things too. New examples
# are looked for where somebody sits and can follow them up; the build always draws the same ones.
BUILD = os.environ.get("CSPERF_REQUIRE") == "all"
hypothesis.settings.register_profile("untimed", deadline=None, derandomize=BUILD)
hypothesis.settings.load_profile("untimed")

PASSED = pytest.StashKey[bool]()


@pytest.fixture
def table() -> Callable[[str], DataFrame]:
    """`table("a | b ...")` draws a small frame; see drawing.draw."""
    return draw


@pytest.fixture(scope="session")
def once(
    tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> Callable[[str, Callable[[Path], object]], Path]:
    """`once(name, fill)`: a folder that one process of the run has filled and the others read."""
    top = tmp_path_factory.getbasetemp()
    if is_worker(pytestconfig):
        top = top.parent

    def made(name: str, fill: Callable[[Path], object]) -> Path:
        folder, done = top / name, top / f"{name}.done"
        with (top / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not done.exists():
                folder.mkdir()
                fill(folder)
                done.touch()
        return folder

    return made


@pytest.fixture(scope="session")
def finished(once: Callable[..., Path]) -> Path:
    """The small organisation after its three months; tests change only copies of it."""
    from organisation import CYCLES, run, write_organisation

    def fill(folder: Path) -> None:
        write_organisation(folder)
        for cycle in CYCLES:
            assert run(folder, cycle)[1] == []

    return once("finished", fill)


@pytest.fixture
def organisation(finished: Path, tmp_path: Path) -> Path:
    """A copy of the small organisation with the output of its three months."""
    return shutil.copytree(finished, tmp_path / "organisation")


@pytest.fixture(scope="session")
def wheel(once: Callable[..., Path]) -> Path:
    """The wheel of this checkout."""
    from installed import build_wheel

    [wheel] = once("wheel", build_wheel).glob("*.whl")
    return wheel


@pytest.fixture(scope="session")
def programs(wheel: Path, once: Callable[..., Path]) -> Path:
    """Folder of `csperf` and `python` in an environment with the wheel, out of sight of this."""
    from installed import install

    return once("environment", lambda folder: install(wheel, folder)) / "bin"


@pytest.fixture(scope="session")
def demo(programs: Path, once: Callable[..., Path]) -> DemoRun:
    """`csperf demo` of the installed wheel: two departments, three months; only copies change."""
    from installed import DemoRun, run_demo

    command = [str(programs / "csperf")]

    def fill(folder: Path) -> None:
        done = run_demo(command, folder / "output").done
        (folder / "said.json").write_text(json.dumps([done.stdout, done.stderr]), encoding="utf-8")

    folder = once("demo", fill)
    said = json.loads((folder / "said.json").read_text(encoding="utf-8"))
    return DemoRun(command, folder / "output", CompletedProcess(command, 0, *said))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--requirements-out",
        type=Path,
        metavar="FILE",
        help="write which passed tests show which items of requirements.md, as JSON",
    )


def pytest_configure(config: pytest.Config) -> None:
    path = config.getoption("--requirements-out")
    if path and not is_worker(config):
        config.pluginmanager.register(Shown(path))


class Shown:
    """Collects which passed tests show which requirements, from every process of the run."""

    def __init__(self, path: Path):
        self.path = path
        self.tests: defaultdict[str, list[str]] = defaultdict(list)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for item_id in getattr(report, "shows", ()):
            self.tests[item_id].append(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        self.path.write_text(json.dumps(self.tests, indent=1), encoding="utf-8")


def pytest_collection_finish() -> None:
    """Leave what is imported alone: it stays, and looking for garbage in it takes its time."""
    gc.collect()
    gc.freeze()
    atexit.register(gc.unfreeze)
    gc.set_threshold(20_000, 20, 20)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    refuse_skip(report)
    item.stash[PASSED] = item.stash.get(PASSED, True) and report.passed
    if report.when == "teardown" and item.stash[PASSED]:
        # On the report, as that is what a worker hands to the process that writes the file.
        report.shows = [id for mark in item.iter_markers("requirement") for id in mark.args]
    return report


def refuse_skip(report: pytest.CollectReport | pytest.TestReport) -> None:
    """Make a skip a failure where CSPERF_REQUIRE=all promises that nothing need be skipped."""
    if BUILD and report.skipped and not hasattr(report, "wasxfail"):
        path, line, reason = report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{path}:{line}: CSPERF_REQUIRE=all allows no skip. {reason}"


def is_worker(config: pytest.Config) -> bool:
    """Whether this process runs a part of the tests for another one (`pytest -n`)."""
    return hasattr(config, "workerinput")
