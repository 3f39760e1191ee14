"""Named choices of a scheme: completions, and roles with weights of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from csperf.errors import InputError
from csperf.params import load_params
from csperf.scheme import Scheme, load_scheme
from csperf.scheme.completions import replaced

TEXT = """
id: s
title: Scheme
version: "1"
evaluators: [{type: self}, {type: peer}]
criteria: [{id: help}]
score:
  - evaluator: self
    weight: {stated: 60}
    parts: [{criterion: help, weight: 100}]
  - evaluator: peer
    weight: {assumed: 40}
    parts: [{criterion: help, weight: 100}]
grades:
  - {grade: good, from_score: 80}
  - {grade: poor, from_score: 0}
distribution:
  shares:
    - {id: good, kind: cap, pct: 25}
    - {id: poor, kind: about, pct: 75}
completion: default
completions:
  default: {}
  equal: {score.self.weight: {assumed: 50}, score.peer.weight: {assumed: 50}}
  narrow: {distribution.shares.good.pct: 10, distribution.shares.poor.pct: 90}
roles:
  lead: {score.self.weight: 10, score.peer.weight: 90}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "s.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return path


def weights(scheme: Scheme) -> list[tuple[float, str]]:
    return [(part.weight.value, part.weight.provenance) for part in scheme.score if part.weight]


def test_the_scheme_chooses_unless_somebody_else_does(file: Path):
    assert weights(load_scheme(file)) == [(60, "stated"), (40, "assumed")]
    chosen = load_scheme(file, "equal")
    assert weights(chosen) == [(50, "assumed"), (50, "assumed")]
    assert (load_scheme(file).completion, chosen.completion) == ("default", "equal")


@pytest.mark.requirement("G0-3")
def test_another_completion_is_another_scheme_by_its_hash(file: Path):
    hashes = {load_scheme(file, name).sha256 for name in ("default", "equal", "narrow")}
    assert len(hashes) == 3


def test_shares_can_be_completed_too(file: Path):
    shares = load_scheme(file, "narrow").distribution.shares
    assert [share.pct.value for share in shares] == [10, 90]


@pytest.mark.requirement("B-75", "G0-1")
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("{score.self.weight: {assumed: 90}}", "score: weights sum to 130, not 100"),
        ("{distribution.shares.good.pct: 10}", "distribution: shares: they sum to 85, not 100"),
        ("{score.boss.weight: 10}", "'score.boss.weight' leads nowhere: no 'boss'"),
        ("{score.self.weight.much: 10}", "score[0].weight: give one of stated, deduced"),
    ],
)
def test_a_completion_that_cannot_be_meant_is_refused_with_its_path(
    tmp_path: Path, wrong: str, said: str
):
    """Edge case 9; whether it is chosen or not."""
    path = tmp_path / "s.yaml"
    text = TEXT.replace("  default: {}\n", f"  default: {{}}\n  wrong: {wrong}\n")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as error:
        load_scheme(path)
    assert str(error.value).startswith(f"{path}: completions.wrong: ")
    assert said in str(error.value)


def test_a_completion_that_is_not_there_is_refused_with_those_that_are(file: Path):
    with pytest.raises(InputError, match=r"no completion 'equl' \(meant 'equal'\?\); there are d"):
        load_scheme(file, "equl")


@pytest.mark.requirement("A-15")
def test_people_of_a_role_have_weights_of_their_own(file: Path):
    scheme = load_scheme(file)
    assert weights(scheme.for_role("lead")) == [(10, "local"), (90, "local")]
    assert scheme.for_role("phone") is scheme and scheme.for_role(None) is scheme


def test_a_role_whose_weights_are_no_whole_is_refused_when_the_scheme_is_read(tmp_path: Path):
    path = tmp_path / "s.yaml"
    path.write_text(TEXT.replace("peer.weight: 90}", "peer.weight: 91}"), encoding="utf-8")
    with pytest.raises(InputError, match=r"roles\.lead: score: weights sum to 101"):
        load_scheme(path)


def test_a_department_chooses_by_its_params(tmp_path: Path, file: Path):
    params = tmp_path / "params.yaml"
    text = "organisation: o\ntimezone: UTC\ndepartments:\n  - {id: d, scheme: s.yaml, "
    params.write_text(f"{text}completion: equal, sources: {{}}}}\n", encoding="utf-8")
    organisation = load_params(params)
    assert organisation.scheme(organisation.department("d")).completion == "equal"


def test_replacing_leaves_the_rest_as_it_was():
    data = {"a": ({"id": "x", "n": 1}, {"id": "y", "n": 2}), "b": 3}
    changed = replaced(data, {"a.y.n": 5, "c": 7})
    assert changed == {"a": ({"id": "x", "n": 1}, {"id": "y", "n": 5}), "b": 3, "c": 7}
    assert data["a"][1]["n"] == 2
