"""What a table is: columns, types, units, keys, and the rule for each kind of problem."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pandas import DataFrame, Series

Type = Literal["id", "text", "number", "count", "flag", "time", "date"]
Rule = Literal["error", "exclude", "warn"]


@dataclass(frozen=True)
class Column:
    """One column: its type, what it means, and what its values may be.

    `form` is a regular expression that text must fit; `single` allows one value in the whole table.
    A `required` column has to be there with a value in every row, unless it `may_be_empty`.
    `rule` says what happens to a row whose value is missing though required, out of range or not
    among the choices: the whole table is refused, the row is left out and counted, or only counted.
    """

    name: str
    type: Type
    meaning: str
    required: bool = False
    may_be_empty: bool = False
    unit: str = ""
    at_least: float | None = None
    at_most: float | None = None
    choices: tuple[str, ...] = ()
    form: str = ""
    single: bool = False
    rule: Rule = "error"


@dataclass(frozen=True)
class TimeOrder:
    """`later` may not lie before `earlier` where both are known."""

    earlier: str
    later: str
    rule: Rule = "exclude"


@dataclass(frozen=True)
class Reference:
    """Values of `column` should occur as the key `column_there` of another table."""

    column: str
    table: str
    column_there: str
    rule: Rule = "warn"


@dataclass(frozen=True)
class Table:
    """A declared table; rows are identified by `key`, and a repeated key follows `repeated`."""

    name: str
    meaning: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    repeated: Rule = "error"
    time_orders: tuple[TimeOrder, ...] = ()
    references: tuple[Reference, ...] = ()

    @property
    def names(self) -> list[str]:
        """Names of the declared columns, in order."""
        return [column.name for column in self.columns]

    def column(self, name: str) -> Column:
        """Declaration of one column; KeyError if there is none."""
        return next(column for column in self.columns if column.name == name)

    def empty(self) -> DataFrame:
        """The table without rows, with its dtypes."""
        return DataFrame({c.name: Series(dtype=DTYPES[c.type]) for c in self.columns})

    def arrange(self, frame: DataFrame) -> DataFrame:
        """The declared columns of `frame` in order, absent ones empty, each in its dtype."""
        blank = {c.name: Series(dtype=DTYPES[c.type]) for c in self.columns if c.name not in frame}
        whole = frame.assign(
            **{name: column.reindex(frame.index) for name, column in blank.items()}
        )
        types = {c.name: DTYPES[c.type] for c in self.columns if c.type != "time"}
        return whole[self.names].astype(types).reset_index(drop=True)


DTYPES = {
    "id": "str",
    "text": "str",
    "number": "float64",
    "count": "Int64",
    "flag": "boolean",
    "time": "datetime64[us, UTC]",
    "date": "datetime64[us]",
}


def text_(name: str, meaning: str) -> Column:
    """A column of free text."""
    return Column(name, "text", meaning)


def id_(name: str, meaning: str, required: bool = True, rule: Rule = "error") -> Column:
    """A column of ids: text, whatever it looks like."""
    return Column(name, "id", meaning, required, rule=rule)


def time_(name: str, meaning: str, required: bool = False) -> Column:
    """A column of moments, kept in UTC."""
    return Column(name, "time", meaning, required)


def count_(name: str, meaning: str) -> Column:
    """A column of whole numbers from 0."""
    return Column(name, "count", meaning, at_least=0)


def flag_(name: str, meaning: str) -> Column:
    """A column of true, false and unknown."""
    return Column(name, "flag", meaning)


def money_(name: str, meaning: str, required: bool = False) -> Column:
    """A column of amounts from 0, in the department's currency."""
    return Column(name, "number", meaning, required, unit="currency", at_least=0)
