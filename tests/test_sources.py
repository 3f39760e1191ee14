from __future__ import annotations

import hashlib
import re
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from pandas import DataFrame

from csperf.errors import InputError
from csperf.params import Source, load_params
from csperf.sources import InputFile, prepare, read_frame, read_source, read_tables
from csperf.tables import INPUT_TABLES

TEAMS = "team_id,name\na,A\nb,B\n"
ORDERS = "order_id,placed_at,amount\n"


def write(path: Path, content: str | bytes | list[list[object]] | dict[str, object]) -> Path:
    """A CSV from text or bytes, an XLSX from rows of cells, a Parquet from columns."""
    if isinstance(content, str | bytes):
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    elif isinstance(content, dict):
        pq.write_table(pa.table(content), path)
    else:
        with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd hh:mm"}) as book:
            sheet = book.add_worksheet("May")
            for row, cells in enumerate(content):
                sheet.write_row(row, 0, cells)
    return path


class Reading:
    """Reads one table from one file of a folder; `zone` is the department's."""

    def __init__(self, folder: Path):
        self.folder = folder

    def __call__(
        self,
        table: str,
        content: str | bytes | list[list[object]] | dict[str, object],
        zone: str | None = "UTC",
        **options: object,
    ) -> tuple[DataFrame, DataFrame]:
        kind = {list: "xlsx", dict: "parquet"}.get(type(content), "csv")
        path = write(self.folder / f"f.{kind}", content)
        source = Source.model_validate({"path": path.name, **options})
        return read_source(path, source, INPUT_TABLES[table], zone)

    def refused(self, table: str, content: object, **options: object) -> list[str]:
        """The lines of the error, without the folder."""
        with pytest.raises(InputError) as caught:
            self(table, content, **options)
        return [line.removeprefix(f"{self.folder}/") for line in caught.value.lines()]


@pytest.fixture
def reading(tmp_path: Path) -> Reading:
    return Reading(tmp_path)


def ids(read: tuple[DataFrame, DataFrame]) -> list[str]:
    return list(read[0].iloc[:, 0])


def counted(read: tuple[DataFrame, DataFrame]) -> dict[str, int]:
    return dict(zip(read[1]["check"], read[1]["count"], strict=True))


# Rows


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end_is_read_and_rows_are_counted_as_a_person_counts(
    reading: Reading, end: str
):
    text = 'team_id,name\na,"two\nlines"\nb,B\n\n,\nb,C\n\n\n'.replace("\n", end)
    assert reading.refused("teams", text) == [
        "f.csv, row 6, column 'team_id': 'b' stands in an earlier row too; keep one row for each "
        "team_id"
    ]


def test_line_ends_may_be_mixed(reading: Reading):
    assert ids(reading("teams", "team_id,name\r\na,A\nb,B\rc,C")) == ["a", "b", "c"]


@pytest.mark.requirement("K-11")
def test_rows_with_nothing_in_them_are_left_out_and_counted(reading: Reading):
    for content in (
        "team_id,name\na,A\n,\n , \nb,B\n\n",
        [["team_id", "name"], ["a", "A"], [], [None, " "], ["b", "B"]],
    ):
        read = reading("teams", content)
        assert ids(read) == ["a", "b"]
        assert counted(read) == {"a row without anything in it (left out)": 2}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("a,A\nb\nc,C\n", "f.csv, row 3: missing columns in 'b'; the header names 2"),
        ("a,A\n\nb,B,2\n", "f.csv, row 4: too many columns in 'b,B,2'; the header names 2"),
        (
            'a,"x\ny"\nb,"5" screen"\n',
            'f.csv, row 3: unquoted value in \'b,"5" screen"\'; close every quote, and write one '
            "that stands inside quotes twice",
        ),
        (
            'a,A\nb,"B\nc,C\n',
            "f.csv, row 3: unquoted value in 'b,\"B c,C'; close every quote, and write one that "
            "stands inside quotes twice",
        ),
    ],
)
def test_a_row_that_does_not_fit_the_header_is_named_once(
    reading: Reading, body: str, message: str
):
    assert reading.refused("teams", f"team_id,name\n{body}") == [message]


