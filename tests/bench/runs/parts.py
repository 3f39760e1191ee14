"""CPU seconds of each step of a run, for one team: parts.py FOLDER TEAM."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from asked import parameters

STARTED = time.process_time()
import csperf.runner.warm  # noqa: E402, F401

IMPORTED = time.process_time()

from csperf.reporting.person import open_sheets, person_pages  # noqa: E402
from csperf.reporting.workbook import team_workbook  # noqa: E402
from csperf.runner.request import NotebookTask  # noqa: E402
from csperf.runner.talking import interviews  # noqa: E402
from csperf.runner.work import prepare_department, run_notebook  # noqa: E402


def forked(name: str, work: Callable[..., Any], *arguments: Any) -> None:
    """Do a step in a process of its own and print its CPU seconds."""
    sys.stdout.flush()
    child = os.fork()
    if not child:
        start = time.process_time()
        work(*arguments)
        print(f"{name}: {time.process_time() - start:.3f}", flush=True)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0


def opened(given: dict[str, str]) -> None:
    """Open a team for its sheets, then time workbook, sheets and talks apart."""
    start = time.process_time()
    sheets = open_sheets(**given)
    told = {"opening a team for its sheets": start}
    for name, work in {
        "workbook": lambda: team_workbook(sheets.view),
        "sheets of its people": lambda: [*person_pages(sheets)],
        "interviews of its people": lambda: [*interviews(sheets.view, given)],
    }.items():
        told[name] = time.process_time()
        work()
    ends = [*told.values(), time.process_time()][1:]
    for (name, begun), end in zip(told.items(), ends, strict=True):
        print(f"{name}: {end - begun:.3f}")


if __name__ == "__main__":
    folder, given = Path(sys.argv[1]), parameters(Path(sys.argv[1]), sys.argv[2])
    print(f"imports of a worker, once: {IMPORTED - STARTED:.3f}")
    nowhere, again = folder / "nowhere", folder / "again"
    department = (folder / "params.yaml", "shop", "2016-05", nowhere, again, nowhere, {})
    forked("preparing the department, once", prepare_department, *department)
    for kind in ("appraisal", "comparison"):
        forked(f"{kind} notebook", run_notebook, NotebookTask(kind, given, again / kind))
    forked("all that comes with the appraisal", opened, given)
