"""Corrections as data, and the log of what was not planned."""

from datetime import date
from functools import cache

import pandas as pd
import pytest
from drawing import draw
from hypothesis import given, settings
from hypothesis import strategies as st

from csperf import Cycle
from csperf.appraisal.corrections import corrected, deviation_log, people_corrected
from csperf.errors import InputError
from csperf.sources import Tables
from csperf.tables import INPUT_TABLES, quality_frame
from csperf.tables.decisions import CORRECTIONS, DEVIATIONS, SIGN_OFFS

frame_equal = pd.testing.assert_frame_equal
MAY = Cycle.parse("2016-05")


def given_table(name, text, **same):
    """An input table in its declared types, some columns the same in all rows."""
    table = INPUT_TABLES[name]
    drawn = draw(text).assign(**same)
    return table.arrange(drawn)[[column for column in table.names if column in drawn]]


TABLES = {
    "evaluations": given_table(
        "evaluations",
        """
        employee_id | evaluator_id | evaluator_type | criterion_id | score | submitted_at
        e1          | e1           | self           | service      | 90    | 2016-06-09T08:00Z
        e1          | m1           | manager        | service      | 60    | 2016-06-10T08:00Z
        e2          | m1           | manager        | service      |       |
        """,
        cycle_id="2016-05",
        round=1,
    ),
    "employees": given_table(
        "employees",
        """
        employee_id | display_name | hire_date  | fte | is_bot
        e1          | Ann          | 2015-01-01 | 1   | false
        e2          | Bo           | 2015-02-01 | 0.5 | false
        """,
    ),
}
MANAGER = "employee_id=e1; evaluator_type=manager"


def correct(*rows):
    """Corrections given as (table, key, column, old, new), one a minute."""
    frame = pd.DataFrame(rows, columns=["table", "key", "column", "old", "new"])
    minutes = pd.to_timedelta(range(len(frame)), unit="min")
    return frame.assign(
        reason="typed wrongly", by="hr1", at=pd.Timestamp("2016-06-20T08:00Z") + minutes
    )


SCORE = ("evaluations", MANAGER, "score", "60", "80")
CELLS = [
    SCORE,
    ("evaluations", "employee_id=e2", "score", None, "75.5"),
    ("evaluations", "employee_id=e2", "submitted_at", None, "2016-06-10T10:00+02:00"),
    ("evaluations", MANAGER, "employee_id", "e1", "e3"),
    ("employees", "employee_id=e1", "display_name", "Ann", "Anne"),
    ("employees", "employee_id=e1", "hire_date", "2015-01-01", "2014-12-31"),
    ("employees", "employee_id=e2", "fte", "0.5", None),
    ("employees", "employee_id=e2", "is_bot", "false", "true"),
]


def lines(*rows, **named):
    with pytest.raises(InputError) as caught:
        corrected(TABLES, correct(*rows), **named)
    return caught.value.lines()


def test_a_correction_changes_its_cell_in_a_copy_and_is_counted():
    found = corrected(TABLES, correct(SCORE))
    assert found["evaluations"]["score"].fillna(-1).to_list() == [90, 80, -1]
    assert TABLES["evaluations"]["score"].fillna(-1).to_list() == [90, 60, -1]
    (row,) = found.quality.to_dict("records")
    assert row == {
        "table": "evaluations",
        "check": "score corrected, as the corrections say (kept)",
        "count": 1,
        "share": 1 / 3,
        "example_ids": "2016-05/e1/m1/manager/service/1/2016-06-10 08:00:00+00:00",
    }


def test_what_was_counted_before_and_the_files_stay():
    known = quality_frame([{"table": "employees", "check": "odd (kept)", "count": 1}])
    found = corrected(Tables(dict(TABLES), known, ("file",)), correct(SCORE))
    assert list(found.quality["table"]) == ["employees", "evaluations"]
    assert found.files == ("file",)


def test_every_type_is_read_as_its_column_is_declared():
    found = corrected(TABLES, correct(*CELLS))
    people = found["employees"].set_index("employee_id")
    assert people.loc["e1", "display_name"] == "Anne"
    assert people.loc["e1", "hire_date"] == pd.Timestamp("2014-12-31")
    assert pd.isna(people.loc["e2", "fte"]) and people.loc["e2", "is_bot"]
    scores = found["evaluations"]
    assert scores.loc[2, "submitted_at"] == pd.Timestamp("2016-06-10T08:00Z")
    assert scores.loc[1, ["employee_id", "score"]].to_list() == ["e3", 80]
    for name in TABLES:
        assert found[name].dtypes.to_dict() == TABLES[name].dtypes.to_dict()


def test_no_corrections_change_nothing():
    found = corrected(TABLES, correct())
    assert found.quality.empty and found.keys() == TABLES.keys()
    for name in TABLES:
        frame_equal(found[name], TABLES[name])


@cache
def all_corrected():
    return corrected(TABLES, correct(*CELLS))


