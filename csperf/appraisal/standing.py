"""Where people stand after a cycle: quota, band, level, and state in the annual chain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from pandas import DataFrame, Series

from csperf.appraisal.appeals import suspended
from csperf.appraisal.chain import AGAINST, CONTRACT, advance
from csperf.appraisal.decisions import decisions_on
from csperf.appraisal.distribution import counting_grade, distribute, quota_table, rank_bands
from csperf.appraisal.levels import standing_level
from csperf.appraisal.proposing import proposed
from csperf.appraisal.streaks import earlier_scores, of_length
from csperf.params import Cycle
from csperf.scheme import Distribution, Scheme

POOLED = "small teams together"
DEPARTMENT = "department"
YEAR, FIRST_HALF = 4, "-H1"
NOT_BY_SCORE = " counts, not the grade by score, "
STANDING = ["employee_id", "state", "allowance_level"]


def with_standing(
    people: DataFrame,
    scheme: Scheme,
    cycle: Cycle,
    past: DataFrame,
    records: Mapping[str, DataFrame],
) -> tuple[DataFrame, DataFrame]:
    """People with distribution_grade, rank_band, level, state and allowance_level.

    The columns border and level_note say why the distribution grade and the level are what they are
    (`distribute`, `standing_level`).

    Parameters
    ----------
    people : DataFrame
        employee_id, team_id, level_group, eligible, score, grade, rank.
    past : DataFrame
        Earlier scores of the scheme (`streaks.earlier_scores`) of any length of cycle.
    records : mapping
        Input tables; contracts, appeals and sign-offs are read.

    Returns
    -------
    DataFrame, DataFrame
        The people, and what happened in the chain (`chain.advance`).
    """
    ranked = people["eligible"] & people["score"].notna()
    by_quota = people.assign(group=share_groups(people, ranked, scheme.distribution))
    in_order = people.assign(group=share_groups(people, ranked, scheme.ranking.bands))
    scores = people.set_index("employee_id")["score"].where(ranked.to_numpy())
    assessed = standing_level(scores, of_length(past, cycle), scheme, cycle)
    assessed = assessed.set_index("employee_id")
    placed = distribute(by_quota, scheme)
    found = people.assign(
        distribution_grade=placed["distribution_grade"],
        border=placed["border"],
        rank_band=rank_bands(in_order, scheme),
        level=people["employee_id"].map(assessed["level"]),
        level_note=people["employee_id"].map(assessed["note"]),
    )
    before = _before(past, scheme, records)
    moved = _moves(found, ranked, before, scheme, cycle, records)
    after = _after(people, before, moved, scheme)
    found = found.assign(state=after["state"], allowance_level=after["allowance_level"])
    return found, moved


def taken_for_new(
    people: DataFrame, history: DataFrame | None, scheme: Scheme, cycle: Cycle
) -> DataFrame:
    """People there before a cycle of the chain began, of whom no standing in it is known.

    They are taken for new: at the start, at level 0. The history of a department does not know what
    those brought with them who came from another one. `people` has employee_id and hire_date; who
    has none of it was there.
    """
    if scheme.chain is None or _kind(cycle.id) is None:
        return people.iloc[:0]
    past = earlier_scores(history, scheme, cycle)
    known = past[past["state"].notna() & past["cycle_id"].map(_kind).notna()]
    new = people["hire_date"] >= pd.Timestamp(cycle.start)
    return people[~new & ~people["employee_id"].isin(known["employee_id"])]


def quota_places(people: DataFrame, scheme: Scheme) -> DataFrame:
    """Places of shares of grades (by: grade) and of the order (by: rank), and how many came.

    Columns as in `distribution.quota_table`, with by; `people` as for `with_standing`.
    """
    ranked = people["eligible"] & people["score"].notna()
    by_quota = people.assign(group=share_groups(people, ranked, scheme.distribution))
    in_order = people.assign(group=share_groups(people, ranked, scheme.ranking.bands))
    tables = [
        quota_table(by_quota, scheme, "grade").assign(by="grade"),
        quota_table(in_order, scheme, "rank").assign(by="rank"),
    ]
    there = [table for table in tables if len(table)]
    return pd.concat(there, ignore_index=True) if there else DataFrame(columns=["by"])


def chain_proposals(moved: DataFrame, people: DataFrame, scheme: Scheme, cycle: Cycle) -> DataFrame:
    """What the chain proposes, in the columns of proposals; people decide all of it."""
    chain, rows = scheme.chain, moved[moved["proposal"]]
    review = rows["state"].where(rows["state"].str.endswith("REVIEW")).str.lower()
    level = Series("allowance_level", index=rows.index).where(rows["change"] != 0)
    facts = [_facts(row) for row in rows.to_dict("records")]
    teams = people.set_index("employee_id")["team_id"]
    found = DataFrame(
        {
            "team_id": rows["employee_id"].map(teams),
            "employee_id": rows["employee_id"],
            "rule_id": rows["transition"],
            "action": review.fillna(level).fillna("promotion_" + rows["promotion"]),
            "amount": float("nan"),
            "currency": None,
            "due": None,
            "approver": chain.approver.value if chain else "",
            "facts": facts,
        }
    )
    return proposed(found, scheme, cycle)


def _facts(move: dict[str, Any]) -> str:
    """What happened, what follows, and what the chain says about it."""
    grade = move["grade"] if isinstance(move["grade"], str) else ""
    parts = [
        f"{move['event']} {grade}: {move['state_before']} to {move['state']}",
        f"allowance {move['change']:+d}",
        f"promotion {move['promotion']}",
        "to be looked at by people" if move["review"] else "",
        move["note"],
    ]
    return ", ".join(filter(None, parts))


def share_groups(people: DataFrame, ranked: Series, shares: Distribution | None) -> Series:
    """The group whose shares a person counts in.

    Teams too small for shares are put together; if they are too few even then, the whole department
    shares its places.
    """
    if shares is None:
        return Series(pd.NA, index=people.index, dtype="str")
    match shares.group.value:
        case "team":
            groups = people["team_id"].where(ranked)
            least = shares.min_group.value
            small = groups.map(groups.value_counts()) < least
            if 0 < small.sum() < least:
                return groups.where(groups.isna(), DEPARTMENT)
            return groups.mask(small, POOLED)
        case "level_group":
            return people["level_group"].where(ranked)
        case _:
            return Series(DEPARTMENT, index=people.index, dtype="str").where(ranked)


def _events(
    people: DataFrame,
    ranked: Series,
    before: DataFrame,
    scheme: Scheme,
    cycle: Cycle,
    records: Mapping[str, DataFrame],
) -> DataFrame:
    """What the cycle means for the chain: results of a year or its first half, and what goes on.

    The first half is due for listed people only; a voluntary one of others is no event.
    """
    result = _kind(cycle.id)
    if scheme.chain is None or result is None:
        return DataFrame(columns=["employee_id", "event", "grade", "at", "cycle_id"])
    due = people[["employee_id"]].assign(
        event=Series(result, index=people.index).where(ranked, "absent"),
        grade=people["grade"].where(ranked),
        at=pd.Timestamp(cycle.last_day),
    )
    if result == "mid_year":
        listed = before[before["state"].isin(scheme.chain.listed)]
        due = due[due["employee_id"].isin(listed["employee_id"])]
    found = [due, _contract_ends(people, cycle, records.get("contracts"))]
    if "appeals" in records:
        waiting = suspended(records["appeals"], cycle)
        held = due[due["employee_id"].isin(waiting)]
        found.append(held.assign(event="appeal_open", grade=None))
    there = [frame for frame in found if len(frame)]
    return (pd.concat(there) if there else due).assign(cycle_id=cycle.id)


def _contract_ends(people: DataFrame, cycle: Cycle, contracts: DataFrame | None) -> DataFrame:
    """The last contract of people whose contracts end within the cycle."""
    columns = ["employee_id", "event", "grade", "at"]
    if contracts is None or "contract_to" not in contracts:
        return DataFrame(columns=columns)
    mine = contracts[contracts["employee_id"].isin(people["employee_id"])]
    last = mine.sort_values("contract_from").drop_duplicates("employee_id", keep="last")
    inside = last["contract_to"].between(pd.Timestamp(cycle.start), pd.Timestamp(cycle.last_day))
    ends = last[inside]
    return ends.assign(event=CONTRACT, grade=None, at=ends["contract_to"])[columns]


def _moves(
    people: DataFrame,
    ranked: Series,
    before: DataFrame,
    scheme: Scheme,
    cycle: Cycle,
    records: Mapping[str, DataFrame],
) -> DataFrame:
    """What the cycle does in the chain, with what people have decided about it."""
    if scheme.chain is None:
        return advance(before, before, scheme)
    counts = counting_grade(people, scheme)
    if "sign_offs" in records:
        grades = decisions_on(None, records["sign_offs"], cycle).set_index("employee_id")
        counts = people["employee_id"].map(grades["changed_to"]).astype("str").fillna(counts)
    events = _events(people.assign(grade=counts), ranked, before, scheme, cycle, records)
    moved = advance(before, events, scheme, _decisions(scheme, cycle, records))
    by_score = moved["employee_id"].map(people.set_index("employee_id")["grade"]).astype("str")
    other = moved["grade"].notna() & (moved["grade"] != by_score)
    told = moved["note"].where(moved["note"] == "", moved["note"] + "; ")
    note = told + moved["grade"] + NOT_BY_SCORE + by_score
    return moved.assign(note=moved["note"].mask(other, note))


def _decisions(scheme: Scheme, cycle: Cycle, records: Mapping[str, DataFrame]) -> DataFrame | None:
    if scheme.chain is None or "sign_offs" not in records:
        return None
    rows = [row.id for row in scheme.chain.transitions]
    return decisions_on(rows, records["sign_offs"], cycle)


def _before(past: DataFrame, scheme: Scheme, records: Mapping[str, DataFrame]) -> DataFrame:
    """The latest state and allowance level of each person, of the cycles that may move them.

    Other cycles only repeat what was known when they were run. Where people have decided against
    what the chain proposed, the person's cycles from that one on are gone through again.
    """
    ends = {id: Cycle.parse(id).end for id in past["cycle_id"].unique() if _kind(id)}
    known = past[past["state"].notna() & past["cycle_id"].isin(list(ends))]
    latest = known.iloc[:0]
    redone: set[str] = set()
    for cycle_id in sorted(ends, key=lambda id: ends[id]):
        cycle, rows = Cycle.parse(cycle_id), known[known["cycle_id"] == cycle_id]
        decided = _decisions(scheme, cycle, records)
        if decided is not None:
            redone |= {*decided.loc[decided["decision"].isin(AGAINST), "employee_id"]}
        again = rows[rows["employee_id"].isin(redone)]
        if len(again):
            moved = _moves(again, again["rank"].notna(), latest, scheme, cycle, records)
            rows = pd.concat([rows[~rows["employee_id"].isin(redone)], _decided(moved)])
        latest = pd.concat([latest, rows])[STANDING].drop_duplicates("employee_id", keep="last")
    return latest[STANDING]


def _decided(moved: DataFrame) -> DataFrame:
    """State and allowance level after each move, as people decided."""
    decided = moved[["employee_id", "decided_state", "decided_level"]]
    return decided.set_axis(STANDING, axis=1).drop_duplicates("employee_id", keep="last")


def _kind(cycle_id: str) -> str | None:
    """Which result of the chain a cycle is; years and first halves are one."""
    if len(cycle_id) == YEAR:
        return "annual"
    return "mid_year" if cycle_id.endswith(FIRST_HALF) else None


def _after(people: DataFrame, before: DataFrame, moved: DataFrame, scheme: Scheme) -> DataFrame:
    """State and allowance level of each person, moved or not; empty without a chain."""
    if scheme.chain is None:
        return people.assign(state=None, allowance_level=float("nan"))
    latest = pd.concat([before, _decided(moved)])
    standing = latest.drop_duplicates("employee_id", keep="last").set_index("employee_id")
    found = standing.reindex(people["employee_id"]).set_index(people.index)
    start = {"state": scheme.chain.start, "allowance_level": 0}
    return found.fillna(start)
