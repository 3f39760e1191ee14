"""What a team report rests on: assumed values, the data's quality, and where numbers come from."""

from __future__ import annotations

from importlib.metadata import version

import pandas as pd
from pandas import DataFrame

from csperf.appraisal.longer import part_cycles
from csperf.indicators import INDICATORS
from csperf.reporting.department import View
from csperf.reporting.display import ColumnView, Details, Sentences, TableView
from csperf.reporting.opening import TeamView
from csperf.reporting.text import Messages
from csperf.reporting.values import title_of
from csperf.scheme import DEFAULT, Part

WITHIN = ("parts", "scoring", "when", "behaviours", "standard")  # what a reader need not know
PACKAGES = ("csperf", "pandas", "duckdb", "narwhals", "seaborn", "papermill", "nbconvert")
SHORT, WHOLE = 16, 64  # digits of a hash
QUESTION = "[?\uff1f]"  # a question mark, or a Chinese one


def assumed_values(view: TeamView) -> TableView | Sentences:
    """Values that the scheme assumes because nobody stated them."""
    text, found = view.text, _assumed(view, by_default=False)
    if found.empty:
        return Sentences([text("appraisal.nothing_assumed")], kind="note")
    columns = [
        ColumnView("part", text("appraisal.where"), "text"),
        ColumnView("values", text("appraisal.assumed"), "text"),
        ColumnView("because", text("appraisal.because"), "text", blank=""),
    ]
    return TableView(found, columns, text("appraisal.assumed_caption"))


def defaults(view: TeamView) -> Details:
    """What csperf fills in where the scheme is silent."""
    found = _assumed(view, by_default=True)
    rows = list(zip(found["part"], found["values"], strict=True))
    return Details(view.text("appraisal.defaults"), rows)


def data_quality(view: View) -> TableView | Sentences:
    """What was left out, superseded or looks odd in the department's exports; questions first."""
    text, found = view.text, view.result.data_quality
    if found.empty:
        return Sentences([text("appraisal.no_findings")], kind="note")
    columns = [
        ColumnView("table", text("appraisal.table"), "text"),
        ColumnView("check", text("appraisal.found"), "text"),
        ColumnView("count", text("appraisal.count"), "number", digits=0),
        ColumnView("share", text("appraisal.share"), "percent"),
        ColumnView("example_ids", text("appraisal.examples"), "name", blank=""),
    ]
    asks = found["check"].str.contains(QUESTION)
    in_order = pd.concat([found[asks], found[~asks]], ignore_index=True)
    return TableView(in_order, columns, text("appraisal.quality_caption"))


def how_to_read(view: TeamView) -> Details:
    """Definitions of the words and of the indicators in the score."""
    text = view.text
    words = "score interval rank range n proposal chance assumed share effective".split()
    terms = [(text(f"glossary.{word}"), text(f"glossary.{word}_meaning")) for word in words]
    used = [INDICATORS[name] for name in view.scheme.indicators]
    rows = [(text.of(each.title), text.of(each.meaning)) for each in used]
    return Details(text("glossary.summary"), [*terms, *rows])


def provenance(view: View) -> TableView:
    """Where the numbers come from: parameters, scheme, inputs and packages."""
    text = view.text
    columns = [
        ColumnView("what", text("provenance.what"), "text"),
        ColumnView("value", text("provenance.value"), "name"),
    ]
    return TableView(provenance_rows(view, SHORT), columns, text("provenance.caption"))


def provenance_rows(view: View, digits: int = WHOLE) -> DataFrame:
    """What the numbers come from as key, what and value; hashes with so many of their digits."""
    text = view.text

    def hashed(what: str, sha256: str) -> str:
        return text("provenance.hashed", what=what, hash=sha256[:digits])

    rows = [
        ("department_id", text("provenance.department"), view.unit.id),
        ("team_id", text("provenance.team"), view.team_id),
        ("days", text("provenance.cycle"), f"{view.cycle.start} – {view.cycle.last_day}"),
        (
            "scheme",
            text("provenance.scheme"),
            hashed(view.scheme.reading, view.scheme_read.sha256),
        ),
        *[
            (
                "input",
                text("provenance.input", file=row.path),
                hashed(text.of(f"{row.bytes:,} bytes"), row.sha256),
            )
            for row in view.result.inputs.itertuples()
        ],
        ("note", text("provenance.note"), view.unit.note),
        ("packages", text("provenance.packages"), versions()),
    ]
    return DataFrame([row for row in rows if row[2]], columns=["key", "what", "value"])


def versions() -> str:
    """Versions of the packages that reports are made with."""
    return ", ".join(f"{name} {version(name)}" for name in PACKAGES)


def component_titles(view: View) -> dict[str, str]:
    """Printed name of every component by its path in the scheme."""
    criteria = {criterion.id: criterion.title for criterion in view.scheme.criteria}

    def title(leaf: Part) -> str:
        if leaf.indicator:
            return leaf.title or title_of(leaf.indicator, view.text)
        return leaf.title or criteria.get(leaf.criterion or "", "") or leaf.id

    return {path: title(leaf) for path, leaf in view.scheme.components()}


def score_titles(view: TeamView) -> dict[str, str]:
    """Printed name of what scores add up from: the cycles of a longer period, and components."""
    cycles = {cycle.id: cycle.id for cycle in part_cycles(view.cycle, view.scheme)}
    return cycles | component_titles(view)


def _assumed(view: TeamView, by_default: bool) -> DataFrame:
    """One row for each part of the scheme with the values assumed in it, and why."""
    names = {
        **_part_titles(view),
        **{rule.id: rule.title for rule in view.scheme.rules},
        **{kind.type: kind.title for kind in view.scheme.evaluators},
    }
    rows = []
    for path, found in view.scheme.sourced():
        if found.provenance == "assumed" and (found.because == DEFAULT) == by_default:
            steps = [step for step in path.split(".") if not (step in WITHIN or step.isdigit())]
            part = names.get(steps[-2], "") or view.text.plain(steps[-2])
            value = f"{view.text.plain(steps[-1])}: {_plain(found.value, view.text)}"
            rows.append({"part": part, "values": value, "because": found.because or None})
    frame = DataFrame(rows, columns=["part", "values", "because"])
    return frame.groupby("part", sort=False, as_index=False).agg(
        values=("values", "; ".join), because=("because", "first")
    )


def _part_titles(view: TeamView) -> dict[str, str]:
    """Printed name of every part of the score tree by its id."""
    titles, leaves = component_titles(view), dict(view.scheme.components())
    named = {leaves[path].id: title for path, title in titles.items()}
    groups = [part for top in view.scheme.score for part in top.everything() if part.parts]
    return {**{part.id: part.title for part in groups}, **named}


def _plain(value: object, text: Messages) -> str:
    if isinstance(value, bool):
        return text.of("yes" if value else "no")
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list | tuple):
        return ", ".join(_plain(item, text) for item in value)
    return text.plain(value) if isinstance(value, str) else str(value)
