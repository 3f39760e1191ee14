"""Evaluators that are made up with known habits."""

from __future__ import annotations

import pytest
from pandas import DataFrame, Series
from pandas.testing import assert_frame_equal

from csperf.simulate import Habits, simulate_key, simulate_ratings, with_severities


def means(habits: Habits, key: DataFrame) -> tuple[Series, Series]:
    """Mean given and deserved by case, in one order."""
    given = simulate_ratings(key, {"T": habits}, 1, scale=(-20, 20))
    return given.groupby("case_id")["score"].mean(), key.groupby("case_id")["score"].mean()


def drawn() -> DataFrame:
    """Whole scores, so that rounding changes nothing."""
    return simulate_key(1, 12).assign(score=lambda rows: rows["score"].round())


def test_the_same_seed_gives_the_same_ratings_and_another_others() -> None:
    key = drawn()
    first = simulate_ratings(key, {"T": Habits()}, 1)
    assert_frame_equal(first, simulate_ratings(key, {"T": Habits()}, 1))
    assert not first.equals(simulate_ratings(key, {"T": Habits()}, 2))


def test_who_has_no_habit_and_no_doubt_gives_what_is_deserved() -> None:
    key = drawn()
    given = simulate_ratings(key, {"T": Habits(noise=0)}, 1)
    both = given.merge(key, on=["case_id", "criterion_id"])
    assert (both["score_x"] == both["score_y"]).all()
    assert sorted(given["place"].unique()) == list(range(1, 13))


def test_severity_takes_points_off_and_stays_within_the_scale() -> None:
    key = drawn()
    given, true = means(Habits(severity=2, noise=0), key)
    assert list(given) == pytest.approx(list(true - 2))
    assert simulate_ratings(key, {"T": Habits(severity=9)}, 1)["score"].eq(1).all()


def test_full_halo_gives_all_criteria_of_a_case_the_same() -> None:
    given = simulate_ratings(drawn(), {"T": Habits(halo=1, noise=0)}, 1)
    assert given.groupby("case_id")["score"].nunique().eq(1).all()


def test_stretch_draws_to_the_middle_of_the_scale() -> None:
    given = simulate_ratings(drawn(), {"T": Habits(stretch=0, noise=0)}, 1)
    assert given["score"].eq(3).all()


def test_a_misread_criterion_moves_alone_and_one_taken_for_another_follows_it() -> None:
    key = drawn().pivot(index="case_id", columns="criterion_id", values="score")
    habits = Habits(misread={"clarity": 1}, taken_for={"accuracy": "feelings"}, noise=0)
    given = simulate_ratings(drawn(), {"T": habits}, 1, scale=(-20, 20))
    wide = given.pivot(index="case_id", columns="criterion_id", values="score")
    assert list(wide["clarity"]) == list(key["clarity"] + 1)
    assert list(wide["accuracy"]) == list(key["feelings"])
    assert list(wide["ownership"]) == list(key["ownership"])


def test_similarity_adds_to_the_own_group_only() -> None:
    key = simulate_key(1, 12, groups=("a", "b")).assign(score=3.0)
    given = simulate_ratings(key, {"T": Habits(group="a", similarity=1, noise=0)}, 1)
    groups = key.drop_duplicates("case_id").set_index("case_id")["group"]
    assert given.groupby(given["case_id"].map(groups))["score"].mean().to_dict() == {"a": 4, "b": 3}


def test_with_full_recency_the_last_week_is_what_is_remembered() -> None:
    seen = simulate_key(1, 12, weeks=3).assign(score=lambda rows: rows["score"].round())
    given = simulate_ratings(seen, {"T": Habits(recency=1, noise=0)}, 1)
    both = given.merge(seen[seen["week"] == 3], on=["case_id", "criterion_id"])
    assert len(both) == 48 and (both["score_x"] == both["score_y"]).all()


def test_evaluators_of_given_severities_are_alike_in_the_rest() -> None:
    assert with_severities([1, 0], halo=0.5) == {
        "e01": Habits(severity=1, halo=0.5),
        "e02": Habits(severity=0, halo=0.5),
    }
