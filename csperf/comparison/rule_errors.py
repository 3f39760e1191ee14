"""What a rule on ranks does to people by chance, before anybody is appraised by it."""

from __future__ import annotations

from math import comb

import numpy as np
from numpy.typing import NDArray
from pandas import DataFrame

from csperf.appraisal.distribution import quotas
from csperf.comparison.ranks import SEED, places
from csperf.scheme import Rule, Scheme
from csperf.scheme.results import Distribution

TEAMS, CYCLES = 20_000, 12
COLUMNS = [
    "rule_id",
    "team_size",
    "reliability",
    "first_place",
    "last_place",
    "consecutive_cycles",
    "p_person_by_chance",
    "p_somebody_by_chance",
    "p_somebody_a_year",
    "p_wrong",
    "p_wrong_half",
]


def rule_error_rates(
    rules: Scheme | Rule,
    team_size: int,
    reliability: float,
    *,
    teams: int = TEAMS,
    seed: int = SEED,
) -> DataFrame:
    """How often rules on ranks hit somebody by chance, and how often the wrong person.

    Parameters
    ----------
    rules : Scheme or Rule
        All rules of a scheme, or one; a rule on rank bands needs its scheme.
    team_size : int
        People who are ranked together.
    reliability : float
        Share of the differences between the scores of one cycle that are true, 0 to 1.
    teams, seed
        How many made-up teams are followed for twelve cycles, and the start of the random numbers.

    Returns
    -------
    DataFrame
        A row for each rule that looks at ranks and applies in a team of this size: rule_id,
        team_size, reliability, first_place and last_place (the places it hits), consecutive_cycles;
        p_person_by_chance and p_somebody_by_chance (probability that a given person, or anybody, is
        hit by that many cycles running where all are equal, exact); p_somebody_a_year (anybody
        within twelve cycles), p_wrong (share of those hit whose true place the rule does not name)
        and p_wrong_half (share whose true place lies on the other side of the middle), both
        simulated.

    Raises
    ------
    ValueError
        For a team of fewer than two people or a reliability outside 0..1.

    Notes
    -----
    True levels are normal and stay for the year; every cycle adds independent noise. At reliability
    0 everybody is equal, and the true order an arbitrary one. A person whom a rule over several
    cycles hits again in the year counts once.
    """
    if team_size < 2 or not 0 <= reliability <= 1:
        raise ValueError("give at least two people, and a reliability from 0 to 1")
    scheme = rules if isinstance(rules, Scheme) else None
    asked = rules.rules if isinstance(rules, Scheme) else (rules,)
    bands = scheme.ranking.bands if scheme else None
    least = scheme.ranking.min_size_for_last.value if scheme else 0
    true, seen = _made_up(team_size, reliability, teams, seed)
    rows = []
    for rule in asked:
        wanted = _wanted(rule, bands, team_size)
        too_small = rule.when.rank_from_bottom and team_size < least
        if wanted and not too_small:
            times = rule.when.consecutive_cycles.value
            key = {"rule_id": rule.id, "team_size": team_size, "reliability": reliability}
            rows.append({**key, **_rates(true, seen, wanted, times)})
    return DataFrame(rows, columns=COLUMNS)


def _wanted(rule: Rule, bands: Distribution | None, n: int) -> range | None:
    """Places (from 0) that a rule hits; none for a rule without ranks, or if all or none are."""
    when, found = rule.when, range(n)
    if when.rank_from_top:
        found = range(min(n, when.rank_from_top.value))
    if when.rank_from_bottom:
        found = range(max(found.start, n - when.rank_from_bottom.value), found.stop)
    if when.rank_bands and bands:
        taken = quotas(bands, n)
        names = [share.id for share in bands.shares]
        ends = np.cumsum([taken[name] for name in names])
        mine = [(end - taken[name], end) for name, end in zip(names, ends, strict=True)]
        spans = [span for name, span in zip(names, mine, strict=True) if name in when.rank_bands]
        found = range(int(min(a for a, _ in spans)), int(max(b for _, b in spans)))
    return found if 0 < len(found) < n else None


def _made_up(n: int, reliability: float, teams: int, seed: int) -> tuple[NDArray, NDArray]:
    """True places (team, person) and observed places (team, cycle, person), the first being 0."""
    rng = np.random.default_rng([seed, n])
    level = rng.standard_normal((teams, n), dtype=np.float32)
    noise = rng.standard_normal((teams, CYCLES, n), dtype=np.float32)
    scores = np.sqrt(reliability) * level[:, None, :] + np.sqrt(1 - reliability) * noise
    seen = places(scores.reshape(-1, n).astype(np.float32)).reshape(noise.shape)
    return places(level), seen


def _rates(true: NDArray, seen: NDArray, wanted: range, times: int) -> dict[str, float]:
    n, k = true.shape[1], len(wanted)
    hit = (seen >= wanted.start) & (seen < wanted.stop)
    running = np.stack(
        [hit[:, start : start + times].all(axis=1) for start in range(CYCLES - times + 1)], axis=1
    )
    counted = running.sum(axis=1) if times == 1 else running.any(axis=1)
    right = (true >= wanted.start) & (true < wanted.stop)
    middle = (n - 1) / 2
    low, high = wanted.start > middle, wanted.stop - 1 < middle
    other = np.less(true, middle) if low else np.greater(true, middle)
    whole = counted.sum() or np.nan
    return {
        "first_place": wanted.start + 1,
        "last_place": wanted.stop,
        "consecutive_cycles": times,
        "p_person_by_chance": (k / n) ** times,
        "p_somebody_by_chance": somebody_by_chance(n, k, times),
        "p_somebody_a_year": float(running.any(axis=(1, 2)).mean()),
        "p_wrong": float((counted * ~right).sum() / whole),
        "p_wrong_half": float((counted * other).sum() / whole) if low or high else np.nan,
    }


def somebody_by_chance(n: int, k: int, times: int) -> float:
    """Probability that one of n equal people is among the k hit in every one of `times` cycles.

    Inclusion and exclusion over j people who are hit every time.
    """
    return sum(
        (-1) ** (j + 1) * comb(n, j) * (comb(n - j, k - j) / comb(n, k)) ** times
        for j in range(1, k + 1)
    )
