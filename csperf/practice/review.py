"""The appraisal system looked at itself: what was done at each stage, and what is left to whom."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Any

import pandas as pd
from pandas import DataFrame, Series

from csperf.params import Cycle
from csperf.scheme import Scheme

CHECKLIST = ["stage", "item", "n", "of", "share", "status", "whose", "matters"]
EITHER = " or "
Z = 1.959963984540054  # of a 95 % interval


@cache
def stages() -> dict[str, dict[str, dict[str, Any]]]:
    """{stage: {item: how it is counted}}, as `stages.toml` says."""
    text = resources.files("csperf.practice").joinpath("stages.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def review_tables() -> list[str]:
    """Names of the tables that the checklist counts in."""
    items = [item for stage in stages().values() for item in stage.values()]
    return sorted({item["table"] for item in items})


def checklist(
    tables: Mapping[str, DataFrame], groups: Mapping[str, Iterable[str]], cycle: Cycle
) -> DataFrame:
    """Fill the checklist of the six stages from data.

    Parameters
    ----------
    tables : mapping
        {name: rows} of the tables that were given or made, see `review_tables`; one that is not
        there is not known, which is something else than empty. Rows of other cycles (`cycle_id`)
        are left aside.
    groups : mapping
        {appraised, evaluators: ids} of whom an item may ask.
    cycle : Cycle
        The cycle that is looked at.

    Returns
    -------
    DataFrame
        stage, item, n, of, share (n of `of` are done), status (done, partly, open, nothing_due,
        not_known), whose, matters; in the order of the stages.
    """
    rows = []
    for stage, items in stages().items():
        for name, item in items.items():
            counted = _counted(item, tables, groups, cycle)
            n, of = counted if counted else (pd.NA, pd.NA)
            share = n / of if counted and of else None
            rows.append(
                (stage, name, n, of, share, _status(counted), item["whose"], item["matters"])
            )
    found = DataFrame(rows, columns=CHECKLIST)
    return found.astype({"n": "Int64", "of": "Int64", "share": "Float64"})


def _status(counted: tuple[int, int] | None) -> str:
    if counted is None:
        return "not_known"
    n, of = counted
    if not of:
        return "nothing_due"
    return "done" if n == of else "partly" if n else "open"


def _counted(
    item: Mapping[str, Any],
    tables: Mapping[str, DataFrame],
    groups: Mapping[str, Iterable[str]],
    cycle: Cycle,
) -> tuple[int, int] | None:
    """How many of how many are done; None where the table is not there."""
    rows = tables.get(item["table"])
    if rows is None:
        return None
    if "cycle_id" in rows:
        rows = rows[rows["cycle_id"].isna() | (rows["cycle_id"] == cycle.id)]
    rows = rows[_values(rows, item.get("where", {}))]
    done = rows[_done(rows, item.get("done", []))]
    if "per" not in item:
        return len(done), len(rows)
    there = {*done[item["per"]].dropna()}
    asked = _group(item["against"], tables, groups)
    return (len(there & asked), len(asked)) if asked is not None else None


def _group(
    against: str | list[str],
    tables: Mapping[str, DataFrame],
    groups: Mapping[str, Iterable[str]],
) -> set[str] | None:
    if isinstance(against, list):
        return {*against}
    if against in groups:
        return {*groups[against]}
    table, column = against.split(".")
    return {*tables[table][column].dropna()} if table in tables else None


def _values(rows: DataFrame, wanted: Mapping[str, list[str]]) -> Series:
    """Rows whose columns have one of the values; a flag is "true" or "false"."""
    held = Series(True, index=rows.index)
    for column, values in wanted.items():
        held &= rows[column].astype("str").str.lower().isin(values)
    return held


def _done(rows: DataFrame, done: list[str] | Mapping[str, list[str]]) -> Series:
    if isinstance(done, Mapping):
        return _values(rows, done)
    held = Series(True, index=rows.index)
    for columns in done:
        filled = [_filled(rows[name]) for name in columns.split(EITHER) if name in rows]
        held &= pd.concat(filled, axis=1).any(axis=1) if filled else False
    return held


def _filled(column: Series) -> Series:
    return column.notna() & (column.astype("str").str.strip() != "")


def to_change(checked: DataFrame, most: int = 3) -> DataFrame:
    """What to change first: items that are not done, those that matter most and lack most first."""
    left = checked[checked["status"].isin(["open", "partly"])]
    order = left.assign(lack=1 - left["share"]).sort_values(
        ["matters", "lack"], ascending=[False, False], kind="stable"
    )
    return order.head(most).drop(columns="lack").reset_index(drop=True)


def close_cases(appraisals: DataFrame, proposals: DataFrame, scheme: Scheme) -> DataFrame:
    """Penalties and rewards beside people who did no better, or no worse, and got none.

    Parameters
    ----------
    appraisals : DataFrame
        employee_id, role, score, se of one cycle and department.
    proposals : DataFrame
        employee_id, rule_id, status of the same.
    scheme : Scheme
        Whose rules say which effect is negative or positive.

    Returns
    -------
    DataFrame
        employee_id, rule_id, effect, score, n (others of the same role with a score), n_unlike
        (of them, those with no better a score whom the penalty spares, or with no worse a one whom
        the reward leaves out), n_alike (spared or left out, and not to be told apart from the
        person: the difference is within 1.96 times its standard error), nearest_id and
        nearest_score (of those n_unlike, else of those n_alike, the nearest). People who were hit
        by the same rule are no others. Rejected proposals are left aside.
    """
    effects = {rule.id: rule.effect for rule in scheme.rules}
    hits = proposals[proposals["status"] != "rejected"]
    hits = hits.assign(effect=hits["rule_id"].map(effects))
    hits = hits[hits["effect"].isin(["negative", "positive"])]
    scored = appraisals[appraisals["score"].notna()].drop_duplicates("employee_id")
    scored = scored.set_index("employee_id")[["role", "score", "se"]]
    rows = [
        _case(hit, scored, {*hits.loc[hits["rule_id"] == hit.rule_id, "employee_id"]})
        for hit in hits.drop_duplicates(["employee_id", "rule_id"]).itertuples()
        if hit.employee_id in scored.index
    ]
    columns = ["employee_id", "rule_id", "effect", "score", "n", "n_unlike", "n_alike"]
    return DataFrame(rows, columns=[*columns, "nearest_id", "nearest_score"])


def _case(hit: Any, scored: DataFrame, also: set[str]) -> tuple[Any, ...]:
    """One penalty or reward beside all others of the role whom its rule did not hit."""
    me = scored.loc[hit.employee_id]
    others = scored[~scored.index.isin(also)]
    others = others[others["role"].eq(me["role"]) | (others["role"].isna() & pd.isna(me["role"]))]
    away = others["score"] - me["score"]
    sign = 1 if hit.effect == "negative" else -1
    unlike = sign * away <= 0
    alike = away.abs() <= Z * (others["se"] ** 2 + me["se"] ** 2) ** 0.5
    chosen = away[unlike] if unlike.any() else away[alike]
    order = DataFrame({"away": chosen.abs(), "id": chosen.index}).sort_values(["away", "id"])
    nearest = order["id"].iloc[0] if len(order) else None
    score = others["score"].get(nearest) if nearest is not None else None
    counts = len(others), int(unlike.sum()), int(alike.sum())
    return hit.employee_id, hit.rule_id, hit.effect, me["score"], *counts, nearest, score


def chance_outcomes(proposals: DataFrame, scheme: Scheme) -> DataFrame:
    """How many proposals of each rule are to be expected by chance alone.

    Returns
    -------
    DataFrame
        rule_id, effect, n (proposals that are not rejected), n_known (of them with a probability),
        expected (sum of `p_noise`: proposals that would not be there without noise), share.
    """
    effects = {rule.id: rule.effect for rule in scheme.rules}
    live = proposals[proposals["status"] != "rejected"]
    by = live.groupby("rule_id")["p_noise"]
    found = DataFrame({"n": by.size(), "n_known": by.count(), "expected": by.sum()}).reset_index()
    found.insert(1, "effect", found["rule_id"].map(effects))
    return found.assign(share=(found["expected"] / found["n_known"]).where(found["n_known"] > 0))
