"""Facts of cases: first reply, resolution, first contact, agreed times."""

from __future__ import annotations

import narwhals.stable.v2 as nw

from csperf.indicators.engine import Events, Rows, as_number

CARRIED = ("case_id", "team_id", "channel", "product", "priority", "issue_type", "n_reassigned")


def elapsed(start: str, end: str) -> nw.Expr:
    """Milliseconds from one column to another; unknown where the end lies before the start."""
    lasted = nw.col(end) - nw.col(start)
    return nw.when(lasted >= 0).then(lasted)


def cases(events: Events) -> Rows:
    """Cases, on the day they were opened; unresolved ones are kept and counted as such.

    A case that was reopened after it was resolved is open again. First contact: resolved, never
    reopened or passed on, and the customer did not ask again. A case that is not older than the
    contact window when the data end is not judged yet, nor is one that could not have been resolved
    at the first contact, unless the rule `first_contact` is gross.
    """
    open_again = (nw.col("reopened_ms") > nw.col("resolved_ms")).fill_null(False)
    resolved = nw.coalesce(nw.col("resolved"), ~nw.col("resolved_ms").is_null() & ~open_again)
    seen_again = nw.when(~nw.col("reopened_ms").is_null()).then(nw.lit(True))
    reopened = nw.coalesce(nw.col("n_reopened") > 0, seen_again)
    passed_on = nw.col("n_reassigned") > 0
    opened_day = events.day(nw.col("opened_ms"), "team_id")
    came_back = _came_back(events, opened_day)
    asked_again = (nw.col("n_contacts") > 1).fill_null(False) | came_back
    settled = resolved & ~reopened.fill_null(False) & ~passed_on.fill_null(False) & ~asked_again
    ripe = events.last_day - opened_day >= events.rules.contact_window_days
    possible = nw.col("resolvable_first_contact").fill_null(True)
    judged = ripe & possible if events.rules.first_contact == "net" else ripe
    rows, lasted = _timed(events.raw("cases"), events)
    return rows.select(
        *CARRIED,
        employee_id="owner_id",
        customer=events.customer_or("case", "case_id"),
        day=opened_day,
        resolved_day=events.day(nw.col("resolved_ms"), "team_id"),
        resolved=as_number(resolved),
        first_contact=nw.when(judged).then(as_number(settled)),
        sla_met=as_number(nw.col("sla_met")),
        reopened=as_number(reopened),
        reassigned=as_number(passed_on),
        reply_ms=lasted["reply_ms"],
        resolve_ms=nw.when(resolved).then(lasted["resolve_ms"]),
    )


def handled_cases(events: Events) -> Rows:
    """Cases on the day they were resolved, to be held against the hours of that day."""
    return (
        cases(events)
        .filter(nw.col("resolved") == 1)
        .with_columns(day=nw.col("resolved_day"), handled=nw.lit(1))
    )


def _timed(rows: Rows, events: Events) -> tuple[Rows, dict[str, nw.Expr]]:
    """The rows, and of them reply_ms and resolve_ms since opening, by the clock of the rules."""
    ends = {"reply_ms": "first_reply", "resolve_ms": "resolved"}
    lasted = {name: elapsed("opened_ms", f"{end}_ms") for name, end in ends.items()}
    if events.rules.clock == "business":
        moments = {f"{m}_local": f"{m}_ms" for m in ("opened", *ends.values())}
        local = {name: events.local(nw.col(ms), "team_id") for name, ms in moments.items()}
        rows = events.working(rows.with_columns(**local), *local)
        for name, end in ends.items():
            worked = nw.col(f"{end}_local_worked") - nw.col("opened_local_worked")
            lasted[name] = nw.when(~lasted[name].is_null()).then(worked)
    return rows, lasted


def _came_back(events: Events, opened_day: nw.Expr) -> nw.Expr:
    """Whether the customer opened the next case on the same issue within the contact window."""
    if not {"cases.customer_id", "cases.issue_type"} <= events.columns:
        return nw.lit(False)
    told_apart = ~nw.col("customer_id").is_null() & ~nw.col("issue_type").is_null()
    same, order = ("customer_id", "issue_type"), ["opened_ms", "case_id"]
    following = opened_day.shift(-1).over(*same, order_by=order)
    soon = following - opened_day <= events.rules.contact_window_days
    return told_apart & soon.fill_null(False)
