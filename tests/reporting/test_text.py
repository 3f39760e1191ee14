from __future__ import annotations

import re

import pytest

from csperf.errors import InputError
from csperf.reporting.text import Messages, languages

ENGLISH = Messages.load("en")


def test_placeholders_are_filled_by_name() -> None:
    assert ENGLISH("page.number", page=2, pages=7) == "Page 2 of 7"


@pytest.mark.parametrize(
    ("n", "sentence"),
    [(0, "0 people are not scored"), (1, "1 person is not scored"), (2, "2 people are not scored")],
)
def test_the_plural_follows_n(n: int, sentence: str) -> None:
    assert ENGLISH("portal.scored_meaning", n=n) == sentence


def test_a_value_with_braces_stays_text() -> None:
    hostile = "{rollup.__class__}"
    sentence = ENGLISH("rollup.title", department=hostile, cycle="2026-10")
    assert sentence == "{rollup.__class__}, 2026-10"


@pytest.mark.parametrize(
    ("key", "values", "message"),
    [
        ("page.nothing", {}, "no message 'page.nothing' in 'en'"),
        ("page.number", {"page": 1}, "'page.number' needs a value for 'pages'"),
        ("portal.scored_meaning", {}, "'portal.scored_meaning' needs a value for 'n'"),
    ],
)
def test_a_missing_key_or_value_is_an_error(key: str, values: dict, message: str) -> None:
    with pytest.raises(KeyError, match=message):
        ENGLISH(key, **values)


def test_languages_are_the_catalogues_that_exist() -> None:
    assert "en" in languages()
    assert Messages.load("en-GB") == ENGLISH
    with pytest.raises(InputError, match=r"no messages in 'fr'; use .*en"):
        Messages.load("fr")


@pytest.mark.parametrize("language", languages())
def test_every_language_has_the_same_messages(language: str) -> None:
    catalogue = Messages.load(language).entries
    assert catalogue.keys() == ENGLISH.entries.keys()
    for key, entry in catalogue.items():
        assert placeholders(entry) == placeholders(ENGLISH.entries[key]), key


def placeholders(entry: str | dict[str, str]) -> set[str]:
    texts = [entry] if isinstance(entry, str) else entry.values()
    return {name for text in texts for name in re.findall(r"{(\w+)", text)} | {
        "n" for _ in texts if not isinstance(entry, str)
    }
