"""Training needs and the two sides of each person, as gathered into record tables."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from drawing import draw
from pandas import DataFrame, Series

from csperf.appraisal import comparison_groups, judge
from csperf.appraisal.judging import Judgement
from csperf.appraisal.records import records_of
from csperf.params import Cycle
from csperf.scheme import Scheme
from csperf.tables import OUTPUT_TABLES

MAY = Cycle.parse("2016-05")
PLAIN = {"id": "s", "title": "S", "version": "1", "criteria": [{"id": "service"}]}
MANAGER = {"criterion": "service", "evaluator": "manager", "weight": 100}
SEVENTY = """
    employee_id | evaluator_id | evaluator_type | score
    e1          | m            | manager        | 70
    e2          | m            | manager        | 70
"""
PEOPLE = DataFrame({"employee_id": ["e1", "e2"], "team_id": "t", "level_group": "front_line"})
PEOPLE = PEOPLE.assign(eligible=True, role=None, reason=None).astype({"reason": "str"})


def scheme_of(**keys: object) -> Scheme:
    known = {"evaluators": [{"type": "manager"}], "score": [MANAGER]}
    return Scheme.model_validate({**PLAIN, **known, **keys})


def judged(scheme: Scheme, evaluations: str) -> tuple[Judgement, DataFrame]:
    """What the scheme makes of the two people, and the evaluations."""
    rows = draw(evaluations).assign(cycle_id="2016-05", criterion_id="service")
    people = PEOPLE.assign(group=comparison_groups(PEOPLE, scheme, "d"))
    nothing = OUTPUT_TABLES["indicator_values"].empty()
    return judge(people, nothing, rows, scheme, MAY, None, {"evaluations": rows}), rows


def recorded(scheme: Scheme, made: Judgement, **tables: DataFrame) -> dict[str, DataFrame]:
    today = date(2016, 6, 30)
    return records_of(made, tables, PEOPLE, scheme, MAY, today=today, timezone="UTC")


@pytest.mark.requirement("I-05", "I-07")
def test_training_needs_and_sides_leave_out_what_too_few_evaluators_said() -> None:
    """The manager's 60 is the short board of e1; what a single peer gave is nowhere."""
    parts = [
        {"criterion": "service", "evaluator": "manager", "weight": 70},
        {"criterion": "service", "evaluator": "peer", "weight": 30, "id": "by_peers"},
    ]
    types = [{"type": "manager"}, {"type": "peer", "shown_from": 2}]
    scheme = scheme_of(score=parts, evaluators=types)
    made, rows = judged(
        scheme,
        """
        employee_id | evaluator_id | evaluator_type | score
        e1          | m            | manager        | 60
        e1          | e2           | peer           | 10
        e2          | m            | manager        | 90
        """,
    )
    records = recorded(scheme, made, evaluations=rows)
    (need,) = records["training_needs"].to_dict("records")
    sides = records["results_summary"]
    assert (need["employee_id"], need["reason"], need["points"]) == ("e1", "weakest_item", 60)
    assert (need["team_id"], need["subject"], need["n_sharing"]) == ("t", "service", 1)
    told = sides.set_index("employee_id")
    assert told["conduct"].to_dict() == {"e1": 60, "e2": 90}
    assert (told.loc["e1", "short_board"], told.loc["e1", "lost"]) == ("service", 100 - 60)
    assert told.loc["e2", "good_conduct"] == "service" and told["kept"].isna().all()


@pytest.mark.requirement("I-05")
def test_a_failed_test_of_knowledge_and_a_proposed_training_are_needs_a_rejected_one_is_not() -> (
    None
):
    tests = draw("""
        test_id | employee_id | taken_at             | score | max_score | passed
        goods   | e1          | 2016-05-05T08:00:00Z | 30    | 50        | false
        goods   | e2          | 2016-05-05T08:00:00Z | 50    | 50        | true
    """)
    rule = {"id": "teach", "when": {"score_below": 75}, "action": "training", "approver": "HR"}
    scheme = scheme_of(rules=[rule])
    made, rows = judged(scheme, SEVENTY)
    tables = {"evaluations": rows, "knowledge_tests": tests}
    needs = recorded(scheme, made, **tables)["training_needs"]
    assert needs[["employee_id", "reason", "subject", "n_sharing"]].to_numpy().tolist() == [
        ["e1", "knowledge_gap", "goods", 1],
        ["e1", "proposed", "teach", 2],
        ["e2", "proposed", "teach", 2],
    ]
    refused = replace(made, proposals=made.proposals.assign(status="rejected"))
    needs = recorded(scheme, refused, **tables)["training_needs"]
    assert needs["reason"].tolist() == ["knowledge_gap"]


@pytest.mark.requirement("I-05", "I-07")
def test_a_person_with_two_roles_has_needs_and_sides_from_what_was_scored_in_both() -> None:
    """e1 is half of the time at the desk, where the manager's word on service is called tact."""
    scheme = scheme_of(roles={"desk": {"score": [{**MANAGER, "id": "tact"}]}})
    halves = Series(['{"desk": 0.5, "phone": 0.5}', None], dtype="str")
    people = PEOPLE.assign(role="phone", role_shares=halves)
    rows = draw(SEVENTY.replace("70", "60")).assign(cycle_id="2016-05", criterion_id="service")
    people = people.assign(group=comparison_groups(people, scheme, "d"))
    nothing, tables = OUTPUT_TABLES["indicator_values"].empty(), {"evaluations": rows}
    made = judge(people, nothing, rows, scheme, MAY, None, tables)
    day = date(2016, 6, 30)
    records = records_of(made, tables, people, scheme, MAY, today=day, timezone="UTC")
    sides = records["results_summary"].set_index("employee_id")
    assert sides["conduct"].to_dict() == {"e1": 60, "e2": 60}
    assert sides["short_board"].to_dict() == {"e1": "desk/tact", "e2": "service"}
    needs = records["training_needs"].set_index("employee_id")
    assert needs["subject"].to_dict() == {"e1": "desk/tact", "e2": "service"}
