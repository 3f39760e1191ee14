"""Control charts of days: whether yesterday was out of line with the weeks before it.

Limits come from days before the cycle only, so that a bad month does not widen them.
"""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

import numpy as np
import pandas as pd
from pandas import DataFrame, Series
from scipy import stats

from csperf.comparison.charts import xmr
from csperf.comparison.count_charts import control_chart, laney_u_chart
from csperf.indicators import INDICATORS
from csperf.indicators.engine import EPOCH
from csperf.params import Cycle

BASELINE_DAYS = 56  # eight weeks: each weekday eight times
ENOUGH_DAYS = 20  # known days, for limits that are more than guesses (Montgomery 2013)
WEEKDAY_P = 0.01  # a weekday pattern is taken for one below it
LEAST_PER_WEEKDAY = 3
ENOUGH_ROWS = 5  # on a usual such day, for a day of far fewer or more to say anything
FALSE_ALARMS = 0.005  # of stable days, how many leave limits that come of eight weeks
CHANCE = 0.05  # that any of the month's clear alarms is false
LOGGED = ("s", "min", "h", "currency")  # skewed to the right: their limits are ratios
COUNTED = ("proportion", "rate")  # their charts are exact for few cases too
SERIES = ["group_id", "indicator_id"]
LIMITS = ["centre", "lower", "upper", "z", "signal", "chart", "weekday"]
CHARTED = ["day", "value", "n", "status", *LIMITS]


class Multiplicity(NamedTuple):
    """How many points were looked at, how many alarms chance makes, and from which z one is clear.

    So far from the centre lies any of all the points by chance in one month of twenty.
    """

    points: int
    expected: float
    clear_from: float


def first_baseline_day(cycle: Cycle) -> pd.Timestamp:
    """The first day that limits of a cycle may come from."""
    return pd.Timestamp(cycle.start) - timedelta(days=BASELINE_DAYS)


def day_charts(values: DataFrame, cycle: Cycle) -> DataFrame:
    """Each day of a cycle against the limits of the weeks before it.

    Parameters
    ----------
    values : DataFrame
        group_id, indicator_id, day (a number, as `indicator_values(..., by="day")` has it), value,
        n, numerator, denominator, status; days before the cycle included. Days that are provisional
        are not judged.
    cycle : Cycle
        The days that are told of.

    Returns
    -------
    DataFrame
        A row for each group, indicator and day of the cycle: group_id, indicator_id, day, value, n,
        status (`ok`; `too_few` known days before it for limits; else why there is no value),
        centre, lower, upper, z, signal (`outside`, `run` for the eighth or later in a row on one
        side, or both), chart, weekday (whether limits follow the weekday).

    Notes
    -----
    Limits come from the last eight weeks before the cycle; where those have fewer than 20 known
    days, from the first 20. The chart is that of the kind (`control_chart`). Where weekdays differ
    by more than chance in the days of the limits (Kruskal and Wallis, p below 0.01), what is
    charted is the distance from the mean of the other same weekdays, by individual values. Times
    and money are charted by their logarithm unless one of them is 0.
    """
    columns = [*SERIES, *CHARTED]
    if values.empty:
        return DataFrame(columns=columns)
    known = values.assign(day=pd.to_datetime(values["day"], unit="D", origin=pd.Timestamp(EPOCH)))
    known = known[known["day"].between(first_baseline_day(cycle), pd.Timestamp(cycle.last_day))]
    found = [
        _charted(mine.sort_values("day"), str(indicator), cycle).assign(
            group_id=group, indicator_id=indicator
        )
        for (group, indicator), mine in known.groupby(SERIES, sort=False)
    ]
    if not found:
        return DataFrame(columns=columns)
    return pd.concat(found, ignore_index=True)[columns]


def multiplicity(charts: DataFrame) -> Multiplicity:
    """What chance alone makes of so many points of stable work.

    Notes
    -----
    expected = points x 0.005: known three-sigma limits would be left by 0.0027 of them, limits that
    are themselves estimated by about 0.004, and where days resemble those before them by more.
    """
    points = int((charts["status"] == "ok").sum())
    clear = float(stats.norm.isf(CHANCE / 2 / points)) if points else np.inf
    return Multiplicity(points, points * FALSE_ALARMS, clear)


def alarms(charts: DataFrame) -> DataFrame:
    """Days that left their limits, the latest first, with `clear`: beyond what chance makes."""
    beyond = charts["signal"].str.split().map(lambda names: "outside" in names)
    found = charts[beyond & (charts["status"] == "ok")]
    found = found.assign(clear=found["z"].abs() >= multiplicity(charts).clear_from)
    order = ["day", "clear", "indicator_id", "group_id"]
    return found.sort_values(order, ascending=[False, False, True, True], ignore_index=True)


def shifts(charts: DataFrame) -> DataFrame:
    """Where the latest days lie on one side of the centre, eight or more in a row.

    Returns
    -------
    DataFrame
        group_id, indicator_id, since (the first of these days in the cycle), centre, mean (of the
        days).
    """
    ok, found = charts[charts["status"] == "ok"], []
    for (group, indicator), mine in ok.groupby(SERIES, sort=False):
        if "run" not in mine["signal"].iloc[-1].split():
            continue
        other = np.sign(mine["z"]) != np.sign(mine["z"].iloc[-1])
        days = mine[other[::-1].cumsum()[::-1] == 0]
        told = days["day"].iloc[0], mine["centre"].mean(), days["value"].mean()
        found.append((group, indicator, *told))
    return DataFrame(found, columns=[*SERIES, "since", "centre", "mean"])


