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
from importlib import resources
from typing import Annotated, Literal

from pydantic import Field

from csperf.errors import Problem
from csperf.params import Measurement
from csperf.scheme import Linear, Scheme, Scoring, Steps, TargetRatio
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
    """What a scheme asks of indicators that the catalogue cannot give."""
    problems = []
    for path, leaf in scheme.components():
        if leaf.indicator is None:
            continue
        place = f"{where}: score.{path.replace('/', '.')}"
        indicator = INDICATORS.get(leaf.indicator)
        if indicator is None:
            known = ", ".join(INDICATORS)
            problems.append(
                Problem(place, f"no indicator '{leaf.indicator}'", f"there are {known}")
            )
            continue
        if indicator.direction == "none":
            problems.append(
                Problem(place, f"'{leaf.indicator}' is for reference", "it may carry no weight")
            )
        elif _upside_down(leaf.scoring, indicator):
            wanted = "above" if indicator.direction == "up" else "below"
            problems.append(
                Problem(place, "floor and target are the wrong way round", f"target lies {wanted}")
            )
        elif indicator.unit == "share":
            problems += [
                Problem(place, f"{limit:g} as a share", "write 0.95 for 95 %")
                for limit in _limits(leaf.scoring)
                if limit > LARGEST_SHARE
            ]
    return problems


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
