"""Rules: what is proposed when which facts hold, and the order of people behind them."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from csperf.scheme.results import Distribution
from csperf.scheme.sourced import DEFAULT, PROVENANCES, Days, Percent, Sourced, Whole, default
from csperf.strict_yaml import Count, Id, Strict

FACTS = (
    "rank_from_top",
    "rank_from_bottom",
    "rank_bands",
    "score_below",
    "score_from",
    "grade",
    "level",
    "indicator",
)


class When(Strict):
    """The facts that set a rule off; all that are given must hold.

    `after` names a rule that must have been proposed to the person in an earlier cycle; with it
    `no_progress_of` is how many points the score has to have risen since to count as progress.
    """

    rank_from_top: Sourced[Count] | None = Field(
        default=None, description="among so many of the best"
    )
    rank_from_bottom: Sourced[Count] | None = Field(
        default=None, description="among so many of the last"
    )
    rank_bands: tuple[Id, ...] = Field(default=(), description="in one of these bands of ranking")
    score_below: Sourced[Percent] | None = Field(default=None, description="less than this score")
    score_from: Sourced[Percent] | None = Field(default=None, description="this score or more")
    grade: Id | None = None
    level: Id | None = None
    indicator: Id | None = Field(default=None, description="with at_least or at_most")
    at_least: Sourced[float] | None = Field(default=None, description="the indicator's value")
    at_most: Sourced[float] | None = Field(default=None, description="the indicator's value")
    consecutive_cycles: Sourced[Count] = default(1, "in how many cycles in a row all of it held")
    after: Id | None = None
    no_progress_of: Sourced[Percent] | None = None

    @model_validator(mode="after")
    def _some_fact(self) -> When:
        if not any(getattr(self, fact) for fact in FACTS):
            raise ValueError(f"give one of {', '.join(FACTS)}")
        if bool(self.indicator) != bool(self.at_least or self.at_most):
            raise ValueError("an indicator takes at_least or at_most, and they an indicator")
        if self.indicator and self.consecutive_cycles.value > 1:
            raise ValueError(
                f"consecutive_cycles: found {self.consecutive_cycles.value} with indicator; a rule"
                " looks back on scores, ranks, grades and levels only, so leave one of them out"
            )
        if self.no_progress_of and not self.after:
            raise ValueError("no_progress_of: since which rule? give after")
        return self


class Rule(Whole):
    """What is proposed when certain facts hold; a person decides.

    `effect` says whom it serves; a rule that may end a contract says so, and is worded as a review.
    `on_tie` says what becomes of money where more people are equal than there are places. If it is
    left out, a bonus is split, a deduction falls away, and what is no money goes to each of them.
    `provenance` is where the rule itself comes from, and `because` why there is one.
    """

    ABOUT: ClassVar[str] = "action"
    id: Id
    title: str = ""
    when: When
    action: Id = Field(description="what is proposed, such as bonus or improvement_plan")
    effect: Literal["positive", "negative", "neutral"] = "neutral"
    ends_contract: bool = Field(default=False, description="whether the action may end a contract")
    amount: Sourced[float] | None = Field(
        default=None, description="money, below 0 for a deduction"
    )
    on_tie: Sourced[Literal["split", "each", "none"]] = default("each")
    due_days_after_report: Sourced[Days] | None = Field(
        default=None, description="until when it has to be done"
    )
    approver: Sourced[str] = Field(description="who decides")

    @model_validator(mode="before")
    @classmethod
    def _on_tie(cls, data: Any) -> Any:
        if not isinstance(data, dict) or data.get("on_tie") is not None:
            return data
        money = data.get("amount")
        if isinstance(money, dict):
            money = next((money[key] for key in ("value", *PROVENANCES) if key in money), None)
        money = money.value if isinstance(money, Sourced) else money
        word = "each"  # also for an amount that is none, which is refused where it is read
        if isinstance(money, int | float):
            word = "none" if money < 0 else "split"
        return {**data, "on_tie": {"assumed": word, "because": DEFAULT}}


class Ranking(Strict):
    """How people are put in order, and when there are too few of them for it.

    They are compared in their `group`: the team, the department, or all of one role in it. Of
    several teams in a cycle `home` says which one a person is ranked in: the one with most days
    or the last one. A rule over several cycles looks back as far as it takes (`rolling`), or within
    the calendar quarter of the cycle. `bands` are shares of the order, such as a top tenth;
    `which_rules` says what counts where a person's grade and band disagree.
    """

    group: Sourced[Literal["team", "department", "role"]] = default("team")
    by_level_group: Sourced[bool] = default(True, "whether managers are ranked apart")
    home: Sourced[Literal["most_days", "last"]] = default("most_days")
    min_size_for_last: Sourced[Count] = default(4, "nobody is the last of fewer people")
    min_presence_pct: Sourced[Percent] = default(50.0, "days that a person has to have been there")
    gap: Sourced[Literal["skip", "break"]] = default(
        "skip", "what a cycle without a rank does to cycles in a row"
    )
    window: Sourced[Literal["rolling", "calendar_quarter"]] = default("rolling")
    bands: Distribution | None = None
    which_rules: Sourced[Literal["score", "rank", "both_must_agree"]] = default("both_must_agree")


class Missing(Strict):
    """How much of the weight may be missing before there is no score."""

    max_missing_weight_pct: Sourced[Percent] = default(40.0)


class Timing(Strict):
    """Days that proposals count with, and from when to when evaluations are handed in.

    They are due on the day of the report, and `window_opens_days_after_cycle` says from which day.
    """

    window_opens_days_after_cycle: Sourced[Days] | None = None
    report_days_after_cycle: Sourced[Days] = default(10)
    appeal_days_after_report: Sourced[Days] = default(14)


class AppealStage(Strict):
    """One stage of an appeal: to whom, what they do, and in how many days."""

    to: str
    does: str = ""
    within_days: Sourced[Days] = default(14)


Contracts = Annotated[tuple[Literal["full", "part", "intern", "agency"], ...], Field(min_length=1)]


class Eligibility(Strict):
    """Who is appraised at all: everybody, unless `employment_types` lists kinds of contract."""

    employment_types: Sourced[Contracts] | None = None
    past_probation: Sourced[bool] = default(False, "whether nobody on probation is appraised")
    off_post_days: Sourced[Days] | None = Field(
        default=None, description="nobody who was away for more days than these is appraised"
    )
    off_post_window: Sourced[Literal["cycle", "calendar_year"]] = default(
        "cycle", "in which these days are counted"
    )
