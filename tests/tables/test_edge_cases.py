"""Bad input, by the numbers of section 4 of requirements.md; nothing goes without a count."""

from __future__ import annotations

import pandas as pd
import pytest
from exports import counted, given, refused, together
from pandas import DataFrame

from csperf import read_frame
from csperf.errors import InputError
from csperf.tables import check_together, in_one_currency

pytestmark = pytest.mark.requirement("K-11")
CLOCKS = "; more than 1 %: are the clocks right?"


def test_edge_14_a_negative_plan_is_refused():
    assert refused(
        "targets",
        """
        target_id | scope | scope_id | indicator_id     | period_start | period_end | target
        p1        | team  | t1       | sales_completion | 2026-10-01   | 2026-10-31 | -5
        """,
    ) == ["row 0, column 'target': -5 is below 0; give a value from 0"]


def test_edge_14_a_negative_goal_is_refused():
    assert refused(
        "goals",
        """
        goal_id | target
        g1      | 0
        g2      | -5
        """,
    ) == ["row 1, column 'target': -5 is below 0; give a value from 0"]


def test_edge_18_two_teams_at_once_are_two_shares_of_one_person():
    read = given(
        "assignments",
        """
        employee_id | team_id | from_date  | to_date    | share_pct
        E1          | day     | 2026-01-01 |            | 50
        E1          | night   | 2026-01-01 | 2026-03-01 | 50
        E1          | mail    | 2026-03-01 |            | 50
        E2          | day     | 2026-01-01 | 2026-02-01 |
        E2          | night   | 2026-02-01 |            |
        """,
    )
    assert len(read["assignments"]) == 5
    assert read.quality.empty


def test_edge_18_shares_above_the_whole_are_refused_with_both_rows():
    assert refused(
        "assignments",
        """
        employee_id | team_id | from_date  | to_date    | share_pct
        E1          | mail    | 2026-02-01 |            | 1
        E1          | day     | 2026-01-01 |            | 50
        E1          | night   | 2026-01-01 | 2026-03-01 | 50
        E2          | day     | 2026-01-01 |            |
        E2          | night   | 2026-05-31 | 2026-06-01 |
        """,
    ) == [
        "row 0, column 'from_date': E1/2026-02-01/mail overlaps with row 1;"
        " end one of them, or give shares that sum to 100",
        "row 4, column 'from_date': E2/2026-05-31/night overlaps with row 3;"
        " end one of them, or give shares that sum to 100",
    ]


def test_edge_18_a_move_without_the_end_of_the_earlier_team_is_an_overlap():
    moved = "employee_id | team_id | from_date\nE1 | day | 2026-01-01\nE1 | night | 2026-02-01"
    assert len(refused("assignments", moved)) == 1


def test_edge_31_and_66_a_former_id_and_an_account_are_known_people():
    tables = together(
        employees="employee_id | alias_of\nE2 | E1\nE3 |",
        accounts="account_id | employee_id\nnick-3 | E3",
        leads="""
            lead_id | employee_id | created_at
            l1      | E1          | 2026-10-01
            l2      | nick-3      | 2026-10-01
            l3      | E4          | 2026-10-01
        """,
    )
    assert counted(check_together(tables)) == {
        "alias_of unknown in employees (kept)": (1, "E2"),
        "employee_id unknown in employees (kept)": (1, "l3"),
    }


def test_edge_32_a_rating_above_its_own_scale_is_refused_and_never_clipped():
    assert refused(
        "surveys",
        """
        survey_id | scale_max | rating
        s1        | 5         | 5
        s2        | 5         | 6
        s3        | 10        | 6
        s4        | 10        | -1
        """,
    ) == [
        "row 1, column 'rating': 6 is above scale_max",
        "row 3, column 'rating': -1 is below 0; give a value from 0",
    ]
    quality_review = "qa_id | at | score | max_score\nq1 | 2026-10-01 | 21 | 20"
    assert refused("qa_reviews", quality_review) == ["row 0, column 'score': 21 is above max_score"]


def test_edge_33_a_decimal_comma_and_a_unit_in_the_cell_are_no_numbers():
    tasks = """
        task_id | employee_id | due_at     | quality_score
        t1      | E1          | 2026-10-01 | 90分
        t2      | E1          | 2026-10-01 | 8,5
    """
    assert refused("tasks", tasks) == [
        "row 0, column 'quality_score': '90分' is not a number; write a plain number such as 8.5",
        "row 1, column 'quality_score': '8,5' is not a number; write a plain number such as 8.5",
    ]


