"""What follows for the next cycle: who needs which training, and how improvement plans stand."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from csperf.appraisal.applications import uses
from csperf.appraisal.decisions import PLAN_PARTS, checked, local_day
from csperf.params import Cycle
from csperf.tables.decisions import IMPROVEMENT_PLANS

WEAK_BELOW = 70.0  # points
PLAN_LIFE = ["plan_id", "cycle_id", "employee_id", "status", "stage", "lacking", "n_revisions"]
CHECKS = ["unexplained", "n_checks", "next_check", "deadline", "effect"]
NEEDS = ["employee_id", "team_id", "reason", "subject", "points", "n_sharing"]
ISO_DAY = r"(\d{4}-\d{2}-\d{2})"


def plan_life(plans: DataFrame, today: date) -> DataFrame:
    """How far each improvement plan is: cause, measures, goal, deadline, monitoring and effect.

    Parameters
    ----------
    plans : DataFrame
        The input table improvement_plans; check_dates are days such as 2026-11-15, in any text.
    today : date
        Local day on which the plans are looked at.

    Returns
    -------
    DataFrame
        A row a plan, sorted by plan_id, with what its last revision says: cycle_id, employee_id,
        status (as written), stage, lacking (parts of the plan that are empty), n_revisions,
        unexplained (revisions without a reason), n_checks (check dates that are over), next_check,
        deadline, effect (as written). stage is the first that holds of given_up, evaluated (an
        effect is written down), effect_due (done, or the deadline is over), draft (a part is
        lacking), running.
    """
    given = checked(plans, IMPROVEMENT_PLANS)
    given = given.assign(revision=given["revision"].fillna(0))
    given = given.sort_values(["plan_id", "revision"], ignore_index=True)
    revised = given["revision"] > 0
    counts = {"n_revisions": revised, "unexplained": revised & given["revision_reason"].isna()}
    by_plan = DataFrame(counts).groupby(given["plan_id"]).sum()
    latest = given.drop_duplicates("plan_id", keep="last").set_index("plan_id").join(by_plan)
    days = latest["check_dates"].str.extractall(ISO_DAY)[0]
    checks = pd.to_datetime(days, errors="coerce").dropna()
    over = checks <= pd.Timestamp(today)
    lacking = latest[list(PLAN_PARTS)].isna()
    found = latest.assign(
        lacking=[" ".join(row.index[row]) for _, row in lacking.iterrows()],
        n_checks=over.groupby(level="plan_id").sum().reindex(latest.index, fill_value=0),
        next_check=checks[~over].groupby(level="plan_id").min(),
    )
    found = found.assign(stage=_stage(found, lacking.any(axis=1), pd.Timestamp(today)))
    return found.reset_index()[[*PLAN_LIFE, *CHECKS]]


def _stage(plans: DataFrame, incomplete: Series, today: pd.Timestamp) -> Series:
    ended = (plans["deadline"] < today) | (plans["status"] == "done")
    cases = {
        "given_up": plans["status"] == "given_up",
        "evaluated": plans["effect"].notna(),
        "effect_due": ended,
        "draft": incomplete,
    }
    words = np.select([case.to_numpy(bool) for case in cases.values()], list(cases), "running")
    return Series(words, plans.index, dtype="str")


def training_needs(
    appraisals: DataFrame,
    scores: DataFrame,
    proposals: DataFrame,
    cycle: Cycle,
    knowledge_tests: DataFrame | None = None,
    weak_below: float = WEAK_BELOW,
    timezone: str = "UTC",
) -> DataFrame:
    """Who needs which training, and how many of a team could be trained together.

    Parameters
    ----------
    appraisals : DataFrame
        employee_id, team_id: everybody of the cycle.
    scores : DataFrame
        employee_id, component_id, score, weight, as `score` gives them. Take out what may not be
        shown first.
    proposals : DataFrame
        employee_id, rule_id, action of the cycle.
    knowledge_tests : DataFrame, optional
        The input table; attempts up to the end of the cycle count.
    weak_below : float
        Points below which a person's weakest component is a need.
    timezone : str
        Zone whose days the tests are counted in.

    Returns
    -------
    DataFrame
        employee_id, team_id, reason, subject, points, n_sharing (people of the team with the same
        reason and subject), sorted by employee_id, reason and subject. Reasons are
        knowledge_gap   subject is the test whose last attempt was not passed or is valid no more;
                        points are per cent of what could be reached
        proposed        subject is the rule that proposes training, as for the last fifth
        weakest_item    subject is the component that costs the person most: weight x (100 -
                        points) / 100
    """
    needs = [_weakest(scores, weak_below), _proposed(proposals)]
    if knowledge_tests is not None:
        needs.append(_gaps(knowledge_tests, cycle, timezone))
    teams = appraisals[["employee_id", "team_id"]]
    found = pd.concat(needs, ignore_index=True).merge(teams, on="employee_id")
    same = found.groupby(["team_id", "reason", "subject"], dropna=False)["employee_id"]
    found = found.assign(n_sharing=same.transform("size"))[NEEDS]
    return found.sort_values(["employee_id", "reason", "subject"], ignore_index=True)


def _weakest(scores: DataFrame, weak_below: float) -> DataFrame:
    lost = scores["weight"] * (100 - scores["score"])
    rows = scores.assign(lost=lost)[lost > 0].sort_values(
        ["employee_id", "lost", "component_id"], ascending=[True, False, True]
    )
    worst = rows.drop_duplicates("employee_id")
    worst = worst[worst["score"] < weak_below]
    named = worst.rename(columns={"component_id": "subject", "score": "points"})
    return named.assign(reason="weakest_item")[["employee_id", "reason", "subject", "points"]]


def _proposed(proposals: DataFrame) -> DataFrame:
    used = uses(proposals)
    rows = used[used["use"] == "training_plan"].rename(columns={"rule_id": "subject"})
    return rows.assign(reason="proposed", points=np.nan)[
        ["employee_id", "reason", "subject", "points"]
    ]


def _gaps(tests: DataFrame, cycle: Cycle, timezone: str) -> DataFrame:
    last_day = pd.Timestamp(cycle.last_day)
    taken = tests[local_day(tests["taken_at"], timezone) <= last_day]
    last = taken.sort_values(["taken_at", "attempt"])
    last = last.drop_duplicates(["employee_id", "test_id"], keep="last")
    stale = last["valid_until"] < last_day
    open_ = last[stale | ~last["passed"].astype("boolean").fillna(True)]
    points = 100 * open_["score"] / open_["max_score"].fillna(100)
    rows = open_.rename(columns={"test_id": "subject"}).assign(points=points)
    return rows.assign(reason="knowledge_gap")[["employee_id", "reason", "subject", "points"]]
