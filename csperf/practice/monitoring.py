"""Watching a cycle: which evaluations are in, who has to be reminded, how they were entered.

Nothing here changes a score. A fact that looks odd often has a plain reason, such as forms that
were filled on paper and typed in later; people ask before they judge.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

import pandas as pd
from pandas import DataFrame, Series

from csperf.appraisal.decisions import local_day
from csperf.appraisal.findings import LEAST_RATED
from csperf.appraisal.proposing import report_day
from csperf.params import Cycle
from csperf.scheme import Scheme
from csperf.tables import INPUT_TABLES

FORM = ["employee_id", "evaluator_id", "evaluator_type"]
# What has become of a form; each form is one of them.
STANDINGS = ("in_time", "late", "declined", "open", "overdue", "not_yet", "unassigned")
HERE = ("in_time", "late")
TO_DO = ("open", "overdue")
HURRIED = 2.0  # minutes between one person's form and the next; reading one takes longer
HABITS = ("at_once", "hurried", "last_day", "same_for_all")


class Window(NamedTuple):
    """Days on which evaluations are handed in; both belong to it. It may open on no known day."""

    opens: date | None
    closes: date


def window_of(scheme: Scheme, cycle: Cycle) -> Window:
    """When a cycle's evaluations are handed in, as the scheme's timing says."""
    opens = scheme.timing.window_opens_days_after_cycle
    first = cycle.last_day + timedelta(days=opens.value) if opens else None
    return Window(first, report_day(scheme, cycle))


def forms_due(
    assignments: DataFrame,
    evaluations: DataFrame,
    expected: DataFrame,
    cycle: Cycle,
    window: Window,
    as_of: date,
    timezone: str = "UTC",
) -> DataFrame:
    """Every form of a cycle and how it stands on a day.

    Parameters
    ----------
    assignments, evaluations : DataFrame
        Input tables; rows of other cycles do not count.
    expected : DataFrame
        employee_id, evaluator_type: evaluations that the scheme asks for, whoever gives them.
    window : Window
        When forms are handed in, where the assignment has no due day of its own.
    as_of : date
        The day to look from. What was handed in or asked for later is not known yet.
    timezone : str
        Zone whose days are counted.

    Returns
    -------
    DataFrame
        A row a form, by employee_id, evaluator_type, evaluator_id: asked (an assignment names it),
        due_on, entered_at (its last criterion; empty where it is not here), early (here before the
        window opened) and standing:

        in_time, late
            Every criterion that it has is here, by the due day or after it.
        declined
            The evaluator declined all of it.
        open, overdue
            Nothing is here, or some criteria are marked as missing; the due day is to come or over.
        not_yet
            The same, before the window opens and before anybody was asked.
        unassigned
            The scheme asks for it, and nobody was asked and nobody gave it.

    Notes
    -----
    Where no window is stated to open, it does on the day after the cycle. Who gave a score without
    a time handed it in in time, as nothing says otherwise.
    """
    asked = _asked(assignments, cycle, as_of, timezone)
    given = _given(evaluations, cycle, as_of, timezone)
    known = asked.merge(given, on=FORM, how="outer")
    forms = pd.concat([known, _nobodys(expected, known)], ignore_index=True)
    closes = pd.Timestamp(window.closes)
    due = forms["due_on"].fillna(closes)
    opens = pd.Timestamp(window.opens or cycle.end)
    forms = forms.assign(
        asked=forms["asked"].eq(True),
        due_on=due,
        standing=_standing(forms, due, opens, pd.Timestamp(as_of)),
    )
    here = forms["standing"].isin(HERE)
    early = here & (forms["entered_on"] < opens) if window.opens else here & False
    found = forms.assign(early=early, entered_at=forms["entered_at"].where(here))
    columns = [*FORM, "asked", "due_on", "entered_at", "early", "standing"]
    by = ["employee_id", "evaluator_type", "evaluator_id"]
    return found[columns].sort_values(by, ignore_index=True)


def _asked(assignments: DataFrame, cycle: Cycle, as_of: date, timezone: str) -> DataFrame:
    """Forms that somebody was asked for by the day, with the day that they are due."""
    rows = INPUT_TABLES["evaluation_assignments"].arrange(assignments)
    rows = rows[rows["cycle_id"] == cycle.id]
    invited = local_day(rows["invited_at"], timezone)
    by_then = rows[~(invited > pd.Timestamp(as_of))]
    return by_then[FORM].assign(
        asked=True,
        invited=by_then["invited_at"].notna(),
        due_on=local_day(by_then["due_at"], timezone),
    )


def _given(evaluations: DataFrame, cycle: Cycle, as_of: date, timezone: str) -> DataFrame:
    """Forms of which something was handed in by the day: what is here, missing and declined."""
    rows = INPUT_TABLES["evaluations"].arrange(evaluations)
    rows = rows[rows["cycle_id"] == cycle.id]
    rows = rows.assign(day=local_day(rows["submitted_at"], timezone))
    rows = rows[~(rows["day"] > pd.Timestamp(as_of))]
    rows = rows.assign(
        scored=rows["score"].notna(),
        declined=rows["score"].isna() & rows["status"].eq("declined").fillna(False),
    )
    # A criterion that was rated again, or rated after all, counts once.
    criteria = rows.groupby([*FORM, "criterion_id"], as_index=False).agg(
        scored=("scored", "any"),
        declined=("declined", "any"),
        entered_at=("submitted_at", "min"),
        entered_on=("day", "min"),
    )
    criteria["lacking"] = ~(criteria["scored"] | criteria["declined"])
    return criteria.groupby(FORM, as_index=False).agg(
        scored=("scored", "any"),
        declined=("declined", "any"),
        lacking=("lacking", "any"),
        entered_at=("entered_at", "max"),
        entered_on=("entered_on", "max"),
    )


def _nobodys(expected: DataFrame, known: DataFrame) -> DataFrame:
    """Evaluations that the scheme asks for and no form is known of; one's own is one's own."""
    pair = ["employee_id", "evaluator_type"]
    lacking = expected[pair].drop_duplicates().merge(known[pair], how="left", indicator="there")
    lacking = lacking.loc[lacking["there"] == "left_only", pair]
    own = lacking["evaluator_type"] == "self"
    return lacking.assign(evaluator_id=lacking["employee_id"].where(own), asked=False)


def _standing(forms: DataFrame, due: Series, opens: pd.Timestamp, today: pd.Timestamp) -> Series:
    """The one of `STANDINGS` that each form has."""
    lacking = forms["lacking"].ne(False)  # of a form that never came everything lacks
    here = forms["scored"].eq(True) & ~lacking
    standing = Series("open", forms.index, dtype="str").mask(due < today, "overdue")
    standing = standing.mask((today < opens) & forms["invited"].ne(True), "not_yet")
    standing = standing.mask(forms["declined"].eq(True) & ~here & ~lacking, "declined")
    standing = standing.mask(here, "in_time").mask(here & (forms["entered_on"] > due), "late")
    return standing.mask(forms["evaluator_id"].isna(), "unassigned")


def completion(forms: DataFrame, by: Iterable[str]) -> DataFrame:
    """How many forms are here, by team, type of evaluator or evaluator.

    Parameters
    ----------
    forms : DataFrame
        As `forms_due` gives them, with the columns of `by`.

    Returns
    -------
    DataFrame
        The columns of `by`, expected (forms), a count for each of `STANDINGS`, early, and share:
        of the forms that were not declined, how many are here.
    """
    by = list(by)
    told = forms.assign(**{name: forms["standing"] == name for name in STANDINGS}, expected=True)
    counted = ["expected", *STANDINGS, "early"]
    board = told.groupby(by, dropna=False)[counted].sum().astype("int64").reset_index()
    asked = board["expected"] - board["declined"]
    return board.assign(share=board[list(HERE)].sum(axis=1) / asked.where(asked > 0))


def reminders(forms: DataFrame) -> DataFrame:
    """Whom to remind, for HR and managers: who has most overdue first.

    Returns
    -------
    DataFrame
        A row an evaluator with forms that are open or overdue: evaluator_id, overdue, open, due_on
        (the first of these forms). Whom they rate stays out of it: some were promised that nobody
        is told.
    """
    rows = forms[forms["standing"].isin(TO_DO)]
    found = rows.groupby("evaluator_id", as_index=False).agg(
        overdue=("standing", lambda standing: int((standing == "overdue").sum())),
        open=("standing", lambda standing: int((standing == "open").sum())),
        due_on=("due_on", "min"),
    )
    order = ["overdue", "due_on", "open", "evaluator_id"]
    return found.sort_values(order, ascending=[False, True, False, True], ignore_index=True)


def leaders(forms: DataFrame, superiors: Iterable[str]) -> DataFrame:
    """Whether those who lead finish their own evaluations, and are appraised themselves.

    Parameters
    ----------
    forms : DataFrame
        As `forms_due` gives them.
    superiors : iterable of str
        The types of evaluators who lead.

    Returns
    -------
    DataFrame
        A row a leader: evaluator_id, expected, here, declined, finished (nothing is open or
        overdue), appraised_by (forms about him or her that are expected, one's own apart).
    """
    mine = forms[forms["evaluator_type"].isin([*superiors]) & forms["evaluator_id"].notna()]
    board = completion(mine, ["evaluator_id"])
    others = forms[forms["employee_id"] != forms["evaluator_id"]]
    about = others["employee_id"].value_counts()
    return DataFrame(
        {
            "evaluator_id": board["evaluator_id"],
            "expected": board["expected"],
            "here": board[list(HERE)].sum(axis=1),
            "declined": board["declined"],
            "finished": board[[*TO_DO, "not_yet"]].sum(axis=1) == 0,
            "appraised_by": board["evaluator_id"].map(about).fillna(0).astype("int64"),
        }
    )


def entry_habits(forms: DataFrame, flat: DataFrame, timezone: str = "UTC") -> DataFrame:
    """Forms of one evaluator that were entered in a way which asks for a question.

    Parameters
    ----------
    forms : DataFrame
        As `forms_due` gives them.
    flat : DataFrame
        evaluator_id, evaluator_type of those who gave everybody the same, as the check
        `no_differentiation` of `csperf.appraisal.findings` finds them.

    Returns
    -------
    DataFrame
        A row for each evaluator, type and habit, of three people or more: evaluator_id,
        evaluator_type, habit, n (forms), minutes (from the first to the last), day (of the last):

        at_once
            All in the same minute: often a list that was imported.
        hurried
            Half of the forms came less than two minutes after the one before: often typed in from
            paper, on which they took their time.
        last_day
            All on the day that they were due, or later.
        same_for_all
            The same points for everybody.

        How fast is told only where the time of day is recorded.
    """
    rows = forms[forms["entered_at"].notna() & (forms["evaluator_type"] != "self")]
    local = rows["entered_at"].dt.tz_convert(timezone).dt.tz_localize(None)
    rows = rows.assign(at=local, day=local.dt.normalize()).sort_values([*FORM[1:], "at"])
    who = FORM[1:]
    gap = rows.groupby(who)["at"].diff().dt.total_seconds() / 60
    found = (
        rows.assign(gap=gap, clock=rows["at"] != rows["day"], last=rows["day"] >= rows["due_on"])
        .groupby(who)
        .agg(
            n=("at", "size"),
            first=("at", "min"),
            at=("at", "max"),
            day=("day", "max"),
            gap=("gap", "median"),
            clock=("clock", "any"),
            last=("last", "all"),
        )
        .query(f"n >= {LEAST_RATED}")
    )
    minutes = (found["at"] - found["first"]).dt.total_seconds() / 60
    same = pd.MultiIndex.from_frame(flat[who])
    found = found.assign(
        minutes=minutes.where(found["clock"]),
        at_once=found["clock"] & (minutes < 1),
        hurried=found["clock"] & (minutes >= 1) & (found["gap"] < HURRIED),
        last_day=found["last"],
        same_for_all=found.index.isin(same),
    )
    told = [
        found.loc[found[habit], ["n", "minutes", "day"]].assign(habit=habit) for habit in HABITS
    ]
    columns = [*who, "habit", "n", "minutes", "day"]
    return pd.concat(told).reset_index()[columns].sort_values([*who, "habit"], ignore_index=True)
