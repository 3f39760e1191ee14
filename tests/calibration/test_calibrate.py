"""The calibration of a cycle: which model for which scores, types apart, and next to nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from rated import drawn

from csperf.calibration.calibrate import calibrate
from csperf.calibration.facets import fit_facets
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


def test_the_spread_of_scores_is_told_in_parts_that_add_up():
    found = calibrate(evaluations(FOUR)).components
    shares = found.set_index("component")["share"]
    assert shares.sum() == pytest.approx(1)
    assert shares.idxmax() == "employee_id"  # levels vary by 2 logits, severities by less than 1
    assert calibrate(evaluations(FOUR).head(5)).components.empty


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


def two_scales() -> pd.DataFrame:
    """Four criteria in steps of 25; on a fifth one only none, half or all of the points are given.

    Scores from 0 to 4; of the fifth criterion 1 and 2 are half, 3 and 4 are all.
    """
    data = drawn(37, SEVERITIES, employees=80, thresholds=(-2.5, -0.8, 0.8, 2.5))
    coarse = data["criterion_id"] == "c4"
    points = data["score"] * 25.0
    points = points.mask(coarse, data["score"].map({0: 0.0, 1: 50.0, 2: 50.0, 3: 100.0, 4: 100.0}))
    return data.assign(cycle_id="2026-10", evaluator_type="manager", score=points)


@pytest.mark.requirement("D-05")
def test_criteria_with_other_steps_have_a_scale_of_their_own():
    """As partial credit has them; one scale for all would have 25 and 75 on the fifth one too."""
    data = two_scales()
    assert data.groupby("criterion_id")["score"].nunique().tolist() == [5, 5, 5, 5, 3]
    known = calibrate(data).measures.set_index(["facet", "element_id"])["measure"]
    places = data.assign(score=data["score"] / 25)
    for model, agrees in (("partial_credit", True), ("rating_scale", False)):
        fit = fit_facets(places, model).measures.set_index(["facet", "element_id"])["measure"]
        assert np.allclose(known, fit, equal_nan=True) == agrees


@pytest.mark.requirement("D-05")
def test_a_score_that_a_criterion_lacks_by_chance_or_at_an_end_makes_no_other_scale():
    """c4 is so hard that nobody gets all points; of c3 there are but few ratings, none of them 25.

    A rating scale has the same three thresholds for all: it is what a fit of one scale says.
    """
    data = two_scales()
    data = data[data["criterion_id"] != "c4"]
    hard = (data["criterion_id"] == "c2") & (data["score"] == 100)
    few = (data["criterion_id"] == "c3") & ~data["employee_id"].isin(["p001", "p002", "p003"])
    data = data.assign(score=data["score"].mask(hard, 75))[~few]
    data = data[(data["criterion_id"] != "c3") | (data["score"] != 25)].reset_index(drop=True)
    known = calibrate(data).measures.set_index(["facet", "element_id"])["measure"]
    fit = fit_facets(data.assign(score=data["score"] / 25), "rating_scale").measures
    there = fit.set_index(["facet", "element_id"])["measure"]
    assert np.allclose(known, there, equal_nan=True)
