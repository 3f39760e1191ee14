"""Facts of sales leads: what service delivered, and what came of it."""

from __future__ import annotations

import narwhals.stable.v2 as nw

from csperf.indicators.engine import Events, Rows, as_number, in_e4
from csperf.indicators.shop import STANDS


def leads(events: Events) -> Rows:
    """Leads on the day they were delivered; one that is not valid cannot be good."""
    spoilt = ~nw.col("valid").fill_null(True)
    return events["leads"].with_columns(
        day=nw.col("created_day"),
        valid=as_number(nw.col("valid")),
        qualified=nw.when(spoilt).then(nw.lit(0)).otherwise(as_number(nw.col("qualified"))),
    )


def lead_sales(events: Events) -> Rows:
    """Paid orders that came from leads, on the day of payment, with whose lead came first."""
    earlier = nw.col("lead_id").shift(1).over("order_id", order_by=["created_ms", "lead_id"])
    firsts = (
        events["leads"]
        .filter(~nw.col("order_id").is_null())
        .with_columns(earlier=earlier)
        .filter(nw.col("earlier").is_null())
        .select("order_id", "lead_id", "employee_id")
    )
    return (
        events["orders"]
        .filter(STANDS)
        .join(firsts, on="order_id", how="inner")
        .with_columns(
            day=nw.col("paid_day"),
            customer=events.customer_or("order", "order_id"),
            lead_sales_e4=in_e4(nw.coalesce("paid_amount", "amount")),
        )
    )
