"""From events to indicator values: facts, the catalogue over them, and one pass for each fact.

The names below are imported when they are first used: who only looks up an indicator's title needs
no engine and no statistics.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from csperf.indicators.aside import set_aside
    from csperf.indicators.case_mix import standardised_values
    from csperf.indicators.catalogue import (
        INDICATORS,
        Indicator,
        check_indicators,
        check_measurement,
    )
    from csperf.indicators.drill_down import cases_behind
    from csperf.indicators.engine import Events
    from csperf.indicators.facts import tables_of
    from csperf.indicators.values import indicator_values, measure

_HOME = {
    "INDICATORS": "catalogue",
    "Events": "engine",
    "Indicator": "catalogue",
    "cases_behind": "drill_down",
    "check_indicators": "catalogue",
    "check_measurement": "catalogue",
    "indicator_values": "values",
    "measure": "values",
    "set_aside": "aside",
    "standardised_values": "case_mix",
    "tables_of": "facts",
}

__all__ = [
    "INDICATORS",
    "Events",
    "Indicator",
    "cases_behind",
    "check_indicators",
    "check_measurement",
    "indicator_values",
    "measure",
    "set_aside",
    "standardised_values",
    "tables_of",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"csperf.indicators has no '{name}'")
    return getattr(import_module(f"csperf.indicators.{_HOME[name]}"), name)
