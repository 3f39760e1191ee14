"""What a call costs however little there is to do: in_memory.py FOLDER.

Prints the seconds of the second call in a process, on DataFrames.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pandas as pd
from task import EXPORTED_ON, OCTOBER, USED, WANTED, ZONE

from csperf.indicators import indicator_values

if __name__ == "__main__":
    tables = {name: pd.read_parquet(Path(sys.argv[1]) / f"{name}.parquet") for name in USED}
    for _ in range(2):
        start = time.perf_counter()
        indicator_values(
            tables, OCTOBER, "employee_id", WANTED, timezone=ZONE, exported_on=EXPORTED_ON
        )
        wall = time.perf_counter() - start
    print(json.dumps({"wall": wall}))
