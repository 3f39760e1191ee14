"""Days of work that does not change, so that every alarm about them is a false one."""

from __future__ import annotations

import numpy as np
import pandas as pd
from pandas import DataFrame

from csperf.comparison.days import first_baseline_day
from csperf.indicators.engine import EPOCH
from csperf.params import Cycle

SHARE, ASKING = 0.4, 60  # of 60 customers a day two in five buy
INDICATOR = "inquiry_conversion"


def stable_days(
    cycle: Cycle, teams: int = 20, seed: int = 20160502, bad_day: str = "", bad_share: float = 0.1
) -> DataFrame:
    """Draw the share of customers who buy, day by day, of teams that work alike.

    Parameters
    ----------
    cycle : Cycle
        The month to be watched; the eight weeks before it are drawn too.
    teams : int
        How many there are.
    seed : int
        Start of the random numbers.
    bad_day : str, optional
        A day, such as 2016-05-18, on which the first team's true share is `bad_share`.

    Returns
    -------
    DataFrame
        As `day_charts` takes it.
    """
    rng = np.random.default_rng(seed)
    days = pd.date_range(first_baseline_day(cycle), cycle.last_day)
    names = [f"team {number:02}" for number in range(1, teams + 1)]
    share = np.full((teams, len(days)), SHARE)
    share[0, days == bad_day] = bad_share
    bought = rng.binomial(ASKING, share)
    rows = DataFrame(
        {
            "group_id": np.repeat(names, len(days)),
            "day": np.tile((days - pd.Timestamp(EPOCH)).days, teams),
            "numerator": bought.ravel(),
        }
    )
    return rows.assign(
        indicator_id=INDICATOR,
        denominator=ASKING,
        n=ASKING,
        value=rows["numerator"] / ASKING,
        status="ok",
    )
