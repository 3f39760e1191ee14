"""All indicators of a cycle that an appraisal, its history and its checks ask for."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from pandas import DataFrame

from csperf.indicators import Events, measure, set_aside
from csperf.indicators.engine import EPOCH
from csperf.indicators.groupings import Shared
from csperf.params import Cycle
from csperf.scheme import Scheme

TOGETHER = ((), ("employee_id",), ("team_id",), ("team_id", "week"))


class Measured(NamedTuple):
    """Indicators of people, everybody together, teams, weeks and days; what was set aside."""

    values: DataFrame
    overall: DataFrame
    of_teams: DataFrame
    of_weeks: DataFrame
    of_days: DataFrame
    counted: DataFrame
    records_from: date


def measured(events: Events, cycle: Cycle, people: DataFrame, scheme: Scheme) -> Measured:
    """Everything that is measured of a cycle; a row for each person and indicator."""
    shared = Shared(TOGETHER)
    overall = measure(events, cycle, by=None, shared=shared)
    values = measure(events, cycle, shared=shared)
    return Measured(
        values=_complete(values, overall, people),
        overall=overall,
        of_teams=measure(events, cycle, "team_id", shared=shared),
        of_weeks=measure(events, cycle, ["team_id", "week"], shared=shared),
        of_days=measure(events, cycle, "day", scheme.indicators),
        counted=set_aside(events, cycle),
        records_from=EPOCH + timedelta(days=events.first_day),
    )


def _complete(values: DataFrame, overall: DataFrame, people: DataFrame) -> DataFrame:
    """A row for each person and indicator; who has no events at all has nothing computable.

    `overall` has every indicator once and knows which have no data at all.
    """
    kinds = overall[["indicator_id", "unit", "status"]].rename(columns={"status": "anywhere"})
    grid = people[["employee_id", "team_id"]].merge(kinds, how="cross")
    whole = grid.merge(values.drop(columns="unit"), on=["employee_id", "indicator_id"], how="left")
    silent, absent = whole["status"].isna(), whole.pop("anywhere") == "not_available"
    status = whole["status"].mask(silent, "not_computable").mask(silent & absent, "not_available")
    return whole.assign(status=status, n=whole["n"].mask(silent & ~absent, 0.0))
