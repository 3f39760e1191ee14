"""What other evaluators than in an earlier cycle do to the mean score of a team."""

from __future__ import annotations

import numpy as np
from pandas import DataFrame, Series

from csperf.calibration.adjust import EXACT, LEAST
from csperf.calibration.differences import CYCLE, given_scores
from csperf.calibration.linear import Severities, severities
from csperf.calibration.rasch import Floats
from csperf.calibration.ratings import Whole, coded, subsets
from csperf.errors import InputError
from csperf.indicators.intervals import Z

DUST = 1e-9  # of a score: a part that is no more comes of rounding
PART = ["employee_id", "evaluator_type", "criterion_id"]
COLUMNS = ["team_id", "n", "explained", "low", "high", "status"]


def severity_changes(
    evaluations: DataFrame, weights: DataFrame, cycle: str, baseline: str
) -> DataFrame:
    """Points by which teams' mean scores change because other evaluators judge their people.

    Parameters
    ----------
    evaluations : DataFrame
        Of both cycles and of the whole department: cycle_id, employee_id, evaluator_id,
        evaluator_type, criterion_id, score in points of 100.
    weights : DataFrame
        employee_id, team_id, evaluator_type, criterion_id and weight (per cent of the score), of
        people with a score in both cycles.
    cycle, baseline : str
        The later and the earlier cycle.

    Returns
    -------
    DataFrame
        A row for each team one of whose evaluators counts in one of the cycles only: team_id, n
        (people), explained (points of the change of the mean score, negative where severity has
        grown), its 95 % interval low and high, status (`ok`; `exact` without an interval where all
        ratings follow one another to the point; `not_linked` where nobody can tell, for want of
        people whom the earlier and the later evaluators, or others between them, have both rated).

    Notes
    -----
    One severity for each evaluator over both cycles (`linear.severities`), with a person of one
    cycle and the same person of the other as two, so that people may change and evaluators may not.
    What is explained is minus the sum over evaluators of their severity times what their part in
    the team's mean score has grown by. Parts that were rated in one of the cycles only are left
    out. Types of evaluators are held apart.
    """
    given = given_scores(evaluations, [CYCLE])
    given = given[given[CYCLE].isin([cycle, baseline])]
    rated = given.merge(weights, on=PART)
    rated = rated[rated.groupby(PART)[CYCLE].transform("nunique") == 2]
    if rated.empty:
        return DataFrame(columns=COLUMNS)
    n = weights.groupby("team_id")["employee_id"].nunique()
    fits = {kind: _fitted(rows) for kind, rows in given.groupby("evaluator_type")}
    rows = []
    for team, parts in _grown(rated, n, cycle, baseline).groupby("team_id"):
        alone = (parts[[cycle, baseline]].abs() <= DUST).any(axis=1)
        if alone.any():
            rows.append((team, int(n[team]), *_explained(parts, fits)))
    return DataFrame(rows, columns=COLUMNS)


def _grown(rated: DataFrame, people: Series, cycle: str, baseline: str) -> DataFrame:
    """By team, type and evaluator: the part in the mean score in each cycle, and its growth."""
    each = rated.groupby([*PART, CYCLE])["score"].transform("size")
    part = rated["weight"] / 100 / each / rated["team_id"].map(people)
    key = ["team_id", "evaluator_type", "evaluator_id"]
    sums = rated.assign(part=part).groupby([*key, CYCLE])["part"].sum().unstack(CYCLE)
    sums = sums.reindex(columns=[cycle, baseline]).fillna(0.0).reset_index()
    return sums.assign(growth=sums[cycle] - sums[baseline])


def _fitted(rows: DataFrame) -> tuple[DataFrame, Severities | None]:
    """Evaluators of a type with subset and n (people of a cycle shared), and their severities."""
    each = rows.assign(employee_id=rows["employee_id"] + "\x1f" + rows[CYCLE])
    ratings = coded(each, ("employee_id", "evaluator_id", "criterion_id"))
    parts: list[Whole] = subsets(ratings)
    shared = each.groupby("employee_id")["evaluator_id"].transform("nunique") > 1
    n = each[shared].groupby("evaluator_id")["employee_id"].nunique()
    table = DataFrame({"subset": parts[1]}, index=ratings.ids[1])
    table["n"] = n.reindex(table.index).fillna(0)
    try:
        points: Floats = each["score"].to_numpy(float)
        return table, severities(ratings, points, parts)
    except InputError:  # evaluators cannot be told from the criteria that only they rated
        return table, None


def _explained(
    parts: DataFrame, fits: dict[str, tuple[DataFrame, Severities | None]]
) -> tuple[float, float, float, str]:
    """Points of a team's change that come from severity, with interval and status."""
    points, square, status = 0.0, 0.0, "ok"
    for kind, rows in parts[parts["growth"].abs() > DUST].groupby("evaluator_type"):
        table, found = fits[str(kind)]
        mine = table.loc[rows["evaluator_id"]]
        if found is None or mine["subset"].nunique() > 1 or (mine["n"] < LEAST).any():
            return np.nan, np.nan, np.nan, "not_linked"
        growth = rows.set_index("evaluator_id")["growth"].reindex(table.index).fillna(0.0)
        value, se = found.contrast(growth.to_numpy(float))
        points, square = points - value, square + se**2
        if not found.residual.any():
            status = EXACT
    half = Z * np.sqrt(square) if status == "ok" else np.nan
    return points, points - half, points + half, status
