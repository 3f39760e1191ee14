"""Days without any change, and one planted bad day."""

from __future__ import annotations

import pandas as pd
import pytest

from csperf.comparison.days import alarms, day_charts, multiplicity
from csperf.params import Cycle
from csperf.simulate.stable_days import stable_days

MAY = Cycle.parse("2016-05")


@pytest.mark.requirement("F-03")
def test_stable_days_make_about_as_many_alarms_as_chance_is_said_to_make() -> None:
    charts = day_charts(stable_days(MAY), MAY)
    expected = multiplicity(charts)
    assert expected.points == 20 * 31
    assert expected.expected == pytest.approx(3.1)
    assert len(alarms(charts)) <= 8  # a Poisson count of mean 3.1 is above it in 5 of 1000
    assert not alarms(charts)["clear"].any()


@pytest.mark.requirement("F-03")
def test_a_bad_day_of_one_team_is_clear_of_chance() -> None:
    found = alarms(day_charts(stable_days(MAY, bad_day="2016-05-18", bad_share=0.0), MAY))
    clear = found[found["clear"]]
    assert clear["group_id"].tolist() == ["team 01"]
    assert clear["day"].tolist() == [pd.Timestamp("2016-05-18")]
