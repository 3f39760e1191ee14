"""What a training changed: how far evaluators lie apart, and how near they come to the key."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas import DataFrame
from scipy import stats

from csperf.errors import InputError, Problem
from csperf.indicators.intervals import LEVEL, student
from csperf.practice.accuracy import RatingAccuracy, rating_accuracy
from csperf.practice.cronbach import COMPONENTS
from csperf.practice.marking import EVALUATOR

FEWEST = 3  # evaluators for an interval of a mean; one more for that of a spread
SPREAD = "severity_spread"
OF_SUMMARY = ("mean_absolute_error", "score", "mean_squared")
QUANTITIES = (SPREAD, *OF_SUMMARY, *COMPONENTS)
COLUMNS = ["quantity", "n", "before", "after", "difference", "ratio", "low", "high", "status"]


@dataclass(frozen=True)
class TrainingEffect:
    """What `training_effect` found.

    changes
        quantity (`QUANTITIES`), n (evaluators), before, after, difference (after minus before),
        ratio (after over before, of the spread only), low and high (95 %: of the ratio where there
        is one, else of the difference), status (ok, too_few, constant: no spread to compare).
    evaluators
        evaluator_id, quantity (severity and all but the spread), before, after, difference.
    left_out
        evaluator_id, missing: who rated only before or only after.
    """

    changes: DataFrame
    evaluators: DataFrame
    left_out: DataFrame


def training_effect(
    before: DataFrame,
    after: DataFrame,
    key: DataFrame,
    scale: tuple[float, float] | None = None,
) -> TrainingEffect:
    """What changed from before a training to after it, with intervals over the evaluators.

    Parameters
    ----------
    before, after : DataFrame
        evaluator_id, case_id, criterion_id, score, as for `rating_accuracy`; of the same cases or,
        better, of others that are as hard.
    key : DataFrame
        The key of the cases of both.
    scale : (low, high), optional
        The lowest and the highest score of the form.

    Returns
    -------
    TrainingEffect
        Tables; evaluators who rated on one side only are listed and do not count.

    Raises
    ------
    InputError
        Nobody rated on both sides, or what `rating_accuracy` refuses.

    Notes
    -----
    Differences are means over evaluators with a paired t interval. Of the spread (SD of evaluators'
    severities) the interval is that of the ratio of two variances of the same evaluators (Pitman,
    1939, Biometrika 31, 9; Morgan, 1939, Biometrika 31, 13): with F their ratio, r the correlation
    and K = 1 + 2 (1 - r^2) t^2 / (n - 2), from F (K - sqrt(K^2 - 1)) to F (K + sqrt(K^2 - 1)).

    Nobody else says what would have changed without a training: who was chosen for it because of
    a bad first result comes nearer to the middle by chance alone. Let another group rate twice.
    """
    for side, frame in (("before", before), ("after", after)):
        if EVALUATOR not in frame:
            found = "it is not there"
            raise InputError(Problem(side, found, "say who rated", column=EVALUATOR))
    sides = [
        _rows_of(rating_accuracy(frame, _asked(key, frame), scale)) for frame in (before, after)
    ]
    both = sides[0].join(sides[1], how="outer", suffixes=("_before", "_after"))
    both = both.rename(columns={"value_before": "before", "value_after": "after"})
    one_sided = both[both.isna().any(axis=1)].reset_index().drop_duplicates(EVALUATOR)
    missing = np.where(one_sided["before"].isna(), "before", "after")
    both = both.dropna()
    if both.empty:
        advice = "give the ratings of the same evaluators, with the same evaluator_id"
        raise InputError(Problem("after", "nobody of those before is there", advice))
    both = both.assign(difference=both["after"] - both["before"]).reset_index()
    return TrainingEffect(
        DataFrame(list(_changes(both)), columns=COLUMNS),
        both,
        DataFrame({EVALUATOR: one_sided[EVALUATOR].to_numpy(), "missing": missing}),
    )


def _asked(key: DataFrame, frame: DataFrame) -> DataFrame:
    """The key of the cases that one side was asked for."""
    there = "case_id" in key and "case_id" in frame
    return key[key["case_id"].isin(frame["case_id"])] if there else key


def _rows_of(found: RatingAccuracy) -> DataFrame:
    """Value by evaluator_id and quantity."""
    summary = found.summary.melt(
        EVALUATOR, ["severity", *OF_SUMMARY], var_name="quantity", value_name="value"
    )
    parts = found.components.rename(columns={"component": "quantity", "squared": "value"})
    names = [EVALUATOR, "quantity", "value"]
    return pd.concat([summary[names], parts[names]]).set_index(names[:2])


def _changes(both: DataFrame) -> Iterator[dict[str, object]]:
    for name in QUANTITIES:
        rows = both[both["quantity"] == ("severity" if name == SPREAD else name)]
        yield {"quantity": name, "n": len(rows), **(_spread if name == SPREAD else _mean)(rows)}


def _mean(rows: DataFrame) -> dict[str, object]:
    n, off = len(rows), rows["difference"]
    low, high = student(off.mean(), off.sem() if n >= FEWEST else np.nan, n)
    means = {"before": rows["before"].mean(), "after": rows["after"].mean()}
    ends = {"difference": off.mean(), "low": float(low), "high": float(high)}
    return {**means, **ends, "status": "ok" if n >= FEWEST else "too_few"}


def _spread(rows: DataFrame) -> dict[str, object]:
    first, last = rows["before"].to_numpy(), rows["after"].to_numpy()
    n = len(rows)
    if n <= FEWEST:
        return {"status": "too_few"}
    before, after = first.std(ddof=1), last.std(ddof=1)
    row = {"before": before, "after": after, "difference": after - before}
    if not min(before, after) > 0:
        return {**row, "status": "constant"}
    alike = np.corrcoef(first, last)[0, 1]
    t = stats.t.ppf(0.5 + LEVEL / 2, n - 2)
    k = 1 + 2 * (1 - alike**2) * t**2 / (n - 2)
    around = np.sqrt(k + np.array([-1, 1]) * np.sqrt(k**2 - 1))
    low, high = after / before * around
    return {**row, "ratio": after / before, "low": low, "high": high, "status": "ok"}
