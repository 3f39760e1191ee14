"""What fitting ratings costs: CPU seconds of one core and memory, beside another package."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pandas import DataFrame

SCRIPTS = Path(__file__).parent / "scale"
SIMULATED = Path(__file__).parents[3] / "shared" / "reference" / "ratings" / "sim"
RUNS = 5
TITLE = f"ratings fitted on one core, medians of {RUNS}"


def measured(script: str, *arguments: object, runs: int = RUNS) -> dict[str, float]:
    """Medians of what a script prints, each run a process with one thread."""
    command = [sys.executable, SCRIPTS / script, *map(str, arguments)]
    threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    seen = []
    for _ in range(runs):
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, env={**os.environ, **threads}
        )
        assert done.returncode == 0, done.stderr
        seen.append(json.loads(done.stdout))
    return {name: statistics.median(each[name] for each in seen) for name in seen[0]}


def test_a_rating_costs_no_more_among_many(show: Callable[[str, DataFrame], None]):
    """Ten times the employees of the same evaluators; evaluators ten times as many are shown.

    The exact errors of thousands of evaluators take the inverse of a matrix of them, which costs
    the cube of their number.
    """
    sizes = {(5_000, 500): RUNS, (50_000, 500): 3, (50_000, 5_000): 1}
    found = {size: measured("by_ratings.py", *size, runs=runs) for size, runs in sizes.items()}
    table = DataFrame(found).T
    each = 1e6 * table["cpu"] / table["n"]
    show(TITLE, table.assign(**{"peak MB": table.pop("peak") / 1e6, "cpu us a rating": each}))
    assert each.iloc[1] <= 1.3 * each.iloc[0]


def test_known_sets_take_less_than_by_another_package(
    show: Callable[[str, DataFrame], None],
):
    """raschpy gives severities only; ours come with standard errors and fit statistics."""
    if not SIMULATED.is_dir():
        pytest.skip("the simulated ratings stand in ../shared/reference/ratings")
    small, large = (
        SIMULATED / f"{name}.csv.gz" for name in ("sim_500x50x8_s11", "sim_5000x500x8_s12")
    )
    found = {
        "20,000": measured("by_ratings.py", small),
        "200,000": measured("by_ratings.py", large),
        "20,000 by raschpy": measured("by_raschpy.py", small),
    }
    table = DataFrame(found).T
    show(TITLE, table.assign(**{"peak MB": table.pop("peak") / 1e6}))
    assert table.loc["20,000", "cpu"] < table.loc["20,000 by raschpy", "cpu"]
    assert found["200,000"]["peak"] < 300e6
