"""Facts of sales: whom an order is owed to, inquiries, orders, payments."""

from __future__ import annotations

import narwhals.stable.v2 as nw

from csperf.indicators.chats import CARRIED, conversations, talks, turns
from csperf.indicators.engine import Events, Rows, as_number, in_e4
from csperf.indicators.parts import part

OF_ORDER = (
    "order_id",
    "customer_id",
    "placed_ms",
    "paid_ms",
    "status",
    "product",
    "is_test_or_fake",
    "exception_code",
    "attributed_employee_id",
)
COUNTED = ("order_id", "customer", "employee_id", "product", "paid_e4")
SPLIT = ("amount_e4", "paid_e4", "pieces")


def attributed_orders(events: Events) -> Rows:
    """Orders with the employee they are owed to; unknown for silent orders.

    Candidates are conversations with the same customer that began before the order was placed and
    at most `order_window_days` local days earlier. Among those who wrote in them before the order
    was placed, the last one (`touch: first`: the first one) owns it; with `touch: split` everybody
    has a part of its money and pieces in proportion to the messages written.
    """
    placed, paid = events.day(nw.col("placed_ms")), events.day(nw.col("paid_ms"))
    in_time = (paid - placed <= events.rules.payment_window_days).fill_null(False)
    columns = {
        **{name: nw.col(name) for name in OF_ORDER},
        "placed_day": placed,
        "day": placed,
        "paid_day": paid,
        "amount_e4": in_e4(nw.col("amount")),
        "paid_e4": in_e4(nw.coalesce("paid_amount", "amount")),
        "pieces": nw.col("items"),
        "customer": events.customer_or("order", "order_id"),
        "paid": as_number(in_time),
    }
    if events.rules.touch == "split":
        return _split(events.raw("orders").select(**columns), events)
    owned = events.join(events.raw("orders"), _owners(events), "order_id")
    return owned.select(**columns, employee_id=nw.coalesce("attributed_employee_id", "owner"))


def _touches(events: Events) -> Rows:
    """What was written before each order in the conversations behind it."""
    return events.engine.told(
        f"""
        select order_id, writer, said_ms
        from {{chats}} join {{turns}} using ("{events.conversation_key}")
        where writer is not null and said_ms < placed_ms
        """,
        chats=events.kept("chats_of_orders", _chats_of_orders),
        turns=turns(events),
    )


def _chats_of_orders(events: Events) -> Rows:
    """The conversations that each order may have come from.

    They are kept so that the engine joins the many messages to these few, not the other way round.
    """
    key = events.conversation_key
    return events.engine.told(
        f"""
        select order_id, placed_ms, "{key}" from {{orders}} join {{began}} using (customer_id)
        where started_ms < placed_ms
            and placed_day - started_day <= {events.rules.order_window_days}
        """,
        began=talks(events).select(key, "customer_id", "started_ms", "started_day"),
        orders=events.raw("orders").select(
            "order_id", "customer_id", "placed_ms", placed_day=events.day(nw.col("placed_ms"))
        ),
    )


def _owners(events: Events) -> Rows:
    """Who wrote last (or first) before each order; of those at the same moment the last by id."""
    room = events.writers.room
    if events.rules.touch == "last":
        number = f"max(said_ms * {room} + writer) & {room - 1}"
    else:
        number = f"{room} - (min(said_ms * {room} + ({room} - writer)) & {room - 1})"
    found = events.engine.told(
        f"select order_id, {number} as number from {{touches}} group by order_id",
        touches=_touches(events),
    )
    return events.writers.named(found, "number", "owner")


def _split(whole: Rows, events: Events) -> Rows:
    """Orders in parts that add up to the order, to the last ten-thousandth."""
    touches = _touches(events).group_by("order_id", "writer").agg(messages=nw.len())
    parts = events.writers.named(touches, "writer").with_columns(
        up_to=nw.col("messages").cum_sum().over("order_id", order_by="writer"),
        of=nw.col("messages").sum().over("order_id"),
    )
    by_shop = ~nw.col("attributed_employee_id").is_null()
    alone = whole.filter(by_shop).with_columns(employee_id=nw.col("attributed_employee_id"))
    shared = whole.filter(~by_shop).join(parts, on="order_id", how="left")
    shared = shared.with_columns(
        employee_id=nw.col("employee_id").cast(nw.String),
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
    converted = events.engine.told(
        f"""
        select distinct "{key}", employee_id, 1 as won
        from {{asked}} join {{won}} using (customer_id, employee_id)
        where won_ms > started_ms and won_day - day <= {events.rules.order_window_days}
        """,
        asked=asked,
        won=won,
    )
    return events.join(asked, converted, key, "employee_id").with_columns(
        converted=nw.col("won").fill_null(0)
    )


def _asked(events: Events) -> Rows:
    """Inquiries with each of those who wrote in them, or were to."""
    key = events.conversation_key
    pre_sales = nw.col("kind").fill_null("pre_sales") == "pre_sales"
    asked = conversations(events).filter(pre_sales & ~nw.col("customer_id").is_null())
    if {"orders.product", "conversations.product"} <= events.columns:
        asked = asked.join(_with_open_order(events), on=key, how="anti")
    written = events.engine.told(
        f'select distinct "{key}", writer from {{turns}} where said_ms is not null',
        turns=turns(events),
    )
    writers = events.writers.named(written, "writer", "written_by")
    columns = [key, "conversation_id", "customer_id", "started_ms", "day", "customer"]
    return events.join(asked, writers, key).select(
        *dict.fromkeys([*columns, *CARRIED]), employee_id=nw.coalesce("written_by", "employee_id")
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
    )


def orders(events: Events) -> Rows:
    """Orders placed, on the day of placing."""
    return events.told("orders", _placed)


def _placed(events: Events) -> Rows:
    unpaid = (nw.col("status") == "closed") & nw.col("paid_ms").is_null()
    cancelled = nw.col("status") == "cancelled"
    spoilt = cancelled | unpaid | nw.col("is_test_or_fake").fill_null(False)
    codes = list(events.rules.exception_codes)
    wrong = ~nw.col("exception_code").is_null()
    abnormal = nw.col("exception_code").is_in(codes).fill_null(False) if codes else wrong
    return events.kept("attributed_orders", attributed_orders).select(
        *COUNTED,
        "day",
        "amount_e4",
        "pieces",
        "paid",
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
        .select(*COUNTED, "amount_e4", "pieces", day="paid_day", paying=nw.lit(1))
    )
