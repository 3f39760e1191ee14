"""Proposals and what people decided about them: what may end a contract, what waits, what is done.

Proposals about one person stand in one row; the published table has each apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from pandas import DataFrame, Series

from csperf.appraisal import decisions
from csperf.appraisal.applications import uses_of
from csperf.appraisal.decisions import REVIEW_TEXT, unsigned
from csperf.reporting.display import ColumnView, Sentences, TableView, chance
from csperf.reporting.opening import TeamView
from csperf.reporting.people import (
    by_rank,
    joined,
    known_only,
    named,
    names,
    plain,
    rule_titles,
    worded,
)

PERSON = ["employee_id", "display_name"]
ODDS = {"likely": 0.6, "even": 0.4, "maybe": 0.2}  # from which probability of chance on
ROOM = "\u00a0\n\u00a0"  # to sign in


def contracts_table(view: TeamView) -> TableView | None:
    """Proposals that may end a contract, each with what has to be known before anybody decides."""
    text, rows = view.text, _proposals(view)
    rows = rows[may_end_contract(view, rows)]
    if rows.empty:
        return None
    rows = rows.assign(
        reason=_reasons(rows),
        review="\n".join(text(f"review.{key}") for key in REVIEW_TEXT),
        standing=[_decided_in_short(view, row) for row in in_words(view, rows).to_dict("records")],
    )
    columns = [
        ColumnView("display_name", text("appraisal.name"), "name"),
        ColumnView("step", text("appraisal.step_and_approver"), "text"),
        ColumnView("reason", text("appraisal.because"), "text"),
        ColumnView("review", text("review.heading"), "lines"),
        *_chance(view, rows),
        ColumnView("standing", text("decided.decision"), "text"),
        ColumnView("appeal_until", text("appraisal.appeal"), "date", say=text.day),
    ]
    return TableView(rows, columns, text("review.caption"))


def proposals_table(view: TeamView) -> TableView | Sentences:
    """What the rules propose and nobody has decided yet; every row waits for a person."""
    text, every = view.text, _proposals(view)
    rows = every[every["decided_by"].isna() & ~may_end_contract(view, every)]
    if rows.empty:
        key = "appraisal.no_proposals" if every.empty else "decided.nothing_waits"
        return Sentences([text(key)], kind="note")
    same = [*PERSON, "amount", "odds", "appeal_until"]
    rows = (
        rows.assign(reason=_reasons(rows))
        .groupby(same, dropna=False, sort=False, as_index=False)
        .agg(
            step=("step", "\n".join),
            use=("use", joined),
            reason=("reason", lambda reasons: joined(reasons, "\n")),
        )
    )
    columns = [
        ColumnView("display_name", text("appraisal.name"), "name"),
        ColumnView("step", text("appraisal.step_and_approver"), "lines"),
        *known_only(rows, ColumnView("use", text("use.concerns"), "text")),
        *_amount(view, rows),
        ColumnView("reason", text("appraisal.because"), "lines"),
        *_chance(view, rows),
        ColumnView("appeal_until", text("appraisal.appeal"), "date", say=text.day),
    ]
    return TableView(rows, columns, text("appraisal.proposals_caption"))


def decided_table(view: TeamView) -> TableView | None:
    """Proposals that people decided on: what, who, when and why."""
    text, rows = view.text, _proposals(view)
    rows = rows[rows["decided_by"].notna() & ~may_end_contract(view, rows)]
    if rows.empty:
        return None
    rows = in_words(view, rows.assign(step=rows["action"].map(text.plain)))
    columns = [
        ColumnView("display_name", text("appraisal.name"), "name"),
        ColumnView("step", text("appraisal.step"), "text"),
        *_amount(view, rows),
        *decision_columns(view, rows),
    ]
    return TableView(rows, columns, text("decided.caption"))


def sign_off(view: TeamView) -> TableView:
    """A line for each who decides, to be signed on paper, with how much waits for the signature."""
    text, open_ = view.text, unsigned(view.result.proposals)
    waiting = open_.groupby("approver", sort=False).size()
    rows = [(who, text("signing.proposals", n=int(n))) for who, n in waiting.items()]
    rows.append((text("signing.personnel"), text("signing.report")))
    frame = DataFrame(rows, columns=["who", "what"]).assign(name="", day="", signature=ROOM)
    columns = [
        ColumnView("who", text("signing.who"), "text"),
        ColumnView("what", text("signing.what"), "text"),
        ColumnView("name", text("appraisal.name"), "name"),
        ColumnView("day", text("signing.day"), "name"),
        ColumnView("signature", text("signing.signature"), "lines"),
    ]
    return TableView(frame, columns, text("signing.caption"))


def may_end_contract(view: TeamView, rows: DataFrame) -> Series:
    """Whether a proposal may end a contract; see `decisions.may_end_contract`."""
    return decisions.may_end_contract(rows, view.scheme)


def in_words(view: TeamView, rows: DataFrame) -> DataFrame:
    """Rows with a decision beside them, in words."""
    flags = rows["flags"].map(
        lambda odd: joined(view.text(f"flag.{name}") for name in odd.split()), na_action="ignore"
    )
    return rows.assign(
        decision=worded(view, "decision", rows["decision"]),
        changed_to=rows["changed_to"].map(view.text.plain, na_action="ignore"),
        decided_by=names(view, rows["decided_by"]),
        flags=flags.astype("str"),
    )


def decision_columns(view: TeamView, rows: DataFrame) -> list[ColumnView]:
    """Columns that tell what was decided, by whom, when, why, and what is odd about it."""
    text = view.text
    return known_only(
        rows,
        ColumnView("decision", text("decided.decision"), "text"),
        ColumnView("changed_to", text("decided.instead"), "text", blank=""),
        ColumnView("decided_by", text("decided.by"), "name"),
        ColumnView("decided_at", text("decided.at"), "date", say=text.day),
        ColumnView("why", text("decided.why"), "text"),
        ColumnView("flags", text("decided.odd"), "text", blank=""),
    )


def _proposals(view: TeamView) -> DataFrame:
    """All proposals, best-ranked people first, with step and approver in words, and rule."""
    rows = by_rank(view, named(view, view.result.proposals))
    titles = rule_titles(view.scheme)
    return rows.assign(
        step=[_step(view, row) for row in rows.to_dict("records")],
        use=[
            joined(view.text(f"use.{use}") for use in uses_of(action)) for action in rows["action"]
        ],
        odds=rows["p_noise"].map(lambda p: _odds(view, p), na_action="ignore").astype("str"),
        rule=rows["rule_id"].map(lambda rule: titles.get(rule, rule)),
    )


def _reasons(rows: DataFrame) -> Series:
    """Why each step is proposed; a person's rules with the same facts are named together."""
    rules = rows.groupby(["employee_id", "facts"], dropna=False)["rule"].transform(joined)
    return rules + ": " + rows["facts"].map(plain, na_action="ignore")


