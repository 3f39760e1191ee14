"""What follows conversations: orders, refunds and complaints."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from pandas import DataFrame, Series, concat

from csperf.simulate.chats import customer_ids
from csperf.simulate.rules import DAY, HOUR, MINUTE, Calendar, Rules, ids

EXCEPTIONS = ("wrong_remark", "wrong_price", "wrong_address", "omitted_note", "oversell")
REASONS = ("changed mind", "quality", "wrong size", "wrong item", "late delivery")


def draw_orders(
    rng: Generator, chats: DataFrame, staff: DataFrame, calendar: Calendar, rules: Rules
) -> DataFrame:
    """Table orders, in order of time."""
    orders = _placements(rng, chats, staff, calendar, rules)
    n = len(orders)
    items = 1 + rng.poisson(0.4, n)
    amount = np.round(items * rng.lognormal(np.log(130), 0.5, n), 2)
    coupon = np.where(rng.random(n) < 0.2, 0.05, 0.0)
    fate = _fate(rng, orders["placed_at"].to_numpy(), calendar.export, rules)
    received = np.where(np.isnan(fate["paid_at"]), np.nan, np.round(amount * (1 - coupon), 2))
    exception = Series(rng.choice(EXCEPTIONS, n)).where(rng.random(n) < rules.exception)
    return DataFrame(
        {
            "order_id": ids("o", n, 6),
            "customer_id": customer_ids(orders["customer"]),
            "placed_at": orders["placed_at"],
            **fate,
            "amount": amount,
            "paid_amount": received,
            "currency": "CNY",
            "items": items,
            "is_test_or_fake": rng.random(n) < rules.test_order,
            "exception_code": exception,
        }
    )


def _placements(
    rng: Generator, chats: DataFrame, staff: DataFrame, calendar: Calendar, rules: Rules
) -> DataFrame:
    """Who orders when: after a talk, too late to count for it, before a later talk, or silently."""
    asked = chats[(chats["kind"] == "pre_sales") & ~chats["lost"]]
    chance, luck = staff["conversion"].to_numpy()[asked["last"]], rng.random(len(asked))
    bought, late = asked[luck < chance], asked[luck > 1 - rules.late_order]
    bought = bought.loc[bought.index.repeat(1 + (rng.random(len(bought)) < rules.second_order))]
    soon = bought["ended_at"] + rng.exponential(15 * MINUTE, len(bought)).astype("int64")
    tomorrow = _on_day(rng, bought["started_at"] + DAY)
    next_day = rng.random(len(bought)) < rules.next_day_order
    too_late = _on_day(rng, late["started_at"] + DAY * rng.integers(2, 5, len(late)))
    helped = chats[chats["kind"] != "pre_sales"]
    earlier = helped["started_at"] - DAY * rng.integers(1, 11, len(helped))
    silent = int(rules.silent_orders * len(bought))
    unasked = _on_day(rng, Series(rng.integers(calendar.start, calendar.end, silent)))
    parts = [
        (bought["customer"], soon.where(~next_day, tomorrow)),
        (late["customer"], too_late),
        (helped["customer"], earlier),
        (1 + chats["customer"].max() + np.arange(silent), unasked),
    ]
    orders = concat(DataFrame({"customer": who, "placed_at": when}) for who, when in parts)
    inside = orders[orders["placed_at"] >= calendar.start]
    return inside.sort_values("placed_at", kind="stable", ignore_index=True)


def _on_day(rng: Generator, moment: Series) -> Series:
    """Another time between 09:00 and 23:00 of the same local day."""
    return moment // DAY * DAY + rng.integers(9 * HOUR, 23 * HOUR, len(moment))


def _fate(
    rng: Generator, placed_at: NDArray[np.int64], export: int, rules: Rules
) -> dict[str, NDArray]:
    """Columns paid_at, closed_at and status as they stand at the export."""
    n = len(placed_at)
    quick = rng.random(n) < 0.9
    delay = np.rint(np.where(quick, rng.exponential(8 * MINUTE, n), rng.exponential(DAY, n)))
    paid = (rng.random(n) < rules.paid) & (placed_at + delay < export)
    paid_at = np.where(paid, placed_at + delay, np.nan)
    on_order = rng.random(n) < 0.02
    shipped_at = paid_at + np.where(on_order, 40 * DAY, rng.exponential(DAY, n))
    done_at = np.rint(shipped_at + rng.uniform(4, 15, n) * DAY)
    left_open = rng.random(n) < 0.03
    cancelled = rng.random(n) < 0.4
    ended_at = placed_at + np.where(cancelled, rng.integers(HOUR, 2 * DAY, n), 3 * DAY)
    status = np.select(
        [done_at < export, shipped_at < export, paid, left_open, cancelled],
        ["done", "shipped", "paid", "placed", "cancelled"],
        "closed",
    )
    dropped_at = np.where(np.isin(status, ["cancelled", "closed"]), ended_at, np.nan)
    return {
        "paid_at": paid_at,
        "closed_at": np.where(status == "done", done_at, dropped_at),
        "status": status,
    }


def draw_refunds(rng: Generator, orders: DataFrame, calendar: Calendar, rules: Rules) -> DataFrame:
    """Table refunds: those settled by the export, each asked for within 15 days of payment."""
    real = orders[orders["paid_at"].notna() & ~orders["is_test_or_fake"]]
    back = real[rng.random(len(real)) < rules.refunded]
    n = len(back)
    requested_at = back["paid_at"] + rng.integers(4 * HOUR, 15 * DAY, n)
    settled_at = requested_at + rng.integers(12 * HOUR, 3 * DAY, n)
    rejected = rng.random(n) < 0.1
    part = np.where(rng.random(n) < 0.25, rng.uniform(0.1, 0.9, n), 1.0)
    refunds = DataFrame(
        {
            "order_id": back["order_id"],
            "requested_at": requested_at,
            "completed_at": settled_at.mask(rejected),
            "status": np.where(rejected, "rejected", "completed"),
            "amount": np.round(back["paid_amount"] * part, 2),
            "reason": rng.choice(REASONS, n),
        }
    )[settled_at < calendar.export].sort_values("requested_at", kind="stable", ignore_index=True)
    return refunds.assign(refund_id=ids("r", len(refunds), 5))


def draw_complaints(
    rng: Generator, chats: DataFrame, staff: DataFrame, calendar: Calendar
) -> DataFrame:
    """Table complaints: up to ten days after a conversation, about the last person in it."""
    chance = staff["complaint_rate"].to_numpy()[chats["last"]]
    about = chats[rng.random(len(chats)) < chance]
    n = len(about)
    received_at = about["ended_at"] + rng.integers(MINUTE, 10 * DAY, n)
    closed_at = received_at + rng.integers(DAY, 6 * DAY, n)
    upheld = Series(rng.random(n) < 0.7, about.index, dtype="boolean")
    complaints = DataFrame(
        {
            "received_at": received_at,
            "customer_id": about["customer_id"],
            "employee_id": staff["employee_id"].to_numpy()[about["last"]],
            "conversation_id": about["conversation_id"],
            "kind": np.where(rng.random(n) < 0.25, "dispute", "complaint"),
            "upheld": upheld.mask(rng.random(n) < 0.1),
            "closed_at": closed_at.where(closed_at < calendar.export),
        }
    ).sort_values("received_at", kind="stable", ignore_index=True)
    return complaints.assign(complaint_id=ids("x", n, 4))
