"""A frame and a formula as numbers: what is explained, fixed columns, random columns by group."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from numpy import ndarray
from pandas import DataFrame, Series

from csperf.errors import InputError, Problem, meant, shown
from csperf.mixed.formula import INTERCEPT, Formula, RandomTerm, Term, term_name

SMALLEST_PIVOT = 1e-9  # of a column with length 1, once those before it are taken out
SHOWN_ROWS = 5


@dataclass(frozen=True)
class Group:
    """Random effects that vary by the levels of one grouping factor.

    The n x q `columns` are those of its terms side by side, made orthogonal within a term and of
    mean square 1: `original = columns @ unmix`, block-diagonal and lower-triangular like the
    relative Cholesky factor. `pattern` holds the (row, column) of that factor's free entries.
    """

    name: str
    levels: ndarray
    codes: ndarray
    names: tuple[str, ...]
    columns: ndarray
    unmix: ndarray
    pattern: tuple[tuple[int, int], ...]

    @property
    def size(self) -> int:
        """Number of random effects."""
        return len(self.levels) * len(self.names)


@dataclass(frozen=True)
class Design:
    """y, X with its column names, and the groups of random effects."""

    y: ndarray
    x: ndarray
    names: tuple[str, ...]
    groups: tuple[Group, ...]


def design(frame: DataFrame, formula: Formula, residual: bool = True) -> Design:
    """Numbers for the solver.

    Without a residual, as in a model of counts, a group may have a level for each row.

    Raises
    ------
    InputError
        Columns that are unknown, missing values, groups whose variance cannot be told, or fixed
        columns that repeat each other.
    """
    _refuse_gaps(frame, formula)
    y = _numbers(frame[formula.response])
    x, names = model_columns(frame, formula.fixed)
    n = len(frame)
    if n <= x.shape[1]:
        raise _refuse(f"{n} rows cannot tell {x.shape[1]} fixed effects", "give more rows")
    _refuse_repeated_columns(x, names)
    groups = tuple(_group(frame, by, terms, residual) for by, terms in _by_group(formula).items())
    _refuse_same_groups(groups)
    return Design(y, x, names, groups)


def model_columns(frame: DataFrame, terms: Iterable[Term]) -> tuple[ndarray, tuple[str, ...]]:
    """Columns of the terms with R's coding: treatment contrasts where the margin is there too."""
    terms = list(terms)
    there = {frozenset(term) for term in terms}
    parts = [np.empty((len(frame), 0))]
    names: list[str] = []
    for term in terms:
        columns, labels = np.ones((len(frame), 1)), [""]
        for name in term:
            contrasts = frozenset(term) - {name} in there
            more, added = _coded(frame[name], contrasts)
            columns = (more[:, :, None] * columns[:, None, :]).reshape(len(frame), -1)
            labels = [":".join(filter(None, (a, b))) for b in added for a in labels]
        parts.append(columns)
        names += [label or term_name(INTERCEPT) for label in labels]
    return np.hstack(parts), tuple(names)


def is_categorical(column: Series) -> bool:
    """Text, categories and yes/no count as categories; numbers as numbers."""
    return not pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column)


def _coded(column: Series, contrasts: bool) -> tuple[ndarray, list[str]]:
    """A number as it is; a category as indicators, without the first level for contrasts."""
    if not is_categorical(column):
        return _numbers(column)[:, None], [str(column.name)]
    codes, levels = levels_of(column)
    if len(levels) < 2:
        raise _refuse(f"has one value, {shown(levels[0])}", "leave it out", column=str(column.name))
    first = 1 if contrasts else 0
    indicators = (codes[:, None] == np.arange(first, len(levels))).astype(float)
    return indicators, [f"{column.name}[{level}]" for level in levels[first:]]


