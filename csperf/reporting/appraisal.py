"""The team report, section by section; each function gives one thing to show."""

from __future__ import annotations

from importlib.metadata import version

import pandas as pd
from pandas import DataFrame

from csperf.appraisal.scoring import LIMIT
from csperf.indicators import INDICATORS
from csperf.reporting import plots
from csperf.reporting.display import (
    ColumnView,
    Details,
    Facts,
    Figure,
    Heading,
    Sentences,
    TableView,
    number,
)
from csperf.reporting.opening import TeamView
from csperf.reporting.values import shown_value
from csperf.scheme import DEFAULT, Linear, Part, TargetRatio

PACKAGES = ("csperf", "pandas", "duckdb", "narwhals", "seaborn", "papermill", "nbconvert")
SHORT_BOARDS = 2


def heading(view: TeamView) -> Heading:
    """Title, scheme and whether the numbers are still provisional."""
    text = view.text
    provisional = bool(view.result.appraisals["provisional"].any())
    return Heading(
        title=text("appraisal.title", team=view.team_name, cycle=view.cycle.id),
        subtitle=text(
            "appraisal.subtitle",
            department=view.unit.name or view.unit.id,
            scheme=view.scheme.title,
            version=view.scheme.version,
        ),
        lang=text("language.tag"),
        banner=text("appraisal.provisional" if provisional else "appraisal.proposed"),
    )


def verdict(view: TeamView) -> Sentences:
    """The result in words."""
    text, everyone = view.text, view.result.appraisals
    ranked = _people(view, everyone[everyone["rank"].notna()])
    sentences = [
        text(
            "appraisal.scored",
            n=int(everyone["score"].notna().sum()),
            of=len(everyone),
            cycle=view.cycle.id,
        )
    ]
    if len(ranked):
        first = ranked[ranked["rank"] == 1]
        last = ranked[ranked["rank"] == ranked["rank"].max()]
        sentences.append(
            text(
                "appraisal.spread",
                mean=number(ranked["score"].mean()),
                first=", ".join(first["display_name"]),
                high=number(first["score"].iloc[0]),
                last=", ".join(last["display_name"]),
                low=number(last["score"].iloc[0]),
            )
        )
    else:
        sentences.append(text("appraisal.nobody_ranked"))
    sentences.append(text("appraisal.proposals_wait", n=len(view.result.proposals)))
    return Sentences([*sentences, text("appraisal.not_sure_yet")])


def numbers(view: TeamView) -> Facts:
    """Four numbers: people, mean score, components that count, proposals."""
    text, everyone = view.text, view.result.appraisals
    scored = everyone["score"].dropna()
    used = view.result.team_values["indicator_id"].isin(view.scheme.indicators)
    usable = view.result.team_values[used]["status"].isin(["ok", "provisional"])
    return Facts(
        [
            (
                text("appraisal.people"),
                text("appraisal.of", n=len(scored), of=len(everyone)),
                text("appraisal.people_meaning"),
            ),
            (
                text("appraisal.mean"),
                number(scored.mean()) if len(scored) else "–",
                text("appraisal.mean_meaning"),
            ),
            (
                text("appraisal.indicators"),
                text("appraisal.of", n=int(usable.sum()), of=len(view.scheme.indicators)),
                text("appraisal.indicators_meaning"),
            ),
            (
                text("appraisal.proposals"),
                str(len(view.result.proposals)),
                text("appraisal.proposals_meaning"),
            ),
        ]
    )


def people_table(view: TeamView) -> TableView:
    """Everyone with a score, ranked ones first."""
    text = view.text
    scored = view.result.appraisals[view.result.appraisals["score"].notna()]
    rows = _people(view, scored).sort_values(["rank", "score"], ascending=[True, False])
    not_yet = text("report.not_yet")
    columns = [
        ColumnView("display_name", text("appraisal.name"), "name"),
        ColumnView("rank", text("appraisal.rank"), "number", digits=0),
        ColumnView("score", text("appraisal.score"), "number", digits=1),
        ColumnView(("low", "high"), text("appraisal.interval"), "interval", blank=not_yet),
        ColumnView("fair_score", text("appraisal.fair"), "number", blank=not_yet),
        ColumnView("reason", text("appraisal.remark"), "text", blank=""),
    ]
    if view.scheme.grades:
        columns.insert(3, ColumnView("grade", text("appraisal.grade"), "text"))
    return TableView(rows, columns, text("appraisal.people_caption"))


def not_scored(view: TeamView) -> TableView:
    """Everyone without a score, and why."""
    text = view.text
    rows = _people(view, view.result.appraisals[view.result.appraisals["score"].isna()])
    columns = [
        ColumnView("display_name", text("appraisal.name"), "name"),
        ColumnView("reason", text("appraisal.why"), "text"),
    ]
    return TableView(
        rows, columns, text("appraisal.not_scored_caption"), empty=text("appraisal.all_scored")
    )


