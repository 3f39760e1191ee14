"""The flow on one page: from checked tables to a department's appraisals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import pandas as pd
from pandas import DataFrame, Series

from csperf.appraisal import (
    check_indicator_set,
    check_scheme,
    comparison_groups,
    find_service_accounts,
    history_rows,
    judge,
    members,
)
from csperf.appraisal.appeals import suspended
from csperf.appraisal.corrections import corrected
from csperf.appraisal.decisions import signed
from csperf.appraisal.eligibility import MACHINE, assignments
from csperf.appraisal.evaluation import superseded
from csperf.appraisal.judging import Judgement
from csperf.appraisal.pay import pay_lines
from csperf.appraisal.pay_inputs import group_totals, inputs_of
from csperf.errors import InputError, Problem
from csperf.indicators import Events, check_indicators, check_measurement, measure, set_aside
from csperf.indicators.engine import EPOCH
from csperf.params import Cycle, Department, Measurement, Params, ServiceAccounts
from csperf.scheme import Scheme
from csperf.sources import read_tables
from csperf.tables import INPUT_TABLES, OUTPUT_TABLES, quality_frame, quality_row

PUBLISHED = (
    "indicator_values",
    "scores",
    "evaluation_scores",
    "appraisals",
    "proposals",
    "pay",
    "data_quality",
    "indicator_set",
)


@dataclass(frozen=True)
class Appraisals:
    """One department's result of one cycle.

    `people` has names, teams and eligibility; the tables of `PUBLISHED` are as declared in
    `csperf.tables`; `team_values` are the indicators of whole teams; `history` is what later cycles
    will need; `inputs` are the files that were read, with their hashes; `records` are the tables
    that tell how it came about (`csperf.tables.records`).
    """

    people: DataFrame
    appraisals: DataFrame
    scores: DataFrame
    indicator_values: DataFrame
    evaluation_scores: DataFrame
    proposals: DataFrame
    pay: DataFrame
    data_quality: DataFrame
    indicator_set: DataFrame
    team_values: DataFrame
    history: DataFrame
    inputs: DataFrame
    records: Mapping[str, DataFrame] = field(default_factory=dict)

    @property
    def published(self) -> dict[str, DataFrame]:
        """The tables that are written for everyone to use, by name."""
        return {**{name: getattr(self, name) for name in PUBLISHED}, **self.records}

    def save(self, folder: Path) -> None:
        """Write every table as Parquet."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, frame in {**self._own(), **self.records}.items():
            frame.to_parquet(folder / f"{name}.parquet", index=False)

    @classmethod
    def load(cls, folder: Path) -> Appraisals:
        """Read what `save` wrote."""
        own = [item.name for item in fields(cls) if item.name != "records"]
        found = {path.stem: pd.read_parquet(path) for path in sorted(folder.glob("*.parquet"))}
        return cls(**{name: found.pop(name) for name in own}, records=found)

    def of_team(self, team_id: str) -> Appraisals:
        """The rows of one team; tables about the whole department stay whole."""
        cut = {name: _rows_of(frame, team_id) for name, frame in self._own().items()}
        records = {name: _rows_of(frame, team_id) for name, frame in self.records.items()}
        return replace(self, **cut, records=records)

    def _own(self) -> dict[str, DataFrame]:
        return {item.name: getattr(self, item.name) for item in fields(self)[:-1]}


