"""Response rounds: how long customers waited, and whom the wait belongs to."""

from __future__ import annotations

import narwhals.stable.v2 as nw

from csperf.indicators.chats import talks, turns
from csperf.indicators.clock import DAY_MS
from csperf.indicators.engine import Events, Rows, as_number
from csperf.indicators.exact import MINUTE_MS, MS


def rounds(events: Events) -> Rows:
    """Response rounds: from a customer's first unanswered message to the first human answer.

    A round counts on the local day it starts. An answered round belongs to who answered it; an open
    one to whom the conversation was handed to, else to who wrote before, else to whom it was routed
    to. Who got the conversation while a round was open is held to the time from then on; who gave
    it away has left the round unanswered (`left` rows, counted for that employee alone).
    """
    key = events.conversation_key
    found = _owned(events)
    if events.rules.transfer == "handover" and "conversation_events" in events.names:
        found = _handed_over(found, events)
    else:
        found = found.with_columns(left=nw.lit(0))
    of_talk = talks(events).select(
        key,
        "conversation_id",
        "customer_id",
        "team_id",
        "channel",
        "filtered",
        "product",
        "priority",
        "first_asked_ms",
        routed_to="initial_agent_id",
    )
    return _timed(found.join(of_talk, on=key, how="left"), events)


def _owned(events: Events) -> Rows:
    """Rounds with the employee who answered, or who wrote before the round that stayed open."""
    key = events.conversation_key
    made = turns(events)
    asked = made.filter(~nw.col("asked_ms").is_null()).with_columns(start_ms=nw.col("asked_ms"))
    before = made.filter(~nw.col("said_ms").is_null()).select(
        key, turn=nw.col("turn") + 1, wrote_before="employee_id"
    )
    answered = asked.filter(~nw.col("said_ms").is_null())
    left_open = asked.filter(nw.col("said_ms").is_null()).join(before, on=[key, "turn"], how="left")
    return nw.concat(
        [
            answered,
            left_open.with_columns(employee_id=nw.col("wrote_before")).drop("wrote_before"),
        ]
    )


def _handed_over(found: Rows, events: Events) -> Rows:
    """Rounds of conversations that changed hands, each part with who had it then."""
    key = events.conversation_key
    moves = (
        events.keyed(events.raw("conversation_events"))
        .filter(
            nw.col("event").is_in(["assigned", "transferred"]) & ~nw.col("to_employee_id").is_null()
        )
        .select(key, "at_ms", giver="from_employee_id", taker="to_employee_id")
    )
    during = found.join(moves, on=key, how="inner").filter(
        (nw.col("at_ms") > nw.col("asked_ms"))
        & ((nw.col("at_ms") <= nw.col("said_ms")) | nw.col("said_ms").is_null())
    )
    taken = (
        during.filter(nw.col("taker") == nw.col("employee_id"))
        .group_by(key, "turn")
        .agg(taken_ms=nw.col("at_ms").max())
    )
    last = moves.with_columns(latest=nw.col("at_ms").max().over(key)).filter(
        nw.col("at_ms") == nw.col("latest")
    )
    holder = last.group_by(key).agg(holder=nw.col("taker").max())
    whole = (
        found.join(taken, on=[key, "turn"], how="left")
        .join(holder, on=key, how="left")
        .with_columns(
            start_ms=nw.coalesce("taken_ms", "start_ms"),
            employee_id=nw.when(nw.col("said_ms").is_null())
            .then(nw.coalesce("holder", "employee_id"))
            .otherwise(nw.col("employee_id")),
            left=nw.lit(0),
        )
        .drop("taken_ms", "holder")
    )
    owners = whole.select(key, "turn", owner="employee_id")
    gave = (
        during.join(owners, on=[key, "turn"], how="inner")
        .filter(~nw.col("giver").is_null() & (nw.col("giver") != nw.col("owner")).fill_null(True))
        .with_columns(employee_id=nw.col("giver"), said_ms=nw.lit(None, nw.Int64), left=nw.lit(1))
    )
    columns = whole.collect_schema().names()
    return nw.concat([whole, gave.select(columns).unique()])


def _timed(found: Rows, events: Events) -> Rows:
    """Rounds of contacts with their local day and length, those that may be timed."""
    rules = events.rules
    found = found.filter(nw.col("filtered").is_null()).with_columns(
        start=events.local(nw.col("start_ms"), "team_id"),
        end=events.local(nw.col("said_ms"), "team_id"),
    )
    length = nw.col("said_ms") - nw.col("start_ms")
    if rules.clock == "business":
        found = events.working(found, "start", "end")
        length = nw.col("end_worked") - nw.col("start_worked")
    alone = nw.concat_str(nw.lit("conversation "), nw.coalesce("conversation_id", _text(events)))
    customer = (
        nw.when(~nw.col("customer_id").is_null()).then(nw.col("customer_id")).otherwise(alone)
    )
    same_day = nw.col("start") // DAY_MS == nw.col("end") // DAY_MS
    timed = ~nw.col("length").is_null() & (same_day if rules.cross_midnight == "drop" else True)
    cap = None if rules.round_cap_s is None else int(rules.round_cap_s * MS)
    capped = nw.when(nw.col("length") > cap).then(cap).otherwise(nw.col("length")) if cap else None
    first_of_talk = nw.col("asked_ms") == nw.col("first_asked_ms")
    is_first = first_of_talk.fill_null(nw.col("turn") == 0)
    routed = nw.coalesce("employee_id", "routed_to")
    return (
        found.with_columns(length=length)
        .with_columns(
            day=nw.col("start") // DAY_MS,
            employee_id=nw.when(nw.col("said_ms").is_null())
            .then(routed)
            .otherwise(nw.col("employee_id")),
            customer=alone if rules.average_over == "conversations" else customer,
            round=nw.lit(1),
            timed=timed,
            within=as_number((nw.col("length") <= rules.within_s * MS).fill_null(False)),
        )
        .filter(_in_service(nw.col("start") % DAY_MS // MINUTE_MS, events))
        .with_columns(
            response_ms=nw.when(nw.col("timed")).then(nw.col("length")),
            response_capped_ms=nw.when(nw.col("timed")).then(
                nw.col("length") if capped is None else capped
            ),
            answered=nw.when(nw.col("timed")).then(nw.lit(1)),
            first_response_ms=nw.when(nw.col("timed") & is_first).then(nw.col("length")),
            first_answered=nw.when(nw.col("timed") & is_first).then(nw.lit(1)),
        )
    )


def _text(events: Events) -> nw.Expr:
    """The key of a conversation that only its messages know."""
    return nw.col(events.conversation_key).cast(nw.String)


def _in_service(minute: nw.Expr, events: Events) -> nw.Expr:
    """Started inside the service hours of its team, which may pass midnight (18 to 2)."""
    opens, closes = (60 * hour for hour in events.rules.service_hours)
    inside = _between(minute, opens, closes)
    for (opens, closes), teams in events.team_hours.items():
        own = nw.col("team_id").is_in(teams).fill_null(False)
        inside = (own & _between(minute, opens, closes)) | (~own & inside)
    return inside


def _between(minute: nw.Expr, opens: int, closes: int) -> nw.Expr:
    after, before = minute >= opens, minute < closes
    return after & before if opens < closes else after | before
