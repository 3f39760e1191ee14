"""Types of evaluators, their weights, and what is missing."""

import pandas as pd
import pytest
from drawing import draw
from hypothesis import given as given_by
from hypothesis import settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from csperf import InputError, combine_evaluations, load_scheme, score
from csperf.appraisal import missing_required, totals
from csperf.appraisal.evaluation import (
    coverage,
    double_sources,
    judged_weights,
    source_status,
    superseded,
)
from csperf.scheme import Scheme
from csperf.tables import OUTPUT_TABLES

HEADER = "employee_id | evaluator_id | evaluator_type | criterion_id | score"
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
@pytest.mark.privacy("P4")
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


@pytest.mark.requirement("D-04")
def test_all_required_evaluators_that_somebody_lacks_are_listed():
    """Edge case 25; a type that only confirms blocks nothing unless the scheme says so."""
    kinds = [{"type": "t1", "required": True}, {"type": "t2", "title": "Head", "required": True}]
    scheme = scheme_of(30, 70, evaluators=[*kinds, {"type": "t3", "role": "confirm"}])
    nobody = combine_evaluations(draw(HEADER), scheme)
    assert missing_required(["a"], nobody, scheme) == {"a": "t1, Head"}


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("criterion_id", "wrok", "'wrok' in 1 rows is not in scheme 's'; it takes work"),
        ("evaluator_type", "t9", "'t9' in 1 rows is not in scheme 's'; it takes t1"),
        ("score", 5.5, "by 'm' of 'a' is 5.5 for 'work'; its scale is 1 to 5"),
        ("status", "declined", "by 'm' of 'a' is declined, but has the score 4"),
        ("evaluator_id", "a", "'a' rates himself or herself as another type than self"),
    ],
)
def test_an_evaluation_that_does_not_fit_the_scheme_is_refused(column, value, message):
    scheme = scheme_of(100, criteria=[{"id": "work", "scale": [1, 5]}])
    given = draw("""
        employee_id | evaluator_id | evaluator_type | criterion_id | score
        a           | m            | t1             | work         | 4.0
    """).assign(status="submitted")
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


SIX = ["direct_superior", "peer", "subordinate", "self", "customer", "external"]


@pytest.mark.requirement("D-01", "D-02", "D-03")
def test_six_types_of_evaluators_are_averaged_each_and_then_weighted():
    weights = [40, 15, 10, 10, 15, 10]
    parts = [
        {"id": kind, "criterion": "work", "evaluator": kind, "weight": weight}
        for kind, weight in zip(SIX, weights, strict=True)
    ]
    scheme = scheme_of(evaluators=[{"type": kind} for kind in SIX], score=parts)
    given = draw("""
        employee_id | evaluator_id | evaluator_type  | criterion_id | score
        a           | m            | direct_superior | work         | 80
        a           | n1           | peer            | work         | 70
        a           | n2           | peer            | work         | 90
        a           | s            | subordinate     | work         | 60
        a           | a            | self            | work         | 95
        a           | c1           | customer        | work         | 100
        a           | c2           | customer        | work         | 50
        a           | x            | external        | work         | 70
    """)
    parts = [40 * 80, 15 * (70 + 90) / 2, 10 * 60, 10 * 95, 15 * (100 + 50) / 2, 10 * 70]
    assert score_of(given, scheme)["a"] == pytest.approx(sum(parts) / 100)
    assert judged_weights(scheme) == {
        (kind, "work"): weight for kind, weight in zip(SIX, weights, strict=True)
    }


@pytest.mark.requirement("D-01", "D-02")
@pytest.mark.parametrize("role", ["reference", "control", "confirm"])
def test_a_type_that_is_only_shown_beside_the_score_may_carry_no_weight(role):
    evaluators = [{"type": "t1", "role": role}, {"type": "t2"}]
    given = draw("""
        employee_id | evaluator_id | evaluator_type | criterion_id | score
        a           | m            | t1             | work         | 20
        a           | n            | t2             | work         | 80
    """)
    beside = scheme_of(0, 100, evaluators=evaluators)
    assert combine_evaluations(given, beside)["score"].tolist() == [20, 80]
    assert score_of(given, beside)["a"] == 80
    message = f"'t1' has 30 % of the score by 'work'; its role is {role}: give it weight 0"
    with pytest.raises(InputError, match=message):
        combine_evaluations(given, scheme_of(30, 70, evaluators=evaluators))


