"""What another scheme would have changed, as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd
from pandas import DataFrame

from csperf.answers.plain_text import aligned, figure, plain

MOVERS = 20  # people listed; the tables have everybody


def what_if_text(
    people: DataFrame, proposals: DataFrame, summary: DataFrame, stability: DataFrame
) -> Iterator[str]:
    """Lines of a `WhatIf`, from its tables."""
    yield "What it changes (official -> other scheme; tau-b: 1 is the same order, -1 the reverse)"
    header = ("cycle", "team", "scored", "other grade", "other rank", "tau-b", "proposals", "cost")
    yield from aligned(header, [_team(row) for row in summary.to_dict("records")])
    yield from _costs(summary)
    yield ""
    yield from _unscored(people)
    yield from _movers(people)
    yield ""
    yield from _proposals(proposals)
    yield ""
    yield from _firmness(stability)


def _team(row: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        row["cycle_id"],
        f"all of {row['department_id']}" if pd.isna(row["team_id"]) else row["team_id"],
        _pair(row, "n_scored", 0),
        figure(row["n_grade_changed"], 0),
        figure(row["n_rank_changed"], 0),
        figure(row["tau_b"]),
        _pair(row, "n_proposals", 0),
        f"{_money(row, '')} -> {_money(row, '_other')}",
    )


def _costs(summary: DataFrame) -> Iterator[str]:
    """What the cost is made of, and whose pay is not in it."""
    statements = summary[["pay", "pay_other"]].notna().any(axis=None)
    statements |= summary[["n_pay_unknown", "n_pay_unknown_other"]].any(axis=None)
    if not statements:
        yield "  cost: money of proposals; neither scheme has pay statements"
        return
    yield "  cost: what the pay comes to where a scheme has statements, else money of proposals"
    whole = summary[summary["team_id"].isna()]
    counts = [int(whole[f"n_pay_unknown{suffix}"].sum()) for suffix in ("", "_other")]
    if any(counts):
        yield f"  not in it, for their pay is not known: {counts[0]} -> {counts[1]} people"


def _pair(row: Mapping[str, Any], name: str, digits: int = 2) -> str:
    return f"{figure(row[name], digits)} -> {figure(row[f'{name}_other'], digits)}"


def _money(row: Mapping[str, Any], suffix: str) -> str:
    """Net cost, and what it is made of where some is paid and some deducted."""
    net = f"{figure(row[f'cost{suffix}'])} {row[f'currency{suffix}']}".rstrip()
    if pd.notna(row[f"pay{suffix}"]):
        return net
    paid, deducted = row[f"paid{suffix}"], row[f"deducted{suffix}"]
    return f"{net} ({figure(paid)} - {figure(-deducted)})" if paid and deducted else net


def _unscored(people: DataFrame) -> Iterator[str]:
    """How many lose their score, and why."""
    lost = people[people["score"].notna() & people["score_other"].isna()]
    for reason, count in lost["reason_other"].value_counts(dropna=False).sort_index().items():
        yield f"No score under the other scheme: {count} ({plain(reason)})."


def _movers(people: DataFrame) -> Iterator[str]:
    """People whose grade or place changes, the largest difference of score first."""
    moved = people["grade_changed"].fillna(False) | (people["rank_difference"].fillna(0) != 0)
    rows = people[moved.astype(bool)]
    if rows.empty:
        yield "Nobody changes grade or place."
        return
    size = rows["score_difference"].abs()
    rows = rows.assign(size=size).sort_values("size", ascending=False, kind="stable")
    more = f", the first {MOVERS}" if len(rows) > MOVERS else ""
    yield f"{len(rows)} of {len(people)} results change grade or place{more}:"
    header = ("cycle", "employee", "team", "score", "difference", "rank", "grade", "group")
    lines = [
        (
            row["cycle_id"],
            row["employee_id"],
            row["team_id"],
            _pair(row, "score"),
            figure(row["score_difference"], signed=True),
            _pair(row, "rank", 0),
            f"{plain(row['grade'])} -> {plain(row['grade_other'])}",
            "other" if row["moved_group"] else "same",
        )
        for row in rows.head(MOVERS).to_dict("records")
    ]
    yield from aligned(header, lines)


def _proposals(proposals: DataFrame) -> Iterator[str]:
    """Who would get which proposal, as far as the schemes differ."""
    changed = proposals["under"] != "both"
    changed |= proposals["amount"].fillna(0) != proposals["amount_other"].fillna(0)
    rows = proposals[changed]
    if rows.empty:
        yield "The proposals stay the same."
        return
    yield f"{len(rows)} proposals differ:"
    header = ("cycle", "employee", "proposal", "under", "amount")
    lines = [
        (
            row["cycle_id"],
            row["employee_id"],
            f"{row['action'].replace('_', ' ')} ({row['rule_id']})",
            row["under"],
            _amount(row),
        )
        for row in rows.to_dict("records")
    ]
    yield from aligned(header, lines)


def _amount(row: Mapping[str, Any]) -> str:
    if row["under"] == "both":
        return _pair(row, "amount")
    return figure(row["amount"] if row["under"] == "official" else row["amount_other"])


def _firmness(stability: DataFrame) -> Iterator[str]:
    """Means of the stability table over everybody."""
    ranked = stability[stability["keeps_rank"].notna()]
    told = []
    if len(ranked):
        first = ranked.loc[ranked["rank"] == 1, "share_first"].mean()
        told.append(f"a person keeps the place in {figure(100 * ranked['keeps_rank'].mean(), 0)} %")
        told.append(f"the first stays first in {figure(100 * first, 0)} %")
    if stability["keeps_grade"].notna().any():
        told.append(f"the grade stays in {figure(100 * stability['keeps_grade'].mean(), 0)} %")
    if told:
        yield f"With slightly other weights of the other scheme, {', '.join(told)} of the draws."
