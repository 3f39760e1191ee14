"""Efficiency, worked out by hand: one drawn table for each indicator."""

from __future__ import annotations

import pandas as pd
import pytest
from drawing import draw
from measuring import measured, per
from pandas import DataFrame

CASES = """
    case_id | owner_id | opened_at        | first_reply_at   | resolved_at      | sla_met
    c1      | ann      | 2026-10-05 08:00 | 2026-10-05 08:10 | 2026-10-05 09:00 | true
    c2      | ann      | 2026-10-05 08:00 | 2026-10-05 08:30 | 2026-10-05 12:00 | true
    c3      | ann      | 2026-10-05 08:00 | 2026-10-05 07:00 | 2026-10-06 08:00 | false
    c4      | ann      | 2026-10-05 08:00 |                  |                  |
"""
CALLS = """
    call_id | employee_id | offered_at       | answered_at      | ended_at         | after_work_s
    t1      | ann         | 2026-10-05 09:00:00 | 2026-10-05 09:00:20 | 2026-10-05 09:01:20 | 30
    t2      | ann         | 2026-10-05 09:10:00 | 2026-10-05 09:10:21 | 2026-10-05 09:12:21 | 10
    t3      | ann         | 2026-10-05 09:20:00 | 2026-10-05 09:20:04 | 2026-10-05 09:20:10 |
    t4      | ann         | 2026-10-05 09:30:00 |                     | 2026-10-05 09:30:40 |
    t5      | ann         | 2026-10-05 09:40:00 |                     | 2026-10-05 09:40:04 |
"""
SHIFTS = """
    employee_id | start_at         | end_at           | kind     | planned
    ann         | 2026-10-05 08:00 | 2026-10-05 12:00 | work     | false
    ann         | 2026-10-05 11:00 | 2026-10-05 16:00 | work     | false
    ann         | 2026-10-05 12:00 | 2026-10-05 12:30 | break    | false
    ann         | 2026-10-05 14:00 | 2026-10-05 15:00 | training | false
    ann         | 2026-10-05 08:00 | 2026-10-05 18:00 | work     | true
    ann         | 2026-10-05 12:00 | 2026-10-05 13:00 | break    | true
"""
PRODUCTIVE_H = 8 - 0.5 - 1  # 8:00 to 16:00 once, without break and training
STATES = """
    employee_id | state      | start_at         | end_at
    ann         | available  | 2026-10-05 08:00 | 2026-10-05 10:00
    ann         | handling   | 2026-10-05 09:30 | 2026-10-05 10:30
    ann         | hold       | 2026-10-05 10:30 | 2026-10-05 10:45
    ann         | after_work | 2026-10-05 10:45 | 2026-10-05 11:00
    ann         | break      | 2026-10-05 11:00 | 2026-10-05 11:30
    ann         | available  | 2026-10-05 11:30 | 2026-10-05 12:00
"""


def tables(**drawings: str) -> dict[str, DataFrame]:
    return {name: draw(drawing) for name, drawing in drawings.items()}


@pytest.mark.requirement("B-34")
def test_service_response_time():
    row = measured(tables(cases=CASES), "service_response_time")
    assert row["value"] == (600 + 1800) / 2  # the reply to c3 lies before its opening


@pytest.mark.requirement("B-34")
def test_service_response_time_may_be_counted_in_working_hours():
    given = tables(
        cases="""
            case_id | opened_at        | first_reply_at
            c1      | 2026-10-05 16:30 | 2026-10-06 09:30
            c2      | 2026-10-05 20:00 | 2026-10-05 21:00
            c3      | 2026-10-06 10:00 | 2026-10-06 09:00
        """,
        calendars="""
            calendar_id | date       | is_workday | start_time | end_time
            desk        | 2026-10-05 | true       | 09:00      | 17:00
            desk        | 2026-10-06 | true       | 09:00      | 17:00
        """,
    )
    given["calendars"]["date"] = pd.to_datetime(given["calendars"]["date"])
    row = measured(given, "service_response_time", clock="business")
    assert (row["value"], row["n"]) == ((30 + 30 + 0) * 60 / 2, 2)
    assert measured(given, "service_response_time")["value"] == (17 + 1) * 3600 / 2


@pytest.mark.requirement("B-35")
def test_service_efficiency():
    given = tables(cases=CASES, shifts=SHIFTS)
    assert measured(given, "service_efficiency")["value"] == 3 / PRODUCTIVE_H
    assert per("employee_id", given, "service_efficiency") == {"ann": 3 / PRODUCTIVE_H}


@pytest.mark.requirement("B-36")
def test_calls_answered():
    assert measured(tables(calls=CALLS), "calls_answered")["value"] == 1 + 1 + 1


@pytest.mark.requirement("B-36")
def test_calls_answered_per_hour():
    given = tables(calls=CALLS, shifts=SHIFTS)
    assert measured(given, "calls_answered_per_hour")["value"] == 3 / PRODUCTIVE_H


@pytest.mark.requirement("B-29")
def test_call_resolution_share():
    calls = draw(CALLS).assign(resolved=[True, False, True, False, None])
    assert measured({"calls": calls}, "call_resolution_share")["value"] == 2 / 4


@pytest.mark.requirement("B-38")
def test_average_handle_time():
    row = measured(tables(calls=CALLS), "average_handle_time")
    assert row["value"] == ((60 + 30) + (120 + 10)) / 2  # t3: work after it is unknown


