"""How a cycle's appraisals came about: what is odd, what is owed, and what people decided.

Everything is found by functions of other modules and gathered here into the tables of
`csperf.tables.records`. No score changes, and nothing follows from a row by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

import pandas as pd
from pandas import DataFrame, Series

from csperf.appraisal.appeals import ledger, statistics, suspended
from csperf.appraisal.before import points_before
from csperf.appraisal.by_method import BY_METHOD
from csperf.appraisal.corrections import corrected_records, deviation_log
from csperf.appraisal.decisions import confirmed_grades, local_day, plans_owed
from csperf.appraisal.eligibility import MACHINE
from csperf.appraisal.findings import findings
from csperf.appraisal.given import Given
from csperf.appraisal.improvement import training_needs
from csperf.appraisal.judging import Judgement
from csperf.appraisal.procedure import interview_triggers
from csperf.appraisal.proposing import appeal_until, report_day
from csperf.appraisal.standing import quota_places
from csperf.appraisal.statements import results_summary, shown_components, with_sides
from csperf.params import Cycle
from csperf.scheme import Scheme
from csperf.tables import INPUT_TABLES, OUTPUT_TABLES
from csperf.tables.records import RECORD_TABLES

STAMP = ["cycle_id", "department_id"]


def records_of(
    judgement: Judgement,
    tables: Mapping[str, DataFrame],
    people: DataFrame,
    scheme: Scheme,
    cycle: Cycle,
    *,
    today: date,
    timezone: str,
    values: DataFrame | None = None,
    history: DataFrame | None = None,
) -> dict[str, DataFrame]:
    """Tables that tell how the appraisals of a cycle came about.

    Parameters
    ----------
    judgement : Judgement
        What the scheme made of the cycle, its proposals with the decisions on them.
    tables : mapping
        {input table: DataFrame}; what is not given makes no rows.
    people : DataFrame
        employee_id, team_id, role, eligible, reason. Machines are in no record.
    today, timezone
        The day to tell what is overdue on, and the zone whose days are counted.
    values : DataFrame, optional
        Indicator values of people, for their own targets.
    history : DataFrame, optional
        The history table, to tell what was good in the cycle before too.

    Returns
    -------
    dict
        {name: DataFrame} for each of `GATHERED`: the columns that `csperf.tables.records` declares,
        but for the cycle and the department.

    Raises
    ------
    InputError
        For appeals and sign-offs that cannot be meant; see `appeals.ledger`,
        `decisions.confirmed_grades` and `corrections.deviation_log`.
    """
    human = people[~people["reason"].str.startswith(MACHINE, na=False)]
    known = OUTPUT_TABLES["indicator_values"].empty() if values is None else values
    given = Given(judgement, tables, human, scheme, cycle, today, timezone, known, history)
    return {name: _record(name, given) for name in GATHERED}


def _record(name: str, given: Given) -> DataFrame:
    """A record table in its declared columns but for the stamp, with the team of each person."""
    gather, needed = GATHERED[name]
    table = RECORD_TABLES[name]
    rows = gather(given) if given.has(*needed) or not needed else table.empty()
    if "employee_id" in rows and "team_id" not in rows:
        rows = rows.assign(team_id=rows["employee_id"].map(given.teams))
    return table.arrange(rows).drop(columns=STAMP)


def _appraised(given: Given) -> DataFrame:
    """Appraisals of who is appraised; of others a score is only shown, and nothing follows."""
    people = given.judgement.appraisals
    return people[people["eligible"].astype(bool)]


def _interviews_due(given: Given) -> DataFrame:
    """Reasons for talks, each with the day of the person's latest talk of the cycle."""
    due = interview_triggers(_appraised(given), given.gaps, given.scheme)
    held = given.rows("interviews")
    days = local_day(held["held_at"], given.timezone).groupby(held["employee_id"]).max()
    return due.assign(held_on=days.reindex(due["employee_id"]).to_numpy())


