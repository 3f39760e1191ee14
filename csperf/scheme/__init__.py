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
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from csperf.errors import InputError, Problem, meant
from csperf.scheme.completions import Choice, replaced, together
from csperf.scheme.evaluators import (
    ANONYMOUS,
    SUPERIORS,
    Behaviour,
    Criterion,
    EvaluatorType,
    Gap,
    Step,
)
from csperf.scheme.parts import Part, check_parts, leaves
from csperf.scheme.pay import Pay
from csperf.scheme.results import (
    Award,
    Band,
    Chain,
    Distribution,
    Level,
    Levels,
    Longer,
    Share,
    Transition,
    falling,
)
from csperf.scheme.rules import (
    AppealStage,
    Eligibility,
    Missing,
    Ranking,
    Rule,
    Timing,
    When,
)
from csperf.scheme.scoring import (
    LevelPoints,
    Linear,
    PerEvent,
    RankPoints,
    Rating,
    Scoring,
    Steps,
    TargetRatio,
    TScore,
)
from csperf.scheme.sourced import (
    DEFAULT,
    PROVENANCES,
    Days,
    Percent,
    Perspective,
    Positive,
    Provenance,
    Sourced,
    sourced,
    unique,
)
from csperf.strict_yaml import Id, Strict, read_yaml, validated

__all__ = [
    "DEFAULT",
    "PROVENANCES",
    "AppealStage",
    "Award",
    "Band",
    "Behaviour",
    "Chain",
    "Criterion",
    "Days",
    "Distribution",
    "Eligibility",
    "EvaluatorType",
    "Gap",
    "Level",
    "LevelPoints",
    "Levels",
    "Linear",
    "Longer",
    "Missing",
    "Part",
    "Pay",
    "PerEvent",
    "Percent",
    "Perspective",
    "Positive",
    "Provenance",
    "RankPoints",
    "Ranking",
    "Rating",
    "Rule",
    "Scheme",
    "Scoring",
    "Share",
    "Sourced",
    "Step",
    "Steps",
    "TScore",
    "TargetRatio",
    "Timing",
    "Transition",
    "When",
    "load_scheme",
]


