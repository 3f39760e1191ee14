"""Tables that tell how a cycle's appraisals came about, and what people made of them."""

from __future__ import annotations

from csperf.tables.declare import Column, Table, count_, date_, flag_, id_, points_, text_, time_
from csperf.tables.methods import METHOD_TABLES
from csperf.tables.stamp import CYCLE, DEPARTMENT, PERSON, TEAM, probability_, value_
from csperf.tables.standing import STANDING_TABLES
from csperf.tables.talks import TALK_TABLES

DECISION = (
    Column("decision", "text", "what was decided", choices=("confirmed", "changed", "rejected")),
    text_("changed_to", "action or grade that was decided instead"),
    text_("decided_by", "who decided; empty while nobody has"),
    time_("decided_at", "when"),
    text_("why", "the reason given"),
    text_("flags", "what is odd about it: own_case, before_appeal_deadline, appeal_open"),
)

FINDINGS = Table(
    "findings",
    "What is odd in how people were evaluated; somebody should look, nothing follows by itself.",
    key=("cycle_id", "check", "employee_id", "evaluator_id", "subject"),
    columns=(
        CYCLE,
        DEPARTMENT,
        TEAM,
        id_("employee_id", "whom it is about; empty for the whole department", required=False),
        text_("check", "which check found it"),
        id_("evaluator_id", "whose evaluation it is about", required=False),
        text_("subject", "type of evaluator, criterion, indicator, rule, method or appeal"),
        text_("facts", "what was found"),
    ),
)

EVALUATION_SOURCES = Table(
    "evaluation_sources",
    "What became of each type of evaluators for each person, the own view among them.",
    key=("cycle_id", "employee_id", "evaluator_type"),
    columns=(
        *PERSON,
        id_("evaluator_type", "self, peer, manager ..."),
        Column(
            "status",
            "text",
            "given; hidden where too few gave it; declined; missing though asked; not_invited",
            choices=("given", "hidden", "declined", "missing", "not_invited"),
        ),
        count_("n_evaluators", "how many gave a score"),
        count_("needed", "how many it takes to be shown"),
        value_("weight", "weight in the score, if nothing is missing", "per cent"),
        value_("not_counted", "how much of the weight has no score that counts", "per cent"),
        text_("hidden", "criteria that fewer than needed gave"),
    ),
)

GAPS = Table(
    "gaps",
    "Self against superior, all rounds kept, and what the scheme's procedure asks for next.",
    key=("cycle_id", "employee_id"),
    columns=(
        *PERSON,
        text_("first_type", "the type that judges again first"),
        text_("second_type", "the other type"),
        text_("first_grade", "grade of the first type's score"),
        text_("second_grade", "grade of the second type's score"),
        points_("first_score", "mean over the criteria that both judged"),
        points_("second_score", "the same, of the second type"),
        value_("difference", "first minus second", "points"),
        text_("first_rounds", "the score after each round"),
        text_("second_rounds", "the same, of the second type"),
        Column(
            "next_step",
            "text",
            "what comes next",
            choices=("none", "ask_self_again", "superior_may_re_evaluate", "interview"),
        ),
    ),
)

INTERVIEWS_DUE = Table(
    "interviews_due",
    "With whom to talk and why; a row for each reason.",
    key=("cycle_id", "employee_id", "reason"),
    columns=(
        *PERSON,
        text_("reason", "grade_gap, excellent, urgent, below, or regular"),
        date_("held_on", "day of the latest interview of the cycle; empty if none was held"),
    ),
)

GRADE_DECISIONS = Table(
    "grade_decisions",
    "Grades with their evidence and what people decided about them.",
    key=("cycle_id", "employee_id"),
    columns=(
        *PERSON,
        text_("grade", "grade by the score"),
        date_("appeal_until", "last day of appeal"),
        count_("n_evidence", "evaluations by others that name facts"),
        Column(
            "status",
            "text",
            "standing of the grade; unconfirmed where evidence or a step that confirms is missing",
            choices=("proposed", "approved", "rejected", "unconfirmed"),
        ),
        text_("lacking", "what is missing: evidence, confirmation, or both"),
        *DECISION,
    ),
)

PLANS_OWED = Table(
    "plans_owed",
    "Improvement plans that proposals ask for, and how far they are.",
    key=("cycle_id", "employee_id", "rule_id"),
    columns=(
        *PERSON,
        id_("rule_id", "rule that asks for the plan"),
        date_("due", "when the plan is due"),
        id_("plan_id", "the plan that was handed in", required=False),
        count_("revision", "its latest revision"),
        time_("submitted_at", "when it was handed in first"),
        flag_("late", "handed in after the due day, or not yet and the day is over"),
        text_("lacking", "parts of the plan that are empty"),
        text_("effect", "what the plan changed, in the words of its owner"),
    ),
)

