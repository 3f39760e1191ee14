from __future__ import annotations

import pyarrow as pa
import pytest
from reading import TEAMS, Reading, counted, ids, write


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


@pytest.mark.parametrize("size", [2_000_000, 35_000_000])
def test_no_line_is_too_long_to_be_noticed(reading: Reading, size: int):
    """DuckDB says nothing of a line that is longer than its buffer, 32 MB: the row is gone."""
    for name, start in (("f.csv", "b,"), ("f.jsonl", '{"b": "')):
        write(reading.folder / name, f"team_id,name\n{start}{'x' * size}\nc,C\n")
        assert reading.refused_file("teams", name) == [
            f"{name}, row 2: more than 2,000,000 characters in "
            f"'{start.ljust(57, 'x')}...'; is it the right file?"
        ]


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


def test_a_byte_order_mark_is_no_part_of_the_header(reading: Reading):
    for encoding in ("utf-8", "UTF_8", "u8"):
        assert ids(reading("teams", b"\xef\xbb\xbf" + TEAMS.encode(), encoding=encoding)) == [
            "a",
            "b",
        ]
    assert ids(reading("teams", TEAMS.encode("utf-16"), encoding="utf-16")) == ["a", "b"]


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8", "客服 고객 サポ é"),
        ("UTF-8-SIG", "客服 고객 サポ é"),
        ("gbk", "客服"),
        ("gb2312", "客服"),
        ("gb18030", "客服 고객 サポ é"),
        ("big5", "客服"),
        ("cp949", "똠방각하"),
        ("euc-kr", "고객"),
        ("shift_jis", "サポ"),
        ("utf-16", "客服 고객 サポ é"),
        ("utf-16-le", "客服"),
        ("cp1252", "Zoë €"),
        ("latin-1", "Zoë"),
    ],
)
def test_text_is_read_in_the_encoding_that_is_declared(reading: Reading, encoding: str, text: str):
    content = f"team_id,{text}\r\na,{text}\r\n".encode(encoding)
    read = reading("teams", content, encoding=encoding, columns={"name": text})[0]
    assert read["name"].tolist() == [text]


@pytest.mark.requirement("K-11")
@pytest.mark.parametrize(
    ("written", "text", "fits"),
    [
        ("gb18030", "客服一部", "gb18030, big5, cp949, cp1252"),
        ("cp949", "고객지원", "gb18030, big5, cp949, cp1252"),
        ("utf-16", "客服", "utf-16"),
    ],
)
def test_edge_94_bytes_that_are_not_utf_8_are_refused_with_the_encodings_that_would_do(
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
