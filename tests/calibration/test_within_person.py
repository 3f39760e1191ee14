"""rwg: arithmetic of variances against those of scores picked at random."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from drawing import draw
from hypothesis import given, settings
from hypothesis import strategies as some
from pandas import DataFrame
from scipy import stats

from csperf import InputError, rwg

NUMBERS = ["variance", "estimate", "low", "high"]

FORMS = """
    employee_id | evaluator_id | criterion_id | score
    e1          | a            | service      | 4
    e1          | b            | service      | 5
    e1          | c            | service      | 3
    e1          | a            | manner       | 2
    e1          | b            | manner       | 2
    e1          | c            | manner       | 3
"""


def rated(scores) -> DataFrame:
    """Scores of one criterion with a row for each employee and a column for each evaluator."""
    wide = DataFrame(np.asarray(scores, float)).rename_axis("employee_id")
    long = wide.reset_index().melt("employee_id", var_name="evaluator_id", value_name="score")
    return long.dropna(ignore_index=True)


def only(scores, **options: object) -> dict:
    (row,) = rwg(rated([scores]), **{"scale": (1, 5), **options}).to_dict("records")
    return row


def test_scores_picked_at_random_from_five_have_a_variance_of_two():
    """James, Demaree and Wolf (1984): (5^2 - 1) / 12; the variance of 4 5 3 is (0 + 1 + 1) / 2."""
    row = only([4, 5, 3])
    assert (row["variance"], row["null_variance"]) == ((0 + 1 + 1) / 2, (5**2 - 1) / 12)
    assert row["estimate"] == pytest.approx(1 - 1 / 2)
    assert (row["coefficient"], row["n_raters"], row["n_items"]) == ("rwg", 3, 1)
    assert row["status"] == "ok"


def test_the_interval_is_that_of_a_variance_of_so_many_scores():
    row = only([2, 3, 3, 3, 4, 3, 2, 3])
    squares = 7 * row["variance"]
    assert row["high"] == pytest.approx(1 - squares / stats.chi2.ppf(0.975, 7) / 2)
    assert row["low"] == pytest.approx(max(0, 1 - squares / stats.chi2.ppf(0.025, 7) / 2))


def test_several_criteria_are_summed_up_by_the_formula_for_a_mean_of_them():
    """Variances 1 and ((1 + 1 + 4) / 9) / 2 = 1/3: a mean of 2/3, a third of that of the null."""
    (row,) = rwg(draw(FORMS), items="criterion_id", scale=(1, 5)).to_dict("records")
    share = (1 + 1 / 3) / 2 / 2
    assert row["variance"] == pytest.approx((1 + 1 / 3) / 2)
    assert row["estimate"] == pytest.approx(2 * (1 - share) / (2 * (1 - share) + share))
    assert (row["coefficient"], row["n_raters"], row["n_items"]) == ("rwg(j)", 3, 2)
    assert row["low"] < row["estimate"] < row["high"]


def test_a_wider_spread_than_at_random_is_zero_and_says_so():
    two_camps = only([1, 1, 5, 5])
    assert two_camps["variance"] == 16 / 3
    assert (two_camps["estimate"], two_camps["status"]) == (0, "beyond_null")
    assert two_camps["low"] == 0
    assert two_camps["high"] == pytest.approx(1 - 16 / stats.chi2.ppf(0.975, 3) / 2)


def test_many_criteria_never_turn_two_camps_into_agreement():
    """The printed formula exceeds 1 where the mean variance is above J / (J - 1) of the null's."""
    camps = {"a": 1, "b": 1, "c": 5, "d": 5}
    rows = [("e1", who, f"c{j}", score) for who, score in camps.items() for j in range(10)]
    names = ["employee_id", "evaluator_id", "criterion_id", "score"]
    (row,) = rwg(DataFrame(rows, columns=names), items="criterion_id", scale=(1, 5)).to_dict(
        "records"
    )
    share = (16 / 3) / 2
    assert 10 * (1 - share) / (10 * (1 - share) + share) > 1
    assert (row["estimate"], row["status"]) == (0, "beyond_null")


def test_criteria_on_which_evaluators_differ_alike_count_as_one():
    """Each evaluator is as harsh on every criterion: ten of them say no more of the variance."""
    one = DataFrame({"employee_id": "e1", "evaluator_id": list("abc"), "score": [2, 3, 4]})
    ten = pd.concat([one.assign(criterion_id=f"c{j}") for j in range(10)])
    (row,) = rwg(ten, items="criterion_id", scale=(1, 5)).to_dict("records")
    share = 2 * 1 / stats.chi2.ppf(0.975, 2) / 2
    assert row["high"] == pytest.approx(10 * (1 - share) / (1 + 9 * (1 - share)))


