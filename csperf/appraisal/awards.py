"""Honours for the best of a quarter, half-year or year, and who came into the talent pool."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from pandas import DataFrame, Series

from csperf.appraisal.longer import once_a_cycle
from csperf.appraisal.proposing import proposed
from csperf.params import Cycle
from csperf.scheme import Award, Scheme
from csperf.tables import OUTPUT_TABLES

MONTHS = {"quarter": 3, "half_year": 6, "year": 12}
DIGITS = 9  # places of a share of people that are arithmetic, not error of a float
NOTES = {
    "rule_id": "str",
    "people": "int64",
    "places": "Int64",
    "given": "int64",
    "note": "str",
}
SPELLS = {"employee_id": "str", "entered": "str", "left": "str", "guidance_owner": "str"}
POOLED = {"cycle_id": "str", "people": "int64", "members": "int64", "note": "str"}


class Awards(NamedTuple):
    """Awards that are proposed, and for each award how many there may be and why some are not."""

    proposals: DataFrame
    notes: DataFrame


class TalentPool(NamedTuple):
    """Stays in the talent pool, and its size in each cycle."""

    spells: DataFrame
    sizes: DataFrame


def awards(scores: DataFrame, scheme: Scheme, period: Cycle) -> Awards:
    """Proposals of the scheme's awards for a period, the highest award first.

    Parameters
    ----------
    scores : DataFrame
        employee_id, team_id, score of the period, a row for each of all people; who has no score
        counts among the people, and gets no award.
    period : Cycle
        A quarter, half-year or year; awards of other periods are left out.

    Returns
    -------
    Awards
        `proposals` as declared, with the award's id as rule_id and the period as cycle_id; `notes`
        has rule_id, people, places, given, note (why nobody, or fewer, get it).

    Notes
    -----
    There are at most floor(share x people / 100) places. People who are equal at the border are
    left out together. Who gets an award is out of the reckoning for those below it.
    """
    left = scores.dropna(subset="score").sort_values("employee_id")
    left = left.assign(place=left["score"].rank(method="min", ascending=False).astype("int64"))
    rows, notes = [], []
    for award in scheme.awards:
        if MONTHS[award.every.value] != _months(period):
            continue
        places = places_of(award.max_share_pct.value, len(scores))
        chosen = left["score"].rank(method="max", ascending=False) <= places
        facts = f"of {len(scores)} people, at most {award.max_share_pct.value:g} % ({places})"
        rows += [_proposal(award, person, facts, period) for person in left[chosen].itertuples()]
        notes.append(_note(award, len(scores), places, left["score"], int(chosen.sum())))
        left = left[~chosen]
    table = OUTPUT_TABLES["proposals"]
    found = table.arrange(proposed(DataFrame(rows), scheme, period)) if rows else table.empty()
    return Awards(
        found.sort_values(["employee_id", "rule_id"], ignore_index=True),
        DataFrame(notes, columns=list(NOTES)).astype(NOTES),
    )


def talent_pool(
    bands: DataFrame, scheme: Scheme, owners: Mapping[str, str] | None = None
) -> TalentPool:
    """Who entered the top band of the rank order and who left it, cycle by cycle.

    Parameters
    ----------
    bands : DataFrame
        employee_id, cycle_id, band (of `ranking.bands`; empty for who was not ranked) of every
        person in every cycle; the first band is the pool.
    owners : mapping, optional
        {employee_id: who guides that person in the pool}.

    Returns
    -------
    TalentPool
        `spells` has employee_id, entered and left (cycle ids; left is empty for who is still in
        it), guidance_owner; `sizes` has cycle_id, people, members, note (why there are none).

    Raises
    ------
    InputError
        If a person stands twice in one cycle.

    Notes
    -----
    Who is not ranked in a cycle stays in the pool (`gap: skip`), or leaves it (`gap: break`).
    """
    if scheme.ranking.bands is None or bands.empty:
        return TalentPool(
            DataFrame(columns=list(SPELLS)).astype(SPELLS),
            DataFrame(columns=list(POOLED)).astype(POOLED),
        )
    top = scheme.ranking.bands.shares[0]
    once_a_cycle(bands)
    stands = (bands["band"] == top.id).astype("float64").where(bands["band"].notna())
    inside = _inside(bands.assign(inside=stands), scheme.ranking.gap.value)
    before = inside.shift(fill_value=False)
    entered, left = _crossings(inside & ~before), _crossings(~inside & before)
    spells = DataFrame({"entered": entered, "left": left.reindex(entered.index)}).reset_index()
    spells = spells.assign(guidance_owner=spells["employee_id"].map(dict(owners or {})))
    pct = top.pct.value if top.pct else None
    sizes = stands.groupby(bands["cycle_id"]).agg(people="size", members="sum")
    notes = [_why_empty(row.people, row.members, pct) for row in sizes.itertuples()]
    return TalentPool(
        spells[list(SPELLS)].astype(SPELLS),
        sizes.assign(note=notes).reset_index().astype(POOLED),
    )


def places_of(share_pct: float, people: int) -> int:
    """Whole places in a share that must not be exceeded."""
    return math.floor(round(share_pct * people / 100, DIGITS))


def _months(period: Cycle) -> int:
    """Months of a period, all of one year."""
    return period.last_day.month - period.start.month + 1


def _proposal(award: Award, person: Any, facts: str, period: Cycle) -> dict[str, object]:
    reward = ", ".join(award.reward)
    return {
        "cycle_id": period.id,
        "team_id": person.team_id,
        "employee_id": person.employee_id,
        "rule_id": award.id,
        "action": "award",
        "approver": award.approver.value,
        "facts": f"score {person.score:.2f}, place {person.place} {facts}"
        + (f"; reward: {reward}" if reward else ""),
    }


def _note(award: Award, people: int, places: int, left: Series, given: int) -> dict[str, object]:
    """How many awards there may be, how many there are, and why they differ or are none."""
    note = None
    if places == 0:
        note = _no_place(award.max_share_pct.value, people)
    elif given < places:
        border = int((left.rank(method="min", ascending=False) <= places).sum()) - given
        tied = f"{border} people are equal at the border of {places} and left out"
        note = tied if border else f"nobody else has a score: {given} of {places} places are taken"
    return {
        "rule_id": award.id,
        "people": people,
        "places": places,
        "given": given,
        "note": note,
    }


def _no_place(share_pct: float, people: int) -> str:
    share = share_pct * people / 100
    note = f"{share_pct:g} % of {people} people is {share:g}, which is no whole place"
    enough = math.ceil(round(100 / share_pct, DIGITS)) if share_pct else None
    return f"{note}; {enough} people have one" if enough else note


def _inside(bands: DataFrame, gap: str) -> DataFrame:
    """Whether each person (column) is in the pool in each cycle (row, in the order of time)."""
    order = sorted(bands["cycle_id"].unique(), key=lambda cycle: Cycle.parse(cycle).start)
    known = bands.pivot(index="cycle_id", columns="employee_id", values="inside").loc[order]
    return (known.ffill() if gap == "skip" else known).fillna(0.0) > 0


def _crossings(where: DataFrame) -> Series:
    """Cycles in which something holds, by employee_id and their number for that person."""
    held = where.T.stack()
    rows = held[held].index.to_frame(index=False)
    rows = rows.assign(nth=rows.groupby("employee_id").cumcount())
    return rows.set_index(["employee_id", "nth"])["cycle_id"]


def _why_empty(people: int, members: int, share_pct: float | None) -> str | None:
    if members:
        return None
    if share_pct is not None and not places_of(share_pct, people):
        return _no_place(share_pct, people)
    return f"none of {people} people is in the first band"
