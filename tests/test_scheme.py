from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from csperf.errors import InputError
from csperf.scheme import Part, Scheme, Sourced, load_scheme
from csperf.scheme.editor import json_schema

PARAMS = Path(__file__).parents[1] / "params"
EDITOR = Draft202012Validator(json.loads(json_schema()))
SCHEMES = [*sorted(PARAMS.glob("schemes/*.yaml")), PARAMS / "starter" / "scheme.yaml"]

TEXT = """
id: s
title: Scheme
version: "1"
evaluators:
  - {type: self}
criteria:
  - {id: c1}
  - {id: c2}
score:
  - evaluator: self
    weight: 40
    parts:
      - {criterion: c1, weight: 50}
      - {criterion: c2, weight: 50}
  - {indicator: i1, weight: 60, scoring: {method: linear, floor: 0, target: 1}}
grades:
  - {grade: A, from_score: 50}
  - {grade: B, from_score: 0}
rules:
  - {id: r, when: {rank_from_top: 1}, action: bonus, approver: boss}
"""
BOTH_CRITERIA = "{criterion: c1, weight: 50}\n      - {criterion: c2, weight: 50}"
LINEAR = "{method: linear, floor: 0, target: 1}"


def scheme(folder: Path, *changes: tuple[str, str]) -> Scheme:
    """The scheme above with some of its text changed."""
    text = TEXT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = folder / "s.yaml"
    path.write_text(text, encoding="utf-8")
    return load_scheme(path)


def weights(*numbers: str) -> str:
    """A group of so many indicators, in place of the two criteria."""
    return "\n      - ".join(
        f"{{indicator: j{place}, weight: {number}, scoring: {{method: rank_points}}}}"
        for place, number in enumerate(numbers)
    )


@pytest.mark.parametrize("path", SCHEMES, ids=lambda path: path.stem)
def test_the_schemes_that_ship_with_csperf_can_be_read(path: Path):
    read = load_scheme(path)
    assert read.indicators
    assert sum(part.share for part in read.score) == pytest.approx(100)


def test_components_are_the_leaves_by_their_path(tmp_path: Path):
    read = scheme(tmp_path)
    assert [path for path, _ in read.components()] == ["self/c1", "self/c2", "i1"]
    assert [(leaf.id, kind) for leaf, kind in read.judged()] == [("c1", "self"), ("c2", "self")]
    assert [part.id for part in read.score[0].everything()] == ["self", "c1", "c2"]


def test_a_group_without_a_weight_weighs_what_its_parts_weigh(tmp_path: Path):
    group = "{id: g, parts: [{criterion: c1, weight: 20}, {criterion: c2, weight: 30}]}"
    read = scheme(tmp_path, (BOTH_CRITERIA, f"{group}\n      - {weights('50')}"))
    assert read.score[0].parts[0].share == 20 + 30


@pytest.mark.requirement("G0-2")
def test_every_value_says_where_it_comes_from(tmp_path: Path):
    read = scheme(
        tmp_path,
        ("weight: 40", "weight: {stated: 40}"),
        ("weight: 60", "weight: {assumed: 60, because: lost}"),
        ("floor: 0", "floor: {deduced: 0}"),
    )
    sources = {path: value for path, value in read.sourced()}
    assert sources["score.self.weight"] == Sourced[float](value=40, provenance="stated")
    assert (sources["score.i1.weight"].provenance, sources["score.i1.weight"].because) == (
        "assumed",
        "lost",
    )
    assert sources["score.i1.scoring.floor"].provenance == "deduced"
    assert sources["score.i1.scoring.target"].provenance == "local"
    assert sources["grades.A.from_score"].provenance == "local"


@pytest.mark.requirement("G0-2")
def test_what_csperf_fills_in_is_assumed_and_says_so(tmp_path: Path):
    size = scheme(tmp_path).ranking.min_size_for_last
    assert (size.value, size.provenance, size.because) == (4, "assumed", "csperf's default")


def test_the_hash_follows_the_content_and_not_the_writing(tmp_path: Path):
    first = scheme(tmp_path).sha256
    assert scheme(tmp_path, ("title: Scheme", "title:   'Scheme'   # as ever")).sha256 == first
    assert scheme(tmp_path, ("weight: 40", "weight: {stated: 40}")).sha256 != first


@pytest.mark.requirement("B-75")
@pytest.mark.parametrize(
    "numbers",
    [("33.33", "33.33", "33.33"), ("33.34", "33.33", "33.33"), ("12.5", "87.5"), ("100",)],
)
def test_weights_may_be_fractions_that_sum_to_100_within_a_hundredth(
    tmp_path: Path, numbers: tuple[str, ...]
):
    read = scheme(tmp_path, (BOTH_CRITERIA, weights(*numbers)))
    assert len(read.score[0].parts) == len(numbers)


