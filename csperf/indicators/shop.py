"""Facts of the shop: what was sold, who came back, how orders were handled and followed up."""

from __future__ import annotations

import narwhals.stable.v2 as nw

from csperf.indicators.engine import Events, Rows, as_number, in_e4
from csperf.indicators.sales import attributed_orders

STANDS = (
    ~nw.col("paid_ms").is_null()
    & (nw.col("status") != "cancelled").fill_null(True)
    & ~nw.col("is_test_or_fake").fill_null(False)
)


def sales(events: Events) -> Rows:
    """Paid orders, neither cancelled nor fake, on the day of payment.

    sold_e4 is the money of an order that is owed to somebody, public_e4 that of the others.
    """
    owned = ~nw.col("employee_id").is_null()
    return (
        events.kept("attributed_orders", attributed_orders)
        .filter(STANDS)
        .with_columns(
            day=nw.col("paid_day"),
            sold_e4=nw.when(owned).then(nw.col("paid_e4")),
            public_e4=nw.when(~owned).then(nw.col("paid_e4")),
        )
    )


def buyers(events: Events) -> Rows:
    """Purchases of known customers, with whether they bought again on a later day in the window.

    Whom they bought from then does not matter, gifts are no purchases, and purchases that are not
    older than the window are not judged yet.
    """
    window = events.rules.repurchase_window_days
    bought = events.kept("sales", sales).filter(
        ~nw.col("customer_id").is_null() & (nw.col("paid_e4") > 0)
    )
    days = bought.select("customer_id", "day").unique()
    visits = days.with_columns(next_day=nw.col("day").shift(-1).over("customer_id", order_by="day"))
    again = (nw.col("next_day") - nw.col("day") <= window).fill_null(False)
    judged = events.last_day - nw.col("day") >= window
    return bought.join(visits, on=["customer_id", "day"], how="left").with_columns(
        again=nw.when(judged).then(as_number(again))
    )


def processed_orders(events: Events) -> Rows:
    """Orders on the day they were first accepted, with the time until they were last done.

    An order belongs to who was done with it last, an open one to who accepted it.
    """
    accepted, done = nw.col("event") == "accepted", nw.col("event") == "processing_done"
    steps = events["order_events"]
    spans = steps.group_by("order_id").agg(
        accepted_ms=nw.when(accepted).then(nw.col("at_ms")).min(),
        day=nw.when(accepted).then(nw.col("at_day")).min(),
        done_ms=nw.when(done).then(nw.col("at_ms")).max(),
    )
    first = accepted & (nw.col("at_ms") == nw.col("accepted_ms"))
    last = done & (nw.col("at_ms") == nw.col("done_ms"))
    people = (
        steps.join(spans, on="order_id", how="inner")
        .group_by("order_id")
        .agg(
            opened_by=nw.when(first).then(nw.col("employee_id")).max(),
            done_by=nw.when(last).then(nw.col("employee_id")).max(),
        )
    )
    took = nw.col("done_ms") - nw.col("accepted_ms")
    return (
        spans.join(people, on="order_id", how="inner")
        .filter(~nw.col("accepted_ms").is_null())
        .select(
            "order_id",
            "day",
            employee_id=nw.coalesce("done_by", "opened_by"),
            processing_ms=nw.when(took >= 0).then(took),
        )
    )


def follow_ups(events: Events) -> Rows:
    """Reminders of payment and after-sales help, each on its day.

    An order is paid once: of several reminders of an order that name money the last one counts. An
    order that was helped with counts once, whatever the number of follow-ups.
    """
    helped = (nw.col("kind") == "after_sales").fill_null(False)
    named = ~helped & (nw.col("recovered_amount") > 0).fill_null(False)
    later = (
        nw.col("follow_up_id")
        .shift(-1)
        .over("followed", "named", order_by=["at_ms", "follow_up_id"])
    )
    counts = ~nw.col("named") | nw.col("later").is_null()
    return (
        events["follow_ups"]
        .with_columns(
            day=nw.col("at_day"),
            followed=nw.coalesce(
                nw.col("order_id"), nw.concat_str(nw.lit("follow-up "), nw.col("follow_up_id"))
            ),
            handled=as_number(helped),
            named=named,
        )
        .with_columns(later=later)
        .with_columns(
            recovered_e4=nw.when(nw.col("handled") == 0).then(
                in_e4(nw.col("recovered_amount")) * as_number(counts)
            )
        )
    )