def test_a_scale_without_steps_and_one_of_half_points_have_their_own_null():
    assert only([80, 90, 70], scale=(0, 100), step=0)["null_variance"] == 100**2 / 12
    halves = np.arange(1, 5.1, 0.5)
    assert only([3.5, 4, 3], step=0.5)["null_variance"] == pytest.approx(halves.var())
    assert only([3, 4, 3], scale=(1, 7))["null_variance"] == pytest.approx(np.arange(1, 8).var())


def test_each_person_has_a_row_and_its_own_status():
    gap = np.nan
    rows = rwg(rated([[3, 3, 3], [3, gap, gap], [1, 5, 3], [3, 4, 4]]), scale=(1, 5))
    assert rows["employee_id"].tolist() == [0, 1, 2, 3]
    assert rows["status"].tolist() == ["perfect", "too_few", "beyond_null", "ok"]
    assert rows["n_raters"].tolist() == [3, 1, 3, 3]
    assert rows.loc[0, "estimate"] == 1
    assert rows.loc[[0, 1], ["low", "high"]].isna().all(axis=None)
    assert np.isnan(rows.loc[1, "estimate"])


@settings(max_examples=50)
@given(
    some.lists(some.lists(some.integers(1, 5), min_size=3, max_size=3), min_size=1, max_size=6),
    some.randoms(use_true_random=False),
)
def test_the_order_of_rows_the_names_of_evaluators_and_other_people_change_nothing(scores, chance):
    frame = rated(scores)
    whole = rwg(frame, scale=(1, 5))
    mixed = frame.sample(frac=1, random_state=chance.randrange(1000)).assign(
        evaluator_id=lambda rows: ["cab"[i] for i in rows["evaluator_id"]]
    )
    again = rwg(mixed, scale=(1, 5))
    assert again[NUMBERS].to_numpy() == pytest.approx(whole[NUMBERS].to_numpy(), nan_ok=True)
    alone = rwg(frame[frame["employee_id"] == 0], scale=(1, 5))
    assert alone.loc[0, NUMBERS].tolist() == pytest.approx(
        whole.loc[0, NUMBERS].tolist(), nan_ok=True
    )


@settings(max_examples=50)
@given(some.lists(some.integers(1, 5), min_size=2, max_size=9))
def test_estimates_lie_between_0_and_1_and_within_their_interval(scores):
    row = only(scores)
    assert 0 <= row["estimate"] <= 1
    if row["status"] != "perfect":
        assert 0 <= row["low"] <= row["estimate"] <= row["high"] < 1


@settings(max_examples=50)
@given(some.lists(some.integers(1, 5), min_size=2, max_size=9))
def test_the_evaluators_twice_change_the_variance_only_by_its_degrees_of_freedom(scores):
    n = len(scores)
    once, twice = only(scores), only(scores * 2)
    assert twice["variance"] == pytest.approx(once["variance"] * 2 * (n - 1) / (2 * n - 1))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scale": (1, 4)}, r"row 1, column 'score': 5 lies outside the scale 1 to 4; give scale"),
        ({"scale": (1, 5), "step": 2}, r"row 0, column 'score': 4 lies between steps of 2"),
        ({"scale": (5, 1)}, r"no scale from 5 to 1 by 1; give scale=\(lowest, highest\)"),
        ({"scale": (1, 5), "step": 3}, r"no scale from 1 to 5 by 3"),
        ({"scale": (1, 5), "step": -1}, r"no scale from 1 to 5 by -1"),
        ({"scale": (1, 5), "items": "criterion"}, r"column 'criterion': missing"),
    ],
)
def test_bad_input_is_refused(options, message):
    with pytest.raises(InputError, match=f"rwg.*{message}"):
        rwg(rated([[4, 5, 3]]), **options)


def test_several_criteria_without_their_column_are_scores_given_twice():
    message = "row 3, column 'evaluator_id': employee_id 'e1', evaluator_id 'a' has a score already"
    with pytest.raises(InputError, match=message):
        rwg(draw(FORMS), scale=(1, 5))
    with pytest.raises(InputError, match="column 'evaluator_id': 1 with a score"):
        rwg(draw(FORMS).head(1), scale=(1, 5))
