"""CPU seconds of means and contrasts of cycles on one core: `python by_cycles.py PEOPLE CYCLES`.

A tenth of the scores is missing, as people come and go.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable

os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
import pandas as pd
from pandas import DataFrame

from csperf import fit_mixed

FORMULA = "score ~ cycle + (1 | employee_id)"


def drawn(people: int, cycles: int) -> DataFrame:
    """Scores of people in cycles, with a level of each person's own."""
    rng = np.random.default_rng(1)
    employee, cycle = np.divmod(np.arange(people * cycles), cycles)
    score = 70 + rng.normal(0, 6, people)[employee] + rng.normal(0, 4, len(employee))
    frame = DataFrame({"employee_id": employee, "score": score})
    frame["cycle"] = pd.Categorical.from_codes(cycle, [f"c{at:02}" for at in range(cycles)])
    return frame[rng.random(len(frame)) < 0.9]


def main(people: int, cycles: int) -> None:
    """Print what each step cost, after a small one that pays for what is set up once."""
    fit_mixed(drawn(30, 4), FORMULA).contrasts("cycle")
    frame = drawn(people, cycles)
    cost: dict[str, float] = {"rows": len(frame)}

    def timed(name: str, step: Callable[[], object]) -> object:
        start = time.process_time()
        found = step()
        cost[name] = time.process_time() - start
        return found

    fit = timed("fit", lambda: fit_mixed(frame, FORMULA))
    timed("kenward-roger", lambda: fit.means("cycle", df="kenward-roger"))
    timed("satterthwaite", lambda: fit.means("cycle", df="satterthwaite"))
    timed("contrasts", lambda: fit.contrasts("cycle"))
    cost["peak MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(cost))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
