"""csperf: fair monthly appraisal of customer-service people, and how sure it is.

The names below are what analysts type; each is imported when it is first used, so that the command
line starts at once.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from csperf.appraisal import (
        check_indicator_set,
        combine_evaluations,
        grade,
        proposals,
        rank,
        score,
    )
    from csperf.calibration import evaluator_differences, evaluator_overview
    from csperf.comparison import compare_cycles, xmr
    from csperf.errors import CsperfError, InputError
    from csperf.indicators import (
        INDICATORS,
        cases_behind,
        indicator_values,
        standardised_values,
    )
    from csperf.params import Cycle, Measurement, Params, load_params
    from csperf.pipeline import Appraisals, appraise, appraise_department
    from csperf.scheme import Scheme, load_scheme
    from csperf.simulate import simulate_department
    from csperf.sources import Tables, read_frame, read_tables

__version__ = "0.1.0"

_HOME = {
    "INDICATORS": "indicators",
    "Appraisals": "pipeline",
    "CsperfError": "errors",
    "Cycle": "params",
    "InputError": "errors",
    "Measurement": "params",
    "Params": "params",
    "Scheme": "scheme",
    "Tables": "sources",
    "appraise": "pipeline",
    "appraise_department": "pipeline",
    "cases_behind": "indicators",
    "check_indicator_set": "appraisal",
    "combine_evaluations": "appraisal",
    "compare_cycles": "comparison",
    "evaluator_differences": "calibration",
    "evaluator_overview": "calibration",
    "grade": "appraisal",
    "indicator_values": "indicators",
    "load_params": "params",
    "load_scheme": "scheme",
    "proposals": "appraisal",
    "rank": "appraisal",
    "read_frame": "sources",
    "read_tables": "sources",
    "score": "appraisal",
    "simulate_department": "simulate",
    "standardised_values": "indicators",
    "xmr": "comparison",
}

__all__ = [
    "INDICATORS",
    "Appraisals",
    "CsperfError",
    "Cycle",
    "InputError",
    "Measurement",
    "Params",
    "Scheme",
    "Tables",
    "appraise",
    "appraise_department",
    "cases_behind",
    "check_indicator_set",
    "combine_evaluations",
    "compare_cycles",
    "evaluator_differences",
    "evaluator_overview",
    "grade",
    "indicator_values",
    "load_params",
    "load_scheme",
    "proposals",
    "rank",
    "read_frame",
    "read_tables",
    "score",
    "simulate_department",
    "standardised_values",
    "xmr",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"csperf has no '{name}'")
    return getattr(import_module(f"csperf.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
