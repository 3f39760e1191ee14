"""Evaluators who agree to the point: nothing is divided by nothing, or said for sure."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pandas import DataFrame
from rated import drawn

from csperf.calibration import (
    adjust,
    calibrate,
    evaluator_differences,
    fit_facets,
    group_preference,
    icc,
    rater_effects,
    reciprocal_extremes,
    self_inflation,
    variance_components,
)
from csperf.errors import InputError

pytestmark = pytest.mark.requirement("D-05")

DESIGN = drawn(13, [0.5, 0.0, -0.5, 0.2], employees=30, evaluators_each=3).assign(
    evaluator_type="manager",
    cycle_id="2026-10",
    site=lambda rows: (rows["employee_id"] < "p015").map({True: "north", False: "south"}),
)
PERSON = DESIGN["employee_id"].str[1:].astype(int)
CRITERION = DESIGN["criterion_id"].str[1:].astype(int)
AGREED = {
    "one score for all": pd.Series(60.1, index=DESIGN.index),
    "one score a person": PERSON * 1.1,
    "one score a person, less on hard criteria": 5 + PERSON * 1.1 - CRITERION * 0.7,
    "categories": PERSON % 4 * 1.0,
}
every_way = pytest.mark.parametrize("how", AGREED)


def agreed(how: str) -> DataFrame:
    return DESIGN.assign(score=AGREED[how])


@every_way
def test_nobody_is_severe_and_how_sure_that_is_is_not_known(how: str):
    found = adjust(agreed(how))
    assert set(found.evaluators["status"]) == {"exact"}
    assert (found.evaluators[["severity", "shrunken"]] == 0).all(axis=None)
    assert found.evaluators["se"].isna().all()
    assert np.allclose(found.ratings["fair_score"], AGREED[how], rtol=0, atol=1e-12)


@every_way
def test_no_effect_has_an_interval_or_a_flag(how: str):
    data = agreed(how)
    found = rater_effects(data, adjust(data), "site")
    assert found[["low", "high", "p_value", "p_adjusted"]].isna().all(axis=None)
    assert (found["flag"] == "").all()
    groups = group_preference(data, adjust(data), "site")
    assert groups["difference"].tolist() == [0, 0]
    assert groups[["se", "low", "high"]].isna().all(axis=None)


@every_way
def test_the_calibration_says_what_can_be_said(how: str):
    found = calibrate(agreed(how))
    assert set(found.severities["status"]) == {"exact"}
    assert (found.effects["flag"] == "").all()
    assert found.measures.empty and found.components.empty


@every_way
def test_models_that_need_disagreement_refuse(how: str):
    with pytest.raises(InputError, match=r"nothing as residual|does not vary"):
        variance_components(agreed(how))
    with pytest.raises(InputError):
        fit_facets(agreed(how))


@every_way
def test_agreement_itself_is_perfect_or_has_nothing_to_share_out(how: str):
    one = agreed(how).query("criterion_id == 'c1'")
    assert set(icc(one)["status"]) == {"constant" if how == "one score for all" else "perfect"}


@every_way
def test_differences_of_two_are_nothing(how: str):
    found = evaluator_differences(agreed(how))
    assert np.allclose(found[["difference", "low", "high"]], 0, atol=1e-12)


def test_who_is_harsher_to_the_point_is_given_back_all_of_it():
    """Everybody gets 10 less of e00, and nothing else differs: 7.5 below the mean of the four."""
    data = DESIGN.assign(score=PERSON * 1.1 + 20 - 10.0 * (DESIGN["evaluator_id"] == "e00"))
    found = adjust(data).evaluators.set_index("evaluator_id")
    expected = {"e00": 7.5, "e01": -2.5, "e02": -2.5, "e03": -2.5}
    assert found["severity"].to_dict() == pytest.approx(expected)
    assert found["shrunken"].to_dict() == pytest.approx(expected)
    assert found["se"].isna().all() and set(found["status"]) == {"exact"}


def test_people_whom_all_see_alike_on_each_criterion_favour_no_group():
    """Each person is better at other things: sums over a form come to nothing but for rounding."""
    data = DESIGN.assign(score=(PERSON + CRITERION) % 4)
    fit = adjust(data)
    assert set(fit.evaluators["status"]) == {"ok"}
    groups = rater_effects(data, fit, "site").query("effect == 'group'")
    assert (groups["statistic"] == 0).all() and (groups["flag"] == "").all()
    assert groups["p_value"].isna().all()


def test_own_views_and_pairs_are_held_against_no_noise_that_is_not_there():
    """All peers give 1.1 points a number; ann gives herself 9 more."""
    people = [f"p{n}" for n in range(6)]
    rows = [
        (who, by, "self" if who == by else "peer", "work", 1.1 * n + 9 * (who == by == "p2"))
        for n, who in enumerate(people)
        for by in people
    ]
    names = ["employee_id", "evaluator_id", "evaluator_type", "criterion_id", "score"]
    data = DataFrame(rows, columns=names)
    own = self_inflation(data).set_index("employee_id")
    assert own["difference"].round(9).to_dict() == {**dict.fromkeys(people, 0), "p2": 9}
    assert own[["low", "high", "p_value"]].isna().all(axis=None) and (own["flag"] == "").all()
    pairs = reciprocal_extremes(data)
    assert len(pairs) == 15 and (pairs["flag"] == "").all()


@pytest.mark.parametrize(
    ("score", "message"),
    [(PERSON % 4, "without end"), ((PERSON + CRITERION) % 4, "no more than they would by chance")],
)
def test_people_without_a_spread_that_could_be_estimated_are_refused(
    score: pd.Series, message: str
):
    """Either all that differs are people, or each is good at one thing and bad at another."""
    with pytest.raises(InputError, match=message):
        fit_facets(DESIGN.assign(score=score), method="marginal")