@settings(max_examples=20, deadline=None)
@given(st.permutations(CELLS), st.booleans())
def test_corrections_of_different_cells_may_come_in_any_order(cells, upwards):
    """The first one is made first; the rows of the table stand downwards or upwards."""
    found = corrected(TABLES, correct(*cells).iloc[:: -1 if upwards else 1])
    for name in TABLES:
        frame_equal(found[name], all_corrected()[name])
    frame_equal(found.quality, all_corrected().quality)


def test_corrections_may_come_in_two_goes():
    first = corrected(TABLES, correct(*CELLS[4:]))
    found = corrected(first, correct(*CELLS[:4]))
    for name in TABLES:
        frame_equal(found[name], all_corrected()[name])


def test_a_cell_may_be_corrected_again():
    twice = correct(SCORE, ("evaluations", MANAGER, "score", "80", "85"))
    found = corrected(TABLES, twice.iloc[::-1])
    assert found["evaluations"].loc[1, "score"] == 85
    assert found.quality["count"].to_list() == [1]


def test_two_corrections_of_one_cell_at_the_same_time_are_refused():
    rows = correct(SCORE, ("evaluations", f"{MANAGER}; round=1", "score", "60", "70"))
    with pytest.raises(InputError) as caught:
        corrected(TABLES, rows.assign(at=rows["at"].iloc[0]))
    assert caught.value.lines() == [
        "corrections, row 1: corrects a cell that row 0 corrects at the same time; "
        "keep the one that counts"
    ]


@pytest.mark.parametrize(
    ("row", "line"),
    [
        (
            ("evaluations", MANAGER, "score", "61", "80"),
            "column 'old': score is 60, not 61; give what stands there",
        ),
        (
            ("evaluations", MANAGER, "score", None, "80"),
            "column 'old': score is 60, not nothing; give what stands there",
        ),
        (
            ("evaluations", "employee_id=e2", "score", "60", "80"),
            "column 'old': score is nothing, not 60; give what stands there",
        ),
        (
            ("evaluation", MANAGER, "score", "60", "80"),
            "column 'table': no table 'evaluation'; "
            "there are evaluations, employees (meant 'evaluations'?)",
        ),
        (
            ("employees", "employee_id=e1", "dispay_name", "Ann", "Anne"),
            "column 'column': employees has no column 'dispay_name'; there are employee_id, "
            "display_name, hire_date, fte, is_bot (meant 'display_name'?)",
        ),
        (
            ("employees", "employe_id=e1", "fte", "1", "0.5"),
            "column 'key': employees has no 'employe_id'; there are employee_id, "
            "display_name, hire_date, fte, is_bot (meant 'employee_id'?)",
        ),
        (
            ("employees", "e1", "fte", "1", "0.5"),
            "column 'key': 'e1' is no key; write column=value; column=value",
        ),
        (
            ("employees", "employee_id=e9", "fte", "1", "0.5"),
            "column 'key': no rows of employees have employee_id=e9; "
            "name one row, by employee_id=...",
        ),
        (
            ("employees", "is_bot=false", "fte", "1", "0.5"),
            "column 'key': 2 rows of employees have is_bot=false; name one row, by employee_id=...",
        ),
        (
            ("evaluations", MANAGER, "score", "60", "8,5"),
            "column 'new': '8,5' is not a number; write a plain number such as 8.5",
        ),
        (
            ("evaluations", "employee_id=e2", "submitted_at", None, "2016-06-10T10:00"),
            "column 'new': '2016-06-10T10:00' is not a time; "
            "it names no time zone: declare timezone: in the params",
        ),
    ],
)
def test_a_correction_that_does_not_fit_says_what_is_there_and_what_would_do(row, line):
    assert lines(row) == [f"corrections, row 0{', ' if line.startswith('column') else ''}{line}"]


def test_every_correction_that_does_not_fit_is_listed():
    assert len(lines(SCORE, *[(*SCORE[:3], "61", "80")] * 2)) == 2


def test_a_corrected_table_still_keeps_its_rules():
    (line,) = lines(("evaluations", MANAGER, "score", "60", "105"))
    assert line == (
        "corrections, row 0: as corrected, evaluations, row 1, column 'score': 105 is above 100; "
        "give points from 0 to 100"
    )
    (line,) = lines(("employees", "employee_id=e2", "employee_id", "e2", "e1"))
    assert "corrections, row 0: as corrected, employees, row 1, column 'employee_id'" in line


def test_the_people_whose_records_of_the_cycle_were_corrected_are_known():
    rows = correct(SCORE, ("evaluations", "employee_id=e2", "employee_id", "e2", "e3"))
    assert people_corrected(TABLES, rows, MAY) == {"e1", "e2", "e3"}
    assert people_corrected(TABLES, rows, Cycle.parse("2016-06")) == set()
    master = correct(("employees", "employee_id=e2", "fte", "0.5", "1"))
    assert people_corrected(TABLES, master, MAY) == {"e2"}
    assert people_corrected(TABLES, correct(), MAY) == set()
    cases = given_table("cases", "case_id | owner_id | n_reopened\nc1 | e4 | 1\nc2 | | 1")
    rows = correct(*[("cases", f"case_id={id}", "n_reopened", "1", "0") for id in ("c1", "c2")])
    assert people_corrected({"cases": cases}, rows, MAY) == {"e4"}


