"""Standard errors and flags of evaluators over many draws; the figures are printed."""

from __future__ import annotations

import pytest
from studied import coverage, effects_found

WAYS = [
    (0.0, {"method": "marginal"}),
    (0.0, {"method": "marginal", "clusters": "employee"}),
    (0.5, {"method": "marginal", "clusters": "employee"}),
    (0.5, {"method": "joint", "clusters": "form"}),
]


@pytest.mark.parametrize(("form_sd", "how"), WAYS)
def test_intervals_of_severity_cover_as_they_say(form_sd, how, show):
    found = coverage(range(500), form_sd, **how)
    show(f"form sd {form_sd:g}, {how}: 95 % intervals of severity cover {100 * found:.1f} %")
    assert 0.93 <= found <= 0.97


def test_errors_of_the_joint_information_alone_do_not_allow_for_local_dependence(show):
    found = coverage(range(500), 0.5, method="marginal")
    show(f"form sd 0.5, not clustered: cover {100 * found:.1f} %")
    assert found < 0.93


def test_effects_are_found_and_clean_evaluators_left_alone(show):
    power, clean = effects_found(range(200))
    shares = ", ".join(f"{kind} {100 * share:.1f} %" for kind, share in power.items())
    show(f"found: {shares}; clean evaluators with a flag: {100 * clean:.2f} %")
    assert min(power.values()) > 0.9
    assert clean <= 0.05
