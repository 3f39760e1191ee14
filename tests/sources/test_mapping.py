from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pytest
from reading import ORDERS, TEAMS, Reading, counted, ids


@pytest.mark.parametrize("kind", [list, dict, str])
def test_edge_95_ids_are_text_whatever_they_look_like(reading: Reading, kind: type):
    texts = ["#N/A", "0012", "007", "1e3", "7", "NA", "NaN", "None", "null", "true"]
    contents = {
        list: [["team_id"], *([text] for text in texts)],
        dict: {"team_id": texts},
        str: "team_id\n" + "\n".join(texts),
    }
    assert ids(reading("teams", contents[kind])) == texts


@pytest.mark.requirement("K-11")
def test_blanks_around_an_id_are_taken_off_and_counted(reading: Reading):
    for content in ("team_id\n a\nb\u3000\nc\n", {"team_id": [" a", "b\u00a0", "c"]}):
        read = reading("teams", content)
        assert ids(read) == ["a", "b", "c"]
        assert counted(read) == {"team_id: blanks around it taken off": 2}


def test_an_empty_text_is_unknown_in_parquet_too(reading: Reading):
    content = {
        "order_id": ["a", ""],
        "customer_id": ["", "x"],
        "placed_at": ["2016-05-01", "2016-05-01"],
        "paid_at": ["", None],
        "amount": ["1", "2"],
    }
    assert reading.refused("orders", content) == [
        "f.parquet, row 2, column 'order_id': missing; give every row a value"
    ]
    content["order_id"] = ["a", "b"]
    read, _ = reading("orders", content)
    assert read[["customer_id", "paid_at"]].isna().sum().tolist() == [1, 2]


def test_whole_numbers_in_parquet_are_ids_to_the_last_digit(reading: Reading):
    content = {
        "case_id": pa.array([2**60 + 1, 7], pa.int64()),
        "customer_id": pa.array([2**60 + 1, None], pa.int64()),
        "team_id": [7.0, 8.5],
        "opened_at": ["2016-05-01", "2016-05-01"],
    }
    read, _ = reading("cases", content)
    assert list(read["case_id"]) == ["1152921504606846977", "7"]
    assert read["customer_id"].tolist()[0] == "1152921504606846977"
    assert list(read["team_id"]) == ["7", "8.5"]


def test_columns_are_renamed_and_one_may_serve_twice(reading: Reading):
    text = "nr,case_id,opened_at\na,old,2016-05-01\n"
    read, _ = reading("cases", text, columns={"case_id": "nr", "customer_id": "nr"})
    assert (read["case_id"].iloc[0], read["customer_id"].iloc[0]) == ("a", "a")
    read, _ = reading("cases", text, columns={"case_id": "nr", "owner_id": "case_id"})
    assert (read["case_id"].iloc[0], read["owner_id"].iloc[0]) == ("a", "old")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"columns": {"name": "titel"}},
            "column 'name': columns: the file has no 'titel' (meant 'title'?); it has team_id, "
            "title",
        ),
        (
            {"columns": {"nmae": "title"}},
            "column 'nmae': columns: teams has no such column (meant 'name'?); it takes team_id, ",
        ),
        ({"values": {"name": {"a": "b"}}}, "column 'name': values: there is no such column"),
        (
            {"formats": {"titel": "%Y-%m-%d"}},
            "column 'titel': formats: there is no such column (meant 'title'?)",
        ),
        ({"formats": {"team_id": "%Y-%m-%d"}}, "column 'team_id': formats: it holds no times or"),
        (
            {"keep": {"per": "team_id", "last_by": "version"}},
            "column 'version': keep: there is no such column",
        ),
    ],
)
def test_a_name_that_leads_nowhere_is_refused(
    reading: Reading, options: dict[str, object], message: str
):
    for content in ("team_id,title\na,A\n", {"team_id": ["a"], "title": ["A"]}):
        lines = reading.refused("teams", content, **options)
        assert len(lines) == 1
        assert lines[0].partition(", ")[2].startswith(message)


def test_a_missing_column_is_named_with_those_that_could_be_meant(reading: Reading):
    for content in ("Team ID,name\na,A\n", {"Team ID": ["a"], "name": ["A"]}):
        (line,) = reading.refused("teams", content)
        assert line.partition(", ")[2] == (
            "column 'team_id': missing; the columns are Team ID, name; map it under columns: as "
            "'team_id: <its name in the file>' (meant 'Team ID'?)"
        )


