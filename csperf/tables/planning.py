"""What a department plans for a cycle: tasks, what they rest on, who was asked, how much comes."""

from __future__ import annotations

from csperf.tables.appraisal_records import CYCLE
from csperf.tables.declare import (
    Column,
    Table,
    TimeOrder,
    date_,
    employee,
    id_,
    number_,
    text_,
    time_,
)
from csperf.tables.work import SCOPES

LEVELS = ("company", "department", "team", "person")

_CYCLE = Column("cycle_id", "text", "the cycle that is planned", required=True, form=CYCLE)

PLAN_STEPS = Table(
    "plan_steps",
    "The plan of a cycle: who does what when, how, and to what standard.",
    key=("step_id",),
    columns=(
        id_("step_id", "the task"),
        _CYCLE,
        Column(
            "part",
            "text",
            "the implementation plan, or the performance goals",
            required=True,
            choices=("implementation", "goals"),
        ),
        text_("level", "whose plan it is", LEVELS),
        text_("task", "what is to be done, as printed"),
        id_("responsible", "who answers for it", required=False),
        date_("from_date", "first day", ahead=True),
        date_("to_date", "last day", ahead=True),
        text_("method", "how it is done"),
        text_("process", "in which steps"),
        text_("standard", "what is expected of the result"),
    ),
    rules=(TimeOrder("from_date", "to_date", "error"),),
    references=(employee("responsible"),),
)

PLAN_INPUTS = Table(
    "plan_inputs",
    "What goals rest on: strategy, duties of department and post, conditions.",
    key=("cycle_id", "kind", "by", "at"),
    columns=(
        _CYCLE,
        Column(
            "kind",
            "text",
            "which of the three",
            required=True,
            choices=("strategy", "duties", "conditions"),
        ),
        Column("text", "text", "as written", required=True),
        id_("by", "who wrote it down", required=False),
        time_("at", "when"),
    ),
)

CONSULTATIONS = Table(
    "consultations",
    "Who saw what was to be decided on, how they voted, and what they said.",
    key=("cycle_id", "item", "participant_id"),
    columns=(
        _CYCLE,
        Column("item", "text", "what was shown, such as the indicator set", required=True),
        id_("participant_id", "who saw it"),
        text_("vote", "empty: seen, not voted", ("agree", "disagree", "abstain")),
        text_("comment", "as written"),
        time_("at", "when"),
    ),
    references=(employee("participant_id"),),
)

FORECASTS = Table(
    "forecasts",
    "How much work is expected of teams and people, and how much they can take.",
    key=("cycle_id", "scope", "scope_id", "indicator_id"),
    columns=(
        _CYCLE,
        Column("scope", "text", "whose work it is", required=True, choices=SCOPES),
        id_("scope_id", "id of the department, team or employee"),
        id_("indicator_id", "of which the volume is the base; empty: of all", required=False),
        number_("volume", "customers, orders or cases that are expected", required=True),
        number_("capacity", "how many of them can be handled"),
    ),
)

PLANNING_TABLES = (PLAN_STEPS, PLAN_INPUTS, CONSULTATIONS, FORECASTS)
