"""What follows for the next cycle: strengths to name, short boards to mend, training to give."""

from __future__ import annotations

import pandas as pd
from pandas import DataFrame, Series

from csperf.appraisal.improvement import WEAK_BELOW
from csperf.appraisal.statements import BAD_BELOW, GOOD_FROM, shown_components
from csperf.reporting.display import ColumnView, TableView, number
from csperf.reporting.foundations import score_titles
from csperf.reporting.opening import TeamView
from csperf.reporting.people import by_rank, joined, known_only, named, plain, records, titled

LISTED = 3  # strengths or weaknesses of a person by name; the others are counted
BETWEEN = ", "  # components, as `statements.results_summary` writes them
GOOD, BAD = ("good_performance", "good_conduct"), ("bad_performance", "bad_conduct")


def short_boards(view: TeamView) -> TableView:
    """Good and bad sides of each person, and the two components that cost most points."""
    text = view.text
    sides = records(view, "results_summary").set_index("employee_id")
    rows = _costs(view).join(sides[["performance", "conduct"]], on="employee_id")
    lists = {"good": GOOD, "bad": BAD, "kept": ("kept",)}
    told = {name: _listed(view, sides[[*columns]]) for name, columns in lists.items()}
    rows = rows.join(DataFrame(told, sides.index, dtype="str"), on="employee_id")
    columns = [
        ColumnView("display_name", text("appraisal.name"), "name"),
        *known_only(
            rows,
            ColumnView("performance", text("boards.performance"), "number", digits=0),
            ColumnView("conduct", text("boards.conduct"), "number", digits=0),
            ColumnView("good", text("boards.good"), "text"),
            ColumnView("kept", text("boards.kept"), "text"),
            ColumnView("bad", text("boards.bad"), "text"),
        ),
        ColumnView("costs_most", text("appraisal.costs_most"), "text"),
        ColumnView("costs_next", text("appraisal.costs_next"), "text"),
    ]
    caption = text("boards.caption", good=f"{GOOD_FROM:g}", bad=f"{BAD_BELOW:g}")
    return TableView(by_rank(view, named(view, rows)), columns, caption)


def training_table(view: TeamView) -> TableView | None:
    """What training is needed, by whom, what is needed by most first."""
    text, needs = view.text, records(view, "training_needs")
    if needs.empty:
        return None
    titles = score_titles(view) | {rule.id: rule.title for rule in view.scheme.rules}
    needs = needs.assign(subject=titled(needs["subject"], titles, text.plain))
    rows = needs.groupby(["reason", "subject"], as_index=False, dropna=False).agg(
        people=("display_name", joined),
        n=("employee_id", "nunique"),
        low=("points", "min"),
        high=("points", "max"),
    )
    rows = rows.sort_values(["n", "reason", "subject"], ascending=[False, True, True])
    rows = rows.assign(
        reason=[text(f"training.{reason}", below=WEAK_BELOW) for reason in rows["reason"]],
        points=[_span(row.low, row.high) for row in rows.itertuples()],
    )
    columns = [
        ColumnView("subject", text("training.subject"), "text"),
        ColumnView("n", text("training.n"), "number", digits=0),
        ColumnView("people", text("training.who"), "text"),
        ColumnView("reason", text("training.reason"), "text"),
        ColumnView("points", text("training.points"), "text"),
    ]
    return TableView(rows, columns, text("training.caption"))


def _span(low: float, high: float) -> str | None:
    """Points from the lowest to the highest of the people; one number where they are the same."""
    return None if pd.isna(low) else joined([number(low, 0), number(high, 0)], " – ")


def _costs(view: TeamView) -> DataFrame:
    """The component that costs each person most points, and the next; not what may not be shown."""
    scores = shown_components(view.result.scores, view.scheme, view.result.evaluation_scores)
    lost = scores.assign(
        lost=(scores["weight"] * (100 - scores["score"]) / 100).mask(
            scores["weight"] == 0,
            -scores["contribution"],  # points taken for events
        ),
        component=titled(scores["component_id"], score_titles(view)),
    )
    lost = lost[lost["lost"] > 0].sort_values("lost", ascending=False, kind="stable")
    said = [f"{row.component} {number(row.lost)}" for row in lost.itertuples()]
    lost = lost.assign(cost=Series(said, lost.index, dtype="str"))
    place = lost.groupby("employee_id").cumcount()
    following = lost[place == 1].set_index("employee_id")["cost"]
    most = lost[place == 0].rename(columns={"cost": "costs_most"})
    most = most.assign(costs_next=most["employee_id"].map(following).astype("str"))
    return most[["employee_id", "component", "lost", "costs_most", "costs_next"]]


def _listed(view: TeamView, lists: DataFrame) -> list[str | None]:
    """The first components of each person in words, and how many more there are."""
    titles = score_titles(view)

    def said(cells: tuple[object, ...]) -> str | None:
        paths = [path for cell in cells if pd.notna(cell) for path in str(cell).split(BETWEEN)]
        names = [titles.get(path) or plain(path) for path in paths[:LISTED]]
        first = joined(names, "; ")
        more = len(paths) - LISTED
        return view.text("boards.more", named=first, n=more) if more > 0 else first or None

    return [said(cells) for cells in lists.itertuples(index=False)]
