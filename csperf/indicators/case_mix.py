"""Values as they would be if everybody had the same mix of work."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, get_args

import numpy as np
from pandas import DataFrame

from csperf.errors import InputError, Problem
from csperf.indicators.catalogue import INDICATORS, Indicator
from csperf.indicators.engine import Events
from csperf.indicators.strata import STRATUM, UNRECORDED, Over
from csperf.indicators.values import By, chosen_indicators, measure
from csperf.params import Cycle, Measurement

LOWEST_COVERAGE = 0.8
KINDS = ("proportion", "mean", "ratio", "rating")  # sums over sums, which strata can weigh
LIMITS = ("standardised", "standardised_low", "standardised_high")
COLUMNS = ["indicator_id", "value", "low", "high", *LIMITS, "everybody", "n", "coverage"]
COLUMNS += ["unit", "status"]
AT_LEAST = 1 - 1e-9  # so that a coverage of exactly the limit is enough


def standardised_values(
    tables: Mapping[str, Any],
    by: By | Sequence[By] = "employee_id",
    indicators: Iterable[str] | None = None,
    over: Over | Sequence[Over] = "channel",
    cycle: Cycle | Sequence[Cycle] | None = None,
    engine: Any = None,
    *,
    measurement: Measurement | None = None,
    timezone: str = "UTC",
    exported_on: Any = None,
    lowest_coverage: float = LOWEST_COVERAGE,
) -> DataFrame:
    """Values of indicators beside what they would be if everybody had the same mix of work.

    Parameters
    ----------
    tables, by, cycle, engine, measurement, timezone, exported_on
        As in `indicator_values`.
    indicators : iterable of str, optional
        Proportions, means, ratios and ratings of the catalogue; all of them if left out.
    over : kind of work or several
        Out of channel, product, priority, issue_type and shift: the part of the local day (morning
        from 5, afternoon from 12, evening from 17, night from 22 o'clock) in which the employee's
        shift of the day began.
    lowest_coverage : float
        Share of everybody's work that lies in kinds of work the group did too; below it there is no
        standardised value.

    Returns
    -------
    DataFrame
        A row for each group and indicator: the grouping columns, then indicator_id, value, low,
        high, standardised, standardised_low, standardised_high (95 %), everybody (the value of all
        groups together in the same kinds of work, with the same weights), n, coverage, unit,
        status. Not available: nobody recorded the kind of work. Not computable: too low a coverage.

    Raises
    ------
    InputError
        For indicators that are not sums over sums, and kinds of work that are not known.

    Notes
    -----
    Direct standardisation (Breslow and Day 1987, Statistical Methods in Cancer Research II, chapter
    2): the mean of the group's values in all kinds of work, weighted by the share of each in
    everybody's denominator; kinds of work that the group did not do are left out of the weights.
    Squared distances from value to limit add up with squared weights (Zou and Donner 2008,
    Statistics in Medicine 27), which for symmetric intervals is the sum of weighted variances; a
    kind of work with a single customer has no interval, and then nor has the sum.
    """
    rows = _standardisable(indicators)
    kinds = _known([over] if isinstance(over, str) else list(over))
    ids = [row.id for row in rows]
    with Events(tables, measurement, timezone, exported_on, engine) as events:
        crude = measure(events, cycle, by, ids)
        cells = measure(events, cycle, by, ids, over=kinds)
    groups: list[str] = [by] if isinstance(by, str) else list(by)
    found = _adjusted(cells, groups, [f"{STRATUM}{kind}" for kind in kinds])
    whole = crude.merge(found, on=[*groups, "indicator_id"], how="left")
    return _judged(whole, lowest_coverage)[[*groups, *COLUMNS]]


def _standardisable(indicators: Iterable[str] | None) -> list[Indicator]:
    if indicators is None:
        return [row for row in INDICATORS.values() if row.kind in KINDS]
    rows = chosen_indicators(indicators)
    advice = f"it takes {', '.join(KINDS)}"
    problems = [
        Problem("standardised_values", f"'{row.id}' is a {row.kind}", advice)
        for row in rows
        if row.kind not in KINDS
    ]
    if problems:
        raise InputError(problems)
    return rows


def _known(kinds: list[Over]) -> list[Over]:
    unknown = [kind for kind in kinds if kind not in get_args(Over)]
    if unknown or not kinds:
        found = f"no kind of work '{unknown[0]}'" if unknown else "no kind of work"
        expected = f"over takes {', '.join(get_args(Over))}"
        raise InputError(Problem("standardised_values", found, expected))
    return kinds


def _adjusted(cells: DataFrame, groups: list[str], strata: list[str]) -> DataFrame:
    """Standardised value and limits, everybody's value, coverage, recorded, by group.

    `cells` are the values of the groups in each stratum.
    """
    known = cells[cells["value"].notna()]
    stratum = ["indicator_id", *strata]
    sums = known.groupby(stratum, as_index=False)[["numerator", "denominator"]].sum()
    share = sums["denominator"] / sums.groupby("indicator_id")["denominator"].transform("sum")
    standard = sums[stratum].assign(w=share, all=sums["numerator"] / sums["denominator"])
    unrecorded = standard[strata].eq(UNRECORDED).groupby(standard["indicator_id"]).transform("all")
    standard["recorded"] = ~unrecorded.any(axis=1)
    each = known.merge(standard, on=stratum)
    w = each["w"]
    parts = each[[*groups, "indicator_id", "w", "recorded"]].assign(
        mine=w * each["value"],
        everybody=w * each["all"],
        below=(w * (each["value"] - each["low"])) ** 2,
        above=(w * (each["high"] - each["value"])) ** 2,
    )
    total = parts.groupby([*groups, "indicator_id"]).sum(skipna=False)
    value = total["mine"] / total["w"]
    return DataFrame(
        {
            "standardised": value,
            "standardised_low": value - np.sqrt(total["below"]) / total["w"],
            "standardised_high": value + np.sqrt(total["above"]) / total["w"],
            "everybody": total["everybody"] / total["w"],
            "coverage": total["w"],
            "recorded": total["recorded"] > 0,
        }
    ).reset_index()


def _judged(whole: DataFrame, lowest_coverage: float) -> DataFrame:
    """The values with their status; standardised ones only where they mean something."""
    status = whole["status"]
    computed = status.isin(["ok", "too_few", "provisional"])
    recorded = whole["recorded"].astype("boolean").fillna(True).astype(bool)
    low = computed & (whole["coverage"] < lowest_coverage * AT_LEAST)
    status = status.mask(low, "not_computable").mask(computed & ~recorded, "not_available")
    shown = computed & recorded & ~low
    numbers = {name: whole[name].where(shown) for name in LIMITS}
    mixed = {name: whole[name].where(recorded) for name in ("everybody", "coverage")}
    return whole.assign(status=status, **numbers, **mixed)
