"""Edge cases of `requirements` section 4 that show in a value; tests/tables has the others."""

from __future__ import annotations

import numpy as np
import pytest
from drawing import draw
from measuring import ONE_ANSWER_EACH, chats, measured, per, shop
from pandas import DataFrame, Series, to_datetime

from csperf.indicators import Events, indicator_values, set_aside
from csperf.params import Cycle

OCTOBER, NOVEMBER = Cycle.parse("2026-10"), Cycle.parse("2026-11")
NO_ORDERS = draw("order_id | customer_id | placed_at | amount").astype({"amount": float})


def test_edge_12_without_inquiries_conversion_is_not_computable():
    after_sales = {**chats(ONE_ANSWER_EACH, kind="after_sales"), "orders": NO_ORDERS}
    row = measured(after_sales, "inquiry_conversion")
    assert (row["status"], row["denominator"]) == ("not_computable", 0)
    assert np.isnan(row["value"])


@pytest.mark.parametrize("plan", ["0", ""])
def test_edge_13_a_plan_of_nothing_makes_completion_not_computable(plan: str):
    tables = {
        **shop(ONE_ANSWER_EACH, ORDERS),
        "assignments": draw("employee_id | team_id | from_date\n ann | t | 2026-01-01").astype(
            {"from_date": "datetime64[us]"}
        ),
    }
    if plan:
        targets = draw(f"""
            target_id | scope    | scope_id | indicator_id     | period_start | period_end | target
            g1        | employee | ann      | sales_completion | 2026-10-01   | 2026-10-31 | {plan}
        """)
        days = ["period_start", "period_end"]
        tables["targets"] = targets.assign(**targets[days].astype("datetime64[us]"))
    row = measured(tables, "sales_completion", OCTOBER)
    assert row["status"] == ("not_computable" if plan else "not_available")
    assert np.isnan(row["value"])


def test_edge_15_inquiries_without_orders_convert_to_0_with_an_interval():
    tables = {**chats(ONE_ANSWER_EACH, customer_id=["k1", "k2", "k3", "k4"]), "orders": NO_ORDERS}
    row = measured(tables, "inquiry_conversion")
    assert (row["value"], row["n"]) == (0, 4)
    assert (row["low"], row["high"]) == (0, pytest.approx(1.959964**2 / (4 + 1.959964**2)))


def test_edge_16_a_survey_with_two_answers_is_too_few():
    surveys = draw("""
        survey_id | employee_id | answered_at | rating | scale_max
        s1        | ann         | 2026-10-05  | 5      | 5
        s2        | ann         | 2026-10-06  | 4      | 5
    """)
    row = measured({"surveys": surveys}, "customer_satisfaction")
    assert (row["value"], row["n"], row["status"]) == (1, 2, "too_few")


ORDERS = """
    order_id | customer_id | placed_at           | paid_at             | amount | status
    o1       | k1          | 2026-10-05 12:30:00 | 2026-10-05 12:31:00 | 100    | done
    o2       | k1          | 2026-10-05 12:40:00 | 2026-10-05 12:41:00 | 300    | done
    o3       | k1          | 2026-10-05 12:50:00 | 2026-10-05 12:51:00 | 0      | done
"""
REFUNDS = """
    refund_id | order_id | requested_at        | completed_at        | status    | amount
    r1        | o1       | 2026-11-02 10:00:00 | 2026-11-03 10:00:00 | completed | 25
"""


def sold() -> dict[str, DataFrame]:
    """Three orders of a customer of ann; one of nothing, one of them partly refunded later."""
    return {**shop(ONE_ANSWER_EACH, ORDERS), "refunds": draw(REFUNDS)}


def test_edge_36_a_refund_above_what_was_paid_counts_as_what_was_paid():
    tables = {**sold(), "refunds": draw(REFUNDS.replace("| 25", "| 9999"))}
    row = measured(tables, "refund_share", OCTOBER, basis="amount")
    assert row["value"] == pytest.approx(100 / (100 + 300))


def test_edge_37_a_refund_of_the_next_month_belongs_to_the_month_of_payment():
    assert measured(sold(), "refund_share", OCTOBER)["numerator"] == 1
    assert measured(sold(), "refund_share", NOVEMBER)["status"] == "not_computable"


def test_edge_38_a_partial_refund_is_one_order_or_its_part_of_the_money():
    assert measured(sold(), "refund_share", OCTOBER)["value"] == 1 / 3
    by_money = measured(sold(), "refund_share", OCTOBER, basis="amount")
    assert by_money["value"] == 25 / (100 + 300 + 0)


def test_edge_40_an_order_of_nothing_is_an_order_but_no_paying_customer():
    gift = {**sold(), "orders": draw(ORDERS).iloc[2:]}
    assert measured(gift, "order_amount_total")["denominator"] == 1
    assert measured(gift, "customer_unit_price")["status"] == "not_computable"


