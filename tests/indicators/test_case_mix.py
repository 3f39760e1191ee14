"""Values adjusted for the mix of work, with the adjustment done by hand."""

from __future__ import annotations

import pytest
from drawing import draw
from pandas import DataFrame
from pytest import approx
from scipy import stats

from csperf import indicator_values, standardised_values
from csperf.errors import InputError
from csperf.indicators.intervals import wilson
from csperf.indicators.strata import part_of_day, shifts_of_days
from csperf.params import Cycle

OPENED = "2026-10-05T09:00:00+00:00"
# Who, the kind of case, how many, how many of them resolved.
SIMPSON = [
    ("ann", "hard", 90, 54),
    ("ann", "easy", 10, 10),
    ("bea", "hard", 10, 5),
    ("bea", "easy", 90, 81),
]


def cases(done: list[tuple[str, str, int, int]], column: str = "channel") -> dict[str, DataFrame]:
    """Cases of customers of their own, resolved within a minute, ten or not at all."""
    rows = [
        (who, kind, f"{who} {kind} {number}", OPENED, f"2026-10-05T09:{1 + number % 2 * 9:02}:00Z")
        if number < resolved
        else (who, kind, f"{who} {kind} {number}", OPENED, None)
        for who, kind, n, resolved in done
        for number in range(n)
    ]
    columns = ["owner_id", column, "case_id", "opened_at", "resolved_at"]
    return {"cases": DataFrame(rows, columns=columns)}


def adjusted(tables: dict[str, DataFrame], indicator: str = "resolution_rate", **how) -> DataFrame:
    return standardised_values(tables, indicators=[indicator], **how).set_index("employee_id")


@pytest.mark.requirement("K-10")
def test_who_serves_the_hard_channel_is_no_longer_behind():
    rows = adjusted(cases(SIMPSON))
    assert rows["value"].to_dict() == {"ann": (54 + 10) / 100, "bea": (5 + 81) / 100}
    assert rows["standardised"].to_dict() == approx(
        {"ann": 0.5 * 54 / 90 + 0.5 * 10 / 10, "bea": 0.5 * 5 / 10 + 0.5 * 81 / 90}
    )
    everybody = 0.5 * (54 + 5) / 100 + 0.5 * (10 + 81) / 100
    assert rows["everybody"].to_list() == approx([everybody, everybody])
    assert rows[["coverage", "n"]].to_numpy().tolist() == [[1, 100], [1, 100]]
    assert rows["status"].to_list() == ["ok", "ok"]


def test_squared_distances_to_the_limits_add_up_with_squared_weights():
    row = adjusted(cases(SIMPSON)).loc["ann"]
    (low_hard, low_easy), (high_hard, high_easy) = wilson([54, 10], [90, 10])
    below = (0.5 * (54 / 90 - low_hard)) ** 2 + (0.5 * (1 - low_easy)) ** 2
    above = (0.5 * (high_hard - 54 / 90)) ** 2 + (0.5 * (high_easy - 1)) ** 2
    assert row["standardised_low"] == approx(0.8 - below**0.5)
    assert row["standardised_high"] == approx(0.8 + above**0.5)


def test_the_interval_of_a_mean_is_that_of_the_sum_of_weighted_variances():
    done = [("ann", "hard", 4, 4), ("ann", "easy", 6, 6), ("bea", "hard", 6, 6)]
    row = adjusted(cases(done), "time_to_resolve").loc["ann"]
    weights, unit = {"hard": 10 / 16, "easy": 6 / 16}, 1 / 60
    spread = 9 / 2 * unit  # one minute or ten
    half = {
        kind: stats.t.ppf(0.975, n - 1) * spread * (n / (n - 1)) ** 0.5 / n**0.5
        for kind, n in (("hard", 4), ("easy", 6))
    }
    reach = sum((weights[kind] * half[kind]) ** 2 for kind in weights) ** 0.5
    assert row["unit"] == "h"
    assert row["standardised"] == approx((1 + 10) / 2 * unit)
    assert row["standardised_high"] - row["standardised"] == approx(reach)


def test_who_does_one_kind_of_work_alone_has_no_adjusted_value_but_is_held_against_that_kind():
    row = adjusted(cases([*SIMPSON, ("cy", "hard", 100, 60)])).loc["cy"]
    assert row["value"] == 60 / 100
    assert row[["standardised", "standardised_low", "standardised_high"]].isna().all()
    assert row["status"] == "not_computable"
    assert row["coverage"] == approx(200 / 300)
    assert row["everybody"] == approx((54 + 5 + 60) / 200)


def test_the_coverage_that_is_asked_for_is_a_setting():
    tables = cases([*SIMPSON, ("cy", "hard", 100, 60)])
    assert adjusted(tables, lowest_coverage=200 / 300).loc["cy", "standardised"] == approx(0.6)
    rows = adjusted(tables, lowest_coverage=0.99)
    assert rows["status"].to_dict() == {"ann": "ok", "bea": "ok", "cy": "not_computable"}


