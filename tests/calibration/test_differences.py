"""Evaluators held against one another: hand-made pairs, and severities that are known."""

from __future__ import annotations

import numpy as np
import pytest
from drawing import draw
from pandas import DataFrame
from scipy import stats

from csperf.calibration import adjust, evaluator_differences, evaluator_overview
from csperf.simulate import simulate_department
from csperf.tables import OUTPUT_TABLES

STRICT_AND_MILD = """
    employee_id | evaluator_id | criterion_id | score
    e1          | strict       | service      | 60
    e1          | mild         | service      | 66
    e2          | strict       | service      | 70
    e2          | mild         | service      | 74
    e3          | strict       | service      | 80
    e3          | mild         | service      | 82
    e4          | mild         | service      | 5
"""


def given(drawing: str, **columns: object) -> DataFrame:
    """Scores by store managers in one cycle, unless the drawing says otherwise."""
    fixed = {"cycle_id": "2026-10", "evaluator_type": "store_manager"}
    return draw(drawing).assign(**{**fixed, **columns})


def only_row(evaluations: DataFrame) -> dict:
    (row,) = evaluator_differences(evaluations).to_dict("records")
    return row


@pytest.mark.requirement("D-05")
def test_a_positive_difference_means_that_the_first_is_harsher():
    row = only_row(
        given(
            STRICT_AND_MILD,
            evaluator_id=lambda rows: rows["evaluator_id"].map({"strict": "a", "mild": "b"}),
        )
    )
    assert (row["evaluator_id"], row["other_id"], row["n"]) == ("a", "b", 3)
    assert row["difference"] == (6 + 4 + 2) / 3
    swapped = only_row(given(STRICT_AND_MILD))
    assert (swapped["evaluator_id"], swapped["other_id"]) == ("mild", "strict")
    assert swapped["difference"] == -(6 + 4 + 2) / 3


@pytest.mark.requirement("D-05")
def test_the_interval_is_that_of_a_t_test_over_common_employees():
    row = only_row(given(STRICT_AND_MILD))
    expected = stats.ttest_1samp([-6, -4, -2], 0).confidence_interval(0.95)
    assert [row["low"], row["high"]] == pytest.approx([expected.low, expected.high])
    assert row["status"] == "ok"


@pytest.mark.requirement("D-05")
def test_criteria_of_a_person_are_averaged_before_people_are():
    row = only_row(
        given("""
        employee_id | evaluator_id | criterion_id | score
        e1          | a            | service      | 60
        e1          | b            | service      | 70
        e1          | a            | ability      | 60
        e1          | b            | ability      | 64
        e1          | a            | attitude     | 10
        e2          | a            | service      | 50
        e2          | b            | service      | 51
        e3          | a            | service      | 50
        e3          | b            | service      | 47
    """)
    )
    assert row["difference"] == pytest.approx(((10 + 4) / 2 + 1 - 3) / 3)
    assert row["n"] == 3


@pytest.mark.requirement("D-05", "D-06")
def test_fewer_than_three_common_employees_have_no_interval_and_none_no_difference():
    rows = evaluator_differences(
        given("""
        employee_id | evaluator_id | criterion_id | score
        e1          | a            | service      | 60
        e1          | b            | service      | 70
        e2          | a            | service      | 60
        e2          | b            | service      | 80
        e3          | c            | service      | 60
        e1          | d            | ability      | 60
    """)
    ).set_index(["evaluator_id", "other_id"])
    pair = rows.loc[("a", "b")]
    assert (pair["status"], pair["n"], pair["difference"]) == ("too_few", 2, (10 + 20) / 2)
    assert np.isnan([pair["low"], pair["high"]]).all()
    for other in (("a", "c"), ("b", "c"), ("c", "d"), ("a", "d")):
        assert rows.loc[other, ["status", "n"]].tolist() == ["no_common_employee", 0]
        assert np.isnan(rows.loc[other, "difference"])


@pytest.mark.requirement("D-05")
def test_the_last_round_counts_in_differences_as_in_the_score():
    rounds = given("""
        employee_id | evaluator_id | criterion_id | score | round
        e1          | a            | service      | 90    | 2
        e1          | a            | service      | 10    | 1
        e1          | b            | service      | 95    |
    """)
    assert only_row(rounds)["difference"] == 95 - 90
    overview = evaluator_overview(rounds).set_index("evaluator_id")
    assert overview.loc["a", ["n_scores", "mean"]].tolist() == [1, 90]


