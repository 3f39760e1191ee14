"""Intervals of coefficients that cannot go beyond 1, on the scale where that does not matter."""

from __future__ import annotations

import numpy as np
from scipy import stats

from csperf.indicators.intervals import LEVEL

ENDLESS = 500.0  # on that scale: as good as infinite


def fisher_interval(
    estimate: float, se: float, df: float, scores: float = 2.0
) -> tuple[float, float]:
    """Student's t interval on Fisher's scale of an intraclass correlation of `scores` each.

    That is log((1 + (m - 1) r) / (1 - r)), where the spread depends least on r (Fisher 1925,
    Statistical Methods for Research Workers, section 40). With unlike numbers of scores a unit
    r may lie below what their mean m allows; two scores can disagree the most.
    """
    more = scores - 1 if 1 + (scores - 1) * estimate > 0 else 1.0
    middle = np.log((1 + more * estimate) / (1 - estimate))
    half = stats.t.ppf(0.5 + LEVEL / 2, df) * se * (more + 1)
    half /= (1 + more * estimate) * (1 - estimate)
    ends = np.exp(np.clip([middle - half, middle + half], -ENDLESS, ENDLESS))
    low, high = (ends - 1) / (ends + more)
    return float(low), float(high)
