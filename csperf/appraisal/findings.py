"""What is odd in how people were evaluated; somebody should look, nothing follows by itself.

A finder is a function from what is given of a cycle to rows of one or more `CHECKS`.
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
from pandas import DataFrame, Series

from csperf.appraisal.appeals import without_correction
from csperf.appraisal.confirming import overridden, without_confirmation
from csperf.appraisal.decisions import two_sides
from csperf.appraisal.distribution import conflicts
from csperf.appraisal.evaluation import (
    ONE_MEAN,
    coverage,
    double_sources,
    last_scores,
)
from csperf.appraisal.given import Given
from csperf.appraisal.incentives import uneven
from csperf.appraisal.methods import (
    check_method_choices,
    extremes_without_evidence,
)
from csperf.appraisal.pair_checks import pair_checks
from csperf.appraisal.procedure import (
    DIGITS,
    EXTREME,
    conflicts_of_interest,
    out_of_order,
)
from csperf.appraisal.roles import scheme_of

CHECKS = {
    "self_by_other": "somebody else gave the self-evaluation",
    "peer_is_superior": "a peer is the person's superior",
    "subordinate_is_superior": "a subordinate is the person's superior",
    "peer_is_subordinate": "a peer is the person's subordinate",
    "not_in_reporting_lines": "somebody evaluated as a superior and is none",
    "mutual_high": "two peers gave one another far more than the others did",
    "mutual_low": "two peers gave one another far less than the others did",
    "out_of_order": "handed in before an earlier step of the procedure was",
    "source_declined": "a type of evaluators declined",
    "source_missing": "a type of evaluators was asked and gave nothing",
    "source_not_invited": "a type of evaluators with weight was not asked",
    "source_hidden": "a type of evaluators with weight is too few to count",
    "overridden": "who may override gave another score than the one that it replaces",
    "not_confirmed": "a step of the procedure that confirms the result did not take place",
    "criteria_lacking": "an evaluator left out criteria that he or she is asked for",
    "counted_twice": "customers' opinion has weight as an indicator and as evaluations",
    "extreme_without_evidence": "an end of the scale was given and no fact written down",
    "no_differentiation": "an evaluator gave everybody the same",
    "superiors_disagree": "several superiors lie far apart",
    "unknown_method": "a method was chosen that there is not, or without a reason",
    "upheld_without_correction": "an appeal was upheld, but nothing was corrected",
    "uneven_outcome": "same facts, but one was treated otherwise than the other",
    "one_sided": "an incentive or a sanction without a plan, or a plan without either",
    "grade_against_band": "grade and place in the order differ in standing",
    "circular_triad": "of three people an evaluator puts each above the next, in a circle",
    "pair_contradiction": "an evaluator judged two people more than once, and not alike",
    "pairs_unjudged": "pairs of people whom nobody compared",
    "pairs_apart": "two people were compared who are in no common group; it is not counted",
    "quota_border": "equal people lay on both sides of the border of a quota",
}
FINDING = ["team_id", "employee_id", "check", "evaluator_id", "subject", "facts"]
KEY = ["check", "employee_id", "evaluator_id", "subject"]
ONE_EVALUATOR = ["evaluator_id", "evaluator_type"]
LEAST_RATED = 3  # people, from whom on the same score for all says something
DISAGREEMENT = 25.0  # points: more than one step of a scale of five


def findings(given: Given) -> DataFrame:
    """All findings in the columns of `FINDING`; several of one key are one row that tells of each.

    `team_id` is that of the person, or of all the people whom the evaluator rated.
    """
    asked = [find(given) for find, needed in FINDERS.items() if given.has(*needed) or not needed]
    found = [rows.reindex(columns=FINDING).astype("str") for rows in asked if len(rows)]
    if not found:
        return DataFrame(columns=FINDING, dtype="str")
    whole = given.untold(pd.concat(found, ignore_index=True))
    whole["team_id"] = whole["team_id"].fillna(whole["employee_id"].map(given.teams))
    again = whole.duplicated(KEY, keep=False)
    told = whole[again].groupby(KEY, dropna=False, as_index=False)
    joined = told.agg({"team_id": "first", "facts": "; ".join})
    return pd.concat([whole[~again], joined]).sort_values(KEY, ignore_index=True)


def _interests(given: Given) -> DataFrame:
    """Evaluations by people who may have an interest in them."""
    lines = given.tables.get("reporting_lines")
    found = conflicts_of_interest(given.evaluations, lines, given.scheme)
    kind = found["kind"]
    mutual = kind.str.startswith("mutual_")
    found = found.assign(
        check=kind,
        subject=kind.str.extract("^(self|peer|subordinate)_")[0].mask(mutual, "peer"),
        facts=found["facts"].replace("", "the evaluator is not the employee"),
    )
    if not {*given.anonymous} & {*given.scheme.types_like("peer")}:
        return found
    return pd.concat([found[~mutual], _without_names(found[mutual])])


def _without_names(pairs: DataFrame) -> DataFrame:
    """How many pairs of anonymous peers there are, one row for the department: a team is small."""
    once = pairs[pairs["employee_id"] < pairs["evaluator_id"]]
    found = once.groupby(["check", "subject"]).size().reset_index(name="pairs")
    rule = f"both at least {EXTREME:g} points from what the others gave"
    return found.assign(facts=[f"pairs of whom {rule}: {n}" for n in found["pairs"]])


def _out_of_order(given: Given) -> DataFrame:
    found = out_of_order(given.evaluations, given.scheme)
    times = {
        name: found[name].dt.tz_convert(given.timezone).dt.tz_localize(None).astype("str").str[:16]
        for name in ("submitted_at", "earlier_at")
    }
    facts = "round {round} on {submitted_at}, {earlier_type} round {earlier_round} on {earlier_at}"
    return _told(found.assign(**times), "out_of_order", "evaluator_type", facts)


def _sources(given: Given) -> DataFrame:
    """Types that gave nothing or do not count; one row for what became of all people's alike."""
    rows = given.sources
    weighed = [f", {weight:g} % of the score" if weight else "" for weight in rows["weight"]]
    rows = rows.assign(people=rows["employee_id"].nunique(), weighed=weighed)
    parts, facts = [], "no score by {evaluator_type}{weighed}"
    for status, of in {"missing": rows, "not_invited": rows[rows["weight"] > 0]}.items():
        found = of[of["status"] == status]
        whole = found.groupby("evaluator_type")["employee_id"].transform("size") == found["people"]
        once = found[whole].drop_duplicates("evaluator_type").assign(employee_id=None)
        told = "{people} people without any: " + facts
        parts += [
            _told(found[~whole], f"source_{status}", "evaluator_type", facts),
            _told(once, f"source_{status}", "evaluator_type", told),
        ]
    declined = rows[rows["status"] == "declined"]
    parts.append(_told(declined, "source_declined", "evaluator_type", facts))
    hidden = rows[(rows["hidden"] != "") & (rows["not_counted"] > 0)]
    few = "{n_evaluators} of {needed} needed for {hidden}: {not_counted:g} % of the score"
    parts.append(_told(hidden, "source_hidden", "evaluator_type", few))
    whole = [part.reindex(columns=FINDING).astype("str") for part in parts if len(part)]
    return pd.concat(whole) if whole else DataFrame(columns=FINDING, dtype="str")


