"""What fitting ratings costs: by_ratings.py FILE, or by_ratings.py EMPLOYEES EVALUATORS.

Prints CPU seconds of the fit with errors and fit statistics, ratings and peak bytes of the process.
"""

from __future__ import annotations

import json
import resource
import sys
import time

import numpy as np
import pandas as pd
from pandas import Categorical, DataFrame

from csperf.calibration import fit_facets

NAMES = {"ratee": "employee_id", "rater": "evaluator_id", "criterion": "criterion_id"}
CRITERIA, EACH = 8, 5


def made(employees: int, evaluators: int) -> DataFrame:
    """Ratings of the design of sim_5000x500x8: five evaluators an employee, five categories."""
    rng = np.random.default_rng([employees, evaluators])
    turns = -(-employees * EACH // evaluators)
    evaluator = np.concatenate([rng.permutation(evaluators) for _ in range(turns)])
    evaluator = evaluator[: employees * EACH]
    employee = np.repeat(np.arange(employees), EACH)
    level = rng.normal(0, 1.25, employees)[employee] - rng.normal(0, 0.6, evaluators)[evaluator]
    passed = np.concatenate([[0], np.cumsum([-2.0, -0.7, 0.7, 2.0])])
    criterion = np.arange(len(employee) * CRITERIA) % CRITERIA
    eta = np.repeat(level, CRITERIA) - np.linspace(-1, 1, CRITERIA)[criterion]
    draw, score = rng.random(len(eta)), np.zeros(len(eta), dtype=np.int8)
    total = sum(np.exp(k * eta - passed[k]) for k in range(5))
    below = np.zeros(len(eta))
    for k in range(4):
        below += np.exp(k * eta - passed[k]) / total
        score += draw > below
    columns = {
        "employee_id": (np.repeat(employee, CRITERIA), employees),
        "evaluator_id": (np.repeat(evaluator, CRITERIA), evaluators),
        "criterion_id": (criterion, CRITERIA),
    }
    ids = {
        name: Categorical.from_codes(codes, [f"{name[:2]}{n:06}" for n in range(of)])
        for name, (codes, of) in columns.items()
    }
    return DataFrame({**ids, "score": score})


if __name__ == "__main__":
    if len(sys.argv) == 2:
        ratings = pd.read_csv(sys.argv[1], dtype=dict.fromkeys(NAMES, "category"))
        ratings = ratings.rename(columns=NAMES)
    else:
        ratings = made(int(sys.argv[1]), int(sys.argv[2]))
    start = time.process_time()
    fit = fit_facets(ratings)
    cpu = time.process_time() - start
    peak = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    evaluators = fit.of_facet("evaluator_id")
    assert evaluators[["measure", "se", "infit", "outfit"]].notna().all(axis=None)
    print(json.dumps({"cpu": cpu, "n": len(ratings), "peak": peak}))
