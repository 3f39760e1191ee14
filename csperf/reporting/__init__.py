"""What readers see: notebooks' sections, the report, the portal and their words.

The names below are imported when they are first used: who only writes the portal, as a run in
which nothing has changed, needs nothing of the statistics behind a report.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from csperf.reporting.department import DepartmentView, open_department
    from csperf.reporting.evaluations import EvaluatorsView, open_evaluators
    from csperf.reporting.opening import TeamView, open_team

_HOME = {
    "DepartmentView": "department",
    "EvaluatorsView": "evaluations",
    "TeamView": "opening",
    "open_department": "department",
    "open_evaluators": "evaluations",
    "open_team": "opening",
}

__all__ = [
    "DepartmentView",
    "EvaluatorsView",
    "TeamView",
    "open_department",
    "open_evaluators",
    "open_team",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"csperf.reporting has no '{name}'")
    return getattr(import_module(f"csperf.reporting.{_HOME[name]}"), name)
