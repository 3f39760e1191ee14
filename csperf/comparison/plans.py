"""What improvement plans changed, beyond what the team and chance would have changed without them.

Who gets a plan because of a poor result improves on average without any plan: part of the poor
result was chance, and chance does not repeat itself. That part is the regression to the mean.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from pandas import DataFrame, Series
from scipy import stats

from csperf.appraisal.history import SCORE
from csperf.appraisal.scoring import USABLE
from csperf.appraisal.streaks import of_length
from csperf.comparison.spread import Spread, spread
from csperf.indicators import INDICATORS
from csperf.indicators.intervals import LEVEL
from csperf.params import Cycle

FEWEST_CYCLES = 3  # of the group, up to the plan, to tell what lasts from what is chance
FEWEST_OTHERS = 3  # colleagues in the same cycles
EFFECT = {
    **dict.fromkeys(("cycle_id", "team_id", "employee_id", "plan_id", "quantity_id"), "str"),
    **dict.fromkeys(("n_before", "n_after", "n_others"), "Int64"),
    **dict.fromkeys(("baseline", "later", "change", "group_change", "regression"), "float64"),
    **dict.fromkeys(("expected", "beyond", "low", "high", "reliability"), "float64"),
    **dict.fromkeys(("outcome", "reason"), "str"),
}


class Group(NamedTuple):
    """The people whom a cycle's plans are held against.

    `table` has a row for each team and employee, and a column a cycle; `with_plan` are the people
    with a plan after the cycle; `n_cycles` go up to it, and `spread` is from them.
    """

    cycle: Cycle
    table: DataFrame
    with_plan: frozenset[str]
    n_cycles: int
    spread: Spread


def plan_effects(
    history: DataFrame, plans: DataFrame, quantity: str = SCORE, before: int = 3, after: int = 3
) -> DataFrame:
    """Change of each person with a plan, what of it was to be expected without one, and the rest.

    Parameters
    ----------
    history : DataFrame
        Rows of the history table of one department, later cycles included.
    plans : DataFrame
        The input table improvement_plans; of several revisions the last counts.
    quantity : str
        The score, or the indicator that the plans are about.
    before, after : int
        At most so many of the person's cycles are averaged: the last up to the plan's cycle, and
        the first that begin after its deadline (without one, after its cycle).

    Returns
    -------
    DataFrame
        A row a plan, sorted by cycle_id, team_id, employee_id and plan_id, with quantity_id,
        n_before, n_after (cycles), n_others (colleagues compared with), baseline and later (means),
        change (later - baseline), group_change, regression, expected (their sum), beyond (change -
        expected), low, high (its 95 % interval), reliability (of the baseline), in the quantity's
        unit. outcome is better, worse, not_told_apart (the interval has 0 in it) or cannot_tell,
        with the reason.

    Notes
    -----
    Colleagues are those of the team with values in the same cycles and no plan after the same one.
    With their means B before and L after, and r the reliability of a mean of n_before cycles,

        expected later value = L + r x (baseline - B)
        group_change = L - B, regression = (1 - r) x (B - baseline)

    which is the analysis of covariance with a known slope: to have chosen people by their baseline
    does not bias it (Barnett, van der Pols and Dobson 2005, Int. J. Epidemiology 34). r and the
    variances are estimated from all teams in the cycles up to the plan's (`spread`), of the same
    scheme. With b and w the variances between people and within, the variance of `beyond` is

        w x (r / n_before + 1 / n_after) x (1 + 1 / n_others) + (baseline - B)^2 x se(r)^2

    and its t has the degrees of freedom of w. Plans that colleagues get in later cycles are part of
    what the group does; earlier plans of the same person are part of the baseline. In a single team
    of eight whose people hardly differ, r is a little too high and `beyond` with it: by 0.5 points
    where a person's cycles have a standard deviation of 5.
    """
    rows = history[history["week"].isna() & history["employee_id"].notna()]
    rows = rows[(rows["quantity_id"] == quantity) & rows["value"].notna()]
    rows = rows[rows["status"].isin(USABLE)]
    revisions = plans.assign(revision=plans["revision"].fillna(0))
    latest = revisions.sort_values(["plan_id", "revision"]).drop_duplicates("plan_id", keep="last")
    found = []
    for cycle_id, given in latest.groupby("cycle_id"):
        group = _group(rows, Cycle.parse(str(cycle_id)), given, quantity)
        found += [
            {**_effect(group, plan, quantity, before, after), "quantity_id": quantity}
            for plan in given.itertuples()
        ]
    table = DataFrame(found, columns=list(EFFECT)).astype(EFFECT)
    return table.sort_values(["cycle_id", "team_id", "employee_id", "plan_id"], ignore_index=True)


def _group(rows: DataFrame, cycle: Cycle, plans: DataFrame, quantity: str) -> Group:
    """Cycles as long as this one; scores of the same version of the same scheme only."""
    rows = of_length(rows, cycle)
    if quantity == SCORE:
        schemes = rows["scheme_id"] + "/" + rows["scheme_version"]
        rows = rows[schemes.isin(schemes[rows["cycle_id"] == cycle.id])]
    over = {id: Cycle.parse(id).end <= cycle.end for id in rows["cycle_id"].unique()}
    known = rows[rows["cycle_id"].map(over).astype(bool)]
    table = rows.pivot(index=["team_id", "employee_id"], columns="cycle_id", values="value")
    people = frozenset(plans["employee_id"])
    return Group(cycle, table, people, known["cycle_id"].nunique(), spread(known))


def _effect(group: Group, plan: Any, quantity: str, before: int, after: int) -> dict[str, object]:
    """One row of the result."""
    told = {"cycle_id": group.cycle.id, "employee_id": plan.employee_id, "plan_id": plan.plan_id}
    told |= {"outcome": "cannot_tell"}
    mine = group.table.index.get_level_values("employee_id") == plan.employee_id
    own = group.table[mine].sort_index()
    own = own[own[group.cycle.id].notna()] if group.cycle.id in own else own[:0]
    if own.empty:
        return {**told, "reason": "no value in the cycle of the plan"}
    (team, _), values = next(own.iterrows())
    first, last = _windows(values, group.cycle, plan.deadline, before, after)
    colleagues = group.table.loc[team].drop(index=list(group.with_plan), errors="ignore")
    others = colleagues[[*first, *last]].dropna()
    told |= {"team_id": team, "n_before": len(first), "n_after": len(last)}
    told |= {"n_others": len(others)}
    if not last:
        return {**told, "reason": "no cycle after the plan yet"}
    if len(others) < FEWEST_OTHERS:
        reason = f"fewer than {FEWEST_OTHERS} colleagues without a plan in the same cycles"
        return {**told, "reason": reason}
    if group.n_cycles < FEWEST_CYCLES:
        return {**told, "reason": f"fewer than {FEWEST_CYCLES} cycles up to the plan"}
    if not group.spread.within > 0:
        return {**told, "reason": "too few people, or values that never vary"}
    return told | _beyond(values, others, first, last, group.spread, quantity)


def _windows(
    own: Series, cycle: Cycle, deadline: pd.Timestamp, before: int, after: int
) -> tuple[list[str], list[str]]:
    """Cycles of the baseline and cycles after the plan, in the order of time."""
    last_day = pd.Timestamp(cycle.last_day)
    over = deadline if deadline > last_day else last_day
    cycles = sorted(map(Cycle.parse, own.dropna().index), key=lambda each: each.start)
    first = [each.id for each in cycles if each.end <= cycle.end]
    last = [each.id for each in cycles if pd.Timestamp(each.start) > over]
    return first[-before:], last[:after]


def _beyond(
    own: Series, others: DataFrame, first: list[str], last: list[str], by: Spread, quantity: str
) -> dict[str, object]:
    """The change and its parts, with the interval of what is beyond the expected."""
    baseline, later = own[first].mean(), own[last].mean()
    their_baseline, theirs = others[first].mean(axis=None), others[last].mean(axis=None)
    lasting, behind = by.reliability(len(first)), their_baseline - baseline
    group_change, regression = theirs - their_baseline, (1 - lasting) * behind
    beyond = later - baseline - group_change - regression
    noise = by.within * (lasting / len(first) + 1 / len(last)) * (1 + 1 / len(others))
    se = np.sqrt(noise + (behind * by.reliability_se(len(first))) ** 2)
    half = stats.t.ppf(0.5 + LEVEL / 2, by.df) * se
    low, high = beyond - half, beyond + half
    return {
        "baseline": baseline,
        "later": later,
        "change": later - baseline,
        "group_change": group_change,
        "regression": regression,
        "expected": group_change + regression,
        "beyond": beyond,
        "low": low,
        "high": high,
        "reliability": lasting,
        **_outcome(low, high, quantity),
    }


def _outcome(low: float, high: float, quantity: str) -> dict[str, str]:
    direction = "up" if quantity == SCORE else INDICATORS[quantity].direction
    if direction not in ("up", "down"):
        return {"outcome": "cannot_tell", "reason": f"neither more nor less {quantity} is better"}
    if low <= 0 <= high:
        return {"outcome": "not_told_apart"}
    return {"outcome": "better" if (low > 0) == (direction == "up") else "worse"}
