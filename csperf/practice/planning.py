"""What a department plans for a cycle: targets and their versions, roles, balance, consultation."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from pandas import DataFrame

from csperf.appraisal.scorecard import PERSPECTIVES, perspectives_of
from csperf.appraisal.scoring import effective_weights
from csperf.indicators import INDICATORS
from csperf.params import Cycle
from csperf.practice.decomposition import is_summed, reconcile
from csperf.scheme import Scheme

STAGES = ("pre_sales", "in_sales", "after_sales")
SALES = ("pre_sales", "in_sales", "sales")  # roles that sell: to be there is not to sell
ATTENDANCE = ("attendance", "absence", "punctuality")
MAIN = 20.0  # per cent of the score from which a component is a main one
ROUNDED = 0.005  # of a target: what its parts may miss it by
SAME_PLAN = ["scope", "scope_id", "indicator_id", "period_start", "period_end"]
EXPLAINED = ("reason", "set_by", "agreed_at")


def target_versions(targets: DataFrame) -> DataFrame:
    """Every change of a target: both values, who, when, why, and what of that is missing (A-12).

    Parameters
    ----------
    targets : DataFrame
        The input table.

    Returns
    -------
    DataFrame
        A row a change, in the order of time: scope, scope_id, indicator_id, period_start,
        period_end, before, target (after), agreed_at, set_by, reason, mid_cycle (agreed on or after
        the first day of the period), lacks: reason, set_by, agreed_at, with commas between.
    """
    rows = targets.sort_values(["agreed_at", "version"], na_position="first", kind="stable")
    before = rows.groupby(SAME_PLAN, dropna=False)["target"].shift()
    rows = rows.assign(before=before)[before.notna() & (before != rows["target"])]
    lacks = [
        ", ".join(name for name in EXPLAINED if pd.isna(row[name])) for _, row in rows.iterrows()
    ]
    day = rows["agreed_at"].dt.tz_localize(None)
    found = rows.assign(mid_cycle=(day >= rows["period_start"]).fillna(False), lacks=lacks)
    columns = [*SAME_PLAN, "before", "target", "agreed_at", "set_by", "reason"]
    return found[[*columns, "mid_cycle", "lacks"]].reset_index(drop=True)


def targets_ahead(targets: DataFrame, cycle: Cycle) -> DataFrame:
    """Targets of this cycle and later ones, each as it was agreed last."""
    rows = targets[targets["period_end"] >= pd.Timestamp(cycle.start)]
    rows = rows[rows["indicator_id"].isin([*INDICATORS])]
    rows = rows.sort_values(["agreed_at", "version"], na_position="first", kind="stable")
    rows = rows.drop_duplicates(SAME_PLAN, keep="last")
    return rows.sort_values(SAME_PLAN, ignore_index=True)


def adding_up(
    targets: DataFrame, forecasts: DataFrame, homes: DataFrame, department: str
) -> DataFrame:
    """Whether targets of teams come to the department's, and those of people to their team's.

    Parameters
    ----------
    targets : DataFrame
        From `targets_ahead`.
    forecasts : DataFrame
        scope_id, volume, indicator_id (empty: of all), of teams and people.
    homes : DataFrame
        employee_id, team_id.
    department : str
        Id of the department.

    Returns
    -------
    DataFrame
        A row for each target that has parts, or could have: above (id), indicator_id,
        period_start, period_end, target, n_parts, together, residual, standing: adds_up (within
        half a per cent), short, over, no_volume, no_parts. `short` is whatever leaves the whole
        worse than its target.
    """
    team = homes.drop_duplicates("employee_id").set_index("employee_id")["team_id"]
    above = targets["scope_id"].map(team).where(targets["scope"] == "employee", department)
    parts = targets.assign(above=above)[targets["scope"] != "department"]
    parts = parts.assign(volume=volumes(parts, forecasts))
    key = ["indicator_id", "period_start", "period_end"]
    found = []
    for row in targets[targets["scope"] != "employee"].itertuples():
        id = department if row.scope == "department" else row.scope_id
        mine = parts[(parts["above"] == id) & (parts["scope"] != row.scope)]
        mine = mine[(mine[key] == [getattr(row, name) for name in key]).all(axis=1)]
        together, residual = np.nan, np.nan
        if len(mine):
            summed = is_summed(row.indicator_id)
            together, residual = reconcile(row.target, mine, summed=summed)
        standing = _standing(row.indicator_id, row.target, len(mine), residual)
        told = {"above": id, "scope": row.scope, **{name: getattr(row, name) for name in key}}
        told |= {"target": row.target, "n_parts": len(mine), "together": together}
        found.append({**told, "residual": residual, "standing": standing})
    columns = ["above", "scope", *key, "target", "n_parts", "together", "residual", "standing"]
    return DataFrame(found, columns=columns)


def volumes(units: DataFrame, forecasts: DataFrame) -> pd.Series:
    """Expected volume of each row's scope_id: of its indicator where that is forecast apart."""
    own = forecasts.dropna(subset="indicator_id")
    own = own.drop_duplicates(["scope_id", "indicator_id"], keep="last")
    of_all = forecasts[forecasts["indicator_id"].isna()].drop_duplicates("scope_id", keep="last")
    apart = own.set_index(["scope_id", "indicator_id"])["volume"]
    keys = pd.MultiIndex.from_frame(units[["scope_id", "indicator_id"]])
    found = pd.Series(apart.reindex(keys).to_numpy(dtype=float), units.index)
    return found.fillna(units["scope_id"].map(of_all.set_index("scope_id")["volume"]))


