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
    "filtered",
    "product",
    "priority",
)


CARRIED = ("team_id", "channel", "product", "priority")


def turns(events: Events) -> Rows:
    """Messages of people, each with the customer's messages that it follows.

    A turn is one message of a person (`said_ms`, `writer`) and what the customer wrote since
    the message before (`asked_ms` the first of it); the last turn of a conversation may be unsaid,
    and then `writer` is who wrote before it. At the same moment customers go first. Answers that
    come sooner than a person can write, counted from the first of the customer's messages that they
    follow, are machine-like and left out.
    """
    found = events.kept("turns", _turns)
    if not events.rules.min_reply_s or events.is_kept("hasty"):
        return found
    if events.count("hasty", _hasty):
        events.exchange("turns", _without_hasty(events), events.conversation_key)
    return events.kept("turns", _turns)


def _turns(events: Events) -> Rows:
    """The turns, hasty answers included.

    Of what a customer writes in a row only the first message counts. Without the others, an answer
    stands right behind the message that it answers.
    """
    key, room = events.conversation_key, events.writers.room
    message, before, earlier = nw.col("message"), nw.col("before"), nw.col("earlier")
    answer = nw.col("answer")
    counts = before.is_null() | _is_answer(message, room) | _is_answer(before, room)
    return (
        _spoken(events)
        .with_columns(before=message.shift(1).over(key, order_by="message"))
        .filter(counts)
        .with_columns(answer=as_number(_is_answer(message, room)))
        .with_columns(
            turn=(answer.cum_sum().over(key, order_by="message") - answer).cast(nw.Int32),
            earlier=message.shift(1).over(key, order_by="message"),
            next=message.shift(-1).over(key, order_by="message"),
        )
        .filter((answer == 1) | nw.col("next").is_null())
        .select(
            key,
            "turn",
            asked_ms=nw.when(answer == 0)
            .then(_sent_ms(message, room))
            .otherwise(nw.when(~_is_answer(earlier, room)).then(_sent_ms(earlier, room))),
            said_ms=nw.when(answer == 1).then(_sent_ms(message, room)),
            writer=_writer(nw.when(answer == 1).then(message).otherwise(before), room),
        )
    )


def _spoken(events: Events) -> Rows:
    """Messages of customers and of those who answer them, each as one whole number.

    It holds the moment, the side and the writer, and sorts by all three. Answers of machines, where
    the rules include them, are nobody's.
    """
    person = (nw.col("sender") == "agent") & ~nw.col("is_auto").fill_null(False)
    if events.machines:
        person = person & ~nw.col("employee_id").is_in(events.machines).fill_null(False)
    other = person if events.rules.bots == "exclude" else nw.col("sender").is_in(["agent", "bot"])
    asks = nw.col("sender") == "customer"
    spoken = events.raw("messages").filter(asks | other)
    side = nw.col("sent_ms") * 2 + nw.when(asks).then(0).otherwise(1)
    writer = nw.when(person).then(nw.col("number")).fill_null(0)
    return events.writers.numbered(spoken, "employee_id", "number").select(
        events.conversation_key, message=side * events.writers.room + writer
    )


def _speaker(message: nw.Expr, room: int) -> nw.Expr:
    """Who wrote a message: 0 for the customer, from `room` on those who answer."""
    return message % (2 * room)


def _is_answer(message: nw.Expr, room: int) -> nw.Expr:
    return _speaker(message, room) >= room


def _writer(message: nw.Expr, room: int) -> nw.Expr:
    """The number of a message's writer, unknown for customers and machines."""
    number = message % room
    return nw.when(number > 0).then(number.cast(nw.Int32))


def _sent_ms(message: nw.Expr, room: int) -> nw.Expr:
    """When a message was sent; what is divided is a whole number of times the divisor."""
    return ((message - _speaker(message, room)) / (2 * room)).cast(nw.Int64)


def _hasty(events: Events) -> Rows:
    """Conversations in which somebody answered sooner than a person can, once for each time."""
    waited = nw.col("said_ms") - nw.col("asked_ms")
    hasty = waited < events.rules.min_reply_s * MS
    return events.kept("turns", _turns).filter(hasty).select(events.conversation_key)


