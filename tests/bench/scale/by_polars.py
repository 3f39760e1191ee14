"""The indicators in lazy Polars: by_polars.py FOLDER [OUT].

The reply pairs are collected once; everything else is one lazy query, its parts at the same time.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl
from pandas import DataFrame
from polars import Expr, LazyFrame
from task import END_DAY, FIRST_DAY, JUDGED_BEFORE, QUANTILES, days, finished, measured

from csperf.indicators.intervals import Z

BY_CLUSTER = ["employee_id", "customer"]


def values(folder: Path) -> DataFrame:
    """The table, from the files."""
    talks, orders = _talks(folder), _orders(folder)
    lines = _human(_lines(folder)).collect().lazy()
    answers = lines.filter("answer").select("conversation_id", "sent_ms", writer="employee_id")
    talks = _heard(talks, lines).collect().lazy()
    rounds = _rounds(lines, talks).collect().lazy()
    owned = orders.join(_owners(orders, talks, answers), on="order_id").collect().lazy()
    sums = {
        **_of_rounds(rounds),
        "reply_rate": _tally(_received(talks), "replied", "days"),
        "inquiry_conversion": _tally(_inquiries(talks, answers, owned), "converted", "one"),
        **_of_orders(owned),
        **_of_cases(folder),
    }
    ranks = {id: _ranks(rounds, q) for id, q in QUANTILES.items()}
    found = pl.collect_all([*sums.values(), *ranks.values()])
    frames = [frame.to_pandas() for frame in found]
    return finished(
        dict(zip(sums, frames, strict=False)), dict(zip(ranks, frames[len(sums) :], strict=True))
    )


def _in_month(day: str) -> Expr:
    return pl.col(day).is_between(FIRST_DAY, END_DAY, closed="left")


def _ms(column: str) -> Expr:
    return pl.col(column).dt.epoch("ms")


def _customer(kind: str, id: str) -> Expr:
    """The customer, or the one thing that an unknown one did."""
    return pl.coalesce("customer_id", pl.concat_str(pl.lit(f"{kind} "), id)).alias("customer")


def _talks(folder: Path) -> LazyFrame:
    return pl.scan_parquet(folder / "conversations.parquet").select(
        "conversation_id",
        "customer_id",
        "kind",
        "initial_agent_id",
        _customer("conversation", "conversation_id"),
        started_ms=_ms("started_at"),
        started_day=days(_ms("started_at")),
    )


def _orders(folder: Path) -> LazyFrame:
    paid_day, placed_day = days(_ms("paid_at")), days(_ms("placed_at"))
    closed = (pl.col("status") == "closed") & paid_day.is_null()
    return pl.scan_parquet(folder / "orders.parquet").select(
        "order_id",
        "customer_id",
        _customer("order", "order_id"),
        placed_ms=_ms("placed_at"),
        placed_day=placed_day,
        paid_day=paid_day,
        amount_e4=(pl.col("amount") * 10_000).round().cast(pl.Int64),
        good=~(closed | (pl.col("status") == "cancelled")),
        paid=(paid_day - placed_day <= 3).fill_null(False),
    )


def _lines(folder: Path) -> LazyFrame:
    """Messages of customers and people in order; at the same moment customers go first."""
    by_agent = pl.col("sender") == "agent"
    return (
        pl.scan_parquet(folder / "messages.parquet")
        .filter((pl.col("sender") == "customer") | (by_agent & ~pl.col("is_auto")))
        .select("conversation_id", "employee_id", sent_ms=_ms("sent_at"), answer=by_agent)
        .sort("conversation_id", "sent_ms", "answer", "employee_id")
    )


def _begins() -> Expr:
    """Whether a row is the first of its conversation."""
    return pl.col("conversation_id").ne_missing(pl.col("conversation_id").shift())


def _asks() -> Expr:
    """Whether a line is the customer's first since the answer before."""
    return ~pl.col("answer") & (_begins() | pl.col("answer").shift())


def _human(lines: LazyFrame) -> LazyFrame:
    """The lines without answers less than a second after what they answer."""
    asked_in = pl.when(_asks()).then("conversation_id").forward_fill()
    since = pl.when(_asks()).then("sent_ms").forward_fill()
    hasty = (
        pl.col("answer")
        & (asked_in == pl.col("conversation_id"))
        & (pl.col("sent_ms") - since < 1000)
    )
    return lines.filter(~hasty.fill_null(False))


