"""Reports of many teams beside a loop of commands, and what a run in which nothing changed costs.

Absolute figures are printed, only ratios of one run are asserted, between medians of runs that take
turns. All contenders make the same reports from what was prepared once, as commands from their
start to their end. CSPERF_BENCH_TEAMS and CSPERF_BENCH_RUNS make it smaller for a quick look.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest
from pandas import DataFrame
from runs.asked import parameters

SCRIPTS = Path(__file__).parent / "runs"
TEAMS = int(os.environ.get("CSPERF_BENCH_TEAMS", "20"))
RUNS = int(os.environ.get("CSPERF_BENCH_RUNS", "3"))
PEOPLE = 10
MANY, FEW_PEOPLE = 10 * TEAMS, PEOPLE // 10  # the same people in ten times the teams
LOOP = """\
mkdir -p {out}/$1 && cd {out}/$1 &&
papermill --no-progress-bar {notebook} appraisal.ipynb {parameters} -p team $1 &&
jupyter nbconvert --to csperf appraisal.ipynb"""
WORKERS = 2

Show = Callable[[str, DataFrame], None]


class Cost(NamedTuple):
    """What a command took: seconds, and bytes at most of itself, of a worker and of all together.

    Memory that processes share is counted once in `whole`.
    """

    wall: float
    own: int = 0
    worker: int = 0
    whole: int = 0


def run(command: list[object], watched: bool = False) -> Cost:
    """Run a command to its end and say what it took."""
    bin = Path(sys.executable).parent
    env = {
        **os.environ,
        "PATH": f"{bin}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "PYTHONDONTWRITEBYTECODE": "",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }
    start = time.perf_counter()
    process = subprocess.Popen(
        [*map(str, command)], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    peaks: list[tuple[int, int, int]] = [(0, 0, 0)]
    if watched:
        watch = threading.Thread(target=_watch, args=(process.pid, peaks))
        watch.start()
    _, said = process.communicate()
    wall = time.perf_counter() - start
    assert process.returncode == 0, said
    return Cost(wall, *map(max, zip(*peaks, strict=True)))


def _watch(pid: int, peaks: list[tuple[int, int, int]]) -> None:
    """Note the memory of a process, of the largest below it, and of all of them, until it ends."""
    while True:
        try:
            parent = psutil.Process(pid)
            own = parent.memory_info().rss
            sizes, shared = [0], parent.memory_full_info().pss
            for child in parent.children(recursive=True):
                try:
                    sizes.append(child.memory_info().rss)
                    shared += child.memory_full_info().pss
                except psutil.Error:  # it has ended meanwhile
                    continue
        except psutil.Error:
            return
        peaks.append((own, max(sizes), shared))
        time.sleep(0.2)


def made(folder: Path, teams: int, people: int) -> Path:
    """A department of so many teams, prepared for its reports."""
    run([sys.executable, SCRIPTS / "teams.py", folder, teams, people])
    return folder


def csperf(folder: Path, watched: bool = False) -> Cost:
    """The whole monthly run of a department, as a command."""
    asked = ["--cycle", "2016-05", "--out", folder / "out", "--jobs", WORKERS]
    command = [sys.executable, "-m", "csperf", "run", folder / "params.yaml", *asked]
    return run(command, watched)


def by_commands(folder: Path, out: Path, teams: list[str], at_a_time: int) -> list[object]:
    """papermill and nbconvert for each team, as a shell would run them."""
    given = {name: it for name, it in parameters(folder, "").items() if name != "team"}
    loop = LOOP.format(
        out=out,
        notebook=Path(__file__).parents[2] / "notebooks" / "appraisal.ipynb",
        parameters=" ".join(f"-p {name} '{value}'" for name, value in given.items()),
    )
    script = out.with_suffix(".sh")
    script.write_text(loop)
    each = f"printf '%s\\n' {' '.join(teams)} | xargs -n1 -P{at_a_time} sh -e {script}"
    return ["sh", "-c", each]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A department of twenty teams."""
    return made(tmp_path_factory.mktemp("run") / "shop", TEAMS, PEOPLE)


@pytest.fixture(scope="module")
def whole(shop: Path) -> Cost:
    """The whole run of the twenty teams, for the first time."""
    return csperf(shop, watched=True)


