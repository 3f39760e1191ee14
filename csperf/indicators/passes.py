"""One pass over a fact's rows for all its indicators: sums of whole numbers, and order statistics.

Rows become units (a distinct customer counts once), units become clusters (what varies together),
and clusters with the same denominator are put together: of m clusters with denominator x the sums
of numerators y and of y squared are all that any estimate needs. So what leaves the engine is
small, exact, and the same whatever the order of rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from pandas import DataFrame, Index, MultiIndex

from csperf.indicators.catalogue import Indicator
from csperf.indicators.engines import Engine
from csperf.indicators.exact import Rows
from csperf.indicators.facts import Fact
from csperf.indicators.intervals import Z
from csperf.params import Rules

ALL = "_all"
QUANTILES = {"median": 0.5, "p90": 0.9}
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Columns:
    """Columns of the fact that an indicator is made of, as the rules want it counted."""

    kind: str
    numerator: str
    denominator: str | None

    @classmethod
    def of(cls, row: Indicator, rules: Rules) -> Columns:
        """Cases, or money where the rules say `basis: amount` and the indicator knows both."""
        if rules.basis == "amount" and row.amount_numerator:
            return cls("ratio", row.amount_numerator, row.amount_denominator)
        return cls(row.kind, row.numerator, row.denominator)

    @property
    def y(self) -> str:
        """Name of the sums above the line."""
        return f"y_{self.numerator}_{self.denominator or ''}"

    @property
    def x(self) -> str:
        """Name of the sums below the line."""
        return f"x_{self.numerator}_{self.denominator or ''}"


@dataclass(frozen=True)
class Sums:
    """Clusters of every group by their denominator: m of them, sums of y and of y squared.

    `group` is the place in `groups` that an entry belongs to.
    """

    groups: DataFrame
    group: NDArray[np.int64]
    m: Floats
    x: Floats
    y: Floats
    yy: Floats

    def total(self, values: Floats) -> Floats:
        """Sum of the entries of each group."""
        added = np.bincount(self.group, weights=values, minlength=len(self.groups))
        return added.astype(np.float64)  # whole numbers where there is nothing to add

    def onto(self, groups: DataFrame) -> Sums:
        """The same sums among more groups."""
        return replace(self, groups=groups, group=places(self.groups, groups)[self.group])


@dataclass(frozen=True)
class Ranked:
    """Values at the ranks around a quantile, its interval's ranks, and what lies under them."""

    groups: DataFrame
    n: Floats
    total: Floats
    below: Floats
    above: Floats
    share: Floats
    low: Floats
    high: Floats

    def onto(self, groups: DataFrame) -> Ranked:
        """The same among more groups; where there is nothing n is 0 and the values are unknown."""
        there = places(groups, self.groups)
        names = ("n", "total", "below", "above", "share", "low", "high")
        arrays = {name: aligned(getattr(self, name), there) for name in names}
        for name in ("n", "total"):
            arrays[name] = np.nan_to_num(arrays[name])
        return Ranked(groups, **arrays)


def sums(
    engine: Engine, rows: Rows, fact: Fact, chosen: Iterable[Indicator], by: list[str], rules: Rules
) -> dict[str, Sums]:
    """{indicator: its sums} in one pass over the rows."""
    chosen = list(chosen)
    if not chosen:
        return {}
    return sums_of(summed(engine, rows, fact, chosen, by, rules), chosen, by, rules)


def _distinct(chosen: Iterable[Indicator], rules: Rules) -> list[Columns]:
    """What the indicators are made of, each once."""
    columns = [Columns.of(row, rules) for row in chosen]
    return list({column.x: column for column in columns}.values())


def summed(
    engine: Engine, rows: Rows, fact: Fact, chosen: Iterable[Indicator], by: list[str], rules: Rules
) -> DataFrame:
    """The clusters of every group by their denominators, as the engine hands them over."""
    distinct = _distinct(chosen, rules)
    clusters = _clusters(fact, distinct, by, rules)
    xs, ys = [column.x for column in distinct], [column.y for column in distinct]
    squares = {f"{y}_2": f"sum({_in_full(y)} * {_in_full(y)})" for y in ys}
    cells = {
        "m": "count(*)",
        **{y: _added(y) for y in ys},
        **{name: f"cast({square} as double)" for name, square in squares.items()},
    }
    return engine.query(_grouped_by([*by, *xs], cells, f"({clusters})"), fact=rows)


