"""The perspective of a balanced scorecard that each component of a score belongs to."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from importlib import resources
from typing import get_args

from csperf.appraisal.roles import scheme_of
from csperf.indicators import INDICATORS
from csperf.scheme import Part, Perspective, Scheme
from csperf.scheme.parts import perspectives_named

PERSPECTIVES: tuple[Perspective, ...] = get_args(Perspective)
NO_PERSPECTIVE = "none"

_FILE = resources.files("csperf.appraisal").joinpath("methods.toml")
_CATALOGUE = tomllib.loads(_FILE.read_text(encoding="utf-8"))["perspectives"]


def perspectives_of(scheme: Scheme) -> dict[str, str]:
    """{component path: perspective}, of people of every role; `none` where nobody named one.

    It is what the scheme names for the part or the nearest group above it, else for the criterion,
    else what the catalogue of indicators has.
    """
    return {path: found for each in _readings(scheme) for path, found in _named(each)}


def _readings(scheme: Scheme) -> Iterator[Scheme]:
    """The scheme as it is for people of several roles, of each one, and of none."""
    if scheme.roles:
        yield scheme_of(scheme, {"role_shares": json.dumps(dict.fromkeys(["", *scheme.roles], 1))})
    yield from (scheme.for_role(role) for role in scheme.roles)
    yield scheme


def _named(scheme: Scheme) -> Iterator[tuple[str, str]]:
    criteria = {each.id: each.perspective for each in scheme.criteria}
    parts = dict(perspectives_named(scheme.score))
    for path, leaf in scheme.components():
        judged = criteria.get(leaf.criterion or "")
        yield path, parts[path] or (judged.value if judged else _in_catalogue(leaf))


def _in_catalogue(leaf: Part) -> str:
    """Perspective of an indicator, or of a criterion that is an indicator of the catalogue too."""
    name = leaf.indicator or leaf.criterion
    if name not in INDICATORS:
        return NO_PERSPECTIVE
    return _CATALOGUE["of_indicator"].get(name) or _CATALOGUE["of_group"][INDICATORS[name].group]
