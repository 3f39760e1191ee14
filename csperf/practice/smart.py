"""Goals as written down: five SMART flags with reasons, what they lack, what they serve."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from csperf.appraisal.methods import attainment
from csperf.appraisal.scorecard import PERSPECTIVES
from csperf.indicators import INDICATORS
from csperf.params import Cycle
from csperf.practice.achievability import achievability
from csperf.tables import INPUT_TABLES

FLAGS = ("specific", "measurable", "achievable", "realistic", "time_bound")
NEEDED = ("owner_id", "deadline", "unit", "baseline", "target", "data_source")
NOT_OF_A_RUBRIC = ("unit", "baseline", "target")  # what is judged has no number to name
UNLIKELY = 0.05  # probability below which a goal is out of its owner's reach
PROGRESS = [
    *("goal_id", "n_checkins", "value", "attainment", "outcome", "way", "passed", "pace"),
]
REACH = ["goal_id", "owner_id", "indicator_id", "target"]
BEHIND = 0.10  # share of the way by which a goal may lag behind the time that has passed


def smart_check(
    goals: DataFrame,
    cycle: Cycle,
    *,
    rubrics: Collection[str] = (),
    reach: Mapping[str, float] | None = None,
    given: Collection[str] | None = None,
) -> DataFrame:
    """Whether each goal is specific, measurable, achievable, realistic and time-bound, and why not.

    Parameters
    ----------
    goals : DataFrame
        The input table.
    cycle : Cycle
        The cycle that is planned.
    rubrics : collection of str
        Rubrics and criteria that a goal may be judged by.
    reach : mapping, optional
        {goal: probability that its owner reaches it}, as far as that is known.
    given : collection of str, optional
        Input tables that the department gives; sources are not held against them if left out.

    Returns
    -------
    DataFrame
        A row a goal and flag: goal_id, flag, holds (unknown where nothing can be said), reasons: a
        word each, with commas between; empty where it holds. There is no score.

    Notes
    -----
    A goal that is judged by a rubric needs no number, and none is made up for it: whether it can be
    reached is then a question to those who agree on it, not a flag.
    """
    known = {*goals["goal_id"]}
    rows = [
        {"goal_id": goal.goal_id, "flag": flag, "holds": holds, "reasons": ", ".join(reasons)}
        for goal in goals.itertuples()
        for flag, holds, reasons in _flags(goal, cycle, {*rubrics}, reach or {}, given, known)
    ]
    columns = ["goal_id", "flag", "holds", "reasons"]
    return DataFrame(rows, columns=columns).astype({"holds": "boolean"})


def _flags(
    goal: Any,
    cycle: Cycle,
    rubrics: set[str],
    reach: Mapping[str, float],
    given: Collection[str] | None,
    known: set[str],
) -> Iterator[tuple[str, bool | None, list[str]]]:
    counted, judged = pd.notna(goal.indicator_id), pd.notna(goal.rubric_id)
    found = {
        "specific": [
            ("no_indicator_or_rubric", not counted and not judged),
            ("indicator_and_rubric", counted and judged),
            ("no_title", pd.isna(goal.title)),
        ],
        "measurable": [
            ("unknown_indicator", counted and goal.indicator_id not in INDICATORS),
            ("unknown_rubric", judged and goal.rubric_id not in rubrics),
            ("no_target", counted and pd.isna(goal.target)),
            ("number_without_indicator", not counted and pd.notna(goal.target)),
            ("nothing_to_measure", not counted and not judged),
        ],
        "achievable": [
            ("out_of_reach", reach.get(goal.goal_id, 1.0) < UNLIKELY),
        ],
        "realistic": [
            ("no_data_source", pd.isna(goal.data_source)),
            ("source_not_delivered", _absent(goal.data_source, given)),
            ("serves_no_goal", _is_orphan(goal, known)),
        ],
        "time_bound": [
            ("no_deadline", pd.isna(goal.deadline)),
            ("deadline_over", goal.deadline < pd.Timestamp(cycle.start)),
        ],
    }
    for flag in FLAGS:
        reasons = [reason for reason, holds in found[flag] if holds]
        if flag == "achievable" and not reasons and goal.goal_id not in reach:
            yield flag, None, ["judged" if judged and not counted else "reach_unknown"]
        else:
            yield flag, not reasons, reasons


def _absent(source: Any, given: Collection[str] | None) -> bool:
    """Whether a goal rests on a table of csperf's that is not delivered."""
    return given is not None and source in INPUT_TABLES and source not in given


def _is_orphan(goal: Any, known: set[str]) -> bool:
    return goal.owner_scope != "department" and goal.parent_goal_id not in known


def lacking(goals: DataFrame) -> DataFrame:
    """What each goal lacks before it can be agreed on (A-03).

    Returns
    -------
    DataFrame
        goal_id, lacks: a row for each of owner, deadline, unit, baseline, target and data source
        that is missing. What a rubric judges lacks no number.
    """
    rows = [
        (goal["goal_id"], name)
        for _, goal in goals.iterrows()
        for name in NEEDED
        if pd.isna(goal[name])
        and not (pd.notna(goal["rubric_id"]) and name in NOT_OF_A_RUBRIC)
        and not (name == "owner_id" and goal["owner_scope"] == "department")
    ]
    return DataFrame(rows, columns=["goal_id", "lacks"])


