"""Appraising a very large company: what a person costs at 50,000 people, and at 5,000."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from pathlib import Path

import pytest
from pandas import DataFrame

SCRIPT = Path(__file__).parent / "scale/by_people.py"
SIZES, RUNS = (5_000, 50_000), 3


def measured(people: int) -> dict[str, float]:
    """Medians of seconds, CPU seconds and peak bytes, each run in a process of its own."""
    command = [sys.executable, "-W", "error", SCRIPT, str(people)]
    seen = []
    for _ in range(RUNS):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        seen.append(json.loads(done.stdout))
    return {name: statistics.median(each[name] for each in seen) for name in seen[0]}


def test_a_person_costs_no_more_among_many(request: pytest.FixtureRequest):
    found = DataFrame({people: measured(people) for people in SIZES}).T
    each = 1e6 * found["cpu"] / found.index
    shown = found.assign(**{"peak MB": found.pop("peak") / 1e6, "cpu us a person": each})
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        print(f"\n\nappraised on one core, 24 months of history, medians of {RUNS}\n{shown}")
    assert each[50_000] <= 1.2 * each[5_000]
    assert shown.loc[50_000, "peak MB"] < 1_000
