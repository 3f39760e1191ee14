"""What every test may use, and two habits of a run: skips that count, requirements that show."""

from __future__ import annotations

import json
import os
import shutil
from collections import defaultdict
from collections.abc import Callable, Generator
from pathlib import Path
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
SHOWN = pytest.StashKey[defaultdict[str, list[str]]]()


@pytest.fixture
def table() -> Callable[[str], DataFrame]:
    """`table("a | b ...")` draws a small frame; see drawing.draw."""
    return draw


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small organisation after its three months; tests change only copies of it."""
    from organisation import CYCLES, run, write_organisation

    folder = write_organisation(tmp_path_factory.mktemp("finished"))
    for cycle in CYCLES:
        assert run(folder, cycle)[1] == []
    return folder


@pytest.fixture
def organisation(finished: Path, tmp_path: Path) -> Path:
    """A copy of the small organisation with the output of its three months."""
    return shutil.copytree(finished, tmp_path / "organisation")


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    from installed import build_wheel

    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def programs(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of `csperf` and `python` in an environment with the wheel, out of sight of this."""
    from installed import install

    return install(wheel, tmp_path_factory.mktemp("environment"))


@pytest.fixture(scope="session")
def demo(programs: Path, tmp_path_factory: pytest.TempPathFactory) -> DemoRun:
    """`csperf demo` of the installed wheel, once: two departments, three months."""
    from installed import run_demo

    return run_demo([str(programs / "csperf")], tmp_path_factory.mktemp("demo") / "output")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--requirements-out",
        type=Path,
        metavar="FILE",
        help="write which passed tests show which items of requirements.md, as JSON",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.stash[SHOWN] = defaultdict(list)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if path := session.config.getoption("--requirements-out"):
        path.write_text(json.dumps(session.config.stash[SHOWN], indent=1), encoding="utf-8")


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
        for mark in item.iter_markers("requirement"):
            for item_id in mark.args:
                item.config.stash[SHOWN][item_id].append(item.nodeid)
    return report


def refuse_skip(report: pytest.CollectReport | pytest.TestReport) -> None:
    """Make a skip a failure where CSPERF_REQUIRE=all promises that nothing need be skipped."""
    if BUILD and report.skipped and not hasattr(report, "wasxfail"):
        path, line, reason = report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{path}:{line}: CSPERF_REQUIRE=all allows no skip. {reason}"
