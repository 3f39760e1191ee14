"""Ten people whose true level is known, seen through different methods of appraisal."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
from pandas import DataFrame

CYCLE = "2016-11"
CRITERIA = ("service", "work_ability")
SEVERITIES = {"m1": 0.0, "m2": 8.0, "m3": -6.0}  # points that an evaluator takes off
LOWEST, HIGHEST = 55.0, 91.0  # true levels, evenly between
GOAL_NOISE, RATING_NOISE, STEP = 6.0, 5.0, 5.0
PAIR_SCALE = 8.0  # points of difference at which the better one wins 73 of 100 times


def ten_people(seed: int = 20161101) -> dict[str, DataFrame]:
    """Make up ten people, and what four methods would see of them.

    Parameters
    ----------
    seed : int
        Start of the random numbers.

    Returns
    -------
    dict
        truth: employee_id, level (points: evenly from 55 to 91, in no order).
        goals: employee_id, indicator_id, value, target, direction: solved cases, each against a
        target of one's own.
        evaluations: the input table, scores in steps of 5; two of three evaluators rate each
        person; m2 takes off 8 points and m3 adds 6.
        pair_judgements: the input table; all 45 pairs, judged once.
    """
    rng = np.random.default_rng(seed)
    people = [f"p{number:02}" for number in range(1, 11)]
    level = rng.permutation(np.linspace(LOWEST, HIGHEST, 10))
    truth = DataFrame({"employee_id": people, "level": level})
    target = rng.choice([80.0, 100.0, 120.0], 10)
    done = np.round(target * (level + rng.normal(0, GOAL_NOISE, 10)) / 75)
    goals = truth[["employee_id"]].assign(
        indicator_id="solved_cases", value=done, target=target, direction="up"
    )
    return {
        "truth": truth,
        "goals": goals,
        "evaluations": _evaluations(truth, rng),
        "pair_judgements": _pairs(truth, rng),
    }


def _evaluations(truth: DataFrame, rng: np.random.Generator) -> DataFrame:
    """Two of the three evaluators in turn rate each person on both criteria."""
    evaluators = [*SEVERITIES]
    rows = []
    for place, (employee, level) in enumerate(truth.itertuples(index=False)):
        for evaluator in (evaluators[place % 3], evaluators[(place + 1) % 3]):
            for criterion in CRITERIA:
                seen = level - SEVERITIES[evaluator] + rng.normal(0, RATING_NOISE)
                score = float(np.clip(STEP * round(seen / STEP), 0, 100))
                rows.append((evaluator, employee, criterion, score))
    found = DataFrame(rows, columns=["evaluator_id", "employee_id", "criterion_id", "score"])
    return found.assign(cycle_id=CYCLE, evaluator_type="manager")


def _pairs(truth: DataFrame, rng: np.random.Generator) -> DataFrame:
    levels = truth.set_index("employee_id")["level"]
    pairs = DataFrame(combinations(truth["employee_id"], 2), columns=["employee_a", "employee_b"])
    ahead = pairs["employee_a"].map(levels) - pairs["employee_b"].map(levels)
    wins = rng.random(len(pairs)) < 1 / (1 + np.exp(-ahead / PAIR_SCALE))
    winner = pd.Series(np.where(wins, "a", "b"))
    return pairs.assign(evaluator_id="m1", criterion_id="service", winner=winner)
