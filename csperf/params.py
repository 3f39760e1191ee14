"""Params: which departments there are, where their exports lie and how they are read.

One params file serves an organisation; what changes between two months is only the cycle.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime
from importlib import resources
from pathlib import Path, PurePath
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    Field,
    PrivateAttr,
    ValidationError,
    field_validator,
    model_validator,
)

from csperf.cycle import Cycle as Cycle  # where everybody looks for it
from csperf.errors import InputError, Problem, meant, shown
from csperf.limits import Limits
from csperf.scheme import Days, Positive, Scheme, load_scheme
from csperf.scheme.completions import Choice
from csperf.scheme.evaluators import SMALLEST_SOURCE
from csperf.strict_yaml import Count, Id, Strict, read_model
from csperf.tables import INPUT_TABLES

POSTGRESQL, FORMS = "postgresql", "forms"  # kinds of sources; that of a file is its suffix
JSON_LINES = (".jsonl", ".ndjson")
PACKED = (".csv", *JSON_LINES)  # text that may also come as .gz
SQLITE = (".sqlite", ".sqlite3", ".db")
ONLY_FOR = {
    "sheet": ((".xlsx",), ".xlsx files"),
    "encoding": ((".csv", *JSON_LINES), ".csv and JSON lines files"),
    "delimiter": ((".csv",), ".csv files"),
    "table": ((*SQLITE, POSTGRESQL), "SQLite files and databases"),
}
# Nothing that could hide a password: none beside the user, no option that carries one.
OPTION = r"(?:host|port|sslmode|sslrootcert|sslcert|sslkey)=[^&?#\s]+"
HOST = r"(?:[\w.-]+|\[[0-9a-fA-F:]+\])?(?::[0-9]{1,5})?"
ADDRESS = re.compile(
    rf"postgres(?:ql)?://(?:[^:@/?#\s]+@)?{HOST}/[^:@/?#&=\s]+(?:\?{OPTION}(?:&{OPTION})*)?"
)


def _known_zone(name: str) -> str:
    known = available_timezones()
    if name not in known:
        advice = meant(name, known) or "; write one such as Asia/Shanghai or UTC"
        raise ValueError(f"'{name}' is no time zone{advice}")
    return name


def _whole_date(format: str) -> str:
    """A format that gives back the day it was written with."""
    moment = datetime(2001, 2, 3, 14, 5, tzinfo=UTC)
    try:
        known = datetime.strptime(moment.strftime(format), format).date() == moment.date()
    except ValueError:
        known = False
    if not known or "%Z" in format:
        raise ValueError(
            f"'{format}' is no format of a whole day; write one such as %d/%m/%Y %H:%M"
        )
    return format


def _without_password(address: str) -> str:
    """An address of a database; a message never repeats one, because it may hold a password."""
    if not ADDRESS.fullmatch(address):
        raise ValueError(
            "write postgresql://user@host/database; a password never stands in this file, set"
            " PGPASSWORD in the environment instead"
        )
    return address


Zone = Annotated[str, AfterValidator(_known_zone)]
Format = Annotated[str, AfterValidator(_whole_date)]
Name = Annotated[str, Field(min_length=1)]
Address = Annotated[str, AfterValidator(_without_password)]
Hour = Annotated[int, Field(ge=0, le=24)]


class Keep(Strict):
    """Keep one row for each `per`: the one with the highest `last_by` (a number or a time)."""

    per: Name
    last_by: Name


class Source(Strict):
    """Where one table comes from and how its columns are read.

    `path` is a file, or a folder of Parquet files; `database` the address of a PostgreSQL database;
    `forms` a folder of filled forms, which bring their own columns. `columns` is {our name: name in
    the file}, `values` {our name: {text in the file: ours}} (null means unknown), `formats` {our
    name: strptime format}. `query` is one SELECT: of a database or a SQLite file in its own SQL, of
    any other file in DuckDB's over `source`, the rows of this file and nothing else.
    """

    path: Name = ""
    database: Address = ""
    forms: Name = ""
    table: Name | None = None
    sheet: Name | None = None
    encoding: Name = "utf-8"
    delimiter: Annotated[str, Field(pattern=r'^[^"\r\n]$')] = ","
    query: Name | None = None
    columns: dict[Id, Name] = Field(default={})
    values: dict[Id, dict[str, Name | None]] = Field(default={})
    formats: dict[Id, Format] = Field(default={})
    timezone: Zone | None = None
    keep: Keep | None = None

    @model_validator(mode="after")
    def _fitting(self) -> Source:
        if sum(map(bool, (self.path, self.database, self.forms))) != 1:
            raise ValueError("give one of path:, database: and forms:")
        if self.forms and (more := self.model_fields_set - {"forms", "timezone"}):
            raise ValueError(f"{min(more)}: is not for forms, which bring their own columns")
        if "://" in self.path:
            raise ValueError("path: is no file; write an address under database:")
        for option, (kinds, named) in ONLY_FOR.items():
            if option in self.model_fields_set and self.kind not in kinds:
                found = shown(self.path) if self.path else "a database"
                raise ValueError(f"{option}: is for {named}, not {found}")
        if self.kind in ONLY_FOR["table"][0] and (self.table is None) == (self.query is None):
            raise ValueError("a database takes one of table: and query:")
        cells = (text for texts in self.values.values() for text in texts)
        if odd := [text for text in cells if not text or text != text.strip()]:
            raise ValueError(f"values: {shown(odd[0])} never occurs; cells are read without blanks")
        return self

    @property
    def kind(self) -> str:
        """`forms`, `postgresql`, or a file's suffix in small letters, .gz of packed text aside."""
        if not self.path:
            return POSTGRESQL if self.database else FORMS
        path = PurePath(self.path.lower())
        packed = path.suffix == ".gz" and path.with_suffix("").suffix in PACKED
        return (path.with_suffix("") if packed else path).suffix

    @property
    def address(self) -> str:
        """The file, the folder or the database, without options."""
        return self.path or self.forms or self.database.partition("?")[0]

    def place(self, folder: Path) -> str:
        """Where its rows stand, as a message names it."""
        there = self.address if self.database else str(folder / self.address)
        parts = {"sheet": self.sheet, "table": self.table, "query": self.query and ""}
        named = [f"{part} {name}".strip() for part, name in parts.items() if name is not None]
        return ", ".join([there, *named])


