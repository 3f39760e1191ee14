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
    (people, contacts, rate, within, uneven)
    for people in (5, 8, 15)
    for contacts, rate, uneven in ((30, 0.9, False), (150, 0.7, False), (150, 0.7, True))
    for within in (0.0, 0.25, 0.5)
]


def of_sums(sides: list[DataFrame]) -> list[Series]:
    """Share of each team with its interval, people left out of account."""
    x, n = np.array([side.sum() for side in sides]).T
    low, high = intervals.wilson(x, n)
    return [row for _, row in DataFrame({"value": x / n, "low": low, "high": high}).iterrows()]


def test_people_as_units_keep_the_level_that_added_intervals_miss(keep):
    rng = np.random.default_rng(41)
    rows = []
    for people, contacts, rate, within, uneven in CELLS:
        drawn = people, contacts, within, rate, uneven
        teams = [unchanged_team(rng, *drawn) for _ in range(DRAWS)]
        found = [change_of_rate(*team) for team in teams]
        ours = [isinstance(each, RateChange) and each.p_value < 0.05 for each in found]
        sums = [of_sums(list(sides)) for sides in zip(*teams, strict=True)]
        added = [square_and_add(*pair) for pair in zip(*sums, strict=True)]
        outside = [low > 0 or high < 0 for low, high in added]
        rows.append((people, contacts, rate, within, uneven, np.mean(ours), np.mean(outside)))
    table = DataFrame(
        rows, columns=["people", "contacts", "rate", "within", "uneven", "people as units", "added"]
    )
    keep("rate_changes", table)
    assert table["people as units"].between(0.02, 0.08).all()
    assert table["added"].max() > 0.4
