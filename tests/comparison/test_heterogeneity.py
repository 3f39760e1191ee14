"""Whether people differ at all: by arithmetic, by chance, and on real data."""

from __future__ import annotations

import numpy as np
import pytest
from drawing import draw
from pandas import DataFrame
from scipy import stats

from csperf import InputError, heterogeneity
from csperf.comparison.heterogeneity import together


def test_the_spread_is_held_against_the_errors():
    """q = (2/1)^2 + 0 + (2/1)^2 = 8 with 2 degrees of freedom: p = exp(-4)."""
    rows = draw(
        """
        employee_id | estimate | se
        ann         | 72       | 1
        bob         | 70       | 1
        cem         | 68       | 1
        """
    )
    row = heterogeneity(rows).iloc[0]
    assert (row["n"], row["q"], row["df"]) == (3, 8, 2)
    assert row["p_value"] == pytest.approx(np.exp(-4))
    # (q - df) / (sum of weights - sum of their squares / their sum) = 6 / (3 - 1)
    assert row["true_sd"] == pytest.approx(np.sqrt(3))
    assert row["reliability"] == pytest.approx(3 / (3 + 1))
    assert row["differ"]


def test_equal_people_are_said_to_differ_in_one_of_twenty_teams():
    rng = np.random.default_rng(7)
    rows = DataFrame({"group": np.repeat(np.arange(2_000), 8).astype(str), "se": 3.0})
    rows["employee_id"] = [f"e{i % 8}" for i in range(len(rows))]
    found = heterogeneity(rows.assign(estimate=70 + 3 * rng.standard_normal(len(rows))))
    assert found["differ"].mean() == pytest.approx(0.05, abs=0.015)


def test_groups_are_judged_each_and_together_and_pairs_are_not():
    rows = draw(
        """
        employee_id | estimate | se | group
        ann         | 72       | 1  | a
        bob         | 70       | 1  | a
        cem         | 68       | 1  | a
        dee         | 70       | 1  | b
        eli         | 70       | 1  | b
        fay         | 70       | 1  | b
        gus         | 50       | 1  | c
        hal         | 90       | 1  | c
        ida         |          | 1  | c
        """
    )
    found = heterogeneity(rows)
    assert found["group"].tolist() == ["a", "b"]
    assert found["differ"].tolist() == [True, False]
    assert together(found) == pytest.approx(stats.chi2.sf(8 + 0, 2 + 2))
    assert np.isnan(together(heterogeneity(rows.iloc[-3:])))


def test_what_is_no_error_is_refused():
    rows = DataFrame({"employee_id": ["a"], "estimate": [70.0]})
    with pytest.raises(InputError, match="'se'"):
        heterogeneity(rows)
    with pytest.raises(InputError, match="below 0"):
        heterogeneity(rows.assign(se=-1.0))
