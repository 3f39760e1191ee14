from __future__ import annotations

from datetime import date
from decimal import Decimal

import pandas as pd
import pytest
from pandas import DataFrame, Series

from csperf.parsing import as_text, sortable, typed
from csperf.tables import Column, Table

SHANGHAI = "Asia/Shanghai"
BERLIN = "Europe/Berlin"


def read(
    cells: Series | list[object], type: str, format: str | None = None, zone: str | None = SHANGHAI
) -> tuple[list[object], list[str]]:
    """Values of one column of a type, None where unknown, and what was wrong with its cells."""
    table = Table("t", "T.", key=("x",), columns=(Column("x", type, "x"),))
    column = cells if isinstance(cells, Series) else Series(cells, dtype="str")
    frame = DataFrame({"x": column, "y": "not declared"})
    values, problems = typed(frame, table, "f.csv", {"x": format} if format else {}, zone)
    assert list(values) == ["x"]
    known = [None if pd.isna(value) else value for value in values["x"]]
    return known, [str(problem).removeprefix("f.csv, ") for problem in problems]


def utc(*texts: str) -> list[pd.Timestamp]:
    return [pd.Timestamp(text, tz="UTC") for text in texts]


@pytest.mark.parametrize(
    ("text", "number"),
    [("8.5", 8.5), ("+5", 5), ("5.", 5), (".5", 0.5), ("-0", 0), ("1e3", 1000), ("007", 7)],
)
def test_a_plain_number_is_read(text: str, number: float):
    assert read([text], "number") == ([number], [])


@pytest.mark.requirement("K-11")
@pytest.mark.parametrize(
    "text",
    "8,5 90分 1,234 85% ¥5 1_000 0x10 \uff11\uff12 ٣ TRUE nan inf -inf 1e999 --5 .".split(),
)
def test_text_in_a_number_column_is_named_and_never_guessed(text: str):
    message = f"row 0, column 'x': '{text}' is not a number; write a plain number such as 8.5"
    assert read([text], "number") == ([None], [message])


@pytest.mark.parametrize("text", ["1.5", "1e30", "9007199254740993"])
def test_a_count_is_a_whole_number_that_can_be_held_exactly(text: str):
    assert read(["3", "4.0", text], "count") == (
        [3, 4, None],
        [f"row 2, column 'x': '{text}' is not a count; write a whole number"],
    )


def test_numbers_of_any_storage_are_numbers_but_true_is_none():
    assert read(Series([1, None], dtype="Int64"), "number") == ([1.0, None], [])
    assert read(Series([Decimal("8.50")]), "number") == ([8.5], [])
    assert read(Series([float("inf")]), "number")[1] == [
        "row 0, column 'x': inf is not a number; write a plain number such as 8.5"
    ]
    assert read(Series([True]), "number")[1] == [
        "row 0, column 'x': True is not a number; write a plain number such as 8.5"
    ]


def test_flags_are_true_false_yes_no_1_and_0():
    texts = ["true", "True", "YES", "1", "false", "no", "0"]
    assert read(texts, "flag") == ([True] * 4 + [False] * 3, [])
    assert read(Series([1.0, 0.0, None]), "flag") == ([True, False, None], [])
    assert read(Series([True, None], dtype="boolean"), "flag") == ([True, None], [])
    assert read(["是"], "flag")[1] == [
        "row 0, column 'x': '是' is not a flag; write true or false, or recode it under values:"
    ]


@pytest.mark.parametrize("text", ["007", "NA", "NaN", "None", "null", "1e3", "true", "2016-05-01"])
def test_an_id_stays_the_text_it_is(text: str):
    assert read([text], "id") == ([text], [])


def test_whole_numbers_become_ids_without_a_decimal_point_and_without_losing_digits():
    assert list(as_text(Series([7.0, 8.5]))) == ["7", "8.5"]
    assert as_text(Series([2**60 + 1, None], dtype=object))[0] == "1152921504606846977"
    assert list(as_text(Series([True, False]))) == ["true", "false"]
    assert list(as_text(Series([1e17]))) == ["1e+17"]


def test_times_come_in_utc_from_their_own_offset_or_the_declared_zone():
    texts = [
        "2016-05-01T10:00:00+08:00",
        "2016-05-01 02:00Z",
        "2016-05-01 10:00",
        "2016-05-01",
        "2016-05-01T10:00:00.250+0800",
    ]
    moments = utc(
        "2016-05-01 02:00", "2016-05-01 02:00", "2016-05-01 02:00", "2016-04-30 16:00"
    ) + utc("2016-05-01 02:00:00.25")
    assert read(texts, "time") == (moments, [])


@pytest.mark.parametrize(
    "text",
    "now today 2016 2016-05 20160501 01/05/2016 2016/05/01 10:00 2016-13-01 1462060800 "
    "2016-05-01T25:00 2016-05-01T10:00PM".split(),
)
def test_what_is_no_iso_time_is_never_guessed(text: str):
    assert read([text], "time")[1] == [
        f"row 0, column 'x': '{text}' is not a time; write 2026-10-31T09:30:00+08:00, or declare "
        "its format under formats:"
    ]


