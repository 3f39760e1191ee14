"""Customers received and replied to, and the messages on both sides."""

from __future__ import annotations

import pytest
from measuring import chats, measured, per


@pytest.mark.requirement("B-03", "B2")
def test_a_conversation_that_only_a_bot_answered_is_not_replied_to():
    tables = chats("""
        at       | sender   | employee_id
        10:00:00 | customer |
        10:00:02 | bot      | robot
    """)
    assert measured(tables, "reply_rate")["value"] == 0
    assert measured(tables, "reply_rate", bots="include")["value"] == 1
    unrouted = {**tables, "conversations": tables["conversations"].assign(initial_agent_id=None)}
    assert measured(unrouted, "customers_received")["value"] == 0
    assert measured(unrouted, "reply_rate")["status"] == "not_computable"


@pytest.mark.requirement("B-03", "B-08")
def test_a_customer_is_received_once_a_local_day_and_replied_to_if_replied_to_once():
    tables = chats(
        """
        conversation_id | at                  | sender   | employee_id
        v1              | 2026-10-05 09:00:00 | customer |
        v2              | 2026-10-05 15:30:00 | customer |
        v2              | 2026-10-05 15:31:00 | agent    | ann
        v3              | 2026-10-05 16:30:00 | customer |
        v4              | 2026-10-05 17:00:00 | customer |
    """,
        customer_id=["k1", "k1", "k1", "k2"],
    )
    assert measured(tables, "customers_received")["value"] == 2
    assert measured(tables, "reply_rate")["value"] == 1 / 2
    # 16:30 UTC is past midnight in Shanghai: k1 comes again, and is not answered that day.
    assert measured(tables, "customers_received", timezone="Asia/Shanghai")["value"] == 3
    assert measured(tables, "reply_rate", timezone="Asia/Shanghai")["value"] == 1 / 3


@pytest.mark.requirement("B-03")
def test_replies_count_for_whom_the_customer_was_routed_to():
    tables = chats(
        """
        conversation_id | at       | sender   | employee_id
        v1              | 10:00:00 | customer |
        v1              | 10:01:00 | agent    | bea
        v2              | 11:00:00 | customer |
    """,
        customer_id=["k1", "k2"],
        initial_agent_id=["ann", "bea"],
    )
    assert per("employee_id", tables, "reply_rate") == {"ann": 1, "bea": 0}


@pytest.mark.requirement("B-03")
def test_without_routing_the_first_to_answer_received_the_customer():
    tables = chats(
        """
        at       | sender   | employee_id
        10:00:00 | customer |
        10:01:00 | agent    | bea
        10:02:00 | agent    | ann
        10:03:00 | agent    | cai
    """,
        initial_agent_id=None,
    )
    assert per("employee_id", tables, "reply_rate") == {"bea": 1}


@pytest.mark.requirement("B-03")
def test_an_outbound_message_is_no_reply_and_a_silent_customer_not_received():
    tables = chats(
        """
        conversation_id | at       | sender   | employee_id
        v1              | 10:00:00 | agent    | ann
        v2              | 11:00:00 | agent    | ann
        v2              | 11:01:00 | customer |
    """,
        customer_id=["k1", "k2"],
    )
    rate = measured(tables, "reply_rate")
    assert (rate["numerator"], rate["denominator"]) == (0, 1)


@pytest.mark.requirement("B-03", "B-08")
def test_where_the_customer_is_not_recorded_each_conversation_counts():
    tables = chats(
        """
        conversation_id | at       | sender   | employee_id
        v1              | 10:00:00 | customer |
        v1              | 10:01:00 | agent    | ann
        v2              | 11:00:00 | customer |
    """,
        customer_id=None,
    )
    assert measured(tables, "customers_received")["value"] == 2
    assert measured(tables, "reply_rate")["value"] == 1 / 2


@pytest.mark.requirement("B-07")
def test_answers_per_question_counts_the_messages_of_people_on_both_sides():
    tables = chats(
        """
        conversation_id | at       | sender   | employee_id
        v1              | 10:00:00 | customer |
        v1              | 10:00:10 | customer |
        v1              | 10:00:12 | bot      | robot
        v1              | 10:01:00 | agent    | ann
        v2              | 11:00:00 | customer |
        v2              | 11:01:00 | agent    | ann
        v2              | 11:02:00 | agent    | ann
        v2              | 11:03:00 | agent    | ann
    """,
        customer_id=["k1", "k2"],
    )
    ratio = measured(tables, "answer_question_ratio")
    assert (ratio["value"], ratio["n"]) == ((1 + 3) / (2 + 1), 2)
