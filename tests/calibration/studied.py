"""What only many draws can show; few of them run in the tests, all of them in `make study`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np
from rated import drawn, with_effects

from csperf.calibration.effects import rater_effects
from csperf.calibration.facets import fit_facets

SEVERITIES = np.array([1.0, 0.5, 0.4, -0.75, -0.1, -0.75, -0.3])
OWN = {
    "halo": "halo",
    "central": "central",
    "extreme": "extreme",
    "noise": "inconsistent",
    "bias": "disfavours",
}


def effects_found(seeds: Iterable[int]) -> tuple[dict[str, float], float]:
    """Of each planted effect the share that is flagged as such; the share of clean ones flagged."""
    hits: Counter[str] = Counter()
    of: Counter[str] = Counter()
    for seed in seeds:
        data, kinds = with_effects(seed)
        table = rater_effects(data, fit_facets(data), "group")
        table = table[table["flag"] != ""]
        seen = table.groupby("evaluator_id")["flag"].agg(set)
        for evaluator, kind in kinds.items():
            mine = seen.get(evaluator, set())
            of[kind] += 1
            hits[kind] += bool(mine) if kind == "none" else OWN[kind] in mine
    power = {kind: hits[kind] / of[kind] for kind in OWN}
    return power, hits["none"] / of["none"]


def coverage(seeds: Iterable[int], form_sd: float, **how: str) -> float:
    """How often 95 % intervals of severity hold the true one: 135 employees, 7 evaluators, 5 items.

    Two evaluators rate each employee, and all of them one. `form_sd` is local dependence: what the
    ratings of an employee by an evaluator have in common beyond the model.
    """
    true = SEVERITIES - SEVERITIES.mean()
    held = []
    for seed in seeds:
        data = drawn([seed, 135, 7, 5], list(SEVERITIES), employees=135, form_sd=form_sd)
        known = fit_facets(data, **how).of_facet("evaluator_id").sort_index()
        held.append(np.abs(known["measure"] - true) < 1.96 * known["se"])
    return float(np.mean(held))
