"""Sales: orders, what became of them, and what service costs."""

from __future__ import annotations

from csperf.tables.declare import (
    Column,
    Reference,
    Table,
    TimeOrder,
    count_,
    currency_,
    date_,
    employee,
    flag_,
    id_,
    money_,
    text_,
    time_,
)

_ORDER = Reference("order_id", "orders", "order_id")

ORDERS = Table(
    "orders",
    "Orders placed in the shop.",
    key=("order_id",),
    columns=(
        id_("order_id", "the order"),
        id_("customer_id", "the customer", required=False),
        time_("placed_at", "when it was placed", required=True),
        time_("paid_at", "when it was paid; empty means never"),
        time_("closed_at", "when it was done, cancelled or closed"),
        Column(
            "status",
            "text",
            "where it stands",
            choices=("placed", "paid", "shipped", "done", "cancelled", "closed"),
        ),
        money_("amount", "value when placed", required=True),
        money_("paid_amount", "money received; the amount if left out"),
        currency_("its amounts and refunds; the department's if left out"),
        count_("items", "pieces"),
        text_("product", "product or kind of product"),
        flag_("is_test_or_fake", "test, fake or duplicate order"),
        text_("exception_code", "a mistake made in service; empty means none"),
        id_("attributed_employee_id", "owner, if the shop software says so", required=False),
        id_("attributed_conversation_id", "chat it came from, if recorded", required=False),
    ),
    rules=(
        TimeOrder("placed_at", "paid_at", "warn"),
        TimeOrder("placed_at", "closed_at", "warn"),
    ),
    references=(
        Reference("customer_id", "customers", "customer_id"),
        employee("attributed_employee_id"),
        Reference("attributed_conversation_id", "conversations", "conversation_id"),
    ),
)

ORDER_LINES = Table(
    "order_lines",
    "Lines of orders; they have no key, so that equal lines are counted and kept.",
    key=(),
    columns=(
        id_("order_id", "the order"),
        time_("at", "when it was written"),
        text_("product", "the product"),
        text_("description", "as printed"),
        Column("items", "number", "pieces; negative where taken back"),
        Column("unit_price", "number", "price of a piece", unit="currency"),
    ),
    references=(_ORDER,),
)

ORDER_EVENTS = Table(
    "order_events",
    "Steps of processing orders.",
    key=("order_id", "at", "event", "employee_id"),
    columns=(
        id_("order_id", "the order"),
        time_("at", "when", required=True),
        Column("event", "text", "accepted, processing_done ...", required=True),
        id_("employee_id", "who did it", required=False),
    ),
    references=(_ORDER, employee()),
)

FOLLOW_UPS = Table(
    "follow_ups",
    "Reminders of payment and after-sales help.",
    key=("follow_up_id",),
    columns=(
        id_("follow_up_id", "the follow-up"),
        id_("order_id", "its order", required=False),
        id_("employee_id", "who did it", required=False),
        time_("at", "when", required=True),
        text_("kind", "what it was", ("payment_reminder", "after_sales")),
        money_("recovered_amount", "paid because of it"),
    ),
    references=(_ORDER, employee()),
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
        money_("amount", "money given back, in the order's currency", required=True),
        text_("reason", "as recorded"),
        flag_("agent_fault", "caused by the employee; empty means not known"),
    ),
    rules=(TimeOrder("requested_at", "completed_at", "warn"),),
    references=(_ORDER,),
)

LEADS = Table(
    "leads",
    "Sales leads delivered by service.",
    key=("lead_id",),
    columns=(
        id_("lead_id", "the lead"),
        id_("employee_id", "who delivered it", required=False),
        time_("created_at", "when", required=True),
        flag_("valid", "usable at all"),
        flag_("qualified", "judged good by sales"),
        id_("order_id", "the order it led to", required=False),
    ),
    references=(employee(), _ORDER),
)

COSTS = Table(
    "costs",
    "What service costs, by month and team.",
    key=("month", "team_id", "cost_kind"),
    columns=(
        date_("month", "first day of the month", required=True, ahead=True),
        id_("team_id", "the team", required=False),
        text_("cost_kind", "what for", ("labour", "training", "technology", "marketing")),
        money_("amount", "the cost", required=True),
        currency_("the amount; the department's if left out"),
    ),
    references=(Reference("team_id", "teams", "team_id"),),
)

SALES_TABLES = (ORDERS, ORDER_LINES, ORDER_EVENTS, FOLLOW_UPS, REFUNDS, LEADS, COSTS)
