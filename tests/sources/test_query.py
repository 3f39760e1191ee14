from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from pandas import DataFrame
from reading import TEAMS, Reading, write


@pytest.fixture(params=["csv", "parquet"])
def teams(request: pytest.FixtureRequest) -> object:
    frame = {"team_id": ["a", "b"], "name": ["A", "B"]}
    return TEAMS if request.param == "csv" else frame


def test_a_query_is_one_select_over_the_rows_of_the_file(reading: Reading, teams: object):
    query = "with x as (from source) select name as nr, count(*)::text as name from x group by 1;"
    read, _ = reading("teams", teams, query=query, columns={"team_id": "nr"})
    assert read.to_dict("list") == {"team_id": ["A", "B"], "name": ["1", "1"]}


def test_rows_of_a_query_are_counted_in_its_result(reading: Reading, teams: object):
    (line,) = reading.refused("teams", teams, query="select 'x' as team_id, name from source")
    assert line.partition(", ")[2] == (
        "query, row 2, column 'team_id': 'x' stands in an earlier row too; keep one row for each "
        "team_id"
    )


@pytest.mark.parametrize(
    "query",
    [
        "select * from source; select 1",
        "create table t as select 1",
        "copy (select 1) to '{folder}/out.csv'",
        "attach '{folder}/out.db' as out",
        "install httpfs",
        "load httpfs",
        "set enable_external_access = true",
        "pragma database_list",
        "-- nothing",
    ],
)
def test_a_query_that_is_not_one_select_is_refused(
    reading: Reading, teams: object, query: str, tmp_path: Path
):
    (line,) = reading.refused("teams", teams, query=query.format(folder=tmp_path))
    assert line.partition(", ")[2] == (
        "query: the query is not one SELECT; write one SELECT over `source`, the only table it sees"
    )
    assert not list(tmp_path.glob("out*"))


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("select * from '{folder}/other.csv'", "Permission Error"),
        ("select * from read_csv('{folder}/other.csv')", "Permission Error"),
        ("select content as team_id from read_text('{folder}/other.csv')", "Permission Error"),
        ("select file as team_id from glob('{folder}/*')", "Permission Error"),
        ("select * from query('from ''{folder}/other.csv''')", "Permission Error"),
        ("select * from python_frame", "Catalog Error: Table with name python_frame does not"),
        ("select getenv('HOME') as team_id", "Catalog Error"),
        ("select nothing from source", 'Binder Error: Referenced column "nothing" not found'),
        ("select * frm source", 'Parser Error: syntax error at or near "source"'),
        ("select name::int as team_id from source", "Conversion Error: Could not convert string"),
    ],
)
def test_a_query_sees_no_other_file_no_variable_and_no_environment(
    reading: Reading, teams: object, query: str, reason: str, tmp_path: Path
):
    python_frame = DataFrame({"team_id": ["secret"]})
    write(tmp_path / "other.csv", "team_id\nsecret\n")
    (line,) = reading.refused("teams", teams, query=query.format(folder=tmp_path))
    assert line.partition(", ")[2].startswith(f"query: cannot be queried: {reason}")
    assert line.endswith("; write one SELECT over `source`, the only table it sees")
    assert len(python_frame) == 1


def test_a_query_gives_each_column_a_name_of_its_own(reading: Reading, teams: object):
    (line,) = reading.refused("teams", teams, query="select 'a' as team_id, 'b' as team_id")
    assert line.partition(", ")[2] == (
        "query: two columns are called 'team_id'; give each a name of its own"
    )


def test_a_query_gives_typed_columns_and_no_local_time_of_the_machine(reading: Reading):
    query = (
        "select a as order_id, b::int as amount, timestamp '2016-05-01 10:00' as placed_at,"
        " timestamptz '2016-05-01 10:00' as paid_at from source"
    )
    read, _ = reading("orders", "a,b\n1,2\n", zone="Asia/Shanghai", query=query)
    assert read["placed_at"].iloc[0] == pd.Timestamp("2016-05-01 02:00", tz="UTC")
    assert read["paid_at"].iloc[0] == pd.Timestamp("2016-05-01 10:00", tz="UTC")
