"""What a mixed model costs: CPU seconds on one core, printed beside those of lme4.

lme4 1.1-31 took 5.04 s on InstEval without its check of derivatives, and 2.3 and 4.7 s on the
drawn ratings (other machine load, so only to compare with). Its glmer took 12.5 s on the 7,584
answers of VerbAgg, 316 people by 24 items.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pandas import DataFrame

SCRIPT = Path(__file__).parent / "scale/by_mixed.py"
BY_CYCLES = SCRIPT.with_name("by_cycles.py")
INSTEVAL = Path(__file__).parents[3] / "shared" / "data" / "insteval" / "insteval.csv.gz"
RUNS = 3
MEDIANS = f"one core, medians of {RUNS}"
CROSSED = "score ~ 1 + (1 | employee_id) + (1 | evaluator_id) + (1 | criterion_id)"


def measured(*arguments: str, script: Path = SCRIPT) -> dict[str, float]:
    """Medians of a few runs, each in a process of its own."""
    command = [sys.executable, "-W", "error", str(script), *arguments]
    seen = []
    for _ in range(RUNS):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        seen.append(json.loads(done.stdout))
    return {name: statistics.median(each[name] for each in seen) for name in seen[0]}


def test_insteval_by_reml(show: Callable[[str, DataFrame], None]):
    if not INSTEVAL.exists():
        pytest.skip("insteval may not be copied into csperf; give it in ../shared/data")
    cost = measured(str(INSTEVAL), "y ~ 1 + (1 | s) + (1 | d)")
    table = DataFrame({"cpu s": [cost["cpu"]], "at most": [1.2], "peak MB": [cost["peak"] / 1e6]})
    show(f"InstEval, 73,421 ratings by REML, {MEDIANS}", table)


def test_an_interaction_nested_in_the_largest_factor_is_eliminated_with_it(
    show: Callable[[str, DataFrame], None],
):
    """24,000 more random effects; as one dense block they cost 70 times the model without them."""
    plain = measured("drawn", CROSSED)
    nested = measured("drawn", f"{CROSSED} + (1 | employee_id:criterion_id)")
    table = DataFrame([plain, nested], index=["crossed", "with employee:criterion"])
    show(f"72,000 ratings by REML, {MEDIANS}", table)
    assert nested["cpu"] < 12 * plain["cpu"]


def test_a_binomial_model_of_crossed_answers(show: Callable[[str, DataFrame], None]):
    """As many answers as in VerbAgg; the standard errors cost more than the fit."""
    cost = measured("answers", "yes ~ team + (1 | person) + (1 | item)", "binomial")
    assert cost["ratings"] == 7_584
    table = DataFrame({"seconds": [cost["seconds"]], "cpu s": [cost["cpu"]], "glmer s": [12.5]})
    show(f"binomial, 7,584 answers of 316 people to 24 items, {MEDIANS}", table)
    assert cost["cpu"] < 12.5 / 2


def test_means_and_contrasts_of_cycles(show: Callable[[str, DataFrame], None]):
    """CPU seconds of each step; the goals are seconds for five years of 5,000 people, and well
    under one for Kenward-Roger's df of 3,000 scores.
    """
    sizes = [("56", "60"), ("1670", "2"), ("5000", "60")]
    costs = [measured(*size, script=BY_CYCLES) for size in sizes]
    table = DataFrame(
        costs, index=[f"{people} people, {cycles} cycles" for people, cycles in sizes]
    )
    show(f"score ~ cycle + (1 | employee_id), {MEDIANS}", table)
    assert table["kenward-roger"].iloc[:2].max() < 0.5
    assert table[["kenward-roger", "satterthwaite"]].iloc[2].max() < 5
