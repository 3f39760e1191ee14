"""Paired comparisons of a cycle, and what is odd in them: circles, contradictions, gaps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd
from pandas import DataFrame

from csperf.appraisal.pairs import Pairs, paired_comparison

if TYPE_CHECKING:
    from csperf.appraisal.given import Given

CHECK = ["check", "evaluator_id", "subject", "facts"]


def compared(given: Given) -> Iterator[tuple[str, Pairs]]:
    """Each skill and the comparison on it, for each comparison group in which it was judged.

    Who is appraised in the group should have been judged. InputError as `paired_comparison` says.
    """
    appraised = given.people.loc[given.people["eligible"], "employee_id"]
    due = given.groups[given.groups.index.isin(appraised)]
    for (skill, group), judged in _in_groups(given).groupby(["criterion_id", "group"]):
        yield str(skill), paired_comparison(judged, str(skill), due.index[due == group])


def pair_checks(given: Given) -> DataFrame:
    """Findings: check, evaluator_id (of one evaluator's judgements), subject (the skill), facts."""
    rows: list[tuple[str, str | None, str, str]] = []
    for skill, pairs in compared(given):
        for row in pairs.triads.itertuples():
            circle = (row.employee_1, row.employee_2, row.employee_3, row.employee_1)
            rows.append(("circular_triad", row.evaluator_id, skill, " over ".join(circle)))
        for row in pairs.doubled[~pairs.doubled["agree"].astype(bool)].itertuples():
            facts = f"{row.employee_a} and {row.employee_b}: {row.n} judgements that differ"
            rows.append(("pair_contradiction", row.evaluator_id, skill, facts))
        n = len(pairs.strengths)
        for row in pairs.unjudged.head(1).itertuples():
            such = f"such as {row.employee_a} and {row.employee_b}"
            facts = f"{len(pairs.unjudged)} of {n * (n - 1) // 2} pairs, {such}"
            rows.append(("pairs_unjudged", None, skill, facts))
    judged = _in_groups(given)
    for row in judged[judged["group"].isna()].itertuples():
        facts = f"{row.employee_a} and {row.employee_b}"
        rows.append(("pairs_apart", row.evaluator_id, row.criterion_id, facts))
    return pd.DataFrame(rows, columns=CHECK, dtype="str")


def _in_groups(given: Given) -> DataFrame:
    """Judgements of pairs with the `group` of both; empty if it is not one and the same."""
    rows = given.rows("pair_judgements")
    sides = [rows[name].map(given.groups) for name in ("employee_a", "employee_b")]
    return rows.assign(group=sides[0].where((sides[0] == sides[1]).fillna(False)))
