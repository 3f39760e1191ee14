"""Shares of a group as places: quotas, grades by quota, rank bands, and where the two disagree.

Everybody first gets a seat, one by one from the best score down. A seat is in the best share that
still has a place and whose grade the score earns. Only then are equal people whose seats lie in
several shares brought together, so that a tie moves nobody else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from csperf.appraisal.quotas import WHOLE, percent, quotas, seats
from csperf.errors import InputError, Problem
from csperf.scheme import Distribution, Scheme, Share

NOWHERE = "no place"
EQUAL = "everybody is equal"
COLUMNS = ("group", "share", "places", "used", "pct", "note", "people")


def distribute(people: DataFrame, scheme: Scheme) -> DataFrame:
    """Grades by the scheme's quotas, beside those by score.

    Parameters
    ----------
    people : DataFrame
        employee_id, score (points), grade (by score), group (who share the quotas); more columns
        are kept. To pool small groups, give them one name in `group`.

    Returns
    -------
    DataFrame
        The same rows with distribution_grade and border, the reason why somebody has another grade
        than by score, was in a tie at a border, or has none. Both say nothing about people without
        a score or a group, who take no place.

    Raises
    ------
    InputError
        If somebody has a score, but no grade of the scheme.

    Notes
    -----
    A quota is a maximum, so places may stay empty. What follows:

    - Who finds a grade full gets the next lower one with a place. Only ties overfill a `cap`.
    - Places that stay empty pass down to the next `about` share: where nobody is excellent, more
      people are medium, instead of being pushed into the grades below it.
    - An `open` share takes whoever has its score, and, unless it is `poor`, those who found no
      place above it. Nobody is pushed into a grade without a quota that is held against people.
    - Who finds no place at all, as may happen with caps, has no distribution grade.
    - With `force` the order alone decides. An open share then gets only those whom the places
      leave, and nobody if shares with places come after it.
    - Equal people whose seats lie in several shares go together: `up` to the highest of these,
      `down` to the lowest, `leave_out` to none; `spare` to the lowest that is not `poor`, or to
      the highest if all are. Others stay where they are, so a share may hold more than its places,
      but shares from the best down do so together only after a tie that was placed up.
    - Without any order (a group of one, or everybody equal) and below `min_group`, there are no
      distribution grades.
    """
    distribution = scheme.distribution
    if distribution is None:
        return people.assign(distribution_grade=_unknown(people), border="")
    seated = _seated(people, distribution, _earned(people, distribution), distribution.force.value)
    reasons = list(_reasons(seated, distribution))
    named = _named(seated, distribution, people)
    return people.assign(distribution_grade=named, border=Series(reasons, people.index, "str"))


def rank_bands(people: DataFrame, scheme: Scheme) -> Series:
    """Band of each person in the order of scores, by `ranking.bands`.

    `people` has score and group, and perhaps rank. The order alone decides, as in `distribute` with
    `force`, and ties at a border are treated as there. Unknown for people without a score or rank,
    in small groups, where everybody is equal, and for schemes without bands.
    """
    bands = scheme.ranking.bands
    if bands is None:
        return _unknown(people).rename("rank_band")
    return _named(_in_order(people, bands), bands, people).rename("rank_band")


def quota_table(
    people: DataFrame, scheme: Scheme, by: Literal["grade", "rank"] = "grade"
) -> DataFrame:
    """Places and how many people took them.

    Parameters
    ----------
    people : DataFrame
        As for `distribute`, or with `by="rank"` as for `rank_bands`.

    Returns
    -------
    DataFrame
        A row for each group and share: group, share, places (unknown without a quota), used, pct
        (per cent of the group), note (why there are no places, or more people than places), people
        (of the group).
    """
    distribution = scheme.distribution if by == "grade" else scheme.ranking.bands
    if distribution is None:
        return DataFrame(columns=COLUMNS)
    if by == "rank":
        seated = _in_order(people, distribution)
    else:
        earned = _earned(people, distribution)
        seated = _seated(people, distribution, earned, distribution.force.value)
    rows = list(_counted(seated, distribution))
    return DataFrame(rows, columns=COLUMNS).astype(
        {"places": "Int64", "used": "Int64", "pct": "float64", "people": "Int64"}
    )


def conflicts(people: DataFrame, scheme: Scheme) -> DataFrame:
    """People whose grade and rank band differ in standing, and the standing that counts.

    Parameters
    ----------
    people : DataFrame
        employee_id, grade, rank_band, and perhaps distribution_grade; who lacks a grade or a band
        is not listed.

    Returns
    -------
    DataFrame
        employee_id, grade, rank_band, verdict: good, neutral or poor, as `counting_grade` stands.
    """
    grades = {band.grade: band.standing for band in scheme.grades}
    by_grade, by_band = _standing(people["grade"], grades), _by_band(people, scheme)
    listed = people[["employee_id", "grade", "rank_band"]].assign(
        verdict=_standing(counting_grade(people, scheme), grades)
    )
    apart = by_grade.notna() & by_band.notna() & (by_grade != by_band)
    return listed[apart].sort_values("employee_id", ignore_index=True)


def counting_grade(people: DataFrame, scheme: Scheme) -> Series:
    """The grade that counts, by `ranking.which_rules`, for what follows from a person's grade.

    `people` has grade, rank_band and perhaps distribution_grade, each empty where there is none.

    Notes
    -----
    With `score` the grade counts, with `rank` the grade nearest to it that stands as the band does.
    With `both_must_agree` a good grade counts as far as the caps go: a lower distribution grade
    counts instead, and where the caps could not be applied the band has to be good too. Nothing is
    held against anybody unless grade and band are both poor. Who has no band, as in a small group,
    is judged by the score alone. What does not count is replaced by the nearest neutral grade.
    """
    standing = {band.grade: band.standing for band in scheme.grades}
    places = {band.grade: place for place, band in enumerate(scheme.grades)}
    grade, by_band = people["grade"].astype("str"), _by_band(people, scheme)
    by_grade = _standing(grade, standing)
    if scheme.ranking.which_rules.value == "score":
        return grade
    if scheme.ranking.which_rules.value == "rank":
        return _nearest(grade, by_band.fillna(by_grade), scheme)
    placed = people.get("distribution_grade", _unknown(people))
    capped = (by_grade == "good") & (placed.map(places) > grade.map(places))
    counts = grade.mask(capped, placed)
    wanted = _standing(counts, standing)
    earned = (by_grade == wanted) & (by_band.fillna(wanted) == wanted)
    open_ = (wanted == "good") & (placed.notna() | (scheme.distribution is None))
    return _nearest(counts, wanted.where(earned | open_ | wanted.isna(), "neutral"), scheme)


def _nearest(grade: Series, wanted: Series, scheme: Scheme) -> Series:
    """The grade of the wanted standing that is nearest; if there is none, of those not poor."""
    standing = {band.grade: band.standing for band in scheme.grades}
    names = list(standing)

    def near(name: str, which: str) -> str:
        fitting = [each for each in names if standing[each] == which]
        fitting = fitting or [each for each in names if standing[each] != "poor"] or [name]
        return min(fitting, key=lambda each: abs(names.index(each) - names.index(name)))

    pairs = zip(grade, wanted, strict=True)
    found = [near(name, which) if name in standing else None for name, which in pairs]
    return Series(found, index=grade.index, dtype="str")


def _by_band(people: DataFrame, scheme: Scheme) -> Series:
    """Standing of each person's rank band."""
    bands = scheme.ranking.bands
    return _standing(
        people["rank_band"], {share.id: share.standing for share in bands.shares} if bands else {}
    )


