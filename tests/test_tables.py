from __future__ import annotations

import pickle
import re
from collections.abc import Callable

import pandas as pd
import pytest
from pandas import DataFrame

from csperf.errors import InputError, Problem, meant, shown
from csperf.tables import (
    INPUT_TABLES,
    OUTPUT_TABLES,
    Column,
    Table,
    check,
    check_columns,
    misspelt,
)
from csperf.tables.declare import (
    DTYPES,
    Apart,
    AtMost,
    Burst,
    Once,
    Repeated,
    RowRule,
    TimeOrder,
    Typical,
)

Draw = Callable[[str], DataFrame]

SHOPS = Table(
    "shops",
    "Shops.",
    key=("shop_id",),
    columns=(
        Column("shop_id", "id", "the shop", required=True),
        Column("size", "number", "its size", at_least=0, at_most=9),
        Column("kind", "text", "what it sells", choices=("food", "toys"), rule="warn"),
        Column("currency", "text", "what it takes"),
    ),
)


def lines(frame: DataFrame, table: Table = SHOPS, where: str = "shops.csv") -> list[str]:
    with pytest.raises(InputError) as caught:
        check(frame, table, where)
    return caught.value.lines()


def test_a_problem_is_one_line_with_place_finding_and_advice():
    problem = Problem("a.csv", "'x\ny' is not a number", "write 8.5", 7, "score")
    assert str(problem) == "a.csv, row 7, column 'score': 'x y' is not a number; write 8.5"
    assert str(Problem("a.csv", "\x1b[2Jempty")) == "a.csv:  [2Jempty"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (105.0, "105"),
        (1234567.891, "1234567.891"),
        (7, "7"),
        ("8,5", "'8,5'"),
        ("x" * 61, f"'{'x' * 57}...'"),
        (pd.Timestamp("2016-05-01"), "2016-05-01"),
        (pd.Timestamp("2016-05-01 09:30"), "2016-05-01 09:30:00"),
    ],
)
def test_a_value_is_shown_short_and_as_it_was_typed(value: object, text: str):
    assert shown(value) == text


def test_the_nearest_name_is_suggested_only_if_it_is_near():
    assert meant("wieght", ["weight", "title"]) == " (meant 'weight'?)"
    assert meant("WEIGHT", ["Weight", "title"]) == " (meant 'Weight'?)"
    assert meant("colour", ["weight", "title"]) == ""


def test_twenty_problems_are_printed_and_the_others_counted_and_kept_across_processes():
    error = InputError([Problem("a.csv", "odd", row=row) for row in range(23)])
    assert error.lines()[-2:] == ["a.csv, row 19: odd", "... and 3 more like these"]
    assert pickle.loads(pickle.dumps(error)).problems == error.problems


@pytest.mark.requirement("K-11")
def test_each_rule_that_is_broken_is_named_with_row_column_and_value(table: Draw):
    frame = table("""
        shop_id | size | kind | currency
        a       | 9    | food | CNY
                | 0    | toys | CNY
        c       | 9.5  | toys |
        d       | -1   | food | CNY
    """)
    assert lines(frame.set_index(pd.RangeIndex(2, 6))) == [
        "shops.csv, row 3, column 'shop_id': missing; give every row a value",
        "shops.csv, row 4, column 'size': 9.5 is above 9; give a value from 0 to 9",
        "shops.csv, row 5, column 'size': -1 is below 0; give a value from 0 to 9",
    ]


@pytest.mark.requirement("K-11")
def test_rows_that_are_left_out_or_only_odd_are_counted_with_share_and_examples(table: Draw):
    checked = check(
        table("""
            shop_id | kind
            a       | food
            b       | cars
            a       | food
            c       |
        """),
        SHOPS,
    )
    assert list(checked.frame["shop_id"]) == ["a", "b", "c"]
    assert checked.quality.to_dict("records") == [
        {
            "table": "shops",
            "check": "kind is not known (kept)",
            "count": 1,
            "share": 1 / 4,
            "example_ids": "b",
        },
        {
            "table": "shops",
            "check": "a copy of an earlier row (left out)",
            "count": 1,
            "share": 1 / 4,
            "example_ids": "a",
        },
    ]


def test_five_examples_are_enough(table: Draw):
    rows = "\n".join(f"s{n} | cars" for n in range(8))
    quality = check(table(f"shop_id | kind\n{rows}"), SHOPS).quality
    assert list(quality["example_ids"]) == ["s0 s1 s2 s3 s4"]


def test_only_the_repeated_row_goes_when_row_numbers_repeat_too(table: Draw):
    frame = table("shop_id | size\na | 1\nb | 2\na | 1\nd | 4").set_axis([0, 1, 1, 0])
    assert list(check(frame, SHOPS).frame["shop_id"]) == ["a", "b", "d"]


def test_columns_that_are_missing_are_all_named_with_the_ones_that_could_be_meant():
    with pytest.raises(InputError) as caught:
        check_columns(["employe_id", "score", "Kriterium"], INPUT_TABLES["evaluations"], "e.csv")
    assert caught.value.lines()[:2] == [
        "e.csv, column 'cycle_id': missing; the columns are employe_id, score, Kriterium; map it"
        " under columns: as 'cycle_id: <its name in the file>'",
        "e.csv, column 'employee_id': missing; the columns are employe_id, score, Kriterium; map it"
        " under columns: as 'employee_id: <its name in the file>' (meant 'employe_id'?)",
    ]
    assert [problem.column for problem in caught.value.problems] == [
        "cycle_id",
        "employee_id",
        "evaluator_id",
        "evaluator_type",
        "criterion_id",
    ]


