import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
TESTS = """
import pytest

@pytest.fixture
def breaks_later():
    yield
    raise OSError

@pytest.mark.requirement("A-01", "A-02")
def test_passes():
    pass

@pytest.mark.requirement("A-01")
@pytest.mark.parametrize("n", [1, 2])
def test_half_passes(n):
    assert n == 1

@pytest.mark.requirement("A-03")
def test_breaks_later(breaks_later):
    pass

@pytest.mark.requirement("A-04")
def test_skips():
    pytest.skip("no browser here")

@pytest.mark.requirement("A-05")
@pytest.mark.xfail(reason="known")
def test_is_expected_to_fail():
    assert False
"""


in_one_process_and_in_two = pytest.mark.parametrize(
    "processes", [[], ["-p", "xdist", "-n", "2"]], ids=["one", "two"]
)


def run(folder: Path, require: str, processes: list[str]) -> tuple[str, dict[str, list[str]]]:
    """Output of a run of TESTS under this conftest, and the requirements it wrote."""
    for name in ("conftest.py", "drawing.py"):
        shutil.copy(HERE / name, folder)
    (folder / "pytest.toml").write_text('[pytest]\nmarkers = ["requirement(id): as in csperf"]\n')
    (folder / "test_made_up.py").write_text(TESTS)
    (folder / "test_whole_file.py").write_text("import pytest\npytest.importorskip('no_such')\n")
    options = ["-rs", "--continue-on-collection-errors", "--requirements-out=shown.json"]
    options += processes
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", *options],
        cwd=folder,
        env={**os.environ, "CSPERF_REQUIRE": require, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
    )
    return ended.stdout, json.loads((folder / "shown.json").read_text())


@in_one_process_and_in_two
def test_a_skip_gives_its_reason_and_only_tests_passed_to_the_end_show_a_requirement(
    processes: list[str], tmp_path: Path
):
    output, shown = run(tmp_path, "", processes)
    assert "no browser here" in output
    assert "1 failed, 3 passed, 2 skipped, 1 xfailed, 1 error" in output
    assert {item: sorted(tests, reverse=True) for item, tests in shown.items()} == {
        "A-01": ["test_made_up.py::test_passes", "test_made_up.py::test_half_passes[1]"],
        "A-02": ["test_made_up.py::test_passes"],
    }


@in_one_process_and_in_two
def test_where_all_is_required_a_skip_fails_with_its_reason(processes: list[str], tmp_path: Path):
    output, _ = run(tmp_path, "all", processes)
    assert "CSPERF_REQUIRE=all allows no skip. Skipped: no browser here" in output
    assert "CSPERF_REQUIRE=all allows no skip. Skipped: could not import 'no_such'" in output
    assert "2 failed, 3 passed, 1 xfailed, 2 errors" in output
