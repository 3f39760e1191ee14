"""Accounts and former ids of the exports count for the people of today, or for nobody."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd
import pytest
from drawing import draw
from hypothesis import given, settings
from hypothesis import strategies as st
from measuring import per
from pandas import DataFrame

from csperf.errors import InputError
from csperf.indicators import Events, indicator_values, set_aside
from csperf.indicators.identity import present_ids, users
from csperf.params import Cycle

OCTOBER = Cycle.parse("2026-10")
DAY = pd.Timestamp("2026-10-05", tz="UTC")


def handled(*opened: str, by: str = "till", **tables: str) -> dict[str, DataFrame]:
    """Cases opened at these times of 2026-10-05 under one name, with other tables beside them."""
    times = [DAY + pd.Timedelta(f"{time}:00") for time in opened]
    cases = DataFrame({"case_id": [f"c{at:%H%M}" for at in times], "opened_at": times})
    return {
        "cases": cases.assign(owner_id=by, resolved_at=times),
        **{name: draw(text) for name, text in tables.items()},
    }


def owners(tables: dict[str, DataFrame]) -> dict[str, str | None]:
    """{case: employee} as the facts see it."""
    with Events(tables) as events:
        found = events.engine.collect(events["cases"].select("case_id", "owner_id"))
    named = [None if pd.isna(owner) else owner for owner in found["owner_id"]]
    return dict(sorted(zip(found["case_id"], named, strict=True)))


def test_a_personal_account_is_its_user_in_its_period_and_nobody_outside_it():
    tables = handled(
        "08:59",
        "09:00",
        "11:59",
        "12:00",
        "17:00",
        accounts="""
            account_id | employee_id | from_at          | to_at
            till       | ann         | 2026-10-05 09:00 | 2026-10-05 12:00
            till       | bea         | 2026-10-05 12:00 | 2026-10-05 17:00
        """,
    )
    assert owners(tables) == {
        "c0859": None,
        "c0900": "ann",
        "c1159": "ann",
        "c1200": "bea",
        "c1700": None,
    }
    assert per("employee_id", tables, "cases_handled") == {"ann": 2, "bea": 1}


def test_an_account_without_dates_is_its_users_always_and_a_person_stays_a_person():
    accounts = "account_id | employee_id\ntill | ann\nstall | bea"
    assert owners(handled("03:00", accounts=accounts)) == {"c0300": "ann"}
    assert owners(handled("03:00", by="bob", accounts=accounts)) == {"c0300": "bob"}
    assert owners(handled("03:00", by="till")) == {"c0300": "till"}


SHARED = """
    account_id | employee_id | is_shared
    till       | ann         | true
    till       | bea         | true
"""
SHIFTS = """
    employee_id | start_at         | end_at           | kind  | planned
    ann         | 2026-10-05 08:00 | 2026-10-05 12:00 |       |
    bea         | 2026-10-05 11:00 | 2026-10-05 15:00 | work  | false
    bea         | 2026-10-05 13:00 | 2026-10-05 14:00 | break | false
    cy          | 2026-10-05 08:00 | 2026-10-05 20:00 |       |
    ann         | 2026-10-05 13:00 | 2026-10-05 18:00 | work  | true
