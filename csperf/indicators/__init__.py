"""From events to indicator values: facts, the catalogue over them, and one pass for each fact."""

from csperf.indicators.catalogue import (
    INDICATORS,
    Indicator,
    check_indicators,
    check_measurement,
)
from csperf.indicators.engine import Events
from csperf.indicators.values import indicator_values, measure, set_aside

__all__ = [
    "INDICATORS",
    "Events",
    "Indicator",
    "check_indicators",
    "check_measurement",
    "indicator_values",
    "measure",
    "set_aside",
]
