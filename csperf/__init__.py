"""csperf: fair monthly appraisal of customer-service people, and how sure it is.

The names below are what analysts type; each is imported when it is first used, so that the command
line starts at once.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from csperf.answers.explanation import Explanation, explain
    from csperf.answers.replay import WhatIf, what_if
    from csperf.answers.stability import rank_stability
    from csperf.appraisal import (
        check_indicator_set,
        combine_evaluations,
        distribute,
        grade,
        paired_comparison,
        proposals,
        rank,
        score,
    )
    from csperf.calibration import (
        Adjusted,
        DStudy,
        FacetsFit,
        adjust,
        d_study,
        evaluator_differences,
        evaluator_overview,
        fit_facets,
        g_coefficients,
        group_preference,
        icc,
        krippendorff_alpha,
        rater_effects,
        reciprocal_extremes,
        rwg,
        self_inflation,
        severity_drift,
        variance_components,
        weighted_kappa,
    )
    from csperf.comparison import (
        compare_cycles,
        detectable_difference,
        fair_outcomes,
        fairness,
        grade_uncertainty,
        hedges_g,
        odds_ratio,
        rank_uncertainty,
        rate_change,
        risk_difference,
        rule_error_rates,
        score_uncertainty,
        smallest_detectable_change,
        standardised_contrasts,
        xmr,
    )
    from csperf.errors import CsperfError, InputError
    from csperf.indicators import (
        INDICATORS,
        cases_behind,
        indicator_values,
        standardised_values,
    )
    from csperf.mixed import MixedFit, RateFit, fit_mixed
    from csperf.params import Cycle, Measurement, Params, load_params
    from csperf.pipeline import Appraisals, appraise, appraise_department
    from csperf.scheme import Scheme, load_scheme
    from csperf.simulate import simulate_department
    from csperf.sources import Tables, read_frame, read_tables

__version__ = "0.1.0"

_HOME = {
    "fair_outcomes": "comparison",
    "fairness": "comparison",
    "group_preference": "calibration",
    "reciprocal_extremes": "calibration",
    "self_inflation": "calibration",
    "severity_drift": "calibration",
    "INDICATORS": "indicators",
    "Adjusted": "calibration",
    "adjust": "calibration",
    "Appraisals": "pipeline",
    "CsperfError": "errors",
    "Cycle": "params",
    "DStudy": "calibration",
    "Explanation": "answers.explanation",
    "FacetsFit": "calibration",
    "InputError": "errors",
    "Measurement": "params",
    "MixedFit": "mixed",
    "Params": "params",
    "RateFit": "mixed",
    "Scheme": "scheme",
    "Tables": "sources",
    "WhatIf": "answers.replay",
    "appraise": "pipeline",
    "appraise_department": "pipeline",
    "cases_behind": "indicators",
    "check_indicator_set": "appraisal",
    "combine_evaluations": "appraisal",
    "compare_cycles": "comparison",
    "d_study": "calibration",
    "detectable_difference": "comparison",
    "distribute": "appraisal",
    "evaluator_differences": "calibration",
    "evaluator_overview": "calibration",
    "explain": "answers.explanation",
    "fit_facets": "calibration",
    "fit_mixed": "mixed",
    "g_coefficients": "calibration",
    "grade": "appraisal",
    "grade_uncertainty": "comparison",
    "hedges_g": "comparison",
    "icc": "calibration",
    "indicator_values": "indicators",
    "krippendorff_alpha": "calibration",
    "load_params": "params",
    "load_scheme": "scheme",
    "odds_ratio": "comparison",
    "paired_comparison": "appraisal",
    "proposals": "appraisal",
    "rank": "appraisal",
    "rank_stability": "answers.stability",
    "rank_uncertainty": "comparison",
    "rate_change": "comparison",
    "rater_effects": "calibration",
    "read_frame": "sources",
    "read_tables": "sources",
    "risk_difference": "comparison",
    "rule_error_rates": "comparison",
    "rwg": "calibration",
    "score": "appraisal",
    "score_uncertainty": "comparison",
    "simulate_department": "simulate",
    "smallest_detectable_change": "comparison",
    "standardised_contrasts": "comparison",
    "standardised_values": "indicators",
    "weighted_kappa": "calibration",
    "variance_components": "calibration",
    "what_if": "answers.replay",
    "xmr": "comparison",
}

__all__ = [
    "INDICATORS",
    "Adjusted",
    "Appraisals",
    "CsperfError",
    "Cycle",
    "DStudy",
    "Explanation",
    "FacetsFit",
    "InputError",
    "Measurement",
    "MixedFit",
    "Params",
    "RateFit",
    "Scheme",
    "Tables",
    "WhatIf",
    "adjust",
    "appraise",
    "appraise_department",
    "cases_behind",
    "check_indicator_set",
    "combine_evaluations",
    "compare_cycles",
    "d_study",
    "detectable_difference",
    "distribute",
    "evaluator_differences",
    "evaluator_overview",
    "explain",
    "fair_outcomes",
    "fairness",
    "fit_facets",
    "fit_mixed",
    "g_coefficients",
    "grade",
    "grade_uncertainty",
    "group_preference",
    "hedges_g",
    "icc",
    "indicator_values",
    "krippendorff_alpha",
    "load_params",
    "load_scheme",
    "odds_ratio",
    "paired_comparison",
    "proposals",
    "rank",
    "rank_stability",
    "rank_uncertainty",
    "rate_change",
    "rater_effects",
    "read_frame",
    "read_tables",
    "reciprocal_extremes",
    "risk_difference",
    "rule_error_rates",
    "rwg",
    "score",
    "score_uncertainty",
    "self_inflation",
    "severity_drift",
    "simulate_department",
    "smallest_detectable_change",
    "standardised_contrasts",
    "standardised_values",
    "variance_components",
    "weighted_kappa",
    "what_if",
    "xmr",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"csperf has no '{name}'")
    return getattr(import_module(f"csperf.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
