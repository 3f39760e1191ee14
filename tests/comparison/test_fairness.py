"""Fairness over groups: impact ratios by hand, exact tests, and cells too small to be shown."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from appraised import scheme_of
from pandas import DataFrame
from scipy import stats

from csperf.comparison.fairness import department_fairness, fair_outcomes, fairness
from csperf.errors import InputError
from csperf.params import Cycle
from csperf.tables import INPUT_TABLES


def people(**groups: tuple[int, int]) -> DataFrame:
    """Of each site so many people, and how many of them were penalised."""
    rows = [(site, number < hit) for site, (n, hit) in groups.items() for number in range(n)]
    return DataFrame(rows, columns=["site", "penalised"])


@pytest.mark.requirement("J-04")
def test_a_group_that_is_penalised_four_times_as_often_is_told():
    """12 of 30 against 7 of 70: .4 / .1 = 4, and Fisher's exact test."""
    found = fairness(people(north=(30, 12), south=(70, 7)), ["site"], ["penalised"])
    north = found.set_index("group").loc["north"]
    assert (north["n"], north["selected"], north["rate"]) == (30, 12, 0.4)
    assert north["ratio"] == pytest.approx(4)
    assert north["low"] < 4 < north["high"] and north["low"] > 1
    assert north["p_value"] == pytest.approx(stats.fisher_exact([[12, 18], [7, 63]]).pvalue)
    assert found["flag"].tolist() == ["higher", "lower"]
    assert found["ratio"].tolist() == pytest.approx([4, 1 / 4])


@pytest.mark.requirement("J-04")
def test_four_fifths_that_may_be_chance_are_no_flag():
    """2 of 10 against 3 of 10: a ratio of 2/3, which says nothing of so few."""
    found = fairness(people(north=(10, 2), south=(10, 3)), ["site"], ["penalised"])
    assert found.loc[0, "ratio"] == pytest.approx(2 / 3)
    assert (found["flag"] == "").all()
    assert (found["low"] < 1).all() and (found["high"] > 1).all()


@pytest.mark.parametrize("size", [4, 5, 6])
@pytest.mark.privacy("P6")
def test_a_group_below_the_smallest_is_not_shown(size: int):
    found = fairness(people(a=(size, 1), b=(30, 3), c=(40, 4)), ["site"], ["penalised"])
    hidden = found[found["status"] == "suppressed"]
    # With one group hidden the next smallest goes with it: the rest would be a subtraction away.
    assert hidden["group"].tolist() == (["a", "b"] if size < 5 else [])
    numbers = ["n", "selected", "rate", "ratio", "low", "high", "p_value", "p_adjusted"]
    assert hidden[numbers].isna().all(axis=None)


@pytest.mark.privacy("P6")
def test_no_hidden_count_follows_from_the_total_and_what_is_shown():
    """By brute force over sizes of four groups: at least two are hidden, or none."""
    for sizes in itertools.product([1, 3, 5, 8], repeat=4):
        groups = {name: (n, 1) for name, n in zip("abcd", sizes, strict=True)}
        found = fairness(people(**groups), ["site"], ["penalised"])
        hidden = found[found["status"] == "suppressed"]
        assert len(hidden) != 1
        assert not found.loc[found["n"].notna(), "n"].lt(5).any()


@pytest.mark.privacy("P6")
def test_a_large_group_is_hidden_where_its_others_are_too_few():
    """Forty and two single people: the rate of the others would be that of the two."""
    found = fairness(people(a=(40, 4), b=(1, 1), c=(1, 1)), ["site"], ["penalised"])
    assert (found["status"] == "suppressed").all()


def test_people_count_whose_outcome_is_known():
    frame = people(a=(6, 1), b=(30, 3))
    frame["penalised"] = frame["penalised"].astype("boolean")
    frame.loc[1:5, "penalised"] = pd.NA  # one of the six is left
    found = fairness(frame, ["site"], ["penalised"])
    assert (found["status"] == "suppressed").all()


def test_where_nobody_has_the_outcome_there_is_no_ratio():
    found = fairness(people(a=(10, 0), b=(10, 0)), ["site"], ["penalised"])
    assert found["status"].tolist() == ["nobody"] * 2
    assert found["ratio"].isna().all()


def test_who_has_no_group_is_a_group_and_who_has_no_outcome_is_left_out():
    frame = people(a=(10, 2), b=(10, 2))
    frame.loc[0:5, "site"] = None
    frame["penalised"] = frame["penalised"].astype("boolean")
    frame.loc[19, "penalised"] = pd.NA
    found = fairness(frame, ["site"], ["penalised"], smallest=2).set_index("group")
    assert found["n"].to_dict() == {"a": 4, "b": 9, "unknown": 6}