def test_a_row_in_a_large_file_keeps_its_number(reading: Reading):
    rows = "".join(f't{n},"two\nlines"\n' for n in range(150_000))
    assert reading.refused("teams", f"team_id,name\n{rows}bad\n{rows}") == [
        "f.csv, row 150002: missing columns in 'bad'; the header names 2"
    ]


def test_quotes_delimiters_and_unusual_cells_are_taken_as_they_stand(reading: Reading):
    text = 'team_id;name\n#1;"a ""b""; c"\n2;5" screen\n3;x,y\n'
    read, quality = reading("teams", text, delimiter=";")
    assert list(read["name"]) == ['a "b"; c', '5" screen', "x,y"]
    assert quality.empty


@pytest.mark.parametrize("text", ["", "\n\n", "\nteam_id,name\na,A\n", " , \na,A\n"])
def test_a_first_row_without_names_is_refused(reading: Reading, text: str):
    assert reading.refused("teams", text) == [
        "f.csv, row 1: nothing in it; it must name the columns"
    ]


def test_a_header_alone_is_an_empty_table(reading: Reading):
    for content in ("team_id,name", [["team_id", "name"]], {"team_id": pa.array([], pa.string())}):
        read, quality = reading("teams", content)
        assert len(read) == len(quality) == 0
        assert read["team_id"].dtype == "str"


@pytest.mark.parametrize("header", ["team_id,name,name", "team_id,Name,name", "team_id, name,name"])
def test_two_columns_of_one_name_are_refused(reading: Reading, header: str):
    message = "f.csv, row 1: two columns are called 'name'; give each a name of its own"
    assert reading.refused("teams", f"{header}\na,A,B\n") == [message]


def test_columns_without_a_name_are_called_by_their_place(reading: Reading):
    content = [["team_id", None, "name", None], ["a", 1, "A", 2]]
    read, _ = reading("teams", content, columns={"name": "column 2"})
    assert list(read["name"]) == ["1"]


# Encodings


def test_a_byte_order_mark_is_no_part_of_the_header(reading: Reading):
    for encoding in ("utf-8", "UTF_8", "u8"):
        assert ids(reading("teams", b"\xef\xbb\xbf" + TEAMS.encode(), encoding=encoding)) == [
            "a",
            "b",
        ]
    assert ids(reading("teams", TEAMS.encode("utf-16"), encoding="utf-16")) == ["a", "b"]


@pytest.mark.requirement("K-11")
@pytest.mark.parametrize(
    ("written", "text", "fits"),
    [
        ("gb18030", "客服一部", "gb18030, big5, cp949, cp1252"),
        ("cp949", "고객지원", "gb18030, big5, cp949, cp1252"),
        ("utf-16", "客服", "utf-16"),
    ],
)
def test_bytes_that_are_not_utf_8_are_refused_with_the_encodings_that_would_do(
    reading: Reading, written: str, text: str, fits: str
):
    content = f"team_id,name\na,A\nb,{text}\n".encode(written)
    row = 1 if written == "utf-16" else 3
    assert reading.refused("teams", content) == [
        f"f.csv, row {row}: bytes that are not utf-8 text; declare encoding: (it decodes under "
        f"{fits})"
    ]
    assert list(reading("teams", content, encoding=written)[0]["name"]) == ["A", text]


def test_a_wrong_encoding_is_refused_with_the_one_that_would_do(reading: Reading):
    for encoding in ("ascii", "gbk", "cp1252"):
        assert reading.refused("teams", "team_id,name\na,客服一部\n", encoding=encoding) == [
            f"f.csv, row 2: bytes that are not {encoding} text; declare encoding: (it decodes "
            "under utf-8)"
        ]
    assert reading.refused("teams", TEAMS, encoding="utf9") == [
        "f.csv: no encoding is 'utf9'; write one such as utf-8, gb18030, big5, cp949, shift_jis, "
        "utf-16, cp1252"
    ]


