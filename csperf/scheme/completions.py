"""Named choices: values that replace others of a scheme, each addressed by its path.

A scheme whose source lost a table offers several ways to fill it (`completions`), and people of
some roles are appraised by other weights (`roles`); both are the same scheme with a few values
replaced, such as `score.execution.weight: {assumed: 15}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Annotated, Any

from pydantic import Field

from csperf.errors import meant
from csperf.strict_yaml import Id

Choice = Id | Annotated[tuple[Id, ...], Field(min_length=1)]
NAMES = ("id", "indicator", "criterion", "evaluator", "type", "grade", "level")


def replaced(data: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The data with the value at each path replaced; ValueError for a path that leads nowhere."""
    result = dict(data)
    for path, value in values.items():
        result = _with(result, path.split("."), value, path)
    return result


def together(completions: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Values of completions that are chosen together; ValueError if two set the same place."""
    for (one, mine), (other, theirs) in combinations(completions.items(), 2):
        for path in mine:
            for place in theirs:
                if f"{path}.".startswith(f"{place}.") or f"{place}.".startswith(f"{path}."):
                    longer = max(path, place, key=len)
                    raise ValueError(f"'{one}' and '{other}' both set '{longer}'; choose one")
    return {path: value for values in completions.values() for path, value in values.items()}


def _with(node: Any, steps: list[str], value: Any, path: str) -> Any:
    """A copy of a mapping or list with a new value at the end of the steps."""
    if not steps:
        return value
    step, *rest = steps
    if isinstance(node, dict):
        return {**node, step: _with(node.get(step), rest, value, path)}
    if isinstance(node, tuple):
        names = [_name(item) for item in node]
        if step in names:
            at = names.index(step)
            return (*node[:at], _with(node[at], rest, value, path), *node[at + 1 :])
        known = [name for name in names if name]
        raise ValueError(f"'{path}' leads nowhere: no '{step}'{meant(step, known)}")
    raise ValueError(f"'{path}' leads nowhere: nothing is below '{step}'")


def _name(item: Any) -> str | None:
    if not isinstance(item, dict):
        return None
    return next((item[key] for key in NAMES if item.get(key)), None)
