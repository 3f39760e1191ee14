"""What section 2.5 of requirements.md asks of tables besides the edge cases."""

from __future__ import annotations

from datetime import date

import pytest
from exports import counted, refused, together

from csperf.tables import check_together

pytestmark = pytest.mark.requirement("K-11")


def test_a_period_ends_after_it_starts():
    text = """
        target_id | scope | scope_id | indicator_id | period_start | period_end | target
        p1        | team  | t1       | reply_rate   | 2026-10-01   | 2026-10-01 | 0.9
    """
    assert refused("targets", text) == [
        "row 0, column 'period_end': 2026-10-01 does not lie after period_start"
    ]


def test_what_happened_after_the_export_is_counted_and_what_is_planned_is_not():
    tables = together(
        tasks="""
            task_id | employee_id | assigned_at      | due_at     | done_at
            t1      | E1          | 2026-10-01       | 2026-12-01 | 2026-11-01T11:59
            t2      | E1          | 2026-11-01T12:01 | 2026-12-01 |
        """
    )
    assert counted(check_together(tables, date(2026, 10, 31))) == {
        "assigned_at lies after the day of the export (kept)": (1, "t2")
    }
    assert check_together(tables).empty


def test_an_evening_west_of_greenwich_is_not_after_the_export():
    text = "lead_id | employee_id | created_at\nl1 | E1 | 2026-10-31T23:59-12:00"
    assert check_together(together(leads=text), date(2026, 10, 31)).empty


def test_a_machine_in_a_team_is_counted():
    tables = together(
        employees="employee_id | is_bot\nE1 | false\nB1 | true\nB2 | true",
        assignments="employee_id | team_id | from_date\nE1 | t | 2026-01-01\nB1 | t | 2026-01-01",
    )
    assert counted(check_together(tables)) == {
        "employee_id belongs to a machine (is_bot): not appraised (kept)": (1, "B1/2026-01-01/t")
    }


def test_orders_with_two_owners_are_counted():
    tables = together(
        conversations="""
            conversation_id | started_at | initial_agent_id
            c1              | 2026-10-01 | E1
            c2              | 2026-10-01 |
        """,
        messages="""
            message_id | conversation_id | sent_at    | sender | employee_id
            m1         | c1              | 2026-10-01 | agent  | E2
        """,
        orders="""
            order_id | placed_at  | amount | attributed_employee_id | attributed_conversation_id
            o1       | 2026-10-01 | 1      | E1                     | c1
            o2       | 2026-10-01 | 1      | E2                     | c1
            o3       | 2026-10-01 | 1      | E3                     | c1
            o4       | 2026-10-01 | 1      | E3                     | c2
            o5       | 2026-10-01 | 1      | E3                     |
            o6       | 2026-10-01 | 1      |                        | c1
        """,
        order_events="""
            order_id | at         | event    | employee_id
            o1       | 2026-10-01 | accepted | E1
            o1       | 2026-10-02 | accepted | E2
            o1       | 2026-10-02 | done     | E3
            o2       | 2026-10-01 | accepted | E1
            o2       | 2026-10-02 | accepted | E1
        """,
    )
    found = check_together(tables)
    assert found[["table", "count"]].to_numpy().tolist() == [["orders", 1], ["order_events", 2]]
    assert found["example_ids"][0] == "o3"


def test_nothing_is_said_of_tables_that_are_not_there():
    leads = "lead_id | employee_id | created_at | order_id\nl1 | E1 | 2026-10-01 | o1"
    assert check_together(together(leads=leads)).empty
