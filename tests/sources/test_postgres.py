from __future__ import annotations

import socket
import sys
import time
import traceback
from pathlib import Path

import pandas as pd
import pytest
from reading import Reading, ids, write
from server import PASSWORD, Server

from csperf.errors import InputError, MissingToolError
from csperf.params import Source, load_params
from csperf.runner.manifest import inputs_of
from csperf.sources import input_of, postgres, read_tables
from csperf.tables import INPUT_TABLES

ONLY_READS = "write one SELECT that only reads"


@pytest.fixture(scope="module")
def filled(running: Server) -> None:
    running.run(
        "create table people (employee_id text, display_name text, hire_date date, photo bytea)",
        "insert into people values ('007', '王', '2016-05-01', '\\xff'), ('E2', null, null, null)",
        "create function rubbed_out() returns int language sql as 'delete from people; select 1'",
        "create sequence counting",
    )


@pytest.fixture
def people(server: Server, filled: None) -> Server:
    """The server, with a table `people` of two rows."""
    return server


def test_a_table_is_read_without_the_columns_that_have_no_use(reading: Reading, people: Server):
    read, quality = reading.file("employees", database=people.address, table="people")
    assert list(read) == ["employee_id", "display_name", "hire_date"]
    assert read.iloc[0].tolist() == ["007", "王", pd.Timestamp("2016-05-01")]
    assert read.iloc[1].isna().tolist() == [False, True, True]
    assert quality.empty


def test_a_table_may_be_named_with_its_schema(reading: Reading, people: Server):
    read = reading.file("employees", database=people.address, table="public.people")
    assert ids(read) == ["007", "E2"]
    for name in ("nobodys", 'people"; drop table people; --'):
        assert reading.refused_file("employees", database=people.address, table=name) == [
            f'{people.address}, table {name}: relation "{name}" does not exist; {ONLY_READS}'
        ]


def test_a_query_may_join_and_ends_with_or_without_a_semicolon(reading: Reading, people: Server):
    query = """
        with newest as (select max(hire_date) as day from people)
        select employee_id as nr, display_name from people join newest on hire_date = day ;
    """
    columns = {"employee_id": "nr"}
    read = reading.file("employees", database=people.address, query=query, columns=columns)
    assert ids(read) == ["007"]


def test_every_type_arrives_as_it_was_declared(reading: Reading, server: Server):
    query = """
        select 9223372036854775807::int8 as order_id,
            'c0ffee00-0000-0000-0000-000000000001'::uuid as customer_id,
            timestamptz '2016-05-01 10:00:00.25+02' as placed_at,
            timestamp '2016-05-01 10:00' as paid_at,
            12345678.25::numeric(12, 4) as amount,
            0.1::float8 as paid_amount,
            7::int2 as attributed_employee_id,
            '{"a": 1}'::jsonb as product,
            'paid'::char(9) as status
    """
    read, _ = reading.file("orders", "", "Asia/Shanghai", database=server.address, query=query)
    (row,) = read.to_dict("records")
    assert row["order_id"] == "9223372036854775807"
    assert row["customer_id"] == "c0ffee00-0000-0000-0000-000000000001"
    assert row["placed_at"] == pd.Timestamp("2016-05-01 08:00:00.25", tz="UTC")
    assert row["paid_at"] == pd.Timestamp("2016-05-01 02:00", tz="UTC")  # as local as in a file
    assert (row["amount"], row["paid_amount"], row["attributed_employee_id"]) == (
        12345678.25,
        0.1,
        "7",
    )
    query = "select 'E' as employee_id, true as is_bot, date '2016-05-01' as hire_date"
    read, _ = reading.file("employees", database=server.address, query=query)
    assert read[["is_bot", "hire_date"]].to_numpy().tolist() == [[True, pd.Timestamp("2016-05-01")]]


def test_values_do_not_depend_on_the_settings_of_the_server(reading: Reading, server: Server):
    query = """
        select 'o' as order_id, timestamptz '2016-05-01 10:00+00' as placed_at,
            0.1::float8 + 0.2::float8 as amount
    """
    source = Source.model_validate({"database": server.address, "query": query})
    before = input_of(source, INPUT_TABLES["orders"], reading.folder)
    settings = {"timezone": "Asia/Kolkata", "datestyle": "German", "extra_float_digits": "0"}
    server.run(*(f"alter role hr set {name} = '{value}'" for name, value in settings.items()))
    try:
        read, _ = reading.file("orders", database=server.address, query=query)
        assert input_of(source, INPUT_TABLES["orders"], reading.folder) == before
    finally:
        server.run("alter role hr reset all")
    assert read["placed_at"].iloc[0] == pd.Timestamp("2016-05-01 10:00", tz="UTC")
    assert read["amount"].iloc[0] == 0.1 + 0.2


