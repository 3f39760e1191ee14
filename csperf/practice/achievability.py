"""Whether a target can be reached: its probability given what somebody has reached so far."""

from __future__ import annotations

from typing import Any

import numpy as np
from pandas import DataFrame, Series
from scipy import stats

MOST = 0.9  # of the people, whose best ever falls short: the target asks too much
FEWEST_PEOPLE = 3  # of fewer nobody says "most people"
NO_SPREAD = 1e6  # cases that a prior is worth where people do not differ
FOUND = ["n_periods", "best", "expected", "probability", "status"]
GROUP = ["indicator_id", "target", "direction", "period"]


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
    found = []
    for indicator, rows in targets.groupby("indicator_id", sort=False):
        own = history[history["indicator_id"] == indicator].dropna(subset="value")
        proportion = rows["kind"].iloc[0] == "proportion"
        predict = _Counts(own) if proportion else _Values(own)
        best = own.groupby("unit_id")["value"].agg(["min", "max", "size"])
        for row in rows.itertuples():
            at = {"n_periods": 0, "best": np.nan, "status": "no_history"}
            if row.unit_id in best.index:
                seen = best.loc[row.unit_id]
                at = {"n_periods": int(seen["size"]), "status": "ok"}
                at["best"] = seen["max" if row.direction == "up" else "min"]
                at |= predict.reaching(row.unit_id, row.target, row.direction == "up")
            found.append(Series(at, name=row.Index))
    told = DataFrame(found, columns=FOUND)
    numbers = dict.fromkeys(["best", "expected", "probability"], "float64")
    return targets.join(told.astype({**numbers, "n_periods": "int64", "status": "str"}))


class _Counts:
    """Beta-binomial: what the next cycle's share may be."""

    def __init__(self, own: DataFrame):
        sums = own.groupby("unit_id")[["numerator", "denominator"]].sum()
        self.sums = sums[sums["denominator"] > 0]
        self.cycles = own.groupby("unit_id").size()
        self.prior = self._prior()

    def _prior(self) -> tuple[float, float]:
        hits, cases = self.sums["numerator"], self.sums["denominator"]
        units, total = len(cases), cases.sum()
        if units < 2:
            return 0.5, 0.5
        mean = hits.sum() / total
        chance = mean * (1 - mean)
        spread = (cases * (hits / cases - mean) ** 2).sum() - chance * (units - 1)
        true = spread / (total - (cases**2).sum() / total - (units - 1))
        size = min(max(chance / true - 1, 1e-3), NO_SPREAD) if true > 0 and chance else NO_SPREAD
        return max(mean * size, 1e-9), max((1 - mean) * size, 1e-9)

    def reaching(self, unit: str, target: float, up: bool) -> dict[str, Any]:
        if unit not in self.sums.index:
            return {"status": "too_few"}
        hits, cases = self.sums.loc[unit]
        a, b = self.prior[0] + hits, self.prior[1] + cases - hits
        n = max(round(cases / self.cycles[unit]), 1)
        edge = round(target * n, 9)
        whole = stats.betabinom(n, a, b)
        chance = whole.sf(np.ceil(edge) - 1) if up else whole.cdf(np.floor(edge))
        return {"expected": a / (a + b), "probability": float(chance)}


class _Values:
    """A t distribution: what the next cycle's value may be."""

    def __init__(self, own: DataFrame):
        values = own.groupby("unit_id")["value"]
        self.means, self.n = values.mean(), values.size()
        self.df = int((self.n - 1).sum())
        within = ((own["value"] - own["unit_id"].map(self.means)) ** 2).sum()
        self.within = within / self.df if self.df else np.nan
        between = self.means.var(ddof=1) if len(self.means) > 1 else np.nan
        self.between = max(between - self.within * (1 / self.n).mean(), 0.0)

    def reaching(self, unit: str, target: float, up: bool) -> dict[str, Any]:
        if not self.df:
            return {"status": "too_few"}
        own, chance = self.within / self.n[unit], 1.0
        if not np.isnan(self.between):  # without peers the own mean stands
            chance = self.between / (self.between + own) if self.between + own > 0 else 0.0
        expected = chance * self.means[unit] + (1 - chance) * self.means.mean()
        spread = np.sqrt(self.within + chance * own)
        ahead = (expected - target) * (1 if up else -1)
        if spread == 0:
            return {"expected": expected, "probability": float(ahead >= 0)}
        return {"expected": expected, "probability": float(stats.t.cdf(ahead / spread, self.df))}


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
