from __future__ import annotations

import pandas as pd
import pytest

from csperf.indicators import indicator_values
from csperf.practice import drawn_chat
from csperf.tables import INPUT_TABLES, check

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
