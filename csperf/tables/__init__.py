"""Every table that goes in or comes out, declared once, and the one check they all pass.

`INPUT_TABLES` are what a department may give, `OUTPUT_TABLES` what csperf writes. `csperf tables`
prints the data dictionary from these declarations.
"""

from csperf.tables.check import (
    Checked,
    check,
    check_columns,
    check_references,
    misspelt,
    quality_frame,
    quality_row,
)
from csperf.tables.declare import Column, Reference, Table, TimeOrder
from csperf.tables.input import INPUT_TABLES
from csperf.tables.output import OUTPUT_TABLES

__all__ = [
    "INPUT_TABLES",
    "OUTPUT_TABLES",
    "Checked",
    "Column",
    "Reference",
    "Table",
    "TimeOrder",
    "check",
    "check_columns",
    "check_references",
    "misspelt",
    "quality_frame",
    "quality_row",
]
