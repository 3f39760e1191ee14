"""The schemes that `test_schemes_through.py` leaves, from drawn events to what is proposed.

Values of fewer than 10 events (20 for times) count for nothing, so that a drawn row stands for as
many events as its `number` says, all alike.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pandas as pd
import pytest
from drawing import draw
from pandas import DataFrame
from through import done, judged, pay, person, proposals, staff

SHIPPED = sorted(path.stem for path in Path("params/schemes").glob("*.yaml"))
OCTOBER = "2026-10"


@pytest.mark.requirement("G8")
def test_every_scheme_that_ships_has_a_worked_example_named_after_it():
    paths = Path(__file__).parent.glob("test_*schemes_through.py")
    parsed = [node for path in paths for node in ast.parse(path.read_text("utf-8")).body]
    tests = {node.name: ast.unparse(node) for node in parsed if isinstance(node, ast.FunctionDef)}
    shown = {
        scheme
        for scheme in SHIPPED
        for name, text in tests.items()
        if name.startswith(f"test_{scheme}_from_") and f"'{scheme}'" in text and "done(" in text
    }
    assert [scheme for scheme in SHIPPED if scheme not in shown] == []


def alike(text: str, cycle: str = OCTOBER, **ids: str) -> DataFrame:
    """Rows of a month drawn for October, each `number` times; `ids` are {column: its letter}."""
    drawn = draw(text.replace(OCTOBER, cycle))
    rows = drawn.loc[drawn.index.repeat(drawn["number"])].drop(columns="number")
    rows = rows.reset_index(drop=True)
    return rows.assign(**{id: [f"{letter}{n}" for n in rows.index] for id, letter in ids.items()})


def written(talks: DataFrame, texts: str, cycle: str) -> dict[str, DataFrame]:
    """Chats, each with the messages of its `talk` between its customer and its employee."""
    said = talks.merge(draw(texts.replace(OCTOBER, cycle)), on="talk")
    by_agent = said["sender"] == "agent"
    messages = said[["conversation_id", "sender", "sent_at"]].assign(
        message_id=[f"m{n}" for n in said.index],
        employee_id=said["initial_agent_id"].where(by_agent),
    )
    began = said.groupby("conversation_id")["sent_at"].min()
    chats = talks[["conversation_id", "customer_id", "initial_agent_id"]].assign(
        started_at=talks["conversation_id"].map(began), kind="pre_sales"
    )
    return {"conversations": chats, "messages": messages}


CHATS = """
    number | initial_agent_id | talk   | amount
    11     | ann              | quick  | 900
    13     | ann              | quick  |
    1      | ann              | silent |
    5      | bob              | slow   | 900
    19     | bob              | slow   |
    1      | bob              | silent |
"""
TALKS = """
    talk   | sender   | sent_at
    quick  | customer | 2026-10-10T09:00:00Z
    quick  | agent    | 2026-10-10T09:00:10Z
    quick  | customer | 2026-10-10T09:10:00Z
    quick  | agent    | 2026-10-10T09:11:20Z
    slow   | customer | 2026-10-10T09:00:00Z
    slow   | agent    | 2026-10-10T09:00:32Z
    slow   | customer | 2026-10-10T09:10:00Z
    slow   | agent    | 2026-10-10T09:11:40Z
    silent | customer | 2026-10-10T09:00:00Z
"""
OWED_TO_NOBODY = """
    number | amount
    4      | 1400
"""
GIVEN_BACK = """
    refund_id | order_id | requested_at         | completed_at         | status    | amount
    r1        | o0       | 2026-10-12T09:00:00Z | 2026-10-13T09:00:00Z | completed | 900
"""
FOUGHT_OVER = """
    complaint_id | customer_id | received_at          | kind    | upheld
    d1           | k0          | 2026-10-14T09:00:00Z | dispute | true
"""
EXECUTION = """
    employee_id | evaluator_id | type            | criterion | score
    ann         | mia          | direct_superior | execution | 90
    bob         | mia          | direct_superior | execution | 60
