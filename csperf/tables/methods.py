"""What methods of appraisal gave, beside the score: goals, standards, pairs, behaviour, sources."""

from __future__ import annotations

from csperf.tables.declare import Column, Table, count_, date_, id_, points_, text_
from csperf.tables.stamp import CYCLE, DEPARTMENT, PERSON, probability_, value_

THREE = ("high", "middle", "low")

GOAL_ATTAINMENT = Table(
    "goal_attainment",
    "What each person reached of his or her own goals and plans of the cycle.",
    key=("cycle_id", "employee_id", "goal_id"),
    columns=(
        *PERSON,
        id_("goal_id", "the goal, or the target"),
        text_("title", "of the goal; a target has the indicator's"),
        value_("value", "reached: as measured, or by the goal's last check-in of the cycle"),
        value_("target", "to be reached"),
        text_("unit", "unit of value and target"),
        text_("direction", "up or down: what is better"),
        value_("attainment", "share of the target that was reached", "per cent"),
        Column(
            "outcome",
            "text",
            "value against target",
            choices=("met", "exceeded", "missed", "not_computable"),
        ),
        text_("reason", "why nothing can be said"),
    ),
)

STANDARDS_MET = Table(
    "standards_met",
    "Points on criteria against the scheme's standards, the same for everybody.",
    key=("cycle_id", "employee_id", "criterion_id"),
    columns=(
        *PERSON,
        id_("criterion_id", "the criterion"),
        points_("score", "weighted mean of those who judge it"),
        points_("meets_from", "lowest points that meet the standard"),
        points_("exceeds_from", "lowest points that exceed it"),
        Column(
            "standing",
            "text",
            "where the points lie",
            choices=("below", "meets", "exceeds"),
        ),
    ),
)

PAIR_STRENGTHS = Table(
    "pair_strengths",
    "Paired comparison: wins, and strengths by the Bradley-Terry model, within comparison groups.",
    key=("cycle_id", "employee_id", "criterion_id"),
    columns=(
        *PERSON,
        id_("criterion_id", "the skill that was compared"),
        value_("wins", "verdicts for the person; a tie is half a win"),
        count_("comparisons", "verdicts"),
        probability_("share", "wins of verdicts"),
        value_("strength", "log odds around the mean of the block"),
        value_("se", "its standard error"),
        value_("low", "lower end of its 95 % interval"),
        value_("high", "upper end of its 95 % interval"),
        count_("block", "people whose strengths can be compared with one another"),
        text_(
            "status",
            "ok, or why there is no strength, or only one within the block",
            ("ok", "disconnected", "separated", "won_all", "lost_all", "not_judged"),
        ),
    ),
)

BEHAVIOUR_SCALES = Table(
    "behaviour_scales",
    "The observed behaviour that each point of a criterion's scale stands for.",
    key=("cycle_id", "criterion_id", "points"),
    columns=(
        CYCLE,
        DEPARTMENT,
        id_("criterion_id", "the criterion"),
        text_("title", "as printed"),
        value_("points", "on the criterion's scale"),
        text_("text", "the behaviour"),
    ),
)

OBSERVATIONS = Table(
    "observations",
    "How often behaviour was seen and written down within the cycle.",
    key=("cycle_id", "employee_id", "criterion_id"),
    columns=(
        *PERSON,
        id_("criterion_id", "what the behaviour is an example of"),
        count_("n_positive", "good examples"),
        count_("n_negative", "bad examples"),
        count_("n_unmarked", "not said which"),
        count_("n_observers", "people who wrote them down"),
    ),
)

METHODS_CHOSEN = Table(
    "methods_chosen",
    "Which method was chosen for what and why, beside what the guidance says of it.",
    key=("cycle_id", "scope", "method", "purpose"),
    columns=(
        CYCLE,
        DEPARTMENT,
        text_("scope", "department, team or post that it is for"),
        id_("method", "the method"),
        text_("title", "as the guidance names it; empty if it does not know it"),
        text_("purpose", "what it is to show"),
        text_("why", "why this method"),
        text_("by", "who decided"),
        text_("used_for", "what the guidance uses it for"),
        text_("pros", "its strengths"),
        text_("cons", "its weaknesses"),
    ),
)

PLAN_STAGES = Table(
    "plan_stages",
    "How far each improvement plan is, by its last revision.",
    key=("cycle_id", "plan_id"),
    columns=(
        *PERSON,
        id_("plan_id", "the plan"),
        id_("plan_cycle_id", "the cycle that the plan came after"),
        text_("status", "as written"),
        Column(
            "stage",
            "text",
            "the first that holds",
            choices=("given_up", "evaluated", "effect_due", "draft", "running"),
        ),
        text_("lacking", "parts of the plan that are empty"),
        count_("n_revisions", "how often it was revised"),
        count_("unexplained", "revisions without a reason"),
        count_("n_checks", "check dates that are over"),
        date_("next_check", "the next check date"),
        date_("deadline", "last day of the plan"),
        text_("effect", "what came of it, in the owner's words"),
    ),
)

