"""What a talk about a result is to reach, what to speak of, in which order, and what follows."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from csperf.appraisal.decisions import PLAN_PARTS
from csperf.appraisal.proposing import appeal_until, report_day
from csperf.params import Cycle
from csperf.practice.feedback import last_talk_day
from csperf.scheme import Scheme

MOST_POINTS = 2  # strengths, and as many points to improve
PURPOSES = ("view_of_work", "expectations", "excellence", "care", "growth", "next_cycle")
CHECKLIST = (
    *("agreed_time", "both_free", "quiet_room", "no_phones", "no_visitors", "facts_ready"),
    *("form_printed", "own_view_asked"),
)
# Sub-goals of every talk, and those that a reason adds.
GOALS = ("result_understood", "strength_named", "steps_agreed")
GOALS_BY_REASON = {
    "urgent": "causes_found",
    "below": "causes_found",
    "grade_gap": "views_compared",
    "falling": "change_discussed",
    "plan_owed": "plan_agreed",
    "excellent": "recognised",
    "rising": "recognised",
}
# Steps of a talk with their minutes, and what a reason adds to a step.
STEPS = {
    **{"open": 3, "own_view": 5, "strengths": 5, "result": 7},
    **{"improve": 5, "plan": 5, "close": 5},
}
LONGER = {
    **{"urgent": ("improve", 10), "below": ("improve", 10), "falling": ("improve", 5)},
    **{"grade_gap": ("own_view", 10), "plan_owed": ("plan", 10)},
}
STAGES = ["step", "first_day", "last_day", "who"]
DRAFT = ["due", "deadline", "first_check", "second_check"]


def talking_points(scores: DataFrame, kept: DataFrame | None = None) -> DataFrame:
    """What to praise and what to improve: at most two strengths and two points of each person.

    Parameters
    ----------
    scores : DataFrame
        employee_id, component_id, score, weight, contribution, as `score` gives them. Take out what
        may not be shown first.
    kept : DataFrame, optional
        employee_id, kept: components that were good before too, with commas between. They come
        first among strengths.

    Returns
    -------
    DataFrame
        employee_id, kind (strength, improve), place (1, 2), component_id, score, weight and lost,
        the points of the whole score that it costs: weight x (100 - score) / 100, or what was
        deducted for events. Sorted by person, strengths first.

    Notes
    -----
    Strengths are the best of the person's own components, good or not: everybody has some. They are
    at most half of the components, so that something is left to improve; of a single component
    that is not full there is nothing to praise in the data, and the superior names what he or she
    saw.
    """
    lost = (scores["weight"] * (100 - scores["score"]) / 100).mask(
        scores["weight"] == 0, -scores["contribution"]
    )
    rows = scores.assign(lost=lost, before=_is_kept(scores, kept))
    rows = rows[rows["lost"].notna()]
    judged = rows[(rows["weight"] > 0) & rows["score"].notna()].sort_values(
        ["employee_id", "before", "score", "weight", "component_id"],
        ascending=[True, False, False, False, True],
    )
    n = judged.groupby("employee_id")["score"].transform("size")
    full = (n == 1) & (judged["lost"] == 0)
    most = np.minimum(n // 2, MOST_POINTS).mask(full, 1)
    best = judged[judged.groupby("employee_id").cumcount() < most]
    left = rows[~rows.index.isin(best.index) & (rows["lost"] > 0)].sort_values(
        ["employee_id", "lost", "component_id"], ascending=[True, False, True]
    )
    worst = left[left.groupby("employee_id").cumcount() < MOST_POINTS]
    found = pd.concat([best.assign(kind="strength"), worst.assign(kind="improve")])
    by = found.groupby(["employee_id", "kind"])
    found = found.assign(place=by.cumcount() + 1, order=found["kind"] == "improve")
    found = found.sort_values(["employee_id", "order", "place"], ignore_index=True)
    return found[["employee_id", "kind", "place", "component_id", "score", "weight", "lost"]]


def sub_goals(reasons: str) -> list[str]:
    """What one talk is to reach, by the reasons for it: first what the reasons ask for."""
    asked = [GOALS_BY_REASON[word] for word in reasons.split() if word in GOALS_BY_REASON]
    return [*dict.fromkeys([*asked, *GOALS])]


def interview_outline(reasons: str) -> DataFrame:
    """Steps of a talk in order, with their minutes: 35 for a regular talk, more by its reasons.

    The longest addition to a step counts: two reasons to look for causes are looked at together.

    Returns
    -------
    DataFrame
        step, minutes, and from and to, minutes from the start.
    """
    more = Series(0, index=[*STEPS])
    for step, minutes in (LONGER[word] for word in reasons.split() if word in LONGER):
        more[step] = max(more[step], minutes)
    minutes = Series(STEPS) + more
    end = minutes.cumsum()
    found = {"step": minutes.index, "minutes": minutes, "from": end - minutes, "to": end}
    return DataFrame(found).reset_index(drop=True)


def communication_plan(scheme: Scheme, cycle: Cycle, plan_due: DataFrame) -> DataFrame:
    """The whole process of feedback: what comes when, and who takes part.

    Parameters
    ----------
    scheme : Scheme
        Its timing says when the report is out and until when people may appeal.
    plan_due : DataFrame
        due: days on which improvement plans are owed, which talks come before; may be without rows.

    Returns
    -------
    DataFrame
        A row a step, in order: step, first_day, last_day, who (superior, both, employee, hr).
    """
    out, last = report_day(scheme, cycle), appeal_until(scheme, cycle)
    due = plan_due["due"].dropna()
    talked = min([last_talk_day(scheme, cycle), *due.dt.date])
    rows = [
        ("prepare", cycle.end, out, "superior"),
        ("invite", cycle.end, out, "superior"),
        ("talk", cycle.end, talked, "both"),
        ("sign", cycle.end, talked, "both"),
        ("report", out, out, "hr"),
        ("appeal", out, last, "employee"),
        ("follow", last, cycle_after(cycle).last_day, "both"),
    ]
    if len(due):
        rows.insert(-1, ("plan", out, due.max(), "employee"))
    found = DataFrame(rows, columns=STAGES)
    return found.assign(
        first_day=pd.to_datetime(found["first_day"]), last_day=pd.to_datetime(found["last_day"])
    )


def cycle_after(cycle: Cycle) -> Cycle:
    """The cycle that follows, of the same length."""
    start, months = cycle.end, (cycle.end.year - cycle.start.year) * 12
    months += cycle.end.month - cycle.start.month
    names = {1: f"{start:%Y-%m}", 3: f"{start.year}-Q{(start.month + 2) // 3}"}
    names |= {6: f"{start.year}-H{(start.month + 5) // 6}", 12: str(start.year)}
    return Cycle.parse(names[months])


def plan_dates(owed: DataFrame, cycle: Cycle) -> DataFrame:
    """Days to propose for improvement plans: when they are due, end, and are looked at.

    Parameters
    ----------
    owed : DataFrame
        employee_id, due, a row a plan that a rule asks for.

    Returns
    -------
    DataFrame
        employee_id, due (the first), deadline (last day of the cycle after), first_check (midway
        between the two) and second_check (a week before the deadline, unless that is no later).
    """
    first = owed.groupby("employee_id", as_index=False)["due"].min()
    deadline = pd.Timestamp(cycle_after(cycle).last_day)
    midway = (first["due"] + (deadline - first["due"]) / 2).dt.normalize()
    week_before = Series(deadline - timedelta(days=7), first.index)
    return first.assign(
        deadline=deadline,
        first_check=midway,
        second_check=week_before.where(week_before > midway),
    )[["employee_id", *DRAFT]]


def latest_plans(plans: DataFrame) -> DataFrame:
    """The last revision of each improvement plan, with what was revised and why.

    Parameters
    ----------
    plans : DataFrame
        The input table improvement_plans.

    Returns
    -------
    DataFrame
        A row a plan, sorted by plan_id: employee_id, cycle_id, status, effect, the parts of a plan
        (`PLAN_PARTS`) and revisions: `1: reason; 2: reason`, where a reason is unknown only the
        number.
    """
    rows = plans.assign(revision=plans["revision"].fillna(0)).sort_values(["plan_id", "revision"])
    latest = rows.drop_duplicates("plan_id", keep="last").set_index("plan_id")
    revised = rows[rows["revision"] > 0]
    reasons = (": " + revised["revision_reason"]).fillna("").astype("str")
    said = revised["revision"].astype("str") + reasons
    told = said.groupby(revised["plan_id"]).agg("; ".join).astype("str")
    whole = latest.assign(revisions=told.reindex(latest.index))
    columns = ["employee_id", "cycle_id", "status", "effect", *PLAN_PARTS, "revisions"]
    return whole.reset_index()[["plan_id", *columns]]


def _is_kept(scores: DataFrame, kept: DataFrame | None) -> Series:
    """Whether each component was good before too."""
    if kept is None or kept.empty:
        return Series(False, index=scores.index)
    known = kept.dropna(subset="kept").set_index("employee_id")["kept"]
    pairs = zip(scores["employee_id"], scores["component_id"], strict=True)
    named = {id: {*str(words).split(", ")} for id, words in known.items()}
    return Series([part in named.get(id, ()) for id, part in pairs], scores.index, dtype=bool)