@pytest.mark.requirement("B-39")
def test_service_level():
    row = measured(tables(calls=CALLS), "service_level")
    assert row["value"] == 2 / 4  # t1, t3 of t1 to t4; t5 hung up within the tolerance


@pytest.mark.requirement("B-40")
def test_abandonment_rate():
    assert measured(tables(calls=CALLS), "abandonment_rate")["value"] == 1 / 4


@pytest.mark.requirement("B-71f")
def test_speed_of_answer():
    assert measured(tables(calls=CALLS), "speed_of_answer")["value"] == (20 + 21 + 4) / 3


@pytest.mark.requirement("B-41")
def test_occupancy():
    row = measured(tables(agent_states=STATES), "occupancy")
    assert row["value"] == 1.5 / (1.5 + 1.5 + 0.5)  # free from 8:00 until handling began at 9:30


@pytest.mark.requirement("B-42")
def test_schedule_adherence():
    due = 10 - 1
    by_shifts = measured(tables(shifts=SHIFTS), "schedule_adherence")
    assert by_shifts["value"] == (8 - 1 - 1) / due  # planned break 12-13, training 14-15
    by_states = measured(tables(shifts=SHIFTS, agent_states=STATES), "schedule_adherence")
    assert by_states["value"] == (3 + 0.5) / due


@pytest.mark.requirement("B-71a")
def test_sla_met_share():
    assert measured(tables(cases=CASES), "sla_met_share")["value"] == 2 / 3


@pytest.mark.requirement("B-71d")
def test_time_to_resolve():
    row = measured(tables(cases=CASES), "time_to_resolve")
    assert (row["value"], row["n"]) == ((1 + 4 + 24) / 3, 3)


@pytest.mark.requirement("B-71d")
def test_time_to_resolve_median():
    assert measured(tables(cases=CASES), "time_to_resolve_median")["value"] == 4


@pytest.mark.requirement("B-71d")
def test_time_to_resolve_p90():
    value = measured(tables(cases=CASES), "time_to_resolve_p90")["value"]
    assert value == pytest.approx(4 + 0.8 * (24 - 4))  # rank 1 + 0.9 x 2 = 2.8 of 1, 4, 24


@pytest.mark.requirement("B-71e")
def test_cases_handled():
    assert measured(tables(cases=CASES), "cases_handled")["value"] == 1 + 1 + 1


@pytest.mark.requirement("B-39", "B-40")
def test_the_agreed_seconds_and_the_tolerance_are_rules():
    given = tables(calls=CALLS)
    assert measured(given, "service_level", service_level_s=21)["value"] == 3 / 4
    assert measured(given, "service_level", abandon_tolerance_s=4)["value"] == 2 / 5
    assert measured(given, "abandonment_rate", abandon_tolerance_s=60)["value"] == 0 / 3


@pytest.mark.requirement("B-40")
def test_a_call_that_is_recorded_as_not_abandoned_was_not():
    calls = draw(CALLS).assign(abandoned=[False, False, False, False, True])
    row = measured({"calls": calls}, "abandonment_rate")
    assert (row["numerator"], row["denominator"]) == (0, 4)


@pytest.mark.requirement("B-42")
def test_adherence_is_unknown_without_a_record_of_presence_and_before_the_day_has_come():
    given = tables(
        shifts="""
            employee_id | start_at         | end_at           | planned
            ann         | 2026-10-05 08:00 | 2026-10-05 16:00 | true
            ann         | 2026-10-06 08:00 | 2026-10-06 16:00 | true
            ann         | 2026-10-07 08:00 | 2026-10-07 16:00 | true
            bea         | 2026-10-05 08:00 | 2026-10-05 16:00 | true
            cat         | 2026-10-05 08:00 | 2026-10-05 16:00 | true
            cat         | 2026-10-05 08:00 | 2026-10-05 15:00 | false
            cat         | 2026-10-06 08:00 | 2026-10-06 15:00 | false
        """,
        agent_states="""
            employee_id | state     | start_at         | end_at
            ann         | available | 2026-10-05 07:30 | 2026-10-05 12:00
            ann         | break     | 2026-10-05 12:00 | 2026-10-05 16:00
        """,
    )
    adhered = per("employee_id", given, "schedule_adherence")
    assert adhered == {"ann": 4 / 16, "cat": 7 / 8}


@pytest.mark.requirement("B-35", "B-36")
def test_part_time_is_divided_by_its_own_hours():
    given = tables(
        calls="""
            call_id | employee_id | offered_at       | answered_at
            t1      | ann         | 2026-10-05 09:00 | 2026-10-05 09:00
            t2      | ann         | 2026-10-05 09:30 | 2026-10-05 09:30
            t3      | bea         | 2026-10-05 09:00 | 2026-10-05 09:00
        """,
        shifts="""
            employee_id | start_at         | end_at
            ann         | 2026-10-05 08:00 | 2026-10-05 16:00
            bea         | 2026-10-05 08:00 | 2026-10-05 12:00
            cat         | 2026-10-05 08:00 | 2026-10-05 12:00
        """,
    )
    hourly = per("employee_id", given, "calls_answered_per_hour")
    assert hourly == {"ann": 2 / 8, "bea": 1 / 4, "cat": 0}
