"""The tables that csperf writes, as CSV and Parquet; the columns are fixed by the contract."""

from __future__ import annotations

from csperf.tables.declare import Column, Table, count_, flag_, id_, text_
from csperf.tables.fairness import FAIRNESS
from csperf.tables.records import DECISION, RECORD_TABLES
from csperf.tables.stamp import CYCLE, DEPARTMENT, PERSON, TEAM, probability_, value_

INDICATOR_VALUES = Table(
    "indicator_values",
    "Indicators with their n, interval and status.",
    key=("cycle_id", "team_id", "employee_id", "indicator_id"),
    columns=(
        *PERSON,
        id_("indicator_id", "a row of the catalogue"),
        value_("value", "in the indicator's own unit"),
        count_("n", "units behind the value"),
        value_("low", "lower end of the 95 % interval"),
        value_("high", "upper end of the 95 % interval"),
        text_("unit", "unit of value, low and high"),
        Column(
            "status",
            "text",
            "what the value is good for",
            choices=("ok", "too_few", "not_computable", "not_available", "provisional"),
        ),
        value_("numerator", "sum above the line"),
        value_("denominator", "sum below the line"),
    ),
)

SCORES = Table(
    "scores",
    "Points of every component; the contributions add up to the score.",
    key=("cycle_id", "employee_id", "component_id"),
    columns=(
        *PERSON,
        id_("component_id", "path of the component in the scheme"),
        value_("value", "the indicator's value, or the points given"),
        value_("score", "points of the component", "points"),
        value_("weight", "share of the score after missing parts are made up for", "per cent"),
        value_("contribution", "weight x score / 100", "points"),
        text_("provenance", "stated, deduced, assumed or local: the weakest of weight and scoring"),
    ),
)

EVALUATION_SCORES = Table(
    "evaluation_scores",
    "Mean score of each type of evaluator.",
    key=("cycle_id", "employee_id", "evaluator_type", "criterion_id"),
    columns=(
        *PERSON,
        id_("evaluator_type", "self, store_manager, peer ..."),
        id_("criterion_id", "what is judged"),
        value_("score", "mean over the evaluators of the type", "points"),
        count_("n_evaluators", "how many gave a score"),
        flag_("shown", "enough evaluators for the mean to be shown"),
    ),
)

APPRAISALS = Table(
    "appraisals",
    "One row a person: the official score, and how sure it is.",
    key=("cycle_id", "employee_id"),
    columns=(
        *PERSON,
        text_("role", "as assigned"),
        text_("level_group", "front_line or manager"),
        flag_("eligible", "appraised and ranked"),
        text_("reason", "why not, or why no score"),
        value_("score", "official score", "points"),
        value_("se", "standard error of the score", "points"),
        value_("low", "lower end of the score's 95 % interval", "points"),
        value_("high", "upper end of the score's 95 % interval", "points"),
        value_("fair_score", "score had the evaluators been of average severity", "points"),
        count_("rank", "place in the comparison group; ties share the better place"),
        count_("rank_low", "best place that the data allow"),
        count_("rank_high", "worst place that the data allow"),
        text_("tied_group", "people who cannot be told apart"),
        probability_("p_first", "probability of being truly first"),
        probability_("p_last", "probability of being truly last"),
        text_("grade", "by the score's band"),
        probability_("p_grade", "probability that the grade is right"),
        text_("distribution_grade", "by the quota"),
        text_("level", "standing level"),
        text_("state", "state in the annual chain"),
        flag_("provisional", "data are still coming in"),
    ),
)

PROPOSALS = Table(
    "proposals",
    "What the scheme's rules propose; people decide.",
    key=("cycle_id", "employee_id", "rule_id"),
    columns=(
        *PERSON,
        id_("rule_id", "rule of the scheme"),
        text_("action", "what is proposed"),
        value_("amount", "money, negative when taken", "currency"),
        text_("currency", "ISO code"),
        Column("due", "date", "when the proposed step is due"),
        probability_("p_noise", "probability that the rank, score or grade behind it is chance"),
        text_("approver", "who has to decide"),
        Column("appeal_until", "date", "last day of appeal"),
        Column(
            "status",
            "text",
            "standing of the proposal",
            choices=("proposed", "approved", "rejected", "executed"),
        ),
        text_("facts", "what the rule found"),
        *DECISION,
    ),
)

PAY = Table(
    "pay",
    "Lines of the pay statement.",
    key=("cycle_id", "employee_id", "line"),
    columns=(
        *PERSON,
        text_("line", "as printed"),
        value_("amount", "money", "currency"),
        text_("currency", "ISO code"),
        text_("formula", "how it was computed"),
        text_("inputs", "the numbers that went in, or why there is no amount"),
        id_("rule_id", "place in the scheme, or the rules that the money comes from"),
    ),
)

