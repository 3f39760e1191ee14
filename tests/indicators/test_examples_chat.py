"""A worked example of every indicator of chats: a drawn log, and the value as arithmetic."""

from __future__ import annotations

import pytest
from drawing import draw
from measuring import chats, measured, per, shop
from pandas import DataFrame

TALKS = """
    conversation_id | at       | sender   | employee_id
    v1              | 10:00:00 | customer |
    v1              | 10:00:30 | agent    | ann
    v1              | 10:01:00 | customer |
    v1              | 10:01:20 | customer |
    v1              | 10:02:40 | agent    | ann
    v2              | 11:00:00 | customer |
    v2              | 11:20:00 | agent    | ann
    v3              | 12:00:00 | customer |
"""
ORDERS = """
    order_id | customer_id | placed_at           | amount
    o1       | k1          | 2026-10-05 10:30:00 | 50
    o2       | k2          | 2026-10-09 10:30:00 | 70
"""


def talks() -> dict[str, DataFrame]:
    """Three conversations of three customers; waits of 30, 100 and 1,200 s, one round open."""
    return chats(TALKS, customer_id=["k1", "k2", "k3"])


def value(indicator: str, tables: dict[str, DataFrame] | None = None, **rules: object) -> float:
    return measured(tables or talks(), indicator, **rules)["value"]


@pytest.mark.requirement("B-01")
def test_inquiry_conversion():
    tables = shop(TALKS, ORDERS, customer_id=["k1", "k2", "k3"])
    assert value("inquiry_conversion", tables) == 1 / 3  # k2 ordered four days later
    assert value("inquiry_conversion", tables, order_window_days=4) == 2 / 3


@pytest.mark.requirement("B-02")
def test_inquiry_loss_rate():
    tables = shop(TALKS, ORDERS, customer_id=["k1", "k2", "k3"])
    assert value("inquiry_loss_rate", tables) == (3 - 1) / 3


@pytest.mark.requirement("B-03")
def test_reply_rate():
    assert value("reply_rate") == 2 / 3


@pytest.mark.requirement("B-04")
def test_response_time_avg():
    assert value("response_time_avg") == (30 + 100 + 600) / 3  # 1,200 s capped


@pytest.mark.requirement("B-04")
def test_response_time_uncapped():
    assert value("response_time_uncapped") == (30 + 100 + 1200) / 3


@pytest.mark.requirement("B-04")
def test_response_time_median():
    assert value("response_time_median") == 100


@pytest.mark.requirement("B-04")
def test_response_time_p90():
    assert value("response_time_p90") == pytest.approx(100 + 0.8 * (1200 - 100))  # place 0.9 x 2


@pytest.mark.requirement("B-05")
def test_response_time_first():
    assert value("response_time_first") == (30 + 1200) / 2


@pytest.mark.requirement("B-05")
def test_response_time_first_median():
    assert value("response_time_first_median") == (30 + 1200) / 2


@pytest.mark.requirement("B-05")
def test_response_time_first_p90():
    assert value("response_time_first_p90") == pytest.approx(30 + 0.9 * (1200 - 30))


@pytest.mark.requirement("B-06")
def test_response_within_t():
    assert value("response_within_t") == 2 / 4  # of four rounds one is open, one too long
    assert value("response_within_t", within_s=60) == 1 / 4


@pytest.mark.requirement("B-07")
def test_answer_question_ratio():
    assert value("answer_question_ratio") == (2 + 1 + 0) / (3 + 1 + 1)


@pytest.mark.requirement("B-08")
def test_customers_received():
    assert value("customers_received") == 3
    once_more = chats(TALKS, customer_id=["k1", "k1", "k3"])
    assert value("customers_received", once_more) == 2  # a customer counts once a day
    assert value("customers_received", once_more, count_by="conversation") == 3


@pytest.mark.requirement("B-08")
def test_customers_received_per_hour():
    shifts = draw("""
        employee_id | start_at            | end_at              | kind
        ann         | 2026-10-05 09:00:00 | 2026-10-05 13:00:00 | work
        ann         | 2026-10-05 10:45:00 | 2026-10-05 11:15:00 | break
    """)
    assert value("customers_received_per_hour", {**talks(), "shifts": shifts}) == 3 / (4 - 0.5)


