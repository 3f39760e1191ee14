"""Written cases, their scale and key, and answers written down as a table."""

from __future__ import annotations

import pandas as pd
import pytest

import csperf
from csperf.errors import InputError
from csperf.practice import (
    answer_sheet,
    bars,
    case_text,
    rating_accuracy,
    read_answers,
    scale_text,
    trainee_answers,
    training_cases,
    training_key,
)
from csperf.practice.cases import SCALE
from csperf.simulate import Habits, simulate_ratings

CRITERIA = ["accuracy", "feelings", "ownership", "clarity"]


@pytest.mark.requirement("E-03")
def test_there_are_at_least_twenty_cases_of_readable_length_from_five_fields() -> None:
    cases = training_cases()
    assert len(cases) >= 20
    assert cases["case_id"].is_unique and cases["title"].is_unique
    words = cases["text"].str.split().str.len()
    assert words.between(80, 200).all(), words[~words.between(80, 200)]
    assert cases.groupby("field").size().min() >= 4
    assert set(cases["field"]) == {"online shop", "bank", "telecom", "travel", "software"}


@pytest.mark.requirement("C-07", "E-03")
def test_each_criterion_has_a_behaviour_text_for_every_point() -> None:
    scale = bars()
    assert scale["criterion_id"].unique().tolist() == CRITERIA
    assert [*scale["score"]] == [1, 2, 3, 4, 5] * len(CRITERIA)
    assert scale["behaviour"].is_unique
    assert scale["behaviour"].str.len().min() > 30


@pytest.mark.requirement("E-03")
def test_every_case_has_a_key_and_a_reason_on_every_criterion() -> None:
    key = training_key()
    assert len(key) == len(training_cases()) * len(CRITERIA)
    assert key["score"].between(*SCALE).all()
    assert key["reason"].str.endswith(".").all()
    second = key["also"].dropna()
    assert ((second - key.loc[second.index, "score"]).abs() == 1).all()


def test_the_key_tells_the_criteria_apart_and_uses_the_whole_scale() -> None:
    """Else neither halo nor the use of the range could be seen on it."""
    wide = training_key().pivot(index="case_id", columns="criterion_id", values="score")
    assert (wide.nunique() == 5).all()
    alike = wide.corr().to_numpy()
    assert (alike.sum() - 4) / 12 < 0.4


@pytest.mark.requirement("E-03", "E-04")
def test_the_stored_trainees_are_told_what_they_were_made_with() -> None:
    answers = trainee_answers()
    advice = rating_accuracy(answers, training_key(), SCALE).advice
    first = advice.query("place == 1").set_index("evaluator_id")["code"]
    assert first.to_dict() == {"ada": "nothing", "hana": "halo", "lin": "lenient"}
    assert answers.groupby("evaluator_id").size().eq(len(training_key())).all()


def test_on_the_shipped_cases_each_habit_is_told_as_itself() -> None:
    """Leniency leaves less room at the upper end, which is not to be taken for a narrow range."""
    habits = {"lenient": Habits(severity=-0.8), "central": Habits(stretch=0.5)}
    habits |= {"halo": Habits(halo=0.8), "nothing": Habits()}
    names = {f"{name}{n}": habit for name, habit in habits.items() for n in range(10)}
    ratings = simulate_ratings(training_key(), names, 77)
    advice = rating_accuracy(ratings, training_key(), SCALE).advice
    told = advice[advice["code"] != "look_again"]
    as_made = told["code"] == told["evaluator_id"].str[:-1]
    assert as_made.sum() >= 39
    assert (~as_made).sum() <= 2


def test_answers_are_read_from_a_table() -> None:
    rows = read_answers(
        """
        case | accuracy | clarity
        c01  | 5        | 4
        c02  |          | 3
    """,
        "me",
    )
    assert rows["evaluator_id"].unique().tolist() == ["me"]
    wide = rows.pivot(index="case_id", columns="criterion_id", values="score")
    assert wide.loc["c01"].to_dict() == {"accuracy": 5, "clarity": 4}
    assert pd.isna(wide.loc["c02", "accuracy"])


def test_the_empty_sheet_has_a_row_for_every_case_and_reads_as_nothing_rated() -> None:
    rows = read_answers(answer_sheet())
    assert len(rows) == len(training_key())
    assert rows["score"].isna().all()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no header; begin with case |"),
        ("name | accuracy\nc01 | 3", "no header"),
        ("case | accuracy\nc01 | 3 | 4", "line 2 has 3 cells; the header has 2"),
        ("case | accuracy\nc99 | 3", "no case 'c99'; the cases are c01 to c24"),
        ("case | accuracy\nc01 | 3\nc01 | 4", "case 'c01' stands there twice"),
        ("case | acuracy\nc01 | 3", "no criterion 'acuracy'"),
        ("case | accuracy\nc01 | 7", "column 'accuracy': '7' is no score; give 1 to 5"),
        ("case | accuracy\nc01 | good", "'good' is no score"),
    ],
)
def test_answers_that_cannot_be_meant_are_refused(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message.replace("|", r"\|")):
        read_answers(text)


def test_a_case_and_a_scale_are_shown_as_they_are_read() -> None:
    assert case_text("c02").startswith("c02  A card for the trip abroad (bank, chat)\nKnown: ")
    assert scale_text("feelings").count("\n") >= 5
    with pytest.raises(InputError, match=r"no case 'c0'; .*meant 'c\d\d'"):
        case_text("c0")
    with pytest.raises(InputError, match=r"no criterion 'feeling'.*meant 'feelings'"):
        scale_text("feeling")


def test_cases_and_scale_are_names_that_analysts_type() -> None:
    assert csperf.training_cases is training_cases
    assert csperf.bars is bars
