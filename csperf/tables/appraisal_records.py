"""Appraisal records: scores given by people."""

from __future__ import annotations

from csperf.tables.declare import Column, Table, employee, id_, text_, time_

CYCLE = r"([12][0-9]{3})(?:-(0[1-9]|1[0-2])|-Q([1-4])|-H([12]))?"

EVALUATIONS = Table(
    "evaluations",
    "Scores given by people: one row for each employee, evaluator, criterion and round.",
    key=(
        "cycle_id",
        "employee_id",
        "evaluator_id",
        "evaluator_type",
        "criterion_id",
        "round",
        "submitted_at",
    ),
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
        text_("evidence_text", "facts that the score rests on"),
        text_("evidence_link", "where such facts are kept"),
    ),
    references=(employee(),),
)

APPRAISAL_TABLES = (EVALUATIONS,)
