"""What the studies share: helpers of the tests beside them, and the tables that they leave.

`keep` stores a table in `notebooks/methodology/study/`, where the notebooks on methods show it; all
tables of a run are printed at its end, also where the tests ran in several processes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from pandas import DataFrame

TESTS = Path(__file__).parents[1]
TABLES = TESTS.parent / "notebooks" / "methodology" / "study"
sys.path[:0] = [str(TESTS / name) for name in ("calibration", "comparison")]


@pytest.fixture
def keep() -> Callable[[str, DataFrame], None]:
    """Store a table of figures, rounded, under a name."""

    def kept(name: str, figures: DataFrame) -> None:
        TABLES.mkdir(exist_ok=True)
        figures.round(4).to_csv(TABLES / f"{name}.csv", index=False, lineterminator="\n")

    return kept


def pytest_sessionstart(session: pytest.Session) -> None:
    session.config.stash[BEFORE] = {path: path.stat().st_mtime_ns for path in _tables()}


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    for path in _tables():
        if path.stat().st_mtime_ns != config.stash[BEFORE].get(path):
            terminalreporter.write_line(
                f"\n{path.stem}\n{pd.read_csv(path).to_string(index=False)}"
            )


BEFORE = pytest.StashKey[dict[Path, int]]()


def _tables() -> list[Path]:
    return sorted(TABLES.glob("*.csv"))
