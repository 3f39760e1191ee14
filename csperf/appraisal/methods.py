"""Methods of appraisal, each a function on tables; the guidance beside this file says when."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from itertools import combinations

import numpy as np
import pandas as pd
from pandas import DataFrame, Series
from scipy import stats

from csperf.appraisal.evaluation import ONE_SCORE
from csperf.appraisal.scorecard import NO_PERSPECTIVE, PERSPECTIVES, perspectives_of
from csperf.appraisal.scoring import USABLE
from csperf.errors import InputError, Problem, meant, shown
from csperf.indicators import INDICATORS
from csperf.indicators.intervals import holm
from csperf.params import Cycle
from csperf.scheme import Scheme

SIGNIFICANT = 0.05
EQUAL = 1e-9  # closer numbers are the same
SELF = "self"
TOTAL = "total"
CHANCE_OF = "chance of "  # before a grade, a column of the probability that it is right
SUB_SCORE = ["n_components", "weight", "score", "contribution"]
ONE_GOAL = ["employee_id", "indicator_id"]
ATTAINMENT = [*ONE_GOAL, "value", "target", "direction", "attainment", "outcome", "reason"]
AGREEMENT = "type_a type_b n_employees difference absolute_difference correlation".split()
GUIDANCE = ["method", "title", "used_for", "pros", "cons", "requirement"]

_FILE = resources.files("csperf.appraisal").joinpath("methods.toml")
_DATA = tomllib.loads(_FILE.read_text(encoding="utf-8"))


def positions(scores: DataFrame, group: str = "team_id") -> DataFrame:
    """Where each score lies towards the mean of the other people of its group.

    Parameters
    ----------
    scores : DataFrame
        employee_id, score, the column `group`, and if known se, the score's standard error.

    Returns
    -------
    DataFrame
        employee_id, `group`, score, mean_of_others, difference, difference_se, p_value, p_adjusted,
        position: above_average, below_average, significantly_above, significantly_below, average if
        equal, and unknown without a score or without others.

    Notes
    -----
    z = difference / sqrt(se^2 + sum of the others' se^2 / (their number)^2), two-sided, adjusted
    by Holm's method over the group; significant below 0.05. Nobody is tested in a group where a
    standard error is unknown.
    """
    scores = scores.sort_values([group, "employee_id"], ignore_index=True)
    known = scores.dropna(subset=["score", group])
    groups, score = known[group], known["score"]
    se = known["se"] if "se" in known else Series(np.nan, index=known.index)
    others = (score.groupby(groups).transform("size") - 1).replace(0, np.nan)
    mean = (score.groupby(groups).transform("sum") - score) / others
    ahead = (score - mean).where(lambda gap: gap.isna() | (gap.abs() > EQUAL), 0.0)
    square = se.astype("float64") ** 2
    whole = square.groupby(groups).transform("sum", skipna=False)
    ahead_se = np.sqrt(square + (whole - square) / others**2)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = Series(2 * stats.norm.sf(ahead.abs().to_numpy() / ahead_se.to_numpy()), known.index)
    adjusted = holm(p, groups)
    clear = adjusted < SIGNIFICANT
    cases = {
        "significantly_above": (ahead > 0) & clear,
        "significantly_below": (ahead < 0) & clear,
        "above_average": ahead > 0,
        "below_average": ahead < 0,
        "average": ahead == 0,
    }
    found = {"mean_of_others": mean, "difference": ahead, "difference_se": ahead_se}
    found |= {"p_value": p, "p_adjusted": adjusted, "position": _first(cases)}
    return scores[["employee_id", group, "score"]].assign(**found)


def _first(cases: Mapping[str, Series]) -> Series:
    """In each row the word of the first case that holds; unknown if none does."""
    index = next(iter(cases.values())).index
    words = np.select([case.to_numpy(bool) for case in cases.values()], list(cases), "")
    return Series(words, index, dtype="str").replace("", pd.NA)


def attainment(values: DataFrame, targets: DataFrame, where: str = "targets") -> DataFrame:
    """What each person reached of his or her own goals: attainment, and met, exceeded or missed.

    Parameters
    ----------
    values : DataFrame
        employee_id, indicator_id, value, and if known status (as `indicator_values` gives them).
    targets : DataFrame
        employee_id, indicator_id, target in the value's unit, and for goals that are not in the
        catalogue direction (up or down).

    Returns
    -------
    DataFrame
        employee_id, indicator_id, value, target, direction, attainment (per cent of the target, or
        for a value that should be low target / value), outcome, reason: why it is `not_computable`.
        A value of 0 that should be low has an outcome without an attainment.

    Raises
    ------
    InputError
        For negative targets, and for two targets of one person and indicator.
    """
    _refuse(targets, ONE_GOAL, targets["target"] < 0, where, "a target is at least 0")
    usable = values["status"].isin(USABLE) if "status" in values else values["value"].notna()
    reached = values.assign(value=values["value"].where(usable))[[*ONE_GOAL, "value"]]
    columns = [name for name in (*ONE_GOAL, "target", "direction") if name in targets]
    goals = reached.merge(targets[columns], on=ONE_GOAL, how="outer")
    catalogue = goals["indicator_id"].map({id: row.direction for id, row in INDICATORS.items()})
    given = goals.get("direction", catalogue)
    return _held_against(goals.assign(direction=given.fillna(catalogue)))


def _refuse(rows: DataFrame, key: list[str], wrong: Series, where: str, expected: str) -> None:
    """InputError for rows that are wrong, and for those whose key stands in an earlier row."""
    again = rows.duplicated(key)
    named = rows[key].astype(str).agg(" ".join, axis=1)
    problems = [Problem(where, f"'{name}' cannot be meant", expected) for name in named[wrong]]
    problems += [Problem(where, f"'{name}' stands twice", "keep one") for name in named[again]]
    if problems:
        raise InputError(problems)


def _held_against(goals: DataFrame) -> DataFrame:
    value, target, up = goals["value"], goals["target"], goals["direction"] == "up"
    reasons = {
        "no target": target.isna(),
        "target 0": target == 0,
        "no value": value.isna(),
        "no direction": ~goals["direction"].isin(["up", "down"]),
    }
    ahead = (value - target).where(up, target - value)
    outcomes = {
        "not_computable": pd.concat(reasons, axis=1).any(axis=1),
        "met": ahead.abs() <= EQUAL * target,
        "exceeded": ahead > 0,
        "missed": ahead < 0,
    }
    ratio = (value / target.where(target > 0)).where(up, target / value.where(value > 0))
    found = goals.assign(
        attainment=(100 * ratio).mask(outcomes["not_computable"]),
        outcome=_first(outcomes),
        reason=_first(reasons),
    )
    return found[ATTAINMENT].sort_values(ONE_GOAL, ignore_index=True)


def against_standard(scores: DataFrame, bands: DataFrame, on: str = "criterion_id") -> DataFrame:
    """Whether each score is below, meets or exceeds a standard that is the same for everybody.

    Parameters
    ----------
    scores : DataFrame
        employee_id, score (points) and the column `on`; further columns are kept.
    bands : DataFrame
        `on`, meets_from, exceeds_from: the lowest points (inclusive) that do.

    Returns
    -------
    DataFrame
        The rows of `scores` with meets_from, exceeds_from and standing: below, meets, exceeds;
        unknown without a score or without a standard.

    Raises
    ------
    InputError
        For an exceeds_from that is not above meets_from, and for two standards of one thing.
    """
    upside_down = ~(bands["exceeds_from"] > bands["meets_from"])
    _refuse(bands, [on], upside_down, "bands", "exceeds_from lies above meets_from")
    held = scores.merge(bands[[on, "meets_from", "exceeds_from"]], on=on, how="left")
    points, meets = held["score"], held["meets_from"]
    cases = {"exceeds": points >= held["exceeds_from"], "meets": points >= meets}
    held = held.assign(standing=_first({**cases, "below": points < meets}))
    return held.sort_values(["employee_id", on], ignore_index=True)


@dataclass(frozen=True)
class Sources:
    """Result of `sources_of_360`, a table a question."""

    means: DataFrame
    gaps: DataFrame
    agreement: DataFrame


def sources_of_360(evaluation_scores: DataFrame, scheme: Scheme) -> Sources:
    """What each source says of each person, and how far the sources agree.

    Parameters
    ----------
    evaluation_scores : DataFrame
        employee_id, evaluator_type, criterion_id, score (points), n_evaluators, shown (as
        `combine_evaluations` gives them). Scores that are not shown enter no number.

    Returns
    -------
    Sources
        means      employee_id, evaluator_type, n_evaluators, n_criteria, n_hidden (criteria),
                   score: mean over the criteria shown
        gaps       employee_id, criterion_id, self_score, others (mean of the other types shown, but
                   for those that only confirm), n_sources, gap: self minus others
        agreement  type_a, type_b, n_employees, difference (a minus b), absolute_difference (mean
                   over people), correlation (from three people on), each over the means of the
                   criteria on which both types are shown
    """
    order = {kind.type: place for place, kind in enumerate(scheme.evaluators)}
    visible = evaluation_scores["score"].where(evaluation_scores["shown"].astype(bool))
    known = evaluation_scores.assign(score=visible, hidden=visible.isna())
    means = known.groupby(["employee_id", "evaluator_type"], as_index=False).agg(
        n_evaluators=("n_evaluators", "max"),
        n_criteria=("score", "count"),
        n_hidden=("hidden", "sum"),
        score=("score", "mean"),
    )
    means = means.assign(place=means["evaluator_type"].map(order))
    means = means.sort_values(["employee_id", "place"], ignore_index=True)
    table = known.dropna(subset=["score"]).pivot(
        index=["employee_id", "criterion_id"], columns="evaluator_type", values="score"
    )
    table = table.reindex(columns=list(order))
    return Sources(means.drop(columns="place"), _gaps(table, scheme), _agreement(table))


def _gaps(table: DataFrame, scheme: Scheme) -> DataFrame:
    confirm = [kind.type for kind in scheme.evaluators if kind.role.value.startswith("confirm")]
    others = table.drop(columns=[SELF, *confirm], errors="ignore")
    found = DataFrame({"self_score": table.get(SELF, np.nan), "others": others.mean(axis=1)})
    found = found.assign(
        n_sources=others.notna().sum(axis=1), gap=found["self_score"] - found["others"]
    )
    return found.dropna(subset=["gap"]).reset_index()


def _agreement(table: DataFrame) -> DataFrame:
    rows = []
    for a, b in combinations(table.columns, 2):
        both = table[[a, b]].dropna().groupby(level="employee_id").mean()
        apart = both[a] - both[b]
        varied = len(both) > 2 and both.nunique().min() > 1
        alike = both[a].corr(both[b]) if varied else np.nan
        rows.append((a, b, len(both), apart.mean(), apart.abs().mean(), alike))
    return DataFrame(rows, columns=AGREEMENT)


def perspectives(scores: DataFrame, scheme: Scheme) -> DataFrame:
    """Balanced scorecard: each person's score in four perspectives, and the total.

    Parameters
    ----------
    scores : DataFrame
        employee_id, component_id, score, weight, contribution (as `score` gives them).

    Returns
    -------
    DataFrame
        employee_id, perspective, n_components (with points), weight (per cent), score (weighted
        mean of the points), contribution (points). Each person has a row for finance, customer,
        process and learning, empty ones with weight 0, for what has no perspective if there is any
        (`none`), and for `total`: the contributions add up to it.
        `perspectives_of` says where a component belongs.
    """
    of = perspectives_of(scheme)
    named = scores.assign(
        perspective=scores["component_id"].map(of).fillna(NO_PERSPECTIVE),
        carried=scores["weight"] * scores["score"],
    )
    extra = [NO_PERSPECTIVE] if NO_PERSPECTIVE in named["perspective"].unique() else []
    names = [*PERSPECTIVES, *extra, TOTAL]
    both = pd.concat([named, named.assign(perspective=TOTAL)])
    by = both.groupby(["employee_id", "perspective"])
    people = sorted(scores["employee_id"].unique())
    rows = pd.MultiIndex.from_product([people, names], names=["employee_id", "perspective"])
    sums = by[["weight", "carried", "contribution"]].sum(min_count=1).reindex(rows)
    scored = sums["contribution"].groupby(level="employee_id").transform("count") > 0
    sums = sums.fillna(0.0)[scored].reindex(rows)
    mean = sums["carried"] / sums["weight"].where(sums["weight"] > 0)
    is_total = rows.get_level_values("perspective") == TOTAL
    found = sums.assign(
        n_components=by["score"].count().reindex(rows, fill_value=0),
        score=mean.mask(is_total, sums["contribution"]),
    )
    return found.reset_index()[["employee_id", "perspective", *SUB_SCORE]]


def behaviour_texts(scheme: Scheme) -> DataFrame:
    """Points of behaviourally anchored scales: criterion_id, title, points, text, upwards."""
    rows = [
        (criterion.id, criterion.title, behaviour.points, behaviour.text.value)
        for criterion in scheme.criteria
        for behaviour in sorted(criterion.behaviours, key=lambda each: each.points)
    ]
    return DataFrame(rows, columns=["criterion_id", "title", "points", "text"])


def extremes_without_evidence(evaluations: DataFrame, scheme: Scheme) -> DataFrame:
    """Scores at an end of a scale with behaviours that nothing was written down for.

    Takes evaluations of one cycle, of several rounds the last, and looks for evidence_text and
    evidence_link. A row has employee_id, evaluator_id, evaluator_type, criterion_id, score, and
    extreme: lowest or highest.
    """
    anchored = {each.id: each.scale.value for each in scheme.criteria if each.behaviours}
    rounds = evaluations["round"].fillna(1) if "round" in evaluations else 1
    rated = evaluations.dropna(subset=["score"]).assign(round=rounds)
    last = rated.sort_values("round", kind="stable").drop_duplicates(ONE_SCORE, keep="last")
    written = [name for name in ("evidence_text", "evidence_link") if name in last]
    evidence = last[written].apply(lambda cells: cells.fillna("").str.strip() != "").any(axis=1)
    low = last["criterion_id"].map({name: ends[0] for name, ends in anchored.items()})
    high = last["criterion_id"].map({name: ends[1] for name, ends in anchored.items()})
    extreme = _first({"lowest": last["score"] == low, "highest": last["score"] == high})
    bare = last.assign(extreme=extreme)[extreme.notna() & ~evidence]
    return bare[[*ONE_SCORE, "score", "extreme"]].sort_values(ONE_SCORE, ignore_index=True)


def observations(
    behaviour_log: DataFrame, cycle: Cycle, employee: str | None = None, timezone: str = "UTC"
) -> DataFrame:
    """How often each behaviour was seen within a cycle, of one person or of everybody.

    Parameters
    ----------
    behaviour_log : DataFrame
        employee_id, observed_at (with time zone), observer_id, criterion_id, positive.
    timezone : str
        Where the days of the cycle are counted.

    Returns
    -------
    DataFrame
        employee_id, criterion_id, n_positive, n_negative, n_unmarked (not said which), n_observers.
    """
    day = behaviour_log["observed_at"].dt.tz_convert(timezone).dt.date
    within = behaviour_log[(day >= cycle.start) & (day < cycle.end)]
    if employee is not None:
        within = within[within["employee_id"] == employee]
    positive = within["positive"].astype("boolean")
    marked = within.assign(
        good=positive.fillna(False), bad=~positive.fillna(True), unmarked=positive.isna()
    )
    return marked.groupby(["employee_id", "criterion_id"], as_index=False).agg(
        n_positive=("good", "sum"),
        n_negative=("bad", "sum"),
        n_unmarked=("unmarked", "sum"),
        n_observers=("observer_id", "nunique"),
    )


def method_guidance() -> DataFrame:
    """Which method for which purpose: method, title, used_for, pros, cons, requirement."""
    rows = [{"method": name, **row} for name, row in _DATA["methods"].items()]
    return DataFrame(rows, columns=GUIDANCE)


def check_method_choices(choices: DataFrame, where: str = "method_choices") -> list[Problem]:
    """Recorded choices of a method that the guidance does not have, or without a reason.

    `choices` has method and why; the index is the row number of problems.
    """
    known = list(_DATA["methods"])
    problems = []
    for row in choices.itertuples():
        if row.method not in known:
            found = f"no method {shown(row.method)}{meant(str(row.method), known)}"
            advice = f"there are {', '.join(known)}"
            problems.append(Problem(where, found, advice, row.Index, "method"))
        if pd.isna(row.why) or not row.why.strip():
            found = f"no reason for {shown(row.method)}"
            problems.append(Problem(where, found, "say why it was chosen", row.Index, "why"))
    return problems
