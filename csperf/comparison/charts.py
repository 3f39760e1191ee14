"""Control charts: which weeks are out of line with the weeks around them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from pandas import DataFrame

from csperf.indicators.values import WEEK_DAYS
from csperf.params import Cycle

REACH = 2.66
RUN = 8
ENOUGH_POINTS = 8


def xmr(points: DataFrame) -> DataFrame:
    """Chart of individual values and moving ranges (XmR).

    Parameters
    ----------
    points : DataFrame
        In the order of time, with a column value; unknown values are left out.

    Returns
    -------
    DataFrame
        The points with centre, lower, upper and signal: `outside` beyond the limits, `run` for the
        eighth and later of points in a row on one side of the centre, else empty. With fewer than
        eight points there are no limits: they would be guesses.

    Notes
    -----
    centre = mean, limits = centre -+ 2.66 x mean moving range; 2.66 = 3 / 1.128 (Wheeler and
    Chambers 1992, Understanding Statistical Process Control).
    """
    known = points[points["value"].notna()].reset_index(drop=True)
    if len(known) < ENOUGH_POINTS:
        return known.assign(centre=np.nan, lower=np.nan, upper=np.nan, signal="")
    centre = known["value"].mean()
    reach = REACH * known["value"].diff().abs().mean()
    away = (known["value"] - centre).mask(np.isclose(known["value"], centre, atol=0), 0.0)
    outside = away.abs() > reach
    side = np.sign(away)
    block = (side != side.shift()).cumsum()
    run = (side != 0) & (side.groupby(block).cumcount() + 1 >= RUN)
    signal = np.where(outside, "outside", np.where(run, "run", ""))
    return known.assign(centre=centre, lower=centre - reach, upper=centre + reach, signal=signal)


def weekly(history: DataFrame, team: str, quantity: str) -> DataFrame:
    """A team's weekly values of one indicator over all cycles of the history, in order.

    The days after a cycle's last whole week are left out: fewer days hold fewer orders.
    """
    mine = (history["team_id"] == team) & (history["quantity_id"] == quantity)
    weeks = history[mine & history["week"].notna() & history["employee_id"].isna()]
    whole = [
        week * WEEK_DAYS <= Cycle.parse(cycle).days
        for cycle, week in zip(weeks["cycle_id"], weeks["week"], strict=True)
    ]
    ordered = weeks[whole].sort_values(["cycle_id", "week"], ignore_index=True)
    labels = ordered["cycle_id"].str[2:] + " w" + ordered["week"].astype("str")
    return ordered.assign(label=labels)[["cycle_id", "week", "label", "value", "n", "unit"]]


def signals(chart: DataFrame) -> pd.Series:
    """The labels of the points with a signal."""
    return chart.loc[chart["signal"] != "", "label"]
