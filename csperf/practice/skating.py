"""Real judges, for what people do for their own group: figure skating, championships of 2017."""

from __future__ import annotations

import gzip
from importlib import resources
from io import BytesIO

import numpy as np
import pandas as pd
from pandas import DataFrame

OWN, OTHER = "own", "other"


def skating_judges() -> DataFrame:
    """Points that figure-skating judges gave, and whether the skater is of the judge's country.

    Returns
    -------
    DataFrame
        evaluator_id (the judge), employee_id (the performance), evaluator_type, criterion_id,
        score, evaluator_country, employee_country, group (own, other).

    Notes
    -----
    Data: BuzzFeed News, John Templon (2018), figure-skating analysis, CC BY 4.0; what was changed
    stands in skating.md beside this file. Names are numbers here: what a group of judges does is
    the point, not who did it.
    """
    packed = resources.files("csperf.practice").joinpath("skating.csv.gz").read_bytes()
    rows = pd.read_csv(BytesIO(gzip.decompress(packed)))
    own = rows["judge_country"] == rows["skater_country"]
    return DataFrame(
        {
            "evaluator_id": rows["judge"],
            "employee_id": rows["performance"],
            "evaluator_type": "judge",
            "criterion_id": "total",
            "score": rows["points"],
            "evaluator_country": rows["judge_country"],
            "employee_country": rows["skater_country"],
            "group": np.where(own, OWN, OTHER),
        }
    )
