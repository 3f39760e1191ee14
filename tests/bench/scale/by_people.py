"""Everyone's appraisal from values, evaluations and 24 months of history: by_people.py PEOPLE.

On one core; prints seconds and peak bytes of the whole process. Teams of 25, thirteen indicators.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from pandas import DataFrame

from csperf import Cycle, load_scheme
from csperf.appraisal import comparison_groups, judge
from csperf.scheme import Scheme

SCHEME = Path(__file__).parents[3] / "params/schemes/online_shop.yaml"
TEAM, MONTHS, NOW = 25, 24, "2026-01"


def people_of(n: int, scheme: Scheme) -> DataFrame:
    """Front-line people in teams of 25, all of them eligible."""
    numbers = np.arange(n)
    people = DataFrame(
        {
            "employee_id": [f"e{number:06}" for number in numbers],
            "team_id": [f"t{number // TEAM:04}" for number in numbers],
            "role": "pre_sales",
            "level_group": "front_line",
            "eligible": True,
            "reason": pd.Series(pd.NA, index=numbers, dtype="str"),
        }
    )
    return people.assign(group=comparison_groups(people, scheme, "department"))


def values_of(people: DataFrame, scheme: Scheme, random: np.random.Generator) -> DataFrame:
    """A value of every indicator for everybody."""
    indicators, n = scheme.indicators, len(people)
    return DataFrame(
        {
            "employee_id": np.tile(people["employee_id"], len(indicators)),
            "indicator_id": np.repeat(indicators, n),
            "value": random.uniform(0.1, 1.0, n * len(indicators)),
            "status": "ok",
            "numerator": 1.0,
        }
    )


def evaluations_of(people: DataFrame, scheme: Scheme, random: np.random.Generator) -> DataFrame:
    """Everybody judges himself, and one manager a team judges its people."""
    n, judged = len(people), [(kind, leaf.criterion) for leaf, kind in scheme.judged()]
    own = [kind == "self" for kind, _ in judged]
    manager = "manager of " + people["team_id"]
    return DataFrame(
        {
            "employee_id": np.tile(people["employee_id"], len(judged)),
            "evaluator_id": np.concatenate(
                [people["employee_id"] if self else manager for self in own]
            ),
            "evaluator_type": np.repeat([kind for kind, _ in judged], n),
            "criterion_id": np.repeat([criterion for _, criterion in judged], n),
            "score": random.integers(50, 101, n * len(judged)).astype("float64"),
        }
    )


def history_of(people: DataFrame, scheme: Scheme, random: np.random.Generator) -> DataFrame:
    """Scores and ranks of the 24 months before."""
    months = pd.period_range(end=pd.Period(NOW) - 1, periods=MONTHS, freq="M").astype("str")
    whole = DataFrame(
        {
            "cycle_id": np.repeat(months, len(people)),
            "employee_id": np.tile(people["employee_id"], MONTHS),
            "team_id": np.tile(people["team_id"], MONTHS),
            "quantity_id": "score",
            "value": random.uniform(50, 100, MONTHS * len(people)),
            "scheme_id": scheme.id,
            "grade": pd.NA,
            "group_size": TEAM,
        }
    )
    places = whole.groupby(["cycle_id", "team_id"])["value"]
    return whole.assign(
        rank=places.rank(method="min", ascending=False).astype("Int64"),
        rank_from_bottom=places.rank(method="min").astype("Int64"),
    )


def main() -> None:
    """Judge them all, and print what it took."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    scheme, random = load_scheme(SCHEME), np.random.default_rng(2026)
    people = people_of(int(sys.argv[1]), scheme)
    given = [make(people, scheme, random) for make in (values_of, evaluations_of, history_of)]
    values, evaluations, history = given
    start, cpu = time.perf_counter(), time.process_time()
    made = judge(people, values, evaluations, scheme, Cycle.parse(NOW), history)
    wall, cpu = time.perf_counter() - start, time.process_time() - cpu
    assert made.appraisals["score"].notna().all() and len(made.proposals)
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = 1024 * int(status.partition("VmHWM:")[2].split()[0])
    print(json.dumps({"wall": wall, "cpu": cpu, "peak": peak}))


if __name__ == "__main__":
    main()
