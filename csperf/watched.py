"""How a cycle is going: everything that its monitoring looks at, as of one day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd
from pandas import DataFrame

from csperf.appraisal.decisions import local_day
from csperf.appraisal.eligibility import assignments
from csperf.appraisal.proposing import appeal_until
from csperf.comparison.days import day_charts, first_baseline_day, row_charts
from csperf.indicators import INDICATORS, Events, measure
from csperf.indicators.engine import day_number
from csperf.indicators.facts import FACTS
from csperf.indicators.values import By
from csperf.params import Cycle, Measurement
from csperf.practice.deliveries import deliveries, rows_by_day
from csperf.practice.monitoring import Window, entry_habits, forms_due, leaders, window_of
from csperf.practice.voices import opinion_themes, special_circumstances
from csperf.scheme import Scheme
from csperf.tables import INPUT_TABLES

DEPARTMENT = ""  # the group of everybody together


@dataclass(frozen=True)
class Watched:
    """A cycle as of a day.

    `forms` are all evaluations that are due, with the team of who is rated; `sources` how far each
    export reaches; `rows` its rows per day, `days` each indicator per day, of the teams and of the
    department (an empty group_id), against own limits. `exported_on` is known if the params say so.
    """

    as_of: date
    window: Window
    exported_on: date | None
    forms: DataFrame
    leaders: DataFrame
    habits: DataFrame
    sources: DataFrame
    rows: DataFrame
    days: DataFrame
    circumstances: DataFrame
    opinions: DataFrame


def watch(
    tables: Mapping[str, DataFrame],
    scheme: Scheme,
    cycle: Cycle,
    as_of: date | None = None,
    *,
    people: DataFrame,
    expected: DataFrame,
    flat: DataFrame | None = None,
    measurement: Measurement | None = None,
    timezone: str = "UTC",
    exported_on: date | None = None,
    least: int = 5,
) -> Watched:
    """Look at a cycle as of a day, while it runs or afterwards.

    Parameters
    ----------
    tables : mapping
        {input table: DataFrame}, as `read_tables` returns them.
    as_of : date, optional
        The day; that of the export if left out, else the last day with data, but not after the last
        day of appeal.
    people : DataFrame
        employee_id, team_id of who is no machine.
    expected : DataFrame
        employee_id, evaluator_type of the evaluations that the scheme asks for.
    flat : DataFrame, optional
        evaluator_id, evaluator_type of who gave everybody the same.
    least : int
        Opinions on a theme, below which it is not told.
    measurement, timezone, exported_on
        As in the params.
    """
    day = as_of or exported_on or last_day(tables, scheme, cycle, timezone)
    window = window_of(scheme, cycle)
    asked, given = (
        tables.get(name, INPUT_TABLES[name].empty())
        for name in ("evaluation_assignments", "evaluations")
    )
    asked, given = (
        rows[rows["employee_id"].isin(people["employee_id"])] for rows in (asked, given)
    )
    forms = forms_due(asked, given, expected, cycle, window, day, timezone)
    teams = people.drop_duplicates("employee_id").set_index("employee_id")["team_id"]
    forms = forms.assign(team_id=forms["employee_id"].map(teams))
    counts = rows_by_day(tables, timezone)
    counts = counts[counts["day"] <= pd.Timestamp(min(day, cycle.last_day))]
    nobody = DataFrame(columns=["evaluator_id", "evaluator_type"], dtype="str")
    homes = assignments(tables, DEPARTMENT)
    staff = homes[homes["employee_id"].isin(people["employee_id"])]
    staffed = {**tables, "assignments": staff}
    by_day = values_by_day(staffed, scheme, cycle, day, measurement, timezone)
    said, odd = (
        tables.get(name, INPUT_TABLES[name].empty()) for name in ("opinions", "deviations")
    )
    return Watched(
        as_of=day,
        window=window,
        exported_on=exported_on,
        forms=forms,
        leaders=leaders(forms, scheme.superiors),
        habits=entry_habits(forms, nobody if flat is None else flat, timezone),
        sources=deliveries(counts, cycle, day),
        rows=row_charts(counts, cycle),
        days=day_charts(by_day, cycle),
        circumstances=special_circumstances(odd, cycle, day, timezone),
        opinions=opinion_themes(said, cycle, day, least, timezone),
    )


def last_day(
    tables: Mapping[str, DataFrame], scheme: Scheme, cycle: Cycle, timezone: str = "UTC"
) -> date:
    """The last day with work or evaluations, but not after the last day of appeal.

    Without any it is the last day of the cycle.
    """
    counts = rows_by_day(tables, timezone)
    days = [counts["day"].max()]
    if "submitted_at" in tables.get("evaluations", ()):
        days.append(local_day(tables["evaluations"]["submitted_at"], timezone).max())
    known = [day.date() for day in days if pd.notna(day)]
    return min(max(known, default=cycle.last_day), appeal_until(scheme, cycle))


def daily_indicators(scheme: Scheme) -> list[str]:
    """Indicators of a scheme that have a value on each day."""
    return [
        name
        for name in scheme.indicators
        if not INDICATORS[name].of
        and not (INDICATORS[name].fact and FACTS[INDICATORS[name].fact].per_cycle)
    ]


def values_by_day(
    tables: Mapping[str, DataFrame],
    scheme: Scheme,
    cycle: Cycle,
    as_of: date,
    measurement: Measurement | None = None,
    timezone: str = "UTC",
) -> DataFrame:
    """Indicators of the department, and of its teams if it has several, as `day_charts` takes them.

    `tables` have the assignments of the people.
    """
    names = daily_indicators(scheme)
    first, last = first_baseline_day(cycle).date(), min(as_of, cycle.last_day)
    months = pd.period_range(first, last, freq="M") if first <= last else []
    cycles = [Cycle.parse(str(month)) for month in months]
    found = []
    with Events(tables, measurement, timezone, as_of) as events:
        groupings: list[list[By]] = [["day"]]
        if tables["assignments"]["team_id"].nunique() > 1:
            groupings.append(["team_id", "day"])
        for by in groupings if names and cycles else ():
            rows = measure(events, cycles, by, names)
            group = rows["team_id"] if "team_id" in by else DEPARTMENT
            found.append(rows.assign(group_id=group))
    if not found:
        columns = ["group_id", "indicator_id", "day", "value", "n", "numerator", "denominator"]
        return DataFrame(columns=[*columns, "status"])
    whole = pd.concat(found, ignore_index=True)
    # Rows of nobody here, such as a machine's, may name a team by another id.
    whole = whole[whole["group_id"].isin([DEPARTMENT, *tables["assignments"]["team_id"]])]
    return whole[whole["day"] <= day_number(last)].reset_index(drop=True)
