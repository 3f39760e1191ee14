"""Chance behind rows of the annual chain: how likely another grade would count in truth."""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray
from pandas import DataFrame, Series

from csperf.appraisal.chain import answer
from csperf.appraisal.distribution import counting_grade
from csperf.appraisal.quotas import seats
from csperf.comparison.drawn import banded, bands_of, grades_of, together, truths
from csperf.comparison.ranks import places
from csperf.scheme import Distribution, Scheme


def noise_of_chain(
    proposals: DataFrame, moves: DataFrame, appraisals: DataFrame, scheme: Scheme, seed: int
) -> Series:
    """Probability that the chain would have said something else about the true scores.

    Parameters
    ----------
    proposals, appraisals : DataFrame
        As for `p_noise`; appraisals with grade, rank_band and distribution_grade too.
    moves : DataFrame
        employee_id, transition, state_before, grade (that counted) of the cycle (`chain.advance`).

    Returns
    -------
    Series
        On the index of the proposals; unknown for what is no row of the chain, and see Notes.

    Notes
    -----
    A row rests on the grade that counts: that of the score as far as the places of `distribution`
    and `ranking.bands` and `which_rules` go (`counting_grade`). For each draw of true scores it is
    found anew for everybody, so that where a cap binds, one comes in only for another.
    It is unknown where nothing drawn matters: for contracts that end, absence and open appeals, in
    states that answer every grade alike (a review that nobody has decided), and where people have
    put another grade in the place of that of the scheme.
    """
    rows = scheme.transitions
    found = Series(np.nan, index=proposals.index, dtype="float64")
    mine = proposals["rule_id"].isin([row.id for row in rows])
    if not mine.any() or not scheme.grades or moves.empty:
        return found
    chances = counting_chances(appraisals, scheme, seed)
    alike = _alike(moves, appraisals, scheme)
    for at, person, row in proposals.loc[mine, ["employee_id", "rule_id"]].itertuples():
        same = alike.get((person, row))
        if same is not None and person in chances.index:
            found[at] = 1 - chances.loc[person, same].sum(skipna=False)
    return found.clip(0, 1)  # a sum of shares may be a hair outside


def counting_chances(appraisals: DataFrame, scheme: Scheme, seed: int) -> DataFrame:
    """Probability of each grade to be the one that counts, in truth.

    `appraisals` are as for `noise_of_chain`. The result has a row a person with a score, by
    employee_id, and a column a grade, the best first; unknown where the error of the person's score
    is, or those of the comparison group are.
    """
    people = appraisals[appraisals["eligible"].astype(bool) & appraisals["score"].notna()]
    people = people.sort_values(["group", "employee_id"], ignore_index=True)
    names = [band.grade for band in scheme.grades]
    table, bands, quotas = _table(scheme), banded(people, scheme), _with_quotas(people, scheme)
    counts, draws = np.zeros((len(names), len(people))), 0
    for truth in truths(people, seed):
        grade, band = len(names) - 1 - grades_of(truth, scheme), bands_of(truth, bands)
        seat = np.full(truth.shape, -1)
        for here in quotas:
            seat[:, here] = _seated(truth[:, here], grade[:, here], scheme.distribution)
        counted = table[grade, band, seat]
        counts += [(counted == each).sum(axis=0) for each in range(len(names))]
        draws += len(truth)
    known = people["se"].notna()
    of_group = known.groupby(people["group"])
    enough = (of_group.transform("sum") > 1) | (of_group.transform("size") == 1)
    chances = np.where(known & enough, counts / max(draws, 1), np.nan).T
    return DataFrame(chances, index=people["employee_id"], columns=names)


def _alike(
    moves: DataFrame, appraisals: DataFrame, scheme: Scheme
) -> dict[tuple[str, str], list[str]]:
    """Grades on which the chain says the same as on the one that counted, by person and row.

    Without rows that no grade changes, and grades that people have put in the place of another.
    """
    chain, names = scheme.chain, [band.grade for band in scheme.grades]
    events = {row.id: row.event for row in scheme.transitions}
    counted = counting_grade(appraisals, scheme).set_axis(appraisals["employee_id"])
    found: dict[tuple[str, str], list[str]] = {}
    columns = ["employee_id", "transition", "state_before", "grade"]
    for person, row, state, grade in moves[columns].itertuples(index=False):
        if chain is None or row not in events or grade != counted.get(person):
            continue
        said = {name: answer(chain, state, events[row], name) for name in names}
        same = [name for name in names if said[name] == said[grade]]
        if len(same) < len(names):
            found[person, row] = same
    return found


def _table(scheme: Scheme) -> NDArray[np.int64]:
    """The grade that counts for each grade, band and distribution grade; the last ones are none."""
    grades = [band.grade for band in scheme.grades]
    bands = [share.id for share in scheme.ranking.bands.shares] if scheme.ranking.bands else []
    cases = DataFrame(
        product(grades, [*bands, None], [*grades, None]),
        columns=["grade", "rank_band", "distribution_grade"],
        dtype="str",
    )
    counted = counting_grade(cases, scheme).map(grades.index)
    return counted.to_numpy("int64").reshape(len(grades), len(bands) + 1, len(grades) + 1)


def _with_quotas(people: DataFrame, scheme: Scheme) -> list[NDArray[np.intp]]:
    """The people of each group that has distribution grades."""
    if scheme.distribution is None:
        return []
    there = people["distribution_grade"].notna().to_numpy()
    groups = together(people, Series(True, index=people.index), scheme.distribution)
    return [here for here in groups if there[here].any()]


def _seated(
    truth: NDArray[np.float32], grade: NDArray[np.int64], distribution: Distribution | None
) -> NDArray[np.int64]:
    """Share in which each person (column) has a seat in each draw (row)."""
    assert distribution is not None
    filled = distribution.force.value
    best = np.zeros_like(grade) if filled else grade
    earned = [(best == share).sum(axis=1) for share in range(len(distribution.shares))]
    seat = seats(np.stack(earned, axis=1), distribution, filled)
    return np.take_along_axis(seat, places(truth).astype("int64"), axis=1)
