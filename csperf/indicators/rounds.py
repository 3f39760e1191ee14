"""Response rounds: how long customers waited, and whom the wait belongs to."""

from __future__ import annotations

import narwhals.stable.v2 as nw

from csperf.indicators.chats import CARRIED, talks, turns
from csperf.indicators.clock import DAY_MS
from csperf.indicators.engine import Events, Rows, as_number
from csperf.indicators.exact import MS, distinct, floored, minute_of_day

ALWAYS = (0, 24)


def rounds(events: Events) -> Rows:
    """Response rounds: from a customer's first unanswered message to the first human answer.

    A round counts on the local day it starts. An answered round belongs to who answered it; an open
    one to whom the conversation was handed to, else to who wrote before, else to whom it was routed
    to. Who got the conversation while a round was open is held to the time from then on, but from a
    bot only where the rules say so; who gave it away has left the round unanswered (`left` rows,
    counted for that employee alone).
    """
    conversations = talks(events)
    found = _owned(events)
    if events.rules.transfer == "handover" and "conversation_events" in events.names:
        found = _handed_over(found, events)
    return _timed(events.join(found, conversations, events.conversation_key), events)


def _owned(events: Events) -> Rows:
    """Rounds with the employee who answered, or who wrote before the round that stayed open."""
    return events.engine.told(
        f"""
        select "{events.conversation_key}", turn, asked_ms, said_ms, asked_ms as start_ms,
            writer as owner, 0 as "left"
        from {{turns}} where asked_ms is not null
        """,
        turns=turns(events),
    )


def _handed_over(found: Rows, events: Events) -> Rows:
    """Rounds of conversations that changed hands, each part with who had it then."""
    key = events.conversation_key
    moves = _moves(events)
    during = found.join(moves, on=key, how="inner").filter(
        (nw.col("at_ms") > nw.col("asked_ms"))
        & ((nw.col("at_ms") <= nw.col("said_ms")) | nw.col("said_ms").is_null())
    )
    timed = during if events.rules.bot_transfer == "handover" else _by_people(during, events)
    taken = (
        timed.filter(nw.col("taker") == nw.col("owner"))
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
            owner=nw.when(nw.col("said_ms").is_null())
            .then(nw.coalesce("holder", "owner"))
            .otherwise(nw.col("owner")),
        )
        .drop("taken_ms", "holder")
    )
    owners = whole.select(key, "turn", final="owner")
    gave = (
        during.join(owners, on=[key, "turn"], how="inner")
        .filter(~nw.col("giver").is_null() & (nw.col("giver") != nw.col("final")).fill_null(True))
        .filter(~nw.col("by_machine"))
        .with_columns(owner=nw.col("giver"), said_ms=nw.lit(None, nw.Int64), left=nw.lit(1))
    )
    return nw.concat([whole, distinct(gave.select(whole.collect_schema().names()))])


def _by_people(during: Rows, events: Events) -> Rows:
    """Handovers in a round that no bot made: it gave, or had answered and no giver is named."""
    key, bot = events.conversation_key, nw.col("sender") == "bot"
    if events.machines:
        bot = bot | nw.col("employee_id").is_in(events.machines).fill_null(False)
        during = during.filter(~nw.col("by_machine"))
    said = events.raw("messages").filter(bot).select(key, bot_ms="sent_ms")
    after_bot = (
        during.filter(nw.col("giver").is_null())
        .join(said, on=key, how="inner")
        .filter((nw.col("bot_ms") >= nw.col("asked_ms")) & (nw.col("bot_ms") <= nw.col("at_ms")))
    )
    handover = [key, "turn", "at_ms"]
    return during.join(distinct(after_bot, *handover), on=handover, how="anti")


def _moves(events: Events) -> Rows:
    """Who gave a conversation to whom, and when."""
    moves = events.raw("conversation_events").filter(
        nw.col("event").is_in(["assigned", "transferred"]) & ~nw.col("to_employee_id").is_null()
    )
    by_machine = nw.lit(False)
    if events.machines:
        by_machine = nw.col("from_employee_id").is_in(events.machines).fill_null(False)
    moves = moves.with_columns(by_machine=by_machine)
    moves = events.writers.numbered(moves, "from_employee_id", "giver")
    moves = events.writers.numbered(moves, "to_employee_id", "taker")
    taker, giver = nw.col("taker").cast(nw.Int32), nw.col("giver").cast(nw.Int32)
    return moves.select(events.conversation_key, "at_ms", "by_machine", giver=giver, taker=taker)


def _timed(found: Rows, events: Events) -> Rows:
    """Rounds of contacts with their local day and length, those that may be timed."""
    rules = events.rules
    start = events.local(nw.col("start_ms"), "team_id")
    end = events.local(nw.col("said_ms"), "team_id")
    length = nw.col("said_ms") - nw.col("start_ms")
    if rules.clock == "business":
        found = events.working(found.with_columns(start=start, end=end), "start", "end")
        length = nw.col("end_worked") - nw.col("start_worked")
    if "conversations.filtered" in events.columns:
        found = found.filter(nw.col("filtered").is_null())
    if events.team_hours or rules.service_hours != ALWAYS:
        found = found.filter(_in_service(minute_of_day(start), events))
    alone = nw.concat_str(nw.lit("conversation "), nw.coalesce("conversation_id", _text(events)))
    customer = (
        nw.when(~nw.col("customer_id").is_null()).then(nw.col("customer_id")).otherwise(alone)
    )
    timed = ~length.is_null()
    if rules.cross_midnight == "drop":
        timed = timed & (floored(start, DAY_MS) == floored(end, DAY_MS))
    capped = length
    if rules.round_cap_s is not None:
        cap = round(rules.round_cap_s * MS)
        capped = nw.when(length > cap).then(cap).otherwise(length)
    first_of_talk = nw.col("asked_ms") == nw.col("first_asked_ms")
    first = timed & first_of_talk.fill_null(nw.col("turn") == 0)
    routed = nw.coalesce("owner", "routed_to")
    answered = ~nw.col("said_ms").is_null()
    measured = found.select(
        "conversation_id",
        *CARRIED,
        "left",
        day=floored(start, DAY_MS),
        owner=nw.when(answered).then(nw.col("owner")).otherwise(routed),
        customer=alone if rules.average_over == "conversations" else customer,
        round=nw.lit(1),
        within=as_number((length <= round(rules.within_s * MS)).fill_null(False)),
        response_ms=nw.when(timed).then(length),
        response_capped_ms=nw.when(timed).then(capped),
        answered=nw.when(timed).then(nw.lit(1)),
        first_response_ms=nw.when(first).then(length),
        first_answered=nw.when(first).then(nw.lit(1)),
    )
    return events.writers.named(measured, "owner")


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
