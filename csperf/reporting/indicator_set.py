"""The checks of the indicator set as a team report shows them: findings, weights and sources."""

from __future__ import annotations

import pandas as pd
from pandas import DataFrame, Series

from csperf.appraisal.composition import SCORE
from csperf.appraisal.scoring import LIMIT
from csperf.reporting.department import View
from csperf.reporting.display import ColumnView, Details, Sentences, TableView, number
from csperf.reporting.foundations import component_titles
from csperf.reporting.opening import TeamView
from csperf.reporting.words import facts_in_words

# By no_spread, by nobody or not_delivered, and by the table of weights.
SAID_BY_OTHERS = ("one_without_spread", "no_data", "counted_together")
OF_SOURCES = ["kind", "source", "collection", "measurable", "days", "freshness"]


def set_summary(view: TeamView) -> Sentences:
    """What the score covers and how much of it is opinion, in words."""
    text, checks = view.text, view.result.indicator_set
    covers = checks[checks["finding"].isin(["covered", "outside"])]
    named = [
        text("indicator_set.weighs", about=_about(view, row), weight=number(row["value"]))
        for _, row in covers.iterrows()
    ]
    judged = checks.loc[checks["finding"] == "qualitative", "value"].sum()
    words = [text("indicator_set.covers", named=", ".join(named))] if named else []
    return Sentences([*words, text("indicator_set.judged", judged=number(judged))], kind="note")


def set_findings(view: View) -> TableView | Sentences:
    """What somebody should look at in the indicator set, and what may be done about it."""
    text, checks = view.text, view.result.indicator_set
    found = checks[(checks["status"] != "ok") & ~checks["finding"].isin(SAID_BY_OTHERS)]
    pair = pd.MultiIndex.from_frame(found[["subject", "other"]])
    same = pair.isin(pair[found["check"] == "same_data"])
    found = found[(found["check"] != "correlation") | ~same]
    if found.empty:
        return Sentences([text("indicator_set.nothing")], kind="note")
    rows = DataFrame([_in_words(view, row) for _, row in found.iterrows()])
    merged = rows.groupby(["found", "advice"], sort=False, as_index=False)["about"].agg(
        lambda names: "; ".join(dict.fromkeys(names))
    )
    columns = [
        ColumnView("about", text("indicator_set.about"), "text"),
        ColumnView("found", text("indicator_set.was_found"), "text"),
        ColumnView("advice", text("indicator_set.to_do"), "text"),
    ]
    return TableView(merged, columns, text("indicator_set.findings_caption"))


def set_weights(view: View) -> TableView:
    """Weight of each component on paper, and its share of the differences between people."""
    text, checks = view.text, view.result.indicator_set
    weighed = checks[checks["check"].str.endswith(("weight", "share_of_differences"))]
    weighed = weighed.assign(
        about=[_about(view, row) for _, row in weighed.iterrows()],
        measure=weighed["check"].str.removeprefix("construct_"),
    )
    of = {name: rows.set_index("about") for name, rows in weighed.groupby("measure")}
    share = of["share_of_differences"]
    rows = share.assign(
        nominal=of["nominal_weight"]["value"],
        effective=of["effective_weight"]["value"],
        reading=[text(f"indicator_set.reading.{finding}") for finding in share["finding"]],
    ).reset_index()
    columns = [
        ColumnView("about", text("indicator_set.component"), "text"),
        ColumnView("nominal", text("indicator_set.nominal"), "number"),
        ColumnView("value", text("indicator_set.share"), "number"),
        ColumnView(("low", "high"), text("appraisal.interval"), "interval"),
        ColumnView("reading", text("indicator_set.counts"), "text"),
        ColumnView("effective", text("indicator_set.effective"), "number"),
    ]
    people = int(share["n"].max())
    return TableView(rows, columns, text("indicator_set.weights_caption", people=people))


def set_sources(view: View) -> Details:
    """Where the data of each component come from, and how far they reach."""
    text, checks = view.text, view.result.indicator_set
    own = checks[checks["check"].isin(OF_SOURCES)]
    finding, value, facts = (
        own.pivot(index="subject", columns="check", values=name).reindex(columns=OF_SOURCES)
        for name in ("finding", "value", "facts")
    )
    rows = []
    for path, title in component_titles(view).items():
        words = {
            name: text(f"indicator_set.{name}.{finding.loc[path, name]}")
            for name in ("kind", "source", "collection")
        }
        days = text(
            f"indicator_set.days.{finding.loc[path, 'days']}",
            share=number(100 * value.loc[path, "days"], 0),
            last=facts.loc[path, "freshness"],
        )
        people = number(100 * value.fillna(0.0).loc[path, "measurable"], 0)
        rows.append((title, text("indicator_set.origin", people=people, days=days, **words)))
    return Details(text("indicator_set.sources"), rows)


def _in_words(view: View, row: Series) -> dict[str, str]:
    """One check in words: what it is about, what was found, and what may be done."""
    digits = {"correlation": 2, "days": 0}.get(row["unit"], 1)
    words = {
        name: number(row[name], digits) if pd.notna(row[name]) else "–"
        for name in ("value", "low", "high")
    }
    without = number(100 * (1 - row["value"]), 0) if row["unit"] == "share" else "–"
    facts = facts_in_words(row["facts"], view.text) if pd.notna(row["facts"]) else "–"
    found = f"indicator_set.found.{row['finding']}"
    return {
        "about": _about(view, row),
        "found": view.text(found, **words, without=without, facts=facts, people=row["n"]),
        "advice": view.text(f"indicator_set.advice.{row['finding']}"),
    }


def _about(view: View, row: Series) -> str:
    """Printed name of what a check is about: components, a dimension, a group, or the score."""
    text, titles = view.text, {**component_titles(view), LIMIT: view.text("indicator_set.limit")}
    if row["subject"] == SCORE:
        return text("indicator_set.score")
    if row["check"] == "coverage" and row["finding"] != "not_assigned":
        return text(f"indicator_set.dimension.{row['subject']}")
    several = row["check"].startswith("construct_") or row["finding"] == "not_assigned"
    paths = row["facts"].split(", ") if several else [row["subject"], row["other"]]
    named = ", ".join(titles.get(path, path) for path in paths if pd.notna(path))
    construct = row["check"].startswith("construct_")
    return text("indicator_set.together", components=named) if construct else named
