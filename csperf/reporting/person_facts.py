"""What is known of each person of a team, taken apart once for all sheets."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from functools import cached_property
from typing import Any

import pandas as pd
from pandas import DataFrame

from csperf.answers.periods import cycle_rows, own_share
from csperf.appraisal import effective_weights
from csperf.appraisal.anonymity import NOT_SHOWN
from csperf.appraisal.eligibility import MACHINE
from csperf.appraisal.history import SCORE
from csperf.appraisal.longer import part_cycles
from csperf.appraisal.roles import scheme_of
from csperf.appraisal.scoring import LIMIT
from csperf.pipeline import Appraisals
from csperf.reporting.display import number
from csperf.reporting.opening import TeamView
from csperf.reporting.places import near_borders
from csperf.reporting.values import title_of
from csperf.scheme import Criterion, Part, Scheme
from csperf.scheme.parts import leaves
from csperf.tables.records import RECORD_TABLES

ROUNDED_UNDER = 5  # so few people who were promised anonymity: their means are told roughly
OWN_VIEW = "self"
GIVEN, NOT_GIVEN = "given", "not_given"
PAST = (
    *("employee_id", "cycle_id", "value", "low", "high", "rank", "group_size", "grade"),
    *("scheme_id", "scheme_version"),
)
OF_SCORES = ("appraisals", "scores", "indicator_values", "evaluation_scores")
EMPTY = {name: table.empty() for name, table in RECORD_TABLES.items()}


@dataclass(frozen=True)
class Component:
    """A component of the score as it is for everybody with the same roles.

    `kind` is the type of evaluator, of what people judge; `least` from how many of it a mean is
    shown, and 1 where nobody was promised anonymity. A cycle of a longer period has no `leaf`. The
    `weight` of points for events is what the period's own components weigh, mostly 100.
    """

    path: str
    title: str
    leaf: Part | None
    criterion: Criterion | None
    kind: str
    evaluator: str
    least: int
    weight: float


@dataclass(frozen=True)
class Line:
    """What one person did in a component, and what came of it; not a number where unknown."""

    component: Component
    value: float
    n: float
    low: float
    high: float
    status: str
    weight: float
    points: float
    contribution: float
    provenance: str

    @property
    def is_after_weighting(self) -> bool:
        """Whether it is points for events, which carry no weight."""
        leaf = self.component.leaf
        return leaf is not None and leaf.after_weighting

    @property
    def is_hidden(self) -> bool:
        """Whether too few gave it for anything of it to be told."""
        return self.status == NOT_SHOWN

    @property
    def is_rough(self) -> bool:
        """Whether so few gave it, of whom nobody may be told apart, that its mean is rounded."""
        return self.component.least > 1 and self.status == GIVEN and self.n < ROUNDED_UNDER

    @property
    def is_own_view(self) -> bool:
        """Whether the person judged it: it is nothing to praise, nor to improve by."""
        return self.component.kind == OWN_VIEW

    @property
    def is_told(self) -> bool:
        """Whether its points may be told as they are."""
        return not (self.is_hidden or self.is_rough) and not math.isnan(self.points)

    @property
    def lost(self) -> float:
        """Points of the score that it costs."""
        if self.is_after_weighting:
            return max(-self.contribution, 0.0)
        return self.weight * (100 - self.points) / 100


@dataclass(frozen=True)
class Person:
    """One person's part of a team's result; nobody else is in any table of `view`.

    `lines` are the components, `beside` means of evaluations that carry no weight, `together` what
    hidden ones contribute, `cut` what the limits 0 and 100 cut off. `proposals` and `pay` are as
    they were computed, not yet in words.
    """

    id: str
    view: TeamView
    smallest_group: int
    official: Mapping[str, Any]
    lines: tuple[Line, ...]
    beside: tuple[Line, ...]
    together: float
    cut: float
    proposals: DataFrame
    pay: DataFrame

    @property
    def has_score(self) -> bool:
        """Whether there is a score."""
        return bool(pd.notna(self.official["score"]))

    @property
    def name(self) -> str:
        """The printed name; the id if there is none."""
        known = self.view.result.people["display_name"].iloc[0]
        return self.id if pd.isna(known) else str(known)

    @cached_property
    def position(self) -> Mapping[str, Any] | None:
        """The place in a comparison group that is large enough to speak of."""
        rows = self.view.result.records["positions"].to_dict("records")
        if not rows or pd.isna(self.official["rank"]):
            return None
        return rows[0] if rows[0]["group_size"] >= self.smallest_group else None

    @cached_property
    def group_size(self) -> int:
        """How many are ranked together; 0 if nobody is."""
        rows = self.view.result.records["positions"]["group_size"].dropna()
        return int(rows.iloc[0]) if len(rows) else 0

    @cached_property
    def printed_score(self) -> str:
        """The score as it is printed: near the border of a grade with more decimals."""
        if self.view.result.records["grade_chances"].empty:
            return number(self.official["score"])
        return str(near_borders(self.view, self.view.result.appraisals).iloc[0])


def people_of(
    view: TeamView, smallest_group: int, computed: Mapping[str, DataFrame]
) -> Iterator[Person]:
    """Everybody of the team who is no machine, by id.

    `computed` are tables of the department as they were computed, in English: people, proposals
    and pay.
    """
    result, raw = view.result, [_by_person(computed[name]) for name in ("proposals", "pay")]
    nobody, records = _of_nobody(result), {**EMPTY, **result.records}
    parts = {name: _by_person(frame) for name, frame in records.items()}
    own_people, own_results = _by_person(result.people), _by_person(result.appraisals)
    scores = view.history[(view.history["quantity_id"] == SCORE) & view.history["week"].isna()]
    rows, past = _rows(view), _by_person(scores[[*PAST]])
    known: dict[str, tuple[Component, ...]] = {}
    machine = computed["people"]["reason"].str.startswith(MACHINE, na=False)
    machines = {*computed["people"].loc[machine, "employee_id"]}
    for about in result.people.sort_values("employee_id").to_dict("records"):
        id = about["employee_id"]
        if id in machines or id not in rows["appraisals"]:
            continue
        roles = about["role"], about.get("role_shares")
        key = "\n".join("" if pd.isna(role) else role for role in roles)
        if key not in known:
            role, _, shares = key.partition("\n")
            known[key] = tuple(_components(view, role, shares))
        mine = {name: own(id) for name, own in parts.items()}
        cut = replace(nobody, people=own_people(id), appraisals=own_results(id), records=mine)
        own_rows = {name: found.get(id, []) for name, found in rows.items()}
        alone = replace(view, result=cut, history=past(id))
        found = _taken_apart(alone, known[key], own_rows)
        proposals, pay = (own(id) for own in raw)
        yield Person(id, alone, smallest_group, **found, proposals=proposals, pay=pay)


def printed_parts(parts: list[float], total: str) -> list[str]:
    """Parts rounded as the total is printed, so that what is printed adds up to it exactly.

    Each is the number below or above the exact one; those with most left over go up.
    """
    whole = Decimal(total.replace(",", "").replace("−", "-"))
    digits = max(-int(whole.as_tuple().exponent), 0)
    exact = [round(part * 10**digits, 6) for part in parts]
    units = [math.floor(part) for part in exact]
    left = int(whole.scaleb(digits)) - sum(units)
    for place in sorted(range(len(parts)), key=lambda at: units[at] - exact[at])[:left]:
        units[place] += 1
    return [number(unit / 10**digits, digits) for unit in units]


def _taken_apart(
    view: TeamView,
    components: tuple[Component, ...],
    rows: Mapping[str, list[dict[Any, Any]]],
) -> dict[str, Any]:
    """What `Person` holds of the score, from the person's rows by table."""
    saved = {row["component_id"]: row for row in rows["scores"]}
    values = {row["indicator_id"]: row for row in rows["indicator_values"]}
    means = {(row["evaluator_type"], row["criterion_id"]): row for row in rows["evaluation_scores"]}
    used = {(each.kind, each.leaf.criterion) for each in components if each.leaf}
    others = [_of_mean(view, *judged) for judged in sorted(means.keys() - used)]
    extra = [saved.get(name, {}).get("contribution", 0.0) for name in (NOT_SHOWN, LIMIT)]
    together, cut = (0.0 if pd.isna(value) else float(value) for value in extra)
    return {
        "official": rows["appraisals"][0],
        "lines": tuple(_line(each, saved.get(each.path, {}), values, means) for each in components),
        "beside": tuple(_line(each, {}, values, means) for each in others),
        "together": together,
        "cut": cut,
    }


