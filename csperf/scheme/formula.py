"""Formulas of a scheme: arithmetic on names, read without running anything."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

import numpy as np

OPERATORS = {ast.Add: np.add, ast.Sub: np.subtract, ast.Mult: np.multiply, ast.Div: np.divide}
FUNCTIONS = {"min": np.minimum, "max": np.maximum}
LONGEST = 500


def names_in(formula: str) -> list[str]:
    """The names that a formula reads, in order; ValueError for anything that is no arithmetic."""
    names = [node.id for node in ast.walk(_tree(formula)) if isinstance(node, ast.Name)]
    return [name for name in dict.fromkeys(names) if name not in FUNCTIONS]


def value_of(formula: str, values: Mapping[str, Any]) -> Any:
    """What a formula comes to, for numbers or for arrays of them.

    Raises KeyError for a name without a value; dividing by zero gives infinity or not a number.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return _value(_tree(formula).body, values)


def _tree(formula: str) -> ast.Expression:
    if len(formula) > LONGEST:
        raise ValueError(f"a formula of {len(formula)} characters; at most {LONGEST} are read")
    try:
        tree = ast.parse(formula, mode="eval")
    except (SyntaxError, ValueError, RecursionError) as error:
        raise ValueError(f"'{formula}' is no formula: {error}") from None
    wrong = next(_wrong(tree.body), None)
    if wrong:
        raise ValueError(f"'{formula}': {wrong}; write names, numbers, + - * / ( ), min, max")
    return tree


def _wrong(node: ast.expr) -> Any:
    """What in a formula is no arithmetic."""
    match node:
        case ast.Constant(value=int() | float()) if not isinstance(node.value, bool):
            return
        case ast.Name():
            return
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            yield from _wrong(inner)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            yield from _wrong(left)
            yield from _wrong(right)
        case ast.Call(func=ast.Name(id=name), args=[one, other], keywords=[]) if name in FUNCTIONS:
            yield from _wrong(one)
            yield from _wrong(other)
        case _:
            yield f"'{ast.unparse(node)}' cannot be used"


def _value(node: ast.expr, values: Mapping[str, Any]) -> Any:
    match node:
        case ast.Constant(value=number):
            return number
        case ast.Name(id=name):
            return values[name]
        case ast.UnaryOp(operand=inner):
            return -_value(inner, values)
        case ast.BinOp(left=left, op=op, right=right):
            return OPERATORS[type(op)](_value(left, values), _value(right, values))
        case ast.Call(func=ast.Name(id=name), args=[one, other]):
            return FUNCTIONS[name](_value(one, values), _value(other, values))
    raise AssertionError(ast.dump(node))
