"""What only several tables together can show: ids that point nowhere, and rows that contradict."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from csperf.errors import InputError
from csperf.tables.declare import Reference
from csperf.tables.findings import Findings, quality_frame
from csperf.tables.input import INPUT_TABLES
from csperf.tables.money import mixed

Frames = Mapping[str, DataFrame]
Array = np.ndarray[Any, np.dtype[Any]]
LATEST_ZONE = pd.Timedelta(hours=36)  # from a date's start in UTC to its end at UTC-12
CENT = 0.01


@dataclass(frozen=True)
class Contradiction:
    """Rows of `table` that `find` says true of contradict another table; they are kept, counted.

    `needs` are the tables and columns, as table.column, without which nothing can be said. Of
    moments it is asked whether clocks differ (`clocks`) where more than a few rows contradict.
    """

    table: str
    column: str
    what: str
    needs: tuple[str, ...]
    find: Callable[[Frames], Array]
    clocks: bool = False


def check_together(tables: Frames, exported_on: date | None = None) -> DataFrame:
    """Hold checked tables against one another; nothing is left out.

    Parameters
    ----------
    tables : mapping
        {input table name: DataFrame} in declared types.
    exported_on : date, optional
        Day of the export; what happened after it is counted. Not looked for if left out.

    Returns
    -------
    DataFrame
        data_quality rows.

    Raises
    ------
    InputError
        For amounts of several currencies that nobody converted (`in_one_currency`).
    """
    if problems := mixed(tables):
        raise InputError(problems)
    counted = []
    for name, frame in tables.items():
        findings = Findings(name, INPUT_TABLES[name], len(frame))
        for link in findings.table.references:
            if link.column in frame and link.table in tables:
                _check_reference(frame, link, tables, findings)
        for rule in CONTRADICTIONS:
            if rule.table == name and all(_given(tables, path) for path in rule.needs):
                add = findings.add_skewed if rule.clocks else findings.add
                add(frame[rule.find(tables)], rule.column, rule.what, "warn")
        if exported_on is not None:
            _check_future(frame, exported_on, findings)
        counted += findings.counted
    return quality_frame(counted)


def _given(tables: Frames, path: str) -> bool:
    table, column = path.split(".")
    return table in tables and column in tables[table]


def _check_reference(frame: DataFrame, link: Reference, tables: Frames, findings: Findings) -> None:
    """Count ids that are not there, and apart from them those that only lack leading zeros."""
    known = [
        tables[table][column]
        for table, column in ((link.table, link.column_there), *link.also)
        if _given(tables, f"{table}.{column}")
    ]
    lost = frame[frame[link.column].notna() & ~_among(frame[link.column], *known)]
    if lost.empty:
        return
    bare = (values.str.lstrip("0") for values in known)
    damaged = _among(lost[link.column].str.lstrip("0"), *bare)
    what = f"known in {link.table} with other zeros in front: damaged by a spreadsheet?"
    findings.add(lost[damaged], link.column, what, "warn")
    findings.add(lost[~damaged], link.column, f"unknown in {link.table}", "warn")


def _check_future(frame: DataFrame, exported_on: date, findings: Findings) -> None:
    day = pd.Timestamp(exported_on)
    ends = {"date": day, "time": (day + LATEST_ZONE).tz_localize("UTC")}
    for column in findings.table.columns:
        if column.name in frame and column.type in ends and not column.ahead:
            late = frame[frame[column.name] > ends[column.type]]
            findings.add(late, column.name, "lies after the day of the export", "warn")


def _joint(*columns: Series) -> list[Array]:
    """The columns as whole numbers, equal for equal ids in all of them; -1 where unknown."""
    codes, _ = pd.factorize(pd.concat([column.astype("str") for column in columns]))
    return np.split(codes, np.cumsum([len(column) for column in columns])[:-1])


def _among(ids: Series, *known: Series) -> Array:
    """Whether each id is one of the known ones; much faster than isin, which compares texts."""
    numbers, *others = _joint(ids, *known)
    there = np.zeros(max(len(ids) + sum(map(len, known)), 1), dtype=bool)
    for other in others:
        there[other[other >= 0]] = True
    return there[numbers] & (numbers >= 0)


def _bots_at_work(tables: Frames) -> Array:
    staff = tables["employees"]
    bots = staff.loc[staff["is_bot"].fillna(False).astype(bool), "employee_id"]
    return _among(tables["assignments"]["employee_id"], bots)


def _refunded_above_paid(tables: Frames) -> Array:
    """Completed refunds of orders that got back more than was paid for them."""
    refunds, orders = tables["refunds"], tables["orders"]
    given = orders["paid_amount"].fillna(orders["amount"]) if "paid_amount" in orders else None
    of, order = _joint(refunds["order_id"], orders["order_id"])
    paid = np.full(len(of) + len(order), np.inf)
    paid[order] = orders["amount"] if given is None else given
    done = (refunds["status"] == "completed").to_numpy(dtype=bool)
    back = np.bincount(of, refunds["amount"].to_numpy() * done, len(paid))
    return done & (back[of] >= paid[of] + CENT)


def _other_owner(tables: Frames) -> Array:
    """Orders whose employee neither got nor wrote in the chat that they came from."""
    orders, chats = tables["orders"], tables["conversations"]
    had = [chats[["conversation_id", "initial_agent_id"]].set_axis(["chat", "by"], axis=1)]
    if _given(tables, "messages.employee_id"):
        written = tables["messages"][["conversation_id", "employee_id"]]
        had.append(written.set_axis(["chat", "by"], axis=1))
    part = pd.concat(had).dropna()
    chat, chat_there = _joint(orders["attributed_conversation_id"], part["chat"])
    owner, by = _joint(orders["attributed_employee_id"], part["by"])
    people = max(owner.max(initial=0), by.max(initial=0)) + 1
    took_part = np.isin(chat * people + owner, chat_there * people + by)
    return (chat >= 0) & (owner >= 0) & np.isin(chat, chat_there) & ~took_part


def _two_acceptors(tables: Frames) -> Array:
    """Steps `accepted` of orders that several employees accepted."""
    steps = tables["order_events"]
    accepted = (steps["event"] == "accepted") & steps["employee_id"].notna()
    pairs = steps.loc[accepted, ["order_id", "employee_id"]].drop_duplicates()
    twice = pairs.loc[pairs.duplicated("order_id"), "order_id"]
    return accepted.to_numpy(dtype=bool) & _among(steps["order_id"], twice)


def _own_customer(tables: Frames) -> Array:
    """Surveys of chats whose customer is one of the employees."""
    chats = tables["conversations"]
    own = chats[_among(chats["customer_id"], tables["employees"]["employee_id"])]
    return _among(tables["surveys"]["conversation_id"], own["conversation_id"])


def _moments_of(table: DataFrame, id: str, at: str, ids: Series) -> Array:
    """When what the ids name took place, to the second; unknown where nothing there has the id."""
    of, there = _joint(ids, table[id])
    moments = np.full(len(of) + len(there) + 1, np.datetime64("NaT", "s"))
    moments[there] = table[at].to_numpy("datetime64[us]").astype("datetime64[s]")
    return moments[of]


def _before_their_chat(tables: Frames) -> Array:
    """Messages sent before their conversation began."""
    messages, chats = tables["messages"], tables["conversations"]
    began = _moments_of(chats, "conversation_id", "started_at", messages["conversation_id"])
    return messages["sent_at"].to_numpy("datetime64[us]") < began


def _after_their_order(tables: Frames) -> Array:
    """Leads delivered after the order that came from them."""
    leads, orders = tables["leads"], tables["orders"]
    placed = _moments_of(orders, "order_id", "placed_at", leads["order_id"])
    return leads["created_at"].to_numpy("datetime64[us]").astype("datetime64[s]") > placed


CONTRADICTIONS = (
    Contradiction(
        "messages",
        "sent_at",
        "lies before started_at of its conversation",
        ("messages.conversation_id", "conversations.started_at"),
        _before_their_chat,
        clocks=True,
    ),
    Contradiction(
        "leads",
        "created_at",
        "lies after placed_at of its order",
        ("leads.order_id", "orders.placed_at"),
        _after_their_order,
        clocks=True,
    ),
    Contradiction(
        "assignments",
        "employee_id",
        "belongs to a machine (is_bot): not appraised",
        ("employees.is_bot",),
        _bots_at_work,
    ),
    Contradiction(
        "refunds",
        "amount",
        "of an order sums to more than was paid for it",
        ("orders.amount",),
        _refunded_above_paid,
    ),
    Contradiction(
        "orders",
        "attributed_employee_id",
        "had no part in the chat the order came from: two owners?",
        (
            "orders.attributed_employee_id",
            "orders.attributed_conversation_id",
            "conversations.initial_agent_id",
        ),
        _other_owner,
    ),
    Contradiction(
        "order_events",
        "employee_id",
        "is one of several who accepted the order: two owners?",
        ("order_events.employee_id",),
        _two_acceptors,
    ),
    Contradiction(
        "surveys",
        "conversation_id",
        "has an employee as its customer: authentic?",
        ("surveys.conversation_id", "conversations.customer_id", "employees.employee_id"),
        _own_customer,
    ),
)
