"""The words that reports print: one catalogue file a language, whole sentences only.

Beside the sentences that reports are made of, data bring phrases in English: titles of indicators
and of schemes that ship with csperf, reasons, facts, what a check found. `messages/phrases` holds
them in the other languages, by the English phrase; a scheme of one's own is in its own language.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from csperf.errors import InputError, Problem

_CATALOGUES = files("csperf.reporting") / "messages"
# Placeholders of phrases that stand for more than one word.
_LONG = {"columns", "criteria", "fate", "indicators", "lines", "names", "numbers", "types", "what"}
_AS_GIVEN = {"column", "columns", "key", "other"}  # they name columns of data
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Messages:
    """The catalogue of one language; call it with a key to get a sentence.

    `entries` maps `table.key` to a text with named `{placeholders}`, or to the two texts
    `one` and `other`, chosen by the value named `n`. `phrases` maps what data say in English to
    this language.
    """

    language: str
    entries: Mapping[str, str | Mapping[str, str]]
    phrases: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def load(cls, language: str) -> Messages:
        """Read the catalogue of a language such as `en` or `zh-CN` (the part before the hyphen).

        Raises
        ------
        InputError
            There is no catalogue of this language; the message lists those there are.
        """
        name = language.split("-")[0]
        if name not in languages():
            raise InputError(
                Problem("language", f"no messages in '{language}'", f"use {', '.join(languages())}")
            )
        return _read(name)

    def __call__(self, key: str, **values: Any) -> str:
        """Return the sentence of `key` with its placeholders filled.

        Raises
        ------
        KeyError
            No such key, or a placeholder of the sentence has no value.
        """
        if key not in self.entries:
            raise KeyError(f"no message '{key}' in '{self.language}'")
        entry = self.entries[key]
        text = entry if isinstance(entry, str) else _plural(key, entry, values)
        try:
            return text.format_map(values)
        except KeyError as missing:
            raise KeyError(f"message '{key}' needs a value for {missing}") from None

    def of(self, phrase: str) -> str:
        """Return an English phrase of csperf in this language; any other text stays as it is.

        A phrase with `{placeholders}` stands for all texts that fill them. An id is looked for as
        it is, as words and as a title.
        """
        words = phrase.replace("_", " ")
        for known in (phrase, words, *([] if " " in phrase else [words.capitalize()])):
            if known in self.phrases and not _PLACEHOLDER.search(known):
                return self.phrases[known]
        for pattern, said in _patterns(self.language):
            if found := pattern.fullmatch(phrase):
                filled = {name: self._fill(name, it) for name, it in found.groupdict().items()}
                return said.format_map(filled)
        return phrase

    def _fill(self, name: str, given: str) -> str:
        """What stands for a placeholder, part by part."""
        if name in _AS_GIVEN:
            return given
        whole = self.of(given)
        return whole if whole != given else ", ".join(map(self.of, given.split(", ")))

    def plain(self, word: str) -> str:
        """Return an id, such as that of an action, as words."""
        said = self.of(word)
        return word.replace("_", " ") if said == word else said

    def day(self, day: date) -> str:
        """Return a day as it is written in this language, such as 1 July 2026."""
        month = self("language.months").split()[day.month - 1]
        return self("language.day", year=day.year, month=month, day=day.day)


@cache
def languages() -> tuple[str, ...]:
    """Languages that have a catalogue, in alphabetical order."""
    names = (file.name for file in _CATALOGUES.iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


@cache
def _read(language: str) -> Messages:
    tables = tomllib.loads((_CATALOGUES / f"{language}.toml").read_text(encoding="utf-8"))
    return Messages(language, dict(_flat(tables)), _phrases(language))


@cache
def _phrases(language: str) -> Mapping[str, str]:
    file = _CATALOGUES / "phrases" / f"{language}.toml"
    if not file.is_file():
        return {}
    groups = tomllib.loads(file.read_text(encoding="utf-8"))
    return {phrase: said for group in groups.values() for phrase, said in group.items()}


@cache
def _patterns(language: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Phrases with placeholders as what they match, those with most words of their own first."""
    open_ = [phrase for phrase in _phrases(language) if _PLACEHOLDER.search(phrase)]
    return tuple(
        (_as_pattern(phrase), _phrases(language)[phrase])
        for phrase in sorted(open_, key=lambda phrase: -len(_PLACEHOLDER.sub("", phrase)))
    )


def _as_pattern(phrase: str) -> re.Pattern[str]:
    words = _PLACEHOLDER.split(phrase)  # text, name, text, name, ..., text
    return re.compile(
        "".join(
            f"(?P<{it}>{'.+' if it in _LONG else '[^ {}]+'})" if place % 2 else re.escape(it)
            for place, it in enumerate(words)
        )
    )


def _flat(tables: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in tables.items():
        if isinstance(value, Mapping) and "other" not in value:
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def _plural(key: str, forms: Mapping[str, str], values: Mapping[str, Any]) -> str:
    if "n" not in values:
        raise KeyError(f"message '{key}' needs a value for 'n'")
    return forms["one"] if values["n"] == 1 and "one" in forms else forms["other"]