def _of_mean(view: TeamView, kind: str, criterion: str) -> Component:
    """What people judged that is no part of the score: shown, and held against the others."""
    scheme = view.scheme
    known = {each.id: each for each in scheme.criteria}
    titles = {each.type: each.title or view.text.plain(each.type) for each in scheme.evaluators}
    leaf, evaluator = Part(criterion=criterion), titles.get(kind, kind)
    title = _title(view, leaf, known[criterion], evaluator)
    least = _least(scheme, kind)
    return Component(
        f"{kind}/{criterion}", title, leaf, known[criterion], kind, evaluator, least, 0
    )


def _components(view: TeamView, role: str, shares: str) -> Iterator[Component]:
    """The cycles of a longer period, and the components of the role, or of several by shares."""
    own = scheme_of(view.scheme, {"role": role, "role_shares": shares or None})
    cycles = part_cycles(view.cycle, view.scheme)
    nothing = DataFrame(columns=["score", "weight", "contribution", "provenance"])
    for row in cycle_rows(cycles, view.scheme, nothing, {}).to_dict("records"):
        title = view.text("person.of_cycle", cycle=row["component_id"])
        weight = float(row["weight_nominal"])
        yield Component(row["component_id"], title, None, None, "", "", 1, weight)
    parts = list(leaves(own.score, "", None))
    present = DataFrame(True, index=[0], columns=[path for path, _, _ in parts])
    weights, share = effective_weights(own, present).iloc[0], own_share(cycles, view.scheme)
    kinds = {kind.type: kind.title or view.text.plain(kind.type) for kind in own.evaluators}
    criteria = {criterion.id: criterion for criterion in own.criteria}
    for path, leaf, kind in parts:
        criterion = criteria.get(leaf.criterion or "")
        evaluator = kinds.get(kind or "", "") if criterion else ""
        title = _title(view, leaf, criterion, evaluator)
        if shares:
            part = view.text.plain(path.partition("/")[0])
            title = view.text("person.as_role", title=title, role=part)
        judge = (kind or "") if criterion else ""
        least = _least(own, judge)
        weight = share if leaf.after_weighting else weights[path] * share / 100
        yield Component(path, title, leaf, criterion, judge, evaluator, least, weight)


