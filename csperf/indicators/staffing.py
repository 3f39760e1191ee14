"""Facts of working time: paid and productive hours, occupancy, adherence to the roster.

Intervals of one person overlap and touch. Laid over one another in layers (work, break, handling
...), each start and end is an edge, and the intervals open between two edges tell what was on.
"""

from __future__ import annotations

from collections.abc import Sequence

import narwhals.stable.v2 as nw

from csperf.indicators.engine import Events, Rows, as_number

SHIFTS = ("work", "break", "training", "meeting")
HANDLING = ("handling", "hold", "after_work")
DUTY = (*HANDLING, "available")


def paid_time(events: Events) -> Rows:
    """Working time by employee and day, in milliseconds; overlapping shifts count once.

    paid_ms: on shift, breaks left out. worked_ms: productive, that is without training and meetings
    too. doubled_ms: claimed by more than one shift.
    """
    spans = _spans(_worked(events), nw.col("kind").fill_null("work"))
    work, rest, training, meeting = (nw.col(name) for name in SHIFTS)
    away = (training > 0) | (meeting > 0)
    return _by_day(
        _stretches(spans, SHIFTS),
        paid_ms=((work > 0) | away) & (rest == 0),
        worked_ms=(work > 0) & ~away & (rest == 0),
        doubled_ms=work > 1,
    )


def agent_time(events: Events) -> Rows:
    """Time handling contacts (talk, hold, work after them) and time on duty, by employee and day.

    Who handles one contact while free for another is handling.
    """
    state = nw.col("state")
    states = events["agent_states"].filter(state.is_in(DUTY))
    layer = nw.when(state == "available").then(nw.lit("free")).otherwise(nw.lit("busy"))
    return _by_day(
        _stretches(_spans(states, layer), ("busy", "free")),
        handling_ms=nw.col("busy") > 0,
        on_duty_ms=(nw.col("busy") > 0) | (nw.col("free") > 0),
    )


def roster(events: Events) -> Rows:
    """Time that employees were to work by the roster, and how much of it they did, by day.

    The states of an employee tell whether he was on duty; without any, his worked shifts do; an
    employee with neither is left out, as are days after the last on which anybody was on duty.
    """
    work = nw.col("kind").fill_null("work") == "work"
    planned = events["shifts"].filter(nw.col("planned").fill_null(False))
    due = nw.when(work).then(nw.lit("due")).otherwise(nw.lit("free"))
    on_duty = nw.when(work).then(nw.lit("on")).otherwise(nw.lit("off"))
    worked, spans = _worked(events), [_spans(planned, due)]
    if "agent_states" in events.names:
        states = events["agent_states"].filter(nw.col("state").is_in(DUTY))
        worked = worked.join(states, on="employee_id", how="anti")
        spans.append(_spans(states, nw.lit("on")))
    spans.append(_spans(worked, on_duty))
    stretches = _stretches(nw.concat(spans), ("due", "free", "on", "off"))
    there = nw.col("on") > 0
    told = stretches.with_columns(everybody=nw.lit(1)).with_columns(
        last=nw.when(there).then(nw.col("day")).max().over("everybody"),
        seen=nw.when(there).then(nw.col("day")).max().over("employee_id"),
    )
    expected = (nw.col("due") > 0) & (nw.col("free") == 0)
    return _by_day(
        told.filter(~nw.col("seen").is_null() & (nw.col("day") <= nw.col("last"))),
        due_ms=expected,
        adhered_ms=expected & there & (nw.col("off") == 0),
    )


def _worked(events: Events) -> Rows:
    """Shifts as worked; those not marked as planned."""
    return events["shifts"].filter(~nw.col("planned").fill_null(False))


def _spans(rows: Rows, layer: nw.Expr) -> Rows:
    return rows.filter(nw.col("end_ms") > nw.col("start_ms")).select(
        "employee_id", "start_ms", "end_ms", "start_day", layer=layer
    )


def _by_time(column: nw.Expr) -> nw.Expr:
    """Over a person's edges; what starts goes before what ends, so touching time is one."""
    return column.over("employee_id", order_by=["at_ms", "ends"])


def _stretches(spans: Rows, layers: Sequence[str]) -> Rows:
    """Time between one edge and the next: employee_id, day, length_ms, open spans of each layer.

    The day is that on which the unbroken time began: a night shift stays on the day of its start.
    """
    sides = [
        spans.select(
            "employee_id",
            *((as_number(nw.col("layer") == layer) * step).alias(layer) for layer in layers),
            at_ms=f"{side}_ms",
            day="start_day",
            ends=nw.lit(int(step < 0)),
            step=nw.lit(step),
        )
        for side, step in (("start", 1), ("end", -1))
    ]
    edges = (
        nw.concat(sides)
        .group_by("employee_id", "at_ms", "ends")
        .agg(nw.col("day").min(), *(nw.col(name).sum() for name in (*layers, "step")))
    )
    starts_anew = (nw.col("ends") == 0) & (nw.col("open") == nw.col("step"))
    return edges.with_columns(open=_by_time(nw.col("step").cum_sum())).select(
        "employee_id",
        *(_by_time(nw.col(name).cum_sum()).alias(name) for name in layers),
        day=_by_time(nw.when(starts_anew).then(nw.col("day")).otherwise(0).cum_max()),
        length_ms=_by_time(nw.col("at_ms").shift(-1)) - nw.col("at_ms"),
    )


def _by_day(stretches: Rows, **measures: nw.Expr) -> Rows:
    """Milliseconds of each employee and day in which the conditions hold."""
    length = nw.col("length_ms").fill_null(0)
    return (
        stretches.with_columns(
            **{name: nw.when(holds).then(length).otherwise(0) for name, holds in measures.items()}
        )
        .group_by("employee_id", "day")
        .agg(*(nw.col(name).sum() for name in measures))
        .with_columns(
            employee_day=nw.concat_str(
                nw.col("employee_id"), nw.col("day").cast(nw.String), separator=" "
            )
        )
    )
