"""Service events: what customers asked, who answered when, and what they thought of it."""

from __future__ import annotations

from csperf.tables.declare import (
    AtMost,
    Burst,
    Column,
    Once,
    Reference,
    Repeated,
    Table,
    TimeOrder,
    Typical,
    count_,
    date_,
    employee,
    flag_,
    id_,
    money_,
    number_,
    text_,
    time_,
)

_TEAM = id_("team_id", "team it was routed to", required=False)
_CUSTOMER = id_("customer_id", "the customer", required=False)
_CONVERSATION = id_("conversation_id", "the chat it is about", required=False)
_WHOM = id_("employee_id", "whom it is about", required=False)
_DEVICE = id_("device_id", "what it was written on, as the software tells it", required=False)
_OF_TEAM = Reference("team_id", "teams", "team_id")
_OF_CUSTOMER = Reference("customer_id", "customers", "customer_id")
_OF_CONVERSATION = Reference("conversation_id", "conversations", "conversation_id")

CUSTOMERS = Table(
    "customers",
    "Customers, and since when they have been.",
    key=("customer_id",),
    columns=(
        id_("customer_id", "the customer"),
        time_("first_seen_at", "first contact or order"),
        text_("segment", "as recorded"),
        date_("active_from", "first day as a customer"),
        date_("active_to", "first day no longer a customer; empty means still one", ahead=True),
    ),
    rules=(TimeOrder("active_from", "active_to", "error"),),
)

CONVERSATIONS = Table(
    "conversations",
    "Chats with customers.",
    key=("conversation_id",),
    columns=(
        id_("conversation_id", "the chat"),
        _TEAM,
        text_("channel", "online, phone, email ..."),
        _CUSTOMER,
        time_("started_at", "when the customer opened it", required=True),
        time_("ended_at", "when it was closed"),
        text_("kind", "what it was about", ("pre_sales", "in_sales", "after_sales")),
        id_("initial_agent_id", "employee it was routed to first", required=False),
        text_("filtered", "spam, internal or advert: not a contact; empty means a contact"),
        text_("language", "language of the customer"),
        text_("product", "product it was about"),
        text_("priority", "as recorded"),
    ),
    rules=(TimeOrder("started_at", "ended_at", "blank"),),
    references=(_OF_TEAM, _OF_CUSTOMER, employee("initial_agent_id")),
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
        id_("employee_id", "the agent who wrote it, or the account", required=False),
        flag_("is_auto", "an automatic text in an agent's name"),
        count_("length", "characters"),
    ),
    rules=(Once(("conversation_id", "sender", "sent_at", "length")),),
    references=(_OF_CONVERSATION, employee()),
)

CONVERSATION_EVENTS = Table(
    "conversation_events",
    "What happened to conversations besides messages.",
    key=("event_id",),
    columns=(
        id_("event_id", "the event"),
        id_("conversation_id", "its chat"),
        time_("at", "when", required=True),
        text_("event", "what", ("assigned", "transferred", "closed", "reopened")),
        id_("from_employee_id", "who gave it away", required=False),
        id_("to_employee_id", "who got it", required=False),
    ),
    references=(
        _OF_CONVERSATION,
        employee("from_employee_id"),
        employee("to_employee_id"),
    ),
)

CALLS = Table(
    "calls",
    "Calls offered to people.",
    key=("call_id",),
    columns=(
        id_("call_id", "the call"),
        _TEAM,
        id_("employee_id", "who answered it, or to whom it was offered", required=False),
        _CUSTOMER,
        time_("offered_at", "when it came in", required=True),
        time_("answered_at", "when it was answered; empty means never"),
        time_("ended_at", "when it was over"),
        number_("hold_s", "time on hold", "s"),
        number_("after_work_s", "work on it after the call", "s"),
        flag_("abandoned", "the customer hung up before an answer"),
        flag_("resolved", "the matter was settled"),
        text_("topic", "as recorded"),
        text_("product", "product it was about"),
    ),
    rules=(
        TimeOrder("offered_at", "answered_at", "warn"),
        TimeOrder("offered_at", "ended_at", "blank"),
        TimeOrder("answered_at", "ended_at", "blank"),
        Typical("hold_s", 5, 1800),
        Typical("after_work_s", 5, 3600),
    ),
    references=(_OF_TEAM, employee(), _OF_CUSTOMER),
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
        time_("first_reply_at", "when the customer got the first answer; empty means never"),
        time_("resolved_at", "when it was resolved; empty means never"),
        time_("reopened_at", "when it was last reopened; empty means never"),
        flag_("resolved", "it was resolved; if left out, a resolved_at says so"),
        flag_("resolvable_first_contact", "could be resolved at the first contact"),
        count_("n_contacts", "contacts by the customer about it"),
        count_("n_reopened", "times it was reopened"),
        count_("n_reassigned", "times it was passed on"),
        flag_("sla_met", "the agreed time was met, by the case's last state"),
        text_("priority", "as recorded"),
        text_("channel", "phone, email, self service ..."),
        text_("issue_type", "as recorded"),
        text_("kind", "what it is", ("enquiry", "complaint", "incident")),
        text_("product", "product it is about"),
    ),
    rules=(
        TimeOrder("opened_at", "first_reply_at", "warn"),
        TimeOrder("opened_at", "resolved_at", "warn"),
        TimeOrder("opened_at", "reopened_at", "warn"),
    ),
    references=(_OF_CUSTOMER, _OF_TEAM, employee("owner_id")),
)

