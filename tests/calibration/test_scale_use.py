"""How scores lie in bands of the scale, and which shares of others are not told."""

from __future__ import annotations

import numpy as np
import pytest
from drawing import draw
from pandas import DataFrame

from csperf.calibration.scale_use import band_counts, middle_half, scale_use


def test_a_band_holds_its_lower_end_and_the_last_one_both() -> None:
    given = draw("""
        evaluator_id | score
        ann          | 0
        ann          | 19.9
        ann          | 20
        ann          | 80
        ann          | 100
        bob          | 59
    """)
    counts = band_counts(given)
    assert counts.loc["ann"].tolist() == [2, 1, 0, 0, 2]
    assert counts.loc["bob"].tolist() == [0, 0, 1, 0, 0]


def counts(**rows: list[int]) -> DataFrame:
    return DataFrame.from_dict(rows, orient="index")


def test_own_shares_stand_beside_those_of_all_others_together() -> None:
    use = scale_use(
        counts(me=[0, 0, 1, 3, 0], a=[0, 0, 2, 2, 0], b=[0, 0, 1, 3, 0], c=[0, 0, 3, 1, 0]),
        "me",
        least=3,
    )
    assert use["n"].tolist() == [0, 0, 1, 3, 0]
    assert use["own"].tolist() == [0, 0, 1 / 4, 3 / 4, 0]
    assert use["others"].tolist() == [0, 0, (2 + 1 + 3) / 12, (2 + 3 + 1) / 12, 0]


@pytest.mark.requirement("L-03")
def test_of_fewer_than_three_others_no_share_is_told() -> None:
    use = scale_use(counts(me=[0, 0, 1, 3, 0], a=[0, 0, 2, 2, 0], b=[0, 0, 1, 3, 0]), "me", least=3)
    assert use["others"].isna().all()


def test_a_band_that_only_one_other_used_cannot_be_worked_out_from_the_rest() -> None:
    """Hidden alone, the single score of `a` in the lowest band would be what is left of 100 %."""
    rows = counts(
        me=[0, 0, 1, 3, 0],
        a=[1, 0, 2, 2, 0],
        b=[0, 0, 1, 3, 0],
        c=[0, 0, 3, 1, 0],
        d=[0, 0, 1, 1, 0],
    )
    told = scale_use(rows, "me", least=3)["others"]
    assert told.isna().tolist() == [True, False, True, False, False]
    assert told[3] == (2 + 3 + 1 + 1) / 15


def test_nobody_is_told_who_used_a_band_that_was_hidden_with_another() -> None:
    """The bands of `a` and of `b` alone hold scores of two; a third has to be among the hidden."""
    rows = counts(
        me=[0, 0, 1, 3, 0],
        a=[1, 0, 0, 2, 0],
        b=[0, 1, 0, 3, 0],
        c=[0, 0, 0, 1, 2],
        d=[0, 0, 0, 1, 2],
    )
    told = scale_use(rows, "me", least=3)["others"]
    assert told.isna().tolist() == [True, True, False, False, True]


def test_the_middle_half_of_few_scores_is_not_told() -> None:
    scores = DataFrame({"score": np.arange(12.0)})["score"]
    assert middle_half(scores) == (11 / 4, 33 / 4)
    assert middle_half(scores[:11]) is None
