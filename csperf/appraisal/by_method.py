"""What each method of appraisal gives, as far as the records that it rests on are there."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
from pandas import DataFrame, Series

from csperf.appraisal.applications import uses
from csperf.appraisal.decisions import local_day, reward_days
from csperf.appraisal.given import Given
from csperf.appraisal.improvement import plan_life
from csperf.appraisal.incentives import liked_best
from csperf.appraisal.methods import (
    CHANCE_OF,
    against_standard,
    attainment,
    behaviour_texts,
    method_guidance,
    observations,
    perspectives,
    positions,
)
from csperf.appraisal.pair_checks import compared
from csperf.appraisal.renaming import former_ids, renamed
from csperf.appraisal.scoring import DECIMALS
from csperf.appraisal.statements import POTENTIAL, criteria_of, shown_components, statements
from csperf.indicators import INDICATORS
from csperf.params import Cycle
from csperf.tables import INPUT_TABLES
from csperf.tables.methods import (
    GOAL_ATTAINMENT,
    GRADE_CHANCES,
    PAIR_STRENGTHS,
    STANDARDS_MET,
    STATEMENTS_TABLE,
)

NEAR = 0.5  # points from the border of a grade
VOLUME = "customers_received"  # the indicator that contribution is counted in
KIND_OF = {  # incentive that a use of results is
    "pay_adjustment": "material",
    "bonus": "material",
    "promotion": "promotion",
    "training_plan": "training",
    "reward_and_punishment": "spiritual",
}
OWN = "employee"  # the scope of a goal or target that is one person's


def _positions(given: Given) -> DataFrame:
    """Everybody who is appraised and has a score, within the comparison groups of the ranking."""
    rows = given.judgement.appraisals
    rows = rows[rows["eligible"].astype(bool) & rows["score"].notna()]
    found = positions(rows, "group").merge(rows[["employee_id", "rank"]], on="employee_id")
    size = found.groupby("group")["employee_id"].transform("size")
    shared = found.groupby(["group", "rank"])["employee_id"].transform("size")
    found = found.assign(group_size=size, sharing=shared.where(shared > 1))
    return found.rename(columns={"group": "comparison_group"})


def _grade_chances(given: Given) -> DataFrame:
    """A row for each grade of everybody whose score lies within `NEAR` of a border."""
    bands, rows = given.scheme.grades, given.judgement.appraisals
    borders = sorted(band.from_score.value for band in bands)[1:]
    rows = rows[rows["eligible"].astype(bool) & rows["score"].notna()]
    if rows.empty or not borders:
        return GRADE_CHANCES.empty()
    nearest = rows["score"].map(lambda score: min(borders, key=lambda border: abs(score - border)))
    distance = (rows["score"] - nearest).round(DECIMALS)
    rows = rows.assign(border=nearest, distance=distance)[distance.abs() <= NEAR]
    parts = [
        rows[["employee_id", "border", "distance"]].assign(
            grade=band.grade,
            probability=rows.get(CHANCE_OF + band.grade, Series(index=rows.index, dtype=float)),
        )
        for band in bands
    ]
    return pd.concat(parts, ignore_index=True)


def _statements(given: Given) -> DataFrame:
    """Where the scheme has potential rated apart from the score, and somebody did."""
    rated = given.evaluations["criterion_id"] == POTENTIAL
    known = POTENTIAL in {each.id for each in given.scheme.criteria}
    if not rated.any() or not known or POTENTIAL in criteria_of(given.scheme).values():
        return STATEMENTS_TABLE.empty()
    people = given.judgement.appraisals
    people = people[given.knows(people["employee_id"])]
    counted = given.values[given.values["indicator_id"] == VOLUME]
    volumes = counted.rename(columns={"value": "volume"}) if len(counted) else None
    return statements(people, given.scheme, given.evaluations, volumes)


def _rewards(given: Given) -> DataFrame:
    rows = given.rows("awards")
    mine = rows[(rows["period"] == given.cycle.id) & given.knows(rows["employee_id"])]
    return reward_days(mine, given.rows("preferences"))


def _reward_choices(given: Given) -> DataFrame:
    """Positive proposals that nobody rejected are offers; who has no wishes has to be asked."""
    rows = given.judgement.proposals
    good = {rule.id for rule in given.scheme.rules if rule.effect == "positive"}
    good |= {award.id for award in given.scheme.awards}
    rows = rows[rows["rule_id"].isin(good) & (rows["status"] != "rejected")]
    used = uses(rows[given.knows(rows["employee_id"])])
    offered = used.assign(incentive_kind=used["use"].map(KIND_OF)).dropna(subset="incentive_kind")
    offered = offered[["employee_id", "incentive_kind"]].drop_duplicates()
    return liked_best(offered, given.rows("preferences"))


def _goals(given: Given) -> DataFrame:
    """Attainment of people's own targets of the cycle, and of their goals that end in it."""
    return pd.concat([_of_targets(given), _of_goals(given)], ignore_index=True)


