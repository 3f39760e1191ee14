"""What is filled in at the talk: the improvement plan, and the performance interview form."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pandas as pd
from markupsafe import Markup

from csperf.appraisal.decisions import PLAN_PARTS
from csperf.practice.talks import cycle_after
from csperf.reporting.display import Sentences, number, tag
from csperf.reporting.interview_facts import proposed_goals
from csperf.reporting.people import joined

if TYPE_CHECKING:
    from csperf.reporting.interview import Pack

BESIDE = ("status", "revisions", "effect")  # what a plan says beside its parts
FILLED = ("self_view", "superior_view", "causes", "next_plan")  # columns of the table interviews
ORDER = (
    *("day", "place", "people", "facts", "self_view", "superior_view", "gap", "causes"),
    *("next_plan", "support", "attachments", "employee_signature", "superior_signature"),
)
SHORT = ("day", "place", "people", "attachments", "employee_signature", "superior_signature")


def plan_section(pack: Pack) -> Markup:
    """The plan that is owed or under way, days to propose, and how to judge its effect."""
    text = pack.view.text
    due, plan = pack.owed["due"], pack.plan
    known = pd.notna(plan["plan_id"])
    said = [text("interview.plan_due", day=text.day(due)) if pd.notna(due) else ""]
    if not known and pd.isna(due):
        said = [text("interview.plan_none")]
    said += [_effect(pack, row) for row in pack.effects.to_dict("records")]
    blocks = [Sentences([each for each in said if each]).html()] if any(said) else []
    if known or pd.notna(due):
        other = known and plan["cycle_id"] != pack.view.cycle.id
        key = "plan_caption_after" if other else "plan_caption"
        caption = text(f"interview.{key}", cycle=plan["cycle_id"])
        parts = [*PLAN_PARTS, *(part for part in BESIDE if pd.notna(plan[part]))]
        rows = [(text(f"interview.part.{part}"), *_part(pack, part)) for part in parts]
        blocks.append(_fields(caption, rows))
        blocks.append(tag("p", text("interview.regression")))
    return Markup("").join(blocks)


def form(pack: Pack) -> Markup:
    """The form to print: what is known stands in it, the rest is left to fill in."""
    text = pack.view.text
    told = {name: _plain(pack.given[name]) for name in FILLED}
    told |= {"place": _plain(pack.given["place"]), "facts": _facts(pack)}
    planned = pack.talk["held_on"] if pd.notna(pack.talk["held_on"]) else pack.talk["planned_on"]
    told |= {"day": text.day(planned) if pd.notna(planned) else ""}
    rows = [
        (text(f"interview.field_{name}"), told.get(name, ""), name in SHORT or bool(told.get(name)))
        for name in ORDER
    ]
    caption = f"{pack.name}, {pack.view.team_name}, {pack.view.cycle.id}"
    rate = text("interview.rate", least=pack.team.smallest_source)
    return Markup("").join(
        [
            tag("p", text("interview.form_how")),
            _fields(caption, rows),
            Sentences([rate], kind="note").html(),
        ]
    )


def _facts(pack: Pack) -> str:
    """Strengths and points to improve in short, and the goals of the talk if somebody wrote any."""
    text = pack.view.text
    lines = []
    for kind, key in (("strength", "praise"), ("improve", "improve")):
        named = joined((_point(pack, row) for row in pack.told[kind]), "; ")
        if named:
            lines.append(f"{text(f'interview.{key}')} – {named}")
    return "\n".join([*lines, *filter(None, [_plain(pack.given["sub_goals"])])])


def _point(pack: Pack, told: dict[str, Any]) -> str:
    value = told["score"] if pd.notna(told["score"]) else -told["lost"]
    return f"{told['part']} {pack.view.text('interview.points', score=number(value))}"


def _part(pack: Pack, part: str) -> tuple[str, bool]:
    """What a part of the plan says, or what to propose; and whether little room is enough."""
    text, owed = pack.view.text, pack.owed
    value = pack.plan[part]
    if pd.notna(value):
        day = part == "deadline"
        return text.day(pd.Timestamp(value)) if day else _own_words(pack, part, str(value)), True
    if part == "goal":
        return "\n".join(proposed_goals(pack)), False
    end = pd.Timestamp(cycle_after(pack.view.cycle).last_day)
    if part == "deadline":
        return text("interview.proposed_day", day=text.day(end)), True
    if part == "check_dates" and pd.notna(owed["first_check"]):
        days = [owed["first_check"], owed["second_check"]]
        named = [text.day(pd.Timestamp(day)) for day in days if pd.notna(day)]
        if len(named) == 1:
            return text("interview.proposed_day", day=named[0]), True
        return text("interview.proposed_days", first=named[0], second=named[1]), True
    return "", part == "owner_id"


def _own_words(pack: Pack, part: str, value: str) -> str:
    """What people wrote, as it stands; who sees to it by name only if it is the person."""
    if part == "status":
        return pack.view.text.plain(value)
    if part == "owner_id" and value == pack.talk["employee_id"]:
        return pack.name
    return value


def _effect(pack: Pack, row: dict[Any, Any]) -> str:
    """What a plan changed beyond what was to be expected; nothing where that is not known."""
    text = pack.view.text
    if pd.isna(row["beyond"]):
        return ""
    names = ("change", "expected", "beyond", "low", "high")
    said = text(f"comparison.outcome_of.{row['outcome']}", reason=row["reason"])
    told = {name: number(row[name]) for name in names}
    return text("interview.plan_effect", cycle=row["plan_cycle_id"], said=said, **told)


def _fields(caption: str, rows: Iterable[tuple[str, str, bool]]) -> Markup:
    """A table of fields, each with what is known, and whether little room is enough."""
    body = (
        tag(
            "tr",
            tag("th", label, scope="row"),
            tag("td", value, class_="lines fill" if short else "lines fill tall"),
        )
        for label, value, short in rows
    )
    table = tag("table", tag("caption", tag("span", caption)), tag("tbody", *body), class_="form")
    return tag("div", table, class_="scroll", role="region", tabindex="0", aria_label=caption)


def _plain(value: Any) -> str:
    return "" if pd.isna(value) else str(value)