def goal_tree(goals: DataFrame) -> DataFrame:
    """What each goal serves: `root` (of the department), `child`, `orphan`, or `circle` (A-04).

    An orphan is a goal of a team or person that serves none, or one that nobody has written down.
    """
    above = goals.set_index("goal_id")["parent_goal_id"].to_dict()
    top = goals.set_index("goal_id")["owner_scope"] == "department"

    def standing(id: str) -> str:
        seen = {id}
        parent = above[id]
        while parent in above:
            if parent in seen:
                return "circle"
            seen.add(parent)
            parent = above[parent]
        if above[id] in above:
            return "child"
        return "root" if top[id] and pd.isna(above[id]) else "orphan"

    return goals[["goal_id", "parent_goal_id"]].assign(standing=goals["goal_id"].map(standing))


def agreement(goals: DataFrame) -> DataFrame:
    """Who has agreed to each goal: goal_id, standing of agreed, manager, employee, both (A-05).

    The standing names who has still to agree. To a goal of a department or team no single person
    has to.
    """
    own = goals["owner_scope"] == "employee"
    employee = goals["agreed_by_employee_at"].isna() & own
    manager = goals["agreed_by_manager_at"].isna()
    cases = [employee & manager, employee, manager]
    standing = np.select(cases, ["both", "employee", "manager"], "agreed")
    return goals[["goal_id"]].assign(standing=standing)


def progress(goals: DataFrame, checkins: DataFrame, cycle: Cycle, today: pd.Timestamp) -> DataFrame:
    """How far each goal that is counted is, against the time that has passed (A-13).

    Parameters
    ----------
    goals, checkins : DataFrame
        The input tables; `at` of the check-ins as local time without a zone.
    cycle : Cycle
        A goal that nobody has agreed on begins with it.
    today : Timestamp
        Up to which check-ins count.

    Returns
    -------
    DataFrame
        goal_id, n_checkins, value (of the last one), attainment (per cent of the target,
        direction-aware), outcome, way (share of the way from baseline to target), passed (share of
        the time), pace: done, ahead, behind, on_pace, unknown.
    """
    if goals.empty:
        return DataFrame(columns=PROGRESS)
    seen = checkins[checkins["at"] <= today].sort_values("at", kind="stable")
    counts = seen.groupby("goal_id").size()
    last = seen.dropna(subset="value").drop_duplicates("goal_id", keep="last")
    value = goals["goal_id"].map(last.set_index("goal_id")["value"])
    rows = goals.assign(value=value, direction=directions(goals))
    held = attainment(
        rows.assign(employee_id=rows["goal_id"], indicator_id="goal").drop(columns="status"),
        rows.assign(employee_id=rows["goal_id"], indicator_id="goal"),
        "goals",
    ).set_index("employee_id")
    span = rows["target"] - rows["baseline"]
    way = (value - rows["baseline"]) / span.where(span != 0)
    agreed = goals[["agreed_by_employee_at", "agreed_by_manager_at"]].max(axis=1)
    start = agreed.dt.tz_localize(None).fillna(pd.Timestamp(cycle.start))
    time = (goals["deadline"] - start) / pd.Timedelta(days=1)
    passed = ((today - start) / pd.Timedelta(days=1) / time.where(time > 0)).clip(0, 1)
    found = goals[["goal_id"]].assign(
        n_checkins=goals["goal_id"].map(counts).fillna(0).astype("int64"),
        value=value,
        attainment=goals["goal_id"].map(held["attainment"]),
        outcome=goals["goal_id"].map(held["outcome"]),
        way=way,
        passed=passed,
    )
    done = found["outcome"].isin(["met", "exceeded"])
    cases = [done, way.isna() | passed.isna(), way < passed - BEHIND, way > passed + BEHIND]
    return found.assign(pace=np.select(cases, ["done", "unknown", "behind", "ahead"], "on_pace"))


def goal_reach(goals: DataFrame, history: DataFrame) -> DataFrame:
    """How likely the owner of each counted goal reaches it, given earlier cycles (A-11).

    Parameters
    ----------
    goals : DataFrame
        The input table. Goals without an indicator of the catalogue, a target or an owner, and
        those whose indicator has no better side, are left aside.
    history : DataFrame
        As `earlier_values` gives it, of the owners and their peers.

    Returns
    -------
    DataFrame
        goal_id, owner_id, indicator_id, target, n_periods, best, expected, probability, status: as
        `achievability` has them.
    """
    rows = goals[goals["indicator_id"].isin([*INDICATORS])]
    rows = rows[rows["target"].notna() & rows["owner_id"].notna()].drop(columns="status")
    kinds = rows["indicator_id"].map({name: row.kind for name, row in INDICATORS.items()})
    rows = rows.assign(unit_id=rows["owner_id"], direction=directions(rows), kind=kinds)
    found = achievability(history, rows[rows["direction"].isin(["up", "down"])])
    return found[[*REACH, "n_periods", "best", "expected", "probability", "status"]]


def directions(goals: DataFrame) -> Series:
    """What is better: as the catalogue has it, else down where the target is below the baseline."""
    known = goals["indicator_id"].map({name: row.direction for name, row in INDICATORS.items()})
    falls = (goals["target"] < goals["baseline"]).fillna(False)
    return known.fillna(Series("up", goals.index).mask(falls, "down"))


def perspectives_of_goals(goals: DataFrame) -> Series:
    """How many goals each perspective of the scorecard has; 0 where it has none."""
    return goals["perspective"].value_counts().reindex(PERSPECTIVES, fill_value=0)
