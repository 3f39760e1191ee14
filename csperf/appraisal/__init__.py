"""From indicator values and evaluations to scores, ranks, grades and proposals."""

from csperf.appraisal.checks import check_scheme
from csperf.appraisal.distribution import distribute
from csperf.appraisal.eligibility import find_service_accounts, members
from csperf.appraisal.evaluation import combine_evaluations, missing_required
from csperf.appraisal.history import history_rows
from csperf.appraisal.indicator_set import check_indicator_set
from csperf.appraisal.judging import comparison_groups, judge
from csperf.appraisal.outcomes import proposals
from csperf.appraisal.pairs import paired_comparison
from csperf.appraisal.ranking import grade, rank
from csperf.appraisal.scoring import effective_weights, points, score, totals

__all__ = [
    "check_indicator_set",
    "check_scheme",
    "combine_evaluations",
    "comparison_groups",
    "distribute",
    "effective_weights",
    "find_service_accounts",
    "grade",
    "history_rows",
    "judge",
    "members",
    "missing_required",
    "paired_comparison",
    "points",
    "proposals",
    "rank",
    "score",
    "totals",
]
