"""Amounts of several currencies, converted before anything adds them."""

from __future__ import annotations

import pytest
from exports import together
from pandas import DataFrame

from csperf.errors import InputError
from csperf.tables import check_together, house_currency, in_one_currency

RATES = """
    date       | from_currency | to_currency | rate
    2026-10-01 | USD           | CNY         | 7
    2026-10-02 | USD           | CNY         | 8
    2026-10-01 | EUR           | CNY         | 9
    2026-10-01 | USD           | EUR         | 0.5
"""
ORDERS = """
    order_id | placed_at        | paid_at          | amount | paid_amount | currency
    o1       | 2026-10-01T10:00 | 2026-10-02T10:00 | 10     | 9           | USD
    o2       | 2026-10-01T10:00 |                  | 10     |             | USD
    o3       | 2026-10-01T10:00 | 2026-10-09T10:00 | 10     |             | CNY
    o4       | 2026-10-01T10:00 | 2026-10-09T10:00 | 10     |             |
    o5       | 2026-10-01T10:00 |                  | 10     |             | EUR
"""


def shop(**more: str) -> dict[str, DataFrame]:
    texts = {"departments": "department_id | currency\nd | CNY", "fx_rates": RATES}
    return together(**(texts | {"orders": ORDERS} | more))


def refusal(tables: dict[str, DataFrame]) -> list[str]:
    with pytest.raises(InputError) as caught:
        in_one_currency(tables)
    return caught.value.lines()


@pytest.mark.requirement("K-11")
def test_orders_take_the_rate_of_the_day_of_payment_or_of_placing():
    orders = in_one_currency(shop())["orders"]
    assert list(orders["amount"]) == [10 * 8, 10 * 7, 10, 10, 10 * 9]
    assert orders["paid_amount"][0] == 9 * 8
    assert set(orders["currency"]) == {"CNY"}
    assert check_together(in_one_currency(shop())).empty


def test_what_belongs_to_an_order_takes_its_rate():
    converted = in_one_currency(
        shop(
            refunds="""
                refund_id | order_id | status    | amount | completed_at
                r1        | o1       | completed | 1      | 2026-12-24
                r2        | o3       | completed | 1      | 2026-12-24
            """,
            follow_ups="follow_up_id | order_id | at | recovered_amount\nf | o2 | 2026-10-05 | 3",
            order_lines="order_id | items | unit_price\no1 | 2 | 5",
        )
    )
    assert list(converted["refunds"]["amount"]) == [1 * 8, 1]
    assert list(converted["follow_ups"]["recovered_amount"]) == [3 * 7]
    assert list(converted["order_lines"]["unit_price"]) == [5 * 8]


def test_costs_take_the_rate_of_the_first_of_their_month():
    costs = """
        month      | team_id | cost_kind | amount | currency
        2026-10-01 | t1      | labour    | 100    | EUR
        2026-10-01 | t2      | labour    | 100    |
    """
    assert list(in_one_currency(shop(costs=costs))["costs"]["amount"]) == [100 * 9, 100]


def test_the_day_of_payment_is_a_local_one():
    late = """
        order_id | placed_at        | paid_at          | amount | currency
        o1       | 2026-10-01T10:00 | 2026-10-01T20:00 | 10     | USD
    """
    assert in_one_currency(shop(orders=late))["orders"]["amount"][0] == 10 * 7
    assert in_one_currency(shop(orders=late), "Asia/Shanghai")["orders"]["amount"][0] == 10 * 8


def test_every_day_and_currency_without_a_rate_is_named_once():
    orders = """
        order_id | placed_at  | amount | currency
        o1       | 2026-10-03 | 10     | USD
        o2       | 2026-10-03 | 10     | USD
        o3       | 2026-10-02 | 10     | EUR
        o4       | 2026-10-01 | 10     | EUR
    """
    assert refusal(shop(orders=orders)) == [
        "orders, row 2, column 'currency': no rate from EUR to CNY on 2026-10-02;"
        " give it in fx_rates",
        "orders, row 0, column 'currency': no rate from USD to CNY on 2026-10-03;"
        " give it in fx_rates",
    ]
    without = {name: table for name, table in shop().items() if name != "fx_rates"}
    assert len(refusal(without)) == 3


def test_amounts_all_in_another_currency_than_the_departments_need_a_rate_too():
    orders = "order_id | placed_at | amount | currency\no1 | 2026-12-24 | 10 | USD"
    assert len(refusal(shop(orders=orders))) == 1


def test_the_departments_currency_is_its_own_else_that_of_all_its_teams_else_that_of_the_rates():
    tables = shop(teams="team_id | currency\na | EUR\nb | EUR")
    assert house_currency(tables) == "CNY"
    del tables["departments"]
    assert house_currency(tables) == "EUR"
    rate = "date | from_currency | to_currency | rate\n2026-10-01 | USD | CNY | 7"
    one = together(fx_rates=rate)
    assert house_currency(one) == "CNY"
    assert house_currency(together(teams="team_id | currency\na | EUR\nb | CNY")) is None


def test_without_a_currency_of_the_department_mixed_amounts_are_refused():
    assert refusal(together(orders=ORDERS)) == [
        "departments, column 'currency': amounts are in 'CNY', 'EUR', 'USD';"
        " give the department's currency"
    ]


def test_one_currency_that_nobody_names_otherwise_is_left_alone():
    tables = together(orders="order_id | placed_at | amount | currency\no1 | 2026-10-01 | 3 | USD")
    assert in_one_currency(tables) == tables
    assert in_one_currency({}) == {}