def scores_figure(view: TeamView) -> Figure | Sentences:
    """Scores of the team as a figure."""
    text = view.text
    scored = view.result.appraisals[view.result.appraisals["score"].notna()]
    people = _people(view, scored)
    if people.empty:
        return Sentences([text("appraisal.no_figure")], kind="note")
    facts = {
        "n": len(people),
        "low": number(people["score"].min()),
        "high": number(people["score"].max()),
        "middle": number(people["score"].median()),
    }
    return Figure(
        plots.scores_by_person(people, text("appraisal.points")),
        caption=text("appraisal.scores_caption", **facts),
        alt=text("appraisal.scores_alt", **facts),
    )


def components_figure(view: TeamView) -> Figure | Sentences:
    """Points of each person by component; for a team that is not too large to read."""
    text, scores = view.text, view.result.scores
    known = scores[scores["weight"].notna() & (scores["component_id"] != LIMIT)]
    named = _people(view, known)
    if named.empty or named["employee_id"].nunique() > plots.NAMED:
        return Sentences([text("appraisal.no_components")], kind="note")
    order = [path for path, _ in view.scheme.components()]
    wide = named.pivot(index="display_name", columns="component_id", values="score")
    wide = wide[[path for path in order if path in wide]].rename(columns=_titles(view))
    lowest = wide.mean().idxmin()
    return Figure(
        plots.points_by_component(wide, ""),
        caption=text("appraisal.components_caption", component=lowest),
        alt=text("appraisal.components_alt", n=len(wide), of=wide.shape[1], component=lowest),
    )


def indicators_table(view: TeamView) -> TableView:
    """Indicators of the whole team against the scheme's targets."""
    text = view.text
    values = view.result.team_values.set_index("indicator_id")
    rows = [
        {
            "indicator": INDICATORS[leaf.indicator].title,
            "value": shown_value(values.loc[leaf.indicator, "value"], leaf.indicator),
            "interval": _interval(values.loc[leaf.indicator], leaf.indicator),
            "target": _target(leaf),
            "n": values.loc[leaf.indicator, "n"],
            "status": values.loc[leaf.indicator, "status"],
            "in_words": text(f"status.{values.loc[leaf.indicator, 'status']}"),
        }
        for _, leaf in view.scheme.components()
        if leaf.indicator and leaf.indicator in values.index
    ]
    columns = [
        ColumnView("indicator", text("appraisal.indicator"), "text"),
        ColumnView("value", text("appraisal.value"), "text"),
        ColumnView("interval", text("appraisal.interval"), "text"),
        ColumnView("target", text("appraisal.target"), "text"),
        ColumnView("n", text("appraisal.n"), "number", digits=0),
        ColumnView("in_words", text("appraisal.status"), "text"),
    ]
    return TableView(DataFrame(rows), columns, text("appraisal.indicators_caption"), "status")


def short_boards(view: TeamView) -> TableView:
    """The components that cost each person most points."""
    text, scores = view.text, view.result.scores
    lost = scores.assign(lost=scores["weight"] * (100 - scores["score"]) / 100)
    lost = lost[lost["lost"] > 0].sort_values(["employee_id", "lost"], ascending=[True, False])
    rows = _people(view, lost.groupby("employee_id").head(SHORT_BOARDS))
    rows = rows.assign(component=rows["component_id"].map(_titles(view)))
    columns = [
        ColumnView("display_name", text("appraisal.name"), "name"),
        ColumnView("component", text("appraisal.component"), "text"),
        ColumnView("score", text("appraisal.points"), "number", digits=0),
        ColumnView("lost", text("appraisal.lost"), "number"),
    ]
    return TableView(rows, columns, text("appraisal.short_boards_caption"))


def proposals_table(view: TeamView) -> TableView:
    """What the rules propose; every row waits for a person."""
    text = view.text
    titles = {rule.id: rule.title or rule.id for rule in view.scheme.rules}
    rows = _people(view, view.result.proposals)
    rows = rows.assign(
        rule=rows["rule_id"].map(titles),
        step=rows["action"].map(lambda action: action.replace("_", " ")),
        in_words=[text(f"status.{status}") for status in rows["status"]],
    )
    columns = [
        ColumnView("display_name", text("appraisal.name"), "name"),
        ColumnView("rule", text("appraisal.rule"), "text"),
        ColumnView("step", text("appraisal.step"), "text"),
        ColumnView("amount", text("appraisal.amount", currency=view.scheme.currency), "money", 2),
        ColumnView("due", text("appraisal.due"), "date"),
        ColumnView("p_noise", text("appraisal.p_noise"), "percent", blank=text("report.not_yet")),
        ColumnView("facts", text("appraisal.facts"), "text"),
        ColumnView("approver", text("appraisal.approver"), "text"),
        ColumnView("appeal_until", text("appraisal.appeal"), "date"),
        ColumnView("in_words", text("appraisal.standing"), "text"),
    ]
    return TableView(
        rows, columns, text("appraisal.proposals_caption"), empty=text("appraisal.no_proposals")
    )


