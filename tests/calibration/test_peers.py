"""Own views and pairs of peers, drawn by hand and with known favours."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from drawing import draw
from pandas import DataFrame

from csperf.calibration.drift import severity_drift
from csperf.calibration.peers import reciprocal_extremes, self_inflation


def peers(seed: int, people: int = 12, friends: float = 0.0, proud: float = 0.0) -> DataFrame:
    """Everybody rates everybody on two criteria; p0 and p1 favour each other, p2 is proud."""
    rng = np.random.default_rng(seed)
    level = rng.normal(60, 8, people)
    rows = []
    for who in range(people):
        for by in range(people):
            more = friends * ({who, by} == {0, 1}) + proud * (who == by == 2) + 5 * (who == by)
            kind = "self" if who == by else "peer"
            given = level[who] + more + rng.normal(0, 4) + rng.normal(0, 2, 2)
            rows += [(f"p{who}", f"p{by}", kind, f"c{i}", score) for i, score in enumerate(given)]
    names = ["employee_id", "evaluator_id", "evaluator_type", "criterion_id", "score"]
    return DataFrame(rows, columns=names).assign(cycle_id="2026-10")


def test_an_own_view_is_held_against_what_others_gave_on_the_same_criteria():
    """Own 90 and 80 against (70 + 60) / 2 and (60 + 50) / 2: 85 - 60 = 25 above."""
    table = draw("""
        employee_id | evaluator_id | evaluator_type | criterion_id | score
        ann         | ann          | self           | a            | 90
        ann         | ann          | self           | b            | 80
        ann         | mia          | peer           | a            | 70
        ann         | mia          | peer           | b            | 60
        ann         | max          | peer           | a            | 60
        ann         | max          | peer           | b            | 50
        ann         | max          | peer           | c            | 10
    """)
    row = self_inflation(table).iloc[0]
    assert row["difference"] == 25
    # Two forms at 65 and 55: SD 7.07 with one degree of freedom; the mean of two has its own error.
    assert row["high"] - row["low"] == pytest.approx(2 * 1.959964 * np.sqrt(50) * np.sqrt(1.5))
    assert row["n_evaluators"] == 2


def test_only_who_is_prouder_than_usual_is_flagged():
    """Everybody gives himself 5 more, which is usual; p2 gives himself 35 more."""
    found = self_inflation(peers(1, proud=30.0)).set_index("employee_id")
    assert found["usual"].iloc[0] == pytest.approx(5, abs=3)
    assert found.loc["p2", "flag"] == "inflated"
    assert (found["flag"].drop("p2") == "").all()
    assert (self_inflation(peers(2))["flag"] == "").all()


def test_two_who_lift_each_other_are_found_and_nobody_else():
    found = reciprocal_extremes(peers(3, friends=25.0))
    flagged = found[found["flag"] != ""]
    assert flagged[["evaluator_id", "other_id", "flag"]].to_numpy().tolist() == [
        ["p0", "p1", "favour"]
    ]
    assert len(found) == 12 * 11 / 2
    assert (reciprocal_extremes(peers(4))["flag"] == "").all()


def test_two_who_spoil_each_other_are_told_apart_from_friends():
    found = reciprocal_extremes(peers(5, friends=-25.0))
    assert found.loc[found["flag"] != "", "flag"].tolist() == ["spoil"]


def cycles(per_cycle: float, n: int = 6) -> DataFrame:
    """Three managers of whom mia takes more off in each of six months."""
    rng = np.random.default_rng(7)
    frames = []
    for place in range(n):
        rows = [
            (f"p{who}", by, "manager", f"c{i}", 60 + 3 * who % 17 + rng.normal(0, 3))
            for who in range(20)
            for by in ("mia", "max", "kim")
            for i in range(3)
        ]
        names = ["employee_id", "evaluator_id", "evaluator_type", "criterion_id", "score"]
        frame = DataFrame(rows, columns=names).assign(cycle_id=f"2026-{place + 1:02}")
        frame.loc[frame["evaluator_id"] == "mia", "score"] -= per_cycle * place
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def test_an_evaluator_who_grows_harsher_is_found():
    """Three points a month of mia are two against the mean of the three, and one less of others."""
    found = severity_drift(cycles(3.0)).set_index("evaluator_id")
    assert found.loc["mia", "flag"] == "harsher"
    assert found["per_cycle"].to_dict() == pytest.approx({"kim": -1, "max": -1, "mia": 2}, abs=0.3)
    assert found.loc["mia", "low"] < 2 < found.loc["mia", "high"]
    assert (severity_drift(cycles(0.0))["flag"] == "").all()


def test_two_cycles_are_too_few_to_tell_a_drift():
    assert severity_drift(cycles(3.0, n=2)).empty


def test_of_one_cycle_there_is_no_drift():
    found = severity_drift(cycles(3.0, n=1))
    assert found.empty
    assert list(found) == list(severity_drift(cycles(3.0)))


def test_evaluators_who_always_agree_do_not_drift():
    """Everybody gets 60 of all, in each month."""
    found = severity_drift(cycles(0.0).assign(score=60))
    assert found["per_cycle"].tolist() == [0, 0, 0]
    assert found[["low", "high", "p_value", "p_adjusted"]].isna().all(axis=None)
    assert found["flag"].tolist() == ["", "", ""]


def exact(taken: list[float]) -> DataFrame:
    """Ten people with levels of their own in some months; mia takes so much off, max nothing."""
    rows = [
        (f"p{who}", by, f"2026-{month:02}", 50.1 + 3.3 * who - off * (by == "mia"))
        for month, off in enumerate(taken, start=1)
        for who in range(10)
        for by in ("mia", "max")
    ]
    frame = DataFrame(rows, columns=["employee_id", "evaluator_id", "cycle_id", "score"])
    return frame.assign(evaluator_type="manager", criterion_id="work")


def test_a_drift_without_any_noise_has_no_interval():
    """Half of 2, 4, 6 and 8 points against the mean of the two: one point a month more."""
    found = severity_drift(exact([2, 4, 6, 8])).set_index("evaluator_id")
    assert found["per_cycle"].to_dict() == pytest.approx({"mia": 1, "max": -1})
    assert found[["low", "high", "p_value"]].isna().all(axis=None)
    assert (found["flag"] == "").all()


def test_where_no_cycle_has_noise_the_months_around_the_line_tell_it():
    """Severities of mia 1, 2, 4, 3: slope .8, left -.3, -.1, 1.1, -.7, of variance 1.8 / 2."""
    found = severity_drift(exact([2, 4, 8, 6])).set_index("evaluator_id")
    assert found.loc["mia", "per_cycle"] == pytest.approx(0.8)
    half = 1.959964 * np.sqrt(1.8 / 2 / 5)
    assert found.loc["mia", "high"] - 0.8 == pytest.approx(half, abs=1e-5)


def test_a_month_without_noise_does_not_decide_alone():
    """Of six months one has no spread at all; it counts as much as the middle one."""
    plain = cycles(3.0)
    same = plain["cycle_id"] == "2026-03"
    level = plain.groupby(["cycle_id", "employee_id"])["score"].transform("mean")
    flat = plain.assign(
        score=plain["score"].mask(same, level - 6 * (plain["evaluator_id"] == "mia"))
    )
    found = severity_drift(flat).set_index("evaluator_id")
    assert found.loc["mia", "flag"] == "harsher"
    assert found.loc["mia", "per_cycle"] == pytest.approx(2, abs=0.3)
