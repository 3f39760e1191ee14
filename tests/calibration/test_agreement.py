"""Weighted kappa: other programs' numbers, arithmetic by hand, and its kinship with the ICC."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from drawing import draw
from hypothesis import assume, given, settings
from hypothesis import strategies as some
from pandas import DataFrame
from rated import ratings
from scipy import stats
from statsmodels.stats.inter_rater import cohens_kappa

from csperf import InputError, icc, weighted_kappa

WEIGHTS = ["quadratic", "linear", None]
NUMBERS = ["agreement", "estimate", "se", "low", "high"]

pairs = some.lists(some.tuples(some.integers(1, 5), some.integers(1, 5)), min_size=2, max_size=15)
three = some.lists(
    some.tuples(*[some.one_of(some.none(), some.integers(1, 4))] * 3), min_size=3, max_size=10
)


def rated(scores) -> DataFrame:
    """Scores with a row for each employee and a column for each evaluator, NaN for none."""
    wide = DataFrame(np.asarray(scores, float)).rename_axis("employee_id")
    long = wide.reset_index().melt("employee_id", var_name="evaluator_id", value_name="score")
    return long.dropna(ignore_index=True)


def both(table) -> DataFrame:
    """Scores of two evaluators from a table of how often which score met which."""
    return rated(
        [(i, j) for i, row in enumerate(table) for j, count in enumerate(row) for _ in range(count)]
    )


def kappa(frame: DataFrame, weights: str | None = "quadratic") -> dict:
    """The first row: of the pair, or the mean over pairs."""
    return weighted_kappa(frame, weights=weights).iloc[0].to_dict()


def test_kappa_is_arithmetic_of_a_table():
    """Two of four people get the same score twice; a gives 1 1 2 3 and b gives 1 2 3 3."""
    frame = draw("""
        employee_id | evaluator_id | score
        e1          | a            | 1
        e1          | b            | 1
        e2          | a            | 1
        e2          | b            | 2
        e3          | a            | 2
        e3          | b            | 3
        e4          | a            | 3
        e4          | b            | 3
    """)
    chance = 2 / 4 * 1 / 4 + 1 / 4 * 1 / 4 + 1 / 4 * 2 / 4
    row = kappa(frame, None)
    assert row["estimate"] == pytest.approx((2 / 4 - chance) / (1 - chance))
    assert (row["agreement"], row["n_targets"], row["n_raters"]) == (2 / 4, 4, 2)
    assert (row["evaluator_id"], row["other_id"], row["weights"]) == ("a", "b", "none")
    # Distances of each of a's scores to all of b's
    linear = (2 * (0 + 1 + 2 + 2) + (1 + 0 + 1 + 1) + (2 + 1 + 0 + 0)) / 16
    assert kappa(frame, "linear")["estimate"] == pytest.approx(1 - (2 / 4) / linear)
    square = (2 * (0 + 1 + 4 + 4) + (1 + 0 + 1 + 1) + (4 + 1 + 0 + 0)) / 16
    assert kappa(frame)["estimate"] == pytest.approx(1 - (2 / 4) / square)


def test_fleiss_table_of_two_raters_and_100_patients():
    """Fleiss (1981), Statistical Methods for Rates and Proportions, 13.1; recalled, not read."""
    row = kappa(both([[75, 1, 4], [5, 4, 1], [0, 0, 10]]), None)
    assert row["estimate"] == pytest.approx(0.676, abs=5e-4)
    assert row["se"] == pytest.approx(0.087, abs=1e-3)
    half = stats.t.ppf(0.975, 99) * row["se"] * np.sqrt(100 / 99) / (1 - row["estimate"] ** 2)
    middle = np.arctanh(row["estimate"])
    assert row["low"] == pytest.approx(np.tanh(middle - half))
    assert row["high"] == pytest.approx(np.tanh(middle + half))


@pytest.mark.parametrize("weights", WEIGHTS)
def test_the_interval_holds_the_truth_in_90_to_98_per_cent_of_teams_of_12(weights):
    """Scores of 1 to 5 by two evaluators; the truth is kappa of very many people."""
    rng = np.random.default_rng(9)

    def scores(people):
        true = rng.standard_normal((people, 1))
        return np.clip(np.round(3 + true + 0.8 * rng.standard_normal((people, 2))), 1, 5)

    true = kappa(rated(scores(50_000)), weights)["estimate"]
    rows = [kappa(rated(scores(12)), weights) for _ in range(300)]
    assert 0.90 <= np.mean([row["low"] <= true <= row["high"] for row in rows]) <= 0.98


@settings(max_examples=50)
@given(some.lists(some.lists(some.integers(0, 9), min_size=4, max_size=4), min_size=4, max_size=4))
def test_estimate_and_error_are_those_of_statsmodels(table):
    counts = np.array(table)
    assume((counts.sum(axis=0) > 0).all() and (counts.sum(axis=1) > 0).all())
    for weights in WEIGHTS:
        theirs = cohens_kappa(counts, wt=weights)
        row = kappa(both(table), weights)
        assert row["estimate"] == pytest.approx(theirs.kappa, abs=1e-12)
        if row["status"] == "ok":
            assert row["se"] == pytest.approx(theirs.std_kappa, rel=1e-6, abs=1e-9)


def test_squared_weights_on_the_anxiety_ratings_are_as_in_irr():
    """kappa2(anxiety[, 1:2], "squared"), an example of irr, gives 0.297."""
    rows = weighted_kappa(ratings("irr_anxiety")).set_index(["evaluator_id", "other_id"])
    assert rows.loc[("rater1", "rater2"), "estimate"] == pytest.approx(0.297, abs=5e-4)


@settings(max_examples=50)
@given(pairs)
def test_quadratic_kappa_is_absolute_agreement_but_for_degrees_of_freedom(scores):
    """Fleiss and Cohen (1973), Educational and Psychological Measurement 33, 613-619.

    With the sums of squares of people, evaluators and the rest it is (P - R) / (P + R + 2 E), while
    ICC(A,1) is (P - R) / (P + R + 2 / n (n - 1) E - 2 / n R): they meet as people become many.
    """
    frame = rated(scores)
    row = kappa(frame)
    assume(row["status"] == "ok")
    off = np.array(scores, float) - np.mean(scores)
    people, raters = 2 * np.sum(off.mean(axis=1) ** 2), len(off) * np.sum(off.mean(axis=0) ** 2)
    rest = np.sum(off**2) - people - raters
    assert row["estimate"] == pytest.approx((people - rest) / (people + rest + 2 * raters))
    for times in (20, 40):
        many = rated(scores * times)
        agreement = icc(many).set_index("coefficient").loc["ICC(A,1)", "estimate"]
        assert kappa(many)["estimate"] == pytest.approx(agreement, abs=4 / len(scores * times))


@settings(max_examples=50)
@given(three, some.sampled_from(WEIGHTS), some.randoms(use_true_random=False))
def test_the_order_of_rows_and_the_names_of_people_change_nothing(scores, weights, chance):
    frame = rated([[np.nan if x is None else x for x in row] for row in scores])
    assume(frame["employee_id"].nunique() > 1 and frame["evaluator_id"].nunique() > 1)
    names = chance.sample(range(100), 10)
    other = frame.sample(frac=1, random_state=chance.randrange(1000)).assign(
        employee_id=lambda rows: [f"p{names[i]}" for i in rows["employee_id"]],
        evaluator_id=lambda rows: [f"v{i}" for i in rows["evaluator_id"]],
    )
    was, now = (weighted_kappa(rows, weights=weights) for rows in (frame, other))
    assert now[NUMBERS].to_numpy() == pytest.approx(was[NUMBERS].to_numpy(), nan_ok=True, abs=1e-9)
    assert now["status"].tolist() == was["status"].tolist()


@settings(max_examples=50)
@given(pairs, some.sampled_from(WEIGHTS))
def test_twice_the_people_leave_the_estimate_and_shorten_the_error_by_root_2(scores, weights):
    once, twice = kappa(rated(scores), weights), kappa(rated(scores * 2), weights)
    assert twice["estimate"] == pytest.approx(once["estimate"], nan_ok=True)
    if once["status"] == "ok":
        assert twice["se"] == pytest.approx(once["se"] / np.sqrt(2))


@settings(max_examples=30)
@given(pairs)
def test_it_does_not_matter_which_evaluator_comes_first(scores):
    swapped = [(b, a) for a, b in scores]
    for weights in WEIGHTS:
        one, other = kappa(rated(scores), weights), kappa(rated(swapped), weights)
        assert one["estimate"] == pytest.approx(other["estimate"], nan_ok=True)
        assert one["se"] == pytest.approx(other["se"], nan_ok=True)


def test_of_more_than_two_evaluators_the_first_row_is_the_mean_over_pairs():
    rows = weighted_kappa(ratings("irr_anxiety"), weights=None)
    mean, each = rows.iloc[0], rows.iloc[1:]
    assert mean["coefficient"] == "mean kappa (Light)"
    assert each["coefficient"].tolist() == ["kappa"] * 3
    assert mean["estimate"] == pytest.approx(each["estimate"].mean())
    assert (mean["n_targets"], mean["n_raters"], mean["n_pairs"]) == (20, 3, 3)
    assert mean["low"] < mean["estimate"] < mean["high"]


def test_the_error_of_the_mean_over_pairs_is_how_it_varies_from_sample_to_sample():
    rng = np.random.default_rng(5)
    found = []
    for _ in range(150):
        true = rng.standard_normal((100, 1))
        scores = np.clip(np.round(3 + true + 0.7 * rng.standard_normal((100, 3))), 1, 5)
        found.append(kappa(rated(scores)))
    spread = np.std([row["estimate"] for row in found], ddof=1)
    assert np.mean([row["se"] for row in found]) == pytest.approx(spread, rel=0.15)


def test_labels_are_compared_without_weights_only():
    words = rated([[1, 1], [2, 2], [1, 2], [3, 3]])
    numbers = words.copy()
    words["score"] = words["score"].map({1.0: "polite", 2.0: "curt", 3.0: "rude"})
    assert kappa(words, None) == kappa(numbers, None)
    with pytest.raises(InputError, match="column 'score': 'polite' is no finite number"):
        weighted_kappa(words)


def test_what_cannot_be_known_says_why():
    perfect = kappa(rated([[1, 1], [2, 2], [4, 4]]))
    assert (perfect["estimate"], perfect["status"]) == (1, "perfect")
    assert np.isnan(perfect["low"])
    opposite = kappa(rated([[1, 2], [2, 1]]))
    assert (opposite["estimate"], opposite["status"]) == (-1, "opposite")
    two = kappa(rated([[1, 2], [4, 4]]))
    assert (two["estimate"], two["status"]) == (1 - (1 / 2) / ((1 + 9 + 4 + 0) / 4), "too_few")
    assert np.isnan(two["low"])
    for constant in ([[3, 3], [3, 3]], [[3, 1], [3, 2], [3, 3]]):
        row = kappa(rated(constant))
        assert row["status"] == "constant"
        assert np.isnan(row["estimate"])


def test_pairs_without_common_people_are_named_and_left_out_of_the_mean():
    gap = np.nan
    rows = weighted_kappa(rated([[1, 1, gap], [2, 3, gap], [3, 3, gap], [gap, 2, 2], [gap, 3, 3]]))
    assert rows["status"].tolist() == ["some_pairs_unknown", "ok", "no_common_target", "perfect"]
    assert rows["n_targets"].tolist() == [5, 3, 0, 2]
    assert rows["n_pairs"].tolist() == [2, 1, 1, 1]
    assert rows.loc[0, "estimate"] == pytest.approx(rows.loc[[1, 3], "estimate"].mean())
    alone = weighted_kappa(rated([[1, 2, gap], [gap, 2, 2], [2, gap, 2]]))
    assert alone["status"].tolist() == ["too_few"] * 4
    assert alone["estimate"].isna().all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weights": "square"}, "no weights 'square'; give quadratic, linear or None"),
        ({"scores": "mark"}, "column 'mark': missing; the columns are employee_id"),
    ],
)
def test_bad_input_is_refused(change, message):
    with pytest.raises(InputError, match=f"weighted_kappa.*{message}"):
        weighted_kappa(rated([[1, 2], [2, 2]]), **change)


def test_a_person_with_two_scores_of_one_evaluator_is_refused_with_the_row():
    frame = rated([[1, 2], [2, 2]])
    twice = pd.concat([frame, frame.head(1)], ignore_index=True)
    message = "row 4, column 'evaluator_id': employee_id 0, evaluator_id 0 has a score already"
    with pytest.raises(InputError, match=message):
        weighted_kappa(twice)