SOURCE_MEANS = Table(
    "source_means",
    "360 degrees: what each type of evaluators says of each person.",
    key=("cycle_id", "employee_id", "evaluator_type"),
    columns=(
        *PERSON,
        id_("evaluator_type", "self, manager, peer ..."),
        count_("n_evaluators", "how many gave a score"),
        count_("n_criteria", "criteria that are shown"),
        count_("n_hidden", "criteria with too few evaluators to be shown"),
        points_("score", "mean over the criteria that are shown"),
    ),
)

SOURCE_GAPS = Table(
    "source_gaps",
    "360 degrees: the person's own view of each criterion against that of the others.",
    key=("cycle_id", "employee_id", "criterion_id"),
    columns=(
        *PERSON,
        id_("criterion_id", "what is judged"),
        points_("self_score", "the own view"),
        points_("others", "mean of the other types that are shown"),
        count_("n_sources", "how many of them"),
        value_("gap", "own view minus others", "points"),
    ),
)

SOURCE_AGREEMENT = Table(
    "source_agreement",
    "360 degrees: how far two types of evaluators agree on the department's people.",
    key=("cycle_id", "type_a", "type_b"),
    columns=(
        CYCLE,
        DEPARTMENT,
        id_("type_a", "one type of evaluators"),
        id_("type_b", "the other"),
        count_("n_employees", "people whom both judged"),
        value_("difference", "mean of a minus b", "points"),
        value_("absolute_difference", "mean distance, whichever is higher", "points"),
        value_("correlation", "over people, from three on"),
    ),
)

PERSPECTIVES_TABLE = Table(
    "perspectives",
    "Balanced scorecard: each person's score in four perspectives, which add up to the total.",
    key=("cycle_id", "employee_id", "perspective"),
    columns=(
        *PERSON,
        Column(
            "perspective",
            "text",
            "none is what belongs to no perspective",
            choices=("finance", "customer", "process", "learning", "none", "total"),
        ),
        count_("n_components", "components with points"),
        value_("weight", "share of the score", "per cent"),
        value_("score", "weighted mean of the points", "points"),
        value_("contribution", "points of the total", "points"),
    ),
)

POSITIONS = Table(
    "positions",
    "Where each appraised person stands towards the others of the comparison group.",
    key=("cycle_id", "employee_id"),
    columns=(
        *PERSON,
        text_("comparison_group", "people who are ranked together"),
        count_("group_size", "how many they are"),
        count_("sharing", "people with this place, if it is shared"),
        value_("mean_of_others", "mean score of the others of the group", "points"),
        value_("difference", "score minus that mean", "points"),
        value_("difference_se", "its standard error", "points"),
        probability_("p_value", "of no difference, two-sided"),
        probability_("p_adjusted", "by Holm's method over the group"),
        Column(
            "position",
            "text",
            "significantly only by the test; empty for one person alone",
            choices=(
                "significantly_above",
                "significantly_below",
                "above_average",
                "below_average",
                "average",
            ),
        ),
    ),
)

GRADE_CHANCES = Table(
    "grade_chances",
    "People whose score lies near the border of a grade, and how likely each grade is.",
    key=("cycle_id", "employee_id", "grade"),
    columns=(
        *PERSON,
        value_("border", "the border", "points"),
        value_("distance", "score minus border", "points"),
        text_("grade", "one of the scheme's grades"),
        probability_("probability", "that the true score lies in its band; empty if not known"),
    ),
)

STATEMENTS_TABLE = Table(
    "statements",
    "Three statements on each person: contribution, performance and potential, rated apart.",
    key=("cycle_id", "employee_id"),
    columns=(
        *PERSON,
        value_("volume", "customers received, where that is counted"),
        value_("team_share", "share of the team's volume", "per cent"),
        points_("score", "the official score"),
        Column("performance", "text", "by the score", choices=THREE),
        count_("n_evaluators", "others who rated the potential"),
        points_("potential_points", "their mean; empty for too few"),
        Column("potential", "text", "by that mean, never by the score", choices=THREE),
        text_("cell", "performance and potential, such as high_low"),
    ),
)

REWARDS = Table(
    "rewards",
    "Rewards given for the cycle: how prompt each was, and how dear its kind is to the person.",
    key=("cycle_id", "employee_id", "award"),
    columns=(
        *PERSON,
        id_("award", "the reward"),
        text_("incentive_kind", "kind of reward"),
        date_("given_date", "when it was given"),
        value_("days", "from the last day of the cycle", "days"),
        count_("preference", "place of the kind among the person's wishes; 1 is the dearest"),
    ),
)

REWARD_CHOICES = Table(
    "reward_choices",
    "Of the kinds of reward that proposals open, the one that each person likes best.",
    key=("cycle_id", "employee_id"),
    columns=(
        *PERSON,
        text_("incentive_kind", "the kind; empty where the person has to be asked"),
        count_("preference", "its place among the person's wishes"),
    ),
)

METHOD_TABLES = (
    STATEMENTS_TABLE,
    REWARDS,
    REWARD_CHOICES,
    POSITIONS,
    GRADE_CHANCES,
    GOAL_ATTAINMENT,
    STANDARDS_MET,
    PAIR_STRENGTHS,
    BEHAVIOUR_SCALES,
    OBSERVATIONS,
    METHODS_CHOSEN,
    PLAN_STAGES,
    SOURCE_MEANS,
    SOURCE_GAPS,
    SOURCE_AGREEMENT,
    PERSPECTIVES_TABLE,
)
