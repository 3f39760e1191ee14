"""Evaluators who were not ready to rate, as HR reads it: their training, and what they signed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from pandas import DataFrame

from csperf.appraisal.renaming import under_ids_of_today
from csperf.params import Cycle, Department, Params
from csperf.practice.preparation import UNREADY, UNSIGNED, UNTRAINED, unsigned, untrained
from csperf.reporting.display import ColumnView, Sentences, TableView
from csperf.sources import read_tables
from csperf.tables.forms import FORMS

if TYPE_CHECKING:
    from csperf.reporting.evaluations import EvaluatorsView

GIVEN_BY = {UNTRAINED: "training_records", UNSIGNED: "checklists"}
NOBODY = DataFrame(columns=UNREADY)


def read_unready(
    params: Params, cycle: Cycle, known: DataFrame
) -> tuple[DataFrame, tuple[str, ...]]:
    """Who was not ready to rate, and which checks there is a table for.

    `known` are evaluations of all departments, with department_id and under the ids that people
    have. A department without a table is not held against it, and customers are trained by nobody.
    """
    own = known[known["cycle_id"] == cycle.id]
    found, checks = [], []
    for unit in params.departments:
        there = [name for name in GIVEN_BY.values() if name in unit.sources]
        mine = own[own["department_id"] == unit.id]
        if "evaluations" not in unit.sources or not there:
            continue
        found += _of_department(params, unit, cycle, mine, there)
        checks += [check for check, table in GIVEN_BY.items() if table in there]
    rows = pd.concat(found, ignore_index=True) if found else NOBODY
    return rows, tuple(dict.fromkeys(checks))


def _of_department(
    params: Params, unit: Department, cycle: Cycle, own: DataFrame, there: list[str]
) -> list[DataFrame]:
    also = [name for name in ("employees",) if name in unit.sources]
    tables = under_ids_of_today(read_tables(params, unit.id, only=[*there, *also]))
    customers = params.scheme(unit).types_like("customer")
    rated = own[own["score"].notna() & ~own["evaluator_type"].isin(["self", *customers])]
    found = []
    if GIVEN_BY[UNTRAINED] in tables:
        zone = params.zone(unit) or "UTC"
        found.append(untrained(rated, tables[GIVEN_BY[UNTRAINED]], cycle, zone))
    if GIVEN_BY[UNSIGNED] in tables:
        found.append(unsigned(rated, tables[GIVEN_BY[UNSIGNED]], cycle))
    return found


def told_unready(view: EvaluatorsView) -> list[str]:
    """How many evaluators were not ready, a sentence for each check that found somebody."""
    keys = {UNTRAINED: "untrained", UNSIGNED: "not_signed"}
    counts = view.unready.groupby("check")["evaluator_id"].nunique()
    return [
        view.text(f"preparation.{key}", n=int(counts[check]))
        for check, key in keys.items()
        if check in counts.index
    ]


def preparation(view: EvaluatorsView) -> Sentences | None:
    """What is known of how evaluators were made ready; nothing where no table says."""
    text, rows = view.text, view.unready
    if not view.ready_checks:
        return None
    calm = {UNTRAINED: "all_trained", UNSIGNED: "all_signed"}
    said = [
        text(f"preparation.{calm[check]}")
        for check in view.ready_checks
        if not (rows["check"] == check).any()
    ]
    secret = rows.loc[rows["evaluator_type"].isin(view.anonymous), "evaluator_id"].nunique()
    told = told_unready(view)
    if secret:
        told.append(text("preparation.anonymous", n=secret))
    if (rows["check"] == UNTRAINED).any():
        told.append(text("preparation.advice"))
    return Sentences([*told, *said], kind="note")


def preparation_table(view: EvaluatorsView) -> TableView | None:
    """Who was not ready, but for those who were promised anonymity."""
    text, rows = view.text, view.unready
    rows = rows[~rows["evaluator_type"].isin(view.anonymous)]
    if rows.empty:
        return None
    rows = rows.assign(
        kind=[view.kind(kind) for kind in rows["evaluator_type"]],
        said=[_lacking(view, *row) for row in zip(rows["check"], rows["lacking"], strict=True)],
        page=rows["evaluator_id"].map(view.pages),
    ).sort_values(["evaluator_id", "evaluator_type", "check"], ignore_index=True)
    columns = [
        ColumnView("evaluator_id", text("preparation.evaluator"), "id", link_key="page"),
        ColumnView("kind", text("preparation.kind"), "text"),
        ColumnView("said", text("preparation.lacking"), "text"),
        ColumnView("n", text("preparation.n"), "number", digits=0),
    ]
    return TableView(rows, columns, text("preparation.caption"))


def _lacking(view: EvaluatorsView, check: str, lacking: str) -> str:
    text = view.text
    if check == UNTRAINED:
        return text(f"preparation.{lacking}")
    if not lacking:
        return text("preparation.nothing_signed")
    usual = FORMS["checklist"].points
    points = [
        text(f"preparation.point.{it}") if it in usual else text.plain(it) for it in lacking.split()
    ]
    return text("preparation.unsigned", points=text("preparation.and").join(points))