class ServiceAccounts(Strict):
    """Accounts that handle far more than a person can: more than `times` the given percentile.

    The percentile is taken over owners with at least `from_cases` cases in all records given.
    """

    percentile: Annotated[float, Field(gt=50, lt=100)] = 95
    times: Annotated[float, Field(gt=1)] = 3
    from_cases: Count = 10


class Rules(Strict):
    """Rules that an indicator is measured with; the defaults are the field's usual ones.

    Times in the unit of the name; `service_hours` are local and half-open, and may pass midnight;
    the order window is counted in local days after the conversation began. `clock: business` counts
    only the hours that the table calendars calls working hours. With `handover` whoever gets a
    conversation while a customer waits is timed from then on: `transfer` is for hand-overs by
    people and by the routing, `bot_transfer` for those by a bot; `transfer: ignore` knows of none.
    """

    bots: Literal["exclude", "include"] = "exclude"
    min_reply_s: Annotated[float, Field(ge=0)] = 1
    round_cap_s: Positive | None = 600
    cross_midnight: Literal["keep", "drop"] = "keep"
    service_hours: tuple[Hour, Hour] = (0, 24)
    clock: Literal["wall", "business"] = "wall"
    calendar: Id | None = None
    transfer: Literal["handover", "ignore"] = "handover"
    bot_transfer: Literal["handover", "ignore"] = "ignore"
    average_over: Literal["rounds", "conversations", "customers"] = "rounds"
    count_by: Literal["customer_day", "conversation"] = "customer_day"
    effective_reply_s: Positive | None = None
    within_s: Positive = 180
    touch: Literal["last", "first", "split"] = "last"
    stage: Literal["placed", "paid"] = "placed"
    order_window_days: Days = 1
    payment_window_days: Days = 3
    basis: Literal["count", "amount"] = "count"
    cohort: Literal["paid", "refunded"] = "paid"
    fault_reasons_excluded: tuple[Name, ...] = ()
    exception_codes: tuple[Name, ...] = ()
    repurchase_window_days: Days = 90
    contact_window_days: Days = 7
    first_contact: Literal["net", "gross"] = "net"
    service_level_s: Positive = 20
    abandon_tolerance_s: Annotated[float, Field(ge=0)] = 5
    satisfied_from: Annotated[float, Field(gt=0, le=1)] = 0.8


