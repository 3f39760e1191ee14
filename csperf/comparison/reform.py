"""What a reform changed: held against its own past, or against groups that were not reformed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pandas import DataFrame, Series

from csperf.comparison.charts import need
from csperf.comparison.cycles import months
from csperf.errors import InputError, Problem
from csperf.indicators.intervals import LEVEL
from csperf.params import Cycle

Floats = NDArray[np.float64]
FEWEST_BEFORE, FEWEST_AFTER, FEWEST_OTHERS, FEWEST_GROUPS = 6, 3, 2, 4
SERIES, GROUPS = "value ~ cycle + reform", "change ~ reformed"
ROUNDING = 1e-9
DRAWS, SEED = 2_000, 20_160_501
TOLD = ["estimate", "low", "high", "df", "p_value"]


def reform_effect(
    values: DataFrame, first_cycle: Cycle | str, reformed: Iterable[str] | None = None
) -> DataFrame:
    """By how much a quantity changed with a reform, beyond what would have come anyway.

    Parameters
    ----------
    values : DataFrame
        group_id (such as teams), cycle_id (of one length) and value. Rows without a value are left
        out.
    first_cycle : Cycle or str
        The first cycle under the reform, or its id.
    reformed : iterable of str, optional
        The groups that it came to; all, if left out.

    Returns
    -------
    DataFrame
        One row: formula (of the regression, as statsmodels reads it), groups (that it rests on),
        before and after (cycles), mean_before and mean_after (of the reformed groups, a comparison
        that proves nothing), estimate, low, high (95 %), df, p_value, autocorrelation (of the
        residuals from cycle to cycle) and status: `ok`; `too_few_cycles` with fewer than six before
        or three after, or `too_few_groups`, where it cannot be told; `autocorrelated` where good
        cycles clearly follow good ones, so that the interval is too narrow.

    Raises
    ------
    InputError
        A column or a group is missing, cycles differ in length, or the reform came before or after
        all of them.

    Notes
    -----
    With two other groups or more, and four in all, the change of each group's mean from before to
    after is regressed on whether it was reformed (difference in differences, collapsed as Bertrand,
    Duflo and Mullainathan 2004, Quarterly Journal of Economics 119, recommend). Without others the
    mean over those reformed groups that have a value in every cycle is regressed on time and on the
    reform (interrupted time series, Wagner et al. 2002, Journal of Clinical Pharmacy and
    Therapeutics 27), which takes whatever else came at the same time for the reform. Least squares,
    with an exact test where cycles are independent; estimates that allow for autocorrelation
    (Newey-West, Cochrane-Orcutt) would find 12 to 15 % of twelve stable cycles changed. Whether
    residuals are autocorrelated is tested exactly too, but in twelve cycles seldom shows.
    """
    need(values, ["group_id", "cycle_id", "value"], "values")
    rows = values.dropna(subset=["group_id", "cycle_id", "value"])
    since = Cycle.parse(first_cycle)
    place = {id: _place(Cycle.parse(id), since) for id in rows["cycle_id"].unique()}
    rows = rows.assign(
        cycle=rows["cycle_id"].map(place),
        reform=[int(place[id] >= 0) for id in rows["cycle_id"]],
        reformed=_in(rows["group_id"], reformed),
    )
    if rows["reform"].nunique() < 2:
        advice = f"give cycles before and after {since.id}"
        raise InputError(Problem("values", "no cycles on one side of the reform", advice))
    others = rows.loc[rows["reformed"] == 0, "group_id"].nunique()
    found, used = _by_groups(rows) if others else _by_series(rows)
    mine = used[used["reformed"] == 1]
    means = mine.groupby("reform")["value"].mean()
    cycles = mine.groupby("reform")["cycle"].nunique()
    told = {
        "groups": used["group_id"].nunique(),
        "before": cycles.get(0, 0),
        "after": cycles.get(1, 0),
        "mean_before": means.get(0, np.nan),
        "mean_after": means.get(1, np.nan),
    }
    columns = ["formula", *told, *TOLD, "autocorrelation", "status"]
    return DataFrame([{**found, **told}]).reindex(columns=columns)


def _place(cycle: Cycle, since: Cycle) -> int:
    """How many cycles after the reform's first one a cycle is; gaps count."""
    if months(cycle) != months(since):
        found = f"{cycle.id} is not as long as {since.id}"
        raise InputError(Problem("values", found, "give cycles of one length", column="cycle_id"))
    apart = 12 * (cycle.start.year - since.start.year) + cycle.start.month - since.start.month
    return apart // months(since)