@pytest.mark.requirement("K-11")
def test_a_misspelt_optional_column_is_counted_as_not_read(reading: Reading):
    for content in (
        ORDERS.replace("\n", ",paid_amuont\n") + "o,2016-05-01,5,3\n",
        {"order_id": ["o"], "placed_at": ["2016-05-01"], "amount": [5], "paid_amuont": [3]},
    ):
        read = reading("orders", content)
        assert "paid_amount" not in read[0]
        assert counted(read) == {"'paid_amuont' not read (meant 'paid_amount'?)": 1}


def test_values_are_recoded_once_and_null_means_unknown(reading: Reading):
    rows = "a,2016-05-01,x ,是\nb,2016-05-01,y,\nc,2016-05-01,?,否\n"
    read, _ = reading(
        "cases",
        f"case_id,opened_at,owner_id,sla_met\n{rows}",
        values={
            "owner_id": {"x": "y", "y": "z", "?": None},
            "sla_met": {"是": "true", "否": "false"},
        },
    )
    assert read["owner_id"].fillna("-").tolist() == ["y", "z", "-"]
    assert read["sla_met"].tolist() == [True, pd.NA, False]
    read, _ = reading("teams", {"team_id": [1.0, 2.0]}, values={"team_id": {"1": "one"}})
    assert list(read["team_id"]) == ["2", "one"]


def test_a_required_value_recoded_to_null_is_missing(reading: Reading):
    assert reading.refused("teams", TEAMS, values={"team_id": {"b": None}}) == [
        "f.csv, row 3, column 'team_id': missing; give every row a value"
    ]


def test_formats_and_zone_belong_to_the_source(reading: Reading):
    read, _ = reading(
        "orders",
        ORDERS + "o,01/05/2016 10:00,5\n",
        zone="Asia/Shanghai",
        formats={"placed_at": "%d/%m/%Y %H:%M"},
    )
    assert read["placed_at"].tolist() == [pd.Timestamp("2016-05-01 02:00", tz="UTC")]


@pytest.mark.requirement("K-11")
def test_every_problem_of_a_table_is_listed_in_the_order_of_its_rows(reading: Reading):
    header = "cycle_id,employee_id,evaluator_id,evaluator_type,criterion_id,score\n"
    rows = "".join(
        f'2016-05,E{n},M,boss,c,"{score}"\n'
        for n, score in enumerate(["80", "105", "8,5", "-1", "90分", ""])
    )
    assert reading.refused("evaluations", f"{header}{rows}2016-05,E0,M,boss,c,81\n") == [
        "f.csv, row 3, column 'score': 105 is above 100; give points from 0 to 100",
        "f.csv, row 4, column 'score': '8,5' is not a number; write a plain number such as 8.5",
        "f.csv, row 5, column 'score': -1 is below 0; give points from 0 to 100",
        "f.csv, row 6, column 'score': '90分' is not a number; write a plain number such as 8.5",
        "f.csv, row 8: '2016-05/E0/M/boss/c' stands in an earlier row too; keep one row for each "
        "cycle_id + employee_id + evaluator_id + evaluator_type + criterion_id",
    ]


@pytest.mark.requirement("K-11")
def test_one_row_is_kept_for_each_key_and_the_others_are_counted(reading: Reading):
    text = "case_id,opened_at,v\nb,2016-01-01,9\na,2016-01-02,2\nb,2016-01-02,10\na,2016-01-03,2\n"
    read = reading("cases", text, keep={"per": "case_id", "last_by": "v"})
    assert list(read[0]["opened_at"].dt.day) == [3, 2]  # of a, of equal ones the one further down
    assert counted(read) == {
        "superseded by a later row of the same case_id": 2,
        "tied on v with the row that was kept, the one further down": 1,
    }


def test_rows_are_kept_by_time_in_a_declared_format_and_only_they_are_checked(reading: Reading):
    text = "case_id,opened_at,changed\na,garbage,02/01/2016\na,2016-01-02,01/02/2016\n"
    keep, formats = {"per": "case_id", "last_by": "changed"}, {"changed": "%d/%m/%Y"}
    assert ids(reading("cases", text, keep=keep, formats=formats)) == ["a"]


def test_a_cell_that_gives_no_order_is_named(reading: Reading):
    text = "case_id,opened_at,v\na,2016-01-01,1\na,2016-01-02,x\n,2016-01-02,3\nb,2016-01-02,\n"
    assert reading.refused("cases", text, keep={"per": "case_id", "last_by": "v"}) == [
        "f.csv, row 4, column 'case_id': keep: missing; give every row a value",
        "f.csv, row 5, column 'v': keep: missing; give every row a value",
        "f.csv, row 3, column 'v': keep: 'x' is neither a number nor a time",
    ]
