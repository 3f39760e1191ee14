"""Groupings that are measured together have the values that each has alone."""

from __future__ import annotations

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from csperf.indicators import Events, measure
from csperf.indicators.groupings import Shared
from csperf.measured import TOGETHER
from csperf.params import Cycle, Measurement

APRIL = Cycle.parse("2016-04")


@pytest.mark.requirement("B2")
@pytest.mark.parametrize("measurement", [Measurement(), Measurement(average_over="customers")])
def test_groupings_measured_together_have_the_same_bits_as_each_alone(
    shop_tables: dict, measurement: Measurement
):
    """Everybody changes the team on the twelfth."""
    tables = dict(shop_tables)
    moved = tables["assignments"].assign(to_date=pd.Timestamp("2016-04-12"))
    after = moved.assign(from_date=moved["to_date"], to_date=pd.NaT)
    after["team_id"] = after["team_id"].tolist()[::-1]
    tables["assignments"] = pd.concat([moved, after], ignore_index=True)
    with Events(tables, measurement, "Asia/Shanghai") as events:
        shared = Shared(TOGETHER)
        for keys in TOGETHER:
            together = measure(events, APRIL, keys, shared=shared)
            assert_frame_equal(together, measure(events, APRIL, keys), check_exact=True)
            assert together["value"].notna().any()
