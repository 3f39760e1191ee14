"""The team report, section by section; each function gives one thing to show."""

from __future__ import annotations

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
from csperf.reporting.foundations import (
    assumed_values,
    component_titles,
    data_quality,
    defaults,
    provenance,
)
from csperf.reporting.indicator_set import set_findings, set_sources, set_summary, set_weights
from csperf.reporting.opening import TeamView
from csperf.reporting.values import shown_range, shown_value
from csperf.scheme import Linear, Part, TargetRatio

__all__ = [
    "assumed_values",
    "components_figure",
    "data_quality",
    "defaults",
    "heading",
    "how_to_read",
    "indicators_table",
    "not_scored",
    "numbers",
    "people_table",
    "proposals_table",
    "provenance",
    "scores_figure",
    "set_findings",
    "set_sources",
    "set_summary",
    "set_weights",
    "short_boards",
    "verdict",
]


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


def not_scored(view: TeamView) -> TableView | Sentences:
    """Everyone without a score, and why."""
    text = view.text
    rows = _people(view, view.result.appraisals[view.result.appraisals["score"].isna()])
    if rows.empty:
        return Sentences([text("appraisal.all_scored")], kind="note")
    columns = [
        ColumnView("display_name", text("appraisal.name"), "name"),
        ColumnView("reason", text("appraisal.why"), "text"),
    ]
    return TableView(rows, columns, text("appraisal.not_scored_caption"))


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
    wide = wide[[path for path in order if path in wide]].rename(columns=component_titles(view))
    best_first = _by_rank(view, named)["display_name"].unique()
    wide, lowest = wide.loc[best_first], wide.mean().idxmin()
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
    """The two components that cost each person most points."""
    text, scores = view.text, view.result.scores
    lost = scores.assign(
        lost=scores["weight"] * (100 - scores["score"]) / 100,
        component=scores["component_id"].map(component_titles(view)),
    )
    lost = lost[lost["lost"] > 0].sort_values("lost", ascending=False, kind="stable")
    place = lost.groupby("employee_id").cumcount()
    most = lost[place == 0].merge(
        lost[place == 1], on="employee_id", how="left", suffixes=("", "_next")
    )
    columns = [
        ColumnView("display_name", text("appraisal.name"), "name"),
        ColumnView("component", text("appraisal.costs_most"), "text"),
        ColumnView("lost", text("appraisal.lost"), "number"),
        ColumnView("component_next", text("appraisal.costs_next"), "text"),
        ColumnView("lost_next", text("appraisal.lost"), "number"),
    ]
    return TableView(
        _by_rank(view, _people(view, most)), columns, text("appraisal.short_boards_caption")
    )


def proposals_table(view: TeamView) -> TableView | Sentences:
    """What the rules propose; every row waits for a person."""
    text, rows = view.text, _by_rank(view, _people(view, view.result.proposals))
    if rows.empty:
        return Sentences([text("appraisal.no_proposals")], kind="note")
    titles = {rule.id: rule.title or rule.id for rule in view.scheme.rules}
    rows = rows.assign(
        step=rows["action"].str.replace("_", " "),
        why=rows["rule_id"].map(titles) + ": " + rows["facts"],
    )
    columns = [
        ColumnView("display_name", text("appraisal.name"), "name"),
        ColumnView("step", text("appraisal.step"), "text"),
        ColumnView("why", text("appraisal.because"), "text"),
        ColumnView("p_noise", text("appraisal.p_noise"), "percent", blank=text("report.not_yet")),
        ColumnView("approver", text("appraisal.approver"), "text"),
        ColumnView("due", text("appraisal.due"), "date"),
        ColumnView("appeal_until", text("appraisal.appeal"), "date"),
    ]
    if rows["amount"].notna().any():
        money = text("appraisal.amount", currency=view.scheme.currency)
        columns.insert(2, ColumnView("amount", money, "money", digits=2))
    return TableView(rows, columns, text("appraisal.proposals_caption"))


def how_to_read(view: TeamView) -> Details:
    """Definitions of the words and of the indicators in the score."""
    text = view.text
    words = ("score", "interval", "rank", "n", "proposal", "assumed", "share", "effective")
    terms = [(text(f"glossary.{word}"), text(f"glossary.{word}_meaning")) for word in words]
    rows = [(INDICATORS[name].title, INDICATORS[name].meaning) for name in view.scheme.indicators]
    return Details(text("glossary.summary"), [*terms, *rows])


def _people(view: TeamView, rows: DataFrame) -> DataFrame:
    names = view.result.people.set_index("employee_id")["display_name"]
    return rows.assign(display_name=rows["employee_id"].map(names))


def _by_rank(view: TeamView, rows: DataFrame) -> DataFrame:
    """The rows with the best-ranked people first, those without a place last."""
    places = view.result.appraisals.set_index("employee_id")["rank"]
    place = rows["employee_id"].map(places).astype("Float64")
    return rows.assign(_place=place).sort_values("_place", kind="stable").drop(columns="_place")


def _interval(row: pd.Series, indicator: str) -> str:
    if pd.isna(row["low"]) or pd.isna(row["high"]):
        return "–"
    return shown_range(row["low"], row["high"], indicator)


def _target(leaf: Part) -> str:
    if isinstance(leaf.scoring, Linear | TargetRatio):
        return shown_value(leaf.scoring.target.value, leaf.indicator or "")
    return "–"