"""


def shop(cycle: str) -> dict[str, DataFrame]:
    """A month of ann and bob: 25 customers each, 16 of them buy, and 4 without a chat."""
    talks = alike(CHATS, conversation_id="v", customer_id="k")
    silent = alike(OWED_TO_NOBODY, customer_id="s")
    bought = pd.concat([talks[talks["amount"].notna()], silent], ignore_index=True)
    orders = bought[["customer_id", "amount"]].assign(
        order_id=[f"o{n}" for n in bought.index],
        placed_at=pd.Timestamp(f"{cycle}-10T09:30", tz="UTC"),
        paid_at=pd.Timestamp(f"{cycle}-10T09:40", tz="UTC"),
        status="done",
    )
    return {
        **staff("ann bob"),
        **written(talks, TALKS, cycle),
        "orders": orders,
        "refunds": draw(GIVEN_BACK.replace(OCTOBER, cycle)),
        "complaints": draw(FOUGHT_OVER.replace(OCTOBER, cycle)),
        "evaluations": judged(EXECUTION, cycle),
    }


@pytest.mark.requirement("G8", "G0-6", "D-04", "J-05")
def test_pre_sales_chat_from_messages_and_orders_to_two_failed_months_and_shared_commission():
    """The after-sales index is nobody's own, and what bob's five buyers paid counts for nothing."""
    first = done(shop("2026-09"), "pre_sales_chat", "2026-09")
    assert proposals(first) == {}
    made = done(shop(OCTOBER), "pre_sales_chat", OCTOBER, history=first.history)
    everybody_paid = (11 * 900 + 5 * 900 + 4 * 1400) / 20
    conversion = 100 * (11 / 25 - 0.20) / (0.50 - 0.20)
    unit_price = 100 * (900 / everybody_paid - 0.70) / (1.10 - 0.70)
    first_response = 80  # 10 s: above 6, not above 12
    response = 100 * (90 - (10 + 80) / 2) / (90 - 30)
    replied = 100 * (24 / 25 - 0.90) / (1.00 - 0.90)
    earned = [30 * conversion, 15 * unit_price, 15 * first_response, 10 * response, 10 * replied]
    ann = (sum(earned) + 10 * 90) / (100 - 10)
    assert person(made, "ann")["score"] == pytest.approx(ann) == pytest.approx(6600 / 90)
    slow = 100 * (90 - (32 + 100) / 2) / (90 - 30)
    bob = (30 * 0 + 15 * 0 + 10 * slow + 10 * replied + 10 * 60) / (100 - 10 - 15)
    assert person(made, "bob")["score"] == pytest.approx(bob) == pytest.approx(1600 / 75)
    assert made.appraisals["grade"].to_list() == ["medium", "fail"]
    assert made.appraisals["rank"].to_list() == [1, 2]
    assert made.appraisals["level"].isna().all()
    assert proposals(made) == {"fail_twice": ["bob"]}
    (review,) = made.proposals.to_dict("records")
    assert (review["action"], review["status"]) == ("transfer_or_dismissal_review", "proposed")
    for id in ("ann", "bob"):
        assert pay(made, id) == pay(first, id) == {"public_commission": 0.01 * 4 * 1400 / 2}


HELPED = """
    number | initial_agent_id | talk
    10     | ann              | known
"""
ANSWERS = """
    talk  | sender   | sent_at
    known | customer | 2026-10-10T09:00:00Z
    known | agent    | 2026-10-10T09:00:30Z
    known | customer | 2026-10-10T09:10:00Z
    known | agent    | 2026-10-10T09:10:42Z
"""
CALLED = """
    number | employee_id | offered_at           | answered_at          | ended_at
    20     | bob         | 2026-10-10T09:00:00Z | 2026-10-10T09:00:40Z | 2026-10-10T09:05:00Z
"""
SETTLED = """
    number | owner_id | opened_at            | resolved_at          | n_reopened
    17     | ann      | 2026-10-10T09:00:00Z | 2026-10-10T11:00:00Z | 0
    3      | ann      | 2026-10-10T09:00:00Z | 2026-10-10T11:00:00Z | 1
    13     | bob      | 2026-10-10T09:00:00Z | 2026-10-10T11:00:00Z | 0
    7      | bob      | 2026-10-10T09:00:00Z | 2026-10-10T11:00:00Z | 1
