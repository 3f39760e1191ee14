"""A person over the cycles, the own view beside the superior's, and the own place."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
from markupsafe import Markup
from pandas import DataFrame

from csperf.appraisal.streaks import of_length
from csperf.params import Cycle
from csperf.reporting import plots
from csperf.reporting.display import ColumnView, Figure, TableView, number
from csperf.reporting.people import titled
from csperf.reporting.person_asked import on_scale
from csperf.reporting.person_facts import GIVEN, OWN_VIEW, Person
from csperf.reporting.person_tables import paragraphs, without_name
from csperf.reporting.procedure import gaps_table
from csperf.scheme.evaluators import SUPERIORS

DRAWN_FROM = 3  # cycles


def over_time(person: Person) -> Markup:
    """Own scores cycle by cycle, and what a change says and does not say."""
    text, rows = person.view.text, _own_scores(person)
    if len(rows) < 2 and person.has_score:
        return paragraphs([text("person.first_cycle")])
    if rows.empty:
        return paragraphs([text("person.no_cycles")])
    shown = rows.iloc[::-1].assign(
        place=[_place(person, row) for row in rows.iloc[::-1].to_dict("records")],
        title=titled(
            rows["grade"].iloc[::-1], {band.grade: band.title for band in person.view.scheme.grades}
        ),
    )
    columns = [
        ColumnView("cycle_id", text("person.cycle"), "id"),
        ColumnView("value", text("appraisal.score"), "number"),
        ColumnView(("low", "high"), text("appraisal.interval"), "interval", blank="–"),
        *([ColumnView("title", text("appraisal.grade"), "text")] if shown["title"].any() else []),
        *([ColumnView("place", text("person.place"), "text")] if shown["place"].any() else []),
    ]
    table = TableView(shown, columns, text("person.history_caption", n=len(rows)))
    said = [_change(person, rows), text("person.regression")]
    if rows["scheme_version"].nunique() > 1 or rows["scheme_id"].nunique() > 1:
        said.append(text("person.other_rules"))
    return paragraphs(said) + table.html() + _figure(person, rows)


def two_views(person: Person) -> Markup:
    """The own view beside that of the superiors, criterion by criterion."""
    text, view = person.view.text, person.view
    superiors = view.scheme.types_like(*SUPERIORS)
    given: dict[str, dict[str, Any]] = {}
    for line in (*person.lines, *person.beside):
        kind = line.component.kind
        if line.status == GIVEN and not line.is_rough and kind in (OWN_VIEW, *superiors):
            assert line.component.criterion
            id = line.component.criterion.id
            row = given.setdefault(id, {"title": line.component.criterion.title or id})
            row.setdefault("own" if kind == OWN_VIEW else "superior", on_scale(line))
    rows = [row for row in given.values() if {"own", "superior"} <= {*row}]
    if not rows:
        known = any("own" in row for row in given.values())
        return paragraphs([text("person.no_pairs" if known else "person.no_own_view")])
    columns = [
        ColumnView("title", text("person.criterion"), "text"),
        ColumnView("own", text("person.own_view"), "number"),
        ColumnView("superior", text("person.superior_view"), "number"),
    ]
    table = TableView(DataFrame(rows), columns, text("person.views_caption")).html()
    return paragraphs([text("person.views_how")]) + table + _gap(person)


def place(person: Person) -> Markup:
    """The own place, and the places that the data allow; only in a group that is large enough."""
    text, found = person.view.text, person.position
    if not person.has_score or found is None:
        key = "person.no_place" if person.group_size else "person.not_ranked_at_all"
        return paragraphs([text(key, least=person.smallest_group)])
    row, n = person.official, int(found["group_size"])
    said = [text("person.place_is", rank=int(row["rank"]), n=n)]
    if pd.notna(row["rank_low"]) and pd.notna(row["rank_high"]):
        low, high = int(row["rank_low"]), int(row["rank_high"])
        key = "person.place_range" if low < high else "person.place_sure"
        said.append(text(key, low=low, high=high))
    others = n - 1
    if others >= person.smallest_group and pd.notna(found["mean_of_others"]):
        mean = number(found["mean_of_others"])
        said.append(text("person.mean_of_others", n=others, mean=mean))
    return paragraphs(said)


def _gap(person: Person) -> Markup:
    """What follows where the two views lie apart."""
    if person.view.result.records["gaps"].empty:
        return Markup("")
    found = gaps_table(person.view)
    return without_name(found) if isinstance(found, TableView) else Markup("")


def _own_scores(person: Person) -> DataFrame:
    """Scores of the own cycles up to this one, of the same length, the earliest first."""
    rows = of_length(person.view.history, person.view.cycle)
    rows = rows[rows["value"].notna()].drop_duplicates("cycle_id", keep="last")
    return rows.sort_values("cycle_id", key=lambda ids: ids.map(lambda id: Cycle.parse(id).start))


def _place(person: Person, row: dict[str, Any]) -> str | None:
    size = row["group_size"]
    if pd.isna(row["rank"]) or pd.isna(size) or size < person.smallest_group:
        return None
    return person.view.text("appraisal.of", n=int(row["rank"]), of=int(size))


def _change(person: Person, rows: DataFrame) -> str:
    """The change since the cycle before, and whether chance alone may have made it."""
    text = person.view.text
    if rows["cycle_id"].iloc[-1] != person.view.cycle.id:
        return text("person.no_score_now")
    before, now = rows.iloc[-2], rows.iloc[-1]
    difference = now["value"] - before["value"]
    told = {"earlier": before["cycle_id"], "points": number(abs(difference))}
    halves = [(each["high"] - each["low"]) / 2 for each in (before, now)]
    known = all(pd.notna(half) for half in halves)
    if not known:
        own = person.official
        if pd.isna(own["low"]):
            return text("person.change_unknown", **told)
        halves = [(own["high"] - own["low"]) / 2] * 2  # the earlier score is taken to be as unsure
    within = math.hypot(*halves)
    if abs(difference) <= within:
        return text("person.change_chance", **told, within=number(within))
    return text("person.change_up" if difference > 0 else "person.change_down", **told)


def _figure(person: Person, rows: DataFrame) -> Markup:
    if len(rows) < DRAWN_FROM:
        return Markup("")
    text, values = person.view.text, rows["value"]
    facts = {"n": len(rows), "low": number(values.min()), "high": number(values.max())}
    figure = plots.course(rows)
    caption = text("person.course", **facts)
    return Figure(figure, caption=caption, alt=text("person.course_alt", **facts)).html()