def test_edge_36_a_negative_refund_is_refused():
    refund = "refund_id | order_id | status | amount\nr1 | o1 | completed | -3"
    assert refused("refunds", refund) == [
        "row 0, column 'amount': -3 is below 0; give currency from 0"
    ]


def test_edge_36_refunds_above_what_was_paid_are_flagged():
    tables = together(
        orders="""
            order_id | placed_at  | amount | paid_amount
            o1       | 2026-10-01 | 10     | 8
            o2       | 2026-10-01 | 10     |
            o3       | 2026-10-01 | 10     | 8
        """,
        refunds="""
            refund_id | order_id | status    | amount
            r1        | o1       | completed | 5
            r2        | o1       | completed | 4
            r3        | o2       | completed | 10
            r4        | o3       | completed | 8
            r5        | o3       | rejected  | 8
            r6        | o9       | completed | 8
        """,
    )
    assert counted(check_together(tables)) == {
        "order_id unknown in orders (kept)": (1, "r6"),
        "amount of an order sums to more than was paid for it (kept)": (2, "r1 r2"),
    }


def test_edge_39_a_missing_rate_is_an_error_and_mixed_amounts_are_never_added():
    tables = together(
        departments="department_id | currency\nd | CNY",
        orders="""
            order_id | placed_at        | paid_at          | amount | currency
            o1       | 2026-10-01T10:00 | 2026-10-02T10:00 | 10     | USD
            o2       | 2026-10-01T10:00 |                  | 10     | CNY
        """,
        fx_rates="date | from_currency | to_currency | rate\n2026-10-01 | USD | CNY | 7",
    )
    with pytest.raises(InputError, match="no rate from USD to CNY on 2026-10-02; give it in"):
        in_one_currency(tables)
    with pytest.raises(InputError, match="holds 'CNY', 'USD'; amounts of several currencies"):
        check_together(tables)


def test_edge_51_a_shift_over_the_change_of_clocks_has_its_true_length():
    nights = {
        "employee_id": ["E1", "E1"],
        "start_at": ["2026-03-28T22:00", "2026-10-24T22:00"],
        "end_at": ["2026-03-29T06:00", "2026-10-25T06:00"],
    }
    read = read_frame(DataFrame(nights), "shifts", timezone="Europe/Berlin")["shifts"]
    hours = (read["end_at"] - read["start_at"]) / pd.Timedelta("1h")
    assert list(hours) == [8 - 1, 8 + 1]


def test_edge_52_what_ends_before_it_began_is_kept_but_its_length_is_unknown():
    read = given(
        "conversations",
        """
        conversation_id | started_at       | ended_at
        c1              | 2026-10-01T10:00 | 2026-10-01T09:59
        c2              | 2026-10-01T10:00 | 2026-10-01T10:00
        """,
    )
    assert read["conversations"]["ended_at"].isna().tolist() == [True, False]
    assert counted(read.quality) == {
        f"ended_at lies before started_at (taken as unknown){CLOCKS}": (1, "c1")
    }


def test_edge_52_an_answer_before_the_question_still_says_that_there_was_one():
    read = given(
        "cases",
        """
        case_id | opened_at        | first_reply_at   | resolved_at
        k1      | 2026-10-01T10:00 | 2026-10-01T09:59 | 2026-10-01T11:00
        k2      | 2026-10-01T10:00 | 2026-10-01T10:30 | 2026-09-30T11:00
        """,
    )
    assert read["cases"][["first_reply_at", "resolved_at"]].notna().all(axis=None)
    assert counted(read.quality) == {
        f"first_reply_at lies before opened_at (kept){CLOCKS}": (1, "k1"),
        f"resolved_at lies before opened_at (kept){CLOCKS}": (1, "k2"),
    }


@pytest.mark.parametrize(("others", "asked"), [(99, ""), (98, CLOCKS)])
def test_edge_52_of_more_than_one_row_in_a_hundred_it_is_asked_whether_clocks_differ(
    others: int, asked: str
):
    calls = "\n".join(f"t{n} | 2026-10-01T10:00 | 2026-10-01T10:01" for n in range(others))
    late = "t | 2026-10-01T10:00 | 2026-10-01T09:59"
    read = given("calls", f"call_id | offered_at | answered_at\n{calls}\n{late}")
    assert len(read["calls"]) == others + 1
    assert counted(read.quality) == {f"answered_at lies before offered_at (kept){asked}": (1, "t")}
    assert list(read.quality["share"]) == [1 / (others + 1)]


