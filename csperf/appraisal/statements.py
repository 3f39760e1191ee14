"""What a result says of each person: good and bad sides, kept strengths, and three statements."""

from __future__ import annotations

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from csperf.appraisal.evaluation import last_scores
from csperf.appraisal.roles import scheme_of, step_of_role
from csperf.errors import InputError, Problem
from csperf.scheme import Part, Scheme
from csperf.scheme.parts import leaves

GOOD_FROM, BAD_BELOW = 80.0, 60.0  # points
POTENTIAL = "potential"
SELF = "self"
PERFORMANCE, CONDUCT = "performance", "conduct"
SIDES = [
    *("good_performance", "bad_performance", "good_conduct", "bad_conduct"),
    *("kept", "short_board", "lost"),
]
SUMMARY = ["employee_id", "team_id", "score", "rank", "grade", PERFORMANCE, CONDUCT, "pattern"]
STATEMENTS = [
    *("employee_id", "team_id", "volume", "team_share", "score", PERFORMANCE),
    *("n_evaluators", "potential_points", POTENTIAL, "cell"),
]


def kept_strengths(
    scores: DataFrame, earlier: DataFrame, good_from: float = GOOD_FROM
) -> DataFrame:
    """What each person did well in both cycles: right behaviour that deserves to be named.

    Parameters
    ----------
    scores, earlier : DataFrame
        employee_id, component_id, score (points) of this and the earlier cycle, as `score` gives
        them.

    Returns
    -------
    DataFrame
        employee_id, component_id, score, earlier_score: components at or above `good_from` in both
        cycles, the best of each person first.
    """
    key = ["employee_id", "component_id"]
    before = earlier[[*key, "score"]].rename(columns={"score": "earlier_score"})
    both = scores[[*key, "score"]].merge(before, on=key)
    kept = both[(both["score"] >= good_from) & (both["earlier_score"] >= good_from)]
    order = ["employee_id", "score", "component_id"]
    return kept.sort_values(order, ascending=[True, False, True], ignore_index=True)


def results_summary(
    appraisals: DataFrame,
    scores: DataFrame,
    scheme: Scheme,
    earlier: DataFrame | None = None,
    evaluation_scores: DataFrame | None = None,
    good_from: float = GOOD_FROM,
    bad_below: float = BAD_BELOW,
) -> DataFrame:
    """Good and bad conduct and performance of each person, apart.

    Parameters
    ----------
    appraisals : DataFrame
        employee_id, team_id, score, rank, grade, and role and role_shares if known.
    scores : DataFrame
        employee_id, component_id, score, weight, contribution, as `score` gives them.
    scheme : Scheme
        Indicators are performance, criteria that people judge are conduct, in each person's role
        or roles.
    earlier : DataFrame, optional
        As `scores`, of the earlier cycle, without what may not be shown of it: if it is left out,
        nothing is known to be kept.
    evaluation_scores : DataFrame, optional
        Criteria that it does not show are left out of everything.

    Returns
    -------
    DataFrame
        A row a person, sorted by employee_id: team_id, score, rank, grade; performance and conduct
        (weighted means of the points); pattern (both_good, performance_only, conduct_only,
        both_bad; good is at or above `good_from`; unknown where one side is); good_performance,
        bad_performance, good_conduct, bad_conduct, kept (components, the best first, or among bad
        ones the worst); short_board (the component that costs most) and lost, the points that it
        costs: weight x (100 - points) / 100, or what was deducted for events.
    """
    told = shown_components(with_sides(scores, appraisals, scheme), scheme, evaluation_scores)
    weighted = told[told["weight"] > 0].dropna(subset="score")
    means = _means(weighted)
    lists = {
        f"{name}_{side}": _listed(rows[rows["side"] == side], name == "bad")
        for name, rows in (
            ("good", weighted[weighted["score"] >= good_from]),
            ("bad", weighted[weighted["score"] < bad_below]),
        )
        for side in (PERFORMANCE, CONDUCT)
    }
    if earlier is not None:
        lists["kept"] = _listed(kept_strengths(weighted, earlier, good_from), False)
    found = DataFrame({**means, **lists, **_short_boards(told)})
    columns = ["employee_id", "team_id", "score", "rank", "grade"]
    whole = appraisals[columns].merge(
        found.rename_axis("employee_id").reset_index(), on="employee_id", how="left"
    )
    whole = whole.assign(pattern=_pattern(whole, good_from)).reindex(columns=[*SUMMARY, *SIDES])
    return whole.sort_values("employee_id", ignore_index=True)