class Scheme(Strict):
    """A whole scheme, as read from YAML by `load_scheme`."""

    id: Id
    title: str
    version: str = Field(description="in quotes; a new one with every change")
    source: str = Field(default="", description="where the scheme comes from, as reports print it")
    currency: str = Field(default="", description="that of all its amounts, such as EUR")
    effective_from: Sourced[date] | None = Field(
        default=None, description="the first day it is for; a cycle that ends before it is refused"
    )
    cycle: Literal["monthly", "quarterly", "mid_year", "annual"] = Field(
        default="monthly", description="how often people are appraised"
    )
    eligibility: Eligibility = Eligibility()
    evaluators: tuple[EvaluatorType, ...] = ()
    criteria: tuple[Criterion, ...] = ()
    procedure: tuple[Step, ...] = ()
    gap: Gap | None = None
    score: tuple[Part, ...]
    missing: Missing = Missing()
    grades: tuple[Band, ...] = ()
    ranking: Ranking = Ranking()
    distribution: Distribution | None = None
    levels: Levels | None = None
    rules: tuple[Rule, ...] = ()
    awards: tuple[Award, ...] = ()
    longer: Longer | None = None
    chain: Chain | None = None
    pay: Pay | None = None
    timing: Timing = Timing()
    appeal: tuple[AppealStage, ...] = ()
    completions: dict[str, dict[str, Any]] = Field(
        default={},
        description="named ways to fill what the source lost: the values to replace by their path,"
        " as in {first: {score.execution.weight: {assumed: 15}}}",
    )
    completion: Choice | None = Field(default=None, description="the one or ones that are used")
    roles: dict[str, dict[str, Any]] = Field(
        default={}, description="the values that are others for people of a role, by their path"
    )
    lost: tuple[str, ...] = Field(default=(), description="tables that the source names but lost")

    @model_validator(mode="after")
    def _whole(self) -> Scheme:
        check_parts(self.score, "score", whole=True)
        types = unique("evaluators", [kind.type for kind in self.evaluators])
        criteria = unique("criteria", [criterion.id for criterion in self.criteria])
        for leaf, evaluator in self.judged():
            if leaf.criterion not in criteria:
                raise ValueError(f"score: criterion '{leaf.criterion}' is not among criteria")
            if evaluator not in types:
                raise ValueError(f"score: '{leaf.id}' has no evaluator out of {types}")
        ids = [part.id for above in self.score for part in above.everything()]
        looked_at = list(dict.fromkeys([*criteria, *ids]))
        for kind in self.evaluators:
            for name in (name for name in kind.focus if name not in looked_at):
                found = f"no criterion or part '{name}'{meant(name, looked_at)}"
                raise ValueError(f"evaluators.{kind.type}.focus: {found} out of {looked_at}")
        named = [("procedure", step.actor) for step in self.procedure]
        named += [("gap", type) for type in (self.gap.between if self.gap else ())]
        named += [("evaluators", kind.overrides) for kind in self.evaluators if kind.overrides]
        for where, type in named:
            if type not in types:
                raise ValueError(f"{where}: no evaluator '{type}' out of {types}")
        return self

    @model_validator(mode="after")
    def _graded(self) -> Scheme:
        grades = unique("grades", [band.grade for band in self.grades])
        falling("grades", [band.from_score.value for band in self.grades])
        unique("rules", [rule.id for rule in self.rules])
        shares = [share.id for share in self.distribution.shares] if self.distribution else []
        if shares and shares != grades:
            raise ValueError(f"distribution: its shares are the grades, in order: {grades}")
        bands = [band.id for band in self.ranking.bands.shares] if self.ranking.bands else []
        levels = [band.level for band in self.levels.bands] if self.levels else []
        for rule in self.rules:
            _check_facts(rule, grades, bands, levels, self.rules)
        events = [(row, grade) for row in self.transitions for grade in row.grades]
        unknown = [f"{row.id}: no grade '{name}'" for row, name in events if name not in grades]
        if unknown:
            raise ValueError(f"chain: {unknown[0]} out of {grades}")
        return self

    @property
    def chosen(self) -> tuple[str, ...]:
        """Names of the completions that are used."""
        return (self.completion,) if isinstance(self.completion, str) else self.completion or ()

    @property
    def reading(self) -> str:
        """Id and version, with the completions that are used."""
        return ", ".join([f"{self.id} {self.version}", *self.chosen])

    @property
    def transitions(self) -> tuple[Transition, ...]:
        """Rows of the annual chain."""
        return self.chain.transitions if self.chain else ()

    def components(self) -> Iterator[tuple[str, Part]]:
        """Every leaf of the score tree with its path, such as `self/task_completion`."""
        return ((path, leaf) for path, leaf, _ in leaves(self.score, "", None))

    def judged(self) -> Iterator[tuple[Part, str | None]]:
        """Criteria of the score tree, each with the type of evaluator that judges it."""
        return ((leaf, kind) for _, leaf, kind in leaves(self.score, "", None) if leaf.criterion)

    @property
    def indicators(self) -> list[str]:
        """Ids of the indicators in the score, in the order of the scheme."""
        return [leaf.indicator for _, leaf in self.components() if leaf.indicator]

    def sourced(self) -> list[tuple[str, Sourced[Any]]]:
        """Every value that says where it comes from, with its path in the scheme."""
        return list(sourced(self, ""))

    def for_role(self, role: str | None) -> Scheme:
        """The scheme as it is for people of a role: itself, unless `roles` names the role."""
        return _of_role(self.model_dump_json(), role) if role in self.roles else self

    def with_values(self, values: Mapping[str, Any]) -> Scheme:
        """The scheme with values replaced, each by its path: `{"score.self.weight": 40}`.

        Paths are those of `completions`; weights of neighbours have to sum to 100 again.

        Raises
        ------
        InputError
            For a path that leads nowhere, or a scheme that cannot be meant.
        """
        return _with(self.model_dump(), {**values}, self.id)

    @property
    def superiors(self) -> dict[str, tuple[str, ...]]:
        """Types of evaluators who are superiors, with the reporting lines that make them so."""
        return {
            each.type: SUPERIORS[each.kind] for each in self.evaluators if each.kind in SUPERIORS
        }

    def types_like(self, *kinds: str) -> list[str]:
        """Types of evaluators that are, or are like, one of these known types."""
        return [each.type for each in self.evaluators if each.kind in kinds]

    @property
    def anonymous(self) -> dict[str, int]:
        """Types of evaluators of whom nobody is told what a single one gave, and from how many."""
        least = {each.type: each.shown_from.value for each in self.evaluators}
        return {kind: number for kind, number in least.items() if number > 1}

    def with_smallest_source(self, least: int) -> Scheme:
        """The scheme with another least number of anonymous evaluators, where it says nothing."""
        because = "privacy.smallest_source of the params"
        own = Sourced[int](value=least, provenance="assumed", because=because)
        changed = [
            each.model_copy(update={"shown_from": own})
            if each.kind in ANONYMOUS and each.shown_from.because == DEFAULT
            else each
            for each in self.evaluators
        ]
        return self.model_copy(update={"evaluators": tuple(changed)})

    @property
    def sha256(self) -> str:
        """Hash of the content: a cycle is bound to it.

        What the scheme leaves to its defaults is not in it, so that a field that a later version of
        csperf knows does not make another scheme of it; nor are completions that are not chosen.
        """
        content = self.model_dump_json(exclude_defaults=True, exclude={"completions"})
        return hashlib.sha256(content.encode()).hexdigest()


