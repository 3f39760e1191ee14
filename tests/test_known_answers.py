"""Known answers that other tests show only within a longer calculation."""

from __future__ import annotations

import pandas as pd
import pytest

from csperf.appraisal.money import shared_pools
from csperf.indicators import indicator_values
from csperf.params import Cycle
from csperf.scheme import load_scheme

BEGIN = pd.Timestamp("2026-10-05T09:00Z")


@pytest.mark.requirement("B-01", "B2")
def test_20_of_50_customers_who_order_are_40_per_cent_between_27_6_and_53_8():
    customers = [f"k{number:02d}" for number in range(50)]
    talks = pd.DataFrame({"conversation_id": customers, "customer_id": customers})
    answers = pd.DataFrame({"message_id": customers, "conversation_id": customers})
    asked = answers.assign(message_id="asked " + answers["message_id"], sender="customer")
    told = {"sender": "agent", "employee_id": "ann", "sent_at": BEGIN + pd.Timedelta(minutes=1)}
    orders = pd.DataFrame({"order_id": customers[:20], "customer_id": customers[:20]})
    tables = {
        "conversations": talks.assign(started_at=BEGIN, initial_agent_id="ann"),
        "messages": pd.concat([asked.assign(sent_at=BEGIN), answers.assign(**told)]),
        "orders": orders.assign(placed_at=BEGIN + pd.Timedelta(hours=1), amount=10.0),
    }
    found = indicator_values(tables, Cycle.parse("2026-10"), indicators=["inquiry_conversion"])
    (row,) = found.to_dict("records")
    assert (row["value"], row["n"]) == (0.4, 50)
    assert (round(100 * row["low"], 1), round(100 * row["high"], 1)) == (27.6, 53.8)


@pytest.mark.requirement("G3")
def test_half_a_per_cent_of_240000_among_six_is_200_each():
    pay = load_scheme("params/schemes/commission_pay.yaml").pay
    facts = pd.DataFrame({"score": 80.0, "fte": 1.0, "on_last_day": True}, index=[*"abcdef"])
    (pool,) = shared_pools(facts, pay, {"public_sales": 240_000.0}, "commission_pay").values()
    assert pool.of.to_dict() == dict.fromkeys("abcdef", 200.00)
