"""Days against the limits of the weeks before the cycle; limits by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pandas import DataFrame

from csperf.comparison.days import alarms, day_charts, multiplicity, row_charts, shifts
from csperf.indicators.engine import day_number
from csperf.params import Cycle

MAY = Cycle.parse("2026-05")
FIRST = day_number(MAY.start)


def values(
    before: list[float],
    during: list[float],
    indicator: str = "survey_rating_mean",
    group: str = "day",
) -> DataFrame:
    """Values of the days just before May and of its first days."""
    together = [*before, *during]
    days = np.arange(FIRST - len(before), FIRST + len(during))
    return DataFrame(
        {
            "group_id": group,
            "indicator_id": indicator,
            "day": days,
            "value": together,
            "n": 100.0,
            "numerator": np.nan,
            "denominator": np.nan,
            "status": "ok",
        }
    )


STEADY = [1.0, 2.0] * 14  # mean 1.5, every moving range 1


@pytest.mark.requirement("F-03")
def test_limits_come_of_the_days_before_the_cycle_alone():
    found = day_charts(values(STEADY, [1.5, 4.0, 9.0], "survey_rating_mean"), MAY)
    assert found["centre"].tolist() == pytest.approx([1.5] * 3)
    assert found["upper"].tolist() == pytest.approx([1.5 + 2.66 * 1] * 3)
    assert found["lower"].tolist() == pytest.approx([1.5 - 2.66 * 1] * 3)
    assert found["signal"].tolist() == ["", "", "outside"]
    assert found["day"].astype("str").tolist() == ["2026-05-01", "2026-05-02", "2026-05-03"]
    assert found["chart"].tolist() == ["xmr"] * 3


@pytest.mark.requirement("F-03")
def test_a_share_is_charted_as_counts_and_a_small_day_may_lie_further_off():
    rows = values([0.5] * 28, [0.75, 0.75], "inquiry_conversion")
    rows["denominator"] = [*[100.0] * 28, 100.0, 16.0]
    rows["numerator"] = rows["value"] * rows["denominator"]
    found = day_charts(rows, MAY)
    assert found["chart"].tolist() == ["laney_p"] * 2
    assert found["upper"].tolist() == pytest.approx([0.5 + 3 * 0.5 / 10, 0.5 + 3 * 0.5 / 4])
    assert found["signal"].tolist() == ["outside", ""]


@pytest.mark.requirement("F-03")
def test_times_are_charted_by_their_ratio():
    # Logarithms 0 and log 4 in turn: centre 2, limits 2 times or by 4 ** 2.66.
    found = day_charts(values([1.0, 4.0] * 14, [2.0], "response_time_avg"), MAY)
    assert found["centre"].item() == pytest.approx(2.0)
    assert found["upper"].item() == pytest.approx(2.0 * 4**2.66)
    assert found["lower"].item() == pytest.approx(2.0 / 4**2.66)


@pytest.mark.requirement("F-03")
def test_a_weekend_is_held_against_weekends():
    days = pd.date_range("2026-03-06", "2026-05-03")  # eight weeks, and Friday to Sunday
    level = [30.0 if day.weekday() >= 5 else 50.0 for day in days]
    worked = [at + (-1) ** (place // 7) for place, at in enumerate(level)]  # up and down by weeks
    found = day_charts(values(worked[:56], [50.0, 30.0, 50.0], "survey_rating_mean"), MAY)
    assert found["weekday"].all()
    assert found["signal"].tolist() == ["", "", "outside"]  # Sunday like a Friday
    assert found["centre"].tolist() == pytest.approx([50.0, 30.0, 30.0])


@pytest.mark.requirement("F-03")
def test_with_fewer_than_twenty_days_there_are_no_limits():
    found = day_charts(values([1.0, 2.0] * 5, [1.5] * 5, "survey_rating_mean"), MAY)
    assert found["status"].tolist() == ["too_few"] * 5
    assert found[["centre", "upper", "z"]].isna().all(axis=None)
    assert alarms(found).empty and multiplicity(found).points == 0
    # In a department's first month the first twenty days make limits for the rest.
    first = day_charts(values([], [1.0, 2.0] * 10 + [9.0], "survey_rating_mean"), MAY)
    assert first["status"].tolist() == ["too_few"] * 20 + ["ok"]
    assert first["signal"].iloc[-1] == "outside"


@pytest.mark.requirement("F-03")
def test_a_provisional_day_is_shown_and_not_judged():
    rows = values(STEADY, [9.0, 1.0], "survey_rating_mean")
    rows["status"] = ["ok"] * 28 + ["provisional", "ok"]
    found = day_charts(rows, MAY)
    assert found["status"].tolist() == ["provisional", "ok"]
    assert found["value"].tolist() == [9.0, 1.0] and alarms(found).empty


@pytest.mark.requirement("F-03")
def test_how_many_alarms_chance_makes_and_which_are_beyond_it():
    groups = [
        values(STEADY, [1.5, 4.5], "survey_rating_mean", "a"),
        values(STEADY, [12.0, 1.5], "survey_rating_mean", "b"),
    ]
    found = day_charts(pd.concat(groups), MAY)
    chance = multiplicity(found)
    assert (chance.points, chance.expected) == (4, pytest.approx(4 * 0.005))
    assert chance.clear_from == pytest.approx(2.498, abs=0.001)  # 0.05 over 8 tails
    many = multiplicity(pd.concat([found] * 500))
    assert many.points == 2000 and many.clear_from == pytest.approx(4.214, abs=0.001)
    told = alarms(pd.concat([found, *[day_charts(values(STEADY, [1.5] * 30), MAY)] * 60]))
    # the latest day first: 3.4 sigmas is nothing among so many, 11.8 is
    assert told["group_id"].tolist() == ["a", "b"]
    assert told["clear"].tolist() == [False, True]


@pytest.mark.requirement("F-10")
def test_a_shift_is_eight_days_in_a_row_on_one_side():
    lower = [1.4] * 9
    found = shifts(day_charts(values(STEADY, [2.0, *lower], "survey_rating_mean"), MAY))
    (row,) = found.to_dict("records")
    assert str(row["since"].date()) == "2026-05-02"
    assert (row["centre"], row["mean"]) == (pytest.approx(1.5), pytest.approx(1.4))
    assert shifts(day_charts(values(STEADY, [*lower, 1.6], "survey_rating_mean"), MAY)).empty


@pytest.mark.requirement("F-08", "K-11")
def test_rows_of_a_day_are_held_against_what_the_weekday_has():
    days = pd.date_range("2026-03-06", "2026-05-03")
    usual = [0 if day.weekday() == 6 else 40 if day.weekday() == 5 else 100 for day in days]
    rows = DataFrame({"table": "orders", "day": days, "rows": usual})
    rows.loc[rows["day"] == "2026-05-01", "rows"] = 60
    found = row_charts(rows, MAY)
    assert found["usual"].tolist() == [100.0, 40.0, 0.0]
    assert found["signal"].tolist() == ["outside", "", ""]
    # Poisson limits where days do not differ by more than chance: 100 -+ 3 x 10
    assert found["lower"].iloc[0] == pytest.approx(70.0)
    assert found["upper"].iloc[0] == pytest.approx(130.0)


@pytest.mark.requirement("F-03")
def test_stable_work_leaves_its_limits_on_one_day_of_two_hundred():
    rng = np.random.default_rng(20_260_501)
    drawn = [
        values(
            list(rng.normal(50, 5, 56)), list(rng.normal(50, 5, 31)), "survey_rating_mean", str(id)
        )
        for id in range(40)
    ]
    found = day_charts(pd.concat(drawn), MAY)
    share = len(alarms(found)) / multiplicity(found).points
    assert share == pytest.approx(0.005, abs=0.003)


@pytest.mark.requirement("F-03")
def test_the_names_of_groups_change_no_limit():
    rows = pd.concat(
        [values(STEADY, [1.5, 9.0], "survey_rating_mean", name) for name in ("a", "b")]
    )
    renamed = rows.replace({"group_id": {"a": "z", "b": "y"}})
    assert (
        day_charts(renamed, MAY)
        .drop(columns="group_id")
        .equals(day_charts(rows, MAY).drop(columns="group_id"))
    )


def test_no_values_are_no_days():
    assert day_charts(values([], []), MAY).empty
    assert day_charts(DataFrame(columns=[*values([], [])]), MAY).empty
    assert row_charts(DataFrame(columns=["table", "day", "rows"]), MAY).empty
