"""What a manager should do next about a plan: the first thing that the planning report says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pandas import DataFrame

from csperf.reporting.display import Sentences, number
from csperf.reporting.plan import WRONG, Plan
from csperf.reporting.planning_words import titles_of
from csperf.reporting.values import title_of
from csperf.scheme.planned import PLANNED_IN

MOST = 4  # names in a sentence
HARDLY = 0.2  # probability of reaching one's target below which somebody should talk
MAJORITY = 0.5  # of those who voted


def next_steps(plan: Plan) -> Sentences:
    """Everything open about the plan, a sentence each; and which tables would tell more."""
    text = plan.view.text
    found = [*_goals(plan), *_targets(plan), *_set(plan), *_records(plan)]
    absent = [name for name in PLANNED_IN if name not in plan.view.unit.sources]
    if absent:
        names = ", ".join(text.plain(name) for name in absent)
        found.append(text("planning.to_give", names=names))
    return Sentences(found or [text("planning.next_none")])


def _goals(plan: Plan) -> Iterator[str]:
    titles = titles_of(plan)

    def of(ids: Iterable[str]) -> list[str]:
        return [titles[id] for id in dict.fromkeys(ids)]

    standing, agreed, pace = plan.tree, plan.agreed, plan.progress
    open_ = {
        "lacking": plan.lacking["goal_id"],
        "unagreed": agreed.index[agreed != "agreed"],
        "orphans": standing.index[standing == "orphan"],
        "circles": standing.index[standing == "circle"],
        "behind": pace.loc[pace["pace"] == "behind", "goal_id"],
    }
    for key, ids in open_.items():
        yield from _told(plan, key, of(ids))


def _targets(plan: Plan) -> Iterator[str]:
    sums, reach = plan.sums, plan.own_reach
    wrong = sums[sums["standing"].isin(WRONG)]
    high = plan.too_high[plan.too_high["too_high"]]
    hardly = reach[reach["probability"] < HARDLY]
    unsaid = plan.versions[plan.versions["lacks"] != ""]
    yield from _told(plan, "too_high", _titles(plan, high))
    yield from _told(plan, "apart", _whose(plan, wrong, "above"))
    yield from _told(plan, "hardly", _whose(plan, hardly, "scope_id"))
    yield from _told(plan, "unexplained", _whose(plan, unsaid, "scope_id"))


def _set(plan: Plan) -> Iterator[str]:
    text = plan.view.text
    for warning, roles in plan.warnings:
        names = ", ".join(text.plain(role) for role in roles.split(", "))
        yield text(f"planning.next.{warning}", names=names)
    rows = plan.balance
    empty = rows[(rows["weight"] == 0) & (rows["n_goals"] == 0)]
    if len(empty):
        names = ", ".join(text(f"sides.{name}") for name in empty["perspective"])
        yield text("planning.next.empty", names=names)


def _records(plan: Plan) -> Iterator[str]:
    """What was not written down, in a table that the department gives."""
    text, given = plan.view.text, plan.view.unit.sources
    if "plan_inputs" in given:
        kinds = {*plan.inputs["kind"]}
        absent = [kind for kind in ("strategy", "duties", "conditions") if kind not in kinds]
        if absent:
            names = ", ".join(text(f"planning.input.{kind}") for kind in absent)
            yield text("planning.next.inputs", names=names)
    if "plan_steps" in given:
        parts = {*plan.steps["part"]}
        for part in ("implementation", "goals"):
            if part not in parts:
                yield text(f"planning.next.no_{part}")
    if "consultations" in given and plan.consulted.empty:
        yield text("planning.next.unconsulted")
    for row in plan.consulted.itertuples():
        if row.share <= MAJORITY:
            share = number(100 * row.share, 0)
            yield text("planning.next.few_agree", item=text.of(row.item), share=share)


def _told(plan: Plan, key: str, names: list[str]) -> Iterator[str]:
    """A sentence on so many of something, with the first few by name."""
    if names:
        text, n = plan.view.text, len(names)
        named = "; ".join(names[:MOST])
        if n > MOST:
            named = text("planning.and_more", names=named, n=n - MOST)
        yield text(f"planning.next.{key}", n=n, names=named)


def _titles(plan: Plan, rows: DataFrame) -> list[str]:
    return [title_of(id, plan.view.text) for id in rows["indicator_id"]]


def _whose(plan: Plan, rows: DataFrame, id: str) -> list[str]:
    """Indicators with whose targets they are."""
    return [
        plan.view.text(
            "planning.of_whom",
            title=title_of(row["indicator_id"], plan.view.text),
            name=plan.name_of(row["scope"], row[id]),
        )
        for _, row in rows.iterrows()
    ]
