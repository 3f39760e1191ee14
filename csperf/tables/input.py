"""The tables a department may give, as `requirements` section 2 names them.

Only the columns that a computation reads are declared; what else a file holds is not read.
"""

from __future__ import annotations

from csperf.tables.declare import (
    Column,
    Reference,
    Table,
    TimeOrder,
    count_,
    flag_,
    id_,
    money_,
    text_,
    time_,
)

CYCLE = r"([12][0-9]{3})(?:-(0[1-9]|1[0-2])|-Q([1-4])|-H([12]))?"

TEAMS = Table(
    "teams",
    "Units of a report and default comparison groups.",
    key=("team_id",),
    columns=(id_("team_id", "the team"), text_("name", "as printed")),
)

EMPLOYEES = Table(
    "employees",
    "People (and service accounts) who may be appraised.",
    key=("employee_id",),
    columns=(
        id_("employee_id", "the person"),
        text_("display_name", "as printed; the id if left out"),
        Column("hire_date", "date", "first day of work"),
        Column("leave_date", "date", "last day of work"),
        flag_("is_bot", "a machine: shown, never appraised"),
    ),
    time_orders=(TimeOrder("hire_date", "leave_date", "error"),),
)

ASSIGNMENTS = Table(
    "assignments",
    "Who belongs to which team from when; half-open intervals of local dates.",
    key=("employee_id", "from_date"),
    columns=(
        id_("employee_id", "the person"),
        id_("team_id", "the team"),
        text_("role", "pre_sales, after_sales, phone, support ..."),
        text_("level_group", "front_line or manager"),
        Column("from_date", "date", "first day in the team", required=True),
        Column("to_date", "date", "first day no longer in the team; empty means still there"),
    ),
    time_orders=(TimeOrder("from_date", "to_date", "error"),),
    references=(
        Reference("employee_id", "employees", "employee_id"),
        Reference("team_id", "teams", "team_id"),
    ),
)

CONVERSATIONS = Table(
    "conversations",
    "Chats with customers.",
    key=("conversation_id",),
    columns=(
        id_("conversation_id", "the chat"),
        id_("team_id", "team it was routed to", required=False),
        text_("channel", "online, phone, email ..."),
        id_("customer_id", "the customer", required=False),
        time_("started_at", "when the customer opened it", required=True),
        time_("ended_at", "when it was closed"),
        Column(
            "kind",
            "text",
            "what it was about",
            choices=("pre_sales", "in_sales", "after_sales"),
            rule="warn",
        ),
        id_("initial_agent_id", "employee it was routed to first", required=False),
    ),
    repeated="exclude",
    time_orders=(TimeOrder("started_at", "ended_at"),),
    references=(Reference("initial_agent_id", "employees", "employee_id"),),
)

MESSAGES = Table(
    "messages",
    "Messages of the conversations.",
    key=("message_id",),
    columns=(
        id_("message_id", "the message"),
        id_("conversation_id", "its chat"),
        time_("sent_at", "when it was sent", required=True),
        Column(
            "sender",
            "text",
            "who wrote it",
            required=True,
            choices=("customer", "agent", "bot", "system"),
        ),
        id_("employee_id", "the agent who wrote it", required=False),
        flag_("is_auto", "an automatic text in an agent's name"),
    ),
    repeated="exclude",
    references=(
        Reference("conversation_id", "conversations", "conversation_id"),
        Reference("employee_id", "employees", "employee_id"),
    ),
)

ORDERS = Table(
    "orders",
    "Orders placed in the shop.",
    key=("order_id",),
    columns=(
        id_("order_id", "the order"),
        id_("customer_id", "the customer", required=False),
        time_("placed_at", "when it was placed", required=True),
        time_("paid_at", "when it was paid; empty means never"),
        Column(
            "status",
            "text",
            "where it stands",
            choices=("placed", "paid", "shipped", "done", "cancelled", "closed"),
        ),
        money_("amount", "value when placed", required=True),
        money_("paid_amount", "money received; the amount if left out"),
        Column("currency", "text", "the same for all orders", single=True),
        count_("items", "pieces"),
        flag_("is_test_or_fake", "test, fake or duplicate order"),
        text_("exception_code", "a mistake made in service; empty means none"),
        id_("attributed_employee_id", "owner, if the shop software says so", required=False),
    ),
    time_orders=(TimeOrder("placed_at", "paid_at"),),
    references=(Reference("attributed_employee_id", "employees", "employee_id"),),
)