@pytest.mark.parametrize("column", ["reason", "by"])
def test_a_correction_needs_a_reason_and_a_name(column):
    with pytest.raises(InputError, match=f"corrections, row 0, column '{column}'"):
        corrected(TABLES, correct(SCORE).assign(**{column: " "}))


DEVIATION = pd.DataFrame(
    {"at": [pd.Timestamp("2016-06-01T08:00Z")], "kind": "edit", "reason": "why", "by": "hr1"}
)
NOTHING = {"corrections": CORRECTIONS.empty(), "sign_offs": SIGN_OFFS.empty()}


def logged(deviations=None, **tables):
    given = {"evaluations": TABLES["evaluations"], **NOTHING, **tables}
    named = {name: given.pop(name) for name in ("window_end", "timezone") if name in given}
    rows = DEVIATIONS.empty() if deviations is None else deviations
    return deviation_log(rows, **given, **named)


@pytest.mark.requirement("F-04")
def test_the_log_lists_changes_overrides_edits_and_late_evaluations_in_one_order():
    sign_offs = draw("""
    employee_id | rule_id | decision  | changed_to | at
    e1          | first   | confirmed |            | 2016-06-25T08:00Z
    e2          | last    | rejected  |            | 2016-06-25T08:01Z
    e2          |         | changed   | good       | 2016-06-25T08:02Z
    """).assign(cycle_id="2016-05", reviewer="hr2", reason="was ill")
    target = DEVIATION.assign(
        kind="rule_change", table="targets", key="target_id=t1", column="target", old="90", new="85"
    )
    found = logged(
        target,
        corrections=correct(SCORE),
        sign_offs=sign_offs,
        window_end=date(2016, 6, 8),
    )
    assert found[["kind", "what", "who", "why"]].fillna("").to_numpy().tolist() == [
        ["rule_change", "targets target_id=t1 target '90' -> '85'", "hr1", "why"],
        ["late", "evaluations self: 1 scores, 1 days late", "e1", ""],
        ["late", "evaluations manager: 1 scores, 2 days late", "m1", ""],
        ["edit", f"evaluations {MANAGER} score '60' -> '80'", "hr1", "typed wrongly"],
        ["override", "last rejected", "hr2", "was ill"],
        ["override", "grade changed to good", "hr2", "was ill"],
    ]
    assert found["at"].is_monotonic_increasing
    assert found["employee_id"].fillna("").to_list() == ["", "e1", "e1", "", "e2", "e2"]


@pytest.mark.requirement("F-04")
def test_lateness_counts_in_the_days_of_the_zone():
    late = (
        TABLES["evaluations"]
        .iloc[:1]
        .assign(submitted_at=pd.Timestamp("2016-06-10T16:30Z").as_unit("us"))
    )
    window = {"evaluations": late, "window_end": date(2016, 6, 10)}
    assert logged(**window).empty
    assert list(logged(**window, timezone="Asia/Shanghai")["kind"]) == ["late"]


@pytest.mark.requirement("F-11")
def test_a_special_circumstance_has_its_day_of_notice_and_its_decision():
    flood = DEVIATION.assign(
        kind="special_circumstance",
        cycle_id="2016-05",
        notice_date=pd.Timestamp("2016-05-28"),
        decision="appraised with June",
    )
    (row,) = logged(flood).to_dict("records")
    assert row["what"] == "notice 2016-05-28 appraised with June"
    assert (row["cycle_id"], row["who"], row["why"]) == ("2016-05", "hr1", "why")
    with pytest.raises(InputError, match="deviations, row 0: a special circumstance without"):
        logged(flood.drop(columns="notice_date"))


@pytest.mark.requirement("F-11")
def test_a_special_circumstance_that_nobody_has_decided_about_yet_stands_in_the_log():
    flood = DEVIATION.assign(
        kind="special_circumstance", notice_date=pd.Timestamp("2016-05-28"), decision=None
    )
    assert list(logged(flood)["what"]) == ["notice 2016-05-28"]


@pytest.mark.requirement("G4-9")
@pytest.mark.parametrize("kind", ["false_information", "no_cooperation"])
def test_false_information_and_refusal_are_recorded_and_nothing_else(kind):
    found = logged(DEVIATION.assign(kind=kind, employee_id="e1"))
    assert found[["kind", "employee_id", "who", "why"]].to_numpy().tolist() == [
        [kind, "e1", "hr1", "why"]
    ]
    with pytest.raises(InputError, match="'hundred_points' is not known"):
        logged(DEVIATION.assign(kind="hundred_points"))


def test_nothing_that_went_off_plan_is_an_empty_log():
    assert logged().empty and list(logged().columns)[:5] == ["at", "kind", "what", "who", "why"]
