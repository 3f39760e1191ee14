"""The indicators as csperf computes them: by_csperf.py FOLDER [OUT]."""

from __future__ import annotations

from pathlib import Path

from pandas import DataFrame
from task import COLUMNS, EXPORTED_ON, OCTOBER, USED, WANTED, ZONE, measured

import csperf.indicators.duck  # noqa: F401  (imports are not measured)
from csperf.indicators import indicator_values


def values(folder: Path) -> DataFrame:
    """The table, from the files."""
    found = indicator_values(
        {name: folder / f"{name}.parquet" for name in USED},
        OCTOBER,
        "employee_id",
        WANTED,
        timezone=ZONE,
        exported_on=EXPORTED_ON,
    )
    return found[COLUMNS]


if __name__ == "__main__":
    measured(values)
