"""The review of the appraisal itself, section by section: what HR and a works council look at."""

from __future__ import annotations

from typing import Any

from pandas import DataFrame

from csperf.practice.monitoring import leaders
from csperf.practice.review import stages, to_change
from csperf.reporting.display import ColumnView, Details, Heading, Sentences, TableView, number
from csperf.reporting.foundations import component_titles, data_quality, provenance
from csperf.reporting.indicator_set import set_findings, set_weights
from csperf.reporting.people import rule_titles, worded
from csperf.reporting.reviewed import MADE_OF, ReviewView, review_of
from csperf.reporting.written import rules_as_written

__all__ = [
    "alike_marks",
    "appeals",
    "cases_table",
    "chance_table",
    "checklist_table",
    "data_quality",
    "evaluators_moderated",
    "heading",
    "how_counted",
    "in_short",
    "leaders_share",
    "management",
    "moderation_table",
    "provenance",
    "review_of",
    "rules_as_written",
    "set_findings",
    "set_weights",
    "talks",
    "unknown_points",
]

LOOK_AT = ("too_strict", "too_loose")


def heading(view: ReviewView) -> Heading:
    """Title and what it is about."""
    text = view.text
    return Heading(
        title=text("cycle_review.title", department=view.name, cycle=view.cycle.id),
        subtitle=text(
            "cycle_review.subtitle", scheme=view.scheme.title, version=view.scheme.version
        ),
        lang=text("language.tag"),
    )


def in_short(view: ReviewView) -> Sentences:
    """How the appraisal went, how sure its outcomes are, and what to change first."""
    text, counts = view.text, view.checked["status"].value_counts()
    told = {name: int(counts.get(name, 0)) for name in ("done", "partly", "open", "not_known")}
    due = told["done"] + told["partly"] + told["open"]
    said = [text("cycle_review.stages_short", n=due, **told)]
    strict, loose = ((view.components["verdict"] == name).sum() for name in LOOK_AT)
    said.append(
        text("cycle_review.moderation_short", n=len(view.components), strict=strict, loose=loose)
    )
    said += _chance_in_short(view)
    return Sentences([*said, *(_task(view, row) for row in to_change(view.checked).itertuples())])


def _chance_in_short(view: ReviewView) -> list[str]:
    penalties = view.by_chance[view.by_chance["effect"] == "negative"]
    n = int(penalties["n_known"].sum())
    if not n:
        return []
    return [
        view.text("cycle_review.chance_short", n=n, expected=number(penalties["expected"].sum()))
    ]


def _task(view: ReviewView, row: Any) -> str:
    """One thing to change, with who has to and by how much it lacks."""
    text = view.text
    who = text(f"cycle_review.whose.{row.whose}")
    to_do = text(f"cycle_review.to_do.{row.stage}_{row.item}")
    return text("cycle_review.task", who=who, to_do=to_do, n=row.n, of=row.of)


def checklist_table(view: ReviewView) -> TableView:
    """The six stages, point by point, as far as the data tell."""
    text, rows = view.text, view.checked
    rows = rows[rows["status"] != "not_known"]
    known = rows["of"] > 0
    counts = [
        text("cycle_review.n_of", n=n, of=of) if there else None
        for n, of, there in zip(rows["n"], rows["of"], known, strict=True)
    ]
    rows = rows.assign(
        stage=worded(view, "cycle_review.stage", rows["stage"]),
        point=_points(view, rows),
        counts=counts,
        standing=worded(view, "cycle_review.status", rows["status"]),
        who=worded(view, "cycle_review.whose", rows["whose"]),
    )
    columns = [
        ColumnView("point", text("cycle_review.point")),
        ColumnView("stage", text("cycle_review.of_stage")),
        ColumnView("standing", text("cycle_review.stands")),
        ColumnView("counts", text("cycle_review.counted"), "number"),
        ColumnView("who", text("cycle_review.who")),
    ]
    return TableView(rows, columns, text("cycle_review.checklist_caption"))


