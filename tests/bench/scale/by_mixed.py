"""CPU seconds and peak memory of `fit_mixed` on one core: `python by_mixed.py ratings.csv FORMULA`.

Instead of a file, `drawn` makes 72,000 ratings: 2,000 employees by 3 of 300 evaluators on 12
criteria; `answers` makes the yes or no of 316 people to 24 items. A family may follow the formula.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time

os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
import pandas as pd
from pandas import DataFrame

from csperf import fit_mixed

PEOPLE, EVALUATORS, EACH, CRITERIA = 2_000, 300, 3, 12
ANSWERING, ITEMS = 316, 24


def drawn() -> DataFrame:
    """Scores with a variance of each kind."""
    rng = np.random.default_rng(1)
    who = np.concatenate([rng.choice(EVALUATORS, EACH, replace=False) for _ in range(PEOPLE)])
    employee = np.repeat(np.arange(PEOPLE), EACH * CRITERIA)
    evaluator = np.repeat(who, CRITERIA)
    criterion = np.tile(np.arange(CRITERIA), PEOPLE * EACH)
    score = 70 + rng.normal(0, 6, PEOPLE)[employee] + rng.normal(0, 3, EVALUATORS)[evaluator]
    score += rng.normal(0, 1.5, CRITERIA)[criterion]
    score += rng.normal(0, 2, PEOPLE * CRITERIA)[employee * CRITERIA + criterion]
    return DataFrame(
        {
            "employee_id": employee,
            "evaluator_id": evaluator,
            "criterion_id": criterion,
            "score": score + rng.normal(0, 4, len(score)),
        }
    )


def answers() -> DataFrame:
    """Whether each person says yes to each item; people and items differ, and two teams do."""
    rng = np.random.default_rng(1)
    person, item = (code.ravel() for code in np.indices((ANSWERING, ITEMS)))
    team = person % 2
    link = (
        0.6 * team - 0.5 + rng.normal(0, 1.1, ANSWERING)[person] + rng.normal(0, 0.8, ITEMS)[item]
    )
    yes = rng.random(len(link)) < 1 / (1 + np.exp(-link))
    return DataFrame({"person": person, "item": item, "team": team, "yes": yes})


def main(source: str, formula: str, family: str = "gaussian") -> None:
    """Print what one fit cost, after one that pays for what is set up once."""
    made = {"drawn": drawn, "answers": answers}
    frame = made[source]() if source in made else pd.read_csv(source)
    first = formula.split("+")[0] + "+" + formula.split("+")[1]
    fit_mixed(frame.head(2_000), first, family=family)
    start, wall = time.process_time(), time.perf_counter()
    fit = fit_mixed(frame, formula, family=family)
    cost = {"cpu": time.process_time() - start, "seconds": time.perf_counter() - wall}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({**cost, "peak": peak, "ratings": fit.n, "criterion": fit.deviance}))


if __name__ == "__main__":
    main(*sys.argv[1:])
