"""Text stays text, numbers are numbers, days are days, and nothing in a workbook runs."""

from __future__ import annotations

import hashlib
import math
import os
import subprocess
import sys
from datetime import date
from xml.etree import ElementTree

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas import DataFrame
from sheets import HOSTILE, MAIN, cells, one_sheet, parts, read, runs, shown_as, texts

from csperf.reporting.display import ColumnView
from csperf.reporting.spreadsheet import LONGEST, legal


def test_texts_that_a_spreadsheet_would_run_are_stored_as_texts() -> None:
    book = texts(*HOSTILE)
    assert [row[0] for row in read(book)["People"]] == ["Said", *HOSTILE]
    assert {cell.attrib["t"] for cell in cells(book).values()} == {"s"}
    assert runs(book) == []


def test_what_is_typed_over_a_text_stays_text() -> None:
    assert shown_as(texts("=1"), "A2") == "@"


def test_a_heading_is_as_harmless_as_a_cell() -> None:
    columns = [ColumnView(f"c{place}", said) for place, said in enumerate(HOSTILE)]
    book = one_sheet(columns, DataFrame([{column.key: "x" for column in columns}]))
    assert read(book)["People"][0] == HOSTILE
    assert runs(book) == []


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_comes_back_as_it_was_or_with_signs_for_what_xml_cannot_hold(said: str) -> None:
    book = texts("first", said, "last")
    assert runs(book) == []
    assert [row[0] for row in read(book)["People"]][1:] == ["first", legal(said), "last"]


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("a\x00b", "a\u2400b"),
        ("\x1b[31m", "\u241b[31m"),
        ("\x7f", "\u2421"),
        ("\x85", "\ufffd"),
        ("\ud800", "\ufffd"),
        ("\uffff", "\ufffd"),
        ("tab\tand\r\nbreak\rstay", "tab\tand\nbreak\nstay"),
    ],
)
def test_what_a_cell_cannot_hold_is_replaced_by_a_sign_that_is_seen(said: str, shown: str) -> None:
    assert legal(said) == shown
    assert read(texts(said))["People"][1] == [shown]


