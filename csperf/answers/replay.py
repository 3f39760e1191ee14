"""Past cycles under another scheme: who moves, what it costs, how firm the places are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from pandas import DataFrame, Series
from scipy import stats

from csperf.answers.replay_text import what_if_text
from csperf.appraisal import comparison_groups, history_rows, judge
from csperf.appraisal.anonymity import not_saved
from csperf.appraisal.scoring import DECIMALS
from csperf.errors import InputError, Problem, meant
from csperf.params import Cycle
from csperf.pipeline import Appraisals
from csperf.scheme import Scheme
from csperf.tables import OUTPUT_TABLES

DRAWS = 200
SPREAD_PCT = 10.0
SEED = 20_160_501
PLACES = ["keeps_rank", "share_first", "share_last", "best_rank", "worst_rank"]
PERSON = ["cycle_id", "department_id", "team_id", "employee_id"]


@dataclass(frozen=True)
class WhatIf:
    """Past cycles under the official scheme and under another one (`..._other`).

    people
        One row a person and cycle: score, rank and grade under each, score_difference and
        rank_difference (other minus official), grade_changed (unknown where one of the schemes
        gives no grade), moved_group (compared with other people than before), reason_other.
    proposals
        One row a proposal of either scheme: rule_id, action, amount, currency, under (`official`,
        `other` or `both`: the same rule and action), amount_other.
    summary
        One row a team and, with team_id empty, one a department: people with a score, how many
        change grade or rank, tau_b (Kendall's, of the two orders), proposals, money paid, deducted
        and their sum, the cost.
    stability
        One row a person with a score: see `rank_stability`, under the other scheme.
    """

    people: DataFrame
    proposals: DataFrame
    summary: DataFrame
    stability: DataFrame

    @property
    def text(self) -> str:
        """What moves, what it costs and how firm it is, for a terminal."""
        return "\n".join(what_if_text(self.people, self.proposals, self.summary, self.stability))


class _Replay(NamedTuple):
    """A cycle under the other scheme, and the history that it leaves."""

    people: DataFrame
    proposals: DataFrame
    stability: DataFrame
    history: DataFrame


def what_if(
    appraisals: Appraisals | Sequence[Appraisals],
    scheme: Scheme,
    *,
    draws: int = DRAWS,
    spread_pct: float = SPREAD_PCT,
    seed: int = SEED,
) -> WhatIf:
    """Replay past cycles under another scheme, from the values that were measured then.

    Parameters
    ----------
    appraisals : Appraisals or sequence of them
        Results of one cycle or several, of one department or several.
    scheme : Scheme
        The other scheme.
    draws, spread_pct, seed
        As `rank_stability` takes them.

    Raises
    ------
    InputError
        If the saved values lack an indicator of the scheme.

    Notes
    -----
    Who is appraised at all, and by which rules indicators are measured, stays as it was: that needs
    the events. A rule over several cycles, and the score of a period that is built from its cycles,
    count those that are replayed here. Lines of pay statements are not computed again: the
    contracts and totals that they need are no part of a result.
    """
    given = [appraisals] if isinstance(appraisals, Appraisals) else list(appraisals)
    _check_values(given, scheme)
    history = OUTPUT_TABLES["history"].empty()
    replays = []
    for past in sorted(given, key=lambda each: (_cycle(each).end, _cycle(each).days)):
        replay = _replay(past, scheme, history, draws, spread_pct, seed)
        history = pd.concat([history, replay.history], ignore_index=True)
        replays.append(replay)
    people = _stacked([each.people for each in replays], PERSON)
    proposed = _stacked([each.proposals for each in replays], [*PERSON, "rule_id"])
    return WhatIf(
        people=people,
        proposals=proposed,
        summary=_summary(people, proposed),
        stability=_stacked([each.stability for each in replays], PERSON),
    )


def rank_stability(
    scores: DataFrame,
    people: DataFrame,
    scheme: Scheme,
    *,
    draws: int = DRAWS,
    spread_pct: float = SPREAD_PCT,
    seed: int = SEED,
) -> DataFrame:
    """How far places and grades depend on the exact weights.

    Parameters
    ----------
    scores : DataFrame
        employee_id, component_id, score, weight, contribution, as `score` gives them.
    people : DataFrame
        employee_id, group, and rank, which is unknown for people outside the order.
    scheme : Scheme
        Its grades.
    draws, spread_pct, seed
        In each draw the weight of every component is multiplied by its own factor, even between
        1 - spread and 1 + spread, and the weights are brought back to 100.

    Returns
    -------
    DataFrame
        employee_id, keeps_rank, share_first, share_last, keeps_grade (shares of the draws),
        best_rank, worst_rank. Unknown are the places of people outside the order, and grades where
        the scheme has none.
    """
    known = scores[scores["weight"].notna()].sort_values(["employee_id", "component_id"])
    paths = sorted(known["component_id"].unique())
    factors = np.random.default_rng(seed).uniform(
        1 - spread_pct / 100, 1 + spread_pct / 100, (draws, len(paths))
    )
    drawn = _drawn_scores(known, paths, np.vstack([np.ones(len(paths)), factors]))
    found = people.set_index("employee_id").reindex(drawn.index)
    result = DataFrame(index=drawn.index)
    result["keeps_grade"] = _kept_grades(drawn.to_numpy(), scheme)
    places = _places(drawn, found.loc[found["rank"].notna(), "group"].dropna())
    result = result.join(places).rename_axis("employee_id").reset_index()
    return result[["employee_id", *PLACES[:3], "keeps_grade", *PLACES[3:]]].astype(
        {"best_rank": "Int64", "worst_rank": "Int64"}
    )


def _drawn_scores(known: DataFrame, paths: list[str], factors: np.ndarray) -> DataFrame:
    """Scores of people (rows) under each row of factors (columns); the scheme's own come first."""
    people = pd.Index(known["employee_id"].unique(), name="employee_id")
    weights, points = (
        known.pivot(index="employee_id", columns="component_id", values=name)
        .reindex(index=people, columns=paths)
        .fillna(0.0)
        .to_numpy(dtype="float64")
        for name in ("weight", "score")
    )
    whole = weights @ factors.T
    means = np.divide(
        (weights * points) @ factors.T, whole, out=np.zeros_like(whole), where=whole > 0
    )
    added = known["contribution"].where(known["weight"] == 0, 0.0)
    added = added.groupby(known["employee_id"]).sum().reindex(people).to_numpy()
    return DataFrame((means + added[:, None]).clip(0, 100).round(DECIMALS), index=people)


def _places(drawn: DataFrame, groups: Series) -> DataFrame:
    """Shares of the draws in which people keep their place in their group, are first, or last.

    People who are alone in their group have no row.
    """
    groups = groups[groups.duplicated(keep=False)].sort_values(kind="stable")
    if groups.empty:
        return DataFrame(columns=PLACES, dtype="float64")
    table = drawn.loc[groups.index].to_numpy()
    starts = np.flatnonzero(~groups.duplicated())
    sizes = np.diff(np.append(starts, len(groups)))
    start = np.repeat(starts, sizes)
    rank_in = np.column_stack([_ranks(scores, start) for scores in table.T])
    lowest = np.repeat(np.minimum.reduceat(table[:, 1:], starts), sizes, axis=0)
    return DataFrame(
        {
            "keeps_rank": (rank_in[:, 1:] == rank_in[:, :1]).mean(axis=1),
            "share_first": (rank_in[:, 1:] == 1).mean(axis=1),
            "share_last": (table[:, 1:] == lowest).mean(axis=1),
            "best_rank": rank_in.min(axis=1).astype("float64"),
            "worst_rank": rank_in.max(axis=1).astype("float64"),
        },
        index=groups.index,
    )


def _ranks(scores: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Rank in the group, the highest score first, equal scores alike.

    Groups stand one after the other; `start` is where that of each person begins.
    """
    order = np.lexsort((-scores, start))
    place = np.arange(len(scores))
    higher = np.append(True, np.diff(scores[order]) != 0) | (place == start)
    ranks = np.empty_like(place)
    ranks[order] = np.maximum.accumulate(np.where(higher, place, 0)) - start + 1
    return ranks


def _kept_grades(drawn: np.ndarray, scheme: Scheme) -> np.ndarray:
    if not scheme.grades:
        return np.full(len(drawn), np.nan)
    reached = (drawn >= band.from_score.value for band in scheme.grades)
    same = [each[:, 1:] == each[:, :1] for each in reached]
    return np.logical_and.reduce(same).mean(axis=1)


def _replay(
    past: Appraisals,
    scheme: Scheme,
    history: DataFrame,
    draws: int,
    spread_pct: float,
    seed: int,
) -> _Replay:
    cycle, department = _cycle(past), past.appraisals["department_id"].iloc[0]
    stamp = {"cycle_id": cycle.id, "department_id": department}
    people = past.people.assign(
        official_group=past.people["group"],
        group=comparison_groups(past.people, scheme, department),
    )
    before = history[history["department_id"] == department]
    made = judge(people, past.indicator_values, _as_given(past, scheme), scheme, cycle, before)
    lacking = not_saved(past.evaluation_scores, scheme)
    appraised = made.appraisals
    if len(lacking):
        told = appraised["employee_id"].map(lacking).astype("str")
        appraised = appraised.assign(reason=appraised["reason"].fillna(told))
    firm = rank_stability(
        made.scores, appraised, scheme, draws=draws, spread_pct=spread_pct, seed=seed
    ).merge(appraised[["employee_id", "team_id", "rank"]], on="employee_id")
    none = past.team_values.iloc[:0]
    return _Replay(
        people=_beside(past.appraisals, appraised).assign(**stamp),
        proposals=_either(past.proposals, made.proposals).assign(**stamp),
        stability=firm.assign(**stamp),
        history=history_rows(appraised, past.indicator_values, none, none, scheme).assign(**stamp),
    )


def _as_given(past: Appraisals, scheme: Scheme) -> DataFrame:
    """The saved means as evaluations on the scheme's scales, as far as it asks for them.

    Each of the evaluators behind a mean gives the mean: types are weighted after averaging, so the
    score is the same, and so is how many evaluators there are.
    """
    scales = {criterion.id: criterion.scale.value for criterion in scheme.criteria}
    types = [kind.type for kind in scheme.evaluators]
    means = past.evaluation_scores
    means = means[means["evaluator_type"].isin(types) & means["criterion_id"].isin(list(scales))]
    low, high = (
        means["criterion_id"].map({name: scale[end] for name, scale in scales.items()})
        for end in (0, 1)
    )
    low, high = low.astype("float64"), high.astype("float64")
    given = low + means["score"] / 100 * (high - low)
    each = means.assign(score=given.clip(low, high))
    each = each.loc[each.index.repeat(each["n_evaluators"].fillna(1).astype("int64"))]
    number = each.groupby(level=0).cumcount().astype("str")
    return each.assign(evaluator_id="mean of " + each["evaluator_type"] + " " + number)


def _beside(official: DataFrame, appraised: DataFrame) -> DataFrame:
    """Each person's result under both schemes."""
    asked = ["employee_id", "team_id", "score", "rank", "grade"]
    other = appraised[["employee_id", "score", "rank", "grade", "reason"]]
    both = official[asked].merge(
        other.rename(columns={"reason": "reason_other"}),
        on="employee_id",
        suffixes=("", "_other"),
    )
    graded = both["grade"].notna() & both["grade_other"].notna()
    changed = (both["grade"] != both["grade_other"]).astype("boolean").where(graded)
    moved = _moved(appraised["official_group"], appraised["group"])
    moved = Series(moved.to_numpy(), index=appraised["employee_id"])
    return both.assign(
        score_difference=both["score_other"] - both["score"],
        rank_difference=both["rank_other"] - both["rank"],
        grade_changed=changed,
        moved_group=both["employee_id"].map(moved),
    )


def _moved(before: Series, after: Series) -> Series:
    """Whether a person's group holds other people than before, whatever the groups are called."""
    sizes = [before.groupby(keys).transform("size") for keys in (before, after, [before, after])]
    return (sizes[2] != sizes[0]) | (sizes[2] != sizes[1])


def _either(official: DataFrame, other: DataFrame) -> DataFrame:
    """Proposals of both schemes; those with the same rule and action stand in one row."""
    key = ["employee_id", "team_id", "rule_id", "action"]
    asked = [*key, "amount", "currency"]
    both = official[asked].merge(
        other[asked], on=key, how="outer", suffixes=("", "_other"), indicator="under"
    )
    names = {"left_only": "official", "right_only": "other", "both": "both"}
    texts = {"currency": "str", "currency_other": "str"}
    return both.assign(under=both["under"].astype("str").map(names)).astype(texts)


def _summary(people: DataFrame, proposed: DataFrame) -> DataFrame:
    rows = []
    for (cycle, department), everyone in people.groupby(["cycle_id", "department_id"]):
        here = (proposed["cycle_id"] == cycle) & (proposed["department_id"] == department)
        teams = sorted(everyone["team_id"].unique())
        for team in [None, *(teams if len(teams) > 1 else ())]:
            mine, theirs = everyone, proposed[here]
            if team is not None:
                mine, theirs = (each[each["team_id"] == team] for each in (mine, theirs))
            stamp = {"cycle_id": cycle, "department_id": department, "team_id": team}
            rows.append({**stamp, **_moves(mine), **_money(theirs)})
    return DataFrame(rows).astype({"team_id": "str"})


def _moves(people: DataFrame) -> dict[str, float]:
    both = people[["score", "score_other"]].dropna()
    several = len(both) > 1 and (both.nunique() > 1).all()
    return {
        "n_scored": int(people["score"].notna().sum()),
        "n_scored_other": int(people["score_other"].notna().sum()),
        "n_grade_changed": int(people["grade_changed"].sum()),
        "n_rank_changed": int((people["rank_difference"].fillna(0) != 0).sum()),
        "tau_b": float(stats.kendalltau(*both.round(DECIMALS).to_numpy().T).statistic)
        if several
        else np.nan,
    }


def _money(proposed: DataFrame) -> dict[str, object]:
    """Number and money of proposals under each scheme."""
    told: dict[str, object] = {}
    for suffix, elsewhere in (("", "other"), ("_other", "official")):
        rows = proposed[proposed["under"] != elsewhere]
        mine = rows[f"amount{suffix}"]
        told[f"n_proposals{suffix}"] = len(mine)
        told[f"currency{suffix}"] = "/".join(sorted(rows[f"currency{suffix}"].dropna().unique()))
        told[f"paid{suffix}"] = round(float(mine.clip(lower=0).sum()), 2)
        told[f"deducted{suffix}"] = round(float(mine.clip(upper=0).sum()), 2)
        told[f"cost{suffix}"] = round(float(mine.sum()), 2)
    return told


def _check_values(given: Sequence[Appraisals], scheme: Scheme) -> None:
    """Raise InputError for every indicator of the scheme, or of a role, that nobody measured."""
    if not given:
        raise InputError(Problem("what_if", "no appraisals", "give those of one cycle or more"))
    schemes = [scheme, *(scheme.for_role(role) for role in scheme.roles)]
    asked = list(dict.fromkeys(name for each in schemes for name in each.indicators))
    problems = []
    for past in given:
        known = set(past.indicator_values["indicator_id"])
        where = f"scheme '{scheme.id}', cycle {_cycle(past).id}"
        for name in asked:
            if name not in known:
                found = f"no saved values of indicator '{name}'{meant(name, known)}"
                problems.append(Problem(where, found, "appraise the cycle again to have them"))
    if problems:
        raise InputError(problems)


def _cycle(past: Appraisals) -> Cycle:
    return Cycle.parse(past.appraisals["cycle_id"].iloc[0])


def _stacked(frames: Sequence[DataFrame], key: list[str]) -> DataFrame:
    """Frames below one another, the key's columns first, sorted by it."""
    whole = pd.concat(frames, ignore_index=True)
    rest = [name for name in whole if name not in key]
    return whole[[*key, *rest]].sort_values(key, ignore_index=True)
