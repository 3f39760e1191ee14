"""The page of one evaluator: how he or she rates, and what to do about it; nobody else is named.

It is for the evaluator. What the others gave is told only of all of them together, and only where
they are enough for nobody's part to be worked out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from pandas import DataFrame, Series

from csperf import __version__
from csperf.calibration.differences import given_scores
from csperf.calibration.effects import LEAST_FORMS
from csperf.calibration.scale_use import band_counts, middle_half, scale_use
from csperf.indicators.intervals import Z
from csperf.reporting.display import ColumnView, Sentences, TableView, number, tag
from csperf.reporting.evaluations import EvaluatorsView
from csperf.reporting.templates import page

LEAST = 3  # others, of whom a number is told
NEAR = 2.0  # points: an interval narrower than this is given with a digit


@dataclass(frozen=True)
class _Kind:
    """All that is known of the evaluators of one type."""

    title: str
    given: DataFrame
    counts: DataFrame
    severities: DataFrame
    effects: DataFrame
    drift: DataFrame


@dataclass(frozen=True)
class _Part:
    """What is known of an evaluator as one of a type."""

    kind: _Kind
    id: str
    given: DataFrame
    severity: dict[str, Any]
    others: int  # who rated some of the same people on the same criteria
    apart: int  # who cannot be compared with this one, not even through others

    @property
    def told(self) -> bool:
        """Whether a severity is known, and of enough others for its number to be told."""
        return self.severity["status"] == "ok" and self.others >= LEAST

    @property
    def clear(self) -> str:
        """Whether the evaluator clearly gave "less" or "more", where one may say so at all."""
        if self.severity["status"] != "ok" or self.others < LEAST - 1:
            return ""
        value, half = self.severity["severity"], Z * self.severity["se"]
        return "less" if value > half else "more" if value < -half else ""

    @property
    def habits(self) -> DataFrame:
        """What is clearly peculiar to the evaluator; severity only where it may be told."""
        rows = self.kind.effects
        clear = rows[(rows.index == self.id) & (rows["flag"] != "")]
        return clear if self.told else clear[clear["effect"] != "severity"]

    @property
    def people(self) -> int:
        """How many people the evaluator rated."""
        return int(self.given["employee_id"].nunique())


def evaluator_pages(view: EvaluatorsView) -> Iterator[tuple[str, str]]:
    """Each evaluator who may be named, with the HTML of the page."""
    kinds = _kinds(view)
    for evaluator in sorted(view.pages):
        yield evaluator, _page(view, evaluator, [*_parts(kinds, evaluator)])


def _kinds(view: EvaluatorsView) -> list[_Kind]:
    found, calibration = [], view.calibration
    for kind, given in given_scores(view.evaluations).groupby("evaluator_type"):
        severities, effects, drift = (
            rows[rows["evaluator_type"] == kind].set_index("evaluator_id")
            for rows in (calibration.severities, calibration.effects, view.drift)
        )
        title = view.kind(kind)
        counts = band_counts(given)
        found.append(_Kind(title, given, counts, severities, effects, drift))
    return found


def _parts(kinds: list[_Kind], evaluator: str) -> Iterator[_Part]:
    for kind in kinds:
        if evaluator in kind.severities.index:
            own = kind.severities.loc[evaluator].to_dict()
            near = int((kind.severities["subset"] == own["subset"]).sum())
            given = kind.given[kind.given["evaluator_id"] == evaluator]
            others = _with_same_people(kind.given, evaluator)
            yield _Part(kind, evaluator, given, own, others, len(kind.severities) - near)


def _with_same_people(given: DataFrame, evaluator: str) -> int:
    """How many others rated a person on a criterion on which this one did.

    Who is linked only through others does not count: what an evaluator reads of the severity would
    tell what the few gave who rated the same people.
    """
    pairs = given[["employee_id", "criterion_id", "evaluator_id"]].drop_duplicates()
    mine = pairs[pairs["evaluator_id"] == evaluator]
    shared = pairs.merge(mine[["employee_id", "criterion_id"]])
    return int(shared["evaluator_id"].nunique()) - 1


def _page(view: EvaluatorsView, evaluator: str, parts: list[_Part]) -> str:
    text = view.text
    sections = {
        "short": lambda part: _short(view, part),
        "meaning": lambda part: _meaning(view, part),
        "practice": lambda part: _practice(view, part),
        "scale": lambda part: _scale(view, part),
        "trend": lambda part: _trend(view, part),
        "not_compared": lambda part: _not_compared(view, part),
    }
    blocks = []
    for place, (name, shown) in enumerate(sections.items(), start=1):
        bodies = [_under_title(view, part, shown(part), len(parts) > 1) for part in parts]
        blocks.append(_section(place, text(f"evaluator.{name}"), *bodies))
    asking = [text(f"evaluator.{key}") for key in ("ask", "object", "corrections", "no_names")]
    last = _paragraphs(asking)
    blocks.append(_section(len(sections) + 1, text("evaluator.questions"), last))
    return page(
        text,
        title=text("evaluator.title", cycle=view.cycle.id),
        subtitle=text("evaluator.subtitle", evaluator=evaluator, organisation=view.organisation),
        sections=[text(f"evaluator.{name}") for name in (*sections, "questions")],
        blocks=blocks,
        footer=tag("p", text("portal.made_by", version=__version__)),
    )


def _section(place: int, title: str, *bodies: Markup) -> Markup:
    return tag("section", tag("h2", title, id=f"section-{place}"), *bodies)


def _under_title(view: EvaluatorsView, part: _Part, body: Markup, several: bool) -> Markup:
    """The body, with a title that says as whom the evaluator rated where there are several."""
    title = view.text("evaluator.as", kind=part.kind.title)
    return tag("h3", title) + body if several else body


def _paragraphs(texts: list[str]) -> Markup:
    return Markup("").join(tag("p", text) for text in texts)


def _short(view: EvaluatorsView, part: _Part) -> Markup:
    counts = {"n": part.people, "scores": len(part.given), "kind": part.kind.title}
    first = _severity(view, part)
    return Sentences([*first, view.text("evaluator.as_many", **counts)]).html()


def _severity(view: EvaluatorsView, part: _Part) -> list[str]:
    """How harsh the evaluator is, in one sentence or two, as far as that may be told."""
    text, status, clear = view.text, part.severity["status"], part.clear
    if status in ("ok", "exact") and part.others < LEAST - 1:
        return [text("evaluator.one_other")]
    if status != "ok":
        return [text(f"evaluator.{status}")]
    if not part.told:
        if clear:
            return [text(f"evaluator.clearly_{clear}"), text("evaluator.two_others")]
        return [text("evaluator.no_clear"), text("evaluator.two_others_same")]
    value, half = part.severity["severity"], Z * part.severity["se"]
    low, high = value - half, value + half
    if not clear:
        return [text("evaluator.same", low=_points(high, half), high=_points(-low, half))]
    near, far = sorted((abs(low), abs(high)))
    told = {"low": _points(near, half), "high": _points(far, half)}
    name, points = "harsher" if clear == "less" else "milder", _points(abs(value), half)
    return [text(f"evaluator.{name}", n=1 if points == "1" else 0, points=points, **told)]


def _points(value: float, half: float) -> str:
    """Points as exact as is known of them: whole ones, unless the interval is narrow."""
    return number(value, 0 if 2 * half >= NEAR else 1)


def _meaning(view: EvaluatorsView, part: _Part) -> Markup:
    text, told = view.text, []
    if part.told:
        back, points = part.severity["shrunken"], number(abs(part.severity["shrunken"]))
        key = "takes_back" if back < 0 else "gives_back"
        if points == number(0):
            key = "gives_nothing"
        told = [text("evaluator.interval"), text(f"evaluator.{key}", points=points)]
    calm = ["nothing_to_do"] if part.habits.empty else []
    keys = ["official", *(["not_wrong"] if part.clear else calm), "people_differ"]
    return _paragraphs([*told, *(text(f"evaluator.{key}") for key in keys)])


def _practice(view: EvaluatorsView, part: _Part) -> Markup:
    """Habits that are clear, each with what helps."""
    text, clear = view.text, part.habits
    if len(clear):
        flags = clear["flag"].drop_duplicates()
        frame = DataFrame(
            {
                "found": [text(f"calibration.flag.{flag}") for flag in flags],
                "help": [text(f"calibration.help.{flag}") for flag in flags],
            }
        )
        columns = [
            ColumnView("found", text("evaluator.found"), "text"),
            ColumnView("help", text("evaluator.practise"), "text"),
        ]
        return TableView(frame, columns, text("evaluator.practice_caption")).html()
    if part.id not in part.kind.effects.index or part.severity["status"] in (
        "alone",
        "not_told_apart",
    ):
        return _paragraphs([text("evaluator.no_habits")])
    if part.people < LEAST_FORMS:
        return _paragraphs([text("evaluator.habits_from", least=LEAST_FORMS, people=part.people)])
    return _paragraphs([text("evaluator.nothing_peculiar")])


def _scale(view: EvaluatorsView, part: _Part) -> Markup:
    """Own scores by band, beside all others together where these are enough."""
    text, kind = view.text, part.kind
    use = scale_use(kind.counts, part.id, LEAST)
    enough = len(kind.counts) > LEAST
    bands = zip(use["low"], use["high"], strict=True)
    frame = use.assign(band=[f"{low}\u00a0–\u00a0{high}" for low, high in bands])
    columns = [
        ColumnView("band", text("evaluator.band"), "id"),
        ColumnView("n", text("evaluator.n"), "number", digits=0),
        ColumnView("own", text("evaluator.own"), "percent", digits=0),
        *[ColumnView("others", text("evaluator.others"), "percent", digits=0)][: int(enough)],
    ]
    others = kind.given.loc[kind.given["evaluator_id"] != part.id, "score"]
    sides: dict[str, Series] = {"middle": part.given["score"]}
    sides |= {"middle_others": others} if enough else {}
    ends = {key: middle_half(scores) for key, scores in sides.items()}
    said = [
        text(f"evaluator.{key}", low=number(pair[0], 0), high=number(pair[1], 0))
        for key, pair in ends.items()
        if pair
    ]
    if not enough:
        said.append(text("evaluator.others_few", least=LEAST))
    elif use["others"].isna().any():
        said.append(text("evaluator.others_hidden", least=LEAST))
    return _paragraphs(said) + TableView(frame, columns, text("evaluator.scale_caption")).html()


def _trend(view: EvaluatorsView, part: _Part) -> Markup:
    text, drift = view.text, part.kind.drift
    if part.id not in drift.index:
        return _paragraphs([text("evaluator.drift_few")])
    if not part.told:
        return _paragraphs([text("evaluator.drift_hidden", least=LEAST)])
    row = drift.loc[part.id]
    low, high, n = row["low"], row["high"], row["n_cycles"]
    if row["flag"]:
        low, high = sorted((abs(low), abs(high)))
    told = {"low": number(low), "high": number(high), "points": number(abs(row["per_cycle"]))}
    return _paragraphs([text(f"evaluator.drift_{row['flag'] or 'none'}", n=n, **told)])


def _not_compared(view: EvaluatorsView, part: _Part) -> Markup:
    """Whose ratings say nothing of severity, and why."""
    text, status = view.text, part.severity["status"]
    said = [] if status in ("ok", "exact") else [text("evaluator.nothing_compared")]
    unshared = part.people - int(part.severity["n"])
    if unshared and status not in ("alone", "not_told_apart"):
        said.append(text("evaluator.unshared", n=unshared, people=part.people))
    if part.apart:
        said.append(text("evaluator.apart", n=part.apart))
    return _paragraphs(said or [text("evaluator.all_shared")])
