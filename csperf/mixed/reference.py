"""The reference grid: every combination of the fixed factors' levels, and what is averaged over it.

A mean is a weighted sum of the fixed effects. Its weights are the model's columns on the rows of
the grid that belong to it, averaged; a slope is what those columns change by for one unit more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
from numpy import ndarray
from pandas import DataFrame

from csperf.errors import InputError, Problem, meant
from csperf.mixed.design import is_categorical, levels_of, model_columns
from csperf.mixed.formula import INTERCEPT, Term

LARGEST_GRID = 1_000_000  # rows


@dataclass(frozen=True)
class Reference:
    """The fixed terms, the levels of their factors, and the middle of each number.

    The middle is the mean of the rows; of a number with two values it is halfway between them, as
    emmeans counts both alike.
    """

    terms: tuple[Term, ...]
    levels: Mapping[str, ndarray]
    middles: Mapping[str, float]

    def weights(
        self,
        by: Sequence[str],
        slopes: Sequence[str] = (),
        others: Mapping[str, float] | None = None,
    ) -> tuple[DataFrame, ndarray]:
        """Cells of the factors `by`, and the weights of the fixed effects in each cell's mean.

        Of `slopes`, the change for one unit more of each; every other number stands at `others`,
        by default at its middle.
        """
        inner = [name for name in self.levels if name not in by]
        sizes = [len(self.levels[name]) for name in (*by, *inner)]
        if np.prod(sizes, dtype=float) > LARGEST_GRID:
            raise refuse(
                f"the factors {', '.join(self.levels)} have {np.prod(sizes, dtype=float):.0f} "
                f"combinations, over {LARGEST_GRID}",
                "leave a factor out of the model, or make it a random one",
            )
        codes = np.indices(sizes).reshape(len(sizes), -1) if sizes else np.empty((0, 1))
        grid = {
            name: pd.Categorical.from_codes(code, categories=self.levels[name])
            for name, code in zip((*by, *inner), codes, strict=True)
        }
        numbers = dict(self.middles if others is None else others)
        columns: ndarray | float = 0.0
        for corner in product((0.0, 1.0), repeat=len(slopes)):
            at = {**numbers, **dict(zip(slopes, corner, strict=True))}
            frame = DataFrame({**grid, **at}, index=range(codes.shape[1]))
            sign = (-1.0) ** (len(slopes) - sum(corner))
            columns = columns + sign * model_columns(frame, self.terms)[0]
        cells = int(np.prod(sizes[: len(by)]))
        each = codes.shape[1] // cells
        firsts = codes[: len(by), ::each]
        named = {name: self.levels[name][at] for name, at in zip(by, firsts, strict=True)}
        table = DataFrame(named, index=range(cells))
        return table, np.asarray(columns).reshape(cells, each, -1).mean(axis=1)

    def factors(self, by: str | Iterable[str]) -> list[str]:
        """The factors asked for, as a list.

        Raises
        ------
        InputError
            One is no fixed factor of the model, or is named twice.
        """
        names = [by] if isinstance(by, str) else list(by)
        for name in names:
            if name not in self.levels:
                known = ", ".join(self.levels) or "none"
                what = "is a number, not a factor" if name in self.middles else "is no fixed factor"
                raise refuse(f"'{name}' {what}{meant(name, self.levels)}", f"there are: {known}")
        if len(set(names)) < len(names):
            raise refuse(f"{', '.join(names)}: a factor is named twice", "name each once")
        return names

    def number(self, name: str) -> str:
        """The number whose slope is asked for.

        Raises
        ------
        InputError
            It is no number in the fixed terms.
        """
        if name not in self.middles:
            known = ", ".join(self.middles) or "none"
            raise refuse(f"'{name}' is no number in the fixed terms", f"there are: {known}")
        return name

    def hypothesis(self, term: Term) -> ndarray:
        """Weights that are all zero, times the fixed effects, if the term has no effect (type III).

        Differences between levels where the margin is in the model too, else the levels as they
        are; averaged equally over other factors, with other numbers at zero.
        """
        by = [name for name in term if name in self.levels]
        slopes = [name for name in term if name in self.middles]
        _, rows = self.weights(by, slopes, dict.fromkeys(self.middles, 0.0))
        there = {frozenset(other) for other in self.terms}
        contrasts: ndarray = np.ones((1, 1))
        for name in by:
            size = len(self.levels[name])
            own = np.eye(size)
            if frozenset(term) - {name} in there:
                own = own[1:] - own[0]
            contrasts = np.kron(contrasts, own)
        return contrasts @ rows


def reference(frame: DataFrame, terms: tuple[Term, ...]) -> Reference:
    """The grid of a frame's fixed terms."""
    levels, middles = {}, {}
    for name in dict.fromkeys(name for term in terms for name in term):
        column = frame[name]
        if is_categorical(column):
            levels[name] = levels_of(column)[1]
        else:
            values = column.to_numpy(dtype=float)
            low, high = values.min(), values.max()
            two = np.all((values == low) | (values == high))
            middles[name] = float((low + high) / 2 if two else values.mean())
    return Reference(terms, levels, middles)


def tested_terms(terms: Iterable[Term]) -> list[Term]:
    """The terms that an analysis of variance tests: all but the intercept."""
    return [term for term in terms if term != INTERCEPT]


def refuse(found: str, expected: str) -> InputError:
    """What cannot be asked of a fit."""
    return InputError(Problem("fit_mixed", found, expected))