def _grade_decisions(given: Given) -> DataFrame:
    """Grades of who is appraised, and those of others on which somebody decided nevertheless."""
    appeals = given.rows("appeals")
    found = confirmed_grades(
        given.judgement.appraisals,
        given.evaluations,
        given.rows("sign_offs"),
        given.scheme,
        given.cycle,
        suspended=suspended(appeals, given.cycle) if given.has("appeals") else (),
        timezone=given.timezone,
    )
    mine = found["employee_id"].isin(_appraised(given)["employee_id"])
    return found[mine | found["decision"].notna()]


def _plans_owed(given: Given) -> DataFrame:
    """Plans that proposals ask for, unless somebody rejected the proposal."""
    asked = given.judgement.proposals
    asked = asked[asked["status"] != "rejected"]
    plans = given.rows("improvement_plans")
    return plans_owed(asked, plans, given.cycle, given.today, given.timezone)


def _appeal_ledger(given: Given) -> DataFrame:
    return ledger(
        given.untold(given.rows("appeals")), given.scheme, given.cycle, given.today, given.timezone
    )


def _appeal_statistics(given: Given) -> DataFrame:
    appeals = given.untold(given.rows("appeals"))
    return statistics(appeals[appeals["cycle_id"] == given.cycle.id], given.people)


def _deviation_log(given: Given) -> DataFrame:
    """The log of the cycle; a correction has the cycle of what it corrects, or of its appeal."""
    deviations, corrections = given.rows("deviations"), given.rows("corrections")
    records = corrected_records(given.tables, corrections, given.timezone)
    cycles = records["cycle_id"].fillna(_named("cycle_id", corrections["key"]))
    cycles = cycles.mask(cycles.isna() & _in_cycle(records["day"], given), given.cycle.id)
    other = cycles.isna() & records["day"].notna()
    mine = _untold(corrections, records["evaluator_type"].isin(given.anonymous), given)
    log = deviation_log(
        _untold(deviations, True, given)[_within(deviations, deviations["cycle_id"], given)],
        mine[_within(corrections, cycles, given) & ~other],
        given.rows("sign_offs"),
        _without_raters(given),
        about=records,
        window_end=report_day(given.scheme, given.cycle),
        timezone=given.timezone,
    )
    person = _named("employee_id", log["what"]).where(log["kind"] == "edit")
    return log.assign(employee_id=log["employee_id"].fillna(person))


def _untold(rows: DataFrame, hidden: Series | bool, given: Given) -> DataFrame:
    """Corrections or deviations, without key and cell of what somebody gave who is not to be told.

    `hidden` says of which evaluations that is promised.
    """
    rated = (rows["table"] == "evaluations") & hidden
    named = rows["table"].eq("evaluation_assignments") | rows["column"].eq("evaluator_id")
    untold = rated | named if given.anonymous else rated & False
    return rows.assign(
        key=rows["key"].mask(untold, "one not told"),
        **{end: rows[end].mask(untold) for end in ("old", "new")},
    )


def _without_raters(given: Given) -> DataFrame:
    """The evaluations with `anonymous` for everybody who was promised it."""
    rows = given.evaluations
    hidden = rows["evaluator_type"].isin(given.anonymous)
    return rows.assign(evaluator_id=rows["evaluator_id"].mask(hidden, "anonymous"))


def _quota_places(given: Given) -> DataFrame:
    people = given.judgement.appraisals
    people = people[people["employee_id"].isin(given.people["employee_id"])]
    return quota_places(people, given.scheme).rename(columns={"group": "group_id"})


