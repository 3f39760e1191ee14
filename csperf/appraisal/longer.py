"""Longer periods: the score of a quarter, half-year or year out of the cycles that lie in it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd
from pandas import DataFrame, Series

from csperf.appraisal.history import SCORE
from csperf.appraisal.scoring import DECIMALS, WEAKEST_FIRST, totals
from csperf.errors import InputError, Problem
from csperf.params import Cycle
from csperf.scheme import Longer, Scheme

CYCLES = {
    "monthly": tuple(f"{month:02}" for month in range(1, 13)),
    "quarterly": ("Q1", "Q2", "Q3", "Q4"),
    "mid_year": ("H1", "H2"),
    "annual": (),
}
COLUMNS = {
    "employee_id": "str",
    "team_id": "str",
    "score": "float64",
    "cycles": "int64",
    "needed": "int64",
    "reason": "str",
}


class Built(NamedTuple):
    """Components of a period's scores, its cycles among them, and why people have no score."""

    scores: DataFrame
    reasons: dict[str, str]


def longer_scores(history: DataFrame, scheme: Scheme, period: Cycle) -> DataFrame:
    """Scores of a longer period, built as `longer.built` of the scheme says.

    Parameters
    ----------
    history : DataFrame
        Rows of the history table; the scores of this scheme's cycles within the period count, but
        those of people who were not appraised in the cycle (group_size is empty) are only shown.

    Returns
    -------
    DataFrame
        A row for everyone with a score in one of the cycles: employee_id, team_id (the latest),
        score (points), cycles (with a score), needed (cycles of the period), reason (why there is
        no score). No rows for a scheme that appraises longer periods by themselves; of a mix, what
        its cycles give.

    Raises
    ------
    InputError
        If no cycle of the scheme's kind lies within the period, or a person has two scores in one.
    """
    longer = scheme.longer
    if longer is None or longer.built.value == "separate_appraisal":
        return DataFrame(columns=list(COLUMNS)).astype(COLUMNS)
    cycles = cycles_within(period, scheme)
    rows = _parts(history, scheme, longer, cycles)
    people = rows.groupby("employee_id").agg(team_id=("team_id", "last"), cycles=("score", "size"))
    reasons = _reasons(people["cycles"], longer, len(cycles))
    whole = people.assign(
        score=totals(rows).reindex(people.index).mask(reasons.notna()),
        needed=len(cycles),
        reason=reasons,
    )
    return whole.reset_index()[list(COLUMNS)].astype(COLUMNS)


def built_scores(
    own: DataFrame,
    reasons: Mapping[str, str],
    people: Series,
    history: DataFrame,
    scheme: Scheme,
    period: Cycle,
) -> Built:
    """Scores of a period out of its `part_cycles`, as components; unchanged if it has none.

    Parameters
    ----------
    own : DataFrame
        Components of the period appraised by itself (`scoring.score`). They count in a mix only;
        otherwise they are shown without weight and contribution.
    reasons : mapping
        {employee_id: why the period by itself has no score}, for a mix.
    people : Series
        employee_id of everyone.
    history : DataFrame
        Rows of the history table.

    Returns
    -------
    Built
        `scores` as `own`, with a row more for each person and cycle: component_id (the cycle's id),
        score (of the cycle), weight (per cent of the period's score), contribution (points).
    """
    longer, cycles = scheme.longer, part_cycles(period, scheme)
    if longer is None or not cycles:
        return Built(own, dict(reasons))
    at_end = longer.year_end_pct.value if longer.year_end_pct else 0.0
    rows = _parts(history, scheme, longer, cycles)
    counts = rows["employee_id"].value_counts().reindex(people, fill_value=0)
    why = _reasons(counts, longer, len(cycles)).dropna().to_dict()
    lacking = set(why)
    if at_end:
        lacking |= set(people) - set(totals(own).dropna().index)
        why = {**reasons, **why}
    grid = pd.MultiIndex.from_product([people, [cycle.id for cycle in cycles]])
    parts = rows.set_index(["employee_id", "cycle_id"])[["score", "weight", "contribution"]]
    parts = parts.reindex(grid.set_names(["employee_id", "component_id"])).reset_index()
    whole = [
        _counted(parts.assign(provenance=_provenance(longer)), 100 - at_end, lacking),
        _counted(own, at_end, lacking if at_end else set(people)),
    ]
    scores = pd.concat(whole).sort_values("employee_id", kind="stable", ignore_index=True)
    return Built(scores[list(own)], why)


