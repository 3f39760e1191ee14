"""What happened in earlier cycles, and how long facts have held."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from csperf.appraisal.eligibility import FRONT_LINE
from csperf.params import Cycle
from csperf.scheme import Scheme

DIGITS = "[0-9]"  # without them 2026-10 is "-", 2026-Q4 "-Q" and 2026 nothing
STANDING = [
    "distribution_grade",
    "level",
    "rank_band",
    "state",
    "allowance_level",
    "role",
    "level_group",
]
COLUMNS = ["cycle_id", "employee_id", "team_id", "score", "grade", "rank", "rank_from_bottom"]


def earlier_scores(history: DataFrame | None, scheme: Scheme, cycle: Cycle) -> DataFrame:
    """Scores of the scheme's earlier cycles, of any length, with the group they were ranked in.

    Earlier is what ends before this cycle does, and the part of it that ends with it. Who was not
    appraised in a cycle (group_size is empty) was shown a score, but has none to count with.

    Returns
    -------
    DataFrame
        cycle_id, employee_id, team_id, score, grade, rank, rank_from_bottom, group_size, group, and
        distribution_grade, level, rank_band, state, allowance_level, role and level_group, empty
        where the history does not have them.
    """
    if history is None or history.empty:
        empty = DataFrame({name: Series(dtype="str") for name in (*COLUMNS, "group", *STANDING)})
        numbers = ("score", "rank", "rank_from_bottom", "allowance_level")
        return empty.astype(dict.fromkeys(numbers, "float64")).assign(group_size=0.0)
    rows = history[(history["quantity_id"] == "score") & (history["scheme_id"] == scheme.id)]
    over = {past: _earlier(Cycle.parse(past), cycle) for past in rows["cycle_id"].unique()}
    rows = rows[rows["cycle_id"].map(over).astype(bool)]
    absent = [name for name in STANDING if name not in rows]
    rows = rows.assign(**dict.fromkeys(absent))
    named = (rows[name].astype("str").fillna("") for name in _place(scheme))
    group = sum(("/" + names for names in named), rows["cycle_id"])
    apart = rows["level_group"].notna() & (rows["level_group"] != FRONT_LINE)
    if scheme.ranking.by_level_group.value and apart.any():
        group = group.mask(apart, group + " " + rows["level_group"].astype("str"))
    appraised = Series(True, index=rows.index)
    if "group_size" in rows:
        appraised = rows["group_size"].notna()
    return rows.assign(score=rows["value"].where(appraised), group=group)


def _place(scheme: Scheme) -> list[str]:
    """Columns that tell apart the comparison groups of one cycle, the level group left out."""
    return {"team": ["team_id"], "role": ["role"], "department": []}[scheme.ranking.group.value]


def of_length(past: DataFrame, cycle: Cycle) -> DataFrame:
    """Rows of earlier cycles that are as long as this one: months of months, years of years."""
    kinds = past["cycle_id"].str.replace(DIGITS, "", regex=True)
    return past[kinds == re.sub(DIGITS, "", cycle.id)]


def _earlier(past: Cycle, cycle: Cycle) -> bool:
    return (past.end, cycle.start) < (cycle.end, past.start)


def running(people: DataFrame, held: DataFrame, cycle: Cycle, scheme: Scheme) -> Series:
    """Cycles running, before this one, in which the facts held for each person in the same group.

    `held` are earlier scores with a column `held`. A cycle in which the person was not ranked
    neither extends nor breaks a streak; with `ranking.gap: break` it does, as does a missing one.
    Where the history does not know the level group, it is taken for that of today. With
    `ranking.window: calendar_quarter` only cycles of this one's quarter count.
    """
    held = held[held["employee_id"].isin(people["employee_id"])]
    if scheme.ranking.window.value == "calendar_quarter":
        quarters = {past: _quarter(Cycle.parse(past)) for past in held["cycle_id"].unique()}
        held = held[held["cycle_id"].map(quarters) == _quarter(cycle)]
    strict, one = scheme.ranking.gap.value == "break", ["employee_id", *_place(scheme)]
    if scheme.ranking.by_level_group.value:
        one.append("level_group")
        today = people.assign(level_group=people["level_group"].fillna(FRONT_LINE))
        of_today = held["employee_id"].map(today.set_index("employee_id")["level_group"])
        people, held = today, held.assign(level_group=held["level_group"].fillna(of_today))
    mine = pd.MultiIndex.from_frame(people.reindex(columns=one).astype("str"))
    length, alive = np.zeros(len(people), dtype="int64"), np.ones(len(people), dtype=bool)
    expected = np.full(len(people), np.datetime64(cycle.start, "D"))
    for cycle_id, then in sorted(held.groupby("cycle_id"), reverse=True):
        past = Cycle.parse(str(cycle_id))
        ranked = then[then["rank"].notna()]
        absent = ~people["employee_id"].isin(ranked["employee_id"]).to_numpy()
        there = then[then["held"]].reindex(columns=one).astype("str")
        if strict:
            alive &= ~absent & (expected == np.datetime64(past.end, "D"))
        counted = alive & ~absent
        alive &= ~counted | mine.isin(pd.MultiIndex.from_frame(there))
        length += counted & alive
        expected[counted & alive] = np.datetime64(past.start, "D")
    return Series(length, index=people.index)


def _quarter(cycle: Cycle) -> int:
    """The number of the calendar quarter in which a cycle begins, over all years."""
    return 4 * cycle.start.year + (cycle.start.month - 1) // 3