def test_equal_chances_are_rarely_flagged():
    """200 draws of four sites with the same 20 %: few have any flag."""
    rng = np.random.default_rng(1)
    flagged = 0
    for _ in range(200):
        frame = DataFrame({"site": rng.choice(list("abcd"), 120), "hit": rng.random(120) < 0.2})
        flagged += bool((fairness(frame, ["site"], ["hit"])["flag"] != "").any())
    assert flagged <= 14


def test_outcomes_are_read_off_a_result():
    scheme = scheme_of(
        criteria=[{"id": "work"}],
        evaluators=[{"type": "manager"}],
        score=[{"criterion": "work", "evaluator": "manager", "weight": 100}],
        grades=[{"grade": "good", "from_score": 60}, {"grade": "weak", "from_score": 0}],
        rules=[
            {
                "id": "fine",
                "when": {"score_below": 60},
                "action": "deduction",
                "effect": "negative",
                "approver": "HR",
            },
            {
                "id": "praise",
                "when": {"score_from": 90},
                "action": "praise",
                "effect": "positive",
                "approver": "HR",
            },
        ],
    )
    appraisals = DataFrame(
        {
            "employee_id": ["a", "b", "c", "d"],
            "eligible": [True, True, True, False],
            "score": [95.0, 50.0, 70.0, 80.0],
            "grade": ["good", "weak", "good", "good"],
        }
    )
    proposals = DataFrame({"employee_id": ["a", "b"], "rule_id": ["praise", "fine"]})
    found = fair_outcomes(appraisals, proposals, scheme).set_index("employee_id")
    assert found.index.tolist() == ["a", "b", "c"]
    assert found["penalised"].tolist() == [False, True, False]
    assert found["rewarded"].tolist() == [True, False, False]
    assert found["lowest_grade"].tolist() == [False, True, False]
    assert found["top_grade"].tolist() == [True, False, True]


@pytest.mark.parametrize(
    ("change", "how", "message"),
    [
        ({"penalised": "yes"}, {}, "'yes' is neither true nor false"),
        ({}, {"smallest": 1}, "would show single people"),
    ],
)
def test_what_cannot_be_meant_is_refused(change: dict, how: dict, message: str):
    frame = people(a=(6, 1), b=(6, 2)).assign(**change)
    with pytest.raises(InputError, match=message):
        fairness(frame, ["site"], ["penalised"], **how)
    with pytest.raises(InputError, match="not there"):
        fairness(frame, ["gender"], ["penalised"])


@pytest.mark.requirement("J-04")
def test_a_departments_outcomes_are_held_by_tenure_site_contract_and_team():
    """Of twelve people of site north six have the lowest grade, of twelve of south nobody has."""
    ids = [f"e{i:02}" for i in range(24)]
    appraisals = DataFrame(
        {
            "employee_id": ids,
            "department_id": "shop",
            "team_id": ["one"] * 12 + ["two"] * 12,
            "eligible": True,
            "score": 70.0,
            "grade": ["low"] * 6 + ["top"] * 18,
        }
    )
    employees = DataFrame(
        {
            "employee_id": ids,
            "hire_date": ["2026-03-31"] * 8 + ["2025-05-01"] * 8 + ["2019-01-01"] * 8,
            "site": ["north"] * 12 + ["south"] * 12,
            "employment_type": "full",
        }
    )
    none = DataFrame({"employee_id": [], "rule_id": []}, dtype="str")
    scheme = scheme_of(
        criteria=[{"id": "work"}],
        evaluators=[{"type": "manager"}],
        score=[{"criterion": "work", "evaluator": "manager", "weight": 100}],
        grades=[{"grade": "top", "from_score": 60}, {"grade": "low", "from_score": 0}],
    )
    found = department_fairness(appraisals, none, employees, scheme, Cycle.parse("2026-04"))
    assert sorted(found["attribute"].unique()) == ["site", "team_id", "tenure"]
    keyed = found.set_index(["attribute", "group", "outcome"])
    north = keyed.loc[("site", "north", "lowest_grade")]
    assert (north["n"], north["selected"], north["rate_of_others"]) == (12, 6, 0)
    assert north["p_value"] == pytest.approx(stats.fisher_exact([[6, 6], [0, 12]]).pvalue)
    assert keyed.loc[("tenure", "less than a year", "lowest_grade"), "n"] == 8
    assert keyed.loc[("tenure", "one to three years", "lowest_grade"), "selected"] == 0
    assert keyed.loc[("tenure", "three years or more", "penalised"), "status"] == "nobody"
    assert set(found["department_id"]) == {"shop"}
    nobody = INPUT_TABLES["employees"].empty()
    found = department_fairness(appraisals, none, nobody, scheme, Cycle.parse("2026-04"))
    assert found["attribute"].unique().tolist() == ["team_id"]
