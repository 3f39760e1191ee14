"""A month, quarter or year of each scheme from drawn tables to score, grade, proposals and pay.

The other schemes are in `test_more_schemes_through.py`.
"""

from __future__ import annotations

import pandas as pd
import pytest
from drawing import draw
from pandas import DataFrame
from through import done, judged, pay, person, proposals, staff, table


def every_day(text: str) -> DataFrame:
    """Daily totals of the first five days of September and October, the same on each."""
    days = pd.to_datetime(
        [f"2026-{month}-{day:02}" for month in ("09", "10") for day in range(1, 6)]
    )
    return draw(text).merge(DataFrame({"date": days.astype("datetime64[us]")}), how="cross")


@pytest.mark.requirement("G1", "G0-6")
def test_online_shop_from_daily_totals_to_the_money_for_the_first_and_the_last():
    """Chat earns 80 in all; of orders 15 x 60 (five tied) and 5 x 80; the rest is not recorded."""
    people = "p1 p2 p3 p4 p5"
    given = judged(
        """
        employee_id | evaluator_id | type          | criterion        | score
        p1          | p1           | self          | task_completion  | 90
        p2          | p2           | self          | task_completion  | 90
        p3          | p3           | self          | task_completion  | 90
        p4          | p4           | self          | task_completion  | 90
        p5          | p5           | self          | task_completion  | 90
        p1          | mia          | store_manager | work_ability     | 100
        p1          | mia          | store_manager | work_cooperation | 100
        p1          | mia          | store_manager | service          | 100
        p2          | mia          | store_manager | work_ability     | 90
        p2          | mia          | store_manager | work_cooperation | 90
        p2          | mia          | store_manager | service          | 90
        p3          | mia          | store_manager | work_ability     | 80
        p3          | mia          | store_manager | work_cooperation | 80
        p3          | mia          | store_manager | service          | 80
        p4          | mia          | store_manager | work_ability     | 70
        p4          | mia          | store_manager | work_cooperation | 70
        p4          | mia          | store_manager | service          | 70
        p5          | mia          | store_manager | work_ability     | 60
        p5          | mia          | store_manager | work_cooperation | 60
        p5          | mia          | store_manager | service          | 60
    """,
        "2026-10",
    )
    daily = every_day("""
        employee_id | inquiries | orderers | payers | sales_amount | rounds | response_sum_s
        p1          | 25        | 11       | 10     | 1600         | 25     | 1050
        p2          | 25        | 11       | 10     | 1600         | 25     | 1050
        p3          | 25        | 11       | 10     | 1600         | 25     | 1050
        p4          | 25        | 11       | 10     | 1600         | 25     | 1050
        p5          | 25        | 11       | 10     | 1600         | 25     | 1050
    """)
    tables = {**staff(people), "agent_daily": daily, "evaluations": given}
    made = done(tables, "online_shop", "2026-10")
    orders = (15 * 60 + 5 * 80) / 20
    work = (35 * 80 + 35 * orders) / 70
    manager = {f"p{n}": 0.7 * work + 0.3 * (110 - 10 * n) for n in range(1, 6)}
    for id, points in manager.items():
        assert person(made, id)["score"] == pytest.approx(0.3 * 90 + 0.7 * points)
    assert [person(made, id)["rank"] for id in people.split()] == [1, 2, 3, 4, 5]
    assert proposals(made) == {
        "first_bonus": ["p1"],
        "last_deduction": ["p5"],
        "last_two_plan": ["p4", "p5"],
    }
    money = made.proposals.set_index("rule_id")["amount"]
    assert (money["first_bonus"], money["last_deduction"]) == (100, -100)
    plans = made.proposals[made.proposals["rule_id"] == "last_two_plan"]
    assert set(pd.to_datetime(plans["due"]).dt.strftime("%Y-%m-%d")) == {"2026-11-17"}
    assert set(made.proposals["status"]) == {"proposed"}


