"""The checklist of the six stages, what to change first, and outcomes beside those of others."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest
from pandas import DataFrame

from csperf.params import Cycle
from csperf.practice.review import (
    chance_outcomes,
    checklist,
    close_cases,
    review_tables,
    stages,
    to_change,
)
from csperf.scheme import load_scheme
from csperf.tables import INPUT_TABLES, OUTPUT_TABLES

Draw = Callable[[str], DataFrame]
MAY = Cycle.parse("2016-05")
SCHEME = load_scheme("params/schemes/online_shop.yaml")
NOBODY = {"appraised": [], "evaluators": []}
MADE_HERE = {"forms", "scheme_values"}  # not tables of their own: put together for the review


def item(found: DataFrame, stage: str, name: str) -> DataFrame:
    return found[(found["stage"] == stage) & (found["item"] == name)].iloc[0]


@pytest.mark.requirement("K-05")
def test_the_checklist_has_all_six_stages_and_reads_tables_and_columns_that_there_are() -> None:
    assert [*stages()] == [
        "plan",
        "indicators",
        "evaluators",
        "implementation",
        "feedback",
        "application",
    ]
    known = {**INPUT_TABLES, **OUTPUT_TABLES}
    assert {*review_tables()} - MADE_HERE <= {*known}
    for of in stages().values():
        for name, each in of.items():
            if each["table"] in MADE_HERE:
                continue
            columns = {column.name for column in known[each["table"]].columns}
            done = each.get("done", [])
            asked = [*done] if isinstance(done, dict) else " or ".join(done).split(" or ")
            asked += [*each.get("where", {}), *filter(None, [each.get("per")])]
            assert {*filter(None, asked)} - {"held", "by_others"} <= columns, name


@pytest.mark.requirement("K-05", "K-06")
def test_people_with_a_goal_are_counted_against_all_who_are_appraised(table: Draw) -> None:
    """Ann has two goals, Ben one, Cyd none; the team's goal is nobody's own: 2 of 3."""
    goals = table("""
        goal_id | owner_scope | owner_id | indicator_id | rubric_id | deadline   | data_source
        1       | employee    | ann      | csat         |           | 2016-05-31 | survey
        2       | employee    | ann      |              | tone      | 2016-05-31 | observed
        3       | employee    | ben      |              |           | 2016-05-31 | observed
        4       | team        | day      | csat         |           |            | survey
    """)
    groups = {"appraised": ["ann", "ben", "cyd"], "evaluators": []}
    found = checklist({"goals": goals}, groups, MAY)
    own = item(found, "plan", "goals")
    assert (own["n"], own["of"], own["status"]) == (2, 3, "partly")
    assert own["share"] == 2 / 3
    whole = item(found, "plan", "goals_whole")  # 3 has no measure, 4 no deadline
    assert (whole["n"], whole["of"], whole["status"]) == (2, 4, "partly")


@pytest.mark.requirement("K-05")
def test_a_table_that_was_not_given_is_not_known_and_an_empty_one_has_nothing_due() -> None:
    found = checklist({"improvement_plans": INPUT_TABLES["improvement_plans"].empty()}, NOBODY, MAY)
    assert item(found, "application", "supported")["status"] == "nothing_due"
    assert item(found, "application", "rewards")["status"] == "not_known"
    assert pd.isna(item(found, "application", "rewards")["n"])


@pytest.mark.requirement("K-05")
def test_only_rows_of_the_cycle_count(table: Draw) -> None:
    plans = table("""
        plan_id | cycle_id | status  | support | owner_id | deadline   | check_dates | effect
        1       | 2016-05  | running | a tutor | m1       | 2016-06-30 | 2016-06-15  |
        2       | 2016-05  | running |         | m1       | 2016-06-30 | 2016-06-15  |
        3       | 2016-04  | done    |         |          |            |             |
    """)
    found = item(checklist({"improvement_plans": plans}, NOBODY, MAY), "application", "supported")
    assert (found["n"], found["of"], found["status"]) == (1, 2, "partly")


@pytest.mark.requirement("K-05", "F-12")
def test_what_matters_most_and_lacks_most_is_named_first(table: Draw) -> None:
    checked = table("""
        stage       | item      | n | of | share | status      | whose      | matters
        plan        | written   | 0 | 4  | 0.0   | open        | management | 2
        evaluators  | trained   | 3 | 4  | 0.75  | partly      | hr         | 3
        feedback    | held      | 1 | 4  | 0.25  | partly      | management | 3
        application | decided   | 4 | 4  | 1.0   | done        | management | 3
        application | rewards   |   |    |       | not_known   | management | 2
        plan        | inputs    | 0 | 3  | 0.0   | open        | management | 1
    """)
    assert [*to_change(checked)["item"]] == ["held", "trained", "written"]


def appraised(rows: str, table: Draw) -> DataFrame:
    return table(rows).assign(role="agent")


@pytest.mark.requirement("J-02", "K-09")
def test_who_did_no_better_and_was_spared_stands_beside_who_was_punished(table: Draw) -> None:
    """Ann lost money with 70.0. Ben, in another team, has 69.0 and lost none; Cyd's 71.5 cannot be
    told from 70.0, as 1.96 x (1² + 1²)^½ = 2.77 points; Dee's 80.0 can."""
    people = appraised(
        """
        employee_id | score | se
        ann         | 70.0  | 1.0
        ben         | 69.0  | 1.0
        cyd         | 71.5  | 1.0
        dee         | 80.0  | 1.0
    """,
        table,
    )
    rule = next(rule.id for rule in SCHEME.rules if rule.effect == "negative")
    hit = DataFrame({"employee_id": ["ann"], "rule_id": [rule], "status": ["proposed"]})
    case = close_cases(people, hit, SCHEME).iloc[0]
    assert (case["effect"], case["n"], case["n_unlike"], case["n_alike"]) == ("negative", 3, 1, 2)
    assert (case["nearest_id"], case["nearest_score"]) == ("ben", 69.0)
    without_ben = close_cases(people[people["employee_id"] != "ben"], hit, SCHEME).iloc[0]
    assert (without_ben["n_unlike"], without_ben["nearest_id"]) == (0, "cyd")