def _heard(talks: LazyFrame, lines: LazyFrame) -> LazyFrame:
    """Conversations with what was said in them, and who has them."""
    answer = pl.col("answer")
    said = lines.group_by("conversation_id").agg(
        asked_ms=pl.col("sent_ms").filter(~answer).min(),
        last_ms=pl.col("sent_ms").filter(answer).max(),
        first_writer=pl.col("employee_id").filter(answer).first(),
    )
    return talks.join(said, on="conversation_id", how="left").with_columns(
        replied=(pl.col("last_ms") > pl.col("asked_ms")).fill_null(False),
        employee_id=pl.coalesce("initial_agent_id", "first_writer"),
    )


def _rounds(lines: LazyFrame, talks: LazyFrame) -> LazyFrame:
    """Rounds of the month: employee, customer, response_ms, is_first."""
    ends = pl.col("answer") & ~_begins() & ~pl.col("answer").shift()
    before = pl.when(~_begins()).then(pl.col("employee_id").shift())
    answered = (pl.col("conversation_id").shift(-1) == pl.col("conversation_id")) & pl.col(
        "answer"
    ).shift(-1)
    return (
        lines.with_columns(before=before, asks=_asks())
        .filter(pl.col("asks") | ends)
        .with_columns(
            response_ms=pl.when(answered).then(pl.col("sent_ms").shift(-1) - pl.col("sent_ms")),
            writer=pl.when(answered).then(pl.col("employee_id").shift(-1)).otherwise("before"),
        )
        .filter("asks")
        .with_columns(is_first=_begins(), day=days(pl.col("sent_ms")))
        .filter(_in_month("day"))
        .join(
            talks.select("conversation_id", "customer", "initial_agent_id"),
            on="conversation_id",
            how="left",
        )
        .select(
            "customer",
            "response_ms",
            "is_first",
            employee_id=pl.coalesce("writer", "initial_agent_id"),
        )
        .filter(pl.col("employee_id").is_not_null())
    )


def _owners(orders: LazyFrame, talks: LazyFrame, answers: LazyFrame) -> LazyFrame:
    """Order and employee: who wrote last before it, in conversations since the day before."""
    known = talks.filter(pl.col("customer_id").is_not_null())
    touches = (
        orders.join(known, on="customer_id")
        .filter(
            (pl.col("started_ms") < pl.col("placed_ms"))
            & (pl.col("placed_day") - pl.col("started_day") <= 1)
        )
        .select("order_id", "conversation_id", "placed_ms")
        .join(answers, on="conversation_id")
        .filter(pl.col("sent_ms") < pl.col("placed_ms"))
    )
    last = pl.col("sent_ms") == pl.col("sent_ms").max()
    return touches.group_by("order_id").agg(employee_id=pl.col("writer").filter(last).max())


def _inquiries(talks: LazyFrame, answers: LazyFrame, owned: LazyFrame) -> LazyFrame:
    """Customers who inquired with each employee, and whether they then ordered from him."""
    asked = (
        talks.filter(
            (pl.col("kind") == "pre_sales")
            & pl.col("customer_id").is_not_null()
            & _in_month("started_day")
        )
        .join(
            answers.select("conversation_id", "writer").unique(), on="conversation_id", how="left"
        )
        .with_columns(employee_id=pl.coalesce("writer", "employee_id"))
        .filter(pl.col("employee_id").is_not_null())
        .select("employee_id", "customer", "started_ms", "started_day")
    )
    timely = (pl.col("placed_ms") > pl.col("started_ms")) & (
        pl.col("placed_day") - pl.col("started_day") <= 1
    )
    return (
        asked.join(
            owned.select("employee_id", "customer", "placed_ms", "placed_day"),
            on=BY_CLUSTER,
            how="left",
        )
        .group_by(BY_CLUSTER)
        .agg(converted=timely.fill_null(False).any().cast(pl.Int64), one=pl.lit(1))
    )


def _received(talks: LazyFrame) -> LazyFrame:
    """Days on which a customer came to an employee, and those on which he got a reply."""
    return (
        talks.filter(
            pl.col("asked_ms").is_not_null()
            & pl.col("employee_id").is_not_null()
            & _in_month("started_day")
        )
        .group_by(*BY_CLUSTER, "started_day")
        .agg(pl.col("replied").any())
        .group_by(BY_CLUSTER)
        .agg(pl.col("replied").sum(), days=pl.len())
    )


