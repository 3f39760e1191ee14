"""Evaluators: who is harsher than whom, and who cannot be compared."""

from csperf.calibration.components import (
    DStudy,
    GCoefficients,
    d_study,
    g_coefficients,
    variance_components,
)
from csperf.calibration.differences import evaluator_differences, evaluator_overview
from csperf.calibration.facets import FacetsFit, fit_facets

__all__ = [
    "DStudy",
    "FacetsFit",
    "GCoefficients",
    "d_study",
    "evaluator_differences",
    "evaluator_overview",
    "fit_facets",
    "g_coefficients",
    "variance_components",
]