@pytest.mark.requirement("D-05")
def test_declined_scores_and_self_evaluations_are_left_out():
    evaluations = given("""
        employee_id | evaluator_id | criterion_id | score | evaluator
        e1          | a            | service      | 60    | peer
        e1          | b            | service      |       | peer
        e1          | e1           | service      | 99    | self
        e2          | e2           | service      | 99    | self
    """).assign(evaluator_type=lambda rows: rows["evaluator"])
    assert evaluator_differences(evaluations).empty
    assert evaluator_overview(evaluations)["evaluator_id"].tolist() == ["a"]


@pytest.mark.requirement("D-05")
def test_only_evaluators_of_a_type_and_a_cycle_are_held_against_one_another():
    evaluations = given("""
        employee_id | evaluator_id | criterion_id | score | cycle   | kind
        e1          | a            | service      | 60    | 2026-09 | store_manager
        e1          | b            | service      | 70    | 2026-09 | store_manager
        e1          | a            | service      | 60    | 2026-10 | store_manager
        e1          | b            | service      | 50    | 2026-10 | peer
    """).assign(cycle_id=lambda rows: rows["cycle"], evaluator_type=lambda rows: rows["kind"])
    row = only_row(evaluations)
    assert (row["cycle_id"], row["n"], row["difference"]) == ("2026-09", 1, 10)


@pytest.mark.requirement("D-06")
def test_subsets_are_those_who_are_linked_through_people_and_other_evaluators():
    overview = evaluator_overview(
        given("""
        employee_id | evaluator_id | criterion_id | score
        e1          | a            | service      | 60
        e1          | b            | service      | 70
        e2          | b            | service      | 60
        e2          | d            | service      | 80
        e3          | c            | service      | 60
        e4          | c            | service      | 80
    """)
    )
    assert overview.set_index("evaluator_id")["subset"].to_dict() == {
        "a": 1,
        "b": 1,
        "c": 2,
        "d": 1,
    }
    c = overview.set_index("evaluator_id").loc["c"]
    assert c[["n_employees", "n_scores", "mean"]].tolist() == [2, 2, (60 + 80) / 2]
    assert c["sd"] == pytest.approx(200**0.5)


@pytest.mark.requirement("D-06")
def test_the_largest_subset_is_the_first_as_in_the_severities():
    """a shares nobody; b, c and d are linked through e2 and e3."""
    evaluations = given("""
        employee_id | evaluator_id | criterion_id | score
        e1          | a            | service      | 60
        e2          | b            | service      | 70
        e2          | c            | service      | 60
        e3          | c            | service      | 80
        e3          | d            | service      | 60
    """)
    for table in (evaluator_overview(evaluations), adjust(evaluations).evaluators):
        assert table.set_index("evaluator_id")["subset"].to_dict() == {
            "a": 2,
            "b": 1,
            "c": 1,
            "d": 1,
        }


def test_no_evaluations_give_empty_tables():
    nobody = given(STRICT_AND_MILD).iloc[:0]
    differences = evaluator_differences(nobody)
    assert differences.empty
    assert list(differences) == OUTPUT_TABLES["evaluator_differences"].names
    assert evaluator_overview(nobody).empty


def test_row_order_and_whole_points_more_change_no_difference():
    evaluations = simulate_department(2, conversations=1).tables["evaluations"]
    mine = evaluator_differences(evaluations)
    other = evaluations.sample(frac=1, random_state=1).assign(score=lambda rows: rows["score"] + 1)
    assert evaluator_differences(other).round(9).equals(mine.round(9))


@pytest.mark.requirement("D-05", "D-06")
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_simulated_managers_severities_are_recovered(seed: int):
    """+6, 0 and -5 points; M1 and M3 rate nobody in common."""
    made_up = simulate_department(seed, conversations=1)
    severity = made_up.truth["evaluators"].set_index("evaluator_id")["severity"]
    found = evaluator_differences(made_up.tables["evaluations"])
    assert severity.to_dict() == {"M1": 6, "M2": 0, "M3": -5}
    for row in found.itertuples():
        if row.status == "no_common_employee":
            assert (row.evaluator_id, row.other_id) == ("M1", "M3")
            continue
        true = severity[row.evaluator_id] - severity[row.other_id]
        se = (row.high - row.low) / (2 * stats.t.ppf(0.975, row.n - 1))
        assert row.low <= true <= row.high or abs(row.difference - true) < 3 * se
        assert row.low > 0
    assert found["status"].value_counts().to_dict() == {"ok": 6, "no_common_employee": 3}
    overview = evaluator_overview(made_up.tables["evaluations"])
    assert set(overview["subset"]) == {1}  # linked through M2
