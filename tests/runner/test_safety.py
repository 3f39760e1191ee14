"""What a run never does, whoever asks for it: code as a name, files elsewhere, words of others."""

from __future__ import annotations

import json
import os
import re
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from organisation import CYCLES, DAY, DESK, NIGHT, edit, files, run, told

from csperf.errors import InputError, OutputError
from csperf.params import load_params
from csperf.runner.files import packaged
from csperf.runner.parameters import check_parameters
from csperf.runner.request import NotebookTask

JANUARY, _, MARCH = CYCLES
PACKAGE = Path(__file__).parents[2]
PICKLES = re.compile(r"\b(pickle|cPickle|dill|joblib|cloudpickle|shelve|marshal)\b")


def task(**parameters: Any) -> NotebookTask:
    return NotebookTask("comparison", parameters, Path("nowhere"))


@pytest.mark.parametrize(
    "name",
    [
        "p = 1\nimport os; os.system('touch owned')",
        "team\n",
        "teams",
        "Team",
        "__class__",
        "team; x",
        "",
        "\uff54eam",
    ],
)
def test_a_parameter_that_the_notebook_does_not_have_is_refused(name: str) -> None:
    with pytest.raises(InputError, match=r"comparison\.ipynb: no parameter .*it takes params_file"):
        check_parameters(task(team="day", **{name: "x"}))


@pytest.mark.parametrize(
    "value",
    [
        ("day",),
        {"day"},
        b"day",
        Path("day"),
        np.int64(3),
        np.float64(0.5),
        float("nan"),
        float("inf"),
        object(),
        {1: "day"},
        [["day", ("night",)]],
    ],
    ids=[
        "tuple",
        "set",
        "bytes",
        "path",
        "int64",
        "float64",
        "nan",
        "inf",
        "object",
        "key",
        "in a list",
    ],
)
def test_a_value_that_json_does_not_know_is_refused(value: object) -> None:
    with pytest.raises(InputError, match=r"parameter 'team' is a .*; give a JSON value"):
        check_parameters(task(team=value))


def test_what_json_knows_is_taken() -> None:
    check_parameters(task(team="客服\n'\"{}", cycle=None, history=[1, 2.5, True, {"a": ["b"]}]))


def test_a_notebook_without_parameters_takes_none(tmp_path: Path) -> None:
    notebook = json.loads((packaged("notebooks") / "comparison.ipynb").read_text())
    for cell in notebook["cells"]:
        cell["metadata"] = {}
    (tmp_path / "comparison.ipynb").write_text(json.dumps(notebook))
    check_parameters(replace(task(), folder=tmp_path))
    with pytest.raises(InputError, match="it has no cell tagged parameters"):
        check_parameters(replace(task(team="day"), folder=tmp_path))


@pytest.mark.parametrize(
    "place",
    [
        *("", ".lock", "log.jsonl", "index.html", "history", f"history/{MARCH}_desk.parquet"),
        *(MARCH, f"{MARCH}/manifest.json", f"{MARCH}/desk", f"{MARCH}/desk/desk/appraisal.html"),
    ],
)
def test_nothing_is_written_through_a_link(organisation: Path, place: str) -> None:
    path, elsewhere = organisation / "output" / place, organisation / "elsewhere"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)
    before = files(organisation)
    with pytest.raises(OutputError, match="is a symbolic link; name the folder that it leads to"):
        run(organisation, MARCH, force=True)
    assert files(organisation) == before
    assert path.is_symlink()


@pytest.mark.privacy("P14")
def test_what_is_written_is_for_its_owner_only_whatever_the_umask(
    organisation: Path, tmp_path: Path
) -> None:
    out, before = tmp_path / "new", os.umask(0)
    try:
        asked = {"departments": ("desk",), "only": ("comparison",)}
        assert run(organisation, MARCH, out, **asked)[1] == []
    finally:
        os.umask(before)
    modes = {(path.is_dir(), stat.S_IMODE(path.stat().st_mode)) for path in [out, *out.rglob("*")]}
    assert modes == {(True, 0o700), (False, 0o600)}


def test_neither_the_package_nor_a_notebook_knows_a_pickle() -> None:
    kinds = ("csperf/**/*.py", "notebooks/**/*.ipynb")
    sources = [path for kind in kinds for path in PACKAGE.glob(kind)]
    assert len(sources) > 100
    found = [
        path
        for path in sources
        if PICKLES.search(re.sub(r"#.*", "", path.read_text(encoding="utf-8")))
    ]
    assert found == []


@pytest.mark.privacy("P10")
def test_no_byte_of_a_department_tells_of_anybody_in_another(finished: Path) -> None:
    """Ids and names, in every file of three months: workbooks and tables as their cells too.

    The manifest of a cycle lists the files of all departments, by ids and without a name.
    """
    people = {"desk": DESK, "shop": (*DAY, *NIGHT)}
    canaries = {
        department: [text.encode() for id in ids for text in (id, f"Name of {id}")]
        for department, ids in people.items()
    }
    seen = 0
    for path, (_, content) in files(finished / "output").items():
        content = told(path, content)
        parts = re.split("[/_.]", path)
        own = [department for department in people if department in parts]
        if parts[1:2] == ["calibration"] and not own:
            continue  # HR's own, over all departments
        for department, texts in canaries.items():
            if path.endswith("/manifest.json"):
                texts = [text for text in texts if text.startswith(b"Name of")]
            if own != [department] or path.endswith("/index.html"):
                assert [text for text in texts if text in content] == [], path
        seen += 1
    assert seen > 150


@pytest.mark.parametrize("limits", ["{deadline_s: 0}", "{memory_mb: 8}", "{deadline: 5}"])
def test_limits_that_cannot_be_meant_are_refused(organisation: Path, limits: str) -> None:
    edit(organisation / "params.yaml", "timezone: UTC\n", f"timezone: UTC\nrun: {limits}\n")
    with pytest.raises(InputError, match=r"params\.yaml: run[.:]"):
        load_params(organisation / "params.yaml")