@pytest.fixture(scope="module")
def months(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Cost]:
    """A department of 200 small teams after its first run, and what that took."""
    folder = made(tmp_path_factory.mktemp("month") / "shop", MANY, FEW_PEOPLE)
    return folder, csperf(folder, watched=True)


def test_reports_are_made_many_times_faster_than_by_a_loop_of_commands(
    shop: Path, whole: Cost, show: Show, tmp_path: Path
) -> None:
    """The limit is the cells in a warm process a core, with nothing between one and the next."""
    teams = [f"team-{number:03}" for number in range(1, TEAMS + 1)]
    python, halves = sys.executable, [" ".join(teams[k::WORKERS]) for k in range(WORKERS)]
    limit = " & ".join(
        f"{python} {SCRIPTS / 'by_limit.py'} {shop} {tmp_path / 'limit'} {half}" for half in halves
    )
    contenders: dict[str, list[object]] = {
        "csperf, 2 workers": [
            *(python, SCRIPTS / "by_runner.py", shop, tmp_path / "ours", WORKERS),
            *teams,
        ],
        "limit, 2 processes": ["sh", "-c", f"{limit} & wait"],
        "commands, 2 at a time": by_commands(shop, tmp_path / "two", teams, 2),
        "commands, one by one": by_commands(shop, tmp_path / "one", teams, 1),
    }
    seen: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(RUNS):
        for name, command in contenders.items():
            seen[name].append(run(command).wall)
    found = {name: statistics.median(walls) for name, walls in seen.items()}
    pages = {
        name: [(tmp_path / name / team / "appraisal.html").read_bytes() for team in teams]
        for name in ("ours", "limit", "one", "two")
    }
    assert pages["ours"] == pages["limit"] == pages["one"] == pages["two"]
    ours = found["csperf, 2 workers"]
    table = DataFrame({"wall s": {**found, "whole csperf run": whole.wall}})
    title = f"{TEAMS} team reports, medians of {RUNS}; the whole run once"
    show(title, table.assign(**{"s a report": table["wall s"] / TEAMS, "times": table / ours}))
    assert found["commands, one by one"] >= 8 * ours
    assert found["commands, 2 at a time"] >= 4 * ours
    assert ours <= 1.3 * found["limit, 2 processes"]


def test_pages_of_a_person_cost_a_tenth_of_a_notebook_at_most(shop: Path, show: Show) -> None:
    """CPU seconds of all steps, each in a process forked from a warm one as in a run."""
    done = subprocess.run(
        [sys.executable, SCRIPTS / "parts.py", shop, "team-001"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert done.returncode == 0, done.stderr
    rows = [line.split(": ") for line in done.stdout.splitlines() if ": " in line]
    taken = {name: float(seconds) for name, seconds in rows}
    show(f"where the time of a run goes, team of {PEOPLE}", DataFrame({"CPU s": taken}))
    pages = taken["sheets of its people"] + taken["interviews of its people"]
    assert pages / PEOPLE <= taken["appraisal notebook"] / 10


def test_a_month_in_which_nothing_changed_costs_about_nothing(
    months: tuple[Path, Cost], show: Show
) -> None:
    """Under 3 s on a machine that imports pandas in 0.29 s."""
    folder, first = months
    again, pandas = [], []
    for _ in range(RUNS):
        again.append(csperf(folder).wall)
        pandas.append(run([sys.executable, "-c", "import pandas"]).wall)
    found = {
        "first run": first.wall,
        "run again": statistics.median(again),
        "import pandas": statistics.median(pandas),
    }
    files = [path for path in (folder / "out").rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files) / 1e6
    show(
        f"{MANY} teams of {FEW_PEOPLE}, {len(files)} files of {size:.0f} MB, medians of {RUNS}",
        DataFrame({"wall s": found}),
    )
    assert found["run again"] <= 10 * found["import pandas"]
    assert found["run again"] <= first.wall / 20


def test_memory_stays_flat_over_ten_times_the_teams(
    whole: Cost, months: tuple[Path, Cost], show: Show
) -> None:
    costs = {f"{TEAMS} teams": whole, f"{MANY} teams": months[1]}
    rows = {
        name: {"csperf run MB": cost.own, "a worker MB": cost.worker, "together MB": cost.whole}
        for name, cost in costs.items()
    }
    show("memory at most, sampled; what processes share is counted once", DataFrame(rows).T / 1e6)
    assert months[1].own <= 1.2 * whole.own
    assert months[1].worker <= 1.2 * whole.worker
