"""Corrections as data, what a restated run changed, and the log of what was not planned."""

from datetime import date
from functools import cache

import pandas as pd
import pytest
from drawing import draw
from hypothesis import given, settings
from hypothesis import strategies as st

from csperf import Cycle
from csperf.appraisal.corrections import (
    check_frozen,
    corrected,
    deviation_log,
    differences,
    restated,
)
from csperf.errors import InputError
from csperf.scheme import Scheme
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
        "corrections, row 1: corrects a cell that another row corrects at the same time; "
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
        "evaluations, as corrected, row 1, column 'score': 105 is above 100; "
        "give points from 0 to 100"
    )
    (line,) = lines(("employees", "employee_id=e2", "employee_id", "e2", "e1"))
    assert "employees, as corrected, row 1, column 'employee_id'" in line


@pytest.mark.parametrize("column", ["reason", "by"])
def test_a_correction_needs_a_reason_and_a_name(column):
    with pytest.raises(InputError, match=f"corrections, row 0, column '{column}'"):
        corrected(TABLES, correct(SCORE).assign(**{column: " "}))


BEFORE = {
    "appraisals": draw("""
    employee_id | score | rank | grade
    e1          | 83    | 2    | good
    e2          | 81.5  | 3    | good
    e3          | 90    | 1    | good
    """),
    "proposals": draw("""
    employee_id | rule_id | action    | amount | status
    e2          | last    | deduction | -100   | approved
    e3          | first   | bonus     | 100    | approved
    """),
    "pay": draw("""
    employee_id | line  | amount
    e3          | total | 3100
    """),
}
AFTER = {
    "appraisals": draw("""
    employee_id | score | rank | grade
    e1          | 97    | 1    | excellent
    e2          | 81.5  | 3    | good
    e3          | 90    | 2    | good
    """),
    "proposals": draw("""
    employee_id | rule_id | action    | amount | status
    e2          | last    | deduction | -100   | proposed
    e1          | first   | bonus     | 100    | proposed
    """),
    "pay": draw("""
    employee_id | line  | amount
    e3          | total | 3000
    """),
}


def shown_in(frames):
    """Appraisals as published have every column."""
    whole = {name: frame.copy() for name, frame in frames.items()}
    for name in ("distribution_grade", "level", "state"):
        whole["appraisals"][name] = None
    return whole


@pytest.mark.requirement("I-08", "F-04")
def test_a_restated_run_shows_who_moved_and_that_approved_money_is_not_taken_back():
    """Edge cases 72 and 73: the appeal of e1 was upheld, 83 became 97; e3 is no longer first."""
    found = restated(shown_in(BEFORE), shown_in(AFTER), about=["e1"])
    rows = found.set_index(["employee_id", "subject", "quantity"]).sort_index()
    assert set(found["employee_id"]) == {"e1", "e3"}
    assert found.loc[found["corrected"], "employee_id"].unique().tolist() == ["e1"]
    score = found[found["quantity"] == "score"].iloc[0]
    assert (score["old"], score["new"], score["difference"]) == ("83", "97", 97 - 83)
    grade = found[found["quantity"] == "grade"].iloc[0]
    assert (grade["old"], grade["new"]) == ("good", "excellent") and pd.isna(grade["difference"])
    ranks = found[found["quantity"] == "rank"].set_index("employee_id")["difference"]
    assert dict(ranks) == {"e1": 1 - 2, "e3": 2 - 1}
    gone = rows.loc[("e3", "first", "amount")]
    assert gone["old"] == "100" and pd.isna(gone["new"]) and gone["kept"]
    gained = rows.loc[("e1", "first", "amount")]
    assert pd.isna(gained["old"]) and gained["new"] == "100" and not gained["kept"]
    assert pd.isna(rows.loc[("e3", "total", "amount"), "kept"]), "nobody said it was approved"
    assert rows.loc[("e3", "total", "amount"), "difference"] == 3000 - 3100
    assert found["kept"].isna().sum() == 1


@pytest.mark.parametrize("status", ["proposed", "rejected"])
def test_money_that_nobody_approved_is_simply_gone(status):
    before = BEFORE["proposals"].assign(status=status)
    found = differences(before, AFTER["proposals"], ["employee_id", "rule_id"], ["amount"])
    assert found["kept"].to_list() == [False, False]


def test_a_deduction_that_falls_away_is_no_money_taken_back():
    none = AFTER["proposals"].iloc[:0]
    found = differences(BEFORE["proposals"], none, ["employee_id", "rule_id"], ["amount"])
    assert dict(zip(found["employee_id"], found["kept"], strict=True)) == {"e2": False, "e3": True}


def test_the_same_run_has_no_differences():
    assert restated(shown_in(BEFORE), shown_in(BEFORE)).empty


@settings(max_examples=50, deadline=None)
@given(st.permutations(range(3)), st.permutations(range(3)))
def test_the_order_of_the_results_changes_nothing(one, other):
    key, columns = ["employee_id"], ["score", "rank", "grade"]
    before, after = BEFORE["appraisals"], AFTER["appraisals"]
    frame_equal(
        differences(before.iloc[one], after.iloc[other], key, columns),
        differences(before, after, key, columns),
    )


def scheme(version):
    part = {"indicator": "reply_rate", "weight": 100, "scoring": {"method": "rating"}}
    return Scheme.model_validate({"id": "s", "title": "S", "version": version, "score": [part]})


@pytest.mark.requirement("G0-3")
def test_a_cycle_keeps_the_version_of_its_scheme_until_a_change_is_recorded():
    history = pd.DataFrame({"cycle_id": ["2016-05"], "scheme_id": ["s"], "scheme_version": ["1"]})
    check_frozen(history, scheme("1"), MAY)
    check_frozen(history, scheme("2"), Cycle.parse("2016-06"))
    with pytest.raises(InputError) as caught:
        check_frozen(history, scheme("2"), MAY)
    assert caught.value.lines() == [
        "cycle 2016-05: was appraised by s version 1, not s version 2; "
        "record a deviation of kind rule_change with new = 2 to restate it"
    ]
    change = DEVIATION.assign(kind="rule_change", cycle_id="2016-05", old="1", new="2")
    check_frozen(history, scheme("2"), MAY, change)
    for other in ({"cycle_id": "2016-06"}, {"new": "3"}, {"kind": "edit"}):
        with pytest.raises(InputError):
            check_frozen(history, scheme("2"), MAY, change.assign(**other))


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
    for column in ("notice_date", "decision"):
        with pytest.raises(InputError, match="deviations, row 0: a special circumstance without"):
            logged(flood.drop(columns=column))


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
