"""Later cycle minus earlier cycle, for a team's scores and indicators, with intervals."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from datetime import timedelta
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from pandas import DataFrame, Series
from scipy import stats

from csperf.comparison.detectable import detectable_difference
from csperf.comparison.rates import ALL_ALIKE, PARTS, PEOPLE_AS_UNITS, RateChange, change_of_rate
from csperf.indicators import INDICATORS
from csperf.indicators.intervals import student
from csperf.mixed import fit_mixed
from csperf.params import Cycle
from csperf.tables import OUTPUT_TABLES

SCORE = "score"
WARM_UP_DAYS = 14
OF_PEOPLE = ("proportion", "rate")  # kinds of which each person's part is counted
PAIRED = "mean of people's own differences (paired t)"
MIXED = "everybody of either cycle (mixed model, Kenward-Roger)"
EARLIER, LATER = "earlier", "later"
SQUARE_AND_ADD = "difference of two values (square-and-add interval)"
OTHER_SCHEME = "not compared: another scheme or version"
NO_VALUE = "not compared: no value in one of the cycles"
TOO_FEW = "not compared: fewer than two people in both cycles"
START = "cannot be attributed: the records begin on {day}, in or just before the baseline"

Numbers: TypeAlias = Mapping[Hashable, Any] | Series  # of a value: itself, its limits and its parts


def compare_cycles(history: DataFrame, cycle: Cycle | str) -> DataFrame:
    """Differences of one cycle from every earlier one of its kind, for each team.

    Parameters
    ----------
    history : DataFrame
        Rows of the history table of one department, this cycle's included.
    cycle : Cycle or str
        The later cycle, or its id.

    Returns
    -------
    DataFrame
        The table comparisons, a row for each quantity, team and baseline. A change that may only
        mean that the records begin with the baseline is called "cannot be attributed" in `method`.

    Notes
    -----
    Scores: where somebody is in one of the cycles only, `value ~ cycle + (1 | employee_id)` over
    everybody (`fit_mixed`, Kenward and Roger's degrees of freedom); where all are in both that is
    the paired t of their own differences. effect size is the difference in standard deviations of
    a person's differences; smallest_detectable is found in 80 % of such comparisons. Proportions
    and rates whose people's parts add up to the team's: the difference of the two values, with
    people as units (`rate_change`), without an interval where they are too few. Other indicators: d
    -+ sqrt of the summed squares of the two values' distances to their own limits (Zou and Donner
    2008, Statistics in Medicine 27; for proportions Newcombe's method 10), which takes what people
    did for independent.
    """
    table, cycle = OUTPUT_TABLES["comparisons"], Cycle.parse(cycle)
    whole = history[history["week"].isna()]
    now = whole[whole["cycle_id"] == cycle.id]
    rows = [
        {**row, **_stamp(now, cycle, baseline)}
        for baseline in earlier_cycles(whole, cycle)
        for row in _differences(now, whole[whole["cycle_id"] == baseline.id], baseline)
    ]
    return table.arrange(DataFrame(rows)) if rows else table.empty()


def _stamp(now: DataFrame, cycle: Cycle, baseline: Cycle) -> dict[str, object]:
    department = now["department_id"].iloc[0]
    return {"cycle_id": cycle.id, "department_id": department, "baseline_id": baseline.id}


def earlier_cycles(history: DataFrame, cycle: Cycle) -> list[Cycle]:
    """Earlier cycles of the same kind, the latest first: the baselines of a cycle."""
    known = [Cycle.parse(name) for name in history["cycle_id"].unique()]
    past = [other for other in known if other.end <= cycle.start and months(other) == months(cycle)]
    return sorted(past, key=lambda other: other.start, reverse=True)


def months(cycle: Cycle) -> int:
    """How many months long a cycle is."""
    return 12 * (cycle.end.year - cycle.start.year) + cycle.end.month - cycle.start.month


def _differences(now: DataFrame, then: DataFrame, baseline: Cycle) -> list[dict[str, object]]:
    kept_back = reservation(then, baseline)
    rows = []
    for team in sorted(set(now["team_id"]) & set(then["team_id"])):
        here, there = now[now["team_id"] == team], then[then["team_id"] == team]
        found = [_scores(here, there), *_indicators(here, there)]
        rows += [{**row, "team_id": team, "group_id": team} for row in found]
    for row in rows:
        row["method"] = "; ".join(filter(None, (row["method"], kept_back)))
    return rows


def reservation(then: DataFrame, baseline: Cycle) -> str:
    """Why a change since this baseline may mean nothing but that the records begin there."""
    if then.empty or then["records_from"].isna().all():
        return ""
    begin = then["records_from"].min().date()
    if begin <= baseline.start - timedelta(days=WARM_UP_DAYS):
        return ""
    return START.format(day=begin.isoformat())


def _scores(here: DataFrame, there: DataFrame) -> dict[str, object]:
    later, earlier = (rows[rows["quantity_id"] == SCORE] for rows in (here, there))
    blank = {"quantity_id": SCORE, "n": 0}
    schemes = pd.concat([later, earlier])[["scheme_id", "scheme_version"]].drop_duplicates()
    if len(schemes) > 1:
        return {**blank, "method": OTHER_SCHEME}
    values = DataFrame(
        {
            name: rows.dropna(subset="value").set_index("employee_id")["value"]
            for name, rows in ((EARLIER, earlier), (LATER, later))
        }
    )
    pairs = (values[LATER] - values[EARLIER]).dropna()
    n = len(pairs)
    if n < 2:
        return {**blank, "n": n, "method": TOO_FEW}
    if n < len(values) and pairs.std() > 0:
        return {"quantity_id": SCORE, "n": len(values), **_of_everybody(values)}
    se, df = pairs.std() / np.sqrt(n), n - 1
    low, high = student(pairs.mean(), se, n)
    return {
        "quantity_id": SCORE,
        "n": n,
        "difference": pairs.mean(),
        "low": float(low),
        "high": float(high),
        "df": df,
        "p_value": 2 * stats.t.sf(abs(pairs.mean()) / se, df) if se > 0 else np.nan,
        "effect_size": pairs.mean() / pairs.std() if se > 0 else np.nan,
        "smallest_detectable": float(detectable_difference(se, df)),
        "method": PAIRED,
    }


def _of_everybody(values: DataFrame) -> dict[str, object]:
    """The change where people joined or left; with everybody in both it would be the paired t."""
    rows = values.rename_axis(index="employee_id", columns="at").stack().rename("value").dropna()
    fit = fit_mixed(rows.reset_index(), "value ~ at + (1 | employee_id)")
    told = fit.contrasts("at", adjust=None, df="kenward-roger").iloc[0]  # earlier minus later
    return {
        "difference": -told["estimate"],
        "low": -told["high"],
        "high": -told["low"],
        "df": told["df"],
        "p_value": told["p_value"],
        "effect_size": -told["estimate"] / np.sqrt(2 * fit.residual),
        "smallest_detectable": told["smallest_detectable"],
        "method": MIXED,
    }


def _indicators(here: DataFrame, there: DataFrame) -> list[dict[str, object]]:
    later, earlier = (
        rows[rows["employee_id"].isna() & (rows["quantity_id"] != SCORE)]
        .set_index("quantity_id")[["n", "value", "low", "high", *PARTS]]
        .to_dict("index")
        for rows in (here, there)
    )
    people = [_parts_of_people(side) for side in (here, there)]
    return [
        {"quantity_id": name, "n": now["n"]}
        | _difference(now, earlier[name], [parts.get(str(name)) for parts in people])
        for name, now in later.items()
        if name in earlier
    ]


def _difference(
    later: Numbers, earlier: Numbers, people: list[DataFrame | None]
) -> dict[str, object]:
    """Difference of two values of a team, with its people as units where theirs add up to it."""
    pairs = zip(people, (later, earlier), strict=True)
    now, then = (parts if _adds_up(parts, whole) else None for parts, whole in pairs)
    if now is not None and then is not None:
        found = change_of_rate(now, then)
        if isinstance(found, RateChange):
            return {**found.row(), "method": PEOPLE_AS_UNITS}
        # Of cases alone an interval is far too narrow where people differ. Where they do not, such
        # as all at 100 % in both cycles, it is the wider one: theirs would have no width at all.
        if found != ALL_ALIKE:
            return {"difference": later["value"] - earlier["value"], "method": found}
    difference = later["value"] - earlier["value"]
    low, high = square_and_add(later, earlier)
    method = NO_VALUE if np.isnan(difference) else SQUARE_AND_ADD
    return {"difference": difference, "low": low, "high": high, "method": method}


def _parts_of_people(rows: DataFrame) -> dict[str, DataFrame]:
    """By indicator that is a share or rate: numerators and denominators, indexed by person."""
    counted = rows["quantity_id"].map(
        lambda name: name in INDICATORS and INDICATORS[name].kind in OF_PEOPLE
    )
    own = rows[counted.astype(bool) & rows["employee_id"].notna() & (rows["denominator"] > 0)]
    own = own.dropna(subset=PARTS).set_index("employee_id")
    return {str(name): parts[PARTS].astype(float) for name, parts in own.groupby("quantity_id")}


def _adds_up(parts: DataFrame | None, whole: Numbers) -> bool:
    """Whether the people's sums are the team's, and the team's value is their ratio."""
    if parts is None:
        return False
    numerator, denominator = parts.sum()
    known = [float(whole[name]) for name in (*PARTS, "value")]
    return np.allclose([numerator, denominator, numerator / denominator], known, rtol=1e-9, atol=0)


def square_and_add(later: Numbers, earlier: Numbers) -> tuple[float, float]:
    """Interval of later minus earlier from the two values and their own intervals."""
    difference = later["value"] - earlier["value"]
    down = np.hypot(later["value"] - later["low"], earlier["high"] - earlier["value"])
    up = np.hypot(later["high"] - later["value"], earlier["value"] - earlier["low"])
    return float(difference - down), float(difference + up)
