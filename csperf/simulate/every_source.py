"""A made-up department that collects everything: what schemes ask for beyond chats and orders."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd
from numpy.random import Generator
from pandas import DataFrame, Series

from csperf.appraisal.evaluation import asked_criteria
from csperf.params import Cycle
from csperf.scheme import Scheme
from csperf.simulate.department import SimulatedDepartment
from csperf.simulate.rules import RULES, TIMEZONE, bell, ids
from csperf.tables import INPUT_TABLES

LEAN = 0.6  # how far what a source shows leans on the one talent; the rest is a skill of its own
HOW_MANY = {"customer": 4, "peer": 3}  # evaluators of a type for each person; of others one
OWN_VIEW = 8.0  # points that people give themselves beyond what others see
SEEN, UNSURE = 5.0, 5.0  # points of ability for each step of skill, and of an evaluator's chance
SHOWN_BY = {1: 0, 2: 70, 3: 80, 4: 90}  # points of the test from which each level is passed
DAY_S = 86_400


def every_source(
    made: SimulatedDepartment, schemes: Iterable[Scheme], cycle: Cycle, seed: int = 20160531
) -> dict[str, DataFrame]:
    """The tables of a simulated department, with what else the schemes ask for in one cycle.

    Parameters
    ----------
    made : SimulatedDepartment
        Its tables are kept, but for the evaluations, which are drawn anew.
    schemes : iterable of Scheme
        Whose evaluators and criteria evaluations are drawn for.
    cycle : Cycle
        A cycle that the department's conversations cover.
    seed : int
        Of the random numbers; every table has a stream of its own.

    Returns
    -------
    dict
        Besides the tables of the department: surveys, reviews, cases, qa_reviews, knowledge_tests,
        tasks, leads, order_events, targets (of sales), goals with goal_checkins (of the company's
        results), and evaluations by every type that a scheme asks, on every criterion it asks for.
        They are of people who stay to the end of the cycle. Each source shows a skill: 0.6 times
        the person's talent (the true ability, standardised) plus 0.8 times one of its own.
    """
    streams = np.random.default_rng(seed).spawn(len(DRAWN) + 2)
    people = _staying(made, cycle)
    drawn = {
        name: draw(rng, people, cycle)
        for (name, draw), rng in zip(DRAWN.items(), streams[:-2], strict=True)
    }
    drawn["order_events"] = _processed(streams[-2], people, made.tables["orders"], cycle)
    drawn["evaluations"] = _evaluations(streams[-1], people, schemes, cycle)
    arranged = {name: INPUT_TABLES[name].arrange(frame) for name, frame in drawn.items()}
    return {**made.tables, **arranged}


def _staying(made: SimulatedDepartment, cycle: Cycle) -> DataFrame:
    """employee_id, team_id and talent of who is there on every day of the cycle."""
    teams = made.tables["assignments"]
    until = teams["to_date"].fillna(pd.Timestamp(cycle.end))
    there = (teams["from_date"] <= pd.Timestamp(cycle.start)) & (until >= pd.Timestamp(cycle.end))
    talent = (made.truth["employees"]["ability"] - RULES.ability) / RULES.ability_sd
    talents = made.truth["employees"].assign(talent=talent)[["employee_id", "talent"]]
    return teams.loc[there, ["employee_id", "team_id"]].merge(talents, on="employee_id")


def _each(rng: Generator, people: DataFrame, n: int, cycle: Cycle) -> DataFrame:
    """`n` rows a person: the skill that this source shows, a moment in the cycle, and luck."""
    skill = LEAN * people["talent"] + np.sqrt(1 - LEAN**2) * bell(rng, len(people))
    rows = people.assign(skill=skill)
    rows = rows.loc[rows.index.repeat(n)].reset_index(drop=True)
    seconds = pd.to_timedelta(rng.integers(0, cycle.days * DAY_S, len(rows)), unit="s")
    at = (pd.Timestamp(cycle.start, tz=TIMEZONE) + seconds).tz_convert("UTC").as_unit("us")
    return rows.assign(at=at, luck=rng.random(len(rows)))


def _happens(rows: DataFrame, usual: float, slope: float) -> Series:
    """Whether it happens in each row: with the usual probability, and more with each skill."""
    return rows["luck"] < (usual + slope * rows["skill"]).clip(0.02, 0.98)


def _surveys(rng: Generator, people: DataFrame, cycle: Cycle) -> DataFrame:
    rows = _each(rng, people, 60, cycle)
    rating = np.where(_happens(rows, 0.80, 0.05), 5, 3)
    rows = rows.assign(survey_id=ids("v", len(rows), 5), rating=rating, scale_max=5)
    return rows.assign(sent_at=rows["at"], answered_at=rows["at"])


def _reviews(rng: Generator, people: DataFrame, cycle: Cycle) -> DataFrame:
    rows = _each(rng, people, 80, cycle)
    bad = rows["luck"] > 0.98 + 0.006 * rows["skill"]
    polarity = np.select([_happens(rows, 0.92, 0.02), bad], ["good", "bad"], "neutral")
    return rows.assign(review_id=ids("y", len(rows), 5), polarity=polarity)


def _cases(rng: Generator, people: DataFrame, cycle: Cycle) -> DataFrame:
    rows = _each(rng, people, 60, cycle)
    n = len(rows)
    hours = np.exp(np.log(20) - 0.25 * rows["skill"] + bell(rng, n))
    resolved_at = rows["at"] + pd.to_timedelta((3600 * hours).round(), unit="s")
    resolved = _happens(rows, 0.88, 0.04)
    again, passed_on = rng.random((2, n))
    return DataFrame(
        {
            "case_id": ids("q", n, 5),
            "owner_id": rows["employee_id"],
            "team_id": rows["team_id"],
            "opened_at": rows["at"],
            "resolved_at": resolved_at.dt.as_unit("us").where(resolved),
            "resolved": resolved,
            "n_reopened": again < (0.06 - 0.015 * rows["skill"]).clip(lower=0.01),
            "n_reassigned": passed_on < (0.25 - 0.05 * rows["skill"]).clip(lower=0.02),
            "sla_met": resolved & (hours < 40),
        }
    )


def _samples(rng: Generator, people: DataFrame, cycle: Cycle) -> DataFrame:
    rows = _each(rng, people, 40, cycle)
    correct = _happens(rows, 0.88, 0.03)
    return rows.assign(qa_id=ids("k", len(rows), 5), criterion="accuracy", correct=correct)


def _tests(rng: Generator, people: DataFrame, cycle: Cycle) -> DataFrame:
    rows = _each(rng, people, 1, cycle)
    points = (78 + 7 * rows["skill"]).round().clip(0, 100)
    level = np.searchsorted([*SHOWN_BY.values()], points, side="right")
    rows = rows.assign(test_id="month's test", taken_at=rows["at"], score=points, max_score=100)
    return rows.assign(passed=True, level=level, attempt=1)


def _tasks(rng: Generator, people: DataFrame, cycle: Cycle) -> DataFrame:
    rows = _each(rng, people, 20, cycle)
    late = pd.to_timedelta(np.where(_happens(rows, 0.85, 0.05), -2, 30), unit="h")
    kind = np.tile(["task", "task", "feedback_item"], len(rows))[: len(rows)]
    rows = rows.assign(task_id=ids("j", len(rows), 4), kind=kind, due_at=rows["at"])
    return rows.assign(done_at=(rows["at"] + late).dt.as_unit("us"))


def _leads(rng: Generator, people: DataFrame, cycle: Cycle) -> DataFrame:
    rows = _each(rng, people, 70, cycle)
    delivered = rows[rng.random(len(rows)) < 0.75 + 0.06 * rows["skill"]].reset_index(drop=True)
    n = len(delivered)
    delivered = delivered.assign(lead_id=ids("l", n, 5), created_at=delivered["at"])
    return delivered.assign(valid=rng.random(n) < 0.9, qualified=_happens(delivered, 0.55, 0.06))


def _targets(rng: Generator, people: DataFrame, cycle: Cycle) -> DataFrame:
    """Everybody's plan of sales, in whole thousands; it knows nothing of talent."""
    n = len(people)
    planned = {
        "period_start": pd.Timestamp(cycle.start),
        "period_end": pd.Timestamp(cycle.last_day),
    }
    return DataFrame({"target_id": ids("p", n, 2), "scope_id": people["employee_id"]}).assign(
        scope="employee",
        indicator_id="order_amount_total",
        target=1000.0 * rng.integers(12, 17, n),
        unit="currency",
        **planned,
    )


