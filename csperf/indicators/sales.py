"""Facts of sales: whom an order is owed to, inquiries, orders, payments."""

from __future__ import annotations

import narwhals.stable.v2 as nw

from csperf.indicators.chats import BY_PERSON, conversations, human_messages
from csperf.indicators.engine import Events, Rows, as_number


def attributed_orders(events: Events) -> Rows:
    """Orders with the employee they are owed to; unknown for silent orders.

    Candidates are conversations with the same customer that began before the order was placed and
    at most `order_window_days` local days earlier. Among those who wrote in them before the order
    was placed, the last one (`touch: first`: the first one) owns it.
    """
    written = (
        events.kept("human_messages", human_messages)
        .filter(BY_PERSON)
        .select("conversation_id", "sent_ms", writer="employee_id")
    )
    chats = events["conversations"].select(
        "conversation_id", "customer_id", "started_ms", "started_day"
    )
    orders = events["orders"].select("order_id", "customer_id", "placed_ms", "placed_day")
    touches = (
        orders.join(chats, on="customer_id", how="inner")
        .filter(
            (nw.col("started_ms") < nw.col("placed_ms"))
            & (nw.col("placed_day") - nw.col("started_day") <= events.rules.order_window_days)
        )
        .join(written, on="conversation_id", how="inner")
        .filter(nw.col("sent_ms") < nw.col("placed_ms"))
    )
    moment = nw.col("sent_ms").max() if events.rules.touch == "last" else nw.col("sent_ms").min()
    owners = (
        touches.with_columns(decisive=moment.over("order_id"))
        .filter(nw.col("sent_ms") == nw.col("decisive"))
        .group_by("order_id")
        .agg(owner=nw.col("writer").max())
    )
    return (
        events["orders"]
        .join(owners, on="order_id", how="left")
        .with_columns(
            employee_id=nw.coalesce("attributed_employee_id", "owner"),
            customer_id=nw.coalesce(
                nw.col("customer_id"), nw.concat_str(nw.lit("order "), nw.col("order_id"))
            ),
            day=nw.col("placed_day"),
            paid=as_number(
                (
                    nw.col("paid_day") - nw.col("placed_day") <= events.rules.payment_window_days
                ).fill_null(False)
            ),
        )
    )


def inquiries(events: Events) -> Rows:
    """Pre-sales conversations; converted when an order followed that is owed to the employee.

    An inquiry is with everybody who wrote in it, or with whom it was routed to if nobody did. An
    inquiring customer counts once in a group, whatever the number of conversations.
    """
    placed = events.kept("attributed_orders", attributed_orders).select(
        "customer_id", "employee_id", "placed_ms", "placed_day"
    )
    writers = (
        events.kept("human_messages", human_messages)
        .filter(BY_PERSON)
        .select("conversation_id", writer="employee_id")
        .unique()
    )
    asked = (
        events.kept("conversations", conversations)
        .filter(
            (nw.col("kind").fill_null("pre_sales") == "pre_sales")
            & ~nw.col("customer_id").is_null()
        )
        .join(writers, on="conversation_id", how="left")
        .with_columns(employee_id=nw.coalesce("writer", "employee_id"))
    )
    won = (
        asked.join(placed, on=["customer_id", "employee_id"], how="inner")
        .filter(
            (nw.col("placed_ms") > nw.col("started_ms"))
            & (nw.col("placed_day") - nw.col("day") <= events.rules.order_window_days)
        )
        .select("conversation_id", "employee_id", won=nw.lit(1))
        .unique()
    )
    return asked.join(won, on=["conversation_id", "employee_id"], how="left").with_columns(
        converted=nw.col("won").fill_null(0)
    )


def orders(events: Events) -> Rows:
    """Orders placed, on the day of placing."""
    unpaid = (nw.col("status") == "closed") & nw.col("paid_ms").is_null()
    cancelled = nw.col("status") == "cancelled"
    spoilt = cancelled | unpaid | nw.col("is_test_or_fake").fill_null(False)
    return events.kept("attributed_orders", attributed_orders).with_columns(
        effective=as_number(~spoilt),
        abnormal=as_number(~nw.col("exception_code").is_null()),
        cancelled_amount=as_number(cancelled) * nw.col("amount"),
    )


def payments(events: Events) -> Rows:
    """Orders that were paid, on the day of payment, so that refunds and payments share a cohort."""
    given_back = (
        events["refunds"]
        .filter(nw.col("status") == "completed")
        .select("order_id")
        .unique()
        .with_columns(given_back=nw.lit(1))
    )
    return (
        events.kept("attributed_orders", attributed_orders)
        .filter(~nw.col("paid_ms").is_null())
        .join(given_back, on="order_id", how="left")
        .with_columns(
            day=nw.col("paid_day"),
            refunded=nw.col("given_back").fill_null(0),
        )
    )


def payment_customers(events: Events) -> Rows:
    """Paid orders with a value, to be gathered by paying customer."""
    money = nw.coalesce("paid_amount", "amount")
    return (
        events.kept("attributed_orders", attributed_orders)
        .filter(~nw.col("paid_ms").is_null() & (money > 0))
        .with_columns(day=nw.col("paid_day"), paid_amount=money, paying=nw.lit(1))
    )
