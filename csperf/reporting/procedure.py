"""How people were judged, with whom to talk, which plans are owed, and what is odd."""

from __future__ import annotations

from IPython.display import display
from pandas import DataFrame

from csperf.reporting.display import ColumnView, Sentences, TableView, number
from csperf.reporting.foundations import component_titles
from csperf.reporting.opening import TeamView
from csperf.reporting.people import (
    joined,
    known_only,
    names,
    plain,
    records,
    titled,
    together,
    worded,
)
from csperf.reporting.talks import talks_order

REGULAR = "regular"
NO_STEP = "none"
NEXT_STEPS = ("interview", "superior_may_re_evaluate", "ask_self_again")
ROUND = ", "  # between rounds, as `procedure.gaps` writes them
SAID_BY_OTHERS = ("grade_against_band",)  # by the table of conflicts


def findings(view: TeamView) -> None:
    """Display a table for each check that found something; its caption says what was found."""
    rows = records(view, "findings")
    rows = _in_words(view, rows[~rows["check"].isin(SAID_BY_OTHERS)])
    display(*(_of_check(view, check, found) for check, found in rows.groupby("check")))


def gaps_table(view: TeamView) -> TableView | Sentences | None:
    """Where self and superior see different work, and whose turn it is."""
    text, rows = view.text, records(view, "gaps")
    if rows.empty:
        return None
    apart = rows[rows["next_step"] != NO_STEP]
    if apart.empty:
        return Sentences([text("gaps.none", n=len(rows))], kind="note")
    kinds, order = _type_titles(view), {step: place for place, step in enumerate(NEXT_STEPS)}
    first, second = (titled(apart[f"{side}_type"], kinds).iloc[0] for side in ("first", "second"))
    apart = apart.sort_values("next_step", key=lambda steps: steps.map(order), kind="stable")
    apart = apart.assign(
        next_step=worded(view, "gaps.next", apart["next_step"]),
        first=_one_side(view, apart, "first"),
        second=_one_side(view, apart, "second"),
    )
    columns = [
        ColumnView("display_name", text("appraisal.name"), "name"),
        ColumnView("next_step", text("gaps.next_step"), "text"),
        ColumnView("first", first, "text"),
        ColumnView("second", second, "text"),
        ColumnView("difference", text("gaps.difference"), "number"),
    ]
    return TableView(apart, columns, text("gaps.caption", n=len(apart), of=len(rows)))


def interviews_table(view: TeamView) -> TableView | Sentences | None:
    """With whom to talk and why; without a run, who is due for a regular talk is only counted."""
    if len(talks := records(view, "feedback")):
        return talks_order(view, talks)
    text, rows = view.text, records(view, "interviews_due")
    if rows.empty:
        return None
    special = rows[rows["reason"] != REGULAR]
    regular = text("interviews.regular", n=len(rows) - len(special))
    if special.empty:
        return Sentences([text("interviews.only_regular", n=len(rows))], kind="note")
    said = special.assign(reason=worded(view, "interviews.reason", special["reason"]))
    people = said.groupby(["employee_id", "display_name"], sort=False, as_index=False).agg(
        reason=("reason", "; ".join), held_on=("held_on", "max")
    )
    columns = [
        ColumnView("reason", text("appraisal.why"), "text"),
        ColumnView(
            "held_on",
            text("interviews.held"),
            "date",
            say=text.day,
            blank=text("interviews.not_held"),
        ),
    ]
    names = ColumnView("display_name", text("appraisal.name"), "name")
    caption = text("interviews.caption", regular=regular)
    return TableView(together(people, columns), [names, *columns], caption)


def plans_table(view: TeamView) -> TableView | None:
    """Improvement plans that rules ask for, and what is still lacking."""
    text, rows = view.text, records(view, "plans_owed")
    if rows.empty:
        return None
    missing, late = rows["plan_id"].isna(), rows["late"].fillna(False).astype(bool)
    words = [
        text(f"plans.{'missing' if absent else 'given'}{'_late' if behind else ''}")
        for absent, behind in zip(missing, late, strict=True)
    ]
    lacking = (
        rows["lacking"]
        .where(~missing)
        .map(lambda parts: joined(map(text.plain, parts.split())), na_action="ignore")
    )
    titles = {rule.id: rule.title or plain(rule.id) for rule in view.scheme.rules}
    rows = rows.assign(
        standing=words, lacking=lacking.astype("str"), rule=titled(rows["rule_id"], titles)
    )
    columns = known_only(
        rows,
        ColumnView("rule", text("appraisal.because"), "text"),
        ColumnView("due", text("appraisal.due"), "date", say=text.day),
        ColumnView("standing", text("appraisal.status"), "text"),
        ColumnView("submitted_at", text("plans.submitted"), "date", say=text.day),
        ColumnView("revision", text("plans.revision"), "number", digits=0),
        ColumnView("lacking", text("plans.lacking"), "text", blank=""),
        ColumnView("effect", text("plans.effect"), "text", blank=""),
    )
    names = ColumnView("display_name", text("appraisal.name"), "name")
    return TableView(together(rows, columns), [names, *columns], text("plans.caption"))


def _one_side(view: TeamView, rows: DataFrame, side: str) -> list[str]:
    """Points of one side, by round if there were several, and the grade they come to."""
    grades = {band.grade: band.title for band in view.scheme.grades}
    named = titled(rows[f"{side}_grade"], grades)
    told = zip(rows[f"{side}_score"], rows[f"{side}_rounds"], named, strict=True)
    return [
        joined([rounds if ROUND in str(rounds) else number(score), title])
        for score, rounds, title in told
    ]


def _of_check(view: TeamView, check: str, rows: DataFrame) -> TableView:
    """What one check found, under a sentence that says what it means."""
    text, key = view.text, f"findings.check.{check}"
    said = text(key) if key in text.entries else text.plain(check).capitalize()
    columns = known_only(
        rows,
        ColumnView("evaluator_id", text("findings.evaluator"), "name"),
        ColumnView("subject", text("findings.subject"), "text"),
        ColumnView("facts", text("findings.facts"), "text"),
    )
    about = ColumnView("display_name", text("findings.about"), "name")
    return TableView(together(rows, columns), [about, *columns], said)


def _in_words(view: TeamView, rows: DataFrame) -> DataFrame:
    titles = {**component_titles(view), **_type_titles(view)}
    titles |= {criterion.id: criterion.title for criterion in view.scheme.criteria}
    titles |= {rule.id: rule.title for rule in view.scheme.rules}
    return rows.assign(
        display_name=rows["display_name"].fillna(view.text("findings.everybody")),
        evaluator_id=names(view, rows["evaluator_id"]),
        subject=titled(rows["subject"], titles, view.text.plain),
    )


def _type_titles(view: TeamView) -> dict[str, str]:
    return {kind.type: kind.title for kind in view.scheme.evaluators}
