"""What would be otherwise had all evaluators been equally severe."""

from __future__ import annotations

from csperf.fair import SHOWN, is_for_hr_only
from csperf.reporting.display import ColumnView, Sentences, TableView
from csperf.reporting.opening import TeamView
from csperf.reporting.people import known_only, records, titled, worded


def is_with_hr(view: TeamView) -> bool:
    """Whether there are fair scores that only HR sees."""
    return is_for_hr_only(view.scheme) and len(view.result.evaluation_scores) > 0


def fair_changes_table(view: TeamView) -> TableView | Sentences | None:
    """Grades, places and proposals that the fair scores would change; nothing without them."""
    text, rows = view.text, records(view, "fair_changes")
    if is_with_hr(view):
        return Sentences([text("fair.for_hr")], kind="note")
    if view.result.appraisals["fair_score"].isna().all():
        return None
    if rows.empty:
        return Sentences([text("fair.none")], kind="note")
    scheme = view.scheme
    titles = {rule.id: rule.title for rule in scheme.rules if rule.title}
    titles |= {name: text(f"fair.quantity.{name}") for name in SHOWN}
    said = {band.grade: band.title for band in scheme.grades}
    said |= {band.level: band.title for band in scheme.levels.bands} if scheme.levels else {}
    said |= {"proposed": text("fair.proposed"), "": text("fair.nothing")}
    of_state = rows["quantity_id"] == "state"
    shown = {
        side: titled(rows[side], said).mask(of_state, worded(view, "state", rows[side]))
        for side in ("official", "fair")
    }
    rows = rows.assign(what=titled(rows["quantity_id"], titles), **shown)
    columns = known_only(
        rows,
        ColumnView("display_name", text("appraisal.name"), "name"),
        ColumnView("what", text("fair.what"), "text"),
        ColumnView("official", text("fair.official"), "text"),
        ColumnView("fair", text("fair.by_fair_score"), "text"),
    )
    return TableView(rows, columns, text("fair.caption"))
