from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from csperf.indicators import indicator_values
from csperf.params import Cycle
from csperf.practice import drawn_chat, drawn_months
from csperf.practice.feedback import feedback_grid
from csperf.scheme import load_scheme
from csperf.tables import INPUT_TABLES, check

ROOT = Path(__file__).parents[1]
OPENING = ("10:10:15 customer", "10:15:20 customer", "10:18:10 agent")


def wait(*messages: str) -> list[float]:
    """Mean response time in seconds and share of rounds answered within 180 s."""
    asked = ["response_time_avg", "response_within_t"]
    return list(indicator_values(drawn_chat(*messages), by=None, indicators=asked)["value"])


def test_a_drawn_chat_gives_the_numbers_of_the_published_example() -> None:
    assert wait(*OPENING) == [475, 0]
    assert wait(*OPENING, "10:18:30 customer", "10:19:00 agent") == [(475 + 30) / 2, 1 / 2]


def test_a_bot_in_a_drawn_chat_ends_no_round() -> None:
    assert wait("10:00:00 customer", "10:00:01 bot", "10:00:50 agent") == [50, 1]


def test_a_drawn_chat_is_an_input_as_declared() -> None:
    chat = drawn_chat(*OPENING)
    for name, frame in chat.items():
        assert len(check(frame, INPUT_TABLES[name]).frame) == len(frame)
    assert chat["conversations"]["started_at"][0] == pd.Timestamp("2026-10-01 10:10:15Z")
    assert chat["messages"]["employee_id"].fillna("").tolist() == ["", "", "agent"]


@pytest.mark.parametrize("message", ["10:10:15", "10:10:15 nobody", "customer 10:10:15 late"])
def test_a_drawn_chat_names_what_is_no_message(message: str) -> None:
    with pytest.raises(ValueError, match=f"'{message}' is no message: write one such as"):
        drawn_chat("10:00:00 customer", message)


def test_a_drawn_chat_needs_a_message_with_a_real_time() -> None:
    with pytest.raises(ValueError, match="is no message"):
        drawn_chat()
    with pytest.raises(ValueError, match="25:00:00"):
        drawn_chat("25:00:00 customer")


@pytest.mark.requirement("H-03")
def test_drawn_months_are_results_with_the_months_before_as_history() -> None:
    scheme = load_scheme(ROOT / "params" / "schemes" / "five_grades.yaml")
    made = drawn_months({"ann": [80, 90], "ben": [60, 40]}, scheme, Cycle.parse("2016-01"))
    people = made["appraisals"].set_index("employee_id")
    assert people["score"].to_dict() == {"ann": 90, "ben": 40}
    assert people["low"].to_dict() == {"ann": 86, "ben": 36}
    assert people["grade"].to_dict() == {"ann": "good", "ben": "urgent_improvement"}
    before = made["history"].set_index("employee_id")
    assert before["value"].to_dict() == {"ann": 80, "ben": 60}
    assert {*before["cycle_id"]} == {"2015-12"}  # the month before, over the end of a year
    grid = feedback_grid(**made, scheme=scheme, cycle=Cycle.parse("2016-01"))
    assert grid["trend"].tolist() == ["rising", "falling"]
