"""How one person's score came about: what was asked, what was done, why this result, what next."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from csperf.answers.explanation_text import explanation_text
from csperf.answers.periods import cycle_rows, own_share
from csperf.answers.standards import (
    next_step,
    percent_of_target,
    standard,
    target_of,
    wants_more,
)
from csperf.appraisal import effective_weights
from csperf.appraisal.anonymity import NOT_SHOWN
from csperf.appraisal.decisions import may_end_contract
from csperf.appraisal.longer import part_cycles
from csperf.appraisal.roles import scheme_of
from csperf.appraisal.scoring import LIMIT, USABLE, in_full_time
from csperf.errors import InputError, Problem, shown
from csperf.indicators import INDICATORS
from csperf.params import Cycle
from csperf.pipeline import Appraisals
from csperf.scheme import Criterion, Part, Scheme
from csperf.scheme.parts import leaves

GIVEN, NOT_GIVEN = "given", "not_given"
OF_WORK = ("role_shares", "working_time")
RESULT = (
    *("cycle_id", "display_name", "team_name", "group", "score", "low", "high", "rank"),
    *("rank_low", "rank_high", "reason", "grade", "provisional", "working_time"),
)
SMALLEST_GROUP = 5  # a median of fewer people says too much of each
EXACT = 1e-6
HIDDEN = (
    *("value", "points", "contribution", "lost", "group_median"),
    *("next_points", "next_value", "gain"),
)


class UnknownEmployee(InputError):
    """Nobody in the department has the id."""


@dataclass(frozen=True)
class Explanation:
    """One person's result of one cycle, taken apart.

    rows
        One row a cycle that the period is built from, if it is, and one a component, in the order
        of the scheme: component_id, title, role (of somebody with several), evaluator_type or
        indicator_id, after_weighting (points for events, without a weight), weight_nominal,
        standard (in words), target, value, n, low, high, status, attainment (per cent of the
        target), reached (exceeded, met, not met), group_median (points; unknown in small groups),
        weight (after missing parts), points, contribution, provenance, lost (points of the score
        that it costs), next_points, next_value, next_step (in words), gain (points of the score
        that the next step brings). Means of too few evaluators are `not_shown` and empty.
    facts
        The result: score and its 95 % interval, reason, rank and the places that the data allow,
        group, group_size, grade and its band, points to the next grade, what the limits 0 and 100
        cut off, what unshown parts come to together; own_share (per cent that a period counts
        beside its cycles) and role_shares.
    tasks
        Goals and duties of the person, in words, as far as they are recorded.
    proposals
        What the rules propose for the person, and what was decided on it; review_only: it may end
        the contract, and people have to look at more than a score before they decide.
    """

    employee_id: str
    rows: DataFrame
    facts: Mapping[str, Any]
    tasks: tuple[str, ...]
    proposals: DataFrame

    @property
    def text(self) -> str:
        """The four questions and their answers, for a terminal."""
        return "\n".join(explanation_text(self.rows, self.facts, self.tasks, self.proposals))


def explain(
    appraisals: Appraisals,
    scheme: Scheme,
    employee_id: str,
    tables: Mapping[str, DataFrame] | None = None,
) -> Explanation:
    """Take one person's result apart.

    Parameters
    ----------
    appraisals : Appraisals
        Result of the cycle.
    scheme : Scheme
        The scheme that it was made with.
    employee_id : str
        The person.
    tables : mapping, optional
        Input tables; `goals` and `post_duties` are read for the tasks.

    Raises
    ------
    InputError
        If nobody has the id (an `UnknownEmployee`), or the result was made with another scheme.
    """
    official = _person(appraisals, employee_id)
    own = scheme_of(scheme, official)
    cycles = part_cycles(Cycle.parse(official["cycle_id"]), scheme)
    saved = appraisals.scores[appraisals.scores["employee_id"] == employee_id]
    saved = saved.set_index("component_id")
    _check_scheme(saved, own, official, cycles)
    facts = _facts(appraisals, official, saved, own)
    facts |= {"own_share": own_share(cycles, scheme), "role_shares": _role_shares(own, scheme)}
    medians = _medians(appraisals, facts)
    rows = _with_next_steps(_rows(appraisals, own, saved, facts, medians, employee_id), own, facts)
    if cycles:
        rows = pd.concat([cycle_rows(cycles, scheme, saved, medians), rows], ignore_index=True)
    hidden = rows["status"] == NOT_SHOWN
    facts["not_shown"] = saved["contribution"].get(NOT_SHOWN, 0.0)
    mine = appraisals.proposals["employee_id"] == employee_id
    proposals = appraisals.proposals[mine].reset_index(drop=True)
    return Explanation(
        employee_id=employee_id,
        rows=rows.assign(
            **{name: rows[name].mask(hidden) for name in HIDDEN},
            next_step=rows["next_step"].mask(hidden, ""),
        ),
        facts=facts,
        tasks=tuple(_tasks(official, tables or {})),
        proposals=proposals.assign(review_only=may_end_contract(proposals, own)),
    )


def _person(appraisals: Appraisals, employee_id: str) -> Series:
    """The person's official row with name and group."""
    known = list(appraisals.appraisals["employee_id"])
    if employee_id not in known:
        close = difflib.get_close_matches(employee_id, known, n=3, cutoff=0.0)
        cycle = appraisals.appraisals["cycle_id"].iloc[0]
        department = appraisals.appraisals["department_id"].iloc[0]
        found = f"nobody in {department}, {cycle}, is {shown(employee_id)}"
        raise UnknownEmployee(
            Problem("--employee", found, f"the nearest ids are {', '.join(close)}")
        )
    asked = ["employee_id", "display_name", "team_name", "group", *OF_WORK]
    named = appraisals.people.reindex(columns=asked)
    whole = appraisals.appraisals.merge(named, on="employee_id").set_index("employee_id")
    return whole.loc[employee_id]


