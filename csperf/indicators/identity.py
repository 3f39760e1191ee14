"""Who is who: accounts and former ids that exports name become the people of today.

An account stands for whoever used it at the moment of the event. A personal one has one user at a
time. A shared one is whoever of its users was on shift then, if exactly one was: as worked, else as
rostered, half-open, breaks left out. Whom it cannot be told of is nobody, and is counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, pairwise
from typing import TYPE_CHECKING

import narwhals.stable.v2 as nw
from pandas import DataFrame, Series

from csperf.errors import InputError, Problem
from csperf.indicators.clock import day_number
from csperf.indicators.exact import DAY_MS, Rows, floored
from csperf.params import Cycle
from csperf.tables import INPUT_TABLES

if TYPE_CHECKING:
    from csperf.indicators.engine import Events

WEEK_MS = 7 * DAY_MS
NEVER = -1  # moment and week of an event whose time nobody recorded
EXAMPLES = 3
# When whoever is named did it; the tables that are not here name people, not accounts.
MOMENTS = {
    "agent_states": ("start_ms",),
    "messages": ("sent_ms",),
    "conversations": ("started_ms",),
    "conversation_events": ("at_ms",),
    "calls": ("answered_ms", "offered_ms"),
    "cases": ("resolved_ms", "opened_ms"),
    "complaints": ("received_ms",),
    "surveys": ("sent_ms", "answered_ms"),
    "reviews": ("at_ms",),
    "qa_reviews": ("at_ms",),
    "orders": ("placed_ms",),
    "order_events": ("at_ms",),
    "follow_ups": ("at_ms",),
    "leads": ("created_ms",),
    "agent_daily": (),
}
SCOPED = {"targets": ("scope", "scope_id"), "goals": ("owner_scope", "owner_id")}
Segment = tuple[str, int, int, str | None]  # account, from, to, who used it
What = tuple[str, str | None]  # what is the case (a user, at work, away), and for whom
Mark = tuple[int, What, int]  # from this moment it is the case (+1), or no longer is (-1)


def with_people(name: str, events: Events) -> Rows:
    """A table whose employee columns name people by the ids of today; nobody where unknown."""
    rows = events.given(name)
    if events.accounts is not None and name in MOMENTS:
        for column in _columns(name, events):
            rows = _used(rows, column, _moment(name, events), events.accounts)
    if events.former_ids:
        for column in _columns(name, events):
            rows = _renamed(rows, column, events)
        if name in SCOPED:
            scope, id = SCOPED[name]
            person = nw.when(nw.col(scope) == "employee").then(nw.col(id))
            rows = _renamed(rows.with_columns(_person=person), "_person", events)
            rows = rows.with_columns(nw.coalesce("_person", id).alias(id)).drop("_person")
    return rows


def present_ids(employees: DataFrame) -> dict[str, str]:
    """{former id: id of today} by the column alias_of of employees.

    Raises InputError where ids were renamed in a circle.
    """
    renamed = employees.dropna(subset="alias_of")
    into = dict(zip(renamed["employee_id"], renamed["alias_of"], strict=True))
    return {former: _followed(former, into) for former in into}


def users(
    accounts: DataFrame, shifts: DataFrame, edges: tuple[int, int], former: Mapping[str, str]
) -> DataFrame:
    """Who used each account when: _account, _week, _from, _to, _user; half-open, no gaps.

    `accounts` has account_id, employee_id, from_ms, to_ms, is_shared, is_bot; `shifts` employee_id,
    start_ms, end_ms, kind, planned; `edges` are the first and the last moment in question. A row
    lies within one week (since 1970); that of the week -1 is for events without a time. Accounts of
    machines are left out: what they do stays theirs.
    """
    machines = accounts.loc[_true(accounts["is_bot"]), "account_id"]
    people = accounts[~accounts["account_id"].isin(machines)]
    people = people.assign(employee_id=_present(people["employee_id"], former))
    on_duty = shifts.assign(employee_id=_present(shifts["employee_id"], former))
    rows = [
        (id, week, max(start, week * WEEK_MS), min(end, (week + 1) * WEEK_MS), user)
        for account, mine in people.groupby("account_id", sort=True)
        for id, start, end, user in _timeline(str(account), mine, on_duty, edges)
        for week in range(start // WEEK_MS, (end - 1) // WEEK_MS + 1)
    ]
    rows += [(id, NEVER, NEVER, 0, None) for id in sorted(set(people["account_id"]))]
    table = DataFrame(rows, columns=["_account", "_week", "_from", "_to", "_user"])
    whole = dict.fromkeys(["_week", "_from", "_to"], "int64")
    return table.astype({"_account": "str", "_user": "str", **whole})


def membership_days(spells: DataFrame, first: int, last: int) -> DataFrame:
    """One row a person and day: employee_id, day (since 1970), team_id.

    `spells` has employee_id, team_id, from_day, to_day and share_pct, half-open; an open end is
    still there. Of several teams on a day the one with the largest share counts.
    """
    spells = spells.sort_values(["share_pct", "team_id"], ascending=[False, True])
    start = spells["from_day"].clip(lower=first)
    end = spells["to_day"].astype("float64").fillna(last + 1).clip(upper=last + 1)
    spans = [range(int(a), max(int(a), int(b))) for a, b in zip(start, end, strict=True)]
    days = spells[["employee_id", "team_id"]].assign(day=spans).explode("day").dropna(subset="day")
    days = days.drop_duplicates(["employee_id", "day"])
    return days[["employee_id", "day", "team_id"]].astype({"day": "int64"})


def unassigned(events: Events, cycle: Cycle) -> Iterator[dict[str, object]]:
    """Events of the cycle whose account nobody can be told to have used, as data_quality rows."""
    if events.accounts is None:
        return
    for name in (name for name in MOMENTS if name in events.names):
        for column in _columns(name, events):
            moment = _moment(name, events)
            day = floored(events.local(moment), DAY_MS)
            named = events.given(name).with_columns(_named=nw.col(column), _day=day)
            inside = named.filter(
                ~nw.col(column).is_null()
                & (nw.col("_day") >= day_number(cycle.start))
                & (nw.col("_day") < day_number(cycle.end))
            )
            found = _used(inside, column, moment, events.accounts)
            lost = found.filter(nw.col(column).is_null())
            of = int(events.engine.collect(inside.select(n=nw.len()))["n"].iloc[0])
            by_account = events.engine.collect(lost.group_by("_named").agg(n=nw.len()))
            if len(by_account):
                most = by_account.sort_values(["n", "_named"], ascending=[False, True])
                yield {
                    "table": name,
                    "check": f"{column} is an account whose user is not known (unassigned)",
                    "count": int(most["n"].sum()),
                    "share": int(most["n"].sum()) / of,
                    "example_ids": ", ".join(most["_named"].head(EXAMPLES)),
                }


def _columns(name: str, events: Events) -> list[str]:
    """Columns of a table that name somebody, by an id, a former id or an account."""
    references = INPUT_TABLES[name].references
    found = [ref.column for ref in references if ("accounts", "account_id") in ref.also]
    return [column for column in found if f"{name}.{column}" in events.columns]


def _moment(name: str, events: Events) -> nw.Expr:
    """The moment of an event; of a day's totals noon."""
    return nw.coalesce(*MOMENTS[name]) if MOMENTS[name] else events.noon(nw.col("date_day"))