def _overridden(given: Given) -> DataFrame:
    """Scores in whose place another counts, as far as both may be shown."""
    found = overridden(given.by_type[given.by_type["shown"].astype(bool)], given.scheme)
    facts = "{evaluator_type} gave {score:.2f}; {instead:.2f} by {by} counts"
    return _told(found, "overridden", "criterion_id", facts)


def _not_confirmed(given: Given) -> DataFrame:
    """Grades that wait for a confirming step; one row for a step that nobody has taken."""
    graded = given.judgement.appraisals
    graded = graded[graded["employee_id"].isin(given.people["employee_id"])]
    lacking = without_confirmation(graded, given.evaluations, given.scheme)
    found = DataFrame(lacking.items(), columns=["employee_id", "step"], dtype="str")
    found = found.assign(people=len(found))
    if len(found) and len(found) == graded["grade"].notna().sum():
        once = found.drop_duplicates("step").assign(employee_id=None)
        return _told(once, "not_confirmed", "step", "{people} grades without it")
    return _told(found, "not_confirmed", "step", "the grade is not confirmed by {step}")


def _coverage(given: Given) -> DataFrame:
    """Criteria that evaluators left out of those that the person's roles are judged by."""
    rows, people = given.evaluations, given.people
    roles = people.reindex(columns=["role", "role_shares"]).astype("str").fillna("")
    sheets = [
        coverage(
            rows[rows["employee_id"].isin(people.loc[mine, "employee_id"])],
            scheme_of(given.scheme, {"role": role, "role_shares": shares or None}),
        )
        for (role, shares), mine in roles.groupby(["role", "role_shares"]).groups.items()
    ]
    found = pd.concat(sheets).query("lacking != ''")
    facts = "{n_given} of {n_asked} criteria, without {lacking}"
    return _told(found, "criteria_lacking", "evaluator_type", facts)


def _counted_twice(given: Given) -> DataFrame:
    found = DataFrame({"indicator_id": double_sources(given.scheme)}, dtype="str")
    return _told(found, "counted_twice", "indicator_id", "customers evaluate with weight too")


def _without_evidence(given: Given) -> DataFrame:
    """Ends of scales without facts; of anonymous types without the evaluator, and if shown."""
    found = extremes_without_evidence(given.evaluations, given.scheme)
    shown = given.by_type[given.by_type["shown"].astype(bool)]
    found = found.merge(shown[ONE_MEAN], on=ONE_MEAN)
    hidden = found["evaluator_type"].isin(given.anonymous)
    found = found.assign(evaluator_id=found["evaluator_id"].mask(hidden))
    facts = "{extreme} score of the scale by {evaluator_type}"
    return _told(found, "extreme_without_evidence", "criterion_id", facts)