def assumed_values(view: TeamView) -> TableView:
    """Values that the scheme assumes because nobody stated them."""
    text = view.text
    rows = [
        {
            "path": path.replace("score.", "").replace(".parts", "").replace(".", " / "),
            "value": _plain(found.value),
            "because": text("appraisal.csperf_default")
            if found.because == DEFAULT
            else found.because or None,
        }
        for path, found in view.scheme.sourced()
        if found.provenance == "assumed"
    ]
    columns = [
        ColumnView("path", text("appraisal.where"), "text"),
        ColumnView("value", text("appraisal.assumed"), "text"),
        ColumnView("because", text("appraisal.because"), "text"),
    ]
    return TableView(
        DataFrame(rows, columns=["path", "value", "because"]),
        columns,
        text("appraisal.assumed_caption", n=len(rows)),
        empty=text("appraisal.nothing_assumed"),
    )


def data_quality(view: TeamView) -> TableView:
    """What was left out, superseded or looks odd in the department's exports."""
    text = view.text
    columns = [
        ColumnView("table", text("appraisal.table"), "text"),
        ColumnView("check", text("appraisal.found"), "text"),
        ColumnView("count", text("appraisal.count"), "number", digits=0),
        ColumnView("share", text("appraisal.share"), "percent"),
        ColumnView("example_ids", text("appraisal.examples"), "name", blank=""),
    ]
    return TableView(
        view.result.data_quality,
        columns,
        text("appraisal.quality_caption"),
        empty=text("appraisal.no_findings"),
    )


def how_to_read(view: TeamView) -> Details:
    """Definitions of the words and of the indicators in the score."""
    text = view.text
    words = ("score", "interval", "rank", "n", "proposal", "assumed")
    terms = [(text(f"glossary.{word}"), text(f"glossary.{word}_meaning")) for word in words]
    rows = [(INDICATORS[name].title, INDICATORS[name].meaning) for name in view.scheme.indicators]
    return Details(text("glossary.summary"), [*terms, *rows])


def provenance(view: TeamView) -> TableView:
    """Where the numbers come from: parameters, scheme, inputs and packages."""
    text = view.text
    rows = [
        (text("provenance.department"), view.unit.id),
        (text("provenance.team"), view.team_id),
        (text("provenance.cycle"), f"{view.cycle.start} – {view.cycle.last_day}"),
        (
            text("provenance.scheme"),
            f"{view.scheme.id}, {view.scheme.version}, sha256 {view.scheme.sha256[:16]}",
        ),
        *[
            (text("provenance.input", file=row.path), f"sha256 {row.sha256[:16]}, {row.bytes:,}")
            for row in view.result.inputs.itertuples()
        ],
        (text("provenance.note"), view.unit.note),
        (text("provenance.packages"), ", ".join(f"{name} {version(name)}" for name in PACKAGES)),
    ]
    frame = DataFrame([row for row in rows if row[1]], columns=["what", "value"])
    columns = [
        ColumnView("what", text("provenance.what"), "text"),
        ColumnView("value", text("provenance.value"), "name"),
    ]
    return TableView(frame, columns, text("provenance.caption"))


def _people(view: TeamView, rows: DataFrame) -> DataFrame:
    names = view.result.people.set_index("employee_id")["display_name"]
    return rows.assign(display_name=rows["employee_id"].map(names))


def _titles(view: TeamView) -> dict[str, str]:
    criteria = {criterion.id: criterion.title for criterion in view.scheme.criteria}

    def title(leaf: Part) -> str:
        if leaf.indicator:
            return leaf.title or INDICATORS[leaf.indicator].title
        return leaf.title or criteria.get(leaf.criterion or "", "") or leaf.id

    return {path: title(leaf) for path, leaf in view.scheme.components()}


def _interval(row: pd.Series, indicator: str) -> str:
    if pd.isna(row["low"]) or pd.isna(row["high"]):
        return "–"
    return f"{shown_value(row['low'], indicator)} – {shown_value(row['high'], indicator)}"


def _target(leaf: Part) -> str:
    if isinstance(leaf.scoring, Linear | TargetRatio):
        return shown_value(leaf.scoring.target.value, leaf.indicator or "")
    return "–"


def _plain(value: object) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list | tuple):
        return ", ".join(_plain(item) for item in value)
    return str(value)
