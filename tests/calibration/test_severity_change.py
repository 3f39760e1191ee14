"""What other evaluators than in the cycle before do to a team's mean score."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pandas import DataFrame

from csperf.calibration.severity_change import severity_changes

SEPTEMBER, OCTOBER = "2026-09", "2026-10"
HARSH = {"mild": 0.0, "hard": 10.0, "link": 4.0}  # points taken off
TEAM = [f"t{n}" for n in range(6)]
OTHERS = [f"o{n}" for n in range(12)]


def ratings(cycle: str, people: list[str], evaluators: list[str], seed: int = 1) -> DataFrame:
    """Everybody is rated by each of the evaluators; what the work is worth rises by 2 a cycle."""
    rng = np.random.default_rng([seed, int(cycle[-2:])])
    rows = [
        (cycle, who, by, 60 + int(who[1:]) + 2 * int(cycle[-2:]) - HARSH[by] + rng.normal(0, 0.5))
        for who in people
        for by in evaluators
    ]
    table = DataFrame(rows, columns=["cycle_id", "employee_id", "evaluator_id", "score"])
    return table.assign(evaluator_type="boss", criterion_id="tone")


def weights(people: list[str], weight: float = 40.0) -> DataFrame:
    table = DataFrame({"employee_id": people, "team_id": "t", "weight": weight})
    return table.assign(evaluator_type="boss", criterion_id="tone")


def changes(*parts: DataFrame, of: DataFrame | None = None) -> DataFrame:
    known = pd.concat(parts, ignore_index=True)
    return severity_changes(known, weights(TEAM) if of is None else of, OCTOBER, SEPTEMBER)


@pytest.mark.requirement("D-05", "L-04")
def test_a_harder_evaluator_takes_the_weight_of_the_difference_off_the_mean_score() -> None:
    """The team goes from mild to hard, 10 points harder, in 40 % of the score: 4 points less."""
    (row,) = changes(
        ratings(SEPTEMBER, TEAM, ["mild"]),
        ratings(OCTOBER, TEAM, ["hard"]),
        ratings(SEPTEMBER, OTHERS, ["mild", "hard"]),
    ).to_dict("records")
    assert (row["team_id"], row["n"], row["status"]) == ("t", 6, "ok")
    assert row["explained"] == pytest.approx(-0.40 * 10, abs=0.2)
    assert row["low"] < -4 < row["high"] and row["high"] - row["low"] < 0.6


@pytest.mark.requirement("D-05", "L-04")
def test_evaluators_are_linked_through_others_who_rated_with_both() -> None:
    """Half of the team's part is hard's in October: 40 % of half of 10 points."""
    (row,) = changes(
        ratings(SEPTEMBER, TEAM, ["mild"]),
        ratings(OCTOBER, TEAM, ["mild", "hard"]),
        ratings(SEPTEMBER, OTHERS[:6], ["mild", "link"]),
        ratings(OCTOBER, OTHERS[6:], ["link", "hard"]),
    ).to_dict("records")
    assert row["status"] == "ok" and row["explained"] == pytest.approx(-0.40 * 5, abs=0.2)


@pytest.mark.requirement("D-05", "D-06")
def test_without_people_whom_both_rated_nobody_can_tell() -> None:
    (row,) = changes(ratings(SEPTEMBER, TEAM, ["mild"]), ratings(OCTOBER, TEAM, ["hard"])).to_dict(
        "records"
    )
    assert row["status"] == "not_linked" and np.isnan(row["explained"])
    (few,) = changes(
        ratings(SEPTEMBER, TEAM, ["mild"]),
        ratings(OCTOBER, TEAM, ["hard"]),
        ratings(SEPTEMBER, OTHERS[:2], ["mild", "hard"]),
    ).to_dict("records")
    assert few["status"] == "not_linked"


def test_ratings_that_follow_one_another_to_the_point_do_not_tell_how_sure_it_is() -> None:
    parts = [
        ratings(SEPTEMBER, TEAM, ["mild"]),
        ratings(OCTOBER, TEAM, ["hard"]),
        ratings(SEPTEMBER, OTHERS, ["mild", "hard"]),
    ]
    level = [60 + part["employee_id"].str[1:].astype(int) for part in parts]
    exact = [
        part.assign(score=at - part["evaluator_id"].map(HARSH))
        for part, at in zip(parts, level, strict=True)
    ]
    (row,) = changes(*exact).to_dict("records")
    assert row["status"] == "exact" and row["explained"] == pytest.approx(-0.40 * 10)
    assert np.isnan(row["low"]) and np.isnan(row["high"])


def test_a_team_whose_evaluators_are_the_same_is_not_listed() -> None:
    same = [ratings(cycle, TEAM, ["mild", "hard"]) for cycle in (SEPTEMBER, OCTOBER)]
    assert changes(*same).empty
    assert changes(*same, of=weights(TEAM).iloc[:0]).empty
    assert changes(same[0].iloc[:0]).empty


def test_95_of_100_intervals_hold_what_severity_explains() -> None:
    """300 draws of the noise; the interval may be wrong in 5 % of them."""
    held = []
    for seed in range(300):
        (row,) = changes(
            ratings(SEPTEMBER, TEAM, ["mild"], seed),
            ratings(OCTOBER, TEAM, ["hard"], seed),
            ratings(SEPTEMBER, OTHERS, ["mild", "hard"], seed),
        ).to_dict("records")
        held.append(row["low"] <= -4 <= row["high"])
    assert np.mean(held) == pytest.approx(0.95, abs=0.05)
