"""Intraclass correlations where not everybody was rated by everybody, through `fit_mixed`."""

from __future__ import annotations

import numpy as np
import pytest
from drawing import draw
from hypothesis import assume, given, settings
from hypothesis import strategies as some
from pandas import DataFrame
from rated import ratings, reference

from csperf import icc
from csperf.calibration.intraclass import CROSSED
from csperf.calibration.mean_squares import crossed
from csperf.mixed import fit_mixed

NUMBERS = ["estimate", "f", "df1", "df2", "p_value", "low", "high"]
gappy = some.lists(
    some.lists(some.one_of(some.none(), some.integers(1, 7)), min_size=4, max_size=4),
    min_size=4,
    max_size=8,
)


def rated(scores) -> DataFrame:
    """Scores with a row for each employee and a column for each evaluator, None for none."""
    wide = DataFrame(np.array(scores, float)).rename_axis("employee_id")
    long = wide.reset_index().melt("employee_id", var_name="evaluator_id", value_name="score")
    return long.dropna(ignore_index=True)


def found(frame: DataFrame) -> DataFrame:
    return icc(frame).set_index("coefficient")


def test_estimates_are_shares_of_the_components_that_lme4_finds():
    """57 papers, 20 reviewers, 128 reviews; R lme4 1.1-31, components within 5e-4."""
    rows = found(ratings("immer09_conference_reviews"))
    table = reference("gtheory/immer09_conference_reviews.lme4.csv")
    people, raters, rest = table.set_index("component").loc[
        ["ratee", "rater", "Residual"], "variance"
    ]
    papers = ratings("immer09_conference_reviews")["employee_id"].value_counts()
    k = len(papers) / np.sum(1 / papers)
    expected = {
        "ICC(C,1)": people / (people + rest),
        "ICC(A,1)": people / (people + raters + rest),
        "ICC(C,k)": people / (people + rest / k),
        "ICC(A,k)": people / (people + (raters + rest) / k),
    }
    assert rows.loc[[*expected], "estimate"].to_dict() == pytest.approx(expected, abs=5e-4)
    assert rows["k"].tolist() == pytest.approx([1, 1, 1, k, k, k])
    assert rows["method"].unique().tolist() == ["REML components"]
    assert (rows["low"] < rows["estimate"]).all()
    assert (rows["estimate"] < rows["high"]).all()
    assert (rows.loc["ICC(A,1)", ["df1", "df2"]] == [57 - 1, 128 - 57 - 20 + 1]).all()


def test_one_missing_score_of_180_changes_little():
    whole = ratings("immer12_olympic_pairs2002_realigned")
    rows, gap = found(whole), found(whole.drop(index=whole.index[7]))
    for column in ("estimate", "low", "high"):
        assert gap[column].tolist() == pytest.approx(rows[column].tolist(), abs=0.01)
    assert gap["n_scores"].tolist() == [180 - 1] * 6


@settings(max_examples=15)
@given(gappy, some.randoms(use_true_random=False))
def test_the_order_of_rows_and_the_names_of_people_change_nothing(scores, chance):
    frame = rated(scores)
    assume(frame["employee_id"].nunique() > 1 and frame["evaluator_id"].nunique() > 1)
    names = chance.sample(range(100), 8)
    other = frame.sample(frac=1, random_state=chance.randrange(1000)).assign(
        employee_id=lambda rows: [f"p{names[i]}" for i in rows["employee_id"]],
        evaluator_id=lambda rows: [f"v{names[i]}" for i in rows["evaluator_id"]],
    )
    was, now = icc(frame), icc(other)
    assert now["status"].tolist() == was["status"].tolist()
    assert now[NUMBERS].to_numpy() == pytest.approx(
        was[NUMBERS].to_numpy(), rel=1e-3, abs=1e-3, nan_ok=True
    )


def test_intervals_hold_the_truth_in_at_least_90_per_cent_of_incomplete_designs():
    """30 people, each rated by 3 of 6 evaluators; 120 departments (of 3,000 they do in 94 %)."""
    rng = np.random.default_rng(3)
    held = []
    for _ in range(120):
        scores = rng.standard_normal((30, 1)) + 0.7 * rng.standard_normal((1, 6))
        scores = scores + rng.standard_normal((30, 6))
        for row in scores:
            row[rng.choice(6, 3, replace=False)] = np.nan
        frame = rated(scores)
        people, evaluators = frame[["employee_id", "evaluator_id"]].astype(int).to_numpy().T
        overlap = crossed(people, evaluators, frame["score"].to_numpy())
        fit = fit_mixed(frame.astype({"employee_id": "str", "evaluator_id": "str"}), CROSSED)
        variance = fit.components.set_index("component")["variance"]
        names = variance[["employee_id", "residual", "evaluator_id"]]
        rows = overlap.model(*names[:2]).row(1), overlap.model(*names).row(1)
        true = 1 / (1 + 1), 1 / (1 + 0.49 + 1)
        held.append([row["low"] <= t <= row["high"] for row, t in zip(rows, true, strict=True)])
    assert np.all(np.mean(held, axis=0) >= 0.90)


def test_evaluators_without_a_common_person_are_told_apart_from_disagreement_by_nothing():
    rows = found(
        draw("""
            employee_id | evaluator_id | score
            e1          | a            | 3
            e1          | b            | 4
            e2          | a            | 5
            e2          | b            | 5
            e3          | c            | 2
            e3          | d            | 4
            e4          | c            | 6
            e4          | d            | 7
        """)
    )
    severe = ["ICC(C,1)", "ICC(A,1)", "ICC(C,k)", "ICC(A,k)"]
    assert rows.loc[severe, "status"].tolist() == ["disconnected"] * 4
    assert rows.loc[severe, "estimate"].isna().all()
    assert rows.loc[["ICC(1)", "ICC(k)"], "status"].tolist() == ["ok"] * 2


def test_too_little_overlap_says_so():
    once_each = found(
        draw("employee_id | evaluator_id | score\ne1 | a | 3\ne2 | b | 5\ne3 | a | 4")
    )
    assert once_each["status"].tolist() == ["no_overlap"] * 6
    chain = found(rated([[3, 4, None], [None, 5, 7], [None, None, 6]]))
    assert chain["status"].tolist() == ["ok", "too_few", "too_few"] * 2


def test_full_agreement_and_severity_alone_leave_no_rest():
    perfect = found(rated([[3, 3, None], [5, None, 5], [None, 2, 2], [4, 4, 4]]))
    assert perfect["estimate"].tolist() == [1] * 6
    assert perfect["status"].tolist() == ["perfect"] * 6
    shifted = found(rated([[3, 4, None], [5, None, 8], [None, 3, 5], [4, 5, 7], [1, 2, 4]]))
    assert shifted["status"].tolist() == ["ok", "perfect", "no_rest"] * 2
    constant = found(rated([[3, 3, None], [3, None, 3], [None, 3, 3]]))
    assert constant["status"].tolist() == ["constant"] * 6
