"""Quality, worked out by hand: one drawn table for each indicator."""

from __future__ import annotations

import pytest
from drawing import draw
from measuring import ONE_ANSWER_EACH, chats, measured, per
from pandas import DataFrame

from csperf.params import Cycle

OCTOBER = Cycle.parse("2026-10")
COMPLAINTS = """
    complaint_id | received_at | employee_id | kind      | upheld
    p1           | 2026-10-05  | ann         | complaint | true
    p2           | 2026-10-06  | ann         | complaint | false
    p3           | 2026-10-07  | ann         | complaint |
    p4           | 2026-10-08  | ann         | dispute   | true
    p5           | 2026-10-09  | bea         | complaint | true
"""
SURVEYS = """
    survey_id | employee_id | sent_at    | answered_at | scale_max | rating | nps_0_10
    s1        | ann         | 2026-10-05 | 2026-10-05  | 5         | 5      | 10
    s2        | ann         | 2026-10-05 | 2026-10-06  | 5         | 4      | 9
    s3        | ann         | 2026-10-05 | 2026-10-05  | 5         | 3      | 8
    s4        | ann         | 2026-10-06 | 2026-10-06  | 5         | 1      | 6
    s5        | ann         | 2026-10-06 |             | 5         |        |
"""
REVIEWS = """
    review_id | employee_id | at         | polarity
    r1        | ann         | 2026-10-05 | good
    r2        | ann         | 2026-10-05 | good
    r3        | ann         | 2026-10-06 | neutral
    r4        | ann         | 2026-10-07 | bad
    r5        | ann         | 2026-10-07 |
"""
SAMPLES = """
    qa_id | conversation_id | employee_id | at         | criterion | score | max_score | correct
    q1    | v1              | ann         | 2026-10-05 | accuracy  | 9     | 10        | true
    q2    | v1              | ann         | 2026-10-05 | tone      | 50    |           |
    q3    | v2              | ann         | 2026-10-06 | accuracy  | 4     | 10        | false
    q4    | v3              | ann         | 2026-10-06 | accuracy  |       | 10        | true
"""
CASES = """
    case_id | owner_id | opened_at  | resolved_at | n_contacts | n_reopened | n_reassigned
    c1      | ann      | 2026-10-01 | 2026-10-02  | 1          | 0          | 0
    c2      | ann      | 2026-10-01 | 2026-10-02  | 2          | 0          | 0
    c3      | ann      | 2026-10-01 | 2026-10-02  | 1          | 1          | 0
    c4      | ann      | 2026-10-01 | 2026-10-02  | 1          | 0          | 3
    c5      | ann      | 2026-10-01 |             | 1          | 0          | 1
    c6      | ann      | 2026-10-20 | 2026-10-20  | 1          |            |
"""


def one(name: str, drawing: str) -> dict[str, DataFrame]:
    return {name: draw(drawing)}


@pytest.mark.requirement("B-23")
def test_complaint_rate():
    tables = {**chats(ONE_ANSWER_EACH), **one("complaints", COMPLAINTS)}
    assert measured(tables, "complaint_rate")["value"] == (1 + 1) / 4
    assert per("employee_id", tables, "complaint_rate") == {"ann": 1 / 4}


@pytest.mark.requirement("B-23")
def test_complaints_received():
    tables = one("complaints", COMPLAINTS)
    assert measured(tables, "complaints_received")["value"] == 1 + 1
    assert per("employee_id", tables, "complaints_received") == {"ann": 1, "bea": 1}


@pytest.mark.requirement("B-24")
def test_customer_disputes():
    tables = {**chats(ONE_ANSWER_EACH), **one("complaints", COMPLAINTS)}
    assert measured(tables, "customer_disputes")["value"] == 1 / 4


@pytest.mark.requirement("B-25")
def test_customer_satisfaction():
    row = measured(one("surveys", SURVEYS), "customer_satisfaction")
    assert (row["value"], row["n"], row["status"]) == (2 / 4, 4, "too_few")


@pytest.mark.requirement("B-25")
def test_survey_rating_mean():
    row = measured(one("surveys", SURVEYS), "survey_rating_mean")
    assert (row["value"], row["n"]) == ((5 + 4 + 3 + 1) / 4, 4)


