"""What an analyst sees first of a department's tables."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pandas import DataFrame

from csperf import InputError
from csperf.answers.overview import columns_of, overview, rows_with
from csperf.tables import INPUT_TABLES

Draw = Callable[[str], DataFrame]


@pytest.fixture
def tables(table: Draw) -> dict[str, DataFrame]:
    orders = table("""
        order_id | placed_at           | paid_at             | status | amount
        o1       | 2016-05-02 08:00:00 | 2016-05-02 08:10:00 | paid   | 20
        o2       | 2016-05-04 08:00:00 |                     | placed | 80
        o3       | 2016-05-03 08:00:00 | 2016-05-03 09:00:00 | paid   | 50
    """)
    goals = INPUT_TABLES["goals"].empty()
    return {"orders": INPUT_TABLES["orders"].arrange(orders), "goals": goals}


def test_each_table_is_told_with_its_rows_days_and_empty_columns(
    tables: dict[str, DataFrame],
) -> None:
    found = overview(tables).set_index("table")
    assert found.loc["orders", "rows"] == 3
    days = [str(found.loc["orders", name]) for name in ("first_day", "last_day")]
    assert days == ["2016-05-02", "2016-05-04"]
    assert "customer_id" in found.loc["orders", "empty"].split(", ")
    assert "amount" not in found.loc["orders", "empty"].split(", ")
    assert (found.loc["goals", "rows"], found.loc["goals", "empty"]) == (0, "")
    assert found.loc["goals", "first_day"] is None


def test_each_column_is_told_with_its_meaning_how_full_it_is_and_what_it_holds(
    tables: dict[str, DataFrame],
) -> None:
    """paid_at is there in 2 of 3 rows; "paid" stands twice, "placed" once."""
    found = columns_of(tables, "orders").set_index("column")
    assert found.loc["paid_at", "filled"] == 2 / 3
    assert (found.loc["amount", "lowest"], found.loc["amount", "highest"]) == ("20.0", "80.0")
    assert (found.loc["status", "values"], found.loc["status", "most_common"]) == (2, "paid")
    assert found.loc["order_id", "meaning"] == INPUT_TABLES["orders"].columns[0].meaning
    assert columns_of(tables, "goals")["filled"].eq(0).all()


def test_a_table_that_is_not_there_is_named_with_those_that_are(
    tables: dict[str, DataFrame],
) -> None:
    with pytest.raises(InputError, match=r"order: no such table \(meant 'orders'\?\); there are"):
        columns_of(tables, "order")


def test_an_id_is_looked_up_in_every_table_that_has_its_column(
    tables: dict[str, DataFrame],
) -> None:
    lines = DataFrame({"order_id": ["o1", "o1", "o9"], "items": [1, 2, 3]})
    found = rows_with({**tables, "order_lines": lines, "order_events": lines[:0]}, "order_id", "o1")
    assert {name: len(rows) for name, rows in found.items()} == {"orders": 1, "order_lines": 2}
    with pytest.raises(InputError, match=r"order_ids: in no table \(meant 'order_id'\?\)"):
        rows_with(tables, "order_ids", "o1")


def test_a_column_that_was_not_delivered_is_told_as_empty(tables: dict[str, DataFrame]) -> None:
    cut = {"orders": tables["orders"].drop(columns="amount")}
    assert columns_of(cut, "orders").set_index("column").loc["amount", "filled"] == 0
    assert overview(cut).loc[0, "rows"] == 3
