"""Response rounds, each rule of B2 in one drawn log."""

from __future__ import annotations

import pytest
from measuring import chats, measured, per

from csperf.params import Cycle

TAOBAO = """
    at       | sender   | employee_id
    10:10:15 | customer |
    10:15:20 | customer |
    10:18:10 | agent    | ann
"""
TAOBAO_GOES_ON = f"""{TAOBAO.rstrip()}
    10:18:30 | customer |
    10:19:00 | agent    | ann
"""
LONG_WAIT = """
    at               | sender   | employee_id
    10:00:00         | customer |
    10:00:20         | agent    | ann
    10:01:00         | customer |
    10:01:40         | agent    | ann
    10:05:00         | customer |
    10:25:00         | agent    | ann
"""
OVER_MIDNIGHT = """
    at                  | sender   | employee_id
    2026-10-05 23:59:50 | customer |
    2026-10-06 00:00:30 | agent    | ann
    2026-10-06 00:01:00 | customer |
    2026-10-06 00:01:10 | agent    | ann
"""


@pytest.mark.requirement("B-04", "B-06", "B2")
def test_taobao_example_one_round_of_475_seconds():
    tables = chats(TAOBAO)
    mean = measured(tables, "response_time_avg")
    assert (mean["value"], mean["n"]) == (475, 1)
    within = measured(tables, "response_within_t")
    assert (within["numerator"], within["denominator"]) == (0, 1)


@pytest.mark.requirement("B-04", "B-06", "B2")
def test_taobao_example_second_round_makes_252_5_seconds_and_half_within_three_minutes():
    tables = chats(TAOBAO_GOES_ON)
    assert measured(tables, "response_time_avg")["value"] == (475 + 30) / 2 == 252.5
    assert measured(tables, "response_within_t")["value"] == 1 / 2


@pytest.mark.requirement("B-06")
def test_an_answer_after_exactly_the_agreed_seconds_is_in_time():
    tables = chats(TAOBAO_GOES_ON)
    assert measured(tables, "response_within_t", within_s=29)["value"] == 0
    assert measured(tables, "response_within_t", within_s=30)["value"] == 1 / 2
    assert measured(tables, "response_within_t", within_s=475)["value"] == 1


@pytest.mark.requirement("B2")
def test_a_second_answer_in_a_row_opens_and_ends_nothing():
    tables = chats("""
        at       | sender   | employee_id
        10:00:00 | customer |
        10:00:30 | agent    | ann
        10:00:50 | agent    | ann
        10:09:00 | agent    | ann
    """)
    mean = measured(tables, "response_time_avg")
    assert (mean["value"], mean["n"]) == (30, 1)


@pytest.mark.requirement("B2")
def test_an_outbound_message_opens_no_round_until_the_customer_writes():
    tables = chats("""
        at       | sender   | employee_id
        10:00:00 | agent    | ann
        11:00:00 | agent    | ann
        11:00:10 | customer |
        11:00:50 | agent    | ann
    """)
    for indicator in ("response_time_avg", "response_time_first"):
        row = measured(tables, indicator)
        assert (row["value"], row["n"]) == (40, 1)


@pytest.mark.requirement("B2")
def test_at_the_same_second_the_customer_was_first():
    tables = chats("""
        at       | sender   | employee_id
        10:00:00 | customer |
        10:00:30 | agent    | ann
        10:00:30 | customer |
        10:01:30 | agent    | ann
    """)
    mean = measured(tables, "response_time_avg")
    assert (mean["value"], mean["n"]) == (30, 1)
    swapped = chats("""
        at       | sender   | employee_id
        10:00:00 | agent    | ann
        10:00:00 | customer |
    """)
    assert measured(swapped, "response_time_avg", min_reply_s=0)["value"] == 0


@pytest.mark.requirement("B-04", "B-06", "B2")
def test_an_unanswered_round_counts_for_the_share_in_time_but_not_for_the_mean():
    tables = chats("""
        at       | sender   | employee_id
        10:00:00 | customer |
        10:00:30 | agent    | ann
        10:05:00 | customer |
        10:06:00 | customer |
    """)
    mean, within = (measured(tables, name) for name in ("response_time_avg", "response_within_t"))
    assert (mean["value"], mean["n"]) == (30, 1)
    assert (within["numerator"], within["denominator"]) == (1, 2)


