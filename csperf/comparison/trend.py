"""Trends over cycles: how much a quantity moves from cycle to cycle, and whether that is chance."""

from __future__ import annotations

import numpy as np
import pandas as pd
from pandas import DataFrame
from scipy import stats

from csperf.comparison.charts import need
from csperf.comparison.cycles import SCORE, earlier_cycles, months, reservation
from csperf.indicators.intervals import LEVEL
from csperf.params import Cycle

ENOUGH_CYCLES = 8
SCHEME = ["scheme_id", "scheme_version"]
TOLD = ["n", "slope", "low", "high", "p_value", "status"]


def trend(points: DataFrame, by: str | None = None) -> DataFrame:
    """What a quantity changes by from one cycle to the next, over all of them.

    Parameters
    ----------
    points : DataFrame
        A row a cycle, in the order of time, with value. A cycle without a value keeps its place.
    by : str, optional
        Column of what has a trend of its own.

    Returns
    -------
    DataFrame
        A row for each `by`, or one: n (cycles with a value), slope (for each cycle), low and high
        (95 %), p_value (two-sided) and status: `ok`, or `too_few` with fewer than eight values.

    Raises
    ------
    InputError
        A column is missing.

    Notes
    -----
    slope is the median of the slopes between any two cycles (Theil 1950), with the interval of Sen
    (1968, Journal of the American Statistical Association 63, 1379-1389); p_value is that of
    Kendall's tau between value and time (Mann 1945, Econometrica 13, 245-259), exact up to 33
    values of which no two are the same. A single odd cycle moves neither much. Where good cycles
    tend to follow good ones, trends are found more often than p_value says.
    """
    need(points, ["value", *([by] if by else [])], "trend")
    if by is None:
        return DataFrame([_of_one(points)], columns=TOLD)
    rows = [{by: name, **_of_one(mine)} for name, mine in points.groupby(by, sort=False)]
    return DataFrame(rows, columns=[by, *TOLD])


def by_cycle(history: DataFrame, cycle: Cycle, team: str, quantities: list[str]) -> DataFrame:
    """Values of a team's quantities in every cycle up to this one, as `trend` takes them.

    Parameters
    ----------
    history : DataFrame
        Rows of the history table of one department, this cycle's included.
    cycle : Cycle
        The last one; others as long as it are taken.
    quantities : list of str
        Indicators of the team, and `score`, of which the mean of its people is taken.

    Returns
    -------
    DataFrame
        quantity_id, cycle_id and value, in the order of quantities and of time. A cycle without a
        value, and one that no history is there for, has a row all the same. Unknown are the values
        of cycles in which the records only begin, and scores by another scheme or version.
    """
    cycles = [*reversed(earlier_cycles(history, cycle)), cycle]
    rows = history[history["week"].isna() & (history["team_id"] == team)]
    whole = {each.id for each in cycles if not reservation(rows[rows["cycle_id"] == each.id], each)}
    rows = rows[rows["cycle_id"].isin(whole)]
    score = rows["quantity_id"] == SCORE
    now = rows[score & (rows["cycle_id"] == cycle.id)][SCHEME].drop_duplicates()
    scores = rows[score].merge(now, on=SCHEME)
    values = pd.concat([scores, rows[~score & rows["employee_id"].isna()]])
    value = values.groupby(["quantity_id", "cycle_id"])["value"].mean()
    grid = pd.MultiIndex.from_product(
        [quantities, _without_gaps(cycles)], names=["quantity_id", "cycle_id"]
    )
    return value.reindex(grid).reset_index()


def _without_gaps(cycles: list[Cycle]) -> list[str]:
    """Ids of the cycles and, for those between them that are not known, of nothing."""
    length = months(cycles[-1])
    place = {(12 * each.start.year + each.start.month) // length: each.id for each in cycles}
    return [place.get(at, f"?{at}") for at in range(min(place), max(place) + 1)]


def _of_one(points: DataFrame) -> dict[str, object]:
    value = points["value"].to_numpy("float64")
    time = np.flatnonzero(~np.isnan(value))
    value, n = value[time], len(time)
    if n < ENOUGH_CYCLES:
        unknown = dict.fromkeys(("slope", "low", "high", "p_value"), np.nan)
        return {"n": n, **unknown, "status": "too_few"}
    found = stats.theilslopes(value, time, alpha=LEVEL)
    moved = pd.Series(value).nunique() > 1
    p_value = stats.kendalltau(time, value).pvalue if moved else 1.0
    return {
        "n": n,
        "slope": float(found.slope),
        "low": float(found.low_slope),
        "high": float(found.high_slope),
        "p_value": float(p_value),
        "status": "ok",
    }
