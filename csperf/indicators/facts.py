"""Facts: what happened, one row each, with its employee and the local day it counts on.

Every fact is a Narwhals expression over the input tables; it runs where the tables are (DuckDB).
The rules are those of `requirements` B2: rounds (`chats`), attribution (`sales`), cohorts, windows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import narwhals.stable.v2 as nw

from csperf.indicators.chats import conversations, customer_days, rounds
from csperf.indicators.engine import MS, Events, Rows, as_number
from csperf.indicators.sales import inquiries, orders, payment_customers, payments

HOUR_MS = 3600 * MS


@dataclass(frozen=True)
class Fact:
    """How a fact's rows are made, the unit they are gathered by, and the tables that it reads.

    Columns named in `any_of` are true for a unit when they are true in one of its rows; all other
    columns are summed over the unit's rows. A `derived` fact has the same rows as another one.
    Without one of the `columns` (table.column) the fact says nothing.
    """

    rows: Callable[[Events], Rows]
    unit: str
    tables: tuple[str, ...]
    any_of: tuple[str, ...] = ()
    derived: bool = False
    columns: tuple[str, ...] = ()


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
_SALES = (*_CHAT, "orders")

FACTS = {
    "rounds": Fact(rounds, "conversation_id", _CHAT),
    "conversations": Fact(conversations, "conversation_id", _CHAT),
    "customer_days": Fact(
        customer_days,
        "customer_day",
        _CHAT,
        ("replied", "received"),
        derived=True,
        columns=("conversations.initial_agent_id",),
    ),
    "inquiries": Fact(
        inquiries,
        "customer_id",
        _SALES,
        ("converted",),
        derived=True,
        columns=("conversations.customer_id", "orders.customer_id"),
    ),
    "orders": Fact(orders, "order_id", _SALES),
    "order_customers": Fact(
        orders, "customer_id", _SALES, ("paid",), derived=True, columns=("orders.customer_id",)
    ),
    "payments": Fact(payments, "order_id", (*_SALES, "refunds"), columns=("orders.paid_at",)),
    "payment_customers": Fact(
        payment_customers,
        "customer_id",
        _SALES,
        ("paying",),
        derived=True,
        columns=("orders.customer_id", "orders.paid_at"),
    ),
    "complaints": Fact(complaints, "complaint_id", ("complaints",)),
    "reports": Fact(reports, "report_id", ("reports_due",)),
    "cases": Fact(cases, "case_id", ("cases",)),
}

EXPOSURES = {"conversations": "replied"}

# Without these columns of the exports "not recorded" would read as "did not happen".
NEEDED = {
    "abnormal": ("orders.exception_code",),
    "authentic": ("reports_due.audited", "reports_due.authentic"),
    "cancelled_amount": ("orders.status",),
    "dispute": ("complaints.kind",),
    "effective": ("orders.status",),
    "first_contact": ("cases.resolved_at",),
    "hours": ("cases.resolved_at",),
    "items": ("orders.items",),
    "on_time": ("reports_due.submitted_at",),
    "paid": ("orders.paid_at",),
    "reassigned": ("cases.n_reassigned",),
    "reopened": ("cases.n_reopened",),
    "resolved": ("cases.resolved_at",),
    "sla_met": ("cases.sla_met",),
    "upheld": ("complaints.upheld",),
}
