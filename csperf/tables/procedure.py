"""The procedure around evaluations: who was asked, who is whose superior, and the talks held."""

from __future__ import annotations

from csperf.tables.appraisal_records import CYCLE
from csperf.tables.declare import (
    Column,
    Reference,
    Table,
    TimeOrder,
    date_,
    employee,
    id_,
    text_,
    time_,
)

REASONS = ("grade_gap", "excellent", "urgent", "below", "regular")

_CYCLE = Column("cycle_id", "id", "the cycle it is for, such as 2026-10", True, form=CYCLE)

EVALUATION_ASSIGNMENTS = Table(
    "evaluation_assignments",
    "Who was asked to evaluate whom.",
    key=("cycle_id", "employee_id", "evaluator_id", "evaluator_type"),
    columns=(
        _CYCLE,
        id_("employee_id", "who is to be rated"),
        id_("evaluator_id", "who is asked to rate"),
        id_("evaluator_type", "self, store_manager, direct_superior, peer ..."),
        time_("invited_at", "when he or she was asked"),
        time_("due_at", "when it has to be handed in", ahead=True),
    ),
    rules=(TimeOrder("invited_at", "due_at", "error"),),
    references=(employee(),),
)

REPORTING_LINES = Table(
    "reporting_lines",
    "Who is whose superior from when; half-open intervals of local dates.",
    key=("employee_id", "superior_id", "kind", "from_date"),
    columns=(
        id_("employee_id", "the person"),
        id_("superior_id", "the superior"),
        Column(
            "kind",
            "text",
            "the superior, or the superior's superior",
            required=True,
            choices=("direct", "indirect"),
        ),
        date_("from_date", "first day of it; empty means always", ahead=True),
        date_("to_date", "first day no longer; empty means still", ahead=True),
    ),
    rules=(TimeOrder("from_date", "to_date", "error"),),
    references=(employee(), employee("superior_id")),
)

INTERVIEWS = Table(
    "interviews",
    "Performance interviews, planned and held, with what the interview form says.",
    key=("interview_id",),
    columns=(
        id_("interview_id", "the interview"),
        _CYCLE,
        id_("employee_id", "whose performance it is about"),
        id_("interviewer_id", "who leads it", required=False),
        time_("planned_at", "when it is to be", ahead=True),
        text_("place", "where"),
        time_("held_at", "when it was; empty means not yet"),
        time_("refused_at", "when the employee or the superior refused it"),
        text_("reason", "why it is held", REASONS),
        text_("sub_goals", "what to convey, and what effect to reach"),
        text_("self_view", "how the employee sees the work"),
        text_("superior_view", "how the superior sees it"),
        text_("causes", "causes that both agree on"),
        text_("next_plan", "what both agreed to do next"),
        date_("signed_employee", "day on which the employee signed"),
        date_("signed_superior", "day on which the superior signed"),
    ),
    references=(employee(),),
)

INTERVIEW_RATINGS = Table(
    "interview_ratings",
    "How people rated the talk about their result; no row says whose it is.",
    key=("rating_id",),
    columns=(
        id_("rating_id", "a number of the slip, never one of the person"),
        _CYCLE,
        id_("team_id", "the team"),
        Column("rating", "number", "1 (of no use) to 5 (very useful)", at_least=1, at_most=5),
    ),
    references=(Reference("team_id", "teams", "team_id"),),
)

PROCEDURE_TABLES = (EVALUATION_ASSIGNMENTS, REPORTING_LINES, INTERVIEWS, INTERVIEW_RATINGS)
