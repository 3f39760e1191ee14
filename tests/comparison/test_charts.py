"""Control charts by hand: limits, signals, and when there are none."""

from __future__ import annotations

import numpy as np
import pytest
from drawing import draw
from pandas import DataFrame

from csperf import InputError
from csperf.comparison import signals, weekly, xmr
from csperf.comparison.charts import weekly_of_all
from csperf.tables import OUTPUT_TABLES

TEN = [10.0, 12.0, 9.0, 11.0, 10.0, 13.0, 9.0, 10.0, 12.0, 30.0]


def chart(values: list[float], **how) -> DataFrame:
    labels = [f"w{number + 1}" for number in range(len(values))]
    return xmr(DataFrame({"label": labels, "value": values}), **how)


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


@pytest.mark.requirement("F-03")
def test_points_without_a_value_stay_and_say_so_but_count_for_nothing():
    few = chart([*TEN[:4], np.nan, *TEN[4:7]])
    assert few["status"].tolist() == ["too_few"] * 4 + ["no_value"] + ["too_few"] * 3
    assert few["centre"].isna().all()
    gap = chart([*TEN[:5], np.nan, *TEN[5:]])
    assert gap["status"].tolist() == ["ok"] * 5 + ["no_value"] + ["ok"] * 5
    assert gap["upper"].iloc[0] == chart(TEN)["upper"].iloc[0]
    assert np.isnan(gap["upper"].iloc[5]) and gap["signal"].iloc[5] == ""
    assert list(signals(gap)) == ["w11"]
    low, high = [10.0, 11.0] * 4 + [10.0], [13.0, 14.0] * 4
    run = chart([*low[:3], np.nan, *low[3:], *high])
    assert run["signal"].tolist()[:10] == [""] * 8 + ["run"] * 2  # a gap ends no run


def test_the_moving_range_has_a_limit_of_its_own():
    found = chart(TEN)
    assert found["moving_range"].tolist()[1:] == [2, 3, 2, 1, 3, 4, 1, 2, 18]
    assert np.isnan(found["moving_range"].iloc[0])
    assert found["range_centre"].iloc[0] == pytest.approx((2 + 3 + 2 + 1 + 3 + 4 + 1 + 2 + 18) / 9)
    assert found["range_upper"].iloc[0] == pytest.approx(3.268 * 4)
    assert found["range_signal"].tolist() == [False] * 9 + [True]


def test_a_baseline_of_the_first_points_fixes_the_limits_of_all():
    whole = chart([*TEN[:9], 30.0, 31.0], baseline=9)
    assert whole["centre"].iloc[-1] == pytest.approx((10 + 12 + 9 + 11 + 10 + 13 + 9 + 10 + 12) / 9)
    reach = 2.66 * (2 + 3 + 2 + 1 + 3 + 4 + 1 + 2) / 8
    assert whole["upper"].nunique() == 1
    assert whole["upper"].iloc[0] - whole["centre"].iloc[0] == pytest.approx(reach)
    assert list(signals(whole)) == ["w10", "w11"]
    later = chart([*TEN[:9], 300.0, 310.0], baseline=9)
    assert later["upper"].iloc[0] == whole["upper"].iloc[0]


def test_each_phase_that_the_user_names_has_limits_and_runs_of_its_own():
    low, high = [10.0, 11.0] * 4, [20.0, 21.0] * 4
    frame = DataFrame({"value": [*low, *high], "period": ["before"] * 8 + ["after"] * 8})
    found = xmr(frame, baseline="period")
    assert found["value"].tolist() == [*low, *high]
    assert found["centre"].tolist() == [10.5] * 8 + [20.5] * 8
    assert found["moving_range"].isna().tolist() == [True] + [False] * 7 + [True] + [False] * 7
    assert (found["signal"] == "").all()
    assert (xmr(frame)["signal"] != "").any()


def test_a_phase_that_comes_back_is_a_new_one():
    low, high, back = [10.0, 11.0] * 4, [20.0, 21.0] * 4, [12.0, 13.0] * 4
    phase = ["a"] * 8 + ["b"] * 8 + ["a"] * 8
    found = xmr(DataFrame({"value": [*low, *high, *back], "phase": phase}), baseline="phase")
    assert found["centre"].tolist() == [10.5] * 8 + [20.5] * 8 + [12.5] * 8
    assert found["moving_range"].isna().sum() == 3
    short = DataFrame({"value": [*low, *high, 11.0], "phase": phase[:17]})
    status = xmr(short, baseline="phase")["status"].tolist()
    assert status == ["ok"] * 16 + ["too_few"]


