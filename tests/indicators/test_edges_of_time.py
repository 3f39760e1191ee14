"""Edge cases of `requirements` section 4 that calendars and clocks make, as values show them."""

from __future__ import annotations

from datetime import date

import pytest
from drawing import draw
from measuring import chats, measured, per
from pandas import DataFrame, Timedelta, date_range, to_datetime

from csperf.errors import InputError
from csperf.params import Cycle

LEAP, PLAIN = Cycle.parse("2028-02"), Cycle.parse("2027-02")
SCOPE = "target_id | scope | scope_id | indicator_id | period_start | period_end | target"


def days_as_dates(frame: DataFrame, *columns: str) -> DataFrame:
    return frame.assign(**{name: to_datetime(frame[name]) for name in columns})


def planned(*plans: str) -> dict[str, DataFrame]:
    """Plans of ann, who is there all the time and sells nothing."""
    lines = "\n".join(f"{n} | employee | ann | sales_completion | {p}" for n, p in enumerate(plans))
    order = "order_id | placed_at | paid_at | amount | attributed_employee_id"
    spell = draw("employee_id | team_id | from_date\nann | t | 2026-01-01")
    return {
        "orders": draw(f"{order}\no1 | 2026-12-31 | 2026-12-31 | 1 | ann"),
        "targets": days_as_dates(draw(f"{SCOPE}\n{lines}"), "period_start", "period_end"),
        "assignments": days_as_dates(spell, "from_date"),
    }


@pytest.mark.parametrize(("cycle", "days"), [(LEAP, 29), (PLAIN, 28)])
def test_edge_54_a_rate_per_hour_is_the_same_in_a_february_of_28_and_of_29_days(
    cycle: Cycle, days: int
):
    """Two customers in the eight hours of every day, the last day of the month included."""
    mornings = date_range(cycle.start, cycle.last_day, tz="UTC")
    assert len(mornings) == cycle.days == days
    lines = "\n".join(
        f"v{n}{hour} | {day:%Y-%m-%d} {hour}:00:00 | customer |"
        for n, day in enumerate(mornings)
        for hour in (10, 14)
    )
    customers = [f"k{n:02d}" for n in range(2 * days)]
    tables = chats(f"conversation_id | at | sender | employee_id\n{lines}", customer_id=customers)
    opens, closes = (mornings + Timedelta(hours=hour) for hour in (9, 17))
    tables["shifts"] = DataFrame({"employee_id": "ann", "start_at": opens, "end_at": closes})
    assert measured(tables, "customers_received", cycle)["value"] == 2 * days
    assert measured(tables, "customers_received_per_hour", cycle)["value"] == 2 / 8


@pytest.mark.parametrize(
    ("plan", "cycle", "of_cycle"),
    [
        ("2028-02-01 | 2028-02-29 | 290", LEAP, 290),
        ("2027-02-01 | 2027-02-28 | 290", PLAIN, 290),
        ("2028-01-01 | 2028-03-31 | 910", LEAP, 910 * 29 / (31 + 29 + 31)),
        ("2027-01-01 | 2027-03-31 | 900", PLAIN, 900 * 28 / (31 + 28 + 31)),
        ("2028-01-01 | 2028-12-31 | 366", LEAP, 29),
        ("2026-12-01 | 2026-12-31 | 310", Cycle.parse("2026-12"), 310),
    ],
)
def test_edge_54_a_plan_is_divided_by_the_days_that_its_months_have(
    plan: str, cycle: Cycle, of_cycle: float
):
    row = measured(planned(plan), "sales_completion", cycle)
    assert row["denominator"] == pytest.approx(of_cycle, abs=1e-4)


def test_edge_54_the_leap_day_has_its_own_part_of_the_plan():
    leap_day = Cycle(id="2028-02", start=date(2028, 2, 29), end=date(2028, 3, 1))
    row = measured(planned("2028-02-01 | 2028-02-29 | 290"), "sales_completion", leap_day)
    assert row["denominator"] == 290 / 29


CALENDAR = """
    calendar_id | date       | is_workday | start_time | end_time
    shop        | 2025-01-24 | true       | 09:00      | 17:00
    shop        | 2025-01-25 | false      |            |
    shop        | 2025-01-26 | true       | 09:00      | 17:00
    shop        | 2025-01-28 | false      |            |
    shop        | 2025-01-29 | false      |            |
    shop        | 2026-01-28 | true       | 09:00      | 17:00
    shop        | 2026-01-29 | true       | 09:00      | 17:00
    shop        | 2026-02-16 | true       | 09:00      | 17:00
    shop        | 2026-02-17 | false      |            |
    shop        | 2026-02-18 | true       | 09:00      | 17:00
"""