def test_a_damaged_file_with_nul_bytes_is_refused(reading: Reading):
    assert reading.refused("teams", TEAMS.encode() + b"c,\0\0\n") == [
        "f.csv, row 4: bytes that are not utf-8 text; declare encoding: (it decodes under none of "
        "the usual)"
    ]


# Ids and blanks


@pytest.mark.parametrize("kind", [list, dict, str])
def test_ids_are_text_whatever_they_look_like(reading: Reading, kind: type):
    texts = ["#N/A", "007", "1e3", "7", "NA", "NaN", "None", "null", "true"]
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


# Workbooks and Parquet


def test_a_workbooks_cells_are_read_as_they_would_be_typed(reading: Reading):
    read, _ = reading(
        "employees",
        [
            [7, "hire_date", "is_bot", "na\nme"],
            [12, date(2016, 5, 1), True, 8.5],
            ["012", "2016-05-01", 0, 2016],
        ],
        columns={"employee_id": "7", "display_name": "na\nme"},
    )
    assert list(read["employee_id"]) == ["012", "12"]
    assert read["hire_date"].tolist() == [pd.Timestamp("2016-05-01")] * 2
    assert read["is_bot"].tolist() == [False, True]
    assert list(read["display_name"]) == ["2016", "8.5"]


def test_times_of_a_workbook_are_local(reading: Reading):
    rows = [["order_id", "placed_at", "amount"], ["o", datetime(2016, 5, 1, 10, 30), 5]]
    read, _ = reading("orders", rows, zone="Asia/Shanghai")
    assert read["placed_at"].tolist() == [pd.Timestamp("2016-05-01 02:30", tz="UTC")]


@pytest.mark.requirement("K-11")
def test_ids_that_a_spreadsheet_has_already_damaged_are_noticed(reading: Reading):
    header = "cycle_id employee_id evaluator_id evaluator_type criterion_id score".split()
    row = ["2016-05", "E1", "M1", "boss", "c"]
    assert reading.refused("evaluations", [header, [date(2016, 5, 1), *row[1:], 80]]) == [
        "f.xlsx, row 2, column 'cycle_id': '2016-05-01' has another form; give the cycle it is "
        "for, such as 2026-10"
    ]
    read = reading("evaluations", [header, ["2016-05", 1234567890123456789, *row[2:], 80]])
    assert counted(read) == {"employee_id looks cut short by a spreadsheet (kept)": 1}


def test_a_sheet_is_named_if_there_are_several(tmp_path: Path):
    path = tmp_path / "f.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for name in ("May", "June"):
            book.add_worksheet(name).write_column(0, 0, ["team_id", name])
    table = INPUT_TABLES["teams"]
    read = read_source(path, Source(path="f.xlsx", sheet="June"), table, "UTC")
    assert ids(read) == ["June"]
    with pytest.raises(InputError, match=r"it has 2 sheets; name one under sheet: May, June$"):
        read_source(path, Source(path="f.xlsx"), table, "UTC")
    with pytest.raises(InputError, match=r"no sheet 'Juni'; name one under sheet: May, June$"):
        read_source(path, Source(path="f.xlsx", sheet="Juni"), table, "UTC")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("f.xlsx", r"f\.xlsx: not an XLSX workbook \(.*\); save it again as \.xlsx$"),
        ("f.parquet", r"f\.parquet: Invalid Input Error: "),
        ("f.xls", r"f\.xls: cannot read '\.xls'; give a \.csv or \.parquet or \.xlsx$"),
    ],
)
def test_a_file_of_another_kind_is_refused(tmp_path: Path, name: str, message: str):
    for content in (b"", b"team_id\na\n", b"PK\x03\x04 no zip", b"PAR1 nothing PAR1"):
        path = write(tmp_path / name, content)
        with pytest.raises(InputError, match=message):
            read_source(path, Source(path=name), INPUT_TABLES["teams"], "UTC")


