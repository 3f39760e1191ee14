"""Rewards and sanctions beside the money: the kind that a person likes, and equal treatment."""

from __future__ import annotations

from pandas import DataFrame

OUTCOMES = {"approved": "granted", "executed": "granted", "rejected": "refused"}
A_CENT = 0.011  # what the shares of equal people may differ by


def liked_best(offered: DataFrame, preferences: DataFrame) -> DataFrame:
    """Of the kinds of reward that a result offers, the one that the person likes best.

    Parameters
    ----------
    offered : DataFrame
        employee_id, incentive_kind: a row for each kind that is open to the person.
    preferences : DataFrame
        employee_id, incentive_kind, rank (1 is liked best).

    Returns
    -------
    DataFrame
        employee_id, incentive_kind, preference (its rank), sorted by employee_id. Who has ranked
        none of several kinds has to be asked: the kind is unknown.
    """
    wishes = preferences[["employee_id", "incentive_kind", "rank"]]
    ranked = offered.merge(wishes, on=["employee_id", "incentive_kind"], how="left")
    ranked = ranked.sort_values(["employee_id", "rank", "incentive_kind"], na_position="last")
    best = ranked.drop_duplicates("employee_id")
    several = ranked["employee_id"].duplicated(keep=False).loc[best.index]
    kind = best["incentive_kind"].mask(best["rank"].isna() & several)
    chosen = best.assign(incentive_kind=kind).rename(columns={"rank": "preference"})
    return chosen[["employee_id", "incentive_kind", "preference"]].reset_index(drop=True)


def uneven(proposals: DataFrame) -> DataFrame:
    """Same facts, different outcome: rules that held for several people who were not treated alike.

    Parameters
    ----------
    proposals : DataFrame
        Rows of the proposals table of one cycle. What is still "proposed" is not compared.

    Returns
    -------
    DataFrame
        rule_id, employee_id, outcome (granted or refused), amount, facts: everybody for whom such a
        rule held and was decided, sorted by rule_id and employee_id. Nothing if all were treated
        alike; a cent between people who share an amount is alike.
    """
    decided = proposals.assign(outcome=proposals["status"].map(OUTCOMES))
    decided = decided[decided["outcome"].notna()]
    granted = decided["amount"].where(decided["outcome"] == "granted")
    of_rule = granted.groupby(decided["rule_id"])
    spread = of_rule.transform("max") - of_rule.transform("min")
    split = decided.groupby("rule_id")["outcome"].transform("nunique") > 1
    columns = ["rule_id", "employee_id", "outcome", "amount", "facts"]
    found = decided.loc[split | (spread > A_CENT), columns]
    return found.sort_values(["rule_id", "employee_id"], ignore_index=True)
