from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from csperf.params import Source

HERE = {"path": "f.csv"}
THERE = {"database": "postgresql://hr@db/hr", "table": "staff"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "give one of path:, database: and forms:"),
        ({"columns": {"team_id": "a"}}, "give one of path:, database: and forms:"),
        (HERE | THERE, "give one of path:, database: and forms:"),
        (HERE | {"table": "t"}, "table: is for SQLite files and databases, not 'f.csv'"),
        (HERE | {"sheet": "May"}, "sheet: is for .xlsx files, not 'f.csv'"),
        ({"path": "f.xlsx", "delimiter": ";"}, "delimiter: is for .csv files, not 'f.xlsx'"),
        ({"path": "f.jsonl", "delimiter": ";"}, "delimiter: is for .csv files, not 'f.jsonl'"),
        ({"path": "f.parquet", "encoding": "gbk"}, "encoding: is for .csv and JSON lines files, "),
        ({"path": "folder", "encoding": "gbk"}, "encoding: is for .csv and JSON lines files, not"),
        (THERE | {"encoding": "gbk"}, "encoding: is for .csv and JSON lines files, not a database"),
        ({"path": "f.db"}, "a database takes one of table: and query:"),
        ({"path": "f.db", "table": "t", "query": "select 1"}, "a database takes one of table: and"),
        (THERE | {"query": "select 1"}, "a database takes one of table: and query:"),
        ({"database": THERE["database"]}, "a database takes one of table: and query:"),
        ({"path": THERE["database"]}, "path: is no file; write an address under database:"),
        ({"path": "https://host/f.csv"}, "path: is no file; write an address under database:"),
    ],
)
def test_options_fit_the_kind_of_the_source(options: dict[str, object], message: str):
    with pytest.raises(ValidationError, match=re.escape(message)):
        Source.model_validate(options)


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://hr@db/hr",
        "postgres://db.example.org:6543/hr",
        "postgresql://hr%40firm@[2001:db8::1]:5432/hr",
        "postgresql:///hr?host=/run/postgresql&port=5433",
        "postgresql://hr@db/人事?sslmode=verify-full&sslrootcert=/etc/ssl/ca.pem",
    ],
)
def test_an_address_without_a_password_is_taken(address: str):
    source = Source.model_validate({"database": address, "table": "t"})
    assert source.kind == "postgresql"
    assert source.address == address.partition("?")[0]


@pytest.mark.parametrize(
    "address",
    [
        "",
        "db",
        "hr.sqlite",
        "postgresql://db",
        "postgresql://db/",
        "postgresql://hr@db/hr?",
        "postgresql://hr@db/hr?sslmode=require?port=1",
        "postgresql://hr@db/hr?options=-c%20x",
        "postgresql://hr@db/hr?service=hr",
        "postgresql://hr@db/hr#x",
        "postgresql://hr@db/hr x",
    ],
)
def test_any_other_address_is_answered_with_one_that_would_do(address: str):
    with pytest.raises(ValidationError, match=r"write postgresql://user@host/database; a password"):
        Source.model_validate({"database": address, "table": "t"})


def test_a_place_is_named_as_a_person_would_look_for_it():
    folder = Path("data")
    for options, place in (
        (HERE, "data/f.csv"),
        (HERE | {"query": "select 1"}, "data/f.csv, query"),
        ({"path": "f.xlsx", "sheet": "May"}, "data/f.xlsx, sheet May"),
        (THERE, "postgresql://hr@db/hr, table staff"),
    ):
        assert Source.model_validate(options).place(folder) == place