def _used(rows: Rows, column: str, moment: nw.Expr, accounts: Rows) -> Rows:
    """The rows with whoever used the account in the place of it."""
    at = nw.col("_at")
    week = nw.when(at >= 0).then(floored(at, WEEK_MS)).otherwise(NEVER)
    user = nw.when(nw.col("_from").is_null()).then(nw.col(column)).otherwise(nw.col("_user"))
    names = rows.collect_schema().names()
    return (
        rows.with_columns(_at=moment.fill_null(NEVER))
        .with_columns(_week=week)
        .join(accounts, left_on=[column, "_week"], right_on=["_account", "_week"], how="left")
        .filter(nw.col("_from").is_null() | ((nw.col("_from") <= at) & (at < nw.col("_to"))))
        .with_columns(user.alias(column))
        .select(names)
    )


def _renamed(rows: Rows, column: str, events: Events) -> Rows:
    """The rows with the id of today in the place of former ones."""
    names = rows.collect_schema().names()
    former = events.small(
        "former_ids",
        lambda: DataFrame(events.former_ids.items(), columns=["_former", "_present"], dtype="str"),
    )
    return (
        rows.join(former, left_on=column, right_on="_former", how="left")
        .with_columns(nw.coalesce("_present", column).alias(column))
        .select(names)
    )


