"""Who is appraised where, and who is only shown."""

import pandas as pd
import pytest
from drawing import draw

from csperf import Cycle, InputError, load_scheme
from csperf.appraisal import find_service_accounts, members
from csperf.params import ServiceAccounts

SHOP = load_scheme("params/schemes/online_shop.yaml")
MAY = Cycle.parse("2016-05")


def dates(frame):
    columns = [name for name in frame if name.endswith("_date")]
    return frame.assign(**{name: pd.to_datetime(frame[name]) for name in columns})


def of(assignments, **tables):
    drawn = {name: dates(draw(text)) for name, text in tables.items()}
    found = members({"assignments": dates(draw(assignments)), **drawn}, SHOP, MAY, "shop")
    return found.set_index("employee_id")


def test_a_person_belongs_to_the_team_with_most_days_of_the_cycle():
    """Edge case 17."""
    found = of("""
        employee_id | team_id | from_date  | to_date
        a           | t       | 2016-01-01 | 2016-05-11
        a           | u       | 2016-05-11 |
        b           | t       | 2016-01-01 | 2016-05-21
        b           | u       | 2016-05-21 |
    """)
    assert found["team_id"].to_dict() == {"a": "u", "b": "t"}
    assert found["eligible"].all()


def test_who_was_there_less_than_half_the_days_is_shown_and_not_ranked():
    """Edge case 19: 15 of 31 days."""
    found = of("""
        employee_id | team_id | from_date  | to_date
        a           | t       | 2016-05-17 |
        b           | t       | 2016-05-16 |
    """)
    assert found["eligible"].to_dict() == {"a": False, "b": True}
    assert found.loc["a", "reason"] == "present on 48 % of the days"


def test_presence_is_counted_in_working_days_where_a_calendar_knows_them():
    """Edge case 19: from 17 May 15 of 31 days, but 11 of the 22 from Monday to Friday."""
    teams = """
        employee_id | team_id | from_date
        a           | t       | 2016-05-17
        b           | t       | 2016-05-18
    """
    days = pd.date_range("2016-05-01", "2016-05-31")
    calendar = pd.DataFrame({"date": days, "is_workday": days.day_of_week < 5})
    two = [calendar.assign(calendar_id=name) for name in ("shop", "other")]
    rows = {"assignments": dates(draw(teams)), "calendars": pd.concat(two)}
    found = members(rows, SHOP, MAY, "shop").set_index("employee_id")
    assert found["eligible"].to_dict() == {"a": True, "b": False}
    assert found.loc["b", "reason"] == "present on 45 % of the working days"
    assert found["working_time"].to_dict() == {"a": 11 / 22, "b": 10 / 22}
    unknown = members(rows, SHOP, MAY, "third").set_index("employee_id")
    assert unknown.loc["a", "reason"] == "present on 48 % of the days", (
        "two calendars, none its own"
    )


def test_a_day_in_two_teams_is_one_day():
    """10 days in two teams are no 20 of 31."""
    found = of("""
        employee_id | team_id | from_date  | to_date    | share_pct
        a           | t       | 2016-05-01 | 2016-05-11 | 50
        a           | u       | 2016-05-01 | 2016-05-11 | 50
    """)
    assert found.loc["a", "reason"] == "present on 32 % of the days"


def test_who_was_hired_under_a_former_id_has_been_there_since_then():
    """Edge case 66: the row of the id of today begins on the day of the change."""
    found = of(
        """
        employee_id | team_id | from_date
        a           | t       | 2016-01-01
        """,
        employees="""
        employee_id | alias_of | hire_date
        old         | a        | 2016-01-01
        a           |          | 2016-05-30
        """,
    )
    assert found.loc["a", "eligible"] and found.index.to_list() == ["a"]


def test_employment_ends_on_the_last_day_of_work():
    """Edge case 20: 1 to 20 May are 20 of 31 days, so the person is still ranked."""
    found = of(
        """
        employee_id | team_id | from_date  | to_date
        a           | t       | 2016-01-01 |
        b           | t       | 2016-01-01 |
        """,
        employees="""
        employee_id | hire_date  | leave_date
        a           | 2016-01-01 | 2016-05-20
        b           | 2016-05-20 |
        """,
    )
    assert found["eligible"].to_dict() == {"a": True, "b": False}