DAILY = """
    employee_id | inquiries | orderers | payers | sales_amount | rounds | response_sum_s
    ann         | 100       | 47       | 43     | 9030         | 100    | 2800
    bob         | 100       | 30       | 20     | 1000         | 100    | 6000
"""
RECEIVED = """
    employee_id | customers_received | customers_replied
    ann         | 100                | 99
    bob         | 100                | 90
"""
PLANS = """
    target_id | scope    | scope_id | indicator_id     | period_start | period_end | target
    a9        | employee | ann      | sales_completion | 2026-09-01   | 2026-09-30 | 47500
    b9        | employee | bob      | sales_completion | 2026-09-01   | 2026-09-30 | 47500
    a10       | employee | ann      | sales_completion | 2026-10-01   | 2026-10-31 | 47500
    b10       | employee | bob      | sales_completion | 2026-10-01   | 2026-10-31 | 47500
"""
REMINDERS = """
    follow_up_id | employee_id | sent_at              | kind             | recovered_amount
    f1           | ann         | 2026-09-08T09:00:00Z | payment_reminder | 15000
    f2           | ann         | 2026-10-08T09:00:00Z | payment_reminder | 15000
    f3           | bob         | 2026-09-08T09:00:00Z | payment_reminder | 100
    f4           | bob         | 2026-10-08T09:00:00Z | payment_reminder | 100
"""
SUPERIOR = """
    employee_id | evaluator_id | type            | criterion | score
    ann         | mia          | direct_superior | execution | 80
    bob         | mia          | direct_superior | execution | 60
"""


@pytest.mark.requirement("G2", "G0-6", "J-05")
def test_kpi_levels_from_daily_totals_through_two_months_to_a_level_and_its_pay():
    tables = {
        **staff("ann bob"),
        "agent_daily": every_day(DAILY).merge(draw(RECEIVED), on="employee_id"),
        "targets": table(PLANS),
        "follow_ups": draw(REMINDERS).rename(columns={"sent_at": "at"}),
        "evaluations": pd.concat([judged(SUPERIOR, "2026-09"), judged(SUPERIOR, "2026-10")]),
    }
    first = done(tables, "kpi_levels", "2026-09")
    assert proposals(first) == {"below_once": ["bob"], "below_plan": ["bob"]}
    assert first.appraisals["level"].isna().all()
    made = done(tables, "kpi_levels", "2026-10", history=first.history)
    earned = [30 * 85, 30 * 80, 10 * 80, 5 * 80, 5 * 100, 5 * 100, 5 * 60, 10 * 80]
    assert person(made, "ann")["score"] == pytest.approx(sum(earned) / 100) == 82.5
    assert person(made, "bob")["score"] == pytest.approx(10 * 60 / 100)
    assert (person(made, "ann")["grade"], person(made, "ann")["level"]) == ("intermediate",) * 2
    assert (person(made, "bob")["grade"], person(made, "bob")["level"]) == ("below", "below")
    assert proposals(made)["below_again"] == ["bob"]
    assert pay(made, "ann") == {"level_salary": 4000, "post_bonus": 400, "total": 4000 + 400}
    assert pay(made, "bob") == {"level_salary": 3500, "post_bonus": 0, "total": 3500}


