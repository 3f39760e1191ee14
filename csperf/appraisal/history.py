"""What later cycles need of an earlier one: one Parquet file a cycle and department."""

from __future__ import annotations

import numpy as np
import pandas as pd
from pandas import DataFrame

from csperf.scheme import Scheme
from csperf.tables import OUTPUT_TABLES

SCORE = "score"


def history_rows(
    appraisals: DataFrame,
    values: DataFrame,
    team_values: DataFrame,
    weekly_values: DataFrame,
    scheme: Scheme,
) -> DataFrame:
    """Rows of the history table: scores with ranks, and indicators of people, teams and weeks.

    Each frame has team_id; `values` also employee_id, `weekly_values` also week. Who has no score
    but a state in the annual chain has a row without a value: what moved him or her is not lost.
    """
    scored = appraisals["score"].notna()
    stands = appraisals.reindex(columns=["state"])["state"].notna()
    scores = appraisals[scored | stands].assign(
        quantity_id=SCORE,
        value=lambda rows: rows["score"],
        unit="points",
        status=np.where(scored, "ok", "not_computable")[scored | stands],
    )
    indicators = pd.concat([values, team_values, weekly_values], ignore_index=True)
    indicators = indicators[indicators["status"] != "not_available"]
    whole = pd.concat(
        [scores, indicators.rename(columns={"indicator_id": "quantity_id"})], ignore_index=True
    )
    whole = whole.assign(scheme_id=scheme.id, scheme_version=scheme.version)
    table = OUTPUT_TABLES["history"]
    return table.arrange(whole).sort_values(
        ["team_id", "employee_id", "quantity_id", "week"], ignore_index=True
    )
