"""The cases behind a number: the right ones, in the right order, the same each time."""

from __future__ import annotations

import pytest
from drawing import draw
from measuring import ONE_ANSWER_EACH, chats, shop
from pandas import DataFrame, Timestamp

from csperf import cases_behind, indicator_values
from csperf.errors import InputError
from csperf.params import Cycle, Measurement

OCTOBER = Cycle.parse("2026-10")
WAITS = chats("""
    conversation_id | at                  | sender   | employee_id
    v1              | 2026-10-05 09:00:00 | customer |
    v1              | 2026-10-05 09:00:10 | agent    | ann
    v2              | 2026-10-05 10:00:00 | customer |
    v2              | 2026-10-05 10:30:00 | agent    | ann
    v3              | 2026-10-06 11:00:00 | customer |
    v3              | 2026-10-06 11:00:10 | agent    | ann
    v4              | 2026-10-05 12:00:00 | customer |
    v4              | 2026-10-05 12:00:05 | agent    | bea
    v5              | 2026-10-05 13:00:00 | customer |
    v6              | 2026-11-05 13:00:00 | customer |
    v6              | 2026-11-05 13:00:01 | agent    | ann
""")
CASES = {
    "cases": draw("""
        case_id | owner_id | opened_at        | resolved_at
        c1      | ann      | 2026-10-05 09:00 | 2026-10-05 10:00
        c2      | ann      | 2026-10-06 09:00 |
        c3      | ann      | 2026-10-07 09:00 | 2026-10-07 10:00
        c4      | ann      | 2026-10-07 08:00 | 2026-10-07 10:00
        c5      | bea      | 2026-10-08 08:00 |
        c6      |          | 2026-10-09 08:00 |
    """)
}

TOTALS = {
    "agent_daily": draw("""
        date       | employee_id | customers_received | customers_replied
        2026-10-05 | ann         | 20                 | 15
    """)
}


def sides(found: DataFrame, column: str = "id") -> dict[str, list]:
    """{side: its cases in order}."""
    return {side: rows[column].tolist() for side, rows in found.groupby("side")}


@pytest.mark.requirement("B-04")
def test_the_shortest_waits_are_the_best_and_the_longest_the_worst():
    found = cases_behind(WAITS, "response_time_avg", cycle=OCTOBER, best=3, worst=2)
    assert sides(found) == {"best": ["v4", "v3", "v1"], "worst": ["v2", "v3"]}
    assert sides(found, "value") == {"best": [5, 10, 10], "worst": [600, 10]}  # capped
    assert found.iloc[0].to_dict() == {
        "indicator_id": "response_time_avg",
        "side": "best",
        "id_column": "conversation_id",
        "id": "v4",
        "value": 5,
        "unit": "s",
        "employee_id": "bea",
        "day": Timestamp("2026-10-05"),
    }


def test_of_one_person_only_that_persons_cases_are_shown():
    found = cases_behind(WAITS, "response_time_median", "ann", OCTOBER, best=2, worst=1)
    assert sides(found) == {"best": ["v3", "v1"], "worst": ["v2"]}
    assert sides(found, "value")["worst"] == [30 * 60]  # uncapped
    assert cases_behind(WAITS, "response_time_avg", "cy", OCTOBER).empty


def test_of_what_is_yes_or_no_the_hits_and_the_misses_are_shown_the_latest_first():
    found = cases_behind(CASES, "resolution_rate", cycle=OCTOBER, best=2, worst=9)
    assert sides(found) == {"best": ["c3", "c4"], "worst": ["c6", "c5", "c2"]}
    assert set(found["value"]) == {0, 1}
    mine = cases_behind(CASES, "resolution_rate", "ann")
    assert sides(mine) == {"best": ["c3", "c4", "c1"], "worst": ["c2"]}


def test_of_what_is_better_low_the_misses_are_the_best():
    cases = {"cases": CASES["cases"].assign(n_reopened=[0, 1, 2, 0, 0, 0])}
    assert sides(cases_behind(cases, "reopen_rate", "ann")) == {
        "best": ["c4", "c1"],
        "worst": ["c3", "c2"],
    }


