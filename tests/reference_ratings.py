"""Published rating data, and what other programs make of them; ../shared/calibration.md section 8.

Most of it is from packages under the GPL, so that it is read where it is and never copied here.
"""

import json
from pathlib import Path

import pandas as pd
import pytest
from pandas import DataFrame

RATINGS = Path(__file__).parents[2] / "shared" / "reference" / "ratings"


def published(name: str) -> DataFrame:
    """Scores of a data set, in the columns employee_id, evaluator_id, criterion_id, score."""
    names = {"ratee": "employee_id", "rater": "evaluator_id", "criterion": "criterion_id"}
    return pd.read_csv(_there(f"data/{name}.csv")).rename(columns=names)


def answers(path: str) -> DataFrame | dict:
    """A table (.csv) or truths (.json) of the reference results."""
    file = _there(f"reference/{path}")
    if file.suffix == ".csv":
        return pd.read_csv(file)
    return json.loads(file.read_text(encoding="utf-8"))


def _there(path: str) -> Path:
    if not (RATINGS / path).is_file():
        pytest.skip(f"{path} may not be copied into csperf; give it under ../shared")
    return RATINGS / path
