"""Movers, sharers, part-timers, leavers and new ids from the tables to the appraisal."""

import pandas as pd
import pytest
from appraised import scheme_of
from drawing import draw
from test_movers import LAST, LINE, MAY, MOVED, april, by_person, cases, dated, ranked, share

from csperf import appraise, explain
from csperf.appraisal import proposals


def test_two_roles_and_a_new_id_make_one_score_that_can_be_explained():
    """Edge cases 18 and 66: 45 of 80 cases in time, all 20 that are old enough stayed resolved."""
    desk = [{"indicator": "first_contact_resolution", "weight": 100, "scoring": LINE}]
    scheme = scheme_of(score=[share("sla_met_share", 100)], roles={"desk": {"score": desk}})
    teams = dated("""
        employee_id | team_id | role  | from_date  | to_date    | share_pct
        old         | A       | phone | 2016-01-01 | 2016-05-06 | 50
        old         | A       | desk  | 2016-01-01 | 2016-05-06 | 50
        ann         | A       | phone | 2016-05-06 |            | 50
        ann         | A       | desk  | 2016-05-06 |            | 50
    """)
    tables = {
        "assignments": teams,
        "employees": draw("employee_id | alias_of\nold | ann\nann |"),
        "cases": cases(("old", 5, 20, 15), ("ann", 20, 60, 30)),
    }
    made = appraise(tables, scheme, MAY)
    assert made.people["employee_id"].to_list() == ["ann"]
    parts = made.scores.set_index("component_id")["contribution"]
    assert parts.to_dict() == pytest.approx(
        {"desk/first_contact_resolution": 50, "other_roles/sla_met_share": 50 * 45 / 80}
    )
    rows = explain(made, scheme, "ann").rows.set_index("component_id")
    assert rows["weight_nominal"].to_dict() == dict.fromkeys(parts.index, 50)


@pytest.mark.requirement("D-03")
def test_both_superiors_of_a_mover_count_by_their_days():
    """Edge case 17: 10 days with mia, 21 with max."""
    scheme = scheme_of(
        evaluators=[{"type": "manager"}],
        criteria=[{"id": "work"}],
        score=[
            {"criterion": "work", "evaluator": "manager", "weight": 50},
            share("sla_met_share", 50),
        ],
    )
    rated = draw("""
        employee_id | evaluator_id | evaluator_type | criterion_id | score
        ann         | mia          | manager        | work         | 90
        ann         | max          | manager        | work         | 60
    """).assign(cycle_id="2016-05")
    made = appraise({**MOVED, "evaluations": rated}, scheme, MAY)
    expected = 0.5 * (10 * 90 + 21 * 60) / 31 + 0.5 * 56.25
    assert by_person(made.appraisals, "score")["ann"] == pytest.approx(expected)


def test_half_a_job_meets_half_the_target():
    """Edge case 22: 20 leads of 40 x 0.5."""
    target = {"method": "target_ratio", "target": 40}
    scheme = scheme_of(
        score=[{"indicator": "information_quantity", "weight": 100, "scoring": target}]
    )
    leads = pd.DataFrame({"employee_id": ["ann", "bea"] * 20}).assign(
        lead_id=[f"l{number}" for number in range(40)],
        created_at=pd.Timestamp("2016-05-05 09:00", tz="UTC"),
        valid=True,
    )
    tables = {
        "leads": leads,
        "employees": draw("employee_id | fte\nann | 0.5\nbea | 1"),
        "assignments": dated(
            "employee_id | team_id | from_date\nann | A | 2016-01-01\nbea | A | 2016-01-01"
        ),
    }
    made = appraise(tables, scheme, MAY)
    assert by_person(made.appraisals, "score") == {"ann": 100, "bea": 50}
    row = explain(made, scheme, "ann").rows.iloc[0]
    assert (row["value"], row["attainment"], row["reached"]) == (20, 100, "met")


def test_who_has_left_is_appraised_and_nothing_is_planned_for():
    """Edge case 20."""
    scheme = scheme_of(
        score=[share("sla_met_share", 100)],
        ranking={"min_size_for_last": 2},
        rules=[
            {
                "id": "plan",
                "when": {"rank_from_bottom": 1},
                "action": "interview",
                "approver": "HR",
            }
        ],
    )
    people = dated("employee_id | leave_date\nann | 2016-05-25\ncol |")
    teams = "employee_id | team_id | from_date\nann | A | 2016-01-01\ncol | A | 2016-01-01"
    tables = {
        "assignments": dated(teams),
        "employees": people,
        "cases": cases(("ann", 5, 20, 5), ("col", 9, 30, 15)),
    }
    made = appraise(tables, scheme, MAY)
    assert by_person(made.appraisals, "rank") == {"ann": 2, "col": 1}
    assert made.proposals.empty
    stays = {**tables, "employees": people.assign(leave_date=pd.NaT)}
    assert appraise(stays, scheme, MAY).proposals["employee_id"].to_list() == ["ann"]


@pytest.mark.requirement("G0-5")
def test_a_streak_continues_in_another_team_where_the_department_is_the_group():
    """Edge case 79: the comparison group is still the same."""
    ranking = type(LAST.ranking).model_validate({"group": "department"})
    scheme = LAST.model_copy(update={"ranking": ranking})
    found = proposals(ranked("ann"), scheme, MAY, april("ann", team="u"))
    assert found["employee_id"].to_list() == ["ann"]
