"""The result of one department and cycle: its tables, kept together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

import pandas as pd
from pandas import DataFrame

PUBLISHED = (
    "indicator_values",
    "scores",
    "evaluation_scores",
    "appraisals",
    "proposals",
    "pay",
    "data_quality",
    "indicator_set",
)


@dataclass(frozen=True)
class Appraisals:
    """One department's result of one cycle.

    `people` has names, teams and eligibility; the tables of `PUBLISHED` are as declared in
    `csperf.tables`; `team_values` are the indicators of whole teams, `group_values` those of
    everybody together; `history` is what later cycles will need; `inputs` are the files that were
    read, with their hashes; `records` are the tables that tell how it came about
    (`csperf.tables.records`).
    """

    people: DataFrame
    appraisals: DataFrame
    scores: DataFrame
    indicator_values: DataFrame
    evaluation_scores: DataFrame
    proposals: DataFrame
    pay: DataFrame
    data_quality: DataFrame
    indicator_set: DataFrame
    team_values: DataFrame
    group_values: DataFrame
    history: DataFrame
    inputs: DataFrame
    records: Mapping[str, DataFrame] = field(default_factory=dict)

    @property
    def published(self) -> dict[str, DataFrame]:
        """The tables that are written for everyone to use, by name."""
        return {**{name: getattr(self, name) for name in PUBLISHED}, **self.records}

    def save(self, folder: Path) -> None:
        """Write every table so that it is read at once, as every report of a run does."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, frame in {**self._own(), **self.records}.items():
            whole = frame.reset_index(drop=True)
            whole.to_feather(folder / f"{name}.arrow", compression="uncompressed")

    @classmethod
    def load(cls, folder: Path) -> Appraisals:
        """Read what `save` wrote."""
        own = [item.name for item in fields(cls) if item.name != "records"]
        found = {
            path.stem: read_saved(folder, path.stem) for path in sorted(folder.glob("*.arrow"))
        }
        return cls(**{name: found.pop(name) for name in own}, records=found)

    def of_team(self, team_id: str) -> Appraisals:
        """The rows of one team; tables about the whole department stay whole."""
        cut = {name: _rows_of(frame, team_id) for name, frame in self._own().items()}
        records = {name: _rows_of(frame, team_id) for name, frame in self.records.items()}
        return replace(self, **cut, records=records)

    def _own(self) -> dict[str, DataFrame]:
        return {item.name: getattr(self, item.name) for item in fields(self)[:-1]}


def read_saved(folder: Path, name: str) -> DataFrame:
    """One table of a result that was saved."""
    return pd.read_feather(folder / f"{name}.arrow", use_threads=False)


def _rows_of(frame: DataFrame, team_id: str) -> DataFrame:
    """Rows of a team, and what is about the whole department."""
    if "team_id" not in frame or frame.empty:
        return frame
    mine = (frame["team_id"] == team_id) | frame["team_id"].isna()
    return frame[mine].reset_index(drop=True)
