"""Talks in the team report: people by level and own trend, and what became of the talks."""

from __future__ import annotations

import pandas as pd
from pandas import DataFrame, Series

from csperf.names import folder_name
from csperf.practice.feedback import LEVELS, TRENDS
from csperf.reporting.display import ColumnView, Sentences, TableView, number
from csperf.reporting.opening import TeamView
from csperf.reporting.people import joined, known_only, records, worded


def talks_grid(view: TeamView) -> TableView | None:
    """Names of people by level and own trend."""
    text, rows = view.text, records(view, "feedback")
    if rows.empty:
        return None
    cells = rows.groupby(["level", "trend"])["display_name"].agg(joined).unstack("trend")
    there = [level for level in LEVELS if level in cells.index]
    cells = cells.reindex(there).reindex(columns=[*TRENDS])
    frame = DataFrame(cells).assign(title=[text(f"talks.at_level.{level}") for level in there])
    columns = [
        ColumnView("title", text("talks.level"), "text"),
        *known_only(
            frame,
            *(ColumnView(trend, text(f"talks.with_trend.{trend}"), "text") for trend in TRENDS),
        ),
    ]
    return TableView(frame, columns, text("talks.grid"))


def talks_order(view: TeamView, rows: DataFrame) -> TableView:
    """Everybody to talk to, whom first and why; names lead to the pages for the superior.

    `rows` are those of the table feedback, with names.
    """
    text = view.text
    rows = rows.sort_values("place", ignore_index=True)
    days = rows["held_on"].where(rows["standing"] == "held", rows["planned_on"])
    rows = rows.assign(
        page=[f"interviews/{folder_name(person)}.html" for person in rows["employee_id"]],
        why=[_why(view, reasons) for reasons in rows["reasons"]],
        standing=[
            text(f"interview.standing.{word}", day=text.day(day) if pd.notna(day) else "")
            for word, day in zip(rows["standing"], days, strict=True)
        ],
        remark=[_flags(view, flags) for flags in rows["flags"]],
    )
    columns = [
        ColumnView("display_name", text("appraisal.name"), "name", link_key="page"),
        ColumnView("why", text("appraisal.why"), "text"),
        ColumnView("standing", text("appraisal.status"), "text"),
        *known_only(rows, ColumnView("remark", text("appraisal.remark"), "text", blank="")),
    ]
    last = text.day(rows["talk_by"].iloc[0])
    return TableView(rows, columns, text("talks.order", day=last))


def _why(view: TeamView, reasons: str) -> str:
    return joined(worded(view, "interviews.reason", Series(reasons.split(), dtype="str")), "; ")


def _flags(view: TeamView, flags: str | None) -> str | None:
    words = flags.split() if isinstance(flags, str) else []
    return joined((view.text(f"interview.flag.{flag}") for flag in words), " ") or None


def talks_tracked(view: TeamView) -> Sentences | None:
    """How many talks were held, planned and refused, and how people rated them."""
    text, rows = view.text, view.result.records.get("interview_tracking")
    if rows is None or rows.empty:
        return None
    row = rows.iloc[0]
    counts = {name: int(row[f"n_{name}"]) for name in ("held", "planned", "refused", "overdue")}
    counts |= {"open": int(row["n_not_planned"]), "before": int(row["n_confirmed_before_talk"])}
    said = [text("talks.tracked", n=int(row["n_people"]), **counts)]
    if pd.notna(row["rating"]):
        said.append(text("talks.rating", n=int(row["n_rated"]), rating=number(row["rating"])))
    return Sentences(said, kind="note")