@pytest.mark.parametrize(
    ("asked", "said", "minutes"),
    [
        ("2025-01-24 16:50", "2025-01-26 09:10", 10 + 10),  # Friday, and a Sunday made up for
        ("2025-01-26 16:50", "2025-01-29 12:00", 10),  # New Year's Eve and Day of 2025
        ("2026-01-28 16:50", "2026-01-29 09:10", 10 + 10),  # the same days of the next year
        ("2026-02-16 16:50", "2026-02-18 09:10", 10 + 10),  # over New Year's Day of 2026
    ],
)
def test_edge_55_holidays_of_the_moon_are_those_of_the_calendar_table_alone(
    asked: str, said: str, minutes: int
):
    lines = f"at | sender | employee_id\n{asked}:00 | customer |\n{said}:00 | agent | ann"
    tables = {**chats(lines), "calendars": days_as_dates(draw(CALENDAR), "date")}
    row = measured(tables, "response_time_uncapped", clock="business")
    assert row["value"] == minutes * 60


def test_edge_56_a_cycle_holds_its_days_whatever_week_they_are_in():
    """1 January 2027 is in the 53rd ISO week of 2026, which ends on the 3rd."""
    assert date(2027, 1, 1).isocalendar()[:2] == (2026, 53)
    tables = chats(
        """
        conversation_id | at                  | sender   | employee_id
        v1              | 2026-12-31 10:00:00 | customer |
        v2              | 2027-01-01 10:00:00 | customer |
        v3              | 2027-01-03 10:00:00 | customer |
        v4              | 2027-01-08 10:00:00 | customer |
        """,
        customer_id=["k1", "k2", "k3", "k4"],
    )
    december, january = Cycle.parse("2026-12"), Cycle.parse("2027-01")
    week = Cycle(id="2026-12", start=date(2026, 12, 28), end=date(2027, 1, 4))
    received = {
        name: measured(tables, "customers_received", cycle)["value"]
        for name, cycle in {"december": december, "january": january, "week": week}.items()
    }
    assert received == {"december": 1, "january": 3, "week": 3}
    assert per("week", tables, "customers_received", january) == {1: 2, 2: 1}  # from the 1st


@pytest.mark.parametrize("asked", ["2026-W53", "2026-w1", "2026-53"])
def test_edge_56_an_iso_week_is_no_cycle(asked: str):
    with pytest.raises(InputError, match="is no cycle; write 2026-10, 2026-Q4"):
        Cycle.parse(asked)


def test_edge_52_what_was_answered_before_it_was_asked_counts_but_has_no_length():
    calls = draw("""
        call_id | employee_id | offered_at          | answered_at
        t1      | ann         | 2026-10-05 09:00:00 | 2026-10-05 09:00:20
        t2      | ann         | 2026-10-05 09:10:00 | 2026-10-05 09:09:00
    """)
    row = measured({"calls": calls}, "speed_of_answer")
    assert (row["value"], row["n"]) == (20, 1)
    assert measured({"calls": calls}, "calls_answered")["value"] == 2
    cases = draw("""
        case_id | owner_id | opened_at        | first_reply_at   | resolved_at
        c1      | ann      | 2026-10-05 08:00 | 2026-10-05 08:10 | 2026-10-05 09:00
        c2      | ann      | 2026-10-05 08:00 | 2026-10-05 07:00 | 2026-10-05 07:30
    """)
    replied = measured({"cases": cases}, "service_response_time")
    assert (replied["value"], replied["n"]) == (600, 1)
    resolved = measured({"cases": cases}, "time_to_resolve")
    assert (resolved["value"], resolved["n"]) == (1, 1)
    assert measured({"cases": cases}, "resolution_rate")["value"] == 2 / 2


def test_edge_57_hours_of_overlapping_shifts_count_once():
    shifts = draw("""
        employee_id | start_at            | end_at
        ann         | 2026-10-05 08:00:00 | 2026-10-05 12:00:00
        ann         | 2026-10-05 11:00:00 | 2026-10-05 16:00:00
        ann         | 2026-10-05 12:00:00 | 2026-10-05 13:00:00
    """)
    calls = draw("""
        call_id | employee_id | offered_at          | answered_at
        t1      | ann         | 2026-10-05 09:00:00 | 2026-10-05 09:00:20
    """)
    tables = {"shifts": shifts, "calls": calls}
    assert measured(tables, "calls_answered_per_hour")["value"] == 1 / (16 - 8)


def test_edge_58_a_night_shift_belongs_to_the_day_on_which_it_starts():
    """From 22 to 6 over the end of October; the calls of the night are those of their own day."""
    shifts = draw("""
        employee_id | start_at            | end_at
        ann         | 2026-10-31 22:00:00 | 2026-11-01 06:00:00
    """)
    calls = draw("""
        call_id | employee_id | offered_at          | answered_at
        t1      | ann         | 2026-10-31 23:00:00 | 2026-10-31 23:00:20
        t2      | ann         | 2026-11-01 05:00:00 | 2026-11-01 05:00:20
    """)
    tables = {"shifts": shifts, "calls": calls}
    october, november = Cycle.parse("2026-10"), Cycle.parse("2026-11")
    assert measured(tables, "calls_answered_per_hour", october)["value"] == 1 / 8
    assert measured(tables, "calls_answered_per_hour", november)["status"] == "not_computable"