def unknown_points(view: ReviewView) -> Details | None:
    """Points that nobody can tell, each with the table that would."""
    rows = view.checked[view.checked["status"] == "not_known"]
    if rows.empty:
        return None
    named = [stages()[row.stage][row.item]["table"] for row in rows.itertuples()]
    tables = [view.text.of(MADE_OF.get(name, name)) for name in named]
    points = [*zip(_points(view, rows), tables, strict=True)]
    return Details(view.text("cycle_review.unknown", n=len(rows)), points)


def _points(view: ReviewView, rows: DataFrame) -> list[str]:
    """Printed names of points of the checklist."""
    return [
        view.text(f"cycle_review.item.{stage}_{item}")
        for stage, item in zip(rows["stage"], rows["item"], strict=True)
    ]


def management(view: ReviewView) -> Sentences:
    """What the cycle shows about the organisation's own management, as tasks of its own."""
    rows = view.checked
    mine = rows[(rows["whose"] == "management") & rows["status"].isin(["open", "partly"])]
    if mine.empty:
        return Sentences([view.text("cycle_review.management_fine")], kind="note")
    ordered = to_change(mine, most=len(mine))
    return Sentences([_task(view, row) for row in ordered.itertuples()])


def moderation_table(view: ReviewView) -> TableView:
    """Verdict on every target and scale of the score: too strict, fit or too loose."""
    text, titles = view.text, component_titles(view)
    order = {verdict: place for place, verdict in enumerate([*LOOK_AT, "cannot_tell", "fit"])}
    rows = view.components.sort_values("verdict", key=lambda it: it.map(order), kind="stable")
    few = rows["because"] == "few_people"  # of so few, a share would tell what each one has
    hidden = ["mean", "sd", "at_ceiling", "at_floor", "reached"]
    rows = rows.assign(
        name=rows["subject"].map(lambda path: titles.get(path, path)),
        verdict=worded(view, "cycle_review.verdict", rows["verdict"]),
        because=worded(view, "cycle_review.because", rows["because"]),
        **{column: rows[column].mask(few) for column in hidden},
    )
    columns = [
        ColumnView("name", text("cycle_review.component")),
        ColumnView("verdict", text("cycle_review.verdict_is")),
        ColumnView("because", text("cycle_review.because_of")),
        ColumnView("n", text("cycle_review.people"), "number", digits=0),
        ColumnView("reached", text("cycle_review.reach"), "percent", digits=0),
        ColumnView("at_ceiling", text("cycle_review.at_ceiling"), "percent", digits=0),
        ColumnView("at_floor", text("cycle_review.at_floor"), "percent", digits=0),
        ColumnView("mean", text("cycle_review.mean"), "number"),
        ColumnView("sd", text("cycle_review.sd"), "number"),
    ]
    return TableView(
        rows, columns, text("cycle_review.moderation_caption"), empty=text("cycle_review.none")
    )


def alike_marks(view: ReviewView) -> Sentences | None:
    """Components of which everybody has the same mark: perhaps a number for what has none."""
    titles, rows = component_titles(view), view.components
    same = rows.loc[rows["alike"] & (rows["n"] >= view.limits.least), "subject"]
    if same.empty:
        return None
    names = ", ".join(titles.get(path, path) for path in same)
    return Sentences([view.text("cycle_review.alike_marks", names=names)])


def how_counted(view: ReviewView) -> Details:
    """The limits behind the verdicts, and why they are where they are."""
    text = view.text
    limits = {
        "reached_least": f"{100 * view.limits.reached_least:.0f}%",
        "reached_most": f"{100 * view.limits.reached_most:.0f}%",
        "at_one_end": f"{100 * view.limits.at_one_end:.0f}%",
        "least": f"{view.limits.least}",
    }
    rows = [
        (text(f"cycle_review.limit.{name}"), text(f"cycle_review.limit.{name}_means", limit=limit))
        for name, limit in limits.items()
    ]
    return Details(text("cycle_review.limits"), rows)


