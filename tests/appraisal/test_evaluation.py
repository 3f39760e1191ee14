"""Types of evaluators, their weights, and what is missing."""

import pandas as pd
import pytest
from drawing import draw

from csperf import InputError, combine_evaluations, load_scheme, score
from csperf.appraisal import missing_required, totals
from csperf.scheme import Scheme
from csperf.tables import OUTPUT_TABLES

NO_VALUES = OUTPUT_TABLES["indicator_values"].empty()


def scheme_of(*weights, **further):
    """Evaluator types t1, t2 ... with these weights, all judging one criterion."""
    types = [f"t{number}" for number in range(1, len(weights) + 1)]
    return Scheme.model_validate(
        {
            "id": "s",
            "title": "S",
            "version": "1",
            "evaluators": [{"type": name} for name in types],
            "criteria": [{"id": "work"}],
            "score": [
                {"id": name, "criterion": "work", "evaluator": name, "weight": weight}
                for name, weight in zip(types, weights, strict=True)
            ],
            **further,
        }
    )


def score_of(evaluations, scheme):
    return totals(score(NO_VALUES, scheme, combine_evaluations(evaluations, scheme)))


@pytest.mark.requirement("G1", "D-02")
def test_self_90_and_manager_80_give_83():
    given = draw("""
        employee_id | evaluator_id | evaluator_type | criterion_id | score
        a           | a            | t1             | work         | 90
        a           | m            | t2             | work         | 80
    """).replace({"evaluator_id": {"a": "someone"}})
    assert score_of(given, scheme_of(30, 70))["a"] == pytest.approx(0.3 * 90 + 0.7 * 80)
    assert 0.3 * 90 + 0.7 * 80 == 83.0


@pytest.mark.requirement("G1", "D-04", "D-11")
def test_a_declined_self_evaluation_is_absent_and_never_zero():
    given = draw("""
        employee_id | evaluator_id | evaluator_type | criterion_id | score | status
        a           | x            | t1             | work         |       | declined
        a           | m            | t2             | work         | 80    | submitted
    """)
    assert score_of(given, scheme_of(30, 70))["a"] == 80.0


@pytest.mark.requirement("D-04")
def test_a_missing_source_among_equal_ones_leaves_the_mean_of_the_others():
    """Known answer: {5, 5, missing} with equal weights is 5, not 3.33 (33.33 x 3 is a whole)."""
    given = draw("""
        employee_id | evaluator_id | evaluator_type | criterion_id | score
        a           | m            | t1             | work         | 5
        a           | n            | t2             | work         | 5
    """)
    scheme = scheme_of(33.33, 33.33, 33.33)
    assert score_of(given, scheme)["a"] == pytest.approx(5.0)


@pytest.mark.requirement("D-03")
def test_evaluators_of_one_type_are_averaged_before_types_are_weighted():
    given = draw("""
        employee_id | evaluator_id | evaluator_type | criterion_id | score
        a           | m            | t1             | work         | 60
        a           | n1           | t2             | work         | 70
        a           | n2           | t2             | work         | 90
        a           | n3           | t2             | work         | 80
    """)
    means = combine_evaluations(given, scheme_of(50, 50))
    assert means["score"].tolist() == [60, (70 + 90 + 80) / 3]
    assert means["n_evaluators"].tolist() == [1, 3]
    assert score_of(given, scheme_of(50, 50))["a"] == (60 + 80) / 2


def test_the_last_round_counts():
    given = draw("""
        employee_id | evaluator_id | evaluator_type | criterion_id | score | round
        a           | m            | t1             | work         | 60    | 1
        a           | m            | t1             | work         | 75    | 2
    """)
    assert combine_evaluations(given, scheme_of(100))["score"].tolist() == [75]


def test_a_criterion_on_another_scale_is_stretched_to_points():
    scheme = scheme_of(100, criteria=[{"id": "work", "scale": [1, 5]}])
    given = draw("""
        employee_id | evaluator_id | evaluator_type | criterion_id | score
        a           | m            | t1             | work         | 4
    """)
    assert combine_evaluations(given, scheme)["score"].tolist() == [100 * (4 - 1) / (5 - 1)]


@pytest.mark.requirement("D-08")
def test_a_mean_of_few_evaluators_is_marked_as_not_to_be_shown():
    scheme = scheme_of(100, evaluators=[{"type": "t1", "shown_from": 3}])
    given = draw("""
        employee_id | evaluator_id | evaluator_type | criterion_id | score
        a           | m            | t1             | work         | 4
        a           | n            | t1             | work         | 6
        b           | m            | t1             | work         | 4
        b           | n            | t1             | work         | 5
        b           | o            | t1             | work         | 6
    """)
    assert combine_evaluations(given, scheme)["shown"].tolist() == [False, True]


@pytest.mark.requirement("D-04")
def test_who_lacks_a_required_evaluator_is_named_with_the_type():
    scheme = scheme_of(30, 70, evaluators=[{"type": "t1"}, {"type": "t2", "required": True}])
    given = draw("""
        employee_id | evaluator_id | evaluator_type | criterion_id | score
        a           | m            | t2             | work         | 4
        b           | n            | t1             | work         | 6
    """)
    means = combine_evaluations(given, scheme)
    assert missing_required(["a", "b"], means, scheme) == {"b": "t2"}


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("criterion_id", "wrok", "'wrok' in 1 rows is not in scheme 's'; it takes work"),
        ("evaluator_type", "t9", "'t9' in 1 rows is not in scheme 's'; it takes t1"),
        ("score", 5.5, "5.5 for 'work'; its scale is 1 to 5"),
        ("evaluator_id", "a", "'a' rates himself or herself as another type than self"),
    ],
)
def test_an_evaluation_that_does_not_fit_the_scheme_is_refused(column, value, message):
    scheme = scheme_of(100, criteria=[{"id": "work", "scale": [1, 5]}])
    given = draw("""
        employee_id | evaluator_id | evaluator_type | criterion_id | score
        a           | m            | t1             | work         | 4.0
    """)
    given.loc[0, column] = value
    with pytest.raises(InputError, match=message):
        combine_evaluations(given, scheme)


@pytest.mark.requirement("G1")
def test_the_shop_scheme_gives_the_manager_70_and_the_indicators_49_of_100():
    scheme = load_scheme("params/schemes/online_shop.yaml")
    paths = [path for path, _ in scheme.components()]
    everything = pd.DataFrame(True, index=["a"], columns=paths)
    from csperf.appraisal import effective_weights

    weights = effective_weights(scheme, everything).loc["a"]
    assert weights["self/task_completion"] == 30
    assert weights[[path for path in paths if "work_performance" in path]].sum() == pytest.approx(
        49
    )
    assert weights.sum() == pytest.approx(100)