def _goals(rng: Generator, people: DataFrame, cycle: Cycle) -> DataFrame:
    """A goal of the company's results for each person: 100 of whatever was planned."""
    n = len(people)
    return DataFrame({"goal_id": ids("g", n, 2), "owner_id": people["employee_id"]}).assign(
        owner_scope="employee",
        indicator_id="operating_indicators",
        target=100.0,
        deadline=pd.Timestamp(cycle.last_day),
    )


def _checkins(rng: Generator, people: DataFrame, cycle: Cycle) -> DataFrame:
    rows = _each(rng, people, 1, cycle)
    return rows.assign(goal_id=ids("g", len(rows), 2), value=(88 + 6 * rows["skill"]).round(1))


def _processed(rng: Generator, people: DataFrame, orders: DataFrame, cycle: Cycle) -> DataFrame:
    """Orders that people accepted and were done with; who is quick has nothing to do with sales."""
    rows = _each(rng, people, 40, cycle)
    minutes = np.exp(np.log(25) - 0.2 * rows["skill"] + 0.6 * bell(rng, len(rows)))
    day = orders["placed_at"].dt.tz_convert(TIMEZONE).dt.date
    placed = orders.loc[(day >= cycle.start) & (day < cycle.end), ["order_id", "placed_at"]]
    taken = placed.iloc[rng.permutation(len(placed))[: len(rows)]].reset_index(drop=True)
    rows = rows.iloc[: len(taken)].assign(order_id=taken["order_id"], at=taken["placed_at"])
    took = pd.to_timedelta((60 * minutes[: len(taken)]).round(), unit="s")
    done = rows.assign(event="processing_done", at=(rows["at"] + took).dt.as_unit("us"))
    return pd.concat([rows.assign(event="accepted"), done], ignore_index=True)


