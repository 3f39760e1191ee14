"""Evaluators: how severe they are, what is peculiar to them, and how far they agree."""

from csperf.calibration.adjust import Adjusted, adjust
from csperf.calibration.agreement import weighted_kappa
from csperf.calibration.alpha import krippendorff_alpha
from csperf.calibration.calibrate import Calibration, calibrate
from csperf.calibration.components import (
    DStudy,
    GCoefficients,
    d_study,
    g_coefficients,
    variance_components,
)
from csperf.calibration.differences import evaluator_differences, evaluator_overview
from csperf.calibration.drift import severity_drift
from csperf.calibration.effects import group_preference, rater_effects
from csperf.calibration.facets import FacetsFit, fit_facets
from csperf.calibration.intraclass import icc
from csperf.calibration.peers import reciprocal_extremes, self_inflation
from csperf.calibration.within_person import rwg

__all__ = [
    "Adjusted",
    "Calibration",
    "DStudy",
    "FacetsFit",
    "GCoefficients",
    "adjust",
    "calibrate",
    "d_study",
    "evaluator_differences",
    "evaluator_overview",
    "fit_facets",
    "g_coefficients",
    "group_preference",
    "icc",
    "krippendorff_alpha",
    "rater_effects",
    "reciprocal_extremes",
    "rwg",
    "self_inflation",
    "severity_drift",
    "variance_components",
    "weighted_kappa",
]
