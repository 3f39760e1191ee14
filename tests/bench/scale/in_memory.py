"""What a call costs however little there is to do: in_memory.py FOLDER.

Prints the median seconds of five calls on DataFrames. The call before them is not counted: it
imports, and what importing left behind is cleared away first, as it would fall into any one call.
"""

from __future__ import annotations

import gc
import json
import statistics
import sys
import time
from pathlib import Path

import pandas as pd
from task import EXPORTED_ON, OCTOBER, USED, WANTED, ZONE

from csperf.indicators import indicator_values

if __name__ == "__main__":
    tables = {name: pd.read_parquet(Path(sys.argv[1]) / f"{name}.parquet") for name in USED}
    walls = []
    for _ in range(6):
        start = time.perf_counter()
        indicator_values(
            tables, OCTOBER, "employee_id", WANTED, timezone=ZONE, exported_on=EXPORTED_ON
        )
        walls.append(time.perf_counter() - start)
        if len(walls) == 1:
            gc.collect()
    print(json.dumps({"wall": statistics.median(walls[1:])}))