def load_scheme(path: str | Path, completion: str | Sequence[str] | None = None) -> Scheme:
    """Scheme from a YAML file; InputError lists everything that cannot be meant, with its path.

    `completion` chooses among the scheme's named completions, instead of its own choice: one, or
    several that set different places.
    """
    data = read_yaml(Path(path))
    if not isinstance(data, dict):
        raise InputError(Problem(str(path), "no mapping at the top", "write 'key: value' lines"))
    own = validated(data, Scheme, str(path))
    asked = (completion,) if isinstance(completion, str) else tuple(completion or ())
    chosen = asked or own.chosen
    where = f"{path}: completions"
    for name in chosen:
        if name not in own.completions:
            found = f"no completion '{name}'{meant(name, own.completions)}"
            raise InputError(Problem(where, found, f"there are {', '.join(own.completions)}"))
    for name, values in own.completions.items():
        _with(data, values, f"{where}.{name}")
    for role, values in own.roles.items():
        _with(data, values, f"{path}: roles.{role}")
    if not chosen:
        return own
    try:
        values = together({name: own.completions[name] for name in unique("chosen", [*chosen])})
    except ValueError as error:
        raise InputError(Problem(where, str(error))) from error
    named = {**data, "completion": chosen[0] if len(chosen) == 1 else chosen}
    return _with(named, values, f"{where}.{' + '.join(chosen)}")


def _with(data: dict[str, Any], values: dict[str, Any], where: str) -> Scheme:
    """The scheme with values replaced; InputError if that makes none."""
    try:
        changed = replaced(data, values)
    except ValueError as error:
        raise InputError(Problem(where, str(error))) from error
    return validated(changed, Scheme, where)


@lru_cache(maxsize=64)
def _of_role(content: str, role: str) -> Scheme:
    scheme = Scheme.model_validate_json(content)
    own = {**replaced(scheme.model_dump(), scheme.roles[role]), "roles": {}}
    return Scheme.model_validate(own)  # of one role: there are no others in it


def _check_facts(
    rule: Rule, grades: list[str], bands: list[str], levels: list[str], rules: Sequence[Rule]
) -> None:
    """ValueError if a rule waits for something that the scheme does not have."""
    when = rule.when
    earlier = next((each for each in rules if each.id == when.after), None)
    if earlier and earlier.when.indicator:
        raise ValueError(
            f"rules: '{rule.id}' comes after '{earlier.id}', which waits for an indicator; only"
            " scores, ranks, grades and levels of earlier cycles are known"
        )
    waits = [("grade", when.grade, grades), ("level", when.level, levels)]
    waits += [("rank_bands", band, bands) for band in when.rank_bands]
    waits += [("after", when.after, [each.id for each in rules])]
    for what, name, known in waits:
        if name and name not in known:
            article = "a grade" if what == "grade" else what
            raise ValueError(f"rules: '{rule.id}' waits for {article} out of {known}")
