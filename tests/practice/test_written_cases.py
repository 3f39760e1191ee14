"""Written cases, their scale and key, and answers written down as a table."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

import csperf
from csperf.errors import InputError
from csperf.practice import (
    answer_sheet,
    bars,
    case_text,
    key_text,
    rating_accuracy,
    read_answers,
    scale_text,
    trainee_answers,
    training_cases,
    training_key,
)
from csperf.practice.cases import PRACTICE, SCALE, TEST, USES
from csperf.practice.certificate import FEWEST
from csperf.simulate import Habits, simulate_ratings

CRITERIA = ["accuracy", "feelings", "ownership", "clarity"]
NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
of_both = pytest.mark.parametrize("use", USES)


@pytest.mark.requirement("E-03")
@of_both
def test_the_cases_are_of_readable_length_and_from_five_fields(use: str) -> None:
    cases = training_cases(use)
    words = cases["text"].str.split().str.len()
    assert words.between(80, 200).all(), words[~words.between(80, 200)]
    assert cases.groupby("field").size().min() >= 4
    assert set(cases["field"]) == {"online shop", "bank", "telecom", "travel", "software"}


@pytest.mark.requirement("E-03", "E-05")
def test_there_are_24_cases_to_practise_and_enough_others_for_a_test() -> None:
    practice, test = (training_cases(use) for use in USES)
    assert training_cases().equals(practice) and training_key().equals(training_key(PRACTICE))
    assert len(practice) >= 24 and len(test) >= FEWEST
    both = pd.concat([practice, test])
    assert both["case_id"].is_unique and both["title"].is_unique and both["text"].is_unique
    with pytest.raises(InputError, match="none for 'tests'; there are practice and test"):
        training_key("tests")


@pytest.mark.requirement("E-05")
def test_no_notebook_shows_the_key_of_a_case_of_the_test() -> None:
    """Neither its reasons, in prose or in what is printed, nor code that would print them."""
    reasons = [*training_key(TEST)["reason"]]
    paths = sorted(NOTEBOOKS.rglob("*.ipynb"))
    assert len(paths) > 20
    for path in paths:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        printed = [out.get("text", []) for cell in cells for out in cell.get("outputs", [])]
        text = "".join(
            line for lines in [*(c["source"] for c in cells), *printed] for line in lines
        )
        flat = " ".join(text.split())
        assert [reason for reason in reasons if reason in flat] == [], path
        assert 'key_text("t' not in flat, path


@pytest.mark.requirement("C-07", "E-03")
def test_each_criterion_has_a_behaviour_text_for_every_point() -> None:
    scale = bars()
    assert scale["criterion_id"].unique().tolist() == CRITERIA
    assert [*scale["score"]] == [1, 2, 3, 4, 5] * len(CRITERIA)
    assert scale["behaviour"].is_unique
    assert scale["behaviour"].str.len().min() > 30


@pytest.mark.requirement("E-03")
@of_both
def test_every_case_has_a_key_and_a_reason_on_every_criterion(use: str) -> None:
    key = training_key(use)
    assert len(key) == len(training_cases(use)) * len(CRITERIA)
    assert key["score"].between(*SCALE).all()
    assert key["reason"].str.endswith(".").all()
    second = key["also"].dropna()
    assert ((second - key.loc[second.index, "score"]).abs() == 1).all()


@of_both
def test_the_key_tells_the_criteria_apart_and_uses_the_whole_scale(use: str) -> None:
    """Else neither halo nor the use of the range could be seen on it."""
    key = training_key(use)
    levels = key.groupby(["criterion_id", "score"]).size().unstack()
    assert [*levels.columns] == [1, 2, 3, 4, 5]
    assert (levels >= 2).all(axis=None)
    alike = key.pivot(index="case_id", columns="criterion_id", values="score").corr().to_numpy()
    assert (alike.sum() - 4) / 12 < 0.4


def test_the_test_has_three_cases_or_more_at_every_level_of_every_criterion() -> None:
    assert training_key(TEST).groupby(["criterion_id", "score"]).size().unstack().min().min() >= 3


@pytest.mark.requirement("E-03", "E-04")
@of_both
def test_the_stored_trainees_are_told_what_they_were_made_with(use: str) -> None:
    answers = trainee_answers(use)
    advice = rating_accuracy(answers, training_key(use), SCALE).advice
    first = advice.query("place == 1").set_index("evaluator_id")
    made = {"ada": "nothing", "hana": "halo", "lin": "lenient", "omar": "read_too_strictly"}
    assert first["code"].reindex(list(made)).to_dict() == made
    assert first.loc["omar", "criterion_id"] == "ownership"
    assert {*first.index} - {*made} == ({"otto"} if use == TEST else set())
    assert answers.groupby("evaluator_id").size().eq(len(training_key(use))).all()


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


@of_both
def test_the_empty_sheet_has_a_row_for_every_case_and_reads_as_nothing_rated(use: str) -> None:
    rows = read_answers(answer_sheet(use))
    assert len(rows) == len(training_key(use))
    assert rows["score"].isna().all()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no header; begin with case |"),
        ("name | accuracy\nc01 | 3", "no header"),
        ("case | accuracy\nc01 | 3 | 4", "line 2 has 3 cells; the header has 2"),
        ("case | accuracy\nc99 | 3", "no case 'c99'; the cases are c01 to c24 and t01 to t20"),
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
    assert case_text("t02").startswith("t02  ") and key_text("t02").startswith("accuracy  1")
    assert scale_text("feelings").count("\n") >= 5
    with pytest.raises(InputError, match=r"no case 'c0'; .*meant 'c\d\d'"):
        case_text("c0")
    with pytest.raises(InputError, match=r"no criterion 'feeling'.*meant 'feelings'"):
        scale_text("feeling")


def test_cases_and_scale_are_names_that_analysts_type() -> None:
    assert csperf.training_cases is training_cases
    assert csperf.bars is bars
