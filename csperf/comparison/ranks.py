"""Places that people may truly have, and the probability of the grade that they got."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas import DataFrame

from csperf.appraisal import grade
from csperf.comparison.charts import need
from csperf.comparison.rate_shrinkage import (
    COUNTED,
    RatePosterior,
    check_counts,
    posterior_of_rates,
)
from csperf.comparison.shrinkage import Floats, Posterior, posterior
from csperf.scheme import Scheme

DRAWS, SEED = 4_000, 20_160_501
LEAST_DRAWS, CELLS = 500, 40_000_000
TAIL = 0.05  # of a rank outside its interval, on each side
SURE = 0.95  # probability from which one person is said to be above another
SHORT = 2**16  # places that fit into 16 bits, which are sorted several times faster
MOST_TIED = 200  # people of a group of which all pairs are looked at
TOLD = ["shrunken", "rank_low", "rank_high", "p_first", "p_last", "tied_group"]


def rank_uncertainty(
    estimates: DataFrame, *, draws: int | None = None, seed: int = SEED
) -> DataFrame:
    """Places that people of each group may truly have.

    Parameters
    ----------
    estimates : DataFrame
        employee_id, estimate (more is better), se and, for several groups, group; of a rate
        numerator and denominator in the place of estimate and se.
    draws, seed
        How often true values are drawn (4,000; fewer in groups of more than 10,000), and the start
        of the random numbers. The order of the rows does not matter.

    Returns
    -------
    DataFrame
        employee_id, rank (of the estimate; ties share the better place), shrunken (the expected
        true value), rank_low, rank_high (best and worst place, 90 %), p_first, p_last, tied_group,
        sorted by group and employee_id. `tied_group` has the numbers of the tied groups that a
        person belongs to, such as "1 2", from the best down: two people without a number in common
        can be told apart with a probability of 95 %.

    Raises
    ------
    InputError
        For numerators and denominators that are no counts.

    Notes
    -----
    True values are drawn by normal shrinkage, with the spread of the group integrated over
    (`posterior`), true rates by beta-binomial shrinkage (`posterior_of_rates`). For a person
    without a known se all but the rank is unknown, and for the others he or she may take any place;
    with fewer than two known errors it is unknown for everybody.
    Groups of more than 200 people have no `tied_group`.
    """
    rows = _in_groups(estimates)
    told = [_of_group(mine, name, draws, seed) for name, mine in grouped(rows)]
    ranks = rows.groupby("group")["estimate"].rank(method="min", ascending=False)
    found = {name: [value for group in told for value in group[name]] for name in TOLD}
    kinds = dict.fromkeys(("rank", "rank_low", "rank_high"), "Int64")
    kinds |= dict.fromkeys(("shrunken", "p_first", "p_last"), "float64") | {"tied_group": "str"}
    return rows[["employee_id"]].assign(rank=ranks, **found).astype(kinds)


def grade_uncertainty(estimates: DataFrame, scheme: Scheme) -> DataFrame:
    """Probability of each grade, and of the one that was given.

    Parameters
    ----------
    estimates : DataFrame
        employee_id, estimate (the score), se and, for several groups, group.
    scheme : Scheme
        Its grades.

    Returns
    -------
    DataFrame
        employee_id, grade, p_grade (probability that the true score lies in its band), and a column
        `p_...` for every grade of the scheme, sorted by group and employee_id. Unknown without a
        known se.

    Notes
    -----
    True scores are drawn in towards the mean of the group (`posterior`), as a score near a border
    rather belongs on the side where most people are.
    """
    found = [_graded(rows, scheme) for _, rows in grouped(_in_groups(estimates))]
    columns = ["employee_id", "grade", "p_grade", *(f"p_{band.grade}" for band in scheme.grades)]
    return pd.concat(found, ignore_index=True) if found else DataFrame(columns=columns)


def grouped(rows: DataFrame) -> Iterator[tuple[str, DataFrame]]:
    """Each `group` of rows that are sorted by it, several times as quick as `groupby` is."""
    names = rows["group"].to_numpy()
    borders = [0, *(np.flatnonzero(names[1:] != names[:-1]) + 1), len(names)]
    for start, end in pairwise(borders if len(names) else ()):
        yield str(names[start]), rows.iloc[start:end]


def draw_truth(
    estimate: Floats, se: Floats, name: str, draws: int | None = None, seed: int = SEED
) -> Iterator[NDArray[np.float32]]:
    """Blocks of true values of one group: a row for each draw, a column for each person.

    The random numbers are the group's own, so that other groups do not change them.
    """
    return _draw(posterior(estimate, se), name, draws, seed)


def places(truth: NDArray[np.float32]) -> NDArray[np.int32]:
    """Places from the top, the first being 0, of each person (column) in each draw (row).

    Value and person stand in one whole number, which sorts several times faster than an index does.
    """
    bits = truth.view(np.int32)
    halves = np.empty((*truth.shape, 2), dtype="<i4")
    person, value = halves[..., 0], halves[..., 1]
    person[:] = np.arange(truth.shape[1])
    np.invert(bits ^ ((bits >> 31) & 0x7FFFFFFF), out=value)  # sorts as the number does, downwards
    halves.view("<i8")[..., 0].sort(axis=1)
    found = np.empty(truth.shape, dtype=np.int32)
    at = np.arange(truth.shape[1], dtype=np.int32)
    for row, order in zip(found, person, strict=True):
        row[order] = at
    return found


def _in_groups(estimates: DataFrame) -> DataFrame:
    """Rows that have an estimate and a group, sorted by group and employee."""
    rows = estimates if "group" in estimates else estimates.assign(group="all")
    if "estimate" not in rows:
        need(rows, COUNTED, "estimates")
        rows = rows.dropna(subset=COUNTED)
        check_counts(rows, "estimates")
        rows = rows[rows["denominator"] > 0]
        rows = rows.assign(estimate=rows["numerator"] / rows["denominator"])
        rows = rows.drop(columns="se", errors="ignore")
    else:
        need(rows, ["se"], "estimates")
    rows = rows.dropna(subset=["estimate", "group"])
    return rows.sort_values(["group", "employee_id"], ignore_index=True)


def _draw(
    known: Posterior | RatePosterior, name: str, draws: int | None, seed: int
) -> Iterator[NDArray[np.float32]]:
    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
    return known.draw(rng, draws or _enough(known.people))


def _enough(people: int) -> int:
    """How often true values of so many people are drawn."""
    return int(np.clip(CELLS // people, LEAST_DRAWS, DRAWS))


def _of_group(rows: DataFrame, name: str, draws: int | None, seed: int) -> dict[str, Any]:
    """The columns of `TOLD` for the people of one group."""
    truth: Posterior | RatePosterior
    if "se" in rows:
        estimate, se = _arrays(rows)
        known, truth = np.isfinite(se), posterior(estimate, se)
    else:
        known = np.ones(len(rows), dtype=bool)
        truth = posterior_of_rates(*_arrays(rows, *COUNTED))
    if known.sum() < 2:
        return dict.fromkeys(TOLD, np.full(len(rows), np.nan))
    people = len(rows)
    count = draws or _enough(people)
    place = np.empty((people, count), np.uint16 if people <= SHORT else np.int32)
    blocks, start = [], 0
    for block in _draw(truth, name, count, seed):
        place[:, start : start + len(block)] = places(block).T
        start += len(block)
        if people <= MOST_TIED:
            blocks.append(block)
    tail = int(TAIL * count)
    place.sort(axis=1, kind="stable")
    found = {
        "shrunken": truth.expected,
        "p_first": np.count_nonzero(place == 0, axis=1) / count,
        "p_last": np.count_nonzero(place == people - 1, axis=1) / count,
        "rank_low": place[:, tail] + 1.0,
        "rank_high": place[:, -1 - tail] + 1.0,
    }
    told = {column: np.where(known, value, np.nan) for column, value in found.items()}
    return {**told, "tied_group": _tied(told["shrunken"], blocks)}


def _tied(expected: Floats, blocks: list[NDArray[np.float32]]) -> list[str | float]:
    """Numbers of the runs of the order that each person belongs to.

    A run goes from a person down to the last one whom he or she is not surely above; one that lies
    within another is left out.
    """
    order = np.argsort(-expected, kind="stable")[: int(np.isfinite(expected).sum())]
    if len(expected) > MOST_TIED:
        return [np.nan] * len(expected)
    truth = np.concatenate(blocks)[:, order]
    runs: list[list[str]] = [[] for _ in expected]
    number, reached = 0, -1
    for start in range(len(order)):
        above = (truth[:, start, None] > truth[:, start:]).mean(axis=0)
        end = start + int(np.flatnonzero(above < SURE)[-1])
        if end > reached:
            number, reached = number + 1, end
            for person in order[start : end + 1]:
                runs[person].append(str(number))
    return [" ".join(mine) or np.nan for mine in runs]


def _graded(rows: DataFrame, scheme: Scheme) -> DataFrame:
    truth, known = posterior(*_arrays(rows)), rows["se"].notna().to_numpy()
    given = grade(rows["estimate"], scheme)
    above, chances = np.zeros(len(rows)), {}
    p_grade = np.full(len(rows), np.nan)
    for band in scheme.grades:
        border = band.from_score.value
        reached = 1 - truth.below(border) if border > 0 else np.ones(len(rows))
        chances[f"p_{band.grade}"] = chance = np.where(known, reached - above, np.nan)
        p_grade = np.where(given == band.grade, chance, p_grade)
        above = reached
    ids = {"employee_id": rows["employee_id"], "grade": given, "p_grade": p_grade}
    return DataFrame(ids | chances)


def _arrays(rows: DataFrame, first: str = "estimate", second: str = "se") -> tuple[Floats, Floats]:
    return rows[first].to_numpy("float64"), rows[second].to_numpy("float64")