def _of_targets(given: Given) -> DataFrame:
    """Of several targets of a person for one indicator the one that was agreed last counts."""
    rows, cycle = given.rows("targets"), given.cycle
    rows = rows.assign(scope_id=renamed(rows["scope_id"], former_ids(given.tables)))
    whole = (rows["period_start"] == pd.Timestamp(cycle.start)) & (
        rows["period_end"] == pd.Timestamp(cycle.last_day)
    )
    mine = rows[whole & (rows["scope"] == OWN) & given.knows(rows["scope_id"])]
    mine = mine.rename(columns={"scope_id": "employee_id"})
    mine = mine.sort_values(["agreed_at", "version"], na_position="first", kind="stable")
    key = ["employee_id", "indicator_id"]
    mine = mine.drop_duplicates(key, keep="last")
    if mine.empty:
        return GOAL_ATTAINMENT.empty()
    values = given.values.merge(mine[key], on=key)
    found = attainment(values, mine[[*key, "target"]])
    found = found.merge(mine[[*key, "target_id", "unit"]], on=key)
    measured = found["indicator_id"].map(values.drop_duplicates(key[1]).set_index(key[1])["unit"])
    found = _in_one_unit(found, measured)
    titles = {name: row.title for name, row in INDICATORS.items()}
    return _named(found, "target_id", found["indicator_id"].map(titles))


def _in_one_unit(found: DataFrame, measured: Series) -> DataFrame:
    """Nothing can be said of a target in another unit than its indicator is measured in."""
    apart = (found["unit"] != measured).fillna(False) & found["unit"].notna() & measured.notna()
    told = "target in " + found["unit"] + ", value in " + measured
    return found.assign(
        unit=found["unit"].fillna(measured),
        attainment=found["attainment"].mask(apart),
        outcome=found["outcome"].mask(apart, "not_computable"),
        reason=found["reason"].mask(apart, told),
    )


def _of_goals(given: Given) -> DataFrame:
    """A goal that lies below where it starts from is to be brought down."""
    goals, checked = given.rows("goals"), given.rows("goal_checkins")
    goals = goals.assign(owner_id=renamed(goals["owner_id"], former_ids(given.tables)))
    ends = goals["deadline"].between(*map(pd.Timestamp, (given.cycle.start, given.cycle.last_day)))
    mine = ends & (goals["owner_scope"] == OWN) & given.knows(goals["owner_id"])
    goals = goals[mine & goals["target"].notna()]
    if goals.empty:
        return GOAL_ATTAINMENT.empty()
    last = pd.Timestamp(given.cycle.last_day)
    seen = checked[local_day(checked["at"], given.timezone) <= last].dropna(subset="value")
    reached = seen.sort_values("at", kind="stable").drop_duplicates("goal_id", keep="last")
    reached = reached.set_index("goal_id")["value"]
    known = goals["indicator_id"].map({name: row.direction for name, row in INDICATORS.items()})
    falls = (goals["target"] < goals["baseline"]).fillna(False)
    goals = goals.assign(
        direction=known.fillna(Series("up", goals.index).mask(falls, "down")),
        employee_id=goals["owner_id"],
        indicator_id=goals["goal_id"],  # attainment is told goal by goal
        value=goals["goal_id"].map(reached),
    )
    found = attainment(goals.drop(columns="status"), goals, "goals").merge(
        goals[["employee_id", "goal_id", "title", "unit"]],
        left_on=["employee_id", "indicator_id"],
        right_on=["employee_id", "goal_id"],
    )
    return _named(found, "goal_id", found["title"])


def _named(found: DataFrame, id: str, titles: Series) -> DataFrame:
    columns = [column for column in GOAL_ATTAINMENT.names if column in found]
    return found.assign(goal_id=found[id], title=titles)[
        list(dict.fromkeys(["goal_id", "title", *columns]))
    ]


