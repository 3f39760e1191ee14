"""The indicators in vectorised pandas, as a good analyst writes it: by_pandas.py FOLDER [OUT].

Ids become whole numbers at once, the messages are sorted once, and neighbours are compared.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet  # noqa: F401  (imports are not measured)
from pandas import Categorical, DataFrame, Index, Series
from task import (
    END_DAY,
    FIRST_DAY,
    JUDGED_BEFORE,
    QUANTILES,
    USED,
    days,
    finished,
    measured,
    ranks_of,
)

NOBODY = -1


def values(folder: Path) -> DataFrame:
    """The table, from the files."""
    talks, messages, orders, cases = _read(folder)
    staff = _staff(talks["initial_agent_id"], messages["employee_id"], cases["owner_id"])
    _number_customers(talks, orders, cases)
    talks, orders = _talks(talks, staff), _orders(orders)
    lines = _human(_lines(messages, talks, staff))
    del messages
    rounds = _rounds(lines, talks)
    answers = lines.loc[lines["answer"], ["talk", "sent_ms", "writer"]]
    talks = _heard(talks, lines, answers)
    del lines
    owned = orders.merge(_owners(orders, talks, answers), on="order")
    sums = {
        **_of_rounds(rounds),
        "reply_rate": _sums(_received(talks), "replied", "days"),
        "inquiry_conversion": _sums(_inquiries(talks, answers, owned), "converted", "one"),
        **_of_orders(owned),
        **_of_cases(cases, staff),
    }
    found = {id: _named(frame, staff) for id, frame in sums.items()}
    ranks = {id: _named(frame, staff) for id, frame in _ranks(rounds).items()}
    return finished(found, ranks)


def _read(folder: Path) -> list[DataFrame]:
    """Conversations, messages, orders and cases, of each the columns that are used."""
    return [
        pd.read_parquet(folder / f"{name}.parquet", columns=list(columns))
        for name, columns in USED.items()
    ]


def _staff(*columns: Series) -> Index:
    """Ids of the employees in order; their places stand for them."""
    return Index(sorted(set().union(*(column.dropna().unique() for column in columns))))


def _place(ids: Series, staff: Index) -> np.ndarray:
    numbers, distinct = pd.factorize(ids)
    return np.append(staff.get_indexer(distinct), NOBODY)[numbers]


def _number_customers(*tables: DataFrame) -> None:
    """Add `customer`, a number below 0 for each row that does not know it."""
    numbers, _ = pd.factorize(pd.concat([table["customer_id"] for table in tables]))
    ends = np.cumsum([len(table) for table in tables])[:-1]
    for table, mine in zip(tables, np.split(numbers, ends), strict=True):
        table["customer"] = np.where(mine >= 0, mine, -1 - np.arange(len(mine)))


def _ms(times: Series) -> Series:
    """Milliseconds since 1970; unknown where there is no time."""
    ms = times.dt.as_unit("ms").astype("int64")
    return ms.where(times.notna()) if times.hasnans else ms


def _in_month(days: Series) -> Series:
    return (days >= FIRST_DAY) & (days < END_DAY)


def _talks(talks: DataFrame, staff: Index) -> DataFrame:
    """Conversations in numbers; their row is their number."""
    started = _ms(talks["started_at"])
    return DataFrame(
        {
            "id": talks["conversation_id"],
            "customer": talks["customer"],
            "employee": _place(talks["initial_agent_id"], staff),
            "started_ms": started,
            "day": days(started),
            "pre_sales": talks["kind"] == "pre_sales",
        }
    )


def _orders(orders: DataFrame) -> DataFrame:
    placed, paid = _ms(orders["placed_at"]), days(_ms(orders["paid_at"]))
    closed = (orders["status"] == "closed") & paid.isna()
    return DataFrame(
        {
            "order": np.arange(len(orders)),
            "customer": orders["customer"],
            "placed_ms": placed,
            "placed_day": days(placed),
            "paid_day": paid,
            "amount_e4": (orders["amount"] * 10_000).round().astype("int64"),
            "good": ~(closed | (orders["status"] == "cancelled")),
            "paid": paid - days(placed) <= 3,
        }
    )


def _lines(messages: DataFrame, talks: DataFrame, staff: Index) -> DataFrame:
    """Messages of customers and people in order; at the same moment customers go first."""
    by_agent = messages["sender"] == "agent"
    counts = (messages["sender"] == "customer") | (by_agent & ~messages["is_auto"])
    numbers, _ = pd.factorize(pd.concat([talks["id"], messages["conversation_id"]]))
    lines = DataFrame(
        {
            "talk": numbers[len(talks) :],
            "sent_ms": _ms(messages["sent_at"]),
            "answer": by_agent,
            "writer": _place(messages["employee_id"], staff),
        }
    )
    order = ["talk", "sent_ms", "answer", "writer"]
    return lines[counts].sort_values(order, ignore_index=True)


def _human(lines: DataFrame) -> DataFrame:
    """The lines without answers less than a second after what they answer."""
    asks = _asks(lines)
    since = lines["sent_ms"].where(asks).ffill()
    same_talk = lines["talk"].where(asks).ffill() == lines["talk"]
    hasty = lines["answer"] & same_talk & (lines["sent_ms"] - since < 1000)
    return lines[~hasty]


def _begins(rows: DataFrame) -> Series:
    """Whether a row is the first of its conversation."""
    return rows["talk"] != rows["talk"].shift()


def _asks(lines: DataFrame) -> Series:
    """Whether a line is the customer's first since the answer before."""
    return ~lines["answer"] & (_begins(lines) | lines["answer"].shift(fill_value=True))