def sums_of(
    frame: DataFrame, chosen: Iterable[Indicator], by: list[str], rules: Rules
) -> dict[str, Sums]:
    """{indicator: its sums} from what `summed` gave."""
    chosen = list(chosen)
    distinct = _distinct(chosen, rules)
    xs = [column.x for column in distinct]
    # The order of adding up what the engine hands over decides the last bit.
    frame = frame.sort_values([*by, *xs], ignore_index=True)
    groups, group = _grouped(frame, by)
    numbers = {name: frame[name].to_numpy(float, na_value=0.0) for name in frame.columns.drop(by)}
    made = {}
    for column in distinct:
        counts = numbers[column.x] > 0
        names = ("m", column.x, column.y, f"{column.y}_2")
        made[column.x] = Sums(groups, group[counts], *(numbers[name][counts] for name in names))
    return {row.id: made[Columns.of(row, rules).x] for row in chosen}


def _clusters(fact: Fact, columns: list[Columns], by: list[str], rules: Rules) -> str:
    """What every cluster adds above (y) and below (x) the line."""
    unit = fact.unit or (fact.parts if rules.touch == "split" else None)
    keys = [*by, fact.cluster]
    if unit is None:
        added = {name: cell for column in columns for name, cell in _of_rows(column).items()}
        return _grouped_by(keys, added)
    unit = (unit,) if isinstance(unit, str) else unit
    cells = _of_units(columns, fact.any_of)
    if {*unit} == {fact.cluster}:
        return _grouped_by(keys, {name: f"cast({cell} as bigint)" for name, cell in cells.items()})
    units = _grouped_by(list(dict.fromkeys([*by, *unit, fact.cluster])), cells)
    return _grouped_by(keys, {name: _added(name) for name in cells}, f"({units})")


def _of_rows(column: Columns) -> dict[str, str]:
    """Sums over rows; nothing where either side is unknown."""
    y, x = column.numerator, column.denominator
    if x is None:
        return {column.y: _added(y), column.x: f'count("{y}")'}
    counts = f'"{y}" is not null and "{x}" > 0'
    return {column.y: _added(y, counts), column.x: _added(x, counts)}


def _of_units(columns: Iterable[Columns], any_of: Iterable[str]) -> dict[str, str]:
    """What a unit's rows add above and below the line; nothing where either side is unknown.

    A unit counts once for each of its rows, or just once if its numerator is one of `any_of`.
    """

    def gathered(name: str) -> str:
        return f'max("{name}")' if name in any_of else _added(name)

    cells: dict[str, str] = {}
    for column in columns:
        times = f'count("{column.numerator}")'
        counts = f"{times} > 0"
        if column.denominator:
            x = gathered(column.denominator)
            counts += f" and {x} > 0"
        else:
            x = "1" if column.numerator in any_of else times
        cells[column.y] = f"case when {counts} then {gathered(column.numerator)} end"
        cells[column.x] = f"case when {counts} then {x} end"
    return cells


def _added(name: str, where: str = "true") -> str:
    """SQL of a column's sum, over the rows for which something holds."""
    cell = f'"{name}"' if where == "true" else f'case when {where} then "{name}" end'
    return f"cast(coalesce(sum({cell}), 0) as bigint)"


def _in_full(name: str) -> str:
    """SQL of a column with room for its square."""
    return f'cast("{name}" as decimal(38, 0))'


def _grouped_by(keys: Iterable[str], cells: dict[str, str], source: str = "{fact}") -> str:
    """SQL of the cells by name for each combination of keys."""
    listed = _listed(keys)
    named = ", ".join(f'{cell} as "{name}"' for name, cell in cells.items())
    return f"select {listed}, {named} from {source} group by {listed}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def order_statistics(
    engine: Engine, rows: Rows, chosen: Iterable[Indicator], by: list[str]
) -> dict[str, Ranked]:
    """{indicator: the values around its quantile}, from counts of equal values.

    Ranks of the interval after Conover (1999), Practical Nonparametric Statistics, section 3.2; for
    the median those of Campbell and Gardner (1988), BMJ 296: n q -+ 1.96 sqrt(n q (1 - q)).
    """
    chosen = list(chosen)
    return ranks_of(at_ranks(engine, rows, chosen, by), chosen, by)


def at_ranks(
    engine: Engine, rows: Rows, chosen: Iterable[Indicator], by: list[str]
) -> dict[str, DataFrame]:
    """{column: its values at the ranks that indicators ask for}, as the engine hands them over."""
    wanted: dict[str, set[float]] = {}
    for row in chosen:
        wanted.setdefault(row.numerator, set()).add(QUANTILES[row.kind])
    return {
        numerator: engine.query(_at_ranks(numerator, quantiles, by), fact=rows)
        for numerator, quantiles in wanted.items()
    }


