"""All that is known of a cycle once it is judged, for whoever tells how the result came about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from pandas import DataFrame, MultiIndex, Series

from csperf.appraisal.judging import Judgement
from csperf.appraisal.methods import Sources, sources_of_360
from csperf.appraisal.procedure import gaps
from csperf.appraisal.source_standing import source_standing
from csperf.params import Cycle
from csperf.scheme import Scheme
from csperf.tables import INPUT_TABLES, OUTPUT_TABLES


@dataclass(frozen=True)
class Given:
    """All that is known of a cycle; `people` are without machines, which nobody appraised."""

    judgement: Judgement
    tables: Mapping[str, DataFrame]
    people: DataFrame
    scheme: Scheme
    cycle: Cycle
    today: date
    timezone: str
    values: DataFrame = field(default_factory=OUTPUT_TABLES["indicator_values"].empty)
    history: DataFrame | None = None

    def knows(self, ids: Series) -> Series:
        """Whether each id is one of the people's."""
        return ids.isin(self.people["employee_id"])

    def has(self, *names: str) -> bool:
        """Whether one of these input tables has rows; of evaluations, those that are used."""
        return any(
            len(self.evaluations if name == "evaluations" else self.tables.get(name, ()))
            for name in names
        )

    def rows(self, name: str) -> DataFrame:
        """Rows of an input table in its declared columns; those of the cycle if they name one."""
        table = INPUT_TABLES[name]
        if name not in self.tables:
            return table.empty()
        frame = self.tables[name]
        named = any(column.name == "cycle_id" and column.required for column in table.columns)
        kept = frame[frame["cycle_id"] == self.cycle.id] if named else frame
        return table.arrange(kept).set_axis(kept.index)  # errors name the row of the file

    @cached_property
    def evaluations(self) -> DataFrame:
        """Evaluations of people, as far as the scheme has evaluators."""
        table = INPUT_TABLES["evaluations"]
        if "evaluations" not in self.tables or not self.scheme.evaluators:
            return table.empty()
        rows = self.tables["evaluations"]
        mine = rows["employee_id"].isin(self.people["employee_id"])
        return table.arrange(rows[mine & (rows["cycle_id"] == self.cycle.id)])

    @cached_property
    def by_type(self) -> DataFrame:
        """Means of types of evaluators, of people."""
        rows = self.judgement.evaluation_scores
        return rows[rows["employee_id"].isin(self.people["employee_id"])]

    @cached_property
    def sources(self) -> DataFrame:
        """As `source_standing` gives it, of who is appraised."""
        asked = self.rows("evaluation_assignments")
        invited = asked if "evaluation_assignments" in self.tables else None
        people = self.people[self.people["eligible"]]
        return source_standing(people, self.evaluations, invited, self.by_type, self.scheme)

    @cached_property
    def gaps(self) -> DataFrame:
        """As `procedure.gaps` gives them, of what may be shown."""
        shown = self.by_type[self.by_type["shown"].astype(bool)]
        return gaps(shown, self.evaluations, self.scheme)

    @cached_property
    def teams(self) -> Series:
        """Team of each person."""
        return self.people.set_index("employee_id")["team_id"]

    @cached_property
    def groups(self) -> Series:
        """Comparison group of each person."""
        everyone = self.judgement.appraisals.set_index("employee_id")["group"]
        return everyone[everyone.index.isin(self.people["employee_id"])]

    @cached_property
    def all_sides(self) -> Sources:
        """What each type of evaluators says of people, as far as it may be shown."""
        return sources_of_360(self.by_type, self.scheme)

    @cached_property
    def anonymous(self) -> list[str]:
        """Types of evaluators of whom nobody is told what a single one gave."""
        return [*self.scheme.anonymous]

    @cached_property
    def raters(self) -> DataFrame:
        """Who was promised that nobody is told what he or she gave: employee_id, evaluator_id."""
        rows = self.evaluations
        hidden = rows["evaluator_type"].isin(self.anonymous)
        return rows.loc[hidden, ["employee_id", "evaluator_id"]].drop_duplicates()

    def untold(self, rows: DataFrame) -> DataFrame:
        """Rows about employees and evaluators, without the ids of `raters`.

        In a row about no employee everybody is left out who rated any under that promise.
        """
        about = MultiIndex.from_frame(rows[["employee_id", "evaluator_id"]])
        hidden = about.isin(MultiIndex.from_frame(self.raters))
        of_nobody = rows["employee_id"].isna() & rows["evaluator_id"].isin(
            self.raters["evaluator_id"]
        )
        return rows.assign(evaluator_id=rows["evaluator_id"].mask(hidden | of_nobody))
