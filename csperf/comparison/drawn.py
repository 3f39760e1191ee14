"""Draws of true scores of people of several groups together, and the bands they would be in."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from pandas import DataFrame, Series

from csperf.appraisal.standing import share_groups
from csperf.comparison.ranks import CELLS, DRAWS, LEAST_DRAWS, draw_truth, grouped, places
from csperf.scheme import Distribution, Scheme

Banded = tuple[NDArray[np.intp], NDArray[np.int64]]
BLOCK = 2_000_000  # draws x people that are looked at at once


def truths(people: DataFrame, seed: int) -> Iterator[NDArray[np.float32]]:
    """Blocks of true scores: a row for each draw, a column for each person.

    `people` have group, score and se, and are sorted by group and employee. Each comparison group
    is drawn as for its places (`rank_uncertainty`). Who has no known error in a group without
    others counts with the score.
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


def grades_of(truth: NDArray[np.float32], scheme: Scheme) -> NDArray[np.int64]:
    """The grade of each true score, counted from the lowest up."""
    cuts = [band.from_score.value for band in reversed(scheme.grades[:-1])]
    return np.searchsorted(cuts, truth, side="right")


def banded(people: DataFrame, scheme: Scheme) -> list[Banded]:
    """The people of each group that has rank bands, and the band of each of its places here.

    `people` of one cycle have team_id, level_group, score, rank and rank_band. Bands count from the
    first; -1 is none.
    """
    bands = scheme.ranking.bands
    if bands is None:
        return []
    codes = {share.id: code for code, share in enumerate(bands.shares)}
    mine = people["rank_band"].map(codes).fillna(-1).to_numpy("int64")
    score, found = people["score"].to_numpy("float64"), []
    for here in together(people, people["rank"].notna(), bands):
        order = np.argsort(-score[here], kind="stable")
        found.append((here, mine[here][order]))
    return found


def bands_of(truth: NDArray[np.float32], groups: list[Banded]) -> NDArray[np.int64]:
    """The band that each true score would be in, -1 for none."""
    band = np.full(truth.shape, -1)
    for here, of_places in groups:
        band[:, here] = of_places[places(truth[:, here])]
    return band


def together(people: DataFrame, ranked: Series, shares: Distribution) -> Iterator[NDArray[np.intp]]:
    """Rows of the people who share one group's places."""
    groups = share_groups(people, ranked, shares)
    yield from people.groupby(groups.to_numpy(), sort=True).indices.values()
