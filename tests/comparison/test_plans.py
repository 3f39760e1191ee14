"""What improvement plans changed, beyond what was to be expected without them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from drawing import draw
from pandas import DataFrame
from scipy import stats

from csperf.comparison.plans import EFFECT, plan_effects
from csperf.comparison.spread import spread

SCORES = {  # of cycles 2026-01 to 2026-04; dan gets a plan after March
    "ann": [80, 82, 84, 81],
    "bob": [70, 74, 72, 75],
    "cai": [76, 75, 78, 78],
    "dan": [66, 64, 60, 70],
}
PLAN = draw("""
    plan_id | revision | cycle_id | employee_id
    p1      |          | 2026-03  | dan
""").assign(deadline=pd.NaT)


def history(scores: dict[str, list[float]]) -> DataFrame:
    """Scores of one team under one scheme, month by month."""
    rows = DataFrame(scores).rename_axis("month").reset_index()
    rows = rows.melt("month", var_name="employee_id").dropna(subset="value")
    return rows.assign(
        cycle_id=[f"2026-{month + 1:02}" for month in rows["month"]],
        **{"team_id": "t", "quantity_id": "score", "week": pd.NA, "status": "ok"},
        **{"scheme_id": "s", "scheme_version": "1"},
    )


def effect(rows: DataFrame, plans: DataFrame = PLAN, **options: int) -> dict:
    (row,) = plan_effects(rows, plans, **options).to_dict("records")
    return row


@pytest.mark.requirement("C-13", "I-04")
def test_a_change_is_taken_apart_into_that_of_the_group_regression_and_the_rest():
    row = effect(history(SCORES), before=1, after=1)
    before, later = (84 + 72 + 78) / 3, (81 + 75 + 78) / 3
    known = history({name: scores[:3] for name, scores in SCORES.items()})
    by = spread(known)
    r = by.between / (by.between + by.within)
    assert (row["baseline"], row["later"], row["change"]) == (60, 70, 10)
    assert row["group_change"] == pytest.approx(later - before)
    assert row["regression"] == pytest.approx((1 - r) * (before - 60))
    assert row["expected"] == pytest.approx(row["group_change"] + row["regression"])
    assert row["beyond"] == pytest.approx(70 - (later + r * (60 - before)))
    error = by.within * (r + 1) * (1 + 1 / 3) + (before - 60) ** 2 * by.reliability_se() ** 2
    half = stats.t.ppf(0.975, (4 - 1) * (3 - 1)) * error**0.5
    limits = [row["beyond"] - half, row["beyond"] + half]
    assert [row["low"], row["high"]] == pytest.approx(limits)
    assert (row["n_before"], row["n_after"], row["n_others"]) == (1, 1, 3)
    assert row["reliability"] == pytest.approx(r)


@pytest.mark.requirement("I-04")
def test_the_baseline_is_a_mean_of_own_cycles_up_to_the_plan():
    row = effect(history(SCORES))
    assert (row["n_before"], row["baseline"]) == (3, pytest.approx((66 + 64 + 60) / 3))
    by = spread(history({name: scores[:3] for name, scores in SCORES.items()}))
    assert row["reliability"] == pytest.approx(by.reliability(3))


@pytest.mark.requirement("C-13")
def test_what_counts_after_a_plan_begins_after_the_deadline_of_its_last_revision():
    longer = history({name: [*scores, 90, 92] for name, scores in SCORES.items()})
    revised = pd.concat([PLAN, PLAN.assign(revision=1)], ignore_index=True)
    revised["deadline"] = pd.to_datetime(["2026-03-31", "2026-04-30"])
    row = effect(longer, revised)
    assert (row["n_after"], row["later"]) == (2, (90 + 92) / 2)
    assert effect(longer, revised[:1])["n_after"] == 3


def without(rows: DataFrame, employee: str, cycle: str) -> DataFrame:
    return rows[~((rows["employee_id"] == employee) & (rows["cycle_id"] == cycle))]


@pytest.mark.requirement("C-13", "I-04")
@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (without(history(SCORES), "dan", "2026-03"), "no value in the cycle of the plan"),
        (without(history(SCORES), "dan", "2026-04"), "no cycle after the plan yet"),
        (
            without(history(SCORES), "bob", "2026-04"),
            "fewer than 3 colleagues without a plan in the same cycles",
        ),
        (
            history(SCORES).query("cycle_id > '2026-01'"),
            "fewer than 3 cycles up to the plan",
        ),
        (
            history({name: [70] * 4 for name in SCORES}),
            "too few people, or values that never vary",
        ),
    ],
)
def test_too_little_to_go_by_is_said(rows: DataFrame, reason: str):
    row = effect(rows)
    assert (row["outcome"], row["reason"]) == ("cannot_tell", reason)
    assert np.isnan([row["beyond"], row["low"], row["high"]]).all()


@pytest.mark.requirement("I-04")
def test_cycles_under_another_scheme_and_colleagues_with_a_plan_of_the_same_cycle_do_not_count():
    rows = history({**SCORES, "eve": [60, 61, 62, 63]})
    two = pd.concat([PLAN, PLAN.assign(plan_id="p2", employee_id="eve")], ignore_index=True)
    assert plan_effects(rows, two)["n_others"].tolist() == [3, 3]
    other = rows.assign(
        scheme_version=rows["scheme_version"].mask(rows["cycle_id"] == "2026-04", "2")
    )
    assert plan_effects(other, two)["reason"].unique() == ["no cycle after the plan yet"]


@pytest.mark.requirement("I-04")
def test_an_indicator_that_should_be_low_is_better_when_it_fell():
    falling = {
        name: [*scores[:3], scores[3] - 40 * (name == "dan")] for name, scores in SCORES.items()
    }
    rows = history(falling).assign(quantity_id="response_time_avg")
    (row,) = plan_effects(rows, PLAN, "response_time_avg").to_dict("records")
    assert row["high"] < 0 and row["outcome"] == "better"
    assert effect(history(falling))["outcome"] == "worse"


def test_no_plans_give_no_rows_and_the_declared_columns():
    found = plan_effects(history(SCORES), PLAN[:0])
    assert found.empty and list(found) == list(EFFECT)


# Simulated departments with known truth

TEAMS, SIZE, BEFORE, AFTER, SD = 4, 10, 6, 3, 5.0


def department(seed: int, effect: float = 0.0) -> tuple[DataFrame, DataFrame]:
    """Lasting levels and monthly noise of equal size; the last two of each team get a plan."""
    rng = np.random.default_rng(seed)
    months = BEFORE + AFTER
    level = rng.normal(70, SD, (TEAMS * SIZE, 1)) + rng.normal(0, 3, months)
    scores = level + rng.normal(0, SD, (TEAMS * SIZE, months))
    team = np.repeat(np.arange(TEAMS), SIZE)
    last_two = pd.Series(scores[:, BEFORE - 1]).groupby(team).rank().to_numpy() <= 2
    scores[np.ix_(last_two, range(BEFORE, months))] += effect
    names = [f"e{n:02}" for n in range(TEAMS * SIZE)]
    rows = history(dict(zip(names, scores.tolist(), strict=True)))
    rows = rows.assign(
        team_id=rows["employee_id"].map(dict(zip(names, team.astype(str), strict=True)))
    )
    planned = np.array(names)[last_two]
    plans = DataFrame({"plan_id": planned, "employee_id": planned, "cycle_id": f"2026-{BEFORE:02}"})
    return rows, plans.assign(revision=0, deadline=pd.NaT)


@pytest.fixture(scope="module")
def without_effect() -> DataFrame:
    """Effects found for plans that change nothing, of 40 departments."""
    found = [plan_effects(*department(seed), before=1) for seed in range(40)]
    return pd.concat(found, keys=range(40), names=["seed", None]).reset_index("seed")


@pytest.mark.requirement("C-13", "I-04")
def test_last_ranked_people_improve_without_any_effect_by_as_much_as_is_expected(
    without_effect: DataFrame,
):
    """With a reliability of one half, half of the way back to the colleagues."""
    assert len(without_effect) == 40 * TEAMS * 2
    by_seed = without_effect.groupby("seed")
    rise = by_seed["change"].mean() - by_seed["group_change"].mean()
    way_back = (rise / 0.5).mean()
    assert way_back > 2 * SD  # the last two of ten lie far below the others
    assert by_seed["regression"].mean().mean() == pytest.approx(rise.mean(), rel=0.1)


@pytest.mark.requirement("C-13", "I-04")
def test_beyond_the_expected_there_is_nothing_and_the_intervals_say_so(without_effect: DataFrame):
    by_seed = without_effect.groupby("seed")["beyond"].mean()
    assert abs(by_seed.mean()) < 2.5 * by_seed.std() / np.sqrt(len(by_seed))
    covered = (without_effect["low"] <= 0) & (without_effect["high"] >= 0)
    assert 0.92 <= covered.mean() <= 0.98
    assert (without_effect["outcome"] == "not_told_apart").mean() == covered.mean()


@pytest.mark.requirement("C-13", "I-04")
def test_a_planted_effect_of_ten_points_is_found():
    found = pd.concat(plan_effects(*department(seed, 10.0)) for seed in range(25))
    by_one = found["beyond"].mean()
    assert by_one == pytest.approx(10, abs=3 * found["beyond"].std() / np.sqrt(len(found)))
    covered = (found["low"] <= 10) & (found["high"] >= 10)
    assert 0.92 <= covered.mean() <= 0.98
    assert (found["outcome"] == "better").mean() > 0.6
    assert (found["outcome"] == "worse").sum() == 0
