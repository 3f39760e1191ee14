"""What stands out in the ratings of one evaluator beside the key, with tests that know it.

The cases are what varies. Statistics that are no plain means get their error by leaving out one
case at a time: the jackknife of Tukey (1958), Annals of Mathematical Statistics 29, 614.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any

import numpy as np
import pandas as pd
from pandas import DataFrame
from scipy import stats

from csperf.indicators.intervals import LEVEL, holm
from csperf.practice.cronbach import Floats, lost_profile, passed_on
from csperf.practice.marking import CRITERION, EVALUATOR

FALSE = 0.05  # chance that somebody with no habit is flagged for anything at all
FEWEST = 5  # cases for an interval
# What is too small to matter, however clear: severity and criterion in spreads of the key; how far
# differences passed on lie from 1; the share of profiles that is lost; the log ratio of variances.
MATERIAL = {
    "severity": 0.2,
    "criterion": 0.4,
    "differentiation": 0.3,  # leniency alone loses some fifth of them where many are at the end
    "halo": 0.2,
    "criterion_cases": np.log(2.0),
}
COLUMNS = (
    *("effect", CRITERION, "statistic", "low", "high", "n", "p_value", "p_adjusted", "flag"),
)
Statistic = Callable[[Floats, Floats], Floats]


@cache
def quantile(n: int) -> float:
    """Half width of a 95 % interval over n cases in standard errors; unknown for too few."""
    return float(stats.t.ppf(0.5 + LEVEL / 2, n - 1)) if n >= FEWEST else float("nan")


def effects_of(given: Floats, key: Floats, criteria: list[str]) -> DataFrame:
    """Rows of one evaluator, not yet adjusted: effect, criterion_id, statistic ... flag."""
    return DataFrame(list(_rows(given, key, criteria)))


def tested(rows: DataFrame) -> DataFrame:
    """With p-values adjusted over what each evaluator is tested for; unclear flags go."""
    adjusted = holm(rows["p_value"], rows[EVALUATOR])
    flag = rows["flag"].where(adjusted < FALSE, "")
    return rows.assign(p_adjusted=adjusted, flag=flag)[[EVALUATOR, *COLUMNS]]


def _rows(given: Floats, key: Floats, criteria: list[str]) -> Iterator[dict[str, Any]]:
    spread, off = key.std(), given - key
    taken = -off.mean(axis=1)
    limit = MATERIAL["severity"] * spread
    yield _row("severity", *_mean(taken), len(off), limit, ("severe", "lenient"))
    yield from _range(given, key)
    if len(criteria) < 2:
        return
    found = _jackknife(lost_profile, given, key)
    yield _row("halo", *found, len(off), MATERIAL["halo"], ("halo", ""))
    for place, name in enumerate(criteria):
        others = np.median(np.delete(off, place, axis=1), axis=1)  # one more misread weighs little
        limit = MATERIAL["criterion"] * spread
        found = _mean(off[:, place] - others)
        words = ("read_too_kindly", "read_too_strictly")
        yield _row("criterion", *found, len(off), limit, words) | {CRITERION: name}
    for place, name in enumerate(criteria):
        found = _jackknife(partial(_noise_beyond, place=place), given, key)
        limit = MATERIAL["criterion_cases"]
        row = _row("criterion_cases", *found, len(off), limit, ("other_cases", ""))
        yield row | {CRITERION: name}


def _range(given: Floats, key: Floats) -> Iterator[dict[str, Any]]:
    """How much of differences between cases is passed on, and how much of the scale is used."""
    slope, se = _jackknife(passed_on, given, key)
    used, used_se = _jackknife(_spread_ratio, given, key)
    few = ("extreme", "central" if used < 1 else "other_order")
    row = _row("differentiation", slope - 1, se, len(given), MATERIAL["differentiation"], few)
    yield row | {"statistic": slope, "low": row["low"] + 1, "high": row["high"] + 1}
    yield _row("range_use", used, used_se, len(given), np.inf, ("", "")) | {"p_value": np.nan}


def _row(
    effect: str, value: float, se: float, n: int, limit: float, words: tuple[str, str]
) -> dict[str, Any]:
    """A statistic that is 0 without a habit; without a word for below, only above 0 is tested."""
    known = n >= FEWEST and np.isfinite(value) and np.isfinite(se)
    half = quantile(n) * se if known else np.nan
    p = np.nan
    if known:
        t = value / se if se > 0 else np.inf * np.sign(value) if value else 0.0
        p = 2 * stats.t.sf(abs(t), n - 1) if words[1] else stats.t.sf(t, n - 1)
    word = words[0] if value > limit else words[1] if value < -limit else ""
    numbers = {"statistic": value, "low": value - half, "high": value + half, "n": n}
    return {"effect": effect, CRITERION: pd.NA, **numbers, "p_value": p, "flag": word}


def _mean(values: Floats) -> tuple[float, float]:
    n = len(values)
    return float(values.mean()), float(values.std(ddof=1) / np.sqrt(n)) if n > 1 else np.nan


def _jackknife(statistic: Statistic, given: Floats, key: Floats) -> tuple[float, float]:
    """A statistic of all cases, and its standard error."""
    value, n = float(statistic(given, key)), len(given)
    if n < FEWEST:
        return value, np.nan
    rows = np.arange(n)
    without = np.broadcast_to(rows, (n, n))[~np.eye(n, dtype=bool)].reshape(n, n - 1)
    each = statistic(given[without], key[without])
    return value, float(np.sqrt((n - 1) / n * np.sum((each - each.mean()) ** 2)))


def _spread_ratio(given: Floats, key: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = given.std(axis=(-2, -1)) / key.std(axis=(-2, -1))
    return np.where(np.isfinite(ratio), ratio, np.nan)


def _noise_beyond(given: Floats, key: Floats, place: int) -> Floats:
    """Log ratio of the error variance of one criterion over the mean of the others'."""
    noise = (given - key).var(axis=-2)
    own, others = noise[..., place], np.delete(noise, place, axis=-1).mean(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.log(own / others)
    return np.where(np.isfinite(ratio), ratio, np.nan)
