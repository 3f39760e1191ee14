"""Run rules by hand: which point completes which pattern."""

from __future__ import annotations

import pytest
from pandas import Series

from csperf import InputError
from csperf.comparison.run_rules import RUN_RULES, named_signals


def flags(z: list[float], *rules: str) -> list[str]:
    return named_signals(Series(z), Series(z), rules).tolist()


def places(z: list[float], rule: str) -> list[int]:
    """Points that the rule names, the first being 1."""
    return [number for number, name in enumerate(flags(z, rule), 1) if name == rule]


@pytest.mark.parametrize(
    ("rule", "z", "at"),
    [
        ("outside", [3.0, 3.01, -3.0, -3.01], [2, 4]),
        ("two_of_three", [2.1, 0.0, 2.1, 0.0, 0.0, 2.1], [3]),
        ("two_of_three", [2.1, -2.1, 0.0, -2.1], [4]),  # both on one side
        ("two_of_three", [2.1, 2.1, 1.9], [2]),  # the point itself is one of the two
        ("four_of_five", [1.1, 1.1, 0.0, 1.1, 1.1], [5]),
        ("four_of_five", [1.1, 1.1, 0.0, 0.0, 1.1, 1.1], []),
        ("run", [0.1] * 9, [8, 9]),
        ("run", [0.1] * 7 + [0.0] + [0.1] * 7, []),  # the centre is on neither side
        ("run", [0.1] * 7 + [-0.1] * 8, [15]),
        ("trend", [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [6, 7]),
        ("trend", [5.0, 4.0, 3.0, 2.0, 1.0, 0.0], [6]),
        ("trend", [0.0, 1.0, 2.0, 3.0, 3.0, 4.0, 5.0], []),  # a step that is none
    ],
)
def test_a_rule_names_the_point_that_completes_it(rule: str, z: list[float], at: list[int]):
    assert places(z, rule) == at


def test_a_point_has_the_names_of_all_its_rules():
    z = [0.5] * 7 + [3.5]
    assert flags(z, "outside", "run") == [""] * 7 + ["outside run"]
    assert flags(z, "run") == [""] * 7 + ["run"]


def test_a_rule_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(InputError, match=f"no rule 'drift'; there are {', '.join(RUN_RULES)}"):
        flags([0.0], "drift")
