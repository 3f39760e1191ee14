"""How evaluators use the scale: shares of scores by band, without what single others gave."""

from __future__ import annotations

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

BANDS = (0, 20, 40, 60, 80, 100)
ENOUGH_SCORES = 12  # of which a middle half is given; of fewer it comes close to single scores


def band_counts(given: DataFrame) -> DataFrame:
    """How many scores each evaluator gave in each band of points: a row each, a column a band.

    `given` has evaluator_id and score, of one type; a band holds its lower end, the last both.
    """
    place = np.clip(np.searchsorted(BANDS, given["score"], side="right") - 1, 0, len(BANDS) - 2)
    counts = pd.crosstab(given["evaluator_id"].to_numpy(), place)
    return counts.reindex(columns=range(len(BANDS) - 1), fill_value=0)


def scale_use(counts: DataFrame, evaluator: str, least: int) -> DataFrame:
    """Shares of an evaluator's scores by band, beside those of all others together.

    Parameters
    ----------
    counts : DataFrame
        As `band_counts` gives it.
    evaluator : str
        One of its rows.
    least : int
        Others of whom a share is given.

    Returns
    -------
    DataFrame
        low, high (points), n (own scores), own and others (shares). The others' share is unknown
        where fewer than `least` of them gave a score in the band, and where it could be worked out
        from what is left.
    """
    mine, others = counts.loc[evaluator], counts.drop(index=evaluator)
    shares = others.sum() / max(int(others.to_numpy().sum()), 1)
    return DataFrame(
        {
            "low": BANDS[:-1],
            "high": BANDS[1:],
            "n": mine.to_numpy(),
            "own": (mine / mine.sum()).to_numpy(),
            "others": shares.mask(_hidden(others > 0, least)).to_numpy(),
        }
    )


def middle_half(scores: Series) -> tuple[float, float] | None:
    """Points between which the middle half of scores lies; None for too few of them."""
    if len(scores) < ENOUGH_SCORES:
        return None
    low, high = np.percentile(scores, [25, 75])
    return float(low), float(high)


def _hidden(gave: DataFrame, least: int) -> Series:
    """Bands whose share is not told, of who gave a score in which."""
    if len(gave) < least:
        return Series(True, index=gave.columns)
    n = gave.sum()
    hidden = (n > 0) & (n < least)
    while hidden.any() and gave.loc[:, hidden].any(axis=1).sum() < least:
        left = n[~hidden & (n > 0)]
        if left.empty:
            break
        hidden[left.idxmin()] = True  # else the only one hidden is what the others leave of 100 %
    return hidden