def test_a_name_that_is_nearly_a_declared_one_is_noticed_unless_that_one_is_there():
    names = ["order_id", "paid_amuont", "Items", "amount", "amounts", "shipped_to"]
    assert misspelt(names, INPUT_TABLES["orders"]) == {
        "paid_amuont": "paid_amount",
        "Items": "items",
    }


def test_no_column_that_csperf_knows_is_taken_for_another():
    for declared in INPUT_TABLES.values():
        for other in INPUT_TABLES.values():
            assert misspelt({*declared.names} - {*other.names}, other) == {}, other.name


EVALUATIONS = """
    cycle_id | employee_id | evaluator_id | evaluator_type | criterion_id | score | round
    2016-05  | E1          | M1           | boss           | service      | 80    |
    2016-05  | E1          | M1           | boss           | service      | 85    |
    2016-05  | E1          | M1           | boss           | service      | 85    | 2
"""


@pytest.mark.requirement("K-11")
def test_a_second_score_for_the_same_criterion_is_refused_even_without_a_round(table: Draw):
    frame = table(EVALUATIONS).astype({"round": "Int64"})
    assert lines(frame, INPUT_TABLES["evaluations"], "e.csv") == [
        "e.csv, row 1: '2016-05/E1/M1/boss/service' stands in an earlier row too; keep one row for"
        " each cycle_id + employee_id + evaluator_id + evaluator_type + criterion_id + round"
    ]


@pytest.mark.parametrize("cycle", ["2016-05-01", "2016-13", "2016-5", "May", "\uff12016-05"])
def test_a_cycle_of_another_form_would_belong_to_no_cycle(table: Draw, cycle: str):
    frame = table(EVALUATIONS).head(1).astype({"round": "Int64"}).assign(cycle_id=cycle)
    assert lines(frame, INPUT_TABLES["evaluations"], "e.csv") == [
        f"e.csv, row 0, column 'cycle_id': '{cycle}' has another form;"
        " give the cycle it is for, such as 2026-10"
    ]


def test_a_person_cannot_leave_before_the_day_of_hire():
    days = pd.to_datetime(["2016-05-01", "2015-01-01"]).astype(DTYPES["date"])
    frame = DataFrame({"employee_id": ["E1"], "hire_date": days[:1], "leave_date": days[1:]})
    assert lines(frame, INPUT_TABLES["employees"], "staff.csv") == [
        "staff.csv, row 0, column 'leave_date': 2015-01-01 lies before hire_date"
    ]


@pytest.mark.requirement("K-11")
def test_an_id_that_a_spreadsheet_cut_short_is_counted(table: Draw):
    checked = check(table("shop_id | size\n1.23457E+17 | 1\n1e3 | 2"), SHOPS)
    assert list(checked.frame["shop_id"]) == ["1.23457E+17", "1e3"]
    row = checked.quality.iloc[0]
    assert row["check"] == "shop_id looks cut short by a spreadsheet (kept)"
    assert row["example_ids"] == "1.23457E+17"


def test_a_table_puts_columns_in_order_and_fills_the_absent_ones_with_nothing():
    arranged = SHOPS.arrange(DataFrame({"size": [1], "other": ["x"], "shop_id": ["a"]}))
    assert list(arranged) == ["shop_id", "size", "kind", "currency"]
    assert arranged["kind"].isna().all()
    assert list(SHOPS.empty().dtypes.astype(str)) == ["str", "float64", "str", "str"]


def columns_of(rule: RowRule) -> set[str]:
    """Everything in a rule that is the name of a column."""
    match rule:
        case TimeOrder(earlier, later):
            return {earlier, later}
        case AtMost(column, limit, _, when):
            return {column, *({limit} if isinstance(limit, str) else ()), *(when or ())[:1]}
        case Once(columns):
            return {*columns}
        case Apart(by, start, end, share):
            return {*by, start, end, *([share] if share else ())}
        case Typical(column, _, _, per):
            return {column, per or column}
        case Burst(by, at):
            return {by, at}
        case Repeated(by, column):
            return {by, column}


@pytest.mark.parametrize("declared", [*INPUT_TABLES.values(), *OUTPUT_TABLES.values()])
def test_every_declaration_refers_only_to_columns_that_are_declared(declared: Table):
    names = declared.names
    assert len(set(names)) == len(names)
    assert set(declared.key) <= set(names)
    for rule in declared.rules:
        assert columns_of(rule) <= set(names), rule
    for link in declared.references:
        assert link.column in names
        assert INPUT_TABLES[link.table].column(link.column_there).required
        for other, column in link.also:
            assert column in INPUT_TABLES[other].names
    for column in declared.columns:
        assert column.type in DTYPES
        assert re.fullmatch("[a-z][a-z0-9_]*", column.name)
        assert not column.choices or column.type == "text"


@pytest.mark.parametrize("declared", INPUT_TABLES.values(), ids=INPUT_TABLES)
def test_columns_that_are_not_there_break_no_rule(declared: Table):
    needed = [column.name for column in declared.columns if column.required]
    for names in (needed, declared.names):
        assert check(declared.empty()[names], declared).quality.empty


def test_a_needed_column_whose_cells_may_be_empty_has_to_be_there_all_the_same():
    given = pd.DataFrame(
        {
            "cycle_id": ["2016-05"],
            "employee_id": ["e1"],
            "evaluator_id": ["m"],
            "evaluator_type": ["manager"],
            "criterion_id": ["service"],
        }
    )
    declined = given.assign(score=float("nan"))
    assert len(check(declined, INPUT_TABLES["evaluations"]).frame) == 1
    with pytest.raises(InputError, match="column 'score': missing; the columns are cycle_id,"):
        check(given, INPUT_TABLES["evaluations"])
