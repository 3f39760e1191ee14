"""What readers see: notebooks' sections, the report, the portal and their words."""

from csperf.reporting.evaluations import EvaluatorsView, open_evaluators
from csperf.reporting.opening import TeamView, open_team

__all__ = ["EvaluatorsView", "TeamView", "open_evaluators", "open_team"]
