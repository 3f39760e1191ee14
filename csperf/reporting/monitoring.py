"""The monitoring report, section by section; each function gives one thing to show."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import pandas as pd
from pandas import DataFrame, Series

from csperf.appraisal.decisions import local_day
from csperf.appraisal.eligibility import MACHINE
from csperf.errors import InputError, Problem, shown
from csperf.pipeline import as_of_today
from csperf.practice.monitoring import HERE, STANDINGS, TO_DO, completion, reminders
from csperf.reporting.department import DepartmentView
from csperf.reporting.display import ColumnView, Details, Heading, Sentences, TableView, number
from csperf.reporting.foundations import provenance as view_provenance
from csperf.reporting.indicator_set import set_sources
from csperf.reporting.people import known_only, names, titled
from csperf.reporting.records import deviations_table
from csperf.sources import read_tables
from csperf.tables.records import RECORD_TABLES
from csperf.watched import Watched, watch

FLAT = "no_differentiation"


@dataclass(frozen=True)
class Monitored:
    """A department's cycle as of a day, and the result and words to show it with."""

    view: DepartmentView
    seen: Watched

    @property
    def forms(self) -> DataFrame:
        """Forms with `named`: whether the page may say whose they are."""
        forms = self.seen.forms
        anonymous = forms["evaluator_type"].isin([*self.view.scheme.anonymous])
        return forms.assign(named=~anonymous & forms["evaluator_id"].notna())

    @property
    def has_begun(self) -> bool:
        """Whether evaluations may be handed in by now."""
        return self.seen.as_of >= (self.seen.window.opens or self.view.cycle.end)

    def day(self, at: date | pd.Timestamp) -> str:
        """A day in words."""
        return self.view.text.day(at)

    def evaluators(self, ids: Series) -> Series:
        """Printed names of evaluators."""
        return names(self.view, ids)

    def types(self, types: Series) -> Series:
        """Printed titles of types of evaluators."""
        known = {kind.type: kind.title for kind in self.view.scheme.evaluators}
        return titled(types, known, self.view.text.plain)

    def groups(self, ids: Series) -> Series:
        """Printed names of teams; that of everybody together for an empty id."""
        people = self.view.result.people
        known = dict(zip(people["team_id"], people["team_name"], strict=True))
        everybody = self.view.text("monitoring.everybody")
        return ids.map(lambda id: known.get(id, id) or everybody).astype("str")


def monitor(view: DepartmentView, as_of: str = "") -> Monitored:
    """Look at a department's cycle as of a day.

    Parameters
    ----------
    as_of : str
        The day, such as 2026-11-12; that of the export or the last day with data if left out.

    Raises
    ------
    InputError
        If it is no day, or a source is faulty.
    """
    tables = as_of_today(read_tables(view.params, view.unit.id), view.timezone)
    people = view.result.people
    machine = people["reason"].str.startswith(MACHINE, na=False)
    sources, findings = (_record(view, name) for name in ("evaluation_sources", "findings"))
    flat = findings[(findings["check"] == FLAT) & findings["evaluator_id"].notna()]
    seen = watch(
        tables,
        view.scheme_read,
        view.cycle,
        _day(as_of),
        people=people[~machine],
        expected=sources[sources["weight"] > 0],
        flat=flat.rename(columns={"subject": "evaluator_type"}),
        measurement=view.unit.measurement,
        timezone=view.timezone,
        exported_on=view.unit.exported_on,
        least=view.params.privacy.smallest_comments,
    )
    return Monitored(view, seen)


def _record(view: DepartmentView, name: str) -> DataFrame:
    rows = view.result.records.get(name)
    return RECORD_TABLES[name].empty() if rows is None else rows


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        advice = "write it as 2026-11-12, or leave it empty"
        raise InputError(Problem("as_of", f"{shown(text)} is no day", advice)) from None


