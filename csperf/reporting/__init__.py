"""What readers see: notebooks' sections, the report, the portal and their words."""

from csperf.reporting.opening import EvaluatorsView, TeamView, open_evaluators, open_team

__all__ = ["EvaluatorsView", "TeamView", "open_evaluators", "open_team"]
