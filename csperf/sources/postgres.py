"""Rows of a table or a query of a PostgreSQL database, in a session that cannot write."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pyarrow as pa
from pandas import DataFrame, RangeIndex

from csperf.errors import InputError, MissingToolError, Problem
from csperf.params import Source
from csperf.sources.rows import check_distinct, used_columns
from csperf.sources.text import first_line, quoted
from csperf.tables import Table

CONNECT_S = 10
LONGEST_QUERY_S = 300
CANCELLED = "57014"  # the server's code for what the timeout ended
ONE_SELECT = "write one SELECT that only reads"
NO_EXTRA = 'PostgreSQL is read through a driver: pip install "csperf[databases]"'


def read_postgres(_: Path, source: Source, table: Table, where: str) -> DataFrame:
    """The columns of `table` that are used, or the result of `query`, as the server writes them.

    Every value comes as text, as from a file: the driver would turn an endless time into a day in
    the past and a long decimal into a float. The password comes from the environment.

    Raises
    ------
    InputError
        If the database cannot be reached, or the query fails, writes or takes too long.
    MissingToolError
        Without the extra `databases`.
    """
    try:
        from adbc_driver_postgresql import dbapi
    except ImportError as error:
        raise MissingToolError(NO_EXTRA) from error
    address = f"{source.database}{'&' if '?' in source.database else '?'}"
    try:
        connection = dbapi.connect(f"{address}connect_timeout={CONNECT_S}")
    except dbapi.Error as error:
        advice = "is it running, and is PGPASSWORD set in the environment?"
        raise InputError(Problem(where, f"no connection: {_told(error)}", advice)) from None
    try:
        with connection, connection.cursor() as cursor:
            rows = _rows(cursor, source, table, where)
    except dbapi.Error as error:
        late = error.sqlstate == CANCELLED
        advice = f"it may take {LONGEST_QUERY_S} s" if late else ONE_SELECT
        raise InputError(Problem(where, _told(error), advice)) from error
    return rows.to_pandas().set_axis(RangeIndex(1, rows.num_rows + 1))


def _rows(cursor: Any, source: Source, table: Table, where: str) -> pa.Table:
    for setting in (
        "transaction read only",
        f"local statement_timeout = '{LONGEST_QUERY_S}s'",
        "local client_encoding = 'UTF8'",
        "local time zone 'UTC'",
        "local datestyle = 'ISO'",
        "local extra_float_digits = 1",  # floats to the last digit
    ):
        cursor.execute(f"set {setting}")
    chosen = source.query or f"table {'.'.join(map(quoted, str(source.table).split('.')))}"
    # Inside brackets the server takes one SELECT and nothing that writes.
    inside = f"({chosen.strip().rstrip(';')}\n) as source"
    names = cursor.adbc_execute_schema(f"select * from {inside}").names
    check_distinct(names, where)
    if source.table:
        names = used_columns(names, source, table, where)
    cells = ", ".join(f"{quoted(name)}::text" for name in names)
    cursor.execute(f"select {cells} from {inside}")
    return cursor.fetch_arrow_table()


def _told(error: Exception) -> str:
    """What the server says, without the driver's words around it."""
    said = re.search(r"(?:ERROR|FATAL): +(.+)", str(error))
    return said[1] if said else first_line(error).removeprefix("IO: [libpq] Failed to connect: ")
