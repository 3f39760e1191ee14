"""The catalogue is whole, and refuses schemes that ask for what it cannot mean."""

from __future__ import annotations

from pathlib import Path

import pytest

from csperf.indicators import INDICATORS, Events, check_indicators
from csperf.indicators.facts import FACTS, NEEDED
from csperf.scheme import Part, Scheme, load_scheme
from csperf.tables import INPUT_TABLES

SCHEMES = sorted(Path("params/schemes").glob("*.yaml"))
STEPS = {"method": "steps", "bands": [[0.9, 100], [0.8, 60]]}


def problems(indicator: str, scoring: dict) -> list[str]:
    """What `check_indicators` says of a shipped scheme with one component put in its place."""
    part = Part.model_validate({"indicator": indicator, "weight": 100, "scoring": scoring})
    scheme = load_scheme(SCHEMES[0]).model_copy(update={"score": (part,)})
    return [str(problem) for problem in check_indicators(scheme, "shop.yaml")]


@pytest.mark.requirement("B-72")
def test_every_indicator_is_made_of_columns_that_its_fact_has():
    tables = {name: table.empty() for name, table in INPUT_TABLES.items()}
    with Events(tables) as events:
        columns = {
            name: {*fact.rows(events).collect_schema().names()} for name, fact in FACTS.items()
        }
    for row in INDICATORS.values():
        if row.of:
            assert {*row.of} <= {*INDICATORS}, row.id
            continue
        fact = FACTS[row.fact]
        units = (fact.unit,) if isinstance(fact.unit, str) else fact.unit or ()
        used = {row.numerator, row.denominator, row.amount_numerator, row.amount_denominator}
        used |= {"day", "employee_id", fact.cluster, fact.parts, *units, *fact.any_of}
        assert used - {None} <= columns[row.fact], row.id
        if row.exposure:
            exposing, column = row.exposure.split(".")
            assert column in columns[exposing], row.id


def test_what_is_summed_is_whole_numbers_of_a_known_size():
    tables = {name: table.empty() for name, table in INPUT_TABLES.items()}
    with Events(tables) as events:
        for row in (row for row in INDICATORS.values() if not row.of):
            schema = FACTS[row.fact].rows(events).collect_schema()
            for column in filter(None, (row.numerator, row.denominator)):
                assert schema[column].is_integer(), f"{row.id}: {column} is {schema[column]}"
            timed = row.unit in ("s", "min", "h")
            assert timed == row.numerator.endswith("_ms") or row.unit == "share", row.id
            assert row.unit != "currency" or row.numerator.endswith("_e4"), row.id


def test_every_indicator_has_a_measurable_kind_and_a_meaning():
    assert len(INDICATORS) >= 90
    for name, row in INDICATORS.items():
        assert name == row.id
        assert row.meaning.endswith(".") and row.title
        assert row.kind != "ratio" or row.denominator, name
        assert (row.kind in ("relative", "beaten")) == bool(row.of), name
        assert row.kind != "rate" or row.exposure, name
        assert {*row.needs} <= {*INPUT_TABLES}, name


def test_columns_that_a_fact_needs_are_declared():
    needed = [*NEEDED.values(), *(fact.columns for fact in FACTS.values())]
    for path in (name for names in needed for name in names):
        table, column = path.split(".")
        assert column in INPUT_TABLES[table].names, path
    assert set(NEEDED) <= {row.numerator for row in INDICATORS.values()}


@pytest.mark.parametrize("path", SCHEMES, ids=lambda path: path.stem)
def test_the_schemes_that_ship_ask_for_nothing_that_cannot_be_given(path: Path):
    assert check_indicators(load_scheme(path), path.name) == []


def test_an_indicator_that_does_not_exist_is_named_with_its_place_and_those_there_are():
    (text,) = problems("reply_rat", STEPS)
    assert text.startswith(
        "shop.yaml: score.reply_rat: no indicator 'reply_rat'; there are inquiry_"
    )


def test_an_indicator_without_direction_may_carry_no_weight():
    (text,) = problems("answer_question_ratio", STEPS)
    assert "'answer_question_ratio' is for reference; it may carry no weight" in text