"""
REVIEWED = """
    number | employee_id | at                   | polarity
    24     | ann         | 2026-10-11T09:00:00Z | good
    1      | ann         | 2026-10-11T09:00:00Z | neutral
    22     | bob         | 2026-10-11T09:00:00Z | good
    2      | bob         | 2026-10-11T09:00:00Z | neutral
    1      | bob         | 2026-10-11T09:00:00Z | bad
"""
ASKED = """
    number | employee_id | answered_at          | scale_max | rating
    6      | ann         | 2026-10-11T09:00:00Z | 5         | 5
    3      | ann         | 2026-10-11T09:00:00Z | 5         | 4
    1      | ann         | 2026-10-11T09:00:00Z | 5         | 3
    8      | bob         | 2026-10-11T09:00:00Z | 5         | 4
    2      | bob         | 2026-10-11T09:00:00Z | 5         | 2
"""
SAMPLED = """
    number | employee_id | at                   | correct
    20     | ann         | 2026-10-12T09:00:00Z | true
    17     | bob         | 2026-10-12T09:00:00Z | true
    3      | bob         | 2026-10-12T09:00:00Z | false
"""
TESTED = """
    test_id | employee_id | taken_at             | score | max_score
    basics  | ann         | 2026-10-12T09:00:00Z | 36    | 40
    basics  | bob         | 2026-10-12T09:00:00Z | 30    | 40
"""
TOGETHER = """
    id | employee_id | at                   | points | approved_by
    h1 | ann         | 2026-10-13T09:00:00Z | 4      | mia
    h2 | ann         | 2026-10-14T09:00:00Z | 3      | mia
    h3 | bob         | 2026-10-13T09:00:00Z | 3      | mia
    h4 | bob         | 2026-10-14T09:00:00Z | 9      |
"""
SAID = """
    employee_id | evaluator_id | type            | criterion           | score
    ann         | ann          | self            | communication_skill | 100
    ann         | mia          | direct_superior | communication_skill | 90
    ann         | k1           | customer        | service_attitude    | 80
    ann         | k2           | customer        | service_attitude    | 90
    ann         | k3           | customer        | service_attitude    | 100
    ann         | bob          | peer            | teamwork            | 70
    ann         | cai          | peer            | teamwork            | 80
    ann         | dee          | peer            | teamwork            | 90
    bob         | bob          | self            | communication_skill | 80
    bob         | mia          | direct_superior | communication_skill | 60
    bob         | k1           | customer        | service_attitude    | 40
    bob         | k2           | customer        | service_attitude    | 50
    bob         | k3           | customer        | service_attitude    | 60
    bob         | ann          | peer            | teamwork            | 60
    bob         | cai          | peer            | teamwork            | 70
    bob         | dee          | peer            | teamwork            | 80
