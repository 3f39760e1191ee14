"""Whether a target can be reached: its probability given what somebody has reached so far."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import numpy as np
import pandas as pd
from pandas import DataFrame, Series
from scipy import stats

from csperf.indicators import indicator_values
from csperf.params import Cycle

MOST = 0.9  # of the people, whose best ever falls short: the target asks too much
FEWEST_PEOPLE = 3  # of fewer nobody says "most people"
NO_SPREAD = 1e6  # cases that a prior is worth where people do not differ
EARLIER = ["unit_id", "indicator_id", "cycle_id", "value", "numerator", "denominator"]
FOUND = ["n_periods", "best", "expected", "probability", "status"]
GROUP = ["indicator_id", "target", "direction", "period"]


def earlier_values(
    tables: Mapping[str, DataFrame],
    cycles: Iterable[Cycle],
    by: Literal["employee_id", "team_id"],
    indicators: Sequence[str],
    timezone: str = "UTC",
) -> DataFrame:
    """Values of people or teams in earlier cycles, as `achievability` takes them.

    Returns
    -------
    DataFrame
        unit_id, indicator_id, cycle_id, value, numerator, denominator. Who has no value in a cycle
        has no row of it.
    """
    found = [
        indicator_values(tables, cycle, by, list(indicators), timezone=timezone).assign(
            cycle_id=cycle.id
        )
        for cycle in cycles
    ]
    rows = pd.concat(found, ignore_index=True).rename(columns={by: "unit_id"})
    return rows.dropna(subset="value")[EARLIER].reset_index(drop=True)


def achievability(history: DataFrame, targets: DataFrame) -> DataFrame:
    """Probability that each person or team reaches its target, given its own earlier cycles.

    Parameters
    ----------
    history : DataFrame
        unit_id, indicator_id, cycle_id, value, and for proportions numerator and denominator: a row
        for each earlier cycle. Peers are all units of the table.
    targets : DataFrame
        unit_id, indicator_id, target, direction (up or down), kind (as in the catalogue); further
        columns are kept.

    Returns
    -------
    DataFrame
        The rows of `targets` with n_periods (own cycles), best (own best value), expected (of the
        next cycle), probability, status: ok, no_history, too_few.

    Notes
    -----
    Own cycles are drawn towards those of the peers, the more the fewer they are.

    Proportions: beta-binomial. The prior is Beta(m k, (1 - m) k), m the peers' pooled share and k
    from the spread of their shares by moments (1/2, 1/2 without peers). With x of n own cases so
    far, the next cycle of as many cases as a cycle has had on average reaches at least the target
    with the probability of a beta-binomial with a = m k + x and b = (1 - m) k + n - x.

    All else: a normal with a mean of each unit. s^2 is the variance within units, pooled, with its
    degrees of freedom; t^2 that of their true means; u = t^2 / (t^2 + s^2 / n) and the unit's mean
    is u own + (1 - u) peers' mean. The next value is a t with these degrees of freedom, that mean
    and variance s^2 + u s^2 / n.

    References
    ----------
    Kleinman (1973), JASA 68, 46-54, for k. Gelman et al. (2013), Bayesian Data Analysis, 2.4, 5.3
    and 5.4, for the two predictive distributions.
    """
    found = [_of_indicator(history, rows) for _, rows in targets.groupby("indicator_id")]
    told = pd.concat(found) if found else DataFrame(columns=FOUND)
    numbers = dict.fromkeys(["best", "expected", "probability"], "float64")
    return targets.join(told.astype({**numbers, "n_periods": "int64", "status": "str"}))


def _of_indicator(history: DataFrame, rows: DataFrame) -> DataFrame:
    """What is known of targets of one indicator, in their rows."""
    own = history[history["indicator_id"] == rows["indicator_id"].iloc[0]].dropna(subset="value")
    units, up = rows["unit_id"], rows["direction"] == "up"
    values = own.groupby("unit_id")["value"]
    known = units.isin(own["unit_id"])
    told = (_counts if rows["kind"].iloc[0] == "proportion" else _values)(own, rows)
    status = Series("ok", rows.index).mask(told["probability"].isna(), "too_few")
    return told.assign(
        n_periods=units.map(values.size()).fillna(0),
        best=units.map(values.max()).where(up, units.map(values.min())),
        status=status.where(known, "no_history"),
    )[FOUND]


def _counts(own: DataFrame, rows: DataFrame) -> DataFrame:
    """Beta-binomial: what the next cycle's share may be."""
    sums = own.groupby("unit_id")[["numerator", "denominator"]].sum()
    sums = sums[sums["denominator"] > 0]
    first, second = _prior(sums["numerator"], sums["denominator"])
    hits, cases = (rows["unit_id"].map(sums[name]) for name in ("numerator", "denominator"))
    a, b = first + hits, second + cases - hits
    n = (cases / rows["unit_id"].map(own.groupby("unit_id").size())).round().clip(lower=1)
    edge = (rows["target"] * n).round(9)
    least = stats.betabinom.sf(np.ceil(edge) - 1, n, a, b)
    most = stats.betabinom.cdf(np.floor(edge), n, a, b)
    chance = np.where(rows["direction"] == "up", least, most)
    return DataFrame({"expected": a / (a + b), "probability": chance}, rows.index)


