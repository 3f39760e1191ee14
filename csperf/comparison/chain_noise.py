"""Chance behind rows of the annual chain: how likely another grade would count in truth."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np
from numpy.typing import NDArray
from pandas import DataFrame, Series

from csperf.appraisal.chain import answer
from csperf.appraisal.distribution import counting_grade
from csperf.appraisal.quotas import seats
from csperf.appraisal.standing import share_groups
from csperf.comparison.ranks import CELLS, DRAWS, LEAST_DRAWS, draw_truth, grouped, places
from csperf.scheme import Distribution, Scheme

BLOCK = 2_000_000  # draws x people that are graded at once


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
    cuts = [band.from_score.value for band in reversed(scheme.grades[:-1])]
    table, bands, quotas = _table(scheme), _banded(people, scheme), _with_quotas(people, scheme)
    counts, draws = np.zeros((len(names), len(people))), 0
    for truth in _truths(people, seed):
        grade = len(names) - 1 - np.searchsorted(cuts, truth, side="right")
        band, seat = np.full(truth.shape, -1), np.full(truth.shape, -1)
        for here, of_places in bands:
            band[:, here] = of_places[places(truth[:, here])]
        for here in quotas:
            seat[:, here] = _seated(truth[:, here], grade[:, here], scheme.distribution)
        counted = table[grade, band, seat]
        counts += [(counted == each).sum(axis=0) for each in range(len(names))]
        draws += len(truth)
    known = people["se"].notna()
    known &= known.groupby(people["group"]).transform("sum") > 1
    chances = np.where(known, counts / max(draws, 1), np.nan).T
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


def _truths(people: DataFrame, seed: int) -> Iterator[NDArray[np.float32]]:
    """Blocks of true scores of everybody, drawn for each comparison group as its places are.

    Who has no known error in a group without others counts with the score.
    """
    score, at = people["score"].to_numpy("float32"), 0
    draws = int(np.clip(CELLS // max(len(people), 1), LEAST_DRAWS, DRAWS))
    truth = np.empty((draws, len(people)), dtype=np.float32)
    for name, group in grouped(people):
        estimate, se = (group[column].to_numpy("float64") for column in ("score", "se"))
        here = slice(at, at + len(group))
        np.concatenate([*draw_truth(estimate, se, name, draws, seed)], out=truth[:, here])
        at += len(group)
    step = max(1, BLOCK // max(len(people), 1))
    for start in range(0, draws, step):
        block = truth[start : start + step]
        yield np.where(np.isnan(block), score, block)


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


def _banded(people: DataFrame, scheme: Scheme) -> list[tuple[NDArray[np.intp], NDArray[np.int64]]]:
    """The people of each group that has rank bands, and the band of each of its places here."""
    bands = scheme.ranking.bands
    if bands is None:
        return []
    codes = {share.id: code for code, share in enumerate(bands.shares)}
    mine, found = people["rank_band"].map(codes).fillna(-1).to_numpy("int64"), []
    for here in _together(people, people["rank"].notna(), bands):
        order = np.argsort(-people["score"].to_numpy("float64")[here], kind="stable")
        found.append((here, mine[here][order]))
    return found


def _with_quotas(people: DataFrame, scheme: Scheme) -> list[NDArray[np.intp]]:
    """The people of each group that has distribution grades."""
    if scheme.distribution is None:
        return []
    there = people["distribution_grade"].notna().to_numpy()
    groups = _together(people, Series(True, index=people.index), scheme.distribution)
    return [here for here in groups if there[here].any()]


def _together(
    people: DataFrame, ranked: Series, shares: Distribution
) -> Iterator[NDArray[np.intp]]:
    """Places in the table of the people who share one group's places."""
    groups = share_groups(people, ranked, shares)
    yield from people.groupby(groups.to_numpy(), sort=True).indices.values()


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
