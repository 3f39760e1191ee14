"""Small examples to learn from, made in one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
from pandas import DataFrame

from csperf.appraisal.history import SCORE
from csperf.appraisal.ranking import grade
from csperf.params import Cycle
from csperf.scheme import Scheme
from csperf.tables import OUTPUT_TABLES

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


def drawn_months(
    scores: Mapping[str, Sequence[float]], scheme: Scheme, cycle: Cycle, half: float = 4.0
) -> dict[str, DataFrame]:
    """Results of one team as they would be after some months, from the scores of each person.

    Parameters
    ----------
    scores : mapping
        {employee: scores of the months up to the cycle}; all have equally many.
    scheme : Scheme
        Whose grades they have.
    cycle : Cycle
        The month of the last scores.
    half : float
        Points of half the 95 % interval of each.

    Returns
    -------
    dict
        appraisals (of the cycle), history (of the months before) and summary (employee_id, with
        pattern and short_board unknown), as `feedback_grid` takes them.
    """
    last = pd.Period(cycle.start, "M")
    table = DataFrame(dict(scores)).rename_axis("month").rename_axis(columns="employee_id")
    months = pd.period_range(end=last, periods=len(table), freq="M").astype("str")
    whole = table.set_axis(months).rename_axis("cycle_id").reset_index()
    rows = whole.melt("cycle_id", var_name="employee_id")
    rows = rows.assign(
        **{"low": rows["value"] - half, "high": rows["value"] + half, "team_id": "team"},
        **{"quantity_id": SCORE, "status": "ok", "department_id": "department"},
        **{"scheme_id": scheme.id, "scheme_version": scheme.version},
    )
    now = rows["cycle_id"] == str(last)
    people = rows.loc[now, ["employee_id", "team_id", "value", "low", "high"]]
    people = people.rename(columns={"value": "score"}).reset_index(drop=True)
    people = people.assign(
        level_group="front_line", eligible=True, grade=grade(people["score"], scheme)
    )
    return {
        "appraisals": people,
        "history": OUTPUT_TABLES["history"].arrange(rows[~now]),
        "summary": people[["employee_id"]].assign(pattern=None, short_board=None),
    }
