"""Reports of teams by the workers of `csperf run`: by_runner.py FOLDER OUT WORKERS TEAM..."""

from __future__ import annotations

import sys
from pathlib import Path

from asked import NOTEBOOK, parameters

from csperf.limits import Limits
from csperf.runner.pool import outcome, submit, workers
from csperf.runner.request import NotebookTask

if __name__ == "__main__":
    folder, out, jobs, teams = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
    with workers(jobs) as pool:
        tasks = [
            NotebookTask(NOTEBOOK, parameters(folder, team), out / team / NOTEBOOK)
            for team in teams
        ]
        started = [submit(pool, Limits(), "run_notebook", task) for task in tasks]
        failed = [error for job in started if (error := outcome(job)[1])]
    sys.exit("\n".join(map(str, failed)) or 0)
