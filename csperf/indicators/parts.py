"""Parts of whole numbers that sum to them exactly, on every engine."""

from __future__ import annotations

import narwhals.stable.v2 as nw


def part(whole: nw.Expr, start: nw.Expr, end: nw.Expr, of: nw.Expr) -> nw.Expr:
    """What of a whole number falls between two marks on a line `of` marks long.

    The product of `of` with a mark has to fit into the type of `whole`.
    """
    rest = whole % of
    each = _quotient(whole, of)
    of_rest = _quotient(rest * end, of) - _quotient(rest * start, of)
    return (each * (end - start) + of_rest).cast(nw.Int64)


def _quotient(number: nw.Expr, by: nw.Expr) -> nw.Expr:
    """Whole division; engines may divide whole numbers as floating ones, so the rest goes first."""
    return ((number - number % by) / by).round(0).cast(nw.Int64)
