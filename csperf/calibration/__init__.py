"""Evaluators: how severe they are, what is peculiar to them, and how far they agree."""

from csperf.calibration.adjust import Adjusted, adjust
from csperf.calibration.agreement import weighted_kappa
from csperf.calibration.alpha import krippendorff_alpha
from csperf.calibration.differences import evaluator_differences, evaluator_overview
from csperf.calibration.effects import rater_effects
from csperf.calibration.facets import FacetsFit, fit_facets
from csperf.calibration.intraclass import icc
from csperf.calibration.within_person import rwg

__all__ = [
    "Adjusted",
    "FacetsFit",
    "adjust",
    "evaluator_differences",
    "evaluator_overview",
    "fit_facets",
    "icc",
    "krippendorff_alpha",
    "rater_effects",
    "rwg",
    "weighted_kappa",
]
