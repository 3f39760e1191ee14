"""Other weights for the components of a score, tried on the same facts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from csperf.errors import InputError, Problem, meant
from csperf.scheme import Part, Scheme

WHOLE = 100.0


def component_weights(scheme: Scheme) -> dict[str, float]:
    """{path of a component: its weight in the score, of 100}; without points for events."""
    return dict(_nominal(scheme.score, "", WHOLE))


def with_weights(scheme: Scheme, weights: Mapping[str, float]) -> Scheme:
    """Give components of a score other weights, of 100; the others keep their proportions.

    Parameters
    ----------
    scheme : Scheme
        The scheme to start from, which stays as it is.
    weights : mapping
        {path of a component, as `component_weights` names it: weight from 0 to 100}.

    Raises
    ------
    InputError
        For a component that there is not, a weight outside 0 to 100, or weights that leave the
        others less than nothing, or something to nobody.
    """
    before = component_weights(scheme)
    for path in weights:
        if path not in before:
            found = f"no component '{path}'{meant(path, before)}"
            raise InputError(Problem(scheme.id, found, f"there are {', '.join(before)}"))
    given, old = sum(weights.values()), sum(before[path] for path in weights)
    rest = WHOLE - old
    lasting = (WHOLE - given) / rest if rest > 1e-9 else 1.0
    if min(weights.values(), default=0) < 0 or given > WHOLE or (rest <= 1e-9 and given != WHOLE):
        found = f"weights of {given:g} in all"
        raise InputError(
            Problem(scheme.id, found, "give weights from 0 that leave the others some")
        )
    after = {path: weights.get(path, lasting * weight) for path, weight in before.items()}
    return scheme.with_values(dict(_values(scheme.score, "score", "", WHOLE, after)))


def _nominal(parts: Iterable[Part], above: str, budget: float) -> Iterator[tuple[str, float]]:
    weighed = [part for part in parts if not part.after_weighting]
    whole = sum(part.share for part in weighed)
    for part in weighed:
        mine = budget * part.share / whole if whole else 0.0
        if part.parts:
            yield from _nominal(part.parts, f"{above}{part.id}/", mine)
        else:
            yield f"{above}{part.id}", mine


def _values(
    parts: Iterable[Part], place: str, above: str, budget: float, after: Mapping[str, float]
) -> Iterator[tuple[str, Any]]:
    """Weights by their places in the scheme; those of a group without one are its parts' own.

    `budget` is what 100 of the neighbours' weights are in the score.
    """
    for part in (part for part in parts if not part.after_weighting):
        path, here = f"{above}{part.id}", f"{place}.{part.id}"
        mine = sum(each for name, each in after.items() if f"{name}/".startswith(f"{path}/"))
        if part.weight:
            yield f"{here}.weight", WHOLE * mine / budget if budget else part.weight.value
        if part.parts:
            inner = mine if part.weight else budget
            yield from _values(part.parts, f"{here}.parts", f"{path}/", inner, after)
