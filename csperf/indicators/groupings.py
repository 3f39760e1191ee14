"""Several groupings of the same facts in one pass over each: a small department's cost is passes.

Every row counts once in each grouping, so that a pass over all of them has the sums of every one.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from pandas import DataFrame

from csperf.indicators.catalogue import Indicator
from csperf.indicators.engine import Events, Rows
from csperf.indicators.fact_rows import made_for, parts_of, within
from csperf.indicators.facts import FACTS
from csperf.indicators.passes import ALL, Ranked, Sums, at_ranks, ranks_of, summed, sums_of
from csperf.params import Cycle

GROUPING, TEXT, NUMBER = "_grouping", "_text", "_number"
BY = [GROUPING, TEXT, NUMBER]
NUMBERED = ("week", "day")  # keys that are whole numbers; a grouping has one of them at most

Key = tuple[str, ...]
Cycles = tuple[Cycle, ...]


@dataclass(frozen=True)
class Shared:
    """Groupings that are measured together, of the same events; and what was measured so far.

    Each is by no more than one column of ids and one of numbers.
    """

    groupings: tuple[Key, ...]
    made: dict[Hashable, Any] = field(default_factory=dict)

    def covers(self, keys: Sequence[str], events: Events) -> bool:
        """Whether a grouping is one of these, and the events keep the facts that are shared."""
        return events.reuse and tuple(keys) in self.groupings

    def sums(
        self, events: Events, cycles: Cycles, name: str, chosen: list[Indicator], keys: list[str]
    ) -> dict[str, Sums]:
        """What `passes.sums` gives of a fact, in one of the groupings."""
        if not chosen:
            return {}
        # A pass of other indicators would add up the same clusters in another order.
        key = ("sums", events.rules, cycles, name, *(row.id for row in chosen))
        if key not in self.made:
            rows = self._rows(events, cycles, name)
            frame = summed(events.engine, rows, FACTS[name], chosen, BY, events.rules)
            self.made[key] = self._apart(frame)
        return sums_of(self.made[key][tuple(keys)], chosen, keys or [ALL], events.rules)

    def ranks(
        self, events: Events, cycles: Cycles, name: str, chosen: list[Indicator], keys: list[str]
    ) -> dict[str, Ranked]:
        """What `passes.order_statistics` gives of a fact, in one of the groupings."""
        if not chosen:
            return {}
        key = ("ranks", events.rules, cycles, name, *(row.id for row in chosen))
        if key not in self.made:
            frames = at_ranks(events.engine, self._rows(events, cycles, name), chosen, BY)
            self.made[key] = {column: self._apart(frame) for column, frame in frames.items()}
        mine = {column: frames[tuple(keys)] for column, frames in self.made[key].items()}
        return ranks_of(mine, chosen, keys or [ALL])

    def _rows(self, events: Events, cycles: Cycles, name: str) -> Rows:
        """A fact's rows of the cycles, each once for every grouping in which it has a group."""
        key = ("rows", events.rules, cycles, name)
        if key not in self.made:
            self.made[key] = self._repeated(events, cycles, made_for(events, name, cycles, ()))
        return self.made[key]

    def _repeated(self, events: Events, cycles: Cycles, rows: Rows) -> Rows:
        used = {column for keys in self.groupings for column in keys}
        of_people_here = "left" in rows.collect_schema().names()
        rows = rows.filter(within(cycles))
        if "week" in used:
            rows = rows.with_columns(**parts_of(cycles, ["week"]))
        if "team_id" in used:
            rows = events.with_team(rows)
        number = len(self.groupings)
        each = events.small(
            f"groupings_{number}", lambda: DataFrame({GROUPING: np.arange(number, dtype="int64")})
        )
        text, whole = nw.lit(""), nw.lit(1).cast(nw.Int64)
        counts = nw.lit(True)
        for place, keys in enumerate(self.groupings):
            here = nw.col(GROUPING) == place
            for column in keys:
                if column in NUMBERED:
                    whole = nw.when(here).then(nw.col(column).cast(nw.Int64)).otherwise(whole)
                else:
                    text = nw.when(here).then(nw.col(column).cast(nw.String)).otherwise(text)
            if of_people_here and "employee_id" not in keys:
                counts = counts & (~here | (nw.col("left") == 0))
        repeated = rows.join(each, how="cross").with_columns(**{TEXT: text, NUMBER: whole})
        return repeated.filter(~nw.col(TEXT).is_null(), ~nw.col(NUMBER).is_null(), counts)

    def _apart(self, frame: DataFrame) -> dict[Key, DataFrame]:
        """{grouping: its rows, with its own keys}."""
        grouping = frame[GROUPING].to_numpy()
        parts = {}
        for place, keys in enumerate(self.groupings):
            mine = frame[grouping == place].drop(columns=GROUPING)
            names = {NUMBER if key in NUMBERED else TEXT: key for key in keys} or {NUMBER: ALL}
            idle = {TEXT, NUMBER} - set(names)
            parts[keys] = mine.drop(columns=[*idle]).rename(columns=names)
        return parts