def _in(groups: Series, reformed: Iterable[str] | None) -> Series:
    """1 for groups that were reformed, else 0."""
    there = sorted(groups.unique())
    wanted = there if reformed is None else [*reformed]
    unknown = [f"no group '{group}'" for group in wanted if group not in there]
    if unknown or not wanted:
        found = unknown[0] if unknown else "no group is named"
        raise InputError(Problem("reformed", found, f"there are {', '.join(map(str, there))}"))
    return groups.isin(wanted).astype(int)


def _by_groups(rows: DataFrame) -> tuple[dict[str, Any], DataFrame]:
    """Difference in differences over groups that have cycles on both sides, and their rows."""
    means = rows.groupby(["group_id", "reformed", "reform"])["value"].mean().unstack().dropna()
    change = (means[1] - means[0]).rename("change").reset_index()
    used = rows[rows["group_id"].isin(change["group_id"])]
    of = change["reformed"].value_counts()
    if of.get(1, 0) < 1 or of.get(0, 0) < FEWEST_OTHERS or len(change) < FEWEST_GROUPS:
        return {"formula": GROUPS, "status": "too_few_groups"}, used
    told, left = _fitted(GROUPS, change, "reformed")
    status = "ok" if _spread(left, change["change"]) else "too_few_groups"
    return {"formula": GROUPS, "status": status, **told}, used


def _by_series(rows: DataFrame) -> tuple[dict[str, Any], DataFrame]:
    """Interrupted series of the mean over groups that are there in every cycle, and their rows."""
    present = rows.groupby("group_id")["cycle"].nunique()
    used = rows[rows["group_id"].isin(present.index[present == rows["cycle"].nunique()])]
    series = used.groupby(["cycle", "reform"], as_index=False)["value"].mean()
    sides = series["reform"].value_counts().reindex([0, 1], fill_value=0)
    if sides[0] < FEWEST_BEFORE or sides[1] < FEWEST_AFTER:
        return {"formula": SERIES, "status": "too_few_cycles"}, used
    told, left = _fitted(SERIES, series, "reform")
    found = {"formula": SERIES, "status": "ok", **told}
    if _spread(left, series["value"]):
        lag, p = _autocorrelation(left, series[["cycle", "reform"]].to_numpy(float))
        found |= {"autocorrelation": lag, "status": "autocorrelated" if p < 1 - LEVEL else "ok"}
    return found, used


def _spread(left: Floats, values: Series) -> bool:
    """Whether residuals are more than rounding."""
    return bool(np.abs(left).max() > ROUNDING * max(np.abs(values).max(), 1.0))


def _autocorrelation(left: Floats, terms: Floats) -> tuple[float, float]:
    """Correlation of residuals with the next ones, and how probable as high a one is by chance.

    Residuals of independent errors depend on the terms alone, so that drawn ones tell exactly.
    """
    full = np.column_stack([np.ones(len(terms)), terms])
    rest = np.eye(len(full)) - full @ np.linalg.pinv(full)
    drawn = np.random.default_rng(SEED).standard_normal((DRAWS, len(full))) @ rest
    lags = [(each[..., 1:] * each[..., :-1]).sum(-1) / (each**2).sum(-1) for each in (left, drawn)]
    return float(lags[0]), float((lags[1] >= lags[0]).mean())


def _fitted(formula: str, rows: DataFrame, term: str) -> tuple[dict[str, float], Floats]:
    """One coefficient of a least-squares regression with its interval, and the residuals."""
    import statsmodels.formula.api as smf  # takes a second, and few need it

    fit = smf.ols(formula, rows).fit()
    low, high = fit.conf_int(1 - LEVEL).loc[term]
    values = (fit.params[term], low, high, fit.df_resid, fit.pvalues[term])
    return dict(zip(TOLD, map(float, values), strict=True)), fit.resid.to_numpy()
