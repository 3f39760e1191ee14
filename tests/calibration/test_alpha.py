"""Krippendorff's alpha: his own example, arithmetic by hand, and what never changes it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from drawing import draw
from hypothesis import assume, given, settings
from hypothesis import strategies as some
from pandas import DataFrame
from rated import ratings, reference

from csperf import InputError, krippendorff_alpha

LEVELS = ["nominal", "ordinal", "interval", "ratio"]
NUMBERS = ["estimate", "se", "low", "high"]

# Krippendorff (2011), Computing Krippendorff's alpha-reliability, section C: observers A to D
FOUR_OBSERVERS = """
    1 2 3 3 2 1 4 1 2 . . .
    1 2 3 3 2 2 4 1 2 5 . 3
    . 3 3 3 2 3 4 2 2 5 1 .
    1 2 3 3 2 4 4 1 2 5 1 .
"""


def rated(scores) -> DataFrame:
    """Scores with a row for each unit and a column for each evaluator, NaN for none."""
    wide = DataFrame(np.asarray(scores, float)).rename_axis("employee_id")
    long = wide.reset_index().melt("employee_id", var_name="evaluator_id", value_name="score")
    return long.dropna(ignore_index=True)


def alpha(frame: DataFrame, level: str = "interval", **options: object) -> dict:
    (row,) = krippendorff_alpha(frame, level=level, **options).to_dict("records")
    return row


gappy = some.lists(
    some.lists(some.one_of(some.none(), some.integers(1, 5)), min_size=3, max_size=3),
    min_size=3,
    max_size=8,
)


def usable(scores) -> DataFrame:
    """A frame of scores with gaps in which at least two units and evaluators have scores."""
    frame = rated([[np.nan if x is None else x for x in row] for row in scores])
    assume(frame["employee_id"].nunique() > 1 and frame["evaluator_id"].nunique() > 1)
    return frame


@pytest.mark.parametrize(
    ("level", "printed"),
    [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)],
)
def test_krippendorffs_example_with_missing_scores(level, printed):
    lines = [line.split() for line in FOUR_OBSERVERS.strip().splitlines()]
    by_unit = [
        [np.nan if x == "." else float(x) for x in unit] for unit in zip(*lines, strict=True)
    ]
    row = alpha(rated(by_unit), level)
    assert row["estimate"] == pytest.approx(printed, abs=5e-4)
    assert (row["n_units"], row["n_raters"], row["n_scores"], row["n_left_out"]) == (11, 4, 40, 1)
    assert row["status"] == "ok"


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    "name",
    ["krippendorff2011", "shrout_fleiss1979", "irr_anxiety", "immer12_olympic_pairs2002_realigned"],
)
def test_estimates_are_those_of_the_krippendorff_package(name, level):
    known = reference("agreement/krippendorff_alpha.json")[name][level]
    assert alpha(ratings(name), level, draws=20)["estimate"] == pytest.approx(known, abs=1e-12)


def test_alpha_is_arithmetic_of_coincidences():
    """Units 1 1, 2 2 and 1 2: four 1-1 and 2-2 coincidences, two of 1 with 2; three of each value.

    Observed 2 / 6; expected by chance (3 x 3 + 3 x 3) / (6 x 5).
    """
    frame = draw("""
        employee_id | evaluator_id | score
        e1          | a            | 1
        e1          | b            | 1
        e2          | a            | 2
        e2          | b            | 2
        e3          | a            | 1
        e3          | b            | 2
    """)
    expected = 1 - (2 / 6) / ((3 * 3 + 3 * 3) / (6 * 5))
    for level in ("nominal", "ordinal", "interval"):
        assert alpha(frame, level)["estimate"] == pytest.approx(expected)


def test_a_unit_with_three_scores_counts_each_pair_half():
    """1 1 2 makes 1-1 twice and 1-2 four times, each over 3 - 1; 2 2 makes 2-2 twice.

    Observed 4 / 2 of 5 scores; values 1 and 2 have 2 and 3 of them, 2 x 2 x 3 / (5 - 1) by chance.
    """
    row = alpha(rated([[1, 1, 2], [2, 2, np.nan]]), "nominal")
    assert row["estimate"] == pytest.approx(1 - (4 / 2) / (2 * 2 * 3 / (5 - 1)))


def test_an_order_knows_only_how_many_scores_lie_between():
    scores = np.array([[1, 2], [2, 2], [3, 4], [4, 4]])
    stretched = np.array([0, 1, 2, 50, 51])[scores]
    assert alpha(rated(scores), "ordinal") == alpha(rated(stretched), "ordinal")
    assert alpha(rated(scores))["estimate"] != pytest.approx(alpha(rated(stretched))["estimate"])


def test_labels_are_nominal_scores():
    words = rated([[1, 1], [2, 2], [1, 2], [3, 3]])
    words["score"] = words["score"].map({1.0: "polite", 2.0: "curt", 3.0: "rude"})
    numbers = rated([[3, 3], [1, 1], [3, 1], [2, 2]])
    assert alpha(words, "nominal")["estimate"] == alpha(numbers, "nominal")["estimate"]
    with pytest.raises(InputError, match="column 'score': 'polite' is no finite number"):
        alpha(words, "ordinal")


@settings(max_examples=50)
@given(gappy, some.sampled_from(LEVELS), some.randoms(use_true_random=False))
def test_the_order_of_rows_and_all_names_change_nothing_not_even_the_interval(
    scores, level, chance
):
    frame = usable(scores)
    names = chance.sample(range(100), 8)
    other = frame.sample(frac=1, random_state=chance.randrange(1000)).assign(
        employee_id=lambda rows: [f"p{names[i]}" for i in rows["employee_id"]],
        evaluator_id=lambda rows: [f"v{names[i]}" for i in rows["evaluator_id"]],
    )
    pd.testing.assert_frame_equal(
        krippendorff_alpha(frame, level=level, draws=30),
        krippendorff_alpha(other, level=level, draws=30),
    )


@settings(max_examples=50)
@given(gappy, some.sampled_from(LEVELS))
def test_full_agreement_is_one_at_every_level_and_has_no_interval(scores, level):
    frame = usable(scores)
    frame["score"] = frame["employee_id"] % 3 + 1.0
    row = alpha(frame, level, draws=30)
    paired = frame[frame.groupby("employee_id")["score"].transform("size") > 1]
    kinds = paired["score"].nunique()
    expected = "no_overlap" if kinds == 0 else "constant" if kinds == 1 else "perfect"
    assert row["status"] == expected
    assert np.isnan(row["low"])
    assert (row["estimate"] == 1) == (expected == "perfect")


@settings(max_examples=50)
@given(gappy, some.sampled_from(LEVELS))
def test_the_estimate_lies_within_its_interval_and_that_below_one(scores, level):
    row = alpha(usable(scores), level, draws=50)
    if row["status"] == "ok":
        assert -1 <= row["low"] <= row["estimate"] <= row["high"] <= 1


@settings(max_examples=30)
@given(gappy, some.sampled_from(LEVELS))
def test_the_data_twice_change_only_what_chance_expects_of_so_few(scores, level):
    """Expected disagreement is over n - 1: doubled, 1 - alpha is (2n - 1) / (2n - 2) as large."""
    frame = usable(scores)
    once = alpha(frame, level, draws=10)
    twice = pd.concat([frame, frame.assign(employee_id=frame["employee_id"] + 100)])
    again = alpha(twice, level, draws=10)
    n = once["n_scores"]
    if not np.isnan(once["estimate"]):
        expected = (1 - once["estimate"]) * (2 * n - 1) / (2 * n - 2)
        assert 1 - again["estimate"] == pytest.approx(expected)


def test_the_interval_holds_the_truth_in_90_to_98_per_cent_of_departments_of_15():
    """Scores of 1 to 5 by three evaluators; the truth is alpha of very many people."""
    rng = np.random.default_rng(11)

    def scores(people):
        true = rng.standard_normal((people, 1))
        return np.clip(np.round(3 + true + 0.8 * rng.standard_normal((people, 3))), 1, 5)

    true = alpha(rated(scores(20_000)), draws=2)["estimate"]
    held = []
    for _ in range(200):
        row = alpha(rated(scores(15)), draws=200)
        held.append(row["low"] <= true <= row["high"])
    assert 0.90 <= np.mean(held) <= 0.98


def test_the_draws_are_the_same_each_time_and_others_by_another_seed():
    frame = rated([[1, 2], [2, 2], [3, 4], [4, 4], [5, 3]])
    assert alpha(frame) == alpha(frame)
    assert alpha(frame, seed=1)["estimate"] == alpha(frame)["estimate"]
    assert alpha(frame, seed=1)["se"] != alpha(frame)["se"]


def test_what_cannot_be_known_says_why():
    nothing = alpha(rated([[1, np.nan], [np.nan, 2], [3, np.nan]]))
    assert (nothing["status"], nothing["n_units"], nothing["n_left_out"]) == ("no_overlap", 0, 3)
    assert np.isnan(nothing["estimate"])
    constant = alpha(rated([[3, 3], [3, 3], [3, 3]]))
    assert constant["status"] == "constant"
    assert np.isnan(constant["estimate"])
    nearly = alpha(rated([[3, 3]] * 9 + [[3, 4]]))
    assert nearly["status"] == "too_few"
    assert nearly["estimate"] == pytest.approx(1 - (2 / 20) / (2 * 19 / (20 * 19)))
    assert np.isnan(nearly["low"])


@pytest.mark.parametrize(
    ("scores", "level", "message"),
    [
        ([[1, 2], [2, 2]], "metric", "no level 'metric'; give nominal, ordinal, interval, ratio"),
        (
            [[1, -2], [2, 2]],
            "ratio",
            r"row 2, column 'score': -2 is below zero; .*level='interval'",
        ),
        ([[1, 2]], "nominal", r"column 'employee_id': 1 with a score; give .* at least 2"),
        ([[1], [2]], "nominal", r"column 'evaluator_id': 1 with a score; give .* at least 2"),
    ],
)
def test_bad_input_is_refused(scores, level, message):
    with pytest.raises(InputError, match=f"krippendorff_alpha.*{message}"):
        krippendorff_alpha(rated(scores), level=level)


def test_a_unit_with_two_scores_of_one_evaluator_is_refused():
    frame = rated([[1, 2], [2, 2]])
    with pytest.raises(InputError, match=r"employee_id 0, evaluator_id 1 has a score already"):
        krippendorff_alpha(pd.concat([frame, frame.tail(2).head(1)]))
