"""Ten people whose true level is known, seen through different methods of appraisal."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
from pandas import DataFrame

from csperf.simulate.planned_months import months_of
from csperf.tables import INPUT_TABLES

CYCLE = "2016-11"
CRITERIA = ("service", "work_ability")
ANCHORED = ("work_attitude", "post_competence", "teamwork")  # with texts in the quarterly scheme
SEVERITIES = {"m1": 0.0, "m2": 8.0, "m3": -6.0}  # points that an evaluator takes off
LOWEST, HIGHEST = 55.0, 91.0  # true levels, evenly between
GOAL_NOISE, RATING_NOISE, STEP = 6.0, 5.0, 5.0
PAIR_SCALE = 8.0  # points of difference at which the better one wins 73 of 100 times
ANCHOR = 25.0  # points between two texts
TEXTS_LEAVE = 0.25  # part of an evaluator's severity that texts of behaviour leave
KIND = {"self": 8.0, "peer": 3.0, "manager": 0.0}  # points that each side adds
OBSERVERS, OBSERVED = ("m1", "m2"), 12  # who writes behaviour down, and how often of each person
SEEN_SCALE, SEEN_MIDDLE = 12.0, 70.0  # of the chance that what was seen is a good example
CHECKED_ON = (10, 20, 30)  # days of the month on which goals are looked at
LEAN = 0.7  # how far a key indicator leans on the level; the rest is its own
KEY_INDICATORS = {  # what is usual, and what one standard deviation of skill adds
    "sales_completion": (0.85, 0.10),
    "inquiry_conversion": (0.45, 0.035),
    "order_success": (0.90, 0.025),
    "customer_unit_price": (200.0, 14.0),
    "reply_rate": (0.955, 0.018),
    "response_time_avg": (40.0, -7.0),
    "follow_up_service": (17_000.0, 1_800.0),
    "execution": (75.0, 9.0),
}
PLAN_EFFECT, PLANNED = 6.0, 2  # points that a plan adds, and how many people get one


def ten_people(seed: int = 20161101) -> dict[str, DataFrame]:
    """Make up ten people, and what each method would see of them.

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
        all_round: the input table evaluations, on the three criteria of the quarterly scheme that
        have a text at every 25 points: oneself, three peers and the two evaluators from before, of
        whose severity the texts leave a quarter.
        behaviour_log: the input table; twelve observations of each person by two observers.
        agreed, checkins: the input tables goals and goal_checkins (with local times): the same
        solved cases, looked at three times within the month.
        key_values: as `indicator_values` gives them, of the eight key indicators of the scheme
        kpi_levels.
        history, plans: as `planned_months` gives them, of six months; after the fourth (the cycle)
        the last two get a plan that adds six points.
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
    made = {
        "truth": truth,
        "goals": goals,
        "evaluations": _evaluations(truth, rng),
        "pair_judgements": _pairs(truth, rng),
    }
    more = np.random.default_rng([seed, 1]).spawn(5)  # what was drawn above stays as it is
    levels = truth.set_index("employee_id")["level"]
    return {
        **made,
        "all_round": _all_round(truth, more[0]),
        "behaviour_log": _observed(truth, more[1]),
        "agreed": _agreed(goals),
        "checkins": _checkins(goals, more[2]),
        "key_values": _key_values(truth, more[3]),
        **months_of(levels, more[4], PLAN_EFFECT, PLANNED, first="2016-08"),
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


def _all_round(truth: DataFrame, rng: np.random.Generator) -> DataFrame:
    """Scores on texts of behaviour, by oneself, three colleagues and two of the three managers."""
    rows = []
    for place, (employee, level) in enumerate(truth.itertuples(index=False)):
        colleagues = [truth["employee_id"][(place + step) % 10] for step in (1, 2, 3)]
        managers = [[*SEVERITIES][(place + step) % 3] for step in (0, 1)]
        asked = [("self", employee), *(("peer", id) for id in colleagues)]
        for kind, who in [*asked, *(("manager", id) for id in managers)]:
            seen = level + KIND[kind] - TEXTS_LEAVE * SEVERITIES.get(who, 0.0)
            for criterion in ANCHORED:
                nearest = ANCHOR * round((seen + rng.normal(0, RATING_NOISE)) / ANCHOR)
                rows.append((who, kind, employee, criterion, float(np.clip(nearest, 0, 100))))
    columns = ["evaluator_id", "evaluator_type", "employee_id", "criterion_id", "score"]
    return DataFrame(rows, columns=columns).assign(cycle_id=CYCLE)


def _observed(truth: DataFrame, rng: np.random.Generator) -> DataFrame:
    rows = truth.loc[truth.index.repeat(OBSERVED)].reset_index(drop=True)
    n = len(rows)
    good = rng.random(n) < 1 / (1 + np.exp((SEEN_MIDDLE - rows["level"]) / SEEN_SCALE))
    minutes = pd.to_timedelta(rng.integers(0, 29 * 24 * 60, n), unit="min")
    return rows[["employee_id"]].assign(
        observed_at=(pd.Timestamp(CYCLE, tz="UTC") + minutes).as_unit("us"),
        observer_id=np.resize(OBSERVERS, n),
        criterion_id="service",
        behaviour=np.where(good, "called back as promised", "left a promise open"),
        positive=pd.Series(good, dtype="boolean"),
    )


def _agreed(goals: DataFrame) -> DataFrame:
    """The goals as a table of goals, agreed by both sides the day before the month begins."""
    before = pd.Timestamp(CYCLE, tz="UTC") - pd.Timedelta(days=1)
    written = DataFrame(
        {
            "goal_id": "goal of " + goals["employee_id"],
            "owner_scope": "employee",
            "owner_id": goals["employee_id"],
            "title": "Solved cases",
            "baseline": 0.0,
            "target": goals["target"],
            "unit": "cases",
            "deadline": pd.Timestamp(CYCLE) + pd.offsets.MonthEnd(),
            "agreed_by_employee_at": before.as_unit("us"),
            "agreed_by_manager_at": before.as_unit("us"),
            "status": "open",
        }
    )
    return INPUT_TABLES["goals"].arrange(written)


def _checkins(goals: DataFrame, rng: np.random.Generator) -> DataFrame:
    """Cases solved so far on three days; the last is the month's."""
    rows = goals.merge(DataFrame({"day": CHECKED_ON}), how="cross")
    part = rows["day"] / CHECKED_ON[-1]
    sway = rng.normal(0, GOAL_NOISE, len(rows)) * np.sqrt(part * (1 - part))
    return DataFrame(
        {
            "goal_id": "goal of " + rows["employee_id"],
            "at": pd.Timestamp(CYCLE) + pd.to_timedelta(rows["day"] - 1, unit="D"),
            "value": np.round(rows["value"] * part + sway).clip(lower=0),
            "by": rows["employee_id"],
        }
    )


def _key_values(truth: DataFrame, rng: np.random.Generator) -> DataFrame:
    level = ((truth["level"] - truth["level"].mean()) / truth["level"].std()).to_numpy()
    own = rng.normal(0, 1, (len(KEY_INDICATORS), len(truth)))
    skill = LEAN * level + np.sqrt(1 - LEAN**2) * own
    usual, slope = np.array([*KEY_INDICATORS.values()]).T[:, :, None]
    table = DataFrame(usual + slope * skill, pd.Index([*KEY_INDICATORS]), truth["employee_id"])
    rows = table.rename_axis("indicator_id").reset_index()
    rows = rows.melt("indicator_id", var_name="employee_id").assign(status="ok")
    return rows.assign(numerator=rows["value"])
