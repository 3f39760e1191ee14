"""A longer period taken apart: the cycles that its score is built from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from csperf.params import Cycle
from csperf.scheme import Longer, Scheme

NOT_SCORED = "not_scored"


def own_share(cycles: Sequence[Cycle], scheme: Scheme) -> float:
    """Per cent that a period's own components count; 100 for one that is not built from cycles."""
    if not cycles or scheme.longer is None:
        return 100.0
    return scheme.longer.year_end_pct.value if scheme.longer.year_end_pct else 0.0


def cycle_rows(
    cycles: Sequence[Cycle], scheme: Scheme, saved: DataFrame, medians: Mapping[str, float]
) -> DataFrame:
    """Rows of an `Explanation` for the cycles of a period; none if it is not built from them.

    Parameters
    ----------
    cycles : sequence of Cycle
        Those that the period is built from.
    scheme : Scheme
        It says how.
    saved : DataFrame
        The person's rows of the table scores, by component_id.
    medians : mapping
        Median points of the person's group by component.
    """
    if not cycles or scheme.longer is None:
        return DataFrame()
    ids = [cycle.id for cycle in cycles]
    got = saved.reindex(ids)
    points = got["score"]
    weight = got["weight"].mask(points.isna() & saved["weight"].notna().any(), 0.0)
    return DataFrame(
        {
            "component_id": ids,
            "title": [f"Score of {name}" for name in ids],
            **dict.fromkeys(("role", "evaluator_type", "indicator_id", "reached"), ""),
            "after_weighting": False,
            "weight_nominal": (100 - own_share(cycles, scheme)) * _shares(cycles, scheme.longer),
            "standard": "the score of that cycle",
            "value": points,
            "status": np.where(points.isna(), NOT_SCORED, "ok"),
            "group_median": Series(ids, got.index).map(medians).astype("float64"),
            "weight": weight,
            "points": points,
            "contribution": got["contribution"],
            "provenance": got["provenance"],
            "lost": weight * (100 - points) / 100,
            "next_step": [f"see the explanation of {name}" for name in ids],
        }
    ).reset_index(drop=True)


def _shares(cycles: Sequence[Cycle], longer: Longer) -> Series:
    """What each cycle counts for somebody who has a score in all of them; they sum to 1."""
    match longer.built.value:
        case "weighted_by_days":
            counts = [float(cycle.days) for cycle in cycles]
        case "last":
            counts = [0.0] * (len(cycles) - 1) + [1.0]
        case _:
            counts = [1.0] * len(cycles)
    shares = Series(counts, pd.Index([cycle.id for cycle in cycles]))
    return shares / shares.sum()
