from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

from csperf.errors import InputError, OutputError
from csperf.strict_yaml import Count, Id, Strict, read_model, read_yaml


class Shift(Strict):
    opens: float
    staff: Count = 1
    paid: bool = False


class Shop(Strict):
    id: Id
    shifts: tuple[Shift, ...] = ()


def file(folder: Path, text: str | bytes) -> Path:
    path = folder / "shop.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_lists_come_as_tuples_and_everything_else_as_written(tmp_path: Path):
    text = "a: [1, 2.5, true, ~]\nb: {c: '007', 客服: -1e-3}\n"
    assert read_yaml(file(tmp_path, text)) == {
        "a": (1, 2.5, True, None),
        "b": {"c": "007", "客服": "-1e-3"},
    }


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path: Path):
    assert read_yaml(file(tmp_path, b"\xef\xbb\xbfid: a\n")) == {"id": "a"}


@pytest.mark.requirement("G0-1")
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id: a\nname: b\nid: c", ", line 3: the key 'id' stands twice; keep one"),
        ("a:\n - {x: 1, x: 1}", ", line 2: the key 'x' stands twice; keep one"),
        ("1: a", ", line 1: the key 1 is not text; put it in quotes"),
        ("no: a", ", line 1: the key no is not text; put it in quotes"),
        ("2016-05-01: a", ", line 1: the key 2016-05-01 is not text; put it in quotes"),
        ("a:\n  <<: {x: 1}", ", line 2: the key << is not text; put it in quotes"),
        ("? [a, b]\n: c", ", line 1: the key [...] is not text; put it in quotes"),
    ],
)
def test_a_key_stands_once_and_is_text(tmp_path: Path, text: str, message: str):
    with pytest.raises(InputError, match=re.escape(f"shop.yaml{message}")):
        read_yaml(file(tmp_path, text))


BOMB = "a: &a [x, x]\n" + "".join(f"{c}: &{c} [*{p}, *{p}]\n" for p, c in pairwise("abcdefgh"))


@pytest.mark.parametrize(
    "text",
    ["x: &a 1\ny: 2", "x: *a", BOMB, "x: !!python/object/apply:os.abort []", "x: !!set {a, b}"],
)
def test_aliases_anchors_and_tags_are_refused_before_they_do_anything(tmp_path: Path, text: str):
    with pytest.raises(InputError, match=r"shop\.yaml, line 1: an alias, anchor or tag; write the"):
        read_yaml(file(tmp_path, text))


@pytest.mark.parametrize(
    ("written", "read"),
    [("007", "7"), ("12:30", "750"), ("1_000", "1000"), ("0x1F", "31"), ("01.50", "1.5")],
)
def test_a_number_that_yaml_reads_as_another_one_is_refused(
    tmp_path: Path, written: str, read: str
):
    message = (
        f"shop.yaml, line 2: {written} would be read as the number {read}; "
        "put it in quotes, or write the number plainly"
    )
    with pytest.raises(InputError, match=re.escape(message)):
        read_yaml(file(tmp_path, f"a: 1\nid: {written}\n"))


@pytest.mark.parametrize("number", ["0", "-0", "+5", "30", "0.20", ".5", "5.", "1.5e+3"])
def test_a_number_written_plainly_is_a_number(tmp_path: Path, number: str):
    assert read_yaml(file(tmp_path, f"a: {number}")) == {"a": float(number)}


@pytest.mark.parametrize("written", ["2016-13-45", "9" * 5000])
def test_what_only_looks_like_a_number_or_a_day_is_refused(tmp_path: Path, written: str):
    with pytest.raises(InputError, match="can be read neither as a number nor as a day; put it in"):
        read_yaml(file(tmp_path, f"a: {written}"))


def test_numbers_that_are_not_finite_are_all_listed_with_their_path(tmp_path: Path):
    with pytest.raises(InputError) as caught:
        read_yaml(file(tmp_path, "a: .inf\nb: {c: [1, .nan, 1.0e+999]}\n"))
    assert [str(problem).partition("shop.yaml: ")[2] for problem in caught.value.problems] == [
        "a: inf is not a finite number",
        "b.c[1]: nan is not a finite number",
        "b.c[2]: inf is not a finite number",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "a: " + "[" * 25 + "]" * 25,
        "[" * 5000 + "]" * 5000,
        "".join(f"{' ' * depth}a:\n" for depth in range(400)),
    ],
)
def test_deep_nesting_is_refused(tmp_path: Path, text: str):
    with pytest.raises(InputError, match="nested too deeply; at most 20 levels"):
        read_yaml(file(tmp_path, text))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a: " + b"x" * 1_000_000, "shop.yaml: 1,000,003 bytes; at most 1 MB is read"),
        ("name: 客服".encode("gb18030"), "shop.yaml: not UTF-8 text (invalid start byte)"),
        (b"a: \x07", "shop.yaml: not UTF-8 text (special characters are not allowed)"),
        (b'a: {b: "x\\0.csv"}', "shop.yaml: a.b: text with a NUL character; take it out"),
        (b"a: 1\n--- \nb: 2", "shop.yaml, line 2: not YAML: but found another document"),
        (b"a:\n\tb: 1", "shop.yaml, line 2: not YAML: found character '\\t' that cannot start"),
        (b"a: [1, 2\n", "shop.yaml, line 2: not YAML: expected ',' or ']'"),
    ],
)
def test_what_is_no_settings_file_is_refused(tmp_path: Path, content: bytes, message: str):
    with pytest.raises(InputError, match=re.escape(message)):
        read_yaml(file(tmp_path, content))


