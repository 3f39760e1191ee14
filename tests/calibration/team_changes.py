"""Teams that did not change, or by a known amount, with people who leave and join between cycles.

The design of the study behind the comparison of cycles: reliability 0.6, two cycles, as many join
as leave. A team's change is tested on everybody who was there in either cycle.
"""

from __future__ import annotations

import numpy as np
from pandas import DataFrame
from scipy import stats

from csperf import fit_mixed

RELIABILITY = 0.6
EARLIER, LATER = "2026-09", "2026-10"
PAIRED, T_TEST = "paired t on stayers", "two-sample t"
WAYS = ["kenward-roger", "satterthwaite", "normal"]


def two_cycles(rng: np.random.Generator, size: int, leavers: int, shift: float = 0.0) -> DataFrame:
    """Scores of a team with a total variance of 1; `shift` is in residual standard deviations."""
    noise = np.sqrt(1 - RELIABILITY)
    level = rng.normal(0, np.sqrt(RELIABILITY), size + leavers)
    people = np.concatenate([np.arange(size), np.arange(leavers, size + leavers)])
    score = level[people] + rng.normal(0, noise, 2 * size)
    score[size:] += shift * noise
    cycle = np.repeat([EARLIER, LATER], size)
    return DataFrame({"employee_id": people, "cycle": cycle, "score": score})


def p_of_change(frame: DataFrame, ways: list[str]) -> list[float]:
    """P-values of the later cycle against the earlier, by each way."""
    wide = frame.pivot(index="employee_id", columns="cycle", values="score")
    found = []
    fit = fit_mixed(frame, "score ~ cycle + (1 | employee_id)")
    for way in ways:
        if way == PAIRED:
            stayed = wide.dropna()
            found.append(stats.ttest_rel(stayed[LATER], stayed[EARLIER]).pvalue)
        elif way == T_TEST:
            parts = (wide[cycle].dropna() for cycle in (LATER, EARLIER))
            found.append(stats.ttest_ind(*parts).pvalue)
        else:
            found.append(fit.contrasts("cycle", df=way, adjust="none")["p_value"].iloc[0])
    return found


def share_found(
    seed: int, draws: int, size: int, leavers: int, ways: list[str], shift: float = 0.0
) -> dict[str, float]:
    """How often each way finds a change at 5 %."""
    rng = np.random.default_rng([seed, size, leavers])
    p = [p_of_change(two_cycles(rng, size, leavers, shift), ways) for _ in range(draws)]
    return dict(zip(ways, (np.array(p) < 0.05).mean(axis=0).tolist(), strict=True))
