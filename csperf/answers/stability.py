"""How far places and grades depend on the exact weights of a scheme."""

from __future__ import annotations

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from csperf.appraisal.scoring import DECIMALS
from csperf.scheme import Scheme

DRAWS = 200
SPREAD_PCT = 10.0
SEED = 20_160_501
PLACES = ["keeps_rank", "share_first", "share_last", "best_rank", "worst_rank"]


def rank_stability(
    scores: DataFrame,
    people: DataFrame,
    scheme: Scheme,
    *,
    draws: int = DRAWS,
    spread_pct: float = SPREAD_PCT,
    seed: int = SEED,
) -> DataFrame:
    """How far places and grades depend on the exact weights.

    Parameters
    ----------
    scores : DataFrame
        employee_id, component_id, score, weight, contribution, as `score` gives them.
    people : DataFrame
        employee_id, group, and rank, which is unknown for people outside the order.
    scheme : Scheme
        Its grades.
    draws, spread_pct, seed
        In each draw the weight of every component is multiplied by its own factor, even between
        1 - spread and 1 + spread, and the weights are brought back to 100.

    Returns
    -------
    DataFrame
        employee_id, keeps_rank, share_first, share_last, keeps_grade (shares of the draws),
        best_rank, worst_rank. Unknown are the places of people outside the order, and grades where
        the scheme has none.
    """
    known = scores[scores["weight"].notna()].sort_values(["employee_id", "component_id"])
    paths = sorted(known["component_id"].unique())
    factors = np.random.default_rng(seed).uniform(
        1 - spread_pct / 100, 1 + spread_pct / 100, (draws, len(paths))
    )
    drawn = _drawn_scores(known, paths, np.vstack([np.ones(len(paths)), factors]))
    found = people.set_index("employee_id").reindex(drawn.index)
    result = DataFrame(index=drawn.index)
    result["keeps_grade"] = _kept_grades(drawn.to_numpy(), scheme)
    places = _places(drawn, found.loc[found["rank"].notna(), "group"].dropna())
    result = result.join(places).rename_axis("employee_id").reset_index()
    return result[["employee_id", *PLACES[:3], "keeps_grade", *PLACES[3:]]].astype(
        {"best_rank": "Int64", "worst_rank": "Int64"}
    )


def _drawn_scores(known: DataFrame, paths: list[str], factors: np.ndarray) -> DataFrame:
    """Scores of people (rows) under each row of factors (columns); the scheme's own come first."""
    people = pd.Index(known["employee_id"].unique(), name="employee_id")
    weights, points = (
        known.pivot(index="employee_id", columns="component_id", values=name)
        .reindex(index=people, columns=paths)
        .fillna(0.0)
        .to_numpy(dtype="float64")
        for name in ("weight", "score")
    )
    whole = weights @ factors.T
    means = np.divide(
        (weights * points) @ factors.T, whole, out=np.zeros_like(whole), where=whole > 0
    )
    added = known["contribution"].where(known["weight"] == 0, 0.0)
    added = added.groupby(known["employee_id"]).sum().reindex(people).to_numpy()
    return DataFrame((means + added[:, None]).clip(0, 100).round(DECIMALS), index=people)


def _places(drawn: DataFrame, groups: Series) -> DataFrame:
    """Shares of the draws in which people keep their place in their group, are first, or last.

    People who are alone in their group have no row.
    """
    groups = groups[groups.duplicated(keep=False)].sort_values(kind="stable")
    if groups.empty:
        return DataFrame(columns=PLACES, dtype="float64")
    table = drawn.loc[groups.index].to_numpy()
    starts = np.flatnonzero(~groups.duplicated())
    sizes = np.diff(np.append(starts, len(groups)))
    start = np.repeat(starts, sizes)
    rank_in = np.column_stack([_ranks(scores, start) for scores in table.T])
    lowest = np.repeat(np.minimum.reduceat(table[:, 1:], starts), sizes, axis=0)
    return DataFrame(
        {
            "keeps_rank": (rank_in[:, 1:] == rank_in[:, :1]).mean(axis=1),
            "share_first": (rank_in[:, 1:] == 1).mean(axis=1),
            "share_last": (table[:, 1:] == lowest).mean(axis=1),
            "best_rank": rank_in.min(axis=1).astype("float64"),
            "worst_rank": rank_in.max(axis=1).astype("float64"),
        },
        index=groups.index,
    )


def _ranks(scores: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Rank in the group, the highest score first, equal scores alike.

    Groups stand one after the other; `start` is where that of each person begins.
    """
    order = np.lexsort((-scores, start))
    place = np.arange(len(scores))
    higher = np.append(True, np.diff(scores[order]) != 0) | (place == start)
    ranks = np.empty_like(place)
    ranks[order] = np.maximum.accumulate(np.where(higher, place, 0)) - start + 1
    return ranks


def _kept_grades(drawn: np.ndarray, scheme: Scheme) -> np.ndarray:
    if not scheme.grades:
        return np.full(len(drawn), np.nan)
    reached = (drawn >= band.from_score.value for band in scheme.grades)
    same = [each[:, 1:] == each[:, :1] for each in reached]
    return np.logical_and.reduce(same).mean(axis=1)