@pytest.mark.requirement("G3", "J-05", "K-02")
def test_commission_pay_from_orders_to_a_month_of_3700():
    """Public sales of 240,000 among six; ann sold 80,000 of a plan of 100,000."""
    orders = table("""
        order_id | customer_id | placed_at            | paid_at              | status | amount | attributed_employee_id
        o1       | k1          | 2026-10-05T09:00:00Z | 2026-10-05T10:00:00Z | done   | 50000  | ann
        o2       | k2          | 2026-10-06T09:00:00Z | 2026-10-06T10:00:00Z | done   | 30000  | ann
        o3       | k3          | 2026-10-07T09:00:00Z | 2026-10-07T10:00:00Z | done   | 240000 |
        o4       | k4          | 2026-10-08T09:00:00Z |                      | closed | 9999   | ann
    """)  # noqa: E501  (one line an order)
    plan = table("""
        target_id | scope    | scope_id | indicator_id     | period_start | period_end | target
        a         | employee | ann      | sales_completion | 2026-10-01   | 2026-10-31 | 100000
    """)
    tasks = draw("""
        task_id | employee_id | due_at               | done_at              | kind
        k1      | ann         | 2026-10-05T17:00:00Z | 2026-10-05T09:00:00Z | task
        k2      | ann         | 2026-10-06T17:00:00Z | 2026-10-06T09:00:00Z | task
        k3      | ann         | 2026-10-07T17:00:00Z | 2026-10-07T09:00:00Z | task
        k4      | ann         | 2026-10-08T17:00:00Z | 2026-10-09T09:00:00Z | task
        k5      | ann         | 2026-10-08T17:00:00Z | 2026-10-08T09:00:00Z | feedback_item
        k6      | ann         | 2026-10-09T17:00:00Z | 2026-10-09T09:00:00Z | feedback_item
    """)
    tests = draw("""
        test_id | employee_id | taken_at             | level | score | passed
        basics  | ann         | 2026-10-12T09:00:00Z | 1     | 80    | true
    """)
    given = judged(
        """
        employee_id | evaluator_id | type               | criterion           | score
        ann         | mia          | appraiser_superior | learning_ability    | 80
        ann         | mia          | appraiser_superior | communication_skill | 90
        ann         | mia          | appraiser_superior | language_skill      | 70
        ann         | mia          | appraiser_superior | enthusiasm          | 85
        ann         | mia          | appraiser_superior | proactivity         | 90
        ann         | mia          | appraiser_superior | responsibility      | 95
    """,
        "2026-10",
    )
    people = staff("ann bob cai dee eve fay")
    contracts = people["employees"][["employee_id"]].assign(
        contract_from=pd.Timestamp("2025-01-01"), post_salary=3000.0, seniority_salary=100.0
    )
    made = done(
        {
            **people,
            "orders": orders,
            "targets": plan,
            "tasks": tasks,
            "knowledge_tests": tests,
            "evaluations": given,
            "contracts": contracts,
        },
        "commission_pay",
        "2026-10",
    )
    performance = 40 * 0.80 + 20 * 3 / 4
    ability = 5 * (0.80 + 0.80 + 0.90 + 0.70)
    attitude = 20 * (0.85 + 0.90 + 0.95 + 1.00) / 4  # complaints are not recorded
    assert person(made, "ann")["score"] == pytest.approx(performance + ability + attitude)
    assert person(made, "ann")["grade"] == "good"
    assert person(made, "bob")["reason"].startswith("no evaluation by")
    assert pay(made, "ann") == {
        "personal_commission": 80_000 * 0.005,
        "public_commission": 240_000 * 0.005 / 6,
        "one_time_bonus": 0,
        "monthly_salary": 3000 + 400 + 200 + 100,
        "total": 3700,
    }
    assert pay(made, "bob")["total"] == 3000 + 0 + 200 + 100
    assert proposals(made) == {}


GRADED = {"p01": 95, "p02": 80, "p09": 30, "p10": 10}  # both criteria; everybody else has 60


@pytest.mark.requirement("G4-1", "G4-2", "G4-5", "G4-6", "G7", "T1", "T4", "T5", "G0-6", "G0-8")
def test_five_grades_from_goals_and_judgements_to_states_and_what_is_proposed():
    """Every goal is reached and nobody was surveyed, so that a score is (30 x 100 + 40 m) / 70."""
    ids = [f"p{n:02}" for n in range(1, 11)]
    rated = [
        {"employee_id": id, "evaluator_id": "mia", "evaluator_type": "direct_superior"}
        | {"criterion_id": criterion, "score": float(GRADED.get(id, 60)), "cycle_id": "2026"}
        for id in ids
        for criterion in ("service_attitude", "management_indicators")
    ]
    goals = DataFrame({"goal_id": [f"g{id}" for id in ids], "owner_id": ids}).assign(
        owner_scope="employee", indicator_id="operating_indicators", target=100.0
    )
    checked = goals[["goal_id"]].assign(
        at=pd.Timestamp("2026-12-20T09:00", tz="UTC"), value=100.0, by="mia"
    )
    tables = {
        **staff(" ".join(ids)),
        "goals": goals,
        "goal_checkins": checked,
        "evaluations": DataFrame(rated).assign(evidence_text="as in the log of the year"),
    }
    made = done(tables, "five_grades", "2026")
    people = made.appraisals.set_index("employee_id")
    for id in ids:
        assert people.loc[id, "score"] == pytest.approx((30 * 100 + 40 * GRADED.get(id, 60)) / 70)
    grades = people["grade"].to_dict()
    assert (grades["p01"], grades["p02"], grades["p03"]) == ("excellent", "good", "medium")
    assert (grades["p09"], grades["p10"]) == ("to_be_improved", "urgent_improvement")
    states = people["state"].to_dict()
    assert (states["p01"], states["p09"], states["p10"]) == ("NORMAL", "WATCH_TBI", "WATCH_URGENT")
    found = proposals(made)
    assert found["T1"] == ["p01"] and found["T5"] == ["p10"]  # +1 and -1 level of the allowance
    assert found["top_10_raise"] == ["p01"] and found["next_15_honour"] == ["p02"]
    assert found["last_10_contract"] == ["p10"] and found["last_20_training"] == ["p09", "p10"]
    assert set(made.proposals["status"]) == {"proposed"}
    assert made.pay.empty  # the source has levels of an allowance and no amounts