def _standing_notes(given: Given) -> DataFrame:
    """Notes on levels, grades by shares and states, of people who are no machines."""
    people, moves = given.judgement.appraisals, _chain_moves(given)
    people = people[people["employee_id"].isin(given.people["employee_id"])]
    of = {
        "level": people[["employee_id", "level_note"]],
        "distribution_grade": people[["employee_id", "border"]],
        "state": moves[["employee_id", "note"]],
    }
    columns = ["employee_id", "note"]
    notes = pd.concat(
        [rows.set_axis(columns, axis=1).assign(about=name) for name, rows in of.items()]
    )
    notes = notes[notes["note"].notna() & (notes["note"] != "")].drop_duplicates()
    joined = notes.groupby(["employee_id", "about"], as_index=False)["note"].agg("; ".join)
    return joined.sort_values(["employee_id", "about"], ignore_index=True)


def _chain_moves(given: Given) -> DataFrame:
    moves = given.judgement.chain_moves
    mine = moves[moves["employee_id"].isin(given.people["employee_id"])]
    return mine.rename(columns={"change": "allowance_change"})


def _in_cycle(days: Series, given: Given) -> Series:
    return days.between(pd.Timestamp(given.cycle.start), pd.Timestamp(given.cycle.last_day))


def _training_needs(given: Given) -> DataFrame:
    """Needs of people; what too few evaluators said is nobody's need."""
    made, tests = given.judgement, given.tables.get("knowledge_tests")
    scores = with_sides(made.scores, given.people, given.scheme)
    return training_needs(
        given.people,
        shown_components(scores, given.scheme, made.evaluation_scores),
        made.proposals[made.proposals["status"] != "rejected"],
        given.cycle,
        None if tests is None else INPUT_TABLES["knowledge_tests"].arrange(tests),
        timezone=given.timezone,
    )


def _results_summary(given: Given) -> DataFrame:
    """Good and bad sides of people who have any."""
    made = given.judgement
    people = made.appraisals[made.appraisals["employee_id"].isin(given.people["employee_id"])]
    every_cycle = given.tables.get("evaluations", INPUT_TABLES["evaluations"].empty())
    sides = results_summary(
        people,
        made.scores,
        given.scheme,
        points_before(given.people, given.history, every_cycle, given.scheme, given.cycle),
        evaluation_scores=made.evaluation_scores,
    )
    return sides[sides[["performance", "conduct", "short_board"]].notna().any(axis=1)]


def _within(rows: DataFrame, named: Series, given: Given) -> Series:
    """Whether rows are of the cycle: by its name, or at a time between it and its last appeal."""
    last = pd.Timestamp(appeal_until(given.scheme, given.cycle))
    day = local_day(rows["at"], given.timezone)
    return (named == given.cycle.id) | (
        named.isna() & day.between(pd.Timestamp(given.cycle.start), last)
    )


def _named(column: str, keys: Series) -> Series:
    """The value of a column in keys such as `employee_id=E1; cycle_id=2026-10`."""
    return keys.str.extract(rf"\b{column}\s*=\s*([^;\s]+)")[0]


# Each with the tables of which one has to have rows; none where there may be rows without any.
GATHERED: dict[str, tuple[Callable[[Given], DataFrame], tuple[str, ...]]] = {
    "findings": (findings, ()),
    "evaluation_sources": (lambda given: given.sources, ()),
    "gaps": (lambda given: given.gaps, ("evaluations",)),
    "interviews_due": (_interviews_due, ()),
    "grade_decisions": (_grade_decisions, ()),
    "plans_owed": (_plans_owed, ()),
    "appeal_ledger": (_appeal_ledger, ("appeals",)),
    "appeal_statistics": (_appeal_statistics, ("appeals",)),
    "deviation_log": (_deviation_log, ("deviations", "corrections", "sign_offs", "evaluations")),
    "award_places": (lambda given: given.judgement.award_places, ()),
    "talent_pool": (lambda given: given.judgement.talent_pool, ()),
    "quota_places": (_quota_places, ()),
    "standing_notes": (_standing_notes, ()),
    "chain_moves": (_chain_moves, ()),
    "training_needs": (_training_needs, ()),
    "results_summary": (_results_summary, ()),
    **BY_METHOD,
}
