"""The last week, and the case before."""

from __future__ import annotations

import numpy as np
import pytest
from drawing import draw
from pandas import DataFrame

from csperf.errors import InputError
from csperf.practice import contrast_effect, recency_effect
from csperf.simulate import Habits, simulate_key, simulate_ratings


def seen_weeks(weeks: int = 4) -> DataFrame:
    return simulate_key(7, 60, weeks=weeks)


def test_who_gives_the_mean_of_all_weeks_gives_the_last_its_share() -> None:
    seen = seen_weeks()
    given = seen.groupby("case_id", as_index=False)["score"].mean().assign(evaluator_id="T")
    found = recency_effect(given, seen).iloc[0]
    assert [found[name] for name in ("statistic", "low", "high", "fair")] == pytest.approx(
        [1 / 4] * 4
    )


def test_who_remembers_the_last_week_only_gives_it_everything() -> None:
    seen = seen_weeks()
    last = seen[seen["week"] == 4].groupby("case_id", as_index=False)["score"].mean()
    assert recency_effect(last.assign(evaluator_id="T"), seen)["statistic"][0] == pytest.approx(1)


@pytest.mark.requirement("E-04")
def test_planted_recency_is_found_and_a_fair_evaluator_is_not_accused() -> None:
    """Half of the judgement from the last week, and of the other half its quarter: 5/8."""
    seen = seen_weeks()
    habits = {"fair": Habits(), "late": Habits(recency=0.5)}
    found = recency_effect(simulate_ratings(seen, habits, 3), seen).set_index("evaluator_id")
    assert found.loc["late", "low"] < 5 / 8 < found.loc["late", "high"]
    assert found.loc["late", "low"] > 1 / 4
    assert found.loc["fair", "low"] < 1 / 4 < found.loc["fair", "high"]


@pytest.mark.requirement("E-04")
def test_planted_contrast_is_found_and_a_fair_evaluator_is_not_accused() -> None:
    key = simulate_key(8, 60)
    habits = {"fair": Habits(), "contrast": Habits(contrast=0.4), "rubs": Habits(contrast=-0.4)}
    found = contrast_effect(simulate_ratings(key, habits, 4), key).set_index("evaluator_id")
    assert found.loc["contrast", "low"] < -0.4 < found.loc["contrast", "high"] < 0
    assert found.loc["rubs", "low"] > 0
    assert found.loc["fair", "low"] < 0 < found.loc["fair", "high"]


def test_contrast_without_noise_is_the_slope_itself() -> None:
    key = simulate_key(9, 20).groupby("case_id", as_index=False)["score"].mean()
    before = key["score"].shift().fillna(0.0)
    given = key.assign(evaluator_id="T", place=range(1, 21), score=key["score"] - 0.25 * before)
    assert contrast_effect(given, key)["statistic"][0] == pytest.approx(-0.25)


def test_over_many_fair_evaluators_intervals_miss_about_one_in_twenty() -> None:
    key, seen = simulate_key(10, 60), seen_weeks()
    fair = {f"e{i:02d}": Habits() for i in range(60)}
    for found, truth in (
        (contrast_effect(simulate_ratings(key, fair, 5), key), 0.0),
        (recency_effect(simulate_ratings(seen, fair, 6), seen), 1 / 4),
    ):
        missed = (found["low"] > truth) | (found["high"] < truth)
        assert missed.sum() <= 8  # 3 expected of 60; more than 8 by chance in less than 1 of 100


def test_nine_cases_are_too_few() -> None:
    key = simulate_key(8, 9)
    found = contrast_effect(simulate_ratings(key, {"T": Habits()}, 4), key)
    assert found["status"].tolist() == ["too_few"]
    assert np.isnan(found["statistic"][0])
    seen = simulate_key(8, 9, weeks=3)
    assert recency_effect(simulate_ratings(seen, {"T": Habits()}, 4), seen)["n"].tolist() == [9]


def test_what_is_missing_is_named() -> None:
    rows = draw("""
        evaluator_id | case_id | score
        T            | c1      | 3
    """)
    with pytest.raises(InputError, match="ratings, column 'place': it is not there"):
        contrast_effect(rows, rows)
    with pytest.raises(InputError, match="observed, column 'week': it is not there"):
        recency_effect(rows, rows)
    with pytest.raises(InputError, match="ratings, row 0, column 'score': empty"):
        contrast_effect(rows.assign(place=1, score=None), rows)
    with pytest.raises(InputError, match="give at least two"):
        recency_effect(rows, rows.assign(week=1))
