"""Where facts run: the input tables as lazy rows on one engine, with times as whole numbers.

Narwhals has no portable step from a timestamp to a number, so an engine takes it once, at the
edge: a column `x_at` becomes `x_ms`. Everything after that is the same expression on DuckDB and on
Spark: `x_day`, the local day since 1970, is arithmetic.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from copy import copy
from datetime import date
from functools import cached_property
from typing import Any, TypeVar

import narwhals.stable.v2 as nw
from pandas import DataFrame

from csperf.errors import InputError, Problem
from csperf.indicators.clock import (
    DAY_MS,
    EPOCH,
    day_number,
    local_ms,
    minutes_of,
    shift_of,
    shifts,
    worked_until,
    working_days,
)
from csperf.indicators.engines import Engine, engine_of
from csperf.indicators.exact import Join, Rows, as_number, floored, in_e4, whole
from csperf.indicators.identity import membership_days, present_ids, users, with_people
from csperf.indicators.writers import Writers
from csperf.params import Cycle, Measurement, Rules
from csperf.tables import EVENT_TABLES, INPUT_TABLES, Column

__all__ = ["DAY_MS", "EPOCH", "Events", "Rows", "as_number", "day_number", "in_e4"]

Day = TypeVar("Day", int, nw.Expr)
RENAMED = ["employee_id", "alias_of"]
OF_CONVERSATIONS = ("conversations", "messages", "conversation_events")
ACCOUNTS = ["account_id", "employee_id", "from_ms", "to_ms", "is_shared", "is_bot"]
SHIFTS = ["employee_id", "start_ms", "end_ms", "kind", "planned"]
RECENT_MS = 20_000 * DAY_MS  # a moment since when no zone has moved by more than an hour
MARGIN_MS = 400 * DAY_MS  # plans and windows reach beyond the data; clocks have to be known there


class Events(AbstractContextManager["Events"]):
    """The input tables as lazy rows, the rules of measurement, and what was made of them so far."""

    def __init__(
        self,
        tables: Mapping[str, Any],
        measurement: Measurement | None = None,
        zone: str = "UTC",
        exported_on: date | None = None,
        engine: Any = None,
        reuse: bool = True,
    ):
        unknown = [name for name in tables if name not in INPUT_TABLES]
        if unknown:
            known = ", ".join(INPUT_TABLES)
            raise InputError(Problem("tables", f"no table '{unknown[0]}'", f"there are {known}"))
        self.measurement = measurement or Measurement()
        self.rules: Rules = Rules.model_validate(
            {name: getattr(self.measurement, name) for name in Rules.model_fields}
        )
        self.reuse = reuse
        self.zone = zone
        self.exported_on = exported_on
        self.names = frozenset(tables)
        self.cycle_days: tuple[int, int] | None = None
        self.engine: Engine = engine_of(engine, zone)
        self._raw: dict[str, Rows] = {}
        self._of_people: dict[str, Rows] = {}
        self.columns = self._taken(tables)
        self._clocks: dict[str, list[tuple[int, int]]] = {}
        self._small: dict[str, Rows] = {}
        self._made: dict[str, Rows] = {}
        self._told: dict[str, Rows] = {}
        self._under: dict[Rules, Events] = {self.rules: self}

    def _taken(self, tables: Mapping[str, Any]) -> frozenset[str]:
        """Hand the tables to the engine; "table.column" of every column that is there."""
        given: set[str] = set()
        try:
            for name, source in tables.items():
                self._raw[name], there = self._given(name, source)
                given.update(f"{name}.{column}" for column in there)
        except BaseException:
            self.engine.close()
            raise
        return frozenset(given)

    def __exit__(self, *_: object) -> None:
        self.engine.close()

    def __getitem__(self, name: str) -> Rows:
        """A table with the local day of every time in it."""
        rows, table = self.raw(name), INPUT_TABLES[name]
        team = "team_id" if "team_id" in table.names else None
        stems = [whole(c).removesuffix("_ms") for c in table.columns if c.type == "time"]
        return rows.with_columns(
            **{f"{stem}_day": self.day(nw.col(f"{stem}_ms"), team) for stem in stems}
        )

    def raw(self, name: str) -> Rows:
        """A table with people in the place of accounts and former ids, without local days."""
        if name not in self._of_people:
            self._of_people[name] = with_people(name, self)
        return self._of_people[name]

    def given(self, name: str) -> Rows:
        """A table as it came in; one that was not given is empty."""
        if name not in self._raw:
            self._raw[name], _ = self._given(name, INPUT_TABLES[name].empty())
        return self._raw[name]

    def _given(self, name: str, source: Any) -> tuple[Rows, list[str]]:
        key = "conversation_id" if name in OF_CONVERSATIONS else None
        return self.engine.table(name, source, INPUT_TABLES[name].columns, key)

    def under(self, rules: Rules) -> Events:
        """The same events, measured with other rules."""
        if rules not in self._under:
            other = copy(self)
            other.rules, other._made, other._told = rules, {}, {}
            self._under[rules] = other
        return self._under[rules]

    def kept(self, name: str, make: Callable[[Events], Rows]) -> Rows:
        """The rows that `make` gives, computed once and kept for the facts that share them."""
        if name not in self._made:
            number = list(self._under).index(self.rules)
            plain = re.sub(r"\W+", "_", name)
            self._made[name] = self.engine.keep(f"fact_{plain}_{number}", make(self))
        return self._made[name]

    def told(self, name: str, make: Callable[[Events], Rows]) -> Rows:
        """The rows that `make` gives, put into words once, but computed by each who asks."""
        if name not in self._told:
            self._told[name] = make(self)
        return self._told[name]

    def join(self, rows: Rows, others: Rows, *on: str, how: Join = "left") -> Rows:
        """Rows with others that have the same keys, and no other column of the same name."""
        return self.engine.join(rows, others, on, how)

    def exchange(self, name: str, others: Rows, key: str) -> None:
        """Put other rows in the place of the kept ones that have the same keys."""
        self._made[name] = self.engine.exchange(self._made[name], others, key)

    def is_kept(self, name: str) -> bool:
        """Whether rows of that name are there already."""
        return name in self._made

    def count(self, name: str, make: Callable[[Events], Rows]) -> int:
        """How many rows `make` gives; they are kept."""
        counted = self.engine.query("select count(*) as n from {rows}", rows=self.kept(name, make))
        return int(counted["n"].iloc[0])

    def small(self, name: str, make: Callable[[], DataFrame]) -> Rows:
        """A small frame beside the tables, made once."""
        if name not in self._small:
            self._small[name] = self.engine.small(name, make())
        return self._small[name]

    def cover(self, cycles: tuple[Cycle, ...]) -> None:
        """Set the days that the cycles asked for cover.

        A few facts depend on them: who was a customer when the cycle began, whose test is valid.
        """
        days = [(day_number(cycle.start), day_number(cycle.end)) for cycle in cycles]
        span = (min(start for start, _ in days), max(end for _, end in days)) if days else None
        for events in self._under.values():
            events.cycle_days = span

    def local(self, ms: nw.Expr, team: str | None = None) -> nw.Expr:
        """Milliseconds on the local clock: that of the row's team where teams have their own."""
        here = local_ms(ms, self._shifts(self.zone))
        if team is None:
            return here
        for zone, teams in self.team_zones.items():
            there = local_ms(ms, self._shifts(zone))
            here = nw.when(nw.col(team).is_in(teams)).then(there).otherwise(here)
        return here

    def day(self, ms: nw.Expr, team: str | None = None) -> nw.Expr:
        """The local day of a moment."""
        return floored(self.local(ms, team), DAY_MS)

    def working(self, rows: Rows, *columns: str) -> Rows:
        """The rows with `<column>_worked` for columns on the local clock: business time so far."""
        days = self.small(f"working_days_{self.rules.calendar}", self._working_days)
        for column in columns:
            rows = worked_until(rows, column, days)
        return rows

    def customer_or(self, kind: str, id: str) -> nw.Expr:
        """The customer, or where nobody knows it the one thing that it did."""
        alone = nw.concat_str(nw.lit(f"{kind} "), nw.col(id))
        return (
            nw.when(~nw.col("customer_id").is_null()).then(nw.col("customer_id")).otherwise(alone)
        )

    def with_team(self, rows: Rows) -> Rows:
        """Rows with the team that the employee belonged to on that day, else the row's own."""
        own = rows.collect_schema().names()
        mine = nw.col("team_id") if "team_id" in own else nw.lit(None, nw.String)
        rows = rows.with_columns(_team=mine).drop("team_id", strict=False)
        if "assignments" not in self.names:
            return rows.rename({"_team": "team_id"})
        members = self.small("members", self._members)
        joined = rows.join(members, on=["employee_id", "day"], how="left")
        return joined.with_columns(team_id=nw.coalesce("team_id", "_team")).drop("_team")

    def with_department(self, rows: Rows) -> Rows:
        """Rows that have a team, with the department of it."""
        teams = self._raw["teams"].select("team_id", "department_id")
        return rows.drop("department_id", strict=False).join(teams, on="team_id", how="left")

    @property
    def first_day(self) -> int:
        """The local day of the earliest event in any table."""
        return self._day_of(self.edges[0])

    @property
    def last_day(self) -> int:
        """The local day on which the data end: that of the export, else of the latest event."""
        return day_number(self.exported_on) if self.exported_on else self._day_of(self.edges[1])

    @cached_property
    def team_zones(self) -> dict[str, list[str]]:
        """{zone: teams} of the teams whose clocks differ from the department's."""
        if "teams.tz" not in self.columns:
            return {}
        teams = self.engine.collect(self._raw["teams"].select("team_id", "tz"))
        others = teams[teams["tz"].notna() & (teams["tz"] != self.zone)]
        return {zone: group.tolist() for zone, group in others.groupby("tz")["team_id"]}

    @cached_property
    def team_hours(self) -> dict[tuple[int, int], list[str]]:
        """{(opens, closes) in minutes: teams} of the teams with service hours of their own."""
        if "teams.service_hours" not in self.columns:
            return {}
        teams = self.engine.collect(self._raw["teams"].select("team_id", "service_hours"))
        groups = teams.dropna().groupby("service_hours")["team_id"]
        return {minutes_of(hours): group.tolist() for hours, group in groups}

    @cached_property
    def machines(self) -> list[str]:
        """Employees and accounts that are machines, not people."""
        found: list[str] = []
        for table, id in (("employees", "employee_id"), ("accounts", "account_id")):
            if f"{table}.is_bot" in self.columns:
                bots = self._raw[table].filter(nw.col("is_bot").fill_null(False)).select(id)
                found += self.engine.collect(bots)[id].tolist()
        return found

    @cached_property
    def former_ids(self) -> dict[str, str]:
        """{former id: id of today} of people who were renamed or merged."""
        if "employees.alias_of" not in self.columns:
            return {}
        return present_ids(self.engine.collect(self._raw["employees"].select(*RENAMED)))

    @cached_property
    def accounts(self) -> Rows | None:
        """Who used each account when, as `identity.users` has it; None without the table."""
        if "accounts.account_id" not in self.columns:
            return None
        return self.small("users_of_accounts", self._users)

    @cached_property
    def writers(self) -> Writers:
        """Those who write messages, or whom conversations are given to, by numbers."""
        return Writers.of(self)

    @cached_property
    def conversation_key(self) -> str:
        """The column that tells conversations apart: whole numbers if they do so without fail."""
        self.given("conversations")
        sure = self.engine.tells_apart("conversations", "conversation_id")
        return "conversation_id_key" if sure else "conversation_id"

    def noon(self, day: Day) -> Day:
        """Noon of local days, give or take the hour that summer time moves it."""
        return day * DAY_MS + (DAY_MS // 2 - shift_of(self.zone, RECENT_MS))

    def _day_of(self, ms: int) -> int:
        return (ms + shift_of(self.zone, ms)) // DAY_MS

    @cached_property
    def edges(self) -> tuple[int, int]:
        """The first and the last moment at which anything happened in the work itself.

        When people judge, sign or appeal says nothing of how far the records of the work reach.
        """
        dated: dict[str, list[Column]] = {}
        # How long accounts have been used is no event.
        for name in [name for name in self._raw if name in EVENT_TABLES and name != "accounts"]:
            kind = "date" if name == "agent_daily" else "time"
            given = [c for c in INPUT_TABLES[name].columns if f"{name}.{c.name}" in self.columns]
            dated[name] = [c for c in given if c.type == kind and not c.ahead]
        spans = self.engine.spans({name: columns for name, columns in dated.items() if columns})
        days = spans.pop("agent_daily", [])
        moments = [ms for ends in spans.values() for ms in ends if ms is not None]
        moments += [self.noon(day) for day in days if day is not None]
        return min(moments, default=0), max(moments, default=0)

    def _shifts(self, zone: str) -> list[tuple[int, int]]:
        if zone not in self._clocks:
            first, last = self.edges
            self._clocks[zone] = shifts(zone, first - MARGIN_MS, last + MARGIN_MS)
        return self._clocks[zone]

    def _members(self) -> DataFrame:
        columns = ["employee_id", "team_id", "from_day", "to_day", "share_pct"]
        spells = self.engine.collect(self.raw("assignments").select(*columns))
        return membership_days(spells, self.first_day, self.last_day)

    def _users(self) -> DataFrame:
        accounts = self.engine.collect(self._raw["accounts"].select(*ACCOUNTS))
        shifts = DataFrame(columns=SHIFTS)
        if "shifts" in self.names:
            shifts = self.engine.collect(self._raw["shifts"].select(*SHIFTS))
        return users(accounts, shifts, self.edges, self.former_ids)

    def _working_days(self) -> DataFrame:
        if "calendars" not in self.names:
            advice = "give the table calendars, or leave clock: at wall"
            raise InputError(Problem("measurement.clock", "nobody says when work is done", advice))
        names = ["calendar_id", "date_day", "is_workday", "start_time", "end_time"]
        calendars = self.engine.collect(self._raw["calendars"].select(*names))
        ids = sorted(calendars["calendar_id"].unique())
        wanted = self.rules.calendar or (ids[0] if len(ids) == 1 else None)
        if wanted not in ids:
            found = f"no calendar '{wanted}'" if wanted else f"{len(ids)} calendars"
            raise InputError(
                Problem("measurement.calendar", found, f"name one of {', '.join(ids)}")
            )
        mine = calendars[calendars["calendar_id"] == wanted]
        margin = MARGIN_MS // DAY_MS
        return working_days(mine, self.first_day - margin, self.last_day + margin)