def test_parquet_times_keep_their_zone_and_naive_ones_take_the_departments(reading: Reading):
    ten = datetime(2016, 5, 1, 10)
    content = {
        "order_id": ["a"],
        "placed_at": [ten],
        "paid_at": pa.array([datetime(2016, 5, 1, 3)], pa.timestamp("us", tz="Asia/Seoul")),
        "amount": [5],
    }
    read, _ = reading("orders", content, zone="Asia/Shanghai")
    assert read["placed_at"].tolist() == [pd.Timestamp("2016-05-01 02:00", tz="UTC")]
    assert read["paid_at"].tolist() == [pd.Timestamp("2016-05-01 03:00", tz="UTC")]
    assert reading.refused("orders", content, zone=None) == [
        "f.parquet, row 1, column 'placed_at': 2016-05-01 10:00:00 is not a time; it names no time "
        "zone: declare timezone: in the params"
    ]


def test_of_a_parquet_file_only_the_columns_with_a_use_are_read(tmp_path: Path):
    path = write(tmp_path / "it's [1].parquet", {"nr": ["a"], "body": ["secret"], "nname": ["A"]})
    read = read_source(
        path, Source(path=path.name, columns={"team_id": "nr"}), INPUT_TABLES["teams"], "UTC"
    )
    assert list(read[0]) == ["team_id"]
    assert counted(read) == {"'nname' not read (meant 'name'?)": 1}


# Columns, values, formats


def test_columns_are_renamed_and_one_may_serve_twice(reading: Reading):
    text = "nr,case_id,opened_at\na,old,2016-05-01\n"
    read, _ = reading("cases", text, columns={"case_id": "nr", "customer_id": "nr"})
    assert (read["case_id"][0], read["customer_id"][0]) == ("a", "a")
    read, _ = reading("cases", text, columns={"case_id": "nr", "owner_id": "case_id"})
    assert (read["case_id"][0], read["owner_id"][0]) == ("a", "old")


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
            "column 'nmae': columns: teams has no such column (meant 'name'?); it takes team_id, "
            "name",
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


# keep


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


# query


@pytest.fixture(params=["csv", "parquet"])
def teams(request: pytest.FixtureRequest) -> object:
    frame = {"team_id": ["a", "b"], "name": ["A", "B"]}
    return TEAMS if request.param == "csv" else frame


def test_a_query_is_one_select_over_the_rows_of_the_file(reading: Reading, teams: object):
    query = "with x as (from source) select name as nr, count(*)::text as name from x group by 1;"
    read, _ = reading("teams", teams, query=query, columns={"team_id": "nr"})
    assert read.to_dict("list") == {"team_id": ["A", "B"], "name": ["1", "1"]}


def test_rows_of_a_query_are_counted_in_its_result(reading: Reading, teams: object):
    (line,) = reading.refused("teams", teams, query="select 'x' as team_id from source")
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
    assert read["placed_at"][0] == pd.Timestamp("2016-05-01 02:00", tz="UTC")
    assert read["paid_at"][0] == pd.Timestamp("2016-05-01 10:00", tz="UTC")


# Frames and departments


def test_a_frame_in_memory_is_prepared_like_a_file():
    raw = DataFrame({"nr": ["b ", "a", "a"], "v": [1, 1, 2]}, index=[0, 0, 1])
    source = Source(path="-", columns={"team_id": "nr"}, keep={"per": "team_id", "last_by": "v"})
    read = prepare(raw, source, INPUT_TABLES["teams"], None, "frame")
    assert ids(read) == ["a", "b"]
    assert counted(read) == {
        "team_id: blanks around it taken off": 1,
        "superseded by a later row of the same team_id": 1,
    }


