"""A team in which some people get improvement plans, and it is known what the plans did."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.random import Generator
from pandas import DataFrame, Series

from csperf.appraisal.history import SCORE

MEAN, BETWEEN, WITHIN = 75.0, 5.0, 5.0  # points: half of what one month shows is chance
BEFORE, AFTER = 4, 2  # months up to the plans, and later ones


def planned_months(
    effect: float = 0.0, people: int = 40, planned: int = 8, seed: int = 20160601
) -> dict[str, DataFrame]:
    """Draw six months of scores; after the fourth, who is last in it gets a plan.

    Parameters
    ----------
    effect : float
        Points that a plan adds from the month after it; 0 for plans that do nothing.
    people, planned : int
        How many there are, and how many of them get a plan.
    seed : int
        Start of the random numbers.

    Returns
    -------
    dict
        history (the columns of the history table that comparisons of scores read) and plans
        (plan_id, cycle_id, employee_id, revision, deadline), as `plan_effects` takes them.
    """
    rng = np.random.default_rng(seed)
    ids = [f"p{number:02}" for number in range(1, people + 1)]
    level = Series(rng.normal(MEAN, BETWEEN, people), ids)
    return months_of(level, rng, effect, planned)


def months_of(
    level: Series, rng: Generator, effect: float, planned: int, first: str = "2026-01"
) -> dict[str, DataFrame]:
    """What `planned_months` gives, of people whose true levels are known, by employee_id."""
    months = list(pd.period_range(first, periods=BEFORE + AFTER, freq="M").astype("str"))
    scores = level.to_numpy()[:, None] + rng.normal(0, WITHIN, (len(level), len(months)))
    last = np.argsort(scores[:, BEFORE - 1])[:planned]
    scores[last, BEFORE:] += effect
    table = DataFrame(scores, level.index.rename("employee_id"), months).reset_index()
    rows = table.melt("employee_id", var_name="cycle_id").assign(
        **{"team_id": "team", "quantity_id": SCORE, "week": pd.NA, "status": "ok"},
        **{"scheme_id": "made_up", "scheme_version": "1"},
    )
    plans = DataFrame({"employee_id": level.index[sorted(last)]})
    plans = plans.assign(plan_id="plan " + plans["employee_id"], cycle_id=months[BEFORE - 1])
    return {"history": rows, "plans": plans.assign(revision=0, deadline=pd.NaT)}
