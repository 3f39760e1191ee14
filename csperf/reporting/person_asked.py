"""The first two questions of a person sheet: what was to be done, and what was done."""

from __future__ import annotations

import math

import pandas as pd
from markupsafe import Markup
from pandas import DataFrame

from csperf.answers.standards import NextStep, next_step, target_of, wants_more
from csperf.appraisal.scoring import USABLE
from csperf.reporting.display import ColumnView, Details, TableView, number
from csperf.reporting.methods import goals_table, observations_table, standards_table
from csperf.reporting.person_facts import GIVEN, OWN_VIEW, Component, Line, Person
from csperf.reporting.person_tables import paragraphs, without_name
from csperf.reporting.text import Messages
from csperf.reporting.values import shown_range, shown_value
from csperf.scheme import (
    LevelPoints,
    Linear,
    Part,
    PerEvent,
    RankPoints,
    Rating,
    Steps,
    TargetRatio,
    TScore,
)

FIVE = 5.0  # the length of a scale up to which means are told to half a point


def to_be_done(person: Person, duties: DataFrame | None) -> Markup:
    """Weights, what earns points, own goals, and the duties of the post."""
    text = person.view.text
    rows = [
        {
            "title": line.component.title,
            "weight": math.nan if line.is_after_weighting else line.component.weight,
            "standard": standard(text, line.component),
            "source": text(f"person.source_of.{line.provenance}") if line.provenance else None,
        }
        for line in person.lines
        if line.component.weight > 0
    ]
    columns = [
        ColumnView("title", text("person.component"), "text"),
        ColumnView("weight", text("person.weight"), "number", 2, text("person.extra")),
        ColumnView("standard", text("person.standard"), "lines"),
        ColumnView("source", text("person.source"), "text"),
    ]
    table = TableView(DataFrame(rows), columns, text("person.asked_caption", n=len(rows)))
    parts = [paragraphs([text("person.asked_how")]), table.html()]
    if person.view.result.records["goal_attainment"].shape[0]:
        parts.append(without_name(goals_table(person.view)))
    if duties is not None and len(duties):
        listed = [(text("person.duty", n=n), duty) for n, duty in enumerate(duties["duty"], 1)]
        parts.append(Details(text("person.duties"), listed).html())
    return Markup("").join(parts)


def done(person: Person) -> Markup:
    """Own values with n and interval, and means of evaluations as far as they may be shown."""
    text, every = person.view.text, (*person.lines, *person.beside)
    lines = [line for line in every if line.component.leaf]
    rows = DataFrame([_done(person, line) for line in lines])
    columns = [
        ColumnView("title", text("person.component"), "text"),
        ColumnView("value", text("person.your_value"), "text"),
        ColumnView("interval", text("appraisal.interval"), "text", blank=""),
        ColumnView("n", text("appraisal.n"), "number", digits=0, blank=""),
        ColumnView("reached", text("person.against_target"), "text", blank=""),
    ]
    table = TableView(rows, columns, text("person.done_caption"), "aside")
    notes = [text("person.done_how")]
    if any(line.is_rough for line in lines):
        notes.append(text("person.rough"))
    if any(line.is_hidden for line in lines):
        notes.append(text("person.hidden"))
    if person.beside:
        notes.append(text("person.beside"))
    parts, records = [paragraphs(notes), table.html()], person.view.result.records
    if len(records["standards_met"]) and not any(_kept_back(line) for line in lines):
        parts.append(without_name(standards_table(person.view)))
    if len(records["observations"]):
        parts.append(without_name(observations_table(person.view), "n_observers"))
    return Markup("").join(parts)


def standard(text: Messages, component: Component) -> str:
    """What earns how many points, in words."""
    leaf, criterion = component.leaf, component.criterion
    if leaf is None:
        return text("person.asked.cycle")
    if criterion:
        low, high = criterion.scale.value
        scale = {"evaluator": component.evaluator, "low": f"{low:g}", "high": f"{high:g}"}
        if component.kind == OWN_VIEW:
            return text("person.asked.own", **scale)
        best = max(criterion.behaviours, key=lambda each: each.points, default=None)
        if best is None:
            return text("person.asked.judged", **scale)
        return text(
            "person.asked.behaviour", **scale, points=f"{best.points:g}", behaviour=best.text.value
        )
    return _scored(text, leaf, str(leaf.indicator))