def _earned(people: DataFrame, distribution: Distribution) -> Series:
    """Index of the share that each score earns, by its grade."""
    known = {share.id: index for index, share in enumerate(distribution.shares)}
    earned = people["grade"].map(known)
    lost = people.loc[people["score"].notna() & earned.isna(), "employee_id"]
    if len(lost):
        found = f"{len(lost)} with a score but no grade of the scheme, such as '{min(lost)}'"
        raise InputError(Problem("distribute", found, f"its grades are {', '.join(known)}"))
    return earned


def _in_order(people: DataFrame, bands: Distribution) -> DataFrame:
    """Seats by order alone, for people who are ranked."""
    if "rank" in people:
        people = people.assign(score=people["score"].where(people["rank"].notna()))
    return _seated(people, bands, Series(0.0, people.index), filled=True)


def _seated(
    people: DataFrame, distribution: Distribution, earned: Series, filled: bool
) -> DataFrame:
    """Shares of people, as indices in the order of the scheme, one row for each of them.

    Columns are group, score, earned, group_size; seat, the share of each alone; upper and
    lower, the seats of all who are equal; place, the share in the end. An index past the last
    share means no place; seat to place are unknown without quotas, place for who is left out.
    """
    rows = DataFrame({"group": people["group"], "score": people["score"], "earned": earned})
    rows = rows.reset_index(drop=True)
    scores = rows["score"].where(rows["group"].notna()).groupby(rows["group"])
    size, different = scores.transform("count"), scores.transform("nunique")
    rows["group_size"] = size.where(rows["score"].notna())
    rows["lowest"] = 0 if filled else rows["earned"].fillna(0).astype("int64")
    ordered = rows[(rows["group_size"] >= _least(distribution)) & (different > 1)]
    ordered = ordered.sort_values(["group", "score", "lowest"], ascending=[True, False, True])
    groups = ordered.groupby("group", sort=False)["lowest"]
    each = (np.bincount(mine, minlength=len(distribution.shares)) for _, mine in groups)
    alone = [seat for best in each for seat in seats(best[None], distribution, filled)[0]]
    ordered["seat"] = Series(alone, ordered.index, "int64")
    equals = ordered.groupby(["group", "score", "lowest"])["seat"]
    upper, lower = equals.transform("min"), equals.transform("max")
    together = Series(_together(upper, lower, distribution), ordered.index, "float64")
    return rows.join(
        DataFrame({"seat": ordered["seat"], "upper": upper, "lower": lower, "place": together})
    )


