"""Facts of work records: tasks, reports, knowledge tests, help given, ideas."""

from __future__ import annotations

import narwhals.stable.v2 as nw

from csperf.indicators.engine import Events, Rows, as_number, in_e4

FULL = 100  # points possible where a test does not say


def last_known_day(events: Events, start: int, end: int) -> int:
    """The last day of a period (end excluded) that the data reach."""
    return max(start, min(end - 1, events.last_day))


def tasks(events: Events) -> Rows:
    """Tasks and feedback items, on the day they were due; those due after the data end wait."""
    item = nw.col("kind").fill_null("task") == "feedback_item"
    done = _in_time(events, "done_ms")
    return events["tasks"].with_columns(
        day=nw.col("due_day"),
        done=nw.when(~item).then(done),
        fed_back=nw.when(item).then(done),
    )


def reports(events: Events) -> Rows:
    """Reports, on the day they were due; those due after the data end wait."""
    audited = nw.col("audited").fill_null(False)
    return events["reports_due"].with_columns(
        day=nw.col("due_day"),
        on_time=_in_time(events, "submitted_ms"),
        authentic=nw.when(audited).then(as_number(nw.col("authentic").fill_null(False))),
        quality_e4=in_e4(nw.col("quality_score")),
    )


def knowledge_tests(events: Events) -> Rows:
    """Knowledge tests on the day they were taken; the last attempt by the cycle's end counts."""
    taken = events["knowledge_tests"]
    if events.cycle_days:
        taken = taken.filter(nw.col("taken_day") < events.cycle_days[1])
    again = (
        nw.col("taken_ms")
        .shift(-1)
        .over("employee_id", "test_id", order_by=["taken_ms", "attempt"])
    )
    return (
        taken.with_columns(attempt=nw.col("attempt").fill_null(1))
        .with_columns(taken_again=~again.is_null())
        .filter(~nw.col("taken_again"))
        .with_columns(
            day=nw.col("taken_day"),
            sitting_id=nw.concat_str("employee_id", "test_id", separator=" "),
            score_e4=in_e4(nw.col("score")),
            possible_e4=in_e4(nw.col("max_score").fill_null(FULL)),
        )
    )


def knowledge_levels(events: Events) -> Rows:
    """Levels of the tests passed at any time that are valid on the last day of the cycle."""
    start, end = events.cycle_days or (events.first_day, events.last_day + 1)
    until = nw.col("valid_until_day")
    return (
        events["knowledge_tests"]
        .filter(nw.col("passed") & (nw.col("taken_day") < end))
        .filter(until.is_null() | (until >= end - 1))
        .with_columns(day=nw.lit(last_known_day(events, start, end)).cast(nw.Int64))
    )


def collaborations(events: Events) -> Rows:
    """Help given to colleagues; points count once somebody approved them."""
    approved = ~nw.col("approved_by").is_null()
    return events["collaborations"].with_columns(
        day=nw.col("at_day"),
        bonus_e4=nw.when(approved).then(in_e4(nw.col("points"))),
    )


def innovations(events: Events) -> Rows:
    """Ideas on the day they were handed in; whether one still undecided was accepted is unknown."""
    return events["innovations"].with_columns(
        day=nw.col("at_day"),
        accepted=as_number(nw.col("accepted")),
    )


def _in_time(events: Events, moment: str) -> nw.Expr:
    """Whether it happened by the time it was due; unknown before the data reach that day."""
    met = as_number((nw.col(moment) <= nw.col("due_ms")).fill_null(False))
    return nw.when(nw.col("due_day") <= events.last_day).then(met)