def _step(view: TeamView, row: Mapping[Any, Any]) -> str:
    said = {"step": view.text.plain(row["action"]), "approver": row["approver"]}
    if pd.isna(row["due"]):
        return view.text("appraisal.step_by", **said)
    return view.text("appraisal.step_due", due=view.text.day(pd.Timestamp(row["due"])), **said)


def _decided_in_short(view: TeamView, row: Mapping[Any, Any]) -> str:
    """What was decided about a proposal and what is odd about it, in one text."""
    if pd.isna(row["decided_by"]):
        return joined([view.text("decided.open"), row["flags"]], "; ")
    key = "said" if pd.isna(row["changed_to"]) else "changed"
    said = view.text(
        f"decided.{key}",
        decision=row["decision"],
        instead=row["changed_to"],
        who=row["decided_by"],
        day=view.text.day(pd.Timestamp(row["decided_at"])),
        why=row["why"],
    )
    return joined([said, row["flags"]], "; ")


def _amount(view: TeamView, rows: DataFrame) -> list[ColumnView]:
    money = view.text("appraisal.amount", currency=view.scheme.currency)
    return known_only(rows, ColumnView("amount", money, "money", digits=2))


def _chance(view: TeamView, rows: DataFrame) -> list[ColumnView]:
    return known_only(rows, ColumnView("odds", view.text("appraisal.p_noise"), "text"))


def _odds(view: TeamView, p: float) -> str:
    """The probability that chance alone is behind a proposal; in words too where it is large."""
    reached = [word for word, least in ODDS.items() if p >= least]
    if not reached:
        return chance(p)
    return view.text(f"odds.{reached[0]}", chance=chance(p))
