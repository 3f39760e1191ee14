"""Ratings of written cases against a key: by hand, by definition, and by planted habits."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from drawing import draw
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pandas import DataFrame
from pandas.testing import assert_frame_equal

import csperf
from csperf.errors import InputError
from csperf.practice import RatingAccuracy, rating_accuracy
from csperf.simulate import Habits, simulate_key, simulate_ratings

COMPONENTS = [
    *("elevation", "differential_elevation", "stereotype_accuracy", "differential_accuracy"),
]
CRITERIA = ("accuracy", "feelings", "ownership", "clarity")
KEY_2X2 = draw("""
    case_id | criterion_id | score
    c1      | a            | 2
    c1      | b            | 4
    c2      | a            | 4
    c2      | b            | 4
""")


def scored(values: NDArray[np.float64] | list[list[float]]) -> DataFrame:
    """A row a case, a column a criterion, as a long table."""
    wide = DataFrame(values)
    wide = wide.set_axis([f"c{i}" for i in range(len(wide))])
    wide = wide.set_axis([f"k{j}" for j in range(wide.shape[1])], axis=1)
    return (
        wide.rename_axis("case_id")
        .reset_index()
        .melt("case_id", var_name="criterion_id", value_name="score")
    )


def squared(found: RatingAccuracy) -> list[float]:
    return list(found.components.set_index("component")["squared"][COMPONENTS])


def flags(found: RatingAccuracy, evaluator_id: str = "T") -> set[tuple[str, str]]:
    """What an evaluator is told: code, and the criterion where there is one."""
    rows = found.advice[found.advice["evaluator_id"] == evaluator_id]
    rows = rows[rows["code"] != "look_again"]
    return {*zip(rows["code"], rows["criterion_id"].astype("str").fillna(""), strict=True)}


def trained(habits: Habits, seed: int, n_cases: int = 20, n: int = 1) -> RatingAccuracy:
    """What is found of n trainees of the same habits, who rate the same cases."""
    key = simulate_key(1000 + seed, n_cases)
    key["score"] = key["score"].round()
    names = [f"T{place:02d}" if n > 1 else "T" for place in range(n)]
    ratings = simulate_ratings(key, dict.fromkeys(names, habits), seed)
    return rating_accuracy(ratings, key, (1, 5))


@pytest.mark.requirement("E-03")
def test_two_cases_on_two_criteria_are_taken_apart_as_by_hand() -> None:
    """Differences from the key: c1 +1 +1, c2 -1 +1; their mean is 1/2."""
    ratings = KEY_2X2.assign(score=[3, 5, 3, 5])
    found = rating_accuracy(ratings, KEY_2X2)
    elevation = (1 / 2) ** 2
    cases = ((1 - 1 / 2) ** 2 + (0 - 1 / 2) ** 2) / 2
    criteria = ((0 - 1 / 2) ** 2 + (1 - 1 / 2) ** 2) / 2
    cells = ((1 - 1 - 0 + 1 / 2) ** 2 + (1 - 1 - 1 + 1 / 2) ** 2) / 4
    cells += ((-1 - 0 - 0 + 1 / 2) ** 2 + (1 - 0 - 1 + 1 / 2) ** 2) / 4
    assert squared(found) == pytest.approx([elevation, cases, criteria, cells])
    assert squared(found) == pytest.approx([1 / 4] * 4)
    one = found.summary.iloc[0]
    assert one["mean_squared"] == (1 + 1 + 1 + 1) / 4
    assert one["severity"] == -1 / 2
    assert one["mean_absolute_error"] == 1
    assert (one["exact"], one["within_one"], one["score"]) == (0, 1, 50)
    assert list(found.criteria["difference"]) == [0, 1]


@pytest.mark.requirement("E-03")
def test_three_cases_on_two_criteria_are_taken_apart_as_by_hand() -> None:
    """Differences c1 0 2, c2 1 -1, c3 2 2: mean 1, of cases 1 0 2, of criteria 1 1."""
    key = np.array([[1.0, 2], [3, 4], [2, 1]])
    found = rating_accuracy(scored(key + np.array([[0, 2], [1, -1], [2, 2]])), scored(key))
    cases = ((1 - 1) ** 2 + (0 - 1) ** 2 + (2 - 1) ** 2) / 3
    cells = ((0 - 1) ** 2 + (2 - 1) ** 2 + (1 - 0) ** 2 + (-1 - 0) ** 2 + 0 + 0) / 6
    assert squared(found) == pytest.approx([1, cases, 0, cells])
    assert found.summary["mean_squared"][0] == pytest.approx((0 + 4 + 1 + 1 + 4 + 4) / 6)
    assert found.components["share"].sum() == pytest.approx(1)


def test_each_component_but_the_first_is_made_of_two_spreads_and_a_correlation() -> None:
    """By Cronbach (1955): s_x^2 + s_t^2 - 2 r s_x s_t."""
    rng = np.random.default_rng(4)
    key = rng.normal(size=(12, 4))
    parts = rating_accuracy(scored(key + rng.normal(size=key.shape)), scored(key)).components
    mine, theirs, alike = parts["spread"], parts["spread_key"], parts["correlation"]
    built = mine**2 + theirs**2 - 2 * alike * mine * theirs
    assert list(built[1:]) == pytest.approx(list(parts["squared"][1:]))


grids = st.integers(0, 10_000).map(lambda seed: np.random.default_rng(seed).normal(size=(2, 6, 3)))


@settings(max_examples=6)
@given(grids, st.floats(-3, 3))
def test_the_components_add_up_and_a_constant_changes_the_elevation_only(
    sides: NDArray[np.float64], constant: float
) -> None:
    given_, key = sides
    before = rating_accuracy(scored(given_), scored(key))
    after = rating_accuracy(scored(given_ + constant), scored(key))
    for found in (before, after):
        assert sum(squared(found)) == pytest.approx(found.summary["mean_squared"][0])
    assert squared(after)[0] == pytest.approx(((given_ - key).mean() + constant) ** 2)
    assert squared(after)[1:] == pytest.approx(squared(before)[1:])


@settings(max_examples=6)
@given(grids, st.floats(-3, 3))
def test_what_is_added_to_a_criterion_changes_stereotype_accuracy_and_elevation_only(
    sides: NDArray[np.float64], constant: float
) -> None:
    given_, key = sides
    before = squared(rating_accuracy(scored(given_), scored(key)))
    balanced = given_ + constant * np.array([1, -1, 0])  # the mean over criteria stays
    after = squared(rating_accuracy(scored(balanced), scored(key)))
    assert after[0] == pytest.approx(before[0])
    assert [after[1], after[3]] == pytest.approx([before[1], before[3]])
    one = squared(rating_accuracy(scored(given_ + constant * np.array([1, 0, 0])), scored(key)))
    assert [one[1], one[3]] == pytest.approx([before[1], before[3]])


def test_what_is_added_to_a_case_changes_differential_elevation_only() -> None:
    rng = np.random.default_rng(5)
    given_, key = rng.normal(size=(2, 6, 3))
    before = squared(rating_accuracy(scored(given_), scored(key)))
    balanced = given_ + np.array([2, -2, 0, 0, 0, 0])[:, None]
    after = squared(rating_accuracy(scored(balanced), scored(key)))
    assert after[1] != pytest.approx(before[1])
    assert [after[0], *after[2:]] == pytest.approx([before[0], *before[2:]])


def test_neither_the_order_of_rows_nor_the_names_of_cases_matter() -> None:
    key = simulate_key(3, 10)
    ratings = simulate_ratings(key, {"T": Habits(halo=0.5), "U": Habits()}, 3)
    found = rating_accuracy(ratings, key)
    mixed = rating_accuracy(ratings.sample(frac=1, random_state=1), key[::-1])
    names = {name: f"x{99 - place}" for place, name in enumerate(key["case_id"].unique())}
    renamed = [frame.assign(case_id=frame["case_id"].map(names)) for frame in (ratings, key)]
    for other in (mixed, rating_accuracy(*renamed)):
        assert_frame_equal(other.summary, found.summary)
        assert_frame_equal(other.components, found.components)
        assert_frame_equal(other.effects, found.effects)


def test_who_gives_the_key_is_told_that_nothing_stands_out() -> None:
    key = simulate_key(2, 20).assign(score=lambda rows: rows["score"].round())
    found = rating_accuracy(key, key)
    assert flags(found, "you") == {("nothing", "")}
    assert squared(found) == [0, 0, 0, 0]
    one = found.summary.iloc[0]
    assert (one["score"], one["correlation"], one["range_use"]) == pytest.approx((100, 1, 1))
    assert "may be chance" in found.told()


@pytest.mark.requirement("E-03", "E-04")
@pytest.mark.parametrize(
    ("habits", "told"),
    [
        (Habits(severity=-0.8), ("lenient", "")),
        (Habits(severity=0.8), ("severe", "")),
        (Habits(halo=0.8), ("halo", "")),
        (Habits(stretch=0.5), ("central", "")),
        (Habits(misread={"clarity": 1.2}), ("read_too_kindly", "clarity")),
        (Habits(misread={"feelings": -1.2}), ("read_too_strictly", "feelings")),
    ],
    ids=["lenient", "severe", "halo", "compression", "kind", "strict"],
)
def test_a_planted_habit_is_told(habits: Habits, told: tuple[str, str]) -> None:
    """Of twelve trainees with the habit at least eleven hear of it, and hear it first."""
    advice = trained(habits, 1, n=12).advice.query("place == 1")
    first = [*zip(advice["code"], advice["criterion_id"].astype("str").fillna(""), strict=True)]
    assert len(first) == 12
    assert first.count(told) >= 11


@pytest.mark.parametrize(
    ("habits", "told"),
    [
        (Habits(stretch=1.6), ("extreme", "")),
        (Habits(taken_for={"accuracy": "feelings"}), ("other_cases", "accuracy")),
    ],
    ids=["extreme", "taken_for"],
)
def test_what_hides_at_the_ends_of_the_scale_or_in_like_criteria_takes_more_cases(
    habits: Habits, told: tuple[str, str]
) -> None:
    """Of twelve who rated forty cases at least ten hear of it."""
    advice = trained(habits, 1, n_cases=40, n=12).advice
    both = [*zip(advice["code"], advice["criterion_id"].astype("str").fillna(""), strict=True)]
    assert both.count(told) >= 10


def test_planted_leniency_is_measured_in_points() -> None:
    found = trained(Habits(severity=-0.8), 1, n=12).summary
    # A few fives cannot become more, so it is a little less than what was planted.
    assert found["severity"].mean() == pytest.approx(-0.75, abs=0.06)
    assert (found["high"] < -0.5).all() and (found["low"] > -1.0).all()


@pytest.mark.requirement("E-03")
def test_who_has_no_habit_is_seldom_told_of_one() -> None:
    """At most one in twenty is the promise; in 60 draws 6 would be far beyond it."""
    found = [trained(Habits(), seed, n=10).advice for seed in range(6)]
    told = pd.concat(found).query("place == 1")["code"]
    assert len(told) == 60
    assert (told != "nothing").sum() <= 5


def test_a_case_left_out_in_part_is_left_out_whole_and_listed() -> None:
    ratings = KEY_2X2.assign(score=[3, None, 3, 5])
    found = rating_accuracy(ratings, KEY_2X2)
    assert found.summary["n_cases"][0] == 1
    assert found.summary["n_left_out"][0] == 2
    assert list(found.left_out["reason"]) == ["not_rated", "not_rated"]
    assert list(found.left_out["score"].fillna(0)) == [3, 0]
    assert squared(found)[0] == ((3 + 5) / 2 - (4 + 4) / 2) ** 2


def test_a_case_that_the_key_does_not_know_is_listed() -> None:
    more = draw("""
        case_id | criterion_id | score
        c9      | a            | 3
    """)
    found = rating_accuracy(pd.concat([KEY_2X2, more]), KEY_2X2)
    assert found.left_out[["case_id", "reason"]].to_numpy().tolist() == [["c9", "no_key"]]
    assert found.summary["n_ratings"][0] == 4


def test_a_case_not_begun_is_not_counted_as_left_out() -> None:
    found = rating_accuracy(KEY_2X2[:2], KEY_2X2)
    assert found.left_out.empty
    assert found.summary["n_cases"][0] == 1


def test_with_four_cases_there_are_numbers_but_no_intervals_and_no_flags() -> None:
    found = trained(Habits(severity=-1.5), 1, n_cases=4)
    assert flags(found) == {("too_few", "")}
    assert found.summary["severity"].notna().all()
    assert found.effects[["low", "high", "p_value"]].isna().all(axis=None)


def test_the_key_of_several_experts_is_their_mean_and_tells_how_far_they_agree() -> None:
    key = draw("""
        expert_id | case_id | criterion_id | score
        X         | c1      | a            | 2
        X         | c2      | a            | 4
        Y         | c1      | a            | 3
        Y         | c2      | a            | 4
    """)
    found = rating_accuracy(key[:2].drop(columns="expert_id"), key)
    assert list(found.ratings["key"]) == [(2 + 3) / 2, 4]
    assert list(found.ratings["borderline"]) == [True, False]
    experts = found.experts.set_index("expert_id")
    assert list(experts["mean_absolute_error"]) == [1 / 2, 1 / 2]
    assert list(experts["severity"]) == [1 / 2, -1 / 2]


def test_a_second_score_that_can_be_defended_counts_as_met() -> None:
    key = KEY_2X2.assign(also=[3, None, None, 5])
    found = rating_accuracy(KEY_2X2.assign(score=[3, 4, 4, 3]), key)
    assert list(found.ratings["off"]) == [0, 0, 0, 1]
    assert list(found.ratings["borderline"]) == [True, False, False, True]
    assert found.summary["score"][0] == 100 * (3 + 1 / 2) / 4
    assert found.summary["mean_absolute_error"][0] == (1 + 0 + 0 + 1) / 4


@pytest.mark.parametrize(
    ("ratings", "message"),
    [
        (KEY_2X2.drop(columns="score"), r"ratings, column 'score': it is not there"),
        (KEY_2X2.assign(score=[1, 2, 3, 6]), r"row 3, column 'score': 6 is outside the scale"),
        (KEY_2X2.assign(score=["1", "2", "3", "x"]), r"'1' is no finite number"),
        (KEY_2X2.assign(case_id=["c1", "c1", None, "c2"]), r"row 2, column 'case_id': empty"),
        (KEY_2X2.assign(case_id="c1"), r"row 2: 'you', 'c1', 'a' has a score already"),
        (KEY_2X2[KEY_2X2["criterion_id"] == "a"], r"no score on criterion 'b'"),
        (KEY_2X2.replace("b", "bb"), r"criterion 'bb' is not in the key; the key has a, b"),
        (KEY_2X2.assign(case_id=["x", "x", "y", "y"]), r"no case has a score on all of a, b"),
    ],
    ids=["no score", "scale", "text", "no id", "twice", "criterion", "unknown", "no case"],
)
def test_ratings_that_cannot_be_meant_are_refused(ratings: DataFrame, message: str) -> None:
    with pytest.raises(InputError, match=message):
        rating_accuracy(ratings, KEY_2X2, (1, 5))


@pytest.mark.parametrize(
    ("key", "message"),
    [
        (KEY_2X2[:3], r"case 'c2' has 1 of 2 criteria"),
        (KEY_2X2.assign(score=[1, 2, None, 4]), r"key, row 2, column 'score': empty"),
        (pd.concat([KEY_2X2, KEY_2X2]), r"keep one, or give expert_id"),
    ],
    ids=["hole", "empty", "twice"],
)
def test_a_key_that_cannot_be_meant_is_refused(key: DataFrame, message: str) -> None:
    with pytest.raises(InputError, match=message):
        rating_accuracy(KEY_2X2, key)


def test_the_accuracy_is_one_of_the_names_that_analysts_type() -> None:
    assert csperf.rating_accuracy is rating_accuracy