def test_a_baseline_may_be_any_whole_number():
    assert chart(TEN, baseline=np.int64(8))["centre"].iloc[0] == sum(TEN[:8]) / 8


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"baseline": 8.0}, "baseline: a baseline of 8.0 points; it takes 8 or more, or the name"),
        ({"baseline": 5}, "baseline: a baseline of 5 points; it takes 8 or more"),
        ({"baseline": "phase"}, "baseline, column 'phase': it is not there; the columns are"),
        ({"rules": ["runs"]}, "rules: no rule 'runs'; there are outside, two_of_three"),
    ],
)
def test_a_baseline_or_rule_that_cannot_be_meant_is_refused(given, said):
    with pytest.raises(InputError, match=said):
        chart(TEN, **given)


def test_a_point_without_a_phase_and_points_without_values_are_refused():
    phases = DataFrame({"value": TEN, "phase": ["a"] * 9 + [None]})
    with pytest.raises(InputError, match="column 'phase': no phase in 1 of 10 points"):
        xmr(phases, baseline="phase")
    with pytest.raises(InputError, match="xmr, column 'value': it is not there; the columns are n"):
        xmr(DataFrame({"n": [1]}))


def test_no_points_are_no_chart():
    found = chart([])
    assert found.empty and {"centre", "lower", "upper", "signal", "status"} <= set(found)


@pytest.mark.parametrize("level", [0.0, 0.1, 0.97, 1 / 3, 22.1])
@pytest.mark.parametrize("points", [9, 12, 13])
def test_weeks_that_are_all_the_same_signal_nothing(level: float, points: int):
    """The mean of twelve times 0.97 is not 0.97 to the last bit."""
    assert signals(chart([level] * points)).empty


@pytest.mark.requirement("L-04")
def test_weekly_takes_a_teams_own_whole_weeks_in_order_of_time():
    """The fifth week of March has three days."""
    history = draw("""
        cycle_id | team_id | employee_id | quantity_id | week | value | n  | unit  | numerator
        2016-04  | t1      |             | reply_rate  | 2    | 0.4   | 10 | share | 4
        2016-04  | t1      |             | reply_rate  | 1    | 0.3   | 10 | share | 3
        2016-03  | t1      |             | reply_rate  | 4    | 0.2   | 10 | share | 2
        2016-03  | t1      |             | reply_rate  | 5    | 0.8   | 10 | share | 8
        2016-03  | t1      |             | reply_rate  |      | 0.9   | 10 | share | 9
        2016-03  | t2      |             | reply_rate  | 1    | 0.9   | 10 | share | 9
        2016-03  | t1      | ann         | reply_rate  | 1    | 0.9   | 10 | share | 9
        2016-03  | t1      |             | sla_met     | 1    | 0.9   | 10 | share | 9
    """).astype({"week": "Int64"})
    points = weekly(history.assign(denominator=history["n"]), "t1", "reply_rate")
    assert points["label"].tolist() == ["16-03 w4", "16-04 w1", "16-04 w2"]
    assert points["value"].tolist() == [0.2, 0.3, 0.4]
    assert points["numerator"].tolist() == [2, 3, 4]
    assert list(points) == [
        *("cycle_id", "week", "label", "value", "n", "unit", "numerator", "denominator")
    ]

    both = weekly_of_all(history.assign(denominator=1))
    assert both.groupby(["team_id", "quantity_id"]).size().to_dict() == {
        ("t1", "reply_rate"): 3,
        ("t1", "sla_met"): 1,
        ("t2", "reply_rate"): 1,
    }


@pytest.mark.requirement("F-03")
def test_of_stable_series_of_twelve_points_few_have_any_signal():
    """3.1 % in the long run (`tests/study/test_charts.py`), with a binomial error of 1.2 % here."""
    rng = np.random.default_rng(19_310_101)
    odd = [not signals(chart(list(rng.normal(size=12)))).empty for _ in range(200)]
    assert sum(odd) / 200 <= 0.031 + 3 * 0.012


def test_an_indicator_without_weeks_has_a_table_without_rows():
    found = weekly(OUTPUT_TABLES["history"].empty(), "t1", "reply_rate")
    assert found.empty
    assert {"label", "value", "numerator"} <= {*found.columns}