@pytest.mark.requirement("B-75", "G0-1")
@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("weight: 60", "weight: 50", "score: weights sum to 90, not 100"),
        ("c2, weight: 50", "c2, weight: 40", "score[0]: the parts of 'self': weights sum to 90, "),
        ("c2, weight: 50", "c2, weight: 50.02", "weights sum to 100.02, not 100"),
        ("weight: 60", "weight: ", "score: no weight for i1"),
        ("weight: 60", "weight: -60", "score[1].weight: found -60; it must be at least 0"),
        ("weight: 60", "weight: 160", "score[1].weight: found 160; it must be at most 100"),
        (
            "weight: 60",
            "weight: 60%",
            "score[1].weight: found '60%'; write a number, without quotes",
        ),
    ],
)
def test_weights_that_make_no_whole_are_refused(tmp_path: Path, old: str, new: str, message: str):
    with pytest.raises(InputError, match=re.escape(message)):
        scheme(tmp_path, (old, new))


def test_a_part_without_weight_is_refused_in_a_group_without_weight_too(tmp_path: Path):
    group = "{id: g, parts: [{criterion: c1}, {criterion: c2, weight: 50}]}"
    with pytest.raises(InputError, match=r"the parts of 'g': no weight for c1$"):
        scheme(tmp_path, ("{criterion: c1, weight: 50}", group))


@pytest.mark.requirement("G0-1")
@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "{criterion: c1, weight",
            "{criterion: c1, wieght",
            "score[0].parts[0]: unknown key 'wieght' (meant 'weight'?); it takes criterion, "
            "evaluator, id, indicator, parts, perspective, scoring, title, weight",
        ),
        ('version: "1"', "version: 1.10", "version: was read as a number (1.1), not as text; put"),
        (
            "weight: 60",
            "weight: {sttaed: 60}",
            "score[1].weight: give one of stated, deduced, assumed, local, and perhaps because",
        ),
        ("weight: 60", "weight: {stated: 60, assumed: 50}", "score[1].weight: give one of stated"),
        ("weight: 60", "weight: {stated: 60, why: x}", "score[1].weight: give one of stated"),
        ("weight: 60", "weight: {stated: yes}", "score[1].weight: found True; write a number"),
        (
            "method: linear",
            "method: liner",
            "score[1].scoring: found 'liner'; its 'method' is one of 'steps', 'target_ratio'",
        ),
        ("method: linear, ", "", "score[1].scoring: found a mapping; add 'method'"),
        ("floor: 0, ", "", "score[1].scoring.floor: missing; add it"),
        ("floor: 0", "floor: 1", "score[1].scoring: floor and target are both 1"),
        (f", scoring: {LINEAR}", "", "score[1]: an indicator needs scoring: how its value becomes"),
        ("c1, weight: 50", f"c1, weight: 50, scoring: {LINEAR}", "only an indicator takes scoring"),
        (
            "indicator: i1",
            "indicator: i1, criterion: c1",
            "score[1]: give one of indicator, criter",
        ),
        ("indicator: i1, ", "", "score[1]: give one of indicator, criterion, parts"),
        ("indicator: i1", "indicator: i1, id: a/b", "score[1]: give it an id, without '/'"),
        ("- evaluator: self\n", "- title: own\n", "score[0]: give it an id, without '/'"),
        ("criterion: c2", "criterion: c1", "the parts of 'self': 'c1' stands twice"),
        ("indicator: i1", "id: self, indicator: i1", "score: 'self' stands twice"),
        ("criterion: c1", "criterion: c9", "score: criterion 'c9' is not among criteria"),
        ("- evaluator: self", "- evaluator: boss", "score: 'c1' has no evaluator out of ['self']"),
        ("{id: c2}", "{id: c1}", "criteria: 'c1' stands twice"),
        ("- {type: self}", "- {type: self}\n  - {type: self}", "evaluators: 'self' stands twice"),
        ("{id: c1}", "{id: c1, scale: [5, 1]}", "criteria[0].scale: a scale goes up, not from 5"),
        ("{id: c1}", "{id: c1, scale: [1, 3, 5]}", "found a list; write at most 2 values"),
        ("grade: B", "grade: A", "grades: 'A' stands twice"),
        ("from_score: 50", "from_score: 0", "grades: list them from the highest from_score down"),
        ("from_score: 0}", "from_score: 1}", "grades: list them from the highest from_score down"),
        (
            "from_score: 50",
            "from_score: 105",
            "grades[0].from_score: found 105; it must be at most",
        ),
        ("rank_from_top: 1", "", "rules[0].when: give one of rank_from_top, rank_from_bottom"),
        ("rank_from_top: 1", "rank_from_top: 0", "rules[0].when.rank_from_top: found 0; it must"),
        (
            "rank_from_top: 1",
            "indicator: i1, at_least: 1, consecutive_cycles: 3",
            "rules[0].when: consecutive_cycles: found 3 with indicator; a rule looks back on",
        ),
        (
            "approver: boss}",
            "approver: boss}"
            "\n  - {id: x, when: {indicator: i1, at_least: 1}, action: a, approver: b}"
            "\n  - {id: y, when: {score_from: 9, after: x}, action: a, approver: b}",
            "rules: 'y' comes after 'x', which waits for an indicator; only scores, ranks",
        ),
        (
            "{type: self}",
            "{type: self, focus: [c1, c3]}",
            "evaluators.self.focus: no criterion or part 'c3' out of ['c1', 'c2', 'self', 'i1']",
        ),
        ("rank_from_top: 1", "grade: Z", "rules: 'r' waits for a grade out of ['A', 'B']"),
        (TEXT[TEXT.index("score:") : TEXT.index("grades:")], "", "score: missing; add it"),
    ],
)
def test_a_scheme_that_cannot_be_meant_is_refused_by_its_path(
    tmp_path: Path, old: str, new: str, message: str
):
    with pytest.raises(InputError, match=r"s\.yaml: .*" + re.escape(message)):
        scheme(tmp_path, (old, new))


