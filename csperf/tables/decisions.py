"""What people decide after the machine has proposed: sign-offs, appeals, corrections and more."""

from __future__ import annotations

from csperf.tables.appraisal_records import CYCLE
from csperf.tables.declare import (
    Column,
    Reference,
    Table,
    TimeOrder,
    count_,
    currency_,
    date_,
    employee,
    id_,
    points_,
    text_,
    time_,
)

NOT_BLANK = r"[\s\S]*\S[\s\S]*"
DEVIATIONS_KNOWN = (
    "rule_change",
    "late",
    "override",
    "edit",
    "special_circumstance",
    "false_information",
    "no_cooperation",
)

_CYCLE = Column("cycle_id", "id", "the cycle it is about, such as 2026-10", True, form=CYCLE)
_EMPLOYEE = id_("employee_id", "whom it is about")


def _words(name: str, meaning: str) -> Column:
    """A column of text that may not be left out."""
    return Column(name, "text", meaning, required=True, form=NOT_BLANK)


def _who(name: str, meaning: str) -> Column:
    """A column of ids of people who answer for something; none may be left out."""
    return Column(name, "id", meaning, required=True, form=NOT_BLANK)


def _choice(name: str, meaning: str, choices: tuple[str, ...], required: bool = True) -> Column:
    """A column of text that takes these words and no others."""
    return Column(name, "text", meaning, required=required, choices=choices)


SIGN_OFFS = Table(
    "sign_offs",
    "Decisions on proposals and grades; what has none stays proposed.",
    key=("cycle_id", "employee_id", "rule_id", "reviewer", "at"),
    columns=(
        _CYCLE,
        _EMPLOYEE,
        id_("rule_id", "rule of the proposal; empty for the person's grade", required=False),
        _choice("decision", "what was decided", ("confirmed", "changed", "rejected")),
        text_("changed_to", "the action or the grade instead, where it was changed"),
        _who("reviewer", "who decided"),
        time_("at", "when it was decided", required=True),
        _words("reason", "why it was decided so"),
    ),
    references=(employee(), employee("reviewer")),
)

APPEALS = Table(
    "appeals",
    "Appeals against a result: a row for each stage that an appeal has reached.",
    key=("appeal_id", "stage"),
    columns=(
        id_("appeal_id", "the appeal, the same in all its stages"),
        _CYCLE,
        _EMPLOYEE,
        id_("evaluator_id", "whose evaluation it is about, if it is about one", required=False),
        text_("issue", "what it is about, in a few words"),
        time_("filed_at", "when it came to this stage", required=True),
        _words("stage", "who deals with it, as the scheme's appeal names them"),
        _words("facts", "the specific facts that it rests on"),
        _choice(
            "decision",
            "how the stage ended; empty while it is open",
            ("upheld", "partly_upheld", "rejected", "withdrawn"),
            required=False,
        ),
        time_("decided_at", "when the stage ended"),
        points_("score_before", "score that was appealed"),
        points_("score_after", "score that was decided"),
        text_("grade_before", "grade that was appealed"),
        text_("grade_after", "grade that was decided"),
    ),
    rules=(TimeOrder("filed_at", "decided_at", "error"),),
    references=(employee(), employee("evaluator_id")),
)

CORRECTIONS = Table(
    "corrections",
    "Cells of other tables that were wrong; the files themselves are never changed.",
    key=("table", "key", "column", "at"),
    columns=(
        _words("table", "the table that the cell is in"),
        _words("key", "the row, such as employee_id=E1; criterion_id=service"),
        _words("column", "the column"),
        text_("old", "what stands there, as in the file; empty if nothing does"),
        text_("new", "what should stand there; empty to make it unknown"),
        _words("reason", "why it was wrong"),
        _who("by", "who corrected it"),
        time_("at", "when it was corrected", required=True),
        id_("appeal_id", "the appeal that it follows from", required=False),
    ),
    references=(employee("by"), Reference("appeal_id", "appeals", "appeal_id")),
)

DEVIATIONS = Table(
    "deviations",
    "What did not go as planned; a record, without effect on any score.",
    key=(),
    columns=(
        time_("at", "when it happened", required=True),
        _choice("kind", "what it was", DEVIATIONS_KNOWN),
        Column("cycle_id", "id", "the cycle it touches", form=CYCLE),
        id_("employee_id", "whom it is about, if anybody", required=False),
        text_("table", "table that it touches"),
        text_("key", "row of the table"),
        text_("column", "column of the table, or what was changed"),
        text_("old", "before"),
        text_("new", "after"),
        _words("reason", "why"),
        _who("by", "who did it"),
        date_("notice_date", "day of notice of a special circumstance", ahead=True),
        text_("decision", "what was decided about a special circumstance"),
    ),
    references=(employee(), employee("by")),
)

IMPROVEMENT_PLANS = Table(
    "improvement_plans",
    "Plans to do better: causes, goal, measures, support; a row for each revision.",
    key=("plan_id", "revision"),
    columns=(
        id_("plan_id", "the plan, the same in all its revisions"),
        count_("revision", "0 for the first text, 1, 2 ... when revised; 0 if left out"),
        text_("revision_reason", "why it was revised"),
        _CYCLE,
        _EMPLOYEE,
        id_("trigger_rule", "rule of the proposal that asked for it", required=False),
        date_("due_at", "last day to hand it in", ahead=True),
        time_("submitted_at", "when it was handed in"),
        text_("causes", "why the result was what it was"),
        text_("goal", "what is to be reached"),
        text_("measures", "what is to be done"),
        text_("support", "what the manager offers"),
        id_("owner_id", "who sees to it", required=False),
        date_("deadline", "last day of the plan", ahead=True),
        text_("check_dates", "days on which it is looked at"),
        text_("status", "how it stands", ("open", "running", "done", "given_up")),
        text_("effect", "what came of it"),
    ),
    rules=(TimeOrder("due_at", "deadline", "warn"),),
    references=(employee(), employee("owner_id")),
)

AWARDS = Table(
    "awards",
    "Rewards that were given.",
    key=("period", "employee_id", "award"),
    columns=(
        Column("period", "id", "the cycle, quarter or year it is for", True, form=CYCLE),
        _EMPLOYEE,
        id_("award", "best_specialist, talent_pool_in, talent_pool_out, an honour ..."),
        text_("incentive_kind", "kind", ("material", "spiritual", "promotion", "training")),
        Column("amount", "number", "money, if it is money", unit="currency", at_least=0),
        currency_("the amount"),
        date_("given_date", "day on which it was given"),
        id_("rule_id", "rule of the proposal that it follows from", required=False),
    ),
    references=(employee(),),
)

DECISION_TABLES = (SIGN_OFFS, APPEALS, CORRECTIONS, DEVIATIONS, IMPROVEMENT_PLANS, AWARDS)
