"""Facts of chats: turns, response rounds, conversations, customers received."""

from __future__ import annotations

import narwhals.stable.v2 as nw

from csperf.indicators.engine import Events, Rows, as_number
from csperf.indicators.exact import MS

OF_TALK = (
    "team_id",
    "channel",
    "customer_id",
    "kind",
    "initial_agent_id",
    "filtered",
    "product",
    "priority",
)


def turns(events: Events) -> Rows:
    """Messages of people, each with the customer's messages that it follows.

    A turn is one message of a person (`said_ms`, `employee_id`) and what the customer wrote since
    the person's message before (`asked_ms` the first of it, `questions` how many); the last turn of
    a conversation may be unsaid. At the same moment customers go first. Answers that come sooner
    than a person can write, counted from the first of the customer's messages that they follow, are
    machine-like and left out.
    """
    if not events.is_kept("turns"):
        found = events.kept("raw_turns", _raw_turns)
        if not events.rules.min_reply_s or not events.count("hasty", _hasty):
            return found
    made = events.kept("turns", _without_hasty)
    events.forget("raw_turns")
    return made


def _raw_turns(events: Events) -> Rows:
    key = events.conversation_key
    spoken = _spoken(events)
    so_far = nw.col("answer").cum_sum().over(key, order_by=["sent_ms", "answer", "employee_id"])
    asks, says = nw.col("answer") == 0, nw.col("answer") == 1
    return (
        spoken.with_columns(turn=so_far - nw.col("answer"))
        .group_by(key, "turn")
        .agg(
            asked_ms=nw.when(asks).then(nw.col("sent_ms")).min(),
            questions=as_number(asks).sum(),
            said_ms=nw.when(says).then(nw.col("sent_ms")).max(),
            employee_id=nw.when(says).then(nw.col("employee_id")).max(),
        )
    )


def _spoken(events: Events) -> Rows:
    """Messages of customers (answer 0) and of those who answer them (answer 1).

    Answers of machines, where the rules include them, are nobody's.
    """
    person = (nw.col("sender") == "agent") & ~nw.col("is_auto").fill_null(False)
    if events.machines:
        person = person & ~nw.col("employee_id").is_in(events.machines).fill_null(False)
    customer = nw.col("sender") == "customer"
    answers = person if events.rules.bots == "exclude" else nw.col("sender").is_in(["agent", "bot"])
    spoken = (
        events.keyed(events.raw("messages"))
        .filter(customer | answers)
        .select(
            events.conversation_key,
            "sent_ms",
            employee_id=nw.when(person).then(nw.col("employee_id")),
            answer=as_number(~customer),
        )
    )
    return events.engine.coded("employee_id", spoken)


def _hasty(events: Events) -> Rows:
    """Conversations in which somebody answered sooner than a person can."""
    waited = nw.col("said_ms") - nw.col("asked_ms")
    return (
        events.kept("raw_turns", _raw_turns)
        .filter(waited < events.rules.min_reply_s * MS)
        .select(events.conversation_key)
        .unique()
    )


def _without_hasty(events: Events) -> Rows:
    """The turns as they are when machine-like answers were never given."""
    key, everything = events.conversation_key, events.kept("raw_turns", _raw_turns)
    hasty = events.kept("hasty", _hasty)
    found = everything.join(hasty, on=key, how="semi")
    waiting_since = nw.col("asked_ms").fill_null(0).cum_max().over(key, order_by="turn")
    said = nw.when(nw.col("said_ms") - nw.col("since") >= events.rules.min_reply_s * MS).then(
        nw.col("said_ms")
    )
    ends = as_number(~nw.col("said_ms").is_null())
    told_apart = (
        found.with_columns(since=waiting_since)
        .with_columns(said_ms=said)
        .with_columns(ends=ends)
        .with_columns(turn=nw.col("ends").cum_sum().over(key, order_by="turn") - nw.col("ends"))
        .group_by(key, "turn")
        .agg(
            nw.col("asked_ms").min(),
            nw.col("questions").sum(),
            nw.col("said_ms").max(),
            employee_id=nw.when(nw.col("ends") == 1).then(nw.col("employee_id")).max(),
        )
        .select(everything.collect_schema().names())
    )
    return nw.concat([everything.join(hasty, on=key, how="anti"), told_apart])


def talks(events: Events) -> Rows:
    """Conversations with what was said in them; one that nobody wrote in has no counts."""
    absent = [name for name in OF_TALK if f"conversations.{name}" not in events.columns]
    nothing = {name: nw.lit(None, nw.String) for name in absent}
    made = events.kept("talks", _talks)
    return made.with_columns(**nothing) if nothing else made


def _talks(events: Events) -> Rows:
    given = [name for name in OF_TALK if f"conversations.{name}" in events.columns]
    answered = ~nw.col("asked_ms").is_null() & ~nw.col("said_ms").is_null()
    written = (
        turns(events)
        .group_by(events.conversation_key)
        .agg(
            first_asked_ms=nw.col("asked_ms").min(),
            first_said_ms=nw.when(answered).then(nw.col("said_ms")).min(),
            first_said_by=nw.when(nw.col("turn") == 0).then(nw.col("employee_id")).max(),
            customer_messages=nw.col("questions").sum().cast(nw.Int64),
            agent_messages=nw.col("said_ms").count(),
            answers=as_number(answered).sum().cast(nw.Int64),
        )
    )
    known = events["conversations"].select("conversation_id", "started_ms", "started_day", *given)
    return events.keyed(known).join(written, on=events.conversation_key, how="left")


def conversations(events: Events) -> Rows:
    """Conversations with the employee they were routed to, counted on the day they began.

    Whether a customer who wrote nothing got a reply is unknown.
    """
    asked = nw.col("customer_messages") > 0
    quick = events.rules.effective_reply_s
    replied = nw.col("answers") > 0
    if quick is not None:
        replied = replied & (nw.col("first_said_ms") - nw.col("first_asked_ms") <= quick * MS)
    return (
        talks(events)
        .filter(nw.col("filtered").is_null())
        .with_columns(
            replied=nw.when(asked).then(as_number(replied.fill_null(False))),
            day=nw.col("started_day"),
            employee_id=nw.coalesce("initial_agent_id", "first_said_by"),
            customer=events.customer_or("conversation", "conversation_id"),
        )
    )


def customer_days(events: Events) -> Rows:
    """Customers received: routed to a person or answered by one; each counts once a local day.

    Where the customer is not recorded the conversation stands for one.
    """
    by_talk = events.rules.count_by == "conversation"
    visit = nw.col("conversation_id" if by_talk else "day")
    return (
        conversations(events)
        .filter(~nw.col("employee_id").is_null() & ~nw.col("replied").is_null())
        .with_columns(visit=visit, received=nw.lit(1))
    )
