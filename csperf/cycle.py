"""A cycle of appraisal: a month, a quarter, a half-year or a year of local dates."""

from __future__ import annotations

import re
from datetime import date, timedelta

from pydantic import BaseModel, ConfigDict

from csperf.errors import InputError, Problem, shown
from csperf.tables.input import CYCLE


class Cycle(BaseModel):
    """A period of local dates, `start <= day < end`."""

    model_config = ConfigDict(frozen=True)

    id: str
    start: date
    end: date

    @classmethod
    def parse(cls, text: str | Cycle) -> Cycle:
        """`2026-10`, `2026-Q4`, `2026-H2`, `2026` or a cycle; InputError for anything else."""
        if isinstance(text, Cycle):
            return text
        match = re.fullmatch(CYCLE, text)
        if not match:
            advice = "write 2026-10, 2026-Q4, 2026-H2 or 2026"
            raise InputError(Problem("--cycle", f"{shown(text)} is no cycle", advice))
        year, month, quarter, half = int(match[1]), match[2], match[3], match[4]
        if month:
            first, months = int(month), 1
        elif quarter:
            first, months = 3 * int(quarter) - 2, 3
        elif half:
            first, months = 6 * int(half) - 5, 6
        else:
            first, months = 1, 12
        after = first + months - 1
        return cls(
            id=text,
            start=date(year, first, 1),
            end=date(year + after // 12, after % 12 + 1, 1),
        )

    @property
    def days(self) -> int:
        """Number of days."""
        return (self.end - self.start).days

    @property
    def last_day(self) -> date:
        """The last day that belongs to the cycle."""
        return self.end - timedelta(days=1)
