"""From raw values to points, and from points to the score."""

import numpy as np
import pandas as pd
import pytest
from drawing import draw
from hypothesis import given
from hypothesis import strategies as st
from pandas import Series

from csperf import score
from csperf.appraisal import effective_weights, points, totals
from csperf.scheme import Scheme

ONE_TEAM = Series("team", index=["a", "b", "c", "d"])


def scheme_of(*parts, **further):
    return Scheme.model_validate(
        {"id": "s", "title": "S", "version": "1", "score": list(parts), **further}
    )


def indicator(name, weight, **scoring):
    scoring = scoring or {"method": "linear", "floor": 0, "target": 100}
    return {"indicator": name, "weight": weight, "scoring": scoring}


def scoring(**data):
    return scheme_of(indicator("report_quality", 100, **data)).score[0].scoring


def values(text):
    return draw(text).assign(numerator=np.nan)


def raw(*numbers):
    return Series(numbers, index=["a", "b", "c", "d"][: len(numbers)], dtype="float64")


@pytest.mark.requirement("B3")
def test_step_bands_give_the_points_of_the_first_threshold_reached():
    """Public table A1: completion 95 % gives 85, conversion 47 % gives 80, 39 % nothing."""
    completion = scoring(method="steps", bands=[[100, 100], [90, 85], [80, 70]])
    assert points(raw(95, 100, 80, 79), completion, "up", ONE_TEAM).tolist() == [85, 100, 70, 0]


@pytest.mark.requirement("B3")
def test_step_bands_of_a_time_count_downwards():
    """Public table A1: 28 s gives 100, exactly 40 s gives 80, 51 s nothing."""
    response = scoring(method="steps", bands=[[30, 100], [40, 80], [50, 60]])
    assert points(raw(28, 40, 51), response, "down", ONE_TEAM).tolist() == [100, 80, 0]


@pytest.mark.requirement("B3")
def test_target_ratio_is_capped_and_turned_round_for_what_should_be_low():
    up = scoring(method="target_ratio", target=200)
    assert points(raw(100, 200, 300), up, "up", ONE_TEAM).tolist() == [50, 100, 100]
    inverse = scoring(method="target_ratio", target=30)
    assert points(raw(60, 30, 0), inverse, "down", ONE_TEAM).tolist() == [50, 100, 100]
    mirror = scoring(method="target_ratio", target=30, down="mirror")
    assert points(raw(45, 30, 90), mirror, "down", ONE_TEAM).tolist() == [50, 100, 0]


@pytest.mark.requirement("B3")
def test_linear_is_clipped_at_floor_and_target():
    line = scoring(method="linear", floor=90, target=30)
    assert points(raw(90, 60, 30, 10), line, "down", ONE_TEAM).tolist() == [0, 50, 100, 100]


@pytest.mark.requirement("B3")
def test_rank_points_give_ties_their_average_rank():
    place = scoring(method="rank_points")
    # ranks from the best: 1, 2.5, 2.5, 4 of 4
    expected = [100 * (4 - rank + 1) / 4 for rank in (1, 2.5, 2.5, 4)]
    assert points(raw(9, 5, 5, 1), place, "up", ONE_TEAM).tolist() == expected
    assert points(raw(1, 5, 5, 9), place, "down", ONE_TEAM).tolist() == expected


@pytest.mark.requirement("B3")
def test_position_in_the_group_is_fifty_plus_ten_z():
    position = scoring(method="t_score")
    found = points(raw(1, 2, 3, 4), position, "up", ONE_TEAM)
    z = (raw(1, 2, 3, 4) - 2.5) / np.std([1, 2, 3, 4], ddof=1)
    pd.testing.assert_series_equal(found, 50 + 10 * z)


@pytest.mark.requirement("B3")
def test_equals_all_stand_in_the_middle_and_somebody_alone_has_no_position():
    position = scoring(method="t_score")
    assert points(raw(2, 2, 2, 2), position, "up", ONE_TEAM).tolist() == [50] * 4
    alone = points(raw(2), position, "up", Series("team", index=["a"]))
    assert alone.isna().all()


