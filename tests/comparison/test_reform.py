"""What a reform changed: by arithmetic, by chance, and where it cannot be told."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pandas import DataFrame
from scipy import stats

from csperf import InputError, reform_effect
from csperf.params import Cycle

YEAR = [f"2026-{month:02}" for month in range(1, 13)]
TWO_YEARS = [*YEAR, *(id.replace("2026", "2027") for id in YEAR)]


def series(values, group="a"):
    cycles = TWO_YEARS[: len(values)]
    return DataFrame({"group_id": group, "cycle_id": cycles, "value": values})


def test_a_jump_beside_a_trend_is_the_reform_and_the_trend_is_not():
    """1 a cycle, and 5 more from July on; alternating errors of 0.1."""
    noise = 0.1 * np.array([1, -1] * 6)
    values = 60 + np.arange(12) + 5 * (np.arange(12) >= 6) + noise
    row = reform_effect(series(values), "2026-07").iloc[0]
    assert row["status"] == "ok"
    assert row["formula"] == "value ~ cycle + reform"
    assert row["estimate"] == pytest.approx(5, abs=0.2)
    assert row["low"] < 5 < row["high"]
    assert (row["before"], row["after"], row["df"]) == (6, 6, 9)
    # The plain difference of means takes six cycles of trend for the reform.
    assert row["mean_after"] - row["mean_before"] == pytest.approx(5 + 6)


def test_a_trend_that_went_on_is_no_reform():
    rng = np.random.default_rng(3)
    row = reform_effect(series(60 + np.arange(12) + rng.standard_normal(12)), "2026-07").iloc[0]
    assert row["mean_after"] - row["mean_before"] > 5
    assert row["low"] < 0 < row["high"]


@pytest.mark.requirement("G0-7")
def test_with_other_groups_what_happened_to_all_is_taken_out():
    """Changes 9 and 7 of the reformed, 2, 4 and 3 of the others: 8 - 3 = 5."""
    changes = {"a": 9, "b": 7, "c": 2, "d": 4, "e": 3}
    rows = pd.concat(
        series([50.0, 50.0, 50.0 + c, 50.0 + c], group) for group, c in changes.items()
    )
    row = reform_effect(rows, "2026-03", ["a", "b"]).iloc[0]
    assert row["formula"] == "change ~ reformed"
    assert row["estimate"] == pytest.approx(5)
    # Pooled variance of the changes: (2 + 2) / 3; of the difference: that x (1/2 + 1/3).
    se = np.sqrt(4 / 3 * (1 / 2 + 1 / 3))
    assert row["high"] - row["estimate"] == pytest.approx(stats.t.ppf(0.975, 3) * se)
    assert row["p_value"] == pytest.approx(2 * stats.t.sf(5 / se, 3))


def test_a_reform_that_did_nothing_seems_to_have_done_something_in_one_of_twenty_years():
    rng = np.random.default_rng(11)
    found = [
        reform_effect(series(rng.standard_normal(12)), "2026-07")["p_value"].iloc[0] < 0.05
        for _ in range(200)
    ]
    assert np.mean(found) == pytest.approx(0.05, abs=0.04)


def test_one_number_before_and_one_after_cannot_tell():
    row = reform_effect(series([70.0, 91.0]), Cycle.parse("2026-02")).iloc[0]
    assert row["mean_after"] / row["mean_before"] == pytest.approx(1.30)
    assert row["status"] == "too_few_cycles"
    assert np.isnan(row["estimate"])


def test_too_few_groups_cannot_tell():
    rows = pd.concat(series([50.0, 50.0, 50.0], group) for group in "abc")
    row = reform_effect(rows, "2026-02", ["a"]).iloc[0]
    assert row["status"] == "too_few_groups"
    assert np.isnan(row["p_value"])


def test_waves_make_the_interval_too_narrow_and_are_named():
    values = np.sin(np.arange(24)) * 5
    row = reform_effect(series(values), "2026-07").iloc[0]
    assert row["status"] == "autocorrelated"
    assert row["autocorrelation"] > 0.3


def test_independent_cycles_are_called_autocorrelated_in_one_case_of_twenty():
    rng = np.random.default_rng(12)
    found = [
        reform_effect(series(rng.standard_normal(12)), "2026-07")["status"].iloc[0]
        for _ in range(200)
    ]
    assert np.mean([status == "autocorrelated" for status in found]) == pytest.approx(
        0.05, abs=0.04
    )


def test_months_that_are_missing_leave_the_trend_where_it_is():
    """A point a cycle; July and August are missing, the reform of September did nothing."""
    rows = series(60 + np.arange(14.0) + 0.1 * np.array([1, -1] * 7))
    kept = rows[~rows["cycle_id"].isin(["2026-07", "2026-08"])]
    row = reform_effect(kept, "2026-09").iloc[0]
    assert row["low"] < 0 < row["high"]
    assert abs(row["estimate"]) < 0.3


def test_a_group_that_came_with_the_reform_is_left_out():
    rows = pd.concat([series(80 + 0.1 * np.array([1.0, -1] * 6)), series([60.0] * 12, "b")[6:]])
    row = reform_effect(rows, "2026-07").iloc[0]
    assert row["groups"] == 1
    assert abs(row["estimate"]) < 0.5


def test_values_that_never_change_are_no_autocorrelation_and_no_change():
    row = reform_effect(series(np.full(12, 70.0)), "2026-07").iloc[0]
    assert row["status"] == "ok"
    assert row["estimate"] == pytest.approx(0, abs=1e-9)


def test_cycles_of_two_lengths_are_refused():
    rows = pd.concat([series(np.arange(12.0)), DataFrame({"group_id": "a", "cycle_id": ["2025"]})])
    with pytest.raises(InputError, match="not as long as"):
        reform_effect(rows.assign(value=1.0), "2026-07")


@pytest.mark.parametrize(
    ("first", "reformed", "told"),
    [
        ("2027-01", None, "no cycles on one side"),
        ("2026-01", None, "no cycles on one side"),
        ("2026-07", ["z"], "no group 'z'"),
        ("2026-07", [], "no group is named"),
    ],
)
def test_what_cannot_be_asked_is_refused(first, reformed, told):
    with pytest.raises(InputError, match=told):
        reform_effect(series(np.arange(12.0)), first, reformed)
