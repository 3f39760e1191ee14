"""Formulas of a scheme: arithmetic and nothing else."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csperf.scheme.formula import LONGEST, names_in, template, value_of


def test_a_formula_is_arithmetic_on_names():
    values = {"rate": 0.5, "sales": 80_000.0, "post": 3000.0}
    assert value_of("rate / 100 * sales", values) == 0.5 / 100 * 80_000
    assert value_of("-(post - 1000) + max(rate, 2) * min(post, 10)", values) == -2000 + 2 * 10


def test_names_come_in_the_order_in_which_they_are_read_and_once():
    assert names_in("c + a * (b - c) + max(d, 1)") == ["c", "a", "b", "d"]


def test_arrays_give_a_value_for_each_person():
    found = value_of("rate * sales", {"rate": 0.01, "sales": np.array([100.0, 250.0])})
    assert found.tolist() == [1.0, 2.5]


@pytest.mark.requirement("J-06")
def test_a_comparison_counts_one_from_the_threshold_on_and_zero_below():
    rates = {"rate": np.array([0.94, 0.95, 0.96])}
    assert value_of("300 * (rate >= 0.95)", rates).tolist() == [0, 300, 300]
    assert value_of("300 * (rate < 0.95)", rates).tolist() == [300, 0, 0]


def test_what_is_not_known_stays_unknown_in_every_operation():
    unknown = {"a": math.nan}
    for formula in ("a + 1", "0 * a", "min(a, 1)", "max(1, a)", "a >= 1", "a < 1", "1 / a", "-a"):
        assert math.isnan(value_of(formula, unknown)), formula


def test_divided_by_zero_is_unknown_and_not_infinite():
    found = value_of("a / b", {"a": np.array([1.0, 0.0, -1.0, 6.0]), "b": np.array([0, 0, 0, 3.0])})
    assert np.isnan(found[:3]).all() and found[3] == 2
    assert math.isnan(value_of("1 / (2 - 2)", {}))


def test_the_template_is_the_formula_to_be_filled_with_numbers():
    assert template("rate/100*sales  # of the month") == "{rate} / 100 x {sales}"
    assert template("min(e, 2) * (e1 >= 1)") == "min({e}, 2) x ({e1} >= 1)"


@pytest.mark.parametrize(
    "formula",
    [
        "sales.real",
        "open('x')",
        "sales()",
        "min(a)",
        "min(a, b, c)",
        "max(a, key=b)",
        "'text'",
        "a[0]",
        "a if b else c",
        "a < b < c",
        "a == b",
        "a and b",
        "2 ** 9",
        "a % b",
        "True",
        "1j",
        "1e999",
        "9" * 30,
        "--a",
        "lambda: 1",
        "[a]",
        "a, b",
        "(a := 1)",
        "min",
        "",
        "a b",
        "a\0",
        "__import__('os')",
        "f'{a}'",
    ],
)
def test_whatever_is_no_arithmetic_is_refused(formula):
    with pytest.raises(ValueError):
        names_in(formula)


def test_a_refusal_says_what_cannot_be_used_and_what_can():
    with pytest.raises(ValueError, match=r"'sales\.real' cannot be used; write names, numbers"):
        names_in("1 + sales.real")


def test_a_formula_that_is_too_long_is_refused():
    assert names_in("a" + " + a" * ((LONGEST - 1) // 4)) == ["a"]
    with pytest.raises(ValueError, match=f"at most {LONGEST}"):
        names_in("a" * (LONGEST + 1))


def test_deep_formulas_are_refused_or_computed_but_never_crash():
    assert value_of("a+" * 249 + "1", {"a": 1.0}) == 250
    for formula in ("-" * 400 + "1", "(" * 240 + "1" + ")" * 240):
        with pytest.raises(ValueError):
            names_in(formula)


def test_a_name_without_a_value_is_a_key_error():
    with pytest.raises(KeyError, match="sales"):
        value_of("rate * sales", {"rate": 1.0})


NUMBERS = st.floats(-1e6, 1e6, allow_nan=False)


@settings(max_examples=50, deadline=None)
@given(NUMBERS, NUMBERS, NUMBERS)
def test_a_filled_template_comes_to_the_same_value(a, b, c):
    """What the statement prints is what was computed."""
    formula = "a - (b - c) * 2 + min(a, b) / 4"
    values = {"a": a, "b": b, "c": c}
    text = template(formula).format_map({name: f"({number!r})" for name, number in values.items()})
    assert value_of(text.replace("x", "*"), {}) == value_of(formula, values)