def test_few_cases_keep_their_mark():
    rows = adjusted(cases([*SIMPSON, ("cy", "hard", 4, 2), ("cy", "easy", 4, 4)]))
    assert rows.loc["cy", "status"] == "too_few"
    assert rows.loc["cy", "standardised"] == approx(104 / 208 * (2 / 4 + 1))


def test_what_nobody_recorded_is_a_kind_of_work_unless_it_is_all_there_is():
    tables = cases(SIMPSON)
    tables["cases"]["channel"] = tables["cases"]["channel"].replace("hard", None)
    rows = adjusted(tables)
    assert rows["standardised"].to_dict() == approx({"ann": 0.8, "bea": 0.7})
    none = adjusted(tables, over="product")
    assert set(none["status"]) == {"not_available"}
    assert none[["standardised", "everybody", "coverage"]].isna().all(axis=None)
    assert none["value"].to_dict() == {"ann": 0.64, "bea": 0.86}


def test_several_kinds_of_work_are_crossed():
    tables = cases(SIMPSON)
    halves = ["low", "high"] * 100
    tables["cases"]["priority"] = halves
    rows = adjusted(tables, over=["channel", "priority"])
    odd, even = 27 / 45, 27 / 45
    assert rows.loc["ann", "standardised"] == approx(0.25 * (odd + even + 1 + 1))
    by_channel = adjusted(tables)
    assert rows.loc["bea", "standardised"] == approx(by_channel.loc["bea", "standardised"], abs=0.1)


def test_groups_of_one_kind_of_work_each_stay_as_they_are():
    tables = cases([("ann", "hard", 20, 10), ("bea", "hard", 20, 15)])
    rows = adjusted(tables)
    assert (rows["value"] == rows["standardised"]).all()
    assert rows["standardised_low"].to_list() == approx(rows["low"].to_list())


def test_the_value_beside_it_is_the_official_one(shop_tables: dict[str, DataFrame]):
    cycle, names = Cycle.parse("2016-04"), ["reply_rate", "response_time_avg", "inquiry_conversion"]
    both = standardised_values(shop_tables, "employee_id", names, "channel", cycle)
    plain = indicator_values(shop_tables, cycle, "employee_id", names)
    numbers = ["employee_id", "indicator_id", "value", "low", "high", "n", "unit"]
    assert both[numbers].equals(plain[numbers])


SHIFTS = """
    employee_id | start_at         | end_at           | kind  | planned
    ann         | 2026-10-05 06:00 | 2026-10-05 14:00 |       |
    ann         | 2026-10-05 14:00 | 2026-10-05 15:00 |       |
    ann         | 2026-10-05 04:00 | 2026-10-05 05:00 | break |
    ann         | 2026-10-05 04:00 | 2026-10-05 05:00 | work  | true
    bea         | 2026-10-04 22:00 | 2026-10-05 06:00 | work  | true
"""


def test_the_shift_is_the_part_of_the_day_in_which_it_began():
    done = [("ann", "x", 4, 4), ("bea", "x", 4, 0), ("cy", "x", 4, 2)]
    tables = cases(done) | {"shifts": draw(SHIFTS)}
    rows = adjusted(tables, over="shift", lowest_coverage=0)
    assert rows["coverage"].to_list() == approx([1 / 3, 1 / 3, 1 / 3])
    assert rows["everybody"].to_list() == [1, 0, 0.5]  # morning, night, not recorded
    days = shifts_of_days(
        draw(SHIFTS).assign(
            start_day=[5, 5, 5, 5, 4],
            end_day=5,
            start_minute=[360, 840, 240, 240, 1320],
        )
    )
    assert days.to_numpy().tolist() == [
        ["ann", 5, "morning"],
        ["bea", 4, "night"],
        ["bea", 5, "night"],
    ]


def test_parts_of_the_day_begin_at_5_12_17_and_22():
    minutes = [0, 299, 300, 719, 720, 1019, 1020, 1319, 1320]
    assert [part_of_day(minute) for minute in minutes] == [
        *["night"] * 2,
        *["morning"] * 2,
        *["afternoon"] * 2,
        *["evening"] * 2,
        "night",
    ]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"indicators": ["cases_handled"]}, "'cases_handled' is a count; it takes proportion, "),
        ({"indicators": ["nothing"]}, "no indicator 'nothing'"),
        ({"over": "weather"}, "no kind of work 'weather'; over takes channel, product, priority"),
        ({"over": []}, "no kind of work; over takes channel"),
    ],
)
def test_what_cannot_be_meant_is_refused(asked: dict, message: str):
    with pytest.raises(InputError, match=message):
        standardised_values(cases(SIMPSON), **asked)
