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
COLUMNS += ["se", "df"]


@dataclass(frozen=True)
class TrainingEffect:
    """What `training_effect` found.

    changes
        quantity (`QUANTITIES`), n (evaluators), before, after, difference (after minus before),
        ratio (after over before, of the spread only), low and high (95 %: of the ratio where there
        is one, else of the difference), status (ok, too_few, constant: no spread to compare), se
        and df (of the difference; of the spread, of the log of its ratio).
    evaluators
        evaluator_id, quantity (severity and all but the spread), before, after, difference.
    left_out
        evaluator_id, missing: who rated only before or only after.
    """

    changes: DataFrame
    evaluators: DataFrame
    left_out: DataFrame

    def against(self, waited: TrainingEffect) -> DataFrame:
        """How much more changed with these evaluators than with others, who were not trained.

        Parameters
        ----------
        waited : TrainingEffect
            Of other evaluators, who rated the same cases in the same two rounds.

        Returns
        -------
        DataFrame
            quantity, n, n_waited, change and change_waited (differences), difference (of the two),
            ratio (of the two ratios, of the spread only), low and high (95 %: of the ratio where
            there is one, else of the difference), status (ok, or why one group has no interval).

        Raises
        ------
        InputError
            Somebody is in both groups.

        Notes
        -----
        Welch's interval over evaluators, of the spread on the log of the ratio (from groups of four
        on it holds the true one in 95 of 100 draws or more). What the cases of a round do to
        everybody who rates them is in both changes and drops out. The cases themselves are taken as
        they are: what other cases would show, the interval does not say.
        """
        both = sorted({*self.evaluators[EVALUATOR]} & {*waited.evaluators[EVALUATOR]})
        if both:
            found, advice = f"{len(both)} are in both groups, such as {both[0]}", "name others"
            raise InputError(Problem("waited", found, advice, column=EVALUATOR))
        return _against(self.changes, waited.changes)


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
    and K = 1 + 2 (1 - r^2) t^2 / (n - 2), from F (K - sqrt(K^2 - 1)) to F (K + sqrt(K^2 - 1)); the
    root of it is exp(-+ asinh(t se)) around the ratio, with se^2 = (1 - r^2) / (n - 2).

    Nobody else says what would have changed without a training: who was chosen for it because of
    a bad first result comes nearer to the middle by chance alone. Let another group rate twice, and
    hold one change against the other (`TrainingEffect.against`).
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
    if n < FEWEST:
        return {**means, **ends, "status": "too_few"}
    return {**means, **ends, "status": "ok", "se": off.sem(), "df": n - 1}


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
    error = {"se": np.sqrt((1 - alike**2) / (n - 2)), "df": n - 2}
    half = np.arcsinh(stats.t.ppf(0.5 + LEVEL / 2, n - 2) * error["se"])
    low, high = after / before * np.exp([-half, half])
    return {**row, "ratio": after / before, "low": low, "high": high, "status": "ok", **error}


def _against(mine: DataFrame, theirs: DataFrame) -> DataFrame:
    """The changes of one group against those of another, quantity by quantity."""
    mine, theirs = mine.set_index("quantity"), theirs.set_index("quantity")
    se = np.hypot(mine["se"], theirs["se"])
    with np.errstate(divide="ignore", invalid="ignore"):
        df = se**4 / (mine["se"] ** 4 / mine["df"] + theirs["se"] ** 4 / theirs["df"])
        half = np.where(se > 0, stats.t.ppf(0.5 + LEVEL / 2, df) * se, se)
    difference, ratio = mine["difference"] - theirs["difference"], mine["ratio"] / theirs["ratio"]
    of_spread = mine.index == SPREAD
    return DataFrame(
        {
            "n": mine["n"],
            "n_waited": theirs["n"],
            "change": mine["difference"],
            "change_waited": theirs["difference"],
            "difference": difference,
            "ratio": ratio,
            "low": np.where(of_spread, ratio * np.exp(-half), difference - half),
            "high": np.where(of_spread, ratio * np.exp(half), difference + half),
            "status": mine["status"].where(mine["status"] != "ok", theirs["status"]),
        }
    ).reset_index()
