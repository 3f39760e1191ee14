"""The flow on one page: from checked tables to a department's appraisals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
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
from csperf.appraisal.anonymity import published_means, published_scores, untold
from csperf.appraisal.appeals import suspended
from csperf.appraisal.corrections import corrected
from csperf.appraisal.decided_money import kept_money
from csperf.appraisal.decisions import of_leavers, signed
from csperf.appraisal.eligibility import MACHINE, assignments
from csperf.appraisal.evaluation import superseded
from csperf.appraisal.judging import Judgement, counted_means
from csperf.appraisal.longer import beyond_rules, part_cycles
from csperf.appraisal.pay_inputs import check_pay_values
from csperf.appraisal.paying import Paid, paid
from csperf.appraisal.proposing import report_day
from csperf.appraisal.records import records_of
from csperf.appraisal.renaming import continued, under_ids_of_today
from csperf.appraisal.standing import taken_for_new
from csperf.appraisal.superiors import with_days
from csperf.appraised import Appraisals
from csperf.comparison import built_uncertainty, p_noise, score_uncertainty, with_uncertainty
from csperf.errors import InputError, Problem
from csperf.fair import with_fair_scores
from csperf.indicators import Events, check_indicators, check_measurement
from csperf.measured import Measured, measured
from csperf.params import Cycle, Department, Measurement, Params, ServiceAccounts
from csperf.scheme import Scheme
from csperf.sources import in_their_files, read_tables
from csperf.tables import INPUT_TABLES, OUTPUT_TABLES, quality_frame, quality_row

__all__ = ["Appraisals", "appraise", "appraise_department", "as_of_today", "zone_of"]


@dataclass(frozen=True)
class _Case:
    """What is appraised: the tables of a department, the scheme, the cycle, and who is there."""

    tables: Mapping[str, DataFrame]
    scheme: Scheme
    cycle: Cycle
    history: DataFrame | None
    department: str
    timezone: str
    today: date
    people: DataFrame
    evaluations: DataFrame

    @property
    def staff(self) -> DataFrame:
        """The people, without machines."""
        return self.people[~self.people["reason"].str.startswith(MACHINE, na=False)]

    @property
    def suspended(self) -> list[str]:
        """Who has an open appeal, so that the effects of the cycle wait."""
        appeals = self.tables.get("appeals")
        return [] if appeals is None else suspended(appeals, self.cycle)


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
    earlier: DataFrame | None = None,
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
    earlier : DataFrame, optional
        Proposals of earlier runs of the cycle: to have signed one that is gone is no mistake.

    Raises
    ------
    InputError
        If the scheme asks for an indicator that does not exist or is of a later time, or
        evaluations do not fit it.
    """
    _check_asked(scheme, cycle, measurement or Measurement())
    tables = as_of_today(tables, timezone)
    machines = find_service_accounts(tables, service_accounts) if service_accounts else {}
    people = _with_team_names(members(tables, scheme, cycle, department, machines), tables)
    case = _Case(
        tables=tables,
        scheme=scheme,
        cycle=cycle,
        history=continued(history, tables),
        department=department,
        timezone=timezone,
        today=exported_on or report_day(scheme, cycle),
        people=people.assign(group=comparison_groups(people, scheme, department)),
        evaluations=with_days(_evaluations(tables, cycle, people), tables, cycle, scheme.superiors),
    )
    home = assignments(tables, department)
    at_work = home[home["employee_id"].isin(case.staff["employee_id"])]
    with Events({**tables, "assignments": at_work}, measurement, timezone, exported_on) as events:
        found = measured(events, cycle, people, scheme)
    made = judge(case.people, found.values, case.evaluations, scheme, cycle, case.history, tables)
    sure, changes = _with_fair_scores(case, found, _with_chance(case, found, made))
    decided = _decided(case, sure, earlier)
    kept = kept_money(
        decided.proposals,
        earlier,
        tables.get("sign_offs"),
        cycle,
        suspended=case.suspended,
        timezone=timezone,
    )
    return _published(case, found, decided, kept, changes)


def appraise_department(
    params: Params,
    department: str,
    cycle: Cycle,
    history: DataFrame | None = None,
    earlier: DataFrame | None = None,
) -> Appraisals:
    """Read a department's sources and appraise its people as its params say; see `appraise`."""
    unit = params.department(department)
    try:
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
            earlier=earlier,
        )
    except InputError as error:
        raise InputError(in_their_files(error.problems, params, department)) from error