@pytest.mark.parametrize(("others", "asked"), [(97, ""), (96, CLOCKS)])
def test_edge_52_messages_before_their_conversation_began_are_counted(others: int, asked: str):
    """To the second: a conversation may be stamped more exactly than its messages."""
    lines = "\n".join(f"m{n} | c1 | 2026-10-01T10:01 | agent" for n in range(others))
    tables = together(
        conversations="conversation_id | started_at\nc1 | 2026-10-01T10:00:00.900\nc2 | 2026-10-02",
        messages=f"""message_id | conversation_id | sent_at | sender
            a1 | c1 | 2026-10-01T10:00:00 | customer
            a2 | c1 | 2026-10-01T09:59:59 | agent
            a3 | c9 | 2026-10-01T09:00:00 | agent
            {lines}""",
    )
    found = check_together(tables)
    assert counted(found[found["check"].str.contains("lies before")]) == {
        f"sent_at lies before started_at of its conversation (kept){asked}": (1, "a2")
    }


def test_edge_52_a_lead_delivered_after_the_order_that_came_from_it_is_counted():
    tables = together(
        orders="order_id | placed_at | amount\no1 | 2026-10-02T10:00 | 1",
        leads="""
            lead_id | employee_id | created_at       | order_id
            l1      | E1          | 2026-10-02T10:00 | o1
            l2      | E1          | 2026-10-02T10:01 | o1
            l3      | E1          | 2026-10-02T10:01 |
        """,
    )
    assert counted(check_together(tables)) == {
        f"created_at lies after placed_at of its order (kept){CLOCKS}": (1, "l2")
    }


def test_edge_52_plans_that_end_before_they_begin_are_no_matter_of_clocks():
    tasks = """
        task_id | employee_id | assigned_at      | due_at
        t1      | E1          | 2026-10-01T10:00 | 2026-10-01T09:00
    """
    assert counted(given("tasks", tasks).quality) == {
        "due_at lies before assigned_at (kept)": (1, "t1")
    }


def test_edge_53_times_without_a_zone_are_refused_unless_one_is_declared():
    frame = DataFrame(
        {"lead_id": ["l1"], "employee_id": ["E1"], "created_at": ["2026-10-01T10:00"]}
    )
    with pytest.raises(InputError, match="it names no time zone: declare timezone:"):
        read_frame(frame, "leads")
    read = read_frame(frame, "leads", timezone="Asia/Shanghai")["leads"]
    assert read["created_at"][0] == pd.Timestamp("2026-10-01T02:00Z")


def test_edge_57_overlapping_shifts_are_reported_and_a_break_inside_one_is_not():
    read = given(
        "shifts",
        """
        employee_id | start_at         | end_at           | kind  | planned
        E1          | 2026-10-01T08:00 | 2026-10-01T16:00 | work  | true
        E1          | 2026-10-01T08:00 | 2026-10-01T16:00 | work  | false
        E1          | 2026-10-01T12:00 | 2026-10-01T13:00 | break | false
        E1          | 2026-10-01T15:30 | 2026-10-01T18:00 | work  | false
        E1          | 2026-10-01T18:00 | 2026-10-01T19:00 | work  | false
        E2          | 2026-10-01T09:00 | 2026-10-01T08:59 | work  | false
        """,
    )
    assert len(read["shifts"]) == 5
    assert counted(read.quality) == {
        "end_at lies before start_at (left out)": (1, "E2/2026-10-01 09:00:00+00:00/work/False"),
        "start_at to end_at overlaps with another row (kept)": (
            1,
            "E1/2026-10-01 15:30:00+00:00/work/False",
        ),
    }


def test_edge_57_a_long_shift_overlaps_with_all_that_start_in_it():
    read = given(
        "shifts",
        """
        employee_id | start_at         | end_at
        E1          | 2026-10-01T08:00 | 2026-10-01T16:00
        E1          | 2026-10-01T09:00 | 2026-10-01T10:00
        E1          | 2026-10-01T15:00 | 2026-10-01T15:30
        """,
    )
    assert list(read.quality["count"]) == [2]


