"""Whole places of shares in a group, and who gets them: seats from the best down."""

from __future__ import annotations

from fractions import Fraction
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from csperf.scheme import Distribution, Share

WHOLE = 100


def quotas(distribution: Distribution, n: int) -> dict[str, int]:
    """Places of each share in a group of n people.

    A `cap` has the whole places within its per cent: 10 % of 7 people is 0.7, so none. The `about`
    shares divide what the caps leave by largest remainder, in proportion to their per cents; equal
    remainders go to the larger share, then to the earlier. An `open` share has no quota and says 0.
    """
    pct = {share.id: percent(share) for share in distribution.shares}
    whole = max(WHOLE, sum(pct.values()))  # shares may sum to a hair more than 100
    kinds = {share.id: share.kind.value for share in distribution.shares}
    caps = {name: int(pct[name] * n / whole) for name, kind in kinds.items() if kind == "cap"}
    about = {name: pct[name] for name, kind in kinds.items() if kind == "about"}
    return {**dict.fromkeys(pct, 0), **caps, **_divided(n - sum(caps.values()), about)}


def seats(earned: NDArray[np.int64], distribution: Distribution, filled: bool) -> NDArray[np.int64]:
    """Share of each place of groups of one size, from the best down; one past the last if none.

    `earned` has a row for each group and says how many of its people may have each share at best.
    A cap has the places it has; an about share has all places down to its border that nobody took.
    """
    shares, size = distribution.shares, int(earned[0].sum())
    places = list(quotas(distribution, size).values())
    down_to = list(accumulate(places))
    taken = np.zeros((len(shares), len(earned)), dtype="int64")
    counted = [share.pct is not None for share in shares]
    runs: list[tuple[int, NDArray[np.int64]]] = []

    def room(share: int) -> NDArray[np.int64] | int:
        match shares[share].kind.value:
            case "cap":
                return places[share] - taken[share]
            case "about":
                return down_to[share] - taken[counted].sum(axis=0)
        return size if not filled or down_to[share] == down_to[-1] else 0

    for best in range(len(shares)):
        left = earned[:, best]
        for share in _reach(best, distribution, filled):
            run = np.clip(room(share), 0, left)
            taken[share] += run
            left = left - run
            runs.append((share, run))
        runs.append((len(shares), left))
    each = np.tile([share for share, _ in runs], len(earned))
    lengths = np.stack([run for _, run in runs], axis=1)
    return np.repeat(each, lengths.ravel()).reshape(len(earned), size)


def percent(share: Share) -> Fraction:
    """Per cent as it is written, so that 33.33 is 3333/100."""
    return Fraction(str(share.pct.value)) if share.pct else Fraction(0)


def _divided(places: int, parts: dict[str, Fraction]) -> dict[str, int]:
    """Places by largest remainder, in proportion to the parts."""
    total = sum(parts.values())
    if not total:
        return dict.fromkeys(parts, 0)
    exact = {name: part * places / total for name, part in parts.items()}
    whole = {name: int(value) for name, value in exact.items()}
    left = places - sum(whole.values())
    first = sorted(parts, key=lambda name: (exact[name] - whole[name], parts[name]), reverse=True)
    return {name: whole[name] + (name in first[:left]) for name in parts}


def _reach(best: int, distribution: Distribution, filled: bool) -> range:
    """Shares that somebody may come into: nobody falls into an open one that is poor."""
    shares = distribution.shares
    below = (index for index in range(best + 1, len(shares)) if not filled)
    traps = (index for index in below if not shares[index].pct and shares[index].standing == "poor")
    return range(best, next(traps, len(shares)))