REFUNDS = Table(
    "refunds",
    "Money given back.",
    key=("refund_id",),
    columns=(
        id_("refund_id", "the refund"),
        id_("order_id", "its order"),
        time_("requested_at", "when it was asked for"),
        time_("completed_at", "when the money went back"),
        Column(
            "status",
            "text",
            "how it ended",
            required=True,
            choices=("requested", "completed", "rejected"),
        ),
        money_("amount", "money given back", required=True),
        text_("reason", "as recorded"),
    ),
    time_orders=(TimeOrder("requested_at", "completed_at"),),
    references=(Reference("order_id", "orders", "order_id"),),
)

COMPLAINTS = Table(
    "complaints",
    "Complaints and disputes.",
    key=("complaint_id",),
    columns=(
        id_("complaint_id", "the complaint"),
        time_("received_at", "when it came in", required=True),
        id_("customer_id", "who complained", required=False),
        id_("employee_id", "whom it is about", required=False),
        id_("conversation_id", "the chat it is about", required=False),
        Column("kind", "text", "what it is", choices=("complaint", "dispute")),
        flag_("upheld", "found to be right; empty means not decided"),
        time_("closed_at", "when it was closed"),
    ),
    time_orders=(TimeOrder("received_at", "closed_at"),),
    references=(Reference("employee_id", "employees", "employee_id"),),
)

REPORTS_DUE = Table(
    "reports_due",
    "Reports that people owe the company.",
    key=("report_id",),
    columns=(
        id_("report_id", "the report"),
        id_("employee_id", "who owes it"),
        text_("name", "as printed"),
        time_("due_at", "when it is due", required=True),
        time_("submitted_at", "when it came; empty means never"),
        flag_("audited", "compared with the source"),
        flag_("authentic", "agreed with the source"),
        Column("quality_score", "number", "judged quality", unit="points", at_least=0, at_most=100),
    ),
    references=(Reference("employee_id", "employees", "employee_id"),),
)

CASES = Table(
    "cases",
    "Enquiries, complaints and incidents followed until they are resolved.",
    key=("case_id",),
    columns=(
        id_("case_id", "the case"),
        id_("customer_id", "who reported it", required=False),
        id_("team_id", "the group it stands with", required=False),
        id_("owner_id", "employee who resolved it, or holds it", required=False),
        time_("opened_at", "when it was opened", required=True),
        time_("resolved_at", "when it was resolved; empty means never"),
        count_("n_contacts", "contacts by the customer about it"),
        count_("n_reopened", "times it was reopened"),
        count_("n_reassigned", "times it was passed on"),
        flag_("sla_met", "the agreed time was met, by the case's last state"),
        flag_("resolvable_first_contact", "could be resolved at the first contact"),
        text_("priority", "as recorded"),
        text_("channel", "phone, email, self service ..."),
    ),
    time_orders=(TimeOrder("opened_at", "resolved_at"),),
    references=(Reference("owner_id", "employees", "employee_id"),),
)

EVALUATIONS = Table(
    "evaluations",
    "Scores given by people: one row for each employee, evaluator, criterion and round.",
    key=("cycle_id", "employee_id", "evaluator_id", "evaluator_type", "criterion_id", "round"),
    columns=(
        id_("evaluation_id", "the row", required=False),
        Column("cycle_id", "id", "the cycle it is for, such as 2026-10", True, form=CYCLE),
        id_("employee_id", "who is rated"),
        id_("evaluator_id", "who rates"),
        id_("evaluator_type", "self, store_manager, direct_superior, peer ..."),
        id_("criterion_id", "what is judged"),
        Column(
            "score",
            "number",
            "points given; empty where it was declined or is missing",
            required=True,
            may_be_empty=True,
            unit="points",
            at_least=0,
            at_most=100,
        ),
        Column("round", "count", "1, 2 ... when re-evaluated; 1 if left out", at_least=1),
        Column(
            "status",
            "text",
            "whether a score was given",
            choices=("submitted", "declined", "missing"),
        ),
        time_("submitted_at", "when it was handed in"),
    ),
    references=(Reference("employee_id", "employees", "employee_id"),),
)

INPUT_TABLES = {
    table.name: table
    for table in (
        TEAMS,
        EMPLOYEES,
        ASSIGNMENTS,
        CONVERSATIONS,
        MESSAGES,
        ORDERS,
        REFUNDS,
        COMPLAINTS,
        REPORTS_DUE,
        CASES,
        EVALUATIONS,
    )
}
