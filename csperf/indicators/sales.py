"""Facts of sales: whom an order is owed to, inquiries, orders, payments."""

from __future__ import annotations

import narwhals.stable.v2 as nw

from csperf.indicators.chats import conversations, talks, turns
from csperf.indicators.engine import Events, Rows, as_number, in_e4
from csperf.indicators.parts import part

SPLIT = ("amount_e4", "paid_e4", "pieces")


def attributed_orders(events: Events) -> Rows:
    """Orders with the employee they are owed to; unknown for silent orders.

    Candidates are conversations with the same customer that began before the order was placed and
    at most `order_window_days` local days earlier. Among those who wrote in them before the order
    was placed, the last one (`touch: first`: the first one) owns it; with `touch: split` everybody
    has a part of its money and pieces in proportion to the messages written.
    """
    late = nw.col("paid_day") - nw.col("placed_day") > events.rules.payment_window_days
    whole = events["orders"].with_columns(
        amount_e4=in_e4(nw.col("amount")),
        paid_e4=in_e4(nw.coalesce("paid_amount", "amount")),
        pieces=nw.col("items"),
        customer=events.customer_or("order", "order_id"),
        day=nw.col("placed_day"),
        paid=as_number(~nw.col("paid_ms").is_null() & ~late.fill_null(False)),
    )
    if events.rules.touch == "split":
        return _split(whole, events)
    return whole.join(_owners(events), on="order_id", how="left").with_columns(
        employee_id=nw.coalesce("attributed_employee_id", "owner")
    )


def _touches(events: Events) -> Rows:
    """Who wrote how often, and when first and last, in the conversations behind each order."""
    key = events.conversation_key
    written = (
        turns(events)
        .filter(~nw.col("said_ms").is_null() & ~nw.col("employee_id").is_null())
        .select(key, "said_ms", writer="employee_id")
    )
    began = talks(events).select(key, "customer_id", "started_ms", "started_day")
    orders = events["orders"].select("order_id", "customer_id", "placed_ms", "placed_day")
    near = nw.col("placed_day") - nw.col("started_day") <= events.rules.order_window_days
    return (
        orders.join(began, on="customer_id", how="inner")
        .filter((nw.col("started_ms") < nw.col("placed_ms")) & near)
        .join(written, on=key, how="inner")
        .filter(nw.col("said_ms") < nw.col("placed_ms"))
        .group_by("order_id", "writer")
        .agg(
            first_ms=nw.col("said_ms").min(),
            last_ms=nw.col("said_ms").max(),
            messages=nw.len(),
        )
    )


def _owners(events: Events) -> Rows:
    if events.rules.touch == "last":
        moment, decisive = nw.col("last_ms"), nw.col("last_ms").max().over("order_id")
    else:
        moment, decisive = nw.col("first_ms"), nw.col("first_ms").min().over("order_id")
    touches = _touches(events).with_columns(moment=moment, decisive=decisive)
    return (
        touches.filter(nw.col("moment") == nw.col("decisive"))
        .group_by("order_id")
        .agg(owner=nw.col("writer").max())
    )


def _split(whole: Rows, events: Events) -> Rows:
    """Orders in parts that add up to the order, to the last ten-thousandth."""
    parts = _touches(events).with_columns(
        up_to=nw.col("messages").cum_sum().over("order_id", order_by="writer"),
        of=nw.col("messages").sum().over("order_id"),
    )
    by_shop = ~nw.col("attributed_employee_id").is_null()
    alone = whole.filter(by_shop).with_columns(employee_id=nw.col("attributed_employee_id"))
    shared = whole.filter(~by_shop).join(parts, on="order_id", how="left")
    shared = shared.with_columns(
        employee_id=nw.col("writer").cast(nw.String),
        up_to=nw.col("up_to").fill_null(1),
        messages=nw.col("messages").fill_null(1),
        of=nw.col("of").fill_null(1),
    )
    before = nw.col("up_to") - nw.col("messages")
    shared = shared.with_columns(
        *[part(nw.col(c), before, nw.col("up_to"), nw.col("of")).alias(c) for c in SPLIT]
    )
    columns = alone.collect_schema().names()
    return nw.concat([alone.select(columns), shared.select(columns)])


