"""Conversations and their messages, laid out round by round: questions, then an answer."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from pandas import DataFrame, Series, concat

from csperf.simulate.rules import DAY, HOUR, Calendar, Rules, ids
from csperf.simulate.staff import BOT

SHIFTS = ((9, 18), (18, 22.5))  # hours in which conversations start; teams take them in turn


def draw_chats(
    rng: Generator, staff: DataFrame, calendar: Calendar, n: int, rules: Rules
) -> DataFrame:
    """One row a conversation, in order of `started_at`, still without its end.

    Beyond the public columns: `customer` and the people `first` and `last` to answer (numbers),
    the number of `rounds`, whether the last round stays `unanswered` and the whole chat without
    a human reply (`lost`), who greets, and how long the window stays open (`lingers`, seconds).
    """
    team = rng.choice(staff["team"], n)
    started = _start_times(rng, team, calendar)
    at_work = (
        (staff["team"].to_numpy() == team[:, None])
        & (staff["from_s"].to_numpy() <= started[:, None])
        & (started[:, None] < staff["until_s"].to_numpy())
    )
    first = _one_of(rng, at_work)
    at_work[np.arange(n), first] = False
    colleague = _one_of(rng, at_work)
    bot_only = rng.random(n) < rules.bot_only
    rounds = np.where(bot_only, 1, 1 + rng.poisson(1.6, n))
    unanswered = bot_only | (rng.random(n) < staff["unanswered"].to_numpy()[first])
    handed_over = (rng.random(n) < rules.handed_over) & (rounds > 1) & ~unanswered
    bot = bot_only | (rng.random(n) < rules.bot_first)
    customer = np.repeat(np.arange(n), rng.choice([1, 2, 3], n, p=[0.6, 0.3, 0.1]))[:n]
    chats = DataFrame(
        {
            "team_id": staff["team_id"].to_numpy()[first],
            "channel": rng.choice(["web", "app"], n, p=[0.3, 0.7]),
            "customer": customer,
            "customer_id": customer_ids(customer),
            "started_at": started,
            "kind": rng.choice(["pre_sales", "in_sales", "after_sales"], n, p=[0.8, 0.08, 0.12]),
            "initial_agent_id": staff["employee_id"].to_numpy()[first],
            "first": first,
            "last": np.where(handed_over, colleague, first),
            "rounds": rounds,
            "unanswered": unanswered,
            "lost": unanswered & (rounds == 1),
            "bot": bot,
            "greeting": ~bot & (rng.random(n) < rules.auto_greeting),
            "lingers": rng.integers(10, 180, n),
        }
    )
    chats = chats.sort_values("started_at", kind="stable", ignore_index=True)
    return chats.assign(conversation_id=ids("v", n, 6))


def customer_ids(numbers: NDArray[np.int64]) -> list[str]:
    """Ids of customers, from their numbers counted from 0."""
    return [f"c{number + 1:06d}" for number in numbers]


def _start_times(rng: Generator, team: NDArray[np.int64], calendar: Calendar) -> NDArray[np.int64]:
    opens, closes = (np.array(hours)[team % len(SHIFTS)] for hours in zip(*SHIFTS, strict=True))
    day = rng.integers(0, (calendar.end - calendar.start) // DAY, len(team))
    clock = HOUR * (opens + (closes - opens) * rng.random(len(team)))
    return calendar.start + DAY * day + clock.astype(np.int64)


def _one_of(rng: Generator, allowed: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Pick one of the allowed columns for each row, all with the same chance; there must be one."""
    return np.where(allowed, rng.random(allowed.shape), -1.0).argmax(axis=1)


def draw_rounds(
    rng: Generator, chats: DataFrame, staff: DataFrame, calendar: Calendar, rules: Rules
) -> DataFrame:
    """One row a round: chat, number, who should answer, start, seconds to the reply, messages.

    A round starts after the last message of the one before, so that the measured response time of
    a round is exactly its `response`.
    """
    chat = np.repeat(chats.index, chats["rounds"])
    whole = chats.loc[chat].reset_index(drop=True)
    n = len(whole)
    number = Series(chat).groupby(chat).cumcount().to_numpy()
    agent = np.where(2 * number < whole["rounds"], whole["first"], whole["last"])
    answered = ~(whole["unanswered"] & (number == whole["rounds"] - 1)).to_numpy()
    changed = (staff["team"].to_numpy()[agent] == 0) & (whole["started_at"] >= calendar.change)
    log_mean = staff["log_response_mean"].to_numpy()[agent] + rules.response_change * changed
    seconds = np.exp(rng.normal(log_mean, rules.response_log_sd))
    response = np.maximum(1, np.rint(seconds)).astype(np.int64)
    second_reply = np.where(answered & (rng.random(n) < 0.25), rng.integers(3, 30, n), 0)
    length = response + second_reply + 1 + rng.exponential(45, n).astype(np.int64)
    before = length.cumsum() - length
    start = whole["started_at"] + before - before[number == 0].repeat(chats["rounds"])
    return DataFrame(
        {
            "chat": chat,
            "number": number,
            "agent": agent,
            "answered": answered,
            "start": start,
            "response": response,
            "second_reply": second_reply,
            "questions": rng.choice([1, 2, 3], n, p=[0.7, 0.25, 0.05]),
        }
    )


def draw_messages(
    rng: Generator, chats: DataFrame, rounds: DataFrame, staff: DataFrame
) -> DataFrame:
    """Table messages, with `chat` beside it, in order of conversation and time."""
    agent = Series(staff["employee_id"].to_numpy()[rounds["agent"]])
    opening = rounds["number"] == 0
    bot, greeting = (chats[name].to_numpy()[rounds["chat"]] for name in ("bot", "greeting"))
    taken_over = ~opening & (rounds["agent"] != rounds["agent"].shift())
    start, reply = rounds["start"], rounds["start"] + rounds["response"]

    def part(
        chosen: Series, sent_at: Series, sender: str, who: object = None, auto: bool = False
    ) -> DataFrame:
        lines = {"sent_at": sent_at, "sender": sender, "employee_id": who, "is_auto": auto}
        return rounds[["chat"]].assign(**lines)[chosen]

    def between() -> Series:
        return start + (rounds["response"] * rng.random(len(rounds))).astype("int64")

    # At the same second the earlier part comes first: customers before all others.
    parts = [
        part(rounds["questions"] > 0, start, "customer"),
        part(rounds["questions"] > 1, between(), "customer"),
        part(rounds["questions"] > 2, between(), "customer"),
        part(taken_over, start - 1, "system", auto=True),
        part(opening & bot, start + 1, "bot", BOT, auto=True),
        part(opening & greeting, start + 1, "agent", agent, auto=True),
        part(rounds["answered"], reply, "agent", agent),
        part(rounds["second_reply"] > 0, reply + rounds["second_reply"], "agent", agent),
    ]
    lines = concat(parts).sort_values(["chat", "sent_at"], kind="stable", ignore_index=True)
    return lines.assign(
        message_id=ids("m", len(lines), 6),
        conversation_id=chats["conversation_id"].to_numpy()[lines["chat"]],
    )[["chat", "message_id", "conversation_id", "sent_at", "sender", "employee_id", "is_auto"]]
