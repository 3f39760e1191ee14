"""Drawn teams whose people differ and in which nothing changed."""

from __future__ import annotations

import numpy as np
from pandas import DataFrame
from scipy.special import expit, logit


def unchanged_team(
    rng: np.random.Generator,
    people: int,
    contacts: float,
    within: float,
    rate: float = 0.7,
    uneven: bool = False,
) -> list[DataFrame]:
    """Successes and contacts of each person in a later and an earlier cycle.

    People's levels differ by a standard deviation of 0.5 logits, one person's cycles by `within`.
    Where work is `uneven`, some have several times as many contacts as others, in both cycles.
    """
    level = logit(rate) + rng.normal(0, 0.5, (people, 1))
    mean = contacts * np.exp(rng.normal(0, 1.0 if uneven else 0.0, people))
    n = rng.negative_binomial(5, 5 / (5 + mean), (2, people)) + 1
    x = rng.binomial(n, expit(level.T + rng.normal(0, within, (2, people))))
    return [DataFrame({"numerator": x[at], "denominator": n[at]}) for at in (0, 1)]