def zone_of(params: Params, unit: Department) -> str:
    """Time zone of a department's local dates; InputError if nobody declared one."""
    zone = params.zone(unit)
    if zone is None:
        where = f"{params.path}: departments.{unit.id}"
        raise InputError(Problem(where, "no timezone", "declare one such as Asia/Shanghai"))
    return zone


def as_of_today(tables: Mapping[str, DataFrame], timezone: str) -> Mapping[str, DataFrame]:
    """The tables as corrected, and with people under the ids that they have now."""
    if "corrections" in tables:
        tables = corrected(tables, tables["corrections"], timezone)
    return under_ids_of_today(tables)


def _check_asked(scheme: Scheme, cycle: Cycle, measurement: Measurement) -> None:
    """Raise InputError if the scheme may not be used, or not for the cycle."""
    problems = []
    begin = scheme.effective_from
    if begin and cycle.last_day < begin.value:
        found = f"it is for {begin.value} on, and {cycle.id} ends on {cycle.last_day}"
        advice = "appraise the cycle by the scheme of its time"
        problems.append(Problem(f"scheme '{scheme.id}': effective_from", found, advice))
    problems += check_indicators(scheme, f"scheme '{scheme.id}'")
    problems += check_scheme(scheme, f"scheme '{scheme.id}'")
    problems += check_measurement(measurement, "measurement")
    if problems:
        raise InputError(problems)


def _with_team_names(people: DataFrame, tables: Mapping[str, DataFrame]) -> DataFrame:
    teams = tables.get("teams")
    names = teams.set_index("team_id")["name"] if teams is not None and "name" in teams else None
    named = people["team_id"].map(names) if names is not None else people["team_id"]
    return people.assign(team_name=named.astype("str").fillna(people["team_id"]))


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


def _with_chance(case: _Case, found: Measured, made: Judgement) -> Judgement:
    """How sure scores, places and grades are, and how likely chance alone is behind proposals."""
    people, scheme = case.people.set_index("employee_id"), case.scheme
    sure = score_uncertainty(
        found.values,
        scheme,
        case.evaluations,
        counted_means(made.evaluation_scores, scheme),
        people.loc[people["eligible"], "group"],
        roles=people["role"],
        role_shares=people["role_shares"],
        working_time=people["working_time"],
    )
    if part_cycles(case.cycle, scheme):
        sure = built_uncertainty(made.scores, sure, case.history, scheme, case.cycle)
    appraised = with_uncertainty(made.appraisals, sure, scheme)
    proposed, past = made.proposals, case.history
    chance = p_noise(proposed, appraised, scheme, case.cycle, past, made.chain_moves, case.tables)
    return replace(made, appraisals=appraised, proposals=proposed.assign(p_noise=chance))


def _decided(case: _Case, made: Judgement, earlier: DataFrame | None) -> Judgement:
    """With what people have decided on proposals so far; for who has left there is only money."""
    tables, proposed = case.tables, made.proposals
    if "leave_date" in tables.get("employees", ()):
        proposed = proposed[~of_leavers(proposed, tables["employees"], case.cycle)]
    if {"sign_offs", "appeals"} & {*tables}:
        proposed = signed(
            proposed,
            tables.get("sign_offs", INPUT_TABLES["sign_offs"].empty()),
            case.cycle,
            suspended=case.suspended,
            earlier=earlier,
            timezone=case.timezone,
        )
    return replace(made, proposals=proposed)


def _with_fair_scores(case: _Case, found: Measured, made: Judgement) -> tuple[Judgement, DataFrame]:
    """The judgement with fair scores, and what would change by them."""
    given = (case.people, found.values, case.evaluations, case.scheme, case.cycle)
    appraisals, changes = with_fair_scores(
        made, *given, case.history, case.tables, lambda each: _pay(case, found, each).lines
    )
    return replace(made, appraisals=appraisals), changes