def with_sides(scores: DataFrame, people: DataFrame, scheme: Scheme) -> DataFrame:
    """The scores of components with their side, performance or conduct, as column `side`.

    It is that of the role or roles that each person was scored by: `people` have employee_id, and
    role and role_shares if known. What is no component, such as a limit, is left out.
    """
    roles = people.reindex(columns=["role", "role_shares"]).astype("str").fillna("")
    side = Series(pd.NA, index=scores.index, dtype="str")
    for (role, shares), at in roles.groupby(["role", "role_shares"]).groups.items():
        own = scheme_of(scheme, {"role": role, "role_shares": shares or None})
        sides = {path: _side(leaf) for path, leaf in own.components()}
        if not shares:  # several roles may be untold
            sides = {**_sides_of_any_role(scheme), **sides}
        mine = scores["employee_id"].isin(people.loc[at, "employee_id"])
        side = side.mask(mine, scores["component_id"].map(sides).astype("str"))
    return scores.assign(side=side)[side.notna()]


def _sides_of_any_role(scheme: Scheme) -> dict[str, str]:
    """The side of each component path, in any role or one of several."""
    return {
        name: _side(leaf)
        for role in ("", *scheme.roles)
        for path, leaf in scheme.for_role(role).components()
        for name in (path, f"{step_of_role(role)}/{path}")
    }


def _side(leaf: Part) -> str:
    return CONDUCT if leaf.criterion else PERFORMANCE


def shown_components(
    scores: DataFrame, scheme: Scheme, evaluation_scores: DataFrame | None
) -> DataFrame:
    """The scores without means of so few evaluators that they are not shown."""
    if evaluation_scores is None:
        return scores
    hidden = evaluation_scores[~evaluation_scores["shown"].astype(bool)]
    columns = ["component_id", "evaluator_type", "criterion_id"]
    named = DataFrame(_judged(scheme), columns=columns, dtype="str")
    named = named.drop_duplicates().merge(hidden, on=columns[1:])
    out = pd.MultiIndex.from_frame(named[["employee_id", "component_id"]])
    return scores[~pd.MultiIndex.from_frame(scores[["employee_id", "component_id"]]).isin(out)]


def _judged(scheme: Scheme) -> list[tuple[str, str | None, str]]:
    """Path, evaluator type and criterion of what people judge, in any role or one of several."""
    return [
        (name, kind, leaf.criterion)
        for role in ("", *scheme.roles)
        for path, leaf, kind in leaves(scheme.for_role(role).score, "", None)
        if leaf.criterion
        for name in (path, f"{step_of_role(role)}/{path}")
    ]


def criteria_of(scheme: Scheme) -> dict[str, str]:
    """For each component path that people judge, in any role, its criterion."""
    return {path: criterion for path, _, criterion in _judged(scheme)}


def _means(weighted: DataFrame) -> dict[str, Series]:
    carried = weighted.assign(carried=weighted["weight"] * weighted["score"])
    sums = carried.groupby(["side", "employee_id"])[["carried", "weight"]].sum()
    means = sums["carried"] / sums["weight"]
    nothing = Series(dtype="float64")
    return {
        side: means[side] if side in means.index.get_level_values("side") else nothing
        for side in (PERFORMANCE, CONDUCT)
    }


def _listed(rows: DataFrame, worst_first: bool) -> Series:
    """The components of each person, in the order of their points."""
    order = ["employee_id", "score", "component_id"]
    in_order = rows.sort_values(order, ascending=[True, worst_first, True])
    listed: dict[str, list[str]] = {}
    for person, component in zip(in_order["employee_id"], in_order["component_id"], strict=True):
        listed.setdefault(person, []).append(component)
    return Series({person: ", ".join(names) for person, names in listed.items()}, dtype="str")