@pytest.mark.requirement("B-25")
def test_survey_response_rate():
    assert measured(one("surveys", SURVEYS), "survey_response_rate")["value"] == 4 / 5


@pytest.mark.requirement("B-31")
def test_net_promoter_score():
    row = measured(one("surveys", SURVEYS), "net_promoter_score")
    assert row["value"] == (100 + 100 + 0 - 100) / 4


@pytest.mark.requirement("B-26")
def test_service_quality():
    tables = {**one("surveys", SURVEYS), **one("qa_reviews", SAMPLES)}
    customers, reviewers = [100, 75, 50, 0], [90, 50, 40]
    value = measured(tables, "service_quality")["value"]
    assert value == (sum(customers) + sum(reviewers)) / (4 + 3)


@pytest.mark.requirement("B-27")
def test_good_review_rate():
    assert measured(one("reviews", REVIEWS), "good_review_rate")["value"] == 2 / 4


@pytest.mark.requirement("B-28")
def test_bad_review_rate():
    assert measured(one("reviews", REVIEWS), "bad_review_rate")["value"] == 1 / 4


@pytest.mark.requirement("B-29")
def test_resolution_rate():
    assert measured(one("cases", CASES), "resolution_rate")["value"] == 5 / 6


@pytest.mark.requirement("B-30")
def test_first_contact_resolution():
    row = measured(one("cases", CASES), "first_contact_resolution")
    assert (row["value"], row["n"]) == (1 / 5, 5)  # c6 is too young to be judged


@pytest.mark.requirement("B-32")
def test_customer_churn_rate():
    tables = one(
        "customers",
        """
        customer_id | active_from | active_to
        k1          | 2026-01-01  |
        k2          | 2026-10-01  | 2026-10-02
        k3          | 2026-01-01  | 2026-11-01
        k4          | 2026-01-01  | 2026-11-02
        k5          | 2026-01-01  | 2026-10-01
        k6          | 2026-10-02  | 2026-10-09
        """,
    )
    row = measured(tables, "customer_churn_rate", OCTOBER)
    assert (row["value"], row["n"]) == (2 / 4, 4)  # k5 had left before, k6 came later


@pytest.mark.requirement("B-33")
def test_answer_accuracy():
    assert measured(one("qa_reviews", SAMPLES), "answer_accuracy")["value"] == 2 / 3


@pytest.mark.requirement("B-71b")
def test_reopen_rate():
    assert measured(one("cases", CASES), "reopen_rate")["value"] == 1 / 5


@pytest.mark.requirement("B-71c")
def test_reassignment_rate():
    assert measured(one("cases", CASES), "reassignment_rate")["value"] == 2 / 5


@pytest.mark.requirement("B-71c")
def test_reassignments_mean():
    value = measured(one("cases", CASES), "reassignments_mean")["value"]
    assert value == (0 + 0 + 0 + 3 + 1) / 5


@pytest.mark.requirement("B-25")
@pytest.mark.parametrize(("from_share", "satisfied"), [(0.8, 2), (0.7, 3), (0.9, 1)])
def test_what_counts_as_satisfied_is_a_share_of_the_scale(from_share: float, satisfied: int):
    tables = one(
        "surveys",
        """
        survey_id | employee_id | sent_at    | scale_max | rating
        s1        | ann         | 2026-10-05 | 10        | 7
        s2        | ann         | 2026-10-05 | 10        | 8
        s3        | ann         | 2026-10-05 | 7         | 7
        s4        | ann         | 2026-10-05 |           | 5
        """,
    )
    row = measured(tables, "customer_satisfaction", satisfied_from=from_share)
    assert (row["numerator"], row["denominator"]) == (satisfied, 3)


@pytest.mark.requirement("B-25")
def test_a_survey_without_an_employee_belongs_to_who_had_the_contact():
    tables = {
        **chats(ONE_ANSWER_EACH),
        **one("cases", "case_id | owner_id | opened_at\n c1 | cat | 2026-10-05"),
        **one(
            "surveys",
            """
            survey_id | conversation_id | employee_id | sent_at    | rating
            s1        | v1              |             | 2026-10-05 | 5
            s2        | v1              | bea         | 2026-10-05 | 4
            s3        | c1              |             | 2026-10-05 | 3
            s4        | lost            |             | 2026-10-05 | 2
            """,
        ),
    }
    ratings = per("employee_id", tables, "survey_rating_mean")
    assert ratings == {"ann": 5, "bea": 4, "cat": 3}
    assert measured(tables, "survey_rating_mean")["value"] == (5 + 4 + 3 + 2) / 4


