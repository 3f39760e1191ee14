"""What happened in earlier cycles: how long facts have held, and when they held last."""

from __future__ import annotations

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from csperf.params import Cycle
from csperf.scheme import Scheme

COLUMNS = ["cycle_id", "employee_id", "team_id", "score", "grade", "rank", "rank_from_bottom"]


def earlier_scores(history: DataFrame | None, scheme: Scheme, cycle: Cycle) -> DataFrame:
    """Scores of the scheme's earlier cycles of the same kind, with the group they were ranked in.

    Returns
    -------
    DataFrame
        cycle_id, employee_id, team_id, score, grade, rank, rank_from_bottom, group_size, group, and
        level and rank_band as far as the history has them.
    """
    if history is None or history.empty:
        empty = DataFrame({name: Series(dtype="object") for name in (*COLUMNS, "group")})
        numbers = dict.fromkeys(("score", "rank", "rank_from_bottom"), "float64")
        return empty.astype(numbers).assign(group_size=0.0, level=None, rank_band=None)
    rows = history[(history["quantity_id"] == "score") & (history["scheme_id"] == scheme.id)]
    kind = len(cycle.id)
    usable = {
        past: len(past) == kind and Cycle.parse(past).end <= cycle.start
        for past in rows["cycle_id"].unique()
    }
    rows = rows[rows["cycle_id"].map(usable).astype(bool)]
    by_team = scheme.ranking.group.value == "team"
    absent = [name for name in ("level", "rank_band") if name not in rows]
    return rows.assign(
        score=rows["value"],
        group=rows["cycle_id"] + "/" + rows["team_id"] if by_team else rows["cycle_id"],
        **dict.fromkeys(absent),
    )


def running(people: DataFrame, held: DataFrame, cycle: Cycle, strict: bool) -> Series:
    """Cycles running, before this one, in which the facts held for each person in the same team.

    `held` are earlier scores with a column `held`. A cycle in which the person was not ranked
    neither extends nor breaks a streak, or breaks it if `strict`, as does a cycle that is missing.
    """
    held = held[held["employee_id"].isin(people["employee_id"])]
    mine = pd.MultiIndex.from_frame(people[["employee_id", "team_id"]])
    length, alive = np.zeros(len(people), dtype="int64"), np.ones(len(people), dtype=bool)
    expected = np.full(len(people), np.datetime64(cycle.start, "D"))
    for cycle_id, then in sorted(held.groupby("cycle_id"), reverse=True):
        past = Cycle.parse(str(cycle_id))
        ranked = then[then["rank"].notna()]
        absent = ~people["employee_id"].isin(ranked["employee_id"]).to_numpy()
        there = pd.MultiIndex.from_frame(then.loc[then["held"], ["employee_id", "team_id"]])
        if strict:
            alive &= ~absent & (expected == np.datetime64(past.end, "D"))
        counted = alive & ~absent
        alive &= ~counted | mine.isin(there)
        length += counted & alive
        expected[counted & alive] = np.datetime64(past.start, "D")
    return Series(length, index=people.index)


def last_held(held: DataFrame) -> Series:
    """The score of each employee in the latest of these rows, by employee_id."""
    latest = held.sort_values("cycle_id").drop_duplicates("employee_id", keep="last")
    return latest.set_index("employee_id")["score"]
