"""Cycles held against one another: differences with intervals, and control charts."""

from csperf.comparison.charts import signals, weekly, xmr
from csperf.comparison.cycles import compare_cycles, square_and_add

__all__ = ["compare_cycles", "signals", "square_and_add", "weekly", "xmr"]
