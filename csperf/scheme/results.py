"""What a score leads to: grades, quotas, levels, awards, longer periods and the annual chain."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from csperf.scheme.sourced import Percent, Sourced, default, unique
from csperf.strict_yaml import Count, Id, Strict

WHOLE, TOLERANCE = 100.0, 0.011


class Band(Strict):
    """A grade and its lowest score (inclusive).

    A `good` grade may be rewarded and a `poor` one held against somebody; with `evidence` it stays
    unconfirmed until somebody has named facts.
    """

    grade: Id
    title: str = ""
    from_score: Sourced[Percent]
    standing: Literal["good", "neutral", "poor"] = "neutral"
    evidence: Sourced[bool] = default(False)


class Share(Strict):
    """A part of a group: at most so many per cent (cap), about so many, or as they come (open)."""

    id: Id
    kind: Sourced[Literal["cap", "about", "open"]]
    pct: Sourced[Percent] | None = None
    standing: Literal["good", "neutral", "poor"] = "neutral"

    @model_validator(mode="after")
    def _sized(self) -> Share:
        if (self.kind.value == "open") != (self.pct is None):
            raise ValueError("a share has a pct, unless its kind is open")
        return self


class Distribution(Strict):
    """Shares of a group from the best down, each with a grade's or a band's id.

    Quotas are maxima: without `force` nobody comes into a grade whose score he or she lacks. People
    who are equal at a border stay together; `spare` puts them where it hurts nobody. Groups smaller
    than `min_group` have no quotas: such teams are put together, and if they are fewer even then,
    all teams of the department.
    """

    shares: tuple[Share, ...] = Field(min_length=1)
    group: Sourced[Literal["team", "department", "level_group"]] = default("department")
    ties: Sourced[Literal["spare", "up", "down", "leave_out"]] = default("spare")
    min_group: Sourced[Count] = default(10)
    force: Sourced[bool] = default(False)

    @model_validator(mode="after")
    def _whole(self) -> Distribution:
        unique("shares", [share.id for share in self.shares])
        total = sum(share.pct.value for share in self.shares if share.pct)
        if abs(total - WHOLE) > TOLERANCE:
            raise ValueError(f"shares: they sum to {total:g}, not 100")
        return self


class Level(Strict):
    """A standing level and the lowest score (inclusive) that earns it."""

    level: Id
    title: str = ""
    from_score: Sourced[Percent]


class Levels(Strict):
    """Levels that take several assessments in a row.

    Where they disagree, `hold_then_lower` keeps the level of before, or gives the lowest to those
    who had none.
    """

    bands: tuple[Level, ...] = Field(min_length=1)
    assessments: Sourced[Count] = default(2, "how many in a row have to agree")
    mixed: Sourced[Literal["hold_then_lower", "lowest", "latest"]] = default("hold_then_lower")

    @model_validator(mode="after")
    def _falling(self) -> Levels:
        unique("bands", [band.level for band in self.bands])
        falling("bands", [band.from_score.value for band in self.bands])
        return self


class Award(Strict):
    """An honour for at most a share of all people, of a quarter or a year."""

    id: Id
    title: str = ""
    max_share_pct: Sourced[Percent]
    every: Sourced[Literal["quarter", "half_year", "year"]]
    reward: tuple[str, ...] = Field(default=(), description="what it brings, in words")
    approver: Sourced[str] = Field(description="who decides")


class Longer(Strict):
    """How the result of a longer period is built from its cycles.

    `mix` is the mean of the cycles together with an appraisal of the period by itself, which counts
    `year_end_pct`.
    """

    built: Sourced[Literal["mean", "weighted_by_days", "last", "mix", "separate_appraisal"]]
    year_end_pct: Sourced[Percent] | None = None
    min_share_pct: Sourced[Percent] = default(50.0, "cycles that a person needs for a result")

    @model_validator(mode="after")
    def _mixed(self) -> Longer:
        if (self.built.value == "mix") != (self.year_end_pct is not None):
            raise ValueError("longer: built as a mix, and only then, it has a year_end_pct")
        return self


class Transition(Strict):
    """One row of the annual chain: what an event does to a person in a state.

    `change` is in allowance levels. `as_in` sends the event to the row of another state. A row with
    `review` is decided by people. Where they reject what a row proposes, the allowance stays and
    the person comes into the state `if_rejected`, or stays in that of before.
    """

    id: Id
    state: Id = Field(description="where the person stands; any for all states")
    event: Literal["annual", "mid_year", "contract_ends", "absent", "appeal_open"]
    grades: tuple[Id, ...] = Field(default=(), description="of the result; all if left out")
    change: Sourced[int] = default(0)
    promotion: Sourced[Literal["unchanged", "normal", "allowed", "frozen"]] = default(
        "unchanged", "what follows for a promotion"
    )
    to: Id | None = Field(default=None, description="the next state; the same if left out")
    as_in: Id | None = None
    review: Sourced[bool] = default(False)
    if_rejected: Sourced[Id] | None = None
    note: str = ""


class Chain(Strict):
    """The annual chain as a table: states, and what each event does in each of them."""

    states: tuple[Id, ...] = Field(min_length=1)
    start: Id = Field(description="the state of who is new")
    transitions: tuple[Transition, ...]
    listed: tuple[Id, ...] = Field(default=(), description="states that a mid-year is held for")
    lowest: Sourced[int] = default(-3, "the lowest allowance level")
    highest: Sourced[int] = default(5, "the highest allowance level")
    contract_day: Sourced[Literal["before", "after"]] = default(
        "before", "whether a contract ends before or after a result of the same day"
    )
    approver: Sourced[str] = default("HR", "who decides")

    @model_validator(mode="after")
    def _known(self) -> Chain:
        unique("states", list(self.states))
        unique("transitions", [row.id for row in self.transitions])
        places = [(row.id, row.to) for row in self.transitions if row.to]
        places += [(row.id, row.as_in) for row in self.transitions if row.as_in]
        places += [(row.id, row.if_rejected.value) for row in self.transitions if row.if_rejected]
        places += [(row.id, row.state) for row in self.transitions if row.state != "any"]
        places += [("start", self.start), *(("listed", state) for state in self.listed)]
        wrong = [(where, state) for where, state in places if state not in self.states]
        if wrong:
            known = ", ".join(self.states)
            raise ValueError(f"{wrong[0][0]}: no state '{wrong[0][1]}'; there are {known}")
        return self


def falling(what: str, cuts: list[float]) -> None:
    """ValueError unless lowest scores go down, one by one, to 0."""
    if cuts != sorted(set(cuts), reverse=True) or (cuts and cuts[-1] != 0):
        raise ValueError(f"{what}: list them from the highest from_score down to one from 0")