"""


def service(cycle: str) -> dict[str, DataFrame]:
    """A month of ann, who chats, and bob, who is on the phone, beside two who only judge them."""
    people = staff("ann bob cai dee", role="online")
    on_the_phone = people["assignments"]["employee_id"] == "bob"
    people["assignments"].loc[on_the_phone, "role"] = "phone"
    talks = alike(HELPED, conversation_id="v", customer_id="k")
    return {
        **people,
        **written(talks, ANSWERS, cycle),
        "calls": alike(CALLED, cycle, call_id="t", customer_id="p"),
        "cases": alike(SETTLED, cycle, case_id="c", customer_id="q"),
        "reviews": alike(REVIEWED, cycle, review_id="r"),
        "surveys": alike(ASKED, cycle, survey_id="s"),
        "qa_reviews": alike(SAMPLED, cycle, qa_id="a"),
        "knowledge_tests": draw(TESTED.replace(OCTOBER, cycle)),
        "collaborations": draw(TOGETHER.replace(OCTOBER, cycle)),
        "evaluations": judged(SAID, cycle),
    }


@pytest.mark.requirement("G6", "G0-5", "G0-6", "A-15", "J-01", "J-06")
def test_generic_from_chats_calls_and_cases_to_what_three_good_months_may_bring():
    """The bonus lifts ann above 90, in each month; bob is measured by his calls."""
    august = done(service("2026-08"), "generic", "2026-08")
    september = done(service("2026-09"), "generic", "2026-09", history=august.history)
    past = pd.concat([august.history, september.history])
    made = done(service(OCTOBER), "generic", OCTOBER, history=past)
    chats = 100 * (90 - (30 + 42) / 2) / (90 - 30)
    quality = (chats + 100 * (17 / 20 - 0.40) / 0.50 + 100 * (24 / 25 - 0.80) / 0.20 + 100) / 4
    ability = (100 * (36 / 40 - 0.50) / 0.50 + 100) / 2
    heard = 0.1 * 100 + 0.5 * 90 + 0.2 * (80 + 90 + 100) / 3 + 0.2 * (70 + 80 + 90) / 3
    ann = 0.60 * quality + 0.20 * ability + 0.20 * heard + 5  # of 4 + 3 points at most 5
    assert person(made, "ann")["score"] == pytest.approx(ann) == pytest.approx(89.8 + 5)
    calls = 100 * (60 - 40) / (60 - 20)
    good, bad = 100 * (22 / 25 - 0.80) / 0.20, 100 * (0.05 - 1 / 25) / 0.05
    quality = (calls + 100 * (13 / 20 - 0.40) / 0.50 + good + bad) / 4
    ability = (100 * (30 / 40 - 0.50) / 0.50 + 100 * (17 / 20 - 0.70) / 0.30) / 2
    heard = 0.1 * 80 + 0.5 * 60 + 0.2 * (40 + 50 + 60) / 3 + 0.2 * (60 + 70 + 80) / 3
    bob = 0.60 * quality + 0.20 * ability + 0.20 * heard + 3  # nobody approved the other 9
    assert person(made, "bob")["score"] == pytest.approx(bob) == pytest.approx(49.4)
    assert (person(made, "ann")["rank"], person(made, "bob")["rank"]) == (1, 2)
    assert made.appraisals[["grade", "level"]].isna().all(axis=None)  # the plan has neither
    monthly = {"satisfaction_bonus": ["ann"], "commendation": ["ann"]}  # 9 of 10 are satisfied
    assert proposals(august) == proposals(september) == monthly
    after_three = {"performance_pay_rise": ["ann"], "promotion_priority": ["ann"]}
    assert proposals(made) == monthly | after_three
    assert made.proposals["amount"].dropna().to_list() == [100]
    assert set(made.proposals["status"]) == {"proposed"}
    assert made.pay.empty  # it names rewards and pays nothing by itself


PROCESSED = """
    number | employee_id | minutes
    20     | ann         | 10
    1      | ann         | 430
    20     | bob         | 20
    20     | cai         | 20
    20     | dee         | 40
"""
PRAISED = """
    number | employee_id | at                   | polarity
    19     | ann         | 2026-10-12T09:00:00Z | good
    1      | ann         | 2026-10-12T09:00:00Z | neutral
    20     | bob         | 2026-10-12T09:00:00Z | good
    18     | cai         | 2026-10-12T09:00:00Z | good
    2      | cai         | 2026-10-12T09:00:00Z | bad
    16     | dee         | 2026-10-12T09:00:00Z | good
    4      | dee         | 2026-10-12T09:00:00Z | neutral
"""


@pytest.mark.requirement("G6", "B3")
@pytest.mark.parametrize(
    ("completion", "places", "ranks"),
    [
        ("median", {"ann": 1, "bob": 2.5, "cai": 2.5, "dee": 4}, [1, 2, 3, 4]),
        ("mean", {"ann": 3, "bob": 1.5, "cai": 1.5, "dee": 4}, [3, 1, 2, 4]),
    ],
)
def test_case_ecommerce_from_steps_of_orders_and_reviews_to_ranks(
    completion: str, places: dict[str, float], ranks: list[int]
):
    """Ann's one odd order makes her mean (20 x 10 + 430) / 21 = 30 min, and not her median."""
    orders = alike(PROCESSED, order_id="o")
    accepted = pd.Timestamp("2026-10-10T09:00", tz="UTC")
    finished = accepted + pd.to_timedelta(orders.pop("minutes"), unit="min")
    steps = [
        orders.assign(event="accepted", at=accepted),
        orders.assign(event="processing_done", at=finished),
    ]
    tables = {
        **staff("ann bob cai dee"),
        "order_events": pd.concat(steps, ignore_index=True),
        "reviews": alike(PRAISED, review_id="r"),
    }
    made = done(tables, "case_ecommerce", OCTOBER, completion)
    good = {"ann": 19 / 20, "bob": 20 / 20, "cai": 18 / 20, "dee": 16 / 20}
    for id, place in places.items():
        time, praise = 100 * (4 - place + 1) / 4, 100 * (good[id] - 0.80) / (1.00 - 0.80)
        assert person(made, id)["score"] == pytest.approx(0.50 * praise + 0.50 * time)
    assert made.appraisals["rank"].to_list() == ranks
    assert made.appraisals[["grade", "level"]].isna().all(axis=None)
    assert proposals(made) == {}  # the case tells of no rewards, and of no pay
    assert made.pay.empty


