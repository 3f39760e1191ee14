"""Places within the comparison group, and grades by score bands."""

from __future__ import annotations

import pandas as pd
from pandas import DataFrame, Series

from csperf.scheme import Scheme


def rank(scores: DataFrame, group: str = "team_id") -> DataFrame:
    """Places of people within their comparison group.

    Parameters
    ----------
    scores : DataFrame
        employee_id, score and the column `group`; rows without a score get no place.

    Returns
    -------
    DataFrame
        The same rows with rank (ties share the better place), rank_average, rank_from_bottom (ties
        share the worse place) and group_size. A group of one is not ranked.
    """
    known = scores["score"].notna()
    grouped = scores["score"].where(known).groupby(scores[group], dropna=False)
    size = grouped.transform("count").where(known)
    several = known & (size > 1)
    places = {
        "rank": grouped.rank(method="min", ascending=False),
        "rank_average": grouped.rank(method="average", ascending=False),
        "rank_from_bottom": grouped.rank(method="min", ascending=True),
    }
    ranked = scores.assign(**{name: place.where(several) for name, place in places.items()})
    return ranked.assign(group_size=size).astype(
        {"rank": "Int64", "rank_from_bottom": "Int64", "group_size": "Int64"}
    )


def grade(scores: Series, scheme: Scheme) -> Series:
    """Grade of each unrounded score: the band with the highest lower bound that it reaches.

    Unknown for people without a score and for schemes without grades.
    """
    grades = Series(pd.NA, index=scores.index, dtype="str")
    for band in reversed(scheme.grades):
        grades = grades.mask(scores >= band.from_score.value, band.grade)
    return grades