@pytest.mark.requirement("J-02", "K-09")
def test_a_reward_is_held_against_those_with_as_high_a_score(table: Draw) -> None:
    people = appraised(
        """
        employee_id | score | se
        ann         | 90.0  | 0.5
        ben         | 90.0  | 0.5
        cyd         | 80.0  | 0.5
    """,
        table,
    )
    rule = next(rule.id for rule in SCHEME.rules if rule.effect == "positive")
    hit = DataFrame({"employee_id": ["ann"], "rule_id": [rule], "status": ["confirmed"]})
    case = close_cases(people, hit, SCHEME).iloc[0]
    assert (case["n_unlike"], case["n_alike"], case["nearest_id"]) == (1, 1, "ben")
    both = pd.concat([hit, hit.assign(employee_id="ben")])
    assert list(close_cases(people, both, SCHEME)["n_unlike"]) == [0, 0]
    assert close_cases(people, hit.assign(status="rejected"), SCHEME).empty


@pytest.mark.requirement("J-02")
def test_people_of_another_role_are_no_comparison(table: Draw) -> None:
    people = table("""
        employee_id | role   | score | se
        ann         | agent  | 70.0  | 1.0
        ben         | expert | 69.0  | 1.0
    """)
    rule = next(rule.id for rule in SCHEME.rules if rule.effect == "negative")
    hit = DataFrame({"employee_id": ["ann"], "rule_id": [rule], "status": ["proposed"]})
    case = close_cases(people, hit, SCHEME).iloc[0]
    assert (case["n"], case["n_unlike"], case["nearest_id"]) == (0, 0, None)


@pytest.mark.requirement("L-11")
def test_what_chance_alone_would_propose_adds_up_over_a_rule(table: Draw) -> None:
    """0.2 + 0.5 + 0.1 = 0.8 of three whose probability is known; a fourth has none."""
    rule = SCHEME.rules[0].id
    rows = table("""
        employee_id | status   | p_noise
        ann         | proposed | 0.2
        ben         | proposed | 0.5
        cyd         | proposed | 0.1
        dee         | proposed |
        eve         | rejected | 0.9
    """).assign(rule_id=rule)
    found = chance_outcomes(rows, SCHEME).iloc[0]
    assert (found["n"], found["n_known"]) == (4, 3)
    assert found["expected"] == pytest.approx(0.8, abs=1e-12)
    assert found["share"] == pytest.approx(0.8 / 3, abs=1e-12)


@pytest.mark.requirement("J-02")
def test_other_names_and_another_order_change_no_case(table: Draw) -> None:
    people = DataFrame(
        {
            "employee_id": [f"e{n}" for n in range(8)],
            "role": "agent",
            "score": [70.0, 71.0, 71.0, 75.5, 60.0, 64.0, 88.0, 90.0],
            "se": 1.5,
        }
    )
    rule = next(rule.id for rule in SCHEME.rules if rule.effect == "negative")
    hits = DataFrame({"employee_id": ["e0", "e4"], "rule_id": rule, "status": "proposed"})
    first = close_cases(people, hits, SCHEME)
    renamed = people.assign(employee_id="p" + people["employee_id"]).iloc[::-1]
    again = close_cases(renamed, hits.assign(employee_id="p" + hits["employee_id"]), SCHEME)
    for name in ("employee_id", "nearest_id"):
        again[name] = again[name].str.removeprefix("p")
    pd.testing.assert_frame_equal(first, again)
