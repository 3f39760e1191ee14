"""Facts of costs: what service costs a month and team, and the contacts it was spent on."""

from __future__ import annotations

import narwhals.stable.v2 as nw

from csperf.indicators.chats import conversations
from csperf.indicators.engine import Events, Rows, in_e4
from csperf.indicators.exact import floored

SHIFT = 671  # days from 1 March 1968, the day after a leap day, to 1 January 1970
FOUR_YEARS = 4 * 365 + 1
FIVE_MONTHS = 31 + 30 + 31 + 30 + 31  # from March, and again from August


def costs(events: Events) -> Rows:
    """Costs on the first day of their month; they are a team's, never a person's."""
    return events.raw("costs").with_columns(
        nw.lit(None, nw.String).alias("employee_id"),
        day=month_of(nw.col("month_day")),
        cost_e4=in_e4(nw.col("amount")),
        account=nw.concat_str(
            nw.col("month_day").cast(nw.String), nw.col("team_id").fill_null(""), separator=" "
        ),
    )


def costed_contacts(events: Events) -> Rows:
    """Contacts handled in months whose costs are known, each once, with the team if its own are.

    Contacts are conversations with a human reply and calls that were answered. Cases follow from
    them, so that cases resolved stand in only where there are neither.
    """
    known = events.kept("costs", costs).select("team_id", month="day").unique()
    teams = known.filter(~nw.col("team_id").is_null()).with_columns(costed="team_id")
    months = known.select("month").unique()
    return (
        events.with_team(nw.concat(_contacts(events)))
        .with_columns(month=month_of(nw.col("day")))
        .join(months, on="month", how="inner")
        .join(teams, on=["team_id", "month"], how="left")
        .group_by("contact", "day")
        .agg(team_id=nw.col("costed").min())
        .with_columns(nw.lit(None, nw.String).alias("employee_id"), nw.lit(1).alias("handled"))
    )


def month_of(day: nw.Expr) -> nw.Expr:
    """The first day of a day's month, between 1900 and 2100, in days since 1970.

    Years that begin in March end with the leap day, and their months are 31, 30, 31, 30, 31 days
    long, and again.
    """
    since = (day + SHIFT) % FOUR_YEARS
    of_year = nw.when(since < FOUR_YEARS - 1).then(since % 365).otherwise(365)
    month = floored(of_year * 5 + 2, FIVE_MONTHS)
    return day - of_year + floored(month * FIVE_MONTHS + 2, 5)


def _contacts(events: Events) -> list[Rows]:
    found = []
    if {"conversations", "messages"} <= events.names:
        chats = events.kept("conversations", conversations).filter(nw.col("replied") == 1)
        found.append(_contact(chats, "conversation", "conversation_id"))
    if "calls" in events.names:
        calls = events["calls"].filter(~nw.col("answered_ms").is_null())
        found.append(_contact(calls.with_columns(day="offered_day"), "call", "call_id"))
    if not found and "cases" in events.names:
        cases = events["cases"].filter(~nw.col("resolved_ms").is_null())
        owned = cases.with_columns(day="resolved_day", employee_id="owner_id")
        found.append(_contact(owned, "case", "case_id"))
    return found or [_nothing(events)]


def _nothing(events: Events) -> Rows:
    nobody = events.raw("costs").filter(nw.col("month_day").is_null())
    return _contact(nobody.with_columns(employee_id="team_id", day="month_day"), "no", "team_id")


def _contact(rows: Rows, kind: str, id: str) -> Rows:
    name = nw.concat_str(nw.lit(f"{kind} "), nw.col(id))
    employee = nw.col("employee_id").cast(nw.String)  # it may come in codes
    return rows.select("team_id", "day", employee_id=employee, contact=name)
