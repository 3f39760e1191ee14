"""A made-up month of chats, orders and cases as Parquet, of any size: generate.py FOLDER MESSAGES.

The same size gives the same values. One stretch of time is drawn after the other, so that memory
stays small and rows come in the order of time, as exports have them. For every ten messages there
is a conversation, for every twenty an order, for every fifty a case, for every 50,000 an employee.
What makes a month hard to measure is in it: customers who come back on the same day or are not
known, conversations routed to nobody, handed on or never answered, answers of machines with and
without the mark of it, orders without a conversation, days of Asia/Shanghai outside the month.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.random import Generator
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Tables = dict[str, pa.Table]

SEED = 20261001
DAY = 86_400
FIRST = int(datetime(2026, 9, 29, 16, tzinfo=UTC).timestamp())  # 30 September in Shanghai
DAYS = 33
EXPORTED = FIRST + 34 * DAY  # 3 November: later events are not known yet
NEVER = np.iinfo(np.int64).max
LONGEST = 19  # messages of a conversation
AT_A_TIME = 50_000  # conversations
ROW_GROUP = 122_880
TABLES = ("conversations", "messages", "orders", "cases")


def generate(folder: Path, messages: int) -> None:
    """Write conversations, messages, orders and cases into the folder."""
    writers: dict[str, pq.ParquetWriter] = {}
    try:
        for tables in _stretches(messages // 10):
            for name, table in tables.items():
                if name not in writers:
                    writers[name] = pq.ParquetWriter(folder / f"{name}.parquet", table.schema)
                writers[name].write_table(table, row_group_size=ROW_GROUP)
    finally:
        for writer in writers.values():
            writer.close()


def _stretches(conversations: int) -> Iterator[Tables]:
    """One stretch of time after the other, with numbers of ids that go on."""
    staff, pool = max(20, conversations // 5_000), max(1, conversations * 6 // 10)
    parts = -(-conversations // AT_A_TIME)
    counts = np.diff(np.linspace(0, conversations, parts + 1).astype(int))
    edges = FIRST + np.linspace(0, DAYS * DAY, parts + 1).astype(np.int64)
    before = dict.fromkeys(TABLES, 0)
    for number, count in enumerate(counts):
        rng = np.random.default_rng([SEED, conversations, number])
        span = (int(edges[number]), int(edges[number + 1]))
        tables = _stretch(rng, int(count), span, staff, pool, before)
        yield tables
        for name, table in tables.items():
            before[name] += len(table)


def _stretch(
    rng: Generator, n: int, span: tuple[int, int], staff: int, pool: int, before: dict[str, int]
) -> Tables:
    """Conversations that begin within the span, what was said in them, and what came of them."""
    started = np.sort(rng.integers(*span, n))
    customer = rng.integers(0, pool, n)
    again = np.arange(n) - rng.integers(1, 200, n)
    back = (rng.random(n) < 0.15) & (again >= 0)
    customer[back] = customer[again[back]]
    agent = rng.integers(0, staff, n)
    known = rng.random(n) < 0.98
    ids = before["conversations"] + np.arange(n)
    return {
        "conversations": pa.table(
            {
                "conversation_id": _ids("c", ids),
                "customer_id": _ids("k", customer, known),
                "channel": _words(rng, n, {"web": 0.5, "app": 0.4, "phone": 0.1}),
                "kind": _words(rng, n, {"pre_sales": 0.7, "after_sales": 0.3}),
                "initial_agent_id": _ids("e", agent, rng.random(n) < 0.97),
                "started_at": _times(started),
            }
        ),
        "messages": _messages(rng, ids, started, agent, staff, before["messages"]),
        "orders": _orders(rng, started, customer, pool, before["orders"]),
        "cases": _cases(rng, started, customer, known, agent, before["cases"]),
    }


def _messages(
    rng: Generator, ids: Ints, started: Ints, agent: Ints, staff: int, before: int
) -> pa.Table:
    """Up to 19 messages a conversation, in the order of time."""
    n = len(ids)
    length = rng.integers(1, LONGEST + 1, n)
    talk = np.repeat(np.arange(n), length)
    place = np.arange(len(talk)) - np.repeat(np.cumsum(length) - length, length)
    m = len(talk)
    share = rng.random(m)
    silent, outbound = rng.random(n) < 0.04, rng.random(n) < 0.01
    by_customer = ((share < 0.5) | (place == 0) & (share < 0.97) | silent[talk]) & ~outbound[talk]
    by_bot = ~by_customer & (share > 0.93)
    by_agent = ~by_customer & ~by_bot
    wait = np.where(by_agent, rng.lognormal(3.7, 1.1, m), rng.exponential(25.0, m)).astype(np.int64)
    wait[by_agent & (rng.random(m) < 0.015)] = 0  # a machine that nobody marked
    wait[place == 0] = rng.integers(0, 3, n)
    sent = np.cumsum(wait)
    sent += np.repeat(started - (sent - wait)[place == 0], length)
    handed_on = place >= np.where(rng.random(n) < 0.08, rng.integers(1, LONGEST, n), LONGEST)[talk]
    other = (agent + rng.integers(1, staff, n)) % staff
    writer = np.where(handed_on, other[talk], agent[talk])
    order = np.argsort(sent, kind="stable")
    sender = pa.array(np.where(by_customer, 0, np.where(by_agent, 1, 2))[order])
    return pa.table(
        {
            "message_id": _ids("m", before + np.arange(m)),
            "conversation_id": _ids("c", ids[talk][order]),
            "sent_at": _times(sent[order]),
            "sender": pa.array(["customer", "agent", "bot"]).take(sender),
            "employee_id": _ids("e", writer[order], by_agent[order]),
            "is_auto": (by_agent & (rng.random(m) < 0.03))[order],
        }
    )


def _orders(rng: Generator, started: Ints, customer: Ints, pool: int, before: int) -> pa.Table:
    """Half as many as conversations; a fifth of them by whoever did not ask."""
    n = len(started) // 2
    talk = rng.integers(0, len(started), n)
    silent = rng.random(n) < 0.2
    buyer = np.where(silent, rng.integers(0, pool, n), customer[talk])
    placed = started[talk] + rng.exponential(0.3 * DAY, n).astype(np.int64)
    paid = placed + rng.exponential(0.8 * DAY, n).astype(np.int64)
    paid[(rng.random(n) < 0.12) | (paid >= EXPORTED)] = NEVER
    share = rng.random(n)
    status = np.where(share < 0.08, 0, np.where((paid == NEVER) & (share < 0.9), 1, 2))
    cents = np.where(rng.random(n) < 0.02, 0, rng.integers(100, 100_000, n))
    order = np.argsort(placed, kind="stable")
    order = order[placed[order] < EXPORTED]
    return pa.table(
        {
            "order_id": _ids("o", before + np.arange(len(order))),
            "customer_id": _ids("k", buyer[order], (rng.random(n) < 0.98)[order]),
            "placed_at": _times(placed[order]),
            "paid_at": _times(paid[order]),
            "status": pa.array(["cancelled", "closed", "done"]).take(pa.array(status[order])),
            "amount": cents[order] / 100,
            "items": rng.integers(1, 6, n)[order],
        }
    )


def _cases(
    rng: Generator,
    started: Ints,
    customer: Ints,
    known: NDArray[np.bool_],
    agent: Ints,
    before: int,
) -> pa.Table:
    """A fifth as many as conversations, opened with the conversation."""
    n = len(started) // 5
    talk = np.sort(rng.integers(0, len(started), n))
    resolved = started[talk] + 60 + rng.exponential(1.2 * DAY, n).astype(np.int64)
    resolved[(rng.random(n) < 0.1) | (resolved >= EXPORTED)] = NEVER
    return pa.table(
        {
            "case_id": _ids("s", before + np.arange(n)),
            "customer_id": _ids("k", customer[talk], known[talk]),
            "owner_id": _ids("e", agent[talk]),
            "opened_at": _times(started[talk]),
            "resolved_at": _times(resolved),
            "n_contacts": 1 + rng.binomial(3, 0.06, n),
            "n_reopened": rng.binomial(1, 0.05, n),
            "n_reassigned": rng.binomial(2, 0.06, n),
        }
    )


def _ids(letter: str, numbers: Ints, known: NDArray[np.bool_] | None = None) -> pa.Array:
    """A letter and nine digits; unknown where it is not known."""
    digits = np.char.zfill(numbers.astype("U9"), 9)
    texts = pa.array(np.char.add(letter, digits))
    return texts if known is None else pa.compute.if_else(pa.array(known), texts, None)


def _times(seconds: Ints) -> pa.Array:
    """Moments from whole seconds; unknown where it never happened."""
    ms = pa.array(np.where(seconds == NEVER, 0, seconds) * 1000, mask=seconds == NEVER)
    return ms.cast(pa.timestamp("ms", tz="UTC"))


def _words(rng: Generator, n: int, shares: dict[str, float]) -> pa.Array:
    """Words drawn in these shares."""
    places = np.searchsorted(np.cumsum(list(shares.values())[:-1]), rng.random(n))
    return pa.array(list(shares)).take(pa.array(places))


if __name__ == "__main__":
    generate(Path(sys.argv[1]), int(sys.argv[2]))
