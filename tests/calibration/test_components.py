"""Variance components against closed forms, published values and known truth; what a D study is."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from closed_forms import crossed, nested
from drawing import draw
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas import DataFrame, concat
from pandas.testing import assert_frame_equal
from rated import ratings, reference

from csperf.calibration import d_study, g_coefficients, variance_components
from csperf.calibration.components import default_formula
from csperf.errors import InputError

PEOPLE, RATERS, CRITERIA = "employee_id", "evaluator_id", "criterion_id"
TWO_FACETS = """
    component                 | variance
    employee_id               | 4
    evaluator_id              | 1
    criterion_id              | 2
    employee_id:evaluator_id  | 0.6
    employee_id:criterion_id  | 0.8
    evaluator_id:criterion_id | 0.4
    residual                  | 1.2
"""


def variances(table: DataFrame) -> dict[str, float]:
    return dict(zip(table["component"], table["variance"], strict=True))


def complete(
    seed: int, people: int, raters: int, criteria: int = 1, sds: tuple[float, ...] = (2.0, 1.0, 1.0)
) -> DataFrame:
    """Everybody rated by everybody on everything."""
    rng = np.random.default_rng(seed)
    sizes = (people, raters, criteria)
    drawn = [rng.normal(0, sd, n) for n, sd in zip(sizes, sds, strict=True)]
    places = np.indices(sizes).reshape(3, -1)
    score = 70 + sum(each[place] for each, place in zip(drawn, places, strict=True))
    names = [
        np.array([f"{kind}{at:02}" for at in place])
        for kind, place in zip("prc", places, strict=True)
    ]
    columns = dict(zip((PEOPLE, RATERS, CRITERIA), names, strict=True))
    return DataFrame({**columns, "score": score + rng.normal(0, 1, places.shape[1])})


def test_components_of_shrout_and_fleiss_are_those_of_the_mean_squares():
    """Shrout and Fleiss (1979): 6 targets by 4 judges; their ICC(2,1) is .29, ICC(3,1) .71."""
    frame = ratings("shrout_fleiss1979")
    table = variance_components(frame)
    expected = crossed(frame, (PEOPLE, RATERS))
    assert variances(table) == pytest.approx(expected, abs=1e-6)
    one = g_coefficients(table)
    assert (round(one.phi, 2), round(one.g, 2)) == (0.29, 0.71)
    four = g_coefficients(table, evaluators=4)
    assert (round(four.phi, 2), round(four.g, 2)) == (0.62, 0.91)


def test_components_of_the_olympic_judges_are_those_of_the_mean_squares():
    frame = ratings("immer12_olympic_pairs2002_realigned")
    expected = crossed(frame, (PEOPLE, RATERS))
    assert variances(variance_components(frame)) == pytest.approx(expected, abs=1e-6)


def test_raters_within_tasks_are_found_and_agree_with_brennan():
    """Brennan (2001) table 3.2, p x (r:t): .4731, .3252, .6475, .5596, 2.3802."""
    frame = ratings("brennan_t3_2")
    found = variances(variance_components(frame))
    assert found == pytest.approx(nested(frame, PEOPLE, CRITERIA, RATERS), abs=1e-6)
    names = (PEOPLE, CRITERIA, "criterion_id:evaluator_id", "employee_id:criterion_id", "residual")
    published = reference("published_values.json")["brennan_t3_2"]["ANOVA"]
    assert [found[name] for name in names] == pytest.approx([*published.values()], abs=1.01e-4)


def test_three_crossed_facets_are_those_of_the_mean_squares():
    frame = complete(3, 30, 6, 5)
    rng = np.random.default_rng(4)
    for pair in combinations((PEOPLE, RATERS, CRITERIA), 2):
        cells = frame.groupby([*pair]).ngroup()
        frame["score"] += rng.normal(0, 1.5, cells.max() + 1)[cells]
    expected = crossed(frame, (PEOPLE, RATERS, CRITERIA))
    assert min(expected.values()) > 0
    assert variances(variance_components(frame)) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("name", ["sirt_ratings1", "sirt_ratings3", "immer_ptam4"])
def test_incomplete_designs_have_the_components_of_lme4(name: str):
    """lme4 1.1-31 with its default stop; its components are within 5e-4 of the minimum."""
    there = reference(f"gtheory/{name}.lme4.csv").replace({"component": {"Residual": "residual"}})
    there["component"] = (
        there["component"]
        .str.replace("ratee", PEOPLE)
        .str.replace("rater", RATERS)
        .str.replace("criterion", CRITERIA)
    )
    assert variances(variance_components(ratings(name))) == pytest.approx(
        variances(there), abs=5e-4
    )


def test_the_formula_names_what_varies_and_what_the_design_can_tell():
    frame = complete(1, 12, 4, 3)
    terms = default_formula(frame).split(" + ")
    assert terms == [
        "score ~ 1",
        "(1 | employee_id)",
        "(1 | evaluator_id)",
        "(1 | criterion_id)",
        "(1 | employee_id:evaluator_id)",
        "(1 | employee_id:criterion_id)",
        "(1 | evaluator_id:criterion_id)",
    ]
    one_criterion = frame[frame[CRITERIA] == "c00"]
    assert default_formula(one_criterion).split(" + ")[1:] == terms[1:3]
    twice = concat([one_criterion.assign(cycle_id=cycle) for cycle in ("2026-10", "2026-11")])
    pairs = ("employee_id:evaluator_id", "employee_id:cycle_id", "evaluator_id:cycle_id")
    expected = [*terms[1:3], "(1 | cycle_id)", *(f"(1 | {pair})" for pair in pairs)]
    assert default_formula(twice).split(" + ")[1:] == expected


def test_evaluators_of_one_employee_each_are_nested_in_the_employee():
    frame = complete(1, 12, 4, 3)
    own = frame.assign(evaluator_id=frame[PEOPLE] + frame[RATERS])
    assert "(1 | employee_id:evaluator_id)" in default_formula(own)
    assert "(1 | evaluator_id)" not in default_formula(own)


def test_a_score_that_was_not_given_is_no_rating():
    frame = complete(2, 10, 4)
    gap = frame.assign(score=frame["score"].where(frame.index != 7))
    assert_frame_equal(variance_components(gap), variance_components(frame.drop(7)))


def test_known_variances_are_recovered_from_an_incomplete_design():
    """300 people by 3 of 40 evaluators on 5 criteria; within three standard errors of the truth."""
    rng = np.random.default_rng(11)
    rows = [
        (person, rater, criterion)
        for person in range(300)
        for rater in rng.choice(40, 3, replace=False)
        for criterion in range(5)
    ]
    frame = DataFrame(rows, columns=[PEOPLE, RATERS, CRITERIA])
    truth = {PEOPLE: 25.0, RATERS: 9.0, CRITERIA: 4.0, "employee_id:evaluator_id": 6.0}
    score = 70 + rng.normal(0, 4, len(frame))
    for name, variance in truth.items():
        score += rng.normal(0, variance**0.5, 300 * 40)[
            frame.groupby(name.split(":"), sort=False).ngroup()
        ]
    table = variance_components(frame.assign(score=score)).set_index("component")
    for name, variance in {**truth, "residual": 16.0}.items():
        row = table.loc[name]
        assert abs(row["variance"] - variance) < 3 * row["se"], name
    assert (table.drop([*truth, "residual"])["variance"] < 0.5).all()


def test_the_error_of_an_average_is_each_component_over_what_was_averaged():
    found = g_coefficients(draw(TWO_FACETS), evaluators=2, criteria=4)
    relative = 0.6 / 2 + 0.8 / 4 + 1.2 / (2 * 4)
    absolute = relative + 1 / 2 + 2 / 4 + 0.4 / (2 * 4)
    assert (found.relative_error, found.absolute_error) == pytest.approx((relative, absolute))
    assert (found.g, found.phi) == pytest.approx((4 / (4 + relative), 4 / (4 + absolute)))


def test_evaluators_within_criteria_are_averaged_over_both():
    components = draw("""
        component                 | variance
        employee_id               | 4
        criterion_id:evaluator_id | 3
        residual                  | 1
    """)
    found = g_coefficients(components, evaluators=2, criteria=3)
    assert found.absolute_error == pytest.approx(3 / 6 + 1 / 6)


def test_the_smallest_design_has_the_fewest_scores_that_reach_the_reliability():
    study = d_study(draw(TWO_FACETS), evaluators=range(1, 6), criteria=range(1, 6))
    assert len(study.grid) == 25
    row = study.grid.set_index(["evaluators", "criteria"]).loc[(2, 2)]
    assert row["scores"] == 4
    assert row["g"] == pytest.approx(4 / (4 + 0.6 / 2 + 0.8 / 2 + 1.2 / 4))
    smallest = study.smallest.set_index("coefficient")
    # One evaluator never: 4 / (4 + .6 + (.8 + 1.2) / 5) = .8 exactly, with five criteria.
    assert [*smallest.loc["g", ["evaluators", "criteria"]]] == [2, 2]
    for name in ("g", "phi"):
        enough = study.grid[study.grid[name] >= 0.8]
        assert smallest.loc[name, "scores"] == enough["scores"].min()


def test_no_design_that_reaches_the_reliability_leaves_no_row():
    study = d_study(draw(TWO_FACETS), evaluators=1, criteria=1, reliability=0.95)
    assert study.smallest.empty


def test_occasions_count_where_the_components_know_cycles():
    components = draw("""
        component            | variance
        employee_id          | 4
        employee_id:cycle_id | 2
        residual             | 3
    """)
    study = d_study(components, occasions=[1, 3])
    assert study.grid["occasions"].tolist() == [1, 3]
    assert study.grid["g"].tolist() == pytest.approx([4 / (4 + 2 + 3), 4 / (4 + 2 / 3 + 3 / 3)])


@pytest.mark.parametrize(
    ("drawing", "counts", "message"),
    [
        (TWO_FACETS, {"evaluators": 0}, r"evaluators \[0\]; give whole numbers from 1"),
        (TWO_FACETS, {"occasions": 3}, "say nothing of cycle_id; leave occasions out"),
        (TWO_FACETS, {"reliability": 80}, "a reliability of 80 is not between 0 and 1"),
        (TWO_FACETS.replace("residual   ", "team_id    "), {}, "components team_id are not"),
        ("component | variance\n employee_id | 1", {}, "no component residual"),
        ("component | variance\n employee_id | 1\n residual | 2", {}, "know of employees only"),
    ],
)
def test_what_no_study_can_be_made_of_is_said(drawing: str, counts: dict, message: str):
    with pytest.raises(InputError, match=message):
        d_study(draw(drawing), **counts)


def test_one_score_an_employee_tells_nothing_of_employees():
    frame = complete(1, 8, 1)
    with pytest.raises(InputError, match="8 scores of 8 employees cannot tell them apart"):
        variance_components(frame)
    with pytest.raises(InputError, match="column 'score': it is not there"):
        variance_components(frame.drop(columns="score"))


@settings(max_examples=15)
@given(st.integers(0, 10**6), st.integers(4, 9), st.integers(3, 6))
def test_complete_designs_agree_with_the_mean_squares_wherever_these_are_positive(
    seed: int, people: int, raters: int
):
    frame = complete(seed, people, raters)
    expected = crossed(frame, (PEOPLE, RATERS))
    found = variances(variance_components(frame))
    if min(expected.values()) > 0.01:
        assert found == pytest.approx(expected, rel=1e-6, abs=1e-6)
