"""Runs that are killed with kill -9, at a time or at a step, and what they leave behind.

A program of its own: everything is imported once, and each run is a process that is forked from it,
with workers that are forked in their turn, so that forty runs cost less than forty imports.
"""

from __future__ import annotations

import itertools
import json
import multiprocessing
import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_notebook
from organisation import CYCLES, edit, files, run, write_organisation
from pebble import ProcessPool

import csperf.runner.warm  # noqa: F401  # papermill before the engine that it loads
from csperf.runner import cluster, engine, manifest, reports, work

JANUARY = CYCLES[0]
ASKED: dict[str, Any] = {"departments": ("desk",), "only": ("comparison",), "jobs": 1}
CHAINS, KILLS = 5, 5
TIMED = ("manifest.json", "log.jsonl")  # they hold when a run was
PARAMETERS = ("params_file", "cycle", "department", "team", "history", "prepared", "language")
STEPS: dict[str, tuple[Any, str]] = {
    "after reading": (work, "appraise_department"),
    "after a cell": (engine, "_run"),
    "after rendering": (work, "report_html"),
    "before the manifest": (manifest, "write_manifest"),
}
RENAMES = (1, 4)  # before which a run is killed, of all that publish
PUBLISHING = ("before the manifest", "before rename 1")  # tried for a cycle's first run too


def end_all(*_: Any) -> None:
    """Kill this process and all of its group."""
    os.killpg(0, signal.SIGKILL)


@contextmanager
def forked(jobs: int, memory_mb: int | None = None) -> Iterator[ProcessPool]:
    """Workers that are forked from the run itself, where everything is imported already."""
    context = multiprocessing.get_context("fork")
    with ProcessPool(max_workers=jobs, max_tasks=1, context=context) as pool:
        yield pool


def at_step(step: str) -> None:
    """Have this process and its workers killed at a step."""
    module, name = STEPS[step]
    function = getattr(module, name)

    def last(*arguments: Any) -> Any:
        if step.startswith("after"):
            function(*arguments)
        end_all()

    setattr(module, name, last)


def at_rename(number: int) -> None:
    """Have this process killed before it puts its so-manieth file in place."""
    count, put, main = itertools.count(1), Path.replace, os.getpid()

    def last(path: Path, target: Path) -> Path:
        if os.getpid() == main and next(count) == number:
            end_all()
        return put(path, target)

    Path.replace = last  # type: ignore[method-assign]


def own_task(folder: Path) -> None:
    """Give every report a small notebook: what is tried here is what becomes of its files."""
    empty = "\n".join(f'{name} = ""' for name in PARAMETERS)
    cells = [new_code_cell(empty, metadata={"tags": ["parameters"]}, id="first")]
    cells += [new_code_cell("print(team)", id="second"), new_code_cell("{'of': team}", id="third")]
    notebook = new_notebook(cells=cells)
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "x", "language": "python"}
    nbformat.write(notebook, folder / "comparison.ipynb")
    task = reports._task
    reports._task = lambda *given: replace(task(*given), folder=folder)
    cluster.workers = forked  # type: ignore[assignment]


def one_run(folder: Path, prepare: Callable[[], None], after_s: float | None = None) -> int:
    """A run in a process of its own, killed after some seconds; how it ended."""
    child = os.fork()
    if not child:
        os.setpgid(0, 0)
        status = 1
        try:
            prepare()
            status = len(run(folder, **ASKED)[1])
        finally:
            os._exit(status)
    if after_s is not None:
        time.sleep(after_s)
        try:
            os.killpg(child, signal.SIGKILL)
        except ProcessLookupError:  # it has ended before
            pass
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def contents(folder: Path) -> dict[str, bytes]:
    """What every file of the output holds; what runs under way write aside."""
    found = files(folder / "output")
    return {
        path: file[1]
        for path, file in found.items()
        if not any(part.startswith(".") for part in Path(path).parts)
    }


def half_files(folder: Path, *known: dict[str, bytes]) -> list[str]:
    """Files that are neither an old one nor a new one, whole."""
    wrong = []
    for path, content in contents(folder).items():
        if path.endswith(TIMED):
            try:
                for text in content.splitlines() if path.endswith("l") else [content]:
                    json.loads(text)
            except ValueError:
                wrong.append(path)
        elif all(content != each.get(path) for each in known):
            wrong.append(path)
    return wrong


def differing(folder: Path, *new: dict[str, bytes]) -> list[str]:
    """Files that differ from those of a run, or two, that nobody has disturbed."""
    there = contents(folder)
    return [
        path
        for path in sorted(there | new[0])
        if not path.endswith(TIMED) and there.get(path) not in [each.get(path) for each in new]
    ]


def main(folder: Path, seed: int) -> dict[str, Any]:
    """Kill runs at random times and at every step; what was wrong after which."""
    place = folder / "organisation"
    write_organisation(place)
    own_task(folder)
    assert one_run(place, lambda: None) == 0
    old = contents(place)
    shutil.copytree(place / "output", folder / "old")
    edit(place / "data/desk-cases.csv", f"{JANUARY}-23T10:00,true", f"{JANUARY}-23T10:00,false")
    started = time.monotonic()
    assert one_run(place, lambda: None) == 0
    seconds, new = time.monotonic() - started, contents(place)
    assert one_run(place, lambda: None) == 0
    unchanged = contents(place)  # as new, but for the word on the pages
    assert differing(place, old), "the input makes no difference"
    drawn = random.Random(seed)
    wrong: dict[str, list[str]] = {}
    ended: list[int] = []

    def begin_again(anew: bool = False) -> None:
        shutil.rmtree(place / "output")
        if not anew:
            shutil.copytree(folder / "old", place / "output")

    def finish(name: str, *expected: dict[str, bytes]) -> None:
        assert one_run(place, lambda: None) == 0, name
        if found := differing(place, *expected):
            wrong[f"again after {name}"] = found

    begin_again(anew=True)
    assert one_run(place, lambda: None) == 0
    first = contents(place)
    assert one_run(place, lambda: None) == 0
    again = contents(place)

    for chain in range(CHAINS):
        begin_again()
        killed = 0
        while killed < KILLS:
            name = f"kill {killed} of chain {chain}"
            ended.append(one_run(place, lambda: None, drawn.uniform(0, seconds)))
            if found := half_files(place, old, new, unchanged):
                wrong[name] = found
            if ended[-1] == -signal.SIGKILL:
                killed += 1
            else:  # it was through before: there is nothing left to kill
                begin_again()
        finish(f"chain {chain}", new, unchanged)
    steps = {step: (at_step, step) for step in STEPS}
    steps |= {f"before rename {number}": (at_rename, number) for number in RENAMES}  # type: ignore[misc]
    tried = [(step, False) for step in steps] + [(step, True) for step in PUBLISHING]
    for step, anew in tried:
        prepare, given = steps[step]
        name = f"{step}, for the first time" if anew else step
        begin_again(anew)
        status = one_run(place, lambda prepare=prepare, given=given: prepare(given))  # type: ignore[misc]
        if status != -signal.SIGKILL:
            wrong[name] = [f"ended with {status}"]
        if found := half_files(place, *([first, again] if anew else [old, new, unchanged])):
            wrong[name] = found
        finish(name, *([first, again] if anew else [new, unchanged]))
    return {"wrong": wrong, "killed": ended.count(-signal.SIGKILL), "seconds": seconds}


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]))))