DESK = """
    number | owner_id | opened_at            | resolved_at          | n_reassigned | n_reopened | sla_met
    19     | ann      | 2026-10-10T09:00:00Z | 2026-10-10T11:00:00Z | 0            | 0          | true
    4      | ann      | 2026-10-10T09:00:00Z | 2026-10-11T15:00:00Z | 1            | 0          | true
    1      | ann      | 2026-10-10T09:00:00Z | 2026-10-11T15:00:00Z | 1            | 1          | true
    1      | ann      | 2026-10-10T09:00:00Z |                      | 1            | 0          | false
    12     | bob      | 2026-10-10T09:00:00Z | 2026-10-11T15:00:00Z | 0            | 0          | true
    2      | bob      | 2026-10-10T09:00:00Z | 2026-10-11T15:00:00Z | 1            | 0          | true
    2      | bob      | 2026-10-10T09:00:00Z | 2026-10-11T15:00:00Z | 2            | 1          | false
    5      | bob      | 2026-10-10T09:00:00Z | 2026-10-11T15:00:00Z | 1            | 0          | false
    4      | bob      | 2026-10-10T09:00:00Z |                      | 1            | 0          | false
"""  # noqa: E501  (one line a kind of case)


@pytest.mark.requirement("G0-4", "G0-6", "I-03")
def test_service_desk_from_cases_to_a_plan_of_support_for_the_grade_d():
    """25 cases each; ann resolved most in 2 hours, bob in 30."""
    tables = {**staff("ann bob"), "cases": alike(DESK, case_id="c", customer_id="k")}
    made = done(tables, "service_desk", OCTOBER)
    ann = [
        20 * 100 * (19 / 25 - 0.20) / (0.90 - 0.20),  # neither passed on nor reopened
        10 * 100 * (0.10 - 1 / 25) / (0.10 - 0.00),
        10 * 100 * (0.80 - (4 + 1 + 1) / 25) / (0.80 - 0.10),
        30 * 100,  # 24 of 25 in time, and 0.95 would do
        20 * 100,  # half of them within 2 h: not above 4
        10 * 100 * (24 / 25 - 0.80) / (1.00 - 0.80),
    ]
    bob = [
        20 * 100 * (12 / 25 - 0.20) / (0.90 - 0.20),
        10 * 100 * (0.10 - 2 / 25) / (0.10 - 0.00),
        10 * 100 * (0.80 - (2 + 2 + 5 + 4) / 25) / (0.80 - 0.10),
        30 * 100 * (14 / 25 - 0.30) / (0.95 - 0.30),
        20 * 60,  # 30 h: above 24, not above 72
        10 * 100 * (21 / 25 - 0.80) / (1.00 - 0.80),
    ]
    assert person(made, "ann")["score"] == pytest.approx(sum(ann) / 100) == pytest.approx(88)
    assert person(made, "bob")["score"] == pytest.approx(sum(bob) / 100) == pytest.approx(40)
    assert made.appraisals["grade"].to_list() == ["A", "D"]
    assert made.appraisals["rank"].to_list() == [1, 2]
    assert proposals(made) == {"support_plan": ["bob"]}
    (plan,) = made.proposals.to_dict("records")
    assert f"{plan['due']:%Y-%m-%d}" == "2026-11-24"  # the report is due on the 10th, 14 days after
    assert (plan["action"], plan["status"]) == ("improvement_plan", "proposed")
    assert made.pay.empty
