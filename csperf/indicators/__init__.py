"""From events to indicator values: facts, the catalogue over them, and one pass for each fact."""

from csperf.indicators.catalogue import INDICATORS, Indicator, check_indicators
from csperf.indicators.engine import Events
from csperf.indicators.values import indicator_values, measure, set_aside

__all__ = [
    "INDICATORS",
    "Events",
    "Indicator",
    "check_indicators",
    "indicator_values",
    "measure",
    "set_aside",
]
