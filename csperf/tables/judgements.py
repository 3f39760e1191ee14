"""Records of three methods: pairs judged, behaviour observed, and the choice of a method."""

from __future__ import annotations

from csperf.tables.appraisal_records import CYCLE
from csperf.tables.declare import Column, Table, employee, flag_, id_, text_, time_

WINNERS = ("a", "b", "tie")

_CYCLE = Column("cycle_id", "id", "the cycle it is for, such as 2026-10", True, form=CYCLE)

PAIR_JUDGEMENTS = Table(
    "pair_judgements",
    "Who of two people is better at something, as an evaluator sees it.",
    key=("cycle_id", "evaluator_id", "criterion_id", "employee_a", "employee_b", "at"),
    columns=(
        _CYCLE,
        id_("evaluator_id", "who judges"),
        id_("criterion_id", "the skill that is judged"),
        id_("employee_a", "one of the two"),
        id_("employee_b", "the other"),
        Column("winner", "text", "who is better", required=True, choices=WINNERS),
        time_("at", "when it was judged"),
    ),
    references=(employee("employee_a"), employee("employee_b")),
)

BEHAVIOUR_LOG = Table(
    "behaviour_log",
    "Behaviour that somebody saw and wrote down, in support of ratings.",
    key=("employee_id", "observed_at", "observer_id", "criterion_id", "behaviour"),
    columns=(
        id_("employee_id", "who was observed"),
        time_("observed_at", "when", required=True),
        id_("observer_id", "who saw it"),
        id_("criterion_id", "what it is an example of"),
        text_("situation", "in which situation"),
        Column("behaviour", "text", "what the person did", required=True),
        flag_("positive", "whether it is a good example"),
    ),
    references=(employee(),),
)

METHOD_CHOICES = Table(
    "method_choices",
    "Which method of appraisal was chosen for what, why and by whom.",
    key=("cycle_id", "scope", "method", "purpose"),
    columns=(
        _CYCLE,
        text_("scope", "department, team or post that it is for"),
        id_("method", "a method of the guidance"),
        text_("purpose", "what it is to show"),
        Column("why", "text", "why this method", required=True),
        text_("by", "who decided"),
    ),
)

JUDGEMENT_TABLES = (PAIR_JUDGEMENTS, BEHAVIOUR_LOG, METHOD_CHOICES)
