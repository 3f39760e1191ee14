"""Notebooks that crash, hang, hoard or meddle: each is named, and those beside it are delivered."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from dataclasses import replace
from multiprocessing import forkserver
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from organisation import CYCLES, edit, files, run, write_organisation

from csperf.runner import reports as making

JANUARY = CYCLES[0]
DEADLINE_S = 20
PARAMETERS = ("params_file", "cycle", "department", "team", "history", "prepared", "language")
GOOD = "from IPython.display import HTML\nHTML(f'<p>good report of {team}</p>')"
UNTOUCHED = "import os, pandas as pd\nassert pd.DataFrame.sum and 'LEFT' not in os.environ\n" + GOOD
ORPHANS = """\
import os, subprocess, sys, time
from pathlib import Path
kept = subprocess.Popen(["sleep", "300"], start_new_session=True)
forked = os.fork()
if not forked:
    os.setsid()
    time.sleep(300)
    os._exit(0)
Path("{here}/orphans").write_text(f"{kept.pid} {forked}")
"""
KILLED_ONCE = """\
import os, signal
from pathlib import Path
if not Path("{here}/killed").exists():
    Path("{here}/killed").touch()
    os.kill(os.getpid(), signal.SIGKILL)
"""
HANGS = """\
import signal, time
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, signal.NSIG))
time.sleep(600)
"""
STREAMS = """\
import os
from IPython.display import HTML
os.system("echo of the shell; echo of its errors >&2")
HTML(" ".join(os.readlink(f"/proc/self/fd/{stream}") for stream in (0, 1, 2)))
"""
THREAD = """\
import threading, time
threading.Thread(target=time.sleep, args=(10**6,)).start()
"""
CHILD = """\
import multiprocessing, time
multiprocessing.get_context("fork").Process(target=time.sleep, args=(10**6,)).start()
"""
DIED, ENDED = "its process died (exit code {})", "its process was ended by {}"
KEPT = "failed with {}; see comparison.failed.ipynb in the folder of the report"
# What the last cell does, and what is said of it; None: its report is delivered.
CELLS = {
    "a-good": (GOOD, None),
    "b-segfault": ("import ctypes\nctypes.string_at(0)", f": {ENDED.format('SIGSEGV')}"),
    "c-exit": ("import os\nos._exit(3)", f": {DIED.format(3)}"),
    "d-exit-well": ("import os\nos._exit(0)", f": {DIED.format(70)}"),
    "e-hang": (HANGS, f": took longer than {DEADLINE_S} s and was ended"),
    "f-good": (GOOD, None),
    "g-hog": ("held = []\nwhile True: held.append(bytes(10**8))", f" {KEPT.format('MemoryError')}"),
    "h-orphan": (ORPHANS + GOOD, None),
    "i-sys-exit": ("import sys\nsys.exit()", f" {KEPT.format('SystemExit')}"),
    "j-input": ("input('name? ')", f" {KEPT.format('EOFError')}"),
    "k-exception": ("raise ValueError('canary of Ann, 4711')", f" {KEPT.format('ValueError')}"),
    "l-syntax": ("1 +", f" {KEPT.format('SyntaxError')}"),
    "m-state": ("import os, pandas as pd\npd.DataFrame.sum = None\nos.environ['LEFT'] = 'x'", None),
    "n-after": (UNTOUCHED, None),
    "o-system": (STREAMS, None),
    "p-huge": ("for _ in range(30_000): print('x' * 1_000)\n" + GOOD, None),
    "q-killed-once": (KILLED_ONCE + GOOD, None),
    "r-thread": (THREAD + GOOD, None),
    "s-child": (CHILD + GOOD, None),
    "t-good": (GOOD, None),
}
FAILED = [team for team, (_, told) in CELLS.items() if told]


class Batch(NamedTuple):
    """A run of all of them: its folder, what it said, and the output folder of the cycle."""

    folder: Path
    manifest: dict[str, Any]
    errors: dict[str, str]

    @property
    def out(self) -> Path:
        return self.folder / "output" / JANUARY

    def report(self, team: str) -> dict[str, Any]:
        entry = next(e for e in self.manifest["departments"] if e["department_id"] == "shop")
        [report] = next(e for e in entry["teams"] if e["team_id"] == team)["reports"]
        return report


def write_notebooks(folder: Path) -> None:
    """A notebook a team: the parameters, a cell that is well, and the one that counts."""
    empty = "\n".join(f'{name} = ""' for name in PARAMETERS)
    for team, (source, _) in CELLS.items():
        last = source.replace("{here}", str(folder))
        cells = [new_code_cell(text) for text in (empty, "6 * 7", last)]
        cells[0].metadata["tags"] = ["parameters"]
        notebook = new_notebook(cells=cells)
        notebook.metadata.kernelspec = {
            "name": "python3",
            "display_name": "x",
            "language": "python",
        }
        (folder / team).mkdir(parents=True)
        nbformat.write(notebook, folder / team / "comparison.ipynb")


def write_teams(folder: Path) -> None:
    """One person in each team; nobody is evaluated but by events."""
    people = {f"person-{n}": team for n, team in enumerate(CELLS)}
    cases = [
        f"{person}/{k},{person},{JANUARY}-{k + 1:02}T09:00,{JANUARY}-{k + 1:02}T10:00,true,0"
        for person in people
        for k in range(3)
    ]
    teams = [f"{team},{team}" for team in CELLS]
    members = [f"{person},{team},2025-01-01" for person, team in people.items()]
    for name, header, rows in (
        ("shop-cases", "case_id,owner_id,opened_at,resolved_at,sla_met,n_reopened", cases),
        ("teams", "team_id,name", teams),
        ("employees", "employee_id,display_name", [f"{person},Name" for person in people]),
        ("assignments", "employee_id,team_id,from_date", members),
    ):
        (folder / f"data/{name}.csv").write_text("\n".join([header, *rows]) + "\n")
    edit(folder / "params.yaml", "      evaluations: {path: data/evaluations.csv}\n", "")
    text = (folder / "desk.yaml").read_text().replace("id: desk", "id: shop")
    (folder / "shop.yaml").write_text(text)
    limits = f"run: {{deadline_s: {DEADLINE_S}, memory_mb: 2000}}\n"
    edit(folder / "params.yaml", "timezone: UTC\n", f"timezone: UTC\n{limits}")


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Batch]:
    folder = write_organisation(tmp_path_factory.mktemp("crashes"))
    write_teams(folder)
    write_notebooks(folder / "notebooks")
    task = making._task

    def own(*arguments: Any) -> Any:
        """The task of each team, with the notebook of that team."""
        made = task(*arguments)
        return replace(made, folder=folder / "notebooks" / made.parameters["team"])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(making, "_task", own)
        manifest, errors = run(folder, departments=("shop",), only=("comparison",))
    yield Batch(folder, manifest, {place: str(error) for place, error in errors})


def test_each_notebook_that_crashes_is_named_with_its_cell(batch: Batch) -> None:
    expected = {f"shop/{team}": f"comparison.ipynb In [4]{CELLS[team][1]}" for team in FAILED}
    assert batch.errors == expected
    assert {team: batch.report(team)["reason"] for team in FAILED} == {
        place.removeprefix("shop/"): told for place, told in expected.items()
    }
    codes = {team: batch.report(team)["code"] for team in FAILED}
    assert codes == {
        "b-segfault": "SIGSEGV",
        "c-exit": "exit-3",
        "d-exit-well": "exit-70",
        "e-hang": "deadline",
        "g-hog": "MemoryError",
        "i-sys-exit": "SystemExit",
        "j-input": "EOFError",
        "k-exception": "ValueError",
        "l-syntax": "SyntaxError",
    }


def test_reports_beside_a_crash_are_delivered(batch: Batch) -> None:
    for team in CELLS:
        page = batch.out / "shop" / team / "comparison.html"
        assert page.exists() is (team not in FAILED), team
        if GOOD in CELLS[team][0]:
            assert f"<p>good report of {team}</p>" in page.read_text(encoding="utf-8")
    portal = (batch.out / "index.html").read_text(encoding="utf-8")
    assert all(f"{team}, Comparison" in portal for team in FAILED)
    assert portal.count("comparison.ipynb In [4]") == len(FAILED)


def test_only_a_task_whose_worker_was_killed_is_tried_again(batch: Batch) -> None:
    attempts = {team: batch.report(team)["attempts"] for team in CELLS}
    assert attempts == dict.fromkeys(CELLS, 1) | {"q-killed-once": 2}


def test_what_a_cell_started_ends_with_the_run(batch: Batch) -> None:
    orphans = (batch.folder / "notebooks/orphans").read_text().split()
    assert len(orphans) == 2
    for number in orphans:
        state = Path(f"/proc/{number}/stat")
        assert not state.exists() or state.read_text().rsplit(") ", 1)[1][0] == "Z"


def test_what_a_cell_prints_past_python_does_not_reach_the_output_of_the_run(batch: Batch) -> None:
    notebook = nbformat.read(batch.out / "shop/o-system/comparison.ipynb", as_version=4)
    [shown] = [each for each in notebook.cells[-1].outputs if "data" in each]
    of_cell = shown.data["text/html"].split()
    server = Path(f"/proc/{forkserver._forkserver._forkserver_pid}/fd")  # type: ignore[attr-defined]
    of_run = [os.readlink(server / str(stream)) for stream in (1, 2)]
    assert of_cell[0] == os.devnull
    assert all(each == os.devnull or each not in of_run for each in of_cell[1:])


def test_a_huge_output_is_cut_short_in_the_notebook_and_not_in_the_report(batch: Batch) -> None:
    folder = batch.out / "shop/p-huge"
    assert (folder / "comparison.ipynb").stat().st_size < 200_000
    text = json.loads((folder / "comparison.ipynb").read_text())["cells"][-1]["outputs"][0]["text"]
    assert "... and more" in "".join(text)
    assert "xxx" not in (folder / "comparison.html").read_text()


@pytest.mark.privacy("P11")
def test_what_a_failed_cell_says_stays_in_the_folder_of_its_team(batch: Batch) -> None:
    told = {path for path, (_, content) in files(batch.out.parent).items() if b"canary" in content}
    assert told == {f"{JANUARY}/shop/k-exception/comparison.failed.ipynb"}
    assert not any("canary" in told for told in batch.errors.values())
    [kept] = (batch.out / "shop/k-exception").iterdir()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert os.stat(kept.parent).st_mode & 0o777 == 0o700
