"""What a rule on ranks does to people by chance, before anybody is appraised by it."""

from __future__ import annotations

from dataclasses import replace
from math import comb
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pandas import DataFrame

from csperf.appraisal.distribution import rank_bands
from csperf.comparison.facts import Facts, facts_of
from csperf.comparison.ranks import SEED, places
from csperf.scheme import Rule, Scheme

TEAMS, CYCLES = 20_000, 12
HAIR = 1e-6  # spread of true scores of people who are all equal
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
    mean: float | None = None,
    sd: float | None = None,
    teams: int = TEAMS,
    seed: int = SEED,
) -> DataFrame:
    """How often rules on ranks hit somebody by chance, and how often the wrong person.

    Parameters
    ----------
    rules : Scheme or Rule
        All rules of a scheme, or one; a rule on rank bands or grades needs its scheme.
    team_size : int
        People who are ranked together.
    reliability : float
        Share of the differences between the scores of one cycle that are true, 0 to 1.
    mean, sd : float, optional
        Mean and standard deviation of the scores of one cycle, in points, for rules whose places
        count only with certain grades or scores.
    teams, seed
        How many made-up teams are followed for twelve cycles, and the start of the random numbers.

    Returns
    -------
    DataFrame
        A row for each rule that looks at ranks and applies in a team of this size: rule_id,
        team_size, reliability, first_place and last_place (the places it hits), consecutive_cycles;
        p_person_by_chance and p_somebody_by_chance (probability that a given person, or anybody, is
        hit by that many cycles running where all are equal, exact for rules on ranks alone);
        p_somebody_a_year (anybody within twelve cycles), p_wrong (share of those hit whom the rule
        would not name by their true place and score) and p_wrong_half (share whose true place lies
        on the other side of the middle), both simulated. Rates are unknown for a rule that waits
        for a grade or a score too, without mean and sd, and for one that waits for a level, an
        indicator or an earlier rule.

    Raises
    ------
    ValueError
        For a team of fewer than two people, a reliability outside 0..1, an sd that is not positive
        or stands alone, or a rule on rank bands or grades without its scheme.

    Notes
    -----
    True levels are normal and stay for the year; every cycle adds independent noise. At reliability
    0 everybody is equal, and the true order an arbitrary one. A person whom a rule over several
    cycles hits again in the year counts once. Rules act as `ranking.which_rules` says: by score a
    rule on bands waits for grades and has no row, by rank one on a grade waits for bands, and where
    both must agree the grade has to speak for it too.
    """
    if team_size < 2 or not 0 <= reliability <= 1:
        raise ValueError("give at least two people, and a reliability from 0 to 1")
    if (mean is None) != (sd is None) or (sd is not None and not sd > 0):
        raise ValueError("give mean and sd of the scores together, and an sd above 0")
    scheme = rules if isinstance(rules, Scheme) else None
    asked = rules.rules if isinstance(rules, Scheme) else (rules,)
    if lost := [r.id for r in asked if not scheme and (r.when.rank_bands or r.when.grade)]:
        raise ValueError(f"rule '{lost[0]}' waits for a rank band or a grade: give its scheme")
    team, made = _team(team_size, scheme), _made_up(team_size, reliability, teams, seed)
    rows = []
    for rule in asked:
        now, then = (_in_team(rule, team, scheme, at) for at in (True, False))
        if _applies(rule, now, scheme):
            key = {"rule_id": rule.id, "team_size": team_size, "reliability": reliability}
            rows.append({**key, **_of_rule(rule, now, then, made, _points(scheme, mean, sd))})
    return DataFrame(rows, columns=COLUMNS)


class _Made(NamedTuple):
    """Scores of made-up teams in standard units, and places, the first being 0.

    The true ones have a row for each team and a column for each person, those observed a row for
    each cycle of each team.
    """

    true: NDArray[np.float32]
    seen: NDArray[np.float32]
    true_places: NDArray[np.int32]
    seen_places: NDArray[np.int32]
    seed: int


class _Points(NamedTuple):
    """Mean and standard deviation of scores in points, and the borders of grades upwards."""

    mean: float
    sd: float
    cuts: list[float]


def _points(scheme: Scheme | None, mean: float | None, sd: float | None) -> _Points | None:
    if mean is None or sd is None:
        return None
    bands = scheme.grades[:-1] if scheme else ()
    return _Points(mean, sd, [band.from_score.value for band in reversed(bands)])


def _team(n: int, scheme: Scheme | None) -> NDArray[np.int64]:
    """The rank band of each place of one team, counted from the first; -1 is none."""
    if scheme is None or scheme.ranking.bands is None:
        return np.full(n, -1)
    team = DataFrame({"score": np.arange(n, 0.0, -1), "group": "team"})
    codes = {share.id: code for code, share in enumerate(scheme.ranking.bands.shares)}
    return rank_bands(team, scheme).map(codes).fillna(-1).to_numpy("int64")