APPEAL_LEDGER = Table(
    "appeal_ledger",
    "Appeals against the cycle's results, a row for each stage that was reached.",
    key=("cycle_id", "appeal_id", "step"),
    columns=(
        *PERSON,
        id_("appeal_id", "the appeal"),
        id_("evaluator_id", "whose evaluation it is about", required=False),
        text_("issue", "what it is about"),
        text_("facts", "what it rests on"),
        count_("step", "1 is the first stage"),
        text_("stage", "who deals with it"),
        time_("filed_at", "when it came to this stage"),
        flag_("in_time", "filed by the last day of appeal"),
        date_("due_date", "by when the stage has to decide"),
        flag_("overdue", "decided after it, or not yet and it is over"),
        flag_("decided", "the stage ended"),
        text_("decision", "how it ended"),
        time_("decided_at", "when it ended"),
        points_("score_before", "the score that was appealed against"),
        points_("score_after", "the score after it"),
        value_("score_change", "after minus before", "points"),
        text_("grade_before", "the grade that was appealed against"),
        text_("grade_after", "the grade after it"),
        flag_("grade_changed", "whether the two differ"),
    ),
)

DEVIATION_LOG = Table(
    "deviation_log",
    "All that did not go as planned; a record, nothing is computed from it.",
    key=("cycle_id", "at", "kind", "what", "employee_id"),
    columns=(
        CYCLE,
        DEPARTMENT,
        TEAM,
        id_("employee_id", "whom it is about, if it is about one person", required=False),
        time_("at", "when"),
        text_("kind", "a kind of the deviations, or edit, override, late"),
        text_("what", "what happened"),
        text_("who", "who answers for it"),
        text_("why", "the reason given"),
    ),
)

RESTATED = Table(
    "restated",
    "What this run changed in results of the cycle that an earlier run had published.",
    key=("cycle_id", "table", "employee_id", "subject", "quantity"),
    columns=(
        *PERSON,
        text_("table", "appraisals, proposals or pay"),
        text_("subject", "rule or line of pay; empty for appraisals"),
        text_("quantity", "the column that changed"),
        text_("old", "what the earlier run said"),
        text_("new", "what this run says"),
        value_("difference", "new minus old, of numbers"),
        flag_("kept", "money already approved that is not taken back by itself"),
        flag_("corrected", "records of this person were corrected"),
    ),
)

KEPT_MONEY = Table(
    "kept_money",
    "Money that people approved and that this run of the cycle proposes no more, or less of; it"
    " stays in the pay until they decide otherwise.",
    key=("cycle_id", "employee_id", "rule_id"),
    columns=(
        *PERSON,
        id_("rule_id", "the rule that proposed it"),
        value_("amount", "money that was approved", "currency"),
        text_("currency", "ISO code"),
        text_("decided_by", "who approved it"),
        time_("decided_at", "when"),
    ),
)

PAY_POOLS = Table(
    "pay_pools",
    "Money that a group shares, against the lines of pay that pay it out.",
    key=("cycle_id", "pool_id"),
    columns=(
        CYCLE,
        DEPARTMENT,
        id_("pool_id", "the pool, as the scheme names it"),
        text_("line", "the line that pays its shares, if they are a line of their own"),
        value_("amount", "money to share", "currency"),
        text_("currency", "ISO code"),
        count_("people", "who share it"),
        value_("paid", "sum of the line over all people", "currency"),
        value_("difference", "paid minus amount", "currency"),
        Column(
            "status",
            "text",
            "whether the two agree",
            choices=("matches", "differs", "not paid", "in a formula"),
        ),
        text_("formula", "how the amount was computed"),
        text_("inputs", "the numbers that went in, or why it is not paid"),
    ),
)

APPEAL_STATISTICS = Table(
    "appeal_statistics",
    "How many appeals against the cycle there were, how they ended and how long they took.",
    key=("cycle_id", "by", "id"),
    columns=(
        CYCLE,
        DEPARTMENT,
        Column("by", "text", "what is counted by", choices=("evaluator", "team")),
        id_("id", "the evaluator, or the team of who appealed"),
        count_("n_filed", "appeals"),
        count_("n_open", "not decided yet"),
        count_("n_withdrawn", "withdrawn"),
        count_("n", "decided otherwise"),
        count_("n_upheld", "of these, upheld in whole or in part"),
        value_("upheld_share", "n_upheld of n; empty if n is 0"),
        value_("median_days", "from filing to the last decision, of those that ended", "days"),
    ),
)

