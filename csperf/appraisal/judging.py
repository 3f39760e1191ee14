"""From people's values and evaluations to everyone's score, place, grade and proposals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
from pandas import DataFrame, Series

from csperf.appraisal.awards import Awards, awards
from csperf.appraisal.confirming import with_overrides
from csperf.appraisal.eligibility import FRONT_LINE, MACHINE
from csperf.appraisal.evaluation import combine_evaluations, missing_required
from csperf.appraisal.longer import Built, beyond_rules, built_scores
from csperf.appraisal.outcomes import proposals_after
from csperf.appraisal.pool import pool_stays
from csperf.appraisal.ranking import grade, rank
from csperf.appraisal.roles import score_people
from csperf.appraisal.scoring import totals
from csperf.appraisal.standing import chain_proposals, with_standing
from csperf.appraisal.streaks import earlier_scores
from csperf.params import Cycle
from csperf.scheme import Scheme
from csperf.tables import OUTPUT_TABLES

NO_EVALUATION = "no evaluation by: "
TOO_LITTLE = "too little of the weight can be computed"


@dataclass(frozen=True)
class Judgement:
    """What a scheme makes of people's values and evaluations in one cycle.

    `award_places` and `talent_pool` are as declared, but for the cycle and the department;
    `chain_moves` are as `chain.advance` gives them.
    """

    scores: DataFrame
    evaluation_scores: DataFrame
    appraisals: DataFrame
    proposals: DataFrame
    award_places: DataFrame
    talent_pool: DataFrame
    chain_moves: DataFrame


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
        Rows of the history table, for rules and levels over several cycles, and for the score of a
        period that the scheme builds from its cycles (`longer`).
    records : mapping, optional
        Input tables: contracts, appeals and sign_offs for the annual chain, interviews and
        sign_offs for rules that follow earlier guidance, sign_offs and reporting lines for the
        talent pool.
    """
    nobody = OUTPUT_TABLES["evaluation_scores"].empty()
    by_type = combine_evaluations(evaluations, scheme) if scheme.evaluators else nobody
    known = history if history is not None else OUTPUT_TABLES["history"].empty()
    scores, reasons = _scored(people, values, by_type, known, scheme, cycle)
    appraised = _appraised(people, scores, values, reasons, scheme)
    past = earlier_scores(history, scheme, cycle)
    appraised, moved = with_standing(appraised, scheme, cycle, past, records or {})
    honours = _honours(appraised, scheme, cycle)
    further = (honours.proposals, chain_proposals(moved, appraised, scheme, cycle))
    judged = appraised.iloc[:0] if beyond_rules(cycle, scheme) else appraised
    proposed = [proposals_after(past, judged, scheme, cycle, values, records)]
    stays, unfilled = pool_stays(appraised, past, proposed[0], scheme, cycle, records or {})
    proposed += [rows for rows in further if len(rows)]
    return Judgement(
        scores=scores,
        evaluation_scores=by_type,
        appraisals=appraised,
        proposals=pd.concat(proposed, ignore_index=True),
        award_places=pd.concat([honours.notes, unfilled], ignore_index=True),
        talent_pool=stays,
        chain_moves=moved,
    )


def counted_means(by_type: DataFrame, scheme: Scheme) -> DataFrame:
    """The means that enter the score: those that are shown, and hidden ones if the scheme says so.

    `by_type` is as `combine_evaluations` gives it. A score that overrides another is put in for it.
    """
    hidden_counts = [kind.type for kind in scheme.evaluators if kind.hidden_counts.value]
    counted = by_type[by_type["shown"] | by_type["evaluator_type"].isin(hidden_counts)]
    return with_overrides(counted, scheme)


def comparison_groups(people: DataFrame, scheme: Scheme, department: str) -> Series:
    """Group in which each person is ranked; managers apart, unless the scheme says otherwise.

    By role it is all of one role in the department; who has none is ranked with the others who have
    none, in a group of the department's name.
    """
    groups = Series(department, index=people.index)
    if scheme.ranking.group.value != "department":
        column = {"team": "team_id", "role": "role"}[scheme.ranking.group.value]
        groups = people[column].astype("str").fillna(department)
    apart = (people["level_group"] != FRONT_LINE) & scheme.ranking.by_level_group.value
    return groups.mask(apart, groups + " " + people["level_group"])


def _scored(
    people: DataFrame,
    values: DataFrame,
    by_type: DataFrame,
    history: DataFrame,
    scheme: Scheme,
    cycle: Cycle,
) -> Built:
    """Scores of all people; nobody has one who lacks a required evaluator, or too many cycles."""
    people = people[~people["reason"].str.startswith(MACHINE, na=False)]
    counted = counted_means(by_type, scheme)
    lacking = missing_required(people["employee_id"], counted, scheme)
    scores = score_people(people, values, scheme, counted)
    void = scores["employee_id"].isin(lacking)
    blank = {name: scores[name].mask(void) for name in ("weight", "contribution")}
    reasons = {person: NO_EVALUATION + types for person, types in lacking.items()}
    everyone = people["employee_id"]
    return built_scores(scores.assign(**blank), reasons, everyone, history, scheme, cycle)


def _appraised(
    people: DataFrame,
    scores: DataFrame,
    values: DataFrame,
    reasons: Mapping[str, str],
    scheme: Scheme,
) -> DataFrame:
    """Everyone with score, place and grade as far as there is one, and the reason where not."""
    whole = people.assign(score=people["employee_id"].map(totals(scores)))
    no_score = whole["eligible"] & whole["score"].isna()
    why = whole["employee_id"].map(reasons).astype("str").fillna(TOO_LITTLE)
    whole = whole.assign(reason=whole["reason"].mask(no_score, why))
    ranked = rank(whole[whole["eligible"] & whole["score"].notna()], "group")
    places = ranked.set_index("employee_id")[["rank", "rank_from_bottom", "group_size"]]
    used = values["indicator_id"].isin(scheme.indicators) & (values["status"] == "provisional")
    return whole.join(places, on="employee_id").assign(
        grade=grade(whole["score"], scheme),
        provisional=whole["employee_id"].isin(values.loc[used, "employee_id"]),
    )


def _honours(appraised: DataFrame, scheme: Scheme, cycle: Cycle) -> Awards:
    """Awards of the cycle; people who are not appraised get none, but count among all people."""
    staff = appraised[~appraised["reason"].str.startswith(MACHINE, na=False)]
    return awards(staff.assign(score=staff["score"].where(staff["eligible"])), scheme, cycle)
