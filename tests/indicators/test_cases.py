"""Cases and reports in drawn tables, and the known numbers of the real incident log."""

from __future__ import annotations

import pandas as pd
import pytest
from drawing import draw
from measuring import measured, per
from pandas import DataFrame

from csperf.indicators import Events, set_aside
from csperf.indicators.values import indicator_values
from csperf.params import Cycle
from csperf.sources import Tables

OCTOBER = Cycle.parse("2026-10")
RAW_LOG = "params/data/service-desk/incident_event_log.parquet"


def cases(drawing: str) -> dict[str, DataFrame]:
    return {"cases": draw(drawing)}


@pytest.mark.requirement("B-29", "B-71d", "B-71e")
def test_unresolved_cases_count_against_resolution_and_are_left_out_of_the_time():
    tables = cases("""
        case_id | owner_id | opened_at        | resolved_at
        c1      | ann      | 2026-10-01 00:00 | 2026-10-01 01:00
        c2      | ann      | 2026-10-01 00:00 | 2026-10-01 04:30
        c3      | ann      | 2026-10-31 23:00 | 2026-11-10 23:00
        c4      | ann      | 2026-10-01 00:00 |
        c5      | ann      | 2026-11-01 00:00 | 2026-11-01 00:30
    """)
    time = measured(tables, "time_to_resolve", OCTOBER)
    assert (time["value"], time["n"]) == (4.5, 3)
    assert time["numerator"] / time["denominator"] == (1 + 4.5 + 240) / 3
    assert measured(tables, "resolution_rate", OCTOBER)["value"] == 3 / 4
    assert measured(tables, "cases_handled", OCTOBER)["value"] == 3


@pytest.mark.requirement("B-30")
def test_first_contact_resolution_counts_a_reopened_or_passed_on_case_against_its_resolver():
    tables = cases("""
        case_id | owner_id | opened_at  | resolved_at | n_contacts | n_reopened | n_reassigned
        c1      | ann      | 2026-10-01 | 2026-10-02  | 1          | 0          | 0
        c2      | ann      | 2026-10-01 | 2026-10-02  |            | 0          | 0
        c3      | ann      | 2026-10-01 | 2026-10-02  | 2          | 0          | 0
        c4      | ann      | 2026-10-01 | 2026-10-02  | 1          | 1          | 0
        c5      | ann      | 2026-10-01 | 2026-10-02  | 1          | 0          | 1
        c6      | ann      | 2026-10-01 |             | 1          | 0          | 0
        c7      | ann      | 2026-10-09 | 2026-10-09  | 1          | 0          | 0
    """)
    row = measured(tables, "first_contact_resolution", contact_window_days=3)
    assert (row["numerator"], row["denominator"]) == (2, 6)


@pytest.mark.requirement("B-30")
def test_cases_younger_than_the_contact_window_or_not_resolvable_at_once_are_not_judged():
    tables = cases("""
        case_id | opened_at        | resolved_at      | resolvable_first_contact
        c1      | 2026-10-01 00:00 | 2026-10-01 01:00 | true
        c2      | 2026-10-01 00:00 | 2026-10-01 01:00 | false
        c3      | 2026-10-03 23:59 | 2026-10-04 01:00 |
        c4      | 2026-10-04 00:00 | 2026-10-04 01:00 | true
        c5      | 2026-10-10 00:00 | 2026-10-10 01:00 | true
    """)
    assert measured(tables, "first_contact_resolution")["denominator"] == 2  # c1, c3
    assert measured(tables, "first_contact_resolution", contact_window_days=6)["denominator"] == 3
    with Events(tables) as events:
        counted = set_aside(events, OCTOBER).set_index("check")["count"]
    assert counted["not yet judged for first contact (left out)"] == 3


@pytest.mark.requirement("B-71a", "B-71b", "B-71c")
def test_what_is_not_recorded_of_a_case_is_left_out():
    tables = cases("""
        case_id | opened_at  | sla_met | n_reopened | n_reassigned
        c1      | 2026-10-01 | true    | 0          | 3
        c2      | 2026-10-01 | false   | 2          | 0
        c3      | 2026-10-01 |         |            | 1
    """)
    assert measured(tables, "sla_met_share")["value"] == 1 / 2
    assert measured(tables, "reopen_rate")["value"] == 1 / 2
    assert measured(tables, "reassignment_rate")["value"] == 2 / 3