@pytest.mark.parametrize("sign", ["x", "李", "😀"])
def test_a_text_too_long_for_a_cell_ends_by_saying_how_long_it_was(sign: str) -> None:
    units = len(sign.encode("utf-16-le")) // 2
    fits = sign * (LONGEST // units)
    [_, [whole], [cut]] = read(texts(fits, fits + sign))["People"]
    assert whole == fits
    end = f" ... [cut here, of {LONGEST // units + 1} characters]"
    assert cut == sign * ((LONGEST - len(end)) // units) + end


def test_numbers_keep_their_digits_and_are_shown_by_their_kind() -> None:
    kinds = {"number": 82.606451234567, "percent": 0.39096683, "money": -1234.5, "chance": 0.0002}
    columns = [ColumnView(kind, kind, kind) for kind in kinds]  # type: ignore[arg-type]
    columns.append(ColumnView("n", "n", "number", digits=0))
    book = one_sheet(columns, DataFrame([{**kinds, "n": 1876}]))
    assert read(book)["People"][1] == [*kinds.values(), 1876]
    assert [shown_as(book, f"{letter}2") for letter in "ABCDE"] == [
        "#,##0.0",
        "0.0%",
        "#,##0.0",
        '[<0.001]"< 0.1%";[>0.999]"> 99.9%";0.0%',
        "#,##0",
    ]


def test_rows_of_one_column_may_differ_in_unit() -> None:
    frame = DataFrame({"value": [0.5, 12.25, 7.0], "look": ["0.0%", "#,##0.00", None]})
    columns = [ColumnView("value", "Value", "number")]
    book = one_sheet(columns, frame, formats={"value": "look"})
    assert [shown_as(book, place) for place in ("A2", "A3", "A4")] == [
        "0.0%",
        "#,##0.00",
        "#,##0.0",
    ]


def test_what_is_unknown_is_an_empty_cell_and_zero_has_no_minus() -> None:
    frame = DataFrame({"value": [None, -0.0, 1.5], "day": [pd.NaT] * 3, "said": ["", None, "x"]})
    columns = [
        ColumnView("value", "Value", "number"),
        ColumnView("day", "Day", "date"),
        ColumnView("said", "Said"),
    ]
    book = one_sheet(columns, frame)
    assert {*cells(book)} == {"A1", "B1", "C1", "A3", "A4", "C4"}
    assert cells(book)["A3"].find(f"{MAIN}v").text == "0"  # type: ignore[union-attr]


def test_a_number_without_end_is_said_in_words() -> None:
    columns = [ColumnView("value", "Value", "number")]
    assert read(one_sheet(columns, DataFrame({"value": [math.inf]})))["People"][1] == ["inf"]


def test_days_are_days_and_those_that_no_spreadsheet_knows_are_texts() -> None:
    days = pd.to_datetime(["2026-10-31", "2026-10-31 13:45", "1899-12-31"], format="mixed")
    book = one_sheet([ColumnView("day", "Day", "date")], DataFrame({"day": days}))
    found = [row[0] for row in read(book)["People"]][1:]
    assert found == [date(2026, 10, 31), date(2026, 10, 31), "1899-12-31"]
    assert shown_as(book, "A2") == "yyyy-mm-dd"


def test_ids_are_texts_however_much_they_look_like_numbers() -> None:
    book = one_sheet([ColumnView("id", "Id", "id")], DataFrame({"id": ["007", "12"]}))
    assert read(book)["People"][1:] == [["007"], ["12"]]


def test_headings_stay_in_sight_and_filter_the_rows() -> None:
    columns = [
        ColumnView("id", "Id", "id"),
        ColumnView("name", "Name", "name"),
        ColumnView("x", "X"),
    ]
    book = one_sheet(columns, DataFrame([{"id": "1", "name": "Ann", "x": "y"}] * 3))
    root = ElementTree.fromstring(parts(book)["xl/worksheets/sheet1.xml"])
    pane = next(root.iter(f"{MAIN}pane")).attrib
    assert (pane["ySplit"], pane["xSplit"], pane["state"]) == ("1", "2", "frozen")
    assert next(root.iter(f"{MAIN}autoFilter")).attrib["ref"] == "A1:C4"


def test_columns_are_as_wide_as_their_texts_and_chinese_counts_double() -> None:
    names = {"latin": "x" * 20, "chinese": "李" * 20, "short": "x", "long": "x" * 500}
    columns = [ColumnView(key, key) for key in names]
    root = ElementTree.fromstring(
        parts(one_sheet(columns, DataFrame([names])))["xl/worksheets/sheet1.xml"]
    )
    wide = [round(float(each.attrib["width"])) for each in root.iter(f"{MAIN}col")]
    assert wide[0] < wide[1] < wide[3]
    assert (wide[0], wide[1]) == (20 + 3 + 1, 40 + 3 + 1)
    rows = [row.attrib.get("ht") for row in root.iter(f"{MAIN}row")]
    assert rows == [None, str(15 * math.ceil(500 / 60))]


def test_a_table_without_rows_says_so() -> None:
    book = one_sheet([ColumnView("a", "A"), ColumnView("b", "B")], DataFrame(), empty="Nobody.")
    assert read(book)["People"] == [["A", "B"], ["Nobody.", ""]]
    assert read(one_sheet([], DataFrame(), empty="Nothing was found."))["People"] == [
        ["Nothing was found."]
    ]


def test_every_printed_page_says_what_it_is_and_that_nothing_is_decided() -> None:
    root = ElementTree.fromstring(parts(texts("x"))["xl/worksheets/sheet1.xml"])
    head, foot = (next(root.iter(f"{MAIN}odd{end}")).text for end in ("Header", "Footer"))
    assert head == "&LProposed: nothing is decided.&RConfidential"
    assert foot == "&LTeam, 2026-10&R&P / &N"


def test_a_workbook_is_dated_by_its_cycle_and_by_no_clock() -> None:
    core = parts(texts("x"))["docProps/core.xml"]
    assert core.count("2026-10-31T00:00:00Z") == 2  # made and changed
    assert "<dc:creator>csperf</dc:creator>" in core


def test_the_same_tables_are_the_same_bytes_in_any_locale_time_zone_and_order_of_hashes() -> None:
    code = (
        "import hashlib; from sheets import HOSTILE, texts;"
        "print(hashlib.sha256(texts(*HOSTILE)).hexdigest())"
    )
    found = {hashlib.sha256(texts(*HOSTILE)).hexdigest()}
    for seed, zone, locale in (("0", "UTC", "C"), ("7", "Asia/Kathmandu", "tr_TR.UTF-8")):
        strange = {"PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale}
        paths = os.pathsep.join(sys.path)
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, **strange, "PYTHONPATH": paths},
            capture_output=True,
            text=True,
            check=True,
        )
        found.add(done.stdout.strip())
    assert len(found) == 1
