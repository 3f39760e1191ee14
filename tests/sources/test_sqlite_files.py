from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest
from reading import Reading, ids, write

from csperf.params import Source
from csperf.sources import input_of
from csperf.tables import INPUT_TABLES

ONE_SELECT = "write one SELECT of SQLite's SQL over the tables of the file"
DENIED = "cannot be read: (not authorized|authorization denied)"


def database(path: Path, *statements: str, mode: str = "delete") -> Path:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"pragma journal_mode = {mode}")
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    return path


@pytest.fixture
def staff(tmp_path: Path) -> Path:
    return database(
        tmp_path / "staff.sqlite",
        "create table people (employee_id, display_name text, hire_date text, photo blob)",
        "insert into people values ('007', '王', '2016-05-01', x'ff'), (8, '', null, null),"
        " (9.0, ' B', null, null), (9223372036854775807, 'C', null, null)",
        "create view early as select * from people where hire_date < '2017'",
    )


@pytest.mark.parametrize("name", ["s.sqlite", "s.sqlite3", "it's [1]?#%41.DB"])
def test_a_table_or_a_view_is_read_without_the_columns_that_have_no_use(
    reading: Reading, staff: Path, name: str
):
    staff.rename(staff.with_name(name))
    read, _ = reading.file("employees", name, table="people")
    assert read["employee_id"].tolist() == ["007", "8", "9", "9223372036854775807"]
    assert read["display_name"].fillna("-").tolist() == ["王", "-", "B", "C"]
    assert read["hire_date"].iloc[0] == pd.Timestamp("2016-05-01")
    assert ids(reading.file("employees", name, table="early")) == ["007"]


def test_a_table_that_is_not_there_is_answered_with_those_that_are(reading: Reading, staff: Path):
    assert reading.refused_file("employees", staff.name, table="poeple") == [
        "staff.sqlite, table poeple: no table 'poeple' (meant 'people'?); there are early, people"
    ]
    database(staff.with_name("empty.db"))
    assert reading.refused_file("employees", "empty.db", table="people") == [
        "empty.db, table people: no table 'people'; there are none"
    ]


def test_a_query_speaks_the_sql_of_the_file(reading: Reading, staff: Path):
    query = (
        "select printf('%03d', employee_id) as employee_id from people where typeof(photo)='null'"
    )
    assert ids(reading.file("employees", staff.name, query=f"{query} limit 2;")) == ["008", "009"]


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("select 1; select 2", "cannot be read: You can only execute one statement at a time."),
        ("delete from people returning employee_id", DENIED),
        ("with x as (select 1) insert into people select 1, 2, 3, 4 from x", DENIED),
        ("create table t as select 1", DENIED),
        ("attach '{folder}/other.db' as other", DENIED),
        ("pragma table_info(people)", DENIED),
        ("select * from pragma_table_info('people')", DENIED),
        ("vacuum into '{folder}/other.db'", DENIED),
        ("begin exclusive", DENIED),
        ("select load_extension('x')", DENIED),
        ("select readfile('/etc/hostname')", "cannot be read: no such function: readfile"),
        ("-- nothing", "the query is not one SELECT"),
        ("select salary from people", "cannot be read: no such column: salary"),
        ("select * from nothere", "cannot be read: no such table: nothere"),
        ("selec", 'cannot be read: near "selec": syntax error'),
    ],
)
def test_a_query_is_one_select_and_writes_nothing(
    reading: Reading, staff: Path, query: str, reason: str
):
    before = {path.name: path.read_bytes() for path in staff.parent.iterdir()}
    (line,) = reading.refused_file("teams", staff.name, query=query.format(folder=staff.parent))
    assert re.match(f"staff.sqlite, query: {reason}", line)
    assert line.endswith(f"; {ONE_SELECT}")
    assert {path.name: path.read_bytes() for path in staff.parent.iterdir()} == before


@pytest.mark.parametrize("row", [1, 2])
def test_text_that_is_not_utf_8_and_bytes_are_named_with_their_row(
    reading: Reading, tmp_path: Path, row: int
):
    first = "insert into teams values ('a')"
    for cell, found in (
        ("cast(x'b0a1' as text)", "Could not decode to UTF-8 column 'team_id' with text"),
        ("x'b0a1'", "binary data"),
    ):
        path = tmp_path / f"{found[:3]}.db"
        second = f"insert into teams values ({cell})"
        order = (first, second) if row == 2 else (second, first)
        database(path, "create table teams (team_id)", *order)
        (line,) = reading.refused_file("teams", path.name, table="teams")
        assert line.startswith(f"{path.name}, table teams, row {row}: {found}")


def test_a_query_gives_each_column_a_name_of_its_own(reading: Reading, staff: Path):
    query = "select 'a' as team_id, 'b' as Team_id"
    assert reading.refused_file("teams", staff.name, query=query) == [
        "staff.sqlite, query: two columns are called 'team_id'; give each a name of its own"
    ]


def test_a_file_that_is_no_database_is_refused(reading: Reading, staff: Path):
    damaged = staff.with_name("f.db")
    content = staff.read_bytes()
    for size, found in (
        (len(content) - 1, "the file is cut short; copy it again"),
        (5000, "the file is cut short; copy it again"),
        (4096, "cannot be read: database disk image is malformed; is it a SQLite file?"),
        (3, "cannot be read: file is not a database; is it a SQLite file?"),
    ):
        damaged.write_bytes(content[:size])
        assert reading.refused_file("employees", "f.db", table="people") == [
            f"f.db, table people: {found}"
        ]
    write(damaged, "team_id\na\n" * 512)
    assert reading.refused_file("teams", "f.db", table="teams") == [
        "f.db, table teams: cannot be read: file is not a database; is it a SQLite file?"
    ]


def test_a_log_that_is_not_yet_taken_in_is_read_and_hashed_and_none_is_made(
    reading: Reading, tmp_path: Path
):
    path = database(tmp_path / "f.db", "create table teams (team_id)", mode="wal")
    source, teams = Source(path="f.db", table="teams"), INPUT_TABLES["teams"]
    before = input_of(source, teams, tmp_path)
    assert ids(reading.file("teams", "f.db", table="teams")) == []
    assert [file.name for file in tmp_path.iterdir()] == ["f.db"]
    with closing(sqlite3.connect(path)) as writing:
        writing.execute("insert into teams values ('a')")
        writing.commit()
        assert ids(reading.file("teams", "f.db", table="teams")) == ["a"]
        assert input_of(source, teams, tmp_path) != before
