"""What must not change a value: the order of rows, the names of things, how people are grouped."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from measuring import measured, per
from pandas import DataFrame, Series
from pandas.testing import assert_frame_equal

from csperf.indicators import INDICATORS, indicator_values
from csperf.params import Cycle

ZONE = "Asia/Shanghai"
APRIL = Cycle.parse("2016-04")
NAMED = ("employee_id", "initial_agent_id", "customer_id", "conversation_id", "order_id")
ADDITIVE = [
    "response_time_avg",
    "response_time_first",
    "response_within_t",
    "answer_question_ratio",
    "order_amount_total",
    "cancelled_value",
    "effective_order_share",
    "payment_share",
    "refund_share",
    "abnormal_order_share",
    "report_timeliness",
    "report_quality",
]


def values(tables: dict[str, DataFrame]) -> DataFrame:
    return indicator_values(tables, APRIL, timezone=ZONE)


def renamed(ids: Series) -> Series:
    """Ids that sort the other way round."""
    return "x" + (10**9 - ids.str.extract(r"(\d+)")[0].astype(float)).astype("Int64").astype("str")


def test_the_order_of_rows_changes_nothing(shop_tables: dict):
    shuffled = {
        name: table.sample(frac=1, random_state=3).reset_index(drop=True)
        for name, table in shop_tables.items()
    }
    assert_frame_equal(values(shuffled), values(shop_tables), rtol=1e-12)


def test_other_ids_change_nothing_but_the_ids(shop_tables: dict):
    other = {
        name: table.assign(
            **{column: renamed(table[column]) for column in NAMED if column in table}
        )
        for name, table in shop_tables.items()
    }
    mine = values(shop_tables)
    mine = mine.assign(employee_id=renamed(mine["employee_id"]))
    key = ["employee_id", "indicator_id"]
    assert_frame_equal(
        values(other).sort_values(key, ignore_index=True),
        mine.sort_values(key, ignore_index=True),
        rtol=1e-12,
    )


@pytest.mark.requirement("B2")
@pytest.mark.parametrize("indicator", ADDITIVE)
def test_people_add_up_to_the_shop(shop_tables: dict, indicator: str):
    """What nobody owns belongs to the shop alone: here silent orders."""
    whole = measured(shop_tables, indicator, APRIL, timezone=ZONE)
    for part in ("numerator", "denominator"):
        people = per("employee_id", shop_tables, indicator, APRIL, part, timezone=ZONE)
        if INDICATORS[indicator].fact in ("orders", "payments"):
            assert 0 < sum(people.values()) <= whole[part]
        else:
            assert sum(people.values()) == pytest.approx(whole[part], rel=1e-12)


@pytest.mark.requirement("B-09")
def test_owned_and_silent_orders_add_up_to_all_orders_of_the_month(shop_tables: dict):
    owned = sum(
        per("employee_id", shop_tables, "order_amount_total", APRIL, timezone=ZONE).values()
    )
    orders = shop_tables["orders"]
    local = orders["placed_at"].dt.tz_convert(ZONE).dt.strftime("%Y-%m")
    total = orders.loc[local == "2016-04", "amount"].sum()
    whole = measured(shop_tables, "order_amount_total", APRIL, timezone=ZONE)
    assert whole["value"] == pytest.approx(total)
    assert 0.1 < 1 - owned / total < 0.5


@pytest.mark.parametrize("indicator", ["response_time_avg", "reply_rate", "report_timeliness"])
def test_weeks_and_teams_add_up_to_the_cycle(shop_tables: dict, indicator: str):
    whole = measured(shop_tables, indicator, APRIL, timezone=ZONE)
    for by in (["week"], ["team_id"], ["team_id", "week"]):
        rows = indicator_values(shop_tables, APRIL, by, [indicator], timezone=ZONE)
        sums = rows[["numerator", "denominator"]].sum()
        assert sums.tolist() == pytest.approx([whole["numerator"], whole["denominator"]])


def test_asking_for_one_indicator_or_for_all_gives_the_same(shop_tables: dict):
    everything = values(shop_tables)
    for name in ("inquiry_conversion", "response_time_median", "complaint_rate"):
        alone = indicator_values(shop_tables, APRIL, indicators=[name], timezone=ZONE)
        among = everything[everything["indicator_id"] == name].reset_index(drop=True)
        among = among[among["employee_id"].isin(alone["employee_id"])].reset_index(drop=True)
        assert_frame_equal(alone, among, check_exact=True)


def test_a_customer_of_two_people_is_one_customer_of_the_shop(shop_tables: dict):
    people = per(
        "employee_id", shop_tables, "customer_unit_price", APRIL, "denominator", timezone=ZONE
    )
    whole = measured(shop_tables, "customer_unit_price", APRIL, timezone=ZONE)
    paid = shop_tables["orders"].dropna(subset="paid_at")
    in_april = paid["paid_at"].dt.tz_convert(ZONE).dt.strftime("%Y-%m") == "2016-04"
    assert whole["denominator"] == paid.loc[in_april, "customer_id"].nunique()
    assert whole["value"] == pytest.approx(
        paid.loc[in_april, "paid_amount"].sum() / whole["denominator"]
    )
    assert sum(people.values()) != whole["denominator"]


def as_local_times(times: Series) -> Series:
    return times.dt.tz_convert(ZONE).dt.tz_localize(None)


def as_times_in_new_york(times: Series) -> Series:
    return times.dt.tz_convert("America/New_York")


@pytest.mark.parametrize("written", [as_local_times, as_times_in_new_york])
def test_times_may_be_given_in_any_zone_or_as_local_times(shop_tables: dict, written):
    other = {
        name: table.assign(**{at: written(table[at]) for at in table.select_dtypes("datetimetz")})
        for name, table in shop_tables.items()
    }
    assert_frame_equal(values(other), values(shop_tables), check_exact=True)


def test_doubling_every_event_narrows_the_intervals_by_root_two(shop_tables: dict):
    copies = [shop_tables, _copy(shop_tables, "again-")]
    double = {
        name: pd.concat([tables[name] for tables in copies], ignore_index=True)
        for name in ("conversations", "messages")
    }
    for name in ("response_time_avg", "answer_question_ratio"):
        one, two = (measured(tables, name) for tables in (shop_tables, double))
        assert two["value"] == pytest.approx(one["value"], rel=1e-12)
        ratio = (one["high"] - one["low"]) / (two["high"] - two["low"])
        assert ratio == pytest.approx(np.sqrt(2), rel=0.01)


def _copy(tables: dict[str, DataFrame], prefix: str) -> dict[str, DataFrame]:
    columns = ("conversation_id", "message_id", "customer_id")
    return {
        name: table.assign(**{c: prefix + table[c] for c in columns if c in table})
        for name, table in tables.items()
    }
