"""Made-up departments and teams of which the truth is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from csperf import Scheme, combine_evaluations, rank_uncertainty
from csperf.appraisal import score, totals
from csperf.comparison.ranks import places
from csperf.comparison.uncertainty import score_uncertainty
from csperf.indicators import intervals

SHARES = ("inquiry_conversion", "reply_rate", "response_within_t", "payment_share")
TIMES = ("response_time_avg", "response_time_first", "order_processing_time")
RATES = ("complaint_rate", "customer_disputes")
PLAIN = (
    {"method": "linear", "floor": 0.6, "target": 0.9},
    {"method": "linear", "floor": 60, "target": 30},
    {"method": "linear", "floor": 0.3, "target": 0},
)
STEPPED = (
    {"method": "steps", "bands": [[0.9, 100], [0.85, 90], [0.8, 80], [0.7, 60]], "otherwise": 30},
    {"method": "steps", "bands": [[30, 100], [36, 85], [42, 70], [50, 50]]},
    {"method": "steps", "bands": [[0.05, 100], [0.1, 80], [0.2, 60]]},
)
CAPPED = (  # nearly everybody stands at a limit
    {"method": "linear", "floor": 0.6, "target": 0.8},
    {"method": "linear", "floor": 60, "target": 40},
    {"method": "linear", "floor": 0.3, "target": 0.1},
)
BY_RANK, BY_SPREAD = ({"method": "rank_points"},) * 3, ({"method": "t_score"},) * 3

SCORINGS = {
    "linear": PLAIN,
    "steps": STEPPED,
    "at a limit": CAPPED,
    "by rank": BY_RANK,
    "by spread": BY_SPREAD,
}
JUDGED = Scheme.model_validate(
    {
        "id": "s",
        "title": "S",
        "version": "1",
        "criteria": [{"id": "attitude"}],
        "evaluators": [{"type": "peer", "shown_from": 1}],
        "score": [{"criterion": "attitude", "evaluator": "peer", "weight": 100}],
    }
)
NO_VALUES = DataFrame(
    {"employee_id": Series(dtype="str"), "indicator_id": Series(dtype="str")}
    | dict.fromkeys(("value", "low", "high", "numerator", "denominator"), Series(dtype="float64"))
    | {"status": Series(dtype="str")}
)


def scheme_of(shares, times, rates):
    kinds = [(SHARES, shares), (TIMES, times), (RATES, rates)]
    parts = [{"indicator": name, "scoring": how} for names, how in kinds for name in names]
    weights = [12.0] * (len(parts) - 1) + [100 - 12.0 * (len(parts) - 1)]
    score = [{**part, "weight": w} for part, w in zip(parts, weights, strict=True)]
    return Scheme.model_validate({"id": "s", "title": "S", "version": "1", "score": score})


def measured(rng, people):
    """Values of a made-up department with their intervals, and the values they stand for."""
    ids, seen, true = [f"e{i:02}" for i in range(people)], [], []

    def add(name, value, low, high, numerator, denominator, truth):
        row = {"employee_id": ids, "indicator_id": name, "status": "ok"}
        found = {"value": value, "low": low, "high": high}
        seen.append(DataFrame(row | found | {"numerator": numerator, "denominator": denominator}))
        true.append(DataFrame(row | {"value": truth, "numerator": truth}))

    for name in SHARES:
        truth, n = rng.beta(40, 10, people), rng.integers(40, 300, people)
        x = rng.binomial(n, truth)
        add(name, x / n, *intervals.wilson(x, n), x, n, truth)
    for name in TIMES:
        truth, n = 40 * np.exp(0.15 * rng.standard_normal(people)), rng.integers(30, 200, people)
        mean = truth * rng.gamma(1.5 * n) / (1.5 * n)  # of n waits of shape 1.5
        se = mean / np.sqrt(1.5 * n)
        add(name, mean, *intervals.student(mean, se, n), mean * n, n, truth)
    for name in RATES:
        truth = 0.1 * np.exp(0.3 * rng.standard_normal(people))
        exposure = rng.integers(40, 200, people)
        y = rng.poisson(truth * exposure)
        add(name, y / exposure, *intervals.poisson(y, exposure), y, exposure, truth)
    return pd.concat(seen, ignore_index=True), pd.concat(true, ignore_index=True)


def people(estimates, se, **columns):
    ids = [f"e{i:02}" for i in range(len(estimates))]
    return DataFrame({"employee_id": ids, "estimate": estimates, "se": se, **columns})


def teams(rng, n, reliability, count):
    """Estimates of many teams and the true places of their people."""
    true = rng.standard_normal((count, n))
    se = np.sqrt(1 / reliability - 1)
    seen = true + se * rng.standard_normal((count, n))
    rows = [people(seen[i], se, group=f"{i:05}") for i in range(count)]
    return pd.concat(rows), (-true).argsort(axis=1).argsort(axis=1).ravel() + 1


def judged(rng, people, evaluators=12, each=4):
    """Scores that some of the evaluators gave, of unequal severity, and everybody's true score."""
    ids, truth = [f"e{i:02}" for i in range(people)], 70 + 8 * rng.standard_normal(people)
    severity = 4 * rng.standard_normal(evaluators)
    rows = []
    for person, true in zip(ids, truth, strict=True):
        chosen = rng.choice(evaluators, each, replace=False)
        given = (true - severity[chosen] + 5 * rng.standard_normal(each)).clip(0, 100)
        rows += [(person, f"p{k}", float(g)) for k, g in zip(chosen, given, strict=True)]
    sheets = DataFrame(rows, columns=["employee_id", "evaluator_id", "score"])
    sheets = sheets.assign(evaluator_type="peer", criterion_id="attitude")
    return sheets, truth - severity.mean()


