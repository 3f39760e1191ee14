"""Ranks and grades of many people, beside drawing and sorting as many numbers."""

from __future__ import annotations

import statistics
import time

import numpy as np
from pandas import DataFrame

from csperf import grade_uncertainty, rank_uncertainty
from csperf.scheme import load_scheme

PEOPLE, DRAWS, RUNS = 10_000, 4_000, 3
BLOCK = 200  # draws at a time


def test_ranks_and_grades_cost_at_most_three_times_drawing_and_sorting(show):
    rng = np.random.default_rng(1)
    estimate = 70 + 8 * rng.standard_normal(PEOPLE) + 6 * rng.standard_normal(PEOPLE)
    ids = [f"e{i:05}" for i in range(PEOPLE)]
    people = DataFrame({"employee_id": ids, "estimate": estimate.clip(0, 100), "se": 6.0})
    scheme = load_scheme("params/schemes/service_desk.yaml")

    def ours() -> None:
        rank_uncertainty(people, draws=DRAWS)
        grade_uncertainty(people, scheme)

    def floor() -> None:
        for _ in range(0, DRAWS, BLOCK):
            np.sort(rng.standard_normal((BLOCK, PEOPLE), dtype=np.float32), axis=1)

    taken = {"ranks and grades": [], "drawing and sorting": []}
    for _ in range(RUNS):
        for name, work in zip(taken, (ours, floor), strict=True):
            start = time.process_time()
            work()
            taken[name].append(time.process_time() - start)
    found = {name: statistics.median(times) for name, times in taken.items()}
    show(f"{PEOPLE:,} people, {DRAWS:,} draws, CPU s, medians of {RUNS}", DataFrame([found]))
    assert found["ranks and grades"] <= 3 * found["drawing and sorting"]
