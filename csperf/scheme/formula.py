"""Formulas of a scheme: arithmetic on names, read without running anything.

A comparison counts 1 where it holds and 0 where it does not, so that `300 * (rate >= 0.95)` is
money from a threshold on. What cannot be known stays unknown: not a number in, or divided by 0.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np


def _divided(above: Any, below: Any) -> Any:
    return np.divide(above, np.where(np.equal(below, 0), np.nan, below))


def _at_least(value: Any, limit: Any) -> Any:
    return np.heaviside(np.subtract(value, limit), 1.0)


def _below(value: Any, limit: Any) -> Any:
    return 1.0 - _at_least(value, limit)


OPERATORS: dict[type, Callable[..., Any]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: _divided,
}
COMPARISONS: dict[type, Callable[..., Any]] = {ast.GtE: _at_least, ast.Lt: _below}
FUNCTIONS = {"min": np.minimum, "max": np.maximum}
LONGEST = 500
LARGEST = 1e15  # a cent is still exact
NAME = re.compile(r"(?<![\w.])[^\W\d]\w*")


def names_in(formula: str) -> list[str]:
    """The names that a formula reads, in order; ValueError for anything that is no arithmetic."""
    return _names(_tree(formula))


def value_of(formula: str, values: Mapping[str, Any]) -> Any:
    """What a formula comes to, for numbers or for arrays of them.

    Not a number where a value is not known or is divided by 0. KeyError for a name without a value.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        return _value(_tree(formula).body, values)


def template(formula: str) -> str:
    """The formula with `{name}` for each name and x for times, to be filled with numbers."""
    tree = _tree(formula)
    names = set(_names(tree))
    text = ast.unparse(tree).replace("*", "x")
    return NAME.sub(lambda found: f"{{{found[0]}}}" if found[0] in names else found[0], text)


def _names(tree: ast.Expression) -> list[str]:
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    found.sort(key=lambda node: (node.lineno, node.col_offset))
    return [name for name in dict.fromkeys(node.id for node in found) if name not in FUNCTIONS]


def _tree(formula: str) -> ast.Expression:
    if len(formula) > LONGEST:
        raise ValueError(f"a formula of {len(formula)} characters; at most {LONGEST} are read")
    try:
        tree = ast.parse(formula.strip(), mode="eval")
        wrong = next(_wrong(tree.body), None)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ValueError(f"'{formula}' is no formula: {error}") from None
    if wrong:
        use = "write names, numbers, + - * / ( ), >=, <, min(a, b), max(a, b)"
        raise ValueError(f"'{formula}': {wrong}; {use}")
    return tree


def _wrong(node: ast.expr) -> Any:
    """What in a formula is no arithmetic."""
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            if number > LARGEST:
                yield "a number as large as that cannot be used"
        case ast.Name(id=name) if name not in FUNCTIONS:
            return
        case ast.UnaryOp(op=ast.USub(), operand=inner) if not isinstance(inner, ast.UnaryOp):
            yield from _wrong(inner)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            yield from _wrong(left)
            yield from _wrong(right)
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in COMPARISONS:
            yield from _wrong(left)
            yield from _wrong(right)
        case ast.Call(func=ast.Name(id=name), args=[one, other], keywords=[]) if name in FUNCTIONS:
            yield from _wrong(one)
            yield from _wrong(other)
        case _:
            yield f"'{ast.unparse(node)}' cannot be used"


def _value(node: ast.expr, values: Mapping[str, Any]) -> Any:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name):
            return values[name]
        case ast.UnaryOp(operand=inner):
            return -_value(inner, values)
        case ast.BinOp(left=left, op=op, right=right):
            return OPERATORS[type(op)](_value(left, values), _value(right, values))
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return COMPARISONS[type(op)](_value(left, values), _value(right, values))
        case ast.Call(func=ast.Name(id=name), args=[one, other]):
            return FUNCTIONS[name](_value(one, values), _value(other, values))
    raise AssertionError(ast.dump(node))
