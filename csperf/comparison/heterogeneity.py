"""Whether the people of a group differ at all, beyond what chance does."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pandas import DataFrame
from scipy import stats

from csperf.comparison.charts import need
from csperf.errors import InputError, Problem
from csperf.indicators.intervals import LEVEL

Floats = NDArray[np.float64]
COLUMNS = ["group", "n", "q", "df", "p_value", "true_sd", "reliability", "differ"]
FEWEST = 3


def heterogeneity(estimates: DataFrame) -> DataFrame:
    """Whether people of each group differ by more than chance, and how much of it is true.

    Parameters
    ----------
    estimates : DataFrame
        employee_id, estimate, se and, for several groups, group. Rows without one of them are left
        out, and those that are known without error.

    Returns
    -------
    DataFrame
        A row for each group of three people or more: group, n, q, df, p_value (how probable so wide
        a spread is where all are equal), true_sd (standard deviation of the true values),
        reliability (share of the variance of the estimates that is true) and differ: whether
        p_value is below 0.05, without which an order of these people says nothing.

    Raises
    ------
    InputError
        A column is missing, or a standard error is below 0.

    Notes
    -----
    Cochran (1954), Biometrics 10: q is the sum of the squared distances to the weighted mean in
    units of se, chi-squared with n - 1 degrees of freedom where all are equal. true_sd by moments
    (DerSimonian and Laird 1986, Controlled Clinical Trials 7).
    """
    need(estimates, ["employee_id", "estimate", "se"], "estimates")
    if (estimates["se"] < 0).any():
        raise InputError(Problem("estimates", "a standard error is below 0", column="se"))
    rows = estimates if "group" in estimates else estimates.assign(group="all")
    rows = rows.dropna(subset=["estimate", "se", "group"])
    rows = rows[rows["se"] > 0].sort_values(["group", "employee_id"])
    groups = rows.groupby("group", sort=False)
    found = [_of_group(str(name), mine) for name, mine in groups if len(mine) >= FEWEST]
    return DataFrame(found, columns=COLUMNS)


def together(found: DataFrame) -> float:
    """p-value of all groups of `heterogeneity` at once; unknown where there is none."""
    return float(stats.chi2.sf(found["q"].sum(), found["df"].sum())) if len(found) else np.nan


def variance_between(excess: float, weight: Floats) -> float:
    """Variance of true values, of the sum of squares beyond what chance explains; 0 if none is.

    `weight` is 1 / se^2 of each unit (DerSimonian and Laird 1986).
    """
    return max(float(excess), 0.0) / float(weight.sum() - (weight**2).sum() / weight.sum())


def _of_group(name: str, rows: DataFrame) -> dict[str, object]:
    y, square = rows["estimate"].to_numpy("float64"), rows["se"].to_numpy("float64") ** 2
    weight = 1 / square
    middle = np.average(y, weights=weight)
    q, df = float((weight * (y - middle) ** 2).sum()), len(y) - 1
    p = float(stats.chi2.sf(q, df))
    true = variance_between(q - df, weight)
    return {
        "group": name,
        "n": len(y),
        "q": q,
        "df": df,
        "p_value": p,
        "true_sd": np.sqrt(true),
        "reliability": true / (true + square.mean()),
        "differ": p < 1 - LEVEL,
    }
