"""From people's values and evaluations to everyone's score, place, grade and proposals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
from pandas import DataFrame, Series

from csperf.appraisal.eligibility import FRONT_LINE, MACHINE
from csperf.appraisal.evaluation import combine_evaluations, missing_required
from csperf.appraisal.outcomes import proposals_after
from csperf.appraisal.ranking import grade, rank
from csperf.appraisal.scoring import score, totals
from csperf.appraisal.standing import chain_proposals, with_standing
from csperf.appraisal.streaks import earlier_scores
from csperf.params import Cycle
from csperf.scheme import Scheme
from csperf.tables import OUTPUT_TABLES

NO_EVALUATION = "no evaluation by: "
TOO_LITTLE = "too little of the weight can be computed"


@dataclass(frozen=True)
class Judgement:
    """What a scheme makes of people's values and evaluations in one cycle."""

    scores: DataFrame
    evaluation_scores: DataFrame
    appraisals: DataFrame
    proposals: DataFrame


def judge(
    people: DataFrame,
    values: DataFrame,
    evaluations: DataFrame,
    scheme: Scheme,
    cycle: Cycle,
    history: DataFrame | None = None,
    records: Mapping[str, DataFrame] | None = None,
) -> Judgement:
    """Apply a scheme to everyone's values and evaluations.

    Parameters
    ----------
    people : DataFrame
        employee_id, team_id, role, level_group, eligible, reason, group (`comparison_groups`).
    values : DataFrame
        employee_id, indicator_id, value, status, numerator.
    evaluations : DataFrame
        Rows of the input table evaluations, of this cycle.
    history : DataFrame, optional
        Earlier rows of the history table, for rules and levels over several cycles.
    records : mapping, optional
        Input tables of contracts and appeals, for the annual chain.
    """
    nobody = OUTPUT_TABLES["evaluation_scores"].empty()
    by_type = combine_evaluations(evaluations, scheme) if scheme.evaluators else nobody
    machine = people["reason"].str.startswith(MACHINE, na=False)
    hidden_counts = [kind.type for kind in scheme.evaluators if kind.hidden_counts.value]
    counted = by_type[by_type["shown"] | by_type["evaluator_type"].isin(hidden_counts)]
    lacking = missing_required(people["employee_id"], counted, scheme)
    scores = _scored(people[~machine], values, counted, lacking, scheme)
    appraised = _appraised(people, scores, values, lacking, scheme)
    past = earlier_scores(history, scheme, cycle)
    appraised, moved = with_standing(appraised, scheme, cycle, past, records or {})
    proposed = [proposals_after(past, appraised, scheme, cycle, values)]
    if moved["proposal"].any():
        proposed.append(chain_proposals(moved, appraised, scheme, cycle))
    return Judgement(
        scores=scores,
        evaluation_scores=by_type,
        appraisals=appraised,
        proposals=pd.concat(proposed, ignore_index=True),
    )


def comparison_groups(people: DataFrame, scheme: Scheme, department: str) -> Series:
    """Group in which each person is ranked; managers apart, unless the scheme says otherwise."""
    by_team = scheme.ranking.group.value == "team"
    groups = people["team_id"] if by_team else Series(department, index=people.index)
    apart = (people["level_group"] != FRONT_LINE) & scheme.ranking.by_level_group.value
    return groups.mask(apart, groups + " " + people["level_group"])


def _scored(
    people: DataFrame,
    values: DataFrame,
    by_type: DataFrame,
    lacking: Mapping[str, str],
    scheme: Scheme,
) -> DataFrame:
    """Scores of all people; nobody has one who lacks a required evaluator."""
    eligible = people[people["eligible"]]
    groups = eligible.set_index("employee_id")["group"]
    role = people["role"].where(people["role"].isin(list(scheme.roles)), "")
    scored = [
        score(
            values[values["employee_id"].isin(mine)],
            scheme.for_role(name),
            by_type[by_type["employee_id"].isin(mine)],
            groups,
        )
        for name, mine in people["employee_id"].groupby(role)
    ]
    scores = pd.concat(scored).sort_values("employee_id", kind="stable", ignore_index=True)
    void = scores["employee_id"].isin(lacking)
    blank = {name: scores[name].mask(void) for name in ("weight", "contribution")}
    return scores.assign(**blank)


def _appraised(
    people: DataFrame,
    scores: DataFrame,
    values: DataFrame,
    lacking: Mapping[str, str],
    scheme: Scheme,
) -> DataFrame:
    """Everyone with score, place and grade as far as there is one, and the reason where not."""
    whole = people.assign(score=people["employee_id"].map(totals(scores)))
    no_score = whole["eligible"] & whole["score"].isna()
    whole = whole.assign(
        reason=[
            reason
            if not missing
            else NO_EVALUATION + lacking[employee]
            if employee in lacking
            else TOO_LITTLE
            for reason, missing, employee in zip(
                whole["reason"], no_score, whole["employee_id"], strict=True
            )
        ]
    )
    ranked = rank(whole[whole["eligible"] & whole["score"].notna()], "group")
    places = ranked.set_index("employee_id")[["rank", "rank_from_bottom", "group_size"]]
    used = values["indicator_id"].isin(scheme.indicators) & (values["status"] == "provisional")
    return whole.join(places, on="employee_id").assign(
        grade=grade(whole["score"], scheme),
        provisional=whole["employee_id"].isin(values.loc[used, "employee_id"]),
    )