def heading(of: Monitored) -> Heading:
    """Title, and the day that is looked from."""
    text, view = of.view.text, of.view
    return Heading(
        title=text("monitoring.title", department=view.name, cycle=view.cycle.id),
        subtitle=text("monitoring.subtitle", day=of.day(of.seen.as_of), scheme=view.scheme.title),
        lang=text("language.tag"),
    )


def board(of: Monitored) -> TableView | Sentences:
    """Evaluations that are due and how they stand, by team and type of evaluator."""
    text = of.view.text
    if of.forms.empty:
        return Sentences([text("monitoring.no_forms")], kind="note")
    rows = completion(of.forms, ["team_id", "evaluator_type"])
    rows = rows.assign(team=of.groups(rows["team_id"]), type=of.types(rows["evaluator_type"]))
    counted = [name for name in STANDINGS if rows[name].any()]
    columns = [
        ColumnView("team", text("monitoring.team"), "name"),
        ColumnView("type", text("monitoring.type"), "text"),
        ColumnView("share", text("monitoring.share"), "percent", digits=0),
        ColumnView("expected", text("monitoring.expected"), "number", digits=0),
        *(
            ColumnView(name, text(f"monitoring.standing.{name}"), "number", digits=0)
            for name in counted
        ),
    ]
    if rows["early"].any():
        columns.append(ColumnView("early", text("monitoring.early"), "number", digits=0))
    return TableView(rows, columns, text("monitoring.board_caption", n=int(rows["expected"].sum())))


def evaluators_table(of: Monitored) -> TableView | None:
    """Evaluators who rate others, how far each is; those who were promised it are not named."""
    text, forms = of.view.text, of.forms
    others = forms[forms["named"] & (forms["evaluator_type"] != "self")]
    if others.empty:
        return None
    rows = completion(others, ["evaluator_id", "evaluator_type"])
    rows = rows.assign(
        name=of.evaluators(rows["evaluator_id"]),
        type=of.types(rows["evaluator_type"]),
        here=rows[[*HERE]].sum(axis=1),
    ).sort_values(["overdue", "open", "name"], ascending=[False, False, True])
    columns = [
        ColumnView("name", text("monitoring.evaluator"), "name"),
        ColumnView("type", text("monitoring.type"), "text"),
        ColumnView("expected", text("monitoring.expected"), "number", digits=0),
        ColumnView("here", text("monitoring.here"), "number", digits=0),
        *(
            ColumnView(name, text(f"monitoring.standing.{name}"), "number", digits=0)
            for name in ("late", "declined", *TO_DO)
            if rows[name].any()
        ),
    ]
    return TableView(rows, columns, text("monitoring.evaluators_caption"))


def reminders_table(of: Monitored) -> TableView | Sentences | None:
    """Everybody who has to be reminded, for HR and managers."""
    text, forms = of.view.text, of.forms
    rows = reminders(forms[forms["named"]])
    if forms.empty:
        return None
    if rows.empty:
        return Sentences([text("monitoring.nobody_to_remind")], kind="note")
    rows = rows.assign(name=of.evaluators(rows["evaluator_id"]))
    columns = [
        ColumnView("name", text("monitoring.evaluator"), "name"),
        ColumnView("overdue", text("monitoring.standing.overdue"), "number", digits=0),
        ColumnView("open", text("monitoring.standing.open"), "number", digits=0),
        ColumnView("due_on", text("monitoring.due"), "date", say=text.day),
    ]
    return TableView(rows, columns, text("monitoring.reminders_caption"))


def leaders_sentence(of: Monitored) -> Sentences | None:
    """How many of those who lead have finished, and how many are appraised themselves."""
    text, rows = of.view.text, of.seen.leaders
    if rows.empty or not of.has_begun:
        return None
    n, done = len(rows), int(rows["finished"].sum())
    about = int((rows["appraised_by"] > 0).sum())
    told = [text("monitoring.leaders", done=done, n=n), text("monitoring.led", about=about, n=n)]
    return Sentences(told, kind="note")


