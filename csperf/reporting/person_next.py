"""The fourth question of a person sheet, and what is proposed: strengths, next steps, own plan."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd
from markupsafe import Markup
from pandas import DataFrame

from csperf.appraisal.decisions import REVIEW_TEXT
from csperf.appraisal.improvement import WEAK_BELOW
from csperf.appraisal.statements import GOOD_FROM
from csperf.reporting.deciding import ODDS, may_end_contract
from csperf.reporting.display import ColumnView, Details, Sentences, TableView, chance, number, tag
from csperf.reporting.methods import plan_stages
from csperf.reporting.people import joined, known_only, rule_titles
from csperf.reporting.person_asked import step_up
from csperf.reporting.person_facts import Line, Person
from csperf.reporting.person_tables import paragraphs, subsection, without_name
from csperf.reporting.person_why import costly
from csperf.reporting.procedure import REGULAR, plans_table
from csperf.reporting.words import facts_in_words

LISTED = 3
OF_PLACES = re.compile(r"^(rank|place|band|shared) ?")  # facts that tell of a comparison group
PLAN_TEXTS = ("causes", "goal", "measures", "support", "check_dates", "effect")


def direction(person: Person, plans: DataFrame | None) -> Markup:
    """What to keep, what to improve, the own plan with its days, and what support there is."""
    text = person.view.text
    return Markup("").join(
        [
            tag("h3", text("person.keep")),
            _keep(person),
            tag("h3", text("person.improve")),
            _improve(person),
            subsection(text("person.plan"), *_plan(person, plans)),
            subsection(text("person.support"), _support(person)),
        ]
    )


def proposed(person: Person) -> Markup:
    """What the rules propose about the person, how likely that is chance, and who decides."""
    text, rows = person.view.text, person.proposals
    if rows.empty:
        return paragraphs([text("person.nothing_proposed")])
    scheme = person.view.scheme
    titles = rule_titles(scheme)
    rows = rows.assign(
        step=rows["action"].map(text.plain),
        reason=[
            f"{titles.get(row['rule_id'], row['rule_id'])}: {_facts(person, row['facts'])}"
            for row in rows.to_dict("records")
        ],
        odds=[_odds(person, p) for p in rows["p_noise"]],
        by=rows["approver"].map(text.of, na_action="ignore"),
        standing=[_decision(person, row) for row in rows.to_dict("records")],
    )
    money = text("appraisal.amount", currency=scheme.currency)
    columns = [
        ColumnView("step", text("appraisal.step"), "text"),
        *known_only(rows, ColumnView("amount", money, "money", digits=2)),
        ColumnView("reason", text("appraisal.because"), "lines"),
        *known_only(
            rows,
            ColumnView("odds", text("appraisal.p_noise"), "text"),
            ColumnView("by", text("person.who_decides"), "text"),
            ColumnView("due", text("appraisal.due"), "date", say=text.day),
        ),
        ColumnView("standing", text("decided.decision"), "text"),
        ColumnView("appeal_until", text("appraisal.appeal"), "date", say=text.day),
    ]
    table = TableView(rows, columns, text("person.proposals_caption", n=len(rows))).html()
    said = [text("person.proposals_how")]
    if rows["odds"].notna().any():
        said.append(text("person.chance_how"))
    warned = Markup("")
    if may_end_contract(person.view, rows).any():
        warned = Sentences([text(f"review.{key}") for key in REVIEW_TEXT], kind="warning").html()
    return paragraphs(said) + table + warned


def _keep(person: Person) -> Markup:
    """What went well: at least one thing wherever anything has points."""
    text = person.view.text
    told = [
        line for line in person.lines if line.is_told and line.weight > 0 and not line.is_own_view
    ]
    best = sorted(told, key=lambda line: (-line.points, -line.weight))[:LISTED]
    if not best:
        return paragraphs([text("person.keep_nothing_known")])
    records = person.view.result.records["results_summary"]
    cells = [cell for cell in records["kept"] if pd.notna(cell)]
    before = {path for cell in cells for path in cell.split(", ")}
    good = [line for line in best if line.points >= GOOD_FROM]
    items = [tag("li", _strength(person, line, before)) for line in good or best]
    key = "keep_good" if good else "keep_best"
    return paragraphs([text(f"person.{key}", good=f"{GOOD_FROM:g}")]) + tag("ul", *items)


def _strength(person: Person, line: Line, before: set[str]) -> str:
    told = {"title": line.component.title, "points": number(line.points)}
    kept = line.component.path in before
    return person.view.text("person.strength_again" if kept else "person.strength", **told)


def _improve(person: Person) -> Markup:
    """What costs most points and what the next step would take; never empty."""
    text = person.view.text
    if not person.has_score:
        return paragraphs([text("person.improve_unknown")])
    worst = costly(person)[:LISTED]
    if not worst:
        return paragraphs([text("person.improve_nothing")])
    rows = []
    for line in worst:
        step = step_up(person, line)
        words, gain = step or (None, None)
        row = {"title": line.component.title, "points": line.points, "lost": line.lost}
        rows.append({**row, "step": words, "gain": None if gain is None else f"+{number(gain)}"})
    columns = [
        ColumnView("title", text("person.component"), "text"),
        ColumnView("points", text("appraisal.points"), "number"),
        ColumnView("lost", text("person.costs"), "number"),
        ColumnView("step", text("person.next_step"), "lines"),
        ColumnView("gain", text("person.gain"), "number"),
    ]
    first = worst[0]
    said = text("person.costs_most", title=first.component.title, points=number(first.lost))
    table = TableView(DataFrame(rows), columns, text("person.improve_caption"))
    return paragraphs([said]) + table.html()


def _plan(person: Person, plans: DataFrame | None) -> list[Markup]:
    """Plans that rules ask for, those that run, and what they say."""
    text, records = person.view.text, person.view.result.records
    parts = []
    if len(records["plans_owed"]):
        parts.append(without_name(plans_table(person.view)))
    if len(records["plan_stages"]):
        parts.append(without_name(plan_stages(person.view)))
    for plan in [] if plans is None else plans.to_dict("records"):
        said = [
            (text(f"person.plan_{name}"), str(plan[name]))
            for name in PLAN_TEXTS
            if pd.notna(plan.get(name))
        ]
        if said:
            parts.append(Details(text("person.plan_of", cycle=plan["cycle_id"]), said).html())
    return parts or [paragraphs([text("person.no_plan")])]


def _support(person: Person) -> Markup:
    """Training that the results ask for, and talks that are due."""
    text, records = person.view.text, person.view.result.records
    titles = {line.component.path: line.component.title for line in person.lines}
    titles |= {rule.id: rule.title for rule in person.view.scheme.rules}
    said, own = [], {line.component.path for line in person.lines if line.is_own_view}
    for need in records["training_needs"].to_dict("records"):
        if need["subject"] in own:
            continue
        subject = titles.get(need["subject"]) or text.plain(need["subject"])
        reason = text(f"person.training.{need['reason']}", below=WEAK_BELOW)
        said.append(text("person.training_needed", subject=subject, reason=reason))
    talks = records["interviews_due"]
    special = talks[(talks["reason"] != REGULAR) & talks["held_on"].isna()]
    if len(special):
        reasons = joined((text(f"person.talk.{each}") for each in special["reason"]), "; ")
        said.append(text("person.talk_due", reasons=reasons))
    elif held := [day for day in talks["held_on"] if pd.notna(day)]:
        said.append(text("person.talk_held", day=text.day(pd.Timestamp(max(held)))))
    else:
        said.append(text("person.talk_ask"))
    return tag("ul", *(tag("li", each) for each in said))


def _facts(person: Person, facts: object) -> str:
    """What a rule found about the person, without places in a group that is too small to tell."""
    if pd.isna(facts):
        return "–"
    parts = str(facts).split(", ")
    if person.position is None:
        parts = [part for part in parts if not OF_PLACES.match(part)]
    return facts_in_words(", ".join(parts), person.view.text)


def _odds(person: Person, p: object) -> str | None:
    """The probability that chance alone is behind a proposal, in words."""
    if not isinstance(p, float) or pd.isna(p):
        return None
    word = next((word for word, least in ODDS.items() if p >= least), "unlikely")
    key = "person.odds_unlikely" if word == "unlikely" else f"odds.{word}"
    return person.view.text(key, chance=chance(p))


def _decision(person: Person, row: Mapping[Any, Any]) -> str:
    """What was decided, on which day and why; who has to decide stands beside it."""
    text = person.view.text
    if pd.isna(row["decided_by"]):
        return text("decided.open")
    words = text(f"decision.{row['decision']}")
    day = None if pd.isna(row["decided_at"]) else text.day(pd.Timestamp(row["decided_at"]))
    instead = None if pd.isna(row["changed_to"]) else text.plain(row["changed_to"])
    return joined([joined([words, instead, day]), row["why"]], ": ")
