"""Facts of what others say of the service: complaints, surveys, reviews, samples; who left."""

from __future__ import annotations

import narwhals.stable.v2 as nw

from csperf.indicators.chats import conversations
from csperf.indicators.engine import Events, Rows, as_number, in_e4
from csperf.indicators.exact import E4

FULL = 100  # points of the best rating
OWNERS = {"conversations": "initial_agent_id", "calls": "employee_id", "cases": "owner_id"}
JUDGED = ("employee_id", "team_id", "channel", "customer", "day", "judgement_id", "points_e4")


def complaints(events: Events) -> Rows:
    """Complaints and disputes, on the day they came in; only upheld complaints count."""
    dispute = nw.col("kind").fill_null("complaint") == "dispute"
    return events["complaints"].with_columns(
        day=nw.col("received_day"),
        customer=events.customer_or("complaint", "complaint_id"),
        upheld=as_number(nw.col("upheld").fill_null(False) & ~dispute),
        dispute=as_number(dispute),
    )


def surveys(events: Events) -> Rows:
    """Surveys, on the day they were sent (answered, where that is not recorded).

    satisfied: at least the share `satisfied_from` of the best rating. promotion: 100 for a customer
    who would recommend (9, 10), -100 for one who would not (0 to 6). points: the rating from 0 for
    the worst, 1, to 100 for the best. A survey belongs to the employee it names, else to who had
    the contact it is about.
    """
    rating, best, likely = (nw.col(name) for name in ("rating", "scale_max", "nps_0_10"))
    satisfied_from = round(events.rules.satisfied_from * E4)
    answered = ~nw.col("answered_ms").is_null() | ~rating.is_null() | ~likely.is_null()
    undecided = nw.when(likely.is_in([7, 8])).then(0)
    promotion = nw.when(likely >= 9).then(FULL).when(likely <= 6).then(-FULL).otherwise(undecided)
    return _of_contact(events["surveys"], events).with_columns(
        day=nw.coalesce("sent_day", "answered_day"),
        customer=events.customer_or("survey", "survey_id"),
        returned=as_number(answered),
        satisfied=as_number(in_e4(rating) * E4 >= in_e4(best) * satisfied_from),
        rating_e4=in_e4(rating),
        promotion=promotion,
        points_e4=in_e4((rating - 1) / (best - 1) * FULL),
    )


def reviews(events: Events) -> Rows:
    """Public reviews, on the day they were written."""
    written, polarity = events["reviews"], nw.col("polarity")
    if "orders" in events.names:
        buyers = events["orders"].select("order_id", "customer_id")
        written = written.join(buyers, on="order_id", how="left")
    else:
        written = written.with_columns(customer_id=nw.lit(None, nw.String))
    return written.with_columns(
        day=nw.col("at_day"),
        customer=events.customer_or("review", "review_id"),
        good=as_number(polarity == "good"),
        bad=as_number(polarity == "bad"),
    )


def samples(events: Events) -> Rows:
    """Samples judged by quality reviewers, a row for each criterion, on the day of judging.

    They vary by customer, or by conversation where the customer is not known: the criteria of one
    conversation are judged together, and a handful of reviewers is too few to vary over.
    """
    best = nw.col("max_score").fill_null(FULL)
    judged = _of_contact(events["qa_reviews"], events)
    return judged.with_columns(sample_id=nw.coalesce("conversation_id", "qa_id")).with_columns(
        day=nw.col("at_day"),
        customer=events.customer_or("conversation", "sample_id"),
        correct=as_number(nw.col("correct")),
        points_e4=in_e4(nw.col("score") / best * FULL),
    )


def judgements(events: Events) -> Rows:
    """Points for the service given by customers in surveys and by quality reviewers."""
    given = [
        make(events).with_columns(judgement_id=nw.col(id)).select(*JUDGED)
        for table, make, id in (("surveys", surveys, "survey_id"), ("qa_reviews", samples, "qa_id"))
        if table in events.names
    ]
    return nw.concat(given)


def customers(events: Events) -> Rows:
    """Customers who were active when the cycle began, and whether they left before its end.

    They belong to no employee: what becomes of them is the outcome of the whole department.
    """
    start, end = events.cycle_days or (events.first_day, events.last_day + 1)
    since = nw.coalesce("active_from_day", "first_seen_day")
    until = nw.col("active_to_day")
    return (
        events["customers"]
        .filter((since <= start) & (until.is_null() | (until > start)))
        .with_columns(
            employee_id=nw.lit(None, nw.String),
            day=nw.lit(start).cast(nw.Int64),
            lost=as_number((until <= end).fill_null(False)),
        )
    )


def _of_contact(rows: Rows, events: Events) -> Rows:
    """Rows with customer, team, channel and employee of the chat, call or case they are about.

    An employee that the rows name themselves stays.
    """
    names = ["customer_id", "team_id", "channel"]
    rows = rows.with_columns(**{name: nw.lit(None, nw.String) for name in names})
    for table in OWNERS:
        if table in events.names:
            found = [*names, "employee_id"]
            contact = _contacts(events, table)
            rows = rows.join(contact, on="conversation_id", how="left").with_columns(
                **{name: nw.coalesce(name, f"their_{name}") for name in found}
            )
            rows = rows.drop(f"their_{name}" for name in found)
    return rows


def _contacts(events: Events, table: str) -> Rows:
    """conversation_id, and their_ customer, team, channel and employee."""
    contacts = events[table].with_columns(their_employee_id=nw.col(OWNERS[table]))
    if table == "conversations" and "messages" in events.names:
        served = events.kept("conversations", conversations).select(
            "conversation_id", served_by="employee_id"
        )
        contacts = contacts.join(served, on="conversation_id", how="left").with_columns(
            their_employee_id=nw.col("served_by")
        )
    channel = nw.lit("phone") if table == "calls" else nw.col("channel")
    return contacts.select(
        "their_employee_id",
        conversation_id=f"{table.removesuffix('s')}_id",
        their_customer_id="customer_id",
        their_team_id="team_id",
        their_channel=channel,
    )