def habits_table(of: Monitored) -> TableView | Sentences | None:
    """How forms were entered, where that asks for a question, and what else it may mean."""
    text, habits = of.view.text, of.seen.habits
    if not of.has_begun or of.forms["entered_at"].isna().all():
        return None
    anonymous = habits["evaluator_type"].isin([*of.view.scheme.anonymous])
    rows, untold = habits[~anonymous], int(anonymous.sum())
    notes = [text("monitoring.habits_untold", n=untold)] if untold else []
    if rows.empty:
        return Sentences(notes or [text("monitoring.no_habits")], kind="note")
    rows = rows.assign(
        name=of.evaluators(rows["evaluator_id"]),
        seen=[habit_in_words(of, row) for _, row in rows.iterrows()],
        meaning=[text(f"monitoring.habit_meaning.{habit}") for habit in rows["habit"]],
    )
    columns = [
        ColumnView("name", text("monitoring.evaluator"), "name"),
        ColumnView("seen", text("monitoring.was_seen"), "text"),
        ColumnView("meaning", text("monitoring.may_mean"), "text"),
    ]
    return TableView(rows, columns, " ".join([text("monitoring.habits_caption"), *notes]))


def habit_in_words(of: Monitored, row: Series) -> str:
    """One habit as a sentence with its numbers."""
    minutes = number(row["minutes"], 0 if row["minutes"] >= 1 else 1)
    facts = {"n": int(row["n"]), "minutes": minutes, "day": of.day(row["day"])}
    return of.view.text(f"monitoring.habit.{row['habit']}", **facts)


def circumstances_table(of: Monitored) -> TableView | None:
    """What kept the cycle from running on time, and what was decided."""
    text, rows = of.view.text, of.seen.circumstances
    if rows.empty:
        return None
    undecided = text("monitoring.undecided")
    rows = rows.assign(
        about=names(of.view, rows["employee_id"]),
        decision=rows["decision"].mask(rows["open"], undecided),
        by=names(of.view, rows["by"]),
    )
    columns = known_only(
        rows,
        ColumnView("reason", text("monitoring.circumstance"), "text"),
        ColumnView("about", text("findings.about"), "name", blank=""),
        ColumnView("notice_date", text("monitoring.noticed"), "date", say=text.day),
        ColumnView("decision", text("monitoring.decision"), "text"),
        ColumnView("by", text("deviations.who"), "name"),
    )
    return TableView(rows, columns, text("monitoring.circumstances_caption"))


def log_table(of: Monitored) -> TableView | Sentences:
    """All that did not go as planned, as far as the day."""
    result, log = of.view.result, _record(of.view, "deviation_log")
    on = local_day(log["at"], of.view.timezone)
    known = {**result.records, "deviation_log": log[on <= pd.Timestamp(of.seen.as_of)]}
    found = deviations_table(replace(of.view, result=replace(result, records=known)))
    return found or Sentences([of.view.text("monitoring.nothing_noted")], kind="note")


def opinions_table(of: Monitored) -> TableView | Sentences:
    """How often each theme came up; small numbers are not told, words never."""
    text, rows = of.view.text, of.seen.opinions
    least = of.view.params.privacy.smallest_comments
    if "opinions" not in of.view.unit.sources:
        return Sentences([text("monitoring.no_box")], kind="note")
    if rows.empty:
        return Sentences([text("monitoring.no_opinions")], kind="note")
    few = text("monitoring.few", least=least)
    rows = rows.assign(
        theme=rows["theme"].fillna(text("monitoring.other_themes")),
        n=rows["n"].astype("str").where(rows["n"].notna(), few),
    )
    columns = known_only(
        rows,
        ColumnView("theme", text("monitoring.theme"), "text"),
        ColumnView("n", text("monitoring.opinions"), "number", digits=0),
        ColumnView("teams", text("monitoring.of_teams"), "text", blank=""),
    )
    return TableView(rows, columns, text("monitoring.opinions_caption", least=least))


def indicator_sources(of: Monitored) -> Details:
    """Where each component of the score comes from, and how far its data reach."""
    return set_sources(of.view)


def provenance(of: Monitored) -> TableView:
    """Where the numbers come from."""
    return view_provenance(of.view)
