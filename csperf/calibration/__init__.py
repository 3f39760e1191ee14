"""Evaluators: who is harsher than whom, who cannot be compared, and how far they agree."""

from csperf.calibration.agreement import weighted_kappa
from csperf.calibration.alpha import krippendorff_alpha
from csperf.calibration.differences import evaluator_differences, evaluator_overview
from csperf.calibration.intraclass import icc
from csperf.calibration.within_person import rwg

__all__ = [
    "evaluator_differences",
    "evaluator_overview",
    "icc",
    "krippendorff_alpha",
    "rwg",
    "weighted_kappa",
]
