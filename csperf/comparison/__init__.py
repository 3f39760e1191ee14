"""Cycles held against one another: differences with intervals, and control charts."""

from csperf.comparison.charts import signals, weekly, xmr
from csperf.comparison.cycles import compare_cycles, square_and_add
from csperf.comparison.detectable import detectable_difference, smallest_detectable_change
from csperf.comparison.effect_sizes import (
    EffectSize,
    hedges_g,
    odds_ratio,
    risk_difference,
    standardised_contrasts,
)
from csperf.comparison.fairness import fair_outcomes, fairness
from csperf.comparison.noise import p_noise, with_uncertainty
from csperf.comparison.ranks import grade_uncertainty, rank_uncertainty
from csperf.comparison.rates import rate_change
from csperf.comparison.rule_errors import rule_error_rates
from csperf.comparison.uncertainty import built_uncertainty, score_uncertainty

__all__ = [
    "EffectSize",
    "built_uncertainty",
    "compare_cycles",
    "detectable_difference",
    "fair_outcomes",
    "fairness",
    "grade_uncertainty",
    "hedges_g",
    "odds_ratio",
    "p_noise",
    "rank_uncertainty",
    "rate_change",
    "risk_difference",
    "rule_error_rates",
    "score_uncertainty",
    "signals",
    "smallest_detectable_change",
    "square_and_add",
    "standardised_contrasts",
    "weekly",
    "with_uncertainty",
    "xmr",
]
