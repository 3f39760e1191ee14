"""Trends over cycles by hand: slopes between any two cycles, and how likely their order is."""

from __future__ import annotations

from itertools import combinations
from math import factorial, sqrt
from statistics import median

import numpy as np
import pytest
from pandas import DataFrame

from csperf import InputError
from csperf.comparison import trend

EIGHT = [10.0, 12.0, 11.0, 15.0, 14.0, 18.0, 30.0, 19.0]


def of(values: list[float]) -> dict[str, object]:
    return trend(DataFrame({"value": values})).iloc[0].to_dict()


@pytest.mark.requirement("F-10", "L-04")
def test_the_slope_is_the_median_of_the_slopes_between_any_two_cycles():
    slopes = sorted((b - a) / (j - i) for (i, a), (j, b) in combinations(enumerate(EIGHT), 2))
    found = of(EIGHT)
    assert found["n"] == 8 and found["status"] == "ok"
    assert found["slope"] == pytest.approx(median(slopes))
    reach = 1.96 * sqrt(8 * 7 * 21 / 18)  # of the sum of signs: 15.8 of 28
    assert round((28 - reach) / 2) == 6 and round((28 + reach) / 2) == 22
    assert (found["low"], found["high"]) == pytest.approx((slopes[5], slopes[22]))


def test_the_probability_is_that_of_the_order_of_the_values():
    assert of(list(range(8)))["p_value"] == pytest.approx(2 / factorial(8))
    one_swapped = [1, 0, 2, 3, 4, 5, 6, 7]  # seven orders have one pair wrong, one has none
    assert of(one_swapped)["p_value"] == pytest.approx(2 * (1 + 7) / factorial(8))
    falling = of(EIGHT[::-1])
    assert falling["slope"] == pytest.approx(-of(EIGHT)["slope"])
    assert falling["p_value"] == pytest.approx(of(EIGHT)["p_value"])


def test_one_odd_cycle_moves_a_trend_little():
    assert of([*range(7), 700.0])["slope"] == pytest.approx(1.0)


@pytest.mark.requirement("F-10")
def test_fewer_than_eight_values_are_no_trend():
    found = of([*EIGHT[:7], np.nan])
    assert (found["n"], found["status"]) == (7, "too_few")
    assert np.isnan([found["slope"], found["low"], found["high"], found["p_value"]]).all()


def test_a_cycle_without_a_value_keeps_its_place():
    found = of([0.0, 1.0, 2.0, 3.0, np.nan, np.nan, 6.0, 7.0, 8.0, 9.0])
    assert (found["n"], found["slope"], found["low"]) == (8, 1.0, 1.0)


def test_cycles_that_are_all_the_same_have_no_trend():
    found = of([0.97] * 9)
    assert (found["slope"], found["low"], found["high"], found["p_value"]) == (0, 0, 0, 1)


def test_each_quantity_has_a_trend_of_its_own():
    names = ["b"] * 8 + ["a"] * 8
    found = trend(DataFrame({"name": names, "value": [*EIGHT, *EIGHT[::-1]]}), by="name")
    assert found["name"].tolist() == ["b", "a"]
    assert found["slope"].tolist() == [of(EIGHT)["slope"], of(EIGHT[::-1])["slope"]]
    assert trend(DataFrame({"name": [], "value": []}), by="name").empty
    with pytest.raises(InputError, match="trend, column 'team': it is not there"):
        trend(DataFrame({"value": EIGHT}), by="team")