def _standing(indicator: str, target: float, n_parts: int, residual: float) -> str:
    if not n_parts:
        return "no_parts"
    if np.isnan(residual):
        return "no_volume"
    if abs(residual) <= ROUNDED * abs(target):
        return "adds_up"
    up = INDICATORS[indicator].direction != "down"
    return "short" if (residual > 0) == up else "over"


def role_sets(scheme: Scheme, roles: Iterable[str]) -> DataFrame:
    """What each role is appraised by, and whether that suits it (A-15, K-02).

    Parameters
    ----------
    scheme : Scheme
        With the sets of the roles that it tells apart.
    roles : iterable of str
        Roles that people of the department have.

    Returns
    -------
    DataFrame
        A row for each component of each role, heaviest first: role, stage (pre_sales, in_sales,
        after_sales; empty if the role names none), component_id, weight (per cent).
    """
    found = []
    for role in sorted({*roles}):
        own = scheme.for_role(role)
        leaves = dict(own.components())
        weights = effective_weights(own, DataFrame(True, index=[0], columns=list(leaves))).iloc[0]
        stage = next((stage for stage in STAGES if stage in role), "")
        found += [(role, stage, path, float(weight)) for path, weight in weights.items() if weight]
    rows = DataFrame(found, columns=["role", "stage", "component_id", "weight"])
    return rows.sort_values(["role", "weight"], ascending=[True, False], ignore_index=True)


def role_warnings(sets: DataFrame) -> list[tuple[str, str]]:
    """(warning, role) of indicator sets: `one_size` for all, `attendance` of a role that sells."""
    found = []
    own = {
        role: {*zip(rows["component_id"], rows["weight"], strict=True)}
        for role, rows in sets.groupby("role")
    }
    if len(own) > 1 and all(each == next(iter(own.values())) for each in own.values()):
        found.append(("one_size", ", ".join(own)))
    for role, rows in sets.groupby("role"):
        heavy = rows[(rows["weight"] >= MAIN) | (rows["weight"] == rows["weight"].max())]
        names = heavy["component_id"].str.split("/").str[-1]
        if str(role) in SALES and names.str.contains("|".join(ATTENDANCE)).any():
            found.append(("attendance", str(role)))
    return found


def balance(scheme: Scheme, goals: DataFrame) -> DataFrame:
    """Weight and goals of each perspective of a balanced scorecard (A-14).

    Returns
    -------
    DataFrame
        perspective (the four, then `none` if anything has none), weight (per cent of the score),
        n_goals.
    """
    leaves, named = dict(scheme.components()), perspectives_of(scheme)
    weights = effective_weights(scheme, DataFrame(True, index=[0], columns=list(leaves))).iloc[0]
    of_score = weights.groupby(weights.index.map(named)).sum()
    of_goals = goals["perspective"].fillna("none").value_counts()
    rows = [*PERSPECTIVES, *(["none"] if of_score.get("none", 0) else [])]
    return DataFrame(
        {
            "perspective": rows,
            "weight": [float(of_score.get(name, 0.0)) for name in rows],
            "n_goals": [int(of_goals.get(name, 0)) for name in rows],
        }
    )


def consulted(consultations: DataFrame, cycle: Cycle) -> DataFrame:
    """Who saw what, how they voted, what they said (K-03).

    Returns
    -------
    DataFrame
        A row an item of the cycle: item, n_seen, n_voted, n_agree, share (of those who voted),
        n_comments, last (moment).
    """
    mine = consultations[consultations["cycle_id"] == cycle.id]
    rows = mine.assign(
        voted=mine["vote"].notna(),
        agree=mine["vote"] == "agree",
        said=mine["comment"].notna(),
    )
    found = rows.groupby("item", sort=False).agg(
        n_seen=("participant_id", "nunique"),
        n_voted=("voted", "sum"),
        n_agree=("agree", "sum"),
        n_comments=("said", "sum"),
        last=("at", "max"),
    )
    share = found["n_agree"] / found["n_voted"].where(found["n_voted"] > 0)
    return found.assign(share=share).reset_index()
