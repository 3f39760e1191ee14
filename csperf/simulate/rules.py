"""What every table of the simulation is drawn by: rates, calendar, and two small helpers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.random import Generator
from numpy.typing import NDArray
from pandas import DataFrame

TIMEZONE = "Asia/Shanghai"
MINUTE, HOUR, DAY = 60, 3600, 86_400
EXPORT_DAYS = 19


@dataclass(frozen=True)
class Rules:
    """What holds for the whole department; rates are shares of 1, `_sd` a spread of people."""

    response_median_s: float = 28.0
    response_log_sd: float = 0.6  # of one person's response times: natural log of seconds
    response_sd: float = 0.18  # same scale
    response_change: float = -0.2  # to the log mean of the first team, in the last cycle
    unanswered: float = 0.03  # conversations whose last question no person answers
    bot_first: float = 0.2
    bot_only: float = 0.015
    auto_greeting: float = 0.05
    handed_over: float = 0.05
    conversion: float = 0.42  # answered pre-sales conversations with an order in the window
    conversion_sd: float = 0.05
    next_day_order: float = 0.12
    second_order: float = 0.05
    late_order: float = 0.02  # answered pre-sales conversations with an order after the window
    silent_orders: float = 0.2  # by customers who never chat, for each order after a conversation
    paid: float = 0.88
    refunded: float = 0.06
    exception: float = 0.02
    test_order: float = 0.006
    complaint_rate: float = 0.0054  # for each conversation, of a person of middling skill
    ability: float = 70.0
    ability_sd: float = 4.0
    score_noise_sd: float = 3.0
    severities: tuple[float, ...] = (6.0, 0.0, -5.0)  # points; positive is harsher


RULES = Rules()


@dataclass(frozen=True)
class Calendar:
    """First day, day after the last conversation, export, and whole months in between.

    `cycles` has the columns cycle_id, opens, closes.
    """

    start: int
    end: int
    export: int
    cycles: DataFrame

    @property
    def change(self) -> int:
        """When the first team becomes faster: the last cycle opens."""
        return int(self.cycles["opens"].iloc[-1])


def calendar_between(start: str, end: str) -> Calendar:
    """Calendar of the local dates from `start` until before `end`; ValueError without a month."""
    first, last = (int(pd.Timestamp(day).timestamp()) for day in (start, end))
    months = pd.date_range(start, end, freq="MS")
    if len(months) < 2:
        raise ValueError(f"no whole month lies between {start} and {end}")
    bounds = months.astype("datetime64[s]").astype("int64")
    cycles = DataFrame(
        {"cycle_id": months[:-1].strftime("%Y-%m"), "opens": bounds[:-1], "closes": bounds[1:]}
    )
    return Calendar(first, last, last + EXPORT_DAYS * DAY, cycles)


def bell(rng: Generator, shape: int | tuple[int, ...]) -> NDArray[np.float64]:
    """Mean 0, SD 1, never beyond 3: near normal, but scores built on it need no clipping."""
    return 6 * rng.beta(4, 4, shape) - 3


def ids(prefix: str, n: int, width: int) -> list[str]:
    """Return n ids in order: prefix and a number with leading zeros."""
    return [f"{prefix}{number:0{width}d}" for number in range(1, n + 1)]
