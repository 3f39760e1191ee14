"""True places and grades: against simulated truth, by arithmetic, and where nothing is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from made_up import act_when_sure, held_places, people
from scipy import stats

from csperf import Scheme
from csperf.comparison.ranks import draw_truth, grade_uncertainty, places, rank_uncertainty
from csperf.comparison.shrinkage import posterior

GRADES = Scheme.model_validate(
    {
        "id": "s",
        "title": "S",
        "version": "1",
        "criteria": [{"id": "c"}],
        "evaluators": [{"type": "peer"}],
        "score": [{"criterion": "c", "evaluator": "peer", "weight": 100}],
        "grades": [
            {"grade": "A", "from_score": 90},
            {"grade": "B", "from_score": 70},
            {"grade": "C", "from_score": 0},
        ],
    }
)


@pytest.mark.requirement("G0-7")
@pytest.mark.parametrize(("n", "reliability"), [(15, 0.5), (15, 0.9), (30, 0.5), (30, 0.9)])
def test_90_per_cent_intervals_hold_the_true_place_in_88_to_97_per_cent(n, reliability):
    assert 0.88 <= held_places(n, reliability, count=60)["held"].mean() <= 0.97


def test_a_stated_probability_of_being_last_comes_true_as_often():
    found = held_places(8, 0.7, count=120)
    likely = found[found["p_last"] > 0.4]
    assert (likely["true"] == 8).mean() == pytest.approx(likely["p_last"].mean(), abs=0.08)


def test_acting_only_when_sure_hits_fewer_of_the_wrong_and_more_of_the_right():
    found = act_when_sure(8, 0.5, count=600)
    assert found["sure"][0] < found["three in a row"][0] - 0.05
    assert found["sure"][1] > found["three in a row"][1]


def test_two_people_are_as_sure_as_their_difference_is_large():
    """With two people and a flat spread, little is drawn in when they are far apart."""
    found = rank_uncertainty(people([80.0, 50.0], 3.0))
    assert found["rank"].tolist() == [1, 2]
    assert found["p_first"].tolist() == pytest.approx([1, 0], abs=0.001)
    assert found["tied_group"].tolist() == ["1", "2"]
    same = rank_uncertainty(people([70.0, 70.0], 3.0))
    assert same["p_first"].tolist() == pytest.approx([0.5, 0.5], abs=0.03)
    assert same["rank_low"].tolist() == [1, 1]
    assert same["rank_high"].tolist() == [2, 2]
    assert same["tied_group"].tolist() == ["1", "1"]


def test_tied_groups_overlap_where_neighbours_cannot_be_told_apart():
    found = rank_uncertainty(people([90.0, 85.0, 80.0, 40.0], 2.5))
    assert found["tied_group"].tolist() == ["1", "1 2", "2", "3"]


def test_true_values_are_drawn_in_as_normal_shrinkage_says():
    """Many people: the spread is known, so the factor is spread^2 / (spread^2 + se^2)."""
    rng = np.random.default_rng(2)
    estimate = 70 + 5 * rng.standard_normal(4_000)
    found = posterior(estimate, np.full(4_000, 3.0))
    part = (estimate.var(ddof=1) - 9) / estimate.var(ddof=1)
    expected = estimate.mean() + part * (estimate - estimate.mean())
    assert found.expected == pytest.approx(expected, abs=0.05)


def test_draws_have_the_moments_of_the_posterior():
    """E(x^2) is the weighted sum of mean^2 + own^2 + shared^2."""
    truth = posterior(np.array([-4.0, 0.0, 7.0]), np.array([5.0, 3.0, 5.0]))
    drawn = np.concatenate(list(truth.draw(np.random.default_rng(1), 200_000)))
    second = truth.weight @ (truth.mean**2 + truth.own**2 + truth.shared**2)
    assert drawn.mean(axis=0) == pytest.approx(truth.expected, abs=0.05)
    assert (drawn.astype("float64") ** 2).mean(axis=0) == pytest.approx(second, rel=0.02)


def test_who_has_no_known_error_has_no_probabilities_and_may_be_anywhere():
    found = rank_uncertainty(people([90.0, 80.0, 70.0, 60.0], [1.0, 1.0, np.nan, 1.0]))
    lost = found[found["employee_id"] == "e02"].iloc[0]
    told = ["shrunken", "rank_low", "rank_high", "p_first", "p_last", "tied_group"]
    assert lost["rank"] == 3
    assert lost[told].isna().all()
    assert 0.05 < found["p_first"].sum() < 0.95


def test_nobody_is_placed_in_a_group_with_one_known_error():
    found = rank_uncertainty(people([90.0, 80.0], [1.0, np.nan]))
    assert found[["rank_low", "p_first", "tied_group"]].isna().all(axis=None)


def test_scores_known_without_error_are_certain_and_equal_ones_are_tied():
    found = rank_uncertainty(people([90.0, 80.0, 80.0], 0.0))
    assert found["p_first"].tolist() == [1, 0, 0]
    assert found["p_last"].tolist() == pytest.approx([0, 0.5, 0.5], abs=0.05)


def test_places_are_those_of_sorting():
    drawn = np.random.default_rng(1).standard_normal((50, 9)).astype(np.float32)
    assert (places(drawn) == stats.rankdata(-drawn, axis=1) - 1).all()


def test_rows_in_another_order_and_other_groups_change_nothing():
    rows = people([90.0, 85.0, 80.0, 40.0], 2.5, group=["a", "a", "b", "b"])
    whole = rank_uncertainty(rows)
    pd.testing.assert_frame_equal(whole, rank_uncertainty(rows[::-1]))
    alone = rank_uncertainty(rows[rows["group"] == "a"])
    pd.testing.assert_frame_equal(whole.iloc[:2], alone)


def test_a_single_person_has_the_grade_as_surely_as_the_error_says():
    found = grade_uncertainty(people([92.0], 2.0), GRADES).iloc[0]
    assert found["grade"] == "A"
    assert found["p_grade"] == pytest.approx(stats.norm.cdf((92 - 90) / 2))
    assert found["p_B"] == pytest.approx(stats.norm.cdf(-1) - stats.norm.cdf(-11))
    assert found[["p_A", "p_B", "p_C"]].sum() == pytest.approx(1)


def test_a_grade_at_the_border_is_less_sure_where_most_people_stand_on_the_other_side():
    crowd = people([91.0, *np.linspace(72, 88, 40)], 3.0)
    assert grade_uncertainty(crowd, GRADES)["p_grade"].iloc[0] < stats.norm.cdf(1 / 3)


def test_a_grade_is_certain_without_error_and_unknown_without_knowledge():
    found = grade_uncertainty(people([90.0, 75.0, 95.0], [0.0, 0.0, np.nan]), GRADES)
    assert found["p_grade"].tolist() == pytest.approx([1, 1, np.nan], nan_ok=True)


def test_draws_of_two_groups_are_independent():
    """How widely a group spreads in one draw says nothing of the other group in the same draw."""
    rng = np.random.default_rng(4)
    one, two = 70 + 6 * rng.standard_normal((2, 6))
    se = np.full(6, 5.0)
    spreads = [
        np.concatenate([*draw_truth(values, se, name)]).std(axis=1)
        for values, name in ((one, "one"), (two, "two"))
    ]
    assert abs(np.corrcoef(*spreads)[0, 1]) < 0.06
