"""Not too strict, not too loose: what marks and targets can still tell about people.

A mark is what somebody has of one subject: points of a component, or what an evaluator gave. A
verdict needs evidence: a whole interval has to lie beyond a limit, and the limits are shown.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from csperf.appraisal.methods import SELF
from csperf.indicators import INDICATORS
from csperf.indicators.intervals import wilson
from csperf.scheme import Scheme
from csperf.scheme.scoring import Linear, PerEvent, TargetRatio

POINTS = (0.0, 100.0)
MARKS = ["subject", "employee_id", "mark", "lowest", "highest", "reached"]


@dataclass(frozen=True)
class Limits:
    """Shares of people from which on marks or targets are too strict or too loose.

    Where fewer than `reached_least` reach a target, most cannot reach it, and it should be lowered;
    where more than `reached_most` do, it asks for nothing. Where more than `at_one_end` stand at
    the same end of a scale, it tells most people from nobody. Under `least` people nothing is said.
    """

    reached_least: float = 0.5
    reached_most: float = 0.8
    at_one_end: float = 0.5
    least: int = 5


LIMITS = Limits()


def moderation(marks: DataFrame, limits: Limits = LIMITS) -> DataFrame:
    """Tell for every subject whether its marks are too strict, fit or too loose.

    Parameters
    ----------
    marks : DataFrame
        subject, employee_id, mark, lowest and highest (the ends of its scale), reached (whether a
        target was reached; unknown where there is none). Marks that are unknown are left aside.
    limits : Limits
        From which shares on.

    Returns
    -------
    DataFrame
        subject, n (people), mean, sd, alike (all marks are the same); at_ceiling, at_floor and
        reached, shares of people with 95 % intervals (`_low`, `_high`); verdict (too_strict, fit,
        too_loose, cannot_tell) and because (few_reach, most_at_floor, most_reach, most_at_ceiling,
        within, few_people, unsure). Sorted by subject.

    Notes
    -----
    Several marks of one person, such as those on several criteria, are not independent: a person
    counts once, with the share of his or her marks at an end. Intervals are Wilson's (1927) with
    people as units, which is wider than needed where a person's marks differ. A share that lies
    beyond a limit while its interval does not is no verdict: `unsure`.
    """
    known = marks[marks["mark"].notna()]
    known = known.assign(
        ceiling=(known["mark"] >= known["highest"]).astype("float64"),
        floor=(known["mark"] <= known["lowest"]).astype("float64"),
        reached=known["reached"].astype("Float64"),
    )
    by = known.groupby("subject", sort=True)["mark"]
    found = DataFrame({"mean": by.mean(), "sd": by.std(), "alike": by.nunique() == 1})
    people = known.groupby(["subject", "employee_id"])[["ceiling", "floor", "reached"]].mean()
    each = people.groupby("subject")
    found.insert(0, "n", each.size())
    for name, column in (("at_ceiling", "ceiling"), ("at_floor", "floor"), ("reached", "reached")):
        share, n = each[column].mean().astype("float64"), each[column].count()
        low, high = wilson(share.fillna(0.0) * n, n)
        found[name], found[f"{name}_low"], found[f"{name}_high"] = share, low, high
    found["because"] = _because(found, limits)
    found["verdict"] = found["because"].map(VERDICTS)
    return found.reset_index()


# What is found first counts: a target says more of strictness than the end of a scale.
VERDICTS = {
    "few_people": "cannot_tell",
    "few_reach": "too_strict",
    "most_reach": "too_loose",
    "most_at_floor": "too_strict",
    "most_at_ceiling": "too_loose",
    "unsure": "cannot_tell",
    "within": "fit",
}


def _because(found: DataFrame, limits: Limits) -> Series:
    """Why a verdict is what it is: the first of `VERDICTS` that holds."""
    end = limits.at_one_end
    unsure = (
        (found["reached"] < limits.reached_least)
        | (found["reached"] > limits.reached_most)
        | (found["at_floor"] > end)
        | (found["at_ceiling"] > end)
    )
    conditions = {
        "few_people": found["n"] < limits.least,
        "few_reach": found["reached_high"] < limits.reached_least,
        "most_reach": found["reached_low"] > limits.reached_most,
        "most_at_floor": found["at_floor_low"] > end,
        "most_at_ceiling": found["at_ceiling_low"] > end,
        "unsure": unsure,
        "within": found["n"] > 0,
    }
    chosen = np.select([held.to_numpy(bool) for held in conditions.values()], [*conditions], "")
    return Series(chosen, index=found.index)


def component_marks(scores: DataFrame, scheme: Scheme) -> DataFrame:
    """Marks of every component of a score, as `moderation` takes them.

    Parameters
    ----------
    scores : DataFrame
        employee_id, component_id, value, score of one cycle.
    scheme : Scheme
        Its components; points for events, which are added or taken at the end, have no scale.

    Returns
    -------
    DataFrame
        subject is the component's path. A target is the scheme's own, of an indicator that is
        scored against it; its direction is the indicator's.
    """
    parts = []
    for path, leaf in scheme.components():
        how = leaf.scoring
        if isinstance(how, PerEvent):
            continue
        rows = scores.loc[scores["component_id"] == path, ["employee_id", "value", "score"]]
        reached = Series(pd.NA, index=rows.index, dtype="boolean")
        if leaf.indicator and isinstance(how, TargetRatio | Linear):
            sign = -1 if INDICATORS[leaf.indicator].direction == "down" else 1
            reached = (sign * rows["value"] >= sign * how.target.value).astype("boolean")
            reached = reached.mask(rows["value"].isna())
        rows = rows.assign(subject=path, mark=rows["score"], reached=reached)
        parts.append(rows.assign(lowest=POINTS[0], highest=POINTS[1]))
    return _together(parts)


def evaluator_marks(evaluations: DataFrame, scheme: Scheme) -> DataFrame:
    """Marks that each evaluator gave, as `moderation` takes them; the last round counts.

    Parameters
    ----------
    evaluations : DataFrame
        employee_id, evaluator_id, evaluator_type, criterion_id, score, round, status of one cycle.
        What people say of themselves is left aside: nobody moderates a self-evaluation.
    scheme : Scheme
        Whose criteria have scales.

    Returns
    -------
    DataFrame
        subject is the evaluator's id.
    """
    others = evaluations["evaluator_type"] != SELF
    given = evaluations[others & evaluations["score"].notna()]
    who = ["employee_id", "evaluator_id", "evaluator_type", "criterion_id"]
    if "round" in given:
        given = given.sort_values("round", kind="stable").drop_duplicates(who, keep="last")
    scales = {criterion.id: criterion.scale.value for criterion in scheme.criteria}
    low, high = (
        given["criterion_id"].map({id: s[end] for id, s in scales.items()}) for end in (0, 1)
    )
    rows = given.assign(
        subject=given["evaluator_id"],
        mark=given["score"],
        lowest=low.fillna(POINTS[0]).astype("float64"),
        highest=high.fillna(POINTS[1]).astype("float64"),
        reached=pd.NA,
    )
    return _together([rows])


def _together(parts: list[DataFrame]) -> DataFrame:
    empty = DataFrame({name: [] for name in MARKS})
    return pd.concat([part[MARKS] for part in parts], ignore_index=True) if parts else empty
