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


def reference(path: str) -> Any:
    """A table (.csv) or facts (.json) of what other tools found."""
    file = found(RATINGS / "reference" / path)
    if file.suffix == ".csv":
        return pd.read_csv(file)
    return json.loads(file.read_text(encoding="utf-8"))


def answers(name: str) -> DataFrame:
    """A table of what another tool found by a many-facet model."""
    return reference(f"mfrm/{name}.csv")


def facts(name: str) -> dict[str, Any]:
    """What is known beside such tables."""
    return reference(f"mfrm/{name}.json")


def drawn(
    seed: int | list[int],
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


EFFECTS = ("halo", "central", "extreme", "noise", "bias")
STRENGTH = {"halo": 1.2, "central": 2.0, "extreme": 0.4, "noise": 1.5, "bias": 1.0}
CRITERIA = np.linspace(-1, 1, 8)
THRESHOLDS = np.array([-2.0, -0.7, 0.7, 2.0])


def with_effects(seed: int, each: int = 5) -> tuple[DataFrame, dict[str, str]]:
    """Ratings as in simfx_500x50x8: 500 employees of two groups, 50 evaluators, five rate each.

    Of the evaluators so many have each effect: what they have in common on a form (sd 1.2), their
    thresholds twice as far apart or 0.4 times, noise on every rating (sd 1.5), one group a logit
    lower. Returns the ratings and {evaluator: effect, or none}.
    """
    rng = np.random.default_rng([seed, 500, 50, 8])
    names = [f"R{n:02}" for n in range(50)]
    kinds = rng.permutation(np.repeat([*EFFECTS, "none"], [*[each] * 5, 50 - 5 * each]))
    employee = np.repeat(np.arange(500), 5)
    evaluator = rng.permuted(np.tile(np.arange(50), (500, 1)), axis=1)[:, :5].ravel()
    group, kind = rng.integers(0, 2, 500), kinds[evaluator]
    level = rng.normal(0, 1.25, 500)[employee] - rng.normal(0, 0.6, 50)[evaluator]
    level = level + np.where(kind == "halo", rng.normal(0, 1.2, len(kind)), 0)
    level = level - np.where((kind == "bias") & (group[employee] == 1), 1.0, 0)
    eta = level[:, None] - rng.permutation(CRITERIA)
    eta = eta + np.where(kind == "noise", 1.5, 0)[:, None] * rng.normal(0, 1, eta.shape)
    spread = np.select([kind == "central", kind == "extreme"], [2.0, 0.4], 1.0)
    passed = spread[:, None] * np.concatenate([[0], np.cumsum(THRESHOLDS)])
    weight = np.exp(eta[..., None] * np.arange(5) - passed[:, None])
    reached = weight.cumsum(axis=-1) / weight.sum(axis=-1, keepdims=True)
    score = 1 + (rng.random(eta.shape)[..., None] > reached).sum(axis=-1)
    frame = DataFrame(
        {
            "employee_id": [f"E{id:03}" for id in np.repeat(employee, 8)],
            "evaluator_id": [names[id] for id in np.repeat(evaluator, 8)],
            "criterion_id": np.tile([f"C{n}" for n in range(8)], len(employee)),
            "score": score.ravel(),
            "group": np.repeat(np.where(group[employee] == 1, "b", "a"), 8),
        }
    )
    return frame, dict(zip(names, kinds.tolist(), strict=True))
