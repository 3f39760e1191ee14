"""Variance components of complete designs by expected mean squares, without any iteration."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from pandas import DataFrame


def crossed(frame: DataFrame, factors: tuple[str, ...]) -> dict[str, float]:
    """Components of a complete crossed design with one score a cell.

    The mean square of an effect estimates the sum, over the effects that contain it, of their
    component times the number of cells behind one of their levels (Brennan 2001, section 3.4).
    """
    sizes = {name: frame[name].nunique() for name in factors}
    assert len(frame) == np.prod(list(sizes.values()))
    effects = [set(part) for k in range(1, len(factors) + 1) for part in combinations(factors, k)]
    explained = {frozenset(): np.full(len(frame), frame["score"].mean())}
    squares, components = {}, {}
    for effect in effects:
        cells = frame.groupby([*effect])["score"].transform("mean").to_numpy(dtype=float)
        inner = [part for part in explained if part < effect]
        explained[frozenset(effect)] = cells - sum(explained[part] for part in inner)
        freedom = np.prod([sizes[name] - 1 for name in effect])
        squares[frozenset(effect)] = (explained[frozenset(effect)] ** 2).sum() / freedom
    for effect in reversed(effects):
        behind = np.prod([sizes[name] for name in factors if name not in effect])
        above = sum(
            components[frozenset(other)]
            * np.prod([sizes[name] for name in factors if name not in other])
            for other in effects
            if effect < other
        )
        components[frozenset(effect)] = (squares[frozenset(effect)] - above) / behind
    highest = frozenset(factors)
    named = {part: ":".join(name for name in factors if name in part) for part in components}
    return {"residual" if part == highest else named[part]: components[part] for part in components}


def nested(frame: DataFrame, p: str, t: str, r: str) -> dict[str, float]:
    """Components of p x (r:t), every r within one t, as many of them in each."""
    n_p, n_t = frame[p].nunique(), frame[t].nunique()
    n_r = frame[r].nunique() // n_t
    assert len(frame) == n_p * n_t * n_r
    y, mean = frame["score"], frame["score"].mean()
    by_p, by_t, by_r = (frame.groupby(name)["score"].transform("mean") for name in (p, t, r))
    by_pt = frame.groupby([p, t])["score"].transform("mean")
    ms_p = ((by_p - mean) ** 2).sum() / (n_p - 1)
    ms_t = ((by_t - mean) ** 2).sum() / (n_t - 1)
    ms_r = ((by_r - by_t) ** 2).sum() / (n_t * (n_r - 1))
    ms_pt = ((by_pt - by_p - by_t + mean) ** 2).sum() / ((n_p - 1) * (n_t - 1))
    ms_e = ((y - by_pt - by_r + by_t) ** 2).sum() / ((n_p - 1) * n_t * (n_r - 1))
    return {
        p: (ms_p - ms_pt) / (n_t * n_r),
        t: (ms_t - ms_pt - ms_r + ms_e) / (n_p * n_r),
        f"{t}:{r}": (ms_r - ms_e) / n_p,
        f"{p}:{t}": (ms_pt - ms_e) / n_r,
        "residual": ms_e,
    }
