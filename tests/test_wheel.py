"""What travels: notebooks, params with their data, texts and templates; no tests, no results."""

from __future__ import annotations

import subprocess
from importlib.metadata import PathDistribution
from pathlib import Path
from zipfile import Path as ZipPath
from zipfile import ZipFile

from installed import TOP

PARTS = ("csperf", "notebooks", "params")
LEFT_OUT = ("__pycache__", ".ipynb_checkpoints")
SAMPLE_LIMIT = 6_000_000


def shipped() -> dict[str, Path]:
    """Every file of the package, the notebooks and the params, by its path in the wheel."""
    found = {
        path.relative_to(TOP).as_posix(): path
        for part in PARTS
        for path in (TOP / part).rglob("*")
        if path.is_file() and not set(LEFT_OUT) & set(path.parts)
    }
    return {name if name.startswith("csperf") else f"csperf/{name}": p for name, p in found.items()}


def test_the_wheel_holds_the_package_the_notebooks_and_the_params_and_nothing_else(
    wheel: Path,
) -> None:
    with ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert names == set(shipped())
    assert {
        "csperf/notebooks/appraisal.ipynb",
        "csperf/params/demo.yaml",
        "csperf/params/data/README.md",
        "csperf/params/data/service-desk/incident_event_log.parquet",
        "csperf/params/starter/params.yaml",
        "csperf/reporting/messages/en.toml",
        "csperf/reporting/templates/page.html.j2",
    } <= names


def test_the_sample_data_stay_small(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        data = [info for info in archive.infolist() if "/params/data/" in info.filename]
    assert 0 < sum(info.file_size for info in data) < SAMPLE_LIMIT


def test_the_wheel_registers_the_command_the_exporter_and_the_engine(wheel: Path) -> None:
    [folder] = [path for path in ZipPath(wheel).iterdir() if path.name.endswith(".dist-info")]
    points = PathDistribution(folder).entry_points  # type: ignore[arg-type]
    assert {(point.group, point.name) for point in points} == {
        ("console_scripts", "csperf"),
        ("nbconvert.exporters", "csperf"),
        ("papermill.engine", "csperf"),
    }


def test_the_installed_package_runs_without_this_checkout(programs: Path, tmp_path: Path) -> None:
    def told(*command: str) -> str:
        words = [str(programs / command[0]), *command[1:]]
        return subprocess.run(
            words, cwd=tmp_path, capture_output=True, text=True, check=True
        ).stdout.strip()

    code = "import csperf, sys; print(csperf.__file__, *sys.path, sep='\\n')"
    home, *folders = told("python", "-c", code).splitlines()
    assert Path(home).is_relative_to(programs.parent)
    assert str(TOP) not in folders
    listed = told("csperf", "init", "mine").splitlines()
    assert all((tmp_path / name).is_file() for name in listed)