def test_edge_41_one_customer_with_many_orders_converts_once_and_pays_them_all():
    conversion = measured(sold(), "inquiry_conversion")
    assert (conversion["numerator"], conversion["denominator"]) == (1, 1)
    assert measured(sold(), "customer_unit_price")["value"] == 100 + 300


def test_edge_42_of_three_who_served_the_last_owns_the_order_and_the_shop_adds_up():
    tables = shop(
        """
        at       | sender   | employee_id
        10:00:00 | customer |
        10:00:10 | agent    | ann
        10:01:10 | agent    | bea
        10:02:10 | agent    | cai
    """,
        ORDERS,
    )
    assert per("employee_id", tables, "order_amount_total") == {"cai": 400}
    assert measured(tables, "order_amount_total")["value"] == 400
    parts = per("employee_id", tables, "order_amount_total", touch="split")
    assert parts == pytest.approx(dict.fromkeys(["ann", "bea", "cai"], 400 / 3), abs=1e-3)
    assert sum(parts.values()) == pytest.approx(400)


def test_edge_43_an_order_before_the_talk_is_nobodys():
    early = draw(ORDERS.replace("2026-10-05 12:30:00", "2026-10-05 08:30:00")).iloc[:1]
    tables = {**chats(ONE_ANSWER_EACH), "orders": early}
    assert per("employee_id", tables, "order_amount_total") == {}


BOT_FIRST = """
    at       | sender   | employee_id
    10:00:00 | customer |
    10:00:02 | bot      | robot
    10:05:00 | agent    | ann
"""
ROBOT = "employee_id | is_bot\nrobot | true\nann | false"


def handed_over(giver: str, at: str = "10:04:00", **tables: str) -> dict[str, DataFrame]:
    """A chat that a bot answers first, and that somebody then gives to ann."""
    events = draw(f"event_id | from_employee_id | to_employee_id\ne1 | {giver} | ann")
    moment = to_datetime([f"2026-10-05 {at}"], utc=True)
    events = events.assign(conversation_id="v1", event="transferred", at=moment)
    drawn = {name: draw(text) for name, text in tables.items()}
    return {**chats(BOT_FIRST), "conversation_events": events, **drawn}


@pytest.mark.parametrize(
    "tables", [chats(BOT_FIRST), handed_over("robot", employees=ROBOT), handed_over("")]
)
def test_edge_45_after_a_bot_a_person_is_timed_from_the_customers_first_message(tables: dict):
    assert per("employee_id", tables, "response_time_avg") == {"ann": 5 * 60}
    assert measured(tables, "response_time_first")["value"] == 5 * 60


@pytest.mark.parametrize("giver", ["robot", ""])
def test_edge_45_or_from_the_handover_where_the_rules_say_so(giver: str):
    tables = handed_over(giver, employees=ROBOT)
    waited = per("employee_id", tables, "response_time_avg", bot_transfer="handover")
    assert waited == {"ann": 60}
    ignored = per(
        "employee_id", tables, "response_time_avg", bot_transfer="handover", transfer="ignore"
    )
    assert ignored == {"ann": 5 * 60}


@pytest.mark.parametrize(("giver", "at"), [("bea", "10:04:00"), ("", "10:00:01")])
def test_edge_45_a_handover_by_a_person_or_before_the_bot_answered_is_none_by_a_bot(
    giver: str, at: str
):
    tables = handed_over(giver, at, employees=ROBOT)
    since = to_datetime(f"2026-10-05 {at}")
    waited = (to_datetime("2026-10-05 10:05:00") - since).total_seconds()
    assert per("employee_id", tables, "response_time_avg") == {"ann": waited}


def test_edge_45_a_bot_leaves_nothing_unanswered_but_the_person_who_got_the_chat_may():
    tables = handed_over("robot", employees=ROBOT)
    tables["messages"] = tables["messages"].iloc[:2]
    assert per("employee_id", tables, "response_within_t") == {"ann": 0}


def test_edge_46_a_greeting_within_a_second_is_no_answer():
    tables = chats("""
        at         | sender   | employee_id
        10:00:00   | customer |
        10:00:00.9 | agent    | ann
        10:00:40   | agent    | ann
    """)
    row = measured(tables, "response_time_avg")
    assert (row["value"], row["n"]) == (40, 1)
    greeted = {**tables, "messages": tables["messages"].iloc[:2]}
    assert measured(greeted, "reply_rate")["value"] == 0


