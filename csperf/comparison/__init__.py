"""Cycles held against one another: differences with intervals, and control charts."""

from csperf.comparison.charts import signals, weekly, xmr
from csperf.comparison.count_charts import (
    control_chart,
    laney_p_chart,
    laney_u_chart,
    p_chart,
    u_chart,
)
from csperf.comparison.cycles import compare_cycles, square_and_add
from csperf.comparison.detectable import detectable_difference, smallest_detectable_change
from csperf.comparison.effect_sizes import (
    EffectSize,
    hedges_g,
    odds_ratio,
    risk_difference,
    standardised_contrasts,
)
from csperf.comparison.fairness import department_fairness, fair_outcomes, fairness
from csperf.comparison.funnel import funnel, funnel_curve, winsorised_square
from csperf.comparison.heterogeneity import heterogeneity
from csperf.comparison.noise import p_noise, with_uncertainty
from csperf.comparison.ranks import grade_uncertainty, rank_uncertainty
from csperf.comparison.rate_shrinkage import shrunken_rates
from csperf.comparison.rates import rate_change
from csperf.comparison.reform import reform_effect
from csperf.comparison.rule_errors import rule_error_rates
from csperf.comparison.trend import trend
from csperf.comparison.uncertainty import built_uncertainty, score_uncertainty

__all__ = [
    "EffectSize",
    "built_uncertainty",
    "compare_cycles",
    "control_chart",
    "department_fairness",
    "detectable_difference",
    "fair_outcomes",
    "fairness",
    "funnel",
    "funnel_curve",
    "grade_uncertainty",
    "hedges_g",
    "heterogeneity",
    "laney_p_chart",
    "laney_u_chart",
    "odds_ratio",
    "p_chart",
    "p_noise",
    "rank_uncertainty",
    "rate_change",
    "reform_effect",
    "risk_difference",
    "rule_error_rates",
    "score_uncertainty",
    "shrunken_rates",
    "signals",
    "smallest_detectable_change",
    "square_and_add",
    "standardised_contrasts",
    "trend",
    "u_chart",
    "weekly",
    "winsorised_square",
    "with_uncertainty",
    "xmr",
]
