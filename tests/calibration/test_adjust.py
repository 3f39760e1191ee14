"""Fair scores of points: what an evaluator took is given back as far as it is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from drawing import draw
from pandas import DataFrame

from csperf.calibration.adjust import adjust
from csperf.calibration.calibrate import calibrate
from csperf.calibration.effects import rater_effects

TRUE = {"mia": 8.0, "max": 0.0, "kim": -6.0, "tom": -2.0}


def points(
    seed: int, employees: int = 40, form_sd: float = 3.0, better: float = 0.0, each: int = 2
) -> DataFrame:
    """Some of four managers rate each employee on four criteria; mia's people are better."""
    rng = np.random.default_rng(seed)
    rows = []
    for n in range(employees):
        chosen = rng.choice(list(TRUE), each, replace=False)
        level = rng.normal(55, 8) + (better if "mia" in chosen else 0)
        for name in chosen:
            given = level + rng.normal(0, form_sd) - TRUE[name] + rng.normal(0, 5, 4)
            rows += [(f"p{n}", name, "manager", f"c{i}", score) for i, score in enumerate(given)]
    names = ["employee_id", "evaluator_id", "evaluator_type", "criterion_id", "score"]
    return DataFrame(rows, columns=names)


def by_evaluator(frame: DataFrame, **how: object) -> DataFrame:
    return adjust(frame, **how).evaluators.set_index("evaluator_id")


CROSSED = draw("""
    employee_id | evaluator_id | evaluator_type | criterion_id | score
    ann         | mia          | manager        | work         | 60
    ann         | max          | manager        | work         | 70
    bob         | mia          | manager        | work         | 50
    bob         | max          | manager        | work         | 62
    cem         | mia          | manager        | work         | 80
    cem         | max          | manager        | work         | 88
""")


def test_severity_is_half_the_difference_of_two_who_rated_the_same_people():
    """(10 + 12 + 8) / 3 = 10 points between them: 5 each from their mean."""
    found = by_evaluator(CROSSED)
    assert found["severity"].round(9).to_dict() == {"max": -5, "mia": 5}
    # Differences 10, 12, 8 have a variance of 4; half of their mean has one of 4 / 3 / 4.
    assert (found["se"] >= np.sqrt(4 / 3 / 4) - 1e-9).all()
    true = (25 + 25) / 1 - 2 * found["se"].iloc[0] ** 2
    share = true / (true + found["se"].iloc[0] ** 2)
    assert found.loc["mia", "shrunken"] == pytest.approx(5 * share)
    fair = adjust(CROSSED).ratings
    moved = (fair["fair_score"] - fair["score"]).groupby(fair["evaluator_id"]).unique()
    assert moved["mia"] == pytest.approx([5 * share])


def test_that_an_evaluator_has_better_people_makes_nobody_mild():
    """Twenty points better people of mia change nothing of her severity."""
    plain, better = by_evaluator(points(1)), by_evaluator(points(1, better=20))
    assert np.allclose(plain["severity"], better["severity"])
    true = pd.Series(TRUE) - np.mean(list(TRUE.values()))
    assert (np.abs(plain["severity"] - true) < 3 * plain["se"]).all()


def test_evaluators_who_do_not_differ_give_back_next_to_nothing():
    same = points(2)
    same["score"] += same["evaluator_id"].map(TRUE)
    found = by_evaluator(same)
    assert (found["shrunken"].abs() <= found["severity"].abs()).all()
    assert found["shrunken"].abs().max() < 1


def test_intervals_of_severity_cover_as_they_say():
    true = pd.Series(TRUE) - np.mean(list(TRUE.values()))
    held = [
        (np.abs(found["severity"] - true) < 1.96 * found["se"]).mean()
        for found in (by_evaluator(points(seed)) for seed in range(100, 140))
    ]
    assert 0.89 < np.mean(held) < 0.99


def test_who_shares_nobody_is_not_adjusted():
    """Two teams with a manager each; the third manager saw both."""
    apart = points(3, employees=80)
    first = apart["employee_id"].str[1:].astype(int) < 40
    only = apart[(apart["evaluator_id"] == "mia") & first]
    other = apart[(apart["evaluator_id"] == "max") & ~first]
    found = adjust(pd.concat([only, other]))
    assert set(found.evaluators["status"]) == {"alone"}
    assert found.ratings["fair_score"].isna().all()
    linked = apart[apart["evaluator_id"] == "tom"]
    both = adjust(pd.concat([only, other, linked]))
    assert set(both.evaluators["status"]) == {"ok"}
    assert both.ratings["fair_score"].notna().all()