class Measurement(Rules):
    """A department's rules of measurement, and what differs from them for single indicators.

    `indicators` is {indicator: {rule: value}}; `n_min` and `maturity_days` are {indicator: value}.
    """

    n_min: dict[Id, Count] = Field(default={})
    maturity_days: dict[Id, Days] = Field(default={})
    indicators: dict[Id, dict[Id, Any]] = Field(default={})

    @model_validator(mode="after")
    def _own_rules(self) -> Measurement:
        for name in self.indicators:
            self.of(name)
        return self

    def of(self, indicator: str) -> Rules:
        """The rules that one indicator is measured with."""
        rules = {name: getattr(self, name) for name in Rules.model_fields}
        own = self.indicators.get(indicator, {})
        try:
            return Rules.model_validate({**rules, **own}, strict=True)
        except ValidationError as error:
            (first, *_) = error.errors()
            place = ".".join(map(str, first["loc"]))
            raise ValueError(f"indicators.{indicator}.{place}: {first['msg']}") from error


class Department(Strict):
    """One department: its scheme, its sources and its own rules of measurement."""

    id: Id
    name: str = ""
    scheme: Name
    completion: Choice | None = None
    timezone: Zone | None = None
    exported_on: date | None = None
    sources: dict[Id, Source]
    measurement: Measurement = Measurement()
    service_accounts: ServiceAccounts | None = None
    note: str = ""

    @field_validator("sources")
    @classmethod
    def _known_tables(cls, sources: dict[str, Source]) -> dict[str, Source]:
        unknown = [f"'{n}'{meant(n, INPUT_TABLES)}" for n in sources if n not in INPUT_TABLES]
        if unknown:
            known = ", ".join(sorted(INPUT_TABLES))
            raise ValueError(f"unknown table {', '.join(unknown)}; it takes {known}")
        return sources


class Privacy(Strict):
    """Smallest groups that are shown, and for how many days `csperf purge` leaves results alone.

    Means of fewer than `smallest_group` people are not printed, nor those of fewer than
    `smallest_source` peers, subordinates or customers where the scheme does not say from how many.
    """

    smallest_group: Annotated[int, Field(ge=3)] = 5
    smallest_source: Annotated[int, Field(ge=3)] = SMALLEST_SOURCE
    smallest_comments: Annotated[int, Field(ge=3)] = 5
    keep_days: Annotated[int, Field(ge=0)] | None = None


class Params(Strict):
    """A whole params file, as read by `load_params`."""

    organisation: Id
    language: str = "en"
    timezone: Zone | None = None
    privacy: Privacy = Privacy()
    run: Limits = Limits()
    departments: tuple[Department, ...]
    _path: Path = PrivateAttr(default=Path())

    @field_validator("language")
    @classmethod
    def _has_messages(cls, language: str) -> str:
        folder = resources.files("csperf") / "reporting" / "messages"
        known = sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir())
        if language not in known:
            raise ValueError(f"no texts in '{language}' yet; there are {', '.join(known)}")
        return language

    @model_validator(mode="after")
    def _told_apart(self) -> Params:
        if not self.departments:
            raise ValueError("departments: there is none")
        seen: dict[str, str] = {}
        for department in self.departments:
            plain = "".join(unicodedata.normalize("NFKC", department.id).casefold().split())
            if plain in seen:
                raise ValueError(
                    f"departments: '{seen[plain]}' and '{department.id}' look the same"
                )
            seen[plain] = department.id
        return self

    @property
    def path(self) -> Path:
        """The file these params were read from."""
        return self._path

    def department(self, id: str) -> Department:
        """The department with this id; InputError lists those there are."""
        for department in self.departments:
            if department.id == id:
                return department
        known = ", ".join(department.id for department in self.departments)
        raise InputError(Problem(str(self._path), f"no department '{id}'", f"there are {known}"))

    def zone(self, department: Department) -> str | None:
        """Time zone of a department's local dates; None if nobody declared one."""
        return department.timezone or self.timezone

    def scheme(self, department: Department) -> Scheme:
        """The department's scheme, its path taken from the folder of the params file.

        Of the scheme's named completions the department's own choice of one, or of several that set
        different places, counts, else the scheme's.
        """
        return self.private(
            load_scheme(self._path.parent / department.scheme, department.completion)
        )

    def private(self, scheme: Scheme) -> Scheme:
        """The scheme with the smallest source of these params, where it is silent."""
        least = self.privacy.smallest_source
        return scheme if least == SMALLEST_SOURCE else scheme.with_smallest_source(least)


def load_params(path: str | Path, language: str | None = None) -> Params:
    """Params from a YAML file, perhaps in another language.

    Raises InputError listing everything that cannot be meant, with its path in the file.
    """
    params = read_model(Path(path), Params)
    if language is not None:
        try:
            params = params.model_copy(update={"language": Params._has_messages(language)})
        except ValueError as error:
            raise InputError(Problem("--language", str(error))) from error
    params._path = Path(path)
    return params