def test_edge_59_rows_exported_again_are_left_out_and_counted():
    read = given(
        "messages",
        """
        message_id | conversation_id | sent_at          | sender
        m1         | c1              | 2026-10-01T10:00 | customer
        m2         | c1              | 2026-10-01T10:01 | agent
        m1         | c1              | 2026-10-01T10:00 | customer
        m1         | c1              | 2026-10-01T10:00 | customer
        """,
    )
    assert list(read["messages"]["message_id"]) == ["m1", "m2"]
    assert counted(read.quality) == {"a copy of an earlier row (left out)": (2, "m1 m1")}


def test_edge_59_one_id_for_two_different_rows_is_refused():
    text = """
        message_id | conversation_id | sent_at          | sender
        m1         | c1              | 2026-10-01T10:00 | customer
        m1         | c1              | 2026-10-01T10:00 | customer
        m1         | c1              | 2026-10-01T10:00 | agent
    """
    assert refused("messages", text) == [
        "row 2, column 'message_id': 'm1' stands in an earlier row too; keep one row for each"
        " message_id"
    ]


def test_edge_59_messages_with_new_ids_are_told_by_chat_sender_second_and_length():
    read = given(
        "messages",
        """
        message_id | conversation_id | sent_at                 | sender   | length
        m1         | c1              | 2026-10-01T10:00:00.100 | customer | 7
        m2         | c1              | 2026-10-01T10:00:00.900 | customer | 7
        m3         | c1              | 2026-10-01T10:00:01.000 | customer | 7
        m4         | c1              | 2026-10-01T10:00:00.100 | customer | 8
        m5         | c2              | 2026-10-01T10:00:00.100 | customer |
        m6         | c2              | 2026-10-01T10:00:00.100 | customer |
        """,
    )
    assert list(read["messages"]["message_id"]) == ["m1", "m3", "m4", "m5", "m6"]
    assert counted(read.quality) == {
        "the same conversation_id, sender, sent_at, length as in an earlier row (left out)": (
            1,
            "m2",
        )
    }


def test_edge_59_events_without_ids_are_told_by_all_that_they_say():
    read = given(
        "order_events",
        """
        order_id | at               | event    | employee_id
        o1       | 2026-10-01T10:00 | accepted | E1
        o1       | 2026-10-01T10:00 | accepted | E1
        o1       | 2026-10-01T10:00 | accepted |
        """,
    )
    assert len(read["order_events"]) == 2


def test_edge_59_equal_lines_of_an_order_are_counted_and_kept():
    lines = "order_id | product | items | unit_price\no1 | mug | 1 | 2.5\no1 | mug | 1 | 2.5"
    read = given("order_lines", lines)
    assert len(read["order_lines"]) == 2
    assert counted(read.quality) == {"a copy of an earlier row; rows have no key (kept)": (1, "o1")}


def test_edge_95_ids_that_lost_their_zeros_are_told_from_unknown_ones():
    tables = together(
        employees="employee_id\n0012\n0700\n1234",
        leads="""
            lead_id | employee_id | created_at
            l1      | 12          | 2026-10-01
            l2      | 700         | 2026-10-01
            l3      | 0012        | 2026-10-01
            l4      | 7           | 2026-10-01
        """,
    )
    assert counted(check_together(tables)) == {
        "employee_id known in employees with other zeros in front: damaged by a spreadsheet?"
        " (kept)": (2, "l1 l2"),
        "employee_id unknown in employees (kept)": (1, "l4"),
    }


def test_edge_95_ids_in_powers_of_ten_are_counted():
    read = given("employees", "employee_id\n1.2E+10\nE2")
    assert counted(read.quality) == {
        "employee_id looks cut short by a spreadsheet (kept)": (1, "1.2E+10")
    }


def test_edge_96_a_fraction_given_in_per_cent_is_refused():
    assert refused("employees", "employee_id | fte\nE1 | 95\nE2 | 0.95") == [
        "row 0, column 'fte': 95 is above 1.5; give 0-1 from 0 to 1.5"
    ]
    assert refused(
        "targets",
        """
        target_id | scope | scope_id | indicator_id | period_start | period_end | target | unit
        p1        | team  | t1       | reply_rate   | 2026-10-01   | 2026-10-31 | 95     | share
        p2        | team  | t1       | calls        | 2026-10-01   | 2026-10-31 | 95     | count
        p3        | team  | t2       | reply_rate   | 2026-10-01   | 2026-10-31 | 0.95   | share
        """,
    ) == ["row 0, column 'target': 95 is above 1.5 where unit is share or fraction"]