def _evaluations(
    rng: Generator, people: DataFrame, schemes: Iterable[Scheme], cycle: Cycle
) -> DataFrame:
    """What each type that a scheme asks gives on each criterion; who confirms has nothing to add.

    All evaluators of a type see the same skill, each with an error of his or her own.
    """
    asked = DataFrame(
        sorted({pair for scheme in schemes for pair in _given_first(scheme)}),
        columns=["evaluator_type", "criterion_id"],
    )
    each = asked["evaluator_type"].map(HOW_MANY).fillna(1).astype("int64")
    asked = asked.loc[asked.index.repeat(each)]
    number = asked.groupby(["evaluator_type", "criterion_id"]).cumcount() + 1
    rows = people.merge(asked.assign(number=number.astype("str")), how="cross")
    kinds = sorted(asked["evaluator_type"].unique())
    own = DataFrame(bell(rng, (len(people), len(kinds))), people["employee_id"], kinds).stack()
    seen = own.reindex(pd.MultiIndex.from_frame(rows[["employee_id", "evaluator_type"]]))
    skill = LEAN * rows["talent"] + np.sqrt(1 - LEAN**2) * seen.to_numpy()
    oneself = rows["evaluator_type"] == "self"
    points = RULES.ability + SEEN * skill + OWN_VIEW * oneself + UNSURE * bell(rng, len(rows))
    who = rows["evaluator_type"] + " " + rows["number"] + " of " + rows["team_id"]
    return rows.assign(
        evaluation_id=ids("e", len(rows), 5),
        cycle_id=cycle.id,
        evaluator_id=rows["employee_id"].where(oneself, who),
        score=points.round().clip(0, 100),
        round=1,
        status="submitted",
    )


def _given_first(scheme: Scheme) -> list[tuple[str, str]]:
    confirm = {each.type for each in scheme.evaluators if each.role.value.startswith("confirm")}
    return [(kind, name) for kind, name in asked_criteria(scheme) if kind not in confirm]


DRAWN: dict[str, Callable[[Generator, DataFrame, Cycle], DataFrame]] = {
    "surveys": _surveys,
    "reviews": _reviews,
    "cases": _cases,
    "qa_reviews": _samples,
    "knowledge_tests": _tests,
    "tasks": _tasks,
    "leads": _leads,
    "targets": _targets,
    "goals": _goals,
    "goal_checkins": _checkins,
}