def test_what_is_no_number_and_no_time_is_named_with_its_row(reading: Reading, server: Server):
    query = "select * from (values ('o', now(), 1.5), ('p', 'infinity', 'NaN')) as o({})"
    chosen = query.format("order_id, placed_at, amount")
    assert reading.refused_file("orders", database=server.address, query=chosen) == [
        f"{server.address}, query, row 2, column 'placed_at': 'infinity' is not a time; write "
        "2026-10-31T09:30:00+08:00, or declare its format under formats:",
        f"{server.address}, query, row 2, column 'amount': 'NaN' is not a number; write a plain "
        "number such as 8.5",
    ]
    recoded = {"values": {"placed_at": {"infinity": None}}, "columns": {"paid_at": "placed_at"}}
    lines = reading.refused_file("orders", database=server.address, query=chosen, **recoded)
    assert not [line for line in lines if "infinity" in line]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("select 1; select 2", 'syntax error at or near ";"'),
        ("select 1) as x; drop table people; --", 'syntax error at or near ")"'),
        (
            "select 1) as x; drop table people; select * from (select 1",
            "cannot insert multiple commands into a prepared statement",
        ),
        (
            "with gone as (delete from people returning *) select * from gone",
            "WITH clause containing a data-modifying statement must be at the top level",
        ),
        ("delete from people returning employee_id", 'syntax error at or near "from"'),
        ("insert into people values ('x') returning *", 'syntax error at or near "into"'),
        ("select rubbed_out()", "cannot execute DELETE in a read-only transaction"),
        ("select set_config('transaction_read_only', 'off', false)", "transaction read-write mode"),
        ("select nextval('counting')", "cannot execute nextval() in a read-only transaction"),
        ("copy people to '/tmp/people'", 'syntax error at or near "to"'),
        ("select * from nothere", 'relation "nothere" does not exist'),
        ("select nothing from people", 'column "nothing" does not exist'),
        ("select employee_id::int from people", "invalid input syntax for type integer"),
        ("selec * from people", 'syntax error at or near "from"'),
        ("-- nothing", 'syntax error at or near ")"'),
        ("select $1", "there is no parameter"),
    ],
)
def test_a_query_only_reads(reading: Reading, people: Server, query: str, message: str):
    (line,) = reading.refused_file("employees", database=people.address, query=query)
    assert line.startswith(f"{people.address}, query: {message}")
    assert line.endswith(f"; {ONLY_READS}")
    assert len(reading.file("employees", database=people.address, table="people")[0]) == 2


def test_a_query_ends_when_its_time_is_up(
    reading: Reading, server: Server, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(postgres, "LONGEST_QUERY_S", 1)
    start = time.monotonic()
    for query in (
        "select pg_sleep(1000)",
        "select set_config('statement_timeout', '0', false), pg_sleep(1000)",
    ):
        assert reading.refused_file("teams", database=server.address, query=query) == [
            f"{server.address}, query: canceling statement due to statement timeout; it may take "
            "1 s"
        ]
    assert time.monotonic() - start < 20


def test_a_query_gives_each_column_a_name_of_its_own(reading: Reading, server: Server):
    query = "select 'a' as team_id, 'b' as team_id"
    assert reading.refused_file("teams", database=server.address, query=query) == [
        f"{server.address}, query: two columns are called 'team_id'; give each a name of its own"
    ]


def test_text_of_a_database_without_an_encoding_is_refused_if_it_is_not_utf_8(
    reading: Reading, server: Server
):
    server.run(
        "create database odd encoding 'SQL_ASCII' template template0",
    )
    odd = server.address.replace("/postgres", "/odd")
    server.run(
        "create table teams (team_id bytea)",
        "create function raw(bytea) returns text language sql as $$select"
        " convert_from($1, 'SQL_ASCII')$$",
        "insert into teams values ('a'), ('\\xb0a1')",
        database="odd",
    )
    query = "select raw(team_id) as team_id from teams order by 1"
    assert reading.refused_file("teams", database=odd, query=query) == [
        f'{odd}, query: invalid byte sequence for encoding "UTF8": 0xb0; {ONLY_READS}'
    ]


# Connections and passwords


def test_a_database_that_is_down_or_does_not_know_us_is_named(
    reading: Reading, server: Server, monkeypatch: pytest.MonkeyPatch
):
    asked = "is it running, and is PGPASSWORD set in the environment?"
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))  # and nobody listens
        port = silent.getsockname()[1]
        address = f"postgresql://hr@127.0.0.1:{port}/hr"
        assert reading.refused_file("teams", database=address, table="t") == [
            f'{address}, table t: no connection: connection to server at "127.0.0.1", port {port} '
            f"failed: Connection refused; {asked}"
        ]
    address = server.address.replace("/postgres", "/nothing")
    assert reading.refused_file("teams", database=address, table="t") == [
        f'{address}, table t: no connection: database "nothing" does not exist; {asked}'
    ]
    monkeypatch.setenv("PGPASSWORD", "wrong secret")
    assert reading.refused_file("teams", database=server.address, table="t") == [
        f"{server.address}, table t: no connection: password authentication failed for user "
        f'"hr"; {asked}'
    ]
    monkeypatch.delenv("PGPASSWORD")
    assert reading.refused_file("teams", database=server.address, table="t") == [
        f'{server.address}, table t: no connection: connection to server at "127.0.0.1", port '
        f"{server.port} failed: fe_sendauth: no password supplied; {asked}"
    ]


