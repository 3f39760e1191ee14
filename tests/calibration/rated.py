"""Ratings whose answers are known: sets of the field with what other tools found, and draws."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandas import DataFrame

SHARED = Path(__file__).parents[3] / "shared"
RATINGS = SHARED / "reference" / "ratings"
NAMES = {"ratee": "employee_id", "rater": "evaluator_id", "criterion": "criterion_id"}


def found(path: Path) -> Path:
    """The path; a test that cannot read it is skipped with the reason."""
    if not path.exists():
        pytest.skip(f"{path.name} may not be copied into csperf; give it in ../shared")
    return path


def ratings(name: str, folder: str = "data") -> DataFrame:
    """A set of ratings by its name: employee_id, evaluator_id, criterion_id, score."""
    (file,) = [
        file for file in found(RATINGS / folder).iterdir() if file.name.split(".csv")[0] == name
    ]
    return pd.read_csv(file, dtype=dict.fromkeys(NAMES, "str")).rename(columns=NAMES)


def answers(name: str, folder: str = "mfrm") -> DataFrame:
    """A table of what another tool found."""
    return pd.read_csv(found(RATINGS / "reference" / folder / f"{name}.csv"))


def facts(name: str, folder: str = "mfrm") -> dict[str, Any]:
    """What is known beside such tables."""
    return json.loads(found(RATINGS / "reference" / folder / f"{name}.json").read_text("utf-8"))


def drawn(
    seed: int | np.random.Generator,
    severities: list[float],
    *,
    employees: int,
    evaluators_each: int = 2,
    criteria: tuple[float, ...] = (-0.25, 0.5, -0.1, 0.4, 0.25),
    thresholds: tuple[float, ...] = (-2.8, 0.1, 2.7),
    sd: float = 2.0,
    form_sd: float = 0.0,
) -> DataFrame:
    """Ratings drawn from the model; `form_sd` is what the ratings on a form have in common.

    Each employee is rated by some of the evaluators, the first one by all.
    """
    rng = np.random.default_rng(seed)
    everybody = len(severities)
    who = [
        np.arange(everybody) if n == 0 else rng.choice(everybody, evaluators_each, replace=False)
        for n in range(employees)
    ]
    employee = np.repeat(np.arange(employees), [len(each) for each in who])
    evaluator = np.concatenate(who)
    level = rng.normal(0, sd, employees)[employee] + rng.normal(0, 1, len(employee)) * form_sd
    eta = (level - np.array(severities)[evaluator])[:, None] - np.array(criteria)
    passed = np.concatenate([[0], np.cumsum(thresholds)])
    weight = np.exp(eta[..., None] * np.arange(len(passed)) - passed)
    reached = weight.cumsum(axis=-1) / weight.sum(axis=-1, keepdims=True)
    score = (rng.random(eta.shape)[..., None] > reached).sum(axis=-1)
    n = len(criteria)
    return DataFrame(
        {
            "employee_id": [f"p{id:03}" for id in np.repeat(employee, n)],
            "evaluator_id": [f"e{id:02}" for id in np.repeat(evaluator, n)],
            "criterion_id": [f"c{id}" for id in np.tile(np.arange(n), len(employee))],
            "score": score.ravel(),
        }
    )
