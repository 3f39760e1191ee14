"""Facts of chats: response rounds, conversations, customers received."""

from __future__ import annotations

import narwhals.stable.v2 as nw

from csperf.indicators.engine import MS, Events, Rows, as_number


def _in_order(column: nw.Expr) -> nw.Expr:
    """Over a conversation's messages in order; at the same moment customers go first."""
    return column.over("conversation_id", order_by=["sent_ms", "answer", "message_id"])


BY_PERSON = (nw.col("sender") == "agent") & ~nw.col("is_auto").fill_null(False)
OPENS = (nw.col("answer") == 0) & (nw.col("answer_before").fill_null(1) == 1)
CLOSES = (nw.col("answer") == 1) & (nw.col("answer_before") == 0)


def human_messages(events: Events) -> Rows:
    """Messages of customers and people, with whether the one before was an answer.

    Answers that come sooner than a person can write, counted from the first of the customer's
    messages that they follow, are machine-like and left out.
    """
    spoken = events["messages"].filter(nw.col("sender").is_in(["customer", "agent", "bot"]))
    if events.rules.bots == "exclude":
        spoken = spoken.filter((nw.col("sender") == "customer") | BY_PERSON)
    spoken = spoken.with_columns(answer=as_number(nw.col("sender") != "customer"))
    before = _in_order(nw.col("answer").shift(1))
    asked = spoken.with_columns(answer_before=before).with_columns(
        asked_ms=_in_order(nw.when(OPENS).then(nw.col("sent_ms")).otherwise(0).cum_max())
    )
    waited_s = (nw.col("sent_ms") - nw.col("asked_ms")) / MS
    too_fast = (nw.col("answer") == 1) & (waited_s < events.rules.min_reply_s)
    return asked.filter(~too_fast.fill_null(False)).with_columns(answer_before=before)


def rounds(events: Events) -> Rows:
    """Response rounds: from a customer's first unanswered message to the first human answer.

    A round counts on the local day it starts. An answered round belongs to who answered it, an
    unanswered one to who answered the round before, else to whom the conversation was routed to.
    """
    numbered = (
        events.kept("human_messages", human_messages)
        .with_columns(starts=as_number(OPENS))
        .with_columns(number=_in_order(nw.col("starts").cum_sum()))
        .filter(nw.col("number") > 0)
    )
    found = numbered.group_by("conversation_id", "number").agg(
        start_ms=nw.when(OPENS).then(nw.col("sent_ms")).min(),
        day=nw.when(OPENS).then(nw.col("sent_day")).min(),
        minute=nw.when(OPENS).then(nw.col("sent_minute")).min(),
        end_ms=nw.when(CLOSES).then(nw.col("sent_ms")).min(),
        end_day=nw.when(CLOSES).then(nw.col("sent_day")).min(),
        answered_by=nw.when(CLOSES).then(nw.col("employee_id")).max(),
    )
    before = nw.col("answered_by").shift(1).over("conversation_id", order_by="number")
    return _measure_rounds(found.with_columns(answered_before=before), events)


def _measure_rounds(found: Rows, events: Events) -> Rows:
    rules = events.rules
    routed = events["conversations"].select("conversation_id", routed_to="initial_agent_id")
    response = (nw.col("end_ms") - nw.col("start_ms")) / MS
    crossed = nw.col("end_day") > nw.col("day")
    timed = ~crossed.fill_null(False) if rules.cross_midnight == "drop" else nw.lit(True)
    capped = (
        response
        if rules.round_cap_s is None
        else nw.when(response > rules.round_cap_s)
        .then(float(rules.round_cap_s))
        .otherwise(response)
    )
    open_to = nw.coalesce("answered_before", "routed_to")
    is_first = nw.col("number") == 1
    return (
        found.join(routed, on="conversation_id", how="left")
        .filter(_in_service(*rules.service_hours))
        .with_columns(response=response, capped=capped, timed=timed)
        .with_columns(timed=nw.col("timed") & ~nw.col("end_ms").is_null())
        .select(
            "conversation_id",
            "number",
            "day",
            employee_id=nw.when(nw.col("end_ms").is_null())
            .then(open_to)
            .otherwise(nw.col("answered_by")),
            round=nw.lit(1),
            response_s=nw.when(nw.col("timed")).then(nw.col("response")),
            response_capped_s=nw.when(nw.col("timed")).then(nw.col("capped")),
            answered=nw.when(nw.col("timed")).then(nw.lit(1)),
            first_response_s=nw.when(nw.col("timed") & is_first).then(nw.col("response")),
            first_answered=nw.when(nw.col("timed") & is_first).then(nw.lit(1)),
            within=as_number((nw.col("response") <= rules.within_s).fill_null(False)),
        )
    )


def _in_service(opens: int, closes: int) -> nw.Expr:
    """Started inside the service hours, which may pass midnight (18 to 2)."""
    after, before = nw.col("minute") >= opens * 60, nw.col("minute") < closes * 60
    return after & before if opens < closes else after | before


def conversations(events: Events) -> Rows:
    """Conversations with the employee they were routed to, counted on the day they began.

    Whether a customer who wrote nothing got a reply is unknown.
    """
    first = (nw.col("answer") == 1) & (nw.col("answers_so_far") == 1)
    written = (
        events.kept("human_messages", human_messages)
        .with_columns(answers_so_far=_in_order(nw.col("answer").cum_sum()))
        .group_by("conversation_id")
        .agg(
            agent_messages=nw.col("answer").sum(),
            customer_messages=(1 - nw.col("answer")).sum(),
            replies=as_number(CLOSES).sum(),
            first_agent=nw.when(first).then(nw.col("employee_id")).max(),
        )
    )
    replied = as_number(nw.col("replies") > 0)
    return (
        events["conversations"]
        .join(written, on="conversation_id", how="left")
        .select(
            "conversation_id",
            "customer_id",
            "kind",
            "started_ms",
            "agent_messages",
            "customer_messages",
            replied=nw.when(nw.col("customer_messages") > 0).then(replied),
            day="started_day",
            employee_id=nw.coalesce("initial_agent_id", "first_agent"),
        )
    )


def customer_days(events: Events) -> Rows:
    """Customers received: routed to a person or answered by one; each counts once a local day.

    Where the customer is not recorded the conversation stands for one.
    """
    customer = nw.coalesce(
        nw.col("customer_id"), nw.concat_str(nw.lit("conversation "), nw.col("conversation_id"))
    )
    return (
        events.kept("conversations", conversations)
        .filter(~nw.col("employee_id").is_null() & ~nw.col("replied").is_null())
        .with_columns(
            customer_day=nw.concat_str(customer, nw.col("day").cast(nw.String), separator=" "),
            received=nw.lit(1),
        )
    )