@pytest.mark.parametrize(
    ("scoring", "message"),
    [
        ("{method: steps, bands: []}", "thresholds that all go up or all go down"),
        ("{method: steps, bands: [[4, 100], [30, 60], [24, 80]]}", "all go up or all go down"),
        ("{method: steps, bands: [[4, 100], [4, 60]]}", "all go up or all go down"),
        ("{method: steps, bands: [[4, 105]]}", "bands[0][1]: found 105; it must be at most 100"),
        ("{method: target_ratio, target: 0}", "scoring.target: found 0; it must be above 0"),
        ("{method: level_points, points: {gold: 90}}", "found 'gold'; write text of the form"),
        ("{method: rating, scale: [5, 5]}", "scoring.scale: a scale goes up, not from 5 to 5"),
        ("{method: deduction, points: -2, cap: 9}", "points: found -2; it must be above 0"),
        ("{method: bonus, points: 1, cap: 5}", "added after the weighting: give no weight"),
    ],
)
def test_scoring_that_could_never_work_is_refused(tmp_path: Path, scoring: str, message: str):
    with pytest.raises(InputError, match=re.escape(message)):
        scheme(tmp_path, (LINEAR, scoring))


@pytest.mark.parametrize("bands", ["[[4, 100], [24, 80]]", "[[24, 100], [4, 80]]", "[[4, 100]]"])
def test_steps_may_go_up_or_down(tmp_path: Path, bands: str):
    read = scheme(tmp_path, (LINEAR, f"{{method: steps, bands: {bands}}}"))
    assert len(read.score[1].scoring.bands.value) == bands.count("100") + bands.count("80")


def test_points_for_events_stand_beside_the_weights(tmp_path: Path):
    bonus = "  - {indicator: i2, scoring: {method: bonus, points: 1, cap: 5}}\ngrades:"
    read = scheme(tmp_path, ("grades:", bonus))
    assert [part.after_weighting for part in read.score] == [False, False, True]


def test_a_scheme_can_be_made_without_a_file():
    part = Part.model_validate({"criterion": "c", "evaluator": "self", "weight": {"assumed": 100}})
    assert part.id == "c"
    assert part.share == 100


@pytest.mark.parametrize("path", SCHEMES, ids=lambda path: path.stem)
def test_editors_find_nothing_wrong_with_our_schemes(path: Path):
    read = yaml.safe_load(path.read_text(encoding="utf-8"))
    as_editors_do = json.loads(json.dumps(read, default=str))  # to them a date is text
    found = list(EDITOR.iter_errors(as_editors_do))
    assert [error.message for error in found] == []


@pytest.mark.requirement("G0-1")
@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"colour": "red"}, []),
        ({"grades": [{"grade": "good", "from_score": {"stated": 130}}]}, ["grades", 0]),
        ({"score": [{"indicator": "reply_rate", "wieght": 100}]}, ["score", 0]),
        ({"ranking": {"gap": {"stated": "skip", "deduced": "break"}}}, ["ranking", "gap"]),
    ],
)
def test_editors_see_what_csperf_would_refuse(wrong: dict, path: list):
    scheme = {"id": "s", "title": "S", "version": "1", "score": []}
    found = list(EDITOR.iter_errors({**scheme, **wrong}))
    assert path in [list(error.path)[: len(path)] for error in found]


def test_values_of_a_scheme_can_be_tried_by_their_paths() -> None:
    scheme = load_scheme("params/schemes/online_shop.yaml")
    half = scheme.with_values({"score.self.weight": 50, "score.store_manager.weight": 50})
    assert [part.share for part in half.score] == [50, 50]
    assert half.sha256 != scheme.sha256
    assert [part.share for part in scheme.score] == [30, 70]
    with pytest.raises(InputError, match="weights sum to 110, not 100"):
        scheme.with_values({"score.self.weight": 40})
    with pytest.raises(InputError, match="leads nowhere: no 'selb' \\(meant 'self'\\?\\)"):
        scheme.with_values({"score.selb.weight": 40})
