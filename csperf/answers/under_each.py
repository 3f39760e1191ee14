"""One cycle under several schemes, each from what it asks for: who is where, and what decides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd
from pandas import DataFrame

from csperf.appraisal import check_indicator_set, comparison_groups, judge, members
from csperf.appraisal.eligibility import assignments
from csperf.appraisal.evaluation import asked_criteria
from csperf.errors import InputError, Problem
from csperf.indicators import Events, check_indicators, measure
from csperf.params import Cycle, Measurement
from csperf.pipeline import as_of_today
from csperf.scheme import Scheme
from csperf.tables import INPUT_TABLES

WHOLE = ["scheme_id", "n_people", "n_scored", "first", "last", "reason"]
COUNTING = ["scheme_id", "component_id", "weight", "share", "low", "high"]
NO_DAYS = DataFrame(columns=["day", "indicator_id", "n", "numerator"])


@dataclass(frozen=True)
class UnderEach:
    """A department under several schemes, a table a question.

    people
        A row a scheme and person who is appraised by it: scheme_id, employee_id, team_id, score,
        place (by score in the whole department, ties share the better one), grade, reason (why
        there is no score).
    counting
        A row a scheme and component: scheme_id, component_id, weight (per cent, on paper), share
        (of the differences between people, per cent; from five people on) with its 95 % interval
        low and high. The shares of a scheme add up to 100.
    """

    people: DataFrame
    counting: DataFrame

    @property
    def scores(self) -> DataFrame:
        """A row a person, a column a scheme that scores anybody, in the order given."""
        return self._wide("score")

    @property
    def places(self) -> DataFrame:
        """As `scores`, with each person's place."""
        return self._wide("place")

    def _wide(self, column: str) -> DataFrame:
        scored = self.people.dropna(subset="score")
        wide = scored.pivot(index="employee_id", columns="scheme_id", values=column)
        return wide[scored["scheme_id"].unique()]

    @property
    def agreement(self) -> DataFrame:
        """Kendall's tau of the orders of every two schemes."""
        return self.scores.corr("kendall")

    @property
    def summary(self) -> DataFrame:
        """A row a scheme: n_people, n_scored, first and last (ids), reason (of most without)."""
        rows = []
        for name, mine in self.people.groupby("scheme_id", sort=False):
            ids, score = mine["employee_id"], mine["score"]
            ends = [", ".join(ids[score == end]) for end in (score.max(), score.min())]
            reason = mine.loc[score.isna(), "reason"].mode().get(0, "")
            rows.append((name, len(mine), int(score.notna().sum()), *ends, reason))
        return DataFrame(rows, columns=WHOLE)

    @property
    def decisive(self) -> DataFrame:
        """Of each scheme the component that makes most of the differences between people."""
        known = self.counting.dropna(subset="share").sort_values("share", ascending=False)
        most = known.drop_duplicates("scheme_id").set_index("scheme_id")
        order = self.people["scheme_id"].drop_duplicates()
        return most.reindex(order[order.isin(most.index)]).reset_index()


def under_each(
    tables: Mapping[str, DataFrame],
    schemes: Iterable[Scheme],
    cycle: Cycle,
    *,
    department: str = "department",
    measurement: Measurement | None = None,
    timezone: str = "UTC",
) -> UnderEach:
    """Score one department's cycle under each scheme, from what that scheme asks for.

    Parameters
    ----------
    tables : mapping
        {input table: DataFrame}, as `read_tables` returns them. Evaluations may be by types and on
        criteria of any of the schemes.
    schemes : iterable of Scheme
        At least one; each with an id of its own.
    cycle : Cycle
        The same for all: a scheme for longer periods is asked what it says of this one.
    department, measurement, timezone
        As in the params.

    Raises
    ------
    InputError
        Without schemes, for two of one id, and for indicators that do not exist.

    Notes
    -----
    Unlike `what_if`, which replays what an official scheme saved, this reads the records: a scheme
    that asks other people than the official one has a say too.
    """
    given = _checked(schemes)
    tables = as_of_today(tables, timezone)
    asked = dict.fromkeys(name for each in _readings(given) for name in each.indicators)
    home = {**tables, "assignments": assignments(tables, department)}
    with Events(home, measurement, timezone) as events:
        values = measure(events, cycle, indicators=asked)
    evaluations = tables.get("evaluations", INPUT_TABLES["evaluations"].empty())
    evaluations = evaluations[evaluations["cycle_id"] == cycle.id]
    judged = [_judged(each, tables, values, evaluations, cycle, department) for each in given]
    people, counting = zip(*judged, strict=True)
    return UnderEach(
        pd.concat(people, ignore_index=True), pd.concat(counting, ignore_index=True)[COUNTING]
    )


def _checked(schemes: Iterable[Scheme]) -> list[Scheme]:
    given = list(schemes)
    problems = [row for each in given for row in check_indicators(each, f"scheme '{each.id}'")]
    names = [each.id for each in given]
    if not given:
        problems.append(Problem("under_each", "no schemes", "give one or more"))
    for name in sorted({name for name in names if names.count(name) > 1}):
        problems.append(Problem("under_each", f"two schemes '{name}'", "give each once"))
    if problems:
        raise InputError(problems)
    return given


def _readings(schemes: list[Scheme]) -> list[Scheme]:
    """The schemes as they are, and for each of their roles."""
    return [*schemes, *(each.for_role(role) for each in schemes for role in each.roles)]


def _judged(
    scheme: Scheme,
    tables: Mapping[str, DataFrame],
    values: DataFrame,
    evaluations: DataFrame,
    cycle: Cycle,
    department: str,
) -> tuple[DataFrame, DataFrame]:
    """The people under one scheme, and what its components count."""
    people = members(tables, scheme, cycle, department)
    people = people.assign(group=comparison_groups(people, scheme, department))
    people = people[people["eligible"]].reset_index(drop=True)
    asked = pd.MultiIndex.from_tuples(
        [*asked_criteria(scheme)], names=["evaluator_type", "criterion_id"]
    )
    mine = pd.MultiIndex.from_frame(evaluations[asked.names]).isin(asked)
    mine &= evaluations["employee_id"].isin(people["employee_id"])
    measured = values[values["employee_id"].isin(people["employee_id"])]
    made = judge(people, measured, evaluations[mine], scheme, cycle)
    found = made.appraisals.assign(
        scheme_id=scheme.id, place=made.appraisals["score"].rank(method="min", ascending=False)
    )
    checks = check_indicator_set(scheme, made.scores, measured, tables, cycle, NO_DAYS)
    shares = checks[checks["check"] == "share_of_differences"].set_index("subject")
    weight = checks[checks["check"] == "nominal_weight"].set_index("subject")["value"]
    counting = shares.rename(columns={"value": "share"})[["share", "low", "high"]]
    counting = counting.assign(weight=weight, scheme_id=scheme.id)
    shown = ["scheme_id", "employee_id", "team_id", "score", "place", "grade", "reason"]
    return found[shown], counting.rename_axis("component_id").reset_index()
