"""Control charts: which weeks are out of line with the weeks around them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from numbers import Integral

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from csperf.comparison.run_rules import USUAL_RULES, named_signals
from csperf.errors import InputError, Problem
from csperf.indicators.fact_rows import WEEK_DAYS
from csperf.params import Cycle

REACH = 2.66  # 3 / 1.128, the mean moving range of two normal values being 1.128 sigmas
RANGE_REACH = 3.268
ENOUGH_POINTS = 8
Baseline = int | str | None
Limits = Callable[[DataFrame, DataFrame], DataFrame]


def xmr(
    points: DataFrame, *, baseline: Baseline = None, rules: Iterable[str] = USUAL_RULES
) -> DataFrame:
    """Chart of individual values and moving ranges (XmR).

    Parameters
    ----------
    points : DataFrame
        In the order of time, with a column value.
    baseline : int or str, optional
        What fixes the limits: the first so many known points, or the name of a column of phases.
        Points in a row with the same phase get limits of their own; a phase that comes back later
        is a new one. All points, if left out; limits never move by themselves.
    rules : iterable of str
        Keys of `RUN_RULES` that are looked for.

    Returns
    -------
    DataFrame
        The points with chart ("xmr"), status, centre, lower, upper, z (distance from the centre in
        sigmas), signal (names of the rules that the point completes, such as `outside` beyond the
        limits and `run` for the eighth and later in a row on one side; else empty), moving_range,
        range_centre, range_upper and range_signal (whether the moving range is above its limit).
        status is `ok`, `no_value`, or `too_few` with fewer than eight known points to make limits
        of: they would be guesses. Points without a value are neither in limits nor in runs.

    Raises
    ------
    InputError
        A column is missing, a rule is unknown, or a baseline cannot be meant.

    Notes
    -----
    centre = mean, limits = centre -+ 2.66 x mean moving range, upper limit of moving ranges = 3.268
    x their mean; 2.66 = 3 / 1.128 (Wheeler and Chambers 1992, Understanding Statistical Process
    Control).
    """
    need(points, ["value"], "xmr")
    status = Series("ok", points.index, dtype="str").mask(points["value"].isna(), "no_value")
    return charted(points.assign(chart="xmr", status=status), _of_values, baseline, rules)


def _of_values(known: DataFrame, base: DataFrame) -> DataFrame:
    """Limits of values and of moving ranges."""
    centre, width = base["value"].mean(), base["value"].diff().abs().mean()
    moving = known["value"].diff().abs()
    reach = REACH * width
    return DataFrame(
        {
            "centre": centre,
            "lower": centre - reach,
            "upper": centre + reach,
            "z": in_sigmas(known["value"], centre, reach / 3),
            "moving_range": moving,
            "range_centre": width,
            "range_upper": RANGE_REACH * width,
            "range_signal": (moving > RANGE_REACH * width) & ~np.isclose(moving, width),
        },
        index=known.index,
    )


def in_sigmas(value: Series, centre: float, sigma: Series | float) -> Series:
    """Distance from the centre in sigmas; 0 on the centre, whatever the last bit says."""
    away = (value - centre).mask(np.isclose(value, centre, atol=0), 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return (away / sigma).mask(away == 0, 0.0)


def charted(
    points: DataFrame, limits: Limits, baseline: Baseline, rules: Iterable[str]
) -> DataFrame:
    """The points with limits and signals, each phase by itself.

    Parameters
    ----------
    points : DataFrame
        With value and status; only points that are `ok` are known.
    limits : callable
        From the known points and those of them that fix the limits to a frame with centre, lower,
        upper, z and maybe more, a row a known point.
    """
    rules = list(rules)
    rows = points.reset_index(drop=True)
    if isinstance(baseline, str):
        phases, first = _phases(rows, baseline), None
    else:
        phases, first = [rows], _first(baseline)
    return pd.concat([_phase(mine, limits, first, rules) for mine in phases])


def _first(baseline: object) -> int | None:
    """How many points fix the limits; none for all of them."""
    if baseline is None:
        return None
    if not isinstance(baseline, Integral) or int(baseline) < ENOUGH_POINTS:
        found = f"a baseline of {baseline} points"
        advice = f"it takes {ENOUGH_POINTS} or more, or the name of a column of phases"
        raise InputError(Problem("baseline", found, advice))
    return int(baseline)


def _phases(rows: DataFrame, name: str) -> list[DataFrame]:
    """Runs of points with the same phase."""
    need(rows, [name], "baseline")
    phase = rows[name]
    if phase.isna().any():
        found = f"no phase in {phase.isna().sum()} of {len(rows)} points"
        raise InputError(Problem("baseline", found, "name one for each", column=name))
    run = (phase != phase.shift()).cumsum()
    return [mine for _, mine in rows.groupby(run)] or [rows]


def _phase(rows: DataFrame, limits: Limits, first: int | None, rules: list[str]) -> DataFrame:
    known = rows[rows["status"] == "ok"]
    base = known if first is None else known.head(first)
    if len(base) < ENOUGH_POINTS:
        few = rows["status"].mask(rows["status"] == "ok", "too_few")
        # The columns are there all the same, of nothing.
        blank = limits(known.head(0), known.head(0))
        return rows.assign(status=few, **_of_all(blank, rows), signal="")
    found = limits(known, base)
    signal = named_signals(found["z"], known["value"], rules).reindex(rows.index, fill_value="")
    return rows.assign(**_of_all(found, rows), signal=signal)


def _of_all(limits: DataFrame, rows: DataFrame) -> dict[str, Series]:
    """Columns of limits for all rows; where nothing is known no number, and no for yes or no."""
    return {
        str(name): column.reindex(rows.index, fill_value=False)
        if column.dtype == bool
        else column.astype("float64").reindex(rows.index)
        for name, column in limits.items()
    }


def need(frame: DataFrame, columns: Iterable[str], where: str) -> None:
    """Raise InputError for each column that is not there."""
    there = ", ".join(map(str, frame.columns)) or "none"
    missing = [name for name in columns if name not in frame]
    if missing:
        raise InputError(
            Problem(where, f"it is not there; the columns are {there}", column=name)
            for name in missing
        )


def weekly_of_all(history: DataFrame) -> DataFrame:
    """Weekly values of each team's indicators over all cycles of the history, in order.

    The days after a cycle's last whole week are left out: fewer days hold fewer orders.
    """
    weeks = history[history["week"].notna() & history["employee_id"].isna()]
    days = {cycle: Cycle.parse(cycle).days for cycle in weeks["cycle_id"].unique()}
    whole = weeks["week"] * WEEK_DAYS <= weeks["cycle_id"].map(days).astype("int64")
    order = ["team_id", "quantity_id", "cycle_id", "week"]
    ordered = weeks[whole].sort_values(order, ignore_index=True)
    labels = ordered["cycle_id"].str[2:] + " w" + ordered["week"].astype("str")
    kept = [*order, "label", "value", "n", "unit", "numerator", "denominator"]
    return ordered.assign(label=labels)[kept]


def weekly(history: DataFrame, team: str, quantity: str) -> DataFrame:
    """Weekly values of one indicator of a team, as `weekly_of_all` has them."""
    mine = (history["team_id"] == team) & (history["quantity_id"] == quantity)
    return weekly_of_all(history[mine]).drop(columns=["team_id", "quantity_id"])


def signals(chart: DataFrame) -> pd.Series:
    """The labels of the points with a signal."""
    return chart.loc[chart["signal"] != "", "label"]