@pytest.mark.requirement("D-03")
def test_what_two_superiors_disagree_about_stands_beside_their_mean():
    """Edge case 27."""
    given = draw("""
        employee_id | evaluator_id | evaluator_type | criterion_id | score
        a           | m            | t1             | work         | 2
        a           | n            | t1             | work         | 5
        b           | m            | t1             | work         | 3
    """)
    means = combine_evaluations(given, scheme_of(100, criteria=[{"id": "work", "scale": [1, 5]}]))
    assert means["score"].tolist() == [(25 + 100) / 2, 50]
    assert means["spread"].tolist() == [100 - 25, 0]


@pytest.mark.requirement("D-02")
def test_an_evaluator_who_rated_only_part_of_the_criteria():
    """Edge case 26: each criterion is the mean of what was given, and the rest is named."""
    criteria = [{"id": name} for name in ("work", "service", "team")]
    parts = [
        {"criterion": "work", "weight": 60, "evaluator": "t1"},
        {"criterion": "service", "weight": 40, "evaluator": "t1"},
    ]
    kinds = [{"type": "t1"}, {"type": "t2", "focus": ["team"]}, {"type": "t3", "role": "control"}]
    scheme = scheme_of(criteria=criteria, score=parts, evaluators=kinds)
    given = draw("""
        employee_id | evaluator_id | evaluator_type | criterion_id | score
        a           | m            | t1             | work         | 60
        a           | n            | t1             | work         | 80
        a           | n            | t1             | service      | 90
        a           | p            | t2             | team         | 50
        a           | q            | t3             | work         | 50
    """)
    assert score_of(given, scheme)["a"] == pytest.approx(0.6 * (60 + 80) / 2 + 0.4 * 90)
    expected = draw("""
        employee_id | evaluator_type | evaluator_id | n_given | n_asked | lacking
        a           | t1             | m            | 1       | 2       | service
        a           | t1             | n            | 2       | 2       |
        a           | t2             | p            | 1       | 1       |
        a           | t3             | q            | 1       | 3       | service, team
    """).fillna({"lacking": ""})
    found = coverage(given, scheme)
    assert found["coverage"].tolist() == pytest.approx([1 / 2, 1, 1, 1 / 3])
    assert_frame_equal(found.drop(columns="coverage"), expected)


@pytest.mark.requirement("D-08", "D-04")
def test_what_too_few_peers_gave_may_be_left_out_of_the_score_and_its_weight_moves():
    """Edge case 30: scoring takes the rows that are shown."""
    scheme = scheme_of(70, 30, evaluators=[{"type": "t1"}, {"type": "t2", "shown_from": 3}])
    given = draw("""
        employee_id | evaluator_id | evaluator_type | criterion_id | score
        a           | m            | t1             | work         | 80
        a           | n            | t2             | work         | 20
        a           | o            | t2             | work         | 20
    """)
    means = combine_evaluations(given, scheme)
    assert totals(score(NO_VALUES, scheme, means))["a"] == pytest.approx(0.7 * 80 + 0.3 * 20)
    assert totals(score(NO_VALUES, scheme, means[means["shown"]]))["a"] == 80


@pytest.mark.parametrize("value", [105, -1])
def test_a_score_off_the_scale_names_its_evaluation(value):
    """Edge case 32."""
    given = draw(f"""
        evaluation_id | employee_id | evaluator_id | evaluator_type | criterion_id | score
        e1            | a           | m            | t1             | work         | 80
        e2            | b           | m            | t1             | work         | {value}
    """)
    message = f"column 'score': evaluation 'e2' by 'm' of 'b' is {value} for 'work'"
    with pytest.raises(InputError, match=message):
        combine_evaluations(given, scheme_of(100))


TWICE = """
    employee_id | evaluator_id | evaluator_type | criterion_id | score | round | submitted_at
    a           | m            | t1             | work         | 75    | 1     | 2026-10-02
    a           | m            | t1             | work         | 60    |       | 2026-10-01
    a           | m            | t1             | other        | 50    | 1     | 2026-10-01
"""


@pytest.mark.requirement("D-09")
def test_of_two_scores_of_one_round_the_later_counts_and_the_other_is_named():
    """Edge case 34."""
    scheme = scheme_of(100, criteria=[{"id": "work"}, {"id": "other"}])
    means = combine_evaluations(draw(TWICE), scheme)
    assert means[["criterion_id", "score"]].values.tolist() == [["other", 50], ["work", 75]]
    assert superseded(draw(TWICE))["score"].tolist() == [60]
    assert superseded(draw(TWICE).drop(columns="submitted_at")).empty