def test_edge_96_per_cents_given_as_fractions_are_noticed():
    days = "\n".join(f"E{n} | t1 | 2026-10-01 | 0.5" for n in range(10))
    read = given("assignments", f"employee_id | team_id | from_date | share_pct\n{days}")
    assert list(read.quality["check"]) == [
        "share_pct has a median of 0.5: is it really given in per cent? (kept)"
    ]


@pytest.mark.parametrize(("minutes", "noticed"), [(10, 1), (9, 0)])
def test_edge_97_times_that_are_hardly_seconds_are_noticed_if_there_are_ten(
    minutes: int, noticed: int
):
    calls = "\n".join(f"k{n} | 2026-10-01T10:00 | 1.5" for n in range(minutes))
    read = given("calls", f"call_id | offered_at | after_work_s\n{calls}\nk | 2026-10-01 | 0")
    assert (
        list(read.quality["check"])
        == ["after_work_s has a median of 1.5: is it really given in s? (kept)"] * noticed
    )


def test_edge_97_daily_sums_are_held_against_what_they_sum():
    header = "date | employee_id | rounds | response_sum_s\n"
    checks = {
        total: list(
            given(
                "agent_daily",
                header + "\n".join(f"2026-10-{n:02} | E1 | 30 | {total}" for n in range(1, 13)),
            ).quality["check"]
        )
        for total in (30 * 1, 30 * 40, 30 * 40_000)
    }
    doubt = "response_sum_s has a median of {} for each of rounds: is it really given in s? (kept)"
    assert checks == {30: [doubt.format("1")], 1200: [], 1_200_000: [doubt.format("4e+04")]}


def test_edge_100_surveys_that_an_employee_answered_as_a_customer_are_listed():
    tables = together(
        employees="employee_id\nE1\nE2",
        conversations="""
            conversation_id | customer_id | started_at
            c1              | E2          | 2026-10-01
            c2              | u1          | 2026-10-01
            c3              |             | 2026-10-01
        """,
        surveys="survey_id | conversation_id\ns1 | c1\ns2 | c2\ns3 | c3\ns4 |",
    )
    assert counted(check_together(tables)) == {
        "conversation_id has an employee as its customer: authentic? (kept)": (1, "s1")
    }


def test_edge_100_answers_that_come_in_the_same_minute_are_listed_and_kept():
    read = given(
        "reviews",
        """
        review_id | employee_id | at                  | polarity
        r1        | E1          | 2026-10-01T10:01:00 | good
        r2        | E1          | 2026-10-01T10:01:10 | good
        r3        | E1          | 2026-10-01T10:01:59 | good
        r4        | E1          | 2026-10-01T10:02:00 | good
        r5        | E2          | 2026-10-01T10:01:00 | good
        r6        | E2          | 2026-10-01T10:01:00 | good
        r7        | E3          | 2026-10-02          | good
        r8        | E3          | 2026-10-02          | good
        r9        | E3          | 2026-10-02          | good
        """,
    )
    assert len(read["reviews"]) == 9
    assert counted(read.quality) == {
        "at 3 or more of one employee_id in the same minute: authentic? (kept)": (3, "r1 r2 r3")
    }


@pytest.mark.parametrize(("table", "at"), [("surveys", "answered_at"), ("reviews", "at")])
def test_edge_100_answers_about_one_person_from_the_same_device_are_listed_and_kept(
    table: str, at: str
):
    read = given(
        table,
        f"""
        {table[:-1]}_id | employee_id | {at}             | device_id
        s1              | E1          | 2026-10-01T10:01 | phone
        s2              | E1          | 2026-10-09T11:02 | phone
        s3              | E1          | 2026-10-21T12:03 | phone
        s4              | E1          | 2026-10-22T12:03 | tablet
        s5              | E2          | 2026-10-23T12:03 | phone
        s6              | E2          | 2026-10-24T12:03 | phone
        s7              |             | 2026-10-25T12:03 | kiosk
        s8              |             | 2026-10-26T12:03 | kiosk
        s9              |             | 2026-10-27T12:03 | kiosk
        s10             | E3          | 2026-10-27T12:04 |
        s11             | E3          | 2026-10-27T12:05 |
        s12             | E3          | 2026-10-27T12:06 |
        """,
    )
    assert len(read[table]) == 12
    assert counted(read.quality) == {
        "device_id is the same in 3 or more of one employee_id: authentic? (kept)": (3, "s1 s2 s3")
    }


def test_edge_100_without_devices_nothing_is_said_of_them():
    read = given("surveys", "survey_id | employee_id\ns1 | E1\ns2 | E1\ns3 | E1")
    assert read.quality.empty
