"""The interview pack: one page a person, for the superior who holds the talk about the result.

It holds nobody else's data. What is known is filled in; what two people agree on is left to them.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import pandas as pd
from markupsafe import Markup
from pandas import DataFrame

from csperf import __version__
from csperf.appraisal.proposing import appeal_until
from csperf.appraisal.roles import scheme_of
from csperf.appraisal.statements import shown_components
from csperf.practice.feedback import last_talk_day
from csperf.practice.talks import (
    CHECKLIST,
    LONGER,
    PURPOSES,
    communication_plan,
    interview_outline,
    latest_plans,
    plan_dates,
    sub_goals,
    talking_points,
)
from csperf.reporting.display import ColumnView, Sentences, TableView, number, tag
from csperf.reporting.foundations import score_titles
from csperf.reporting.interview_facts import (
    concrete_steps,
    in_words,
    parts_table,
    points_table,
    views,
)
from csperf.reporting.interview_form import form, plan_section
from csperf.reporting.opening import TeamView
from csperf.reporting.people import joined, plain, records, worded
from csperf.reporting.templates import page
from csperf.scheme import Part
from csperf.scheme.parts import leaves
from csperf.tables import INPUT_TABLES

T = TypeVar("T")
MANY = 5  # people with the same short board from whom on that is said
SECTIONS = ("short", "facts", "views", "outline", "plan", "form", "process", "checklist")


@dataclass(frozen=True)
class Team:
    """What is the same for a whole team, and made once."""

    n_talks: int
    smallest_source: int
    titles: Mapping[str, str]
    values: Mapping[tuple[str, str], Mapping[Any, Any]]
    made: dict[Hashable, Any] = field(default_factory=dict)

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` gives, kept for whoever else asks by the same key."""
        if key not in self.made:
            self.made[key] = make()
        found: T = self.made[key]
        return found


@dataclass(frozen=True)
class Pack:
    """What is known of one person before the talk; `talk` is the row of the table feedback."""

    view: TeamView
    talk: Mapping[str, Any]
    name: str
    result: Mapping[str, Any]
    scores: DataFrame
    points: DataFrame
    judged: DataFrame
    observed: DataFrame
    gap: Mapping[str, Any]
    given: Mapping[str, Any]
    owed: Mapping[str, Any]
    plan: Mapping[str, Any]
    effects: DataFrame
    team: Team

    @cached_property
    def leaves(self) -> dict[str, tuple[Part, str | None]]:
        """Parts of the score by their path, in the person's role, with who judges them."""

        def found() -> dict[str, tuple[Part, str | None]]:
            own = scheme_of(self.view.scheme, self.result)
            return {path: (part, kind) for path, part, kind in leaves(own.score, "", None)}

        return self.team.once(("leaves", str(self.result["role"])), found)

    @cached_property
    def told(self) -> dict[str, list[dict[str, Any]]]:
        """Talking points in words, by their kind: strength, improve."""
        rows = self.points.to_dict("records")
        kinds = ("strength", "improve")
        return {
            kind: [{**row, **in_words(self, row)} for row in rows if row["kind"] == kind]
            for kind in kinds
        }

    @cached_property
    def reasons(self) -> list[str]:
        """Why to talk, the most pressing first."""
        return str(self.talk["reasons"]).split()


def interview_pages(
    view: TeamView, tables: Mapping[str, DataFrame], smallest_source: int
) -> Iterator[tuple[str, str]]:
    """Each person of the team with a result to talk about, with the HTML of the page.

    Parameters
    ----------
    tables : mapping
        The input tables interviews and improvement_plans, as far as there are any.
    smallest_source : int
        From how many answers on ratings of talks are shown.
    """
    talks = records(view, "feedback").to_dict("records")
    cut = _cuts(view, tables)
    team = Team(len(talks), smallest_source, score_titles(view), _values(view))
    for talk in talks:
        person = talk["employee_id"]
        frames = {name: rows.get(person, empty) for name, (rows, empty) in cut.items()}
        pack = Pack(
            view=view,
            talk=talk,
            name=talk["display_name"],
            result=_first(frames.pop("result")),
            gap=_first(frames.pop("gap")),
            given=_first(frames.pop("given")),
            owed=_first(frames.pop("owed")),
            plan=_first(frames.pop("plan")),
            team=team,
            **frames,
        )
        yield person, _page(pack)


def _cuts(
    view: TeamView, tables: Mapping[str, DataFrame]
) -> dict[str, tuple[dict[str, DataFrame], DataFrame]]:
    """Tables of the team by person, each with what stands in for it where there are no rows."""
    result = view.result
    shown = shown_components(result.scores, view.scheme, result.evaluation_scores)
    judged = result.evaluation_scores
    given = _given(tables, "interviews")
    given = given[given["cycle_id"] == view.cycle.id].sort_values(["planned_at", "interview_id"])
    plans = latest_plans(_given(tables, "improvement_plans")).sort_values(["cycle_id", "plan_id"])
    plans = plans[plans["status"].isna() | ~plans["status"].isin(["done", "given_up"])]
    frames = {
        "result": result.appraisals,
        "scores": shown,
        "points": talking_points(shown, records(view, "results_summary")),
        "judged": judged[judged["shown"].astype(bool)],
        "observed": records(view, "observations"),
        "gap": records(view, "gaps"),
        "given": given.iloc[::-1],
        "owed": plan_dates(records(view, "plans_owed"), view.cycle),
        "plan": plans.iloc[::-1],
        "effects": records(view, "plan_effects"),
    }
    return {
        name: (dict(iter(rows.groupby("employee_id"))), rows[:0]) for name, rows in frames.items()
    }