@pytest.mark.requirement("B3")
def test_nobody_outside_the_comparison_group_gets_a_place_in_it():
    place = scoring(method="rank_points")
    found = points(raw(9, 5, 1), place, "up", Series("team", index=["a", "b"]))
    assert found.tolist()[:2] == [100, 50] and np.isnan(found["c"])


@pytest.mark.requirement("B3")
def test_levels_and_ratings_become_points():
    levels = scoring(method="level_points", points={"0": 0, "1": 40, "2": 80})
    assert points(raw(0, 2, 1), levels, "up", ONE_TEAM).tolist() == [0, 80, 40]
    rating = scoring(method="rating", scale=[1, 5])
    assert points(raw(1, 3, 5), rating, "up", ONE_TEAM).tolist() == [0, 50, 100]


@pytest.mark.requirement("B3")
@given(st.floats(-1e6, 1e6), st.sampled_from(["steps", "target_ratio", "linear"]))
def test_points_stay_between_0_and_100(value, method):
    settings = {
        "steps": {"bands": [[5, 100], [3, 40]]},
        "target_ratio": {"target": 5},
        "linear": {"floor": 1, "target": 5},
    }[method]
    found = points(raw(value), scoring(method=method, **settings), "up", ONE_TEAM)["a"]
    assert 0 <= found <= 100


@pytest.mark.requirement("B3")
def test_deductions_and_bonuses_come_after_the_weighting_and_are_capped():
    scheme = scheme_of(
        indicator("report_quality", 100),
        {
            "indicator": "complaint_rate",
            "scoring": {"method": "deduction", "points": 2, "cap": 5},
        },
    )
    found = values("""
        employee_id | indicator_id   | value | status
        a           | report_quality | 80    | ok
        b           | report_quality | 80    | ok
        a           | complaint_rate | 0.1   | ok
        b           | complaint_rate | 0.9   | ok
    """)
    found["numerator"] = [np.nan, np.nan, 2, 9]  # upheld complaints
    assert totals(score(found, scheme)).to_dict() == {"a": 80 - 2 * 2, "b": 80 - 5}


@pytest.mark.requirement("B3")
def test_a_score_above_100_is_cut_off_and_the_cut_is_a_component():
    scheme = scheme_of(
        indicator("report_quality", 100),
        {"indicator": "complaint_rate", "scoring": {"method": "bonus", "points": 1, "cap": 5}},
    )
    found = values("""
        employee_id | indicator_id   | value | status
        a           | report_quality | 98    | ok
        a           | complaint_rate | 1     | ok
    """)
    found["numerator"] = [np.nan, 4]
    result = score(found, scheme)
    assert totals(result)["a"] == 100
    assert result.set_index("component_id")["contribution"]["limit"] == 100 - (98 + 4)


TREE = (
    {
        "id": "chat",
        "parts": [indicator("inquiry_conversion", 30), indicator("response_time_first", 20)],
    },
    {"id": "order", "parts": [indicator("payment_share", 50)]},
)


@pytest.mark.requirement("B3")
def test_the_weight_of_a_missing_item_goes_to_its_own_dimension_first():
    """Edge case 12: chat keeps its 50 although one of its two items has no denominator."""
    scheme = scheme_of(*TREE)
    present = pd.DataFrame(
        [[True, True, True], [True, False, True], [False, False, True]],
        columns=[path for path, _ in scheme.components()],
    )
    assert effective_weights(scheme, present).to_numpy().tolist() == [
        [30, 20, 50],
        [50, 0, 50],
        [0, 0, 100],
    ]