@pytest.mark.parametrize(
    ("table", "options", "message"),
    [
        ("team", {}, "read_frame: no table 'team' (meant 'teams'?); there are teams, employees"),
        ("teams", {"colums": {}}, "read_frame: unknown key 'colums' (meant 'columns'?); it takes"),
        ("teams", {"columns": 1}, "read_frame: columns: found 1; write 'key: value' lines"),
    ],
)
def test_a_frame_is_read_by_the_same_rules_as_the_params(
    table: str, options: dict[str, object], message: str
):
    with pytest.raises(InputError, match=re.escape(message)):
        read_frame(DataFrame({"team_id": ["a"]}), table, **options)


PARAMS = """
organisation: o
timezone: Asia/Shanghai
departments:
  - id: d
    scheme: s.yaml
    sources:
      teams: {path: teams.csv}
      employees: {path: data/staff.csv}
      assignments: {path: data/places.csv}
  - {id: e, scheme: s.yaml, sources: {teams: {path: teams.csv}}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    write(tmp_path / "p.yaml", PARAMS)
    write(tmp_path / "teams.csv", "team_id\nt2\nt1\n")
    write(tmp_path / "data" / "staff.csv", "employee_id\nE1\n")
    write(tmp_path / "data" / "places.csv", "employee_id,team_id,from_date\nE2,t1,2016-01-01\n")
    return tmp_path


@pytest.mark.requirement("K-11")
def test_a_department_is_read_with_what_was_counted_and_the_hashes_of_its_files(folder: Path):
    tables = read_tables(load_params(folder / "p.yaml"), "d")
    assert list(tables) == ["teams", "employees", "assignments"]
    assert list(tables["teams"]["team_id"]) == ["t1", "t2"]
    assert tables.quality[["table", "check", "count"]].to_numpy().tolist() == [
        ["assignments", "employee_id unknown in employees (kept)", 1]
    ]
    digest = hashlib.sha256(b"team_id\nt2\nt1\n").hexdigest()
    assert tables.files[0] == InputFile("teams.csv", digest, 14)
    assert [file.path for file in tables.files[1:]] == ["data/staff.csv", "data/places.csv"]


def test_some_tables_may_be_read_alone(folder: Path):
    params = load_params(folder / "p.yaml")
    assert list(read_tables(params, "d", only=["employees"])) == ["employees"]
    message = "department 'd': no source 'orders'; its sources are teams, employees, assignments"
    with pytest.raises(InputError, match=re.escape(message)):
        read_tables(params, "d", only=["orders"])


def test_the_problems_of_all_files_are_listed_together(folder: Path):
    (folder / "teams.csv").unlink()
    (folder / "data" / "staff.csv").unlink()
    (folder / "data" / "staff.csv").mkdir()
    write(folder / "data" / "places.csv", "employee_id,team_id,from_date\nE2,t1,soon\n")
    with pytest.raises(InputError) as caught:
        read_tables(load_params(folder / "p.yaml"), "d")
    advice = "give its path from the folder of the params file"
    assert [line.removeprefix(f"{folder}/") for line in caught.value.lines()] == [
        f"teams.csv: cannot be read (No such file or directory); {advice}",
        f"data/staff.csv: cannot be read (Is a directory); {advice}",
        "data/places.csv, row 2, column 'from_date': 'soon' is not a date; write 2026-10-31, or "
        "declare its format under formats:",
    ]


def test_a_broken_department_leaves_the_others_readable(folder: Path):
    (folder / "data" / "staff.csv").unlink()
    params = load_params(folder / "p.yaml")
    with pytest.raises(InputError, match=r"staff\.csv: cannot be read \(No such file or directory"):
        read_tables(params, "d")
    assert list(read_tables(params, "e")["teams"]["team_id"]) == ["t1", "t2"]
