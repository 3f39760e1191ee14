"""Who is not appraised because of the contract, probation or a long absence."""

import pandas as pd
import pytest
from drawing import draw
from hypothesis import given
from hypothesis import strategies as st

from csperf import Cycle
from csperf.appraisal.exclusions import days_off, excluded
from csperf.scheme import Eligibility

MARCH = Cycle.parse("2026-03")
PEOPLE = """
    employee_id | employment_type | probation_end_date
    ann         | full            | 2025-12-31
    bob         | intern          |
    cho         | full            | 2026-03-31
    dee         |                 | 2026-03-30
"""
ABSENCES = """
    employee_id | from_date  | to_date    | counts_for_eligibility
    ann         | 2025-12-20 | 2026-01-11 | true
    ann         | 2026-01-06 | 2026-02-10 | true
    ann         | 2026-03-12 |            | true
    bob         | 2026-01-01 | 2026-03-31 | false
"""


def dated(text):
    frame = draw(text)
    dates = [name for name in frame if name.endswith("_date")]
    return frame.assign(**{name: pd.to_datetime(frame[name]) for name in dates})


def of(rules, absences=ABSENCES):
    flags = dated(absences)
    flags["counts_for_eligibility"] = flags["counts_for_eligibility"].astype(bool)
    tables = {"employees": dated(PEOPLE), "absences": flags}
    return excluded(["ann", "bob", "cho", "dee"], tables, Eligibility.model_validate(rules), MARCH)


def test_a_silent_scheme_appraises_everybody():
    assert of({}) == {}


@pytest.mark.requirement("G4-10", "G5")
def test_interns_are_left_out_by_a_scheme_for_full_time_staff():
    """Edge case 23; nobody recorded dee's contract, and that excludes nobody."""
    assert of({"employment_types": ("full",)}) == {
        "bob": "employment type intern: not appraised by this scheme"
    }


@pytest.mark.requirement("G5")
def test_probation_is_past_when_its_last_day_lies_before_the_last_day_of_the_cycle():
    assert of({"past_probation": True}) == {"cho": "on probation until 2026-03-31"}


@pytest.mark.requirement("G3")
def test_days_off_post_count_once_and_within_the_window():
    """Edge case 21. From 1 January: 10 + 30 (11 January to 9 February) + 20 of March = 60 days."""
    yearly = {"off_post_window": "calendar_year"}
    assert of({"off_post_days": 60, **yearly}) == {}
    assert of({"off_post_days": 59, **yearly}) == {
        "ann": "off post 60 days since 2026-01-01, more than 59"
    }
    assert of({"off_post_days": 19}) == {"ann": "off post 20 days since 2026-03-01, more than 19"}


@pytest.mark.requirement("G3")
@given(st.lists(st.tuples(st.integers(-40, 80), st.integers(0, 40)), max_size=6), st.randoms())
def test_days_off_are_the_days_of_the_union(spells, random):
    start = pd.Timestamp("2026-01-01")
    rows = [
        {"employee_id": "a", "from_date": start + pd.Timedelta(days=at), "to_date": end}
        for at, length in spells
        for end in [start + pd.Timedelta(days=at + length)]
    ]
    random.shuffle(rows)
    frame = pd.DataFrame(rows, columns=["employee_id", "from_date", "to_date"])
    frame = frame.astype({"from_date": "datetime64[us]", "to_date": "datetime64[us]"})
    covered = {day for at, length in spells for day in range(at, at + length) if 0 <= day < 59}
    found = days_off(frame, start.date(), pd.Timestamp("2026-03-01").date())
    assert found.get("a", 0) == len(covered)