COMPLAINTS = Table(
    "complaints",
    "Complaints and disputes.",
    key=("complaint_id",),
    columns=(
        id_("complaint_id", "the complaint"),
        time_("received_at", "when it came in", required=True),
        id_("customer_id", "who complained", required=False),
        _WHOM,
        _CONVERSATION,
        text_("severity", "as recorded"),
        Column("kind", "text", "what it is", choices=("complaint", "dispute")),
        flag_("upheld", "found to be right; empty means not decided"),
        time_("closed_at", "when it was closed"),
    ),
    rules=(TimeOrder("received_at", "closed_at", "warn"),),
    references=(_OF_CUSTOMER, employee(), _OF_CONVERSATION),
)

SURVEYS = Table(
    "surveys",
    "Answers of customers who were asked.",
    key=("survey_id",),
    columns=(
        id_("survey_id", "the survey"),
        id_("conversation_id", "the chat, call or case it is about", required=False),
        id_("employee_id", "who had it when it was closed", required=False),
        time_("sent_at", "when it was sent"),
        time_("answered_at", "when it was answered; empty means not"),
        Column("scale_max", "number", "best rating of its scale, such as 5", at_least=2),
        Column("rating", "number", "points given, 1 being the worst", at_least=0),
        Column("nps_0_10", "count", "would recommend, 0 to 10", at_least=0, at_most=10),
        flag_("resolved_yes_no", "the customer says it was settled"),
        _DEVICE,
    ),
    rules=(
        TimeOrder("sent_at", "answered_at", "warn"),
        AtMost("rating", "scale_max"),
        Burst("employee_id", "answered_at"),
        Repeated("employee_id", "device_id"),
    ),
    references=(employee(),),
)

REVIEWS = Table(
    "reviews",
    "Public reviews of orders.",
    key=("review_id",),
    columns=(
        id_("review_id", "the review"),
        id_("order_id", "its order", required=False),
        _WHOM,
        time_("at", "when it was written", required=True),
        Column("polarity", "text", "what it says", choices=("good", "neutral", "bad")),
        number_("service_score", "points given to the service", "points"),
        _DEVICE,
    ),
    rules=(Burst("employee_id", "at"), Repeated("employee_id", "device_id")),
    references=(Reference("order_id", "orders", "order_id"), employee()),
)

QA_REVIEWS = Table(
    "qa_reviews",
    "Samples judged by quality reviewers, a row for each criterion.",
    key=("qa_id",),
    columns=(
        id_("qa_id", "the judgement"),
        _CONVERSATION,
        _WHOM,
        id_("reviewer_id", "who judged", required=False),
        time_("at", "when it was judged", required=True),
        text_("criterion", "accuracy, politeness, proactivity ..."),
        number_("score", "points given", "points"),
        number_("max_score", "points possible; 100 if left out", "points"),
        flag_("correct", "the answer was right"),
    ),
    rules=(AtMost("score", "max_score"),),
    references=(_OF_CONVERSATION, employee(), employee("reviewer_id")),
)

AGENT_DAILY = Table(
    "agent_daily",
    "Totals of a person and day, for shops that export nothing finer; sums, not means.",
    key=("date", "employee_id", "team_id"),
    columns=(
        date_("date", "the day", required=True),
        id_("employee_id", "the person"),
        id_("team_id", "the team", required=False),
        count_("customers_received", "customers routed to the person"),
        count_("customers_replied", "of these, customers who got a human reply"),
        count_("inquiries", "customers who asked before buying"),
        count_("orderers", "of these, customers who placed an order"),
        count_("payers", "of these, customers who paid"),
        money_("sales_amount", "paid sales owed to the person"),
        count_("items", "pieces sold"),
        count_("agent_messages", "messages of the person"),
        count_("customer_messages", "messages of customers"),
        count_("rounds", "answered response rounds"),
        number_("response_sum_s", "sum of their response times", "s"),
        number_("first_response_sum_s", "sum of first response times of conversations", "s"),
        count_("conversations", "conversations with a human reply"),
    ),
    rules=(
        Typical("response_sum_s", 2, 3600, per="rounds"),
        Typical("first_response_sum_s", 2, 7200, per="conversations"),
        AtMost("customers_replied", "customers_received"),
        AtMost("orderers", "inquiries"),
        AtMost("payers", "orderers"),
    ),
    references=(employee(), _OF_TEAM),
)

SERVICE_TABLES = (
    CUSTOMERS,
    CONVERSATIONS,
    MESSAGES,
    CONVERSATION_EVENTS,
    CALLS,
    CASES,
    COMPLAINTS,
    SURVEYS,
    REVIEWS,
    QA_REVIEWS,
    AGENT_DAILY,
)
