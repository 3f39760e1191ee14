"""The words that reports print: one catalogue file a language, whole sentences only."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from csperf.errors import InputError, Problem

_CATALOGUES = files("csperf.reporting") / "messages"


@dataclass(frozen=True)
class Messages:
    """The catalogue of one language; call it with a key to get a sentence.

    `entries` maps `table.key` to a text with named `{placeholders}`, or to the two texts
    `one` and `other`, chosen by the value named `n`.
    """

    language: str
    entries: Mapping[str, str | Mapping[str, str]]

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


@cache
def languages() -> tuple[str, ...]:
    """Languages that have a catalogue, in alphabetical order."""
    names = (file.name for file in _CATALOGUES.iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


@cache
def _read(language: str) -> Messages:
    tables = tomllib.loads((_CATALOGUES / f"{language}.toml").read_text(encoding="utf-8"))
    return Messages(language, dict(_flat(tables)))


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
