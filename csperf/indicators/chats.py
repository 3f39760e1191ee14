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
    in_order = f'partition by "{key}" order by message'
    so_far = f"{in_order} rows unbounded preceding"
    return events.engine.told(
        f"""
        select "{key}", turn,
            case
                when answer = 0 then {_sent_ms("message", room)}
                when {_is_answer("earlier", room)} then null
                else {_sent_ms("earlier", room)}
            end as asked_ms,
            case when answer = 1 then {_sent_ms("message", room)} end as said_ms,
            cast(nullif(writer, 0) as int) as writer
        from (
            select *, cast(sum(answer) over ({so_far}) - answer as int) as turn,
                lag(message) over ({in_order}) as earlier,
                lead(message) over ({in_order}) as next,
                (case when answer = 1 then message else before end) & {room - 1} as writer
            from (
                select *, cast({_is_answer("message", room)} as int) as answer
                from (select *, lag(message) over ({in_order}) as before from {{spoken}})
                where before is null or {_is_answer("message", room)}
                    or {_is_answer("before", room)}
            )
        )
        where answer = 1 or next is null
        """,
        spoken=_spoken(events),
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


def _is_answer(message: str, room: int) -> str:
    """SQL that tells the messages of those who answer from those of customers."""
    return f"({message} & {room}) > 0"


def _sent_ms(message: str, room: int) -> str:
    """SQL of when a message was sent; what is divided is a whole number of times the divisor."""
    both = 2 * room
    return f"cast(({message} - ({message} & {both - 1})) / {both} as bigint)"


def _hasty(events: Events) -> Rows:
    """Conversations in which somebody answered sooner than a person can, once for each time."""
    return events.engine.told(
        f"""
        select "{events.conversation_key}" from {{turns}}
        where said_ms - asked_ms < {events.rules.min_reply_s * MS}
        """,
        turns=events.kept("turns", _turns),
    )


def _without_hasty(events: Events) -> Rows:
    """The turns of these conversations as they are when such answers were never given."""
    key, least_ms = events.conversation_key, events.rules.min_reply_s * MS
    in_order = f'partition by "{key}" order by turn'
    so_far = f"{in_order} rows unbounded preceding"
    return events.engine.told(
        f"""
        select "{key}", turn, asked_ms, said_ms,
            case when said_ms is null then lag(writer) over ({in_order}) else writer end as writer
        from (
            select "{key}", turn, min(asked_ms) as asked_ms,
                max(case when ends = 1 then said_ms end) as said_ms,
                max(case when ends = 1 then writer end) as writer
            from (
                select "{key}", asked_ms, said_ms, writer, ends,
                    cast(sum(ends) over ({so_far}) - ends as int) as turn
                from (
                    select *, cast(coalesce(said_ms - max(coalesce(asked_ms, 0)) over ({so_far})
                        >= {least_ms}, false) as int) as ends
                    from {{turns}} where "{key}" in (select "{key}" from {{hasty}})
                )
            )
            group by "{key}", turn
        )
        """,
        turns=events.kept("turns", _turns),
        hasty=events.kept("hasty", _hasty),
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
    key = events.conversation_key
    written = events.engine.told(
        f"""
        select "{key}", min(asked_ms) as first_asked_ms,
            min(case when asked_ms is not null then said_ms end) as first_said_ms,
            max(case when turn = 0 then writer end) as first_writer
        from {{turns}}
        where turn = 0 or asked_ms is not null
        group by "{key}"
        """,
        turns=turns(events),
    )
    team = "team_id" if "team_id" in given else None
    known = events.raw("conversations").select(
        *dict.fromkeys(["conversation_id", key]),
        "started_ms",
        *given,
        "initial_agent_id",
        started_day=events.day(nw.col("started_ms"), team),
    )
    routed = events.writers.numbered(known, "initial_agent_id", "routed_to")
    return events.join(routed, written, key)


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
    asked = events.raw("messages").filter(nw.col("sender") == "customer")
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