def _in_team(rule: Rule, team: NDArray[np.int64], scheme: Scheme | None, now: bool) -> Facts:
    """What a rule asks, its bands as places of the team."""
    facts = facts_of(rule, len(team), scheme, now)
    any_band = np.ones_like(facts.bands)
    return replace(facts, places=facts.places & facts.bands[team], bands=any_band)


def _applies(rule: Rule, facts: Facts, scheme: Scheme | None) -> bool:
    """Whether a rule hits some places of the team, but not all of them."""
    least = scheme.ranking.min_size_for_last.value if scheme else 0
    too_small = rule.when.rank_from_bottom and len(facts.places) < least
    return not too_small and 0 < facts.places.sum() < len(facts.places)


def _made_up(n: int, reliability: float, teams: int, seed: int) -> _Made:
    rng = np.random.default_rng([seed, n])
    level = rng.standard_normal((teams, n), dtype=np.float32)
    noise = rng.standard_normal((teams, CYCLES, n), dtype=np.float32)
    true = np.float32(max(np.sqrt(reliability), HAIR)) * level  # equals are in any order
    seen = true[:, None, :] + np.float32(np.sqrt(1 - reliability)) * noise
    seen_places = places(seen.reshape(-1, n)).reshape(seen.shape)
    return _Made(true, seen, places(true), seen_places, seed)


def _of_rule(
    rule: Rule, now: Facts, then: Facts, made: _Made, points: _Points | None
) -> dict[str, float]:
    """Places of a rule, and its rates if they can be known."""
    hit, times = np.flatnonzero(now.places), rule.when.consecutive_cycles.value
    known = {"first_place": hit[0] + 1, "last_place": hit[-1] + 1, "consecutive_cycles": times}
    more = rule.when.level or rule.when.indicator or rule.when.after
    if more or (points is None and (now.on_scores or then.on_scores)):
        return known
    asked = now, then, times, made, points
    return {**known, **_by_chance(*asked), **_wrong(*asked)}


def _wrong(
    now: Facts, then: Facts, times: int, made: _Made, points: _Points | None
) -> dict[str, float]:
    """How often a rule hits anybody, and the wrong ones."""
    running = _running(now, then, times, made, points)
    counted = running.sum(axis=1) if times == 1 else running.any(axis=1)
    right = _hold(now, made.true, made.true_places, points)
    hit, middle = np.flatnonzero(now.places), (len(now.places) - 1) / 2
    low, high = hit[0] > middle, hit[-1] < middle
    other = np.less(made.true_places, middle) if low else np.greater(made.true_places, middle)
    whole = counted.sum() or np.nan
    return {
        "p_somebody_a_year": float(running.any(axis=(1, 2)).mean()),
        "p_wrong": float((counted * ~right).sum() / whole),
        "p_wrong_half": float((counted * other).sum() / whole) if low or high else np.nan,
    }


def _by_chance(
    now: Facts, then: Facts, times: int, made: _Made, points: _Points | None
) -> dict[str, float]:
    """How often a rule hits a given person, or anybody, where all are equal."""
    teams, n = made.true.shape
    k = int(now.places.sum())
    on_scores = now.on_scores or then.on_scores
    if not on_scores and (times == 1 or np.array_equal(now.places, then.places)):
        person, somebody = (k / n) ** times, somebody_by_chance(n, k, times)
    else:
        equal = _running(now, then, times, _made_up(n, 0.0, teams, made.seed), points)
        person, somebody = float(equal.mean()), float(equal.any(axis=2).mean())
    return {"p_person_by_chance": person, "p_somebody_by_chance": somebody}


def _running(
    now: Facts, then: Facts, times: int, made: _Made, points: _Points | None
) -> NDArray[np.bool_]:
    """Whether a rule hits each person of each team by the cycles up to each from `times` on."""
    running = _hold(now, made.seen, made.seen_places, points)[:, times - 1 :]
    earlier = _hold(then, made.seen, made.seen_places, points) if times > 1 else running
    for ago in range(1, times):
        running = running & earlier[:, times - 1 - ago : CYCLES - ago]
    return running


def _hold(
    facts: Facts, scores: NDArray[np.float32], place: NDArray[np.int32], points: _Points | None
) -> NDArray[np.bool_]:
    """Whether facts hold for scores in standard units and their places."""
    if points is None or not facts.on_scores:
        return facts.places[place]
    given = points.mean + points.sd * scores
    grade = np.searchsorted(points.cuts, given, side="right")
    return facts.hold(given, grade, place, np.full(1, -1))


def somebody_by_chance(n: int, k: int, times: int) -> float:
    """Probability that one of n equal people is among the k hit in every one of `times` cycles.

    Inclusion and exclusion over j people who are hit every time.
    """
    return sum(
        (-1) ** (j + 1) * comb(n, j) * (comb(n - j, k - j) / comb(n, k)) ** times
        for j in range(1, k + 1)
    )
