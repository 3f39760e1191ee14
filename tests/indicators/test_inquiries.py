"""Inquiries and whether an order followed that is owed to the employee."""

from __future__ import annotations

import pytest
from drawing import draw
from measuring import ONE_ANSWER_EACH, chats, measured, owners, per, shop


@pytest.mark.requirement("B-01", "B-02")
def test_conversion_counts_a_customer_once_whatever_the_talks_and_orders():
    tables = shop(
        ONE_ANSWER_EACH,
        """
        order_id | customer_id | placed_at        | amount
        o1       | k1          | 2026-10-05 10:30 | 100
        o2       | k1          | 2026-10-05 10:31 | 100
        o3       | k9          | 2026-10-05 13:00 | 100
    """,
        customer_id=["k1", "k1", "k2", "k3"],
    )
    won, lost = (measured(tables, name) for name in ("inquiry_conversion", "inquiry_loss_rate"))
    assert (won["value"], won["n"]) == (1 / 3, 3)
    assert (lost["value"], lost["numerator"]) == (2 / 3, 2)
    assert lost["low"] == pytest.approx(1 - won["high"])
    assert lost["high"] == pytest.approx(1 - won["low"])


@pytest.mark.requirement("B-01")
def test_only_pre_sales_talks_are_inquiries_and_customers_without_an_order_stay_in():
    tables = shop(
        ONE_ANSWER_EACH,
        """
        order_id | customer_id | placed_at        | amount
        o1       | k2          | 2026-10-05 13:00 | 100
        o2       | k4          | 2026-10-05 13:00 | 100
    """,
        customer_id=["k1", "k2", "k3", "k4"],
        kind=["pre_sales", "pre_sales", "in_sales", "after_sales"],
    )
    won = measured(tables, "inquiry_conversion")
    assert (won["numerator"], won["denominator"]) == (1, 2)


@pytest.mark.requirement("B-01")
def test_an_order_before_the_inquiry_does_not_convert_it():
    tables = shop(
        ONE_ANSWER_EACH,
        """
        order_id | customer_id | placed_at        | amount
        o1       | k1          | 2026-10-05 09:30 | 100
    """,
        customer_id=["k1", "k1", "k2", "k3"],
        kind=["after_sales", "pre_sales", "after_sales", "after_sales"],
    )
    assert owners(tables) == {"ann": 100}
    assert measured(tables, "inquiry_conversion")["value"] == 0 / 1


@pytest.mark.requirement("B-01")
def test_inquiries_without_orders_convert_at_zero_with_an_interval():
    orders = draw("order_id | customer_id | placed_at | amount").astype({"amount": float})
    row = measured({**chats(ONE_ANSWER_EACH), "orders": orders}, "inquiry_conversion")
    assert (row["value"], row["n"], row["low"]) == (0, 1, 0)
    assert row["high"] == pytest.approx(3.8415 / (1 + 3.8415), abs=1e-4)  # z^2 / (n + z^2)


@pytest.mark.requirement("B-01")
def test_an_inquiry_handed_over_converts_for_the_colleague_and_for_the_team():
    tables = shop(
        """
        at       | sender   | employee_id
        10:00:00 | customer |
        10:01:00 | agent    | ann
        10:05:00 | agent    | bea
    """,
        """
        order_id | customer_id | placed_at        | amount
        o1       | k1          | 2026-10-05 10:30 | 100
    """,
    )
    assert per("employee_id", tables, "inquiry_conversion") == {"ann": 0, "bea": 1}
    whole = measured(tables, "inquiry_conversion")
    assert (whole["value"], whole["n"]) == (1, 1)


@pytest.mark.requirement("B-01")
def test_an_inquiry_that_nobody_answered_is_a_loss_of_whom_it_was_routed_to():
    tables = shop(
        """
        at       | sender   | employee_id
        10:00:00 | customer |
    """,
        """
        order_id | customer_id | placed_at        | amount
        o1       | k1          | 2026-10-05 10:30 | 100
    """,
    )
    assert per("employee_id", tables, "inquiry_conversion") == {"ann": 0}


@pytest.mark.requirement("B-01")
def test_a_customer_who_is_not_recorded_is_left_out_of_conversion():
    tables = shop(
        ONE_ANSWER_EACH,
        """
        order_id | customer_id | placed_at        | amount
        o1       | k1          | 2026-10-05 13:00 | 100
        o2       |             | 2026-10-05 13:00 | 100
    """,
        customer_id=["k1", "k2", None, None],
    )
    assert measured(tables, "inquiry_conversion")["value"] == 1 / 2
