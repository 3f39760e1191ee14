"""Named choices of a scheme: completions, and roles with weights of their own."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from organisation import edit, run, write_organisation
from pandas import DataFrame

from csperf.errors import InputError
from csperf.params import Cycle, load_params
from csperf.reporting.foundations import provenance
from csperf.reporting.text import Messages
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


@pytest.mark.requirement("G0-1", "G0-3")
def test_several_completions_that_set_different_places_are_chosen_together(file: Path):
    both = load_scheme(file, ["equal", "narrow"])
    assert weights(both) == [(50, "assumed"), (50, "assumed")]
    assert [share.pct.value for share in both.distribution.shares] == [10, 90]
    assert (both.completion, both.chosen) == (("equal", "narrow"), ("equal", "narrow"))
    alone = {load_scheme(file, name).sha256 for name in ("equal", "narrow")}
    assert both.sha256 not in alone
    assert (both.reading, load_scheme(file, "equal").reading) == (
        "s 1, equal, narrow",
        "s 1, equal",
    )
    assert both.sha256 == load_scheme(file, ["equal", "narrow"]).sha256
    assert load_scheme(file, ["equal"]) == load_scheme(file, "equal")
    assert load_scheme(file, []) == load_scheme(file)


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ("{score.peer.weight: 50, score.self.weight: 50}", "score.self.weight"),
        (
            "{score.peer: {evaluator: peer, weight: 40, parts: [{criterion: help, weight: 100}]}}",
            "score.peer.weight",
        ),
    ],
)
def test_two_completions_that_set_the_same_place_are_refused(tmp_path: Path, more: str, place: str):
    """The place of a whole part is that of its weight too."""
    path = tmp_path / "s.yaml"
    path.write_text(TEXT.replace("roles:", f"  more: {more}\nroles:"), encoding="utf-8")
    with pytest.raises(InputError) as error:
        load_scheme(path, ["equal", "more"])
    said = f"{path}: completions: 'equal' and 'more' both set '{place}'; choose one"
    assert str(error.value) == said


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


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ("[equal, narrw]", "no completion 'narrw' (meant 'narrow'?); there are default, equal, na"),
        ("[equal, equal]", "s.yaml: completions: chosen: 'equal' stands twice"),
        ("[]", "departments[0].completion: found a list; write at least 1 values"),
    ],
)
def test_a_department_may_choose_several_and_is_told_what_cannot_be_meant(
    tmp_path: Path, file: Path, choice: str, said: str
):
    params = tmp_path / "params.yaml"
    text = "organisation: o\ntimezone: UTC\ndepartments:\n  - {id: d, scheme: s.yaml, "
    written = f"{text}completion: [narrow, equal], sources: {{}}}}\n"
    params.write_text(written, encoding="utf-8")
    organisation = load_params(params)
    unit = organisation.department("d")
    assert organisation.scheme(unit).chosen == ("narrow", "equal")
    params.write_text(written.replace("[narrow, equal]", choice), encoding="utf-8")
    with pytest.raises(InputError) as error:
        organisation = load_params(params)
        organisation.scheme(organisation.department("d"))
    assert said in str(error.value)


@pytest.mark.requirement("G0-3", "L-12")
def test_the_manifest_and_the_report_name_all_that_are_chosen(tmp_path: Path, file: Path):
    """A department without its data fails before any report, and its entry is there."""
    folder = write_organisation(tmp_path)
    edit(
        folder / "params.yaml",
        "scheme: desk.yaml",
        "scheme: s.yaml\n    completion: [equal, narrow]",
    )
    (folder / "data" / "desk-cases.csv").unlink()
    manifest, errors = run(folder, jobs=1, departments=("desk",))
    (entry,) = (entry for entry in manifest["departments"] if entry["department_id"] == "desk")
    assert len(errors) == 1 and entry["scheme_completions"] == ["equal", "narrow"]
    chosen = load_scheme(file, ["equal", "narrow"])
    view = SimpleNamespace(
        text=Messages.load("en"),
        unit=SimpleNamespace(id="desk", note=""),
        team_id="desk",
        cycle=Cycle.parse("2026-01"),
        scheme=chosen,
        scheme_read=chosen,
        result=SimpleNamespace(inputs=DataFrame(columns=["path", "sha256", "bytes"])),
    )
    told = provenance(view).frame.set_index("what")["value"]["Scheme"]
    assert told.startswith("s 1, equal, narrow, sha256 ")


def test_replacing_leaves_the_rest_as_it_was():
    data = {"a": ({"id": "x", "n": 1}, {"id": "y", "n": 2}), "b": 3}
    changed = replaced(data, {"a.y.n": 5, "c": 7})
    assert changed == {"a": ({"id": "x", "n": 1}, {"id": "y", "n": 5}), "b": 3, "c": 7}
    assert data["a"][1]["n"] == 2