@pytest.mark.requirement("B3")
def test_there_is_no_score_when_more_than_40_percent_of_the_weight_is_missing():
    scheme = scheme_of(*TREE)
    found = values("""
        employee_id | indicator_id        | value | status
        a           | payment_share       | 80    | ok
        a           | inquiry_conversion  | 60    | ok
        b           | payment_share       | 80    | ok
        b           | inquiry_conversion  |       | not_computable
    """)
    result = score(found, scheme)
    assert totals(result)["a"] == 0.5 * 60 + 0.5 * 80  # 20 missing
    assert np.isnan(totals(result)["b"])  # 50 missing
    assert result.loc[result["employee_id"] == "b", "contribution"].isna().all()


@pytest.mark.requirement("B2")
def test_a_value_with_too_few_units_is_left_out_like_a_missing_one():
    scheme = scheme_of(*TREE)
    found = values("""
        employee_id | indicator_id        | value | status
        a           | payment_share       | 80    | ok
        a           | inquiry_conversion  | 60    | ok
        a           | response_time_first | 0     | too_few
    """)
    assert totals(score(found, scheme))["a"] == 0.5 * 60 + 0.5 * 80


@given(st.lists(st.one_of(st.none(), st.floats(0, 100)), min_size=3, max_size=3))
def test_contributions_add_up_to_the_weighted_mean_of_what_is_there(numbers):
    scheme = scheme_of(*TREE)
    names = ["inquiry_conversion", "response_time_first", "payment_share"]
    found = pd.DataFrame(
        {
            "employee_id": "a",
            "indicator_id": names,
            "value": [np.nan if number is None else number for number in numbers],
            "status": ["not_computable" if number is None else "ok" for number in numbers],
            "numerator": np.nan,
        }
    )
    result = score(found, scheme)
    total = totals(result)["a"]
    missing = sum(w for w, number in zip((30, 20, 50), numbers, strict=True) if number is None)
    assert np.isnan(total) == (missing > 40)
    if missing <= 40:
        assert result["weight"].sum() == pytest.approx(100)
        # a score keeps nine decimals, so that it and the sum differ by half of the last at most
        assert result["contribution"].sum() == pytest.approx(total, rel=1e-12, abs=0.51e-9)
        given_numbers = [number for number in numbers if number is not None]
        assert min(given_numbers) - 1e-9 <= total <= max(given_numbers) + 1e-9


@pytest.mark.requirement("G0-2")
def test_a_component_is_only_as_sure_as_its_weakest_value():
    scheme = scheme_of(
        {
            "indicator": "payment_share",
            "weight": {"stated": 60},
            "scoring": {"method": "linear", "floor": {"stated": 0}, "target": {"assumed": 1}},
        },
        {
            "indicator": "report_quality",
            "weight": {"deduced": 40},
            "scoring": {"method": "linear", "floor": {"stated": 0}, "target": {"stated": 100}},
        },
    )
    found = values("""
        employee_id | indicator_id   | value | status
        a           | payment_share  | 1     | ok
        a           | report_quality | 50    | ok
    """)
    result = score(found, scheme).set_index("component_id")["provenance"]
    assert result.to_dict() == {"payment_share": "assumed", "report_quality": "deduced"}


def test_a_score_of_ninety_is_ninety_however_it_adds_up():
    """Edge case 75: in binary 0.63 + 2.88 + 86.49 is less than 90, and would be a grade too low."""
    weights = {"inquiry_conversion": 0.7, "response_time_first": 3.2, "payment_share": 96.1}
    scheme = scheme_of(
        *(
            {"indicator": name, "weight": weight, "scoring": {"method": "rating"}}
            for name, weight in weights.items()
        )
    )
    found = pd.DataFrame(
        {
            "employee_id": np.repeat(["a", "b"], 3),
            "indicator_id": [*weights] * 2,
            "value": np.repeat([90.0, 70.0], 3),
            "status": "ok",
            "numerator": 1.0,
        }
    )
    scores = score(found, scheme)
    assert (scores.groupby("employee_id")["contribution"].sum() < [90, 70]).all()
    assert totals(scores).to_dict() == {"a": 90.0, "b": 70.0}