def test_a_file_that_is_not_there_cannot_be_read(tmp_path: Path):
    with pytest.raises(OutputError, match=r"none\.yaml: cannot be read \(No such file or dir"):
        read_yaml(tmp_path / "none.yaml")


def test_a_model_is_read_without_converting(tmp_path: Path):
    shop = read_model(file(tmp_path, "id: '007'\nshifts: [{opens: 8, paid: true}]"), Shop)
    assert shop == Shop(id="007", shifts=(Shift(opens=8.0, paid=True),))


@pytest.mark.requirement("G0-1")
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id: 2016", "id: was read as a number (2016), not as text; put it in quotes"),
        ("id: 1.5", "id: was read as a number (1.5), not as text; put it in quotes"),
        ("id: no", "id: was read as a truth value (False), not as text; put it in quotes"),
        ("id: 2016-05-01", "id: was read as a day (2016-05-01), not as text; put it in quotes"),
        ("id:", "id: found nothing; write text"),
        ("id: ''", "id: found ''; write some text"),
        ("id: [a]", "id: found a list; write text"),
        ("id: ' a'", "id: an id has no blanks around it and no invisible characters"),
        ('id: "a\\u200bb"', "id: an id has no blanks around it and no invisible characters"),
        ("id: " + "x" * 101, f"id: found '{'x' * 57}...'; write at most 100 characters"),
        ("shifts: []", "id: missing; add it"),
        ("id: a\nshifts: {opens: 8}", "shifts: found a mapping; write a list"),
        ("id: a\nshifts: [8]", "shifts[0]: found 8; write 'key: value' lines"),
        ("id: a\nshifts: [{}]", "shifts[0].opens: missing; add it"),
        (
            "id: a\nshifts: [{opens: '8'}]",
            "shifts[0].opens: found '8'; write a number, without quotes",
        ),
        (
            "id: a\nshifts: [{opens: yes}]",
            "shifts[0].opens: found True; write a number, without quotes",
        ),
        ("id: a\nshifts: [{opens: 8, paid: 1}]", "shifts[0].paid: found 1; write true or false"),
        (
            "id: a\nshifts: [{opens: 8, staff: 1.5}]",
            "shifts[0].staff: found 1.5; write a whole number, without quotes",
        ),
        (
            "id: a\nshifts: [{opens: 8, staff: 0}]",
            "shifts[0].staff: found 0; it must be at least 1",
        ),
        (
            "id: a\nshifts: [{opens: 8, stuff: 2, tip: 1}]",
            "shifts[0]: unknown key 'stuff' (meant 'staff'?), 'tip'; it takes opens, paid, staff",
        ),
    ],
)
def test_a_value_that_cannot_be_meant_is_named_by_its_path(tmp_path: Path, text: str, message: str):
    with pytest.raises(InputError, match=re.escape(f"shop.yaml: {message}") + "$"):
        read_model(file(tmp_path, text), Shop)


def test_every_problem_of_a_file_is_listed_once(tmp_path: Path):
    text = "id: 7\nshifts:\n  - {opens: 8, pad: 1}\n  - {opens: x}\n"
    with pytest.raises(InputError) as caught:
        read_model(file(tmp_path, text), Shop)
    assert [str(problem).partition("shop.yaml: ")[2] for problem in caught.value.problems] == [
        "id: was read as a number (7), not as text; put it in quotes",
        "shifts[0]: unknown key 'pad' (meant 'paid'?); it takes opens, paid, staff",
        "shifts[1].opens: found 'x'; write a number, without quotes",
    ]


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "- a\n", "hello"])
def test_a_file_without_a_mapping_is_refused(tmp_path: Path, text: str):
    with pytest.raises(InputError, match=r"no mapping at the top; write 'key: value' lines$"):
        read_model(file(tmp_path, text), Shop)
