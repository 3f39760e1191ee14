"""One made-up department: all its tables, and the truth they were drawn from."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from numpy.random import default_rng
from pandas import DataFrame, Series, to_datetime

from csperf.simulate.chats import draw_chats, draw_messages, draw_rounds
from csperf.simulate.orders import draw_complaints, draw_orders, draw_refunds
from csperf.simulate.ratings import CRITERIA, draw_evaluations, draw_reports_due, evaluators
from csperf.simulate.rules import RULES, TIMEZONE, Calendar, Rules, calendar_between
from csperf.simulate.staff import SKILLS, draw_staff, organisation, team_sizes
from csperf.tables import INPUT_TABLES, Table
from csperf.tables.declare import DTYPES


@dataclass(frozen=True)
class SimulatedDepartment:
    """Input tables of one department and the truth they were drawn from, both by name.

    `tables`: teams, employees, assignments, conversations, messages, orders, refunds, complaints,
    reports_due, evaluations. `truth`: employees (a row a person: the skills, and in `case` one of
    equal_pair, weakest, joins, leaves, no_self_evaluation, no_manager_evaluation or nothing),
    evaluators (severity in points, positive is harsher), criteria (effect in points), changes,
    rules.
    """

    tables: dict[str, DataFrame]
    truth: dict[str, DataFrame]


def simulate_department(
    seed: int,
    employees: int = 22,
    teams: int = 2,
    start: str = "2016-02-15",
    end: str = "2016-06-01",
    conversations: int = 14_500,
    rules: Rules = RULES,
) -> SimulatedDepartment:
    """Draw a department's tables from known truth; the same arguments give the same tables.

    Parameters
    ----------
    seed : int
        Of the random numbers; every table has a stream of its own.
    employees, teams : int
        People and teams; a team has two people more than the one before. A bot comes on top.
    start, end : str
        Local dates between which conversations start, `end` excluded. Cycles are the whole months
        between; payments, refunds and complaints run on until the export 19 days after `end`.
    conversations : int
        How many conversations to draw.
    rules : Rules
        Rates and spreads that hold for the whole department.

    Returns
    -------
    SimulatedDepartment
        Its `tables` in the declared columns and types, and its `truth`.

    Raises
    ------
    ValueError
        If a team would have fewer than seven people, or the span holds no whole month.
    """
    calendar = calendar_between(start, end)
    stream = default_rng(seed).spawn(9)
    staff = draw_staff(stream[0], team_sizes(employees, teams), calendar, rules)
    chats = draw_chats(stream[1], staff, calendar, conversations, rules)
    rounds = draw_rounds(stream[2], chats, staff, calendar, rules)
    messages = draw_messages(stream[3], chats, rounds, staff)
    chats["ended_at"] = messages.groupby("chat")["sent_at"].max() + chats["lingers"]
    orders = draw_orders(stream[4], chats, staff, calendar, rules)
    tables = {
        **organisation(staff),
        "conversations": chats.filter(INPUT_TABLES["conversations"].names),
        "messages": messages.drop(columns="chat"),
        "orders": orders,
        "refunds": draw_refunds(stream[5], orders, calendar, rules),
        "complaints": draw_complaints(stream[6], chats, staff, calendar),
        "reports_due": draw_reports_due(stream[7], staff, calendar),
        "evaluations": draw_evaluations(stream[8], staff, calendar, rules),
    }
    typed = {name: _typed(frame, INPUT_TABLES[name]) for name, frame in tables.items()}
    return SimulatedDepartment(typed, _truth(staff, calendar, rules))


def _utc(seconds: Series) -> Series:
    local = to_datetime(seconds, unit="s").dt.tz_localize(TIMEZONE)
    return local.dt.tz_convert("UTC").astype("datetime64[us, UTC]")


def _typed(frame: DataFrame, table: Table) -> DataFrame:
    """Columns in the declared order and types, others behind; local seconds become UTC."""
    times = {name: _utc(frame[name]) for name in frame if name.endswith("_at")}
    declared = [column for column in table.columns if column.name in frame]
    types = {c.name: DTYPES[c.type] for c in declared if c.type != "time"}
    others = [name for name in frame if name not in table.names]
    whole = frame.assign(**times)[[*(c.name for c in declared), *others]]
    return whole.astype(types).reset_index(drop=True)


def _truth(staff: DataFrame, calendar: Calendar, rules: Rules) -> dict[str, DataFrame]:
    change = {
        "team_id": [staff["team_id"].iloc[0]],
        "quantity": ["log_response_mean"],
        "from_at": _utc(Series([calendar.change])),
        "change": [rules.response_change],
    }
    settings = asdict(rules)
    return {
        "employees": staff[["employee_id", "team_id", "case", *SKILLS]],
        "evaluators": evaluators(staff, rules),
        "criteria": DataFrame({"criterion_id": list(CRITERIA), "effect": list(CRITERIA.values())}),
        "changes": DataFrame(change),
        "rules": DataFrame({"rule": list(settings), "value": [str(v) for v in settings.values()]}),
    }
