"""One SELECT of DuckDB over the rows of a file, and nothing else that it could reach."""

from __future__ import annotations

import duckdb
from pandas import DataFrame, RangeIndex

from csperf.errors import InputError, Problem
from csperf.params import Source
from csperf.sources.rows import used_columns
from csperf.sources.text import first_line
from csperf.tables import Table

ONE_SELECT = "write one SELECT over `source`, the only table it sees"
SANDBOX = (
    "timezone = 'UTC'",
    "python_enable_replacements = false",
    "enable_external_access = false",
    "lock_configuration = true",
)


def select(
    engine: duckdb.DuckDBPyConnection, source: Source, table: Table, where: str
) -> DataFrame:
    """The rows of `query`, one SELECT over `source`; without a query the columns that are used.

    The index counts the rows of the result from 1.
    """
    for setting in SANDBOX:
        engine.execute(f"set {setting}")
    try:
        if source.query:
            kinds = [statement.type for statement in engine.extract_statements(source.query)]
            if kinds != [duckdb.StatementType.SELECT]:
                raise InputError(Problem(where, "the query is not one SELECT", ONE_SELECT))
            rows = engine.sql(source.query)
        else:
            rows = engine.table("source")
            used = used_columns(rows.columns, source, table, where)
            rows = rows.select(*map(duckdb.ColumnExpression, used))
        frame = rows.to_arrow_table().to_pandas(integer_object_nulls=True)
    except (duckdb.Error, RuntimeError) as error:  # the latter for names that are not UTF-8
        found = f"cannot be {'queried' if source.query else 'read'}: {first_line(error)}"
        raise InputError(Problem(where, found, ONE_SELECT if source.query else "")) from error
    return frame.set_axis(RangeIndex(1, len(frame) + 1))