"""
MOMENTS = ("07:59", "08:00", "11:00", "12:00", "13:30", "14:00", "16:00", "18:00", "19:00")
ON_SHIFT = {
    "c0759": None,  # nobody yet
    "c0800": "ann",
    "c1100": None,  # ann and bea
    "c1200": "bea",  # half-open: ann has gone
    "c1330": "ann",  # bea has a break; by the roster ann was there
    "c1400": "bea",  # as worked goes before the roster
    "c1600": "ann",  # by the roster
    "c1800": None,
    "c1900": None,  # cy is there, but no user of the account
}


def test_edge_44_a_shared_account_is_whoever_of_its_users_alone_was_on_shift():
    assert owners(handled(*MOMENTS, accounts=SHARED, shifts=SHIFTS)) == ON_SHIFT


def test_a_shared_account_without_listed_users_is_whoever_alone_was_on_shift():
    tables = handled(*MOMENTS, accounts="account_id | is_shared\ntill | true", shifts=SHIFTS)
    alone = {"c1900": "cy", "c1800": "cy", "c1600": "cy", "c1330": "cy"}
    assert owners(tables) == dict.fromkeys(ON_SHIFT) | alone


def test_two_users_at_a_time_make_an_account_shared_whatever_it_says():
    accounts = SHARED.replace("true", "false")
    assert owners(handled(*MOMENTS, accounts=accounts, shifts=SHIFTS)) == ON_SHIFT


def test_a_shared_account_of_one_user_is_nobodys_while_that_user_is_off():
    accounts = "account_id | employee_id | is_shared\ntill | ann | true"
    found = owners(handled("08:00", "12:00", accounts=accounts, shifts=SHIFTS))
    assert found == {"c0800": "ann", "c1200": None}


def test_who_is_on_shift_uses_a_shared_account_only_in_the_period_of_its_use():
    accounts = """
        account_id | employee_id | to_at            | is_shared
        till       | ann         | 2026-10-05 09:00 | true
        till       | bea         |                  | true
    """
    found = owners(handled("08:30", "11:30", accounts=accounts, shifts=SHIFTS))
    assert found == {"c0830": "ann", "c1130": "bea"}


def test_an_event_without_a_time_is_nobodys_under_an_account():
    tables = {
        "surveys": draw("survey_id | employee_id | rating\ns1 | till | 5\ns2 | ann | 4"),
        "accounts": draw("account_id | employee_id\ntill | ann"),
    }
    with Events(tables) as events:
        found = events.engine.collect(events.raw("surveys").select("survey_id", "employee_id"))
    assert found.dropna().to_numpy().tolist() == [["s2", "ann"]]


def test_edge_44_what_stays_unassigned_is_counted_with_its_share_and_its_accounts():
    tables = handled("07:00", "09:00", "11:00", accounts=SHARED, shifts=SHIFTS)
    beyond = tables["cases"].assign(
        case_id=["d1", "d2", "d3"],
        opened_at=tables["cases"]["opened_at"] + timedelta(days=40),
        resolved_at=tables["cases"]["opened_at"] + timedelta(days=40),
    )
    tables["cases"] = pd.concat([tables["cases"], beyond])
    with Events(tables) as events:
        rows = set_aside(events, OCTOBER).set_index("check")
    row = rows.loc["owner_id is an account whose user is not known (unassigned)"]
    assert row.to_list() == ["cases", 2, 2 / 3, "till"]


def test_edge_66_the_id_of_today_goes_on_through_former_ones():
    employees = """
        employee_id | alias_of
        a1          | a2
        a2          | ann
        ann         |
    """
    assert owners(handled("09:00", by="a1", employees=employees)) == {"c0900": "ann"}
    account = "account_id | employee_id\ntill | a2"
    tables = handled("09:00", employees=employees, accounts=account)
    assert owners(tables) == {"c0900": "ann"}


def test_edge_66_plans_and_teams_of_a_former_id_are_those_of_the_person_of_today():
    tables = handled(
        "09:00",
        by="ann",
        employees="employee_id | alias_of\na1 | ann\nann |",
        assignments="employee_id | team_id | from_date\na1 | A | 2026-01-01",
        targets="""
            target_id | scope    | scope_id | period_start | period_end | target
            t1        | employee | a1       | 2026-10-01   | 2026-10-31 | 310
            t2        | team     | a1       | 2026-10-01   | 2026-10-31 | 310
        """,
    )
    assert per("team_id", tables, "cases_handled") == {"A": 1}
    with Events(tables) as events:
        scopes = events.engine.collect(events.raw("targets").select("target_id", "scope_id"))
    assert dict(zip(*map(scopes.get, scopes), strict=True)) == {"t1": "ann", "t2": "a1"}


def test_ids_renamed_in_a_circle_are_refused_with_the_circle():
    employees = draw("employee_id | alias_of\na | b\nb | c\nc | b")
    with pytest.raises(InputError, match=r"column 'alias_of': a -> b -> c -> b leads back to"):
        present_ids(employees)


def test_the_account_of_a_machine_stays_a_machine():
    accounts = "account_id | is_bot\ntill | true\nnick | false"
    assert owners(handled("09:00", accounts=accounts)) == {"c0900": "till"}
    messages = draw("""
        message_id | conversation_id | sent_at          | sender   | employee_id
        m1         | v1              | 2026-10-05 09:00 | customer |
        m2         | v1              | 2026-10-05 09:01 | agent    | till
        m3         | v1              | 2026-10-05 09:02 | agent    | ann
    """)
    talks = draw("conversation_id | started_at\nv1 | 2026-10-05 09:00")
    tables = {"messages": messages, "conversations": talks, "accounts": draw(accounts)}
    assert per("employee_id", tables, "response_time_avg") == {"ann": 2 * 60}


def test_totals_of_a_day_are_whose_the_account_was_at_noon_of_the_local_day():
    tables = {
        "agent_daily": draw("""
            date       | employee_id | customers_received
            2026-10-05 | till        | 3
            2026-10-06 | till        | 5
        """),
        "accounts": draw("""
            account_id | employee_id | from_at                | to_at
            till       | ann         |                        | 2026-10-06 08:00+13:00
            till       | bea         | 2026-10-06 08:00+13:00 |
        """),
    }
    found = indicator_values(tables, indicators=["customers_received"], timezone="Pacific/Auckland")
    assert dict(zip(found["employee_id"], found["value"], strict=True)) == {"ann": 3, "bea": 5}


def test_tables_without_accounts_and_former_ids_are_left_as_they_came():
    with Events(handled("09:00", shifts=SHIFTS)) as events:
        assert events.raw("cases") is events.given("cases")


HOURS = st.lists(st.tuples(st.integers(0, 400), st.integers(1, 100)), max_size=4)


@settings(max_examples=60, deadline=None)
@given(HOURS, HOURS, st.booleans(), st.integers(0, 400), st.integers(0, 150))
def test_every_moment_has_exactly_one_answer(ann, bea, shared, first, length):
    """Weeks and pieces lie side by side, so that no event is lost or counted twice."""
    hour = 3_600_000
    spells = [("ann", *spell) for spell in ann] + [("bea", *spell) for spell in bea]
    spells = spells or [("ann", 0, 1)]
    columns = ["employee_id", "from_ms", "hours"]
    accounts = DataFrame(spells, columns=columns).astype({"from_ms": "int64"})
    accounts = accounts.assign(
        account_id="till",
        is_shared=shared,
        is_bot=False,
        from_ms=accounts["from_ms"] * hour,
        to_ms=(accounts["from_ms"] + accounts["hours"]) * hour,
    )
    shifts = accounts.rename(columns={"from_ms": "start_ms", "to_ms": "end_ms"})
    shifts = shifts.assign(kind="work", planned=False)
    edges = (first * hour, (first + length) * hour)
    found = users(accounts, shifts, edges, {})
    pieces = found[found["_week"] >= 0].sort_values("_from", ignore_index=True)
    assert (pieces["_from"].iloc[0], pieces["_to"].iloc[-1]) == (edges[0], edges[1] + 1)
    assert (pieces["_from"].iloc[1:].to_numpy() == pieces["_to"].iloc[:-1].to_numpy()).all()
    for _, _, start, _, user in pieces.itertuples(index=False):
        there = {who for who, at, hours in spells if at * hour <= start < (at + hours) * hour}
        assert user == there.pop() if len(there) == 1 else pd.isna(user)
