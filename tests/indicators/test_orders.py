"""Whom an order is owed to, and the indicators of orders, payments and complaints."""

from __future__ import annotations

import pandas as pd
import pytest
from drawing import draw
from measuring import ONE_ANSWER_EACH, chats, measured, owners, per, shop

from csperf.params import Cycle

OCTOBER = Cycle.parse("2026-10")
THREE_AGENTS = """
    conversation_id | at       | sender   | employee_id
    v1              | 09:00:00 | customer |
    v1              | 09:01:00 | agent    | ann
    v2              | 10:00:00 | customer |
    v2              | 10:01:00 | agent    | bea
    v2              | 10:05:00 | agent    | cai
    v2              | 10:20:00 | agent    | bea
"""


@pytest.mark.requirement("B-09", "B2")
def test_an_order_is_owed_to_the_last_who_wrote_before_it_and_totals_reconcile():
    tables = shop(
        THREE_AGENTS,
        """
        order_id | customer_id | placed_at        | amount
        o1       | k1          | 2026-10-05 10:10 | 100
        o2       | k1          | 2026-10-05 10:30 | 30
        o3       | stranger    | 2026-10-05 10:30 | 7
    """,
    )
    assert owners(tables) == {"bea": 30, "cai": 100}
    assert owners(tables, touch="first") == {"ann": 100 + 30}
    assert measured(tables, "order_amount_total")["value"] == 100 + 30 + 7


@pytest.mark.requirement("B-09", "B2")
def test_in_two_talks_at_once_the_last_message_decides_though_its_writer_began_first():
    tables = shop(
        """
        conversation_id | at       | sender   | employee_id
        v1              | 10:00:00 | customer |
        v1              | 10:01:00 | agent    | ann
        v2              | 10:02:00 | customer |
        v2              | 10:03:00 | agent    | bea
        v1              | 10:04:00 | agent    | ann
        v2              | 10:06:00 | agent    | bea
    """,
        """
        order_id | customer_id | placed_at        | amount
        o1       | k1          | 2026-10-05 10:05 | 100
        o2       | k1          | 2026-10-05 10:07 | 30
    """,
    )
    assert owners(tables) == {"ann": 100, "bea": 30}


@pytest.mark.requirement("B2")
def test_an_order_before_the_talk_or_before_any_message_of_a_person_is_silent():
    orders = """
        order_id | customer_id | placed_at           | amount
        o1       | k1          | 2026-10-05 09:59:59 | 1
        o2       | k1          | 2026-10-05 10:00:00 | 2
        o3       | k1          | 2026-10-05 10:04:00 | 4
        o4       | k1          | 2026-10-05 10:05:00 | 8
        o5       | k1          | 2026-10-05 10:05:01 | 16
        o6       |             | 2026-10-05 10:06:00 | 32
    """
    tables = shop(
        """
        at       | sender   | employee_id | is_auto
        10:00:00 | customer |             |
        10:00:02 | agent    | ann         | true
        10:00:03 | bot      | robot       |
        10:05:00 | agent    | ann         |
    """,
        orders,
    )
    assert owners(tables) == {"ann": 16}
    assert owners(tables, bots="include") == {"ann": 16}


@pytest.mark.requirement("B2")
def test_the_order_window_ends_with_the_next_local_day_after_the_talk_began():
    orders = """
        order_id | customer_id | placed_at           | amount
        o1       | k1          | 2026-10-06 15:59:59 | 1
        o2       | k1          | 2026-10-06 23:59:59 | 2
        o3       | k1          | 2026-10-07 00:00:00 | 4
        o4       | k1          | 2026-10-07 06:59:59 | 8
        o5       | k1          | 2026-10-07 07:00:00 | 16
    """
    tables = shop(
        """
        at       | sender   | employee_id
        08:00:00 | customer |
        08:01:00 | agent    | ann
    """,
        orders,
    )
    assert owners(tables) == {"ann": 1 + 2}
    assert owners(tables, order_window_days=0) == {}
    assert owners(tables, order_window_days=2) == {"ann": 1 + 2 + 4 + 8 + 16}
    assert owners(tables, timezone="Asia/Shanghai") == {"ann": 1}
    assert owners(tables, timezone="America/Los_Angeles") == {"ann": 1 + 2 + 4 + 8}


@pytest.mark.requirement("B2")
def test_the_owner_that_the_shop_software_names_goes_first():
    tables = shop(
        THREE_AGENTS,
        """
        order_id | customer_id | placed_at        | amount | attributed_employee_id
        o1       | k1          | 2026-10-05 10:10 | 100    | dan
        o2       | k1          | 2026-10-05 10:30 | 30     |
        o3       | stranger    | 2026-10-05 10:30 | 7      | dan
    """,
    )
    assert owners(tables) == {"bea": 30, "dan": 100 + 7}