def evaluators_moderated(view: ReviewView) -> Sentences | None:
    """How many evaluators are too strict or too loose; who, the calibration tells HR alone."""
    text, rows = view.text, view.evaluators
    if rows.empty:
        return None
    if len(rows) < view.limits.least:
        return Sentences([text("cycle_review.few_evaluators", n=len(rows))], kind="note")
    told = {name: int((rows["verdict"] == name).sum()) for name in (*LOOK_AT, "fit")}
    alike = int((rows["alike"] & (rows["n"] >= view.limits.least)).sum())
    return Sentences([text("cycle_review.evaluators", n=len(rows), alike=alike, **told)])


def leaders_share(view: ReviewView) -> Sentences | None:
    """Whether those who lead finished what they ask of others."""
    text = view.text
    found = leaders(view.forms, view.scheme.superiors)
    if found.empty:
        return None
    done, of = int(found["finished"].sum()), len(found)
    appraised = int((found["appraised_by"] > 0).sum())
    return Sentences([text("cycle_review.leaders", n=of, done=done, appraised=appraised)])


def chance_table(view: ReviewView) -> TableView | Sentences:
    """How many proposals of each rule chance alone would have made."""
    text, rows = view.text, view.by_chance
    rows = rows[rows["n_known"] > 0]
    if rows.empty:
        return Sentences([text("cycle_review.no_chance")], kind="note")
    titles = rule_titles(view.scheme)
    rows = rows.assign(rule=rows["rule_id"].map(lambda id: titles.get(id, id)))
    columns = [
        ColumnView("rule", text("cycle_review.rule")),
        ColumnView("n_known", text("cycle_review.proposed"), "number", digits=0),
        ColumnView("expected", text("cycle_review.expected"), "number"),
        ColumnView("share", text("cycle_review.share"), "percent", digits=0),
    ]
    ordered = rows.sort_values("expected", ascending=False, kind="stable")
    return TableView(ordered, columns, text("cycle_review.chance_caption"))


def cases_table(view: ReviewView) -> TableView | Sentences:
    """Outcomes beside those of people who did no better, or no worse, and had another one."""
    text, rows = view.text, view.cases
    if rows.empty:
        return Sentences([text("cycle_review.no_cases")], kind="note")
    titles = rule_titles(view.scheme)
    rows = rows.assign(
        rule=rows["rule_id"].map(lambda id: titles.get(id, id)),
        nearest=[
            text("cycle_review.nearest", id=row.nearest_id, score=number(row.nearest_score, 2))
            for row in rows.itertuples()
        ],
    )
    columns = [
        ColumnView("employee_id", text("cycle_review.person"), "id"),
        ColumnView("rule", text("cycle_review.rule")),
        ColumnView("score", text("cycle_review.score"), "number", digits=2),
        ColumnView("n_unlike", text("cycle_review.unlike"), "number", digits=0),
        ColumnView("n_alike", text("cycle_review.alike"), "number", digits=0),
        ColumnView("nearest", text("cycle_review.nearest_one")),
    ]
    ordered = rows.sort_values(["n_unlike", "n_alike"], ascending=False, kind="stable")
    return TableView(ordered, columns, text("cycle_review.cases_caption"))


def appeals(view: ReviewView) -> Sentences:
    """How many appeals there were against the cycle and how they ended."""
    text, rows = view.text, _records(view, "appeal_statistics")
    teams = rows[rows["by"] == "team"] if len(rows) else rows
    if teams.empty:
        known = "appeals" in view.unit.sources
        return Sentences(
            [text(f"cycle_review.appeals_{'none' if known else 'unknown'}")], kind="note"
        )
    told = {name: int(teams[f"n_{name}"].sum()) for name in ("open", "withdrawn", "upheld")}
    said = [text("cycle_review.appeals", n=int(teams["n_filed"].sum()), **told)]
    return Sentences(said)


def talks(view: ReviewView) -> Sentences:
    """How many talks were held, planned and refused over all teams."""
    text, rows = view.text, _records(view, "interview_tracking")
    if rows.empty:
        return Sentences([text("cycle_review.talks_unknown")], kind="note")
    names = ("people", "held", "planned", "refused", "overdue")
    told = {name: int(rows[f"n_{name}"].sum()) for name in names}
    return Sentences([text("cycle_review.talks", n=told.pop("people"), **told)])


def _records(view: ReviewView, name: str) -> DataFrame:
    return view.result.records.get(name, DataFrame())
