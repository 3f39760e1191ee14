"""Small examples to learn from, made in one line."""

from __future__ import annotations

import pandas as pd
from pandas import DataFrame

SENDERS = ("customer", "agent", "bot")
DAY = "2026-10-01"


def drawn_chat(*messages: str) -> dict[str, DataFrame]:
    """Tables of one chat that is written down as `drawn_chat("10:10:15 customer", ...)`.

    Parameters
    ----------
    messages : str
        Each the time of day, then who wrote it: customer, agent (one and the same person) or bot.

    Returns
    -------
    dict
        conversations and messages, as `indicator_values` takes them; the times are UTC.

    Raises
    ------
    ValueError
        For a message that is not a time and one of the three.
    """
    parts = [message.split() for message in messages]
    odd = [part for part in parts if len(part) != 2 or part[1] not in SENDERS]
    if odd or not parts:
        found = " ".join(odd[0]) if odd else ""
        raise ValueError(f"'{found}' is no message: write one such as '10:10:15 customer'")
    times, senders = zip(*parts, strict=True)
    log = DataFrame({"sender": senders, "sent_at": pd.to_datetime([f"{DAY} {at}" for at in times])})
    log = log.assign(
        message_id=[f"m{place}" for place in range(1, len(log) + 1)],
        conversation_id="c1",
        sent_at=log["sent_at"].dt.tz_localize("UTC"),
        employee_id=log["sender"].where(log["sender"] == "agent"),
    )
    chat = DataFrame(
        {
            "conversation_id": ["c1"],
            "customer_id": ["customer"],
            "started_at": [log["sent_at"].min()],
            "initial_agent_id": ["agent"],
        }
    )
    return {"conversations": chat, "messages": log}
