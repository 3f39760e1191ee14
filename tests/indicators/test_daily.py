"""Indicators of shops that export only the totals of a person and day."""

from __future__ import annotations

import pytest
from drawing import draw
from measuring import ONE_ANSWER_EACH, chats, measured, per
from pandas import DataFrame
from pytest import approx
from scipy import stats

from csperf.indicators import INDICATORS, Events, indicator_values, set_aside
from csperf.indicators.daily import ON_TOTALS
from csperf.indicators.facts import FACTS
from csperf.indicators.intervals import Z
from csperf.params import Cycle
from csperf.tables import INPUT_TABLES

OCTOBER = Cycle.parse("2026-10")
TOTALS = """
    date       | employee_id | customers_received | customers_replied | inquiries | orderers | payers | sales_amount | items | agent_messages | customer_messages | rounds | response_sum_s | first_response_sum_s | conversations
    2026-10-05 | ann         | 20                 | 15                | 10        | 5        | 4      | 300.50       | 7     | 60             | 40                | 30     | 900            | 200.5                | 18
    2026-10-06 | ann         | 10                 | 10                | 10        | 5        | 5      | 500.00       | 9     | 30             | 20                | 20     | 300            | 100                  | 10
    2026-10-06 | bea         | 8                  | 4                 | 5         | 4        | 2      | 100.00       | 2     | 16             | 32                | 10     | 800            | 600                  | 4
    2026-11-01 | ann         | 99                 | 0                 | 99        | 0        | 99     | 99           | 99    | 99             | 99                | 99     | 99             | 99                   | 99
"""  # noqa: E501
ANN = {
    "reply_rate": (15 + 10) / (20 + 10),
    "inquiry_conversion": (5 + 5) / (10 + 10),
    "inquiry_loss_rate": 1 - (5 + 5) / (10 + 10),
    "response_time_avg": (900 + 300) / (30 + 20),
    "response_time_uncapped": (900 + 300) / (30 + 20),
    "response_time_first": (200.5 + 100) / (18 + 10),
    "answer_question_ratio": (60 + 30) / (40 + 20),
    "customers_received": 20 + 10,
    "order_amount_total": 300.50 + 500,
    "sales_result": 300.50 + 500,
    "order_success": (4 + 5) / (5 + 5),
    "customer_unit_price": (300.50 + 500) / (4 + 5),
    "items_per_customer": (7 + 9) / (4 + 5),
}


def totals(text: str = TOTALS) -> dict[str, DataFrame]:
    return {"agent_daily": draw(text)}


def test_totals_of_days_give_what_they_are_sums_of():
    rows = indicator_values(totals(), OCTOBER).set_index(["employee_id", "indicator_id"])
    found = rows.loc["ann", "value"].dropna()
    del found["customer_unit_price_index"]  # against everybody, from the same totals
    assert found.to_dict() == approx(ANN, rel=1e-15)
    price = (300.50 + 500 + 100) / (4 + 5 + 2)
    shop = rows.loc[("ann", "customer_unit_price_index"), "value"]
    assert shop == approx(ANN["customer_unit_price"] / price)
    assert {"response_time_median", "response_within_t", "refund_share"} <= {
        *rows.loc["ann"].query("status == 'not_available'").index
    }


def test_the_interval_of_a_share_knows_how_days_differ():
    two_days = """
        date       | employee_id | customers_received | customers_replied
        2026-10-05 | ann         | 10                 | 10
        2026-10-06 | ann         | 10                 | 2
    """
    row = measured(totals(two_days), "reply_rate", OCTOBER)
    p = (10 + 2) / (10 + 10)
    jackknife = (2 - 1) / 2 * ((2 / 10 - p) ** 2 + (10 / 10 - p) ** 2)
    n = 20 / (jackknife / (p * (1 - p) / (20 - 1)))
    low = (p + Z**2 / (2 * n) - Z * (p * (1 - p) / n + Z**2 / (4 * n**2)) ** 0.5) / (1 + Z**2 / n)
    assert (row["value"], row["n"], row["low"]) == approx((p, 20, low))