def _without_hasty(events: Events) -> Rows:
    """The turns of these conversations as they are when such answers were never given."""
    key = events.conversation_key
    hasty = events.kept("hasty", _hasty)
    found = events.join(events.kept("turns", _turns), hasty, key, how="semi")
    waiting_since = nw.col("asked_ms").fill_null(0).cum_max().over(key, order_by="turn")
    late = nw.col("said_ms") - waiting_since >= events.rules.min_reply_s * MS
    ended = nw.col("ends").cum_sum().over(key, order_by="turn") - nw.col("ends")
    before = nw.col("writer").shift(1).over(key, order_by="turn")
    return (
        found.with_columns(ends=as_number(late.fill_null(False)))
        .with_columns(turn=ended.cast(nw.Int32))
        .group_by(key, "turn")
        .agg(
            nw.col("asked_ms").min(),
            said_ms=nw.when(nw.col("ends") == 1).then(nw.col("said_ms")).max(),
            writer=nw.when(nw.col("ends") == 1).then(nw.col("writer")).max(),
        )
        .with_columns(
            writer=nw.when(nw.col("said_ms").is_null()).then(before).otherwise(nw.col("writer"))
        )
    )


def talks(events: Events) -> Rows:
    """Conversations with what was said in them; one that nobody wrote in has no counts."""
    return events.told("talks", _whole_talks)


def _whole_talks(events: Events) -> Rows:
    """Conversations with all their columns; those that nobody gave take no room."""
    absent = [name for name in OF_TALK if f"conversations.{name}" not in events.columns]
    nothing = {name: nw.lit(None, nw.String) for name in absent}
    made = events.kept("talks", _talks)
    return made.with_columns(**nothing) if nothing else made


def _talks(events: Events) -> Rows:
    given = [name for name in OF_TALK if f"conversations.{name}" in events.columns]
    answered = ~nw.col("asked_ms").is_null() & ~nw.col("said_ms").is_null()
    written = (
        turns(events)
        .filter((nw.col("turn") == 0) | ~nw.col("asked_ms").is_null())
        .group_by(events.conversation_key)
        .agg(
            first_asked_ms=nw.col("asked_ms").min(),
            first_said_ms=nw.when(answered).then(nw.col("said_ms")).min(),
            first_writer=nw.when(nw.col("turn") == 0).then(nw.col("writer")).max(),
        )
    )
    team = "team_id" if "team_id" in given else None
    known = events.raw("conversations").select(
        *dict.fromkeys(["conversation_id", events.conversation_key]),
        "started_ms",
        *given,
        "initial_agent_id",
        started_day=events.day(nw.col("started_ms"), team),
    )
    routed = events.writers.numbered(known, "initial_agent_id", "routed_to")
    return events.join(routed, written, events.conversation_key)


def conversations(events: Events) -> Rows:
    """Conversations with the employee they were routed to, counted on the day they began.

    Whether a customer who wrote nothing got a reply is unknown.
    """
    return events.told("conversations", _counted)


def _counted(events: Events) -> Rows:
    asked = ~nw.col("first_asked_ms").is_null()
    quick = events.rules.effective_reply_s
    replied = ~nw.col("first_said_ms").is_null()
    if quick is not None:
        replied = replied & (nw.col("first_said_ms") - nw.col("first_asked_ms") <= quick * MS)
    found = talks(events)
    if "conversations.filtered" in events.columns:
        found = found.filter(nw.col("filtered").is_null())
    known = ["conversation_id", events.conversation_key, "customer_id", "started_ms"]
    found = found.select(
        *dict.fromkeys([*known, "kind", *CARRIED]),
        replied=nw.when(asked).then(as_number(replied.fill_null(False))),
        day=nw.col("started_day"),
        owner=nw.coalesce("routed_to", "first_writer"),
        customer=events.customer_or("conversation", "conversation_id"),
    )
    return events.writers.named(found, "owner")


def written(events: Events) -> Rows:
    """Conversations with the messages of customers, and of people who did not answer too soon."""
    key = events.conversation_key
    asked = _spoken(events).filter(~_is_answer(nw.col("message"), events.writers.room))
    said = turns(events).filter(~nw.col("said_ms").is_null())
    return (
        conversations(events)
        .join(asked.group_by(key).agg(customer_messages=nw.len()), on=key, how="left")
        .join(said.group_by(key).agg(agent_messages=nw.len()), on=key, how="left")
        .with_columns(nw.col("agent_messages").fill_null(0))
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