def test_a_server_that_never_answers_is_given_up(reading: Reading, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(postgres, "CONNECT_S", 2)  # libpq takes 1 for 2
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"postgresql://hr@127.0.0.1:{silent.getsockname()[1]}/hr"
        (line,) = reading.refused_file("teams", database=address, table="t")
    assert "timeout expired" in line


def test_options_of_an_address_are_kept_and_not_shown(reading: Reading, people: Server):
    address = f"postgresql://hr@/postgres?host={people.folder}&port={people.port}"
    assert ids(reading.file("employees", database=address, table="people")) == ["007", "E2"]
    assert reading.refused_file("employees", database=address, table="other") == [
        f'postgresql://hr@/postgres, table other: relation "other" does not exist; {ONLY_READS}'
    ]


def test_without_the_driver_the_extra_is_named(reading: Reading, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "adbc_driver_postgresql", None)
    with pytest.raises(MissingToolError, match=r'pip install "csperf\[databases\]"$'):
        reading.file("teams", database="postgresql://hr@db/hr", table="teams")


# A department

PARAMS = """
organisation: o
timezone: UTC
departments:
  - id: d
    scheme: s.yaml
    sources:
      employees: {{database: "{address}", table: people}}
      teams: {{database: "{address}", query: "select 'b' as team_id union all select 'a'"}}
"""


def test_the_hash_of_a_database_is_that_of_its_rows_in_any_order(people: Server, tmp_path: Path):
    path = write(tmp_path / "p.yaml", PARAMS.format(address=people.address))

    def hashes() -> dict[str, str]:
        files = read_tables(load_params(path), "d").files
        return {file.path: file.sha256 for file in files}

    before = hashes()
    assert list(before) == [f"{people.address}, employees", f"{people.address}, teams"]
    people.run(
        "insert into people select * from people where employee_id = '007'",
        "delete from people where ctid = (select min(ctid) from people)",
    )
    assert hashes() == before
    people.run("update people set display_name = '' where employee_id = 'E2'")  # unknown before
    after = hashes()
    people.run("update people set display_name = null where employee_id = 'E2'")
    assert after.popitem() == before.popitem()
    assert after != before


def test_a_run_knows_a_database_by_its_rows_and_one_that_is_down_by_nothing(
    people: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    params = load_params(write(tmp_path / "p.yaml", PARAMS.format(address=people.address)))
    unit = params.department("d")
    read = [{"path": file.path, "sha256": file.sha256} for file in read_tables(params, "d").files]
    assert inputs_of(params, unit) == read
    assert inputs_of(params, unit, ["teams"]) == read[1:]
    monkeypatch.delenv("PGPASSWORD")
    assert inputs_of(params, unit) == [{"path": people.address, "sha256": ""}]


@pytest.mark.parametrize("password", ["another secret", PASSWORD])
def test_no_error_ever_holds_a_password(
    people: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, password: str
):
    monkeypatch.setenv("PGPASSWORD", password)
    text = PARAMS.format(address=people.address).replace("people", "nobodys")
    with pytest.raises(InputError) as caught:
        read_tables(load_params(write(tmp_path / "p.yaml", text)), "d")
    everything = traceback.format_exception(caught.value)
    assert password not in "".join(everything)


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://hr:opensesame@db/hr",
        "postgresql://hr:open/sesame@db/hr",
        "postgresql://db/hr?password=opensesame",
        "postgresql://db/hr&password=opensesame",
        "postgresql://db/hr?user=hr&password=opensesame",
        "postgresql://db/hr?passfile=opensesame",
        "postgresql://hr@db:opensesame/hr",
        "host=db password=opensesame",
        "mysql://hr:opensesame@db/hr",
    ],
)
def test_a_password_in_the_params_is_refused_and_not_repeated(tmp_path: Path, address: str):
    for key in ("database:", "path:") if "://" in address else ("database:",):
        text = PARAMS.format(address=address).replace("database:", key)
        with pytest.raises(InputError) as caught:
            load_params(write(tmp_path / "p.yaml", text))
        assert "sesame" not in str(caught.value)
        assert len(caught.value.problems) == 2