def part_cycles(period: Cycle, scheme: Scheme) -> list[Cycle]:
    """Cycles that the score of a period is built from; none if it is appraised by itself only."""
    longer = scheme.longer
    if longer is None or longer.built.value == "separate_appraisal":
        return []
    return _inside(period, scheme)


def beyond_rules(period: Cycle, scheme: Scheme) -> bool:
    """Whether the scheme's rules and pay are not for this period: they are for its own cycles.

    They do not apply to what is built from these cycles, in which they have applied already, nor to
    a longer period of which the scheme says nothing.
    """
    if scheme.longer is None:
        return bool(_inside(period, scheme))
    return bool(part_cycles(period, scheme))


def cycles_within(period: Cycle, scheme: Scheme) -> list[Cycle]:
    """Cycles of the scheme's kind that lie in a longer period; InputError if there are none."""
    inside = _inside(period, scheme)
    if not inside:
        found = f"no {scheme.cycle} cycle of scheme '{scheme.id}' lies within it"
        raise InputError(Problem(f"period {period.id}", found, "name a longer one"))
    return inside


def once_a_cycle(rows: DataFrame) -> DataFrame:
    """The rows; InputError if a person has two of one cycle.

    `rows` has employee_id and cycle_id.
    """
    twice = rows[rows.duplicated(["employee_id", "cycle_id"])]
    if not twice.empty:
        pairs = sorted(set(zip(twice["employee_id"], twice["cycle_id"], strict=True)))
        raise InputError(
            Problem("history", f"employee '{person}' stands twice in {cycle}", "keep one row")
            for person, cycle in pairs
        )
    return rows


def _inside(period: Cycle, scheme: Scheme) -> list[Cycle]:
    year = [Cycle.parse(f"{period.start.year}-{name}") for name in CYCLES[scheme.cycle]]
    return [
        cycle
        for cycle in year
        if period.start <= cycle.start and cycle.end <= period.end and cycle.id != period.id
    ]


def _parts(history: DataFrame, scheme: Scheme, longer: Longer, cycles: list[Cycle]) -> DataFrame:
    """Scores of the cycles, those of a person in the order of time, and what each of them counts.

    weight is per cent of the person's cycles, contribution in points.
    """
    rows = _scored(history, scheme, cycles)
    weight = _weights(rows, cycles, longer.built.value)
    weight = 100 * weight / weight.groupby(rows["employee_id"]).transform("sum")
    return rows.assign(weight=weight, contribution=weight * rows["score"] / 100)


def _scored(history: DataFrame, scheme: Scheme, cycles: list[Cycle]) -> DataFrame:
    """Scores of who was appraised, in a group of any size, in the cycles."""
    mine = (history["quantity_id"] == SCORE) & (history["scheme_id"] == scheme.id)
    within = mine & history["cycle_id"].isin([cycle.id for cycle in cycles])
    rows = once_a_cycle(history[within].dropna(subset=["value", "group_size"]))
    rows = rows.sort_values(["employee_id", "cycle_id"], ignore_index=True)
    return rows.rename(columns={"value": "score"})[["employee_id", "team_id", "cycle_id", "score"]]


def _weights(rows: DataFrame, cycles: list[Cycle], built: str) -> Series:
    """How much each score counts for its person."""
    if built == "weighted_by_days":
        return rows["cycle_id"].map({cycle.id: cycle.days for cycle in cycles}).astype("float64")
    if built == "last":
        later = rows.groupby("employee_id").cumcount(ascending=False)
        return (later == 0).astype("float64")
    return Series(1.0, index=rows.index)


def _reasons(cycles: Series, longer: Longer, needed: int) -> Series:
    """Why people with so many cycles have no score; empty for who has enough of them."""
    share = longer.min_share_pct.value
    asked = max(1, math.ceil(round(share * needed / 100, DECIMALS)))
    texts = {
        n: f"needs {asked - n} more cycle{'s' if asked - n > 1 else ''}:"
        f" {n} of {needed} are there, and {share:g} % are asked for"
        for n in range(asked)
    }
    return cycles.map(texts).astype("str")


def _counted(rows: DataFrame, share_pct: float, lacking: set[str]) -> DataFrame:
    """The rows with weight and contribution as a share of the period; none for who lacks parts."""
    void = rows["employee_id"].isin(lacking)
    names = ("weight", "contribution")
    return rows.assign(**{name: (rows[name] * share_pct / 100).mask(void) for name in names})


def _provenance(longer: Longer) -> str:
    """The weaker source of the two values that say what a cycle counts."""
    values = (longer.built, longer.year_end_pct)
    found = {value.provenance for value in values if value}
    return next(word for word in WEAKEST_FIRST if word in found)
