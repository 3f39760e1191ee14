"""What `csperf tables` prints of schemes comes from their models: nothing can be forgotten."""

from __future__ import annotations

import inspect
import pkgutil
import textwrap
from importlib import import_module
from pathlib import Path
from typing import Literal

import pytest

import csperf.scheme
from csperf.reference import models_below, reference, told
from csperf.scheme import Linear, Pay, PerEvent, Rule, Scheme, Sourced, When, load_scheme
from csperf.scheme.results import Award, Band, Distribution
from csperf.scheme.sourced import Percent, Whole, default
from csperf.strict_yaml import Strict

MACHINERY = {Sourced, Whole}  # what a value says of its source, not keys of their own


def lines(model: type[Strict]) -> dict[str, str]:
    """What is said of each key of a model, on one line; heading and docstring come before."""
    words = (line.split() for line in [*told(model)][3:])
    return {name: " ".join(text) for name, *text in words}


def schemes_section() -> list[str]:
    text = reference()
    return text[text.index("\nSchemes\n") : text.index("\nParams\n")].splitlines()


def test_every_model_that_a_scheme_can_hold_is_printed_with_all_its_keys() -> None:
    """By the schema that editors use, which pydantic makes on its own."""
    printed = schemes_section()
    names = [place for place, line in enumerate(printed) if line and line[0] != " "]
    blocks = {
        printed[start].partition(",")[0]: printed[start + 1 : end]
        for start, end in zip(names, [*names[1:], len(printed)], strict=True)
    }
    schema = Scheme.model_json_schema()
    models = {"Scheme": schema, **schema["$defs"]}
    models = {name: each for name, each in models.items() if not name.startswith("Sourced")}
    assert len(models) > 30
    for name, each in models.items():
        assert name in blocks, name
        keys = [line.split()[0] for line in blocks[name] if line.split()]
        assert {*each["properties"]} <= {*keys}, name


def test_every_model_of_the_scheme_package_can_be_reached_from_a_scheme() -> None:
    modules = pkgutil.iter_modules(csperf.scheme.__path__, "csperf.scheme.")
    names = ["csperf.scheme", *(each.name for each in modules)]
    declared = {
        model
        for name in names
        for _, model in inspect.getmembers(import_module(name), inspect.isclass)
        if issubclass(model, Strict) and model.__module__ == name and "[" not in model.__name__
    }
    assert declared - MACHINERY == {*models_below(Scheme)}


def test_a_key_or_a_model_that_is_added_appears() -> None:
    class Added(Strict):
        """What was added."""

        colour: Literal["red", "blue"] = "red"

    class More(Band):
        """A band with more."""

        bonus: Sourced[Percent] = default(5.0, "points on top")
        added: tuple[Added, ...] = ()

    assert lines(More)["bonus"] == "number from 0 to 100 (sourced); default 5: points on top"
    assert lines(More)["added"] == "list of Added; optional"
    assert models_below(More)[Added] == ["More.added"]
    assert lines(Added) == {"colour": "one of red, blue; default red"}


@pytest.mark.parametrize(
    ("model", "key", "said"),
    [
        (Linear, "floor", "number (sourced); required"),
        (Linear, "method", "linear; required"),
        (PerEvent, "method", "one of deduction, bonus; required"),
        (Band, "standing", "one of good, neutral, poor; default neutral"),
        (Scheme, "grades", "list of Band; optional"),
        (Distribution, "shares", "list of Share, at least 1; required"),
        (Distribution, "force", "true or false (sourced); default false"),
        (Award, "approver", "text (sourced); required: who decides"),
        (Rule, "when", "When; required"),
        (Pay, "values", "{text: number (sourced)}; optional"),
        (When, "grade", "id; optional"),
    ],
)
def test_a_key_is_told_with_its_kind_its_choices_and_its_default(
    model: type[Strict], key: str, said: str
) -> None:
    assert lines(model)[key] == said


def test_a_model_says_which_keys_take_it_and_what_it_is_for() -> None:
    places = models_below(Scheme)
    assert places[Distribution] == ["Ranking.bands", "Scheme.distribution"]
    first, title, *rest = [*told(Distribution, places[Distribution])]
    assert (first, title) == ("", "Distribution, for Ranking.bands, Scheme.distribution")
    assert rest[0] == textwrap.indent(inspect.getdoc(Distribution) or "", "  ")


def test_the_small_scheme_that_is_printed_can_be_read(tmp_path: Path) -> None:
    printed = schemes_section()
    start = next(n for n, line in enumerate(printed) if line.startswith("A small scheme"))
    end = next(n for n, line in enumerate(printed) if n > start and line and line[0] == "S")
    path = tmp_path / "scheme.yaml"
    path.write_text(textwrap.dedent("\n".join(printed[start + 1 : end])), encoding="utf-8")
    small = load_scheme(path)
    assert small.score and small.grades and small.rules


def test_no_line_of_a_key_is_wider_than_a_screen() -> None:
    assert max(map(len, schemes_section())) <= 100
