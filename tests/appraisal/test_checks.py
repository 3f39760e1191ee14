"""Schemes whose values are in order, but that may not be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from csperf import load_scheme
from csperf.appraisal import check_scheme
from csperf.scheme import Scheme

SCHEMES = sorted(Path("params/schemes").glob("*.yaml"))
FIVE = load_scheme("params/schemes/five_grades.yaml")


@pytest.mark.parametrize("path", SCHEMES, ids=lambda path: path.stem)
def test_our_own_schemes_pass(path: Path):
    assert check_scheme(load_scheme(path), str(path)) == []


@pytest.mark.requirement("T14")
def test_a_state_without_an_answer_names_the_state_and_the_event():
    chain = FIVE.chain.model_copy(
        update={"transitions": tuple(row for row in FIVE.chain.transitions if row.id != "T14")}
    )
    (*problems,) = check_scheme(FIVE.model_copy(update={"chain": chain}), "five.yaml")
    said = [str(problem) for problem in problems]
    assert len(said) == 3  # excellent, good and medium
    assert said[0].startswith("five.yaml: chain: state 'WATCH_URGENT' has no answer for mid_year")


@pytest.mark.requirement("K-12")
def test_an_action_that_reads_as_done_is_refused():
    rule = {
        "id": "out",
        "when": {"score_below": 50},
        "action": "dismissal",
        "ends_contract": True,
        "approver": "HR",
    }
    part = {"indicator": "reply_rate", "weight": 100.0, "scoring": {"method": "t_score"}}
    bad = {"id": "s", "title": "S", "version": "1", "score": (part,), "rules": (rule,)}
    (problem,) = check_scheme(Scheme.model_validate(bad), "s.yaml")
    assert "'dismissal' reads as if the end of the contract were decided" in str(problem)