def held_scores(scoring, departments, people=20, draws=200, seed=4):
    """Whether each 95 % interval holds the score of the true values, and who is near an edge.

    Near an edge is who has most of the values that are scored by steps within an eighth of the
    width of their intervals from one, which is half a standard error.
    """
    scheme = scheme_of(*SCORINGS[scoring])
    seen, true = measured(np.random.default_rng(seed), departments * people)
    ids = Series(seen["employee_id"].unique())
    groups = Series(ids.index // people, ids).astype(str)  # in one call, which is far quicker
    found = score_uncertainty(seen, scheme, groups=groups, draws=draws)
    truth = totals(score(true, scheme, groups=groups)).reindex(found["employee_id"]).to_numpy()
    held = (found["low"] <= truth + 1e-9) & (truth - 1e-9 <= found["high"])
    return held, found["employee_id"].isin(_near_an_edge(seen, scheme))


def held_judgements(departments, people=20, seed=5):
    """Whether each 95 % interval of scores that evaluators gave holds the true score."""
    rng, held = np.random.default_rng(seed), []
    for _ in range(departments):
        sheets, truth = judged(rng, people)
        scores = combine_evaluations(sheets, JUDGED)
        found = score_uncertainty(NO_VALUES, JUDGED, sheets, scores, draws=500)
        held.append((found["low"] <= truth) & (truth <= found["high"]))
    return np.concatenate(held)


def _near_an_edge(seen, scheme):
    bands = {
        part.indicator: [edge for edge, _ in part.scoring.bands.value]
        for _, part in scheme.components()
        if hasattr(part.scoring, "bands")
    }
    rows = seen[seen["indicator_id"].isin(bands)]
    close = [
        min(abs(row.value - edge) for edge in bands[row.indicator_id]) < (row.high - row.low) / 8
        for row in rows.itertuples()
    ]
    most = Series(close, rows["employee_id"].to_numpy(), dtype=float).groupby(level=0).mean() > 0.5
    return set(most.index[most])


def held_places(n, reliability, count, draws=1_000):
    """Places of people of many teams with their intervals, and whether these hold the true one."""
    rows, true = teams(np.random.default_rng([n, int(100 * reliability)]), n, reliability, count)
    found = rank_uncertainty(rows, draws=draws).assign(n=n, true=true)
    return found.assign(held=found["rank_low"].le(true) & found["rank_high"].ge(true))


def act_when_sure(n, reliability, count, sure=0.8, seed=6):
    """How often a rule that waits until it is `sure` hits the wrong person and finds the right one.

    It acts on whom P(last) names with more than that.

    It looks after three, six, nine and twelve months, on all months so far, with the variances
    known; beside it whoever is last three months running. Shares of those hit who are not truly
    last, and of teams whose truly last person was hit.
    """
    rng = np.random.default_rng(seed)
    true = np.sqrt(reliability) * rng.standard_normal((count, n))
    noise = np.sqrt(1 - reliability) * rng.standard_normal((count, 12, n))
    seen = true[:, None, :] + noise
    last = true.argmin(axis=1)
    surely = np.zeros((count, n), bool)
    for months in (3, 6, 9, 12):
        square = (1 - reliability) / months
        part = reliability / (reliability + square)
        mean = seen[:, :months].mean(axis=1)
        middle = mean.mean(axis=1, keepdims=True)
        drawn = (middle + part * (mean - middle))[:, None, :] + np.sqrt(part * square) * (
            rng.standard_normal((count, 400, n))
        )
        lowest = drawn.argmin(axis=2)
        share = (lowest[:, :, None] == np.arange(n)).mean(axis=1)
        surely |= share > sure
    place = places(seen.reshape(-1, n).astype(np.float32)).reshape(seen.shape) == n - 1
    running = (place[:, :-2] & place[:, 1:-1] & place[:, 2:]).any(axis=1)
    return {
        name: (
            1 - hit[np.arange(count), last].sum() / hit.sum(),
            hit[np.arange(count), last].mean(),
        )
        for name, hit in (("sure", surely), ("three in a row", running))
    }