def _standards(given: Given) -> DataFrame:
    """Points on each criterion with a standard: the weighted mean of those that may be shown."""
    bands = [
        (each.id, each.standard.meets_from.value, each.standard.exceeds_from.value)
        for each in given.scheme.criteria
        if each.standard
    ]
    if not bands:
        return STANDARDS_MET.empty()
    made, criteria = given.judgement, criteria_of(given.scheme)
    told = shown_components(made.scores, given.scheme, made.evaluation_scores)
    told = told.assign(criterion_id=told["component_id"].map(criteria).astype("str"))
    told = told[(told["weight"] > 0) & given.knows(told["employee_id"])]
    told = told[told["criterion_id"].isin([name for name, *_ in bands])]
    told = told.dropna(subset="score").assign(points=told["weight"] * told["score"])
    sums = told.groupby(["employee_id", "criterion_id"])[["points", "weight"]].sum()
    scores = (sums["points"] / sums["weight"]).rename("score").reset_index()
    columns = ["criterion_id", "meets_from", "exceeds_from"]
    return against_standard(scores, DataFrame(bands, columns=columns).astype({columns[0]: "str"}))


def _strengths(given: Given) -> DataFrame:
    found = [pairs.strengths.assign(criterion_id=skill) for skill, pairs in compared(given)]
    return pd.concat(found, ignore_index=True) if found else PAIR_STRENGTHS.empty()


def _observations(given: Given) -> DataFrame:
    log = given.rows("behaviour_log")
    return observations(log[given.knows(log["employee_id"])], given.cycle, timezone=given.timezone)


def _methods(given: Given) -> DataFrame:
    guidance = method_guidance().drop(columns="requirement")
    return given.rows("method_choices").merge(guidance, on="method", how="left")


def _plan_stages(given: Given) -> DataFrame:
    """Plans up to the cycle, of everybody who is there now."""
    plans = given.tables["improvement_plans"]
    begun = [Cycle.parse(name).end <= given.cycle.end for name in plans["cycle_id"]]
    plans = plans[begun]
    plans = plans[given.knows(plans["employee_id"])]
    plans = INPUT_TABLES["improvement_plans"].arrange(plans)
    return plan_life(plans, given.today).rename(columns={"cycle_id": "plan_cycle_id"})


def _agreement(given: Given) -> DataFrame:
    rows = given.all_sides.agreement
    return rows[rows["n_employees"] > 0]


def _perspectives(given: Given) -> DataFrame:
    """Of everybody in whose score no mean is hidden: a sub-score could tell it."""
    made, scheme = given.judgement, given.scheme
    scores = made.scores[given.knows(made.scores["employee_id"])]
    if not made.evaluation_scores["shown"].astype(bool).all():
        told = shown_components(scores, scheme, made.evaluation_scores)
        hidden = scores.drop(told.index).query("weight > 0")["employee_id"]
        scores = scores[~scores["employee_id"].isin(hidden)]
    return perspectives(scores, given.scheme) if scores["score"].notna().any() else scores.iloc[:0]


# As `records.GATHERED`: each with the tables of which one has to have rows.
BY_METHOD: dict[str, tuple[Callable[[Given], DataFrame], tuple[str, ...]]] = {
    "statements": (_statements, ("evaluations",)),
    "rewards": (_rewards, ("awards",)),
    "reward_choices": (_reward_choices, ("preferences",)),
    "positions": (_positions, ()),
    "grade_chances": (_grade_chances, ()),
    "goal_attainment": (_goals, ("targets", "goals")),
    "standards_met": (_standards, ("evaluations",)),
    "pair_strengths": (_strengths, ("pair_judgements",)),
    "behaviour_scales": (lambda given: behaviour_texts(given.scheme), ("evaluations",)),
    "observations": (_observations, ("behaviour_log",)),
    "methods_chosen": (_methods, ("method_choices",)),
    "plan_stages": (_plan_stages, ("improvement_plans",)),
    "source_means": (lambda given: given.all_sides.means, ("evaluations",)),
    "source_gaps": (lambda given: given.all_sides.gaps, ("evaluations",)),
    "source_agreement": (_agreement, ("evaluations",)),
    "perspectives": (_perspectives, ()),
}
