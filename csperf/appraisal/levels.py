"""Standing levels: what several assessments in a row say together."""

from __future__ import annotations

import pandas as pd
from pandas import DataFrame, Series

from csperf.appraisal.longer import once_a_cycle
from csperf.params import Cycle
from csperf.scheme import Levels, Scheme

COLUMNS = {"employee_id": "str", "level": "str", "assessments": "int64", "note": "str"}
HELD = "the level of before is held"
COUNTS = {"hold_then_lower": "the lowest", "lowest": "the lowest", "latest": "the latest"}


def level_of(scores: Series, scheme: Scheme) -> Series:
    """Level that each single, unrounded score would earn; unknown without a score or levels."""
    levels = Series(pd.NA, index=scores.index, dtype="str")
    for band in reversed(scheme.levels.bands if scheme.levels else ()):
        levels = levels.mask(scores >= band.from_score.value, band.level)
    return levels


def standing_level(score: Series, earlier: DataFrame, scheme: Scheme, cycle: Cycle) -> DataFrame:
    """Standing level of each person after a cycle.

    Parameters
    ----------
    score : Series
        Points of the cycle by employee_id; unknown for who was not appraised.
    earlier : DataFrame
        employee_id, cycle_id, score, level of earlier cycles of the same scheme and length.
    cycle : Cycle
        The cycle of `score`.

    Returns
    -------
    DataFrame
        employee_id, level, assessments (how many of those that the scheme asks for are there), note
        (how many more cycles are needed, or what happened where assessments differ).

    Raises
    ------
    InputError
        If a person has two rows in one earlier cycle.

    Notes
    -----
    The latest assessments count. A cycle without one is passed over (`gap: skip`) or starts the
    count again (`gap: break`). With too few of them a level of before stands.
    """
    if scheme.levels is None:
        return DataFrame(columns=list(COLUMNS)).astype(COLUMNS)
    rows = _dated(score, earlier, cycle)
    counted = rows.dropna(subset="score")
    if scheme.ranking.gap.value == "break":
        counted = _unbroken(counted, cycle)
    nth = counted.groupby("employee_id", observed=False).cumcount()
    latest = counted[nth < scheme.levels.assessments.value]
    places = {band.level: place for place, band in enumerate(scheme.levels.bands)}
    held = rows.dropna(subset="level").drop_duplicates("employee_id").set_index("employee_id")
    earned = level_of(latest["score"], scheme).map(places)
    of_each = earned.groupby(latest["employee_id"], observed=False)
    people = of_each.agg(assessments="size", best="min", worst="max", latest="first").assign(
        held=held["level"].map(places).astype("float64")
    )
    return _settled(people, scheme.levels, list(places))


def _settled(people: DataFrame, levels: Levels, names: list[str]) -> DataFrame:
    """Levels and notes of people with held, best, worst and latest as places in `names`."""
    asked, mixed = levels.assessments.value, levels.mixed.value
    few = people["assessments"] < asked
    differ = ~few & (people["best"] != people["worst"])
    holds = people["held"].notna() & (few | (differ & (mixed == "hold_then_lower")))
    counts = people["latest"] if mixed == "latest" else people["worst"]
    place = counts.mask(few | holds, people["held"])
    found = zip(asked - people["assessments"], differ, holds, strict=True)
    return DataFrame(
        {
            "employee_id": people.index,
            "level": place.map(dict(enumerate(names))).to_numpy(),
            "assessments": people["assessments"].to_numpy(),
            "note": [_note(int(more), unlike, held, COUNTS[mixed]) for more, unlike, held in found],
        }
    ).astype(COLUMNS)


def _note(more: int, differ: bool, holds: bool, counts: str) -> str | None:
    """What a reader should know about a level."""
    if more > 0:
        needs = f"needs {more} more cycle{'s' if more > 1 else ''}"
        return f"{needs}; {HELD}" if holds else needs
    if differ:
        return f"the assessments differ: {HELD if holds else f'{counts} counts'}"
    return None


def _dated(score: Series, earlier: DataFrame, cycle: Cycle) -> DataFrame:
    """Scores and levels of these people in this and the earlier cycles, the latest first.

    Their ids are categories: a million texts are slow to compare, and nobody gets lost in groups.
    """
    now = DataFrame({"employee_id": score.index, "cycle_id": cycle.id, "score": score.to_numpy()})
    rows = pd.concat(
        [now.assign(level=Series(dtype="str")), earlier[[*now, "level"]]], ignore_index=True
    )
    cycles = pd.Categorical(rows["cycle_id"])
    spans = [Cycle.parse(id) for id in cycles.categories]
    dated = rows.assign(
        employee_id=pd.Categorical(rows["employee_id"], categories=sorted(score.index)),
        cycle_id=cycles,
        start=pd.to_datetime([span.start for span in spans]).take(cycles.codes),
        end=pd.to_datetime([span.end for span in spans]).take(cycles.codes),
    ).dropna(subset="employee_id")
    return once_a_cycle(dated).sort_values("start", ascending=False, ignore_index=True)


def _unbroken(rows: DataFrame, cycle: Cycle) -> DataFrame:
    """The assessments between which and up to this cycle none is missing."""
    follows = (
        rows.groupby("employee_id", observed=False)["start"].shift().fillna(pd.Timestamp(cycle.end))
    )
    gaps = (rows["end"] != follows).groupby(rows["employee_id"], observed=False).cumsum()
    return rows[gaps == 0]
