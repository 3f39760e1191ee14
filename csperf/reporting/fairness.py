"""Whether grades, penalties and rewards fall on some groups more than on others, for HR."""

from __future__ import annotations

from csperf.reporting.display import ColumnView, Sentences, TableView
from csperf.reporting.evaluations import EvaluatorsView


def fairness_table(view: EvaluatorsView) -> TableView | Sentences:
    """Groups on which an outcome clearly falls more or less often; a sentence if there is none."""
    text, rows = view.text, view.fairness
    compared, hidden = rows[rows["status"] == "ok"], int((rows["status"] == "suppressed").sum())
    unshown = [text("fairness.hidden", n=hidden)] if hidden else []
    if compared.empty:
        return Sentences([text("fairness.nothing"), *unshown], kind="note")
    clear = compared[compared["flag"] != ""]
    if clear.empty:
        return Sentences([text("fairness.none_clear", n=len(compared)), *unshown])
    of_team = clear["attribute"] == "team_id"
    teams = [view.team(row.department_id, row.group) for row in clear.itertuples()]
    clear = clear.assign(
        group=clear["group"].where(~of_team, teams),
        department=[view.department(id) for id in clear["department_id"]],
        by=[text(f"fairness.by.{name}") for name in clear["attribute"]],
        of=[text(f"fairness.outcome.{name}") for name in clear["outcome"]],
    )
    columns = [
        ColumnView("group", text("fairness.group"), "name"),
        ColumnView("by", text("fairness.attribute")),
        ColumnView("department", text("calibration.department"), "name"),
        ColumnView("of", text("fairness.happens")),
        ColumnView("n", text("fairness.people"), "number", digits=0),
        ColumnView("rate", text("fairness.rate"), "percent", digits=0),
        ColumnView("rate_of_others", text("fairness.others"), "percent", digits=0),
        ColumnView("ratio", text("fairness.ratio"), "number", digits=2),
        ColumnView(("low", "high"), text("calibration.interval"), "interval", digits=2),
    ]
    caption = " ".join([text("fairness.caption", n=len(clear), of=len(compared)), *unshown])
    return TableView(clear.sort_values("p_adjusted", kind="stable"), columns, caption)
