"""How often a team in which nothing changed looks changed."""

from __future__ import annotations

import numpy as np
from changing import unchanged_team
from pandas import DataFrame, Series

from csperf.comparison import square_and_add
from csperf.comparison.rates import RateChange, change_of_rate
from csperf.indicators import intervals

DRAWS = 1_000
CELLS = [
    (people, contacts, rate, within)
    for people in (5, 8, 15)
    for contacts, rate in ((30, 0.9), (30, 0.7), (150, 0.7))
    for within in (0.0, 0.25, 0.5)
]


def of_sums(side: DataFrame) -> Series:
    x, n = side.sum()
    low, high = intervals.wilson(x, n)
    return Series({"value": x / n, "low": float(low), "high": float(high)})


def test_people_as_units_keep_the_level_that_added_intervals_miss(keep):
    rng = np.random.default_rng(41)
    rows = []
    for people, contacts, rate, within in CELLS:
        teams = [unchanged_team(rng, people, contacts, within, rate) for _ in range(DRAWS)]
        found = [change_of_rate(*team) for team in teams]
        ours = [isinstance(each, RateChange) and each.row()["p_value"] < 0.05 for each in found]
        added = [square_and_add(*(of_sums(side) for side in team)) for team in teams]
        outside = [low > 0 or high < 0 for low, high in added]
        rows.append((people, contacts, rate, within, np.mean(ours), np.mean(outside)))
    table = DataFrame(
        rows, columns=["people", "contacts", "rate", "within", "people as units", "added"]
    )
    keep("rate_changes", table)
    assert table["people as units"].between(0.025, 0.08).all()
    assert table["added"].max() > 0.4
