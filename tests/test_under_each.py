"""The same records under several schemes: orders and shares worked out by hand."""

from __future__ import annotations

import pandas as pd
import pytest
from appraised import scheme_of
from pandas import DataFrame

from csperf import Cycle, InputError
from csperf.answers.under_each import UnderEach, under_each
from csperf.tables import INPUT_TABLES

CYCLE = Cycle.parse("2026-01")
PEOPLE = ["ann", "bob", "cem", "dag", "eva"]
TEST, BOSS = [90.0, 80.0, 70.0, 60.0, 50.0], [50.0, 60.0, 70.0, 80.0, 90.0]
KNOWS = {"indicator": "knowledge_score", "scoring": {"method": "target_ratio", "target": 1}}
SERVES = {"criterion": "service", "evaluator": "boss"}
JUDGED = {"criteria": [{"id": "service"}], "evaluators": [{"type": "boss", "title": "The boss"}]}
BY_TEST = scheme_of(id="by_test", score=[{**KNOWS, "weight": 100}])
BY_BOSS = scheme_of(id="by_boss", score=[{**SERVES, "weight": 100}], **JUDGED)
BY_BOTH = scheme_of(
    id="by_both", score=[{**KNOWS, "weight": 75}, {**SERVES, "weight": 25}], **JUDGED
)
BY_CUSTOMERS = scheme_of(
    id="by_customers",
    score=[{"criterion": "kindness", "evaluator": "customer", "weight": 100}],
    criteria=[{"id": "kindness"}],
    evaluators=[{"type": "customer", "title": "Customers", "required": True}],
)


def tables() -> dict[str, DataFrame]:
    """Five people in a team; the boss has the order of the test turned round."""
    people = DataFrame({"employee_id": PEOPLE})
    taken = pd.Timestamp("2026-01-10T09:00:00Z").as_unit("us")
    drawn = {
        "assignments": people.assign(team_id="t", from_date=pd.Timestamp("2025-01-01")),
        "knowledge_tests": people.assign(test_id="k", taken_at=taken, score=TEST, max_score=100),
        "evaluations": people.assign(
            evaluation_id="of " + people["employee_id"],
            cycle_id=CYCLE.id,
            evaluator_id="m1",
            evaluator_type="boss",
            criterion_id="service",
            score=BOSS,
        ),
    }
    return {name: INPUT_TABLES[name].arrange(frame) for name, frame in drawn.items()}


@pytest.fixture(scope="module")
def found() -> UnderEach:
    return under_each(tables(), [BY_TEST, BY_BOSS, BY_BOTH, BY_CUSTOMERS], CYCLE)


@pytest.mark.requirement("J-08")
def test_each_scheme_scores_from_what_it_asks_for(found: UnderEach) -> None:
    assert found.scores["by_test"].to_dict() == pytest.approx(dict(zip(PEOPLE, TEST, strict=True)))
    assert found.scores["by_boss"].to_dict() == pytest.approx(dict(zip(PEOPLE, BOSS, strict=True)))
    assert found.scores.loc["ann", "by_both"] == pytest.approx(0.75 * 90 + 0.25 * 50)
    assert found.places["by_test"].tolist() == [1, 2, 3, 4, 5]
    assert found.places["by_boss"].tolist() == [5, 4, 3, 2, 1]


@pytest.mark.requirement("J-08")
def test_who_comes_first_and_last_and_why_a_scheme_is_silent(found: UnderEach) -> None:
    summary = found.summary.set_index("scheme_id")
    assert list(summary.index) == ["by_test", "by_boss", "by_both", "by_customers"]
    assert summary["n_people"].tolist() == [5, 5, 5, 5]
    assert summary["n_scored"].tolist() == [5, 5, 5, 0]
    assert summary["first"].tolist() == ["ann", "eva", "ann", ""]
    assert summary["last"].tolist() == ["eva", "ann", "eva", ""]
    assert summary.loc["by_customers", "reason"] == "no evaluation by: Customers"


@pytest.mark.requirement("J-08")
def test_orders_that_are_turned_round_agree_by_minus_one(found: UnderEach) -> None:
    agreement = found.agreement
    assert agreement.loc["by_test", "by_boss"] == -1
    assert agreement.loc["by_test", "by_both"] == 1
    assert "by_customers" not in agreement


@pytest.mark.requirement("J-08", "B-76")
def test_what_decides_is_the_share_of_the_differences_and_not_the_weight(found: UnderEach) -> None:
    """With d = 20, 10, 0, -10, -20 the parts are 0.75 d and -0.25 d, and the score is 0.5 d."""
    both = found.counting.query("scheme_id == 'by_both'").set_index("component_id")
    assert both["weight"].to_dict() == {"knowledge_score": 75, "service": 25}
    assert both.loc["knowledge_score", "share"] == pytest.approx(100 * 0.75 / 0.5)
    assert both.loc["service", "share"] == pytest.approx(100 * -0.25 / 0.5)
    decisive = found.decisive.set_index("scheme_id")["component_id"]
    assert decisive.to_dict() == {
        "by_test": "knowledge_score",
        "by_boss": "service",
        "by_both": "knowledge_score",
    }


def test_equal_people_share_the_first_place() -> None:
    drawn = tables()
    drawn["knowledge_tests"] = drawn["knowledge_tests"].assign(score=[90.0, 90, 70, 60, 50])
    alike = under_each(drawn, [BY_TEST], CYCLE)
    assert alike.summary["first"].tolist() == ["ann, bob"]
    assert alike.places["by_test"].tolist() == [1, 1, 3, 4, 5]


def test_no_scheme_two_of_one_name_and_unknown_indicators_are_refused() -> None:
    with pytest.raises(InputError, match="no schemes; give one or more"):
        under_each(tables(), [], CYCLE)
    with pytest.raises(InputError, match="two schemes 'by_test'; give each once"):
        under_each(tables(), [BY_TEST, BY_TEST], CYCLE)
    odd = scheme_of(score=[{**KNOWS, "indicator": "knowlege_score", "weight": 100}])
    with pytest.raises(InputError, match="knowlege_score"):
        under_each(tables(), [odd], CYCLE)