def _check_scheme(
    saved: DataFrame, scheme: Scheme, official: Series, cycles: Sequence[Cycle]
) -> None:
    paths = {path for path, _ in scheme.components()}
    ours = set(saved.index) - {LIMIT, NOT_SHOWN, *(cycle.id for cycle in cycles)}
    other = sorted(paths.symmetric_difference(ours))
    if len(saved) and other:
        found = f"the scores of '{official.name}' were made with another scheme ('{other[0]}')"
        raise InputError(Problem(f"scheme '{scheme.id}'", found, "give the scheme of that cycle"))


def _facts(
    appraisals: Appraisals, official: Series, saved: DataFrame, scheme: Scheme
) -> dict[str, Any]:
    total = saved["contribution"].sum(min_count=1)
    score = official["score"]
    if pd.notna(score) and abs(total - score) > EXACT:
        found = f"the contributions sum to {total:g}, but the score is {score:g}"
        raise InputError(Problem("scores", found, "appraise the cycle again"))
    ranked = appraisals.appraisals.loc[appraisals.appraisals["rank"].notna(), "employee_id"]
    groups = appraisals.people.set_index("employee_id")["group"]
    above = [band for band in scheme.grades if pd.notna(score) and band.from_score.value > score]
    mine = next((band for band in scheme.grades if band.grade == official["grade"]), None)
    cut = saved["contribution"].get(LIMIT, 0.0)
    return {
        **{name: official[name] for name in RESULT},
        "scheme": ", ".join([f"{scheme.title}, version {scheme.version}", *scheme.chosen]),
        "total": total,
        "group_size": int((groups.reindex(ranked) == official["group"]).sum()),
        "grade_from": mine.from_score.value if mine else np.nan,
        "next_grade": above[-1].grade if above else None,
        "next_from": above[-1].from_score.value if above else np.nan,
        "cut": cut if pd.notna(cut) else 0.0,
    }


def _rows(
    appraisals: Appraisals,
    scheme: Scheme,
    saved: DataFrame,
    facts: Mapping[str, Any],
    medians: Mapping[str, float],
    employee_id: str,
) -> DataFrame:
    """What was asked and done for each component, and what came of it."""
    parts = list(leaves(scheme.score, "", None))
    paths = [path for path, _, _ in parts]
    nominal = effective_weights(scheme, DataFrame(True, index=[employee_id], columns=paths))
    nominal *= facts["own_share"] / 100
    values, means = (
        frame[frame["employee_id"] == employee_id]
        for frame in (appraisals.indicator_values, appraisals.evaluation_scores)
    )
    measured = values.set_index("indicator_id")
    judged = means.set_index(["evaluator_type", "criterion_id"])
    criteria = {criterion.id: criterion for criterion in scheme.criteria}
    titles = {kind.type: kind.title or kind.type for kind in scheme.evaluators}
    rows = []
    for path, leaf, kind in parts:
        criterion = criteria.get(leaf.criterion or "")
        evidence = _measured(measured, leaf) if leaf.indicator else _judged(judged, leaf, kind)
        role = path.partition("/")[0] if facts["role_shares"] else ""
        title = _title(leaf, criterion, titles.get(kind or "", ""))
        rows.append(
            {
                "component_id": path,
                "title": f"{title}, as {role.replace('_', ' ')}" if role else title,
                "role": role,
                "evaluator_type": kind if criterion else "",
                "indicator_id": leaf.indicator or "",
                "after_weighting": leaf.after_weighting and facts["own_share"] > 0,
                "weight_nominal": nominal[path].iloc[0],
                "standard": standard(leaf, criterion, titles.get(kind or "", "")),
                "target": target_of(leaf),
                **evidence,
                **_reached(leaf, evidence, _time(facts, role)),
                "group_median": medians.get(path, np.nan),
            }
        )
    frame = DataFrame(rows).set_index("component_id", drop=False).rename_axis(None)
    got = saved.rename(columns={"score": "points"}).reindex(paths)
    frame = frame.assign(**{name: got[name] for name in ("weight", "points", "contribution")})
    frame["provenance"] = got["provenance"]
    lost = frame["weight"] * (100 - frame["points"]) / 100
    taken = (-frame["contribution"]).clip(lower=0)
    return frame.assign(lost=lost.mask(frame["after_weighting"], taken)).reset_index(drop=True)


