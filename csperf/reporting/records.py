"""What became of the results: appeals, restated results, deviations, awards and the talent pool."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from pandas import DataFrame

from csperf.reporting.deciding import may_end_contract
from csperf.reporting.department import View
from csperf.reporting.display import ColumnView, Facts, TableView, number
from csperf.reporting.opening import TeamView
from csperf.reporting.people import joined, known_only, names, records, titled, worded
from csperf.reporting.procedure import REGULAR


def waiting(view: TeamView) -> Facts | None:
    """How much waits for somebody, as far as anything does."""
    text = view.text
    found = [
        (text(f"waiting.{name}"), str(n), text(f"waiting.{name}_meaning"))
        for name, n in _waiting(view).items()
        if n
    ]
    return Facts(found) if found else None


def appeals_table(view: TeamView) -> TableView | None:
    """Appeals stage by stage with their deadlines; what is open comes first."""
    text, rows = view.text, records(view, "appeal_ledger")
    if rows.empty:
        return None
    rows = rows.assign(
        passed_on=rows["step"] < rows.groupby("appeal_id")["step"].transform("max"),
        about=[joined(pair, ": ") for pair in zip(rows["issue"], rows["facts"], strict=True)],
        evaluator_id=names(view, rows["evaluator_id"]),
        stage=[
            text("appeals.at", stage=text.plain(stage), day=text.day(pd.Timestamp(filed)))
            for stage, filed in zip(rows["stage"], rows["filed_at"], strict=True)
        ],
        change=_change(view, rows),
    )
    rows = rows.assign(
        standing=[_appeal_standing(view, row) for row in rows.to_dict("records")],
        closed=rows["decided"].fillna(False).astype(bool) | rows["passed_on"],
    ).sort_values(["closed", "due_date", "appeal_id", "step"], kind="stable")
    columns = known_only(
        rows,
        ColumnView("display_name", text("appraisal.name"), "name"),
        ColumnView("standing", text("appraisal.status"), "text"),
        ColumnView("due_date", text("appeals.due"), "date", say=text.day),
        ColumnView("stage", text("appeals.stage"), "text"),
        ColumnView("about", text("appeals.about"), "text"),
        ColumnView("evaluator_id", text("findings.evaluator"), "name"),
        ColumnView("change", text("appeals.change"), "text"),
    )
    return TableView(rows, columns, text("appeals.caption"))


def restated_table(view: TeamView) -> TableView | None:
    """What this run changed in results that an earlier run had published."""
    text, rows = view.text, records(view, "restated")
    if rows.empty:
        return None
    titles = _subjects(view)
    rows = rows.assign(
        quantity=[
            joined([subject, quantity], ": ")
            for subject, quantity in zip(
                titled(rows["subject"], titles, text.plain),
                worded(view, "restated.quantity", rows["quantity"]),
                strict=True,
            )
        ],
        **{
            side: [None if pd.isna(value) else _short(view, value) for value in rows[side]]
            for side in ("old", "new")
        },
        remark=[_restated_remark(view, row) for row in rows.to_dict("records")],
    )
    columns = known_only(
        rows,
        ColumnView("display_name", text("appraisal.name"), "name"),
        ColumnView("quantity", text("restated.what"), "text"),
        ColumnView("old", text("restated.old"), "text"),
        ColumnView("new", text("restated.new"), "text"),
        ColumnView("difference", text("restated.difference"), "number", digits=2),
        ColumnView("remark", text("appraisal.remark"), "text", blank=""),
    )
    return TableView(rows, columns, text("restated.caption"))


def deviations_table(view: View) -> TableView | None:
    """All that did not go as planned."""
    text, rows = view.text, records(view, "deviation_log")
    if rows.empty:
        return None
    rows = rows.sort_values("at", kind="stable").assign(
        kind=worded(view, "deviations.kind", rows["kind"]), who=names(view, rows["who"])
    )
    columns = known_only(
        rows,
        ColumnView("at", text("deviations.at"), "date", say=text.day),
        ColumnView("kind", text("deviations.what_kind"), "text"),
        ColumnView("display_name", text("findings.about"), "name", blank=""),
        ColumnView("what", text("deviations.what"), "text"),
        ColumnView("who", text("deviations.who"), "name"),
        ColumnView("why", text("decided.why"), "text"),
    )
    return TableView(rows, columns, text("deviations.caption"))


def awards_table(view: TeamView) -> TableView | None:
    """Places of each award of the department, and why some were not given."""
    text, rows = view.text, records(view, "award_places")
    if rows.empty:
        return None
    titles = {award.id: award.title for award in view.scheme.awards}
    rows = rows.assign(award=titled(rows["rule_id"], titles))
    columns = known_only(
        rows,
        ColumnView("award", text("awards.award"), "text"),
        ColumnView("people", text("awards.people"), "number", digits=0),
        ColumnView("places", text("awards.places"), "number", digits=0),
        ColumnView("given", text("awards.given"), "number", digits=0),
        ColumnView("note", text("appraisal.remark"), "text", blank=""),
    )
    return TableView(rows, columns, text("awards.caption"))


def talent_table(view: TeamView) -> TableView | None:
    """Who is or was in the talent pool, who is in it first."""
    text, rows = view.text, records(view, "talent_pool")
    if rows.empty:
        return None
    rows = rows.assign(
        guidance_owner=names(view, rows["guidance_owner"]),
        status=worded(view, "standing.status", rows["status"]),
    )
    rows = rows.sort_values("left", kind="stable", na_position="first")
    columns = [
        ColumnView("display_name", text("appraisal.name"), "name"),
        ColumnView("entered", text("talent.entered"), "text"),
        ColumnView("left", text("talent.left"), "text", blank=text("talent.still")),
        ColumnView("status", text("appraisal.status"), "text"),
        ColumnView("guidance_owner", text("talent.guide"), "name", blank=text("talent.nobody")),
    ]
    return TableView(rows, columns, text("talent.caption"))


def _waiting(view: TeamView) -> dict[str, int]:
    """Counts of what is open, by the name of its message."""
    open_ = view.result.proposals[view.result.proposals["decided_by"].isna()]
    ledger = records(view, "appeal_ledger").sort_values("step")
    ledger = ledger.drop_duplicates("appeal_id", keep="last")
    undecided = ledger[~ledger["decided"].fillna(False).astype(bool)]
    grades, plans = records(view, "grade_decisions"), records(view, "plans_owed")
    talks = records(view, "interviews_due")
    due = talks[(talks["reason"] != REGULAR) & talks["held_on"].isna()]
    return {
        "contracts": int(may_end_contract(view, open_).sum()),
        "appeals": len(undecided),
        "overdue": int(undecided["overdue"].fillna(False).sum()),
        "unconfirmed": int((grades["status"] == "unconfirmed").sum()),
        "plans": int(plans["late"].fillna(False).sum()),
        "interviews": due["employee_id"].nunique(),
    }


def _appeal_standing(view: TeamView, row: Mapping[Any, Any]) -> str:
    """Open, ended or passed on to the next stage, in time or late."""
    text, late = view.text, row["overdue"] is True
    if pd.isna(row["decision"]) and row["passed_on"]:
        words = [text("appeals.passed_on")]
    elif pd.isna(row["decision"]):
        words = [text("appeals.overdue" if late else "appeals.open")]
    else:
        ended = text.day(pd.Timestamp(row["decided_at"]))
        words = [text(f"appeals.{row['decision']}", day=ended)]
        words += [text("appeals.decided_late")] if late else []
    return joined([*words, None if row["in_time"] is not False else text("appeals.filed_late")])


def _change(view: TeamView, rows: DataFrame) -> list[str]:
    """Score and grade before an appeal, and after it where it is decided."""
    grades = {band.grade: band.title for band in view.scheme.grades}
    sides = [
        zip(
            rows[f"score_{when}"].map(number, na_action="ignore"),
            titled(rows[f"grade_{when}"], grades),
            strict=True,
        )
        for when in ("before", "after")
    ]
    return [joined(map(joined, pair), " → ") for pair in zip(*sides, strict=True)]


def _subjects(view: TeamView) -> dict[str, str]:
    """Titles of rules, awards and lines of pay."""
    scheme = view.scheme
    titles = {rule.id: rule.title for rule in scheme.rules}
    titles |= {award.id: award.title for award in scheme.awards}
    lines = scheme.pay.lines if scheme.pay else ()
    return titles | {line.id: line.title for line in lines}


def _short(view: TeamView, value: str) -> str:
    """A number to two places, any other text as words."""
    try:
        return f"{float(value):.2f}".removesuffix(".00")
    except ValueError:
        return view.text.plain(value)


def _restated_remark(view: TeamView, row: Mapping[Any, Any]) -> str:
    return joined(
        view.text(f"restated.{name}") for name in ("kept", "corrected") if row[name] is True
    )
