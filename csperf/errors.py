"""What can go wrong for a user, as one small family of errors.

CsperfError                 exit status 1: a department, team or notebook failed
├── TaskError               exit status 1: the same, with a word for how
├── InputError              exit status 2: data, params or scheme that cannot be meant
├── MissingToolError        exit status 3: a program or package that a step needs
├── OutputError             exit status 4: reading or writing failed
│   └── DiskError           exit status 4: a result cannot be written
└── LockedError             exit status 5: another run holds the output folder
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from numbers import Integral

LONGEST_SHOWN = 60


@dataclass(frozen=True)
class Problem:
    """One thing found wrong, with the place where a person can mend it."""

    where: str
    found: str
    expected: str = ""
    row: int | None = None
    column: str = ""

    def __str__(self) -> str:
        place = [self.where]
        if self.row is not None:
            place.append(f"row {self.row}")
        if self.column:
            place.append(f"column '{self.column}'")
        advice = f"; {self.expected}" if self.expected else ""
        line = f"{', '.join(place)}: {self.found}{advice}"
        return printable(line)


def printable(text: str) -> str:
    """A text that does nothing to a terminal but stand there."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def shown(value: object) -> str:
    """A value as a message shows it: numbers and days plain, text in quotes and not too long."""
    if isinstance(value, float):
        return f"{value:.12g}"
    if isinstance(value, Integral | date):
        return str(value).removesuffix(" 00:00:00")
    text = str(value)
    return f"'{text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 3] + '...'}'"


def meant(name: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """` (meant 'weight'?)` if one of the known names is close to a misspelt one, else nothing."""
    plain = {text.lower(): text for text in known}
    close = difflib.get_close_matches(name.lower(), plain, n=1, cutoff=cutoff)
    return f" (meant '{plain[close[0]]}'?)" if close else ""


class CsperfError(Exception):
    """A failure that is shown to the user as one line each, without a traceback."""

    exit_status = 1


class TaskError(CsperfError):
    """A notebook, or what is computed for it, failed; `code` says how in one word."""

    def __init__(self, told: str, code: str):
        super().__init__(told)
        self.code = code

    def __reduce__(self) -> tuple[type[TaskError], tuple[str, str]]:
        """Keep the code when the error crosses from a worker."""
        return type(self), (str(self), self.code)


class InputError(CsperfError):
    """Input that cannot be meant; `problems` lists every place."""

    exit_status = 2
    shown = 20

    def __init__(self, problems: Problem | Iterable[Problem]):
        self.problems = [problems] if isinstance(problems, Problem) else list(problems)
        super().__init__("\n".join(self.lines()))

    def __reduce__(self) -> tuple[type[InputError], tuple[list[Problem]]]:
        """Keep the problems when the error crosses from a worker."""
        return type(self), (self.problems,)

    def lines(self) -> list[str]:
        """One line a problem, the first twenty, then how many more there are."""
        lines = [str(problem) for problem in self.problems[: self.shown]]
        more = len(self.problems) - self.shown
        return [*lines, f"... and {more} more like these"] if more > 0 else lines


class MissingToolError(CsperfError):
    """A program or package that a step needs is not installed."""

    exit_status = 3


class OutputError(CsperfError):
    """Reading or writing files failed."""

    exit_status = 4


class DiskError(OutputError):
    """A result cannot be written: what follows could not either."""


class LockedError(CsperfError):
    """Another run is writing to the same output folder."""

    exit_status = 5
