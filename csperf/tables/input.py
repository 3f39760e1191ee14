"""The tables a department may give, as `requirements` section 2 names them.

Only the columns that a computation reads are declared; what else a file holds is not read.
"""

from __future__ import annotations

from csperf.tables.appraisal_records import APPRAISAL_TABLES, CYCLE
from csperf.tables.contracts import CONTRACT_TABLES
from csperf.tables.decisions import DECISION_TABLES
from csperf.tables.declare import Table
from csperf.tables.judgements import JUDGEMENT_TABLES
from csperf.tables.people import PEOPLE_TABLES
from csperf.tables.planning import PLANNING_TABLES
from csperf.tables.preparation import PREPARATION_TABLES
from csperf.tables.procedure import PROCEDURE_TABLES
from csperf.tables.sales import SALES_TABLES
from csperf.tables.service import SERVICE_TABLES
from csperf.tables.voices import VOICE_TABLES
from csperf.tables.work import WORK_TABLES

__all__ = ["CYCLE", "EVENT_TABLES", "INPUT_TABLES"]

_GROUPS: tuple[tuple[Table, ...], ...] = (
    PEOPLE_TABLES,
    CONTRACT_TABLES,
    SERVICE_TABLES,
    SALES_TABLES,
    WORK_TABLES,
    PLANNING_TABLES,
    APPRAISAL_TABLES,
    PROCEDURE_TABLES,
    JUDGEMENT_TABLES,
    PREPARATION_TABLES,
    DECISION_TABLES,
    VOICE_TABLES,
)
EVENT_TABLES = frozenset(
    table.name
    for group in (PEOPLE_TABLES, SERVICE_TABLES, SALES_TABLES, WORK_TABLES)
    for table in group
)
INPUT_TABLES = {table.name: table for group in _GROUPS for table in group}
