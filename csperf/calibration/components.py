"""How much of the spread of scores is the people, how much the evaluators and criteria.

Generalizability theory: Brennan (2001), Generalizability Theory. The object of measurement is the
employee; evaluators, criteria and cycles are the conditions under which he or she was seen, drawn
from many that might have been.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
from numpy import ndarray
from pandas import DataFrame, factorize

from csperf.calibration.door import plain, read_scores
from csperf.errors import InputError, Problem
from csperf.mixed import fit_mixed

OBJECT = "employee_id"
COUNTED = {"evaluator_id": "evaluators", "criterion_id": "criteria", "cycle_id": "occasions"}
RESIDUAL = "residual"
INTERCEPT = "(Intercept)"
FEWEST_REPEATS = 10  # rows beyond one a cell, from which an interaction is told from the residual
UP_TO = range(1, 11)


@dataclass(frozen=True)
class GCoefficients:
    """Reliability of a mean over so many evaluators, criteria and occasions.

    relative_error and absolute_error are variances. g compares people with one another (ranks), phi
    holds them against a fixed line (grades, cut-offs) and so counts the severity of whoever rated.
    """

    g: float
    phi: float
    relative_error: float
    absolute_error: float


@dataclass(frozen=True)
class DStudy:
    """What reliability other numbers of evaluators, criteria and occasions would give.

    Attributes
    ----------
    grid : DataFrame
        A row for each combination: evaluators, criteria, occasions (as far as the components know
        them), scores (of one employee, their product), relative_error, absolute_error, g, phi.
    smallest : DataFrame
        The row with the fewest scores that reaches the reliability, for each coefficient; no row
        where none does.
    """

    reliability: float
    grid: DataFrame
    smallest: DataFrame


def variance_components(evaluations: DataFrame, formula: str | None = None) -> DataFrame:
    """Variance of scores by employee, evaluator, criterion, cycle and what they make together.

    Parameters
    ----------
    evaluations : DataFrame
        employee_id, score, and evaluator_id, criterion_id, cycle_id as far as they are known; a
        row without a score is no rating and is passed over. Leave out beforehand what should not
        count as one kind of rating: self-evaluations, earlier rounds.
    formula : str, optional
        As for `fit_mixed`. Without one each of the four columns that varies, and each two of them
        that the design can tell from the residual.

    Returns
    -------
    DataFrame
        The table components: component (column, or columns joined by `:`), variance, se, share;
        the last row is the residual, in which the highest interaction is. An evaluator who rates
        one criterion only is nested in it and counts as `criterion_id:evaluator_id`. A variance of
        zero has no se.

    Raises
    ------
    InputError
        Columns that are missing, a formula that cannot be read, or a design in which employees
        cannot be told from the residual.

    Notes
    -----
    By REML, so any incomplete design will do; on complete ones with positive variances it gives the
    expected-mean-squares estimates.
    """
    there = [OBJECT, *(name for name in COUNTED if name in evaluations)]
    ids = {name: plain(evaluations[name]) for name in there if name in evaluations}
    given = evaluations.assign(score=read_scores(evaluations, there), **ids)
    given = given[given["score"].notna()]
    fit = fit_mixed(given, formula or default_formula(given))
    table = fit.components
    only = table["term"].isin(["", INTERCEPT])
    name = table["component"].where(only, table["component"] + "." + table["term"])
    return DataFrame(
        {"component": name, **{key: table[key] for key in ("variance", "se", "share")}}
    )


def default_formula(evaluations: DataFrame) -> str:
    """The random model of the columns that vary and the pairs that the design can tell apart.

    Raises
    ------
    InputError
        Employees cannot be told from the residual: each has one score.
    """
    n = len(evaluations)
    there = [name for name in (OBJECT, *COUNTED) if name in evaluations]
    codes = {name: factorize(evaluations[name])[0] for name in there}
    codes = {name: code for name, code in codes.items() if code.max(initial=0) > 0}
    if OBJECT not in codes or n - codes[OBJECT].max() - 1 < 1:
        raise InputError(
            Problem(
                "variance_components",
                f"{n} scores of {evaluations[OBJECT].nunique()} employees cannot tell them apart",
                "give several scores an employee, of at least two",
            )
        )
    terms = {name: code for name, code in codes.items() if _repeats(code) >= 1}
    for name in [each for each in terms if each != OBJECT]:
        outer = next((other for other in terms if _within(terms, name, other)), None)
        if outer:
            terms[f"{outer}:{name}"] = terms.pop(name)
    for one, other in combinations(codes, 2):
        cells = _cells(codes[one], codes[other])
        told = all(_count(cells) > _count(codes[name]) for name in (one, other))
        if told and _repeats(cells) >= FEWEST_REPEATS and not _known(terms, cells):
            terms[f"{one}:{other}"] = cells
    return "score ~ 1 + " + " + ".join(f"(1 | {name})" for name in terms)


def _cells(one: ndarray, other: ndarray) -> ndarray:
    """Code of the pair of two codes."""
    return np.unique(one * (other.max() + 1) + other, return_inverse=True)[1]


def _count(code: ndarray) -> int:
    return int(code.max()) + 1


def _repeats(code: ndarray) -> int:
    """Rows beyond the first of each level."""
    return len(code) - _count(code)


def _within(terms: dict[str, ndarray], inner: str, outer: str) -> bool:
    """Whether each level of one occurs in a single level of the other, which has fewer."""
    if _count(terms[inner]) <= _count(terms[outer]):
        return False
    return _count(_cells(terms[inner], terms[outer])) == _count(terms[inner])


def _known(terms: dict[str, ndarray], cells: ndarray) -> bool:
    """Whether a term splits the rows in that way already."""
    count = _count(cells)
    return any(
        _count(code) == count and _count(_cells(code, cells)) == count for code in terms.values()
    )


def g_coefficients(
    components: DataFrame, evaluators: int = 1, criteria: int = 1, occasions: int = 1
) -> GCoefficients:
    """Reliability of the mean of an employee's scores by so many evaluators on so many criteria.

    Parameters
    ----------
    components : DataFrame
        component and variance, from `variance_components`.
    evaluators, criteria, occasions : int
        Conditions behind one employee's mean. Of a nested column the number within one level of
        the other: evaluators per criterion for `criterion_id:evaluator_id`.

    Raises
    ------
    InputError
        No variance of employees or no residual, a component that is none of the four columns, or a
        number for a column that the components do not know.
    """
    row = d_study(components, evaluators, criteria, occasions).grid.iloc[0]
    names = ("g", "phi", "relative_error", "absolute_error")
    return GCoefficients(*(float(row[name]) for name in names))


def d_study(
    components: DataFrame,
    evaluators: Iterable[int] | int = UP_TO,
    criteria: Iterable[int] | int = 1,
    occasions: Iterable[int] | int = 1,
    reliability: float = 0.8,
) -> DStudy:
    """How many evaluators, criteria and occasions a reliability takes.

    Parameters
    ----------
    components : DataFrame
        component and variance, from `variance_components`.
    evaluators, criteria, occasions : int or several
        Numbers to try, all combinations of them.
    reliability : float
        What is to be reached, between 0 and 1.

    Returns
    -------
    DStudy

    Raises
    ------
    InputError
        As `g_coefficients`, and numbers below 1 or a reliability that is not between 0 and 1.
    """
    if not 0 < reliability < 1:
        raise _refuse(f"a reliability of {reliability} is not between 0 and 1", "0.8 is usual")
    parts = _parts(components)
    tried = {
        name: [given] if isinstance(given, int) else [*given]
        for name, given in zip(COUNTED.values(), (evaluators, criteria, occasions), strict=True)
    }
    _refuse_counts(tried, parts)
    known = [name for column, name in COUNTED.items() if any(column in part for part, _ in parts)]
    grid = DataFrame(product(*(tried[name] for name in known)), columns=known, dtype="int64")
    relative, absolute = _errors(parts, grid)
    people = sum(variance for part, variance in parts if part == {OBJECT})
    grid["scores"] = grid[known].prod(axis=1)
    grid["relative_error"], grid["absolute_error"] = relative, absolute
    grid["g"] = people / (people + relative)
    grid["phi"] = people / (people + absolute)
    smallest = DataFrame(columns=["coefficient", *grid.columns])
    reached = {name: grid[grid[name] >= reliability] for name in ("g", "phi")}
    for name, rows in reached.items():
        if len(rows):
            least = rows.sort_values(["scores", *known]).iloc[0]
            smallest.loc[len(smallest)] = {"coefficient": name, **least}
    return DStudy(
        reliability, grid, smallest.astype({name: "int64" for name in [*known, "scores"]})
    )


def _errors(parts: list[tuple[set[str], float]], grid: DataFrame) -> tuple[ndarray, ndarray]:
    """Error variances of a comparison of people, and of holding them against a fixed line."""
    relative, absolute = np.zeros(len(grid)), np.zeros(len(grid))
    for part, variance in parts:
        if part == {OBJECT}:
            continue
        times = np.ones(len(grid))
        for column in part - {OBJECT}:
            times = times * grid[COUNTED[column]].to_numpy()
        absolute += variance / times
        if OBJECT in part:
            relative += variance / times
    return relative, absolute


def _parts(components: DataFrame) -> list[tuple[set[str], float]]:
    """The columns of each component; the residual is what all of them make together."""
    named = dict(zip(components["component"], components["variance"], strict=True))
    columns = {name: set(name.split(":")) for name in named if name != RESIDUAL}
    strange = [name for name, part in columns.items() if not part <= {OBJECT, *COUNTED}]
    if strange:
        known = ", ".join((OBJECT, *COUNTED))
        raise _refuse(f"components {', '.join(strange)} are not understood", f"columns are {known}")
    missing = [name for name in (OBJECT, RESIDUAL) if name not in named]
    if missing:
        raise _refuse(f"there is no component {' and no '.join(missing)}", "both are needed")
    everything = {OBJECT}.union(*columns.values())
    if everything == {OBJECT}:
        raise _refuse("the components know of employees only", "give evaluator_id or criterion_id")
    return [(columns.get(name, everything), variance) for name, variance in named.items()]


def _refuse_counts(tried: dict[str, list[int]], parts: list[tuple[set[str], float]]) -> None:
    for column, name in COUNTED.items():
        if not tried[name] or min(tried[name]) < 1:
            raise _refuse(f"{name} {tried[name]}", "give whole numbers from 1")
        known = any(column in part for part, _ in parts)
        if not known and name != "evaluators" and tried[name] != [1]:
            raise _refuse(f"the components say nothing of {column}", f"leave {name} out")


def _refuse(found: str, expected: str) -> InputError:
    return InputError(Problem("d_study", found, expected))
