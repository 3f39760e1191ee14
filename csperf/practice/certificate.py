"""Who passed a course in rating: rows of the input table training_records, and who did not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from pandas import DataFrame

from csperf.errors import InputError, Problem, shown
from csperf.practice.accuracy import RatingAccuracy
from csperf.practice.cases import TEST, training_key
from csperf.practice.marking import CASE, CRITERION, EVALUATOR, SCORE

PASS_FROM = 80.0  # points of `score`: 60 % of ratings meet the key and the rest miss it by one
FEWEST = 20
MONTHS = 12
MOST_NAMED = 3
RECORD = [EVALUATOR, "course", "taken_date", "score", "valid_until"]


@dataclass(frozen=True)
class Certified:
    """What `training_records` made of a test.

    records
        evaluator_id, course, taken_date, score, valid_until (last day on which it counts): rows for
        the input table training_records, of who passed.
    not_passed
        evaluator_id, score, n_cases, reason (below, too_few_cases): whom to offer another try.
    """

    records: DataFrame
    not_passed: DataFrame


def training_records(
    accuracy: RatingAccuracy,
    course: str,
    taken_date: date | str,
    *,
    pass_from: float = PASS_FROM,
    fewest: int = FEWEST,
    months: int = MONTHS,
) -> Certified:
    """Rows for the input table training_records, of the evaluators who passed.

    Parameters
    ----------
    accuracy : RatingAccuracy
        Of the test, with an evaluator_id each: of `training_key("test")`, or of cases of your own.
    course : str
        Its name.
    taken_date : date or str
        The day of the test.
    pass_from : float
        Lowest score, 0 to 100, that passes.
    fewest : int
        Cases that have to be rated in full.
    months : int
        How long it counts.

    Returns
    -------
    Certified
        Rows of who passed, and of who did not with the reason. What follows from it people decide.

    Raises
    ------
    InputError
        The day is none, the course has no name, a limit is out of range, or there are cases of
        practice among those rated: whoever practised remembers their key.
    """
    day = pd.to_datetime(taken_date, errors="coerce")
    problems = [
        Problem("training_records", found, advice)
        for wrong, found, advice in (
            (pd.isna(day), f"{shown(taken_date)} is no day", "write it as 2026-10-05"),
            (not course.strip(), "the course has no name", "give one"),
            (not 0 <= pass_from <= 100, f"pass_from is {pass_from:g}", "give 0 to 100"),
            (months < 1, f"months is {months}", "give at least 1"),
        )
        if wrong
    ]
    if known := _of_practice(accuracy.ratings):
        found = f"cases of practice ({', '.join(known[:MOST_NAMED])}), whose key everybody has seen"
        advice = f'test by training_key("{TEST}"), or by cases of your own'
        problems.append(Problem("training_records", found, advice))
    if problems:
        raise InputError(problems)
    rows = accuracy.summary[[EVALUATOR, "score", "n_cases"]]
    few, below = rows["n_cases"] < fewest, rows["score"] < pass_from
    until = day.normalize() + pd.DateOffset(months=months) - pd.Timedelta(days=1)
    passed = rows[~few & ~below].assign(
        course=course, taken_date=day.normalize(), valid_until=until
    )
    reason = np.where(few, "too_few_cases", "below")
    return Certified(
        passed[RECORD].reset_index(drop=True),
        rows.assign(reason=reason)[few | below].reset_index(drop=True),
    )


def _of_practice(rated: DataFrame) -> list[str]:
    """Rated cases that are those of practice: their ids, with all of their key."""
    key = training_key().rename(columns={SCORE: "key"})[[CASE, CRITERION, "key"]]
    cells = rated[[CASE, CRITERION, "key"]].drop_duplicates()
    there = cells.merge(key.assign(there=True), how="left")["there"].notna().to_numpy()
    whole = pd.Series(there, index=cells[CASE]).groupby(level=0).all()
    return list(whole.index[whole])