@pytest.mark.requirement("B-58", "B-59", "B-60")
def test_reports_are_judged_on_time_truth_and_quality():
    tables = {
        "reports_due": draw("""
            report_id | due_at           | submitted_at     | audited | authentic | quality_score
            w1        | 2026-10-04 20:00 | 2026-10-04 20:00 | true    | true      | 80
            w2        | 2026-10-11 20:00 | 2026-10-11 20:01 | true    | false     | 65
            w3        | 2026-10-18 20:00 |                  | false   |           |
            w4        | 2026-10-25 20:00 | 2026-10-24 09:00 | false   | true      | 70
            w5        | 2026-11-01 20:00 | 2026-10-31 09:00 | true    | true      | 10
        """)
    }
    on_time, true, quality = (
        measured(tables, name, OCTOBER)
        for name in ("report_timeliness", "report_authenticity", "report_quality")
    )
    assert (on_time["numerator"], on_time["denominator"]) == (2, 4)
    assert (true["numerator"], true["denominator"]) == (1, 2)
    assert (quality["value"], quality["n"]) == ((80 + 65 + 70) / 3, 3)


@pytest.mark.requirement("B-71a", "B-71b", "B-71d")
def test_all_incidents_of_the_real_log(service_desk: Tables):
    names = ["sla_met_share", "reopen_rate", "time_to_resolve", "resolution_rate"]
    rows = indicator_values(service_desk, by=None, indicators=names).set_index("indicator_id")
    assert rows.loc["sla_met_share", "n"] == 24_918
    assert rows["value"].round(4).to_dict() == {
        "sla_met_share": 0.6342,
        "reopen_rate": 0.0110,
        "time_to_resolve": pytest.approx(22.1, abs=0.05),
        "resolution_rate": pytest.approx(1 - 1556 / 24_918, abs=5e-5),
    }
    assert rows.loc["time_to_resolve", "denominator"] == 24_918 - 1556


@pytest.mark.requirement("B-71a", "B-71d")
@pytest.mark.parametrize(
    ("cycle", "incidents", "sla_met", "hours", "unresolved"),
    [
        ("2016-03", 8995, 0.3986, 71.18, 774),
        ("2016-04", 7934, 0.7670, 4.33, 447),
        ("2016-05", 7508, 0.7752, 2.90, 316),
    ],
)
def test_incidents_of_the_real_log_by_cycle(
    service_desk: Tables, cycle: str, incidents: int, sla_met: float, hours: float, unresolved: int
):
    month = Cycle.parse(cycle)
    sla = measured(service_desk, "sla_met_share", month)
    assert (sla["n"], round(sla["value"], 4)) == (incidents, sla_met)
    assert round(measured(service_desk, "time_to_resolve", month)["value"], 2) == hours
    resolved = measured(service_desk, "resolution_rate", month)
    assert resolved["denominator"] - resolved["numerator"] == unresolved


@pytest.mark.requirement("B-71a")
def test_trap_the_running_sla_flag_of_all_rows_says_93_5_per_cent(service_desk: Tables):
    """The log's flag is true until it is broken, so every event but the last flatters."""
    raw = pd.read_parquet(RAW_LOG)
    naive = (raw["made_sla"].str.lower() == "true").mean()
    assert len(raw) == 141_712
    assert round(naive, 3) == 0.935
    assert measured(service_desk, "sla_met_share")["value"] < naive - 0.3


@pytest.mark.requirement("B-71e")
def test_by_resolver_the_cases_of_the_real_log_add_up_to_those_with_a_known_resolver(
    service_desk: Tables,
):
    handled = per("employee_id", service_desk, "cases_handled", column="numerator")
    rows = service_desk["cases"]
    known = rows["owner_id"].notna()
    assert len(handled) == rows["owner_id"].nunique() == 216
    assert sum(handled.values()) == (known & rows["resolved_at"].notna()).sum()
