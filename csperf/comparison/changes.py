"""Who changed since an earlier cycle: people, teams and evaluators, each with the others in mind.

Of twenty things that did not change, one in twenty looks changed at the 5 % level. The adjusted
p-value says how probable it is that any of them would look so.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from pandas import DataFrame, Series
from scipy import stats

from csperf.appraisal.evaluation import with_rounds
from csperf.appraisal.history import SCORE
from csperf.appraisal.streaks import of_length
from csperf.comparison.cycles import (
    OTHER_SCHEME,
    compare_cycles,
    earlier_cycles,
    reservation,
)
from csperf.comparison.detectable import detectable_difference
from csperf.comparison.spread import spread
from csperf.indicators.intervals import LEVEL, Z
from csperf.params import Cycle
from csperf.tables import OUTPUT_TABLES

FAMILY = ["cycle_id", "baseline_id"]
FEWEST = 3
OWN_VIEW = "self"
SEVERITY = "severity"
PEOPLE = "own later minus own earlier value, against what one person's cycles differ by"
EVALUATORS = "severity against colleagues on the same people, later minus earlier (Welch)"
TOO_FEW_CYCLES = "not compared: too few cycles or people to know what chance does"
TOO_FEW_COMMON = "not compared: fewer than three people in common with colleagues in a cycle"
ONE_SCORE = ["cycle_id", "evaluator_type", "employee_id", "criterion_id", "evaluator_id"]


def changes(history: DataFrame, cycle: Cycle) -> DataFrame:
    """Differences of one cycle from every earlier one of its kind, for teams and for people.

    Parameters
    ----------
    history : DataFrame
        Rows of the history table of one department, this cycle's included.

    Returns
    -------
    DataFrame
        The table comparisons: teams as `compare_cycles` has them, whose group_id is the team, then
        people as `changes_of_people` has them, the latest baseline first. p_adjusted is over all
        teams and quantities, and over all people, of a baseline.
    """
    teams = adjusted(compare_cycles(history, cycle))
    people = [_of_people(history, cycle, baseline) for baseline in earlier_cycles(history, cycle)]
    return OUTPUT_TABLES["comparisons"].arrange(
        pd.concat([frame for frame in (teams, *people) if len(frame)] or [teams])
    )


def _of_people(history: DataFrame, cycle: Cycle, baseline: Cycle) -> DataFrame:
    """The changes of people, with what a change since this baseline may mean instead."""
    found = changes_of_people(history, cycle, baseline)
    kept_back = reservation(history[history["cycle_id"] == baseline.id], baseline)
    return found.assign(method=found["method"] + "; " + kept_back) if kept_back else found


def adjusted(comparisons: DataFrame, family: list[str] | None = None) -> DataFrame:
    """The comparisons with p_value where only an interval is known, and with p_adjusted.

    Parameters
    ----------
    comparisons : DataFrame
        Rows of the table comparisons, of teams, people or evaluators.
    family : list of str, optional
        Columns of comparisons that are made together: by default all of a cycle and baseline.

    Notes
    -----
    From an interval, z is the difference in units of 1 / 1.96 of the distance to the limit nearer
    to 0, so that p is below 0.05 exactly where the interval leaves 0 out. Holm (1979),
    Scandinavian Journal of Statistics 6: the i-th smallest of m p-values times m + 1 - i, rising;
    the chance of one false change or more among those of a family stays below 5 %.
    """
    difference = comparisons["difference"]
    limit = comparisons["low"].where(difference > 0, comparisons["high"])
    distance = (difference - limit).abs()
    from_interval = 2 * stats.norm.sf(Z * difference.abs() / distance.where(distance > 0))
    p = comparisons["p_value"].fillna(Series(from_interval, comparisons.index))
    rising = comparisons.assign(p=p).dropna(subset="p").sort_values("p", kind="stable")
    by = rising.groupby(family or FAMILY)["p"]
    steps = rising["p"] * (by.transform("size") - by.cumcount())
    holm = rising.assign(steps=steps).groupby(family or FAMILY)["steps"].cummax()
    return comparisons.assign(p_value=p, p_adjusted=holm.clip(upper=1).reindex(comparisons.index))


def changes_of_people(history: DataFrame, cycle: Cycle, baseline: Cycle) -> DataFrame:
    """Each person's score against the own one of an earlier cycle.

    Parameters
    ----------
    history : DataFrame
        Rows of the history table of one department, both cycles and others as long included.

    Returns
    -------
    DataFrame
        The table comparisons, a row a person of the same team in both cycles (group_id is the
        person), sorted by team and person; adjusted over all of them.

    Notes
    -----
    The noise of a difference is sqrt(2 x variance within), from the cycles up to this one
    (`spread`), with t and its degrees of freedom. Who was low on the earlier cycle rises on average
    without having changed: see `plan_effects` for people who were chosen by their result.
    """
    rows = history[history["week"].isna() & history["employee_id"].notna()]
    rows = of_length(rows[(rows["quantity_id"] == SCORE) & rows["value"].notna()], cycle)
    over = {id: Cycle.parse(id).end <= cycle.end for id in rows["cycle_id"].unique()}
    known = rows[rows["cycle_id"].map(over).astype(bool)]
    known = known.assign(scheme=known["scheme_id"] + "/" + known["scheme_version"])
    now, then = (known[known["cycle_id"] == each.id] for each in (cycle, baseline))
    key = ["department_id", "team_id", "employee_id"]
    both = now.merge(then, on=key, suffixes=("", "_then"))
    if both.empty:
        return OUTPUT_TABLES["comparisons"].empty()
    same = both["scheme"] == both["scheme_then"]
    by = spread(known[known["scheme"].isin(now["scheme"])])
    se = np.sqrt(2 * by.within) if by.within > 0 else np.nan
    difference = (both["value"] - both["value_then"]).where(same)
    found = both[key].rename(columns={"employee_id": "group_id"})
    found = _tested(found.assign(difference=difference, n=1), se, float(by.df))
    method = Series(PEOPLE if by.within > 0 else TOO_FEW_CYCLES, found.index)
    found = found.assign(quantity_id=SCORE, method=method.where(same, OTHER_SCHEME))
    return _arranged(found, cycle, baseline)


def changes_of_evaluators(evaluations: DataFrame, cycle: Cycle, baseline: Cycle) -> DataFrame:
    """Whether each evaluator became harsher or milder than the colleagues since an earlier cycle.

    Parameters
    ----------
    evaluations : DataFrame
        cycle_id, employee_id, evaluator_id, evaluator_type, criterion_id, score, and if known
        round, of which the last counts; of both cycles. Own views are left out.

    Returns
    -------
    DataFrame
        The table comparisons, a row an evaluator and type in both cycles: quantity_id is
        `severity`, group_id the type and the evaluator, n the people rated in the later cycle;
        a positive difference is harsher, in points of the scale. Adjusted over all of them.

    Notes
    -----
    On each person, severity is the mean over criteria of what the other evaluators of the type gave
    minus the own score; the means of both cycles are compared by Welch's t, with people as units.
    Where an evaluator shares fewer than three people with colleagues, nothing can be told.
    """
    apart = _against_colleagues(evaluations)
    units = apart.groupby(["evaluator_type", "evaluator_id", "cycle_id"])["apart"]
    table = units.agg(["mean", "var", "count"]).unstack("cycle_id")
    both = pd.MultiIndex.from_product([["mean", "var", "count"], [baseline.id, cycle.id]])
    table = table.reindex(columns=both).dropna(subset=[("mean", baseline.id), ("mean", cycle.id)])
    enough = (table["count"] >= FEWEST).all(axis=1)
    share = table["var"] / table["count"]
    se = np.sqrt(share.sum(axis=1, skipna=False))
    df = se**4 / (share**2 / (table["count"] - 1)).sum(axis=1)
    found = DataFrame(
        {
            "difference": (table["mean"][cycle.id] - table["mean"][baseline.id]).where(enough),
            "n": table["count"][cycle.id],
            "method": Series(EVALUATORS, table.index).where(enough, TOO_FEW_COMMON),
        }
    )
    found = _tested(found, se, df).assign(
        group_id=["/".join(pair) for pair in found.index], quantity_id=SEVERITY
    )
    return _arranged(found, cycle, baseline)


def _against_colleagues(evaluations: DataFrame) -> DataFrame:
    """What the others of the type gave minus the own score, the mean over criteria of a person."""
    given = with_rounds(evaluations[evaluations["evaluator_type"] != OWN_VIEW])
    given = given.dropna(subset="score").sort_values([*ONE_SCORE, "round"])
    last = given.drop_duplicates(ONE_SCORE, keep="last")
    on_one = last.groupby(ONE_SCORE[:-1])["score"]
    others = on_one.transform("size") - 1
    mean = (on_one.transform("sum") - last["score"]) / others.where(others > 0)
    apart = last.assign(apart=mean - last["score"]).dropna(subset="apart")
    unit = ["evaluator_type", "evaluator_id", "cycle_id", "employee_id"]
    return apart.groupby(unit, as_index=False)["apart"].mean()


def _tested(found: DataFrame, se: Series | float, df: Series | float) -> DataFrame:
    """With the 95 % t interval and the p-value of each difference."""
    difference = found["difference"]
    half = stats.t.ppf(0.5 + LEVEL / 2, df) * se
    with np.errstate(divide="ignore", invalid="ignore"):
        p = 2 * stats.t.sf(np.abs(difference / se), df)
    known = difference.notna()
    told = found.assign(
        low=difference - half,
        high=difference + half,
        df=Series(df, found.index).where(known),
        p_value=Series(p, found.index).where(known),
        smallest_detectable=np.nan,
    )
    sure = known & (Series(se, found.index) > 0)
    seen = detectable_difference(Series(se, found.index)[sure], told.loc[sure, "df"])
    told.loc[sure, "smallest_detectable"] = seen
    return told


def detectable_among(comparisons: DataFrame) -> Series:
    """The true change of each row that would stay clear among all the rows, four times in five.

    Parameters
    ----------
    comparisons : DataFrame
        Rows of the table comparisons that are adjusted together, with low, high and df.

    Returns
    -------
    Series
        In the unit of the row, indexed as the rows are; unknown where there is no interval.
    """
    known = comparisons[comparisons["df"].notna() & (comparisons["high"] > comparisons["low"])]
    df = known["df"].astype(float)
    se = (known["high"] - known["low"]) / 2 / stats.t.ppf(0.5 + LEVEL / 2, df)
    found = detectable_difference(se, df, tests=max(len(known), 1))
    return Series(found, known.index).reindex(comparisons.index)


def _arranged(found: DataFrame, cycle: Cycle, baseline: Cycle) -> DataFrame:
    """As declared, with the cycles and the adjusted p-values."""
    named = found.assign(cycle_id=cycle.id, baseline_id=baseline.id)
    table = OUTPUT_TABLES["comparisons"].arrange(adjusted(named))
    return table.sort_values(["team_id", "group_id"], ignore_index=True)
