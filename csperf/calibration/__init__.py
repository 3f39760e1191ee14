"""Evaluators: who is harsher than whom, and who cannot be compared."""

from csperf.calibration.differences import evaluator_differences, evaluator_overview

__all__ = ["evaluator_differences", "evaluator_overview"]
