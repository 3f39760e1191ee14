"""Facts of refunds: which paid orders were refunded or disputed, and how refunds went."""

from __future__ import annotations

import narwhals.stable.v2 as nw

from csperf.indicators.engine import Events, Rows, as_number, in_e4
from csperf.indicators.parts import part
from csperf.indicators.sales import attributed_orders

DISPUTE_DAYS = 15  # a dispute later than that after a refund was asked for is about something else
OWNER = ["order_id", "employee_id", "customer_id", "customer"]
DONE = nw.col("status") == "completed"


def payments(events: Events) -> Rows:
    """Orders that were paid, each once, with what was given back of them: at most what was paid.

    `cohort: paid` counts an order on the day of payment, whenever money went back; `refunded`
    counts those with a refund on the day of the first one.
    """
    back = _given_back(events)
    paid = _paid(events).join(back, on="order_id", how="left")
    if events.rules.cohort == "refunded":
        paid = paid.with_columns(day=nw.coalesce("back_day", "day"))
    refunded = ~nw.col("back_e4").is_null()
    mine_e4 = nw.min_horizontal("back_e4", "whole_e4")
    if events.rules.touch == "split":
        start_e4 = nw.col("start_e4")
        end_e4 = start_e4 + nw.col("paid_e4")
        mine_e4 = part(mine_e4.cast(events.engine.wide), start_e4, end_e4, nw.col("whole_e4"))
    given = refunded & (nw.col("whole_e4") > 0)
    return paid.with_columns(
        refunded=as_number(refunded),
        refunded_e4=nw.when(given).then(mine_e4).otherwise(nw.lit(0)).cast(nw.Int64),
    )


def disputed_payments(events: Events) -> Rows:
    """Orders that were paid, with whether a dispute about a refund of them was upheld."""
    disputed = _disputes(events).group_by("order_id").agg(disputed=nw.col("upheld").max())
    known = ~nw.col("customer_id").is_null()
    return (
        _paid(events)
        .join(disputed, on="order_id", how="left")
        .with_columns(disputed=nw.when(known).then(nw.col("disputed").fill_null(0)))
    )


def refund_cases(events: Events) -> Rows:
    """Refunds on the day they were asked for, with how long they took.

    A refund belongs to whom its order is owed to, or most of it.
    """
    orders = events.kept("attributed_orders", attributed_orders).select(*OWNER, "paid_e4")
    more = nw.col("order_id").shift(-1).over("refund_id", order_by=["paid_e4", "employee_id"])
    took = nw.col("completed_ms") - nw.col("requested_ms")
    return (
        events["refunds"]
        .join(orders, on="order_id", how="left")
        .with_columns(more=more)
        .filter(nw.col("more").is_null())
        .with_columns(
            day=nw.coalesce("requested_day", "completed_day"),
            refund_ms=nw.when(DONE & (took >= 0)).then(took),
        )
    )


def settled_refunds(events: Events) -> Rows:
    """Refunds that were made, with whether there was no dispute about them."""
    disputed = _disputes(events).select("refund_id", fought=nw.lit(1))
    known = ~nw.col("customer_id").is_null()
    return (
        refund_cases(events)
        .filter(DONE)
        .join(disputed, on="refund_id", how="left")
        .with_columns(undisputed=nw.when(known).then(1 - nw.col("fought").fill_null(0)))
    )


def _paid(events: Events) -> Rows:
    """Paid orders on the day of payment.

    Where several people share an order (`touch: split`), each has the stretch of its money that
    begins at start_e4 and is paid_e4 long, out of whole_e4.
    """
    paid = (
        events.kept("attributed_orders", attributed_orders)
        .filter(~nw.col("paid_ms").is_null())
        .with_columns(day=nw.col("paid_day"))
    )
    if events.rules.touch != "split":
        return paid.with_columns(whole_e4=nw.col("paid_e4"))
    so_far = nw.col("paid_e4").cum_sum().over("order_id", order_by="employee_id")
    whole = nw.col("paid_e4").sum().over("order_id")
    return paid.with_columns(
        start_e4=(so_far - nw.col("paid_e4")).cast(nw.Int64), whole_e4=whole.cast(nw.Int64)
    )


def _given_back(events: Events) -> Rows:
    """What was given back of each order, and on which day first; excluded reasons left out."""
    spared = nw.col("reason").is_in(list(events.rules.fault_reasons_excluded)).fill_null(False)
    return (
        events["refunds"]
        .filter(DONE & ~spared)
        .with_columns(back_e4=in_e4(nw.col("amount")))
        .group_by("order_id")
        .agg(nw.col("back_e4").sum().cast(nw.Int64), back_day=nw.col("completed_day").min())
    )


def _disputes(events: Events) -> Rows:
    """Refunds that a dispute was about: the last that its customer had asked for by then."""
    disputes = events["complaints"].filter(nw.col("kind") == "dispute")
    orders = events.raw("orders").select("order_id", "customer_id")
    asked = (
        events["refunds"]
        .join(orders, on="order_id", how="inner")
        .select("refund_id", "order_id", "customer_id", "requested_ms", "requested_day")
    )
    since = nw.col("received_day") - nw.col("requested_day")
    later = (
        nw.col("refund_id").shift(-1).over("complaint_id", order_by=["requested_ms", "refund_id"])
    )
    return (
        disputes.select("complaint_id", "customer_id", "received_ms", "received_day", "upheld")
        .join(asked, on="customer_id", how="inner")
        .filter((nw.col("received_ms") >= nw.col("requested_ms")) & (since <= DISPUTE_DAYS))
        .with_columns(later=later)
        .filter(nw.col("later").is_null())
        .group_by("refund_id", "order_id")
        .agg(upheld=as_number(nw.col("upheld").fill_null(False)).max())
    )