def ranks_of(
    frames: dict[str, DataFrame], chosen: Iterable[Indicator], by: list[str]
) -> dict[str, Ranked]:
    """{indicator: the values around its quantile} from what `at_ranks` gave."""
    ordered = {
        numerator: frame.sort_values([*by, "up_to"], ignore_index=True)
        for numerator, frame in frames.items()
    }
    return {
        row.id: _ranked(ordered[row.numerator], row.numerator, QUANTILES[row.kind], by)
        for row in chosen
    }


def _at_ranks(numerator: str, quantiles: set[float], by: list[str]) -> str:
    """Of every group the values that hold one of the ranks that are asked for."""
    groups, value = _listed(by), f'"{numerator}"'
    known = f"{{fact}} where {value} is not null"
    times = _grouped_by([*by, numerator], {"times": "count(*)"}, known)
    up_to = f"sum(times) over (partition by {groups} order by {value} rows unbounded preceding)"
    counted = f"""
        select *, cast({up_to} as bigint) as up_to,
            cast(sum(times) over (partition by {groups}) as bigint) as n,
            cast(sum(times * {value}) over (partition by {groups}) as bigint) as total
        from ({times})"""
    ranks = [rank for q in sorted(quantiles) for rank in _ranks(q)]
    named = ", ".join(f"{rank} as rank_{place}" for place, rank in enumerate(ranks))
    holds = [f"rank_{k} > up_to - times and rank_{k} <= up_to" for k in range(len(ranks))]
    return f"""
        select {groups}, {value}, times, up_to, n, total from (select *, {named} from ({counted}))
        where {" or ".join(holds)}"""


def _ranks(q: float) -> list[str]:
    """Ranks below and above the quantile of n values, and those of its interval."""
    place, reach = f"(n - 1) * {q}e0", f"{float(Z)}e0 * sqrt(n * ({q}e0 * (1 - {q}e0)))"
    return [
        f"floor({place}) + 1",
        f"ceil({place}) + 1",
        f"round(n * {q}e0 - {reach}, 0)",
        f"round(1 + n * {q}e0 + {reach}, 0)",
    ]


def _ranked(frame: DataFrame, numerator: str, q: float, by: list[str]) -> Ranked:
    groups, group = _grouped(frame, by)
    first = np.searchsorted(group, np.arange(len(groups)))
    n = frame["n"].to_numpy(float)[first]
    total = frame["total"].to_numpy(float)[first]
    values, up_to = frame[numerator].to_numpy(float), frame["up_to"].to_numpy(float)
    since = up_to - frame["times"].to_numpy(float)
    place, reach = (n - 1) * q, float(Z) * np.sqrt(n * (q * (1 - q)))

    def at(rank: Floats) -> Floats:
        holds = (up_to >= rank[group]) & (since < rank[group])
        found = np.full(len(groups), np.nan)
        found[group[holds]] = values[holds]
        return found

    return Ranked(
        groups=groups,
        n=n,
        total=total,
        below=at(np.floor(place) + 1),
        above=at(np.ceil(place) + 1),
        share=place - np.floor(place),
        low=at(np.rint(n * q - reach)),
        high=at(np.rint(1 + n * q + reach)),
    )


def whole_column(engine: Engine, rows: Rows, column: str, by: list[str]) -> DataFrame:
    """Of every group the sum and the largest value of a column, and of how many (n)."""
    cells = {"total": _added(column), "largest": f'max("{column}")', "n": f'count("{column}")'}
    cells = {name: f"cast({cell} as double)" for name, cell in cells.items()}
    return engine.query(_grouped_by(by, cells), fact=rows)


def places(groups: DataFrame, among: DataFrame) -> NDArray[np.int64]:
    """The place of each group among others; -1 where it is not there."""
    if groups.empty or among.empty:
        return np.full(len(groups), -1)
    return _index(among).get_indexer(_index(groups))


def _index(groups: DataFrame) -> Index:
    """Groups to look up; those of one column need no tuples, which take eight times as long."""
    return Index(groups.iloc[:, 0]) if groups.shape[1] == 1 else MultiIndex.from_frame(groups)


def aligned(numbers: Floats, place: NDArray[np.int64]) -> Floats:
    """Numbers taken from their places; unknown where there is none (-1)."""
    found = np.full(len(place), np.nan)
    found[place >= 0] = numbers[place[place >= 0]]
    return found


def _grouped(frame: DataFrame, by: list[str]) -> tuple[DataFrame, NDArray[np.int64]]:
    """The groups of a frame that is in their order, and the place of every row's group."""
    first = ~frame.duplicated(by).to_numpy()
    return DataFrame({name: frame[name].array[first] for name in by}), first.cumsum() - 1