DATA_QUALITY = Table(
    "data_quality",
    "What was left out, superseded or looks odd, counted.",
    key=("cycle_id", "department_id", "table", "check"),
    columns=(
        CYCLE,
        DEPARTMENT,
        text_("table", "input table"),
        text_("check", "what was found and what became of it"),
        count_("count", "rows"),
        probability_("share", "of the rows of the table"),
        text_("example_ids", "the first five"),
    ),
)

COMPARISONS = Table(
    "comparisons",
    "Later minus baseline for teams and people, with the interval.",
    key=("cycle_id", "team_id", "quantity_id", "group_id", "baseline_id"),
    columns=(
        CYCLE,
        DEPARTMENT,
        TEAM,
        id_("quantity_id", "score, or an indicator"),
        id_("group_id", "whom it is about: a team, or a person of the team"),
        id_("baseline_id", "the earlier cycle"),
        count_("n", "people or units compared"),
        value_("difference", "later minus baseline, in the quantity's unit"),
        value_("low", "lower end of the 95 % interval"),
        value_("high", "upper end of the 95 % interval"),
        value_("df", "degrees of freedom"),
        probability_("p_value", "of no difference"),
        probability_("p_adjusted", "for all teams, or all people, compared together"),
        value_("effect_size", "difference in standard deviations"),
        value_("smallest_detectable", "difference that would have been seen"),
        text_("method", "how it was computed, or why it was not"),
    ),
)

EVALUATOR_DIFFERENCES = Table(
    "evaluator_differences",
    "Two evaluators on the employees that both rated; positive means the first is harsher.",
    key=("cycle_id", "evaluator_type", "evaluator_id", "other_id"),
    columns=(
        CYCLE,
        id_("evaluator_type", "type that both belong to"),
        id_("evaluator_id", "the first evaluator"),
        id_("other_id", "the second evaluator"),
        count_("n", "employees rated by both"),
        value_("difference", "mean of the second minus mean of the first", "points"),
        value_("low", "lower end of the 95 % interval", "points"),
        value_("high", "upper end of the 95 % interval", "points"),
        text_("status", "ok, too_few or no_common_employee"),
    ),
)

EVALUATOR_OVERVIEW = Table(
    "evaluator_overview",
    "What each evaluator gave; evaluators in different subsets cannot be compared at all.",
    key=("cycle_id", "evaluator_type", "evaluator_id"),
    columns=(
        CYCLE,
        id_("evaluator_type", "type of evaluator"),
        id_("evaluator_id", "the evaluator"),
        count_("n_employees", "people rated"),
        count_("n_scores", "scores given"),
        value_("mean", "mean of the scores given", "points"),
        value_("sd", "their standard deviation", "points"),
        count_("subset", "number of the group linked by people in common"),
    ),
)

SEVERITIES = Table(
    "severities",
    "How many points evaluators take off, on people whom others of the type rated too.",
    key=("cycle_id", "evaluator_type", "evaluator_id"),
    columns=(
        CYCLE,
        id_("evaluator_type", "type of evaluator"),
        id_("evaluator_id", "the evaluator"),
        value_("severity", "points taken off, against the mean of the subset", "points"),
        value_("se", "its standard error; unknown where exact", "points"),
        value_("shrunken", "points that a fair score gives back", "points"),
        count_("n", "people whom others of the type rated too"),
        count_("subset", "number of the group linked by people in common"),
        Column(
            "status",
            "text",
            "ok; too_few people in common; alone, with nobody to be compared with; not_told_apart; "
            "exact, as the ratings of all follow one another to the point",
            choices=("ok", "too_few", "alone", "not_told_apart", "exact"),
        ),
    ),
)

EFFECTS = Table(
    "effects",
    "What is peculiar to an evaluator; somebody should look, nothing follows by itself.",
    key=("cycle_id", "evaluator_type", "evaluator_id", "effect", "group"),
    columns=(
        CYCLE,
        id_("evaluator_type", "type of evaluator"),
        id_("evaluator_id", "the evaluator"),
        text_("effect", "severity, halo, inconsistency, range, differentiation or group"),
        text_("group", "the group of employees that an effect is about"),
        value_("statistic", "as `rater_effects` describes it"),
        value_("low", "lower end of its 95 % interval"),
        value_("high", "upper end of its 95 % interval"),
        count_("n", "people rated"),
        probability_("p_value", "probability of as much by chance"),
        probability_("p_adjusted", "adjusted for all evaluators of the effect"),
        text_("flag", "what is clear; empty where nothing is"),
    ),
)

