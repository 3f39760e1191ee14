"""Evaluators: who is harsher than whom, and who cannot be compared."""

from csperf.calibration.differences import evaluator_differences, evaluator_overview
from csperf.calibration.facets import FacetsFit, fit_facets

__all__ = ["FacetsFit", "evaluator_differences", "evaluator_overview", "fit_facets"]