def _least(distribution: Distribution) -> int:
    """Size from which on a group has quotas; one person alone has no order."""
    return max(distribution.min_group.value, 2)


def _together(upper: Series, lower: Series, distribution: Distribution) -> Sequence[float]:
    """One share for equal people whose seats lie between two, by the scheme's rule for ties."""
    rule = distribution.ties.value
    if rule == "leave_out":
        return upper.where(upper == lower).tolist()
    if rule != "spare":
        return (upper if rule == "up" else lower).tolist()
    poor = [*(share.standing == "poor" for share in distribution.shares), True]
    return [
        max((share for share in range(first, last + 1) if not poor[share]), default=first)
        for first, last in zip(upper, lower, strict=True)
    ]


def _named(seated: DataFrame, distribution: Distribution, people: DataFrame) -> Series:
    names = seated["place"].map(dict(enumerate(share.id for share in distribution.shares)))
    return names.astype("str").set_axis(people.index)


def _unknown(people: DataFrame) -> Series:
    return Series(pd.NA, index=people.index, dtype="str")


def _standing(names: Series, standings: Mapping[str, str]) -> Series:
    return names.map(standings).astype("str")


def _reasons(seated: DataFrame, distribution: Distribution) -> Iterator[str]:
    """For each person, why the distribution grade is not simply that of the score, or nothing."""
    names = [*(share.id for share in distribution.shares), NOWHERE]
    for row in seated.itertuples():
        if pd.isna(row.group_size):
            yield ""
        elif pd.isna(row.seat):
            yield _no_quotas(row.group_size, distribution)
        elif row.upper != row.lower:
            border = f"tie at {names[int(row.upper)]} / {names[int(row.lower)]}"
            left_out = pd.isna(row.place)
            yield f"{border}: {'left out' if left_out else f'all in {names[int(row.place)]}'}"
        elif row.seat > row.earned:
            yield f"no place left in {names[int(row.earned)]}"
        elif row.seat < row.earned:
            yield f"fills a place, by score {names[int(row.earned)]}"
        else:
            yield ""


def _no_quotas(size: float, distribution: Distribution) -> str:
    least = _least(distribution)
    return f"group of {size:.0f}, quotas need {least} people" if size < least else EQUAL


def _counted(seated: DataFrame, distribution: Distribution) -> Iterator[tuple[object, ...]]:
    """Rows of `quota_table`."""
    alone = seated.groupby(["group", "seat"]).size().to_dict()
    used = seated.groupby(["group", "place"]).size().to_dict()
    with_quotas = set(seated.loc[seated["seat"].notna(), "group"])
    for group, size in seated.groupby("group")["group_size"].max().dropna().items():
        places = quotas(distribution, int(size))
        for index, share in enumerate(distribution.shares):
            pct = share.pct.value if share.pct else None
            if group not in with_quotas:
                yield group, share.id, None, None, pct, _no_quotas(size, distribution), size
                continue
            here = used.get((group, index), 0)
            note = _note(share, int(size), places[share.id], alone.get((group, index), 0), here)
            yield group, share.id, places[share.id] if share.pct else None, here, pct, note, size


def _note(share: Share, size: int, places: int, alone: int, used: int) -> str:
    """Why a share has no place, or holds more people than it has places."""
    if share.pct is None:
        return "as they come"
    exact = percent(share) * size / WHOLE
    reasons = {
        f"{share.pct.value:g} % of {size} is {float(exact):g}": share.kind.value == "cap"
        and not places,
        f"{alone - places} in places left empty above": alone > places,
        f"{used - max(alone, places)} more by a tie": used > max(alone, places),
    }
    return "; ".join(reason for reason, holds in reasons.items() if holds)
