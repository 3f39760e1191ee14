"""A scheme: how a department turns values and evaluations into scores, grades and proposals.

A scheme is one YAML file. Its heart is `score`, a tree of weighted parts: a part is an indicator, a
criterion that people judge, or a group of parts; a group may belong to one type of evaluator. A
group's score is the weighted mean of those of its parts that have a score, so that the weight of a
missing part moves to its neighbours first.

Every value says where it comes from: `{stated: 30}`, `{deduced: 10}`, `{assumed: 15}`; a plain
`30` is the department's own, `local`. Reports print what is only assumed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, Field, model_validator

from csperf.errors import meant
from csperf.strict_yaml import Count, Id, Strict, read_model


def _rising(scale: tuple[float, float]) -> tuple[float, float]:
    if scale[0] >= scale[1]:
        raise ValueError(f"a scale goes up, not from {scale[0]:g} to {scale[1]:g}")
    return scale


Provenance = Literal["stated", "deduced", "assumed", "local"]
PROVENANCES: tuple[Provenance, ...] = ("stated", "deduced", "assumed", "local")
SOURCES = (*PROVENANCES, "because")
Percent = Annotated[float, Field(ge=0, le=100)]
Positive = Annotated[float, Field(gt=0)]
Days = Annotated[int, Field(ge=0)]
Scale = Annotated[tuple[float, float], AfterValidator(_rising)]
T = TypeVar("T")

DEFAULT = "csperf's default"
WEIGHT_TOLERANCE = 0.011  # 33.33 x 3 is meant as a whole


class Sourced(Strict, Generic[T]):
    """A value of a scheme with where it comes from, and why it was chosen."""

    value: T
    provenance: Provenance = "local"
    because: str = ""

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, data: Any) -> Any:
        if isinstance(data, Sourced) or (isinstance(data, dict) and "value" in data):
            return data
        if not isinstance(data, dict) or not any(meant(key, SOURCES, 0.8) for key in data):
            return {"value": data}
        given = [key for key in data if key in PROVENANCES]
        if len(given) != 1 or set(data) - {given[0], "because"}:
            raise ValueError("give one of stated, deduced, assumed, local, and perhaps because")
        return {"value": data[given[0]], "provenance": given[0], "because": data.get("because", "")}


def _default(value: object) -> Any:
    """A field that csperf fills when a scheme is silent, and says so."""
    filled = {"assumed": value, "because": DEFAULT}
    return Field(default=filled, validate_default=True)


class Steps(Strict):
    """Points from a table of thresholds; the first satisfied one wins."""

    method: Literal["steps"]
    bands: Sourced[tuple[tuple[float, Percent], ...]]
    otherwise: Sourced[Percent] = _default(0.0)

    @model_validator(mode="after")
    def _reachable(self) -> Steps:
        limits = [limit for limit, _ in self.bands.value]
        if not limits or limits not in (sorted(set(limits)), sorted(set(limits), reverse=True)):
            raise ValueError("bands: give thresholds that all go up or all go down")
        return self


class TargetRatio(Strict):
    """100 x actual / target, capped; for a value that should be low the ratio is turned round.

    `down: inverse` is target / actual, `down: mirror` is 200 - 100 x actual / target.
    """

    method: Literal["target_ratio"]
    target: Sourced[Positive]
    cap_pct: Sourced[Positive] = _default(100.0)
    down: Sourced[Literal["inverse", "mirror"]] = _default("inverse")


class Linear(Strict):
    """0 points at the floor, 100 at the target, a straight line between, clipped outside."""

    method: Literal["linear"]
    floor: Sourced[float]
    target: Sourced[float]

    @model_validator(mode="after")
    def _spread(self) -> Linear:
        if self.floor.value == self.target.value:
            raise ValueError(f"floor and target are both {self.floor.value:g}")
        return self


class RankPoints(Strict):
    """100 x (n - rank + 1) / n in the comparison group, ties at their average rank."""

    method: Literal["rank_points"]


class TScore(Strict):
    """50 + 10 z in the comparison group, clipped to 0..100."""

    method: Literal["t_score"]


class LevelPoints(Strict):
    """Points by level, such as the highest knowledge test passed."""

    method: Literal["level_points"]
    points: Sourced[dict[Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+)?$")], Percent]]


class Rating(Strict):
    """A rating on any scale, stretched to 0..100."""

    method: Literal["rating"]
    scale: Sourced[Scale] = _default((0.0, 100.0))


class PerEvent(Strict):
    """Points taken (deduction) or added (bonus) for each event, capped, after the weighting."""

    method: Literal["deduction", "bonus"]
    points: Sourced[Positive]
    cap: Sourced[Positive]


Scoring = Annotated[
    Steps | TargetRatio | Linear | RankPoints | TScore | LevelPoints | Rating | PerEvent,
    Field(discriminator="method"),
]


class Part(Strict):
    """A node of the score tree: one indicator, one criterion, or a group of parts."""

    id: Id = ""
    title: str = ""
    weight: Sourced[Percent] | None = None
    indicator: Id | None = None
    criterion: Id | None = None
    evaluator: Id | None = None
    parts: tuple[Part, ...] = ()
    scoring: Scoring | None = None

    @model_validator(mode="before")
    @classmethod
    def _named(cls, data: Any) -> Any:
        if isinstance(data, dict) and "id" not in data:
            name = data.get("indicator") or data.get("criterion") or data.get("evaluator")
            return {"id": name, **data} if name else data
        return data

    @model_validator(mode="after")
    def _one_kind(self) -> Part:
        kinds = [kind for kind in ("indicator", "criterion", "parts") if getattr(self, kind)]
        if len(kinds) != 1:
            raise ValueError("give one of indicator, criterion, parts")
        if not self.id or "/" in self.id:
            raise ValueError("give it an id, without '/'")
        if self.indicator and not self.scoring:
            raise ValueError("an indicator needs scoring: how its value becomes points")
        if self.scoring and not self.indicator:
            raise ValueError("only an indicator takes scoring")
        if self.after_weighting and self.weight:
            raise ValueError("points for events are added after the weighting: give no weight")
        if self.parts:
            _check_parts(self.parts, f"the parts of '{self.id}'", bool(self.weight))
        return self

    @property
    def share(self) -> float:
        """Weight among the neighbours; a group without one weighs what its parts weigh."""
        return self.weight.value if self.weight else sum(part.share for part in self.parts)

    @property
    def after_weighting(self) -> bool:
        """True for points added or taken at the end, which carry no weight."""
        return isinstance(self.scoring, PerEvent)

    def everything(self) -> Iterator[Part]:
        """The part and all parts below it."""
        yield self
        for part in self.parts:
            yield from part.everything()


def _check_parts(parts: tuple[Part, ...], what: str, whole: bool) -> None:
    """Neighbours have ids of their own and weights, which sum to 100 if they make a whole."""
    _unique(what, [part.id for part in parts])
    weighted = [part for part in parts if not part.after_weighting]
    bare = [part.id for part in weighted if not part.parts and part.weight is None]
    if bare:
        raise ValueError(f"{what}: no weight for {', '.join(bare)}")
    total = sum(part.share for part in weighted)
    if whole and abs(total - 100) > WEIGHT_TOLERANCE:
        raise ValueError(f"{what}: weights sum to {total:g}, not 100")


class EvaluatorType(Strict):
    """A kind of evaluator: whether the score can do without, and from how many it is shown."""

    type: Id
    title: str = ""
    required: Sourced[bool] = _default(False)
    shown_from: Sourced[Count] = _default(1)


class Criterion(Strict):
    """What an evaluator judges, and the scale it is judged on."""

    id: Id
    title: str = ""
    scale: Sourced[Scale] = _default((0.0, 100.0))


class Band(Strict):
    """A grade and its lowest score (inclusive)."""

    grade: Id
    title: str = ""
    from_score: Sourced[Percent]


class When(Strict):
    """The facts that set a rule off; all that are given must hold."""

    rank_from_top: Sourced[Count] | None = None
    rank_from_bottom: Sourced[Count] | None = None
    score_below: Sourced[Percent] | None = None
    grade: Id | None = None
    consecutive_cycles: Sourced[Count] = _default(1)

    @model_validator(mode="after")
    def _some_fact(self) -> When:
        if not (self.rank_from_top or self.rank_from_bottom or self.score_below or self.grade):
            raise ValueError("give one of rank_from_top, rank_from_bottom, score_below, grade")
        return self


class Rule(Strict):
    """What is proposed when certain facts hold; a person decides."""

    id: Id
    title: str = ""
    when: When
    action: Id
    amount: Sourced[float] | None = None
    on_tie: Sourced[Literal["split", "each", "none"]] = _default("each")
    due_days_after_report: Sourced[Days] | None = None
    approver: Sourced[str]


class Ranking(Strict):
    """How people are put in order, and when there are too few of them for it."""

    group: Sourced[Literal["team", "department"]] = _default("team")
    min_size_for_last: Sourced[Count] = _default(4)
    min_presence_pct: Sourced[Percent] = _default(50.0)
    gap: Sourced[Literal["skip", "break"]] = _default("skip")


class Missing(Strict):
    """How much of the weight may be missing before there is no score."""

    max_missing_weight_pct: Sourced[Percent] = _default(40.0)


class Timing(Strict):
    """Days that proposals count with."""

    report_days_after_cycle: Sourced[Days] = _default(10)
    appeal_days_after_report: Sourced[Days] = _default(14)


class Scheme(Strict):
    """A whole scheme, as read from YAML by `load_scheme`."""

    id: Id
    title: str
    version: str
    source: str = ""
    currency: str = ""
    cycle: Literal["monthly", "quarterly", "mid_year", "annual"] = "monthly"
    evaluators: tuple[EvaluatorType, ...] = ()
    criteria: tuple[Criterion, ...] = ()
    score: tuple[Part, ...]
    missing: Missing = Missing()
    grades: tuple[Band, ...] = ()
    ranking: Ranking = Ranking()
    rules: tuple[Rule, ...] = ()
    timing: Timing = Timing()
    appeal: tuple[str, ...] = ()
    lost: tuple[str, ...] = Field(default=(), description="tables that the source names but lost")

    @model_validator(mode="after")
    def _whole(self) -> Scheme:
        _check_parts(self.score, "score", whole=True)
        types = _unique("evaluators", [kind.type for kind in self.evaluators])
        criteria = _unique("criteria", [criterion.id for criterion in self.criteria])
        grades = _unique("grades", [band.grade for band in self.grades])
        _unique("rules", [rule.id for rule in self.rules])
        for leaf, evaluator in self.judged():
            if leaf.criterion not in criteria:
                raise ValueError(f"score: criterion '{leaf.criterion}' is not among criteria")
            if evaluator not in types:
                raise ValueError(f"score: '{leaf.id}' has no evaluator out of {types}")
        cuts = [band.from_score.value for band in self.grades]
        if cuts != sorted(set(cuts), reverse=True) or (cuts and cuts[-1] != 0):
            raise ValueError("grades: list them from the highest from_score down to one from 0")
        for rule in self.rules:
            if rule.when.grade and rule.when.grade not in grades:
                raise ValueError(f"rules: '{rule.id}' waits for a grade out of {grades}")
        return self

    def components(self) -> Iterator[tuple[str, Part]]:
        """Every leaf of the score tree with its path, such as `self/task_completion`."""
        return ((path, leaf) for path, leaf, _ in _leaves(self.score, "", None))

    def judged(self) -> Iterator[tuple[Part, str | None]]:
        """Criteria of the score tree, each with the type of evaluator that judges it."""
        return ((leaf, kind) for _, leaf, kind in _leaves(self.score, "", None) if leaf.criterion)

    @property
    def indicators(self) -> list[str]:
        """Ids of the indicators in the score, in the order of the scheme."""
        return [leaf.indicator for _, leaf in self.components() if leaf.indicator]

    def sourced(self) -> list[tuple[str, Sourced[Any]]]:
        """Every value that says where it comes from, with its path in the scheme."""
        return list(_sourced(self, ""))

    @property
    def sha256(self) -> str:
        """Hash of the content: a cycle is bound to it."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


def load_scheme(path: str | Path) -> Scheme:
    """Scheme from a YAML file; InputError lists everything that cannot be meant, with its path."""
    return read_model(Path(path), Scheme)


def _unique(where: str, ids: list[str]) -> list[str]:
    twice = [name for name in ids if ids.count(name) > 1]
    if twice:
        raise ValueError(f"{where}: '{twice[0]}' stands twice")
    return ids


def _leaves(
    parts: tuple[Part, ...], above: str, evaluator: str | None
) -> Iterator[tuple[str, Part, str | None]]:
    for part in parts:
        if part.parts:
            yield from _leaves(part.parts, f"{above}{part.id}/", part.evaluator or evaluator)
        else:
            yield f"{above}{part.id}", part, part.evaluator or evaluator


def _sourced(value: Any, path: str) -> Iterator[tuple[str, Sourced[Any]]]:
    if isinstance(value, Sourced):
        yield path, value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _sourced(getattr(value, name), f"{path}.{name}" if path else name)
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            names = (getattr(item, name, None) for name in ("id", "type", "grade"))
            yield from _sourced(item, f"{path}.{next(filter(None, names), index)}")