PAID_LATER = """
    order_id | customer_id | placed_at        | paid_at             | amount
    o1       | k1          | 2026-10-05 10:00 | 2026-10-05 10:01:00 | 10
    o2       | k1          | 2026-10-05 10:00 | 2026-10-08 23:59:59 | 10
    o3       | k2          | 2026-10-05 10:00 | 2026-10-09 00:00:00 | 10
    o4       | k3          | 2026-10-05 10:00 |                     | 10
"""


@pytest.mark.requirement("B-12", "B-13", "B2")
def test_an_order_counts_as_paid_until_the_third_local_day_after_it_was_placed():
    tables = shop(ONE_ANSWER_EACH, PAID_LATER)
    assert measured(tables, "payment_share")["value"] == 2 / 4
    assert measured(tables, "payment_share", payment_window_days=4)["value"] == 3 / 4
    assert measured(tables, "payment_share", payment_window_days=0)["value"] == 1 / 4
    assert measured(tables, "payment_share", timezone="Asia/Shanghai")["value"] == 1 / 4


@pytest.mark.requirement("B-13")
def test_order_success_counts_customers_where_payment_share_counts_orders():
    success = measured(shop(ONE_ANSWER_EACH, PAID_LATER), "order_success")
    assert (success["numerator"], success["denominator"]) == (1, 3)


@pytest.mark.requirement("B-11")
def test_effective_orders_are_neither_cancelled_nor_closed_unpaid_nor_fake():
    tables = shop(
        ONE_ANSWER_EACH,
        """
        order_id | placed_at        | paid_at          | amount | status    | is_test_or_fake
        o1       | 2026-10-05 10:00 |                  | 10     | placed    | false
        o2       | 2026-10-05 10:00 | 2026-10-05 10:01 | 10     | closed    |
        o3       | 2026-10-05 10:00 |                  | 10     | closed    | false
        o4       | 2026-10-05 10:00 | 2026-10-05 10:01 | 10     | cancelled | false
        o5       | 2026-10-05 10:00 | 2026-10-05 10:01 | 10     | done      | true
        o6       | 2026-10-05 10:00 | 2026-10-05 10:01 | 10     |           | false
        o7       | 2026-10-05 10:00 | 2026-10-05 10:01 | 10     |           | true
    """,
    )
    row = measured(tables, "effective_order_share")
    assert (row["numerator"], row["denominator"]) == (2, 6)  # of o6 the status is unknown


@pytest.mark.requirement("B-71g", "B-09", "B2")
def test_amounts_have_the_interval_of_a_compound_poisson_sum():
    tables = shop(
        ONE_ANSWER_EACH,
        """
        order_id | customer_id | placed_at        | amount | status
        o1       | k1          | 2026-10-05 10:00 | 300    | cancelled
        o2       | k2          | 2026-10-05 10:00 | 400    | cancelled
        o3       | k3          | 2026-10-05 10:00 | 1200   | done
    """,
    )
    cancelled, total = (
        measured(tables, name) for name in ("cancelled_value", "order_amount_total")
    )
    assert cancelled["value"] == 300 + 400
    assert cancelled["high"] == pytest.approx(700 + 1.959964 * (300**2 + 400**2) ** 0.5)
    assert cancelled["low"] == 0  # 700 - 980: money cannot be negative
    assert total["n"] == 3
    spread = (300**2 + 400**2 + 1200**2) ** 0.5
    assert total["high"] - total["value"] == pytest.approx(1.959964 * spread)


@pytest.mark.requirement("B-71g")
def test_an_amount_of_nothing_has_no_interval():
    tables = shop(
        ONE_ANSWER_EACH,
        """
        order_id | customer_id | placed_at        | amount | status
        o1       | k1          | 2026-10-05 10:00 | 300    | done
    """,
    )
    row = measured(tables, "cancelled_value")
    assert (row["value"], row["status"]) == (0, "ok")
    assert pd.isna(row["low"]) and pd.isna(row["high"])


@pytest.mark.requirement("B-18")
def test_orders_with_a_mistake_are_those_with_an_exception_code():
    tables = shop(
        ONE_ANSWER_EACH,
        """
        order_id | customer_id | placed_at        | amount | exception_code
        o1       | k1          | 2026-10-05 10:00 | 10     | wrong_price
        o2       | k1          | 2026-10-05 10:00 | 10     |
        o3       | k1          | 2026-10-05 10:00 | 10     |
    """,
    )
    assert measured(tables, "abnormal_order_share")["value"] == 1 / 3


