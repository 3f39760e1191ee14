"""Cycles held against one another: differences with intervals, and control charts."""

from csperf.comparison.charts import signals, weekly, xmr
from csperf.comparison.cycles import compare_cycles, square_and_add
from csperf.comparison.fairness import fair_outcomes, fairness
from csperf.comparison.heterogeneity import heterogeneity
from csperf.comparison.noise import p_noise, with_uncertainty
from csperf.comparison.ranks import grade_uncertainty, rank_uncertainty
from csperf.comparison.rate_shrinkage import shrunken_rates
from csperf.comparison.rule_errors import rule_error_rates
from csperf.comparison.uncertainty import built_uncertainty, score_uncertainty

__all__ = [
    "built_uncertainty",
    "compare_cycles",
    "fair_outcomes",
    "fairness",
    "grade_uncertainty",
    "heterogeneity",
    "p_noise",
    "rank_uncertainty",
    "rule_error_rates",
    "score_uncertainty",
    "shrunken_rates",
    "signals",
    "square_and_add",
    "weekly",
    "with_uncertainty",
    "xmr",
]
