"""Facts: what happened, one row each, with its employee and the local day it counts on.

Every fact is told in Narwhals, and in SQL that all engines read alike where groups and joins would
take many steps; it runs where the tables are. The rules are those of `requirements` B2: rounds,
attribution (`sales`), cohorts, windows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from csperf.indicators.calls import calls
from csperf.indicators.cases import cases, handled_cases
from csperf.indicators.catalogue import INDICATORS, Indicator
from csperf.indicators.chats import customer_days, written
from csperf.indicators.costs import costed_contacts, costs
from csperf.indicators.daily import daily_totals, planned_totals
from csperf.indicators.engine import Events, Rows
from csperf.indicators.leads import lead_sales, leads
from csperf.indicators.plans import goal_results, planned_sales, plans
from csperf.indicators.ratings import ratings
from csperf.indicators.records import (
    collaborations,
    innovations,
    knowledge_levels,
    knowledge_tests,
    reports,
    tasks,
)
from csperf.indicators.refunds import disputed_payments, payments, refund_cases, settled_refunds
from csperf.indicators.rounds import rounds
from csperf.indicators.sales import inquiries, orders, payment_customers
from csperf.indicators.shop import buyers, follow_ups, processed_orders, sales
from csperf.indicators.staffing import agent_time, paid_time, roster
from csperf.indicators.voice import (
    complaints,
    customers,
    judgements,
    reviews,
    samples,
    surveys,
)


@dataclass(frozen=True)
class Fact:
    """How a fact's rows are made and counted, and the tables that it reads.

    It takes all of `tables`, and at least one of `either`.
    `unit` is the column that rows are gathered by before they count (a distinct customer); without
    one a row is a unit. Columns of `any_of` are true for a unit when they are true in one of its
    rows; all other columns are summed over the unit's rows. `parts` is the unit where several
    people share one thing (`touch: split`). `cluster` is the column whose values vary
    independently, `id` the one that a person would look a row up by. A `derived` fact has the same
    rows as another one; one `per_cycle` depends on the days asked for
    (`events.cycle_days`). Without one of the `columns` (table.column) the fact says nothing.
    """

    rows: Callable[[Events], Rows]
    tables: tuple[str, ...]
    either: tuple[str, ...] = ()
    unit: str | tuple[str, ...] | None = None
    cluster: str = "customer"
    id: str = ""
    any_of: tuple[str, ...] = ()
    parts: str | None = None
    derived: bool = False
    per_cycle: bool = False
    columns: tuple[str, ...] = ()


_CHAT = ("conversations", "messages")
_SALES = ("orders",)  # without chats nobody owns an order that the shop gives to nobody
_OF_DISPUTES = ("orders.customer_id", "complaints.customer_id", "complaints.kind")
_ORDER_FLAGS = ("order", "effective", "abnormal", "paid")

FACTS = {
    "rounds": Fact(rounds, _CHAT, id="conversation_id"),
    "conversations": Fact(written, _CHAT, id="conversation_id"),
    "customer_days": Fact(
        customer_days,
        _CHAT,
        unit=("customer", "visit"),
        id="conversation_id",
        any_of=("replied", "received"),
        derived=True,
        columns=("conversations.initial_agent_id",),
    ),
    "inquiries": Fact(
        inquiries,
        (*_CHAT, "orders"),
        unit="customer",
        id="conversation_id",
        any_of=("converted",),
        derived=True,
        columns=("conversations.customer_id", "orders.customer_id"),
    ),
    "orders": Fact(orders, _SALES, id="order_id", any_of=_ORDER_FLAGS, parts="order_id"),
    "order_customers": Fact(
        orders,
        _SALES,
        unit="customer",
        id="order_id",
        any_of=("paid",),
        derived=True,
        columns=("orders.customer_id",),
    ),
    "payments": Fact(
        payments,
        (*_SALES, "refunds"),
        id="order_id",
        any_of=("refunded",),
        parts="order_id",
        columns=("orders.paid_at",),
    ),
    "payment_customers": Fact(
        payment_customers,
        _SALES,
        unit="customer",
        id="order_id",
        any_of=("paying",),
        derived=True,
        columns=("orders.customer_id", "orders.paid_at"),
    ),
    "cases": Fact(cases, ("cases",), id="case_id"),
    "handled_cases": Fact(
        handled_cases, ("cases",), id="case_id", derived=True, columns=("cases.resolved_at",)
    ),
    "calls": Fact(calls, ("calls",), id="call_id"),
    "paid_time": Fact(paid_time, ("shifts",), cluster="employee_day", id="employee_day"),
    "agent_time": Fact(
        agent_time,
        ("agent_states",),
        cluster="employee_day",
        id="employee_day",
        columns=("agent_states.state", "agent_states.end_at"),
    ),
    "roster": Fact(
        roster,
        ("shifts",),
        cluster="employee_day",
        id="employee_day",
        derived=True,
        columns=("shifts.planned",),
    ),
    "complaints": Fact(complaints, ("complaints",), id="complaint_id"),
    "surveys": Fact(surveys, ("surveys",), id="survey_id"),
    "reviews": Fact(reviews, ("reviews",), id="review_id", columns=("reviews.polarity",)),
    "samples": Fact(samples, ("qa_reviews",), id="qa_id"),
    "judgements": Fact(
        judgements, (), either=("surveys", "qa_reviews"), id="judgement_id", derived=True
    ),
    "customers": Fact(
        customers,
        ("customers",),
        cluster="customer_id",
        id="customer_id",
        derived=True,
        per_cycle=True,
    ),
    "ratings": Fact(
        ratings,
        (),
        either=("evaluations", "qa_reviews"),
        cluster="judge",
        id="rating_id",
        per_cycle=True,
    ),
    "tasks": Fact(tasks, ("tasks",), cluster="task_id", id="task_id"),
    "reports": Fact(reports, ("reports_due",), cluster="report_id", id="report_id"),
    "knowledge_tests": Fact(
        knowledge_tests,
        ("knowledge_tests",),
        cluster="sitting_id",
        id="test_id",
        per_cycle=True,
    ),
    "knowledge_levels": Fact(
        knowledge_levels,
        ("knowledge_tests",),
        cluster="test_id",
        id="test_id",
        derived=True,
        per_cycle=True,
        columns=("knowledge_tests.level", "knowledge_tests.passed"),
    ),
    "collaborations": Fact(collaborations, ("collaborations",), cluster="id", id="id"),
    "innovations": Fact(innovations, ("innovations",), cluster="id", id="id"),
    "sales": Fact(sales, _SALES, id="order_id", derived=True, columns=("orders.paid_at",)),
    "planned_sales": Fact(
        planned_sales,
        (*_SALES, "targets"),
        id="order_id",
        derived=True,
        per_cycle=True,
        columns=("orders.paid_at",),
    ),
    "plans": Fact(
        plans,
        ("targets",),
        cluster="employee_id",
        id="employee_id",
        derived=True,
        per_cycle=True,
    ),
    "buyers": Fact(
        buyers,
        _SALES,
        unit="customer",
        id="order_id",
        any_of=("again",),
        derived=True,
        columns=("orders.customer_id", "orders.paid_at"),
    ),
    "processed_orders": Fact(
        processed_orders, ("order_events",), cluster="order_id", id="order_id"
    ),
    "follow_ups": Fact(
        follow_ups,
        ("follow_ups",),
        unit="followed",
        cluster="followed",
        id="follow_up_id",
        any_of=("handled",),
        columns=("follow_ups.kind",),
    ),
    "disputed_payments": Fact(
        disputed_payments,
        (*_SALES, "refunds", "complaints"),
        id="order_id",
        any_of=("disputed",),
        parts="order_id",
        derived=True,
        columns=("orders.paid_at", *_OF_DISPUTES),
    ),
    "refund_cases": Fact(
        refund_cases, (*_SALES, "refunds"), id="refund_id", columns=("refunds.requested_at",)
    ),
    "settled_refunds": Fact(
        settled_refunds,
        (*_SALES, "refunds", "complaints"),
        id="refund_id",
        derived=True,
        columns=_OF_DISPUTES,
    ),
    "leads": Fact(leads, ("leads",), cluster="lead_id", id="lead_id"),
    "lead_sales": Fact(
        lead_sales,
        ("leads", "orders"),
        id="lead_id",
        derived=True,
        columns=("leads.order_id", "orders.paid_at"),
    ),
    "goal_results": Fact(
        goal_results,
        ("goals", "goal_checkins"),
        cluster="goal_id",
        id="goal_id",
        derived=True,
        per_cycle=True,
        columns=("goals.indicator_id", "goals.target", "goal_checkins.value"),
    ),
    "agent_daily": Fact(daily_totals, ("agent_daily",), cluster="dated"),
    "planned_totals": Fact(
        planned_totals,
        ("agent_daily", "targets"),
        cluster="dated",
        derived=True,
        per_cycle=True,
    ),
    "costs": Fact(costs, ("costs",), cluster="account", id="account", derived=True),
    "costed_contacts": Fact(
        costed_contacts, ("costs",), cluster="contact", id="contact", derived=True
    ),
}

# Without these columns of the exports "not recorded" would read as "did not happen".
NEEDED = {
    "abandoned": ("calls.answered_at",),
    "abnormal": ("orders.exception_code",),
    "accepted": ("innovations.accepted",),
    "answered": ("calls.answered_at",),
    "authentic": ("reports_due.audited", "reports_due.authentic"),
    "bonus_e4": ("collaborations.points", "collaborations.approved_by"),
    "call_resolved": ("calls.resolved",),
    "cancelled_e4": ("orders.status",),
    "correct": ("qa_reviews.correct",),
    "dispute": ("complaints.kind",),
    "disputed": ("complaints.upheld",),
    "done": ("tasks.done_at",),
    "effective": ("orders.status",),
    "fed_back": ("tasks.done_at", "tasks.kind"),
    "first_contact": ("cases.resolved_at",),
    "handle_ms": ("calls.answered_at", "calls.ended_at", "calls.after_work_s"),
    "in_time": ("calls.answered_at",),
    "lost": ("customers.active_from", "customers.active_to"),
    "n_reassigned": ("cases.n_reassigned",),
    "on_time": ("reports_due.submitted_at",),
    "paid": ("orders.paid_at",),
    "pieces": ("orders.items",),
    "promotion": ("surveys.nps_0_10",),
    "qualified": ("leads.qualified",),
    "quality_e4": ("reports_due.quality_score",),
    "rating_e4": ("surveys.rating",),
    "reassigned": ("cases.n_reassigned",),
    "recovered_e4": ("follow_ups.recovered_amount",),
    "refund_ms": ("refunds.completed_at",),
    "reopened": ("cases.n_reopened",),
    "reply_ms": ("cases.first_reply_at",),
    "resolve_ms": ("cases.resolved_at",),
    "resolved": ("cases.resolved_at",),
    "returned": ("surveys.sent_at", "surveys.answered_at"),
    "satisfied": ("surveys.rating", "surveys.scale_max"),
    "score_e4": ("knowledge_tests.score",),
    "sla_met": ("cases.sla_met",),
    "upheld": ("complaints.upheld",),
    "valid": ("leads.valid",),
    "wait_ms": ("calls.answered_at",),
}


def tables_of(row: Indicator) -> tuple[str, ...]:
    """Input tables that an indicator is read from, those of its parts included."""
    if row.of:
        return tuple(dict.fromkeys(t for id in row.of for t in tables_of(INDICATORS[id])))
    facts = [row.fact, *([row.exposure.split(".")[0]] if row.exposure else [])]
    read = [table for fact in facts for table in (*FACTS[fact].tables, *FACTS[fact].either)]
    return tuple(dict.fromkeys([*read, *row.needs]))
