"""A target taken apart: worked by hand, and what holds for any numbers."""

from __future__ import annotations

from math import fsum

import numpy as np
import pytest
from drawing import draw
from hypothesis import given
from hypothesis import strategies as st
from pandas import DataFrame

from csperf.errors import InputError
from csperf.practice.decomposition import decompose, is_summed, reconcile, upper_limit

TEAMS = """
unit_id | volume | baseline | capacity
online  | 600    | 0.50     | 900
phone   | 400    | 0.30     | 300
"""
SALES = """
unit_id | volume | baseline | capacity
online  | 600    | 80000    | 900
phone   | 400    | 40000    | 300
"""


def parts(found: object) -> list[float]:
    return [float(part) for part in found.parts["target"]]  # type: ignore[attr-defined]


@pytest.mark.requirement("A-10")
def test_a_sum_is_shared_out_by_volume_baseline_or_capacity_and_adds_up() -> None:
    units = draw(SALES)
    by = {
        method: decompose(150_000, units, method, summed=True)
        for method in ("volume", "uplift", "capacity")
    }
    assert parts(by["volume"]) == [150_000 * 600 / 1000, 150_000 * 400 / 1000]
    assert parts(by["uplift"]) == [80_000 * 1.25, 40_000 * 1.25]  # 150,000 is 1.25 x 120,000
    assert parts(by["capacity"]) == [150_000 * 900 / 1200, 150_000 * 300 / 1200]
    assert [found.residual for found in by.values()] == [0, 0, 0]


@pytest.mark.requirement("A-10")
def test_a_share_is_not_summed_but_weighted_by_volume() -> None:
    units = draw(TEAMS)  # so far 0.6 x 0.50 + 0.4 x 0.30 = 0.42; the target asks for 0.05 more
    same = decompose(0.47, units, "volume", summed=False, highest=1)
    assert parts(same) == [0.47, 0.47]
    uplift = decompose(0.47, units, "uplift", summed=False, highest=1)
    assert parts(uplift) == pytest.approx([0.50 + 0.05, 0.30 + 0.05])
    # Of the 50 more successes among 1,000 customers online takes 900 / 1200, which is 37.5.
    capacity = decompose(0.47, units, "capacity", summed=False, highest=1)
    assert parts(capacity) == pytest.approx([0.50 + 37.5 / 600, 0.30 + 12.5 / 400])
    for found in (same, uplift, capacity):
        assert fsum(found.parts["weight"] * found.parts["target"]) == pytest.approx(0.47)
        assert found.residual == 0


@pytest.mark.requirement("A-10")
def test_what_a_team_at_100_per_cent_cannot_take_goes_to_the_others() -> None:
    units = draw("unit_id | volume | baseline\na | 50 | 0.95\nb | 50 | 0.55")
    # So far 0.75; 0.90 asks for 0.15 more, and a can only take 0.05: b has to reach 0.80.
    found = decompose(0.90, units, "uplift", summed=False, highest=1)
    assert parts(found) == pytest.approx([1.00, 0.80])
    assert list(found.parts["at_limit"]) == [True, False]
    assert found.residual == 0


@pytest.mark.requirement("A-10")
def test_what_nobody_can_take_is_the_residual() -> None:
    # b has no capacity for more: a goes to its limit, and 0.5 x (1.0 + 0.2) = 0.6 of 0.7.
    units = draw("unit_id | volume | baseline | capacity\na | 50 | 0.9 | 10\nb | 50 | 0.2 | 0")
    found = decompose(0.7, units, "capacity", summed=False, highest=1)
    assert parts(found) == pytest.approx([1.0, 0.2])
    assert found.residual == pytest.approx(0.1)


@pytest.mark.requirement("A-10")
def test_counts_are_whole_and_still_add_up_by_largest_remainders() -> None:
    units = draw("unit_id | volume\na | 50\nb | 30\nc | 20")
    # 7 x 0.5, 0.3, 0.2 = 3.5, 2.1, 1.4: the seventh goes to a.
    found = decompose(7, units, summed=True, step=1)
    assert (parts(found), found.residual) == ([4, 2, 1], 0)
    # 7.5 is no whole number: half a one is nobody's.
    assert decompose(7.5, units, summed=True, step=1).residual == 0.5


