"""The whole calibration of a cycle's evaluations: severities, effects, measures, components."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from pandas import DataFrame

from csperf.calibration.adjust import adjust
from csperf.calibration.components import variance_components
from csperf.calibration.differences import CYCLE, given_scores
from csperf.calibration.effects import rater_effects
from csperf.calibration.facets import FacetsFit, fit_facets
from csperf.errors import CsperfError, InputError, Problem, shown
from csperf.tables import OUTPUT_TABLES

CATEGORIES = 10  # up to so many different scores a scale is one of categories
SKIPPED = 5.0  # times; by chance none of them would come in less than 1 of 100
ENOUGH_PEOPLE, ENOUGH_EVALUATORS = 10, 2


class Calibration(NamedTuple):
    """Tables of a cycle, as `csperf.tables` declares them."""

    severities: DataFrame
    effects: DataFrame
    measures: DataFrame
    components: DataFrame


def calibrate(evaluations: DataFrame) -> Calibration:
    """Calibrate the evaluators of a cycle, each type by itself.

    Parameters
    ----------
    evaluations : DataFrame
        Rows of one cycle: cycle_id, employee_id, evaluator_id, evaluator_type, criterion_id, score
        (points of 100), and if known round, of which the last counts.

    Returns
    -------
    Calibration
        `severities` are in points (`adjust`). `effects` (`rater_effects`) and `measures`
        (`fit_facets`, in logits) rest on the many-facet model where a type gives at most ten
        different scores and the ratings allow an estimate; else effects rest on the points, and
        there are no measures. Criteria share a rating scale; in a type where some criterion skips
        scores that others have, each has its own (partial credit). `components`
        (`variance_components`) are of types whose ratings can tell people from chance.

    Raises
    ------
    InputError
        For evaluations that no model can read, and those of several cycles.
    """
    given = given_scores(evaluations, [CYCLE])
    cycles = sorted(given[CYCLE].unique())
    if len(cycles) > 1:
        found = f"{len(cycles)} cycles, from {shown(cycles[0])} to {shown(cycles[-1])}"
        raise InputError(Problem("evaluations", found, "give one at a time", column=CYCLE))
    severities, effects, measures, components = [], [], [], []
    for kind, rows in given.groupby("evaluator_type"):
        fit = _facets(rows)
        mine = rows.reset_index(drop=True)
        points = adjust(mine)
        severities.append(points.evaluators)
        if len(points.residuals):
            table = rater_effects(mine, points)
            if fit is not None:  # severity stays in points
                other = rater_effects(mine, fit)
                sides = (table["effect"] == "severity", other["effect"] != "severity")
                table = pd.concat([table[sides[0]], other[sides[1]]], ignore_index=True)
            effects.append(table.assign(evaluator_type=kind))
        components.append(_components(mine).assign(evaluator_type=kind))
        if fit is not None:
            measures.append(fit.measures.assign(evaluator_type=kind))
    cycle = cycles[0] if cycles else ""
    return Calibration(
        severities=_table("severities", severities, cycle),
        effects=_table("effects", effects, cycle),
        measures=_table("measures", measures, cycle),
        components=_table("components", components, cycle),
    )


def _facets(rows: DataFrame) -> FacetsFit | None:
    """The many-facet model of a type's ratings, if they are categories that it can be fitted to."""
    few = rows["employee_id"].nunique() < ENOUGH_PEOPLE
    alone = rows["evaluator_id"].nunique() < ENOUGH_EVALUATORS
    if few or alone or rows["score"].nunique() > CATEGORIES:
        return None
    places = {score: place for place, score in enumerate(sorted(rows["score"].unique()))}
    given = rows.assign(score=rows["score"].map(places)).reset_index(drop=True)
    try:
        return fit_facets(given, "rating_scale" if _one_scale(given) else "partial_credit")
    except InputError:  # without end, or nothing but extreme scores: points say what can be said
        return None


def _one_scale(rows: DataFrame) -> bool:
    """Whether the criteria may well share a scale: none leaves out a score between others it has.

    A score that a criterion is expected to have `SKIPPED` times, given how often all of them have
    it, is not missing by chance. At the ends it may be: a criterion can be hard.
    """
    seen = pd.crosstab(rows["criterion_id"], rows["score"])
    expected = np.outer(seen.sum(axis=1), seen.sum() / len(rows))
    used = seen.to_numpy() > 0
    before = np.maximum.accumulate(used, axis=1)
    after = np.maximum.accumulate(used[:, ::-1], axis=1)[:, ::-1]
    return not (before & after & ~used & (expected >= SKIPPED)).any()


def _components(rows: DataFrame) -> DataFrame:
    """Variance components of a type's points; none where they cannot be told apart."""
    try:
        return variance_components(rows)
    except CsperfError:  # too few ratings an employee, an evaluator for each, or no rest in sight
        return OUTPUT_TABLES["components"].empty().drop(columns=["cycle_id", "evaluator_type"])


def _table(name: str, frames: list[DataFrame], cycle: str) -> DataFrame:
    table = OUTPUT_TABLES[name]
    there = [frame for frame in frames if len(frame)]
    if not there:
        return table.empty()
    return table.arrange(pd.concat(there, ignore_index=True).assign(cycle_id=cycle))
