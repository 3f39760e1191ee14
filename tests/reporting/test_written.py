"""The rules of a scheme in words, as a works council would read them."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from csperf import load_scheme
from csperf.reporting.text import Messages, languages
from csperf.reporting.words import scheme_in_words
from csperf.reporting.written import rules_as_written

SCHEMES = sorted(Path("params/schemes").glob("*.yaml"))
pytestmark = pytest.mark.requirement("K-07")


def view_of(path: Path, language: str = "en") -> Any:
    text = Messages.load(language)
    return SimpleNamespace(text=text, scheme=scheme_in_words(load_scheme(path), text))


def test_a_rule_says_when_what_and_who_decides_with_its_amount() -> None:
    shown = rules_as_written(view_of(Path("params/schemes/online_shop.yaml")))
    assert shown is not None
    told = dict(shown.body_rows)
    assert shown.summary == "The 4 rules as they are written"
    assert told["Last of the month"].startswith(
        "When: the last place. Then, as a proposal: commission deduction. Amount: −100.00 CNY."
    )
    assert "Decided by: " in told["Last of the month"]
    assert told["Last two of the month"].startswith("When: one of the last 2 places.")


@pytest.mark.parametrize("path", SCHEMES, ids=lambda path: path.stem)
@pytest.mark.parametrize("language", languages())
def test_every_rule_of_every_scheme_and_each_stage_of_appeal_is_written_out(
    path: Path, language: str
) -> None:
    view = view_of(path, language)
    shown = rules_as_written(view)
    expected = len(view.scheme.rules) + len(view.scheme.appeal)
    assert (0 if shown is None else len(shown.body_rows)) == expected
    for _, told in shown.body_rows if shown else ():
        assert told.strip() and "{" not in told
