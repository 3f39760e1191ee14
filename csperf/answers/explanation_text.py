"""The four questions about one person's result, as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd
from pandas import DataFrame

from csperf.answers.plain_text import UNKNOWN, aligned, figure, plain
from csperf.answers.standards import shown
from csperf.appraisal.scoring import USABLE

SHORT_BOARD = 5  # components listed as costing most
STRENGTHS = 3
STATUS = {
    "ok": "ok",
    "too_few": "too few to count",
    "not_computable": "nothing to compute it from",
    "not_available": "no data at all",
    "provisional": "provisional",
    "given": "ok",
    "not_given": "nobody gave a score",
    "not_shown": "not shown: too few evaluators",
    "not_scored": "no score in that cycle",
}
SURE = ("95 % interval of the score", "places that the data allow")
REVIEW = (
    "For review only: it is no decision, and people decide. Being last is no proof of poor work.",
    "It needs evidence against a standard that holds for everybody, and a record of training or of",
    "a transfer. Not legal advice.",
)
NOT_COMPARED = "compared only among people who are ranked"
NOTHING_LOST = 1e-9


def explanation_text(
    rows: DataFrame, facts: Mapping[str, Any], tasks: Sequence[str], proposals: DataFrame
) -> Iterator[str]:
    """Lines of an `Explanation`, from its parts."""
    weighs = (rows["weight_nominal"] > 0) | (rows["weight"] > 0)
    counted = rows[weighs | rows["after_weighting"].astype(bool)]
    yield from _heading(facts)
    yield "1 What should you have done?"
    asked = [
        (row["title"], figure(row["weight_nominal"]), row["provenance"], row["standard"])
        for row in counted.to_dict("records")
    ]
    yield from aligned(("component", "weight", "source", "standard"), asked)
    yield from (f"  {plain(task)}" for task in tasks)
    yield ""
    yield "2 What did you do?"
    header = ("component", "value", "n", "95 % interval", "of target", "")
    yield from aligned(header, [_done(row) for row in counted.to_dict("records")])
    yield ""
    yield "3 Why this result?"
    yield from _why(counted, facts)
    yield ""
    yield "4 Which direction to improve?"
    if pd.isna(facts["score"]):
        yield "  Without a score nothing can be weighed."
    else:
        yield from _direction(counted)
    for row in proposals.to_dict("records"):
        yield f"  {_proposed(row)}"
        if row["review_only"]:
            yield from (f"    {line}" for line in REVIEW)


def _heading(facts: Mapping[str, Any]) -> Iterator[str]:
    name, team = plain(facts["display_name"]), plain(facts["team_name"])
    yield f"{name}, {team}, {facts['cycle_id']}, by {plain(facts['scheme'])}"
    yield f"  {_result(facts)}"
    sure = _range(facts, "low", "high", 2), _range(facts, "rank_low", "rank_high", 0)
    told = [f"{what} {found}" for what, found in zip(SURE, sure, strict=True) if found]
    if told:
        yield f"  {'; '.join(told)}"
    if facts["provisional"]:
        yield "  Data are still coming in: the numbers are provisional."
    yield ""


def _result(facts: Mapping[str, Any]) -> str:
    if pd.isna(facts["score"]):
        return f"no score: {plain(facts['reason'])}"
    told = [f"score {figure(facts['score'])}"]
    if pd.notna(facts["rank"]):
        told.append(f"rank {facts['rank']} of {facts['group_size']} in {plain(facts['group'])}")
    elif pd.notna(facts["reason"]):
        told.append(f"not ranked: {plain(facts['reason'])}")
    else:
        told.append("not ranked: nobody to be compared with")
    if pd.notna(facts["grade"]):
        told.append(f"grade {facts['grade']} (from {facts['grade_from']:g})")
    if facts["next_grade"]:
        gap = facts["next_from"] - facts["score"]
        told.append(f"{figure(gap)} points below {facts['next_grade']} ({facts['next_from']:g})")
    return ", ".join(told)


def _range(facts: Mapping[str, Any], low: str, high: str, digits: int) -> str:
    """From one fact to the other; nothing where they are unknown."""
    if pd.isna(facts[low]) or pd.isna(facts[high]):
        return ""
    return f"{figure(facts[low], digits)} to {figure(facts[high], digits)}"


def _done(row: Mapping[str, Any]) -> tuple[str, ...]:
    indicator = row["indicator_id"] or None
    interval = UNKNOWN
    if pd.notna(row["low"]) and pd.notna(row["high"]):
        interval = f"{shown(row['low'], indicator)} to {shown(row['high'], indicator)}"
    reached = UNKNOWN
    if row["reached"]:
        share = "" if pd.isna(row["attainment"]) else f"{figure(row['attainment'], 0)} %, "
        reached = share + row["reached"]
    count = row["after_weighting"]
    value = figure(row["value"], 0) if count else shown(row["value"], indicator)
    return (
        row["title"],
        value,
        figure(row["n"], 0),
        interval,
        reached,
        STATUS[row["status"]],
    )


def _why(rows: DataFrame, facts: Mapping[str, Any]) -> Iterator[str]:
    if pd.isna(facts["score"]):
        yield f"  There is no score: {plain(facts['reason'])}."
        return
    lines = [
        (
            row["title"],
            *(("", "") if row["after_weighting"] else (figure(row["weight"]), "x")),
            figure(row["points"]),
            "=",
            figure(row["contribution"]),
            figure(row["group_median"]),
        )
        for row in rows[(rows["weight"] > 0) | rows["after_weighting"]].to_dict("records")
    ]
    blank = ("", "", "", "")
    if (rows["status"] == "not_shown").any():
        lines.append(("not shown, together", *blank, figure(facts["not_shown"]), ""))
    if facts["cut"]:
        lines.append(("cut off at 0 or 100", *blank, figure(facts["cut"]), ""))
    lines.append(("sum = score", *blank, figure(facts["total"]), ""))
    header = ("component", "weight", "", "points", "", "contribution", "group median")
    yield from aligned(header, lines)
    yield from _parts(rows)
    yield from _moved_weight(rows)


def _parts(rows: DataFrame) -> Iterator[str]:
    """What indicators and each type of evaluator have given to the score."""
    there = rows[rows["contribution"].notna()]
    whose = there["evaluator_type"].replace("", "indicators").str.replace("_", " ")
    whose = whose.mask(there["evaluator_type"].eq("") & there["indicator_id"].eq(""), "cycles")
    sums = there.groupby(whose, sort=False)[["contribution", "weight"]].sum()
    told = [
        f"{name} {figure(row['contribution'])} of {figure(row['weight'])}"
        for name, row in sums.iterrows()
    ]
    yield f"  By source: {'; '.join(told)}."


def _moved_weight(rows: DataFrame) -> Iterator[str]:
    """Which parts are missing, and where their weight went."""
    missing = rows[(rows["weight_nominal"] > 0) & (rows["weight"] == 0)]
    if missing.empty:
        return
    for row in missing.to_dict("records"):
        why = NOT_COMPARED if row["status"] in USABLE else STATUS[row["status"]]
        yield f"  Missing: {row['title']}, weight {figure(row['weight_nominal'])} ({why})."
    gained = rows.assign(more=rows["weight"] - rows["weight_nominal"])
    gained = gained[gained["more"] > NOTHING_LOST].sort_values("more", ascending=False)
    told = [f"{row['title']} +{figure(row['more'])}" for row in gained.to_dict("records")]
    yield f"  Their weight went to: {', '.join(told)}."


def _direction(rows: DataFrame) -> Iterator[str]:
    """What costs most and what the next step would take; what to keep."""
    lost = rows[rows["lost"] > NOTHING_LOST].sort_values("lost", ascending=False, kind="stable")
    if len(lost):
        worst = lost.iloc[0]
        yield f"  Short board: {worst['title']} costs {figure(worst['lost'])} points of the score."
        lines = [
            (row["title"], figure(row["lost"]), row["next_step"] or UNKNOWN, _signed(row["gain"]))
            for row in lost.head(SHORT_BOARD).to_dict("records")
        ]
        yield from aligned(("component", "lost", "next step", "score"), lines)
    else:
        yield "  No component costs points."
    good = rows[rows["points"].notna() & (rows["weight"] > 0)]
    good = good.assign(ahead=good["points"] - good["group_median"])
    best = good.sort_values(["points", "ahead"], ascending=False, kind="stable").head(STRENGTHS)
    if len(best):
        told = [f"{row['title']} ({_strong(row)})" for row in best.to_dict("records")]
        yield f"  Keep: {', '.join(told)}."


def _strong(row: Mapping[str, Any]) -> str:
    """Why a component is a strength: its points, and the group's middle where it is known."""
    if pd.isna(row["group_median"]):
        return f"{figure(row['points'], 0)} points"
    return f"{figure(row['points'], 0)} points, group {figure(row['group_median'], 0)}"


def _proposed(row: Mapping[str, Any]) -> str:
    """A proposal, how likely it is chance, and who has decided what on it."""
    chance = row["p_noise"]
    doubt = "" if pd.isna(chance) else f"; to {figure(100 * chance, 0)} % chance alone is behind it"
    what = f"{row['action'].replace('_', ' ')} ({row['facts']}{doubt})."
    if pd.isna(row["decided_by"]):
        return f"Proposed, not decided: {what}"
    when = "" if pd.isna(row["decided_at"]) else f" on {row['decided_at']:%Y-%m-%d}"
    to = "" if pd.isna(row["changed_to"]) else f" to {plain(row['changed_to']).replace('_', ' ')}"
    why = "" if pd.isna(row["why"]) else f" Reason: {plain(row['why'])}."
    by = plain(row["decided_by"])
    return f"Proposed: {what} {row['decision'].capitalize()}{to} by {by}{when}.{why}"


def _signed(value: float) -> str:
    return figure(value, signed=True)
