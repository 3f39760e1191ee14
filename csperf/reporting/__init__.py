"""What readers see: notebooks' sections, the report, the portal and their words."""

from csperf.reporting.department import DepartmentView, open_department
from csperf.reporting.evaluations import EvaluatorsView, open_evaluators
from csperf.reporting.opening import TeamView, open_team

__all__ = [
    "DepartmentView",
    "EvaluatorsView",
    "TeamView",
    "open_department",
    "open_evaluators",
    "open_team",
]
