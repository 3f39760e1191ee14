"""What each side says of people: the sources of a 360-degree appraisal, and four perspectives."""

from __future__ import annotations

from pandas import DataFrame

from csperf.appraisal.methods import (
    NO_PERSPECTIVE,
    PERSPECTIVES,
    SELF,
    TOTAL,
    perspectives,
    sources_of_360,
)
from csperf.reporting.display import ColumnView, TableView
from csperf.reporting.opening import TeamView
from csperf.reporting.people import by_rank, known_only, named

SIDES = 3  # a person and a superior are two; more make it an appraisal from all around


def sources_table(view: TeamView) -> TableView | None:
    """Mean of each source and how far the own view lies from the others'; hidden means stay so."""
    text, kinds = view.text, view.scheme.evaluators
    by_type = view.result.evaluation_scores
    if by_type["evaluator_type"].nunique() < SIDES:
        return None
    found = sources_of_360(by_type, view.scheme)
    means = found.means.pivot(index="employee_id", columns="evaluator_type", values="score")
    means = means.assign(gap=found.gaps.groupby("employee_id")["gap"].mean()).reset_index()
    rows = by_rank(view, named(view, means))
    sources = [
        ColumnView(kind.type, kind.title or kind.type, "number", blank=text("sides.hidden"))
        for kind in kinds
        if kind.type in rows
    ]
    gap = ColumnView("gap", text("sides.gap"), "number")
    columns = [
        ColumnView("display_name", text("appraisal.name"), "name"),
        *sources,
        *([gap] if SELF in rows else []),
    ]
    return TableView(rows, columns, text("sides.caption"))


def perspectives_table(view: TeamView) -> TableView | None:
    """Scores of each person in the four perspectives, where the scheme's parts fill all of them."""
    text, scores = view.text, view.result.scores
    found = perspectives(scores, view.scheme) if len(scores) else DataFrame()
    if found.empty or not _balanced(found):
        return None
    wide = found.pivot(index="employee_id", columns="perspective", values="score").reset_index()
    rows = by_rank(view, named(view, wide[wide[TOTAL].notna()]))
    weights = found[found["n_components"] > 0].groupby("perspective")["weight"].median()
    columns = [
        ColumnView("display_name", text("appraisal.name"), "name"),
        *(
            ColumnView(
                name,
                text("sides.weighed", name=text(f"sides.{name}"), weight=f"{weights[name]:.0f}"),
                "number",
            )
            for name in PERSPECTIVES
        ),
        ColumnView(TOTAL, text("appraisal.score"), "number"),
    ]
    return TableView(rows, known_only(rows, *columns), text("sides.perspectives_caption"))


def _balanced(found: DataFrame) -> bool:
    """Whether all four perspectives, and nothing else, have components with points."""
    filled = {*found.loc[found["n_components"] > 0, "perspective"]}
    return {*PERSPECTIVES} <= filled and NO_PERSPECTIVE not in {*found["perspective"]}