@pytest.mark.parametrize("text", ["2016-12-31T23:59:60Z", "2017-01-01 07:59:60"])
def test_edge_55_a_leap_second_is_refused_and_never_moved_in_silence(text: str):
    assert read([text], "time")[1] == [
        f"row 0, column 'x': '{text}' is not a time; leap seconds are not counted: write the second"
        " before or after it"
    ]


def test_a_time_without_a_zone_is_refused_unless_one_is_declared():
    assert read(["2016-05-01 10:00", "2016-05-01T10:00Z", "soon"], "time", zone=None)[1] == [
        "row 0, column 'x': '2016-05-01 10:00' is not a time; it names no time zone: declare "
        "timezone: in the params",
        "row 2, column 'x': 'soon' is not a time; write 2026-10-31T09:30:00+08:00, or declare "
        "its format under formats:",
    ]
    naive = Series(pd.to_datetime(["2016-05-01 10:00"]))
    assert read(naive, "time", zone=None)[1] == [
        "row 0, column 'x': 2016-05-01 10:00:00 is not a time; it names no time zone: declare "
        "timezone: in the params"
    ]
    assert read(naive, "time") == (utc("2016-05-01 02:00"), [])


def test_a_declared_format_is_the_only_one_that_fits():
    assert read(["31/12/2016 23:30"], "time", "%d/%m/%Y %H:%M") == (utc("2016-12-31 15:30"), [])
    assert read(["31/12/2016 23:30 +0100"], "time", "%d/%m/%Y %H:%M %z", None) == (
        utc("2016-12-31 22:30"),
        [],
    )
    assert read(["2016-12-31 23:30"], "time", "%d/%m/%Y %H:%M")[1] == [
        "row 0, column 'x': '2016-12-31 23:30' is not a time; it does not fit the format "
        "%d/%m/%Y %H:%M"
    ]
    assert "it names no time zone" in read(["31/12/2016"], "time", "%d/%m/%Y", None)[1][0]


@pytest.mark.requirement("K-11")
def test_a_local_time_that_never_was_or_was_twice_is_refused_with_the_reason():
    texts = ["2016-03-27 02:30", "2016-10-30 02:30", "2016-10-30 02:30+02:00", "2016-10-30 03:30"]
    values, problems = read(texts, "time", zone=BERLIN)
    assert values == [None, None, *utc("2016-10-30 00:30", "2016-10-30 02:30")]
    assert problems == [
        f"row {row}, column 'x': '{texts[row]}' is not a time; clocks in Europe/Berlin skipped or "
        "repeated it: write its offset"
        for row in (0, 1)
    ]


def test_a_date_is_a_whole_day():
    day = pd.Timestamp("2016-05-01")
    texts = ["2016-05-01", "2016-05-01T00:00:00", "2016-05-01 00:00:00.000"]
    assert read(texts, "date") == ([day] * 3, [])
    assert read(["01.05.16"], "date", "%d.%m.%y") == ([day], [])
    assert read(Series([date(2016, 5, 1)]), "date") == ([day], [])
    assert read(["9999-12-31"], "date") == ([pd.Timestamp("9999-12-31")], [])
    assert read(["2016-05-01 09:00", "1 May"], "date")[1] == [
        "row 0, column 'x': '2016-05-01 09:00' is not a date; it must be a day, without a time of "
        "day",
        "row 1, column 'x': '1 May' is not a date; write 2026-10-31, or declare its format under "
        "formats:",
    ]


def test_the_day_of_a_moment_is_the_local_one():
    midnight_in_shanghai = Series(pd.to_datetime(["2016-04-30 16:00"], utc=True))
    assert read(midnight_in_shanghai, "date") == ([pd.Timestamp("2016-05-01")], [])
    text = ["2016-05-01 00:00 +0800"]
    assert read(text, "date", "%Y-%m-%d %H:%M %z") == ([pd.Timestamp("2016-05-01")], [])


def test_a_day_that_begins_without_a_midnight_is_a_day_all_the_same():
    naive = Series(pd.to_datetime(["2016-10-16"]))  # clocks in Brazil went from 0:00 to 1:00
    assert read(naive, "date", zone="America/Sao_Paulo") == ([pd.Timestamp("2016-10-16")], [])


def test_an_empty_column_is_unknown_in_every_type():
    for type in ("id", "text", "number", "count", "flag", "time", "date"):
        assert read([None, None], type) == ([None, None], [])
        assert read(Series([None], dtype=object), type) == ([None], [])


def test_rows_are_ordered_by_numbers_or_else_by_times():
    texts = Series(["9007199254740993", "9007199254740992", "10"], dtype="str")
    assert list(sortable(texts, None, None).rank()) == [3, 2, 1]
    times = Series(["2016-01-01T10:00:00+08:00", "2016-01-01 03:00"], dtype="str")
    assert list(sortable(times, None, None).rank()) == [1, 2]
    assert list(sortable(times, None, BERLIN).rank()) == [1.5, 1.5]
    days = Series(["02/01/2016", "01/02/2016"], dtype="str")
    assert list(sortable(days, "%d/%m/%Y", None).rank()) == [1, 2]
    assert list(sortable(Series(["1", "x"], dtype="str"), None, None).isna()) == [False, True]
