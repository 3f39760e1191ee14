"""A cycle's official result as a run would publish it, made without writing anything."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from pandas import DataFrame

from csperf.answers.explanation import Explanation, UnknownEmployee, explain
from csperf.answers.replay import WhatIf, what_if
from csperf.appraisal.longer import part_cycles
from csperf.appraisal.restatement import check_frozen
from csperf.errors import InputError, Problem
from csperf.names import folder_name
from csperf.params import Cycle, Params
from csperf.pipeline import Appraisals, appraise_department, zone_of
from csperf.reporting.opening import read_history
from csperf.runner.manifest import read_manifest
from csperf.runner.request import earlier, published
from csperf.runner.restating import earlier_proposals
from csperf.scheme import Scheme
from csperf.sources import read_tables


def official_history(out: Path, department: str) -> DataFrame:
    """What earlier runs into a folder have left of a department's cycles."""
    return read_history(out / "history", department)


def official(
    params: Params,
    department: str,
    cycle: Cycle,
    out: Path,
    history: DataFrame | None = None,
) -> Appraisals:
    """A department's cycle with what earlier runs have left, as the next run would appraise it.

    Parameters
    ----------
    out : Path
        Folder of the runs.
    history : DataFrame, optional
        Rows of the history table instead of those that the runs have left.

    Raises
    ------
    CsperfError
        If the cycle was published under another scheme and nobody recorded the change.
    """
    past = official_history(out, department) if history is None else history
    unit = params.department(department)
    before = published(earlier(read_manifest(out / cycle.id), department))
    noted = read_tables(params, department, ["deviations"]) if "deviations" in unit.sources else {}
    check_frozen(past, params.scheme(unit), cycle, noted.get("deviations"), before)
    proposed = earlier_proposals(out / cycle.id / folder_name(department))
    return appraise_department(params, department, cycle, past, proposed)


def official_cycles(
    params: Params, department: str, cycles: list[Cycle], out: Path
) -> list[Appraisals]:
    """Several cycles, the earliest first; each knows those before it as they are made here."""
    past = official_history(out, department)
    made: list[Appraisals] = []
    for cycle in cycles:
        now = [each.history for each in made]
        others = past[~past["cycle_id"].isin([each.id for each in cycles[: len(made)]])]
        known = pd.concat([others, *now], ignore_index=True) if now else others
        made.append(official(params, department, cycle, out, known))
    return made


def explained(
    params: Params, departments: tuple[str, ...], cycle: Cycle, employee: str, out: Path
) -> Explanation:
    """How the person's score came about, in the first department that has the person.

    Raises
    ------
    InputError
        If none of the departments has the person.
    """
    unknown: list[Problem] = []
    for id in departments:
        unit = params.department(id)
        tasks = [name for name in ("goals", "post_duties") if name in unit.sources]
        tables = read_tables(params, id, tasks) if tasks else {}
        result = official(params, id, cycle, out)
        try:
            return explain(result, params.scheme(unit), employee, tables)
        except UnknownEmployee as error:
            unknown += error.problems
    raise InputError(unknown)


def replayed(params: Params, department: str, cycle: Cycle, other: Scheme, out: Path) -> WhatIf:
    """The cycle, after those that either scheme builds it from, under the other scheme."""
    unit = params.department(department)
    schemes = (params.scheme(unit), other)
    parts = {part.id: part for scheme in schemes for part in part_cycles(cycle, scheme)}
    cycles = [*sorted(parts.values(), key=lambda part: part.start), cycle]
    return what_if(
        official_cycles(params, department, cycles, out),
        other,
        history=official_history(out, department),
        tables=read_tables(params, department),
        timezone=zone_of(params, unit),
    )