def levels_of(column: Series) -> tuple[ndarray, ndarray]:
    """Codes and levels, in the order of the categories or else sorted; unused ones left out."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.cat.remove_unused_categories()
        return column.cat.codes.to_numpy(dtype=np.intp), column.cat.categories.to_numpy()
    codes, levels = pd.factorize(column, sort=True)
    return codes, np.asarray(levels)


def _numbers(column: Series) -> ndarray:
    if is_categorical(column):
        raise _refuse("is not a number", "give numbers", column=str(column.name))
    return column.to_numpy(dtype=float)


def _by_group(formula: Formula) -> dict[Term, list[RandomTerm]]:
    """Random terms by their grouping factor, the same columns in another order counted as one."""
    names: dict[frozenset[str], Term] = {}
    found: dict[Term, list[RandomTerm]] = {}
    for term in formula.random:
        by = names.setdefault(frozenset(term.group), term.group)
        found.setdefault(by, []).append(term)
    for by, terms in found.items():
        inner = [frozenset(name) for term in terms for name in term.terms]
        for name in inner:
            if inner.count(name) > 1:
                what = f"{term_name(tuple(name))} varies by {term_name(by)} in two terms"
                raise _refuse(f"formula {shown(formula.text)}: {what}", "name it in one of them")
    return found


def _group(frame: DataFrame, by: Term, terms: list[RandomTerm], residual: bool) -> Group:
    codes, levels = _cells(frame, by)
    name, n = term_name(by), len(frame)
    if len(levels) == 1:
        found = f"'{name}' has one level, {shown(levels[0])}: its variance cannot be told"
        raise _refuse(found, f"leave (... | {name}) out")
    given = [model_columns(frame, term.terms) for term in terms]
    names = [label for _, labels in given for label in labels]
    if residual and len(levels) * len(names) >= n:
        effects = f" of {len(names)} effects" if len(names) > 1 else ""
        raise _refuse(
            f"'{name}' has {len(levels)} levels{effects} in {n} rows: "
            "its variance cannot be told from the residual",
            f"leave (... | {name}) out or give several rows a level",
        )
    _orthogonal(np.hstack([columns for columns, _ in given]), names, name)  # refuses repetitions
    parts = [_orthogonal(columns, labels, name) for columns, labels in given]
    unmix, pattern, at = np.zeros((len(names), len(names))), [], 0
    for _, factor in parts:
        end = at + len(factor)
        unmix[at:end, at:end] = factor
        pattern += [(row, column) for row in range(at, end) for column in range(at, row + 1)]
        at = end
    columns = np.hstack([scaled for scaled, _ in parts])
    return Group(name, levels, codes, tuple(names), columns, unmix, tuple(pattern))


def _cells(frame: DataFrame, by: Term) -> tuple[ndarray, ndarray]:
    """Code of each row's level, and the levels; of an interaction those that occur, as `a:b`."""
    codes, levels = levels_of(frame[by[0]])
    if len(by) == 1:
        return codes, levels
    texts = levels.astype(str).astype(object)
    for name in by[1:]:
        more, others = levels_of(frame[name])
        cells, codes = np.unique(codes * len(others) + more, return_inverse=True)
        texts = (
            texts[cells // len(others)]
            + ":"
            + others.astype(str).astype(object)[cells % len(others)]
        )
    return codes, texts


def _orthogonal(columns: ndarray, labels: Sequence[str], group: str) -> tuple[ndarray, ndarray]:
    """Columns of mean square 1 and uncorrelated, and the lower triangle that undoes it."""
    q, r = np.linalg.qr(columns[:, ::-1])
    pivots = np.abs(np.diag(r))
    if pivots.min() <= SMALLEST_PIVOT * np.linalg.norm(columns, axis=0).max():
        raise _refuse(
            f"the columns {', '.join(labels)} that vary by '{group}' repeat each other",
            "leave one of them out",
        )
    signs, root = np.sign(np.diag(r)), np.sqrt(len(columns))
    factor = (signs[:, None] * r)[::-1, ::-1] / root
    return (q * signs)[:, ::-1] * root, factor


def _refuse(found: str, expected: str, column: str = "") -> InputError:
    return InputError(Problem("fit_mixed", found, expected, column=column))


def _refuse_gaps(frame: DataFrame, formula: Formula) -> None:
    """Unknown columns, and values that are missing or infinite."""
    unknown = [name for name in formula.columns if name not in frame]
    if unknown:
        known = [str(name) for name in frame]
        raise InputError(
            Problem(
                "fit_mixed",
                f"the frame has no such column{meant(name, known)}",
                f"it has {', '.join(known)}",
                column=name,
            )
            for name in unknown
        )
    problems = []
    for name in formula.columns:
        column = frame[name]
        gap = column.isna().to_numpy()
        if not is_categorical(column):
            gap = gap | ~np.isfinite(column.to_numpy(dtype=float, na_value=np.nan))
        if gap.any():
            rows = ", ".join(str(label) for label in frame.index[gap][:SHOWN_ROWS])
            more = ", ..." if gap.sum() > SHOWN_ROWS else ""
            problems.append(
                Problem(
                    "fit_mixed",
                    f"missing in {gap.sum()} of {len(frame)} rows ({rows}{more})",
                    f"fill them or leave them out: frame.dropna(subset=['{name}'])",
                    column=name,
                )
            )
    if problems:
        raise InputError(problems)
    if frame.empty:
        raise _refuse("the frame has no rows", "give the scores to explain")


def _refuse_repeated_columns(x: ndarray, names: tuple[str, ...]) -> None:
    """A fixed column that the others already say has no effect of its own."""
    if not names:
        return
    lengths = np.linalg.norm(x, axis=0)
    pivots = np.abs(np.diag(np.linalg.qr(x / np.where(lengths > 0, lengths, 1))[1]))
    repeated = [name for name, pivot in zip(names, pivots, strict=True) if pivot < SMALLEST_PIVOT]
    if repeated:
        raise _refuse(
            f"the fixed effects {', '.join(repeated)} follow from the others",
            "leave them out or merge their levels",
        )


def _refuse_same_groups(groups: tuple[Group, ...]) -> None:
    for one, other in combinations(groups, 2):
        if len(one.levels) != len(other.levels) or not set(one.names) & set(other.names):
            continue
        if is_nested(one.codes, other.codes):
            raise _refuse(
                f"'{one.name}' and '{other.name}' split the rows in the same way: "
                "their variances cannot be told apart",
                "leave one of them out",
            )


def is_nested(inner: ndarray, outer: ndarray) -> bool:
    """Whether every level of the inner factor lies within one level of the outer."""
    first = np.empty(inner.max() + 1, dtype=outer.dtype)
    first[inner] = outer
    return bool((first[inner] == outer).all())
