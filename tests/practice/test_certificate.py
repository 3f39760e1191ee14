"""Records of a course, and judges of a real contest."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from pandas import DataFrame

from csperf.calibration import adjust, group_preference
from csperf.errors import InputError
from csperf.params import Cycle
from csperf.practice import (
    RatingAccuracy,
    rating_accuracy,
    skating_judges,
    trainee_answers,
    training_key,
    training_records,
    untrained,
)
from csperf.practice.cases import SCALE, TEST


def of_the_test() -> RatingAccuracy:
    """What the stored trainees gave in the test."""
    return rating_accuracy(trainee_answers(TEST), training_key(TEST), SCALE)


@pytest.mark.requirement("E-05")
def test_who_passes_gets_a_record_with_its_last_day_and_the_others_are_listed() -> None:
    found = of_the_test()
    done = training_records(found, "rating cases", "2026-10-05")
    points = found.summary.set_index("evaluator_id")["score"]
    assert done.records.query("evaluator_id == 'ada'").to_dict("records") == [
        {
            "evaluator_id": "ada",
            "course": "rating cases",
            "taken_date": pd.Timestamp(2026, 10, 5),
            "score": points["ada"],
            "valid_until": pd.Timestamp(2027, 10, 4),
        }
    ]
    assert {"hana", "lin"} <= {*done.not_passed["evaluator_id"]}
    assert {*done.not_passed["reason"]} == {"below"}
    assert {*done.not_passed["evaluator_id"], *done.records["evaluator_id"]} == {*points.index}


@pytest.mark.requirement("E-05")
def test_who_knows_the_key_of_the_practice_by_heart_does_not_pass_by_it() -> None:
    """Full points there make no record, and the test asks for cases that nobody remembers."""
    by_heart = training_key()[["case_id", "criterion_id", "score"]].assign(evaluator_id="otto")
    practised = rating_accuracy(by_heart, training_key(), SCALE)
    assert practised.summary["score"].tolist() == [100]
    with pytest.raises(InputError, match=r"cases of practice \(c01, c02, c03\).*own"):
        training_records(practised, "rating cases", "2026-10-05")
    done = training_records(of_the_test(), "rating cases", "2026-10-05")
    assert "otto" in [*done.not_passed["evaluator_id"]]


@pytest.mark.requirement("E-05")
def test_one_case_of_practice_among_those_of_the_test_is_refused() -> None:
    key = pd.concat([training_key(TEST), training_key().query("case_id == 'c13'")])
    mixed = rating_accuracy(key.assign(evaluator_id="otto"), key, SCALE)
    with pytest.raises(
        InputError, match=r"cases of practice \(c13\), whose key everybody has seen"
    ):
        training_records(mixed, "rating cases", "2026-10-05")


@pytest.mark.requirement("E-05")
def test_cases_of_ones_own_may_have_the_ids_of_those_of_practice() -> None:
    """c01 to c20 with the key of t01 to t20."""
    key = training_key(TEST)
    key = key.assign(case_id=key["case_id"].str.replace("t", "c"))
    own = rating_accuracy(key.assign(evaluator_id="ada"), key, SCALE)
    assert len(training_records(own, "rating cases", "2026-10-05").records) == 1


@pytest.mark.requirement("E-05")
def test_the_records_of_a_test_are_what_the_check_of_trained_evaluators_asks_for() -> None:
    """Ada and Hana rate in October; only Ada passed, until 4 October 2027."""
    given = DataFrame({"evaluator_id": ["ada", "ada", "hana"], "evaluator_type": "manager"})
    nobody = training_records(of_the_test(), "rating cases", "2026-10-05", pass_from=100).records
    done = training_records(of_the_test(), "rating cases", "2026-10-05").records
    lacking = ["evaluator_id", "n", "lacking"]
    for records, cycle, found in (
        (nobody, "2026-10", [["ada", 2, "no_record"], ["hana", 1, "no_record"]]),
        (done, "2026-10", [["hana", 1, "no_record"]]),
        (done, "2027-10", [["ada", 2, "expired"], ["hana", 1, "no_record"]]),
    ):
        rows = untrained(given, records, Cycle.parse(cycle))
        assert rows[lacking].to_numpy().tolist() == found


@pytest.mark.requirement("E-05")
def test_too_few_cases_pass_nobody() -> None:
    some = trainee_answers(TEST).query("case_id <= 't10'")
    found = rating_accuracy(some, training_key(TEST))
    done = training_records(found, "short", date(2026, 10, 5))
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
    found = of_the_test()
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