def test_edge_47_who_writes_to_a_customer_first_waits_for_nobody_to_answer():
    lines = """
        at       | sender   | employee_id
        10:00:00 | agent    | ann
        10:30:00 | agent    | ann
        11:00:00 | customer |
        11:00:50 | agent    | ann
    """
    tables = chats(lines)
    alone = {**tables, "messages": tables["messages"].iloc[:2]}
    for indicator in ("response_time_avg", "response_within_t"):
        assert measured(alone, indicator)["status"] == "not_computable"
        assert measured(tables, indicator)["n"] == 1
    assert measured(tables, "response_time_avg")["value"] == 50


def test_edge_48_an_answer_on_the_next_day_has_its_full_length_on_the_day_of_the_question():
    tables = chats("""
        at                  | sender   | employee_id
        2026-10-31 23:50:00 | customer |
        2026-11-01 08:00:00 | agent    | ann
    """)
    full = measured(tables, "response_time_uncapped", OCTOBER)
    assert full["value"] == (8 * 60 + 10) * 60
    assert measured(tables, "response_time_uncapped", NOVEMBER)["n"] == 0
    assert measured(tables, "response_time_avg", OCTOBER)["value"] == 600  # round_cap_s
    dropped = measured(tables, "response_time_avg", OCTOBER, cross_midnight="drop")
    assert dropped["n"] == 0
    assert measured(tables, "response_within_t", OCTOBER, cross_midnight="drop")["n"] == 1


def test_edge_49_what_is_open_at_the_end_of_the_month_belongs_to_the_month_of_its_start():
    tables = chats("""
        at                  | sender   | employee_id
        2026-10-31 23:59:00 | customer |
        2026-11-01 00:01:00 | agent    | ann
    """)
    assert measured(tables, "response_time_avg", OCTOBER)["value"] == 120
    assert measured(tables, "response_time_avg", NOVEMBER)["n"] == 0
    assert measured(tables, "response_within_t", OCTOBER)["value"] == 1


TWO_ZONES = """
    team_id | tz               | service_hours
    west    | America/New_York | 08:00-20:00
    east    | Asia/Shanghai    | 00:00-24:00
"""


def test_edge_50_each_team_has_the_days_and_the_hours_of_its_own_clock():
    tables = chats(
        """
        conversation_id | at                  | sender   | employee_id
        v1              | 2026-11-01 02:00:00 | customer |
        v1              | 2026-11-01 02:01:00 | agent    | ann
        v2              | 2026-11-01 02:00:00 | customer |
        v2              | 2026-11-01 02:01:00 | agent    | bea
        v3              | 2026-11-01 15:00:00 | customer |
        v3              | 2026-11-01 15:01:00 | agent    | ann
    """,
        team_id=["west", "east", "west"],
    )
    tables["teams"] = draw(TWO_ZONES)
    waited = {"timezone": "Asia/Shanghai"}
    assert per("employee_id", tables, "response_time_avg", NOVEMBER, **waited) == {
        "ann": 60,  # at 10 in New York; the other talk was there on 31 October, at 22
        "bea": 60,
    }
    assert measured(tables, "customers_received", OCTOBER, **waited)["value"] == 1
    assert measured(tables, "response_within_t", OCTOBER, **waited)["n"] == 0


def test_edge_51_the_hour_that_comes_twice_shortens_no_wait_and_belongs_to_its_day():
    tables = chats("""
        at                        | sender   | employee_id
        2026-10-25T02:59:00+02:00 | customer |
        2026-10-25T02:01:00+01:00 | agent    | ann
    """)
    row = measured(tables, "response_time_avg", OCTOBER, timezone="Europe/Berlin")
    assert row["value"] == 2 * 60
    days = indicator_values(tables, OCTOBER, "day", ["response_time_avg"], timezone="Europe/Berlin")
    assert len(days) == 1


@pytest.mark.parametrize(("of_october", "asked"), [(99, False), (3, True)])
def test_edge_60_rows_of_other_months_are_counted_and_asked_about_when_they_are_many(
    of_october: int, asked: bool
):
    opened = ["2026-09-05", *["2026-10-05"] * of_october]
    cases = DataFrame({"case_id": [f"c{number}" for number in range(len(opened))]})
    times = to_datetime(Series(opened), utc=True)
    with Events({"cases": cases.assign(opened_at=times)}) as events:
        rows = set_aside(events, OCTOBER)
    outside = rows[rows["check"].str.startswith("outside the cycle")]
    assert outside["count"].tolist() == [1]
    assert outside["check"].str.contains("more than 5 %").tolist() == [asked]


def test_edge_61_an_empty_month_has_no_values_and_no_error(shop_tables: dict):
    values = indicator_values(shop_tables, Cycle.parse("2031-01"), by="employee_id")
    assert values.empty
    whole = indicator_values(shop_tables, Cycle.parse("2031-01"), by=None)
    assert set(whole["status"]) == {"not_computable", "not_available", "too_few", "provisional"}
