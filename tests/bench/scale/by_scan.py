"""Nothing but reading: the largest value of every column that is used. by_scan.py FOLDER."""

from __future__ import annotations

from pathlib import Path

import duckdb
from task import USED, measured


def scanned(folder: Path) -> None:
    """Read every column once."""
    with duckdb.connect() as duck:
        # Else the largest value comes from the statistics of the file, without reading.
        duck.execute("set disabled_optimizers = 'statistics_propagation'")
        for name, columns in USED.items():
            largest = ", ".join(f"max({column})" for column in columns)
            duck.sql(f"select {largest} from '{folder / name}.parquet'").to_arrow_table()


if __name__ == "__main__":
    measured(scanned)
