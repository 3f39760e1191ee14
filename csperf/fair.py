"""What a cycle would look like had all evaluators been equally severe; never in its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd
from pandas import DataFrame, Series

from csperf.appraisal.evaluation import judged_weights
from csperf.appraisal.judging import Judgement, judge
from csperf.calibration.adjust import adjust
from csperf.calibration.differences import given_scores
from csperf.params import Cycle
from csperf.scheme import Scheme
from csperf.tables import OUTPUT_TABLES

SHOWN = ("grade", "rank", "distribution_grade", "level", "state")
KEY = ["employee_id", "quantity_id"]


def with_fair_scores(
    made: Judgement,
    people: DataFrame,
    values: DataFrame,
    evaluations: DataFrame,
    scheme: Scheme,
    cycle: Cycle,
    history: DataFrame | None,
    tables: Mapping[str, DataFrame],
    pay: Callable[[Judgement], DataFrame],
) -> tuple[DataFrame, DataFrame]:
    """The appraisals with fair_score, and what would change if that were the score.

    A fair score is the score with the evaluations that `adjust` gives. It is unknown where a
    counting evaluation cannot be adjusted, because its evaluator shares no employee with others of
    the type.

    `pay` gives the pay lines of a judgement.
    Places and shares depend on everybody: where one fair score is unknown no changes are listed.

    Returns
    -------
    DataFrame, DataFrame
        The appraisals of `made` with fair_score, and the table fair_changes: for each person and
        grade, rank, level, pay line and the like what is official and what would be fair; for each
        proposal that would come or go `proposed` on the one side.
    """
    nothing = OUTPUT_TABLES["fair_changes"].empty()
    scales = {criterion.id: criterion.scale.value for criterion in scheme.criteria}
    fair = adjust(evaluations, scales).ratings
    fair = fair.assign(fair_score=fair["fair_score"].astype("float64"))
    if fair["fair_score"].isna().all():
        return made.appraisals.assign(fair_score=float("nan")), nothing
    known = fair.assign(score=fair["fair_score"].fillna(fair["score"]))[list(evaluations)]
    other = judge(people, values, known, scheme, cycle, history, tables)
    told = ~made.appraisals["employee_id"].isin(_unadjusted(fair, scheme))
    scores = other.appraisals.set_index("employee_id")["score"]
    found = made.appraisals["employee_id"].map(scores).where(told)
    appraisals = made.appraisals.assign(fair_score=found)
    if not told.all():
        return appraisals, nothing
    money = [_amounts(pay(each)) for each in (made, other)]
    return appraisals, _changes(made, other, money)


def is_for_hr_only(scheme: Scheme) -> bool:
    """Whether a fair score, held against the official one, could tell who of anonymous raters gave.

    That is where a type that is promised anonymity has weight in anybody's score: what fair scores
    add to people is a fingerprint of who rated them.
    """
    return any(kind in scheme.anonymous for kind, _ in _that_count(scheme))


def team_effects(appraisals: DataFrame, changes: DataFrame, smallest: int) -> DataFrame:
    """By how many points the mean score of each team moves when severities are taken out.

    Parameters
    ----------
    appraisals, changes : DataFrame
        The tables appraisals, with fair_score, and fair_changes of one department or several.
    smallest : int
        People of whom the mean is given; of fewer it would tell of one of them.

    Returns
    -------
    DataFrame
        department_id, team_id, n (people with both scores), official, fair and difference (means
        over them), n_grades (people whose grade would be another; unknown where somebody of the
        department has no fair score).
    """
    key = ["department_id", "team_id"]
    scored = appraisals[appraisals["score"].notna()]
    known = scored[scored["fair_score"].notna()]
    means = known.groupby(key).agg(
        n=("employee_id", "size"), official=("score", "mean"), fair=("fair_score", "mean")
    )
    table = means.assign(difference=means["fair"] - means["official"])
    points = ["official", "fair", "difference"]
    table[points] = table[points].where(table["n"] >= smallest)
    grades = changes[changes["quantity_id"] == "grade"].groupby(key)["employee_id"].nunique()
    everybody = scored["fair_score"].notna().groupby(scored["department_id"]).all()
    told = table.index.get_level_values("department_id").map(everybody).astype(bool)
    n_grades = grades.reindex(table.index).fillna(0).astype("Int64")
    return table.assign(n_grades=n_grades.where(told)).reset_index()


def _unadjusted(fair: DataFrame, scheme: Scheme) -> list[str]:
    """People of whom a counting score by somebody else has no fair one."""
    counts = _that_count(scheme)
    counted = fair.index.isin(given_scores(fair).index)
    open_ = counted & fair["fair_score"].isna()
    pairs = zip(fair["evaluator_type"], fair["criterion_id"], strict=True)
    weighty = Series([pair in counts for pair in pairs], index=fair.index)
    return fair.loc[open_ & weighty, "employee_id"].unique().tolist()


def _that_count(scheme: Scheme) -> set[tuple[str | None, str | None]]:
    """Types of evaluators and criteria that somebody's score depends on."""
    trees = [scheme.for_role(role) for role in (None, *scheme.roles)]
    return {
        (kind, part.criterion)
        for tree in trees
        for part, kind in tree.judged()
        if judged_weights(tree).get((kind or "", part.criterion or ""), 1)  # or after weighting
    }


def _changes(made: Judgement, other: Judgement, money: list[Series]) -> DataFrame:
    """Where the two differ, in the columns of the table fair_changes."""
    rows = []
    sides = [each.appraisals.set_index("employee_id") for each in (made, other)]
    for name in SHOWN:
        official, fair = (_text(side[name]) for side in sides)
        rows.append(DataFrame({"official": official, "fair": fair}).assign(quantity_id=name))
    proposed = [
        each.proposals.set_index(["employee_id", "rule_id"]).assign(said="proposed")["said"]
        for each in (made, other)
    ]
    both = pd.concat(proposed, axis=1, keys=["official", "fair"]).reset_index("rule_id")
    rows.append(both.rename(columns={"rule_id": "quantity_id"}))
    amounts = pd.concat(money, axis=1, keys=["official", "fair"]).reset_index("line")
    rows.append(amounts.rename(columns={"line": "quantity_id"}))
    whole = pd.concat(rows).rename_axis("employee_id").reset_index()
    sides = ["official", "fair"]
    whole[sides] = whole[sides].astype("str").fillna("")
    changed = whole[whole["official"] != whole["fair"]]
    teams = made.appraisals.set_index("employee_id")["team_id"]
    return changed.assign(team_id=changed["employee_id"].map(teams)).sort_values(KEY)


def _amounts(pay: DataFrame) -> Series:
    """Amounts to the cent as text, by employee and pay line."""
    amounts = pay.set_index(["employee_id", "line"])["amount"]
    return amounts.map("{:.2f}".format, na_action="ignore").astype("str")


def _text(values: Series) -> Series:
    if values.dtype.kind in "fi":
        return values.astype("Int64").astype("str")
    return values.astype("str")