def appraise(
    tables: Mapping[str, DataFrame],
    scheme: Scheme,
    cycle: Cycle,
    history: DataFrame | None = None,
    *,
    department: str = "department",
    measurement: Measurement | None = None,
    timezone: str = "UTC",
    exported_on: date | None = None,
    service_accounts: ServiceAccounts | None = None,
) -> Appraisals:
    """Appraise a department's people for one cycle.

    Parameters
    ----------
    tables : mapping
        {input table: DataFrame}, as `read_tables` returns them.
    scheme : Scheme
        Weights, scoring, grades and rules.
    cycle : Cycle
        Local dates, `start <= day < end`.
    history : DataFrame, optional
        Earlier rows of the history table, for rules over several cycles.
    department, measurement, timezone, exported_on, service_accounts
        As in the params.

    Raises
    ------
    InputError
        If the scheme asks for an indicator that does not exist, or evaluations do not fit it.
    """
    _check_asked(scheme, measurement or Measurement())
    if "corrections" in tables:
        tables = corrected(tables, tables["corrections"], timezone)
    machines = find_service_accounts(tables, service_accounts) if service_accounts else {}
    people = _with_team_names(members(tables, scheme, cycle, department, machines), tables)
    is_machine = people["reason"].str.startswith(MACHINE, na=False)
    home = assignments(tables, department)
    at_work = home[~home["employee_id"].isin(people.loc[is_machine, "employee_id"])]
    with Events({**tables, "assignments": at_work}, measurement, timezone, exported_on) as events:
        found = _measured(events, cycle, people, scheme)
    given = _evaluations(tables, cycle, people)
    people = people.assign(group=comparison_groups(people, scheme, department))
    made = judge(people, found.values, given, scheme, cycle, history, tables)
    proposed = _decided(made.proposals, tables, cycle, timezone)
    known = getattr(tables, "quality", quality_frame([]))
    quality = pd.concat([known, found.counted, _of_evaluations(given)])
    stamp = {"cycle_id": cycle.id, "department_id": department}
    teams = people.set_index("employee_id")["team_id"]
    checks = _set_checked(people, made.scores, found, tables, scheme, cycle)
    past = history_rows(made.appraisals, found.values, found.of_teams, found.of_weeks, scheme)
    return Appraisals(
        people=people,
        appraisals=_publish("appraisals", made.appraisals, stamp),
        scores=_publish("scores", _of_team(made.scores, teams), stamp),
        indicator_values=_publish("indicator_values", found.values, stamp),
        evaluation_scores=_publish(
            "evaluation_scores", _of_team(made.evaluation_scores, teams), stamp
        ),
        proposals=_publish("proposals", proposed, stamp),
        pay=_publish("pay", _pay(made, proposed, found, tables, scheme, cycle), stamp),
        data_quality=_publish("data_quality", quality, stamp),
        indicator_set=OUTPUT_TABLES["indicator_set"].arrange(checks.assign(**stamp)),
        team_values=found.of_teams,
        history=OUTPUT_TABLES["history"].arrange(
            past.assign(**stamp, records_from=pd.Timestamp(found.records_from))
        ),
        inputs=DataFrame(getattr(tables, "files", ()), columns=["path", "sha256", "bytes"]),
    )


def appraise_department(
    params: Params, department: str, cycle: Cycle, history: DataFrame | None = None
) -> Appraisals:
    """Read a department's sources and appraise its people as its params say."""
    unit = params.department(department)
    return appraise(
        read_tables(params, department),
        params.scheme(unit),
        cycle,
        history,
        department=department,
        measurement=unit.measurement,
        timezone=zone_of(params, unit),
        exported_on=unit.exported_on,
        service_accounts=unit.service_accounts,
    )


def zone_of(params: Params, unit: Department) -> str:
    """Time zone of a department's local dates; InputError if nobody declared one."""
    zone = params.zone(unit)
    if zone is None:
        where = f"{params.path}: departments.{unit.id}"
        raise InputError(Problem(where, "no timezone", "declare one such as Asia/Shanghai"))
    return zone


class _Measured(NamedTuple):
    """Indicators of people, everybody together, teams, weeks and days; what was set aside."""

    values: DataFrame
    overall: DataFrame
    of_teams: DataFrame
    of_weeks: DataFrame
    of_days: DataFrame
    counted: DataFrame
    records_from: date


def _measured(events: Events, cycle: Cycle, people: DataFrame, scheme: Scheme) -> _Measured:
    overall = measure(events, cycle, by=None)
    return _Measured(
        values=_complete(measure(events, cycle), overall, people),
        overall=overall,
        of_teams=measure(events, cycle, "team_id"),
        of_weeks=measure(events, cycle, ["team_id", "week"]),
        of_days=measure(events, cycle, "day", scheme.indicators),
        counted=set_aside(events, cycle),
        records_from=EPOCH + timedelta(days=events.first_day),
    )


def _check_asked(scheme: Scheme, measurement: Measurement) -> None:
    """Raise InputError if the scheme or the rules name an indicator that does not exist."""
    problems = check_indicators(scheme, f"scheme '{scheme.id}'")
    problems += check_scheme(scheme, f"scheme '{scheme.id}'")
    problems += check_measurement(measurement, "measurement")
    if problems:
        raise InputError(problems)


def _with_team_names(people: DataFrame, tables: Mapping[str, DataFrame]) -> DataFrame:
    teams = tables.get("teams")
    names = teams.set_index("team_id")["name"] if teams is not None and "name" in teams else None
    named = people["team_id"].map(names) if names is not None else people["team_id"]
    return people.assign(team_name=named.fillna(people["team_id"]))