def test_what_cannot_be_taken_apart_is_refused_with_the_unit() -> None:
    units = draw("unit_id | volume | baseline\na | 5 | 0.1\nb |  | 0.2")
    with pytest.raises(InputError, match="decompose: volume: 'b' has no number from 0"):
        decompose(0.5, units, summed=False, highest=1)
    with pytest.raises(InputError, match="it is from 0 to 1"):
        decompose(1.2, units.head(1), summed=False, highest=1)
    with pytest.raises(InputError, match="'a' stands twice"):
        decompose(1, draw("unit_id | volume\na | 1\na | 2"), summed=True)
    with pytest.raises(InputError, match="capacity: 'a' has no number"):
        decompose(1, units.head(1), "capacity", summed=True)


@pytest.mark.requirement("A-10")
def test_targets_that_were_set_are_held_against_the_target_of_the_whole() -> None:
    set_ = draw("target | volume\n0.50 | 600\n0.40 | 400")
    assert reconcile(0.48, set_, summed=False) == pytest.approx((0.46, 0.02))
    assert reconcile(100, draw("target | volume\n60 | 1\n30 | 1"), summed=True) == (90, 10)
    unknown = reconcile(0.48, set_.assign(volume=[np.nan, 400]), summed=False)
    assert np.isnan(unknown).all()


def test_sales_add_up_and_conversions_do_not() -> None:
    assert is_summed("order_amount_total") and not is_summed("inquiry_conversion")
    assert not is_summed("customer_unit_price")
    assert (upper_limit("inquiry_conversion"), upper_limit("customer_unit_price")) == (1, np.inf)


numbers = st.floats(0.01, 1000)
rows = st.lists(st.tuples(numbers, st.floats(0, 1), numbers), min_size=1, max_size=12)
methods = st.sampled_from(["volume", "uplift", "capacity"])


def units_of(drawn: list[tuple[float, float, float]], named: str = "u") -> DataFrame:
    frame = DataFrame(drawn, columns=["volume", "baseline", "capacity"])
    return frame.assign(unit_id=[f"{named}{place:02}" for place in range(len(frame))])


@given(rows, methods, st.floats(0, 1))
@pytest.mark.requirement("A-10")
def test_a_share_always_reconciles_within_its_range(drawn, method, target) -> None:
    found = decompose(target, units_of(drawn), method, summed=False, highest=1)
    shares, weight = found.parts["target"], found.parts["weight"]
    assert ((shares >= 0) & (shares <= 1)).all()
    assert fsum(weight * shares) == pytest.approx(target, abs=1e-6)


@given(rows, st.sampled_from(["volume", "capacity"]), st.integers(0, 5000))
@pytest.mark.requirement("A-10")
def test_a_sum_always_reconciles_also_in_whole_numbers(drawn, method, target) -> None:
    units = units_of(drawn)
    exact = decompose(target, units, method, summed=True)
    assert fsum(exact.parts["target"]) == pytest.approx(target)
    whole = decompose(target, units, method, summed=True, step=1)
    assert (fsum(whole.parts["target"]), whole.residual) == (target, 0)
    assert ((whole.parts["target"] - exact.parts["target"]).abs() < 1 + 1e-6).all()


@given(rows, methods, st.floats(0, 1), st.randoms())
def test_new_names_and_another_order_change_nothing(drawn, method, target, random) -> None:
    units = units_of(drawn)
    before = decompose(target, units, method, summed=False, highest=1)
    order = list(range(len(units)))
    random.shuffle(order)
    again = decompose(target, units_of(drawn, "x").iloc[order], method, summed=False, highest=1)
    back = again.parts.set_axis(order).sort_index()
    assert list(back["target"]) == pytest.approx(list(before.parts["target"]), abs=1e-9)


@given(rows, st.integers(0, 500), st.randoms())
def test_units_alike_share_the_same_whole_numbers_whatever_they_are_called(
    drawn, target, random
) -> None:
    units = units_of(drawn)
    order = list(range(len(units)))
    random.shuffle(order)
    renamed = units.assign(unit_id=[f"{place:02}" for place in order])
    found = [
        sorted(
            zip(drawn, decompose(target, each, summed=True, step=1).parts["target"], strict=True)
        )
        for each in (units, renamed)
    ]
    assert found[0] == found[1]
