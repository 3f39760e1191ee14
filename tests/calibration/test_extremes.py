"""Scores that only extreme elements have, and scales of a single score."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from drawing import draw
from rated import drawn

from csperf.calibration.facets import FacetsFit, fit_facets
from csperf.errors import InputError

pytestmark = pytest.mark.requirement("D-05")

SEVERITIES = [1.0, 0.5, 0.4, -0.75, -0.1, -0.75, -0.3]
DATA = drawn(13, SEVERITIES, employees=50)
BEST = DATA["employee_id"] == "p010"
PLAIN = ["measure", "se", "infit", "outfit"]


def same(one: FacetsFit, other: FacetsFit, facet: str) -> bool:
    """Whether elements that both know have the same measures, errors and fit."""
    here, there = (fit.of_facet(facet)[PLAIN] for fit in (one, other))
    both = here.index.intersection(there.index)
    return bool(len(both)) and np.allclose(here.loc[both], there.loc[both], equal_nan=True)


@pytest.mark.parametrize("model", ["rating_scale", "partial_credit"])
@pytest.mark.parametrize(("alone", "last", "sign"), [(4, 3, 1), (-1, 0, -1)])
def test_a_score_that_only_an_extreme_employee_got_counts_as_the_last_of_the_others(
    model: str, alone: int, last: int, sign: int
):
    """Scores are 0 to 3, but for one person who always got 4 (or -1)."""
    beyond, at = (
        fit_facets(DATA.assign(score=DATA["score"].mask(BEST, score)), model, "joint")
        for score in (alone, last)
    )
    assert all(same(beyond, at, facet) for facet in ("employee_id", "evaluator_id", "criterion_id"))
    person = beyond.of_facet("employee_id").loc["p010"]
    assert person["status"] == "extreme"
    assert person["extreme"] == {1: "highest", -1: "lowest"}[sign]
    others = beyond.of_facet("employee_id").query("status == 'ok'")["measure"]
    assert sign * person["measure"] > (sign * others).max()


def test_of_who_is_beyond_the_scale_no_fair_average_is_said():
    """At 3, the last that others got, one can be said; the mean of the scores is 4."""
    fit = fit_facets(DATA.assign(score=DATA["score"].mask(BEST, 4)), method="joint")
    person = fit.of_facet("employee_id").loc["p010"]
    assert person["observed_average"] == 4
    assert np.isnan(person["fair_average"])
    known = fit.measures[fit.measures["status"] == "ok"]
    assert known["fair_average"].between(0, 3).all()


def test_the_thresholds_tell_of_scores_that_only_extreme_elements_have():
    given = DATA["score"].mask(BEST, 4)
    table = fit_facets(DATA.assign(score=given), method="joint").thresholds
    assert table["score"].tolist() == [1, 2, 3, 4]
    assert table["status"].tolist() == ["ok", "ok", "ok", "only_extreme"]
    assert table["n"].tolist() == [(given == score).sum() for score in (1, 2, 3, 4)]
    assert table["threshold"].notna().tolist() == [True, True, True, False]


@pytest.mark.parametrize("method", ["joint", "marginal"])
def test_a_score_that_only_an_extreme_evaluator_gives_leaves_the_others_as_they_were(method: str):
    kind = DATA[DATA["evaluator_id"] == "e00"].assign(evaluator_id="kim", score=4)
    beyond = fit_facets(pd.concat([DATA, kind]), method=method, bias_correction=False)
    assert beyond.of_facet("evaluator_id").loc["kim", ["status", "extreme"]].tolist() == [
        "extreme",
        "highest",
    ]
    without = fit_facets(DATA, method=method, bias_correction=False)
    assert same(beyond, without, "evaluator_id")


def test_who_is_extreme_once_a_score_is_none_is_set_aside_too():
    """Of p010 everybody gave 4; without 4 the others' 3 is the highest, and p011 got nothing else.

    Both are at the end of the scale: how far 4 lies above 3 nobody tells.
    """
    second = DATA["employee_id"] == "p011"
    given = DATA["score"].clip(upper=2).mask(second, 3).mask(BEST, 4)
    fit = fit_facets(DATA.assign(score=given), method="joint")
    people = fit.of_facet("employee_id")
    assert people.loc[["p010", "p011"], "extreme"].tolist() == ["highest"] * 2
    assert people.loc[["p010", "p011"], "status"].tolist() == ["extreme"] * 2
    assert fit.thresholds["status"].tolist() == ["ok", "ok", "only_extreme", "only_extreme"]


def test_where_scores_are_used_up_by_extreme_elements_every_score_is_one():
    steps = draw("""
        employee_id | evaluator_id | criterion_id | score
        ann         | mia          | work         | 1
        ann         | max          | work         | 1
        bob         | mia          | work         | 2
        bob         | max          | work         | 2
        cem         | mia          | work         | 3
        cem         | max          | work         | 3
    """)
    with pytest.raises(InputError, match="every score is an extreme one"):
        fit_facets(steps, method="joint")


@pytest.mark.parametrize("method", ["joint", "marginal"])
def test_a_criterion_on_which_all_got_the_same_has_no_difficulty_of_its_own(method: str):
    """Its scale has one score: it tells nothing of anybody, and its fair average is that score."""
    same_for_all = DATA["criterion_id"] == "c1"
    how = {"model": "partial_credit", "method": method, "bias_correction": False}
    fit = fit_facets(DATA.assign(score=DATA["score"].mask(same_for_all, 2)), **how)
    row = fit.of_facet("criterion_id").loc["c1"]
    assert row["status"] == "constant"
    assert row[["measure", "se", "infit"]].isna().all()
    assert row[["observed_average", "fair_average"]].tolist() == [2, 2]
    assert "c1" not in set(fit.thresholds["scale_id"])
    without = fit_facets(DATA[~same_for_all], **how)
    assert all(same(fit, without, facet) for facet in ("evaluator_id", "criterion_id"))
    assert set(fit.of_facet("employee_id")["status"]) <= {"ok", "extreme"}


@pytest.mark.parametrize("method", ["joint", "marginal"])
def test_a_criterion_of_which_only_extreme_scores_are_left_is_not_measured(method: str):
    """A bonus that only two got: the best of all, and the worst."""
    worst = DATA["employee_id"] == "p012"
    data = DATA.assign(score=DATA["score"].mask(BEST, 3).mask(worst, 0))
    bonus = data[BEST | worst].assign(criterion_id="bonus")
    fit = fit_facets(pd.concat([data, bonus]), "partial_credit", method)
    criteria = fit.of_facet("criterion_id")
    assert (criteria["status"].drop("bonus") == "ok").all()
    if method == "joint":
        assert criteria.loc["bonus", "status"] == "constant"
        assert np.isnan(criteria.loc["bonus", "measure"])
        bonus_rows = fit.thresholds[fit.thresholds["scale_id"] == "bonus"]
        assert bonus_rows["status"].tolist() == ["only_extreme"] * 2
