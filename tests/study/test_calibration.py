"""Standard errors and flags of evaluators over many draws."""

from __future__ import annotations

import pytest
from pandas import DataFrame
from studied import coverage, effects_found

WAYS = {
    "plain": (0.0, {"method": "marginal"}),
    "clustered_by_employee": (0.0, {"method": "marginal", "clusters": "employee"}),
    "dependent_clustered_by_employee": (0.5, {"method": "marginal", "clusters": "employee"}),
    "dependent_clustered_by_form": (0.5, {"method": "joint", "clusters": "form"}),
}


@pytest.mark.parametrize("name", WAYS)
def test_intervals_of_severity_cover_as_they_say(name, keep):
    form_sd, how = WAYS[name]
    found = coverage(range(500), form_sd, **how)
    keep(f"severity_{name}", DataFrame([{**how, "form_sd": form_sd, "covered": found}]))
    assert 0.93 <= found <= 0.97


def test_errors_of_the_joint_information_alone_do_not_allow_for_local_dependence(keep):
    found = coverage(range(500), 0.5, method="marginal")
    keep("severity_dependent_not_clustered", DataFrame([{"form_sd": 0.5, "covered": found}]))
    assert found < 0.93


def test_effects_are_found_and_clean_evaluators_left_alone(keep):
    power, clean = effects_found(range(200))
    keep("rater_effects", DataFrame([{**power, "clean_with_a_flag": clean}]))
    assert min(power.values()) > 0.9
    assert clean <= 0.05
