"""From events to indicator values: facts, the catalogue over them, and one pass for each fact."""

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
