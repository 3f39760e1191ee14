"""Intraclass correlations: published tables, arithmetic by hand, and what never changes them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from drawing import draw
from hypothesis import assume, given, settings
from hypothesis import strategies as some
from pandas import DataFrame
from rated import ratings, reference
from scipy import stats

from csperf import InputError, icc
from csperf.calibration.mean_squares import complete, crossed, within_people

NUMBERS = ["estimate", "f", "df1", "df2", "p_value", "low", "high"]
PSYCH = ["ICC", "F", "df1", "df2", "p", "lower bound", "upper bound"]


def rated(scores) -> DataFrame:
    """Scores with a row for each employee and a column for each evaluator, NaN for none."""
    wide = DataFrame(np.asarray(scores, float)).rename_axis("employee_id")
    long = wide.reset_index().melt("employee_id", var_name="evaluator_id", value_name="score")
    return long.dropna(ignore_index=True)


def found(frame: DataFrame) -> DataFrame:
    return icc(frame).set_index("coefficient")


tables = some.integers(2, 5).flatmap(
    lambda k: some.lists(
        some.lists(some.integers(1, 7), min_size=k, max_size=k), min_size=3, max_size=9
    )
)

SIX_BY_FOUR = [
    [9, 2, 5, 8],
    [6, 1, 3, 2],
    [8, 4, 6, 8],
    [7, 1, 2, 6],
    [10, 5, 6, 9],
    [6, 2, 4, 7],
]


def test_shrout_and_fleiss_table_4():
    """Shrout and Fleiss (1979), Psychological Bulletin 86, 420-428: data of table 2."""
    rows = icc(rated(SIX_BY_FOUR)).set_index("shrout_fleiss")
    printed = {"1,1": 0.17, "2,1": 0.29, "3,1": 0.71, "1,k": 0.44, "2,k": 0.62, "3,k": 0.91}
    assert rows["estimate"].round(2).to_dict() == {f"ICC({m})": x for m, x in printed.items()}


@pytest.mark.parametrize(
    "name", ["shrout_fleiss1979", "irr_anxiety", "immer12_olympic_pairs2002_realigned"]
)
def test_all_six_with_tests_and_intervals_are_those_of_psych(name):
    rows = icc(ratings(name))
    known = reference(f"icc/{name}.psych_ICC.csv")
    order = "ICC(" + known["type"].str[3] + "," + known["type"].str[4:].replace("", "1") + ")"
    ours = rows.set_index("shrout_fleiss").loc[order, NUMBERS]
    assert ours.to_numpy() == pytest.approx(known[PSYCH].to_numpy(), rel=1e-9, abs=1e-12)
    assert rows["status"].tolist() == ["ok"] * 6


def test_the_coefficients_are_arithmetic_of_mean_squares():
    """Two employees by two evaluators: 1 3 and 5 9 around 4.5.

    Employee means 2 and 7, evaluator means 3 and 6.
    """
    rows = found(
        draw("""
            employee_id | evaluator_id | score
            e1          | harsh        | 1
            e1          | mild         | 3
            e2          | harsh        | 5
            e2          | mild         | 9
        """)
    )
    people, raters = 2 * (2.5**2 + 2.5**2), 2 * (1.5**2 + 1.5**2)
    rest = 4 * 0.5**2
    within = (raters + rest) / 2
    one, two = (people - within) / (people + within), (people - rest) / (people + rest)
    agreement = (people - rest) / (people + rest + 2 / 2 * (raters - rest))
    assert rows.loc["ICC(1)", "estimate"] == pytest.approx(one)
    assert rows.loc["ICC(C,1)", "estimate"] == pytest.approx(two)
    assert rows.loc["ICC(A,1)", "estimate"] == pytest.approx(agreement)
    assert rows.loc["ICC(k)", "estimate"] == pytest.approx((people - within) / people)
    assert rows.loc["ICC(C,k)", "estimate"] == pytest.approx((people - rest) / people)
    of_means = (people - rest) / (people + (raters - rest) / 2)
    assert rows.loc["ICC(A,k)", "estimate"] == pytest.approx(of_means)
    assert rows["f"].tolist() == pytest.approx([people / within, people / rest, people / rest] * 2)
    assert rows["df1"].tolist() == [1] * 6
    assert rows["df2"].tolist() == [2, 1, 1] * 2
    assert rows["k"].tolist() == [1, 1, 1, 2, 2, 2]


def test_intervals_of_absolute_agreement_are_those_of_mcgraw_and_wong():
    """McGraw and Wong (1996), table 7, typed in as printed, the mean of k as corrected."""
    scores = np.array(SIX_BY_FOUR, float)
    n, k = scores.shape
    off = scores - scores.mean()
    msr = k * np.sum(off.mean(axis=1) ** 2) / (n - 1)
    msc = n * np.sum(off.mean(axis=0) ** 2) / (k - 1)
    mse = (np.sum(off**2) - (n - 1) * msr - (k - 1) * msc) / ((n - 1) * (k - 1))
    rho = (msr - mse) / (msr + (k - 1) * mse + k / n * (msc - mse))
    a, b = k * rho / (n * (1 - rho)), 1 + k * rho * (n - 1) / (n * (1 - rho))
    v = (a * msc + b * mse) ** 2 / ((a * msc) ** 2 / (k - 1) + (b * mse) ** 2 / ((n - 1) * (k - 1)))
    f_low, f_high = stats.f.ppf(0.975, n - 1, v), stats.f.ppf(0.975, v, n - 1)
    rest = k * msc + (k * n - k - n) * mse
    low = n * (msr - f_low * mse) / (f_low * rest + n * msr)
    high = n * (f_high * msr - mse) / (rest + n * f_high * msr)
    of_means_low = n * (msr - f_low * mse) / (f_low * (msc - mse) + n * msr)
    of_means_high = n * (f_high * msr - mse) / (msc - mse + n * f_high * msr)
    rows = found(rated(scores))
    assert rows.loc["ICC(A,1)", ["low", "high"]].tolist() == pytest.approx([low, high])
    means = rows.loc["ICC(A,k)", ["low", "high"]].tolist()
    assert means == pytest.approx([of_means_low, of_means_high])


def test_a_harsh_evaluator_lowers_absolute_agreement_but_not_consistency():
    scores = np.array([[3, 4], [5, 5], [6, 8], [9, 9.0]])
    fair, harsh = found(rated(scores)), found(rated(scores - [4, 0]))
    same = ["ICC(C,1)", "ICC(C,k)"]
    assert harsh.loc[same, NUMBERS].to_numpy() == pytest.approx(fair.loc[same, NUMBERS].to_numpy())
    assert (harsh["estimate"] < fair["estimate"]).sum() == 4


@pytest.mark.parametrize("severity", [0.5, 2.0])
def test_95_per_cent_intervals_hold_the_truth_in_93_to_98_per_cent(severity):
    """600 departments of 12 people and 5 evaluators; where nobody truly differs too."""
    rng = np.random.default_rng(7)
    for people in (0.0, 1.0):
        held = []
        for _ in range(600):
            scores = np.sqrt(people) * rng.standard_normal((12, 1)) + rng.standard_normal((12, 5))
            models = complete(scores + np.sqrt(severity) * rng.standard_normal((1, 5)))
            true = people / (people + 1), people / (people + 1 + severity)
            rows = [model.row(1) for model in models[1:]]
            held.append([r["low"] <= t <= r["high"] for r, t in zip(rows, true, strict=True)])
        assert np.all((0.93 < np.mean(held, axis=0)) & (np.mean(held, axis=0) < 0.985))


@settings(max_examples=40)
@given(tables, some.randoms(use_true_random=False))
def test_the_order_of_rows_and_the_names_of_people_change_nothing(scores, chance):
    frame = rated(scores)
    names = chance.sample(range(100), 9)
    other = frame.sample(frac=1, random_state=chance.randrange(1000)).assign(
        employee_id=lambda rows: [f"p{names[i]}" for i in rows["employee_id"]],
        evaluator_id=lambda rows: [f"v{names[i]}" for i in rows["evaluator_id"]],
    )
    was, now = icc(frame), icc(other)
    assert now[NUMBERS].to_numpy() == pytest.approx(
        was[NUMBERS].to_numpy(), rel=1e-8, abs=1e-8, nan_ok=True
    )
    assert now["status"].tolist() == was["status"].tolist()


@settings(max_examples=40)
@given(tables, some.integers(-50, 50), some.sampled_from([0.5, 2, 10]))
def test_another_zero_and_another_unit_of_the_scale_change_nothing(scores, zero, unit):
    was, now = icc(rated(scores)), icc(rated(zero + unit * np.array(scores)))
    assert now[NUMBERS].to_numpy() == pytest.approx(
        was[NUMBERS].to_numpy(), rel=1e-7, abs=1e-7, nan_ok=True
    )
    assert now["status"].tolist() == was["status"].tolist()


@settings(max_examples=40)
@given(tables)
def test_estimates_lie_within_their_intervals_and_below_one(scores):
    rows = icc(rated(scores)).query("status == 'ok'")
    assert (rows["low"] <= rows["estimate"]).all()
    assert (rows["estimate"] <= rows["high"]).all()
    assert (rows["high"] <= 1).all()


@settings(max_examples=40)
@given(tables)
def test_twice_the_people_give_nearly_the_same_coefficients_and_shorter_intervals(scores):
    """Only degrees of freedom change: with 10 times the people by less than 1 in n."""
    frame = rated(scores)
    was = found(frame)
    assume((was["status"] == "ok").all() and was.loc["ICC(1)", "estimate"] > 0)
    more, most = found(rated(scores * 10)), found(rated(scores * 20))
    assert (most["high"] - most["low"] < more["high"] - more["low"]).loc["ICC(C,1)"]
    assert most["estimate"].tolist() == pytest.approx(more["estimate"].tolist(), abs=0.05)


def test_what_cannot_be_known_says_why():
    constant = icc(rated([[3, 3], [3, 3], [3, 3]]))
    assert constant["estimate"].isna().all()
    assert constant["status"].tolist() == ["constant"] * 6
    perfect = icc(rated([[3, 3], [4, 4], [6, 6]]))
    assert perfect["estimate"].tolist() == [1] * 6
    assert perfect[["low", "high"]].isna().all(axis=None)
    assert perfect["status"].tolist() == ["perfect"] * 6
    shifted = found(rated([[3, 5], [4, 6], [7, 9]]))
    assert shifted["status"].to_dict() == {
        **dict.fromkeys(["ICC(1)", "ICC(k)", "ICC(A,1)", "ICC(A,k)"], "ok"),
        **dict.fromkeys(["ICC(C,1)", "ICC(C,k)"], "perfect"),
    }


def test_people_with_the_same_means_have_no_spread_to_tell():
    rows = found(rated([[1, 3], [3, 1], [2, 2]]))
    assert rows["status"].tolist() == ["no_spread"] * 6
    assert rows.loc["ICC(1)", "estimate"] == -1 / (2 - 1)
    assert np.isnan(rows.loc["ICC(k)", "estimate"])
    assert rows["low"].isna().all()
    each_his_own = found(rated([[1, 3], [1, 3], [1, 3]]))
    assert each_his_own["status"].tolist() == ["no_spread"] * 6
    assert np.isnan(each_his_own.loc["ICC(C,1)", "estimate"])


@settings(max_examples=40)
@given(tables)
def test_designs_in_which_everybody_rated_everybody_are_a_case_of_the_incomplete(scores):
    """Ratings that count, F and intervals of the path for gaps, where there is no gap."""
    whole = np.array(scores, float)
    assume(np.ptp(whole) > 0)
    n, k = whole.shape
    frame = rated(whole)
    person, evaluator = frame[["employee_id", "evaluator_id"]].astype(int).to_numpy().T
    one_way, two_way, with_severity = complete(whole)
    assume(two_way.rest > 0 and with_severity.row(k)["status"] == "ok")
    both = crossed(person, evaluator, frame["score"].to_numpy())
    assert (both.k, both.n) == (pytest.approx(k), pytest.approx(n))
    assert (both.df_people, both.df_rest, both.df_raters) == (n - 1, (n - 1) * (k - 1), k - 1)
    assert both.f == pytest.approx(two_way.f, rel=1e-6, abs=1e-9)
    alone = within_people(person, frame["score"].to_numpy())
    assert alone.f == pytest.approx(one_way.f, rel=1e-6, abs=1e-9)
    assert (alone.k, alone.df_rest) == (pytest.approx(k), n * (k - 1))
    variances = [
        (two_way.people - two_way.rest) / k,
        two_way.rest,
        (with_severity.raters - two_way.rest) / n,
    ]
    again, once = both.model(*variances).row(k), with_severity.row(k)
    assert [again[name] for name in NUMBERS] == pytest.approx(
        [once[name] for name in NUMBERS], rel=1e-6, abs=1e-8, nan_ok=True
    )


def test_the_test_of_people_in_a_design_with_gaps_compares_two_regressions():
    """F of employees after evaluators, by least squares with all the columns."""
    frame = rated([[3, 5, np.nan], [4, np.nan, 7], [np.nan, 8, 9], [2, 3, 5], [6, 9, np.nan]])
    person, evaluator = frame[["employee_id", "evaluator_id"]].astype(int).to_numpy().T
    score = frame["score"].to_numpy()
    small, large = np.eye(3)[evaluator], np.hstack([np.eye(3)[evaluator], np.eye(5)[person]])
    rests = []
    for columns in (small, large):
        fit = columns @ np.linalg.lstsq(columns, score, rcond=None)[0]
        rests.append(np.sum((score - fit) ** 2))
    df_rest = len(score) - 5 - 3 + 1
    overlap = crossed(person, evaluator, score)
    assert overlap.rest == pytest.approx(rests[1])
    assert overlap.f == pytest.approx(((rests[0] - rests[1]) / 4) / (rests[1] / df_rest))
    information = large.T @ large
    spread = np.linalg.pinv(information)[3:, 3:]
    centred = np.eye(5) - 1 / 5
    assert 1 / overlap.k == pytest.approx(np.trace(centred @ spread @ centred) / 4)


@pytest.mark.parametrize(
    ("drawing", "message"),
    [
        (
            "employee_id | evaluator | score\ne1 | v1 | 3",
            r"icc, column 'evaluator_id': missing; the columns are employee_id, evaluator, score; "
            r"name the column of each rater \(meant 'evaluator'\?\)",
        ),
        (
            "employee_id | evaluator_id | score\ne1 | v1 | 3\ne1 | v1 | 4\ne2 | v2 | 4",
            r"icc, row 1, column 'evaluator_id': employee_id 'e1', evaluator_id 'v1' has a score "
            r"already; keep one score for each",
        ),
        (
            "employee_id | evaluator_id | score\ne1 | v1 | 3\ne2 | v1 | 4",
            r"icc, column 'evaluator_id': 1 with a score; give the scores of at least 2",
        ),
        (
            "employee_id | evaluator_id | score\ne1 | v1 | 3\ne1 | v2 | 4\ne2 | v1 |",
            r"icc, column 'employee_id': 1 with a score; give the scores of at least 2",
        ),
        (
            "employee_id | evaluator_id | score\ne1 | v1 | 3\ne1 | v2 | good\ne2 | v1 | 4",
            r"icc, row 1, column 'score': 'good' is no finite number; give a number, or nothing",
        ),
        (
            "employee_id | evaluator_id | score\ne1 | v1 | 3\n | v2 | 2\ne2 | v1 | 4",
            r"icc, row 1, column 'employee_id': empty; give every score its unit",
        ),
    ],
)
def test_bad_input_is_refused_with_its_place(drawing, message):
    with pytest.raises(InputError, match=message):
        icc(draw(drawing))


def test_columns_may_have_other_names_and_scores_any_numeric_kind():
    frame = rated(SIX_BY_FOUR)
    other = frame.rename(columns=dict(zip(frame, ["pupil", "judge", "mark"], strict=True)))
    for kind in ("int64", "Int64", "Float64", "object"):
        rows = icc(other.astype({"mark": kind}), "pupil", "judge", "mark")
        pd.testing.assert_frame_equal(rows, icc(frame))
