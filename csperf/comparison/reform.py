"""What a reform changed: held against its own past, or against groups that were not reformed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from pandas import DataFrame

from csperf.comparison.charts import need
from csperf.errors import InputError, Problem
from csperf.indicators.intervals import LEVEL
from csperf.params import Cycle

FEWEST_BEFORE, FEWEST_AFTER, FEWEST_OTHERS, FEWEST_GROUPS = 6, 3, 2, 4
SERIES, GROUPS = "value ~ cycle + reform", "change ~ reformed"
TOLD = ["estimate", "low", "high", "df", "p_value"]


def reform_effect(
    values: DataFrame, first_cycle: str, reformed: Iterable[str] | None = None
) -> DataFrame:
    """By how much a quantity changed with a reform, beyond what would have come anyway.

    Parameters
    ----------
    values : DataFrame
        group_id (such as teams), cycle_id (of one length) and value. Rows without a value are left
        out.
    first_cycle : str
        The first cycle under the reform.
    reformed : iterable of str, optional
        The groups that it came to; all, if left out.

    Returns
    -------
    DataFrame
        One row: formula (of the regression, as statsmodels reads it), groups, before and after
        (cycles), mean_before and mean_after (of the reformed groups, a comparison that proves
        nothing), estimate, low, high (95 %), df, p_value, autocorrelation (of the residuals from
        cycle to cycle) and status: `ok`; `too_few_cycles` with fewer than six before or three
        after, or `too_few_groups`, where it cannot be told; `autocorrelated` where good cycles
        follow good ones, so that the interval is too narrow.

    Raises
    ------
    InputError
        A column or a group is missing, or the reform came before or after all cycles.

    Notes
    -----
    With two other groups or more, and four in all, the change of each group's mean from before to
    after is regressed on whether it was reformed (difference in differences, collapsed as Bertrand,
    Duflo and Mullainathan 2004, Quarterly Journal of Economics 119, recommend). Without them the
    mean of all groups in each cycle is regressed on the number of the cycle and on the reform
    (interrupted time series, Wagner et al. 2002, Journal of Clinical Pharmacy and Therapeutics 27),
    which takes whatever else came at the same time for the reform. Ordinary least squares: over
    twelve stable cycles 4 % of such reforms seem to have done something; estimates that allow for
    autocorrelation (Newey-West, Cochrane-Orcutt) find 12 to 15 %, as the series are so short.
    """
    need(values, ["group_id", "cycle_id", "value"], "values")
    rows = values.dropna(subset=["group_id", "cycle_id", "value"])
    starts = {id: Cycle.parse(id).start for id in rows["cycle_id"].unique()}
    order = {id: place for place, id in enumerate(sorted(starts, key=starts.__getitem__))}
    since = Cycle.parse(first_cycle).start
    rows = rows.assign(
        cycle=rows["cycle_id"].map(order),
        reform=[int(starts[id] >= since) for id in rows["cycle_id"]],
        reformed=_in(rows["group_id"], reformed),
    )
    if rows["reform"].nunique() < 2:
        advice = f"give cycles before and after {first_cycle}"
        raise InputError(Problem("values", "no cycles on one side of the reform", advice))
    mine = rows[rows["reformed"] == 1]
    others = rows.loc[rows["reformed"] == 0, "group_id"].nunique()
    found = _by_groups(rows) if others >= FEWEST_OTHERS else _by_series(mine)
    means = mine.groupby("reform")["value"].mean()
    cycles = mine.groupby("reform")["cycle"].nunique()
    told = {
        "groups": rows["group_id"].nunique(),
        "before": cycles.get(0, 0),
        "after": cycles.get(1, 0),
        "mean_before": means.get(0, np.nan),
        "mean_after": means.get(1, np.nan),
    }
    columns = ["formula", *told, *TOLD, "autocorrelation", "status"]
    return DataFrame([{**found, **told}]).reindex(columns=columns)


def _in(groups: pd.Series, reformed: Iterable[str] | None) -> pd.Series:
    """1 for groups that were reformed, else 0."""
    there = sorted(groups.unique())
    wanted = there if reformed is None else [*reformed]
    unknown = [f"no group '{group}'" for group in wanted if group not in there]
    if unknown or not wanted:
        found = unknown[0] if unknown else "no group is named"
        raise InputError(Problem("reformed", found, f"there are {', '.join(map(str, there))}"))
    return groups.isin(wanted).astype(int)


def _by_groups(rows: DataFrame) -> dict[str, Any]:
    """Difference in differences over groups that have cycles on both sides."""
    means = rows.groupby(["group_id", "reformed", "reform"])["value"].mean().unstack().dropna()
    change = (means[1] - means[0]).rename("change").reset_index()
    if change["reformed"].nunique() < 2 or len(change) < FEWEST_GROUPS:
        return {"formula": GROUPS, "status": "too_few_groups"}
    return {"formula": GROUPS, "status": "ok", **_fitted(GROUPS, change, "reformed")[0]}


def _by_series(rows: DataFrame) -> dict[str, Any]:
    """Interrupted series of the mean over groups."""
    series = rows.groupby(["cycle", "reform"], as_index=False)["value"].mean()
    sides = series["reform"].value_counts().reindex([0, 1], fill_value=0)
    if sides[0] < FEWEST_BEFORE or sides[1] < FEWEST_AFTER:
        return {"formula": SERIES, "status": "too_few_cycles"}
    told, left = _fitted(SERIES, series, "reform")
    lag = float((left[1:] * left[:-1]).sum() / (left**2).sum()) if left.any() else 0.0
    status = "autocorrelated" if lag > 2 / np.sqrt(len(left)) else "ok"
    return {"formula": SERIES, "status": status, "autocorrelation": lag, **told}


def _fitted(formula: str, rows: DataFrame, term: str) -> tuple[dict[str, float], np.ndarray]:
    """One coefficient of a least-squares regression with its interval, and the residuals."""
    import statsmodels.formula.api as smf  # takes a second, and few need it

    fit = smf.ols(formula, rows).fit()
    low, high = fit.conf_int(1 - LEVEL).loc[term]
    values = (fit.params[term], low, high, fit.df_resid, fit.pvalues[term])
    return dict(zip(TOLD, map(float, values), strict=True)), fit.resid.to_numpy()