def _rounds(lines: DataFrame, talks: DataFrame) -> DataFrame:
    """Rounds of the month: employee, customer, response_ms, is_first.

    One that is answered belongs to who answered it, an open one to who wrote before, else to whom
    the conversation was routed.
    """
    asks, begins = _asks(lines), _begins(lines)
    ends = lines["answer"] & ~begins & ~lines["answer"].shift(fill_value=True)
    before = lines["writer"].shift(fill_value=NOBODY).where(~begins, NOBODY)
    points = lines.assign(before=before)[asks | ends]
    answered = (points["talk"] == points["talk"].shift(-1)) & points["answer"].shift(
        -1, fill_value=False
    )
    waited = (points["sent_ms"].shift(-1) - points["sent_ms"]).where(answered)
    writer = points["writer"].shift(-1, fill_value=NOBODY).where(answered, points["before"])
    rounds = points.assign(response_ms=waited, employee=writer)[~points["answer"]]
    rounds = rounds.assign(is_first=_begins(rounds))
    rounds = rounds[_in_month(days(rounds["sent_ms"]))]
    routed = talks["employee"].to_numpy()[rounds["talk"]]
    rounds = rounds.assign(
        customer=talks["customer"].to_numpy()[rounds["talk"]],
        employee=rounds["employee"].where(rounds["employee"] != NOBODY, routed),
    )
    mine = rounds["employee"] != NOBODY
    return rounds.loc[mine, ["employee", "customer", "response_ms", "is_first"]]


def _heard(talks: DataFrame, lines: DataFrame, answers: DataFrame) -> DataFrame:
    """Conversations with whether the customer wrote and got a reply, and who has them."""
    asked = lines.loc[~lines["answer"]].drop_duplicates("talk").set_index("talk")["sent_ms"]
    last = answers.groupby("talk")["sent_ms"].max()
    first_writer = answers.drop_duplicates("talk").set_index("talk")["writer"]
    asked, last, first_writer = (s.reindex(talks.index) for s in (asked, last, first_writer))
    routed = talks["employee"] != NOBODY
    return talks.assign(
        asked=asked.notna(),
        replied=last > asked,
        employee=talks["employee"].where(routed, first_writer.fillna(NOBODY)).astype("int64"),
    )


def _owners(orders: DataFrame, talks: DataFrame, answers: DataFrame) -> DataFrame:
    """Order and employee: who wrote last before it, in conversations since the day before."""
    known = talks.loc[talks["customer"] >= 0, ["customer", "started_ms", "day"]]
    pairs = orders.loc[orders["customer"] >= 0].merge(
        known.reset_index(names="talk"), on="customer"
    )
    near = (pairs["started_ms"] < pairs["placed_ms"]) & (pairs["placed_day"] - pairs["day"] <= 1)
    touches = pairs.loc[near, ["order", "talk", "placed_ms"]].merge(answers, on="talk")
    touches = touches[touches["sent_ms"] < touches["placed_ms"]]
    last = touches.groupby("order")["sent_ms"].transform("max")
    owners = touches[touches["sent_ms"] == last].groupby("order")["writer"].max()
    return owners.rename("employee").reset_index()


def _inquiries(talks: DataFrame, answers: DataFrame, owned: DataFrame) -> DataFrame:
    """Customers who inquired with each employee, and whether they then ordered from him."""
    asked = talks[talks["pre_sales"] & (talks["customer"] >= 0) & _in_month(talks["day"])]
    writers = answers[["talk", "writer"]].drop_duplicates()
    asked = asked.reset_index(names="talk").merge(writers, on="talk", how="left")
    writer = asked["writer"].where(asked["writer"].notna(), asked["employee"])
    asked = asked.assign(employee=writer.astype("int64"))
    asked = asked[asked["employee"] != NOBODY]
    won = owned[["customer", "employee", "placed_ms", "placed_day"]]
    pairs = asked.reset_index(names="inquiry").merge(won, on=["customer", "employee"])
    timely = (pairs["placed_ms"] > pairs["started_ms"]) & (pairs["placed_day"] - pairs["day"] <= 1)
    converted = asked.index.isin(pairs.loc[timely, "inquiry"])
    asked = asked.assign(converted=converted)
    return _clusters(asked, "max", "converted").assign(one=1)


