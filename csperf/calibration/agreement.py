"""Kappa: how far two evaluators agree beyond chance, or any number of them two by two."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas import DataFrame

from csperf.calibration.fisher import fisher_interval
from csperf.calibration.rated import RATER, SCORE, UNIT, matrix, read_ratings
from csperf.errors import InputError, Problem, shown

Floats = NDArray[np.float64]
HAIR = 1e-12  # a standard error of rounding alone
FEWEST, ENOUGH = 2, 3  # targets that both rated, for a kappa and for its interval
WEIGHTS: dict[str | None, Callable[[Floats], Floats]] = {
    "quadratic": np.square,
    "linear": np.abs,
    None: lambda apart: (apart != 0).astype(float),
}
KAPPA_STATUS = {
    "ok": "nothing to say",
    "perfect": "no disagreement; how many there would be with more people is not known",
    "opposite": "as little agreement as there can be; no interval either",
    "constant": "one evaluator gave everybody the same, which is no better than chance at anything",
    "no_common_target": "nobody was rated by both",
    "too_few": "one person was rated by both, or two, which is too few for an interval",
    "some_pairs_unknown": "the mean leaves out pairs without a kappa; n_pairs are in it",
}
KAPPA = {  # ids are of the kind that they came in
    **dict.fromkeys(("coefficient", "weights"), "str"),
    **dict.fromkeys(("evaluator_id", "other_id"), None),
    **dict.fromkeys(("n_targets", "n_raters", "n_pairs"), "Int64"),
    **dict.fromkeys(("agreement", "estimate", "se", "low", "high"), "float64"),
    "status": "str",
}


def weighted_kappa(
    frame: DataFrame,
    targets: str = "employee_id",
    raters: str = "evaluator_id",
    scores: str = "score",
    weights: Literal["quadratic", "linear"] | None = "quadratic",
) -> DataFrame:
    """How far two evaluators agree, beyond what they would if each dealt out the scores at random.

    Which weights answer which question: None, whether they give exactly the same score or label;
    "linear" and "quadratic", how far apart their scores are, a difference of two counting twice or
    four times as much as one of one. Quadratic is close to ICC(A,1).

    Parameters
    ----------
    frame : DataFrame
        A row for each score of one criterion.
    targets, raters, scores : str
        The columns of who is rated, who rates, and what was given: a number, or any label if
        there are no weights.
    weights : "quadratic", "linear" or None
        What a disagreement weighs by the difference between the scores.

    Returns
    -------
    DataFrame
        A row for each two evaluators and, for more than two, first the mean over the pairs (Light):
        coefficient, weights, evaluator_id, other_id, n_targets (rated by both), n_raters, n_pairs,
        agreement (share of equal scores), estimate, se, low and high (95 %), status (a key of
        `KAPPA_STATUS`, which says why something is unknown).

    Raises
    ------
    InputError
        A column is missing, an id is empty, a score is no number, a target has two scores of one
        rater, there are fewer than two targets or raters, or the weights are not known.

    Notes
    -----
    1 - observed / expected disagreement, with the large-sample standard error of Fleiss, Cohen and
    Everitt (1969, Psychological Bulletin 72, 323-327). The interval is that of Student's t on
    Fisher's scale: simulated with 10 people it covers 90 to 96 %, where estimate -+ 1.96 se covers
    82 to 89 %. The mean over pairs is Light's (1971, Psychological Bulletin 76, 365-377); its error
    is from what each person adds to all the pairs.
    """
    if weights not in WEIGHTS:
        found = f"no weights {shown(weights)}"
        raise InputError(Problem("weighted_kappa", found, "give quadratic, linear or None"))
    columns = {UNIT: targets, RATER: raters, SCORE: scores}
    rated = read_ratings(frame, "weighted_kappa", columns, numbers=weights is not None)
    if weights is None:
        rated = rated.assign(score=pd.factorize(rated[SCORE])[0])
    wide, people = matrix(rated)
    pairs = [
        ({"evaluator_id": people[i], "other_id": people[j]}, *_pair(wide[:, [i, j]], weights))
        for i, j in combinations(range(len(people)), 2)
    ]
    rows = [{**ids, "n_raters": 2, "n_pairs": 1, **row} for ids, row, _ in pairs]
    if len(people) > 2:
        n = int(np.sum((~np.isnan(wide)).sum(axis=1) > 1))
        mean = _light([row for _, row, _ in pairs], [added for *_, added in pairs], n)
        rows.insert(0, {"n_targets": n, "n_raters": len(people), **mean})
    told = DataFrame(rows).reindex(columns=[*KAPPA])
    names = np.where(told["n_raters"] > 2, "mean kappa (Light)", "kappa")
    told = told.assign(coefficient=names, weights=weights or "none")
    return told.astype({name: kind for name, kind in KAPPA.items() if kind})


def _pair(scores: Floats, weights: str | None) -> tuple[dict[str, Any], Floats]:
    """Kappa of two columns of scores, and what each row adds to its error."""
    added = np.zeros(len(scores))
    common = ~np.isnan(scores).any(axis=1)
    n = int(common.sum())
    row: dict[str, Any] = {"n_targets": n}
    if n < FEWEST:
        return {**row, "status": "too_few" if n else "no_common_target"}, added
    first, second = scores[common].T
    apart = WEIGHTS[weights]
    observed = apart(first - second)
    values, counts = np.unique(second, return_counts=True)
    of_first = apart(first[:, None] - values) @ counts / n  # mean distance to all of the other's
    values, counts = np.unique(first, return_counts=True)
    of_second = apart(second[:, None] - values) @ counts / n
    row["agreement"] = np.mean(first == second)
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return {**row, "status": "constant"}, added
    expected = of_first.mean()
    estimate = 1 - observed.mean() / expected
    off = (1 - estimate) * (of_first + of_second) - observed
    added[common] = (off - off.mean()) / expected / n
    return {**row, "estimate": estimate, **_interval(estimate, added, n)}, added


def _interval(estimate: float, added: Floats, n: int) -> dict[str, Any]:
    """Standard error and interval from what n people add each; unknown if all add the same."""
    se = float(np.sqrt(np.sum(added**2)))
    if se < HAIR:
        return {"status": "perfect" if estimate > 0 else "opposite"}
    if n < ENOUGH:
        return {"status": "too_few"}
    low, high = fisher_interval(estimate, se * np.sqrt(n / (n - 1)), n - 1)
    return {"se": se, "low": low, "high": high, "status": "ok"}


def _light(rows: list[dict[str, Any]], added: list[Floats], n: int) -> dict[str, Any]:
    """Mean of the kappas that are known, a person adding to its error the mean of what is added."""
    known = [at for at, row in enumerate(rows) if "estimate" in row]
    row: dict[str, Any] = {"n_pairs": len(known)}
    if not known:
        reasons = {row["status"] for row in rows}
        return {**row, "status": "constant" if "constant" in reasons else "too_few"}
    for name in ("agreement", "estimate"):
        row[name] = np.mean([rows[at][name] for at in known])
    row |= _interval(row["estimate"], np.mean([added[at] for at in known], axis=0), n)
    return row if len(known) == len(rows) else {**row, "status": "some_pairs_unknown"}