def _title(view: TeamView, leaf: Part, criterion: Criterion | None, evaluator: str) -> str:
    if criterion is None:
        return leaf.title or title_of(str(leaf.indicator), view.text)
    title = leaf.title or criterion.title or view.text.plain(criterion.id)
    return view.text("person.judged_by", title=title, evaluator=evaluator)


def _least(scheme: Scheme, kind: str) -> int:
    return scheme.anonymous.get(kind, 1)


def _line(
    component: Component,
    saved: Mapping[str, Any],
    values: Mapping[str, Mapping[str, Any]],
    means: Mapping[tuple[str, str], Mapping[str, Any]],
) -> Line:
    leaf = component.leaf
    if leaf is None:
        scored = pd.notna(saved.get("score"))
        found = {"value": saved.get("score"), "status": "ok" if scored else "not_scored"}
    elif leaf.indicator:
        found = _measured(values.get(leaf.indicator), leaf)
    else:
        found = _judged(means.get((component.kind, str(leaf.criterion))), component.least)
    hidden = found["status"] == NOT_SHOWN
    names = ("weight", "score", "contribution")
    weight, points, contribution = (_known(saved.get(name)) for name in names)
    return Line(
        component=component,
        **{name: _known(found.get(name)) for name in ("value", "n", "low", "high")},
        status=str(found["status"]),
        weight=weight,
        points=math.nan if hidden else points,
        contribution=math.nan if hidden else contribution,
        provenance=str(saved.get("provenance") or ""),
    )


def _measured(row: Mapping[str, Any] | None, leaf: Part) -> dict[str, Any]:
    if row is None:
        return {"status": "not_available"}
    if leaf.after_weighting:
        return {"value": row["numerator"], "n": row["n"], "status": row["status"]}
    return {name: row[name] for name in ("value", "n", "low", "high", "status")}


def _judged(row: Mapping[str, Any] | None, least: int) -> dict[str, Any]:
    if row is None:
        return {"status": NOT_GIVEN}
    if pd.isna(row["shown"]) or not row["shown"] or row["n_evaluators"] < least:
        return {"status": NOT_SHOWN}
    return {"value": row["score"], "n": row["n_evaluators"], "status": GIVEN}


def _known(value: Any) -> float:
    return math.nan if value is None or pd.isna(value) else float(value)


def _rows(view: TeamView) -> dict[str, dict[str, list[dict[Any, Any]]]]:
    """{table: {employee_id: rows}} of what a score is made of."""
    found: dict[str, dict[str, list[dict[Any, Any]]]] = {}
    schemes = [view.scheme, *map(view.scheme.for_role, view.scheme.roles)]
    used = {name for each in schemes for name in each.indicators}
    for name in OF_SCORES:
        frame = getattr(view.result, name)
        if name == "indicator_values":
            frame = frame[frame["indicator_id"].isin(used)]
        found[name] = {}
        for row in frame.to_dict("records"):
            found[name].setdefault(row["employee_id"], []).append(row)
    return found


def _by_person(frame: DataFrame) -> Any:
    """A function that gives the rows of one person; none of what is not about people."""
    nothing = frame.iloc[:0]
    if frame.empty or "employee_id" not in frame:
        return lambda id: nothing
    parts = dict(list(frame.groupby("employee_id", sort=False)))
    return lambda id: parts.get(id, nothing)


def _of_nobody(result: Appraisals) -> Appraisals:
    """The result without a row about anybody; only the inputs stay."""
    kept = ("inputs", "records")
    names = [item.name for item in fields(result) if item.name not in kept]
    return replace(result, **{name: getattr(result, name).iloc[:0] for name in names}, records={})
