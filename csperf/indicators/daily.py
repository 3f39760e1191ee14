"""Totals of a person and day, where a shop's software exports nothing finer.

An indicator whose own fact cannot be made, but which is a sum over a sum of these totals, is taken
from them (`daily` in the catalogue). What a reply or an inquiring customer is was then decided by
the software, not by the rules of measurement, and intervals know only how days differ.
"""

from __future__ import annotations

import narwhals.stable.v2 as nw

from csperf.indicators.catalogue import INDICATORS, Indicator
from csperf.indicators.engine import Events, Rows, in_e4
from csperf.indicators.exact import MS
from csperf.indicators.plans import plans
from csperf.params import Rules

TOTALS = ("agent_daily", "planned_totals")  # the facts of this module
SOURCES = {
    "response_sum_ms": "response_sum_s",
    "first_response_sum_ms": "first_response_sum_s",
    "sales_e4": "sales_amount",
}


def daily_totals(events: Events) -> Rows:
    """Totals of each person and day; times in ms, money in ten-thousandths."""
    in_ms = {
        name: (nw.col(source) * MS).round(0).cast(nw.Int64)
        for name, source in SOURCES.items()
        if name.endswith("_ms")
    }
    return events.raw("agent_daily").with_columns(
        **in_ms,
        sales_e4=in_e4(nw.col("sales_amount")),
        day=nw.col("date_day"),
        dated=nw.col("date_day"),
    )


def planned_totals(events: Events) -> Rows:
    """Totals of days for which the person has a plan of sales."""
    planned = plans(events).filter(nw.col("aim_e4") > 0).select("employee_id", "day").unique()
    return daily_totals(events).join(planned, on=["employee_id", "day"], how="inner")


BY_CASES = {"amount_numerator": None, "amount_denominator": None, "needs": ()}
ON_TOTALS = {
    row.id: row.model_copy(update=row.daily.model_dump() | BY_CASES)
    for row in INDICATORS.values()
    if row.daily
}


def from_totals(row: Indicator, events: Events, rules: Rules) -> Indicator | None:
    """The indicator as daily totals give it; None if they cannot, or not by these rules."""
    if row.id not in ON_TOTALS:
        return None
    found = ON_TOTALS[row.id]
    used = [column for column in (found.numerator, found.denominator) if column]
    needed = {f"agent_daily.{SOURCES.get(column, column)}" for column in used}
    other_mean = row.fact == "rounds" and rules.average_over != "rounds"
    other_event = row.fact == "inquiries" and rules.stage != "placed"
    return found if needed <= events.columns and not other_mean and not other_event else None
