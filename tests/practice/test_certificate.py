"""Records of a course, and judges of a real contest."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from csperf.calibration import adjust, group_preference
from csperf.errors import InputError
from csperf.practice import (
    rating_accuracy,
    skating_judges,
    trainee_answers,
    training_key,
    training_records,
)


@pytest.mark.requirement("E-05")
def test_who_passes_gets_a_record_with_its_last_day_and_the_others_are_listed() -> None:
    found = rating_accuracy(trainee_answers(), training_key())
    done = training_records(found, "rating cases", "2026-10-05")
    points = found.summary.set_index("evaluator_id")["score"]
    assert done.records.to_dict("records") == [
        {
            "evaluator_id": "ada",
            "course": "rating cases",
            "taken_date": pd.Timestamp(2026, 10, 5),
            "score": points["ada"],
            "valid_until": pd.Timestamp(2027, 10, 4),
        }
    ]
    assert done.not_passed["evaluator_id"].tolist() == ["hana", "lin"]
    assert done.not_passed["reason"].tolist() == ["below", "below"]


@pytest.mark.requirement("E-05")
def test_too_few_cases_pass_nobody() -> None:
    some = trainee_answers().query("case_id <= 'c10'")
    done = training_records(rating_accuracy(some, training_key()), "short", date(2026, 10, 5))
    assert done.records.empty
    assert set(done.not_passed["reason"]) == {"too_few_cases"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"taken_date": "soon"}, "'soon' is no day; write it as"),
        ({"course": " "}, "the course has no name"),
        ({"pass_from": 120}, "pass_from is 120; give 0 to 100"),
        ({"months": 0}, "months is 0"),
    ],
)
def test_a_record_that_cannot_be_meant_is_refused(change: dict[str, object], message: str) -> None:
    found = rating_accuracy(trainee_answers(), training_key())
    asked = {"course": "rating cases", "taken_date": "2026-10-05", **change}
    with pytest.raises(InputError, match=message):
        training_records(found, **asked)  # type: ignore[arg-type]


@pytest.mark.requirement("E-04")
def test_judges_of_three_championships_give_their_own_country_more() -> None:
    """The whole data, 17 competitions, give 3.39 points; published: roughly 3.4."""
    judged = skating_judges()
    assert len(judged) == 5_175
    assert judged["evaluator_id"].nunique() == 118
    own = group_preference(judged, adjust(judged), "group").set_index("group").loc["own"]
    assert own["low"] < 3.39 < own["high"]
    assert own["low"] > 2.5


def test_no_name_of_a_judge_or_a_skater_is_shipped() -> None:
    judged = skating_judges()
    assert judged["evaluator_id"].str.fullmatch(r"j\d{3}").all()
    assert judged["employee_id"].str.fullmatch(r"p\d{3}").all()
