"""The rules of B2 once more, as plain loops over a made-up shop, written from their text alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

import numpy as np
import pandas as pd
import pytest
from measuring import measured, per
from pandas import DataFrame, Timestamp

from csperf.indicators import Events
from csperf.indicators.rounds import rounds
from csperf.params import Cycle

ZONE = "Asia/Shanghai"
APRIL = Cycle.parse("2016-04")
WINDOW_DAYS = 1


def local_day(moment: Timestamp) -> date:
    return moment.tz_convert(ZONE).date()


def in_april(moment: Timestamp) -> bool:
    return APRIL.start <= local_day(moment) < APRIL.end


def conversation_lines(messages: DataFrame) -> dict[str, list]:
    """Messages of customers and people by conversation, in time; at a tie customers first."""
    lines = defaultdict(list)
    for line in messages.itertuples():
        if line.sender == "customer" or (line.sender == "agent" and not line.is_auto):
            lines[line.conversation_id].append(line)
    for each in lines.values():
        each.sort(key=lambda line: (line.sent_at, line.sender != "customer", str(line.employee_id)))
    return lines


def by_customer(table: DataFrame) -> dict[str, list]:
    rows = defaultdict(list)
    for row in table.itertuples():
        rows[row.customer_id].append(row)
    return rows


def naive_rounds(tables: dict[str, DataFrame]) -> Iterator[tuple]:
    """(conversation, start, seconds or None, owner) of every response round."""
    routed = tables["conversations"].set_index("conversation_id")["initial_agent_id"]
    for conversation, lines in conversation_lines(tables["messages"]).items():
        started, asked, before, holder = None, None, "", routed[conversation]
        for line in lines:
            if line.sender == "customer":
                started = started or line.sent_at
                asked = asked if before == "customer" else line.sent_at
            elif asked is None or (line.sent_at - asked).total_seconds() >= 1:
                if started:
                    seconds = (line.sent_at - started).total_seconds()
                    yield conversation, started, seconds, line.employee_id
                started, holder = None, line.employee_id
            before = line.sender
        if started:
            yield conversation, started, None, holder


def naive_owners(tables: dict[str, DataFrame], touch: str = "last") -> dict[str, str]:
    """Employee whom each order is owed to; silent orders are not in it."""
    lines, talks = conversation_lines(tables["messages"]), by_customer(tables["conversations"])
    owners = {}
    for order in tables["orders"].itertuples():
        candidates = []
        for talk in talks[order.customer_id]:
            days = (local_day(order.placed_at) - local_day(talk.started_at)).days
            if talk.started_at < order.placed_at and days <= WINDOW_DAYS:
                candidates += [
                    (line.sent_at, line.employee_id)
                    for line in lines[talk.conversation_id]
                    if line.sender == "agent" and line.sent_at < order.placed_at
                ]
        if candidates:
            owners[order.order_id] = (max if touch == "last" else min)(candidates)[1]
    return owners


def naive_conversion(tables: dict[str, DataFrame], owners: dict[str, str]) -> dict[str, tuple]:
    """(customers who ordered from, customers who inquired with) each employee in April."""
    lines = conversation_lines(tables["messages"])
    owned = tables["orders"].assign(owner=tables["orders"]["order_id"].map(owners))
    orders = by_customer(owned)
    asked, won = defaultdict(set), defaultdict(set)
    for talk in tables["conversations"].query("kind == 'pre_sales'").itertuples():
        if not in_april(talk.started_at):
            continue
        people = {
            line.employee_id for line in lines[talk.conversation_id] if line.sender == "agent"
        }
        for employee in people or {talk.initial_agent_id}:
            asked[employee].add(talk.customer_id)
            for order in orders[talk.customer_id]:
                days = (local_day(order.placed_at) - local_day(talk.started_at)).days
                timely = order.placed_at > talk.started_at and days <= WINDOW_DAYS
                if timely and order.owner == employee:
                    won[employee].add(talk.customer_id)
    everybody = set().union(*won.values()), set().union(*asked.values())
    pairs = {employee: (won[employee], asked[employee]) for employee in asked}
    return {
        name: (len(bought), len(inquired))
        for name, (bought, inquired) in {**pairs, "all": everybody}.items()
    }


@pytest.mark.requirement("B-04", "B-06", "B2")
def test_rounds_of_each_employee(shop_tables: dict):
    april = [row for row in naive_rounds(shop_tables) if in_april(row[1])]
    waits = defaultdict(list)
    for _, _, seconds, owner in april:
        waits[owner].append(seconds)
    mean = {
        name: sum(min(wait, 600) for wait in values if wait) / sum(map(bool, values))
        for name, values in waits.items()
        if any(values)
    }
    within = {
        name: sum(wait is not None and wait <= 180 for wait in values) / len(values)
        for name, values in waits.items()
    }
    assert len(april) > 300 and None in [row[2] for row in april]
    assert per("employee_id", shop_tables, "response_time_avg", APRIL, timezone=ZONE) == mean
    assert per("employee_id", shop_tables, "response_within_t", APRIL, timezone=ZONE) == within


@pytest.mark.requirement("B-09", "B2")
@pytest.mark.parametrize("touch", ["last", "first"])
def test_orders_of_each_employee(shop_tables: dict, touch: str):
    owners = naive_owners(shop_tables, touch)
    orders = shop_tables["orders"].set_index("order_id")
    april = [name for name in owners if in_april(orders.loc[name, "placed_at"])]
    amounts = orders.loc[april, "amount"].groupby([owners[name] for name in april]).sum()
    found = per("employee_id", shop_tables, "order_amount_total", APRIL, timezone=ZONE, touch=touch)
    assert found == pytest.approx(amounts.to_dict(), abs=1e-6)
    assert len(april) > 50


@pytest.mark.requirement("B-01", "B2")
def test_conversion_of_each_employee_and_of_all(shop_tables: dict):
    expected = naive_conversion(shop_tables, naive_owners(shop_tables))
    found = {
        part: per("employee_id", shop_tables, "inquiry_conversion", APRIL, part, timezone=ZONE)
        for part in ("numerator", "denominator")
    }
    whole = measured(shop_tables, "inquiry_conversion", APRIL, timezone=ZONE)
    assert (whole["numerator"], whole["denominator"]) == expected.pop("all")
    assert {
        name: (found["numerator"][name], found["denominator"][name]) for name in expected
    } == expected


@pytest.mark.requirement("B2")
def test_rounds_of_two_hundred_conversations_drawn_without_sense():
    """Ties, machines, outbound messages and idle talk in every order."""
    rng = np.random.default_rng(5)
    n = 3000
    sender = rng.choice(
        ["customer", "agent", "agent", "bot", "system"], n, p=[0.45, 0.2, 0.2, 0.1, 0.05]
    )
    writer = np.where(sender == "agent", rng.choice(["ann", "bea"], n), None)
    seconds = rng.integers(0, 60, n) / 2  # half a second is too fast for a person
    messages = DataFrame(
        {
            "message_id": [f"m{number:04d}" for number in range(n)],
            "conversation_id": [f"v{number}" for number in rng.integers(0, 200, n)],
            "sent_at": pd.Timestamp("2026-10-05", tz="UTC") + pd.to_timedelta(seconds, unit="s"),
            "sender": sender,
            "employee_id": writer,
            "is_auto": rng.random(n) < 0.1,
        }
    )
    conversations = DataFrame(
        {
            "conversation_id": [f"v{number}" for number in range(200)],
            "customer_id": "k1",
            "started_at": pd.Timestamp("2026-10-05", tz="UTC"),
            "initial_agent_id": "cai",
        }
    )
    tables = {"messages": messages, "conversations": conversations}
    messages["is_auto"] &= messages["sender"] == "agent"
    with Events(tables) as events:
        found = rounds(events).collect(backend="pandas").to_native()
    expected = sorted((row[0], row[3], row[2] or 0.0) for row in naive_rounds(tables))
    mine = found[["conversation_id", "employee_id", "response_ms"]].fillna({"response_ms": 0})
    mine = mine.assign(response_ms=mine["response_ms"] / 1000)
    assert sorted(map(tuple, mine.to_numpy().tolist())) == expected
    assert len(expected) > 500
