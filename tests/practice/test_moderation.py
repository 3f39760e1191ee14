"""Verdicts on marks and targets: too strict, fit, too loose, and when nobody can tell."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from pandas import DataFrame

from csperf.practice.moderation import component_marks, evaluator_marks, moderation
from csperf.scheme import load_scheme

SCHEME = load_scheme("params/schemes/online_shop.yaml")


def marks(points: list[float], reached: list[bool] | None = None, subject: str = "x") -> DataFrame:
    """One mark a person on a scale from 0 to 100."""
    return DataFrame(
        {
            "subject": subject,
            "employee_id": [f"e{n}" for n in range(len(points))],
            "mark": points,
            "lowest": 0.0,
            "highest": 100.0,
            "reached": pd.array(reached or [None] * len(points), dtype="boolean"),
        }
    )


def verdict(frame: DataFrame) -> tuple[str, str]:
    found = moderation(frame).iloc[0]
    return found["verdict"], found["because"]


def wilson_high(p: float, n: int) -> float:
    """Upper end of Wilson's interval, by its formula."""
    z2 = 1.959963984540054**2
    return (p + z2 / (2 * n) + (z2 * (p * (1 - p) / n + z2 / (4 * n**2))) ** 0.5) / (1 + z2 / n)


@pytest.mark.requirement("K-01", "F-05")
def test_a_target_that_surely_fewer_than_half_reach_is_too_strict() -> None:
    """2 of 12 reach it: 17 %, and at most 45 % by Wilson's interval, which is under one half."""
    reached = [True] * 2 + [False] * 10
    found = moderation(marks([60.0] * 2 + [40.0] * 10, reached)).iloc[0]
    assert found["reached"] == 2 / 12
    assert found["reached_high"] == pytest.approx(wilson_high(2 / 12, 12), abs=1e-12)
    assert found["reached_high"] < 0.5
    assert (found["verdict"], found["because"]) == ("too_strict", "few_reach")


@pytest.mark.requirement("K-01")
def test_a_share_beyond_a_limit_by_chance_is_no_verdict() -> None:
    """3 of 8 reach it: 38 % are fewer than half, but up to 69 % would fit as well."""
    assert wilson_high(3 / 8, 8) > 0.5
    assert verdict(marks([50.0] * 8, [True] * 3 + [False] * 5)) == ("cannot_tell", "unsure")


@pytest.mark.requirement("K-01", "F-05")
def test_a_target_that_everybody_reaches_is_too_loose_once_there_are_enough_people() -> None:
    """All of 15 may still be 80 %: 15 / (15 + 3.84) = 0.796; all of 16 are more: 0.806."""
    assert 15 / (15 + 1.96**2) < 0.8 < 16 / (16 + 1.96**2)
    points = [90.0 + n / 10 for n in range(16)]
    assert verdict(marks(points[:15], [True] * 15)) == ("cannot_tell", "unsure")
    assert verdict(marks(points, [True] * 16)) == ("too_loose", "most_reach")


@pytest.mark.requirement("K-01")
def test_most_marks_at_one_end_of_the_scale_tell_nobody_apart() -> None:
    assert verdict(marks([100.0] * 9 + [50.0])) == ("too_loose", "most_at_ceiling")
    assert verdict(marks([0.0] * 9 + [50.0])) == ("too_strict", "most_at_floor")
    assert verdict(marks([40.0, 50.0, 60.0, 70.0, 100.0])) == ("fit", "within")


@pytest.mark.requirement("K-01")
def test_of_fewer_than_five_people_nothing_is_said() -> None:
    assert verdict(marks([100.0] * 4)) == ("cannot_tell", "few_people")


@pytest.mark.requirement("K-04")
def test_marks_that_are_all_the_same_are_named_as_such() -> None:
    found = moderation(marks([70.0] * 6)).iloc[0]
    assert found["alike"] and found["sd"] == 0 and found["verdict"] == "fit"


@pytest.mark.requirement("K-01")
def test_a_person_counts_once_however_many_criteria_there_are(table) -> None:
    """Ann's two marks are both the highest, one of Ben's is: (1 + 0.5) / 2 of the people."""
    given = table("""
        employee_id    | evaluator_id   | evaluator_type | criterion_id   | score
        ann            | m1             | store_manager  | work_ability   | 100
        ann            | m1             | store_manager  | service        | 100
        ben            | m1             | store_manager  | work_ability   | 100
        ben            | m1             | store_manager  | service        | 60
        ben            | ben            | self           | service        | 100
    """)
    found = moderation(evaluator_marks(given, SCHEME)).set_index("subject")
    assert list(found.index) == ["m1"]
    assert (found.loc["m1", "n"], found.loc["m1", "at_ceiling"]) == (2, 0.75)


@pytest.mark.requirement("K-01")
def test_only_the_last_round_of_an_evaluator_counts(table) -> None:
    given = table("""
        employee_id | evaluator_id | evaluator_type | criterion_id | score | round
        ann         | m1           | store_manager  | service      | 70    | 2
        ann         | m1           | store_manager  | service      | 100   | 1
    """)
    assert list(evaluator_marks(given, SCHEME)["mark"]) == [70]


@pytest.mark.requirement("K-01", "F-05")
def test_a_target_of_the_scheme_is_reached_in_the_direction_of_its_indicator(scheme_of_two) -> None:
    """Response time: 30 s and less reach 30. Conversion: 60 % and more reach 60."""
    scores = DataFrame(
        {
            "employee_id": ["ann", "ben", "ann", "ben"],
            "component_id": ["speed", "speed", "sales", "sales"],
            "value": [30.0, 31.0, 60.0, 59.0],
            "score": [100.0, 97.0, 100.0, 98.0],
        }
    )
    found = component_marks(scores, scheme_of_two).set_index(["subject", "employee_id"])["reached"]
    expected = {("speed", "ann"): True, ("speed", "ben"): False}
    assert dict(found) == expected | {("sales", "ann"): True, ("sales", "ben"): False}


@pytest.fixture
def scheme_of_two(tmp_path):
    """A score of two indicators with targets, one of them the lower the better, and a deduction."""
    path = tmp_path / "two.yaml"
    path.write_text(
        """
id: two
version: "1"
title: Two
score:
  - id: speed
    indicator: response_time_avg
    weight: {stated: 50}
    scoring: {method: target_ratio, target: {stated: 30}}
  - id: sales
    indicator: inquiry_conversion
    weight: {stated: 50}
    scoring: {method: target_ratio, target: {stated: 60}}
"""
    )
    return load_scheme(path)


@given(some.lists(some.sampled_from([0.0, 40.0, 70.0, 100.0]), min_size=1, max_size=30))
@settings(max_examples=50, deadline=None)
def test_names_and_the_order_of_rows_change_no_verdict(points: list[float]) -> None:
    frame = marks(points)
    other = frame.assign(employee_id="p" + frame["employee_id"]).iloc[::-1]
    pd.testing.assert_frame_equal(moderation(frame), moderation(other))
