"""Facts of the telephone: calls offered, answered, abandoned, and the time they took."""

from __future__ import annotations

import narwhals.stable.v2 as nw

from csperf.indicators.cases import elapsed
from csperf.indicators.engine import Events, Rows, as_number
from csperf.indicators.exact import MS


def calls(events: Events) -> Rows:
    """Calls, on the day they were offered; times in milliseconds.

    A call that nobody answered was abandoned, unless it is recorded as something else. One given up
    within `abandon_tolerance_s` was not offered: whether it was abandoned, or answered in time, is
    unknown. Handling is the time from answer to end, in which the customer may be on hold, and the
    work after the call.
    """
    rules = events.rules
    answered = ~nw.col("answered_ms").is_null()
    abandoned = ~answered & nw.col("abandoned").fill_null(True)
    waited = elapsed("offered_ms", "answered_ms")
    rang = elapsed("offered_ms", "ended_ms")
    offered = ~(abandoned & (rang < rules.abandon_tolerance_s * MS).fill_null(False))
    after_ms = (nw.col("after_work_s") * MS).round().cast(nw.Int64)
    return events["calls"].with_columns(
        day=nw.col("offered_day"),
        customer=events.customer_or("call", "call_id"),
        answered=as_number(answered),
        abandoned=nw.when(offered).then(as_number(abandoned)),
        in_time=nw.when(offered).then(as_number(answered & (waited <= rules.service_level_s * MS))),
        call_resolved=as_number(nw.col("resolved")),
        wait_ms=waited,
        handle_ms=elapsed("answered_ms", "ended_ms") + after_ms,
    )
