"""What to do next: the first screen of the monitoring report."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import chain, islice
from typing import Any, NamedTuple

import pandas as pd
from pandas import DataFrame

from csperf.comparison.days import multiplicity, shifts
from csperf.practice.monitoring import HERE, TO_DO, completion, reminders
from csperf.reporting.display import ColumnView, Sentences, TableView
from csperf.reporting.monitored_days import (
    limits_in_words,
    row_alarms,
    shift_of,
    single_alarms,
    source_title,
    usual_rows,
)
from csperf.reporting.monitoring import Monitored, habit_in_words
from csperf.reporting.values import shown_value, title_of

MOST = 5  # lines of one sort; the section has the others
RECENT = 7  # days back from the day that is looked from


class Task(NamedTuple):
    """Something to do, and why."""

    what: str
    why: str


def verdict(of: Monitored) -> Sentences:
    """How the cycle stands, in one sentence each on evaluations, data and indicators."""
    return Sentences([_of_evaluations(of), _of_sources(of), _of_indicators(of)])


def to_do(of: Monitored) -> TableView | Sentences:
    """What to do next, the most urgent first."""
    text = of.view.text
    tasks = list(
        chain(
            _cut(of, _overdue(of)),
            _cut(of, _exports(of)),
            _cut(of, _moved(of)),
            _cut(of, _days(of, clear=True)),
            _cut(of, _decisions(of)),
            _cut(of, _unassigned(of)),
            _cut(of, _open(of)),
            _cut(of, _entries(of)),
            _cut(of, _days(of, clear=False)),
        )
    )
    if not tasks:
        return Sentences([text("monitoring.nothing_to_do")], kind="note")
    columns = [
        ColumnView("what", text("monitoring.what"), "text"),
        ColumnView("why", text("monitoring.why"), "text"),
    ]
    return TableView(DataFrame(tasks), columns, text("monitoring.to_do_caption"))


def _cut(of: Monitored, tasks: Iterator[Task]) -> Iterator[Task]:
    """The first tasks of one sort; how many more there are."""
    yield from islice(tasks, MOST)
    if more := sum(1 for _ in tasks):
        text = of.view.text
        yield Task(text("monitoring.task.more", n=more), text("monitoring.task.more_why"))


def _of_evaluations(of: Monitored) -> str:
    text, window, forms = of.view.text, of.seen.window, of.forms
    days = {"opens": of.day(window.opens or of.view.cycle.end), "closes": of.day(window.closes)}
    if forms.empty:
        return text("monitoring.no_forms")
    counts = forms["standing"].value_counts()
    here, n = int(counts.reindex(HERE).sum()), len(forms)
    if not of.has_begun and not here:
        return text("monitoring.not_begun", **days)
    counted = {name: int(counts.get(name, 0)) for name in ("declined", "open", "overdue")}
    return text("monitoring.standing_now", here=here, n=n, **counted, **days)


def _of_sources(of: Monitored) -> str:
    text, rows = of.view.text, of.seen.sources
    behind = rows[rows["standing"] != "ok"]
    if rows.empty:
        return text("monitoring.no_sources")
    if behind.empty:
        return text("monitoring.sources_fine", n=len(rows))
    named = ", ".join(source_title(of, table) for table in behind["table"])
    return text("monitoring.sources_behind", n=len(behind), of=len(rows), named=named)


def _of_indicators(of: Monitored) -> str:
    text, days = of.view.text, of.seen.days
    chance = multiplicity(days)
    if not chance.points:
        return text("monitoring.days_unknown")
    moved, single = len(shifts(days)), int(single_alarms(of)["clear"].sum())
    return text("monitoring.days_now", n=moved, single=single)


def _overdue(of: Monitored) -> Iterator[Task]:
    text, rows = of.view.text, _reminded(of)
    for row in rows[rows["overdue"] > 0].itertuples():
        why = text("monitoring.task.overdue", n=row.overdue, day=of.day(row.due_on))
        yield Task(text("monitoring.task.remind", name=row.name), why)
    yield from _untold(of, "overdue")


def _open(of: Monitored) -> Iterator[Task]:
    text, rows = of.view.text, _reminded(of)
    for row in rows[(rows["overdue"] == 0) & (rows["open"] > 0)].itertuples():
        why = text("monitoring.task.open", n=row.open, day=of.day(row.due_on))
        yield Task(text("monitoring.task.remind", name=row.name), why)
    yield from _untold(of, "open")


def _reminded(of: Monitored) -> DataFrame:
    forms = of.forms
    rows = reminders(forms[forms["named"]])
    return rows.assign(name=of.evaluators(rows["evaluator_id"]))


def _untold(of: Monitored, standing: str) -> Iterator[Task]:
    """Types of evaluators who are not named: how many of their forms are not here."""
    text, forms = of.view.text, of.forms
    mine = forms[~forms["named"] & forms["standing"].isin(TO_DO)]
    rows = completion(mine, ["evaluator_type"])
    for row in rows[rows[standing] > 0].assign(type=of.types(rows["evaluator_type"])).itertuples():
        why = text(f"monitoring.task.untold_{standing}", n=getattr(row, standing))
        yield Task(text("monitoring.task.remind_type", type=row.type), why)


def _unassigned(of: Monitored) -> Iterator[Task]:
    text, forms = of.view.text, of.forms
    rows = completion(forms, ["evaluator_type"])
    for row in rows[(rows["unassigned"] > 0) & of.has_begun].itertuples():
        type = of.types(pd.Series([row.evaluator_type])).item()
        what = text("monitoring.task.assign", type=type)
        yield Task(what, text("monitoring.task.unassigned", n=row.unassigned))


def _exports(of: Monitored) -> Iterator[Task]:
    text, rows = of.view.text, of.seen.sources
    for row in rows[rows["standing"] != "ok"].itertuples():
        source = source_title(of, str(row.table))
        last = of.day(row.last_day) if pd.notna(row.last_day) else "–"
        facts = {"n": row.missing, "day": last}
        why = text(f"monitoring.task.{row.standing}", **facts)
        what = "check_export" if row.standing == "gaps" else "get_export"
        yield Task(text(f"monitoring.task.{what}", source=source), why)
    odd = row_alarms(of)
    for row in odd[odd["day"] > _recently(of)].drop_duplicates("table").itertuples():
        low, high = usual_rows(row)
        why = text("monitoring.task.rows", day=of.day(row.day), low=low, high=high, rows=row.rows)
        source = source_title(of, row.table)
        yield Task(text("monitoring.task.check_export", source=source), why)


def _recently(of: Monitored) -> pd.Timestamp:
    """The last day of a week ago, counted from the day or from the end of the cycle."""
    last = min(of.seen.as_of, of.view.cycle.last_day)
    return pd.Timestamp(last - timedelta(days=RECENT))


def _moved(of: Monitored) -> Iterator[Task]:
    text, rows = of.view.text, shifts(of.seen.days)
    rows = rows.assign(reading=[shift_of(row) for _, row in rows.iterrows()])
    for row in rows.sort_values("reading", key=lambda said: said != "worse").itertuples():
        now, before = (
            shown_value(value, row.indicator_id, text) for value in (row.mean, row.centre)
        )
        why = text(
            f"monitoring.task.shift.{row.reading}", day=of.day(row.since), now=now, before=before
        )
        yield Task(_look(of, row), why)


def _days(of: Monitored, clear: bool) -> Iterator[Task]:
    """Latest alarms of series that did not shift: clear ones of a week, others of the last day."""
    text, rows = of.view.text, single_alarms(of)
    ok = of.seen.days[of.seen.days["status"] == "ok"]
    if rows.empty:
        return
    since = _recently(of) if clear else ok["day"].max() - timedelta(days=1)
    rows = rows[(rows["day"] > since) & (rows["clear"] == clear)]
    for row in rows.drop_duplicates(["group_id", "indicator_id"]).itertuples():
        value = shown_value(row.value, row.indicator_id, text)
        facts = {"day": of.day(row.day), "value": value, "limits": limits_in_words(of, row)}
        yield Task(_look(of, row), text(f"monitoring.task.{'day' if clear else 'maybe'}", **facts))


def _look(of: Monitored, row: Any) -> str:
    group = of.groups(pd.Series([row.group_id])).item()
    title = title_of(row.indicator_id, of.view.text)
    return of.view.text("monitoring.task.look", indicator=title, group=group)


def _decisions(of: Monitored) -> Iterator[Task]:
    text, rows = of.view.text, of.seen.circumstances
    for row in rows[rows["open"]].itertuples():
        noticed = row.notice_date if pd.notna(row.notice_date) else row.at
        why = text("monitoring.task.undecided", reason=row.reason, day=of.day(noticed))
        yield Task(text("monitoring.task.decide"), why)


def _entries(of: Monitored) -> Iterator[Task]:
    text, habits = of.view.text, of.seen.habits
    rows = habits[~habits["evaluator_type"].isin([*of.view.scheme.anonymous])]
    rows = rows.assign(name=of.evaluators(rows["evaluator_id"]))
    for name, mine in rows.groupby("name", sort=False):
        told = " ".join(habit_in_words(of, row) for _, row in mine.iterrows())
        yield Task(text("monitoring.task.ask", name=name), told)
