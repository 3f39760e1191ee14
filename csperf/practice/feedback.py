"""With whom to talk about a result, whom first, by when, and what became of the talks.

The grid puts people side by side twice: by level and own trend, and by the pattern of their result.
It is a help to prepare talks. Nothing follows from a cell by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from csperf.appraisal.decisions import local_day
from csperf.appraisal.history import SCORE
from csperf.appraisal.proposing import appeal_until, report_day
from csperf.appraisal.statements import BAD_BELOW, GOOD_FROM
from csperf.appraisal.streaks import of_length
from csperf.params import Cycle
from csperf.scheme import Scheme
from csperf.scheme.results import Band

LEVELS, TRENDS = ("high", "middle", "low"), ("rising", "stable", "falling", "unknown")
MOST_CYCLES = 3  # earlier ones, the latest, that a score is held against
REGULAR = "regular"
# Why somebody is to be talked to, what is most pressing first.
URGENCY = (
    *("urgent", "below", "grade_gap", "falling", "plan_owed", "excellent", "rising"),
    REGULAR,
)
SCHEME = ["scheme_id", "scheme_version"]
GRID = {
    **dict.fromkeys(("employee_id", "team_id", "level_group", "level", "trend"), "str"),
    **dict.fromkeys(("score", "change", "low", "high"), "float64"),
    "n_cycles": "Int64",
    **dict.fromkeys(("pattern", "short_board"), "str"),
    **dict.fromkeys(("n_sharing", "n_teams"), "Int64"),
}


def feedback_grid(
    appraisals: DataFrame, history: DataFrame, summary: DataFrame, scheme: Scheme, cycle: Cycle
) -> DataFrame:
    """Where each person stands: level by own trend, and with whom he or she shares a pattern.

    Parameters
    ----------
    appraisals : DataFrame
        employee_id, team_id, level_group, eligible, score, grade, low, high of the cycle. Who is
        not eligible or has no score is in no cell.
    history : DataFrame
        Rows of the history table, for the own earlier scores. Take out cycles in which the records
        only begin.
    summary : DataFrame
        employee_id, pattern, short_board, as `results_summary` gives them.
    scheme : Scheme
        Its grades are the levels: good ones high and poor ones low or, where it calls none good or
        poor, the best and the last. Without grades high is from 80 points and low below 60.

    Returns
    -------
    DataFrame
        A row a person, sorted by employee_id: team_id, level_group, level (high, middle, low),
        trend (rising, stable, falling, unknown), score, change (score minus the mean of the own
        earlier cycles), low and high (its 95 % interval), n_cycles (earlier ones, at most three),
        pattern, short_board (the component that costs most), n_sharing (people of all teams with
        the same level group, pattern and short board, this one included) and n_teams (of theirs).

    Notes
    -----
    Earlier cycles are as long, by the same version of the same scheme, and have an interval. With
    half the width h of each interval, half the width of the change's is

        sqrt(h_now^2 + sum of h_i^2 / k^2)

    for k earlier cycles. The trend is rising or falling only if 0 lies outside, which happens to
    one in twenty people whose work did not change. Who was unusually low or high before tends to
    come back towards the middle, whatever was done.
    """
    people = appraisals[appraisals["eligible"].astype(bool) & appraisals["score"].notna()]
    people = people.set_index("employee_id").sort_index()
    found = people[["team_id", "level_group", "score"]].assign(level=_levels(people, scheme))
    found = found.join(_changes(people, history, scheme, cycle))
    found = found.join(summary.set_index("employee_id")[["pattern", "short_board"]])
    found = found.assign(trend=_trends(found))
    alike = found.fillna({"level_group": "", "pattern": ""}).groupby(
        ["level_group", "pattern", "short_board"]
    )["team_id"]
    found = found.assign(n_sharing=alike.transform("size"), n_teams=alike.transform("nunique"))
    return found.reset_index()[[*GRID]].astype(GRID)


def talks_in_order(grid: DataFrame, due: DataFrame, owed: DataFrame) -> DataFrame:
    """Whom to talk to first, and why.

    Parameters
    ----------
    grid : DataFrame
        As `feedback_grid` gives it.
    due : DataFrame
        employee_id, reason, as `interview_triggers` gives them.
    owed : DataFrame
        employee_id: who owes an improvement plan.

    Returns
    -------
    DataFrame
        A row a person of the grid, sorted by team and place: employee_id, place (1 is first in the
        team), reasons (words of `URGENCY` with blanks between, the most pressing first).

    Notes
    -----
    People are in the order of their most pressing reason, those with the same one from the lowest
    score on, and those with the same score by id.
    """
    trend = grid.set_index("employee_id")["trend"]
    said = [
        due[["employee_id", "reason"]],
        *(_because(trend.index[trend == name], name) for name in ("falling", "rising")),
        _because(owed["employee_id"].unique(), "plan_owed"),
        _because(trend.index, REGULAR),
    ]
    rows = pd.concat(said, ignore_index=True).drop_duplicates()
    rows = rows[rows["employee_id"].isin(trend.index)]
    rows = rows.assign(urgency=rows["reason"].map(URGENCY.index))
    special = rows["reason"] != REGULAR
    alone = ~rows["employee_id"].isin(rows.loc[special, "employee_id"])
    rows = rows[special | alone].sort_values(["employee_id", "urgency"])
    people = rows.groupby("employee_id").agg(
        reasons=("reason", " ".join), urgency=("urgency", "min")
    )
    whole = grid[["employee_id", "team_id", "score"]].merge(people, on="employee_id")
    whole = whole.sort_values(["team_id", "urgency", "score", "employee_id"], ignore_index=True)
    whole = whole.assign(place=whole.groupby("team_id").cumcount() + 1)
    return whole[["employee_id", "place", "reasons"]]


def last_talk_day(scheme: Scheme, cycle: Cycle) -> date:
    """Last day on which a talk still comes before the results stand.

    They stand once nobody can appeal any more: that is the day before the last day of appeal, but
    never before the day of the report.
    """
    return max(report_day(scheme, cycle), appeal_until(scheme, cycle) - timedelta(days=1))


def talk_standing(
    people: Iterable[str],
    interviews: DataFrame,
    decided: DataFrame,
    scheme: Scheme,
    cycle: Cycle,
    today: date,
    timezone: str = "UTC",
) -> DataFrame:
    """How the talk with each person stands, and whether it comes in time.

    Parameters
    ----------
    people : iterable of str
        Employee ids.
    interviews : DataFrame
        The input table; rows of other cycles are left aside.
    decided : DataFrame
        employee_id, decided_at: when results of the cycle were confirmed or changed.
    today : date
        Local day to tell what is overdue on.

    Returns
    -------
    DataFrame
        A row a person, in the order given: employee_id, standing (held, planned, refused,
        not_planned: the first that one of the person's talks is), planned_on, held_on (first days),
        talk_by (`last_talk_day`), days_after_result (from the day of the report to the talk,
        negative before it) and flags with blanks between: `confirmed_before_talk` (a result was
        confirmed or changed and no talk had been held), `planned_late` (after talk_by), `overdue`
        (talk_by is over, and there is neither a talk nor a refusal).
    """
    mine = interviews[interviews["cycle_id"] == cycle.id]
    held = local_day(mine["held_at"], timezone)
    refused = mine["refused_at"].notna() & held.isna()
    planned = local_day(mine["planned_at"], timezone).mask(refused)
    by = mine["employee_id"]
    ids = pd.Index([*people], name="employee_id", dtype="str")
    found = DataFrame(
        {
            "planned_on": planned.groupby(by).min().reindex(ids),
            "held_on": held.groupby(by).min().reindex(ids),
            "refused": refused.groupby(by).any().reindex(ids).eq(True),
        },
        index=ids,
    )
    open_ = planned.where(held.isna()).groupby(by).min().reindex(ids).notna()
    cases = [found["held_on"].notna(), open_, found["refused"]]
    standing = np.select(cases, ["held", "planned", "refused"], "not_planned")
    last = pd.Timestamp(last_talk_day(scheme, cycle))
    first = local_day(decided["decided_at"], timezone).groupby(decided["employee_id"]).min()
    confirmed = first.reindex(ids)
    flags = {
        "confirmed_before_talk": confirmed.notna() & ~(found["held_on"] <= confirmed),
        "planned_late": (standing == "planned") & (found["planned_on"] > last),
        "overdue": Series(pd.Timestamp(today) > last, ids)
        & np.isin(standing, ["planned", "not_planned"]),
    }
    after = (found["held_on"] - pd.Timestamp(report_day(scheme, cycle))).dt.days
    found = found.assign(
        standing=Series(standing, ids, dtype="str"),
        talk_by=last,
        days_after_result=after.astype("Int64"),
        flags=_words(DataFrame(flags)),
    )
    columns = ["standing", "planned_on", "held_on", "talk_by", "days_after_result", "flags"]
    return found[columns].reset_index()


def interview_tracking(feedback: DataFrame, ratings: DataFrame, smallest_source: int) -> DataFrame:
    """What became of the talks of each team, and how people rated them.

    Parameters
    ----------
    feedback : DataFrame
        team_id, standing, flags, days_after_result, a row a person.
    ratings : DataFrame
        team_id, rating: the input table interview_ratings of the cycle, which names no person.
    smallest_source : int
        A mean of fewer answers is not shown.

    Returns
    -------
    DataFrame
        A row a team, sorted: n_people, n_held, n_planned, n_refused, n_not_planned, n_overdue,
        n_confirmed_before_talk, median_days (from the report to the talk), n_rated and rating (the
        mean to one decimal; unknown with too few answers).
    """
    teams = feedback.groupby("team_id")
    standing = feedback["standing"]
    counts = {f"n_{name}": standing == name for name in ("held", "planned", "refused")}
    counts["n_not_planned"] = standing == "not_planned"
    for flag in ("overdue", "confirmed_before_talk"):
        counts[f"n_{flag}"] = feedback["flags"].str.contains(flag, na=False)
    found = DataFrame(counts, index=feedback.index).groupby(feedback["team_id"]).sum()
    given = ratings.dropna(subset="rating").groupby("team_id")["rating"]
    n_rated = given.size().reindex(found.index).fillna(0)
    rating = given.mean().round(1).reindex(found.index).where(n_rated >= smallest_source)
    found.insert(0, "n_people", teams.size())
    found = found.assign(
        median_days=teams["days_after_result"].median().astype("float64"),
        n_rated=n_rated,
        rating=rating.astype("float64"),
    )
    whole = [name for name in found if name.startswith("n_")]
    return found.astype(dict.fromkeys(whole, "Int64")).reset_index()


def _levels(people: DataFrame, scheme: Scheme) -> Series:
    if scheme.grades:
        of = {band.grade: _level_of(band, scheme) for band in scheme.grades}
        return people["grade"].map(of).astype("str")
    words = np.select(
        [people["score"] >= GOOD_FROM, people["score"] < BAD_BELOW], ["high", "low"], "middle"
    )
    return Series(words, people.index, dtype="str")


def _level_of(band: Band, scheme: Scheme) -> str:
    """Level of a grade: by its standing or, where no grade has one, the best and the last."""
    if all(each.standing == "neutral" for each in scheme.grades):
        ends = {scheme.grades[-1].grade: "low", scheme.grades[0].grade: "high"}
        return ends.get(band.grade, "middle")
    return {"good": "high", "poor": "low"}.get(band.standing, "middle")


def _changes(people: DataFrame, history: DataFrame, scheme: Scheme, cycle: Cycle) -> DataFrame:
    """Change against the mean of the own last cycles, with its interval, by employee_id."""
    rows = history[history["week"].isna() & (history["quantity_id"] == SCORE)]
    rows = rows[(rows[SCHEME] == [scheme.id, scheme.version]).all(axis=1)]
    rows = of_length(rows[rows["employee_id"].isin(people.index)], cycle)
    rows = rows.dropna(subset=["value", "low", "high"])
    starts = {id: Cycle.parse(id).start for id in rows["cycle_id"].unique()}
    rows = rows.assign(start=rows["cycle_id"].map(starts))
    rows = rows[rows["start"] < cycle.start].sort_values("start")
    last = rows.groupby("employee_id").tail(MOST_CYCLES)
    own = last.assign(square=((last["high"] - last["low"]) / 2) ** 2).groupby("employee_id")
    before = own.agg(mean=("value", "mean"), square=("square", "sum"), n_cycles=("value", "size"))
    before = before.reindex(people.index)
    half_now = (people["high"] - people["low"]) / 2
    half = np.sqrt(half_now**2 + before["square"] / before["n_cycles"] ** 2)
    change = people["score"] - before["mean"]
    n_cycles = before["n_cycles"].fillna(0)
    return DataFrame(
        {"change": change, "low": change - half, "high": change + half, "n_cycles": n_cycles}
    )


def _trends(found: DataFrame) -> Series:
    cases = [found["low"].isna() | found["high"].isna(), found["low"] > 0, found["high"] < 0]
    words = np.select(cases, ["unknown", "rising", "falling"], "stable")
    return Series(words, found.index, dtype="str")


def _because(people: Iterable[str], reason: str) -> DataFrame:
    rows = DataFrame({"employee_id": [*people]}, dtype="str")
    return rows.assign(reason=reason)


def _words(flags: DataFrame) -> Series:
    """Names of the flags that are up, with blanks between; unknown if none is."""
    names = [" ".join(flags.columns[row]) for row in flags.to_numpy(bool)]
    return Series(names, flags.index, dtype="str").replace("", pd.NA)
