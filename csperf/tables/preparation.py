"""How evaluators were made ready to rate: what they were trained in, and what they signed."""

from __future__ import annotations

from csperf.tables.appraisal_records import CYCLE
from csperf.tables.declare import Column, Table, TimeOrder, date_, id_, number_, time_

CHECKLISTS = Table(
    "checklists",
    "What evaluators signed before they rated: that they know the system, and will be fair.",
    key=("evaluator_id", "cycle_id", "item"),
    columns=(
        id_("evaluator_id", "who signs"),
        Column("cycle_id", "id", "the cycle it is for, such as 2026-10", True, form=CYCLE),
        id_("item", "a point of the checklist: knows_system, knows_indicators ..."),
        time_("signed_at", "when it was signed; empty means not yet"),
    ),
)

TRAINING_RECORDS = Table(
    "training_records",
    "Courses in rating that evaluators passed.",
    key=("evaluator_id", "course", "taken_date"),
    columns=(
        id_("evaluator_id", "who took the course"),
        Column("course", "text", "the course", required=True),
        date_("taken_date", "the day on which it was passed", required=True),
        number_("score", "result, if the course ends with a test", "points"),
        date_("valid_until", "last day on which it counts; empty means for good", ahead=True),
    ),
    rules=(TimeOrder("taken_date", "valid_until", "error"),),
)

PREPARATION_TABLES = (CHECKLISTS, TRAINING_RECORDS)