@pytest.mark.requirement("G3")
def test_who_was_absent_for_most_of_the_cycle_is_shown_and_not_ranked():
    """Edge cases 19, 21: May has 31 days; b had 15 of them off, c 16 and d all, e was in training.

    Two absences share their common days, and what lies outside of the cycle is not counted.
    """
    found = of(
        """
        employee_id | team_id | from_date
        a           | t       | 2016-01-01
        b           | t       | 2016-01-01
        c           | t       | 2016-01-01
        d           | t       | 2016-01-01
        e           | t       | 2016-01-01
        """,
        absences="""
        employee_id | from_date  | to_date    | counts_for_eligibility
        b           | 2016-04-20 | 2016-05-11 | true
        b           | 2016-05-06 | 2016-05-16 |
        b           | 2016-06-01 | 2016-07-01 | true
        c           | 2016-05-16 |            |
        d           | 2016-04-01 | 2016-06-01 | true
        e           | 2016-05-02 | 2016-05-30 | false
        """,
    )
    assert found["eligible"].to_dict() == {"a": True, "b": True, "c": False, "d": False, "e": True}
    assert found.loc["c", "reason"] == "present on 48 % of the days"
    assert found.loc["d", "reason"] == "present on 0 % of the days"
    time = {"a": 1, "b": 16 / 31, "c": 15 / 31, "d": 0, "e": 1}
    assert found["working_time"].to_dict() == pytest.approx(time)


def test_an_absence_counts_in_working_days_and_once_in_two_teams():
    """Of the 22 working days a has 16 to 20 May, five, off; half of a's time is in each team."""
    teams = """
        employee_id | team_id | from_date  | share_pct
        a           | t       | 2016-05-01 | 50
        a           | u       | 2016-05-01 | 50
        b           | t       | 2016-05-23 | 100
    """
    off = """
        employee_id | from_date  | to_date
        a           | 2016-05-14 | 2016-05-22
        b           | 2016-05-01 | 2016-05-14
    """
    days = pd.date_range("2016-05-01", "2016-05-31")
    calendar = pd.DataFrame({"date": days, "is_workday": days.day_of_week < 5})
    rows = {"assignments": dates(draw(teams)), "absences": dates(draw(off))}
    rows["calendars"] = calendar.assign(calendar_id="shop")
    found = members(rows, SHOP, MAY, "shop").set_index("employee_id")
    assert found["working_time"].to_dict() == pytest.approx({"a": 17 / 22, "b": 7 / 22})
    assert found["eligible"].to_dict() == {"a": True, "b": False}
    assert found.loc["b", "reason"] == "present on 32 % of the working days", "off before it came"


def test_who_left_before_the_cycle_does_not_appear():
    found = of(
        """
        employee_id | team_id | from_date  | to_date
        a           | t       | 2016-01-01 | 2016-05-01
        b           | t       | 2016-01-01 |
        """
    )
    assert found.index.tolist() == ["b"]


def test_a_declared_bot_is_shown_with_its_reason_and_not_appraised():
    found = of(
        """
        employee_id | team_id | from_date
        a           | t       | 2016-01-01
        b           | t       | 2016-01-01
        """,
        employees="""
        employee_id | is_bot
        a           | true
        b           | false
        """,
    )
    assert found["eligible"].to_dict() == {"a": False, "b": True}
    assert found.loc["a", "reason"] == "service account: declared as a bot"


def test_two_people_of_one_name_are_told_apart():
    """Edge case 67."""
    found = of(
        """
        employee_id | team_id | from_date
        a           | t       | 2016-01-01
        b           | t       | 2016-01-01
        c           | t       | 2016-01-01
        """,
        employees="""
        employee_id | display_name
        a           | Kim
        b           | Kim
        c           |
        """,
    )
    assert found["display_name"].to_dict() == {"a": "Kim (a)", "b": "Kim (b)", "c": "c"}


def test_a_department_without_assignments_is_its_own_team():
    found = members(
        {
            "employees": draw("""
        employee_id | display_name
        a           | Ann
        """)
        },
        SHOP,
        MAY,
        "shop",
    )
    assert found["team_id"].tolist() == ["shop"]
    people = draw("employee_id | alias_of\nold | a\na |")
    assert members({"employees": people}, SHOP, MAY, "shop")["employee_id"].tolist() == ["a"]


def test_a_cycle_in_which_nobody_works_is_an_error_that_says_so():
    with pytest.raises(InputError, match="nobody belongs to a team between 2016-05-01 and 2016-05"):
        of("""
            employee_id | team_id | from_date
            a           | t       | 2017-01-01
        """)


def test_a_service_account_is_found_by_a_volume_beyond_a_persons():
    people = [f"p{number}" for number in range(20) for _ in range(100)]
    rule = ServiceAccounts(percentile=95, times=3, from_cases=10)

    def found(machine_cases):
        owners = people + ["machine"] * machine_cases + ["rare"]
        return find_service_accounts({"cases": pd.DataFrame({"owner_id": owners})}, rule)

    # 20 people with 100 cases and the machine: the 95th percentile is 100, three times that 300
    assert found(300) == {}
    assert list(found(301)) == ["machine"]
    assert found(301)["machine"] == (
        "service account: 301 cases, more than 3 times what 95 % of owners stay below (100)"
    )
