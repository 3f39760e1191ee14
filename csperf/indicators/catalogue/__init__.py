"""The catalogue: every indicator is a row of data over one fact, in the TOML files beside this one.

A file is a group (chat, order, quality ...), a table in it an indicator. `numerator` and
`denominator` are columns of the fact; without a denominator the value is taken over the rows whose
numerator is known. How rows become a number, and its interval, follows from `kind`:

proportion   sum / count, Wilson interval, clustered where somebody counts several times
mean, ratio  sum / sum, delete-one-cluster jackknife
rating       mean of points that people gave, the same jackknife
median, p90  quantile of the rows, interval from order statistics
amount       sum (/ exposure), delete-one-cluster jackknife
count        number of units, exact Poisson interval
rate         sum / exposure of another fact, exact Poisson interval
highest      largest value, without an interval
relative     value of the indicator `of`, divided by that of everybody
beaten       share of the other groups that are beaten on the indicators `of`

Weights and targets are never here: they belong to a scheme.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from importlib import resources
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field

from csperf.errors import Problem
from csperf.params import Measurement
from csperf.scheme import (
    LevelPoints,
    Linear,
    Part,
    PerEvent,
    Rating,
    Scheme,
    Scoring,
    Steps,
    TargetRatio,
)
from csperf.strict_yaml import Id, Strict, validated

Kind = Literal[
    "proportion",
    "mean",
    "ratio",
    "rating",
    "median",
    "p90",
    "amount",
    "count",
    "rate",
    "highest",
    "relative",
    "beaten",
]
Unit = Literal[
    "share", "s", "min", "h", "currency", "items", "count", "ratio", "points", "level", "per_hour"
]
Direction = Literal["up", "down", "none"]
Text = Annotated[str, Field(min_length=1)]

GROUPS = (
    "chat",
    "order",
    "quality",
    "efficiency",
    "cost",
    "ability",
    "attitude",
    "management",
    "teamwork",
    "innovation",
    "lead",
    "company",
)
LARGEST_SHARE = 1.5  # more must have been meant as per cent


class Daily(Strict):
    """Columns of a fact of daily totals that an indicator is the ratio, or the sum, of."""

    fact: Id = "agent_daily"
    numerator: Id
    denominator: Id | None = None


class Indicator(Strict):
    """One indicator: what it is called, and which columns of which fact it is made of.

    `amount_numerator` and `amount_denominator` stand in where a department counts money instead of
    cases (`basis: amount`). `scope: team` is never reported for a person. `source` says how the
    data are collected: by software, a survey, sampling, a test, records kept by hand, or people.
    `daily` stands in where a shop exports only totals of a person and day.
    """

    id: Id
    group: Id
    number: Annotated[str, Field(pattern=r"^B-\d\d[a-z]?$")]
    title: Text
    kind: Kind
    unit: Unit
    direction: Direction
    meaning: Text
    fact: Id = ""
    numerator: Id = ""
    denominator: Id | None = None
    exposure: Text | None = None
    amount_numerator: Id | None = None
    amount_denominator: Id | None = None
    daily: Daily | None = None
    of: tuple[Id, ...] = ()
    complement: bool = False
    n_min: Annotated[int, Field(ge=0)] = 10
    maturity_days: Annotated[int, Field(ge=0)] = 0
    scope: Literal["employee", "team"] = "employee"
    source: Literal["software", "survey", "sampling", "test", "records", "people"] = "software"
    needs: tuple[Id, ...] = ()

    @property
    def example(self) -> str:
        """Name of the test that works the indicator out by hand."""
        return f"tests/indicators/test_examples_{self.group}.py::test_{self.id}"


def _read() -> dict[str, Indicator]:
    """Every indicator by its id, in the order of groups and of rows in them."""
    rows = {}
    folder = resources.files("csperf.indicators.catalogue")
    for group in GROUPS:
        file = folder / f"{group}.toml"
        for id, row in tomllib.loads(file.read_text(encoding="utf-8")).items():
            cells = {k: tuple(v) if isinstance(v, list) else v for k, v in row.items()}
            where = f"{file.name}: {id}"
            rows[id] = validated({"id": id, "group": group, **cells}, Indicator, where)
    return rows


INDICATORS = _read()


def check_measurement(rules: Measurement, where: str) -> list[Problem]:
    """Indicators that the rules of measurement name and the catalogue does not have."""
    known = ", ".join(INDICATORS)
    return [
        Problem(f"{where}.{rule}", f"no indicator '{name}'", f"there are {known}")
        for rule in ("n_min", "maturity_days")
        for name in getattr(rules, rule)
        if name not in INDICATORS
    ]


def check_indicators(scheme: Scheme, where: str) -> list[Problem]:
    """What a scheme, of any role, and its rules ask of indicators that the catalogue cannot give.

    Nor may the points fall where the value gets better.
    """
    own = dict(scheme.components())
    asked = [(f"score.{path.replace('/', '.')}", leaf) for path, leaf in own.items()]
    for role in scheme.roles:
        for path, leaf in scheme.for_role(role).components():
            if leaf != own.get(path):  # told once, where it comes from
                asked.append((f"roles.{role}.score.{path.replace('/', '.')}", leaf))
    problems = [
        problem for path, leaf in asked for problem in _of_component(leaf, f"{where}: {path}")
    ]
    for rule in scheme.rules:
        if rule.when.indicator and rule.when.indicator not in INDICATORS:
            problems.append(_unknown(rule.when.indicator, f"{where}: rules.{rule.id}.when"))
    return problems


def _unknown(name: str, place: str) -> Problem:
    return Problem(place, f"no indicator '{name}'", f"there are {', '.join(INDICATORS)}")


def _of_component(leaf: Part, place: str) -> list[Problem]:
    """What is wrong with one component, as far as it is an indicator."""
    if leaf.indicator is None:
        return []
    indicator = INDICATORS.get(leaf.indicator)
    if indicator is None:
        return [_unknown(leaf.indicator, place)]
    if indicator.direction == "none":
        return [Problem(place, f"'{leaf.indicator}' is for reference", "it may carry no weight")]
    if _upside_down(leaf.scoring, indicator):
        wanted = "above" if indicator.direction == "up" else "below"
        found = "floor and target are the wrong way round"
        return [Problem(place, found, f"target lies {wanted}")]
    limits = _limits(leaf.scoring) if indicator.unit == "share" else []
    return [
        *(
            Problem(place, f"{limit:g} as a share", "write 0.95 for 95 %")
            for limit in limits
            if limit > LARGEST_SHARE
        ),
        *_falling(leaf.scoring, indicator, place),
    ]


def _falling(scoring: Scoring | None, indicator: Indicator, place: str) -> Iterator[Problem]:
    """Points that fall, or stay where they should rise, as the value gets better."""
    up, name = indicator.direction == "up", indicator.id
    better = "higher" if up else "lower"
    match scoring:
        case Steps():
            limits, points = zip(*scoring.bands.value, strict=True)
            first, last = limits[0], limits[-1]
            if len(limits) > 1 and (first > last) != up:
                found = f"bands go from {first:g} to {last:g}, so that only the first can be earned"
                advice = f"'{name}' is better {better}: begin with {last:g}, the hardest to reach"
                yield Problem(f"{place}.scoring.bands", found, advice)
                return
            for (limit, fewer), more in zip(scoring.bands.value, points[1:], strict=False):
                if more > fewer:
                    found = f"{limit:g} earns {fewer:g} points, but a worse value {more:g}"
                    advice = "give a better value at least the points of a worse one"
                    yield Problem(f"{place}.scoring.bands", found, advice)
            if scoring.otherwise.value > points[-1]:
                found = f"{scoring.otherwise.value:g} points, but {last:g} earns {points[-1]:g}"
                advice = f"give at most {points[-1]:g} to what reaches no band"
                yield Problem(f"{place}.scoring.otherwise", found, advice)
        case LevelPoints():
            rows = sorted((float(level), earned) for level, earned in scoring.points.value.items())
            rows = rows if up else rows[::-1]
            for (low, more), (high, fewer) in pairwise(rows):
                if fewer < more:
                    found = f"level {high:g} earns {fewer:g} points, but level {low:g} {more:g}"
                    advice = "give a better level at least the points of a worse one"
                    yield Problem(f"{place}.scoring.points", found, advice)
        case Rating() if not up:
            advice = "score it with linear, floor above target"
            yield Problem(f"{place}.scoring", f"a rating, but '{name}' is better lower", advice)
        case PerEvent() if (scoring.method == "bonus") != up:
            found = f"a {scoring.method}, but '{name}' is better {better}"
            yield Problem(f"{place}.scoring", found, f"give a {'bonus' if up else 'deduction'}")


def _upside_down(scoring: Scoring | None, indicator: Indicator) -> bool:
    if not isinstance(scoring, Linear):
        return False
    return (scoring.target.value > scoring.floor.value) != (indicator.direction == "up")


def _limits(scoring: Scoring | None) -> list[float]:
    """Values that the indicator is held against."""
    if isinstance(scoring, Steps):
        return [limit for limit, _ in scoring.bands.value]
    if isinstance(scoring, Linear):
        return [scoring.floor.value, scoring.target.value]
    return [scoring.target.value] if isinstance(scoring, TargetRatio) else []
