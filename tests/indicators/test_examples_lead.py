"""Leads, worked out by hand: one drawn table for each indicator."""

from __future__ import annotations

import pytest
from drawing import draw
from measuring import measured, per
from pandas import DataFrame

LEADS = """
    lead_id | employee_id | created_at | valid | qualified | order_id
    l1      | ann         | 2026-10-01 | true  | true      | o1
    l2      | bea         | 2026-10-02 | true  | false     | o1
    l3      | bea         | 2026-10-02 | false |           |
    l4      | bea         | 2026-10-02 | true  |           | o2
    l5      | bea         | 2026-10-03 | true  | true      | o3
    l6      | bea         | 2026-10-03 |       | true      | o4
"""
ORDERS = """
    order_id | customer_id | placed_at  | paid_at    | amount | paid_amount | status
    o1       | k1          | 2026-10-05 | 2026-10-05 | 100    | 95          | done
    o2       | k2          | 2026-10-05 |            | 300    |             | placed
    o3       | k2          | 2026-10-05 | 2026-10-06 | 50     |             | paid
    o4       | k3          | 2026-10-05 | 2026-10-06 | 70     |             | cancelled
    o5       | k3          | 2026-10-05 | 2026-10-06 | 999    |             | paid
"""


def leads() -> dict[str, DataFrame]:
    return {"leads": draw(LEADS), "orders": draw(ORDERS)}


@pytest.mark.requirement("B-65")
def test_information_quantity():
    assert measured(leads(), "information_quantity")["value"] == 4  # of l6 nobody said
    assert per("employee_id", leads(), "information_quantity") == {"ann": 1, "bea": 3}


@pytest.mark.requirement("B-66")
def test_information_quality():
    row = measured(leads(), "information_quality")
    assert row["value"] == 3 / 5  # l4 was not judged yet; l3 was not usable, so not good


@pytest.mark.requirement("B-67")
def test_product_sales_reference():
    assert measured(leads(), "product_sales_reference")["value"] == 95 + 50
    assert per("employee_id", leads(), "product_sales_reference") == {"ann": 95, "bea": 50}