def _values(view: TeamView) -> dict[tuple[str, str], Mapping[Any, Any]]:
    """Values of the indicators in the score of any role, by person and indicator."""
    schemes = [view.scheme.for_role(role) for role in ("", *view.scheme.roles)]
    used = {name for scheme in schemes for name in scheme.indicators}
    rows = view.result.indicator_values
    rows = rows[rows["indicator_id"].isin(used) & rows["employee_id"].notna()]
    found = rows.to_dict("records")
    return {(row["employee_id"], row["indicator_id"]): row for row in found}


def _given(tables: Mapping[str, DataFrame], name: str) -> DataFrame:
    table = INPUT_TABLES[name]
    return table.arrange(tables[name]) if name in tables else table.empty()


def _first(rows: DataFrame) -> dict[Any, Any]:
    """The first row; nothing known where there is none."""
    return rows.iloc[0].to_dict() if len(rows) else dict.fromkeys(rows.columns, pd.NA)


def _page(pack: Pack) -> str:
    text, view = pack.view.text, pack.view
    made: dict[str, Callable[[Pack], Markup]] = {
        "short": _short,
        "facts": _facts,
        "views": views,
        "outline": lambda pack: pack.team.once(
            ("outline", pack.talk["reasons"]), lambda: _outline(pack)
        ),
        "plan": plan_section,
        "form": form,
        "process": lambda pack: pack.team.once(
            ("process", str(pack.owed["due"])), lambda: _process(pack)
        ),
        "checklist": lambda pack: pack.team.once("checklist", lambda: _checklist(pack)),
    }
    titles = {name: text(f"interview.{name}") for name in SECTIONS}
    blocks = [
        tag(
            "section",
            tag("h2", titles[name], id=f"section-{place}"),
            made[name](pack),
            class_="sheet" if name == "form" else None,
        )
        for place, name in enumerate(SECTIONS, start=1)
    ]
    provisional = pd.notna(pack.result["provisional"]) and bool(pack.result["provisional"])
    return page(
        text,
        title=text("interview.title", cycle=view.cycle.id, name=pack.name),
        subtitle=text("interview.subtitle", team=view.team_name),
        banner=text("appraisal.provisional") if provisional else None,
        sections=[*titles.values()],
        blocks=blocks,
        footer=tag("p", text("interview.decides"))
        + tag("p", text("portal.made_by", version=__version__)),
    )


def _short(pack: Pack) -> Markup:
    """Why, by when, how it stands, and what to reach."""
    view, talk = pack.view, pack.talk
    text, scheme = view.text, view.scheme
    last, due = last_talk_day(scheme, view.cycle), pack.owed["due"]
    plan_first = pd.notna(due) and due.date() < last
    by = {"day": text.day(due.date() if plan_first else last)}
    reasons = worded(view, "interviews.reason", pd.Series(pack.reasons, dtype="str"))
    day = talk["held_on"] if talk["standing"] == "held" else talk["planned_on"]
    said = [
        text("interview.why", reasons=joined(reasons, "; ")),
        text(
            "interview.by_plan" if plan_first else "interview.by",
            appeal=text.day(appeal_until(scheme, view.cycle)),
            **by,
        ),
        text(f"interview.standing.{talk['standing']}", day=text.day(day) if pd.notna(day) else ""),
    ]
    flags = str(talk["flags"]).split() if pd.notna(talk["flags"]) else []
    warned = [text(f"interview.flag.{flag}") for flag in flags]
    timing = (scheme.timing.report_days_after_cycle, scheme.timing.appeal_days_after_report)
    notes = [text("interview.place", n=pack.team.n_talks, place=talk["place"])]
    if any(days.provenance == "assumed" for days in timing):
        notes.append(text("interview.days_assumed"))
    return Markup("").join(
        [
            Sentences(said).html(),
            Sentences(warned, kind="warning").html() if warned else Markup(""),
            tag("h3", text("interview.reach")),
            tag("p", text("interview.overall")),
            _items(text(f"interview.goal.{goal}") for goal in sub_goals(talk["reasons"])),
            _standing(pack),
            Sentences(notes, kind="note").html(),
        ]
    )