def _of_rounds(rounds: LazyFrame) -> dict[str, LazyFrame]:
    first, waited = pl.col("is_first"), pl.col("response_ms")
    clusters = rounds.group_by(BY_CLUSTER).agg(
        waited=waited.clip(upper_bound=600_000).sum(),
        answered=waited.count(),
        waited_first=waited.filter(first).sum(),
        answered_first=waited.filter(first).count(),
        within=(waited <= 180_000).sum(),
        rounds=pl.len(),
    )
    return {
        "response_time_avg": _tally(clusters, "waited", "answered"),
        "response_time_first": _tally(clusters, "waited_first", "answered_first"),
        "response_within_t": _tally(clusters, "within", "rounds"),
    }


def _of_orders(owned: LazyFrame) -> dict[str, LazyFrame]:
    ordered = (
        owned.filter(_in_month("placed_day"))
        .group_by(BY_CLUSTER)
        .agg(
            pl.col("amount_e4", "good", "paid").sum(),
            orders=pl.len(),
            one=pl.lit(1),
            succeeded=pl.col("paid").any().cast(pl.Int64),
        )
    )
    bought = owned.filter(_in_month("paid_day") & (pl.col("amount_e4") > 0))
    bought = bought.group_by(BY_CLUSTER).agg(pl.col("amount_e4").sum(), one=pl.lit(1))
    return {
        "order_amount_total": _tally(ordered, "amount_e4", "orders"),
        "effective_order_share": _tally(ordered, "good", "orders"),
        "payment_share": _tally(ordered, "paid", "orders"),
        "order_success": _tally(ordered, "succeeded", "one"),
        "customer_unit_price": _tally(bought, "amount_e4", "one"),
    }


def _of_cases(folder: Path) -> dict[str, LazyFrame]:
    judged = pl.col("day") < JUDGED_BEFORE
    in_one_go = (
        (pl.col("n_reopened") == 0) & (pl.col("n_reassigned") == 0) & (pl.col("n_contacts") == 1)
    )
    clusters = (
        pl.scan_parquet(folder / "cases.parquet")
        .with_columns(
            _customer("case", "case_id"),
            employee_id="owner_id",
            day=days(_ms("opened_at")),
            resolved=pl.col("resolved_at").is_not_null(),
        )
        .filter(_in_month("day"))
        .group_by(BY_CLUSTER)
        .agg(
            pl.col("resolved").sum(),
            cases=pl.len(),
            judged=judged.sum(),
            settled=(judged & pl.col("resolved") & in_one_go).sum(),
        )
    )
    return {
        "resolution_rate": _tally(clusters, "resolved", "cases"),
        "first_contact_resolution": _tally(clusters, "settled", "judged"),
    }


def _tally(clusters: LazyFrame, y: str, x: str) -> LazyFrame:
    """Clusters with the same denominator: how many, and sums of y and of y squared."""
    above = pl.col(y).cast(pl.Float64)
    return (
        clusters.filter(pl.col(x) > 0)
        .group_by("employee_id", pl.col(x).alias("x"))
        .agg(m=pl.len(), y=above.sum(), yy=(above**2).sum())
    )


def _ranks(rounds: LazyFrame, q: float) -> LazyFrame:
    """Values at the ranks around a quantile, and at those of its interval."""
    waits, n = pl.col("response_ms").sort(), pl.len().cast(pl.Float64)
    place, reach = (n - 1) * q, float(Z) * (n * (q * (1 - q))).sqrt()
    ranks = {
        "below": place.floor() + 1,
        "above": place.ceil() + 1,
        "low": (n * q - reach).round(),
        "high": (1 + n * q + reach).round(),
    }
    at = {
        name: pl.when(rank.is_between(1, n)).then(waits.get((rank.clip(1, n) - 1).cast(pl.Int64)))
        for name, rank in ranks.items()
    }
    return (
        rounds.filter(pl.col("response_ms").is_not_null())
        .group_by("employee_id")
        .agg(n=pl.len(), total=pl.col("response_ms").sum(), **at)
    )


if __name__ == "__main__":
    measured(values)