def _scored(text: Messages, leaf: Part, name: str) -> str:
    more = "from" if wants_more(leaf) else "up_to"
    match leaf.scoring:
        case Steps(bands=bands, otherwise=rest):
            told = [
                text(
                    f"person.asked.{more}",
                    limit=shown_value(limit, name, text),
                    points=f"{worth:g}",
                )
                for limit, worth in bands.value
            ]
            return "; ".join([*told, text("person.asked.else", points=f"{rest.value:g}")])
        case Linear(floor=floor, target=target):
            best, worst = (shown_value(end.value, name, text) for end in (target, floor))
            return text("person.asked.linear", target=best, floor=worst)
        case TargetRatio(target=target):
            return text("person.asked.ratio", target=shown_value(target.value, name, text))
        case RankPoints():
            return text("person.asked.rank")
        case TScore():
            return text("person.asked.spread")
        case LevelPoints(points=table):
            return "; ".join(
                text("person.asked.level", level=level, points=f"{worth:g}")
                for level, worth in table.value.items()
            )
        case Rating(scale=scale):
            low, high = scale.value
            return text("person.asked.rating", low=f"{low:g}", high=f"{high:g}")
        case PerEvent(method=method, points=each, cap=cap):
            limits = {"points": f"{each.value:g}", "cap": f"{cap.value:g}"}
            return text(f"person.asked.{method}", **limits)
    raise AssertionError(leaf)


def told_value(text: Messages, line: Line) -> str:
    """The value of a component in words; of what may not be told, that it is not shown."""
    leaf, criterion = line.component.leaf, line.component.criterion
    if line.is_hidden:
        return text("person.not_shown", n=line.component.least)
    if criterion is None:
        if leaf is not None and line.is_after_weighting:
            return "–" if math.isnan(line.value) else text("person.events", n=int(line.value))
        return shown_value(line.value, str(leaf.indicator), text) if leaf else number(line.value)
    if line.status != GIVEN:
        return "–"
    rated = on_scale(line)
    if line.is_rough:
        return text("person.about", points=rated)
    return text("person.points", points=rated, high=f"{criterion.scale.value[1]:g}")


def on_scale(line: Line) -> str:
    """A mean of evaluations on the scale that it was given on, rounded where few gave it.

    One rater knows the own score: at three, an exact mean would give away the sum of the other two.
    """
    assert line.component.criterion
    low, high = line.component.criterion.scale.value
    rated = low + line.value / 100 * (high - low)
    if not line.is_rough:
        return number(rated, 1 if high - low > FIVE else 2)
    step = 0.5 if high - low <= FIVE else (high - low) / 10
    return number(low + step * math.floor((rated - low) / step + 0.5), 1)


def step_up(person: Person, line: Line) -> tuple[str, float] | None:
    """What the next step of a component would take, in words, and the points of the score."""
    leaf, criterion = line.component.leaf, line.component.criterion
    if leaf is None or not line.is_told:
        return None
    step = next_step(leaf, criterion, line.points, line.value, person.group_size)
    if step is None:
        return None
    share = (line.component.weight if line.is_after_weighting else line.weight) / 100
    return _in_words(person.view.text, line, leaf, step), share * (step.points - line.points)


def _in_words(text: Messages, line: Line, leaf: Part, step: NextStep) -> str:
    criterion = line.component.criterion
    if criterion:
        better = [each for each in criterion.behaviours if each.points == step.value]
        rated = number(step.value, 1)
        if better:
            return text("person.step.behaviour", points=rated, behaviour=better[0].text.value)
        return text("person.step.rated", points=rated, now=on_scale(line))
    if isinstance(leaf.scoring, RankPoints):
        return text("person.step.rank")
    if isinstance(leaf.scoring, TScore):
        return text("person.step.spread")
    if isinstance(leaf.scoring, PerEvent):
        return text("person.step.events", events=f"{step.value:g}", now=f"{line.value:g}")
    name = str(leaf.indicator)
    return text(
        "person.step.value",
        value=shown_value(step.value, name, text),
        now=shown_value(line.value, name, text),
    )


def _kept_back(line: Line) -> bool:
    return line.is_hidden or line.is_rough


def _done(person: Person, line: Line) -> dict[str, object]:
    text, leaf = person.view.text, line.component.leaf
    assert leaf is not None
    interval = None
    if leaf.indicator and not math.isnan(line.low) and not math.isnan(line.high):
        interval = shown_range(line.low, line.high, leaf.indicator, text)
    return {
        "title": line.component.title,
        "value": told_value(text, line),
        "interval": interval,
        "n": line.n,
        "reached": _reached(person, line, leaf),
        "aside": "ok" if line.status in (*USABLE, GIVEN) else line.status,
    }


def _reached(person: Person, line: Line, leaf: Part) -> str | None:
    """Whether the target was reached, or why nothing can be said."""
    text, target = person.view.text, target_of(leaf)
    if leaf.indicator and line.status not in USABLE:
        return text(f"status.{line.status}")
    if line.status == "not_given":
        return text("person.not_given")
    if not leaf.indicator or pd.isna(target) or math.isnan(line.points):
        return None
    if isinstance(leaf.scoring, Linear | TargetRatio | Steps) and line.points >= 100:
        return text("person.reached")
    return text("person.target", target=shown_value(target, leaf.indicator, text))
