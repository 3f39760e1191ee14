"""Indicators made of other indicators' values: against everybody, and against the other groups."""

from __future__ import annotations

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from csperf.indicators.catalogue import INDICATORS, Indicator

EVERYBODY = "_all"
NUMBERS = ["value", "n", "low", "high", "numerator", "denominator"]


def relative(
    row: Indicator, values: DataFrame, whole: DataFrame, keys: list[str], times: list[str]
) -> DataFrame:
    """The value of `of` in every group, divided by that of everybody in the same time."""
    (name,) = row.of
    mine = values[values["indicator_id"] == name]
    all_of_them = whole.loc[whole["indicator_id"] == name, [*times, "value"]]
    reference = all_of_them.rename(columns={"value": "reference"})
    joined = (
        mine.merge(reference, on=times, how="left") if times else mine.merge(reference, how="cross")
    )
    by = joined.pop("reference").where(lambda shop: shop > 0)
    known = joined["value"].notna() & by.notna()
    return joined.assign(
        indicator_id=row.id,
        unit=row.unit,
        value=joined["value"] / by,
        low=joined["low"] / by,
        high=joined["high"] / by,
        numerator=joined["value"],
        denominator=by,
        status=joined["status"].mask((joined["status"] == "ok") & ~known, "not_computable"),
    )


def beaten(
    row: Indicator, values: DataFrame, whole: DataFrame, keys: list[str], times: list[str]
) -> DataFrame:
    """Share of the other groups of the same time that do worse, over the indicators `of`.

    A tie is half a win; who lacks one of the values has no share. Beating other teams is no
    person's own, so that an index of teams is not available for people.
    """
    wins = pd.concat([_wins(values, name, keys, times) for name in row.of])
    by = keys or [EVERYBODY]
    found = wins.groupby(by, as_index=False, dropna=False).agg(
        numerator=("wins", "sum"), denominator=("others", "sum"), known=("known", "all")
    )
    computable = found.pop("known").astype(bool) & (found["denominator"] > 0)
    parts = values.loc[values["indicator_id"].isin(row.of), "status"]
    of_nobody = row.scope == "team" and "employee_id" in keys
    if of_nobody or (parts == "not_available").any():
        nothing = dict.fromkeys(NUMBERS, np.nan)
        return found.assign(indicator_id=row.id, unit=row.unit, **nothing, status="not_available")
    return found.assign(
        indicator_id=row.id,
        unit=row.unit,
        value=(found["numerator"] / found["denominator"]).where(computable),
        n=found["denominator"],
        low=np.nan,
        high=np.nan,
        status=np.where(computable, "ok", "not_computable"),
    )


def _wins(values: DataFrame, name: str, keys: list[str], times: list[str]) -> DataFrame:
    """How many of the other groups each group beats on one indicator, and how many there are."""
    mine = values.loc[values["indicator_id"] == name].assign(**{EVERYBODY: 1})
    by = keys or [EVERYBODY]
    sign = -1.0 if INDICATORS[name].direction == "down" else 1.0
    merit: Series = mine["value"] * sign
    ranked = merit.groupby([mine[key] for key in times]) if times else merit.groupby(lambda _: 0)
    return mine[by].assign(
        wins=ranked.rank(method="average") - 1,
        others=ranked.transform("count") - 1,
        known=merit.notna(),
    )
