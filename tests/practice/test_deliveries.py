"""How far each source reaches, by its own weekday pattern; worked by hand."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from pandas import DataFrame

from csperf.params import Cycle
from csperf.practice.deliveries import deliveries, missing_days, rows_by_day

MAY = Cycle.parse("2026-05")  # begins on a Friday
SUNDAYS = [day for day in pd.date_range("2026-03-01", "2026-05-31") if day.weekday() == 6]


def counts(first: str, last: str, but: list[pd.Timestamp] | None = None, name: str = "orders"):
    """Ten rows on each day but some."""
    days = pd.date_range(first, last)
    rows = [0 if day in (but or []) else 10 for day in days]
    return DataFrame({"table": name, "day": days, "rows": rows})


def days(*texts: str) -> list[pd.Timestamp]:
    return [pd.Timestamp(text) for text in texts]


@pytest.mark.requirement("F-08", "K-11")
def test_rows_are_counted_on_the_local_day_on_which_they_began(table):
    orders = table(
        """
        order_id | placed_at           | paid_at
        1        | 2026-05-01T15:30    | 2026-05-04T15:30
        2        | 2026-05-01T16:30    |
        3        | 2026-05-03T16:00    |
        """
    )
    found = rows_by_day({"orders": orders, "teams": DataFrame()}, "Asia/Shanghai")
    expected = [("2026-05-01", 1), ("2026-05-02", 1), ("2026-05-03", 0), ("2026-05-04", 1)]
    assert found["table"].eq("orders").all()
    assert list(zip(found["day"].astype("str"), found["rows"], strict=True)) == expected


@pytest.mark.requirement("F-08", "K-11")
def test_a_day_without_rows_is_missed_only_where_that_weekday_usually_has_some():
    closed = [*SUNDAYS, *days("2026-05-06", "2026-05-07")]
    found = missing_days(counts("2026-03-01", "2026-05-12", closed), date(2026, 5, 12))
    assert found["day"].tolist() == days("2026-05-06", "2026-05-07")


@pytest.mark.requirement("F-08")
def test_nothing_is_expected_before_a_weekday_was_seen_four_times():
    third, fourth = days("2026-03-25"), days("2026-04-01")  # Wednesdays, after three and four
    for gap, missed in ((third, []), (fourth, fourth)):
        found = missing_days(counts("2026-03-04", "2026-04-30", gap), date(2026, 4, 30))
        assert found["day"].tolist() == missed


@pytest.mark.requirement("F-08", "K-11")
def test_where_fewer_than_five_rows_are_usual_a_day_without_any_may_be_chance():
    rare = counts("2026-03-01", "2026-04-30", days("2026-04-15")).assign(rows=4)
    rare.loc[rare["day"] == "2026-04-15", "rows"] = 0
    assert missing_days(rare, date(2026, 4, 30)).empty
    usual = rare.assign(rows=rare["rows"].where(rare["rows"] == 0, 5))
    assert missing_days(usual, date(2026, 4, 30))["day"].tolist() == days("2026-04-15")


@pytest.mark.requirement("F-08")
def test_a_source_that_stopped_is_missed_every_day_until_it_is_back():
    found = missing_days(counts("2026-03-01", "2026-04-30"), date(2026, 5, 31))
    assert len(found) == 31
    assert len(missing_days(counts("2026-03-01", "2026-04-30"), date(2026, 6, 30))) == 61


@pytest.mark.requirement("F-08", "K-11", "L-07")
def test_how_far_each_source_reaches_on_the_twelfth():
    sources = [
        counts("2026-03-01", "2026-05-12", SUNDAYS, "orders"),  # ends on a Tuesday
        counts("2026-03-01", "2026-05-09", None, "messages"),
        counts("2026-03-01", "2026-05-12", days("2026-05-05"), "calls"),
        counts("2026-03-01", "2026-04-28", None, "cases"),
        counts("2026-05-10", "2026-05-10", None, "complaints"),  # rare: nothing can be expected
    ]
    found = deliveries(pd.concat(sources), MAY, date(2026, 5, 12)).set_index("table")
    assert found["standing"].to_dict() == {
        "orders": "ok",
        "messages": "stale",
        "calls": "gaps",
        "cases": "nothing",
        "complaints": "ok",
    }
    assert found["days_behind"].to_dict() == {
        "orders": 0,
        "messages": 3,
        "calls": 0,
        "cases": 14,
        "complaints": 2,
    }
    assert found.loc["messages", ["days", "days_with_rows", "missing"]].tolist() == [12, 9, 3]
    assert found.loc["orders", ["days_with_rows", "missing"]].tolist() == [10, 0]
    assert found.loc["cases", ["missing", "missing_at_end"]].tolist() == [12, 12]


@pytest.mark.requirement("F-08")
def test_a_source_that_rests_on_sunday_is_not_stale_on_sunday():
    rests = counts("2026-03-01", "2026-05-09", SUNDAYS)
    on_sunday, on_monday = (
        deliveries(rests, MAY, date(2026, 5, day))["standing"].item() for day in (10, 11)
    )
    assert (on_sunday, on_monday) == ("ok", "stale")


@pytest.mark.requirement("F-08")
def test_after_the_cycle_the_days_of_the_cycle_count():
    whole = counts("2026-03-01", "2026-05-31")
    (row,) = deliveries(whole, MAY, date(2026, 6, 20)).to_dict("records")
    assert (row["standing"], row["days_behind"], row["days"]) == ("ok", 0, 31)
    later = deliveries(counts("2026-06-02", "2026-06-03"), MAY, date(2026, 6, 20))
    assert later["last_day"].isna().all() and later["standing"].tolist() == ["ok"]
