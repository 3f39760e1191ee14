"""Every table that goes in or comes out, declared once, and the one check they all pass.

`INPUT_TABLES` are what a department may give, `OUTPUT_TABLES` what csperf writes. `csperf tables`
prints the data dictionary from these declarations.
"""

from csperf.tables.check import Checked, check, check_columns, misspelt
from csperf.tables.declare import Column, Reference, Table, TimeOrder
from csperf.tables.findings import quality_frame, quality_row
from csperf.tables.input import EVENT_TABLES, INPUT_TABLES
from csperf.tables.money import house_currency, in_one_currency
from csperf.tables.output import OUTPUT_TABLES
from csperf.tables.together import check_together

__all__ = [
    "EVENT_TABLES",
    "INPUT_TABLES",
    "OUTPUT_TABLES",
    "Checked",
    "Column",
    "Reference",
    "Table",
    "TimeOrder",
    "check",
    "check_columns",
    "check_together",
    "house_currency",
    "in_one_currency",
    "misspelt",
    "quality_frame",
    "quality_row",
]