def _no_differentiation(given: Given) -> DataFrame:
    """Evaluators who gave everybody the same points on each criterion, of `LEAST_RATED` people.

    Those of anonymous types stay without name and team.
    """
    last = last_scores(given.evaluations, given.scheme)
    points = last.groupby([*ONE_EVALUATOR, "criterion_id"])["points"]
    each = points.agg(n="count", low="min", high="max").query(f"n >= {LEAST_RATED}")
    flat = (each["high"] - each["low"]).round(DIGITS) == 0
    found = each.assign(flat=flat).groupby(level=ONE_EVALUATOR)
    found = found.agg(n=("n", "max"), criteria=("n", "size"), flat=("flat", "all")).query("flat")
    theirs = last.assign(team_id=last["employee_id"].map(given.teams)).set_index(ONE_EVALUATOR)
    teams = theirs.loc[theirs.index.isin(found.index), "team_id"].groupby(level=ONE_EVALUATOR)
    found = found.assign(team_id=teams.first().where(teams.nunique() == 1)).reset_index()
    hidden = found["evaluator_type"].isin(given.anonymous)
    names = ["team_id", "evaluator_id"]
    found[names] = found[names].mask(hidden)
    facts = "{n} people, the same for all on each of {criteria} criteria"
    return _told(found, "no_differentiation", "evaluator_type", facts)


def _superiors_disagree(given: Given) -> DataFrame:
    rows = given.by_type
    far = rows["shown"].astype(bool) & (rows["spread"].round(DIGITS) > DISAGREEMENT)
    found = rows[far & rows["evaluator_type"].isin(list(given.scheme.superiors))]
    facts = "{n_evaluators} of {evaluator_type} lie {spread:.1f} points apart"
    return _told(found, "superiors_disagree", "criterion_id", facts)


def _unknown_methods(given: Given) -> DataFrame:
    choices = given.rows("method_choices")
    found = [
        {"method": choices["method"][problem.row], "facts": f"{problem.found}; {problem.expected}"}
        for problem in check_method_choices(choices)
    ]
    return _told(DataFrame(found, columns=["method", "facts"]), "unknown_method", "method")


def _upheld_without_correction(given: Given) -> DataFrame:
    appeals = given.rows("appeals")
    lacking = without_correction(appeals, given.rows("corrections"))
    found = appeals[appeals["appeal_id"].isin(lacking)]
    found = found.sort_values("filed_at").drop_duplicates("appeal_id", keep="last")
    return _told(found, "upheld_without_correction", "appeal_id")


def _uneven(given: Given) -> DataFrame:
    found = uneven(given.judgement.proposals)
    amount = [f" {amount:.2f}" if amount == amount else "" for amount in found["amount"]]
    return _told(
        found.assign(amount=amount), "uneven_outcome", "rule_id", "{outcome}{amount}: {facts}"
    )


def _one_sided(given: Given) -> DataFrame:
    plans = given.rows("improvement_plans")
    found = two_sides(given.judgement.proposals, plans, given.scheme).query("one_sided")
    facts = "{n_positive} incentives, {n_negative} sanctions, {n_plans} plans"
    return _told(found, "one_sided", None, facts)


def _grade_against_band(given: Given) -> DataFrame:
    found = conflicts(given.judgement.appraisals, given.scheme)
    facts = "grade {grade}, place {rank_band}; counts as {verdict}"
    return _told(found, "grade_against_band", None, facts)


def _quota_borders(given: Given) -> DataFrame:
    """Ties at the border of a quota, as `distribution.distribute` tells them."""
    rows = given.judgement.appraisals
    border = rows.get("border", Series("", rows.index))
    return _told(rows[border.str.startswith("tie at")], "quota_border", "grade", "{border}")


def _told(rows: DataFrame, check: str, subject: str | None, facts: str = "{facts}") -> DataFrame:
    """Rows as findings: the column they are about, and a text with the cells of the row in it."""
    if not len(rows):
        return DataFrame(columns=FINDING, dtype="str")
    return rows.assign(
        check=check,
        subject=rows[subject] if subject else None,
        facts=[facts.format(**row) for row in rows.to_dict("records")],
    )


# Each with the tables of which one has to have rows; none where it always looks.
FINDERS: dict[Callable[[Given], DataFrame], tuple[str, ...]] = {
    _interests: ("evaluations",),
    _out_of_order: ("evaluations",),
    _sources: (),
    _overridden: ("evaluations",),
    _not_confirmed: (),
    _coverage: ("evaluations",),
    _counted_twice: (),
    _without_evidence: ("evaluations",),
    _no_differentiation: ("evaluations",),
    _superiors_disagree: ("evaluations",),
    _unknown_methods: ("method_choices",),
    _upheld_without_correction: ("appeals",),
    _uneven: ("sign_offs",),
    _one_sided: ("improvement_plans",),
    _grade_against_band: (),
    _quota_borders: (),
    pair_checks: ("pair_judgements",),
}
