"""Schemes whose values are in order, but that may not be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from csperf import load_scheme
from csperf.appraisal import check_scheme
from csperf.appraisal.checks import refused_inputs
from csperf.scheme import Scheme

SCHEMES = sorted(Path("params/schemes").glob("*.yaml"))
FIVE = load_scheme("params/schemes/five_grades.yaml")


@pytest.mark.parametrize("path", SCHEMES, ids=lambda path: path.stem)
def test_our_own_schemes_pass(path: Path):
    assert check_scheme(load_scheme(path), str(path)) == []


@pytest.mark.requirement("T14")
def test_a_state_without_an_answer_names_the_state_and_the_event():
    chain = FIVE.chain.model_copy(
        update={"transitions": tuple(row for row in FIVE.chain.transitions if row.id != "T14")}
    )
    (*problems,) = check_scheme(FIVE.model_copy(update={"chain": chain}), "five.yaml")
    said = [str(problem) for problem in problems]
    assert len(said) == 3  # excellent, good and medium
    assert said[0].startswith("five.yaml: chain: state 'WATCH_URGENT' has no answer for mid_year")


@pytest.mark.requirement("K-12")
def test_an_action_that_reads_as_done_is_refused():
    rule = {
        "id": "out",
        "when": {"score_below": 50},
        "action": "dismissal",
        "ends_contract": True,
        "approver": "HR",
    }
    part = {"indicator": "reply_rate", "weight": 100.0, "scoring": {"method": "t_score"}}
    bad = {"id": "s", "title": "S", "version": "1", "score": (part,), "rules": (rule,)}
    (problem,) = check_scheme(Scheme.model_validate(bad), "s.yaml")
    assert "'dismissal' reads as if the end of the contract were decided" in str(problem)


@pytest.mark.requirement("K-12")
@pytest.mark.parametrize(
    ("action", "effect", "refused"),
    [
        ("contract_termination", "negative", True),
        ("contract_end_review", "neutral", True),
        ("dismissal_review", "positive", True),
        ("contract_renewal", "positive", False),
        ("post_transfer", "negative", False),
    ],
)
def test_a_decision_on_a_contract_says_that_it_may_end_it(
    action: str, effect: str, refused: bool
) -> None:
    rule = {"id": "out", "when": {"score_below": 50}, "action": action, "effect": effect}
    part = {"indicator": "reply_rate", "weight": 100.0, "scoring": {"method": "t_score"}}
    whole = {"id": "s", "title": "S", "version": "1", "score": (part,)}
    made = Scheme.model_validate({**whole, "rules": ({**rule, "approver": "HR"},)})
    told = (
        f"s.yaml: rules.out: '{action}' is a decision on the contract, but ends_contract is not"
        " set; add ends_contract: true, so that the proposal is worded as a review"
    )
    assert [str(problem) for problem in check_scheme(made, "s.yaml")] == [told] * refused


@pytest.mark.requirement("G1", "J-05")
def test_money_of_rules_that_would_be_in_no_line_of_the_pay_is_refused() -> None:
    rule = {"id": "last", "when": {"rank_from_bottom": 1}, "action": "deduction", "amount": -100}
    part = {"indicator": "reply_rate", "weight": 100.0, "scoring": {"method": "t_score"}}
    whole = {"id": "s", "title": "S", "version": "1", "score": (part,)}
    whole |= {"rules": ({**rule, "approver": "HR"},)}
    lines = ({"id": "commission", "formula": "40"}, {"id": "total", "formula": "commission"})
    pay = {"lines": lines}
    told = (
        "s.yaml: rules.last.amount: -100 would be in no line of the pay; name the line that money"
        " of rules is added to in pay.rank_money, out of commission, total"
    )
    checked = check_scheme(Scheme.model_validate({**whole, "pay": pay}), "s.yaml")
    assert [str(problem) for problem in checked] == [told]
    named = {**whole, "pay": {**pay, "rank_money": "total"}}
    assert check_scheme(Scheme.model_validate(named), "s.yaml") == []
    assert check_scheme(Scheme.model_validate(whole), "s.yaml") == []


@pytest.mark.requirement("D-01", "G0-1")
def test_a_type_of_evaluators_is_known_or_like_one_that_is():
    part = {"criterion": "c", "evaluator": "manger", "weight": 100.0}
    whole = {"id": "s", "title": "S", "version": "1", "criteria": [{"id": "c"}], "score": [part]}
    wrong = Scheme.model_validate({**whole, "evaluators": [{"type": "manger"}]})
    (problem,) = check_scheme(wrong, "s.yaml")
    assert str(problem).startswith(
        "s.yaml: evaluators.manger: no known type of evaluators (meant 'manager'?); use one of self"
    )
    assert str(problem).endswith("or say which one it is like:")
    own = Scheme.model_validate({**whole, "evaluators": [{"type": "manger", "like": "manager"}]})
    assert check_scheme(own, "s.yaml") == []


def scored(**part: str) -> Scheme:
    """A scheme whose only component is this criterion, as its own part of the score."""
    criterion = {"id": part["id"], "title": part.get("title", "")}
    leaf = {"criterion": part["id"], "evaluator": "boss", "weight": 100.0}
    group = {"id": "people", "parts": [leaf], "weight": 100.0}
    whole = {"id": "s", "title": "S", "version": "1", "score": [group], "criteria": [criterion]}
    return Scheme.model_validate({**whole, "evaluators": [{"type": "boss"}]})


@pytest.mark.requirement("G4-11")
@pytest.mark.parametrize(
    ("id", "title"),
    [
        ("personality", ""),
        ("c1", "Strength of Character"),
        ("calm_temperament", ""),
        ("c1", "性格"),
        ("c1", "人格魅力"),
        ("c1", "个性"),
        ("c1", "성격"),
        ("c1", "인성 평가"),
    ],
)
def test_personality_is_refused_as_an_input_with_its_path_and_the_reason(id: str, title: str):
    (problem,) = refused_inputs(scored(id=id, title=title), "s.yaml")
    said = str(problem)
    assert said.startswith(f"s.yaml: score.people/{id}: '{title or id}' is no input to a score; ")
    assert "personality is not work" in said
    assert problem in check_scheme(scored(id=id, title=title), "s.yaml")


@pytest.mark.requirement("G4-11")
@pytest.mark.parametrize(
    "title",
    [
        "Characteristics of good service",
        "Characters typed a minute",
        "Personal commission",
        "个性化服务",
        "개인성과",
    ],
)
def test_words_that_only_look_like_personality_pass(title: str):
    assert refused_inputs(scored(id="c1", title=title), "s.yaml") == []


@pytest.mark.requirement("G4-11")
def test_personality_is_found_in_groups_in_roles_and_among_criteria_that_have_no_weight():
    plain = scored(id="service")
    group = plain.score[0].model_copy(update={"title": "Character"})
    (named,) = refused_inputs(plain.model_copy(update={"score": (group,)}), "s.yaml")
    assert named.where == "s.yaml: score.people"
    unweighted = (*plain.criteria, scored(id="personality").criteria[0])
    (named,) = refused_inputs(plain.model_copy(update={"criteria": unweighted}), "s.yaml")
    assert named.where == "s.yaml: criteria.personality"
    leaf = {"id": "temperament", "criterion": "service", "evaluator": "boss", "weight": 100.0}
    of_role = plain.model_copy(update={"roles": {"phone": {"score": [leaf]}}})
    (named,) = refused_inputs(of_role, "s.yaml")
    assert named.where == "s.yaml: roles.phone.score.temperament"
