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
    assert (time["value"], time["n"]) == ((1 + 4.5 + 240) / 3, 3)
    assert measured(tables, "time_to_resolve_median", OCTOBER)["value"] == 4.5
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


@pytest.mark.requirement("B-30")
def test_gross_first_contact_resolution_judges_every_case():
    tables = cases("""
        case_id | opened_at  | resolved_at | resolvable_first_contact
        c1      | 2026-10-01 | 2026-10-01  | true
        c2      | 2026-10-01 | 2026-10-01  | false
        c3      | 2026-10-01 |             | false
        c4      | 2026-10-10 | 2026-10-10  |
    """)
    for rule, judged, settled in (("net", 1, 1), ("gross", 3, 2)):
        row = measured(tables, "first_contact_resolution", first_contact=rule)
        assert (row["numerator"], row["denominator"]) == (settled, judged)


@pytest.mark.requirement("B-30")
def test_a_customer_who_comes_back_on_the_same_issue_was_not_helped_at_first():
    tables = cases("""
        case_id | customer_id | issue_type | opened_at  | resolved_at
        c1      | k1          | invoice    | 2026-10-01 | 2026-10-01
        c2      | k1          | invoice    | 2026-10-04 | 2026-10-04
        c3      | k1          | login      | 2026-10-02 | 2026-10-02
        c4      | k2          | invoice    | 2026-10-02 | 2026-10-02
        c5      |             | invoice    | 2026-10-02 | 2026-10-02
        c6      |             | invoice    | 2026-10-03 | 2026-10-03
        c7      | k1          |            | 2026-10-20 | 2026-10-20
    """)
    row = measured(tables, "first_contact_resolution")  # all but c1; c7 is too young
    assert (row["numerator"], row["denominator"]) == (5, 6)
    assert measured(tables, "first_contact_resolution", contact_window_days=2)["numerator"] == 6


@pytest.mark.requirement("B-29", "B-71d")
def test_closing_is_not_resolving_and_a_case_reopened_since_is_open():
    tables = cases("""
        case_id | opened_at        | resolved_at      | reopened_at      | resolved
        c1      | 2026-10-01 00:00 | 2026-10-01 02:00 |                  |
        c2      | 2026-10-01 00:00 | 2026-10-01 09:00 |                  | false
        c3      | 2026-10-01 00:00 | 2026-10-01 09:00 | 2026-10-02 00:00 |
        c4      | 2026-10-01 00:00 | 2026-10-03 00:00 | 2026-10-02 00:00 |
        c5      | 2026-10-01 00:00 | 2026-09-30 00:00 |                  |
    """)
    assert measured(tables, "resolution_rate")["value"] == 3 / 5
    assert measured(tables, "time_to_resolve")["value"] == (2 + 48) / 2  # c5 ends before it began


@pytest.mark.requirement("B-35")
def test_cases_per_hour_are_counted_on_the_day_they_were_resolved():
    tables = cases("""
        case_id | owner_id | opened_at  | resolved_at
        c1      | ann      | 2026-09-29 | 2026-10-01
        c2      | ann      | 2026-09-30 | 2026-10-01
        c3      | ann      | 2026-10-31 | 2026-11-01
    """)
    tables["shifts"] = draw("""
        employee_id | start_at         | end_at
        ann         | 2026-10-01 08:00 | 2026-10-01 12:00
        ann         | 2026-11-01 08:00 | 2026-11-01 10:00
    """)
    assert measured(tables, "service_efficiency", OCTOBER)["value"] == 2 / 4


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


@pytest.mark.requirement("B-35")
def test_a_night_shift_stays_on_the_day_it_began_even_around_a_break():
    tables = cases("case_id | opened_at | resolved_at\n c1 | 2026-10-31 | 2026-10-31")
    tables["shifts"] = draw("""
        employee_id | start_at         | end_at           | kind
        ann         | 2026-10-31 22:00 | 2026-11-01 02:00 | work
        ann         | 2026-11-01 02:00 | 2026-11-01 02:30 | break
        ann         | 2026-11-01 02:30 | 2026-11-01 06:00 | work
        ann         | 2026-11-01 22:00 | 2026-11-02 06:00 | work
    """)
    hours = measured(tables, "service_efficiency", OCTOBER)["denominator"]
    assert hours == 4 + 3.5


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
    assert (on_time["numerator"], on_time["denominator"]) == (2, 4)  # w5 is due in November
    assert (true["numerator"], true["denominator"]) == (1, 2)
    assert (quality["value"], quality["n"]) == ((80 + 65 + 70) / 3, 3)


@pytest.mark.requirement("B-71a", "B-71b", "B-71d")
def test_all_incidents_of_the_real_log(service_desk: Tables):
    names = ["sla_met_share", "reopen_rate", "time_to_resolve_median", "resolution_rate"]
    names += ["time_to_resolve", "time_to_resolve_p90", "reassignments_mean"]
    rows = indicator_values(service_desk, by=None, indicators=names).set_index("indicator_id")
    assert rows.loc["sla_met_share", "n"] == 24_918
    assert rows["value"].round(4).to_dict() == {
        "sla_met_share": 0.6342,
        "reopen_rate": 0.0110,
        "time_to_resolve_median": pytest.approx(22.1, abs=0.05),
        "resolution_rate": pytest.approx(1 - 1556 / 24_918, abs=5e-5),
        "time_to_resolve": pytest.approx(178.171582, abs=5e-5),
        "time_to_resolve_p90": pytest.approx(381.548333, abs=5e-5),
        "reassignments_mean": pytest.approx(0.939642, abs=5e-5),
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
    middle = measured(service_desk, "time_to_resolve_median", month)["value"]
    assert round(middle, 2) == hours
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
