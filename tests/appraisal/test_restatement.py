"""What another run of a cycle changed, and the scheme that a cycle is bound to."""

import pandas as pd
import pytest
from drawing import draw
from hypothesis import given, settings
from hypothesis import strategies as st

from csperf import Cycle
from csperf.appraisal.restatement import check_frozen, differences, restated, same_results
from csperf.errors import CsperfError
from csperf.scheme import Scheme

frame_equal = pd.testing.assert_frame_equal
MAY = Cycle.parse("2016-05")


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


@pytest.mark.requirement("G0-3")
@pytest.mark.parametrize(
    ("table", "column", "value", "same"),
    [
        ("proposals", "status", "approved", True),
        ("proposals", "amount", -150.0, False),
        ("proposals", "action", "warning", False),
        ("appraisals", "score", 83 + 83e-10, True),
        ("appraisals", "score", 83 + 83e-8, False),
        ("appraisals", "grade", "excellent", False),
        ("appraisals", "provisional", True, True),
        ("indicator_values", "denominator", 11.0, False),
        ("indicator_values", "status", "provisional", True),
    ],
)
def test_numbers_grades_and_actions_make_another_result_and_a_sign_off_does_not(
    table, column, value, same
):
    values = draw("""
    employee_id | team_id | indicator_id | value | numerator | denominator | status
    e1          | a       | reply_rate   | 0.5   | 5         | 10          | ok
    """)
    proposals = BEFORE["proposals"].assign(status="proposed")
    people = BEFORE["appraisals"].assign(provisional=False)
    before = {"appraisals": people, "proposals": proposals, "indicator_values": values}
    cells = [value, *before[table][column][1:]]
    after = {**before, table: before[table].assign(**{column: cells})}
    assert same_results(before, after) is same
    assert same_results(before, {**before, table: before[table].iloc[::-1]})
    assert not same_results(before, {**before, table: before[table].iloc[1:]})


def scheme(version, title="S"):
    part = {"indicator": "reply_rate", "weight": 100, "scoring": {"method": "rating"}}
    return Scheme.model_validate({"id": "s", "title": title, "version": version, "score": [part]})


DEVIATION = pd.DataFrame(
    {"at": [pd.Timestamp("2016-06-01T08:00Z")], "kind": "edit", "reason": "why", "by": "hr1"}
)


@pytest.mark.requirement("G0-3")
def test_a_cycle_keeps_the_version_of_its_scheme_until_a_change_is_recorded():
    history = pd.DataFrame({"cycle_id": ["2016-05"], "scheme_id": ["s"], "scheme_version": ["1"]})
    check_frozen(history, scheme("1"), MAY)
    check_frozen(history, scheme("2"), Cycle.parse("2016-06"))
    with pytest.raises(CsperfError) as caught:
        check_frozen(history, scheme("2"), MAY)
    assert str(caught.value) == (
        "cycle 2016-05: was appraised by s version 1, not s version 2; "
        "record a deviation of kind rule_change with new = 2 to restate it"
    )
    change = DEVIATION.assign(kind="rule_change", cycle_id="2016-05", old="1", new="2")
    check_frozen(history, scheme("2"), MAY, change)
    for other in ({"cycle_id": "2016-06"}, {"new": "3"}, {"kind": "edit"}):
        with pytest.raises(CsperfError):
            check_frozen(history, scheme("2"), MAY, change.assign(**other))


@pytest.mark.requirement("G0-3")
def test_a_scheme_with_the_same_version_and_other_content_is_another_scheme():
    first, second = scheme("1"), scheme("1", title="T")
    history = pd.DataFrame({"cycle_id": ["2016-05"], "scheme_id": ["s"], "scheme_version": ["1"]})
    published = {"scheme_id": "s", "scheme_version": "1", "scheme_sha256": first.sha256}
    check_frozen(history, first, MAY, published=published)
    check_frozen(history, second, MAY, published={**published, "scheme_version": "0"})
    for known in (history, history.iloc[:0]):
        with pytest.raises(CsperfError) as caught:
            check_frozen(known, second, MAY, published=published)
        new = second.sha256[:16]
        assert str(caught.value) == (
            f"cycle 2016-05: was appraised by s version 1 with hash {first.sha256[:16]}, "
            f"not hash {new}; record a deviation of kind rule_change with new = {new} to restate it"
        )
    change = DEVIATION.assign(kind="rule_change", cycle_id="2016-05", new=new)
    check_frozen(history, second, MAY, change, published)
    with pytest.raises(CsperfError):
        check_frozen(history, second, MAY, change.assign(new="1"), published)
    check_frozen(history.iloc[:0], second, MAY)