HANDED_OVER = """
    at       | sender   | employee_id
    10:00:00 | customer |
    10:05:00 | agent    | bea
    10:06:00 | customer |
"""


@pytest.mark.requirement("B2")
def test_who_got_the_conversation_waits_from_then_on_and_the_giver_left_it_unanswered():
    events = draw("""
        event_id | at                  | event       | from_employee_id | to_employee_id
        e1       | 2026-10-05 10:00:00 | assigned    |                  | ann
        e2       | 2026-10-05 10:04:10 | transferred | ann              | bea
        e3       | 2026-10-05 10:07:00 | transferred | bea              | cai
    """)
    events = events.assign(at=events["at"].astype("datetime64[us, UTC]"), conversation_id="v1")
    tables = {**chats(HANDED_OVER), "conversation_events": events}
    assert per("employee_id", tables, "response_time_avg") == {"bea": 60 - 10}
    assert per("employee_id", tables, "response_within_t") == {"ann": 0, "bea": 1 / 2, "cai": 0}
    assert measured(tables, "response_within_t")["denominator"] == 2  # two rounds, not four
    ignored = per("employee_id", tables, "response_time_avg", transfer="ignore")
    assert ignored == {"bea": 5 * 60}


@pytest.mark.requirement("B2")
def test_the_business_clock_stands_still_outside_working_hours():
    calendars = draw("""
        calendar_id | date       | is_workday | start_time | end_time
        c           | 2026-10-02 | true       | 09:00      | 17:00
        c           | 2026-10-03 | false      |            |
        c           | 2026-10-05 | true       | 09:00      | 17:00
    """)
    calendars["date"] = calendars["date"].astype("datetime64[us]")
    friday_to_monday = chats("""
        at                  | sender   | employee_id
        2026-10-02 16:50:00 | customer |
        2026-10-05 09:10:00 | agent    | ann
    """)
    tables = {**friday_to_monday, "calendars": calendars}
    assert value("response_time_uncapped", tables, clock="business") == (10 + 10) * 60
    assert value("response_time_uncapped", tables) == (2 * 24 * 60 + 16 * 60 + 20) * 60


@pytest.mark.requirement("B2")
@pytest.mark.parametrize(
    ("over", "expected"),
    [
        ("rounds", (10 + 30 + 80) / 3),
        ("conversations", ((10 + 30) / 2 + 80) / 2),
        ("customers", (10 + 30 + 80) / 3),
    ],
)
def test_response_time_may_be_averaged_over_conversations_or_customers(over: str, expected: float):
    tables = chats("""
        conversation_id | at       | sender   | employee_id
        v1              | 10:00:00 | customer |
        v1              | 10:00:10 | agent    | ann
        v1              | 10:01:00 | customer |
        v1              | 10:01:30 | agent    | ann
        v2              | 11:00:00 | customer |
        v2              | 11:01:20 | agent    | ann
    """)  # one customer
    assert value("response_time_avg", tables, average_over=over) == pytest.approx(expected)


@pytest.mark.requirement("B2")
def test_an_order_may_be_split_by_the_messages_written_and_the_parts_add_up():
    tables = shop(
        """
        conversation_id | at       | sender   | employee_id
        v1              | 10:00:00 | customer |
        v1              | 10:00:10 | agent    | ann
        v1              | 10:00:20 | agent    | bea
        v1              | 10:00:30 | agent    | bea
    """,
        """
        order_id | customer_id | placed_at           | paid_at             | amount
        o1       | k1          | 2026-10-05 10:30:00 | 2026-10-05 10:31:00 | 100
    """,
    )
    parts = per("employee_id", tables, "order_amount_total", touch="split")
    assert parts == {"ann": 33.3333, "bea": 66.6667}
    assert sum(parts.values()) == 100
    shares = per("employee_id", tables, "payment_share", column="denominator", touch="split")
    assert shares == {"ann": 1, "bea": 1}
    assert measured(tables, "payment_share", touch="split")["denominator"] == 1