def test_the_interval_of_a_mean_and_of_a_sum_comes_from_the_days():
    tables = totals()
    row = measured(tables, "response_time_avg", Cycle.parse("2026-10"))
    without = [900 / 30, (300 + 800) / 30]
    middle = sum(without) / 2
    se = ((2 - 1) / 2 * sum((value - middle) ** 2 for value in without)) ** 0.5
    value = (900 + 300 + 800) / (30 + 20 + 10)
    assert (row["value"], row["n"]) == (value, 60)
    assert row["high"] == approx(value + stats.t.ppf(0.975, 1) * se)

    sold = measured(tables, "sales_result", OCTOBER)
    each = [300.50, 500 + 100]
    mean = sum(each) / 2
    se = (2 * sum((day - mean) ** 2 for day in each)) ** 0.5  # m/(m-1) times the squares
    assert (sold["value"], sold["n"]) == (sum(each), 2)
    assert sold["high"] == approx(sum(each) + Z * se)


def test_a_single_day_tells_nothing_of_how_days_differ():
    rows = indicator_values(totals(), OCTOBER).set_index(["employee_id", "indicator_id"])
    bea = rows.loc["bea"]
    assert bea.loc["response_time_avg", ["low", "high"]].isna().all()
    assert bea.loc["sales_result", ["low", "high"]].isna().all()
    assert bea.loc["reply_rate", "low"] == approx(0.5 - bea.loc["reply_rate", "high"] + 0.5)
    assert bea.loc["reply_rate", "high"] - bea.loc["reply_rate", "low"] > 0.75  # one observation


def test_sales_against_plan_take_only_days_that_have_a_plan():
    plan = """
        target_id | scope    | scope_id | indicator_id     | period_start | period_end | target
        t1        | employee | ann      | sales_completion | 2026-10-06   | 2026-10-31 | 260
    """
    tables = totals() | {"targets": draw(plan)}
    row = measured(tables, "sales_completion", OCTOBER)
    assert (row["numerator"], row["denominator"], row["value"]) == (500, 260, 500 / 260)


def test_totals_for_each_paid_hour():
    shifts = """
        employee_id | start_at         | end_at
        ann         | 2026-10-05 08:00 | 2026-10-05 16:00
        ann         | 2026-10-06 08:00 | 2026-10-06 12:00
    """
    found = per("employee_id", totals() | {"shifts": draw(shifts)}, "customers_received_per_hour")
    assert found == {"ann": (20 + 10 + 99) / (8 + 4)}


def test_events_go_before_totals():
    assert per("employee_id", chats(ONE_ANSWER_EACH) | totals(), "response_time_avg") == {"ann": 60}
    with Events(chats(ONE_ANSWER_EACH) | totals()) as events:
        (text,) = set_aside(events, OCTOBER).query("check.str.startswith('daily')")["check"]
    assert "sales_result" in text and "response_time_avg" not in text


def test_rules_that_totals_cannot_follow_leave_the_indicator_out():
    def status(name: str, **rules: str) -> str:
        return measured(totals(), name, OCTOBER, **rules)["status"]

    assert status("response_time_avg", average_over="customers") == "not_available"
    assert status("inquiry_conversion", stage="paid") == "not_available"
    assert status("order_success", stage="paid") == "provisional"
    assert status("response_time_avg") == "ok"


def test_totals_that_a_shop_does_not_export_are_not_guessed():
    tables = totals("date | employee_id | customers_received\n2026-10-05 | ann | 20")
    assert measured(tables, "customers_received", OCTOBER)["value"] == 20
    assert measured(tables, "reply_rate", OCTOBER)["status"] == "not_available"


def test_the_choice_is_counted_among_what_readers_should_know():
    with Events(totals()) as events:
        rows = set_aside(events, OCTOBER).set_index("check")
    (text,) = (check for check in rows.index if check.startswith("daily totals"))
    assert text.startswith("daily totals, as the software counted them: inquiry_conversion, ")
    assert text.endswith("(intervals from day to day)")
    assert "sales_completion" not in text  # no plan is given
    assert rows.loc[text, ["table", "count", "share"]].to_list() == ["agent_daily", 3, 1]
    assert (
        rows.loc[
            "outside the cycle (not used); more than 5 %: are they the month's files?", "count"
        ]
        == 1
    )


@pytest.mark.parametrize("id", ON_TOTALS)
def test_what_stands_in_is_made_of_columns_that_the_totals_have(id: str):
    with Events({name: table.empty() for name, table in INPUT_TABLES.items()}) as events:
        schema = FACTS[ON_TOTALS[id].fact].rows(events).collect_schema()
    row = ON_TOTALS[id]
    for column in filter(None, (row.numerator, row.denominator)):
        assert schema[column].is_integer()
    assert (row.kind, row.unit, row.n_min) == (
        INDICATORS[id].kind,
        INDICATORS[id].unit,
        INDICATORS[id].n_min,
    )
