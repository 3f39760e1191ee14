"""What a planning report is made from: a department's plan, computed once for all its sections."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from csperf.appraisal.decisions import local_day
from csperf.indicators import INDICATORS
from csperf.params import Cycle
from csperf.practice.achievability import achievability, out_of_reach
from csperf.practice.decomposition import decompose, is_summed, upper_limit
from csperf.practice.planning import (
    adding_up,
    balance,
    consulted,
    role_sets,
    role_warnings,
    target_versions,
    targets_ahead,
    volumes,
)
from csperf.practice.smart import agreement, goal_tree, lacking, progress, smart_check
from csperf.reporting.department import DepartmentView
from csperf.scheme.planned import PLANNED_IN, scheme_targets

ALIKE_DAYS = 4  # by which cycles may differ in length and still be held against one another
WRONG = ("short", "over")  # of targets that do not add up
PEOPLE = "employee"


@dataclass(frozen=True)
class Plan:
    """A department's plan of a cycle, as far as it was known at the cycle's end."""

    view: DepartmentView

    @cached_property
    def tables(self) -> dict[str, DataFrame]:
        """The tables of planning; empty where the department gives none."""
        return self.view.tables(PLANNED_IN)

    @property
    def today(self) -> pd.Timestamp:
        """The day up to which things are known: the cycle's last, or that of the export."""
        last = self.view.cycle.last_day
        return pd.Timestamp(min(self.view.unit.exported_on or last, last))

    @cached_property
    def steps(self) -> DataFrame:
        """Tasks of the cycle's plan."""
        return self._of_cycle("plan_steps")

    @cached_property
    def inputs(self) -> DataFrame:
        """What the goals of the cycle rest on."""
        return self._of_cycle("plan_inputs")

    @cached_property
    def goals(self) -> DataFrame:
        """Goals that were agreed on or proposed so far and whose day is not over."""
        goals = self.tables["goals"]
        agreed = goals[["agreed_by_employee_at", "agreed_by_manager_at"]].min(axis=1)
        later = self._day(agreed) > self.today
        over = goals["deadline"] < pd.Timestamp(self.view.cycle.start)
        return goals[~(later | over)].reset_index(drop=True)

    @cached_property
    def smart(self) -> DataFrame:
        """Flags of the goals."""
        rows = self.goals.rename(columns={"owner_scope": "scope", "owner_id": "scope_id"})
        rows = rows[rows["scope_id"].notna() & rows["target"].notna()]
        rows = rows[rows["indicator_id"].isin([*INDICATORS])].drop(columns="status")
        start = pd.Timestamp(self.view.cycle.start)
        found = self._reach(rows.assign(period_start=start)).dropna(subset="probability")
        view = self.view
        return smart_check(
            self.goals,
            view.cycle,
            rubrics=[each.id for each in view.scheme.criteria],
            reach=dict(zip(found["goal_id"], found["probability"], strict=True)),
            given=[*view.unit.sources],
        )

    @cached_property
    def lacking(self) -> DataFrame:
        """What goals lack."""
        return lacking(self.goals)

    @cached_property
    def tree(self) -> Series:
        """What each goal serves, by its id."""
        return goal_tree(self.goals).set_index("goal_id")["standing"]

    @cached_property
    def agreed(self) -> Series:
        """Who has still to agree, by the goal's id."""
        return agreement(self.goals).set_index("goal_id")["standing"]

    @cached_property
    def progress(self) -> DataFrame:
        """How far goals are."""
        checked = self.tables["goal_checkins"]
        checked = checked.assign(at=self._day(checked["at"]))
        return progress(self.goals, checked, self.view.cycle, self.today)

    @cached_property
    def targets(self) -> DataFrame:
        """Every version of a target that was agreed so far."""
        rows = self.tables["targets"]
        return rows[~(self._day(rows["agreed_at"]) > self.today)]

    @cached_property
    def ahead(self) -> DataFrame:
        """Targets of this cycle and later ones."""
        return targets_ahead(self.targets, self.view.cycle)

    @cached_property
    def versions(self) -> DataFrame:
        """Changes of targets whose period is not over."""
        over = self.targets["period_end"] < pd.Timestamp(self.view.cycle.start)
        return target_versions(self.targets[~over])

    @property
    def homes(self) -> DataFrame:
        """Team of each person."""
        return self.view.result.people[["employee_id", "team_id"]]

    @cached_property
    def sums(self) -> DataFrame:
        """Whether targets add up, where something lies below them or should."""
        found = adding_up(self.ahead, self._forecasts, self.homes, self.view.unit.id)
        alone = (found["standing"] == "no_parts") & (found["scope"] != "department")
        return found[~alone].reset_index(drop=True)

    @cached_property
    def suggested(self) -> DataFrame:
        """Targets of parts that would add up, with those that were set and own baselines."""
        wrong = self.sums[self.sums["standing"].isin([*WRONG, "no_parts"])]
        found = [self._taken_apart(row) for _, row in wrong.iterrows()]
        return pd.concat(found, ignore_index=True) if found else DataFrame()

    @cached_property
    def own_reach(self) -> DataFrame:
        """Probability that teams and people reach targets of their own."""
        return self._reach(self.ahead[self.ahead["scope"] != "department"])

    @cached_property
    def everybodys_reach(self) -> DataFrame:
        """Targets of the scheme for everybody, in a cycle like those up to and with this one."""
        held = self.view.result.appraisals
        people = held.loc[held["eligible"].astype(bool), "employee_id"]
        after = pd.Timestamp(self.view.cycle.end)
        rows = [
            (PEOPLE, id, name, target, after)
            for name, target in scheme_targets(self.view.scheme).items()
            for id in people
        ]
        columns = ["scope", "scope_id", "indicator_id", "target", "period_start"]
        found = self._reach(DataFrame(rows, columns=columns))
        return found[found["n_periods"] > 0]

    @cached_property
    def too_high(self) -> DataFrame:
        """Targets that hold for several people, with how many of them have ever reached them."""
        return out_of_reach(self.everybodys_reach)

    @cached_property
    def sets(self) -> DataFrame:
        """What each role is appraised by."""
        roles = self.view.result.people.get("role", Series(dtype="str")).dropna()
        return role_sets(self.view.scheme, [role for role in roles.unique() if role])

    @cached_property
    def warnings(self) -> list[tuple[str, str]]:
        """Warnings of the indicator sets."""
        return role_warnings(self.sets)

    @cached_property
    def balance(self) -> DataFrame:
        """Weight and goals of the perspectives."""
        return balance(self.view.scheme, self.goals)

    @cached_property
    def consulted(self) -> DataFrame:
        """Who was asked about what."""
        return consulted(self.tables["consultations"], self.view.cycle)

    def name_of(self, scope: object, id: object) -> str:
        """Printed name of a department, team or person; the id where none is known."""
        people, text = self.view.result.people, str(id)
        if scope == "department" or (pd.isna(id) and scope != PEOPLE):
            return self.view.name
        key, said = ("employee_id", "display_name") if scope == PEOPLE else ("team_id", "team_name")
        rows = people.loc[people[key] == text, said].dropna()
        return str(rows.iloc[0]) if len(rows) else ("–" if pd.isna(id) else text)

    @property
    def _forecasts(self) -> DataFrame:
        return self._of_cycle("forecasts")

    def _of_cycle(self, name: str) -> DataFrame:
        rows = self.tables[name]
        return rows[rows["cycle_id"] == self.view.cycle.id].reset_index(drop=True)

    def _day(self, moments: Series) -> Series:
        return local_day(moments, self.view.timezone)

    def _values(self, scope: str, until: pd.Timestamp) -> DataFrame:
        """Values of people or teams in cycles as long as this one that ended before a day."""
        rows = self.view.history
        rows = rows[rows["week"].isna() & rows["value"].notna()]
        rows = rows[rows["quantity_id"].isin([*INDICATORS])]
        rows = rows[rows["employee_id"].notna() == (scope == PEOPLE)]
        known = [id for id in rows["cycle_id"].unique() if self._comparable(id, until)]
        id = "employee_id" if scope == PEOPLE else "team_id"
        rows = rows[rows["cycle_id"].isin(known)]
        return rows.rename(columns={"quantity_id": "indicator_id"}).assign(unit_id=rows[id])

    def _comparable(self, id: str, until: pd.Timestamp) -> bool:
        cycle = Cycle.parse(id)
        alike = abs(cycle.days - self.view.cycle.days) <= ALIKE_DAYS
        return alike and pd.Timestamp(cycle.end) <= until

    def _reach(self, wanted: DataFrame) -> DataFrame:
        """`achievability` of targets of teams and people; sums only over periods like cycles."""
        catalogue = {id: INDICATORS[id] for id in wanted["indicator_id"].unique()}
        rows = wanted.assign(
            unit_id=wanted["scope_id"],
            direction=wanted["indicator_id"].map(
                {id: it.direction for id, it in catalogue.items()}
            ),
            kind=wanted["indicator_id"].map({id: it.kind for id, it in catalogue.items()}),
        )
        rows = rows[rows["direction"].isin(["up", "down"])]
        if "period_end" in rows:
            days = (rows["period_end"] - rows["period_start"]).dt.days + 1
            alike = (days - self.view.cycle.days).abs() <= ALIKE_DAYS
            summed = rows["indicator_id"].map({id: is_summed(id) for id in catalogue}).astype(bool)
            rows = rows[alike | ~summed]
        found = [
            achievability(self._values(str(scope), until), mine)
            for (scope, until), mine in rows.groupby(["scope", "period_start"])
        ]
        empty = rows.assign(n_periods=0, best=np.nan, expected=np.nan, probability=np.nan)
        return pd.concat(found).sort_index() if found else empty.assign(status="no_history")

    def _taken_apart(self, row: Series) -> DataFrame:
        """What the units below a target would have to reach."""
        below = "team" if row["scope"] == "department" else PEOPLE
        held = self.ahead[["indicator_id", "period_start"]] == row[["indicator_id", "period_start"]]
        parts = self.ahead[held.all(axis=1) & (self.ahead["scope"] == below)]
        teams = self.homes["team_id"].dropna().unique()
        mine = self.homes.loc[self.homes["team_id"] == row["above"], "employee_id"]
        ids = [id for id in (teams if below == "team" else mine) if id in {*parts["scope_id"]}]
        ids = ids or self._forecast_ids(below, teams)
        units = DataFrame({"unit_id": ids, "scope_id": ids, "indicator_id": row["indicator_id"]})
        values = self._values(below, row["period_start"])
        values = values[values["indicator_id"] == row["indicator_id"]]
        units = units.assign(
            volume=volumes(units, self._forecasts) if ids else [],
            baseline=units["unit_id"].map(values.groupby("unit_id")["value"].mean()),
            set=units["unit_id"].map(parts.set_index("scope_id")["target"]),
        )
        summed = is_summed(row["indicator_id"])
        if (not summed and units["volume"].isna().any()) or not ids:
            return DataFrame()
        known = bool(units["baseline"].notna().all()) and units["baseline"].sum() > 0
        if not known and units["volume"].isna().any():
            return DataFrame()
        found = decompose(
            row["target"],
            units.assign(volume=units["volume"].fillna(1.0)),
            "uplift" if known else "volume",
            summed=summed,
            highest=upper_limit(row["indicator_id"]),
        )
        told = {"suggested": found.parts["target"], "method": found.method, "scope": below}
        return units.assign(**told, residual=found.residual, at_limit=found.parts["at_limit"])

    def _forecast_ids(self, below: str, teams: Iterable[str]) -> list[str]:
        known = self._forecasts
        named = known.loc[known["scope"] == below, "scope_id"].unique()
        return [id for id in named if below != "team" or id in {*teams}]


def planned(view: DepartmentView) -> Plan:
    """Return the plan of a department's cycle."""
    return Plan(view)
