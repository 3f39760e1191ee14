"""Forms that people fill in: which sheet gives which rows, as forms.toml declares it.

Row 1 of each sheet is hidden: its first cell is `MARK` and the kind of the sheet, the others name
what stands below them. The hidden sheet `HIDDEN` says whose form it is, which rows it was written
with, and what the choices of the drop-downs stand for; so a form reads the same in every language,
whatever its sheets are called and however its rows are sorted.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

MARK = "csperf:"
HIDDEN = "csperf"
VERSION = "1"
ABOUT = "about"  # the kind of the first sheet, which has the day of handing in
HANDED_IN = "submitted_at"
ANSWER = "answer"  # the column of a long sheet that is filled in
ALLOWED = "allowed"  # scores that a row takes: `1 2 3` or `0 to 100`
RANGE = " to "


@dataclass(frozen=True)
class FormSheet:
    """A sheet of a form; see forms.toml."""

    kind: str
    table: str
    ids: tuple[str, ...]
    told: tuple[str, ...] = ()
    fill: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    counts_from: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    spare: int = 0
    long: bool = False

    @property
    def filled(self) -> tuple[str, ...]:
        """Columns of the sheet that people fill in."""
        return (ANSWER,) if self.long else self.fill

    def row_key(self, form: Iterable[str], ids: Mapping[str, str], place: int = 0) -> str:
        """A name for a row that no other row of any form has; `place` tells spare rows apart."""
        told = "\n".join([*form, self.kind, *(ids[name] for name in self.ids), str(place)])
        return hashlib.sha256(told.encode()).hexdigest()[:12]


def _declared() -> dict[str, FormSheet]:
    text = resources.files("csperf.tables").joinpath("forms.toml").read_text(encoding="utf-8")
    found: dict[str, dict[str, Any]] = tomllib.loads(text)
    return {kind: FormSheet(kind=kind, **_frozen(rest)) for kind, rest in found.items()}


def _frozen(rest: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(it) if isinstance(it, list) else it for key, it in rest.items()}


FORMS = _declared()
FORM_TABLES = tuple(dict.fromkeys(sheet.table for sheet in FORMS.values()))
