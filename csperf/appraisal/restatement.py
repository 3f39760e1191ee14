"""What another run of the same cycle changed, and under which scheme it may run at all."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pandas as pd
from pandas import DataFrame, Series
from pandas.api.types import is_numeric_dtype

from csperf.appraisal.decisions import checked
from csperf.errors import CsperfError
from csperf.params import Cycle
from csperf.parsing import as_text
from csperf.scheme import Scheme
from csperf.tables import OUTPUT_TABLES
from csperf.tables.decisions import DEVIATIONS

CLOSE = 1e-9  # numbers this close together, relative to the old one, are the same
DIGITS = 16  # of a hash, as reports print it
MONEY = "amount"
APPROVED = ("approved", "executed")
STANDINGS = ("score", "rank", "grade", "distribution_grade", "level", "state")
RESTATED = {
    "appraisals": (("employee_id",), STANDINGS),
    "proposals": (("employee_id", "rule_id"), ("action", "amount")),
    "pay": (("employee_id", "line"), ("amount",)),
}
RESULTS = (*RESTATED, "scores", "indicator_values", "evaluation_scores")


def differences(
    before: DataFrame, after: DataFrame, key: Sequence[str], columns: Sequence[str]
) -> DataFrame:
    """What another run of the same cycle changed.

    Parameters
    ----------
    before, after : DataFrame
        The two results, one row for each `key`; a row may be in one of them only.
    key, columns : sequence of str
        What identifies a row, and what to compare.

    Returns
    -------
    DataFrame
        The key, quantity (name of the column), old, new (as text; empty where there was nothing),
        difference (new minus old, of numbers), kept: money that was approved or executed `before`
        and would now be less. It is not taken back unless people decide so; unknown where nothing
        says whether the money was approved.
    """
    by = list(key)
    both = before.merge(after, on=by, how="outer", suffixes=(" old", " new"), validate="1:1")
    approved = Series(pd.NA, index=both.index, dtype="boolean")
    if "status" in before:
        status = both["status old"] if "status old" in both else both["status"]
        approved = status.isin(APPROVED).astype("boolean")
    changes = [_changes(both, by, column, approved) for column in columns]
    return pd.concat(changes).sort_values([*by, "quantity"], ignore_index=True)


def restated(
    before: Mapping[str, DataFrame], after: Mapping[str, DataFrame], about: Collection[str] = ()
) -> DataFrame:
    """Differences of a restated run in scores, ranks, grades, proposals and pay.

    Parameters
    ----------
    before, after : mapping
        {appraisals, proposals, pay: DataFrame}; a table that is not in both is left aside, and so
        is a column.
    about : collection
        People whose records were corrected.

    Returns
    -------
    DataFrame
        table, employee_id, subject (rule_id or line), quantity, old, new, difference, kept (see
        `differences`), corrected: the person is one of `about`, not one whom the change reached.
    """
    found = []
    for name, (key, columns) in RESTATED.items():
        if name in before and name in after:
            known = [each for each in columns if each in before[name] and each in after[name]]
            rows = differences(before[name], after[name], key, known)
            subject = rows[key[1]] if len(key) > 1 else Series(None, rows.index, dtype="str")
            found.append(rows.assign(table=name, subject=subject))
    names = ["table", "employee_id", "subject", "quantity", "old", "new", "difference", "kept"]
    whole = pd.concat(found, ignore_index=True)[names]
    return whole.assign(corrected=whole["employee_id"].isin(about))


def same_results(before: Mapping[str, DataFrame], after: Mapping[str, DataFrame]) -> bool:
    """Whether two runs of a cycle say the same, whatever people have decided on it since.

    Every number of the tables of `RESULTS` counts, and grades, levels, states and actions; tables
    and columns that are not in both are left aside.
    """
    both = [name for name in RESULTS if name in before and name in after]
    return all(_same(before[name], after[name], name) for name in both)


def check_frozen(
    history: DataFrame,
    scheme: Scheme,
    cycle: Cycle,
    deviations: DataFrame | None = None,
    published: Mapping[str, Any] | None = None,
) -> None:
    """Raise CsperfError if a cycle was appraised under another scheme and nobody recorded a change.

    A cycle keeps the scheme, version and content of its first run. A deviation of kind
    `rule_change` that names the cycle allows a restated run; its `new` is the version, or, of a
    changed scheme with the same version, the first digits of the hash that the message gives.

    Parameters
    ----------
    history : DataFrame
        The history table.
    scheme, cycle : Scheme, Cycle
        What the run is to use, and when.
    deviations : DataFrame, optional
        The input table.
    published : mapping, optional
        scheme_id, scheme_version and scheme_sha256 of the result that is published.
    """
    past, known = history[history["cycle_id"] == cycle.id], published or {}
    given, last = (scheme.id, scheme.version), (known.get("scheme_id"), known.get("scheme_version"))
    used = set(zip(past["scheme_id"], past["scheme_version"], strict=True))
    used = used or {last} - {(None, None)}
    hash = known["scheme_sha256"] if last == given else scheme.sha256
    if not used or (used, hash) == ({given}, scheme.sha256):
        return
    was = ", ".join(sorted(f"{id} version {version}" for id, version in used))
    now, new = f"{scheme.id} version {scheme.version}", scheme.version
    if used == {given}:
        new = scheme.sha256[:DIGITS]
        was, now = f"{was} with hash {hash[:DIGITS]}", f"hash {new}"
    if deviations is not None:
        noted = checked(deviations, DEVIATIONS)[["kind", "cycle_id", "new"]]
        if (noted == ["rule_change", cycle.id, new]).all(axis=1).any():
            return
    advice = f"record a deviation of kind rule_change with new = {new} to restate it"
    raise CsperfError(f"cycle {cycle.id}: was appraised by {was}, not {now}; {advice}")


def _changes(both: DataFrame, by: list[str], column: str, approved: Series) -> DataFrame:
    """Rows in which one column differs."""
    old, new = both[f"{column} old"], both[f"{column} new"]
    same = ((old == new) | (old.isna() & new.isna())).fillna(False).astype(bool)
    difference, less = Series(float("nan"), both.index), Series(False, both.index, dtype="boolean")
    if is_numeric_dtype(old) and is_numeric_dtype(new):
        before = old.astype("float64")
        difference = new.astype("float64") - before
        same |= difference.abs() <= CLOSE * before.abs()
    if column == MONEY:
        less = (new.fillna(0) < old.fillna(0)).astype("boolean")
    texts = {"old": as_text(old).astype("str"), "new": as_text(new).astype("str")}
    rows = both[by].assign(quantity=column, **texts, difference=difference, kept=less & approved)
    return rows[~same]


def _same(before: DataFrame, after: DataFrame, name: str) -> bool:
    table = OUTPUT_TABLES[name]
    _, words = RESTATED.get(name, ((), ()))
    counted = {c.name for c in table.columns if c.type in ("number", "count")} | {*words}
    key = [column for column in table.key if column != "cycle_id"]
    columns = [each for each in table.names if each in counted and each in before and each in after]
    one, other = (
        frame[[*key, *columns]].sort_values(key, ignore_index=True) for frame in (before, after)
    )
    return one.equals(other) or (
        len(one) == len(other) and differences(one, other, key, columns).empty
    )