def row_charts(counts: DataFrame, cycle: Cycle) -> DataFrame:
    """Rows per day of each source against what the weekday usually has.

    Parameters
    ----------
    counts : DataFrame
        table, day (a date), rows; days without rows included, from the source's first day to its
        last.

    Returns
    -------
    DataFrame
        table, day, rows, usual (mean of that weekday in the days of the limits), lower and upper
        (rows), status, signal, for each day of the cycle.

    Notes
    -----
    Laney's u chart of rows over what is usual, so that days may differ by more than chance. Where
    fewer than five rows are usual, nothing is judged.
    """
    first, found = first_baseline_day(cycle), []
    for _, mine in counts[counts["day"] >= first].groupby("table", sort=False):
        rows = mine.sort_values("day", ignore_index=True)
        base = _baseline(rows["day"], cycle)
        usual = _usual(rows["rows"].astype("float64"), rows["day"], base)
        points = DataFrame(
            {"numerator": rows["rows"], "denominator": usual.where(usual >= ENOUGH_ROWS)}
        )
        judged = points["denominator"].notna()
        chart = laney_u_chart(points, baseline=_first(judged, base), rules=["outside"])
        told = rows.assign(
            usual=usual,
            lower=chart["lower"].to_numpy() * usual,
            upper=chart["upper"].to_numpy() * usual,
            status=chart["status"].to_numpy(),
            signal=chart["signal"].to_numpy(),
        )
        few = judged.sum() <= ENOUGH_DAYS
        told = told.assign(status="too_few", signal="") if few else told
        found.append(told[told["day"] >= pd.Timestamp(cycle.start)])
    columns = ["table", "day", "rows", "usual", "lower", "upper", "status", "signal"]
    return pd.concat(found, ignore_index=True)[columns] if found else DataFrame(columns=columns)


def _charted(rows: DataFrame, indicator: str, cycle: Cycle) -> DataFrame:
    """The days of one series, those of the cycle with their limits."""
    row = INDICATORS[indicator]
    rows = rows.reset_index(drop=True)
    fit = rows["status"].isin(["ok", "too_few"] if row.kind in COUNTED else ["ok"])
    points = rows[fit & rows["value"].notna()]
    base = _baseline(points["day"], cycle)
    limits = DataFrame(columns=LIMITS)
    if not base.all():
        limits = _limits(points, base, row.kind, row.unit in LOGGED)
        limits = limits[~base & limits["z"].notna()]
    status = rows["status"].mask(rows.index.isin(points.index), "too_few")
    told = limits.reindex(rows.index)
    whole = rows.assign(
        **{name: told[name].astype("float64") for name in LIMITS[:4]},
        signal=told["signal"].astype("str").fillna(""),
        chart=told["chart"].astype("str").fillna(""),
        weekday=told["weekday"].eq(True),
        status=status.mask(rows.index.isin(limits.index), "ok"),
    )
    return whole[whole["day"] >= pd.Timestamp(cycle.start)]


def _baseline(days: Series, cycle: Cycle) -> Series:
    """Which known days, in order, fix the limits: those before the cycle, or the first 20."""
    place = Series(np.arange(len(days)), index=days.index)
    return (days < pd.Timestamp(cycle.start)) | (place < ENOUGH_DAYS)


def _limits(points: DataFrame, base: Series, kind: str, logged: bool) -> DataFrame:
    """What `LIMITS` names, of each point and in the indicator's own unit."""
    values = points["value"].astype("float64")
    logged = logged and bool((values > 0).all())
    scaled = np.log(values) if logged else values
    weekday = _differs(scaled[base], points["day"][base])
    if not weekday and not logged:
        plain = control_chart(points, kind, baseline=int(base.sum())).set_axis(points.index)
        return plain.assign(weekday=False)[LIMITS]
    usual = _usual(scaled, points["day"], base) if weekday else scaled * 0.0
    off = DataFrame({"value": scaled - usual})
    chart = xmr(off, baseline=_first(off["value"].notna(), base)).set_axis(points.index)
    ends = chart[["centre", "lower", "upper"]].add(usual, axis=0)
    ends = np.exp(ends) if logged else ends
    if kind == "proportion":
        ends = ends.clip(0.0, 1.0)
    return chart.assign(weekday=weekday, **ends)[LIMITS]


def _first(known: Series, base: Series) -> int:
    """How many known points, from the first on, fix the limits; at least the eight that it takes.

    The caller asks for the chart all the same and tells `too_few` by itself.
    """
    return max(int((known & base).sum()), 8)


def _differs(values: Series, days: Series) -> bool:
    """Whether weekdays differ by more than chance."""
    groups = [
        mine for _, mine in values.groupby(days.dt.day_of_week) if len(mine) >= LEAST_PER_WEEKDAY
    ]
    if len(groups) < 2 or pd.concat(groups).nunique() < 2:
        return False
    return bool(stats.kruskal(*groups).pvalue < WEEKDAY_P)


def _usual(values: Series, days: Series, base: Series) -> Series:
    """Mean of the same weekday over the days of the limits; of one of those, over the others."""
    weekday = days.dt.day_of_week
    total = values.where(base).groupby(weekday).transform("sum")
    count = values.where(base).groupby(weekday).transform("count")
    own = values.where(base, 0.0).fillna(0.0)
    others = count - (base & values.notna())
    return (total - own) / others.where(others > 0)
