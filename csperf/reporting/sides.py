"""What each side says of people: the sources of a 360-degree appraisal, and four perspectives."""

from __future__ import annotations

from csperf.appraisal.methods import (
    NO_PERSPECTIVE,
    PERSPECTIVES,
    TOTAL,
    Sources,
    sources_of_360,
)
from csperf.reporting.display import ColumnView, TableView
from csperf.reporting.opening import TeamView
from csperf.reporting.people import by_rank, joined, known_only, named, plain, records, titled

SIDES = 2  # types of evaluators from whom on there is something to hold against one another


def sources_table(view: TeamView) -> TableView | None:
    """Mean of each source and how far the own view lies from the others'; hidden means stay so."""
    text, kinds, found = view.text, view.scheme.evaluators, _all_sides(view)
    if found is None:
        return None
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
        *known_only(rows, gap),
    ]
    return TableView(rows, columns, text("sides.caption"))


def source_gaps(view: TeamView) -> TableView | None:
    """Own view minus the others' on each criterion."""
    text, found = view.text, _all_sides(view)
    if found is None or found.gaps.empty:
        return None
    wide = found.gaps.pivot(index="employee_id", columns="criterion_id", values="gap").reset_index()
    there = [each for each in view.scheme.criteria if each.id in wide]
    columns = [
        ColumnView("display_name", text("appraisal.name"), "name"),
        *(ColumnView(each.id, each.title or plain(each.id), "number") for each in there),
    ]
    return TableView(by_rank(view, named(view, wide)), columns, text("sides.gaps_caption"))


def agreement_table(view: TeamView) -> TableView | None:
    """How far each two types of evaluators agree on the people whom both judged."""
    text, found = view.text, _all_sides(view)
    if found is None:
        return None
    rows = found.agreement[found.agreement["n_employees"] > 0]
    if rows.empty:
        return None
    kinds = {kind.type: kind.title for kind in view.scheme.evaluators}
    sides = zip(titled(rows["type_a"], kinds), titled(rows["type_b"], kinds), strict=True)
    rows = rows.assign(both=[text("sides.pair", first=a, second=b) for a, b in sides])
    columns = [
        ColumnView("both", text("sides.both"), "text"),
        ColumnView("n_employees", text("appraisal.n"), "number", digits=0),
        ColumnView("difference", text("sides.difference"), "number"),
        ColumnView("absolute_difference", text("sides.apart"), "number"),
        ColumnView("correlation", text("sides.correlation"), "number", digits=2),
    ]
    return TableView(rows, columns, text("sides.agreement_caption"))


def perspectives_table(view: TeamView) -> TableView | None:
    """Scores of each person in the perspectives that have points, and which ones have none."""
    text, found = view.text, records(view, "perspectives")
    filled = {*found.loc[found["n_components"] > 0, "perspective"]}
    if not filled & {*PERSPECTIVES}:
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
            for name in (*PERSPECTIVES, NO_PERSPECTIVE)
            if name in filled
        ),
        ColumnView(TOTAL, text("appraisal.score"), "number"),
    ]
    empty = joined(text(f"sides.{name}") for name in PERSPECTIVES if name not in filled)
    caption = text("sides.empty", empty=empty) if empty else text("sides.perspectives_caption")
    return TableView(rows, known_only(rows, *columns), caption)


def _all_sides(view: TeamView) -> Sources | None:
    """What each type of evaluators says; nothing where fewer than two said anything."""
    by_type = view.result.evaluation_scores
    if by_type["evaluator_type"].nunique() < SIDES:
        return None
    return sources_of_360(by_type, view.scheme)