def _prior(hits: Series, cases: Series) -> tuple[float, float]:
    """The two numbers of the beta distribution that true shares of the peers have."""
    units, total = len(cases), cases.sum()
    if units < 2:
        return 0.5, 0.5
    mean = hits.sum() / total
    chance = mean * (1 - mean)
    spread = (cases * (hits / cases - mean) ** 2).sum() - chance * (units - 1)
    true = spread / (total - (cases**2).sum() / total - (units - 1))
    size = min(max(chance / true - 1, 1e-3), NO_SPREAD) if true > 0 and chance else NO_SPREAD
    return max(mean * size, 1e-9), max((1 - mean) * size, 1e-9)


def _values(own: DataFrame, rows: DataFrame) -> DataFrame:
    """A t distribution: what the next cycle's value may be."""
    values = own.groupby("unit_id")["value"]
    means, sizes = values.mean(), values.size()
    df = int((sizes - 1).sum())
    if not df:
        return DataFrame({"expected": np.nan, "probability": np.nan}, rows.index)
    within = ((own["value"] - own["unit_id"].map(means)) ** 2).sum() / df
    chance = within / rows["unit_id"].map(sizes)  # of a unit's own mean
    pull = Series(1.0, rows.index)  # without peers the own mean stands
    if len(means) > 1:
        between = max(means.var(ddof=1) - within * (1 / sizes).mean(), 0.0)
        pull = (between / (between + chance).replace(0, np.nan)).fillna(0.0)
    expected = pull * rows["unit_id"].map(means) + (1 - pull) * means.mean()
    spread = np.sqrt(within + pull * chance)
    ahead = (expected - rows["target"]).where(rows["direction"] == "up", rows["target"] - expected)
    sure = (ahead >= 0).astype(float).where(ahead.notna())
    found = stats.t.cdf(ahead / spread.replace(0, np.nan), df)
    return DataFrame({"expected": expected, "probability": found}, rows.index).assign(
        probability=lambda told: told["probability"].where(spread != 0, sure)
    )


def out_of_reach(reach: DataFrame, most: float = MOST) -> DataFrame:
    """Targets that lie beyond the best that nearly everybody has ever reached.

    Parameters
    ----------
    reach : DataFrame
        From `achievability`, a row a person.
    most : float
        Share of people whose best falls short, from which a target asks too much.

    Returns
    -------
    DataFrame
        A row for each indicator, target, direction and period: n (people with earlier cycles),
        n_short (whose best falls short of it), probability (their mean), too_high.
    """
    keys = [name for name in GROUP if name in reach]
    known = reach[reach["n_periods"] > 0]
    up = known["direction"] == "up"
    short = (known["best"] < known["target"]).where(up, known["best"] > known["target"])
    groups = known.assign(short=short).groupby(keys, sort=False)
    found = groups.agg(
        n=("unit_id", "nunique"), n_short=("short", "sum"), probability=("probability", "mean")
    ).reset_index()
    enough = found["n"] >= FEWEST_PEOPLE
    return found.assign(too_high=enough & (found["n_short"] >= most * found["n"]))