WITH_MACHINES = """
    at       | sender   | employee_id | is_auto
    10:00:00 | customer |             | false
    10:00:02 | bot      | robot       | false
    10:00:05 | agent    | ann         | true
    10:00:06 | system   |             | true
    10:00:40 | agent    | ann         | false
    10:01:00 | customer |             |
    10:01:10 | bot      | robot       |
"""


@pytest.mark.requirement("B-03", "B-04", "B2")
def test_bots_automatic_texts_and_system_notes_do_not_end_a_round():
    tables = chats(WITH_MACHINES)
    assert per("employee_id", tables, "response_time_avg") == {"ann": 40}
    assert measured(tables, "response_within_t")["value"] == 1 / 2


@pytest.mark.requirement("B2")
def test_bots_count_as_nobodys_answers_where_the_rules_include_them():
    tables = chats(WITH_MACHINES)
    assert per("employee_id", tables, "response_time_avg", bots="include") == {}
    assert measured(tables, "response_time_avg", bots="include")["value"] == (2 + 10) / 2


@pytest.mark.requirement("B-07", "B2")
def test_each_answer_counts_per_question_but_hasty_ones_whoever_gave_them():
    tables = chats("""
        at       | sender   | employee_id
        10:00:00 | customer |
        10:00:00 | bot      | robot
        10:00:20 | bot      | robot
        10:00:30 | agent    | ann
        10:00:50 | agent    | ann
    """)
    assert measured(tables, "answer_question_ratio")["value"] == 2 / 1
    assert measured(tables, "answer_question_ratio", bots="include")["value"] == 3 / 1
    all_of_them = measured(tables, "answer_question_ratio", bots="include", min_reply_s=0)
    assert all_of_them["value"] == 4 / 1


@pytest.mark.requirement("B2")
def test_replies_faster_than_min_reply_s_are_ignored_however_many_come():
    tables = chats("""
        at         | sender   | employee_id
        10:00:00   | customer |
        10:00:00   | agent    | ann
        10:00:00.9 | agent    | ann
        10:00:45   | agent    | ann
        10:01:00   | customer |
        10:01:01   | agent    | ann
    """)
    assert measured(tables, "response_time_avg")["value"] == (45 + 1) / 2
    assert measured(tables, "response_time_avg", min_reply_s=0)["value"] == (0 + 1) / 2
    assert measured(tables, "response_time_avg", min_reply_s=2)["value"] == 45
    assert measured(tables, "answer_question_ratio")["value"] == 2 / 2


@pytest.mark.requirement("B2")
def test_a_person_may_answer_in_the_second_of_the_customers_next_message():
    tables = chats("""
        at       | sender   | employee_id
        10:00:00 | customer |
        10:00:30 | customer |
        10:00:30 | agent    | ann
    """)
    assert measured(tables, "response_time_avg")["value"] == 30


@pytest.mark.requirement("B-04", "B2")
def test_the_mean_caps_long_rounds_and_the_median_does_not():
    tables = chats(LONG_WAIT)
    assert measured(tables, "response_time_avg")["value"] == (20 + 40 + 600) / 3
    assert measured(tables, "response_time_avg", round_cap_s=30)["value"] == (20 + 30 + 30) / 3
    assert measured(tables, "response_time_avg", round_cap_s=None)["value"] == (20 + 40 + 1200) / 3
    median = measured(tables, "response_time_median", round_cap_s=30)
    assert (median["value"], median["n"]) == (40, 3)
    assert median["numerator"] / median["denominator"] == (20 + 40 + 1200) / 3


@pytest.mark.requirement("B-04", "B2")
def test_response_time_is_averaged_over_rounds_not_over_conversations():
    tables = chats("""
        conversation_id | at       | sender   | employee_id
        v1              | 10:00:00 | customer |
        v1              | 10:00:10 | agent    | ann
        v1              | 10:01:00 | customer |
        v1              | 10:01:20 | agent    | ann
        v2              | 11:00:00 | customer |
        v2              | 11:01:30 | agent    | ann
    """)
    assert measured(tables, "response_time_avg")["value"] == (10 + 20 + 90) / 3
    assert measured(tables, "response_time_first")["value"] == (10 + 90) / 2


@pytest.mark.requirement("B2")
def test_a_round_over_local_midnight_is_kept_unless_the_rules_drop_it():
    tables = chats(OVER_MIDNIGHT)
    assert measured(tables, "response_time_avg")["value"] == (40 + 10) / 2
    dropped = measured(tables, "response_time_avg", cross_midnight="drop")
    assert (dropped["value"], dropped["n"]) == (10, 1)
    assert measured(tables, "response_within_t", cross_midnight="drop")["denominator"] == 2
    in_shanghai = measured(
        tables, "response_time_avg", cross_midnight="drop", timezone="Asia/Shanghai"
    )
    assert in_shanghai["n"] == 2


