from __future__ import annotations

import json

import pandas as pd
import pytest
from reading import Reading, counted, ids, write

from csperf.sources import json_lines

ONE_OBJECT = "write one JSON object a line, each value text, a number, true, false or null"


@pytest.mark.parametrize("name", ["f.jsonl", "f.NDJSON"])
def test_each_line_is_an_object_and_a_key_that_it_lacks_is_unknown(reading: Reading, name: str):
    lines = (
        '{"employee_id": "007", "display_name": "王", "is_bot": true}',
        '{"employee_id": 8, "hire_date": "2016-05-01", "is_bot": null}',
        '{"is_bot": false, "employee_id": "9", "display_name": ""}',
    )
    write(reading.folder / name, "\n".join(lines))
    read, _ = reading.file("employees", name)
    assert read["employee_id"].tolist() == ["007", "8", "9"]
    assert read["display_name"].fillna("-").tolist() == ["王", "-", "-"]
    assert read["is_bot"].tolist() == [True, pd.NA, False]
    assert read["hire_date"].tolist() == [pd.NaT, pd.Timestamp("2016-05-01"), pd.NaT]


def test_numbers_keep_every_digit(reading: Reading):
    numbers = ["9223372036854775807", "18446744073709551615", "1e3", "0.10", "-0"]
    lines = (f'{{"team_id": {number}, "name": {number}}}' for number in numbers)
    write(reading.folder / "f.jsonl", "\n".join(lines))
    assert sorted(ids(reading.file("teams", "f.jsonl"))) == sorted(numbers)


def test_amounts_are_numbers(reading: Reading):
    write(
        reading.folder / "f.jsonl",
        '{"order_id": 1, "placed_at": "2016-05-01", "amount": 1.5e1}\n'
        '{"order_id": 2, "placed_at": "2016-05-01", "amount": "0.1"}\n',
    )
    assert reading.file("orders", "f.jsonl")[0]["amount"].tolist() == [15, 0.1]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_lines_are_counted_as_a_person_counts(reading: Reading, end: str):
    lines = ['{"team_id": "a"}', "", "{}", '  {"team_id": "b"}\t', '{"team_id": "\\u2028"}', "x"]
    write(reading.folder / "f.jsonl", end.join([*lines, ""]))
    assert reading.refused_file("teams", "f.jsonl") == [
        f"f.jsonl, row 6: not JSON (Expecting value, character 1) in 'x'; {ONE_OBJECT}"
    ]
    write(reading.folder / "f.jsonl", end.join([*lines[:4], '{"team_id": "b", "name": "B"}']))
    assert reading.refused_file("teams", "f.jsonl") == [
        "f.jsonl, row 5, column 'team_id': 'b' stands in an earlier row too; keep one row for each "
        "team_id"
    ]
    write(reading.folder / "f.jsonl", end.join(lines[:4]))
    read = reading.file("teams", "f.jsonl")
    assert ids(read) == ["a", "b"]
    assert counted(read) == {"a row without anything in it (left out)": 1}


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("[", "not JSON (Expecting value, character 2)"),
        ('[{"team_id": "a"}]', "no object"),
        ('"a"', "no object"),
        ("7", "no object"),
        ("null", "no object"),
        ('{"team_id": "a"} {"team_id": "b"}', "not JSON (Extra data, character 18)"),
        ('{"team_id": "a",}', "not JSON (Expecting property name enclosed in double quotes, char"),
        ("{'team_id': 'a'}", "not JSON (Expecting property name enclosed in double quotes, char"),
        ('{"team_id": 007}', "not JSON (Expecting ',' delimiter, character 14)"),
        ('{"team_id": "a\tb"}', "not JSON (Invalid control character at, character 15)"),
        ('{"team_id": "a", "team_id": "b"}', "the key 'team_id' stands twice"),
        ('{"team_id": NaN}', "NaN, which is no number,"),
        ('{"team_id": "a", "x": -Infinity}', "-Infinity, which is no number,"),
        ('{"team_id": ["a"]}', "values inside the value of 'team_id'"),
        ('{"team_id": "a", "x": {}}', "values inside the value of 'x'"),
        ('{"team_id": ' + "[" * 100_000, "values inside values"),
        ('{"team_id": "\\ud83d"}', "a NUL or half a character"),
        ('{"team_id": "\\u0000"}', "a NUL or half a character"),
        ('{"\\u0000": "a"}', "a NUL or half a character"),
    ],
)
def test_a_line_that_is_no_plain_object_is_named(reading: Reading, line: str, found: str):
    good = '{"team_id": "\\ud83d\\ude00"}'
    write(reading.folder / "f.jsonl", f"{good}\n{line}\n{good}\n{line}\n")
    lines = reading.refused_file("teams", "f.jsonl")
    assert [text.partition(": ")[0] for text in lines] == ["f.jsonl, row 2", "f.jsonl, row 4"]
    assert lines[0].partition(": ")[2].startswith(found)
    assert lines[0].endswith(f"; {ONE_OBJECT}")


@pytest.mark.parametrize("text", ["", "\n \n", "{}\n{}\n", "\ufeff"])
def test_a_file_with_nothing_in_it_is_refused(reading: Reading, text: str):
    write(reading.folder / "f.jsonl", text)
    assert reading.refused_file("teams", "f.jsonl") == [f"f.jsonl: nothing in it; {ONE_OBJECT}"]


def test_two_keys_that_differ_in_capitals_only_are_refused(reading: Reading):
    write(reading.folder / "f.jsonl", '{"team_id": "a", "Name": "A"}\n{"team_id": "b", "name": ""}')
    assert reading.refused_file("teams", "f.jsonl") == [
        "f.jsonl: two columns are called 'name'; give each a name of its own"
    ]


def test_encodings_are_those_of_other_files(reading: Reading):
    text = '{"team_id": "客服一部"}'
    (reading.folder / "f.jsonl").write_bytes(text.encode("gb18030"))
    assert reading.refused_file("teams", "f.jsonl") == [
        "f.jsonl, row 1: bytes that are not utf-8 text; declare encoding: (it decodes under "
        "gb18030, big5, cp949, cp1252)"
    ]
    for encoding in ("gb18030", "utf-8-sig", "utf-8"):
        (reading.folder / "f.jsonl").write_bytes(text.encode(encoding))
        options = {"encoding": encoding} if encoding == "gb18030" else {}
        assert ids(reading.file("teams", "f.jsonl", **options)) == ["客服一部"]


def test_a_query_sees_every_value_as_text(reading: Reading):
    write(reading.folder / "f.jsonl", '{"id": 7, "on": true}\n{"id": "007", "on": null}\n')
    query = "select id || coalesce(\"on\", '-') as team_id from source"
    assert ids(reading.file("teams", "f.jsonl", query=query)) == ["007-", "7true"]


def test_a_long_file_is_read_in_parts_that_fit_together(
    reading: Reading, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(json_lines, "AT_A_TIME", 2)
    objects = [{}, {}, {"team_id": "a"}, {}, {"name": "B", "team_id": "b"}, {"x": 1, "name": "C"}]
    write(reading.folder / "f.jsonl", "\n".join(map(json.dumps, objects)))
    assert reading.refused_file("teams", "f.jsonl") == [
        "f.jsonl, row 6, column 'team_id': missing; give every row a value"
    ]
