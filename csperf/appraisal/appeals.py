"""Appeals: in which stage each one is, what is overdue, whose effects wait, and how they end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pandas as pd
from pandas import DataFrame, Series

from csperf.appraisal.decisions import checked, local_day
from csperf.appraisal.proposing import appeal_until
from csperf.errors import InputError, Problem, meant, shown
from csperf.params import Cycle
from csperf.scheme import Scheme
from csperf.tables.decisions import APPEALS

UPHELD = ("upheld", "partly_upheld")
DAY = pd.Timedelta(days=1)
LEDGER = [
    "appeal_id",
    "employee_id",
    "evaluator_id",
    "issue",
    "facts",
    "step",
    "stage",
    "filed_at",
    "in_time",
    "due_date",
    "overdue",
    "decided",
    "decision",
    "decided_at",
    "score_before",
    "score_after",
    "score_change",
    "grade_before",
    "grade_after",
    "grade_changed",
]


def ledger(
    appeals: DataFrame, scheme: Scheme, cycle: Cycle, today: date, timezone: str = "UTC"
) -> DataFrame:
    """Appeals against the results of one cycle, a row for each stage that was reached.

    Parameters
    ----------
    appeals : DataFrame
        The input table; rows of other cycles are left aside.
    today, timezone
        The day to tell what is overdue on, and the zone whose days are counted.

    Returns
    -------
    DataFrame
        appeal_id, employee_id, evaluator_id, issue, facts, step (1 is the first stage), stage,
        filed_at, in_time (the appeal was filed by the last day of appeal), due_date (the day of
        filing plus the days of the stage), overdue (decided after it, or not yet and it is over),
        decided (the stage ended), decision, decided_at, score_before, score_after, score_change,
        grade_before, grade_after, grade_changed.

    Raises
    ------
    InputError
        For an appeal without facts, a stage that the scheme does not have, stages out of order, a
        decision without its day or a day without its decision, stages of one appeal that are about
        different people or cycles.
    """
    rows = _read(appeals)
    rows = rows[rows["cycle_id"] == cycle.id]
    steps = {stage.to: step for step, stage in enumerate(scheme.appeal, 1)}
    within = Series({stage.to: stage.within_days.value for stage in scheme.appeal}, dtype="int64")
    if problems := list(_unknown_stages(rows, list(steps))):
        raise InputError(problems)
    filed = local_day(rows["filed_at"], timezone)
    due = filed + pd.to_timedelta(rows["stage"].map(within).astype("int64"), unit="D")
    rows = rows.assign(step=rows["stage"].map(steps).astype("Int64"), due_date=due)
    rows = rows.sort_values(["appeal_id", "step"])
    if problems := list(_out_of_order(rows, timezone)):
        raise InputError(problems)
    first_filed = filed.groupby(rows["appeal_id"]).transform("min")
    ended = local_day(rows["decided_at"], timezone).fillna(pd.Timestamp(today))
    whole = rows.assign(
        in_time=first_filed <= pd.Timestamp(appeal_until(scheme, cycle)),
        overdue=ended > rows["due_date"],
        decided=rows["decision"].notna(),
        score_change=rows["score_after"] - rows["score_before"],
        grade_changed=_differs(rows["grade_before"], rows["grade_after"]),
    )
    return whole[LEDGER].reset_index(drop=True)


def suspended(appeals: DataFrame, cycle: Cycle) -> list[str]:
    """People whose effects wait because an appeal of theirs against this cycle is open."""
    rows = _read(appeals)
    last = _last_stages(rows[rows["cycle_id"] == cycle.id])
    return sorted(set(last.loc[last["decision"].isna(), "employee_id"]))


def statistics(appeals: DataFrame, people: DataFrame) -> DataFrame:
    """How many appeals there were, how they ended and how long they took, by evaluator and team.

    Parameters
    ----------
    appeals : DataFrame
        The input table, of one cycle or several; what its last stage decided is how one ended.
    people : DataFrame
        employee_id, team_id.

    Returns
    -------
    DataFrame
        by (evaluator or team), id, n_filed, n_open, n_withdrawn, n (decided otherwise), n_upheld
        (in whole or in part), upheld_share (of n; unknown if it is 0), median_days (from filing to
        the last decision, of those that ended). Appeals about no one evaluator are in no row of
        evaluators.
    """
    rows = _read(appeals)
    rows = rows.assign(first=rows.groupby("appeal_id")["filed_at"].transform("min"))
    last = _last_stages(rows)
    team = last["employee_id"].map(people.set_index("employee_id")["team_id"])
    ended = last.assign(
        evaluator=last["evaluator_id"], team=team, days=(last["decided_at"] - last["first"]) / DAY
    )
    return pd.concat([_counted(ended, by) for by in ("evaluator", "team")], ignore_index=True)


def without_correction(appeals: DataFrame, corrections: DataFrame) -> list[str]:
    """Appeals that were upheld but that no correction follows from, so that no run knows of it."""
    last = _last_stages(_read(appeals))
    upheld = last.loc[last["decision"].isin(UPHELD), "appeal_id"]
    return sorted(set(upheld) - set(corrections["appeal_id"].dropna()))


def _read(appeals: DataFrame) -> DataFrame:
    """The input table; InputError for stages that cannot be meant, whatever the scheme says."""
    rows = checked(appeals, APPEALS)
    if problems := [*_half_decided(rows), *_of_two(rows)]:
        raise InputError(problems)
    return rows


def _last_stages(rows: DataFrame) -> DataFrame:
    """The stage that each appeal came to last; of two of one moment the one still open."""
    ordered = rows.sort_values(["appeal_id", "filed_at", "decided_at", "stage"])
    return ordered.drop_duplicates("appeal_id", keep="last")


def _counted(ended: DataFrame, by: str) -> DataFrame:
    open_, away = ended["decision"].isna(), ended["decision"] == "withdrawn"
    counts = (
        ended.assign(
            n_open=open_,
            n_withdrawn=away,
            n=~open_ & ~away,
            n_upheld=ended["decision"].isin(UPHELD),
        )
        .groupby(by)
        .agg(
            n_filed=("appeal_id", "size"),
            n_open=("n_open", "sum"),
            n_withdrawn=("n_withdrawn", "sum"),
            n=("n", "sum"),
            n_upheld=("n_upheld", "sum"),
            median_days=("days", "median"),
        )
    )
    share = counts["n_upheld"] / counts["n"].where(counts["n"] > 0)
    counts.insert(5, "upheld_share", share)
    return counts.rename_axis("id").reset_index().assign(by=by)[["by", "id", *counts.columns]]


def _differs(before: Series, after: Series) -> Series:
    """Whether a value was changed; unknown where one of the two is."""
    return (before != after).astype("boolean").mask(before.isna() | after.isna())


def _unknown_stages(rows: DataFrame, stages: list[str]) -> Iterator[Problem]:
    for index, stage in rows.loc[~rows["stage"].isin(stages), "stage"].items():
        advice = f"the scheme's stages are {', '.join(stages) or 'none'}{meant(stage, stages)}"
        yield Problem("appeals", f"no stage {shown(stage)}", advice, index, "stage")


def _half_decided(rows: DataFrame) -> Iterator[Problem]:
    half = rows[rows["decision"].isna() != rows["decided_at"].isna()]
    for index, row in half.iterrows():
        found = f"appeal {row['appeal_id']} has only one of decision and decided_at"
        yield Problem("appeals", found, "give both, or neither while it is open", index)


def _of_two(rows: DataFrame) -> Iterator[Problem]:
    """Stages about another person or cycle than the first row of the appeal in the file."""
    rows = rows.sort_index()
    for name in ("cycle_id", "employee_id"):
        first = rows.groupby("appeal_id")[name].transform("first")
        for index, row in rows[rows[name] != first].iterrows():
            found = f"appeal {row['appeal_id']} is about {shown(first[index])} in a row above"
            advice = "give each appeal an id of its own"
            yield Problem("appeals", f"{shown(row[name])}, but {found}", advice, index, name)


def _out_of_order(rows: DataFrame, timezone: str) -> Iterator[Problem]:
    """Stages that were entered before the one below, or before that one ended or ran out of time.

    `rows` are sorted by appeal and step.
    """
    same = rows["appeal_id"] == rows["appeal_id"].shift()
    below = rows["step"].shift(fill_value=0).where(same, 0)
    ended = rows["decided_at"].shift() <= rows["filed_at"]
    over = rows["due_date"].shift() < local_day(rows["filed_at"], timezone)
    skipped, early = rows["step"] != below + 1, same & ~ended & ~over
    for index, row in rows[skipped | early].iterrows():
        found = f"appeal {row['appeal_id']} came to {shown(row['stage'])} before its time"
        advice = "take the stages in order, each after the one below ended or ran out of days"
        yield Problem("appeals", found, advice, index, "stage")
