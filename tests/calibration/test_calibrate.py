"""The calibration of a cycle: which model for which scores, types apart, and next to nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from rated import drawn

from csperf.calibration.calibrate import calibrate
from csperf.tables import OUTPUT_TABLES

SEVERITIES = [1.0, 0.3, -0.3, -1.0]


def evaluations(score_of: dict[int, float], kind: str = "manager") -> pd.DataFrame:
    data = drawn(31, SEVERITIES, employees=60)
    return data.assign(
        cycle_id="2026-10", evaluator_type=kind, score=data["score"].map(score_of).astype(float)
    )


FOUR = {0: 0.0, 1: 100 / 3, 2: 200 / 3, 3: 100.0}


def test_categories_are_measured_in_logits_and_in_points():
    found = calibrate(evaluations(FOUR))
    measures = found.measures.query("facet == 'evaluator_id'")
    assert measures.sort_values("measure")["element_id"].tolist() == ["e03", "e02", "e01", "e00"]
    severities = found.severities.sort_values("severity")
    assert severities["evaluator_id"].tolist() == ["e03", "e02", "e01", "e00"]
    for name, table in found._asdict().items():
        assert list(table) == list(OUTPUT_TABLES[name].names)
        assert not table.duplicated(list(OUTPUT_TABLES[name].key)).any()


def test_points_of_a_hundred_have_no_measures_but_effects():
    data = evaluations(FOUR)
    data["score"] += np.random.default_rng(1).normal(0, 3, len(data))
    found = calibrate(data)
    assert found.measures.empty
    assert set(found.effects["effect"]) >= {"severity", "halo", "range", "inconsistency"}


def test_types_are_held_apart():
    """A peer is not held against a manager."""
    peers = evaluations(FOUR, "peer").assign(
        score=lambda rows: 100 - rows["score"],
        evaluator_id=lambda rows: "peer " + rows["evaluator_id"],
    )
    found = calibrate(pd.concat([evaluations(FOUR), peers], ignore_index=True)).severities
    means = found.groupby("evaluator_type")["severity"].mean()
    assert means.to_dict() == pytest.approx({"manager": 0, "peer": 0}, abs=1e-9)
    assert found.groupby("evaluator_type").size().to_dict() == {"manager": 4, "peer": 4}


@pytest.mark.parametrize("rows", [0, 1])
def test_next_to_nothing_says_next_to_nothing(rows: int):
    found = calibrate(evaluations(FOUR).head(rows))
    assert found.measures.empty
    assert (found.effects["flag"] == "").all()
    assert len(found.severities) == rows
    assert found.severities["severity"].isna().all()
