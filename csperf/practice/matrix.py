"""Who evaluates whom: as the table says, or as far as reporting lines tell."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from pandas import DataFrame

from csperf.appraisal.evaluation import asked_criteria
from csperf.appraisal.roles import scheme_of
from csperf.appraisal.superiors import ONE, superior_days
from csperf.errors import InputError, Problem
from csperf.params import Cycle
from csperf.scheme import Scheme

TABLE = "evaluation_assignments"
MATRIX = ["employee_id", "evaluator_id", "evaluator_type", "due_at"]


def evaluation_matrix(
    tables: Mapping[str, DataFrame], people: DataFrame, scheme: Scheme, cycle: Cycle
) -> tuple[DataFrame, list[str]]:
    """Who is asked to evaluate whom in a cycle.

    Parameters
    ----------
    tables : mapping
        evaluation_assignments; without it, reporting_lines and assignments.
    people : DataFrame
        employee_id and eligible, as `members` gives them.

    Returns
    -------
    DataFrame, list of str
        employee_id, evaluator_id, evaluator_type, due_at, sorted; and the scheme's types of
        evaluators that nothing tells of. A table of assignments is taken as it is. Without one the
        own view is asked of everybody who is appraised, and superiors are those of the reporting
        lines of the cycle, or else the managers of the person's team.

    Raises
    ------
    InputError
        If the table has no row of the cycle, or a type that the scheme does not know.
    """
    types = [each.type for each in scheme.evaluators]
    if TABLE in tables:
        rows = tables[TABLE][tables[TABLE]["cycle_id"] == cycle.id]
        _check(rows, types, cycle, scheme)
        return rows.reindex(columns=MATRIX).sort_values(MATRIX[:3], ignore_index=True), []
    ids = people.loc[people["eligible"], "employee_id"]
    own = [DataFrame({"employee_id": ids, "evaluator_id": ids, "evaluator_type": "self"})]
    found = [*(own if "self" in types else []), _superiors(tables, ids.tolist(), scheme, cycle)]
    whole = pd.concat(found, ignore_index=True).assign(due_at=pd.NaT)
    unknown = [type for type in types if type not in {*whole["evaluator_type"]}]
    return whole[MATRIX].sort_values(MATRIX[:3], ignore_index=True), unknown


def criteria_of(people: DataFrame, scheme: Scheme) -> DataFrame:
    """Which criteria each type of evaluators is asked for, of people by their roles.

    `people` has employee_id, and role and role_shares if known; a row has employee_id,
    evaluator_type, criterion_id, in the order of the scheme.
    """
    rows = [
        (person["employee_id"], type, criterion)
        for person in people.to_dict("records")
        for type, criterion in asked_criteria(scheme_of(scheme, person))
    ]
    return DataFrame(rows, columns=["employee_id", "evaluator_type", "criterion_id"], dtype="str")


def _check(rows: DataFrame, types: list[str], cycle: Cycle, scheme: Scheme) -> None:
    if rows.empty:
        advice = "write there who is to evaluate whom, or leave the table out of the sources"
        raise InputError(Problem(TABLE, f"it has no row of {cycle.id}", advice))
    for type in sorted({*rows["evaluator_type"]} - {*types}):
        row = rows.index[rows["evaluator_type"] == type].min()
        found = f"'{type}' is no type of evaluators of scheme '{scheme.id}'"
        advice = f"it has {', '.join(types) or 'none'}"
        raise InputError(Problem(TABLE, found, advice, row, "evaluator_type"))
    own = rows["employee_id"] == rows["evaluator_id"]
    odd = rows[own != (rows["evaluator_type"] == "self")]
    if len(odd):
        found = "the own view is asked of somebody else, or somebody is to rate himself or herself"
        advice = "evaluator_type self is for one's own work, and nothing else is"
        problems = [Problem(TABLE, found, advice, row, "evaluator_id") for row in odd.index]
        raise InputError(problems)


def _superiors(
    tables: Mapping[str, DataFrame], ids: list[str], scheme: Scheme, cycle: Cycle
) -> DataFrame:
    """Superiors of people in the cycle, by every type of the scheme that is one."""
    known = superior_days(tables, cycle, scheme.superiors)
    if known is None:
        return DataFrame(columns=ONE, dtype="str")
    mine = known["employee_id"].isin(ids) & (known["employee_id"] != known["evaluator_id"])
    return known.loc[mine & (known["days"] > 0), ONE]
