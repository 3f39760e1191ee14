"""Short ways to one number: chats from their messages alone, and one indicator of a few tables."""

from __future__ import annotations

from collections.abc import Mapping

from drawing import draw
from pandas import DataFrame, Series

from csperf.indicators import indicator_values
from csperf.params import Measurement

DAY = "2026-10-05"


def chats(messages: str, **columns: object) -> dict[str, DataFrame]:
    """Tables messages and conversations; `at` is a time of 2026-10-05, or of a day it names.

    A conversation begins with its first message, is by the customer k1 and routed to ann, unless
    `columns` of the conversations say otherwise.
    """
    lines = draw(messages.replace("| at ", "| text ").replace("at |", "text |", 1))
    moments = [text if "-" in text else f"{DAY} {text}" for text in lines["text"]]
    lines = lines.drop(columns="text").assign(
        sent_at=draw("sent_at\n" + "\n".join(moments))["sent_at"],
        message_id=[f"m{number:02d}" for number in range(len(lines))],
    )
    if "conversation_id" not in lines:
        lines["conversation_id"] = "v1"
    began = lines.groupby("conversation_id", as_index=False)["sent_at"].min()
    conversations = began.rename(columns={"sent_at": "started_at"}).assign(
        **{"customer_id": "k1", "initial_agent_id": "ann", **columns}
    )
    return {"messages": lines, "conversations": conversations}


def measured(
    tables: Mapping[str, DataFrame], indicator: str, rules: Mapping | None = None, **options: object
) -> Series:
    """The row of one indicator over everything; `rules` are those of Measurement."""
    rows = indicator_values(
        tables, by=None, indicators=[indicator], measurement=Measurement(**(rules or {})), **options
    )
    assert len(rows) == 1
    return rows.iloc[0]


def per(
    by: str,
    tables: Mapping[str, DataFrame],
    indicator: str,
    rules: Mapping | None = None,
    column: str = "value",
    **options: object,
) -> dict:
    """{group: value} of one indicator."""
    rows = indicator_values(
        tables, by=by, indicators=[indicator], measurement=Measurement(**(rules or {})), **options
    )
    return dict(zip(rows[by], rows[column], strict=True))
