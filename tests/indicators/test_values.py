"""Groups, cycles and statuses: what a value is good for, and what has none."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from drawing import draw
from measuring import chats, measured, per
from pandas import DataFrame
from pandas.testing import assert_frame_equal

from csperf.errors import InputError
from csperf.indicators import INDICATORS, Events, indicator_values, measure, set_aside
from csperf.indicators.values import NUMBERS
from csperf.params import Cycle, Measurement

OCTOBER = Cycle.parse("2026-10")
ONE_ROUND = """
    at       | sender   | employee_id
    10:00:00 | customer |
    10:00:30 | agent    | ann
"""
OUTSIDE = "outside the cycle (not used); more than 5 %: are they the month's files?"


def cases(opened: list[str], **columns: object) -> dict[str, DataFrame]:
    """Resolved cases, each in an hour, that ann has unless `columns` say otherwise."""
    opened_at = pd.to_datetime(pd.Series(opened), utc=True, format="ISO8601")
    frame = DataFrame(
        {
            "case_id": [f"c{number}" for number in range(len(opened))],
            "owner_id": "ann",
            "opened_at": opened_at,
            "resolved_at": opened_at + pd.Timedelta(hours=1),
        }
    )
    return {"cases": frame.assign(**columns)}


def status(tables: dict, indicator: str, exported_on: date | None = None, **rules: object) -> str:
    with Events(tables, Measurement(**rules), exported_on=exported_on) as events:
        (row,) = measure(events, OCTOBER, None, [indicator]).to_dict("records")
    return row["status"]


@pytest.mark.requirement("B2")
def test_without_its_tables_an_indicator_is_not_available():
    rows = indicator_values({"teams": draw("team_id | name\n t1 | Team")}, by=None)
    assert rows["indicator_id"].tolist() == list(INDICATORS)
    assert set(rows["status"]) == {"not_available"}
    assert rows[NUMBERS].isna().all(axis=None)


@pytest.mark.parametrize("by", ["employee_id", "day", ["team_id", "week"], None])
def test_of_no_indicators_there_is_an_empty_table_of_the_same_types(shop_tables: dict, by):
    april = Cycle.parse("2016-04")
    nothing = indicator_values(shop_tables, april, by, [])
    something = indicator_values(shop_tables, april, by, ["order_amount_total"])
    assert nothing.empty and not something.empty
    assert nothing.dtypes.to_dict() == something.dtypes.to_dict()


@pytest.mark.requirement("B2")
def test_zero_denominators_are_not_computable_and_never_0_or_100(
    shop_tables: dict, service_desk: dict
):
    cases_given = service_desk["cases"].assign(resolvable_first_contact=True)
    tables, closed = {**shop_tables, "cases": cases_given}, Cycle.parse("2020-01")
    rows = indicator_values(tables, closed, by=None)
    rows = rows[rows["status"] != "not_available"]
    assert len(rows) > 25
    sums = rows["indicator_id"].map(lambda name: INDICATORS[name].kind in ("amount", "count"))
    assert set(rows.loc[~sums, "status"]) == {"not_computable"}
    assert rows.loc[~sums, ["value", "low", "high"]].isna().all(axis=None)
    counted = rows["indicator_id"].map(lambda name: not INDICATORS[name].of)
    assert (rows.loc[counted, ["numerator", "denominator"]] == 0).all(axis=None)
    assert rows.loc[sums, ["value", "status"]].drop_duplicates().to_numpy().tolist() == [
        [0, "too_few"],
        [0, "provisional"],  # an indicator that needs no smallest number
    ]


@pytest.mark.requirement("B2")
@pytest.mark.parametrize(
    ("indicator", "table", "column"),
    [
        ("items_per_customer", "orders", "items"),
        ("effective_order_share", "orders", "status"),
        ("cancelled_value", "orders", "status"),
        ("abnormal_order_share", "orders", "exception_code"),
        ("payment_share", "orders", "paid_at"),
        ("refund_share", "orders", "paid_at"),
        ("customer_unit_price", "orders", "customer_id"),
        ("inquiry_conversion", "conversations", "customer_id"),
        ("reply_rate", "conversations", "initial_agent_id"),
        ("complaint_rate", "complaints", "upheld"),
        ("customer_disputes", "complaints", "kind"),
        ("report_timeliness", "reports_due", "submitted_at"),
        ("report_authenticity", "reports_due", "audited"),
    ],
)
def test_what_the_exports_do_not_record_did_not_simply_not_happen(
    shop_tables: dict, indicator: str, table: str, column: str
):
    without = {**shop_tables, table: shop_tables[table].drop(columns=column)}
    assert measured(shop_tables, indicator)["status"] == "ok"
    assert measured(without, indicator)["status"] == "not_available"


@pytest.mark.requirement("B2")
def test_a_value_of_few_events_is_shown_as_too_few():
    tables = cases(["2026-10-01"] * 9)
    row = measured(tables, "resolution_rate", OCTOBER)
    assert (row["value"], row["n"], row["status"]) == (1, 9, "too_few")
    assert row["low"] == pytest.approx(9 / (9 + 1.959964**2))
    assert status(cases(["2026-10-01"] * 10), "resolution_rate") == "provisional"
    assert status(tables, "resolution_rate", n_min={"resolution_rate": 9}) == "provisional"
    assert status(tables, "time_to_resolve") == "too_few"


@pytest.mark.requirement("B2")
@pytest.mark.parametrize(
    ("exported_on", "expected"),
    [
        (date(2026, 10, 30), "provisional"),
        (date(2026, 10, 31), "ok"),
        (date(2026, 11, 30), "ok"),
        (None, "provisional"),
    ],
)
def test_a_value_is_provisional_until_the_data_reach_the_last_day_of_the_cycle(
    exported_on: date | None, expected: str
):
    assert status(cases(["2026-10-01"] * 10), "resolution_rate", exported_on) == expected


@pytest.mark.requirement("B2")
def test_maturity_days_lengthen_the_time_that_a_value_is_provisional():
    tables = cases(["2026-10-01"] * 10)
    for day, expected in ((6, "provisional"), (7, "ok")):
        assert status(tables, "first_contact_resolution", date(2026, 11, day)) == expected
    longer = {"maturity_days": {"first_contact_resolution": 8}}
    assert status(tables, "first_contact_resolution", date(2026, 11, 7), **longer) == "provisional"


@pytest.mark.requirement("B2")
def test_without_a_day_of_export_the_data_end_with_the_latest_event():
    tables = cases(["2026-10-01"] * 10 + ["2026-10-30T23:30"])  # resolved on the 31st
    assert status(tables, "resolution_rate") == "ok"
    planned = {"reports_due": draw("report_id | due_at\n w1 | 2026-12-31")}
    assert status({**cases(["2026-10-01"] * 10), **planned}, "resolution_rate") == "provisional"


@pytest.mark.requirement("B2")
def test_a_cycle_holds_the_local_days_from_its_first_until_before_its_end():
    edges = ["2026-09-30T15:59:59", "2026-09-30T16:00", "2026-09-30T23:59:59", "2026-10-01T00:00"]
    edges += ["2026-10-31T15:59:59", "2026-10-31T16:00", "2026-11-01T06:59:59", "2026-11-01T07:00"]
    tables = cases(edges)
    for zone, inside in (("UTC", 3), ("Asia/Shanghai", 4), ("America/Los_Angeles", 3)):
        assert measured(tables, "cases_handled", OCTOBER, timezone=zone)["value"] == inside
    days = per("day", tables, "cases_handled", timezone="America/Los_Angeles")
    epoch = date(1970, 1, 1)
    assert days == {
        (date(2026, 9, 30) - epoch).days: 4,
        (date(2026, 10, 31) - epoch).days: 3,
        (date(2026, 11, 1) - epoch).days: 1,
    }


@pytest.mark.requirement("B2")
def test_a_day_of_23_hours_shortens_no_wait():
    tables = chats("""
        at                  | sender   | employee_id
        2026-03-29 00:59:30 | customer |
        2026-03-29 01:00:10 | agent    | ann
    """)  # 01:59:30 and 03:00:10 in Berlin
    assert measured(tables, "response_time_avg", timezone="Europe/Berlin")["value"] == 40


def test_weeks_are_counted_from_the_first_of_the_cycle_and_the_last_may_be_short():
    tables = cases([f"2026-10-{day:02d}" for day in (1, 7, 8, 14, 15, 21, 22, 28, 29, 31)])
    assert per("week", tables, "cases_handled", OCTOBER) == {1: 2, 2: 2, 3: 2, 4: 2, 5: 2}


def test_who_moved_is_counted_with_the_team_of_the_day():
    tables = cases(
        ["2026-10-04", "2026-10-09T23:59", "2026-10-10", "2026-10-20", "2026-11-02"],
        owner_id=["ann", "ann", "ann", "ann", "bea"],
    )
    tables["assignments"] = draw("""
        employee_id | team_id | from   | to
        ann         | early   | 10-05  | 10-10
        ann         | late    | 10-10  |
        bea         | early   | 09-01  | 11-02
    """)
    tables["assignments"] = tables["assignments"].assign(
        from_date=lambda rows: pd.to_datetime("2026-" + rows["from"]),
        to_date=lambda rows: pd.to_datetime("2026-" + rows["to"]),
    )
    assert per("team_id", tables, "cases_handled") == {"early": 1, "late": 2}
    both = indicator_values(tables, by=["team_id", "employee_id"], indicators=["cases_handled"])
    assert both[["team_id", "employee_id", "value"]].to_numpy().tolist() == [
        ["early", "ann", 1],
        ["late", "ann", 2],
    ]
    assert per("employee_id", tables, "cases_handled") == {"ann": 4, "bea": 1}


def test_somebody_entered_twice_in_a_team_is_counted_once():
    tables = cases(["2026-10-04", "2026-10-05"])
    tables["assignments"] = DataFrame(
        {
            "employee_id": "ann",
            "team_id": "early",
            "from_date": pd.to_datetime(["2026-09-01", "2026-10-05"]),
        }
    )
    assert per("team_id", tables, "cases_handled") == {"early": 2}


def test_groups_without_events_of_a_kind_have_nothing_computable():
    tables = {**chats(ONE_ROUND), **cases(["2026-10-05"], owner_id="bea")}
    rows = indicator_values(tables, indicators=["resolution_rate", "response_time_avg"])
    assert rows[["employee_id", "indicator_id", "status"]].to_numpy().tolist() == [
        ["ann", "resolution_rate", "not_computable"],
        ["ann", "response_time_avg", "too_few"],
        ["bea", "resolution_rate", "too_few"],
        ["bea", "response_time_avg", "not_computable"],
    ]
    assert rows["value"].dropna().tolist() == [30, 1]


def test_rows_that_nobody_owns_are_in_the_whole_but_in_nobodys_value():
    tables = cases(["2026-10-05"] * 3, owner_id=["ann", None, None])
    assert per("employee_id", tables, "cases_handled") == {"ann": 1}
    assert measured(tables, "cases_handled")["value"] == 3


def test_set_aside_counts_what_is_in_nobodys_value():
    tables = cases(
        ["2026-10-05", "2026-10-06", "2026-09-30", "2026-11-20"],
        owner_id=["ann", None, "ann", "ann"],
    )
    with Events(tables) as events:
        counted = set_aside(events, OCTOBER)
    assert counted[["table", "check", "count", "share"]].to_numpy().tolist() == [
        ["cases", OUTSIDE, 2, 2 / 4],
        ["cases", "belongs to no employee (in nobody's value)", 1, 1 / 2],
    ]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"indicators": ["reply_rat"]}, "no indicator 'reply_rat'; there are inquiry_conversion, "),
        ({"by": "agent"}, "cannot group by 'agent'; by takes employee_id, team_id, department_id"),
        ({"by": "week"}, "cannot group by 'week'; weeks are counted from the first day of a cycle"),
        ({"by": ["team_id"]}, "cannot group by 'team_id'; the table assignments says"),
    ],
)
def test_what_cannot_be_meant_is_refused(asked: dict, message: str):
    with pytest.raises(InputError, match=message):
        indicator_values(chats(ONE_ROUND), **asked)


def test_values_come_in_the_declared_columns_sorted_by_group_and_catalogue(shop_tables: dict):
    names = ["reply_rate", "cancelled_value", "inquiry_conversion"]
    rows = indicator_values(
        shop_tables, by=["team_id", "week"], cycle=Cycle.parse("2016-04"), indicators=names
    )
    assert list(rows) == [
        "team_id", "week", "indicator_id", "value", "n", "low", "high", "unit", "status",
        "numerator", "denominator",
    ]  # fmt: skip
    assert rows["indicator_id"].tolist() == names * 2 * 5
    assert rows["team_id"].is_monotonic_increasing
    assert rows.loc[rows["team_id"] == "pre-sales", "week"].unique().tolist() == [1, 2, 3, 4, 5]


def test_measuring_twice_gives_the_same_to_the_last_bit(shop_tables: dict):
    first, second = (indicator_values(shop_tables) for _ in range(2))
    assert_frame_equal(first, second, check_exact=True)
