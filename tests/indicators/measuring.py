"""Short ways to one number: chats from their messages alone, and one indicator of a few tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from drawing import draw
from pandas import DataFrame, Series

from csperf.indicators import indicator_values
from csperf.params import Measurement

DAY = "2026-10-05"
ONE_ANSWER_EACH = """
    conversation_id | at                  | sender   | employee_id
    v1              | 2026-10-05 09:00:00 | customer |
    v1              | 2026-10-05 09:01:00 | agent    | ann
    v2              | 2026-10-05 10:00:00 | customer |
    v2              | 2026-10-05 10:01:00 | agent    | ann
    v3              | 2026-10-05 11:00:00 | customer |
    v3              | 2026-10-05 11:01:00 | agent    | ann
    v4              | 2026-10-05 12:00:00 | customer |
    v4              | 2026-10-05 12:01:00 | agent    | ann
"""


def chats(drawing: str, **columns: object) -> dict[str, DataFrame]:
    """Tables messages and conversations; `at` is a UTC time of 2026-10-05, or says its day.

    A conversation begins with its first message, is by the customer k1 and was routed to ann,
    unless `columns` of the conversations, in the order of their ids, say otherwise.
    """
    lines = draw(drawing)
    moments = lines["at"].where(lines["at"].str.contains("-"), DAY + " " + lines["at"])
    messages = lines.drop(columns="at").assign(
        sent_at=pd.to_datetime(moments, utc=True, format="ISO8601"),
        message_id=[f"m{number:02d}" for number in range(len(lines))],
        conversation_id=lines.get("conversation_id", "v1"),
    )
    began = messages.groupby("conversation_id", as_index=False)["sent_at"].min()
    conversations = began.rename(columns={"sent_at": "started_at"}).assign(
        **{"customer_id": "k1", "initial_agent_id": "ann", **columns}
    )
    return {"messages": messages, "conversations": conversations}


def shop(drawing: str, orders: str, **columns: object) -> dict[str, DataFrame]:
    """Chats with the orders of the same customers; everything as in `chats`."""
    return {**chats(drawing, **columns), "orders": draw(orders)}


def owners(tables: dict[str, DataFrame], **rules: object) -> dict[str, float]:
    """Amount owed to each employee."""
    return per("employee_id", tables, "order_amount_total", **rules)


def measured(
    tables: Mapping[str, DataFrame], indicator: str, cycle: Any = None, **rules: object
) -> Series:
    """The row of one indicator over everything; `rules` are fields of Measurement."""
    (row,) = _rows(tables, indicator, cycle, None, rules).to_dict("records")
    return Series(row)


def per(
    by: str,
    tables: Mapping[str, DataFrame],
    indicator: str,
    cycle: Any = None,
    column: str = "value",
    **rules: object,
) -> dict[Any, Any]:
    """{group: value} of one indicator; groups without a value are left out."""
    rows = _rows(tables, indicator, cycle, by, rules)
    known = rows[rows[column].notna()]
    return dict(zip(known[by], known[column], strict=True))


def _rows(
    tables: Mapping[str, DataFrame],
    indicator: str,
    cycle: Any,
    by: str | None,
    rules: Mapping[str, Any],
) -> DataFrame:
    zone = {"timezone": rules["timezone"]} if "timezone" in rules else {}
    fields = {name: value for name, value in rules.items() if name != "timezone"}
    return indicator_values(
        tables, cycle, by, [indicator], measurement=Measurement(**fields), **zone
    )
