"""The fact of ratings: points from 0 to 100 that people gave for what only people can judge."""

from __future__ import annotations

import narwhals.stable.v2 as nw

from csperf.indicators.engine import Events, Rows, day_number, in_e4
from csperf.indicators.records import last_known_day
from csperf.indicators.voice import samples
from csperf.params import Cycle

RATED = (
    "learning_ability",
    "communication_skill",
    "language_skill",
    "post_competence",
    "service_attitude",
    "politeness",
    "proactivity",
    "service_awareness",
    "enthusiasm",
    "responsibility",
    "work_attitude",
    "execution",
    "management_indicators",
    "work_cooperation",
    "teamwork",
)
COLUMNS = ("employee_id", "day", "judge", "rating_id", "criterion", "points_e4")


def ratings(events: Events) -> Rows:
    """Ratings by evaluators and, where they judge the same criterion, quality reviewers.

    Each criterion that is an indicator is a column of its own: `politeness_e4` and so on.
    """
    given = _votes(events)
    if "qa_reviews" in events.names:
        by_quality = samples(events).with_columns(
            judge=nw.concat_str(nw.lit("sample "), nw.col("sample_id")), rating_id=nw.col("qa_id")
        )
        given = nw.concat([given, by_quality.select(*COLUMNS)])
    points = {
        f"{name}_e4": nw.when(nw.col("criterion") == name).then(nw.col("points_e4"))
        for name in RATED
    }
    return given.filter(nw.col("criterion").is_in(RATED)).with_columns(**points)


def _votes(events: Events) -> Rows:
    """Evaluations by others than oneself: one vote an evaluator and criterion, the last round.

    They count on the last day of the cycle they are for; those for a longer cycle than the one
    asked for are left out.
    """
    vote = ("cycle_id", "employee_id", "evaluator_id", "criterion_id")
    later = nw.col("score").shift(-1).over(*vote, order_by=["round", "evaluator_type"])
    return (
        events["evaluations"]
        .filter(~nw.col("score").is_null() & (nw.col("evaluator_type") != "self"))
        .with_columns(round=nw.col("round").fill_null(1), day=_day_of_cycle(events))
        .with_columns(voted_again=~later.is_null())
        .filter(~nw.col("voted_again") & ~nw.col("day").is_null())
        .with_columns(
            judge=nw.col("evaluator_id"),
            rating_id=nw.col("evaluation_id"),
            criterion=nw.col("criterion_id"),
            points_e4=in_e4(nw.col("score")),
        )
        .select(*COLUMNS)
    )


def _day_of_cycle(events: Events) -> nw.Expr:
    """The day that stands for the cycle of an evaluation; none if it outlasts the one asked for."""
    found = events.engine.collect(events["evaluations"].select("cycle_id").unique())
    days = [nw.lit(None, nw.Int64)]
    for id in sorted(found["cycle_id"]):
        cycle = Cycle.parse(id)
        start, end = day_number(cycle.start), day_number(cycle.end)
        asked = events.cycle_days or (start, end)
        if asked[0] <= start and end <= asked[1]:
            day = nw.lit(last_known_day(events, start, end)).cast(nw.Int64)
            days.append(nw.when(nw.col("cycle_id") == id).then(day))
    return nw.coalesce(*days)