QUARTER = """
    employee_id | evaluator_id | type    | criterion       | score
    ann         | ann          | self    | work_attitude   | 90
    ann         | p1           | peer    | work_attitude   | 80
    ann         | p2           | peer    | work_attitude   | 70
    ann         | p3           | peer    | work_attitude   | 90
    ann         | mia          | manager | work_attitude   | 70
    ann         | ann          | self    | post_competence | 80
    ann         | p1           | peer    | post_competence | 75
    ann         | p2           | peer    | post_competence | 75
    ann         | p3           | peer    | post_competence | 75
    ann         | mia          | manager | post_competence | 85
    ann         | ann          | self    | teamwork        | 100
    ann         | p1           | peer    | teamwork        | 90
    ann         | p2           | peer    | teamwork        | 90
    ann         | p3           | peer    | teamwork        | 90
    ann         | mia          | manager | teamwork        | 80
"""


@pytest.mark.requirement("G5", "A-15", "J-05")
def test_quarterly_from_leads_and_views_to_the_pay_of_a_month():
    """Of 50 leads 45 were usable, and 37 good by the judgement of sales."""
    leads = DataFrame({"lead_id": [f"l{n:02}" for n in range(50)]}).assign(
        employee_id="ann",
        created_at=pd.Timestamp("2026-08-10T09:00", tz="UTC"),
        valid=[n < 45 for n in range(50)],
        qualified=[n < 37 for n in range(50)],
    )
    people = staff("ann p1 p2 p3", role="customer_service")
    contracts = DataFrame({"employee_id": ["ann"]}).assign(
        contract_from=pd.Timestamp("2025-01-01"),
        basic_salary=3000.0,
        performance_salary_base=1000.0,
    )
    tables = {
        **people,
        "leads": leads,
        "evaluations": judged(QUARTER, "2026-Q3"),
        "contracts": contracts,
    }
    made = done(tables, "quarterly", "2026-Q3")
    business = (100 * 45 / 60 + 100 * (37 / 50 - 0.20) / 0.60) / 2
    attitude = 0.2 * 90 + 0.3 * 80 + 0.5 * 70
    competence = 0.2 * 80 + 0.3 * 75 + 0.5 * 85
    teamwork = 0.2 * 100 + 0.3 * 90 + 0.5 * 80
    expected = 0.50 * business + 0.20 * attitude + 0.15 * competence + 0.15 * teamwork
    assert person(made, "ann")["score"] == pytest.approx(expected) == pytest.approx(81.85)
    assert person(made, "ann")["grade"] == "good"
    assert proposals(made) == {}
    assert pay(made, "ann") == {
        "performance_salary": 818.5,
        "performance_commission": 5 * 45 / 3,
        "total": 3000 + 818.5 + 75,
    }


@pytest.mark.requirement("G6", "J-07")
@pytest.mark.parametrize(
    ("completion", "points", "paid"),
    [("score", 0.5 * 80 + 0.5 * 60, 1000 * 0.70), ("pay", 60, 1000 * 0.60 * 1.15)],
)
def test_case_software_from_cases_and_tests_to_its_pay(completion: str, points: float, paid: float):
    """81 of 100 cases resolved: (0.81 - 0.60) / 0.35 = 60 points; a test of level 3 passed."""
    opened = pd.Timestamp("2026-10-05T09:00", tz="UTC")
    resolved = [opened + pd.Timedelta(hours=2) if n < 81 else pd.NaT for n in range(100)]
    cases = DataFrame({"case_id": [f"c{n:03}" for n in range(100)]}).assign(
        customer_id=[f"k{n:03}" for n in range(100)],
        owner_id="ann",
        opened_at=opened,
        resolved_at=pd.to_datetime(resolved, utc=True),
    )
    tests = draw("""
        test_id | employee_id | taken_at             | level | score | passed
        basics  | ann         | 2026-03-12T09:00:00Z | 3     | 90    | true
    """)
    contracts = DataFrame({"employee_id": ["ann"]}).assign(
        contract_from=pd.Timestamp("2025-01-01"), performance_salary_base=1000.0
    )
    tables = {**staff("ann"), "cases": cases, "knowledge_tests": tests, "contracts": contracts}
    made = done(tables, "case_software", "2026-10", completion)
    assert person(made, "ann")["score"] == pytest.approx(points)
    assert pay(made, "ann") == {"performance_pay": pytest.approx(paid)}
    assert proposals(made) == {}
