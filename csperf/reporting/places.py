"""How a person stands towards the others: position, shared places, grade borders, rules off."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
from pandas import DataFrame, Series

from csperf.reporting.display import Sentences, chance, number
from csperf.reporting.opening import TeamView
from csperf.reporting.people import joined, plain, records, titled, worded
from csperf.scheme import Scheme, When

FEWEST, MOST = 2, 9  # decimals of a score near a border


def remarks(view: TeamView, rows: DataFrame) -> Series:
    """Why somebody is not ranked, shares a place, stands apart, or has a grade near a border.

    A plain position is said where no test is known, a significant one where the test says so.
    """
    found = records(view, "positions").set_index("employee_id").reindex(rows["employee_id"])
    tested, place = found["p_adjusted"].notna(), found["position"]
    clear = place.str.startswith("significantly", na=False)
    told = {
        "reason": rows["reason"],
        "shared": [*_shared(view, rows["rank"], found["sharing"])],
        "position": worded(view, "position", place.where(clear | ~tested)),
        "border": rows["employee_id"].map(_borders(view)),
    }
    whole = DataFrame({name: list(words) for name, words in told.items()}, rows.index)
    return Series([joined(row, "; ") for row in whole.itertuples(index=False)], rows.index)


def near_borders(view: TeamView, rows: DataFrame) -> Series:
    """Scores as they are printed: near the border of a grade with at least two decimals.

    There are as many as it takes not to print a score as if it lay on the other side.
    """
    borders = records(view, "grade_chances").drop_duplicates("employee_id")
    near = rows["employee_id"].map(borders.set_index("employee_id")["border"])
    return Series(
        [
            number(score) if pd.isna(border) else _on_its_side(score, border)
            for score, border in zip(rows["score"], near, strict=True)
        ],
        rows.index,
        dtype="str",
    )


def rules_off(view: TeamView) -> Sentences | None:
    """Why rules on places do not apply: nobody to compare with, all equal, or too few people."""
    text, every = view.text, records(view, "positions")
    notes = []
    for _, rows in every.groupby("comparison_group", sort=False):
        size = int(rows["group_size"].iloc[0])
        if size == 1:
            notes.append(text("off.alone", name=joined(rows["display_name"])))
        elif (rows["position"] == "average").all():
            notes.append(text("off.equal", n=size))
        elif off := joined(_too_few(view.scheme, size)):
            least = view.scheme.ranking.min_size_for_last.value
            notes.append(text("off.too_few", n=size, rules=off, least=least))
    return Sentences(notes, kind="note") if notes else None


def _too_few(scheme: Scheme, size: int) -> Iterator[str]:
    """Titles of rules on places that a group of this size is too small for."""
    for rule in scheme.rules:
        if _is_off(rule.when, size, scheme):
            yield rule.title or plain(rule.id)


def _is_off(when: When, size: int, scheme: Scheme) -> bool:
    """As `outcomes.holds` reads a rule on places."""
    first, last = when.rank_from_top, when.rank_from_bottom
    if last and size < scheme.ranking.min_size_for_last.value:
        return True
    return any(size <= places.value for places in (first, last) if places)


def _shared(view: TeamView, ranks: Series, sharing: Series) -> Iterator[str | None]:
    for rank, n in zip(ranks, sharing, strict=True):
        if pd.isna(n) or pd.isna(rank):
            yield None
        else:
            yield view.text("places.first" if rank == 1 else "places.shared", n=int(n) - 1)


def _borders(view: TeamView) -> dict[str, str]:
    """For people near a border: that they are, and how likely each grade is where it is known."""
    rows = records(view, "grade_chances")
    titles = titled(rows["grade"], {band.grade: band.title for band in view.scheme.grades})
    rows = rows.assign(said=titles)
    told = {}
    for person, own in rows.groupby("employee_id"):
        known = own.dropna(subset="probability")
        words = joined(
            f"{title} {chance(p)}"
            for title, p in zip(known["said"], known["probability"], strict=True)
        )
        key = "places.border_chances" if words else "places.border"
        told[str(person)] = view.text(key, border=f"{own['border'].iloc[0]:g}", chances=words)
    return told


def _on_its_side(score: float, border: float) -> str:
    """The score with so many decimals that it is printed on the side where it lies."""
    digits = FEWEST
    while digits < MOST and (round(score, digits) >= border) != (score >= border):
        digits += 1
    return number(score, digits)
