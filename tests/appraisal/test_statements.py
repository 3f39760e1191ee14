"""What a result says of each person, with its arithmetic."""

from __future__ import annotations

import pytest
from drawing import draw

from csperf import InputError
from csperf.appraisal.statements import kept_strengths, results_summary, statements
from csperf.scheme import Scheme

LINE = {"method": "linear", "floor": 0.2, "target": 0.6}
EVENTS = {"method": "deduction", "points": 4, "cap": 10}
WHOLE = {
    "id": "s",
    "title": "S",
    "version": "1",
    "evaluators": [{"type": "boss"}, {"type": "peer", "shown_from": 2}, {"type": "self"}],
    "criteria": [{"id": "tone"}, {"id": "calm"}, {"id": "potential", "scale": [1, 5]}],
    "score": [
        {"indicator": "reply_rate", "weight": 40, "scoring": LINE},
        {"indicator": "inquiry_conversion", "weight": 20, "scoring": LINE},
        {"criterion": "tone", "evaluator": "boss", "weight": 30},
        {"criterion": "calm", "evaluator": "peer", "weight": 10},
        {"indicator": "complaint_rate", "scoring": EVENTS},
    ],
}
SCHEME = Scheme.model_validate(WHOLE)
PEOPLE = draw("""
    employee_id | team_id | score | rank | grade
    ann         | t       | 84.0  | 1    | good
    bob         | t       | 55.0  | 2    | poor
    cai         | t       |       |      |
""")
SCORES = draw("""
    employee_id | component_id       | score | weight | contribution
    ann         | reply_rate         | 90    | 40     | 36
    ann         | inquiry_conversion | 75    | 20     | 15
    ann         | tone               | 80    | 30     | 24
    ann         | calm               | 90    | 10     | 9
    bob         | reply_rate         | 50    | 40     | 20
    bob         | inquiry_conversion | 40    | 20     | 8
    bob         | tone               | 90    | 30     | 27
    bob         | calm               | 100   | 10     | 10
    bob         | complaint_rate     |       | 0      | -10
    bob         | limit              |       |        | 0
    cai         | tone               |       |        |
""")
BEFORE = draw("""
    employee_id | component_id       | score
    ann         | reply_rate         | 80
    ann         | tone               | 79.9
    ann         | calm               | 95
    bob         | tone               | 81
""")


@pytest.mark.requirement("I-11", "H-11")
def test_a_strength_is_kept_if_it_was_one_before_and_is_one_now():
    """The border counts: 80 was a strength, 79.9 was none."""
    assert kept_strengths(SCORES, BEFORE).to_numpy().tolist() == [
        ["ann", "calm", 90, 95],
        ["ann", "reply_rate", 90, 80],
        ["bob", "tone", 90, 81],
    ]
    assert kept_strengths(SCORES, BEFORE, 90)["component_id"].tolist() == ["calm"]


@pytest.mark.requirement("I-07", "H-11")
def test_the_summary_tells_good_from_bad_and_conduct_from_performance():
    found = results_summary(PEOPLE, SCORES, SCHEME, BEFORE).set_index("employee_id")
    ann, bob, cai = (found.loc[name] for name in ("ann", "bob", "cai"))
    assert ann["performance"] == pytest.approx((40 * 90 + 20 * 75) / 60)
    assert ann["conduct"] == pytest.approx((30 * 80 + 10 * 90) / 40)
    assert bob["performance"] == pytest.approx((40 * 50 + 20 * 40) / 60)
    assert (ann["pattern"], bob["pattern"]) == ("both_good", "conduct_only")
    assert (ann["good_performance"], ann["good_conduct"]) == ("reply_rate", "calm, tone")
    assert bob["bad_performance"] == "inquiry_conversion, reply_rate"  # the worst first
    assert found["bad_conduct"].isna().all()
    assert (ann["kept"], bob["kept"]) == ("calm, reply_rate", "tone")
    assert (ann["short_board"], ann["lost"]) == ("tone", 30 * (100 - 80) / 100)
    assert (bob["short_board"], bob["lost"]) == ("reply_rate", 40 * (100 - 50) / 100)
    assert cai.drop("team_id").isna().all()


@pytest.mark.requirement("I-07")
def test_points_taken_for_events_can_be_what_costs_most():
    mild = SCORES.assign(score=SCORES["score"].mask(SCORES["employee_id"] == "bob", 90))
    events = mild["component_id"] == "complaint_rate"
    found = results_summary(PEOPLE, mild.assign(score=mild["score"].mask(events)), SCHEME)
    bob = found.set_index("employee_id").loc["bob"]
    assert (bob["short_board"], bob["lost"]) == ("complaint_rate", 10)
    assert found["kept"].isna().all()