def inquiries(events: Events) -> Rows:
    """Pre-sales conversations; converted when an order followed that is owed to the employee.

    An inquiry is with everybody who wrote in it, or with whom it was routed to if nobody did; one
    about a product that the customer has an open order for is none. An inquiring customer counts
    once in a group, whatever the number of conversations. With `stage: paid` it is the payment that
    has to follow in time.
    """
    key = events.conversation_key
    event = "paid" if events.rules.stage == "paid" else "placed"
    asked = events.kept("asked", _asked)
    won = events.kept("attributed_orders", attributed_orders).select(
        "customer_id", "employee_id", won_ms=f"{event}_ms", won_day=f"{event}_day"
    )
    converted = (
        asked.join(won, on=["customer_id", "employee_id"], how="inner")
        .filter(
            (nw.col("won_ms") > nw.col("started_ms"))
            & (nw.col("won_day") - nw.col("day") <= events.rules.order_window_days)
        )
        .select(key, "employee_id", converted=nw.lit(1))
        .unique()
    )
    return asked.join(converted, on=[key, "employee_id"], how="left").with_columns(
        nw.col("converted").fill_null(0)
    )


def _asked(events: Events) -> Rows:
    """Inquiries with each of those who wrote in them, or were to."""
    key = events.conversation_key
    pre_sales = nw.col("kind").fill_null("pre_sales") == "pre_sales"
    asked = conversations(events).filter(pre_sales & ~nw.col("customer_id").is_null())
    if {"orders.product", "conversations.product"} <= events.columns:
        asked = asked.join(_with_open_order(events), on=key, how="anti")
    writers = (
        turns(events)
        .filter(~nw.col("said_ms").is_null())
        .select(key, writer="employee_id")
        .unique()
    )
    columns = [key, "conversation_id", "customer_id", "started_ms", "day", "customer"]
    carried = ["team_id", "channel", "product", "priority"]
    return asked.join(writers, on=key, how="left").select(
        *dict.fromkeys([*columns, *carried]), employee_id=nw.coalesce("writer", "employee_id")
    )


def _with_open_order(events: Events) -> Rows:
    """Conversations about a product that the customer had ordered and that was still open."""
    orders = events["orders"].select("customer_id", "product", "placed_ms", "closed_ms")
    still_open = (nw.col("closed_ms") > nw.col("started_ms")).fill_null(True)
    return (
        conversations(events)
        .select(events.conversation_key, "customer_id", "product", "started_ms")
        .join(orders, on=["customer_id", "product"], how="inner")
        .filter((nw.col("placed_ms") < nw.col("started_ms")) & still_open)
        .select(events.conversation_key)
        .unique()
    )


def orders(events: Events) -> Rows:
    """Orders placed, on the day of placing."""
    unpaid = (nw.col("status") == "closed") & nw.col("paid_ms").is_null()
    cancelled = nw.col("status") == "cancelled"
    spoilt = cancelled | unpaid | nw.col("is_test_or_fake").fill_null(False)
    codes = list(events.rules.exception_codes)
    wrong = ~nw.col("exception_code").is_null()
    abnormal = nw.col("exception_code").is_in(codes).fill_null(False) if codes else wrong
    return events.kept("attributed_orders", attributed_orders).with_columns(
        order=nw.lit(1),
        effective=as_number(~spoilt),
        effective_e4=as_number(~spoilt) * nw.col("amount_e4"),
        abnormal=as_number(abnormal),
        cancelled_e4=as_number(cancelled) * nw.col("amount_e4"),
        paid_in_time_e4=nw.col("paid") * nw.col("paid_e4"),
    )


def payment_customers(events: Events) -> Rows:
    """Paid orders with a value, to be gathered by paying customer."""
    return (
        events.kept("attributed_orders", attributed_orders)
        .filter(~nw.col("paid_ms").is_null() & (nw.col("paid_e4") > 0))
        .with_columns(day=nw.col("paid_day"), paying=nw.lit(1))
    )