@pytest.mark.requirement("B2")
def test_a_round_counts_on_the_local_day_it_starts():
    tables = chats(OVER_MIDNIGHT)
    october_6 = Cycle(id="2026-10", start="2026-10-06", end="2026-10-07")
    for zone, waits in (("UTC", [10]), ("Asia/Shanghai", [40, 10]), ("America/Los_Angeles", [])):
        row = measured(tables, "response_time_avg", october_6, timezone=zone)
        assert (row["numerator"], row["n"]) == (sum(waits), len(waits))


@pytest.mark.requirement("B2")
@pytest.mark.parametrize(
    ("hours", "waits"),
    [((0, 24), (10, 20, 40)), ((8, 22), (20,)), ((8, 23), (20, 40)), ((22, 8), (10, 40))],
)
def test_only_rounds_that_start_in_the_service_hours_count(hours: tuple, waits: tuple):
    tables = chats("""
        at       | sender   | employee_id
        07:59:59 | customer |
        08:00:09 | agent    | ann
        08:01:00 | customer |
        08:01:20 | agent    | ann
        22:00:00 | customer |
        22:00:40 | agent    | ann
    """)
    row = measured(tables, "response_time_avg", service_hours=hours)
    assert (row["n"], row["value"]) == (len(waits), pytest.approx(sum(waits) / len(waits)))
    assert measured(tables, "response_within_t", service_hours=hours)["n"] == len(waits)


@pytest.mark.requirement("B2")
def test_service_hours_are_local():
    tables = chats(TAOBAO_GOES_ON)  # 18:10 in Shanghai, 03:10 in Los Angeles
    for zone, n in (("Asia/Shanghai", 2), ("America/Los_Angeles", 0)):
        row = measured(tables, "response_within_t", service_hours=(18, 19), timezone=zone)
        assert row["n"] == n


HANDED_OVER = """
    at       | sender   | employee_id
    10:00:00 | customer |
    10:00:20 | agent    | ann
    10:01:00 | customer |
    10:01:50 | agent    | bea
    10:03:00 | customer |
"""


@pytest.mark.requirement("B2")
def test_a_round_belongs_to_who_answered_and_the_open_one_to_who_had_the_conversation():
    tables = chats(HANDED_OVER)
    assert per("employee_id", tables, "response_time_avg") == {"ann": 20, "bea": 50}
    assert per("employee_id", tables, "response_within_t") == {"ann": 1 / 1, "bea": 1 / 2}


@pytest.mark.requirement("B2")
def test_a_round_that_nobody_ever_answered_belongs_to_whom_it_was_routed_to():
    tables = chats("""
        at       | sender   | employee_id
        10:00:00 | customer |
    """)
    assert per("employee_id", tables, "response_within_t") == {"ann": 0}
    unrouted = {**tables, "conversations": tables["conversations"].assign(initial_agent_id=None)}
    assert per("employee_id", unrouted, "response_within_t") == {}
    assert measured(unrouted, "response_within_t")["value"] == 0


@pytest.mark.requirement("B2")
def test_a_round_answered_from_an_unknown_account_is_in_nobodys_value():
    tables = chats("""
        at       | sender   | employee_id
        10:00:00 | customer |
        10:00:20 | agent    |
    """)
    assert per("employee_id", tables, "response_time_avg") == {}
    assert measured(tables, "response_time_avg")["value"] == 20


@pytest.mark.requirement("B-05")
def test_first_response_time_takes_only_the_first_round_of_a_conversation_with_a_reply():
    tables = chats("""
        conversation_id | at       | sender   | employee_id
        v1              | 10:00:00 | customer |
        v1              | 10:00:10 | customer |
        v1              | 10:00:45 | agent    | ann
        v1              | 10:02:00 | customer |
        v1              | 10:12:00 | agent    | ann
        v2              | 11:00:00 | customer |
    """)
    first = measured(tables, "response_time_first")
    assert (first["value"], first["n"]) == (45, 1)


def test_who_writes_more_than_once_is_known_where_nobody_else_is_named() -> None:
    """Messages alone name their writers: no conversation says to whom it was given."""
    tables = chats(TAOBAO_GOES_ON)
    tables["conversations"] = tables["conversations"].drop(columns="initial_agent_id")
    assert per("employee_id", tables, "response_time_avg") == {"ann": (475 + 30) / 2}