@pytest.mark.requirement("I-07")
def test_what_too_few_evaluators_said_is_in_no_part_of_the_summary():
    means = draw("""
        employee_id | evaluator_type | criterion_id | shown
        ann         | peer           | calm         | false
        ann         | boss           | tone         | true
        bob         | peer           | calm         | true
    """)
    found = results_summary(PEOPLE, SCORES, SCHEME, BEFORE, means).set_index("employee_id")
    assert found.loc["ann", ["conduct", "good_conduct", "kept"]].tolist() == [
        80,
        "tone",
        "reply_rate",
    ]
    assert found.loc["bob", "good_conduct"] == "calm, tone"


RATED = draw("""
    employee_id | evaluator_id | evaluator_type | criterion_id | score
    ann         | m            | boss           | potential    | 2
    ann         | ann          | self           | potential    | 5
    bob         | m            | boss           | potential    | 5
    bob         | x            | peer           | potential    | 1
    bob         | m            | boss           | tone         | 90
    cai         | x            | peer           | potential    | 5
    cai         | m            | boss           | tone         | 95
""")


@pytest.mark.requirement("I-10")
def test_three_statements_and_potential_is_what_others_rated_never_the_score():
    """One peer is fewer than two: bob's potential is the boss's alone, cai's is unknown."""
    volumes = draw("employee_id | volume\nann | 30\nbob | 90\ncai | 80")
    found = statements(PEOPLE, SCHEME, RATED, volumes).set_index("employee_id")
    assert found["team_share"].tolist() == [100 * 30 / 200, 100 * 90 / 200, 100 * 80 / 200]
    assert found["performance"].fillna("-").tolist() == ["high", "low", "-"]
    assert found["potential_points"].fillna(-1).tolist() == [100 * (2 - 1) / (5 - 1), 100, -1]
    assert found["potential"].fillna("-").tolist() == ["low", "high", "-"]
    assert found["cell"].fillna("-").tolist() == ["high_low", "low_high", "-"]
    assert found["n_evaluators"].tolist() == [1, 1, 0]
    raised = statements(PEOPLE.assign(score=100.0), SCHEME, RATED).set_index("employee_id")
    assert raised["potential"].equals(found["potential"])
    assert raised["team_share"].isna().all()


@pytest.mark.requirement("I-10")
def test_without_ratings_potential_is_unknown_and_inside_the_score_it_is_refused():
    tone = RATED[RATED["criterion_id"] == "tone"]
    assert statements(PEOPLE, SCHEME, tone)["potential"].isna().all()
    inside = [{"criterion": "potential", "evaluator": "boss", "weight": 100}]
    with pytest.raises(InputError, match=r"score.potential: potential is rated apart"):
        statements(PEOPLE, Scheme.model_validate({**WHOLE, "score": inside}), RATED)


TALK = {"criterion": "tone", "evaluator": "boss", "weight": 40}
ROLES = Scheme.model_validate(
    WHOLE
    | {
        "score": [{"indicator": "reply_rate", "weight": 60, "scoring": LINE, "id": "work"}, TALK],
        "roles": {
            "phone": {"score": [{**TALK, "id": "work", "weight": 100}]},
            "desk": {"score": [{"indicator": "sla_met_share", "weight": 100, "scoring": LINE}]},
        },
    }
)


@pytest.mark.requirement("I-07", "H-11")
@pytest.mark.parametrize("told", [True, False])
def test_of_two_roles_the_sides_are_those_of_the_components_of_both(told):
    """Work is an indicator at the desk of others and a judgement on the phone: a quarter of ann."""
    scores = draw("""
        employee_id | component_id       | score | weight | contribution
        ann         | phone/work         | 50    | 25     | 12.5
        ann         | desk/sla_met_share | 90    | 75     | 67.5
        bob         | work               | 70    | 60     | 42
        bob         | tone               | 85    | 40     | 34
        cai         | work               | 40    | 100    | 40
    """)
    people = PEOPLE.assign(role=["desk", "shop", "phone"])
    if told:
        people["role_shares"] = ['{"phone": 0.25, "desk": 0.75}', None, None]
    found = results_summary(people, scores, ROLES).set_index("employee_id")
    sides = found[["performance", "conduct"]].to_dict("index")
    assert sides["ann"] == {"performance": 90, "conduct": 50}
    assert sides["bob"] == {"performance": 70, "conduct": 85}
    assert found["conduct"]["cai"] == 40 and found["performance"].isna()["cai"]
    assert found["pattern"].fillna("").tolist() == ["performance_only", "conduct_only", ""]
    assert found["good_performance"]["ann"] == "desk/sla_met_share"
    assert found["bad_conduct"].fillna("").tolist() == ["phone/work", "", "work"]
    assert (found["short_board"]["ann"], found["lost"]["ann"]) == ("phone/work", 25 * 50 / 100)