@pytest.mark.requirement("G0-1")
@pytest.mark.parametrize(
    ("indicator", "scoring", "said"),
    [
        (
            "reply_rate",
            {"method": "steps", "bands": [[0.4, 60], [0.5, 100]]},
            "score.reply_rate.scoring.bands: bands go from 0.4 to 0.5, so that only the first can"
            " be earned; 'reply_rate' is better higher: begin with 0.5, the hardest to reach",
        ),
        (
            "response_time_avg",
            {"method": "steps", "bands": [[40, 100], [30, 60]]},
            "bands go from 40 to 30, so that only the first can be earned; 'response_time_avg' is"
            " better lower: begin with 30, the hardest to reach",
        ),
        (
            "reply_rate",
            {"method": "steps", "bands": [[0.9, 60], [0.8, 100]]},
            "score.reply_rate.scoring.bands: 0.9 earns 60 points, but a worse value 100; give a"
            " better value at least the points of a worse one",
        ),
        (
            "reply_rate",
            {**STEPS, "otherwise": 70},
            "score.reply_rate.scoring.otherwise: 70 points, but 0.8 earns 60; give at most 60 to"
            " what reaches no band",
        ),
        (
            "knowledge_level",
            {"method": "level_points", "points": {"1": 80, "2": 60}},
            "score.knowledge_level.scoring.points: level 2 earns 60 points, but level 1 80",
        ),
        (
            "response_time_avg",
            {"method": "rating", "scale": [0, 60]},
            "a rating, but 'response_time_avg' is better lower; score it with linear",
        ),
    ],
)
def test_points_that_fall_as_the_value_gets_better_are_refused(indicator, scoring, said):
    (text,) = problems(indicator, scoring)
    assert said in text


@pytest.mark.requirement("G0-1")
def test_points_for_events_go_with_the_direction_of_the_indicator():
    scheme = load_scheme(SCHEMES[0])
    for method, indicator, word in (
        ("deduction", "knowledge_level", "bonus"),
        ("bonus", "complaint_rate", "deduction"),
    ):
        scoring = {"method": method, "points": 1, "cap": 5}
        part = Part.model_validate({"indicator": indicator, "scoring": scoring})
        wrong = scheme.model_copy(update={"score": (*scheme.score, part)})
        (problem,) = check_indicators(wrong, "s.yaml")
        assert f"a {method}, but '{indicator}' is better" in str(problem)
        assert str(problem).endswith(f"give a {word}")


def written(rule="", role=""):
    part = {"indicator": "reply_rate", "weight": 100, "scoring": {"method": "t_score"}}
    rules = [{"id": "r", "when": {"indicator": rule, "at_least": 1}, "action": "bonus"}]
    whole = {"id": "s", "title": "S", "version": "1", "score": [part]}
    whole |= {"rules": [{**each, "approver": "HR"} for each in rules] if rule else []}
    return Scheme.model_validate(
        {**whole, "roles": {"lead": {"score.reply_rate.indicator": role}} if role else {}}
    )


@pytest.mark.requirement("G0-1")
def test_a_misspelt_indicator_of_a_rule_or_of_a_role_is_named_with_its_place():
    (text,) = check_indicators(written(rule="custmer_satisfacton"), "s.yaml")
    assert str(text).startswith("s.yaml: rules.r.when: no indicator 'custmer_satisfacton'; there")
    (text,) = check_indicators(written(role="reply_rat"), "s.yaml")
    assert str(text).startswith("s.yaml: roles.lead.score.reply_rate: no indicator 'reply_rat'")
    assert check_indicators(written("customer_satisfaction", "sla_met_share"), "s.yaml") == []


@pytest.mark.parametrize(
    ("indicator", "floor", "target", "wrong"),
    [
        ("reply_rate", 0.8, 1.0, ""),
        ("reply_rate", 1.0, 0.8, "target lies above"),
        ("refund_share", 0.2, 0.0, ""),
        ("refund_share", 0.0, 0.2, "target lies below"),
    ],
)
def test_the_target_lies_on_the_better_side_of_the_floor(
    indicator: str, floor: float, target: float, wrong: str
):
    found = problems(indicator, {"method": "linear", "floor": floor, "target": target})
    assert len(found) == bool(wrong)
    assert all(text.endswith(wrong) for text in found)


@pytest.mark.parametrize(
    ("indicator", "scoring", "found"),
    [
        ("reply_rate", STEPS, []),
        ("reply_rate", {**STEPS, "bands": [[95, 100], [0.8, 60]]}, ["95"]),
        ("reply_rate", {"method": "target_ratio", "target": 90}, ["90"]),
        ("reply_rate", {"method": "linear", "floor": 80, "target": 95}, ["80", "95"]),
        ("reply_rate", {"method": "rank_points"}, []),
        ("response_time_avg", {"method": "target_ratio", "target": 30}, []),
    ],
)
def test_a_share_is_written_as_0_95_and_not_as_95(indicator: str, scoring: dict, found: list[str]):
    texts = problems(indicator, scoring)
    assert len(texts) == len(found)
    for text, number in zip(texts, found, strict=True):
        assert text.endswith(f"{number} as a share; write 0.95 for 95 %")


def test_the_worked_example_that_an_indicator_names_is_there():
    for row in INDICATORS.values():
        file, test = row.example.split("::")
        assert f"def {test}(" in Path(file).read_text(encoding="utf-8"), row.example
