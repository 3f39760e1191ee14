"""Words of the planning report: flags, aims, chances, names."""

from __future__ import annotations

from typing import Any

import pandas as pd
from pandas import Series

from csperf.indicators import INDICATORS
from csperf.reporting.display import number
from csperf.reporting.plan import PEOPLE, Plan
from csperf.reporting.text import Messages
from csperf.reporting.values import shown_value, title_of

CHANCES = ((0.9, "very_likely"), (0.65, "likely"), (0.35, "open"), (0.1, "unlikely"))


def titles_of(plan: Plan) -> dict[str, str]:
    """{goal: its title, else its id}."""
    goals = plan.goals
    return dict(zip(goals["goal_id"], goals["title"].fillna(goals["goal_id"]), strict=True))


def known(text: Messages, group: str, word: object) -> str | None:
    """The catalogue's text of a word; nothing of no word."""
    return text(f"{group}.{word}") if pd.notna(word) and word else None


def flag_in_words(plan: Plan, holds: Any) -> str:
    """Yes, no, or nothing can be said."""
    word = "open" if pd.isna(holds) else "holds" if holds else "fails"
    return plan.view.text(f"planning.flag.{word}")


def aim(plan: Plan, goal: Series) -> str:
    """What a goal is to reach: a value of an indicator, or what a rubric judges."""
    text = plan.view.text
    if pd.notna(goal["indicator_id"]) and goal["indicator_id"] in INDICATORS:
        title = title_of(goal["indicator_id"], text)
        return text("planning.to_reach", name=title, value=value(plan, goal["target"], goal))
    if pd.notna(goal["rubric_id"]):
        criteria = {each.id: each.title for each in plan.view.scheme.criteria}
        rubric = criteria.get(goal["rubric_id"], goal["rubric_id"])
        return text("planning.by_rubric", name=rubric)
    return "–"


def value(plan: Plan, number_: float, goal: Series) -> str:
    """A goal's value, in its indicator's unit or its own."""
    if pd.isna(number_):
        return "–"
    if pd.notna(goal["indicator_id"]) and goal["indicator_id"] in INDICATORS:
        return shown_value(number_, goal["indicator_id"], plan.view.text)
    unit = f" {goal['unit']}" if pd.notna(goal["unit"]) else ""
    return f"{number(number_)}{unit}"


def serves(plan: Plan, goal: Series) -> str:
    """The goal above, or what stands in for it."""
    standing = plan.tree[goal["goal_id"]]
    if standing in ("child", "circle"):
        return titles_of(plan).get(goal["parent_goal_id"], str(goal["parent_goal_id"]))
    return plan.view.text(f"planning.tree.{standing}")


def reasons_of(plan: Plan, goal: str) -> str:
    """Why flags of a goal do not hold, and what it lacks."""
    text, smart = plan.view.text, plan.smart
    failed = smart[(smart["goal_id"] == goal) & ~smart["holds"].fillna(True).astype(bool)]
    codes = [reason for reasons in failed["reasons"] for reason in reasons.split(", ")]
    said = [text(f"planning.reason.{code}") for code in codes]
    lacks = plan.lacking.loc[plan.lacking["goal_id"] == goal, "lacks"]
    if len(lacks):
        names = ", ".join(text(f"planning.lack.{name}") for name in lacks)
        said.append(text("planning.lacks", names=names))
    return " ".join(said) or "–"


def person(plan: Plan, id: object) -> str | None:
    """Name of a person; what is no person's id stays, what is empty is nothing."""
    return None if pd.isna(id) else plan.name_of(PEOPLE, id)


def chance_in_words(plan: Plan, row: Any) -> str:
    """How likely a target is to be reached, or why that cannot be told."""
    text = plan.view.text
    if pd.isna(row.probability):
        return text(f"planning.no_chance.{row.status}")
    word = next((word for least, word in CHANCES if row.probability >= least), "very_unlikely")
    return text(f"planning.chance.{word}")
