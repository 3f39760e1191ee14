"""Which evaluations are here, whom to remind, and how they were entered; worked by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pandas as pd
import pytest
from pandas import DataFrame

from csperf.params import Cycle
from csperf.practice.monitoring import (
    STANDINGS,
    Window,
    completion,
    entry_habits,
    forms_due,
    leaders,
    reminders,
    window_of,
)
from csperf.scheme import load_scheme
from csperf.tables import INPUT_TABLES

Draw = Callable[[str], DataFrame]

CYCLE = Cycle.parse("2026-05")
WINDOW = Window(date(2026, 6, 5), date(2026, 6, 10))
ASSIGNED = """
employee_id | evaluator_id | evaluator_type | invited_at       | due_at
ann         | ann          | self           | 2026-06-01T08:00 |
ann         | bea          | store_manager  | 2026-06-01T08:00 | 2026-06-08T16:00
dan         | bea          | store_manager  | 2026-06-01T08:00 |
dan         | dan          | self           | 2026-06-01T08:00 |
eve         | bea          | store_manager  | 2026-06-01T08:00 |
eve         | eve          | self           | 2026-06-01T08:00 |
"""
# ann's own view is here, her manager's came after its own day, dan's is here but for one criterion,
# dan declined, eve is rated on the evening of the last day (already the next one in UTC).
GIVEN = """
employee_id | evaluator_id | evaluator_type | criterion_id | score | status    | submitted_at
ann         | ann          | self           | service      | 80    | submitted | 2026-06-05T08:00
ann         | ann          | self           | tone         | 70    | submitted | 2026-06-05T08:05
ann         | bea          | store_manager  | service      | 75    | submitted | 2026-06-09T08:00
dan         | bea          | store_manager  | service      | 60    | submitted | 2026-06-06T08:00
dan         | bea          | store_manager  | tone         |       | missing   |
dan         | dan          | self           | service      |       | declined  | 2026-06-06T08:00
eve         | bea          | store_manager  | service      | 90    | submitted | 2026-06-11T03:30
"""
EXPECTED = """
employee_id | evaluator_type
ann         | self
ann         | store_manager
fay         | store_manager
fay         | self
"""


def frame(draw: Draw, text: str, table: str) -> DataFrame:
    return INPUT_TABLES[table].arrange(draw(text).assign(cycle_id=CYCLE.id))


@pytest.fixture
def forms(table: Draw) -> Callable[..., DataFrame]:
    """`forms(day)`: the forms as of a day of June, in New York, of all or other expected ones."""

    def of(day: int, expected: str = EXPECTED, window: Window = WINDOW) -> DataFrame:
        assigned = frame(table, ASSIGNED, "evaluation_assignments")
        given = frame(table, GIVEN, "evaluations")
        as_of = date(2026, 6, day)
        return forms_due(assigned, given, table(expected), CYCLE, window, as_of, "America/New_York")

    return of


def standing(rows: DataFrame) -> dict[str, str]:
    keys = rows["employee_id"] + " by " + rows["evaluator_type"]
    return dict(zip(keys, rows["standing"], strict=True))


@pytest.mark.requirement("F-02", "D-11")
def test_each_form_has_one_standing_on_the_day(forms):
    assert standing(forms(11)) == {
        "ann by self": "in_time",
        "ann by store_manager": "late",  # due on the 8th, here on the 9th
        "dan by self": "declined",
        "dan by store_manager": "overdue",  # one criterion is still missing
        "eve by self": "overdue",
        "eve by store_manager": "in_time",  # at half past eleven in the evening of the 10th
        "fay by self": "overdue",  # nobody had to ask her
        "fay by store_manager": "unassigned",
    }


@pytest.mark.requirement("F-02")
def test_what_came_later_is_not_known_on_the_day_that_is_looked_from(forms):
    assert standing(forms(7)) == {
        "ann by self": "in_time",
        "ann by store_manager": "open",
        "dan by self": "declined",
        "dan by store_manager": "open",
        "eve by self": "open",
        "eve by store_manager": "open",
        "fay by self": "open",
        "fay by store_manager": "unassigned",
    }
    assert standing(forms(9))["ann by store_manager"] == "late"
    assert standing(forms(8))["ann by store_manager"] == "open"


@pytest.mark.requirement("F-02")
def test_before_the_window_nobody_is_reminded_who_was_not_asked(forms, table):
    rows = forms(4)
    assert standing(rows)["fay by self"] == "not_yet"
    assert standing(rows)["eve by self"] == "open"  # asked on the 1st
    assert "fay" not in set(reminders(rows)["evaluator_id"])
    nobody = INPUT_TABLES["evaluation_assignments"].empty()
    given = INPUT_TABLES["evaluations"].empty()
    in_the_cycle = date(2026, 5, 12)
    found = forms_due(nobody, given, table(EXPECTED), CYCLE, WINDOW, in_the_cycle)
    assert standing(found) == {
        "ann by self": "not_yet",
        "ann by store_manager": "unassigned",
        "fay by self": "not_yet",
        "fay by store_manager": "unassigned",
    }
    assert reminders(found).empty


@pytest.mark.requirement("F-02")
def test_completion_counts_what_is_here_of_what_was_not_declined(forms):
    rows = forms(11).assign(team_id=lambda found: found["employee_id"].map(TEAMS))
    board = completion(rows, ["team_id", "evaluator_type"]).set_index(["team_id", "evaluator_type"])
    assert list(board.loc[("day", "self"), ["expected", *STANDINGS]]) == [2, 1, 0, 1, 0, 0, 0, 0]
    assert board.loc[("day", "self"), "share"] == 1 / (2 - 1)
    # ann's is late and dan's overdue; of two that were asked for one is here
    assert list(board.loc[("day", "store_manager"), ["late", "overdue", "share"]]) == [1, 1, 1 / 2]
    assert board.loc[("night", "store_manager"), "share"] == 1 / 2  # eve's of eve's and fay's
    assert board["expected"].sum() == len(rows) == 8
    assert board[[*STANDINGS]].to_numpy().sum() == 8


TEAMS = {"ann": "day", "dan": "day", "eve": "night", "fay": "night"}


@pytest.mark.requirement("F-02")
def test_who_has_most_overdue_is_reminded_first_and_whom_they_rate_is_not_told(forms):
    found = reminders(forms(11))
    assert found["evaluator_id"].tolist() == ["bea", "eve", "fay"]
    assert found["overdue"].tolist() == [1, 1, 1]
    assert "employee_id" not in found
    at_seven = reminders(forms(7)).set_index("evaluator_id")
    assert at_seven.loc["bea", "open"] == 3
    assert at_seven.loc["bea", "due_on"] == pd.Timestamp("2026-06-08")


@pytest.mark.requirement("F-01", "F-02")
def test_what_is_here_before_the_window_opens_is_early_only_where_an_opening_is_stated(forms):
    later = Window(date(2026, 6, 6), date(2026, 6, 10))
    assert forms(11, window=later).query("early")["employee_id"].tolist() == ["ann"]
    assert not forms(11)["early"].any()
    assert not forms(11, window=Window(None, date(2026, 6, 10)))["early"].any()


@pytest.mark.requirement("F-02")
def test_the_window_is_the_fifth_to_the_tenth_where_the_scheme_states_it():
    path = "params/schemes/{}.yaml"
    stated = window_of(load_scheme(path.format("commission_pay")), CYCLE)
    assert stated == Window(date(2026, 6, 5), date(2026, 6, 10))
    silent = window_of(load_scheme(path.format("online_shop")), CYCLE)
    assert silent == Window(None, date(2026, 6, 10))


@pytest.mark.requirement("F-06")
def test_leaders_who_have_finished_and_whether_they_are_appraised_themselves(forms, table):
    about_bea = """
    employee_id | evaluator_type
    bea         | indirect_superior
    """
    rows = pd.concat([forms(11), forms(11, about_bea).query("employee_id == 'bea'")])
    (bea,) = leaders(rows, ["store_manager"]).to_dict("records")
    assert bea == {
        "evaluator_id": "bea",
        "expected": 3,
        "here": 2,
        "declined": 0,
        "finished": False,  # dan's lacks a criterion
        "appraised_by": 1,
    }


def entered(*moments: str, due: str = "2026-06-10", evaluator: str = "bea") -> DataFrame:
    """Forms of one evaluator, a person each, entered at local moments of Shanghai."""
    at = pd.to_datetime(moments_of(moments)).dt.tz_localize("Asia/Shanghai").dt.tz_convert("UTC")
    return DataFrame(
        {
            "employee_id": [f"e{place}" for place in range(len(moments))],
            "evaluator_id": evaluator,
            "evaluator_type": "store_manager",
            "entered_at": at,
            "due_on": pd.Timestamp(due),
        }
    )


def moments_of(moments: tuple[str, ...]) -> pd.Series:
    return pd.Series([f"2026-{moment}" for moment in moments])


def habits(rows: DataFrame, flat: DataFrame | None = None) -> dict[str, float]:
    nobody = DataFrame(columns=["evaluator_id", "evaluator_type"])
    found = entry_habits(rows, nobody if flat is None else flat, "Asia/Shanghai")
    return dict(zip(found["habit"], found["minutes"].fillna(-1), strict=True))


@pytest.mark.requirement("F-06")
@pytest.mark.parametrize(
    ("moments", "found"),
    [
        # gaps of 1, 1.5 and 30 minutes: half of them are below two, over 32.5 minutes
        (
            ["06-08 09:00:00", "06-08 09:01:00", "06-08 09:02:30", "06-08 09:32:30"],
            {"hurried": 32.5},
        ),
        (["06-08 09:00", "06-08 09:05", "06-08 09:11"], {}),
        (["06-08 09:00:05", "06-08 09:00:05", "06-08 09:00:40"], {"at_once": 35 / 60}),
        (["06-10 09:00", "06-10 10:00", "06-11 09:00"], {"last_day": 24 * 60}),
        (["06-09 23:50", "06-10 10:00", "06-11 09:00"], {}),
        (["06-08 00:00", "06-08 00:00", "06-08 00:00"], {}),  # only the day is recorded
        (["06-10 00:00", "06-10 00:00", "06-10 00:00"], {"last_day": -1}),
        (["06-10 09:00:00", "06-10 09:00:10"], {}),  # two people say nothing
    ],
)
def test_how_forms_were_entered(moments, found):
    assert habits(entered(*moments)) == pytest.approx(found)


@pytest.mark.requirement("F-06")
def test_who_gave_everybody_the_same_is_told_beside(table):
    flat = DataFrame({"evaluator_id": ["bea"], "evaluator_type": ["store_manager"]})
    slowly = entered("06-08 09:00", "06-08 10:00", "06-08 11:00")
    assert list(habits(slowly, flat)) == ["same_for_all"]
    other = flat.assign(evaluator_id="cid")
    assert habits(slowly, other) == {}


@pytest.mark.requirement("F-02")
def test_renaming_people_changes_no_number(forms):
    rows = forms(11)
    new = {name: f"x{place}" for place, name in enumerate(["fay", "eve", "dan", "bea", "ann"])}
    renamed = rows.replace({"employee_id": new, "evaluator_id": new})
    by = ["evaluator_type"]
    assert completion(renamed, by).equals(completion(rows, by))
    counted = ["overdue", "open", "due_on"]
    before, after = reminders(rows)[counted], reminders(renamed)[counted]
    assert before.sort_values(counted, ignore_index=True).equals(
        after.sort_values(counted, ignore_index=True)
    )
