"""The ten people of the methods notebook: their truth is what the docstring says."""

from __future__ import annotations

import pandas as pd
from pandas import DataFrame

from csperf.calibration import evaluator_differences
from csperf.simulate.ten_people import SEVERITIES, ten_people


def mean_over_seeds(measure: object, seeds: int = 40) -> float:
    return float(pd.Series([measure(ten_people(seed)) for seed in range(seeds)]).mean())  # type: ignore[operator]


def test_the_same_seed_makes_the_same_people() -> None:
    once, again = ten_people(), ten_people()
    for name, frame in once.items():
        pd.testing.assert_frame_equal(frame, again[name])


def test_levels_lie_evenly_and_everybody_is_rated_twice_on_both_criteria() -> None:
    made = ten_people()
    assert sorted(made["truth"]["level"]) == [55 + 4 * step for step in range(10)]
    assert made["evaluations"].groupby("employee_id").size().eq(4).all()
    assert len(made["pair_judgements"]) == 10 * 9 / 2


def test_an_evaluator_is_as_severe_as_the_truth_says() -> None:
    """m1 gives what m2 takes off more, 8 points, on the people that both rate."""

    def difference(made: dict[str, DataFrame]) -> float:
        found = evaluator_differences(made["evaluations"]).set_index(["evaluator_id", "other_id"])
        return float(found.loc[("m1", "m2"), "difference"])

    planted = SEVERITIES["m1"] - SEVERITIES["m2"]
    assert abs(mean_over_seeds(difference) - planted) < 1


def test_the_better_of_two_mostly_wins() -> None:
    def share(made: dict[str, DataFrame]) -> float:
        level = made["truth"].set_index("employee_id")["level"]
        pairs = made["pair_judgements"]
        ahead = pairs["employee_a"].map(level) > pairs["employee_b"].map(level)
        return float((ahead == (pairs["winner"] == "a")).mean())

    # 45 pairs, 4 to 36 points apart: the mean of 1 / (1 + exp(-d / 8)) over them.
    expected = sum((10 - k) / 45 / (1 + 2.718281828 ** (-4 * k / 8)) for k in range(1, 10))
    assert abs(mean_over_seeds(share) - expected) < 0.02