def _complete(values: DataFrame, overall: DataFrame, people: DataFrame) -> DataFrame:
    """A row for each person and indicator; who has no events at all has nothing computable.

    `overall` has every indicator once and knows which have no data at all.
    """
    kinds = overall[["indicator_id", "unit", "status"]].rename(columns={"status": "anywhere"})
    grid = people[["employee_id", "team_id"]].merge(kinds, how="cross")
    whole = grid.merge(values.drop(columns="unit"), on=["employee_id", "indicator_id"], how="left")
    silent, absent = whole["status"].isna(), whole.pop("anywhere") == "not_available"
    status = whole["status"].mask(silent, "not_computable").mask(silent & absent, "not_available")
    return whole.assign(status=status, n=whole["n"].mask(silent & ~absent, 0.0))


def _evaluations(tables: Mapping[str, DataFrame], cycle: Cycle, people: DataFrame) -> DataFrame:
    """Evaluations of the cycle's people, given for this cycle."""
    if "evaluations" not in tables:
        return INPUT_TABLES["evaluations"].empty()
    rows = tables["evaluations"]
    mine = (rows["cycle_id"] == cycle.id) & rows["employee_id"].isin(people["employee_id"])
    return rows[mine]


def _of_evaluations(evaluations: DataFrame) -> DataFrame:
    """Evaluations that say nothing, counted: without a score, or replaced within their round."""
    status = evaluations["status"] if "status" in evaluations else Series(index=evaluations.index)
    excused = status.isin(["declined", "missing"])
    found = {
        "no score and not declined (treated as absent)": evaluations["score"].isna() & ~excused,
        "handed in again within the round (the last one counts)": evaluations.index.isin(
            superseded(evaluations).index
        ),
    }
    key = INPUT_TABLES["evaluations"].key
    rows = [
        quality_row("evaluations", text, evaluations[lost], len(evaluations), key)
        for text, lost in found.items()
        if lost.any()
    ]
    return quality_frame(rows)


def _decided(
    proposed: DataFrame, tables: Mapping[str, DataFrame], cycle: Cycle, timezone: str
) -> DataFrame:
    """Proposals with what people have decided on them so far."""
    if "sign_offs" not in tables:
        return proposed
    waiting = suspended(tables["appeals"], cycle) if "appeals" in tables else []
    return signed(proposed, tables["sign_offs"], cycle, suspended=waiting, timezone=timezone)


def _pay(
    made: Judgement,
    proposed: DataFrame,
    found: _Measured,
    tables: Mapping[str, DataFrame],
    scheme: Scheme,
    cycle: Cycle,
) -> DataFrame:
    """Pay statements of people, as far as the scheme says what they are paid."""
    if scheme.pay is None:
        return OUTPUT_TABLES["pay"].empty()
    people = made.appraisals
    people = people[~people["reason"].str.startswith(MACHINE, na=False)]
    inputs = inputs_of(tables, cycle, people, found.values)
    return pay_lines(people, scheme, inputs, group_totals(found.overall), proposed)


def _set_checked(
    people: DataFrame,
    scores: DataFrame,
    found: _Measured,
    tables: Mapping[str, DataFrame],
    scheme: Scheme,
    cycle: Cycle,
) -> DataFrame:
    """Checks of the scheme's indicators and criteria, over the people who are appraised."""
    eligible = scores["employee_id"].isin(people.loc[people["eligible"], "employee_id"])
    return check_indicator_set(scheme, scores[eligible], found.values, tables, cycle, found.of_days)


def _rows_of(frame: DataFrame, team_id: str) -> DataFrame:
    if "team_id" not in frame:
        return frame
    return frame[frame["team_id"] == team_id].reset_index(drop=True)


def _of_team(frame: DataFrame, teams: Series) -> DataFrame:
    return frame.assign(team_id=frame["employee_id"].map(teams))


def _publish(name: str, frame: DataFrame, stamp: Mapping[str, str]) -> DataFrame:
    """A table in its declared columns and order, sorted by its key."""
    table = OUTPUT_TABLES[name]
    key = [column for column in table.key if column != "cycle_id"]
    arranged = table.arrange(frame.assign(**stamp))
    in_order = name in ("scores", "pay")  # of the scheme
    return arranged if in_order else arranged.sort_values(key, ignore_index=True)
