"""What the review of a department's cycle counts; each thing when it is first asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from pandas import DataFrame

from csperf.appraisal.methods import SELF
from csperf.appraisal.proposing import appeal_until
from csperf.practice.moderation import Limits, component_marks, evaluator_marks, moderation
from csperf.practice.monitoring import forms_due, window_of
from csperf.practice.review import chance_outcomes, checklist, close_cases, review_tables
from csperf.reporting.department import DepartmentView
from csperf.tables import INPUT_TABLES

# Tables that csperf makes, and the one that a department has to give for each.
MADE_OF = {
    "interviews_due": "interviews",
    "plans_owed": "improvement_plans",
    "appeal_ledger": "appeals",
    "forms": "evaluations",
}


@dataclass(frozen=True)
class ReviewView(DepartmentView):
    """A department's result with what its review counts; each is computed when it is first used."""

    @cached_property
    def given(self) -> dict[str, DataFrame]:
        """Input tables that the department gives, of those that the checklist counts in."""
        asked = {*review_tables(), "evaluations", "evaluation_assignments"}
        return self.tables(sorted(asked & {*INPUT_TABLES} & {*self.unit.sources}))

    @cached_property
    def evaluations(self) -> DataFrame:
        """Evaluations of the cycle that were handed in; empty where none are collected."""
        rows = self.given.get("evaluations", INPUT_TABLES["evaluations"].empty())
        return rows[rows["cycle_id"] == self.cycle.id]

    @cached_property
    def forms(self) -> DataFrame:
        """Every evaluation of the cycle and how it stands once appeals are over."""
        asked = self.given.get("evaluation_assignments")
        sources = self.result.records["evaluation_sources"][["employee_id", "evaluator_type"]]
        return forms_due(
            INPUT_TABLES["evaluation_assignments"].empty() if asked is None else asked,
            self.evaluations,
            sources,
            self.cycle,
            window_of(self.scheme, self.cycle),
            appeal_until(self.scheme, self.cycle),
            self.timezone,
        )

    @cached_property
    def checked(self) -> DataFrame:
        """The checklist of the six stages."""
        others = self.evaluations[self.evaluations["evaluator_type"] != SELF]
        people = self.result.appraisals
        groups = {
            "appraised": people.loc[people["eligible"], "employee_id"],
            "evaluators": others["evaluator_id"].unique(),
        }
        return checklist(self._counted(), groups, self.cycle)

    def _counted(self) -> dict[str, DataFrame]:
        """All tables that the checklist counts in, those that are made here among them."""
        result = self.result
        found = {**self.given, "proposals": result.proposals, "indicator_set": result.indicator_set}
        records = {name: given for name, given in MADE_OF.items() if name in result.records}
        found |= {
            name: result.records[name]
            for name, given in records.items()
            if given in self.unit.sources
        }
        values = [value.provenance for _, value in self.scheme.sourced()]
        found["scheme_values"] = DataFrame({"provenance": values})
        if "evaluations" in found:
            rows = self.evaluations
            found["evaluations"] = rows.assign(by_others=rows["evaluator_type"] != SELF)
            found["forms"] = self.forms
        if "interviews" in found:
            rows = found["interviews"]
            found["interviews"] = rows.assign(held=rows["held_at"].notna())
        return found

    @cached_property
    def limits(self) -> Limits:
        """From which shares on; nothing is said of fewer people than the params let be shown."""
        return Limits(least=self.params.privacy.smallest_group)

    @cached_property
    def components(self) -> DataFrame:
        """What became of the marks of each component."""
        return moderation(component_marks(self.result.scores, self.scheme), self.limits)

    @cached_property
    def evaluators(self) -> DataFrame:
        """What became of the marks that each evaluator gave."""
        return moderation(evaluator_marks(self.evaluations, self.scheme), self.limits)

    @cached_property
    def by_chance(self) -> DataFrame:
        """What chance alone would have proposed, by rule."""
        return chance_outcomes(self.result.proposals, self.scheme)

    @cached_property
    def cases(self) -> DataFrame:
        """Penalties and rewards beside people who did no better or no worse."""
        found = close_cases(self.result.appraisals, self.result.proposals, self.scheme)
        return found[(found["n_unlike"] > 0) | (found["n_alike"] > 0)]


def review_of(view: DepartmentView) -> ReviewView:
    """What the review of an opened department counts."""
    return ReviewView(**vars(view))
