"""What makes a department's reports again: all that they are made from, and nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from organisation import CYCLES, edit, run, write_organisation

from csperf.params import Cycle, load_params
from csperf.runner.manifest import department_key

MARCH = CYCLES[-1]
PROJECT = Path(__file__).parents[2]
KEY_OF_DESK = """\
import sys
from pathlib import Path
from csperf.params import Cycle, load_params
from csperf.runner.manifest import department_key
params = load_params(Path(sys.argv[1]))
print(department_key(params, params.department("desk"), Cycle.parse("2026-03"), [], Path()))
"""


def to_do(organisation: Path, **asked: Any) -> dict[str, str]:
    """What a run would do to each department."""
    manifest, _ = run(organisation, MARCH, dry_run=True, **asked)
    return {entry["department_id"]: entry["outcome"] for entry in manifest["departments"]}


def key_of_desk(organisation: Path, *before: Path) -> str:
    """The key as a process finds it that looks for packages in these folders first."""
    path = os.pathsep.join(map(str, before))
    command = [sys.executable, "-c", KEY_OF_DESK, str(organisation / "params.yaml")]
    told = subprocess.run(
        command,
        cwd=organisation,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    return told.stdout.strip()


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("data/desk-cases.csv", "T10:00,true", "T11:00,true"),
        ("desk.yaml", "{stated: 60}", "{assumed: 60}"),
        ("params.yaml", "name: Desk", "name: Help desk"),
    ],
    ids=["a row of its input", "a word of its scheme", "a word of its params"],
)
def test_a_department_is_made_again_if_something_of_its_own_changes(
    organisation: Path, file: str, old: str, new: str
) -> None:
    assert to_do(organisation) == {"desk": "unchanged", "shop": "unchanged"}
    edit(organisation / file, old, new)
    assert to_do(organisation) == {"desk": "to do", "shop": "unchanged"}


def test_all_departments_are_made_again_if_something_common_changes(organisation: Path) -> None:
    edit(organisation / "params.yaml", "timezone: UTC", "timezone: Asia/Shanghai")
    assert to_do(organisation) == {"desk": "to do", "shop": "to do"}


def test_force_makes_all_departments_again(organisation: Path) -> None:
    assert to_do(organisation, force=True) == {"desk": "to do", "shop": "to do"}


@pytest.mark.parametrize("other", ["1", 1.5, True, None])
def test_values_of_another_type_are_another_key(tmp_path: Path, other: object) -> None:
    params = load_params(write_organisation(tmp_path) / "params.yaml")
    desk, cycle = params.department("desk"), Cycle.parse(MARCH)
    keys = {
        department_key(params, desk, cycle, [{"path": "cases", "sha256": value}], Path())
        for value in (1, other)
    }
    assert len(keys) == 2


def test_another_notebook_code_or_package_is_another_key(tmp_path: Path) -> None:
    organisation, copy, newer = (tmp_path / name for name in ("organisation", "copy", "newer"))
    write_organisation(organisation)
    shutil.copytree(PROJECT / "csperf", copy / "csperf")
    shutil.copytree(PROJECT / "notebooks", copy / "notebooks")
    before = key_of_desk(organisation, copy)
    assert key_of_desk(organisation, copy) == before
    (newer / "pandas-99.dist-info").mkdir(parents=True)
    (newer / "pandas-99.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: pandas\nVersion: 99\n"
    )
    assert key_of_desk(organisation, newer, copy) != before
    for file in ("notebooks/comparison.ipynb", "csperf/pipeline.py"):
        content = (copy / file).read_bytes()
        (copy / file).write_bytes(content + b"\n")
        assert key_of_desk(organisation, copy) != before
        (copy / file).write_bytes(content)
