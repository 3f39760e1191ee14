"""What raschpy takes for the severities of the same ratings: by_raschpy.py FILE."""

from __future__ import annotations

import json
import resource
import sys
import time

import pandas as pd
import raschpy

if __name__ == "__main__":
    ratings = pd.read_csv(sys.argv[1])
    wide = ratings.pivot(index=["rater", "ratee"], columns="criterion", values="score")
    start = time.process_time()
    model = raschpy.MFRM(wide - 1, max_score=4)
    model.calibrate()
    cpu = time.process_time() - start
    peak = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"cpu": cpu, "n": len(ratings), "peak": peak}))
