"""Notebooks are thin, stored without results, say how long they take, and run as they stand."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

ROOT = Path(__file__).parents[1]
NOTEBOOKS = ROOT / "notebooks"
ALL = [
    path for path in sorted(NOTEBOOKS.rglob("*.ipynb")) if ".ipynb_checkpoints" not in path.parts
]
TO_LEARN_FROM = [path for path in ALL if path.parent.name in ("methodology", "training")]
UNITS = [path for path in TO_LEARN_FROM if path.parent.name == "training"]
OPENING = (
    r"# .+",
    r"\*\*Who it is for:\*\* .+",
    r"\*\*What it answers:\*\* .+\?",
    r"\*\*How long it takes:\*\* .*\d+ minutes",
)
DURATION = r"\b(minutes?|hours?)\b"
CHECKED, KEPT, PARAMETERS = "nbval-check-output", "keep_output", "parameters"
NOT_THIN = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.For,
    ast.AsyncFor,
    ast.While,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
)


def named(path: Path) -> str:
    """A notebook by its folder and name, as in `training/feedback`."""
    return path.relative_to(NOTEBOOKS).with_suffix("").as_posix()


every = pytest.mark.parametrize("path", ALL, ids=named)


def code_cells(path: Path, tag: str = "") -> list[NotebookNode]:
    """Code cells, or those with a tag."""
    cells = nbformat.read(path, as_version=4).cells
    return [cell for cell in cells if cell.cell_type == "code" and (not tag or tag in tags(cell))]


def tags(cell: NotebookNode) -> list[str]:
    return cell.metadata.get("tags", [])


def not_thin(source: str) -> list[str]:
    """What a notebook should have asked csperf for: `line: kind` of each def, loop and groupby."""
    return [
        f"{node.lineno}: {type(node).__name__}"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, NOT_THIN)
        or (isinstance(node, ast.Attribute) and node.attr == "groupby")
    ]


def not_literal(source: str) -> list[str]:
    """Lines of a parameters cell that papermill could not take or that it would not compute."""
    return [
        line
        for statement in ast.parse(source).body
        if not _is_literal(statement) and (line := ast.unparse(statement))
    ]


def _is_literal(statement: ast.stmt) -> bool:
    if not isinstance(statement, ast.Assign | ast.AnnAssign) or statement.value is None:
        return False
    try:
        ast.literal_eval(statement.value)
    except ValueError:
        return False
    return True


def test_there_are_notebooks_to_look_at() -> None:
    assert {"indicators", "leniency"} <= {path.stem for path in TO_LEARN_FROM}


@every
def test_a_notebook_has_no_def_loop_or_groupby(path: Path) -> None:
    assert [found for cell in code_cells(path) for found in not_thin(cell.source)] == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("def f():\n    return 1", ["1: FunctionDef"]),
        ("x = 1\nfor i in y: pass", ["2: For"]),
        ("while x: break", ["1: While"]),
        ("[i for i in y]", ["1: ListComp"]),
        ("sum(i for i in y)", ["1: GeneratorExp"]),
        ("frame.groupby('a').sum()", ["1: Attribute"]),
        ("groups = frame['groupby for def']  # for all", []),
    ],
)
def test_what_is_not_thin_is_found(source: str, found: list[str]) -> None:
    assert not_thin(source) == found


@every
def test_a_notebook_is_stored_without_outputs(path: Path) -> None:
    with_outputs = [cell for cell in code_cells(path) if cell.outputs]
    assert [cell.source for cell in with_outputs if KEPT not in tags(cell)] == []


@every
def test_a_checked_cell_is_stored_with_its_count_and_a_printed_output(path: Path) -> None:
    # nbval compares nothing, and passes, where a checked cell was stored unrun.
    for cell in code_cells(path, CHECKED):
        assert KEPT in tags(cell), cell.source
        assert cell.execution_count, cell.source
        assert [output.get("name") for output in cell.outputs] == ["stdout"], cell.source


@every
def test_a_notebook_names_the_kernel_that_every_machine_has(path: Path) -> None:
    assert nbformat.read(path, as_version=4).metadata.kernelspec.name == "python3"


@every
def test_parameters_stand_in_one_cell_as_literals(path: Path) -> None:
    cells = code_cells(path, PARAMETERS)
    is_report = path.parent == NOTEBOOKS
    assert len(cells) == 1 if is_report else len(cells) <= 1
    assert [line for cell in cells for line in not_literal(cell.source)] == []


def test_what_is_not_a_literal_is_found() -> None:
    assert not_literal("a = 'x'  # text\nb: int = -1\nc = {'d': [1, None]}") == []
    derived = "path = folder / 'x'\nprint('x')\nimport os\nc: int"
    assert not_literal(derived) == ["path = folder / 'x'", "print('x')", "import os", "c: int"]


@every
def test_the_first_cell_is_a_heading_and_says_how_long_it_takes(path: Path) -> None:
    first = nbformat.read(path, as_version=4).cells[0]
    assert first.cell_type == "markdown"
    assert first.source.startswith("# ")
    assert re.search(DURATION, first.source, re.IGNORECASE)


def test_the_readme_has_every_notebook_in_the_order_to_read_them() -> None:
    text = (NOTEBOOKS / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"\]\((.+?\.ipynb)\)", text)
    assert sorted(listed) == sorted(path.relative_to(NOTEBOOKS).as_posix() for path in ALL)
    units = [Path(name).stem for name in listed if name.startswith("training/")]
    assert units[:3] == [
        "ethics",
        "assignment",
        "bars",
    ]  # who rates whom is settled before practice
    assert units.index("practice") < units.index("certification")
    stages = ["plan", "indicators", "evaluators", "implementation", "feedback", "application"]
    told = [Path(name).stem for name in listed if name.startswith("methodology/")]
    assert [name for name in told if name in stages] == stages


@pytest.mark.requirement("E-01", "E-02", "E-03", "E-04", "E-05", "E-07")
def test_there_is_a_unit_for_every_part_of_the_training_of_evaluators() -> None:
    assert {path.stem for path in UNITS} >= {
        *("ethics", "assignment", "bars", "leniency", "halo_and_range", "recency"),
        *("contrast_and_similarity", "own_group", "practice", "feedback", "before_and_after"),
        "certification",
    }


@pytest.mark.parametrize("path", UNITS, ids=named)
def test_a_unit_says_first_who_it_is_for_what_it_answers_and_how_long_it_takes(path: Path) -> None:
    first = nbformat.read(path, as_version=4).cells[0]
    assert first.cell_type == "markdown"
    for line in OPENING:
        assert re.search(f"^{line}", first.source, re.MULTILINE), line


@pytest.mark.parametrize("path", UNITS, ids=named)
def test_at_least_a_third_of_the_cells_of_a_unit_are_prose(path: Path) -> None:
    cells = nbformat.read(path, as_version=4).cells
    prose = [cell for cell in cells if cell.cell_type == "markdown"]
    assert len(prose) / len(cells) >= 1 / 3


@pytest.mark.parametrize("path", TO_LEARN_FROM, ids=named)
def test_a_notebook_to_learn_from_ends_with_exercises_and_their_answers(path: Path) -> None:
    last = nbformat.read(path, as_version=4).cells[-1].source
    assert "## Exercises" in last
    assert "\nAnswers: " in last


@pytest.mark.parametrize("path", UNITS, ids=named)
def test_a_unit_has_a_checked_number(path: Path) -> None:
    assert code_cells(path, CHECKED)


@pytest.mark.requirement("E-08", "L-08")
@every
def test_a_notebook_runs_as_it_stands_and_prints_what_it_says(path: Path) -> None:
    nbval = ["--nbval-lax", "--nbval-cell-timeout=120", "-q", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", *nbval, path]
    own = {name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"}
    run = subprocess.run(command, cwd=ROOT, env=own, capture_output=True, text=True)
    if run.returncode:
        pytest.fail(run.stdout + run.stderr, pytrace=False)


def test_a_notebook_to_learn_from_runs_under_plain_papermill(tmp_path: Path) -> None:
    """With a parameter of its own, and to the same printed numbers."""
    path, target = NOTEBOOKS / "methodology/uncertainty.ipynb", tmp_path / "uncertainty.ipynb"
    study = ["-p", "study", NOTEBOOKS / "methodology/study"]
    command = [sys.executable, "-m", "papermill", "--no-progress-bar", path, target]
    run = subprocess.run([*command, *study], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert len(code_cells(target, "injected-parameters")) == 1
    assert printed(target) == printed(path)


def printed(path: Path) -> list[str]:
    """What the checked cells of a notebook print."""
    outputs = [output for cell in code_cells(path, CHECKED) for output in cell.outputs]
    return [output.text for output in outputs]