def _followed(former: str, into: Mapping[str, str]) -> str:
    """The id at the end of the chain that begins with a former one."""
    path = [former]
    while path[-1] in into:
        path.append(into[path[-1]])
        if path[-1] in path[:-1]:
            found = f"{' -> '.join(path)} leads back to itself"
            advice = "leave alias_of empty for the id that is used today"
            raise InputError(Problem("employees", found, advice, column="alias_of"))
    return path[-1]


def _present(ids: Series, former: Mapping[str, str]) -> Series:
    return ids.map(lambda id: former.get(id, id), na_action="ignore")


def _timeline(
    account: str, mine: DataFrame, shifts: DataFrame, edges: tuple[int, int]
) -> Iterator[Segment]:
    """Who used one account from the first moment to the last, piece by piece."""
    first, last = edges[0], edges[1] + 1
    steps: dict[int, list[tuple[What, int]]] = {first: [], last: []}
    for moment, what, step in chain(_uses(mine, first, last), _duties(mine, shifts)):
        steps.setdefault(min(max(moment, first), last), []).append((what, step))
    state: Counter[What] = Counter()
    start, before = first, None
    for moment, following in pairwise(sorted(steps)):
        for what, step in steps[moment]:
            state[what] += step
            if not state[what]:
                del state[what]
        user = _user(state)
        if user != before and moment > start:
            yield account, start, moment, before
            start = moment
        before = user
        if following == last:
            yield account, start, last, before


def _user(there: Iterable[What]) -> str | None:
    """Who alone can have used an account, of what is the case at a moment."""
    now: dict[str, set[str | None]] = {}
    for layer, employee in there:
        now.setdefault(layer, set()).add(employee)
    users = now.get("user", set()) | now.get("shared user", set())
    named = {user for user in users if user is not None}
    if "shared user" not in now and len(users) <= 1:
        return min(named, default=None)
    for plan in ("worked", "planned"):
        working = now.get(f"{plan} work", set()) - now.get(f"{plan} away", set())
        present = {id for id in working if id is not None and (id in named or not named)}
        if present:
            return min(present) if len(present) == 1 else None
    return None


def _uses(mine: DataFrame, first: int, last: int) -> Iterator[Mark]:
    """Where the spells of an account's users begin and end."""
    starts = mine["from_ms"].astype("float64").fillna(first)
    ends = mine["to_ms"].astype("float64").fillna(last)
    layers = _true(mine["is_shared"]).map({True: "shared user", False: "user"})
    return _marks(starts, ends, layers, mine["employee_id"])


def _duties(mine: DataFrame, shifts: DataFrame) -> Iterator[Mark]:
    """Where the shifts and breaks of whoever may share an account begin and end."""
    listed = mine["employee_id"].dropna()
    if not _true(mine["is_shared"]).any() and listed.nunique() <= 1:
        return iter(())
    if len(listed) == len(mine):  # else anybody may use it
        shifts = shifts[shifts["employee_id"].isin(listed)]
    kind = shifts["kind"].fillna("work").eq("work").map({True: "work", False: "away"})
    plan = _true(shifts["planned"]).map({True: "planned ", False: "worked "})
    return _marks(shifts["start_ms"], shifts["end_ms"], plan + kind, shifts["employee_id"])


def _marks(starts: Series, ends: Series, layers: Series, employees: Series) -> Iterator[Mark]:
    """Where something begins (+1) and ends (-1) to be the case for somebody."""
    for start, end, layer, employee in zip(starts, ends, layers, employees, strict=True):
        what = layer, employee if isinstance(employee, str) else None
        if start < end:
            yield int(start), what, 1
            yield int(end), what, -1


def _true(flags: Series) -> Series:
    """Flags as true or false; unknown is false."""
    return flags.astype("boolean").fillna(False).astype(bool)
