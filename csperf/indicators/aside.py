"""What is in nobody's value, and what stands in for finer records, counted."""

from __future__ import annotations

from collections.abc import Iterator

import narwhals.stable.v2 as nw
from pandas import DataFrame

from csperf.indicators.catalogue import INDICATORS
from csperf.indicators.daily import ON_TOTALS, TOTALS
from csperf.indicators.engine import Events
from csperf.indicators.facts import FACTS
from csperf.indicators.identity import unassigned
from csperf.indicators.values import as_recorded, fact_rows, given, recorded
from csperf.params import Cycle
from csperf.tables import quality_frame

MANY = 0.05  # rows outside the cycle of which this share is passed without a question


def set_aside(events: Events, cycle: Cycle) -> DataFrame:
    """Rows of each fact that are in nobody's value, counted, as data_quality rows.

    Those outside the cycle, those that belong to nobody, and cases too young to be judged; accounts
    whose user is not known, and what is taken from daily totals for want of anything finer.
    """
    rows = [*unassigned(events, cycle), *_on_totals(events, cycle)]
    events.cover((cycle,))
    for name, fact in FACTS.items():
        if not given(events, name) or fact.derived:
            continue
        everything = fact_rows(events, name, [], ())
        inside = fact_rows(events, name, [], (cycle,))
        total = _count(events, everything)
        within = _count(events, inside)
        found = [
            (_outside(total - within, total), total - within, total),
            (
                "belongs to no employee (in nobody's value)",
                _count(events, inside.filter(nw.col("employee_id").is_null())),
                within,
            ),
        ]
        if name == "cases":
            young = _count(events, inside.filter(nw.col("first_contact").is_null()))
            found.append(("not yet judged for first contact (left out)", young, within))
        rows += [
            {"table": name, "check": text, "count": count, "share": count / of, "example_ids": ""}
            for text, count, of in found
            if count
        ]
    return quality_frame(rows)


def _on_totals(events: Events, cycle: Cycle) -> Iterator[dict[str, object]]:
    """Which indicators daily totals stand in for, as a row of data_quality."""
    used = [as_recorded(events, INDICATORS[id], []) for id in ON_TOTALS]
    taken = [row.id for row in used if row.fact in TOTALS and recorded(events, row, [])]
    if taken:
        count = _count(events, fact_rows(events, "agent_daily", [], (cycle,)))
        check = f"as the software counted them: {', '.join(taken)} (intervals from day to day)"
        found = {"table": "agent_daily", "check": f"daily totals, {check}"}
        yield {**found, "count": count, "share": 1.0, "example_ids": ""}


def _outside(count: int, total: int) -> str:
    """What is said of rows outside the cycle, and asked where they are more than a few."""
    text = "outside the cycle (not used)"
    return text if count <= MANY * total else f"{text}; more than 5 %: are they the month's files?"


def _count(events: Events, rows: nw.LazyFrame) -> int:
    return int(events.engine.collect(rows.select(nw.len().alias("n")))["n"].iloc[0])