def _measured(measured: DataFrame, leaf: Part) -> dict[str, Any]:
    if leaf.indicator not in measured.index:
        return {**dict.fromkeys(("value", "n", "low", "high"), np.nan), "status": "not_available"}
    row = measured.loc[leaf.indicator]
    value = "numerator" if leaf.after_weighting else "value"
    ends = {name: np.nan if leaf.after_weighting else row[name] for name in ("low", "high")}
    return {"value": row[value], "n": row["n"], **ends, "status": row["status"]}


def _judged(judged: DataFrame, leaf: Part, kind: str | None) -> dict[str, Any]:
    nothing = {"low": np.nan, "high": np.nan}
    if (kind, leaf.criterion) not in judged.index:
        return {"value": np.nan, "n": 0, **nothing, "status": NOT_GIVEN}
    row = judged.loc[(kind, leaf.criterion)]
    n = row["n_evaluators"] if row["shown"] else np.nan
    return {
        **nothing,
        "value": row["score"],
        "n": n,
        "status": GIVEN if row["shown"] else NOT_SHOWN,
    }


def _reached(leaf: Part, evidence: Mapping[str, Any], time: float) -> dict[str, object]:
    """How a usable value stands to the target: attainment in per cent; exceeded, met or not met.

    What grows with working time is held against its part of the target.
    """
    value = in_full_time(leaf, Series([evidence["value"]]), Series([time])).iloc[0]
    target = target_of(leaf)
    if evidence["status"] not in USABLE or pd.isna(target):
        return {"attainment": np.nan, "reached": ""}
    gap = (value - target) * (1 if wants_more(leaf) else -1)
    word = "not met" if gap < 0 else "exceeded" if gap > 0 else "met"
    return {"attainment": percent_of_target(leaf, value), "reached": word}


def _time(facts: Mapping[str, Any], role: str) -> float:
    """Part of a full-time cycle that the person worked, in one of several roles if one is named."""
    worked = 1.0 if pd.isna(facts["working_time"]) else facts["working_time"]
    return float(worked * facts["role_shares"].get(role, 1.0))


def _role_shares(own: Scheme, scheme: Scheme) -> dict[str, float]:
    """{first step of the path: share of working time} of a person with several roles, else {}."""
    alone = (scheme, *(scheme.for_role(role) for role in scheme.roles))
    if any(own.score == each.score for each in alone):
        return {}
    return {part.id: part.share / 100 for part in own.score}


def _medians(appraisals: Appraisals, facts: Mapping[str, Any]) -> dict[str, float]:
    """Median points of the person's group by component, if the group is large enough."""
    people = appraisals.people
    mates = people.loc[people["eligible"] & (people["group"] == facts["group"]), "employee_id"]
    rows = appraisals.scores[appraisals.scores["employee_id"].isin(mates)]
    points = rows.dropna(subset="score").groupby("component_id")["score"]
    return points.median()[points.count() >= SMALLEST_GROUP].to_dict()


def _with_next_steps(rows: DataFrame, scheme: Scheme, facts: Mapping[str, Any]) -> DataFrame:
    """The rows with the next step of points and what it brings to the score."""
    parts = [leaf for _, leaf in scheme.components()]
    criteria = {criterion.id: criterion for criterion in scheme.criteria}
    size = facts["group_size"]
    steps = [
        next_step(leaf, criteria.get(leaf.criterion or ""), row.points, row.value, size)
        for leaf, row in zip(parts, rows.itertuples(), strict=True)
    ]
    rows = rows.assign(
        next_points=[step.points if step else np.nan for step in steps],
        next_value=[step.value if step else np.nan for step in steps],
        next_step=[step.words if step else "" for step in steps],
    )
    share = rows["weight"].mask(rows["after_weighting"], facts["own_share"]) / 100
    return rows.assign(gain=share * (rows["next_points"] - rows["points"]))


def _title(leaf: Part, criterion: Criterion | None, evaluator: str) -> str:
    if criterion:
        name = leaf.title or criterion.title or criterion.id.replace("_", " ")
        return f"{name} ({evaluator})"
    return leaf.title or INDICATORS[str(leaf.indicator)].title


def _tasks(official: Series, tables: Mapping[str, DataFrame]) -> list[str]:
    """The person's goals, and the duties of the post."""
    told = []
    goals = tables.get("goals")
    if goals is not None:
        mine = (goals["owner_scope"] == "employee") & (goals["owner_id"] == official.name)
        for goal in goals[mine].to_dict("records"):
            target, unit = goal.get("target"), goal.get("unit")
            aim = f": {target:g} {unit if pd.notna(unit) else ''}" if pd.notna(target) else ""
            told.append(f"goal: {goal.get('title') or goal['goal_id']}{aim}".rstrip())
    duties = tables.get("post_duties")
    if duties is not None:
        told += [f"duty: {text}" for text in duties.loc[duties["role"] == official["role"], "duty"]]
    return told
