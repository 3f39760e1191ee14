"""What a table is: columns, types, units, keys, and the rule for each kind of problem."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from pandas import DataFrame, Series

Type = Literal["id", "text", "number", "count", "flag", "time", "date"]
Rule = Literal["error", "exclude", "blank", "warn"]


@dataclass(frozen=True)
class Column:
    """One column: its type, what it means, and what its values may be.

    `form` is a regular expression that text must fit; times and days that are planned may lie
    `ahead` of the day of the export.
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
    ahead: bool = False
    rule: Rule = "error"


@dataclass(frozen=True)
class TimeOrder:
    """`later` may not lie before `earlier` where both are known; nor on it, if `strict`.

    `blank` makes the later one unknown. It is for columns whose being empty says nothing; where
    it would say "never happened", `warn` keeps both: it happened, but how long it took is unknown,
    and facts leave out negative durations. Where more than 1 % of a table's rows have moments in
    the wrong order, it is asked whether clocks differ.
    """

    earlier: str
    later: str
    rule: Rule
    strict: bool = False


@dataclass(frozen=True)
class AtMost:
    """`column` may not exceed a limit: a number, or another column of the row.

    With `when`, only in rows where that column has one of the values.
    """

    column: str
    limit: float | str
    rule: Rule = "error"
    when: tuple[str, tuple[str, ...]] | None = None


@dataclass(frozen=True)
class Once:
    """A natural key beside the ids: rows that agree in all of it, to the second, are one row."""

    columns: tuple[str, ...]
    rule: Rule = "exclude"


@dataclass(frozen=True)
class Apart:
    """Half-open intervals of one `by` may not overlap; an end that is unknown is open.

    With `share`, a column of per cents (100 if unknown), they may as long as those sum to 100.
    """

    by: tuple[str, ...]
    start: str
    end: str
    share: str = ""
    rule: Rule = "warn"


@dataclass(frozen=True)
class Typical:
    """The median of `column` (of `column / per`) lies in this range unless its unit is another.

    Only values above 0 count; fewer than ten of them say nothing.
    """

    column: str
    low: float
    high: float
    per: str = ""
    rule: Rule = "warn"


@dataclass(frozen=True)
class Burst:
    """So many rows of one `by` in one minute of `at` look made up; whether they are, people say.

    Moments on the half hour are days or appointments rather than clicks and do not count.
    """

    by: str
    at: str
    rows: int = 3
    rule: Rule = "warn"


@dataclass(frozen=True)
class Repeated:
    """So many rows of one `by` with one value of `column` look made up; people say if they are."""

    by: str
    column: str
    rows: int = 3
    rule: Rule = "warn"


RowRule = TimeOrder | AtMost | Once | Apart | Typical | Burst | Repeated


@dataclass(frozen=True)
class Reference:
    """Values of `column` should occur as the key `column_there` of another table.

    Ids of columns that are named in `also` as (table, column) will do as well.
    """

    column: str
    table: str
    column_there: str
    also: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Table:
    """A declared table, its rows identified by `key`.

    Copies of a row are left out and counted; another row with the same key is an error. A table
    without a key keeps its copies, counted.
    """

    name: str
    meaning: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    rules: tuple[RowRule, ...] = ()
    references: tuple[Reference, ...] = ()

    @property
    def names(self) -> list[str]:
        """Names of the declared columns, in order."""
        return [column.name for column in self.columns]

    @property
    def ids(self) -> tuple[str, ...]:
        """Columns that tell a reader which row is meant: the key, else all ids."""
        return self.key or tuple(c.name for c in self.columns if c.type == "id")

    def column(self, name: str) -> Column:
        """Declaration of one column; KeyError if there is none."""
        return next(column for column in self.columns if column.name == name)

    def empty(self) -> DataFrame:
        """The table without rows, with its dtypes."""
        return self._blank.copy(deep=False)

    @cached_property
    def _blank(self) -> DataFrame:
        """Made once: most tables of a small department have no rows."""
        return DataFrame({c.name: Series(dtype=DTYPES[c.type]) for c in self.columns})

    def arrange(self, frame: DataFrame) -> DataFrame:
        """The declared columns of `frame` in order, absent ones empty, each in its dtype."""
        if not len(frame):
            return self.empty()
        rows = range(len(frame))
        whole = {}
        for column in self.columns:
            dtype = DTYPES[column.type]
            if column.name not in frame:
                whole[column.name] = Series(index=rows, dtype=dtype)
            elif column.type == "time":
                whole[column.name] = frame[column.name].set_axis(rows)
            else:
                whole[column.name] = frame[column.name].astype(dtype).set_axis(rows)
        return DataFrame(whole, index=rows)


DTYPES = {
    "id": "str",
    "text": "str",
    "number": "float64",
    "count": "Int64",
    "flag": "boolean",
    "time": "datetime64[us, UTC]",
    "date": "datetime64[us]",
}


def text_(name: str, meaning: str, choices: tuple[str, ...] = ()) -> Column:
    """A column of text; other words than the choices are kept and counted."""
    return Column(name, "text", meaning, choices=choices, rule="warn" if choices else "error")


def id_(name: str, meaning: str, required: bool = True, rule: Rule = "error") -> Column:
    """A column of ids: text, whatever it looks like."""
    return Column(name, "id", meaning, required, rule=rule)


def time_(name: str, meaning: str, required: bool = False, ahead: bool = False) -> Column:
    """A column of moments, kept in UTC."""
    return Column(name, "time", meaning, required, ahead=ahead)


def date_(name: str, meaning: str, required: bool = False, ahead: bool = False) -> Column:
    """A column of local dates."""
    return Column(name, "date", meaning, required, ahead=ahead)


def count_(name: str, meaning: str) -> Column:
    """A column of whole numbers from 0."""
    return Column(name, "count", meaning, at_least=0)


def number_(name: str, meaning: str, unit: str = "", required: bool = False) -> Column:
    """A column of numbers from 0."""
    return Column(name, "number", meaning, required, unit=unit, at_least=0)


def flag_(name: str, meaning: str) -> Column:
    """A column of true, false and unknown."""
    return Column(name, "flag", meaning)


def points_(name: str, meaning: str) -> Column:
    """A column of points from 0 to 100."""
    return Column(name, "number", meaning, unit="points", at_least=0, at_most=100)


def money_(name: str, meaning: str, required: bool = False) -> Column:
    """A column of amounts from 0."""
    return number_(name, meaning, "currency", required)


def currency_(of: str) -> Column:
    """The currency of a row's amounts."""
    return Column("currency", "text", f"ISO code such as CNY, of {of}", form="[A-Z]{3}")


def employee(column: str = "employee_id") -> Reference:
    """A reference to a person, by the id, a former id or an account."""
    also = (("employees", "alias_of"), ("accounts", "account_id"))
    return Reference(column, "employees", "employee_id", also)