TRAINING_NEEDS = Table(
    "training_needs",
    "Who needs which training, and how many of the team need the same.",
    key=("cycle_id", "employee_id", "reason", "subject"),
    columns=(
        *PERSON,
        Column(
            "reason",
            "text",
            "what the need is seen from",
            choices=("knowledge_gap", "proposed", "weakest_item"),
        ),
        id_("subject", "the test, the rule, or the component that costs most"),
        points_("points", "in it; of a test, per cent of what could be reached"),
        count_("n_sharing", "people of the team with the same reason and subject"),
    ),
)

RESULTS_SUMMARY = Table(
    "results_summary",
    "Good and bad sides of each person: performance is counted, conduct is judged by people.",
    key=("cycle_id", "employee_id"),
    columns=(
        *PERSON,
        points_("performance", "weighted mean of the indicators"),
        points_("conduct", "weighted mean of the criteria"),
        Column(
            "pattern",
            "text",
            "which of the two is good",
            choices=("both_good", "performance_only", "conduct_only", "both_bad"),
        ),
        text_("good_performance", "good indicators, the best first"),
        text_("bad_performance", "bad indicators, the worst first"),
        text_("good_conduct", "good criteria, the best first"),
        text_("bad_conduct", "bad criteria, the worst first"),
        text_("kept", "good in the earlier cycle too; empty where that is not known"),
        text_("short_board", "the component that costs most"),
        value_("lost", "what it costs", "points of the score"),
    ),
)

PLAN_EFFECTS = Table(
    "plan_effects",
    "What improvement plans changed beyond what was to be expected without them.",
    key=("cycle_id", "plan_id"),
    columns=(
        *PERSON,
        id_("plan_id", "the plan"),
        id_("plan_cycle_id", "the cycle that the plan came after"),
        id_("quantity_id", "score, or an indicator"),
        count_("n_before", "cycles in the baseline"),
        count_("n_after", "cycles after the plan"),
        count_("n_others", "colleagues without a plan in the same cycles"),
        value_("baseline", "mean up to the plan"),
        value_("later", "mean after it"),
        value_("change", "later minus baseline"),
        value_("group_change", "what the colleagues changed by"),
        value_("regression", "what chance alone gives back: the regression to the mean"),
        value_("expected", "change to be expected without the plan, the sum of the two"),
        value_("beyond", "change minus expected"),
        value_("low", "lower end of its 95 % interval"),
        value_("high", "upper end of its 95 % interval"),
        probability_("reliability", "share of the baseline's differences that lasts"),
        Column(
            "outcome",
            "text",
            "what can be said",
            choices=("better", "worse", "not_told_apart", "cannot_tell"),
        ),
        text_("reason", "why nothing can be said"),
    ),
)

FAIR_CHANGES = Table(
    "fair_changes",
    "What would be otherwise had all evaluators been equally severe; nothing follows by itself.",
    key=("cycle_id", "employee_id", "quantity_id"),
    columns=(
        *PERSON,
        id_("quantity_id", "grade, rank, distribution_grade, level, state, a rule, or a pay line"),
        text_("official", "what it is; empty where a rule proposes nothing"),
        text_("fair", "what it would be by the fair score"),
    ),
)

SEVERITY_CHANGES = Table(
    "severity_changes",
    "Teams whose evaluators are others than in the cycle before, and what that does to the score.",
    key=("cycle_id", "team_id", "baseline_id"),
    columns=(
        CYCLE,
        DEPARTMENT,
        TEAM,
        id_("baseline_id", "the earlier cycle"),
        count_("n", "people with a score in both cycles"),
        value_("explained", "points of the mean score's change that come from severity"),
        value_("low", "lower end of its 95 % interval"),
        value_("high", "upper end of its 95 % interval"),
        Column(
            "status",
            "text",
            "not_linked: too few people link the evaluators; exact: ratings agree to the point;"
            " with_hr: anonymity was promised",
            choices=("ok", "exact", "not_linked", "with_hr"),
        ),
    ),
)

RECORD_TABLES = {
    table.name: table
    for table in (
        FINDINGS,
        FAIR_CHANGES,
        EVALUATION_SOURCES,
        GAPS,
        INTERVIEWS_DUE,
        GRADE_DECISIONS,
        PLANS_OWED,
        APPEAL_LEDGER,
        DEVIATION_LOG,
        RESTATED,
        KEPT_MONEY,
        PAY_POOLS,
        APPEAL_STATISTICS,
        *STANDING_TABLES,
        TRAINING_NEEDS,
        RESULTS_SUMMARY,
        PLAN_EFFECTS,
        SEVERITY_CHANGES,
        *METHOD_TABLES,
        *TALK_TABLES,
    )
}