def _published(
    case: _Case, found: Measured, made: Judgement, kept: DataFrame, changes: DataFrame
) -> Appraisals:
    """The tables of the result, as declared."""
    stamp = {"cycle_id": case.cycle.id, "department_id": case.department}
    teams = case.people.set_index("employee_id")["team_id"]
    records = records_of(
        made,
        case.tables,
        case.people,
        case.scheme,
        case.cycle,
        today=case.today,
        timezone=case.timezone,
        values=found.values,
        history=case.history,
    )
    pay = _pay(case, found, made, kept)
    records |= {"kept_money": _of_team(kept, teams), "pay_pools": pay.pools}
    records |= {"fair_changes": changes}
    return Appraisals(
        people=case.people,
        appraisals=_publish("appraisals", made.appraisals, stamp),
        scores=_publish("scores", _of_team(_scores_shown(case, made), teams), stamp),
        indicator_values=_publish("indicator_values", found.values, stamp),
        evaluation_scores=_publish(
            "evaluation_scores", _of_team(published_means(made.evaluation_scores), teams), stamp
        ),
        proposals=_publish("proposals", made.proposals, stamp),
        pay=_publish("pay", pay.lines, stamp),
        data_quality=_publish("data_quality", _quality(case, found), stamp),
        indicator_set=_publish("indicator_set", _set_checked(case, found, made), stamp),
        team_values=found.of_teams,
        group_values=found.overall,
        history=_publish("history", _to_remember(case, found, made), stamp),
        inputs=DataFrame(getattr(case.tables, "files", ()), columns=["path", "sha256", "bytes"]),
        records={name: _publish(name, rows, stamp) for name, rows in records.items()},
    )


def _scores_shown(case: _Case, made: Judgement) -> DataFrame:
    return published_scores(made.scores, case.scheme, made.evaluation_scores)


def _quality(case: _Case, found: Measured) -> DataFrame:
    known = getattr(case.tables, "quality", quality_frame([]))
    silent = _of_longer_period(case.scheme, case.cycle)
    new = _taken_for_new(case)
    whole = [known, found.counted, _of_evaluations(case.evaluations), silent, new]
    return untold(pd.concat(whole, ignore_index=True), case.tables, case.scheme)


def _taken_for_new(case: _Case) -> DataFrame:
    """That nobody knows where people stand in the annual chain who were there before."""
    people = case.staff[["employee_id"]].assign(hire_date=np.datetime64("NaT", "us"))
    if "hire_date" in case.tables.get("employees", ()):
        hired = case.tables["employees"].set_index("employee_id")["hire_date"]
        people["hire_date"] = hired.reindex(people["employee_id"]).to_numpy()
    rows = taken_for_new(people, case.history, case.scheme, case.cycle)
    text = "no standing in the chain known from before (taken for its start, at level 0)"
    found = [quality_row("history", text, rows, len(people), ["employee_id"])]
    return quality_frame(found if len(rows) else [])


def _of_longer_period(scheme: Scheme, cycle: Cycle) -> DataFrame:
    """That no rule was applied, in a longer period of which the scheme says nothing."""
    if scheme.longer is not None or not scheme.rules or not beyond_rules(cycle, scheme):
        return quality_frame([])
    rules = DataFrame({"rule_id": [rule.id for rule in scheme.rules]})
    text = f"rules are for {scheme.cycle} cycles (none was applied: the scheme has no longer)"
    return quality_frame([quality_row("scheme", text, rules, len(rules), ["rule_id"])])


def _pay(case: _Case, found: Measured, made: Judgement, kept: DataFrame | None = None) -> Paid:
    """Pay of the people, machines left out."""
    people = made.appraisals[made.appraisals["employee_id"].isin(case.staff["employee_id"])]
    check_pay_values(case.tables, case.scheme)
    of_everybody, proposals = found.overall, made.proposals
    return paid(
        people, case.scheme, case.cycle, case.tables, found.values, of_everybody, proposals, kept
    )


def _set_checked(case: _Case, found: Measured, made: Judgement) -> DataFrame:
    """Checks of the scheme's indicators and criteria, over the people who are appraised."""
    eligible = case.people.loc[case.people["eligible"], "employee_id"]
    scores = made.scores[made.scores["employee_id"].isin(eligible)]
    return check_indicator_set(
        case.scheme, scores, found.values, case.tables, case.cycle, found.of_days
    )


def _to_remember(case: _Case, found: Measured, made: Judgement) -> DataFrame:
    """What later cycles will need."""
    rows = history_rows(made.appraisals, found.values, found.of_teams, found.of_weeks, case.scheme)
    return rows.assign(records_from=pd.Timestamp(found.records_from))


def _of_team(frame: DataFrame, teams: Series) -> DataFrame:
    return frame.assign(team_id=frame["employee_id"].map(teams))


def _publish(name: str, frame: DataFrame, stamp: Mapping[str, str]) -> DataFrame:
    """A table in its declared columns and order, sorted by its key."""
    table = OUTPUT_TABLES[name]
    if not len(frame):
        return table.empty()
    key = [column for column in table.key if column != "cycle_id"]
    arranged = table.arrange(frame.assign(**stamp))
    in_order = name in ("scores", "pay", "indicator_set", "history")  # of the scheme, or as made
    return arranged if in_order else arranged.sort_values(key, ignore_index=True)