@pytest.mark.requirement("B-14", "B2")
def test_refunds_are_counted_in_the_cycle_of_the_payment_whenever_they_were_made():
    tables = shop(
        ONE_ANSWER_EACH,
        """
        order_id | customer_id | placed_at        | paid_at          | amount
        o1       | k1          | 2026-09-30 10:00 | 2026-09-30 23:00 | 10
        o2       | k1          | 2026-09-30 10:00 | 2026-10-01 00:00 | 10
        o3       | k1          | 2026-10-31 10:00 | 2026-10-31 23:59 | 10
        o4       | k1          | 2026-10-31 10:00 | 2026-11-01 00:00 | 10
        o5       | k1          | 2026-10-05 10:00 | 2026-10-05 10:05 | 10
        o6       | k1          | 2026-10-05 10:00 |                  | 10
    """,
    )
    tables["refunds"] = draw("""
        refund_id | order_id | completed_at     | status    | amount
        r1        | o1       | 2026-10-02 10:00 | completed | 10
        r2        | o3       | 2026-11-20 10:00 | completed | 3
        r3        | o3       | 2026-11-21 10:00 | completed | 3
        r4        | o2       |                  | rejected  | 10
        r5        | o5       |                  | requested | 10
        r6        | o4       | 2026-11-21 10:00 | completed | 10
    """)
    october = measured(tables, "refund_share", OCTOBER)
    assert (october["numerator"], october["denominator"]) == (1, 3)  # o3 of o2, o3, o5
    assert measured(tables, "refund_share")["value"] == 3 / 5


@pytest.mark.requirement("B-15", "B-17")
def test_unit_price_is_money_per_paying_customer_and_gifts_do_not_count():
    tables = shop(
        ONE_ANSWER_EACH,
        """
        order_id | customer_id | placed_at        | paid_at          | amount | paid_amount | items
        o1       | k1          | 2026-10-05 10:00 | 2026-10-05 10:01 | 100    | 95          | 2
        o2       | k1          | 2026-10-05 10:00 | 2026-10-05 10:01 | 40     |             | 1
        o3       | k2          | 2026-10-05 10:00 | 2026-10-05 10:01 | 60     | 60          | 4
        o4       | k3          | 2026-10-05 10:00 | 2026-10-05 10:01 | 0      | 0           | 1
        o5       | k4          | 2026-10-05 10:00 |                  | 500    |             | 9
    """,
    )
    price, items = (
        measured(tables, name) for name in ("customer_unit_price", "items_per_customer")
    )
    assert (price["value"], price["n"]) == ((95 + 40 + 60) / 2, 2)
    assert items["value"] == (2 + 1 + 4) / 2
    assert measured(tables, "payment_share")["denominator"] == 5  # the gift is an order


@pytest.mark.requirement("B-15", "B-17")
def test_orders_of_unrecorded_customers_are_not_one_customer():
    tables = shop(
        ONE_ANSWER_EACH,
        """
        order_id | customer_id | placed_at        | paid_at          | amount | items
        o1       | k1          | 2026-10-05 10:00 | 2026-10-05 10:01 | 100    | 2
        o2       |             | 2026-10-05 10:00 | 2026-10-05 10:01 | 40     |
        o3       |             | 2026-10-05 10:00 | 2026-10-05 10:01 | 60     | 4
    """,
    )
    assert measured(tables, "customer_unit_price")["value"] == (100 + 40 + 60) / 3
    items = measured(tables, "items_per_customer")
    assert (items["value"], items["n"]) == ((2 + 4) / 2, 2)  # of o2 the items are unknown


@pytest.mark.requirement("B-23", "B-24")
def test_upheld_complaints_are_held_against_conversations_with_a_reply():
    tables = chats(ONE_ANSWER_EACH.rstrip() + "\n v5 | 2026-10-05 13:00:00 | customer |")
    tables["complaints"] = draw("""
        complaint_id | received_at      | employee_id | kind      | upheld
        x1           | 2026-10-05 14:00 | ann         | complaint | true
        x2           | 2026-10-05 14:00 | ann         | complaint | false
        x3           | 2026-10-05 14:00 | ann         |           |
        x4           | 2026-10-05 14:00 | ann         | dispute   | true
        x5           | 2026-10-05 14:00 | ann         | dispute   |
        x6           | 2026-10-05 14:00 | bea         | complaint | true
    """)
    assert per("employee_id", tables, "complaint_rate") == {"ann": 1 / 4}
    assert per("employee_id", tables, "customer_disputes") == {"ann": 2 / 4}
    status = per("employee_id", tables, "complaint_rate", column="status")
    assert status["bea"] == "not_computable"  # no conversation to hold it against
