"""What people say without their name, and what could not go as planned."""

from __future__ import annotations

from datetime import date

import pandas as pd
from pandas import DataFrame, Series

from csperf.appraisal.decisions import local_day
from csperf.params import Cycle
from csperf.tables import INPUT_TABLES

SPECIAL = "special_circumstance"


def opinion_themes(
    opinions: DataFrame, cycle: Cycle, as_of: date, least: int, timezone: str = "UTC"
) -> DataFrame:
    """How often each theme came up in a cycle, told so that nobody is recognised.

    Parameters
    ----------
    opinions : DataFrame
        The input table.
    as_of : date
        The last day that counts.
    least : int
        `privacy.smallest_comments`: smaller numbers are not told.

    Returns
    -------
    DataFrame
        A row a theme with `least` opinions or more, most first: theme, n, teams (`team: n` of each,
        where all opinions of the theme name a team and none of these numbers is smaller; else
        empty). The rest comes last, together and without a theme: n, or empty where that is smaller
        too, so that it cannot be told from the others.
    """
    rows = INPUT_TABLES["opinions"].arrange(opinions)
    day = local_day(rows["at"], timezone)
    last = min(pd.Timestamp(as_of), pd.Timestamp(cycle.last_day))
    rows = rows[day.between(pd.Timestamp(cycle.start), last)]
    count = rows["theme"].value_counts()
    told = count[count >= least].sort_index().sort_values(ascending=False, kind="stable")
    rest = int(count[count < least].sum())
    found = DataFrame({"theme": told.index.astype("str"), "n": told.to_numpy()})
    found["teams"] = Series(
        [_by_team(rows[rows["theme"] == theme], least) for theme in told.index], dtype="str"
    )
    if rest:
        blank = {"theme": None, "n": rest if rest >= least else None, "teams": None}
        found = pd.concat([found, DataFrame([blank])], ignore_index=True)
    return found.astype({"theme": "str", "n": "Int64", "teams": "str"})


def _by_team(rows: DataFrame, least: int) -> str | None:
    count = rows["team_id"].value_counts().sort_index()
    if rows["team_id"].isna().any() or (count < least).any():
        return None
    return "; ".join(f"{team}: {n}" for team, n in count.items())


def special_circumstances(
    deviations: DataFrame, cycle: Cycle, as_of: date, timezone: str = "UTC"
) -> DataFrame:
    """What kept a cycle from running on time: since when it was known, and what was decided.

    Returns
    -------
    DataFrame
        The rows of the cycle that happened by `as_of`: at, employee_id, reason, by, notice_date,
        decision, and open (nothing is decided yet), which come first.
    """
    rows = INPUT_TABLES["deviations"].arrange(deviations)
    day = local_day(rows["at"], timezone)
    of_cycle = day.between(pd.Timestamp(cycle.start), pd.Timestamp(cycle.last_day))
    mine = (rows["cycle_id"] == cycle.id) | (rows["cycle_id"].isna() & of_cycle)
    found = rows[(rows["kind"] == SPECIAL) & mine & (day <= pd.Timestamp(as_of))]
    blank = found["decision"].fillna("").str.strip() == ""
    columns = ["at", "employee_id", "reason", "by", "notice_date", "decision", "open"]
    return found.assign(open=blank)[columns].sort_values(
        ["open", "at"], ascending=[False, True], ignore_index=True
    )
