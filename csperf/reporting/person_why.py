"""The third question of a person sheet: how the result adds up from its parts."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup
from pandas import DataFrame

from csperf.appraisal.scoring import USABLE
from csperf.reporting import plots
from csperf.reporting.display import ColumnView, Figure, TableView, number
from csperf.reporting.person_facts import GIVEN, Line, Person, printed_parts
from csperf.reporting.person_tables import paragraphs

DRAWN = 12  # bars; smaller parts are drawn together


@dataclass(frozen=True)
class Share:
    """A part of the score as it is printed: exactly what it adds, and the same in print."""

    title: str
    weight: float
    points: float
    added: float
    printed: str


def why(person: Person) -> Markup:
    """A table of what each component adds, the same as a figure, and where weight was moved."""
    text = person.view.text
    if not person.has_score:
        said = [text("person.no_sum", reason=person.official["reason"])]
        return paragraphs([*said, text("person.no_judgement")])
    found = shares(person)
    rows = [
        {"title": each.title, "weight": each.weight, "points": each.points, "added": each.printed}
        for each in found
    ]
    rows.append({"title": text("person.sum"), "added": person.printed_score})
    columns = [
        ColumnView("title", text("person.component"), "text"),
        ColumnView("weight", text("person.weight_used"), "number", digits=2, blank=""),
        ColumnView("points", text("appraisal.points"), "number", blank=""),
        ColumnView("added", text("person.adds"), "number"),
    ]
    caption = text("person.why_caption", score=person.printed_score)
    table = TableView(DataFrame(rows, columns=[*rows[0]]), columns, caption)
    notes = [text("person.why_how"), *_moved(person)]
    if any(line.is_rough for line in person.lines) or person.together:
        notes.append(text("person.together_why"))
    return table.html() + paragraphs(notes) + waterfall(person, found).html()


def shares(person: Person) -> list[Share]:
    """The parts of the score in the order of the scheme; what is printed adds up to the score.

    Ratings of few people who were promised anonymity stand together in one part.
    """
    text = person.view.text
    counted = [line for line in person.lines if line.weight > 0 or line.is_after_weighting]
    apart = [line for line in counted if line.is_told and not math.isnan(line.contribution)]
    found = [(line.component.title, *_of(line)) for line in apart]
    held = [line for line in counted if line.is_rough or line.is_hidden]
    if held:
        known = [line.contribution for line in held if not math.isnan(line.contribution)]
        weight = sum(line.weight for line in held)
        together = sum(known) + person.together
        found.append((text("person.together"), weight, math.nan, together))
    elif person.together:
        found.append((text("person.together"), math.nan, math.nan, person.together))
    if person.cut:
        found.append((text("person.cut"), math.nan, math.nan, person.cut))
    printed = printed_parts([row[-1] for row in found], person.printed_score)
    return [Share(*row, said) for row, said in zip(found, printed, strict=True)]


def waterfall(person: Person, found: list[Share]) -> Figure:
    """The parts one after the other, the largest first, up to the score."""
    text, score = person.view.text, person.printed_score
    order = sorted(found, key=lambda each: -each.added)
    drawn = order if len(order) <= DRAWN else [each for each in order if each.added < 0]
    if drawn is not order:
        drawn = order[: DRAWN - 1 - len(drawn)] + drawn
    rest = [each for each in order if each not in drawn]
    steps = [(each.title, each.added, each.printed) for each in drawn]
    if rest:
        printed = number(sum(_read(each.printed) for each in rest), _digits(score))
        several = (text("person.smaller", n=len(rest)), sum(each.added for each in rest), printed)
        below = sum(1 for each in drawn if each.added >= 0)
        steps = [*steps[:below], several, *steps[below:]]
    figure = plots.waterfall(steps, (text("appraisal.score"), score))
    told = {"score": score, "first": order[0].title, "most": order[0].printed, "n": len(found)}
    worst = costly(person)
    caption = "person.waterfall" if worst else "person.waterfall_full"
    if worst:
        told |= {"last": worst[0].component.title, "cost": number(worst[0].lost)}
    return Figure(figure, caption=text(caption, **told), alt=text("person.waterfall_alt", **told))


def costly(person: Person) -> list[Line]:
    """The components that cost points of the score and may be told, the dearest first.

    What the person judged is none of them: the advice would be to think better of oneself.
    """
    least = 0.05  # less is printed as 0.0
    told = [
        line
        for line in person.lines
        if line.is_told and not line.is_own_view and line.lost >= least
    ]
    return sorted(told, key=lambda line: -line.lost)


def _of(line: Line) -> tuple[float, float, float]:
    weight = math.nan if line.is_after_weighting else line.weight
    return weight, line.points, line.contribution


def _moved(person: Person) -> Iterator[str]:
    """Which components are missing, and that their weight went to the others."""
    text = person.view.text
    absent = [
        line
        for line in person.lines
        if line.component.weight > 0 and not line.weight > 0 and not line.is_after_weighting
    ]
    for line in absent:
        yield text("person.missing", title=line.component.title, why=_why_missing(person, line))
    if absent:
        yield text("person.moved")


def _why_missing(person: Person, line: Line) -> str:
    text = person.view.text
    if line.is_hidden:
        return text("person.not_shown", n=line.component.least)
    if line.status == "not_given":
        return text("person.not_given")
    if line.component.leaf is None:
        return text("person.no_score_then")
    if line.status in (*USABLE, GIVEN):
        return text("person.only_ranked")
    return text(f"status.{line.status}")


def _read(printed: str) -> float:
    return float(printed.replace(",", "").replace("−", "-"))


def _digits(printed: str) -> int:
    return len(printed.partition(".")[2])