@pytest.mark.requirement("B-01", "B-02")
def test_a_complement_turns_hits_into_misses():
    orders = """
        order_id | customer_id | placed_at           | amount
        o1       | k1          | 2026-10-05 09:30:00 | 10
    """
    tables = shop(ONE_ANSWER_EACH, orders, customer_id=["k1", "k2", "k3", "k4"])
    won = sides(cases_behind(tables, "inquiry_conversion", "ann"))
    assert won == {"best": ["v1"], "worst": ["v2", "v3", "v4"]}
    lost = cases_behind(tables, "inquiry_loss_rate", "ann")
    assert sides(lost) == won
    assert sides(lost, "value") == {"best": [0], "worst": [1, 1, 1]}


def test_a_customer_who_counts_once_is_shown_by_the_conversation_that_decided():
    talks = chats(
        """
        conversation_id | at       | sender   | employee_id
        v1              | 09:00:00 | customer |
        v2              | 10:00:00 | customer |
        v2              | 10:01:00 | agent    | ann
        v3              | 11:00:00 | customer |
        v4              | 12:00:00 | customer |
        """,
        customer_id=["k1", "k1", "k2", "k2"],
    )
    assert sides(cases_behind(talks, "reply_rate", "ann")) == {"best": ["v2"], "worst": ["v3"]}


def test_money_of_a_customer_is_that_of_all_the_orders():
    orders = draw("""
        order_id | customer_id | placed_at        | paid_at          | amount | attributed_employee_id
        o1       | k1          | 2026-10-05 10:00 | 2026-10-05 10:01 | 30.25  | ann
        o2       | k1          | 2026-10-06 10:00 | 2026-10-06 10:01 | 40     | ann
        o3       | k2          | 2026-10-06 10:00 | 2026-10-06 10:01 | 50     | ann
    """)  # noqa: E501
    found = cases_behind({"orders": orders}, "customer_unit_price", "ann", best=1, worst=1)
    assert sides(found) == {"best": ["o1"], "worst": ["o3"]}
    assert sides(found, "value") == {"best": [30.25 + 40], "worst": [50]}


def test_where_neither_is_better_the_highest_and_the_lowest_are_shown():
    found = cases_behind(WAITS, "answer_question_ratio", "ann", OCTOBER, best=1, worst=1)
    assert found["side"].tolist() == ["highest", "lowest"]
    assert found["value"].tolist() == [1, 0]


def test_money_instead_of_cases_where_the_rules_say_so():
    orders = draw("""
        order_id | placed_at        | paid_at          | amount | attributed_employee_id
        o1       | 2026-10-05 10:00 | 2026-10-05 10:01 | 30     | ann
        o2       | 2026-10-05 10:00 |                  | 40     | ann
    """)
    rules = Measurement(basis="amount")
    found = cases_behind({"orders": orders}, "payment_share", "ann", best=1, measurement=rules)
    assert sides(found) == {"best": ["o1"], "worst": ["o2", "o1"]}


def test_the_cases_add_up_to_the_number(shop_tables: dict[str, DataFrame]):
    cycle = Cycle.parse("2016-04")
    for name in ("reply_rate", "inquiry_conversion", "payment_share", "customer_unit_price"):
        values = indicator_values(shop_tables, cycle, "employee_id", [name])
        row = values.iloc[values["n"].argmax()]
        who = row["employee_id"]
        found = cases_behind(shop_tables, name, who, cycle, best=10**6, worst=10**6)
        if name == "customer_unit_price":
            found = found[found["side"] == "best"]
        assert len(found) == row["denominator"], name
        assert found["value"].sum() == pytest.approx(row["numerator"]), name


def test_shuffled_rows_give_the_same_cases(shop_tables: dict[str, DataFrame]):
    names = ("messages", "conversations")
    shuffled = {name: shop_tables[name].sample(frac=1, random_state=4) for name in names}
    plain = cases_behind(shop_tables, "response_time_avg", best=20, worst=20)
    again = cases_behind({**shop_tables, **shuffled}, "response_time_avg", best=20, worst=20)
    assert plain.equals(again)


@pytest.mark.parametrize(
    ("indicator", "tables", "message"),
    [
        ("nothing", CASES, "no indicator 'nothing'"),
        ("customer_unit_price_index", CASES, "compares groups and has no single cases; ask for "),
        ("public_sales", CASES, "'public_sales' is nobody's in particular; leave employee_id out"),
        ("reply_rate", TOTALS, "'reply_rate' comes from daily totals and has no single cases"),
        ("reply_rate", CASES, "is not recorded; it is read from conversations, messages"),
    ],
)
def test_numbers_without_single_cases_say_so(indicator: str, tables: dict, message: str):
    with pytest.raises(InputError, match=message):
        cases_behind(tables, indicator, "ann")
