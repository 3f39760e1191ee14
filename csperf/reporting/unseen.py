"""Changes that a comparison may have missed: how large they must be to be seen."""

from __future__ import annotations

from typing import Any

from pandas import DataFrame

from csperf.comparison.changes import detectable_among
from csperf.comparison.cycles import SCORE
from csperf.indicators import INDICATORS
from csperf.reporting.display import number
from csperf.reporting.opening import TeamView
from csperf.reporting.values import shown_change, title_of, unit_of

CLEAR = 0.05  # of p_adjusted


def unseen(view: TeamView, comparisons: DataFrame) -> list[str]:
    """From which size on a change would have been seen, of what cannot be told; one sentence.

    It is about the latest baseline only: the others differ in little but the noise.
    """
    latest = comparisons[comparisons["baseline_id"] == comparisons["baseline_id"].max()]
    missed = latest[(latest["low"] <= 0) & (latest["high"] >= 0)]
    missed = missed[missed["smallest_detectable"].notna()]
    if missed.empty:
        return []
    sizes = "; ".join(_size(view, row) for row in missed.itertuples())
    baseline = missed["baseline_id"].iloc[0]
    return [view.text("comparison.unseen", sizes=sizes, baseline=baseline)]


def unseen_in_people(view: TeamView, changes: DataFrame) -> str:
    """By how much one person must change to be seen among all; empty where all changes are clear.

    `changes` are those of all people who are looked at together.
    """
    smallest = detectable_among(changes)
    here = (changes["team_id"] == view.team_id) & smallest.notna()
    missed = here & ~(changes["p_adjusted"] < CLEAR)
    if not missed.any():
        return ""
    size = number(smallest[missed].max())
    return view.text("comparison.unseen_people", points=size, n=int(smallest.notna().sum()))


def with_unit(view: TeamView, key: str, quantity: str, **told: Any) -> str:
    """The phrase of a key, in the form that the quantity's unit asks for."""
    text = view.text
    if quantity == SCORE:
        return text(f"comparison.{key}_score", **told)
    told["name"] = title_of(quantity, text)
    if INDICATORS[quantity].unit == "share":
        return text(f"comparison.{key}_share", **told)
    if unit := unit_of(quantity, view.scheme.currency, text):
        return text(f"comparison.{key}_in_unit", unit=unit, **told)
    return text(f"comparison.{key}_number", **told)


def _size(view: TeamView, row: Any) -> str:
    quantity, smallest = row.quantity_id, row.smallest_detectable
    size = number(smallest) if quantity == SCORE else shown_change(smallest, quantity)
    return with_unit(view, "unseen", quantity, size=size.removeprefix("+"), n=row.n)
