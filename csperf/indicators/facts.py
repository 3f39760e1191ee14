"""Facts: what happened, one row each, with the employee it belongs to and the local day it counts on.

Every fact is a Narwhals expression over the input tables; it runs where the tables are (DuckDB). The
rules are those of `requirements` B2: rounds, attribution, maturity, cohorts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import narwhals.stable.v2 as nw

from csperf.indicators.engine import Events

MS = 1000
HOUR_MS = 3_600_000
Rows = nw.LazyFrame


@dataclass(frozen=True)
class Fact:
    """How a fact's rows are made, the unit they are gathered by, and the tables that it reads.

    Columns named in `any_of` are true for a unit when they are true in one of its rows; all other
    columns are summed over the unit's rows. A `derived` fact has the same rows as another one.
    """

    rows: Callable[[Events], Rows]
    unit: str
    tables: tuple[str, ...]
    any_of: tuple[str, ...] = ()
    derived: bool = False


def as_number(condition: nw.Expr) -> nw.Expr:
    """1 where true, 0 where false, unknown where unknown."""
    return nw.when(condition).then(1).when(~condition).then(0)


def human_messages(events: Events) -> Rows:
    """Messages of customers and people, with the sender before; machine-like replies left out."""
    people = events["messages"].filter(nw.col("sender").is_in(["customer", "agent", "bot"]))
    if events.rules.bots == "exclude":
        people = people.filter(
            (nw.col("sender") == "customer")
            | ((nw.col("sender") == "agent") & ~nw.col("is_auto").fill_null(False))
        )
    ordered = people.with_columns(
        answer=as_number(nw.col("sender") != "customer"),
    )
    previous = ordered.with_columns(_before("answer"), _before("sent_ms"))
    too_fast = (
        (nw.col("answer") == 1)
        & (nw.col("answer_before") == 0)
        & (nw.col("sent_ms") - nw.col("sent_ms_before") < events.rules.min_reply_s * MS)
    )
    kept = previous.filter(~too_fast.fill_null(False)).drop("answer_before", "sent_ms_before")
    return kept.with_columns(_before("answer"))


def _before(column: str) -> nw.Expr:
    """The value one message earlier in the same conversation; at the same time customers go first."""
    return (
        nw.col(column)
        .shift(1)
        .over("conversation_id", order_by=["sent_ms", "answer", "message_id"])
        .alias(f"{column}_before")
    )


def rounds(events: Events) -> Rows:
    """Response rounds: from a customer's first unanswered message to the first human answer.

    A round counts on the local day it starts. An answered round belongs to who answered it, an
    unanswered one to the employee that the conversation was routed to.
    """
    starts = (nw.col("answer") == 0) & (nw.col("answer_before").fill_null(1) == 1)
    numbered = events.kept("human_messages", human_messages).with_columns(starts=as_number(starts))
    numbered = numbered.with_columns(
        number=nw.col("starts")
        .cum_sum()
        .over("conversation_id", order_by=["sent_ms", "answer", "message_id"])
    ).filter(nw.col("number") > 0)
    first_answer = (nw.col("answer") == 1) & (nw.col("answer_before") == 0)
    found = numbered.group_by("conversation_id", "number").agg(
        start_ms=nw.when(nw.col("starts") == 1).then(nw.col("sent_ms")).min(),
        day=nw.when(nw.col("starts") == 1).then(nw.col("sent_day")).min(),
        minute=nw.when(nw.col("starts") == 1).then(nw.col("sent_minute")).min(),
        end_ms=nw.when(first_answer).then(nw.col("sent_ms")).min(),
        end_day=nw.when(first_answer).then(nw.col("sent_day")).min(),
        answered_by=nw.when(first_answer).then(nw.col("employee_id")).max(),
    )
    return _measure_rounds(found, events)


def _measure_rounds(found: Rows, events: Events) -> Rows:
    rules = events.rules
    opens, closes = rules.service_hours
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
    is_first = nw.col("number") == 1
    return (
        found.join(routed, on="conversation_id", how="left")
        .filter((nw.col("minute") >= opens * 60) & (nw.col("minute") < closes * 60))
        .with_columns(response=response, capped=capped, timed=timed)
        .with_columns(timed=nw.col("timed") & ~nw.col("end_ms").is_null())
        .select(
            "conversation_id",
            "number",
            "day",
            employee_id=nw.coalesce("answered_by", "routed_to"),
            round=nw.lit(1),
            response_s=nw.when(nw.col("timed")).then(nw.col("response")),
            response_capped_s=nw.when(nw.col("timed")).then(nw.col("capped")),
            answered=nw.when(nw.col("timed")).then(nw.lit(1)),
            first_response_s=nw.when(nw.col("timed") & is_first).then(nw.col("response")),
            first_answered=nw.when(nw.col("timed") & is_first).then(nw.lit(1)),
            within=as_number((nw.col("response") <= rules.within_s).fill_null(False)),
        )
    )


def conversations(events: Events) -> Rows:
    """Conversations with the employee they were routed to, counted on the day they began."""
    written = (
        events.kept("human_messages", human_messages)
        .group_by("conversation_id")
        .agg(
            agent_messages=nw.col("answer").sum(),
            customer_messages=(1 - nw.col("answer")).sum(),
            first_agent=nw.when(nw.col("answer") == 1).then(nw.col("employee_id")).min(),
        )
    )
    return (
        events["conversations"]
        .join(written, on="conversation_id", how="left")
        .with_columns(replied=as_number(nw.col("agent_messages").fill_null(0) > 0))
        .select(
            "conversation_id",
            "customer_id",
            "kind",
            "started_ms",
            "agent_messages",
            "customer_messages",
            "replied",
            day="started_day",
            employee_id=nw.coalesce("initial_agent_id", "first_agent"),
        )
    )


def customer_days(events: Events) -> Rows:
    """Customers received: a customer counts once a local day."""
    return events.kept("conversations", conversations).with_columns(
        customer_day=nw.concat_str(
            nw.col("customer_id"), nw.col("day").cast(nw.String), separator=" "
        ),
        received=nw.lit(1),
    )


def attributed_orders(events: Events) -> Rows:
    """Orders with the employee they are owed to; unknown for silent orders.

    Candidates are conversations with the same customer that began before the order was placed and
    at most `order_window_days` local days earlier. Among those who wrote in them before the order
    was placed, the last one (`touch: first`: the first one) owns it.
    """
    written = (
        events.kept("human_messages", human_messages)
        .filter(nw.col("answer") == 1)
        .select("conversation_id", "sent_ms", writer="employee_id")
    )
    chats = events["conversations"].select(
        "conversation_id", "customer_id", "started_ms", "started_day"
    )
    orders = events["orders"].select("order_id", "customer_id", "placed_ms", "placed_day")
    touches = (
        orders.join(chats, on="customer_id", how="inner")
        .filter(
            (nw.col("started_ms") < nw.col("placed_ms"))
            & (nw.col("placed_day") - nw.col("started_day") <= events.rules.order_window_days)
        )
        .join(written, on="conversation_id", how="inner")
        .filter(nw.col("sent_ms") < nw.col("placed_ms"))
    )
    moment = nw.col("sent_ms").max() if events.rules.touch == "last" else nw.col("sent_ms").min()
    owners = (
        touches.with_columns(decisive=moment.over("order_id"))
        .filter(nw.col("sent_ms") == nw.col("decisive"))
        .group_by("order_id")
        .agg(owner=nw.col("writer").max(), touched_ms=nw.col("sent_ms").max())
    )
    return (
        events["orders"]
        .join(owners, on="order_id", how="left")
        .with_columns(
            employee_id=nw.coalesce("attributed_employee_id", "owner"),
            day=nw.col("placed_day"),
            paid=as_number(
                (
                    nw.col("paid_day") - nw.col("placed_day") <= events.rules.payment_window_days
                ).fill_null(False)
            ),
        )
    )


def inquiries(events: Events) -> Rows:
    """Pre-sales conversations; converted when the customer then placed an order owed to the employee.

    An inquiring customer counts once in a group, whatever the number of conversations.
    """
    placed = events.kept("attributed_orders", attributed_orders).filter(
        ~nw.col("employee_id").is_null()
    )
    asked = events.kept("conversations", conversations).filter(
        nw.col("kind").fill_null("pre_sales") == "pre_sales"
    )
    pairs = asked.select("conversation_id", "customer_id", "employee_id", "started_ms", "day").join(
        placed.select("customer_id", "employee_id", "placed_ms", "placed_day"),
        on=["customer_id", "employee_id"],
        how="inner",
    )
    won = (
        pairs.filter(
            (nw.col("placed_ms") > nw.col("started_ms"))
            & (nw.col("placed_day") - nw.col("day") <= events.rules.order_window_days)
        )
        .select("conversation_id")
        .unique()
        .with_columns(won=nw.lit(1))
    )
    return asked.join(won, on="conversation_id", how="left").with_columns(
        converted=nw.col("won").fill_null(0)
    )


def orders(events: Events) -> Rows:
    """Orders placed, on the day of placing."""
    status = nw.col("status").fill_null("placed")
    unpaid = (status == "closed") & nw.col("paid_ms").is_null()
    cancelled = status == "cancelled"
    spoilt = cancelled | unpaid | nw.col("is_test_or_fake").fill_null(False)
    return events.kept("attributed_orders", attributed_orders).with_columns(
        effective=as_number(~spoilt),
        abnormal=as_number(~nw.col("exception_code").is_null()),
        cancelled_amount=nw.when(cancelled).then(nw.col("amount")).otherwise(0.0),
    )


def payments(events: Events) -> Rows:
    """Orders that were paid, on the day of payment, so that refunds and payments share a cohort."""
    given_back = (
        events["refunds"]
        .filter(nw.col("status") == "completed")
        .select("order_id")
        .unique()
        .with_columns(given_back=nw.lit(1))
    )
    return (
        events.kept("attributed_orders", attributed_orders)
        .filter(~nw.col("paid_ms").is_null())
        .join(given_back, on="order_id", how="left")
        .with_columns(
            day=nw.col("paid_day"),
            refunded=nw.col("given_back").fill_null(0),
        )
    )


def payment_customers(events: Events) -> Rows:
    """Paid orders with a value, to be gathered by paying customer."""
    money = nw.coalesce("paid_amount", "amount")
    return (
        events.kept("attributed_orders", attributed_orders)
        .filter(~nw.col("paid_ms").is_null() & (money > 0))
        .with_columns(day=nw.col("paid_day"), paid_amount=money, paying=nw.lit(1))
    )


def complaints(events: Events) -> Rows:
    """Complaints and disputes; only upheld complaints count."""
    dispute = nw.col("kind").fill_null("complaint") == "dispute"
    return events["complaints"].with_columns(
        day=nw.col("received_day"),
        upheld=as_number(nw.col("upheld").fill_null(False) & ~dispute),
        dispute=as_number(dispute),
    )


def reports(events: Events) -> Rows:
    """Reports that were due, on the day they were due."""
    return events["reports_due"].with_columns(
        day=nw.col("due_day"),
        on_time=as_number((nw.col("submitted_ms") <= nw.col("due_ms")).fill_null(False)),
        authentic=nw.when(nw.col("audited").fill_null(False)).then(
            as_number(nw.col("authentic").fill_null(False))
        ),
        quality=nw.col("quality_score"),
        judged=nw.when(~nw.col("quality_score").is_null()).then(nw.lit(1)),
    )


def cases(events: Events) -> Rows:
    """Cases, on the day they were opened; unresolved ones are kept and counted as such.

    First contact: resolved, never reopened or passed on, and no further contact recorded. A case
    that is not older than the contact window when the data end is not judged yet, nor is one that
    could not have been resolved at the first contact.
    """
    resolved = ~nw.col("resolved_ms").is_null()
    reopened = nw.col("n_reopened") > 0
    passed_on = nw.col("n_reassigned") > 0
    asked_again = (nw.col("n_contacts") > 1).fill_null(False)
    settled = resolved & ~reopened.fill_null(False) & ~passed_on.fill_null(False) & ~asked_again
    ripe = events.last_day - nw.col("opened_day") >= events.rules.contact_window_days
    judged = ripe & nw.col("resolvable_first_contact").fill_null(True)
    return events["cases"].with_columns(
        employee_id=nw.col("owner_id"),
        day=nw.col("opened_day"),
        resolved=as_number(resolved),
        first_contact=nw.when(judged).then(as_number(settled)),
        sla_met=as_number(nw.col("sla_met")),
        reopened=as_number(reopened),
        reassigned=as_number(passed_on),
        hours=(nw.col("resolved_ms") - nw.col("opened_ms")) / HOUR_MS,
    )


_CHAT = ("conversations", "messages")

FACTS = {
    "rounds": Fact(rounds, "conversation_id", _CHAT),
    "conversations": Fact(conversations, "conversation_id", _CHAT),
    "customer_days": Fact(
        customer_days, "customer_day", _CHAT, ("replied", "received"), derived=True
    ),
    "inquiries": Fact(inquiries, "customer_id", (*_CHAT, "orders"), ("converted",), derived=True),
    "orders": Fact(orders, "order_id", (*_CHAT, "orders")),
    "order_customers": Fact(orders, "customer_id", (*_CHAT, "orders"), ("paid",), derived=True),
    "payments": Fact(payments, "order_id", (*_CHAT, "orders", "refunds")),
    "payment_customers": Fact(
        payment_customers, "customer_id", (*_CHAT, "orders"), ("paying",), derived=True
    ),
    "complaints": Fact(complaints, "complaint_id", ("complaints",)),
    "reports": Fact(reports, "report_id", ("reports_due",)),
    "cases": Fact(cases, "case_id", ("cases",)),
}

EXPOSURES = {"conversations": "replied"}
