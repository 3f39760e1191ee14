"""What results are used for: every action of a scheme says it."""

from __future__ import annotations

from pathlib import Path

import pytest
from drawing import draw

from csperf import load_scheme
from csperf.appraisal import check_scheme
from csperf.appraisal.applications import (
    USES,
    actions_without_use,
    uses,
    uses_of,
    uses_of_scheme,
)
from csperf.scheme import Scheme

SCHEMES = sorted(Path("params/schemes").glob("*.yaml"))


@pytest.mark.requirement("I-01")
def test_every_action_of_our_ten_schemes_has_a_use_and_no_use_is_idle():
    shipped = {path.stem: load_scheme(path) for path in SCHEMES}
    assert len(shipped) == 10
    assert [actions_without_use(scheme, name) for name, scheme in shipped.items()] == [[]] * 10
    found = {use for scheme in shipped.values() for use in uses_of_scheme(scheme)["use"]}
    assert found == set(USES)  # all nine that the sources name, and improvement


@pytest.mark.requirement("I-01")
@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("directional_raise_or_promotion", ("pay_adjustment", "promotion")),
        ("transfer_or_dismissal_review", ("transfer", "contract_decision")),
        ("commission_deduction", ("bonus", "reward_and_punishment")),
        ("first_choice_for_key_posts", ("selection",)),
        ("consider_post_adjustment", ("transfer",)),
        ("night_shift_bonus", ("bonus",)),
        ("improvement_plan", ("improvement",)),
        ("review", ()),
        ("bonuses", ()),
    ],
)
def test_the_words_of_an_action_say_its_uses(action: str, expected: tuple[str, ...]):
    assert uses_of(action) == expected


@pytest.mark.requirement("I-01")
def test_the_chain_and_awards_of_a_scheme_have_uses_too():
    five = uses_of_scheme(load_scheme("params/schemes/five_grades.yaml"))
    chain = five[five["source"] == "chain"].groupby("id")["use"].agg(list).to_dict()
    assert chain["T1"] == ["pay_adjustment"]  # +1 allowance level
    assert chain["T5"] == ["pay_adjustment", "promotion"]  # -1, and frozen
    assert chain["T9"] == ["contract_decision"]
    assert "T3" not in chain  # medium changes nothing
    kpi = uses_of_scheme(load_scheme("params/schemes/kpi_levels.yaml"))
    awards = kpi[kpi["source"] == "awards"]
    assert (
        awards["use"].tolist() == ["reward_and_punishment"] * 4
    )  # two of the quarter, two of the year


@pytest.mark.requirement("I-01")
def test_proposals_are_listed_by_use_and_what_says_no_use_comes_last():
    proposals = draw("""
        employee_id | rule_id | action               | facts
        bob         | r3      | review               | f
        bob         | r1      | improvement_plan     | f
        ann         | r2      | commission_deduction | f
        ann         | r1      | improvement_plan     | f
    """)
    found = uses(proposals)
    assert found.fillna("-").drop(columns="title").to_numpy().tolist() == [
        ["ann", "r2", "commission_deduction", "bonus"],
        ["ann", "r2", "commission_deduction", "reward_and_punishment"],
        ["ann", "r1", "improvement_plan", "improvement"],
        ["bob", "r1", "improvement_plan", "improvement"],
        ["bob", "r3", "review", "-"],
    ]
    assert found["title"].iloc[0] == "Bonus"
    assert uses(proposals[:0]).empty


@pytest.mark.requirement("I-01")
def test_an_action_without_a_use_is_an_error_of_the_scheme_with_its_path():
    part = {"indicator": "reply_rate", "weight": 100.0, "scoring": {"method": "t_score"}}
    rule = {"id": "odd", "when": {"score_below": 50}, "action": "do_something", "approver": "HR"}
    bad = {"id": "s", "title": "S", "version": "1", "score": (part,), "rules": (rule,)}
    (problem,) = check_scheme(Scheme.model_validate(bad), "s.yaml")
    said = "s.yaml: rules.odd.action: 'do_something' does not say what the result is used for"
    assert str(problem).startswith(said)