def _standing(pack: Pack) -> Markup:
    """The result, the cell of the grid, and what became of it since the cycles before."""
    text, talk, result = pack.view.text, pack.talk, pack.result
    known = pd.notna(result["low"]) and pd.notna(result["high"])
    ends = {"low": number(result["low"]), "high": number(result["high"])} if known else {}
    key = "points_range" if known else "points"
    said = text(f"interview.{key}", score=number(result["score"]), **ends)
    titles = {band.grade: band.title or band.grade for band in pack.view.scheme.grades}
    grade = titles.get(result["grade"])
    level = text(f"talks.at_level.{talk['level']}") if pd.notna(talk["level"]) else "–"
    lines = [
        text(f"interview.{'graded' if grade else 'ungraded'}", result=said, grade=grade),
        text("interview.cell", level=level, trend=text(f"talks.with_trend.{talk['trend']}")),
        _changed(pack),
    ]
    return Markup("").join(tag("p", line) for line in lines)


def _changed(pack: Pack) -> str:
    text, talk = pack.view.text, pack.talk
    if talk["trend"] == "unknown":
        return text("interview.no_trend")
    change, low, high = talk["change"], talk["low"], talk["high"]
    if talk["trend"] == "falling":  # a fall is told by its size
        change, low, high = -change, -high, -low
    told = {"change": number(change), "low": number(low), "high": number(high)}
    return text(f"interview.changed_{talk['trend']}", n=int(talk["n_cycles"]), **told)


def _facts(pack: Pack) -> Markup:
    """Strengths first, then at most two points to improve, and what they are to become."""
    text, blocks = pack.view.text, []
    for kind, key in (("strength", "praise"), ("improve", "improve")):
        rows = pack.told[kind]
        found = points_table(pack, rows, key) if rows else None
        blocks.append(tag("h3", text(f"interview.{key}")))
        blocks.append(found.html() if found else tag("p", text(f"interview.no_{key}")))
    steps = concrete_steps(pack)
    talk = pack.talk
    if pd.notna(talk["n_sharing"]) and talk["n_sharing"] >= MANY:
        board = pack.team.titles.get(talk["short_board"]) or plain(talk["short_board"])
        counts = {"people": int(talk["n_sharing"]), "n": int(talk["n_teams"])}
        steps.append(text("interview.shared", part=board, **counts))
    if steps:
        blocks += [tag("h3", text("interview.concrete")), _items(steps)]
    return Markup("").join([*blocks, parts_table(pack).html()])


def _outline(pack: Pack) -> Markup:
    """Steps with minutes, questions and what to write down, and the purposes of every talk."""
    text = pack.view.text
    steps = interview_outline(pack.talk["reasons"])
    more: dict[str, list[str]] = {}
    for word in pack.reasons:
        if word in LONGER:
            more.setdefault(LONGER[word][0], []).append(text(f"interview.ask_for.{word}"))
    rows = steps.assign(
        minutes=[f"{row['from']}–{row['to']}" for row in steps.to_dict("records")],
        title=[text(f"interview.step.{step}") for step in steps["step"]],
        ask=["\n".join([text(f"interview.ask.{s}"), *more.get(s, [])]) for s in steps["step"]],
        record=[text(f"interview.record.{step}") for step in steps["step"]],
    )
    columns = [
        ColumnView("title", text("interview.step_title"), "text"),
        ColumnView("minutes", text("interview.minutes"), "number"),
        ColumnView("ask", text("interview.ask_title"), "lines"),
        ColumnView("record", text("interview.record_title"), "text"),
    ]
    caption = text("interview.outline_caption", minutes=int(steps["minutes"].sum()))
    return Markup("").join(
        [
            TableView(rows, columns, caption).html(),
            tag("p", text("interview.record_how")),
            tag("h3", text("interview.purposes")),
            _items(text(f"interview.purpose.{purpose}") for purpose in PURPOSES),
        ]
    )


def _process(pack: Pack) -> Markup:
    """The communication plan: when, where and who."""
    view, text = pack.view, pack.view.text
    owed = DataFrame({"due": pd.to_datetime([pack.owed["due"]])})
    steps = communication_plan(view.scheme, view.cycle, owed)
    rows = steps.assign(
        title=[text(f"interview.process_of.{step}") for step in steps["step"]],
        when=[_span(view, row.first_day, row.last_day) for row in steps.itertuples()],
        where=[text(f"interview.where.{step}") for step in steps["step"]],
        who=[text(f"interview.who.{who}") for who in steps["who"]],
    )
    columns = [
        ColumnView("title", text("interview.process_step"), "text"),
        *(ColumnView(key, text(f"interview.process_{key}"), "text") for key in ("when", "where")),
        ColumnView("who", text("interview.process_who"), "text"),
    ]
    return TableView(rows, columns, text("interview.process_caption")).html()


def _span(view: TeamView, first: pd.Timestamp, last: pd.Timestamp) -> str:
    if first == last:
        return view.text.day(first)
    days = {"first": view.text.day(first), "last": view.text.day(last)}
    return view.text("interview.from_to", **days)


def _checklist(pack: Pack) -> Markup:
    text = pack.view.text
    return _items((f"☐ {text(f'interview.check.{each}')}" for each in CHECKLIST), "check")


def _items(texts: Iterator[str] | list[str], class_: str | None = None) -> Markup:
    return tag("ul", *(tag("li", each) for each in texts), class_=class_)
