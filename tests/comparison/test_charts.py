"""Control charts by hand: limits, signals, and when there are none."""

from __future__ import annotations

import numpy as np
import pytest
from drawing import draw
from pandas import DataFrame

from csperf.comparison import signals, weekly, xmr

TEN = [10.0, 12.0, 9.0, 11.0, 10.0, 13.0, 9.0, 10.0, 12.0, 30.0]


def chart(values: list[float]) -> DataFrame:
    labels = [f"w{number + 1}" for number in range(len(values))]
    return xmr(DataFrame({"label": labels, "value": values}))


@pytest.mark.requirement("F-03", "L-04")
def test_limits_are_the_mean_and_2_66_mean_moving_ranges():
    found = chart(TEN)
    centre = (10 + 12 + 9 + 11 + 10 + 13 + 9 + 10 + 12 + 30) / 10
    reach = 2.66 * (2 + 3 + 2 + 1 + 3 + 4 + 1 + 2 + 18) / 9
    assert found[["centre", "lower", "upper"]].drop_duplicates().to_numpy().tolist() == [
        pytest.approx([centre, centre - reach, centre + reach])
    ]
    assert list(signals(found)) == ["w10"]
    assert found["signal"].tolist() == [""] * 9 + ["outside"]


def test_a_value_on_the_limit_is_not_outside():
    values = [0.0, 2.0] * 4 + [1.0] * 2
    found = chart(values)
    reach = 2.66 * (7 * 2 + 1 + 0) / 9
    assert found["upper"].iloc[0] == pytest.approx(1 + reach)
    assert signals(found).empty


@pytest.mark.requirement("F-03")
def test_the_eighth_in_a_row_on_one_side_is_a_run():
    low, high = [10.0, 11.0] * 4 + [10.0], [13.0, 14.0] * 4
    found = chart([*low, *high])
    assert found["signal"].tolist() == [""] * 7 + ["run"] * 2 + [""] * 7 + ["run"]
    assert list(signals(found)) == ["w8", "w9", "w17"]


def test_a_value_on_the_other_side_or_on_the_centre_ends_a_run():
    low, high = [9.0, 11.0] * 2, [15.0, 13.0] * 2
    assert signals(chart([*low, 13.0, *low, 9.0, *high, 11.0, *high, 15.0])).empty
    assert signals(chart([*low, 12.0, *low, *high, 12.0, *high])).empty  # the centre is 12
    assert list(signals(chart([*low, *low, 12.0, *high, *high]))) == ["w8", "w17"]


@pytest.mark.requirement("F-03")
def test_fewer_than_eight_points_have_no_limits():
    found = chart(TEN[:7])
    assert len(found) == 7
    assert found[["centre", "lower", "upper"]].isna().all(axis=None)
    assert signals(found).empty
    assert chart(TEN[:8])["centre"].notna().all()


def test_unknown_values_are_left_out_before_points_are_counted():
    with_gaps = [*TEN[:4], np.nan, *TEN[4:7]]
    assert len(chart(with_gaps)) == 7
    assert chart(with_gaps)["centre"].isna().all()
    assert chart([*TEN[:5], np.nan, *TEN[5:]])["upper"].iloc[0] == chart(TEN)["upper"].iloc[0]


@pytest.mark.parametrize("level", [0.0, 0.1, 0.97, 1 / 3, 22.1])
@pytest.mark.parametrize("points", [9, 12, 13])
def test_weeks_that_are_all_the_same_signal_nothing(level: float, points: int):
    """The mean of twelve times 0.97 is not 0.97 to the last bit."""
    assert signals(chart([level] * points)).empty


@pytest.mark.requirement("L-04")
def test_weekly_takes_a_teams_own_whole_weeks_in_order_of_time():
    """The fifth week of March has three days."""
    history = draw("""
        cycle_id | team_id | employee_id | quantity_id | week | value | n | unit
        2016-04  | t1      |             | reply_rate  | 2    | 0.4   | 9 | share
        2016-04  | t1      |             | reply_rate  | 1    | 0.3   | 9 | share
        2016-03  | t1      |             | reply_rate  | 4    | 0.2   | 9 | share
        2016-03  | t1      |             | reply_rate  | 5    | 0.8   | 3 | share
        2016-03  | t1      |             | reply_rate  |      | 0.9   | 9 | share
        2016-03  | t2      |             | reply_rate  | 1    | 0.9   | 9 | share
        2016-03  | t1      | ann         | reply_rate  | 1    | 0.9   | 9 | share
        2016-03  | t1      |             | sla_met     | 1    | 0.9   | 9 | share
    """).astype({"week": "Int64"})
    points = weekly(history, "t1", "reply_rate")
    assert points["label"].tolist() == ["16-03 w4", "16-04 w1", "16-04 w2"]
    assert points["value"].tolist() == [0.2, 0.3, 0.4]
    assert list(points) == ["cycle_id", "week", "label", "value", "n", "unit"]
