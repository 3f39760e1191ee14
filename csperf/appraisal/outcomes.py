"""What the scheme's rules propose. Every row stays "proposed" until a person decides."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
from pandas import DataFrame, Series

from csperf.params import Cycle
from csperf.scheme import Rule, Scheme
from csperf.tables import OUTPUT_TABLES

CENT = 100


def proposals(
    appraisals: DataFrame, scheme: Scheme, cycle: Cycle, history: DataFrame | None = None
) -> DataFrame:
    """Proposals of one cycle.

    Parameters
    ----------
    appraisals : DataFrame
        employee_id, team_id, group, score, grade, rank, rank_from_bottom, group_size.
    history : DataFrame, optional
        Rows of the history table; needed for rules over several cycles.

    Returns
    -------
    DataFrame
        employee_id, team_id, rule_id, action, amount, currency, due, p_noise (unknown until rank
        uncertainty is computed), approver, appeal_until, status "proposed", facts.

    Notes
    -----
    No rule on ranks applies where everybody is equal, in a group that is not larger than the places
    it names, or, counted from the last, in one smaller than `ranking.min_size_for_last`.
    """
    rows = [
        row
        for rule in scheme.rules
        for _, group in appraisals.groupby("group", sort=True)
        for row in _apply(rule, group, scheme, cycle, history)
    ]
    table = OUTPUT_TABLES["proposals"]
    frame = DataFrame(rows) if rows else table.empty()
    return frame.sort_values(["employee_id", "rule_id"], ignore_index=True)


def _apply(
    rule: Rule, group: DataFrame, scheme: Scheme, cycle: Cycle, history: DataFrame | None
) -> list[dict[str, object]]:
    hit = group[_holds(rule, group, scheme)]
    times = rule.when.consecutive_cycles.value
    if times > 1:
        before = [_streak(rule, scheme, cycle, history, person) for person in hit.itertuples()]
        hit = hit[Series(before, index=hit.index, dtype="int64") >= times - 1]
    amounts = _amounts(rule, hit)
    report = cycle.last_day + timedelta(days=scheme.timing.report_days_after_cycle.value)
    return [
        {
            "team_id": person.team_id,
            "employee_id": person.employee_id,
            "rule_id": rule.id,
            "action": rule.action,
            "amount": amounts[person.employee_id],
            "currency": scheme.currency if rule.amount else None,
            "due": _after(report, rule),
            "p_noise": None,
            "approver": rule.approver.value,
            "appeal_until": pd.Timestamp(
                report + timedelta(days=scheme.timing.appeal_days_after_report.value)
            ),
            "status": "proposed",
            "facts": _facts(rule, person),
        }
        for person in hit.itertuples()
        if person.employee_id in amounts
    ]


def _after(report: date, rule: Rule) -> pd.Timestamp | None:
    if rule.due_days_after_report is None:
        return None
    return pd.Timestamp(report + timedelta(days=rule.due_days_after_report.value))


def _holds(rule: Rule, people: DataFrame, scheme: Scheme) -> Series:
    """Whether the rule's facts hold in this cycle, for each person."""
    when, holds = rule.when, people["score"].notna()
    size = people["group_size"].fillna(0)
    if when.rank_from_top or when.rank_from_bottom:
        holds &= people["rank"].notna() & (people["score"].nunique() > 1)
    if when.rank_from_top:
        places = when.rank_from_top.value
        holds &= (people["rank"] <= places).fillna(False) & (size > places)
    if when.rank_from_bottom:
        places = when.rank_from_bottom.value
        large = (size > places) & (size >= scheme.ranking.min_size_for_last.value)
        holds &= (people["rank_from_bottom"] <= places).fillna(False) & large
    if when.score_below:
        holds &= people["score"] < when.score_below.value
    if when.grade:
        holds &= (people["grade"] == when.grade).fillna(False)
    return holds.astype(bool)


def _streak(
    rule: Rule, scheme: Scheme, cycle: Cycle, history: DataFrame | None, person: object
) -> int:
    """Cycles running, before this one, in which the rule's facts held in the same team and scheme.

    A cycle in which the person was not ranked neither extends nor breaks a streak (`gap: skip`), or
    breaks it (`gap: break`), as does a cycle that is not there.
    """
    if history is None or history.empty:
        return 0
    scores = history[(history["quantity_id"] == "score") & (history["scheme_id"] == scheme.id)]
    scores = scores[_earlier(scores["cycle_id"], cycle)].assign(score=lambda rows: rows["value"])
    strict = scheme.ranking.gap.value == "break"
    length, expected_end = 0, cycle.start
    for cycle_id in sorted(scores["cycle_id"].unique(), reverse=True):
        past = Cycle.parse(cycle_id)
        then = scores[scores["cycle_id"] == cycle_id]
        mine = then[then["employee_id"] == person.employee_id]  # type: ignore[attr-defined]
        absent = mine["rank"].isna().all()
        if strict and (absent or past.end != expected_end):
            break
        if absent:
            continue
        team = then[then["team_id"] == person.team_id]  # type: ignore[attr-defined]
        if not _holds(rule, team, scheme).reindex(mine.index, fill_value=False).any():
            break
        length, expected_end = length + 1, past.start
    return length


def _earlier(cycles: Series, cycle: Cycle) -> Series:
    """Cycles of the same kind that ended before this one began."""
    kind = len(cycle.id)
    return cycles.map(
        lambda past: len(past) == kind and Cycle.parse(past).end <= cycle.start
    ).astype(bool)


def _amounts(rule: Rule, hit: DataFrame) -> dict[str, float | None]:
    """Money for each person hit; nobody is in it whom a tie spares."""
    people = sorted(hit["employee_id"])
    places = rule.when.rank_from_top or rule.when.rank_from_bottom
    tied = places is not None and len(people) > places.value
    if tied and rule.on_tie.value == "none":
        return {}
    if rule.amount is None:
        return dict.fromkeys(people)
    if tied and rule.on_tie.value == "split" and places is not None:
        return dict(zip(people, split(rule.amount.value * places.value, len(people)), strict=True))
    return dict.fromkeys(people, rule.amount.value)


def split(amount: float, shares: int) -> list[float]:
    """Equal shares in whole cents that add up to the amount; the first ones take the odd cents."""
    cents = round(abs(amount) * CENT)
    each, odd = divmod(cents, shares)
    sign = -1 if amount < 0 else 1
    return [sign * (each + (index < odd)) / CENT for index in range(shares)]


def _facts(rule: Rule, person: object) -> str:
    found = [f"score {person.score:.2f}"]  # type: ignore[attr-defined]
    if rule.when.rank_from_top or rule.when.rank_from_bottom:
        found.append(f"rank {person.rank} of {person.group_size}")  # type: ignore[attr-defined]
    if rule.when.grade:
        found.append(f"grade {rule.when.grade}")
    if rule.when.consecutive_cycles.value > 1:
        found.append(f"{rule.when.consecutive_cycles.value} cycles running")
    return ", ".join(found)