def test_own_views_and_missing_scores_have_no_fair_one():
    more = draw("""
        employee_id | evaluator_id | evaluator_type | criterion_id | score
        ann         | ann          | self           | work         | 95
        bob         | mia          | manager        | speed        |
    """)
    found = adjust(pd.concat([CROSSED, more], ignore_index=True)).ratings
    assert found["fair_score"].isna().tolist() == [False] * 6 + [True, True]


def test_of_several_rounds_the_last_counts():
    again = CROSSED.iloc[[0]].assign(score=64, round=2)
    rounds = pd.concat([CROSSED.assign(round=1), again], ignore_index=True)
    found = adjust(rounds)
    assert found.ratings["fair_score"].isna().tolist() == [True] + [False] * 6
    severity = found.evaluators.set_index("evaluator_id")["severity"]
    assert severity["mia"] == pytest.approx((6 + 12 + 8) / 3 / 2)


def test_a_scale_of_five_counts_as_points_of_a_hundred_and_is_kept():
    """One of four steps is 25 points of 100; nothing leaves the scale."""
    five = CROSSED.assign(score=[2, 3, 1, 3, 4, 5])
    found = adjust(five, {"work": (1, 5)})
    severity = found.evaluators.set_index("evaluator_id")["severity"]
    assert severity["mia"] == pytest.approx(25 * (1 + 2 + 1) / 3 / 2)
    assert found.ratings["fair_score"].between(1, 5).all()


def test_the_order_of_rows_and_names_changes_nothing():
    frame = points(4)
    turned = frame.iloc[::-1].assign(employee_id=lambda rows: "x" + rows["employee_id"])
    assert np.allclose(
        by_evaluator(frame)[["severity", "se", "shrunken"]],
        by_evaluator(turned)[["severity", "se", "shrunken"]],
    )


def test_effects_are_read_off_points_too():
    """Of four managers, who all rate everybody, kim gives all criteria what the first one got."""
    frame = points(6, employees=60, form_sd=0, each=4)
    first = frame.groupby(["employee_id", "evaluator_id"])["score"].transform("first")
    frame["score"] = frame["score"].mask(frame["evaluator_id"] == "kim", first)
    table = rater_effects(frame, adjust(frame)).query("effect == 'halo'")
    assert table.set_index("evaluator_id")["statistic"].idxmax() == "kim"
    assert table.set_index("evaluator_id").loc["kim", "flag"] == "halo"
    assert (table.set_index("evaluator_id")["flag"].drop("kim") == "").all()


def test_rows_may_have_any_index():
    twice = CROSSED.set_axis([0, 0, 1, 1, 2, 2])
    here, there = adjust(CROSSED), adjust(twice)
    assert there.ratings["fair_score"].tolist() == here.ratings["fair_score"].tolist()
    assert there.ratings.index.tolist() == [0, 0, 1, 1, 2, 2]


def test_who_handed_in_last_counts_whatever_the_order_of_the_rows():
    first = CROSSED.assign(submitted_at=pd.Timestamp("2026-11-02"))
    old = first.iloc[[0]].assign(score=0, submitted_at=pd.Timestamp("2026-11-01"))
    found = adjust(pd.concat([first, old], ignore_index=True))
    assert found.ratings["fair_score"].isna().tolist() == [False] * 6 + [True]
    assert found.evaluators["severity"].round(9).tolist() == [-5, 5]


def test_evaluators_who_are_their_criterion_are_not_told_apart_from_it():
    """Mia rates work and max speed, but for one person whom mia alone rates on speed."""
    rows = [
        (f"p{n}", name, "manager", criterion, 60 + n)
        for n in range(6)
        for name, criterion in (("mia", "work"), ("max", "speed"))
    ]
    frame = DataFrame([*rows, ("p9", "mia", "manager", "speed", 50)], columns=list(CROSSED))
    found = adjust(frame)
    assert found.evaluators["status"].tolist() == ["not_told_apart"] * 2
    assert found.ratings["fair_score"].isna().all()
    assert calibrate(frame.assign(cycle_id="2026-10")).effects.empty


def test_without_ratings_by_others_there_is_nothing():
    own = CROSSED.assign(evaluator_type="self")
    found = adjust(own)
    assert found.evaluators.empty and found.residuals.empty
    assert found.ratings["fair_score"].isna().all()
