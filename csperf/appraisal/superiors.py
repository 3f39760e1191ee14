"""How long each superior was over each person in a cycle, so that both of a mover's count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd
from pandas import DataFrame

from csperf.appraisal.eligibility import FRONT_LINE, dates_of
from csperf.appraisal.exclusions import days_covered
from csperf.params import Cycle
from csperf.scheme.evaluators import SUPERIORS

PAIR = ["employee_id", "evaluator_id"]
ONE = [*PAIR, "evaluator_type"]


def with_days(
    evaluations: DataFrame,
    tables: Mapping[str, DataFrame],
    cycle: Cycle,
    superiors: Mapping[str, tuple[str, ...]] = SUPERIORS,
) -> DataFrame:
    """The evaluations with `days` of the cycle on which the evaluator was the person's superior.

    Those of the pair's reporting lines, of the kind that the type of evaluator stands for (none, if
    they hold at other times); of a pair without any those on which the evaluator was a manager in
    the person's team. Empty where neither table says, and for types that are no superiors
    (`superiors` is as `Scheme.superiors` gives it). `combine_evaluations` weights several
    evaluators of a type by them.
    """
    known = superior_days(tables, cycle, superiors)
    if known is None:
        return evaluations
    days = known.set_index(ONE)["days"]
    wanted = pd.MultiIndex.from_frame(evaluations[ONE])
    return evaluations.assign(days=days.astype("float64").reindex(wanted).to_numpy())


def superior_days(
    tables: Mapping[str, DataFrame], cycle: Cycle, superiors: Mapping[str, tuple[str, ...]]
) -> DataFrame | None:
    """Days of the cycle on which each was whose superior, a row of `ONE`; None if no table says."""
    known = [*_by_lines(tables, cycle, superiors), *_by_teams(tables, cycle, superiors)]
    return pd.concat(known).drop_duplicates(ONE) if known else None


def _by_lines(
    tables: Mapping[str, DataFrame], cycle: Cycle, superiors: Mapping[str, tuple[str, ...]]
) -> Iterator[DataFrame]:
    if "reporting_lines" not in tables:
        return
    lines = _within(tables["reporting_lines"], cycle).rename(columns={"superior_id": PAIR[1]})
    for type, kinds in superiors.items():
        mine = lines[lines["kind"].isin(kinds)]
        pairs = mine[PAIR].drop_duplicates()
        days = days_covered(mine, PAIR).rename("days").reset_index()
        yield pairs.merge(days, how="left").fillna({"days": 0}).assign(evaluator_type=type)


def _by_teams(
    tables: Mapping[str, DataFrame], cycle: Cycle, superiors: Mapping[str, tuple[str, ...]]
) -> Iterator[DataFrame]:
    if "assignments" not in tables or "level_group" not in tables["assignments"]:
        return
    spells = _within(tables["assignments"], cycle)[["employee_id", "team_id", "first", "after"]]
    leads = tables["assignments"]["level_group"].fillna(FRONT_LINE) != FRONT_LINE
    managers = spells[leads].rename(columns={"employee_id": PAIR[1]})
    both = spells.merge(managers, on="team_id", suffixes=("", "_there"))
    together = both.assign(
        first=both[["first", "first_there"]].max(axis=1),
        after=both[["after", "after_there"]].min(axis=1),
    )
    days = days_covered(together, PAIR).rename("days").reset_index()
    for type, kinds in superiors.items():
        if "direct" in kinds:
            yield days.assign(evaluator_type=type)


def _within(spells: DataFrame, cycle: Cycle) -> DataFrame:
    """The spells with first and after: their days of the cycle, half-open, numbered from 0."""
    start, end = pd.Timestamp(cycle.start), pd.Timestamp(cycle.end)
    first = dates_of(spells, "from_date").fillna(start).clip(lower=start, upper=end)
    after = dates_of(spells, "to_date").fillna(end).clip(lower=start, upper=end)
    return spells.assign(first=(first - start).dt.days, after=(after - start).dt.days)