MEASURES = Table(
    "measures",
    "Measures by the many-facet model, of types who give categories.",
    key=("cycle_id", "evaluator_type", "facet", "element_id"),
    columns=(
        CYCLE,
        id_("evaluator_type", "type of evaluator"),
        text_("facet", "employee_id, evaluator_id or criterion_id"),
        id_("element_id", "the employee, evaluator or criterion"),
        value_("measure", "higher is better for employees, more severe for others", "logits"),
        value_("se", "its standard error", "logits"),
        value_("infit", "mean square of residuals, weighted; 1 is as expected"),
        value_("outfit", "mean square of residuals, each alike; 1 is as expected"),
        count_("n", "ratings"),
        value_("observed_average", "mean category"),
        value_("fair_average", "expected category with all others at their mean"),
        count_("subset", "number of the group that can be compared; 0 if not estimated"),
        text_("extreme", "lowest or highest, if it has no other category"),
        text_("status", "ok, extreme, alone, constant or not_rated"),
    ),
)

COMPONENTS = Table(
    "components",
    "How much of the spread of scores is the people, how much evaluators, criteria and chance.",
    key=("cycle_id", "evaluator_type", "component"),
    columns=(
        CYCLE,
        id_("evaluator_type", "type of evaluator"),
        text_("component", "column, or columns joined by a colon; the last is the residual"),
        value_("variance", "square points of 100"),
        value_("se", "its standard error; unknown for a variance of 0"),
        value_("share", "of the sum of all", "0..1"),
    ),
)

HISTORY = Table(
    "history",
    "What later cycles need of an earlier one: scores and ranks, indicator values, weekly values.",
    key=("cycle_id", "department_id", "team_id", "employee_id", "quantity_id", "week"),
    columns=(
        CYCLE,
        DEPARTMENT,
        TEAM,
        id_("employee_id", "the person; empty for the team as a whole", required=False),
        text_("role", "role of the person, with a score"),
        id_("quantity_id", "score, or an indicator"),
        count_("week", "seven days counted from the cycle's first; empty for the whole cycle"),
        value_("value", "in the quantity's own unit"),
        count_("n", "units behind the value"),
        value_("low", "lower end of the 95 % interval"),
        value_("high", "upper end of the 95 % interval"),
        text_("unit", "unit of the value"),
        text_("status", "as in indicator_values"),
        value_("numerator", "sum above the line"),
        value_("denominator", "sum below the line"),
        text_("scheme_id", "scheme of the cycle"),
        text_("scheme_version", "its version"),
        count_("rank", "place in the comparison group"),
        count_("group_size", "people ranked"),
        text_("grade", "by the score's band"),
        text_("distribution_grade", "by the quota"),
        count_("rank_from_bottom", "place counted from the last; ties share the worse place"),
        text_("rank_band", "share of the order, such as a top tenth"),
        text_("level", "standing level"),
        text_("state", "state in the annual chain"),
        value_("allowance_level", "levels above or below the first"),
        Column("records_from", "date", "first day of the department's records"),
        text_("level_group", "as in appraisals; empty where it was not kept"),
    ),
)

INDICATOR_SET = Table(
    "indicator_set",
    "Checks of the scheme's indicators and criteria: coverage, sources, repetition, real weights.",
    key=("cycle_id", "department_id", "check", "subject", "other"),
    columns=(
        CYCLE,
        DEPARTMENT,
        Column(
            "check",
            "text",
            "what is looked at; construct_... are components that repeat one another",
            choices=(
                "coverage",
                "measurable",
                "duty",
                "goal",
                "same_data",
                "correlation",
                "weight_sum",
                "nominal_weight",
                "effective_weight",
                "share_of_differences",
                "construct_nominal_weight",
                "construct_effective_weight",
                "construct_share_of_differences",
                "kind",
                "source",
                "collection",
                "days",
                "freshness",
            ),
        ),
        text_("subject", "a component, a dimension, a group of the score, or score for the whole"),
        text_("other", "the second component of a pair"),
        Column(
            "status",
            "text",
            "whether somebody should look at it",
            choices=("ok", "attention", "unknown"),
        ),
        text_("finding", "what was found, in a word that reports put into a sentence"),
        value_("value", "in its unit"),
        text_("unit", "unit of value, low and high"),
        count_("n", "people behind the value, or days with data"),
        value_("low", "lower end of the 95 % interval"),
        value_("high", "upper end of the 95 % interval"),
        text_("facts", "components, tables or the day that the finding is about"),
    ),
)

OUTPUT_TABLES = {
    table.name: table
    for table in (
        INDICATOR_VALUES,
        SCORES,
        EVALUATION_SCORES,
        APPRAISALS,
        PROPOSALS,
        PAY,
        DATA_QUALITY,
        INDICATOR_SET,
        COMPARISONS,
        EVALUATOR_DIFFERENCES,
        EVALUATOR_OVERVIEW,
        SEVERITIES,
        EFFECTS,
        MEASURES,
        COMPONENTS,
        FAIRNESS,
        HISTORY,
    )
} | RECORD_TABLES