def _received(talks: DataFrame) -> DataFrame:
    """Days on which a customer came to an employee, and those on which he got a reply."""
    mine = talks[talks["asked"] & (talks["employee"] != NOBODY) & _in_month(talks["day"])]
    received = mine.groupby(["employee", "customer", "day"], sort=False)["replied"].max()
    return _clusters(received.reset_index().assign(days=1), "sum", "replied", "days")


def _of_rounds(rounds: DataFrame) -> dict[str, DataFrame]:
    waited, answered = rounds["response_ms"], rounds["response_ms"].notna()
    clusters = _clusters(
        rounds.assign(
            waited=waited.clip(upper=600_000).fillna(0),
            answered=answered,
            waited_first=waited.where(rounds["is_first"]).fillna(0),
            answered_first=answered & rounds["is_first"],
            within=waited <= 180_000,
            rounds=1,
        ),
        "sum",
        *("waited", "answered", "waited_first", "answered_first", "within", "rounds"),
    )
    return {
        "response_time_avg": _sums(clusters, "waited", "answered"),
        "response_time_first": _sums(clusters, "waited_first", "answered_first"),
        "response_within_t": _sums(clusters, "within", "rounds"),
    }


def _of_orders(owned: DataFrame) -> dict[str, DataFrame]:
    placed = owned[_in_month(owned["placed_day"])].assign(orders=1)
    ordered = _clusters(placed, "sum", "amount_e4", "orders", "good", "paid")
    ordered = ordered.assign(one=1, succeeded=ordered["paid"] > 0)
    bought = owned[_in_month(owned["paid_day"]) & (owned["amount_e4"] > 0)]
    return {
        "order_amount_total": _sums(ordered, "amount_e4", "orders"),
        "effective_order_share": _sums(ordered, "good", "orders"),
        "payment_share": _sums(ordered, "paid", "orders"),
        "order_success": _sums(ordered, "succeeded", "one"),
        "customer_unit_price": _sums(
            _clusters(bought, "sum", "amount_e4").assign(one=1), "amount_e4", "one"
        ),
    }


def _of_cases(cases: DataFrame, staff: Index) -> dict[str, DataFrame]:
    resolved, day = cases["resolved_at"].notna(), days(_ms(cases["opened_at"]))
    passed_on = (cases["n_reopened"] > 0) | (cases["n_reassigned"] > 0) | (cases["n_contacts"] > 1)
    judged = day < JUDGED_BEFORE
    mine = cases.assign(
        employee=_place(cases["owner_id"], staff),
        cases=1,
        resolved=resolved,
        judged=judged,
        settled=judged & resolved & ~passed_on,
    )
    clusters = _clusters(mine[_in_month(day)], "sum", "cases", "resolved", "judged", "settled")
    return {
        "resolution_rate": _sums(clusters, "resolved", "cases"),
        "first_contact_resolution": _sums(clusters, "settled", "judged"),
    }


def _clusters(rows: DataFrame, how: str, *columns: str) -> DataFrame:
    """What every customer adds to every employee."""
    keys = ["employee", "customer"]
    return rows.groupby(keys, sort=False)[list(columns)].agg(how).reset_index()


def _sums(clusters: DataFrame, y: str, x: str) -> DataFrame:
    """Each cluster with a denominator by itself."""
    there = clusters[clusters[x] > 0]
    above = there[y].astype("float64")
    cells = {"employee": there["employee"], "m": 1, "x": there[x], "y": above, "yy": above**2}
    return DataFrame(cells)


def _ranks(rounds: DataFrame) -> dict[str, DataFrame]:
    """Values at the ranks around each quantile, and at those of its interval."""
    waits = rounds.dropna().sort_values(["employee", "response_ms"], ignore_index=True)
    whole = waits.groupby("employee")["response_ms"].agg(n="size", total="sum").reset_index()
    values, n = waits["response_ms"].to_numpy(), whole["n"].to_numpy()
    start = np.cumsum(n) - n

    def at(rank: np.ndarray) -> np.ndarray:
        there = values[start + np.clip(rank, 1, n).astype("int64") - 1]
        return np.where((rank >= 1) & (rank <= n), there, np.nan)

    return {
        id: whole.assign(**{name: at(rank) for name, rank in ranks_of(n, q).items()})
        for id, q in QUANTILES.items()
    }


def _named(frame: DataFrame, staff: Index) -> DataFrame:
    ids = Categorical.from_codes(frame["employee"], staff)
    return frame.drop(columns="employee").assign(employee_id=ids)


if __name__ == "__main__":
    measured(values)
