"""The papermill engine `csperf` shows what a kernel would, errors and printed text included."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from organisation import parameters_of

from csperf.runner.files import packaged

EVALUATORS = {"params_file", "cycle", "language", "prepared"}
DEPARTMENT = {*EVALUATORS, "department", "history"}
TEAM = {*DEPARTMENT, "team"}
TAKEN = {
    "appraisal": TEAM,
    "comparison": TEAM,
    "planning": DEPARTMENT,
    "review": DEPARTMENT,
    "monitoring": {*DEPARTMENT, "as_of"},
    "calibration": EVALUATORS,
}
PAPERMILL = [sys.executable, "-m", "papermill", "--no-progress-bar"]


def started(engine: str, notebook: Path, target: Path, *parameters: str) -> subprocess.Popen[str]:
    command = [*PAPERMILL, "--engine", engine, str(notebook), str(target), *parameters]
    quiet = {**os.environ, "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
    return subprocess.Popen(command, env=quiet, stderr=subprocess.PIPE, text=True)


def ended(process: subprocess.Popen[str]) -> str:
    """What it said on standard error."""
    return process.communicate(timeout=120)[1]


def shown(path: Path) -> list[list[dict[str, Any]]]:
    """Outputs of every code cell, their counts aside."""
    cells = nbformat.read(path, as_version=4).cells
    return [
        [{key: value for key, value in output.items() if key != "execution_count"} for output in o]
        for o in (cell.outputs for cell in cells if cell.cell_type == "code")
    ]


def test_the_engine_shows_what_a_kernel_shows(organisation: Path, tmp_path: Path) -> None:
    asked = parameters_of("appraisal", organisation)
    parameters = [word for name, value in asked.items() for word in ("-p", name, value)]
    notebook = packaged("notebooks") / "appraisal.ipynb"
    targets = {engine: tmp_path / f"{engine}.ipynb" for engine in ("csperf", "nbclient")}
    running = [started(name, notebook, path, *parameters) for name, path in targets.items()]
    told = [ended(process) for process in running]
    assert [process.returncode for process in running] == [0, 0], told
    ours, theirs = map(shown, targets.values())
    kinds = {kind for cell in ours for output in cell for kind in output["data"]}
    assert {"text/html", "image/svg+xml"} <= kinds
    assert sum(map(len, ours)) > 10
    assert ours == theirs


@pytest.mark.parametrize("name", ["comparison", "planning", "monitoring", "review", "calibration"])
def test_plain_papermill_shows_the_same_of_every_report(
    name: str, organisation: Path, tmp_path: Path
) -> None:
    """A kernel of its own beside the engine, with the parameters of a run."""
    notebook = packaged("notebooks") / f"{name}.ipynb"
    asked = parameters_of(name, organisation)
    words = [word for key, value in asked.items() for word in ("-p", key, value)]
    kernel = started("nbclient", notebook, tmp_path / "kernel.ipynb", *words)
    papermill.execute_notebook(
        notebook, tmp_path / "ours.ipynb", asked, engine_name="csperf", progress_bar=False
    )
    told = ended(kernel)
    assert kernel.returncode == 0, told
    ours, theirs = shown(tmp_path / "ours.ipynb"), shown(tmp_path / "kernel.ipynb")
    assert sum(map(len, ours)) >= 3
    assert ours == theirs


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A notebook whose second cell fails, run by `papermill --engine csperf`, and its stderr."""
    folder = tmp_path_factory.mktemp("failed")
    sources = [
        "import sys\nprint('one')\nprint('two', file=sys.stderr)\n"
        "from IPython.display import HTML, display\ndisplay(HTML('<b>three</b>'))\n"
        "print('four')\nprint('five')\n6",
        "await __import__('asyncio').sleep(0)\nprint('seven')\n1 / 0",
        "print('never')",
    ]
    notebook = new_notebook(cells=[new_code_cell(source) for source in sources])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "x", "language": "python"}
    nbformat.write(notebook, folder / "in.ipynb")
    process = started("csperf", folder / "in.ipynb", folder / "out.ipynb")
    return folder / "out.ipynb", ended(process)


def test_printed_text_is_kept_by_stream_and_in_its_order(failed: tuple[Path, str]) -> None:
    first = shown(failed[0])[0]
    told = [output.get("text") or output["data"]["text/plain"] for output in first]
    names = [output.get("name", output["output_type"]) for output in first]
    expected = ["one\n", "two\n", "<IPython.core.display.HTML object>", "four\nfive\n", "6"]
    assert told == expected
    assert names == ["stdout", "stderr", "display_data", "stdout", "execute_result"]


def test_a_failing_cell_is_kept_as_an_error_and_ends_the_run(failed: tuple[Path, str]) -> None:
    path, stderr = failed
    assert 'Exception encountered at "In [2]"' in stderr
    _, second, third = shown(path)
    assert [output["output_type"] for output in second] == ["stream", "error"]
    assert (second[1]["ename"], second[1]["evalue"]) == ("ZeroDivisionError", "division by zero")
    assert third == []


@pytest.mark.parametrize("name", TAKEN)
def test_a_report_notebook_takes_what_the_run_gives_it(name: str) -> None:
    # papermill only warns of a parameter that the notebook does not have.
    taken = set(papermill.inspect_notebook(packaged("notebooks") / f"{name}.ipynb"))
    assert taken == TAKEN[name]
