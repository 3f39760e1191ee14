"""Targets in the planning report: whether they add up, can be reached, and were changed."""

from __future__ import annotations

from pandas import Series

from csperf.reporting.display import ColumnView, TableView
from csperf.reporting.plan import Plan
from csperf.reporting.planning_words import chance_in_words, person
from csperf.reporting.values import shown_value, title_of


def sums_table(plan: Plan) -> TableView | None:
    """Whether targets of parts come to the target of the whole, and what is missing."""
    text, rows = plan.view.text, plan.sums
    if rows.empty:
        return None

    def say(value: float, row: Series) -> str:
        return shown_value(value, row["indicator_id"], text)

    rows = rows.assign(
        whose=[plan.name_of(row.scope, row.above) for row in rows.itertuples()],
        title=[title_of(id, text) for id in rows["indicator_id"]],
        standing=[text(f"planning.sum.{standing}") for standing in rows["standing"]],
        **{
            name: [say(row[name], row) for _, row in rows.iterrows()]
            for name in ("target", "together", "residual")
        },
    )
    columns = [
        ColumnView("title", text("planning.indicator")),
        ColumnView("whose", text("planning.owner"), "name"),
        ColumnView("standing", text("planning.standing")),
        ColumnView("target", text("planning.target"), "number"),
        ColumnView("together", text("planning.together"), "number"),
        ColumnView("residual", text("planning.residual"), "number"),
        ColumnView("n_parts", text("planning.parts"), "number", digits=0),
    ]
    return TableView(rows, columns, text("planning.sums"))


def suggested_table(plan: Plan) -> TableView | None:
    """What the parts would have to reach so that targets add up."""
    text, rows = plan.view.text, plan.suggested
    if rows.empty:
        return None
    words = {
        name: [shown_value(row[name], row["indicator_id"], text) for _, row in rows.iterrows()]
        for name in ("baseline", "set", "suggested")
    }
    rows = rows.assign(
        name=[plan.name_of(row.scope, row.scope_id) for row in rows.itertuples()],
        title=[title_of(id, text) for id in rows["indicator_id"]],
        by=[text(f"planning.method.{method}") for method in rows["method"]],
        **words,
    )
    columns = [
        ColumnView("name", text("planning.owner"), "name"),
        ColumnView("title", text("planning.indicator")),
        ColumnView("suggested", text("planning.would_do"), "number"),
        ColumnView("set", text("planning.set"), "number"),
        ColumnView("baseline", text("planning.so_far"), "number"),
        ColumnView("volume", text("planning.volume"), "number", digits=0),
        ColumnView("by", text("planning.by_method")),
    ]
    return TableView(rows, columns, text("planning.suggested"))


def reach_table(plan: Plan) -> TableView | None:
    """The probability that teams and people reach targets of their own."""
    text, rows = plan.view.text, plan.own_reach
    if rows.empty:
        return None
    rows = rows.assign(
        name=[plan.name_of(row.scope, row.scope_id) for row in rows.itertuples()],
        title=[title_of(id, text) for id in rows["indicator_id"]],
        said=[chance_in_words(plan, row) for row in rows.itertuples()],
        **{
            name: [shown_value(row[name], row["indicator_id"], text) for _, row in rows.iterrows()]
            for name in ("target", "best", "expected")
        },
    )
    rows = rows.sort_values("probability", kind="stable", na_position="last")
    columns = [
        ColumnView("name", text("planning.owner"), "name"),
        ColumnView("title", text("planning.indicator")),
        ColumnView("said", text("planning.reach")),
        ColumnView("probability", text("planning.probability"), "chance"),
        ColumnView("target", text("planning.target"), "number"),
        ColumnView("expected", text("planning.expected"), "number"),
        ColumnView("best", text("planning.best"), "number"),
        ColumnView("n_periods", text("planning.cycles"), "number", digits=0),
    ]
    return TableView(rows, columns, text("planning.own_reach", n=len(rows)))


def everybodys_table(plan: Plan) -> TableView | None:
    """Targets of the scheme, with how many people have ever reached them."""
    text, rows = plan.view.text, plan.too_high
    if rows.empty:
        return None
    rows = rows.assign(
        title=[title_of(id, text) for id in rows["indicator_id"]],
        target=[shown_value(row.target, row.indicator_id, text) for row in rows.itertuples()],
        n_reached=rows["n"] - rows["n_short"],
        said=[text("planning.too_high" if high else "planning.fits") for high in rows["too_high"]],
    )
    columns = [
        ColumnView("title", text("planning.indicator")),
        ColumnView("said", text("planning.reading")),
        ColumnView("target", text("planning.target"), "number"),
        ColumnView("n_reached", text("planning.ever"), "number", digits=0),
        ColumnView("n", text("planning.people"), "number", digits=0),
        ColumnView("probability", text("planning.mean_probability"), "chance"),
    ]
    return TableView(rows, columns, text("planning.everybodys"))


def changes_table(plan: Plan) -> TableView | None:
    """Targets that were changed: both values, when, by whom, why."""
    text, rows = plan.view.text, plan.versions
    if rows.empty:
        return None
    rows = rows.assign(
        name=[plan.name_of(row.scope, row.scope_id) for row in rows.itertuples()],
        title=[title_of(id, text) for id in rows["indicator_id"]],
        day=rows["agreed_at"].dt.tz_convert(plan.view.timezone),
        who=[person(plan, id) for id in rows["set_by"]],
        **{
            name: [shown_value(row[name], row["indicator_id"], text) for _, row in rows.iterrows()]
            for name in ("before", "target")
        },
    )
    columns = [
        ColumnView("title", text("planning.indicator")),
        ColumnView("name", text("planning.owner"), "name"),
        ColumnView("before", text("planning.before"), "number"),
        ColumnView("target", text("planning.after"), "number"),
        ColumnView("reason", text("planning.reason_given"), blank=text("planning.unsaid")),
        ColumnView("who", text("planning.set_by"), blank=text("planning.unsaid")),
        ColumnView("day", text("planning.on_day"), blank=text("planning.unsaid"), say=text.day),
    ]
    return TableView(rows, columns, text("planning.changes"))