@pytest.mark.requirement("B-33")
def test_judgements_of_one_conversation_vary_together():
    drawing = """
        qa_id | conversation_id | employee_id | at         | correct
        q1    | v1              | ann         | 2026-10-05 | true
        q2    | v1              | ann         | 2026-10-05 | true
        q3    | v2              | ann         | 2026-10-05 | false
        q4    | v2              | ann         | 2026-10-05 | false
        q5    | v3              | ann         | 2026-10-05 | true
        q6    | v3              | ann         | 2026-10-05 | false
    """
    together = measured(one("qa_reviews", drawing), "answer_accuracy")
    apart = draw(drawing).assign(conversation_id=[f"v{n}" for n in range(6)])
    alone = measured({"qa_reviews": apart}, "answer_accuracy")
    assert together["value"] == alone["value"] == 3 / 6
    assert together["high"] - together["low"] > alone["high"] - alone["low"]


@pytest.mark.requirement("B2")
@pytest.mark.parametrize(
    ("indicator", "column"),
    [
        ("customer_satisfaction", "scale_max"),
        ("survey_rating_mean", "rating"),
        ("survey_response_rate", "answered_at"),
        ("net_promoter_score", "nps_0_10"),
    ],
)
def test_what_surveys_do_not_record_is_not_available(indicator: str, column: str):
    surveys = draw(SURVEYS)
    assert measured({"surveys": surveys}, indicator)["status"] == "too_few"
    without = {"surveys": surveys.drop(columns=column)}
    assert measured(without, indicator)["status"] == "not_available"


RETURNS = """
    order_id | customer_id | placed_at        | paid_at          | amount | status    | attributed_employee_id
    o1       | k1          | 2026-01-05 10:00 | 2026-01-05 10:00 | 10     | done      | ann
    o2       | k1          | 2026-03-01 10:00 | 2026-03-01 10:00 | 10     | done      | bea
    o3       | k2          | 2026-01-05 10:00 | 2026-01-05 10:00 | 10     | done      | ann
    o4       | k2          | 2026-01-05 20:00 | 2026-01-05 20:00 | 10     | done      | ann
    o5       | k2          | 2026-05-01 10:00 | 2026-05-01 10:00 | 10     | done      | ann
    o6       | k3          | 2026-01-10 10:00 | 2026-01-10 10:00 | 0      | done      | ann
    o7       | k4          | 2026-01-10 10:00 | 2026-01-10 10:00 | 10     | done      | ann
    o8       | k4          | 2026-01-20 10:00 | 2026-01-20 10:00 | 10     | cancelled | ann
    o9       |             | 2026-01-20 10:00 | 2026-01-20 10:00 | 10     | done      | ann
    o10      | k5          | 2026-01-31 10:00 | 2026-01-31 10:00 | 10     | done      | bea
    o11      | k5          | 2026-05-01 00:00 | 2026-05-01 00:00 | 10     | done      | bea
"""  # noqa: E501


@pytest.mark.requirement("B-31")
def test_customer_loyalty():
    tables = chats(ONE_ANSWER_EACH, customer_id="someone else") | one("orders", RETURNS)
    january, may = Cycle.parse("2026-01"), Cycle.parse("2026-05")
    row = measured(tables, "customer_loyalty", january)
    assert row["value"] == 2 / 4  # k1 after 55 days and k5 after 90; k2 on that day or after 116
    assert per("employee_id", tables, "customer_loyalty", january) == {"ann": 1 / 3, "bea": 1}
    for window, came_back in ((55, 1), (89, 1), (116, 3)):
        rules = {"repurchase_window_days": window}
        assert measured(tables, "customer_loyalty", january, **rules)["value"] == came_back / 4
    # The data end in October, 157 days after the purchases of May.
    assert measured(tables, "customer_loyalty", may)["value"] == 0
    young = measured(tables, "customer_loyalty", may, repurchase_window_days=158)
    assert young["status"] == "not_computable"