def _short_boards(told: DataFrame) -> dict[str, Series]:
    lost = (told["weight"] * (100 - told["score"]) / 100).mask(
        told["weight"] == 0, -told["contribution"]
    )
    rows = told.assign(lost=lost)[lost > 0].sort_values(
        ["employee_id", "lost", "component_id"], ascending=[True, False, True]
    )
    worst = rows.drop_duplicates("employee_id").set_index("employee_id")
    return {"short_board": worst["component_id"], "lost": worst["lost"]}


def _pattern(rows: DataFrame, good_from: float) -> Series:
    good = {side: rows[side] >= good_from for side in (PERFORMANCE, CONDUCT)}
    cases = {
        "": rows[PERFORMANCE].isna() | rows[CONDUCT].isna(),
        "both_good": good[PERFORMANCE] & good[CONDUCT],
        "performance_only": good[PERFORMANCE],
        "conduct_only": good[CONDUCT],
    }
    words = np.select([case.to_numpy(bool) for case in cases.values()], list(cases), "both_bad")
    return Series(words, rows.index, dtype="str").replace("", pd.NA)


def statements(
    appraisals: DataFrame,
    scheme: Scheme,
    evaluations: DataFrame,
    volumes: DataFrame | None = None,
    criterion: str = POTENTIAL,
) -> DataFrame:
    """Three statements on each person: contribution, performance, and development potential.

    Parameters
    ----------
    appraisals : DataFrame
        employee_id, team_id, score.
    evaluations : DataFrame
        Evaluations of the cycle; those of others on `criterion` are the potential, and nothing
        else is: it is never derived from the score.
    volumes : DataFrame, optional
        employee_id, volume: what the team's work is counted in, such as customers received.

    Returns
    -------
    DataFrame
        A row a person, sorted by employee_id: team_id, volume, team_share (what the person
        contributes: per cent of the team's volume), score, performance (high, middle, low),
        n_evaluators, potential_points (mean over the evaluators, 0 to 100), potential (high,
        middle, low), and cell, such as high_low: performance, then potential. high is from 80
        points, low is below 60. What nobody rated is unknown, and so is a mean of fewer evaluators
        of a type than it is shown from.

    Raises
    ------
    InputError
        If the criterion is a part of the score: it would then count twice, and not be separate.
    """
    for path, _, judged in _judged(scheme):
        if judged == criterion:
            where = f"scheme '{scheme.id}': score.{path}"
            advice = "keep the criterion, and take it out of the score"
            raise InputError(Problem(where, f"{criterion} is rated apart from the score", advice))
    rated = evaluations[evaluations["criterion_id"] == criterion]
    rated = last_scores(rated[rated["evaluator_type"] != SELF], scheme)
    least = {kind.type: kind.shown_from.value for kind in scheme.evaluators}
    of_type = rated.groupby(["employee_id", "evaluator_type"])["points"].transform("size")
    needed = rated["evaluator_type"].map(least).astype("float64")
    shown = rated[of_type >= needed].groupby("employee_id")["points"]
    whole = appraisals[["employee_id", "team_id", "score"]].copy()
    who = whole["employee_id"]
    counted = volumes.set_index("employee_id")["volume"] if volumes is not None else Series()
    volume = who.map(counted).astype("float64")
    points = who.map(shown.mean()).astype("float64")
    performance, potential = _three(whole["score"]), _three(points)
    whole = whole.assign(
        volume=volume,
        team_share=100 * volume / volume.groupby(whole["team_id"]).transform("sum"),
        performance=performance,
        n_evaluators=who.map(shown.size()).fillna(0).astype("Int64"),
        potential_points=points,
        potential=potential,
        cell=performance + "_" + potential,
    )
    return whole[STATEMENTS].sort_values("employee_id", ignore_index=True)


def _three(points: Series) -> Series:
    words = np.select(
        [points >= GOOD_FROM, points < BAD_BELOW, points.notna()], ["high", "low", "middle"], ""
    )
    return Series(words, points.index, dtype="str").replace("", pd.NA)