@pytest.mark.requirement("D-09")
@pytest.mark.parametrize("at", ["2026-10-02", ""])
def test_two_scores_of_one_round_of_which_none_is_the_later_are_refused(at):
    scheme = scheme_of(100, criteria=[{"id": "work"}, {"id": "other"}])
    with pytest.raises(InputError, match="the evaluation by 'm' of 'a' on 'work' is there again"):
        combine_evaluations(draw(TWICE.replace("2026-10-01", at, 1)), scheme)
    with pytest.raises(InputError, match="in round 1; tell by submitted_at or round"):
        combine_evaluations(draw(TWICE).drop(columns="submitted_at"), scheme)


@pytest.mark.requirement("D-04", "D-11")
def test_an_absent_evaluation_was_declined_or_missing_or_nobody_was_invited():
    """Edge case 24: the status of a missing self-evaluation is kept."""
    given = draw("""
        employee_id | evaluator_id | evaluator_type | criterion_id | score | status
        a           | a            | t1             | work         |       | declined
        a           | n1           | t2             | work         | 80    | submitted
        a           | n2           | t2             | work         | 60    | submitted
        a           | n3           | t2             | work         |       | declined
        b           | b            | t1             | work         |       | missing
    """)
    invited = draw("""
        employee_id | evaluator_id | evaluator_type
        a           | a            | t1
        a           | n4           | t2
        b           | n1           | t2
    """)
    scheme = scheme_of(50, 50)
    found = source_status(["c", "b", "a"], given, invited, scheme)
    expected = draw("""
        employee_id | evaluator_type | status      | n
        a           | t1             | declined    | 0
        a           | t2             | given       | 2
        b           | t1             | missing     | 0
        b           | t2             | missing     | 0
        c           | t1             | not_invited | 0
        c           | t2             | not_invited | 0
    """)
    assert_frame_equal(found, expected)
    untold = source_status(["c"], given, None, scheme)
    assert untold["status"].tolist() == ["missing", "missing"]


@pytest.mark.requirement("D-07")
def test_customers_who_are_asked_by_survey_and_as_evaluators_count_twice():
    surveyed = [
        {"indicator": name, "weight": 40, "scoring": {"method": "rating"}}
        for name in ("customer_satisfaction", "good_review_rate")
    ]
    reply = {"indicator": "reply_rate", "weight": 10, "scoring": {"method": "rating"}}
    customer = {"criterion": "work", "evaluator": "customer", "weight": 10}
    kinds = [{"type": "customer"}]
    both = scheme_of(evaluators=kinds, score=[*surveyed, reply, customer])
    assert double_sources(both) == ["customer_satisfaction", "good_review_rate"]
    only_beside = [*surveyed, {**reply, "weight": 20}, {**customer, "weight": 0}]
    assert double_sources(scheme_of(evaluators=kinds, score=only_beside)) == []


@st.composite
def evaluations(draw_one):
    """Scores of two people by four evaluators, of one to three rounds."""
    rows = [
        {
            "employee_id": employee,
            "evaluator_id": evaluator,
            "evaluator_type": kind,
            "criterion_id": criterion,
            "round": number,
            "score": draw_one(st.floats(0, 100) | st.none()),
        }
        for employee in "ab"
        for evaluator, kind in (("m", "t1"), ("n", "t1"), ("p", "t2"), ("q", "t2"))
        for criterion in ("work", "other")
        for number in range(1, draw_one(st.integers(1, 3)) + 1)
    ]
    return pd.DataFrame(rows).astype({"score": "float64"})


@settings(max_examples=30, deadline=None)
@given_by(evaluations(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing_and_means_lie_between_the_scores_given(given, random):
    scheme = scheme_of(50, 50, criteria=[{"id": "work"}, {"id": "other"}])
    order = list(range(len(given)))
    random.shuffle(order)
    means, shuffled = combine_evaluations(given, scheme), given.iloc[order]
    assert_frame_equal(means, combine_evaluations(shuffled, scheme))
    assert_frame_equal(coverage(given, scheme), coverage(shuffled, scheme))
    status = source_status("abc", given, None, scheme)
    assert_frame_equal(status, source_status("cba", shuffled, None, scheme))
    by = given.groupby(["employee_id", "evaluator_type", "criterion_id"])["score"]
    low, high = (end.dropna().to_numpy() for end in (by.min(), by.max()))
    assert ((low - 1e-9 <= means["score"]) & (means["score"] <= high + 1e-9)).all()
    assert (means["spread"] <= high - low + 1e-9).all()
